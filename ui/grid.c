#include "ui/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define CELL_CHARACTERS 5
#define FORMATTED_BYTES 1024 /* a line of the widest screen */

static const Cell BLANK = {" ", 1, LOOK_TEXT};

void grid_init(Grid *g, int height, int width, bool ascii)
{
    *g = (Grid){.height = height > 0 ? height : 0, .width = width > 0 ? width : 0, .ascii = ascii};
    g->cells = mem_zero((size_t)g->height * (size_t)g->width, sizeof *g->cells);
    grid_clear(g);
}

void grid_release(Grid *g)
{
    free(g->cells);
    *g = (Grid){.cursor_y = -1, .cursor_x = -1};
}

void grid_clear(Grid *g)
{
    size_t count = (size_t)g->height * (size_t)g->width;
    for (size_t i = 0; i < count; i++) g->cells[i] = BLANK;
    g->cursor_y = g->cursor_x = -1;
}

static Cell *cell_of(const Grid *g, int y, int x)
{
    if (y < 0 || x < 0 || y >= g->height || x >= g->width) return NULL;
    return &g->cells[(size_t)y * (size_t)g->width + (size_t)x];
}

const Cell *grid_at(const Grid *g, int y, int x)
{
    const Cell *cell = cell_of(g, y, x);
    return cell ? cell : &BLANK;
}

Area grid_area(Grid *g)
{
    return (Area){g, 0, 0, g->height, g->width};
}

/* [*first, *first + *count) cut to [0, limit). */
static void clip(int *first, int *count, int limit)
{
    long from = *first, end = from + (*count > 0 ? *count : 0);
    if (from < 0) from = 0;
    if (from > limit) from = limit;
    if (end > limit) end = limit;
    *first = (int)from;
    *count = end > from ? (int)(end - from) : 0;
}

Area area_part(Area a, int y, int x, int height, int width)
{
    clip(&y, &height, a.height > 0 ? a.height : 0);
    clip(&x, &width, a.width > 0 ? a.width : 0);
    return (Area){a.grid, a.y + y, a.x + x, height, width};
}

Area area_rows(Area a, int y, int height)
{
    return area_part(a, y, 0, height, a.width);
}

Area area_columns(Area a, int x, int width)
{
    return area_part(a, 0, x, a.height, width);
}

/* ---- cells ---- */

static Cell *area_at(Area a, int y, int x)
{
    if (y < 0 || x < 0 || y >= a.height || x >= a.width) return NULL;
    return cell_of(a.grid, a.y + y, a.x + x);
}

static void cell_blank(Cell *cell)
{
    memcpy(cell->text, BLANK.text, sizeof cell->text);
    cell->width = 1;
}

/* The cell as one that can be overwritten: the other half of a wide character in it is blanked. */
static Cell *cell_take(Area a, int y, int x)
{
    Cell *cell = area_at(a, y, x);
    if (!cell) return NULL;
    if (cell->width == 0 && a.x + x > 0) cell_blank(cell - 1);
    if (cell->width == 2 && a.x + x + 1 < a.grid->width) cell_blank(cell + 1);
    return cell;
}

static void put_narrow(Area a, int y, int x, Style style, const char *text)
{
    Cell *cell = cell_take(a, y, x);
    if (!cell) return;
    /* thousands of times a frame: printf would take half of it */
    if (!memccpy(cell->text, text, '\0', sizeof cell->text))
        cell->text[sizeof cell->text - 1] = '\0';
    cell->width = 1;
    cell->style = style;
}

static void put_cell(Area a, int y, int x, Style style, const char *text, int width)
{
    bool right_shown = width == 2 && area_at(a, y, x + 1);
    if (width == 1 || !right_shown || !area_at(a, y, x)) {
        put_narrow(a, y, x, style, width == 1 ? text : " ");
        if (right_shown) put_narrow(a, y, x + 1, style, " ");
        return;
    }
    put_narrow(a, y, x, style, text);
    put_narrow(a, y, x + 1, style, "");
    area_at(a, y, x)->width = 2;
    area_at(a, y, x + 1)->width = 0;
}

/* ---- text ---- */

size_t grid_step(const char *text, size_t size, int *ret_width)
{
    size_t length = utf8_grapheme(text, size, ret_width);
    uint32_t code;
    size_t first = utf8_next(text, size, &code);
    bool shown_by_another =
        code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD || !utf8_is_assigned(code);
    if (!shown_by_another) return length;
    *ret_width = 1;
    return text[0] == '\r' ? length : first;
}

int grid_width(const char *text, size_t size)
{
    int total = 0, width;
    for (size_t at = 0; at < size; total += width) at += grid_step(text + at, size - at, &width);
    return total;
}

size_t grid_fit(const char *text, size_t size, int columns)
{
    size_t at = 0;
    while (at < size) {
        int width;
        size_t length = grid_step(text + at, size - at, &width);
        if (width > columns) break;
        columns -= width;
        at += length;
    }
    return at;
}

/* What stands for a character that must not reach the terminal, or that it would not know the width
 * of; NULL: itself. */
static const char *replaced(uint32_t code, size_t length)
{
    if (code == UTF8_REPLACEMENT && length == 1) return "?";
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return " ";
    if (code == 0xAD) return "-"; /* a soft hyphen: terminals differ */
    return utf8_is_assigned(code) ? NULL : "\xEF\xBF\xBD";
}

