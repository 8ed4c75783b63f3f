#include "tests/ui/rows.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

static void test_blank_grids(void **state)
{
    (void)state;
    static const int SIZES[][2] = {{0, 0}, {-3, 5}, {5, -3}, {1, 1}, {2, 3}};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        Grid g;
        grid_init(&g, SIZES[i][0], SIZES[i][1], false);
        assert_int_equal(g.cursor_y, -1);
        assert_whole(&g);
        area_text(grid_area(&g), 0, 0, LOOK_GOOD, "漢字");
        assert_whole(&g);
        assert_string_equal(grid_at(&g, -1, 0)->text, " ");
        assert_string_equal(grid_at(&g, 1000, 1000)->text, " ");
        grid_clear(&g);
        grid_release(&g);
        grid_release(&g);
    }
}

static void test_area_parts(void **state)
{
    (void)state;
    Grid g;
    grid_init(&g, 10, 20, false);
    Area a = area_part(grid_area(&g), 2, 3, 5, 6);
    static const struct {
        int in[4], out[4]; /* y, x, height, width; out in the grid */
    } CASES[] = {
        {{0, 0, 5, 6}, {2, 3, 5, 6}},   {{1, 2, 100, 100}, {3, 5, 4, 4}},
        {{-2, -1, 4, 4}, {2, 3, 2, 3}}, {{9, 9, 2, 2}, {7, 9, 0, 0}},
        {{0, 0, -1, -5}, {2, 3, 0, 0}}, {{INT_MIN, INT_MAX, INT_MAX, INT_MAX}, {2, 9, 0, 0}},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const int *in = CASES[i].in, *out = CASES[i].out;
        Area part = area_part(a, in[0], in[1], in[2], in[3]);
        assert_int_equal(part.y, out[0]);
        assert_int_equal(part.x, out[1]);
        assert_int_equal(part.height, out[2]);
        assert_int_equal(part.width, out[3]);
    }
    assert_int_equal(area_rows(a, 1, 2).width, 6);
    assert_int_equal(area_columns(a, 1, 2).height, 5);
    grid_release(&g);
}

/* What a text becomes in six columns, and the column after it. */
static void test_text(void **state)
{
    (void)state;
    static const struct {
        int x;
        const char *text, *shown;
        int after;
    } CASES[] = {
        {0, "", "\n", 0},
        {0, "abc", "abc\n", 3},
        {1, "漢字", " 漢字\n", 5},
        {0, "abcdefgh", "abcdef\n", 6},
        {5, "漢", "\n", 6},     /* half of it at the edge: a blank */
        {-1, "漢a", " a\n", 2}, /* and at the other */
        {-2, "abcd", "cd\n", 2},
        {6, "a", "\n", 6},
        {9, "a", "\n", 9},
        {0, "a\tb\nc", "a b c\n", 5},
        {0, "\x1b[31m", " [31m\n", 5},
        {0,
         "\xc2\x9b"
         "31m",
         " 31m\n", 4}, /* C1 */
        {0, "a\xff\xe2\x82z", "a???z\n", 5},
        {0, "a\u202eb\u200fc", "abc\n", 3}, /* direction */
        {0, "a\u200bb", "ab\n", 2},
        {0, "e\u0301x", "e\u0301x\n", 2},
        {0, "\u0301x", "x\n", 1}, /* a mark on nothing */
        {0, "a\u0301\u0302\u0303\u0304\u0305\u0306z", "a\u0301\u0302\u0303\u0304z\n", 2},
        {0, "👍🏽x", "👍x\n", 3},           /* modifier */
        {0, "👩‍👩‍👧x", "👩x\n", 3}, /* joined */
        {0, "🇩🇪x", "🇩 x\n", 3},                /* a flag */
        {0, "❤️x", "❤ x\n", 3},            /* the form of an emoji */
        {0, "हिx", "हिx\n", 3},                /* a vowel sign with a column of its own */
        {0, "\u1112\u1161\u11abx", "\u1112\u1161\u11abx\n", 3},
        {0, "a\u00adb", "a-b\n", 3},
        {0, "a\u0378", "a\ufffd\n", 2}, /* not assigned */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Grid g;
        grid_init(&g, 1, 6, false);
        int after = area_text(grid_area(&g), 0, CASES[i].x, LOOK_GOOD, CASES[i].text);
        assert_rows(&g, CASES[i].shown);
        if (after != CASES[i].after) fail_msg("%s: %d", CASES[i].text, after);
        assert_whole(&g);
        grid_release(&g);
    }
}

