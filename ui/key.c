#include "ui/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
    const char *name;
    Key key;
} NAMES[] = {
    {"Space", ' '},
    {"Ctrl-?", 0x7F},
    {"Enter", KEY_RETURN},
    {"Esc", KEY_ESC},
    {"Tab", KEY_TAB},
    {"Back-Tab", KEY_BACK_TAB},
    {"Backspace", KEY_ERASE},
    {"Up", KEY_ARROW_UP},
    {"Down", KEY_ARROW_DOWN},
    {"Left", KEY_ARROW_LEFT},
    {"Right", KEY_ARROW_RIGHT},
    {"PgUp", KEY_PAGE_UP},
    {"PgDn", KEY_PAGE_DOWN},
    {"Home", KEY_FIRST},
    {"End", KEY_LAST},
    {"Ins", KEY_INSERT},
    {"Insert", KEY_INSERT},
    {"Del", KEY_REMOVE},
    {"Mouse", KEY_POINTER},
    {"Resize", KEY_RESIZED},
    {"Paste-Begin", KEY_PASTE_BEGIN},
    {"Paste-End", KEY_PASTE_END},
    {"Other", KEY_OTHER},
};
#define NAME_COUNT (sizeof NAMES / sizeof *NAMES)

static bool is_code(Key k)
{
    return k <= 0x10FFFF && !(k >= 0xD800 && k <= 0xDFFF);
}

bool key_is_text(Key k)
{
    return is_code(k) && k >= 0x20 && !(k >= 0x7F && k < 0xA0) && utf8_is_assigned(k);
}

/* A character whose name is itself: it can be seen and stands alone. */
static bool names_itself(Key k)
{
    if (!key_is_text(k) || utf8_is_space(k) || utf8_is_active(k)) return false;
    char bytes[4];
    return utf8_width(bytes, utf8_put(k, bytes)) > 0;
}

void key_label(Key k, Str *out)
{
    if (k & KEY_ALT) {
        str_add(out, "Alt-");
        k &= ~(Key)KEY_ALT;
    }
    for (size_t i = 0; i < NAME_COUNT; i++)
        if (NAMES[i].key == k) {
            str_add(out, NAMES[i].name);
            return;
        }
    char bytes[4];
    if (k < 0x20)
        str_addf(out, "Ctrl-%c", (char)(k + '@'));
    else if (k > KEY_FUNCTION && k <= KEY_FUNCTION_END)
        str_addf(out, "F%u", (unsigned)(k - KEY_FUNCTION));
    else if (!is_code(k))
        str_add(out, "Other");
    else if (names_itself(k))
        str_add_bytes(out, bytes, utf8_put(k, bytes));
    else
        str_addf(out, "U+%04X", (unsigned)k);
}

/* The number in name, of at most `most` digits to its end; false: it is not one. */
static bool parse_number(const char *name, int base, size_t most, Key *ret)
{
    const char *digits = base == 16 ? "0123456789ABCDEF" : "0123456789";
    size_t size = strlen(name);
    if (size == 0 || size > most || strspn(name, digits) != size) return false;
    *ret = (Key)strtoul(name, NULL, base);
    return true;
}

bool key_parse(const char *name, Key *ret)
{
    Key k = 0, alt = 0, number;
    if (str_starts(name, "Alt-")) {
        alt = KEY_ALT;
        name += strlen("Alt-");
    }
    size_t size = strlen(name), found = 0;
    while (found < NAME_COUNT && strcmp(NAMES[found].name, name) != 0) found++;

    if (found < NAME_COUNT)
        k = NAMES[found].key;
    else if (str_starts(name, "Ctrl-") && size == 6 && name[5] >= '@' && name[5] <= '_')
        k = KEY_CTRL(name[5]);
    else if (name[0] == 'F' && parse_number(name + 1, 10, 2, &number) && number >= 1 &&
             number <= KEY_FUNCTION_END - KEY_FUNCTION)
        k = KEY_FUNCTION + number;
    else if (str_starts(name, "U+") && parse_number(name + 2, 16, 6, &number) && is_code(number))
        k = number;
    else if (size == 0 || utf8_next(name, size, &k) != size || !names_itself(k) ||
             !utf8_valid(name, size, NULL))
        return false;
    *ret = k | alt;
    return true;
}
