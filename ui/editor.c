#include "ui/editor.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define UNDO_MOST 100
#define UNDO_BYTES ((size_t)8 << 20)

enum { CHANGE_NONE, CHANGE_TYPING, CHANGE_ERASING, CHANGE_WHOLE };

/* ---- lines ---- */

static void layout(Editor *e, int width)
{
    const char *text = str_get(&e->text);
    size_t size = e->text.size;
    e->width = width;
    e->stale = false;
    text_wrap(text, size, width, &e->lines);
    if (e->lines.count) e->lines.items[0].first = 0;
    /* the cursor may stand behind the last line end, too */
    if (e->lines.count == 0 || (size && text[size - 1] == '\n'))
        vec_push(&e->lines, (TextLine){size, size});
}

/* Lines are made when they are asked for, so that a long paste wraps its text once. */
static void need_lines(Editor *e)
{
    if (e->stale) layout(e, e->width ? e->width : 80);
}

static size_t line_of(const Editor *e, size_t at)
{
    size_t low = 0, high = e->lines.count;
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (e->lines.items[middle].first <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Where the character before begins; those as the eye sees them are found from the line's start. */
static size_t before(const Editor *e, size_t at)
{
    const char *text = str_get(&e->text);
    size_t start = at, from = at;
    if (at == 0) return 0;
    while (from > 0 && text[from - 1] != '\n') from--;
    if (from == at) return at - 1; /* the line end */
    for (size_t step = from; step < at;) {
        int width;
        start = step;
        step += grid_step(text + step, e->text.size - step, &width);
    }
    return start;
}

static size_t after(const Editor *e, size_t at)
{
    int width;
    if (at >= e->text.size) return e->text.size;
    return at + grid_step(e->text.data + at, e->text.size - at, &width);
}

/* The last place of the cursor in a line. */
static size_t line_end(const Editor *e, size_t line)
{
    if (line + 1 >= e->lines.count) return e->text.size;
    size_t next = e->lines.items[line + 1].first;
    return before(e, next);
}

static int column_of(const Editor *e, size_t at)
{
    size_t first = e->lines.items[line_of(e, at)].first;
    return grid_width(str_get(&e->text) + first, at - first);
}

static size_t place_at(const Editor *e, size_t line, int column)
{
    size_t first = e->lines.items[line].first, end = line_end(e, line);
    size_t at = first + grid_fit(str_get(&e->text) + first, end - first, column);
    return at < end ? at : end;
}

/* ---- undoing ---- */

static void drop_oldest(Editor *e)
{
    free(e->undo.items[0].text);
    e->undo.count--;
    memmove(e->undo.items, e->undo.items + 1, e->undo.count * sizeof *e->undo.items);
}

/* To be called before a change; a change of the same kind as the one before belongs to it. */
static void remember(Editor *e, int change)
{
    bool same = change == e->change && change != CHANGE_WHOLE;
    e->change = change;
    if (same) return;
    size_t most = e->text.size ? UNDO_BYTES / e->text.size : UNDO_MOST;
    while (e->undo.count && (e->undo.count >= UNDO_MOST || e->undo.count > most)) drop_oldest(e);
    vec_push(&e->undo, (EditorState){mem_strdup(str_get(&e->text)), e->at});
}

static void undo(Editor *e)
{
    e->change = CHANGE_NONE;
    if (e->undo.count == 0) return;
    EditorState last = e->undo.items[--e->undo.count];
    str_clear(&e->text);
    str_add(&e->text, last.text);
    e->at = last.at;
    free(last.text);
    e->stale = true;
}

static void forget(Editor *e)
{
    while (e->undo.count) free(e->undo.items[--e->undo.count].text);
    e->change = CHANGE_NONE;
}

/* ---- changing ---- */

static void set_text(Editor *e, const char *text)
{
    str_clear(&e->text);
    utf8_clean(text, strlen(text), &e->text);
    if (e->text.size > EDITOR_MAX_BYTES) {
        size_t size = EDITOR_MAX_BYTES;
        while (size > 0 && ((unsigned char)e->text.data[size] & 0xC0) == 0x80) size--;
        str_truncate(&e->text, size);
    }
    if (e->at > e->text.size) e->at = e->text.size;
    while (e->at > 0 && e->at < e->text.size && ((unsigned char)e->text.data[e->at] & 0xC0) == 0x80)
        e->at--;
    e->goal = -1;
    e->stale = true;
}

void editor_set(Editor *e, const char *text)
{
    forget(e);
    e->at = e->top = 0;
    e->pasting = false;
    set_text(e, text);
}

void editor_replace(Editor *e, const char *text)
{
    remember(e, CHANGE_WHOLE);
    set_text(e, text);
}

void editor_release(Editor *e)
{
    forget(e);
    vec_release(&e->undo);
    vec_release(&e->lines);
    str_release(&e->text);
    *e = (Editor){0};
}

static void insert(Editor *e, uint32_t code)
{
    char bytes[4];
    size_t length = utf8_put(code, bytes), behind = e->text.size - e->at;
    if (e->text.size + length > EDITOR_MAX_BYTES) return;
    remember(e, code == '\n' && !e->pasting ? CHANGE_WHOLE : CHANGE_TYPING);
    str_reserve(&e->text, length);
    char *at = e->text.data + e->at;
    memmove(at + length, at, behind);
    memcpy(at, bytes, length);
    e->text.size += length;
    e->text.data[e->text.size] = '\0';
    e->at += length;
    e->stale = true;
}

static void erase(Editor *e, size_t first, size_t end)
{
    if (end <= first) return;
    remember(e, CHANGE_ERASING);
    memmove(e->text.data + first, e->text.data + end, e->text.size - end);
    str_truncate(&e->text, e->text.size - (end - first));
    e->at = first;
    e->stale = true;
}

static size_t word_before(const Editor *e)
{
    size_t at = e->at;
    for (bool in_word = false; at > 0;) {
        size_t start = utf8_back(e->text.data, at);
        uint32_t code;
        utf8_next(e->text.data + start, at - start, &code);
        bool blank = utf8_is_space(code);
        if (blank && in_word) break;
        in_word = in_word || !blank;
        at = start;
    }
    return at;
}

/* ---- keys ---- */

static void go(Editor *e, size_t at)
{
    e->at = at;
    e->goal = -1;
    e->change = CHANGE_NONE;
}

static void go_lines(Editor *e, long by)
{
    need_lines(e);
    long line = (long)line_of(e, e->at) + by;
    if (e->goal < 0) e->goal = column_of(e, e->at);
    if (line < 0) line = 0;
    if (line >= (long)e->lines.count) line = (long)e->lines.count - 1;
    e->at = place_at(e, (size_t)line, e->goal);
    e->change = CHANGE_NONE;
}

static bool move(Editor *e, Key k)
{
    long page = e->rows > 1 ? (long)e->rows - 1 : 1;
    need_lines(e);
    switch (k) {
    case KEY_ARROW_LEFT:
        go(e, before(e, e->at));
        return true;
    case KEY_ARROW_RIGHT:
        go(e, after(e, e->at));
        return true;
    case KEY_FIRST:
        go(e, e->lines.items[line_of(e, e->at)].first);
        return true;
    case KEY_LAST:
        go(e, line_end(e, line_of(e, e->at)));
        return true;
    case KEY_ARROW_UP:
        go_lines(e, -1);
        return true;
    case KEY_ARROW_DOWN:
        go_lines(e, 1);
        return true;
    case KEY_PAGE_UP:
        go_lines(e, -page);
        return true;
    case KEY_PAGE_DOWN:
        go_lines(e, page);
        return true;
    default:
        return false;
    }
}

static bool change(Editor *e, Key k)
{
    switch (k) {
    case KEY_RETURN:
        insert(e, '\n');
        return true;
    case KEY_ERASE:
        erase(e, before(e, e->at), e->at);
        return true;
    case KEY_REMOVE:
        erase(e, e->at, after(e, e->at));
        return true;
    case KEY_CTRL('W'):
        erase(e, word_before(e), e->at);
        return true;
    case KEY_CTRL('U'):
        undo(e);
        return true;
    default:
        break;
    }
    if (k == KEY_TAB && e->pasting) insert(e, '\t');
    if (!key_is_text(k)) return e->pasting;
    insert(e, k);
    return true;
}

bool editor_key(Editor *e, Key k)
{
    if (k == KEY_PASTE_BEGIN || k == KEY_PASTE_END) {
        e->pasting = k == KEY_PASTE_BEGIN;
        e->change = CHANGE_NONE; /* what is pasted is taken back by itself */
        return true;
    }
    if (!e->pasting && move(e, k)) return true;
    if (!change(e, k)) return false;
    e->goal = -1;
    return true;
}

/* ---- showing ---- */

static void scroll_to_cursor(Editor *e)
{
    size_t line = line_of(e, e->at);
    if (line < e->top) e->top = line;
    if (e->rows && line >= e->top + e->rows) e->top = line - e->rows + 1;
    size_t last = e->lines.count > e->rows ? e->lines.count - e->rows : 0;
    if (e->top > last) e->top = last;
}

void editor_draw(Editor *e, Area a)
{
    int width = a.width > 1 ? a.width - 1 : 1; /* the cursor needs a column behind the text */
    if (e->width != width || e->stale) layout(e, width);
    e->rows = a.height > 0 ? (size_t)a.height : 1;
    scroll_to_cursor(e);
    text_draw(a, str_get(&e->text), &e->lines, e->top, LOOK_TEXT, NULL);
    int column = column_of(e, e->at);
    area_caret(a, (int)(line_of(e, e->at) - e->top), column < width ? column : width);
}

void editor_point(Editor *e, int y, int x)
{
    need_lines(e);
    size_t line = e->top + (size_t)(y > 0 ? y : 0);
    if (line >= e->lines.count) line = e->lines.count - 1;
    go(e, place_at(e, line, x > 0 ? x : 0));
}

void editor_scroll(Editor *e, int by)
{
    go_lines(e, by);
}