/* Whether a character on another one is kept: a mark, but not what only chooses a form. */
static bool is_mark(uint32_t code)
{
    bool selector = (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF);
    return utf8_is_word(code) && !selector;
}

/* One character as the eye sees it, `width` columns. Marks with a width have a cell of their own;
 * of joined emoji and flags the first part is drawn and the rest of the width is blank. */
static void put_grapheme(Area a, int y, int x, Style style, const char *text, size_t size,
                         int width)
{
    char kept[CELL_TEXT] = "";
    size_t kept_size = 0;
    int kept_count = 0, kept_width = 0, end = x + width;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        int own;
        size_t length = utf8_next(text + at, size - at, &code);
        const char *other = replaced(code, length);
        utf8_grapheme(text + at, length, &own);
        if (other) own = 1;
        if (own > 0 && (at == 0 || is_mark(code))) {
            if (kept_width > 0) put_cell(a, y, x, style, kept, kept_width);
            x += kept_width;
            kept_width = own;
            kept_count = 1;
            kept_size = other ? strlen(other) : length;
            memcpy(kept, other ? other : text + at, kept_size);
        } else if (kept_width > 0 && kept_count < CELL_CHARACTERS && is_mark(code)) {
            memcpy(kept + kept_size, text + at, length);
            kept_size += length;
            kept_count++;
        }
        kept[kept_size] = '\0';
        at += length;
    }
    if (kept_width > 0) put_cell(a, y, x, style, kept, kept_width);
    for (x += kept_width; x < end; x++) put_narrow(a, y, x, style, " ");
}

int area_bytes(Area a, int y, int x, Style style, const char *text, size_t size)
{
    int column = x;
    for (size_t at = 0; at < size && column < a.width;) {
        int width;
        size_t length = grid_step(text + at, size - at, &width);
        if (width > 0) put_grapheme(a, y, column, style, text + at, length, width);
        at += length;
        column += width;
    }
    if (column > a.width) column = x > a.width ? x : a.width;
    return column;
}

int area_text(Area a, int y, int x, Style style, const char *text)
{
    return area_bytes(a, y, x, style, text, strlen(text));
}

int area_textf(Area a, int y, int x, Style style, const char *format, ...)
{
    char text[FORMATTED_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (size < 0) return x;
    return area_bytes(a, y, x, style, text, strlen(text));
}

static void put_blanks(Area a, int y, int first, int end, Style style)
{
    if (first < 0) first = 0;
    if (end > a.width) end = a.width;
    for (int x = first; x < end; x++) put_narrow(a, y, x, style, " ");
}

int area_cell(Area a, int y, int x, int width, Style style, bool right, const char *text)
{
    if (width <= 0) return x;
    int end = x + width;
    Area part = area_part(a, y, x, 1, width);
    int shift = x < 0 ? x : 0; /* of the cell's first column in part */
    size_t size = strlen(text), fit = grid_fit(text, size, width);
    bool cut = fit < size;
    if (cut) fit = grid_fit(text, size, width - 1);
    int used = grid_width(text, fit), lead = right && !cut ? width - used : 0;

    put_blanks(part, 0, 0, part.width, style);
    area_bytes(part, 0, shift + lead, style, text, fit);
    if (cut) area_text(part, 0, shift + width - 1, style, glyph(a.grid, GLYPH_ELLIPSIS));
    return end > a.width ? (x > a.width ? x : a.width) : end;
}

void area_fill(Area a, Style style)
{
    for (int y = 0; y < a.height; y++) put_blanks(a, y, 0, a.width, style);
}

void area_restyle(Area a, int y, int x, int width, Style style)
{
    clip(&x, &width, a.width > 0 ? a.width : 0);
    for (int i = 0; i < width; i++) {
        Cell *cell = area_at(a, y, x + i);
        if (cell) cell->style = style;
    }
}

void area_on(Area a, int y)
{
    for (int x = 0; x < a.width; x++) {
        Cell *cell = area_at(a, y, x);
        if (cell) cell->style |= STYLE_ON;
    }
}

void area_caret(Area a, int y, int x)
{
    if (!area_at(a, y, x)) return;
    a.grid->cursor_y = a.y + y;
    a.grid->cursor_x = a.x + x;
}

const char *glyph(const Grid *g, Glyph which)
{
    static const struct {
        const char *wide, *ascii;
    } GLYPHS[GLYPH_COUNT] = {
        [GLYPH_POINT] = {"▸", ">"},      [GLYPH_MARK] = {"*", "*"}, [GLYPH_ACCEPTED] = {"✓", "+"},
        [GLYPH_REJECTED] = {"✗", "x"},   [GLYPH_UP] = {"▲", "^"},   [GLYPH_DOWN] = {"▼", "v"},
        [GLYPH_STAR] = {"★", "*"},       [GLYPH_MORE] = {"›", ">"}, [GLYPH_LEFT] = {"←", "<"},
        [GLYPH_ELLIPSIS] = {"…", "~"},   [GLYPH_LIVE] = {"●", "o"}, [GLYPH_DOT] = {"·", "-"},
        [GLYPH_PLUSMINUS] = {"±", "+-"}, [GLYPH_NONE] = {"—", "-"},
    };
    return g->ascii ? GLYPHS[which].ascii : GLYPHS[which].wide;
}
