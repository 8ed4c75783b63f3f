/* Grid: the screen as cells, which panes draw into and the terminal is a copy of.
 *
 * A cell holds one character as the eye sees it: a base character and up to four marks on it (of
 * joined emoji the first). A wide character takes two cells, the right one with width 0. Whatever
 * is drawn is clipped; half a wide character at an edge becomes a blank; control characters and
 * malformed bytes of a text become blanks and '?', and characters that turn the direction of text
 * are left out, so that no document can do anything to a terminal.
 *
 * Rows and columns count from 0. Threads: a grid belongs to one. */
#ifndef UI_GRID_H
#define UI_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/style.h"

#define CELL_TEXT 21 /* five characters of UTF-8 and a NUL */

typedef struct Cell {
    char text[CELL_TEXT]; /* "" in the right half of a wide one */
    uint8_t width;        /* 1, 2; 0: right half */
    Style style;
} Cell;

typedef struct Grid {
    int height, width;
    Cell *cells;             /* (height, width) */
    int cursor_y, cursor_x;  /* where text is typed; -1: nowhere */
    bool ascii;              /* the terminal shows ASCII only: glyphs are chosen for it */
} Grid;

void grid_init(Grid *g, int height, int width, bool ascii); /* blank */
void grid_release(Grid *g);
void grid_clear(Grid *g);
const Cell *grid_at(const Grid *g, int y, int x);

/* Area: a rectangle of a grid, with coordinates of its own from 0. Everything drawn is clipped to
 * it. Passed by value; an area may be empty or lie outside: nothing is drawn then. */
typedef struct Area {
    Grid *grid;
    int y, x, height, width;
} Area;

Area grid_area(Grid *g);
Area area_part(Area a, int y, int x, int height, int width); /* clipped to a */
Area area_rows(Area a, int y, int height);
Area area_columns(Area a, int x, int width);

void area_fill(Area a, Style style);                         /* blanks */

/* Each returns the column after the last drawn. text up to size bytes (area_text: to its NUL). */
int area_text(Area a, int y, int x, Style style, const char *text);
int area_bytes(Area a, int y, int x, Style style, const char *text, size_t size);
int area_textf(Area a, int y, int x, Style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* How many columns text takes when it is drawn, and how many of its bytes fit into so many: as
 * utf8_width and utf8_fit, but a control character takes one. */
int grid_width(const char *text, size_t size);
size_t grid_fit(const char *text, size_t size, int columns);

/* grid_step: the length of the character as the eye sees it at text (size > 0), and its columns. */
size_t grid_step(const char *text, size_t size, int *ret_width);

/* area_cell: exactly `width` columns: cut with an ellipsis, or padded with blanks; right: flush
 * right. */
int area_cell(Area a, int y, int x, int width, Style style, bool right, const char *text);

/* area_restyle: gives cells another style and leaves their text. */
void area_restyle(Area a, int y, int x, int width, Style style);

/* area_on: the line under the cursor: sets STYLE_ON in the whole row. */
void area_on(Area a, int y);

/* Lines join the borders (LOOK_BORDER, LOOK_FOCUS) that they cross or end at, also just outside the
 * area: ├ ┬ ┼. Where something else lies under them, area_fill first.
 *
 * area_box: a border with a title in its top edge (may be NULL); returns what is inside. */
Area area_box(Area a, Style border, Style title_style, const char *title);
void area_rule(Area a, int y, Style style, const char *title); /* ─ title ───, within a box: from edge to edge */
void area_column_rule(Area a, int x, Style style);             /* │ from top to bottom */

/* area_bar: a bar of share (0 … 1) of `width` columns in eighths of a column. */
void area_bar(Area a, int y, int x, int width, Style style, double share);

/* area_spark: count values as a line of eighth blocks, one a column, newest last, scaled to their
 * own range; NaN is a gap. */
void area_spark(Area a, int y, int x, int width, Style style, const double *values, size_t count);

/* area_caret: where the terminal's cursor stands. */
void area_caret(Area a, int y, int x);

/* Glyphs with a form for ASCII terminals. */
typedef enum Glyph {
    GLYPH_POINT,    /* ▸ the item under the cursor */
    GLYPH_MARK,     /* * marked */
    GLYPH_ACCEPTED, /* ✓ */
    GLYPH_REJECTED, /* ✗ */
    GLYPH_UP, GLYPH_DOWN, /* ▲ ▼ better, worse, order */
    GLYPH_STAR,     /* ★ the best */
    GLYPH_MORE,     /* › leads to */
    GLYPH_LEFT,     /* ← */
    GLYPH_ELLIPSIS, /* … */
    GLYPH_LIVE,     /* ● */
    GLYPH_DOT,      /* · between facts */
    GLYPH_PLUSMINUS, /* ± */
    GLYPH_NONE,     /* — no value */
    GLYPH_COUNT
} Glyph;
const char *glyph(const Grid *g, Glyph which);

#endif
