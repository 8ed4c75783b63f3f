/* Screen: what a terminal shows at one moment, as cells with text and style. */
#ifndef TESTS_TERMINAL_SCREEN_H
#define TESTS_TERMINAL_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/str.h"
#include "pty.h"

enum {
    SCREEN_BOLD = 1,
    SCREEN_UNDERLINE = 2,
    SCREEN_ITALIC = 4,
    SCREEN_BLINK = 8,
    SCREEN_REVERSE = 16,
    SCREEN_STRIKE = 32
};

typedef struct ScreenStyle {
    int32_t foreground,
        background; /* -1: the terminal's own; below 256 an index; else 1 << 24 | RGB */
    unsigned flags;
} ScreenStyle;

typedef struct ScreenCell {
    char text[VTERM_MAX_CHARS_PER_CELL * 4 +
              1]; /* UTF-8; "" in the right half of a wide character */
    int width;    /* 1, 2; 0: right half */
    ScreenStyle style;
} ScreenCell;

typedef struct Screen {
    int height, width;
    int cursor_y, cursor_x; /* -1: hidden */
    ScreenCell *cells;      /* (height, width) */
} Screen;

void screen_take(Pty *p, Screen *ret);
void screen_release(Screen *s);
static inline ScreenCell *screen_at(const Screen *s, int y, int x)
{
    return &s->cells[(size_t)y * (size_t)s->width + (size_t)x];
}

/* screen_row: the text of a row, blanks at its end left out. Overwrites. columns: NULL, or for each
 * byte the column it stands in (row.size of them; caller's). */
void screen_row(const Screen *s, int y, Str *ret, int **columns);

/* screen_find: the first place of a text that stands in one row. ret may be NULL. */
bool screen_find(const Screen *s, const char *text, int *ret_y, int *ret_x);

/* screen_shows_key: the text stands somewhere as a key that can be pressed: by itself, and bold. */
bool screen_shows_key(const Screen *s, const char *key);

/* screen_mask: what a regular expression (POSIX extended) finds in a row becomes '·' of the same
 * width. false: not a regular expression. */
bool screen_mask(Screen *s, const char *pattern);

/* screen_coloured: a cell that has a colour of its own. */
bool screen_coloured(const Screen *s, int *ret_y, int *ret_x);
bool style_equal(ScreenStyle a, ScreenStyle b);

void screen_print(Pty *p, FILE *to);

#endif
