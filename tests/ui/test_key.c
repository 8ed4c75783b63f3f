#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "ui/key.h"

static void assert_named(Key k, const char *name)
{
    Str out = {0};
    str_add(&out, ">");
    key_label(k, &out);
    assert_string_equal(out.data + 1, name);
    str_release(&out);
    Key back = 0;
    assert_true(key_parse(name, &back));
    assert_int_equal(back, k);
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        Key key;
        const char *name;
    } CASES[] = {
        {'a', "a"},
        {'A', "A"},
        {'+', "+"},
        {'-', "-"},
        {'`', "`"},
        {' ', "Space"},
        {'F', "F"},
        {KEY_RETURN, "Enter"},
        {KEY_ESC, "Esc"},
        {KEY_TAB, "Tab"},
        {KEY_BACK_TAB, "Back-Tab"},
        {KEY_ERASE, "Backspace"},
        {KEY_ARROW_UP, "Up"},
        {KEY_ARROW_LEFT, "Left"},
        {KEY_PAGE_UP, "PgUp"},
        {KEY_PAGE_DOWN, "PgDn"},
        {KEY_FIRST, "Home"},
        {KEY_LAST, "End"},
        {KEY_INSERT, "Ins"},
        {KEY_REMOVE, "Del"},
        {KEY_FUNCTION + 1, "F1"},
        {KEY_FUNCTION + 12, "F12"},
        {KEY_CTRL('R'), "Ctrl-R"},
        {KEY_CTRL('@'), "Ctrl-@"},
        {0x1F, "Ctrl-_"},
        {KEY_ALT | '1', "Alt-1"},
        {KEY_ALT | '-', "Alt--"},
        {KEY_ALT | KEY_ARROW_UP, "Alt-Up"},
        {KEY_ALT | KEY_CTRL('X'), "Alt-Ctrl-X"},
        {0xE9, "é"},
        {0x6F22, "漢"},
        {0x301, "U+0301"},
        {0x202E, "U+202E"},
        {0xA0, "U+00A0"},
        {0x9B, "U+009B"},
        {KEY_OTHER, "Other"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_named(CASES[i].key, CASES[i].name);
    Key k;
    assert_true(key_parse("Insert", &k));
    assert_int_equal(k, KEY_INSERT);
}

static void test_no_names(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "",         "ab",    "F0",       "F13",      "F123",      "F1x",       "Ctrl-", "Ctrl-a",
        "Alt-",     "Hyper", "U+",       "U+110000", "U+D800",    "U+0000001", "U+12g", "\xff",
        "\xe2\x82", "\x01",  "\xcc\x81", "space",    "Alt-Alt-a", " ",
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Key k = 12345;
        if (key_parse(CASES[i], &k)) fail_msg("%s", CASES[i]);
        assert_int_equal(k, 12345);
    }
}

/* Every key has a name of its own that leads back to it and holds nothing for a terminal. */
static void test_every_key(void **state)
{
    (void)state;
    Map *names = map_new();
    Str out = {0};
    for (Key k = 0; k <= KEY_PASTE_END; k++) {
        if ((k >= 0xD800 && k <= 0xDFFF) || k == KEY_FUNCTION) continue; /* no keys */
        Key both[] = {k, k | KEY_ALT}, back;
        for (size_t i = 0; i < 2; i++) {
            str_clear(&out);
            key_label(both[i], &out);
            if (!key_parse(out.data, &back) || back != both[i]) fail_msg("%x: %s", k, out.data);
            for (const char *c = out.data; *c; c++) assert_true((unsigned char)*c > ' ');
            if (i == 0 && !map_put(names, out.data, out.size, 0)) fail_msg("%s twice", out.data);
        }
    }
    str_release(&out);
    map_free(names);
}

static void test_text_keys(void **state)
{
    (void)state;
    static const Key TEXT[] = {'a', ' ', '~', 0xA0, 0xE9, 0x301, 0x6F22, 0x1F600};
    static const Key NONE[] = {0,      '\n',       0x1B,         0x7F,          0x9B,
                               0xD800, KEY_RETURN, KEY_ARROW_UP, KEY_ALT | 'a', KEY_POINTER};
    for (size_t i = 0; i < sizeof TEXT / sizeof *TEXT; i++) assert_true(key_is_text(TEXT[i]));
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) assert_false(key_is_text(NONE[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_names),
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_text_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