static void test_halves(void **state)
{
    (void)state;
    Grid g;
    grid_init(&g, 1, 6, false);
    Area a = grid_area(&g);
    area_text(a, 0, 0, LOOK_GOOD, "漢字漢");
    area_text(a, 0, 1, LOOK_BAD, "x");
    assert_rows(&g, " x字漢\n");
    area_text(a, 0, 2, LOOK_BAD, "y");
    assert_rows(&g, " xy 漢\n");
    area_text(a, 0, 3, LOOK_BAD, "한");
    assert_rows(&g, " xy한\n");
    assert_whole(&g);
    area_text(area_part(a, 0, 4, 1, 1), 0, 0, LOOK_BAD, "z"); /* the rest of it lies outside */
    assert_rows(&g, " xy z\n");
    assert_whole(&g);
    area_fill(a, LOOK_WARN);
    assert_rows(&g, "\n");
    assert_int_equal(grid_at(&g, 0, 5)->style, LOOK_WARN);
    grid_release(&g);
}

static void test_textf_and_bytes(void **state)
{
    (void)state;
    Grid g;
    grid_init(&g, 2, 10, false);
    assert_int_equal(area_textf(grid_area(&g), 0, 1, LOOK_DIM, "%d of %s", 3, "12"), 8);
    assert_int_equal(area_bytes(grid_area(&g), 1, 0, LOOK_DIM, "a\0b", 3), 3);
    assert_rows(&g, " 3 of 12\na b\n");
    char *big = malloc(5001);
    memset(big, 'x', 5000);
    big[5000] = '\0';
    assert_int_equal(area_textf(grid_area(&g), 0, 0, LOOK_DIM, "%s", big), 10);
    free(big);
    grid_release(&g);
}

