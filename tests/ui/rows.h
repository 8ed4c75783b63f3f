/* What a grid shows, as text, and its invariants. */
#ifndef TESTS_UI_ROWS_H
#define TESTS_UI_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "base/utf8.h"
#include "ui/grid.h"

/* Rows of the grid, each ended by '\n', blanks at its end left out. */
static inline char *rows_of(const Grid *g)
{
    Str out = {0};
    for (int y = 0; y < g->height; y++) {
        size_t end = out.size;
        for (int x = 0; x < g->width; x++) {
            str_add(&out, grid_at(g, y, x)->text);
            if (strcmp(grid_at(g, y, x)->text, " ") != 0) end = out.size;
        }
        str_truncate(&out, end);
        str_add_char(&out, '\n');
    }
    return str_take(&out);
}

static inline void assert_rows(const Grid *g, const char *expected)
{
    char *rows = rows_of(g);
    if (strcmp(rows, expected) != 0) fail_msg("\n%s\nis not\n%s", rows, expected);
    free(rows);
}

/* Wide characters have both halves, every cell is valid text of its width, and nothing in it is
 * acted on by a terminal. */
static inline void assert_whole(const Grid *g)
{
    for (int y = 0; y < g->height; y++)
        for (int x = 0; x < g->width; x++) {
            const Cell *cell = grid_at(g, y, x);
            size_t size = strnlen(cell->text, sizeof cell->text);
            assert_true(size < sizeof cell->text);
            assert_true(utf8_valid(cell->text, size, NULL));
            assert_true(cell->width <= 2);
            assert_int_equal(size == 0, cell->width == 0);
            if (cell->width == 0) assert_true(x > 0 && grid_at(g, y, x - 1)->width == 2);
            if (cell->width == 2) assert_true(x + 1 < g->width && grid_at(g, y, x + 1)->width == 0);
            assert_int_equal(utf8_width(cell->text, size), cell->width);
            for (size_t at = 0; at < size;) {
                uint32_t code;
                at += utf8_next(cell->text + at, size - at, &code);
                assert_false(utf8_is_active(code));
            }
        }
}

/* A grid of '#' with an area in its middle; whatever is drawn into that, the rest stays. */
static inline void fence_init(Grid *g, int height, int width, bool ascii, Area *ret)
{
    grid_init(g, height + 4, width + 4, ascii);
    for (int y = 0; y < g->height; y++)
        for (int x = 0; x < g->width; x++) area_text(grid_area(g), y, x, LOOK_WARN, "#");
    *ret = area_part(grid_area(g), 2, 2, height, width);
    area_fill(*ret, LOOK_TEXT);
}

static inline void assert_fence(const Grid *g, Area inside)
{
    for (int y = 0; y < g->height; y++)
        for (int x = 0; x < g->width; x++) {
            bool in = y >= inside.y && y < inside.y + inside.height && x >= inside.x &&
                      x < inside.x + inside.width;
            const Cell *cell = grid_at(g, y, x);
            if (!in && (strcmp(cell->text, "#") != 0 || cell->style != LOOK_WARN))
                fail_msg("written outside of the area: %d, %d", y, x);
        }
    assert_whole(g);
}

/* Some text with everything in it that can go wrong; returns its size. */
static inline size_t random_text(Rng *r, char *text, size_t size)
{
    static const char *const PIECES[] = {
        "a",          "b",        " ",
        "word ",      ",",        "\n",
        "\r\n",       "\t",       "\x1b[31m",
        "\x9b",       "é",        "e\u0301",
        "漢",         "字",       "。",
        "「",         "한",       "\u1112\u1161",
        "\u0301",     "👍🏽", "👩‍👩‍👧",
        "🇩🇪",         "❤️",   "\u202e",
        "हि",         "นำ้",       "\xff",
        "\xe2\x82",   "\u200b",   "\u00ad",
        "\U0003fffe", "1️⃣",  "\u0378",
        "\x7f",       "\u2028",
    };
    size_t at = 0;
    while (true) {
        const char *piece = PIECES[rng_below(r, sizeof PIECES / sizeof *PIECES)];
        if (at + strlen(piece) >= size) break;
        memcpy(text + at, piece, strlen(piece));
        at += strlen(piece);
    }
    text[at] = '\0';
    return at;
}

#endif
