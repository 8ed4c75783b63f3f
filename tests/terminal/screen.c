#include "screen.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static int32_t colour_of(const VTermColor *c, bool is_default)
{
    if (is_default) return -1;
    if (VTERM_COLOR_IS_INDEXED(c)) return c->indexed.idx;
    return 1 << 24 | c->rgb.red << 16 | c->rgb.green << 8 | c->rgb.blue;
}

static ScreenStyle style_of(const VTermScreenCell *c)
{
    return (ScreenStyle){
        .foreground = colour_of(&c->fg, VTERM_COLOR_IS_DEFAULT_FG(&c->fg)),
        .background = colour_of(&c->bg, VTERM_COLOR_IS_DEFAULT_BG(&c->bg)),
        .flags = (c->attrs.bold ? SCREEN_BOLD : 0) | (c->attrs.underline ? SCREEN_UNDERLINE : 0) |
                 (c->attrs.italic ? SCREEN_ITALIC : 0) | (c->attrs.blink ? SCREEN_BLINK : 0) |
                 (c->attrs.reverse ? SCREEN_REVERSE : 0) | (c->attrs.strike ? SCREEN_STRIKE : 0),
    };
}

bool style_equal(ScreenStyle a, ScreenStyle b)
{
    return a.foreground == b.foreground && a.background == b.background && a.flags == b.flags;
}

static void cell_take(const VTermScreenCell *from, ScreenCell *to)
{
    *to = (ScreenCell){.width = from->width, .style = style_of(from)};
    size_t size = 0;
    for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && from->chars[i]; i++)
        size += utf8_put(from->chars[i], to->text + size);
    to->text[size] = '\0';
    if (size == 0) strcpy(to->text, " ");
}

void screen_take(Pty *p, Screen *ret)
{
    *ret = (Screen){.height = p->height, .width = p->width, .cursor_y = -1, .cursor_x = -1};
    ret->cells = mem_zero((size_t)p->height * (size_t)p->width, sizeof *ret->cells);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            VTermScreenCell cell = {0};
            vterm_screen_get_cell(p->screen, (VTermPos){y, x}, &cell);
            ScreenCell *to = screen_at(ret, y, x);
            if (cell.chars[0] == (uint32_t)-1)
                /* libvterm leaves there what was there before; it looks as its left half does */
                *to = (ScreenCell){.style =
                                       x > 0 ? screen_at(ret, y, x - 1)->style : style_of(&cell)};
            else
                cell_take(&cell, to);
        }
    if (p->wire.cursor_hidden) return;
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(p->vt), &at);
    ret->cursor_y = at.row;
    ret->cursor_x = at.col;
}

void screen_release(Screen *s)
{
    free(s->cells);
    *s = (Screen){0};
}

void screen_row(const Screen *s, int y, Str *ret, int **columns)
{
    str_clear(ret);
    str_reserve(ret, (size_t)s->width * sizeof s->cells->text);
    int *at = columns ? mem_zero((size_t)s->width * sizeof s->cells->text + 1, sizeof *at) : NULL;
    for (int x = 0; x < s->width; x++)
        for (const char *t = screen_at(s, y, x)->text; *t; t++) {
            if (at) at[ret->size] = x;
            str_add_char(ret, *t);
        }
    while (ret->size && ret->data[ret->size - 1] == ' ') str_truncate(ret, ret->size - 1);
    if (at) at[ret->size] = ret->size ? at[ret->size - 1] + 1 : 0;
    if (columns) *columns = at;
}

bool screen_find(const Screen *s, const char *text, int *ret_y, int *ret_x)
{
    Str row = {0};
    bool found = false;
    for (int y = 0; y < s->height && !found; y++) {
        int *columns;
        screen_row(s, y, &row, &columns);
        const char *at = strstr(str_get(&row), text);
        if (at) {
            found = true;
            if (ret_y) *ret_y = y;
            if (ret_x) *ret_x = columns[at - str_get(&row)];
        }
        free(columns);
    }
    str_release(&row);
    return found;
}

static bool stands_alone(const char *row, size_t at, size_t size)
{
    bool before = at == 0 || strchr(" [(:/|,", row[at - 1]) || (unsigned char)row[at - 1] >= 0x80;
    char after = row[at + size];
    return before && (after == '\0' || strchr(" ]):/|,", after) || (unsigned char)after >= 0x80);
}

static bool row_shows_key(const Screen *s, int y, const char *key)
{
    Str row = {0};
    int *columns;
    screen_row(s, y, &row, &columns);
    bool shown = false;
    const char *text = str_get(&row);
    for (const char *at = strstr(text, key); at && !shown; at = strstr(at + 1, key)) {
        size_t first = (size_t)(at - text);
        shown = stands_alone(text, first, strlen(key)) &&
                (screen_at(s, y, columns[first])->style.flags & SCREEN_BOLD);
    }
    free(columns);
    str_release(&row);
    return shown;
}

bool screen_shows_key(const Screen *s, const char *key)
{
    for (int y = 0; y < s->height; y++)
        if (row_shows_key(s, y, key)) return true;
    return false;
}

static void mask_columns(Screen *s, int y, int first, int end)
{
    for (int x = first; x < end && x < s->width; x++) {
        ScreenCell *c = screen_at(s, y, x);
        strcpy(c->text, "·");
        c->width = 1;
    }
}

bool screen_mask(Screen *s, const char *pattern)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED) != 0) return false;
    Str row = {0};
    for (int y = 0; y < s->height; y++) {
        int *columns;
        screen_row(s, y, &row, &columns);
        size_t at = 0;
        regmatch_t m;
        while (at < row.size && regexec(&regex, row.data + at, 1, &m, at ? REG_NOTBOL : 0) == 0) {
            size_t first = at + (size_t)m.rm_so, end = at + (size_t)m.rm_eo;
            if (end > first)
                mask_columns(s, y, columns[first],
                             end < row.size ? columns[end] : columns[row.size]);
            at = end > first ? end : end + 1;
        }
        free(columns);
    }
    str_release(&row);
    regfree(&regex);
    return true;
}

bool screen_coloured(const Screen *s, int *ret_y, int *ret_x)
{
    for (int y = 0; y < s->height; y++)
        for (int x = 0; x < s->width; x++) {
            ScreenStyle st = screen_at(s, y, x)->style;
            if (st.foreground < 0 && st.background < 0) continue;
            *ret_y = y;
            *ret_x = x;
            return true;
        }
    return false;
}

void screen_print(Pty *p, FILE *to)
{
    Screen s;
    screen_take(p, &s);
    Str row = {0};
    fprintf(to, "screen %dx%d\n", s.height, s.width);
    for (int y = 0; y < s.height; y++) {
        screen_row(&s, y, &row, NULL);
        fprintf(to, "%3d|%s\n", y, str_get(&row));
    }
    str_release(&row);
    screen_release(&s);
}