static void test_cell(void **state)
{
    (void)state;
    static const struct {
        int width;
        bool right, ascii;
        const char *text, *shown;
    } CASES[] = {
        {5, false, false, "abc", "|abc  |"},
        {5, true, false, "abc", "|  abc|"},
        {3, false, false, "abc", "|abc|"},
        {3, false, false, "abcd", "|ab…|"},
        {3, true, false, "abcd", "|ab…|"},
        {1, false, false, "abcd", "|…|"},
        {4, false, false, "漢字", "|漢字|"},
        {4, false, false, "漢字a", "|漢 …|"},
        {3, false, false, "漢字", "|漢…|"},
        {2, false, false, "漢字", "| …|"},
        {0, false, false, "abc", "||"},
        {-2, false, false, "abc", "||"},
        {4, false, true, "abcdef", "|abc~|"},
        {3, false, false, "", "|   |"},
        {3, false, false, "e\u0301e\u0301e\u0301", "|e\u0301e\u0301e\u0301|"},
        {2, true, false, "\n", "|  |"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Grid g;
        grid_init(&g, 1, 8, CASES[i].ascii);
        area_text(grid_area(&g), 0, 0, LOOK_TEXT, "|xxxxxxx");
        int after = area_cell(grid_area(&g), 0, 1, CASES[i].width, LOOK_TEXT, CASES[i].right,
                              CASES[i].text);
        assert_int_equal(after, 1 + (CASES[i].width > 0 ? CASES[i].width : 0));
        after = area_text(grid_area(&g), 0, after, LOOK_TEXT, "|");
        area_cell(grid_area(&g), 0, after, 8, LOOK_TEXT, false, "");
        char *rows = rows_of(&g);
        rows[strlen(rows) - 1] = '\0';
        assert_string_equal(rows, CASES[i].shown);
        free(rows);
        grid_release(&g);
    }
    Grid g; /* over the edges of the area */
    grid_init(&g, 1, 4, false);
    assert_int_equal(area_cell(grid_area(&g), 0, 2, 5, LOOK_TEXT, false, "abcdefg"), 4);
    assert_rows(&g, "  ab\n");
    assert_int_equal(area_cell(grid_area(&g), 0, -2, 5, LOOK_TEXT, true, "abc"), 3);
    assert_rows(&g, "abcb\n");
    grid_release(&g);
}

static void test_styles(void **state)
{
    (void)state;
    Grid g;
    grid_init(&g, 2, 4, false);
    Area a = area_part(grid_area(&g), 0, 1, 2, 2);
    area_text(a, 0, 0, LOOK_GOOD, "ab");
    area_on(a, 0);
    assert_int_equal(grid_at(&g, 0, 1)->style, LOOK_GOOD | STYLE_ON);
    assert_int_equal(grid_at(&g, 0, 0)->style, LOOK_TEXT);
    area_on(a, 7);
    area_restyle(a, 0, -5, 6, LOOK_LIT);
    assert_int_equal(grid_at(&g, 0, 1)->style, LOOK_LIT);
    assert_int_equal(grid_at(&g, 0, 2)->style, LOOK_GOOD | STYLE_ON);
    area_restyle(a, 0, 1, INT_MAX, LOOK_BAD);
    assert_int_equal(grid_at(&g, 0, 2)->style, LOOK_BAD);
    assert_int_equal(grid_at(&g, 0, 3)->style, LOOK_TEXT);
    assert_rows(&g, " ab\n\n");

    area_caret(a, 1, 2); /* outside */
    assert_int_equal(g.cursor_y, -1);
    area_caret(a, 1, 1);
    assert_int_equal(g.cursor_y, 1);
    assert_int_equal(g.cursor_x, 2);
    grid_clear(&g);
    assert_int_equal(g.cursor_x, -1);
    grid_release(&g);
}

static void test_boxes(void **state)
{
    (void)state;
    Grid g;
    grid_init(&g, 5, 16, false);
    Area a = grid_area(&g), left = area_box(area_columns(a, 0, 9), LOOK_BORDER, LOOK_TITLE, "One");
    area_box(area_columns(a, 8, 8), LOOK_FOCUS, LOOK_TITLE, "A long title"); /* one edge for both */
    area_rule(left, 1, LOOK_BORDER, "in");
    area_column_rule(area_rows(left, 2, 1), 3, LOOK_BORDER);
    assert_rows(&g, "┌ One ──┬ A l… ┐\n"
                    "│       │      │\n"
                    "├─ in ──┤      │\n"
                    "│   │   │      │\n"
                    "└───┴───┴──────┘\n");
    assert_int_equal(left.height, 3);
    assert_int_equal(left.width, 7);
    assert_int_equal(grid_at(&g, 0, 2)->style, LOOK_TITLE);
    assert_int_equal(grid_at(&g, 2, 8)->style,
                     LOOK_FOCUS); /* the joined border stays what it was */
    grid_release(&g);

    grid_init(&g, 4, 8, true);
    Area in = area_box(grid_area(&g), LOOK_BORDER, LOOK_TITLE, NULL);
    area_rule(in, 0, LOOK_BORDER, NULL);
    area_column_rule(in, 2, LOOK_BORDER);
    assert_rows(&g, "+------+\n+--+---+\n|  |   |\n+--+---+\n");
    grid_release(&g);

    grid_init(&g, 1, 5, false); /* text that looks like a border is none */
    area_text(grid_area(&g), 0, 0, LOOK_TEXT, "│   │");
    area_rule(area_part(grid_area(&g), 0, 1, 1, 3), 0, LOOK_BORDER, NULL);
    assert_rows(&g, "│───│\n");
    grid_release(&g);
}

static void test_small_boxes(void **state)
{
    (void)state;
    static const struct {
        int height, width;
        const char *shown;
    } CASES[] = {
        {1, 1, "─\n"},      {1, 4, "────\n"},         {3, 1, "│\n│\n│\n"},
        {2, 2, "┌┐\n└┘\n"}, {2, 5, "┌ … ┐\n└───┘\n"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Grid g;
        grid_init(&g, CASES[i].height, CASES[i].width, false);
        Area in = area_box(grid_area(&g), LOOK_BORDER, LOOK_TITLE, "title");
        assert_rows(&g, CASES[i].shown);
        assert_true(in.height >= 0 && in.width >= 0);
        grid_release(&g);
    }
}

static void test_bars(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *shown, *ascii;
    } CASES[] = {
        {0, "|    |\n", "|    |\n"},        {1, "|████|\n", "|####|\n"},
        {0.5, "|██  |\n", "|##  |\n"},      {0.28125, "|█▏  |\n", "|#-  |\n"},
        {1e-9, "|▏   |\n", "|-   |\n"},     {NAN, "|    |\n", "|    |\n"},
        {-1, "|    |\n", "|    |\n"},       {7, "|████|\n", "|####|\n"},
        {INFINITY, "|████|\n", "|####|\n"},
    };
    for (size_t i = 0; i < 2 * sizeof CASES / sizeof *CASES; i++) {
        Grid g;
        grid_init(&g, 1, 6, i % 2);
        area_text(grid_area(&g), 0, 0, LOOK_TEXT, "|xxxx|");
        area_bar(grid_area(&g), 0, 1, 4, LOOK_BAR, CASES[i / 2].share);
        assert_rows(&g, i % 2 ? CASES[i / 2].ascii : CASES[i / 2].shown);
        grid_release(&g);
    }
}

static void test_sparks(void **state)
{
    (void)state;
    static const double VALUES[] = {100, 0, 1, 2, 3, 4, 5, 6, 7};
    static const double GAPS[] = {1, NAN, 2, INFINITY, 1};
    static const double SAME[] = {3, 3}, HUGE[] = {-1e308, 1e308};
    Grid g;
    grid_init(&g, 5, 9, false);
    Area a = grid_area(&g);
    area_spark(a, 0, 0, 8, LOOK_BAR, VALUES, 9); /* the newest, on their own scale */
    area_spark(a, 1, 0, 8, LOOK_BAR, GAPS, 5);
    area_spark(a, 2, 0, 8, LOOK_BAR, SAME, 2);
    area_spark(a, 3, 0, 8, LOOK_BAR, HUGE, 2);
    area_spark(a, 4, 0, 8, LOOK_BAR, NULL, 0);
    assert_rows(&g, "▁▂▃▄▅▆▇█\n▁ █ ▁\n▄▄\n▁█\n\n");
    g.ascii = true;
    area_spark(a, 0, 0, 8, LOOK_BAR, VALUES, 9);
    assert_rows(&g, "_.,-=+*#\n▁ █ ▁\n▄▄\n▁█\n\n");
    grid_release(&g);
}

static void test_glyphs(void **state)
{
    (void)state;
    Grid g = {0};
    for (Glyph i = 0; i < GLYPH_COUNT; i++) {
        g.ascii = false;
        assert_int_equal(grid_width(glyph(&g, i), strlen(glyph(&g, i))), 1);
        g.ascii = true;
        assert_true(*glyph(&g, i));
        for (const char *c = glyph(&g, i); *c; c++) assert_true(*c > ' ' && *c < 0x7F);
    }
}

/* Anything, anywhere: the cells stay whole, nothing outside is touched, and what is measured is
 * what is drawn. */
static void test_random(void **state)
{
    (void)state;
    Rng r = rng_make(7, 0);
    for (int round = 0; round < 1500; round++) {
        Grid g;
        Area a;
        fence_init(&g, (int)rng_below(&r, 6), (int)rng_below(&r, 30), round % 3 == 0, &a);
        for (int i = 0; i < 8; i++) {
            char text[200];
            size_t size = random_text(&r, text, 1 + rng_below(&r, sizeof text - 1));
            int y = (int)rng_below(&r, 9) - 2, x = (int)rng_below(&r, 40) - 10;
            int width = (int)rng_below(&r, 40) - 5;
            switch (rng_below(&r, 6)) {
            case 0: {
                int after = area_bytes(a, y, x, LOOK_GOOD, text, size);
                int wanted = x + grid_width(text, size);
                assert_int_equal(after, wanted <= a.width ? wanted : x > a.width ? x : a.width);
                break;
            }
            case 1:
                area_cell(a, y, x, width, LOOK_GOOD, rng_below(&r, 2), text);
                break;
            case 2:
                area_box(area_part(a, y, x, 4, width), LOOK_BORDER, LOOK_TITLE, text);
                break;
            case 3:
                area_rule(a, y, LOOK_BORDER, text);
                area_column_rule(a, x, LOOK_BORDER);
                break;
            case 4:
                area_bar(a, y, x, width, LOOK_BAR, rng_unit(&r));
                break;
            default: {
                size_t fit = grid_fit(text, size, width);
                assert_true(fit <= size);
                assert_true(grid_width(text, fit) <= (width > 0 ? width : 0));
            }
            }
        }
        assert_fence(&g, a);
        grid_release(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blank_grids),
        cmocka_unit_test(test_area_parts),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_textf_and_bytes),
        cmocka_unit_test(test_cell),
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_boxes),
        cmocka_unit_test(test_small_boxes),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_sparks),
        cmocka_unit_test(test_glyphs),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
