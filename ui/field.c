#include "ui/field.h"

#include <string.h>

#include "base/utf8.h"

/* What a character becomes in one line of text; 0: nothing. */
static uint32_t as_text(uint32_t code)
{
    if (code == '\n' || code == '\r' || code == '\t' || code == 0x2028 || code == 0x2029)
        return ' ';
    return key_is_text(code) ? code : 0;
}

static void insert(Field *f, uint32_t code)
{
    char bytes[4];
    size_t length = utf8_put(code, bytes);
    if (f->text.size + length > FIELD_MAX_BYTES) return;
    size_t after = f->text.size - f->at;
    str_reserve(&f->text, length);
    char *at = f->text.data + f->at;
    memmove(at + length, at, after);
    memcpy(at, bytes, length);
    f->text.size += length;
    f->text.data[f->text.size] = '\0';
    f->at += length;
}

static void erase(Field *f, size_t first, size_t end)
{
    if (end <= first) return;
    memmove(f->text.data + first, f->text.data + end, f->text.size - end);
    str_truncate(&f->text, f->text.size - (end - first));
    f->at = first;
}

void field_set(Field *f, const char *text)
{
    str_clear(&f->text);
    f->at = f->first = 0;
    f->pasting = false;
    size_t size = text ? strlen(text) : 0;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = utf8_next(text + at, size - at, &code);
        if (code == '\r' && at + 1 < size && text[at + 1] == '\n') code = 0;
        code = code == UTF8_REPLACEMENT && length == 1 ? '?' : as_text(code);
        if (code) insert(f, code);
        at += length;
    }
}

void field_release(Field *f)
{
    str_release(&f->text);
    *f = (Field){0};
}

/* Where the character as the eye sees it before the cursor begins, and the one at it ends. Joined
 * characters can only be found from the start of the text. */
static size_t before(const Field *f)
{
    size_t start = 0;
    int width;
    for (size_t at = 0; at < f->at;) {
        start = at;
        at += grid_step(f->text.data + at, f->text.size - at, &width);
    }
    return start;
}

static size_t after(const Field *f)
{
    int width;
    if (f->at >= f->text.size) return f->text.size;
    return f->at + grid_step(f->text.data + f->at, f->text.size - f->at, &width);
}

/* Where the word before the cursor begins, blanks after it left aside. */
static size_t word_before(const Field *f)
{
    size_t at = f->at;
    for (bool in_word = false; at > 0;) {
        size_t start = utf8_back(f->text.data, at);
        uint32_t code;
        utf8_next(f->text.data + start, at - start, &code);
        bool blank = utf8_is_space(code);
        if (blank && in_word) break;
        in_word = in_word || !blank;
        at = start;
    }
    return at;
}

static bool pasted_key(Field *f, Key k)
{
    if (k == KEY_PASTE_BEGIN || k == KEY_PASTE_END) {
        f->pasting = k == KEY_PASTE_BEGIN;
        return true;
    }
    if (!f->pasting) return false;
    uint32_t code = k == KEY_RETURN || k == KEY_TAB ? ' ' : as_text(k);
    if (code) insert(f, code);
    return true;
}

bool field_key(Field *f, Key k)
{
    if (f->at > f->text.size) f->at = f->text.size;
    if (pasted_key(f, k)) return true;
    switch (k) {
    case KEY_ERASE:
        erase(f, before(f), f->at);
        return true;
    case KEY_REMOVE:
        erase(f, f->at, after(f));
        return true;
    case KEY_ARROW_LEFT:
        f->at = before(f);
        return true;
    case KEY_ARROW_RIGHT:
        f->at = after(f);
        return true;
    case KEY_FIRST:
        f->at = 0;
        return true;
    case KEY_LAST:
        f->at = f->text.size;
        return true;
    case KEY_CTRL('W'):
        erase(f, word_before(f), f->at);
        return true;
    case KEY_CTRL('U'):
        erase(f, 0, f->text.size);
        return true;
    default:
        if (!key_is_text(k)) return false;
        insert(f, as_text(k));
        return true;
    }
}

/* The least place from which text[.., end) fits into so many columns. */
static size_t fits_from(const char *text, size_t end, int columns)
{
    int total = grid_width(text, end), width;
    size_t at = 0;
    while (at < end && total > columns) {
        at += grid_step(text + at, end - at, &width);
        total -= width;
    }
    return at;
}

void field_draw(Field *f, Area a, int y, int x, int width, bool focused)
{
    const char *text = str_get(&f->text);
    if (width <= 0) return;
    if (!focused) {
        area_cell(a, y, x, width, LOOK_FIELD, false, text);
        return;
    }
    /* the cursor needs a column of its own, and no room is left empty behind the text */
    size_t least = fits_from(text, f->at, width - 1);
    size_t most = fits_from(text, f->text.size, width - 1);
    if (f->first < least) f->first = least;
    if (f->first > f->at) f->first = f->at;
    if (f->first > most) f->first = most;

    size_t fit = grid_fit(text + f->first, f->text.size - f->first, width);
    area_cell(a, y, x, width, LOOK_FIELD, false, "");
    area_bytes(a, y, x, LOOK_FIELD, text + f->first, fit);
    int caret = grid_width(text + f->first, f->at - f->first);
    area_caret(a, y, x + (caret < width ? caret : width - 1)); /* `at` may be within a character */
}

void field_point(Field *f, int column)
{
    const char *text = str_get(&f->text);
    if (f->first > f->text.size) f->first = 0;
    f->at = f->first + grid_fit(text + f->first, f->text.size - f->first, column > 0 ? column : 0);
}
