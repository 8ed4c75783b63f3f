#include "tests/ui/rows.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ui/chart.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void assert_chart(const Chart *c, int height, int width, bool ascii, const char *expected)
{
    Grid g;
    grid_init(&g, height, width, ascii);
    chart_draw(c, grid_area(&g));
    assert_whole(&g);
    assert_rows(&g, expected);
    grid_release(&g);
}

static Chart chart_of(const Series *series, size_t count)
{
    return (Chart){.title = "loss",
                   .series = series,
                   .count = count,
                   .baseline = NAN,
                   .cross = NAN,
                   .x_name = "step"};
}

/* ---- ticks and values ---- */

static void test_ticks(void **state)
{
    (void)state;
    static const struct {
        double low, high;
        size_t most, count;
        double ticks[6];
    } CASES[] = {
        {0, 1, 3, 3, {0, 0.5, 1}},
        {0, 1, 6, 6, {0, 0.2, 0.4, 0.6, 0.8, 1}},
        {0, 1, 5, 3, {0, 0.5, 1}},
        {0.751, 0.779, 4, 2, {0.76, 0.77}},
        {-3, 7, 4, 2, {0, 5}},
        {1, 1336, 5, 2, {500, 1000}},
        {-0.3, 0.3, 3, 3, {-0.2, 0, 0.2}},
        {1e-9, 3e-9, 3, 3, {1e-9, 2e-9, 3e-9}},
        {1e15, 1e15 + 4, 3, 3, {1e15, 1e15 + 2, 1e15 + 4}},
        {2, 2, 4, 0, {0}},
        {3, 2, 4, 0, {0}},
        {0, 1, 0, 0, {0}},
        {NAN, 1, 4, 0, {0}},
        {0, INFINITY, 4, 0, {0}},
        {-1e308, 1e308, 4, 0, {0}},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        double got[6];
        size_t count = chart_ticks(CASES[i].low, CASES[i].high, CASES[i].most, got);
        if (count != CASES[i].count) fail_msg("%zu: %zu ticks", i, count);
        for (size_t k = 0; k < count; k++)
            if (got[k] != CASES[i].ticks[k]) fail_msg("%zu: %.17g", i, got[k]);
    }
}

/* Round, apart by one step, within, and no more than asked for. */
static void test_ticks_random(void **state)
{
    (void)state;
    Rng r = rng_make(1, 0);
    for (int round = 0; round < 20000; round++) {
        double scale = pow(10, (double)rng_below(&r, 24) - 12);
        double low = (rng_unit(&r) - 0.5) * scale, high = low + (rng_unit(&r) + 1e-3) * scale;
        double ticks[12];
        size_t most = 1 + rng_below(&r, COUNT(ticks));
        size_t count = chart_ticks(low, high, most, ticks);
        assert_true(count <= most);
        assert_true(count >= 1 || most < 5);
        for (size_t i = 0; i < count; i++) {
            assert_true(ticks[i] >= low && ticks[i] <= high);
            if (i > 0) assert_true(ticks[i] > ticks[i - 1]);
        }
        if (count < 2) continue;
        double step = ticks[1] - ticks[0], unit = step / pow(10, floor(log10(step) + 1e-6));
        assert_true(fabs(unit - 1) < 1e-6 || fabs(unit - 2) < 1e-6 || fabs(unit - 5) < 1e-6);
    }
}

static void test_value(void **state)
{
    (void)state;
    static const double X[] = {1, 2, 4, 8, 9}, Y[] = {10, 20, NAN, 80, INFINITY};
    const Series s = {"s", X, Y, COUNT(X), LOOK_SERIES_1}, none = {"s", NULL, NULL, 0, 0};
    static const double CASES[][2] = {{0, 10},   {1, 10}, {1.4, 10}, {1.6, 20}, {4, 20},
                                      {5.5, 80}, {8, 80}, {9, 80},   {1e9, 80}};
    for (size_t i = 0; i < COUNT(CASES); i++)
        assert_true(chart_value(&s, CASES[i][0]) == CASES[i][1]);
    assert_true(isnan(chart_value(&s, NAN)));
    assert_true(isnan(chart_value(&none, 3)));
    static const double GAP[] = {NAN, NAN};
    const Series gap = {"s", X, GAP, 2, 0};
    assert_true(isnan(chart_value(&gap, 1)));
}

/* ---- pictures ---- */

enum { POINTS = 101 };
typedef struct Curves {
    double x[POINTS], falling[POINTS], lower[POINTS];
} Curves;

static void curves_make(Curves *c)
{
    for (int i = 0; i < POINTS; i++) {
        c->x[i] = 10 * i;
        c->falling[i] = 2.0 * (100 - i) / 100;
        c->lower[i] = 2.4 / (1 + i / 10.0);
    }
}

static void test_line(void **state)
{
    (void)state;
    Curves k;
    curves_make(&k);
    Series s = {"run", k.x, k.falling, POINTS, LOOK_SERIES_1, .best = true, .live = true};
    Chart c = chart_of(&s, 1);
    assert_chart(&c, 7, 50, false,
                 "┌ loss ──────── ⠤⠤⠤ run ● live 0 best 0 @ 1,000 ─┐\n"
                 "│2┤⠉⠓⠒⠦⠤⠤⣄⣀⡀                                     │\n"
                 "│ │        ⠉⠉⠙⠒⠲⠤⠤⢤⣀⣀                            │\n"
                 "│1┤                 ⠈⠉⠉⠓⠒⠲⠤⠤⣄⣀⣀                  │\n"
                 "│ │                           ⠈⠉⠙⠒⠒⠲⠤⢤⣀⣀⡀        │\n"
                 "│0┤                                     ⠉⠉⠓⠒⠒⠦⠤⣄★│\n"
                 "└──0───────200──────400──────600──────800─ step ─┘\n");
    assert_chart(&c, 7, 50, true,
                 "+ loss -------- --- run o live 0 best 0 @ 1,000 -+\n"
                 "|2+'|---|...                                     |\n"
                 "| |        '''|--|....                           |\n"
                 "|1+                  '''|--|...                  |\n"
                 "| |                           '''|--|....        |\n"
                 "|0+                                     '''|--|.*|\n"
                 "+--0-------200------400------600------800- step -+\n");
    c.glyphs = CHART_BLOCKS;
    assert_chart(&c, 7, 50, false,
                 "┌ loss ──────── ▄▄▄ run ● live 0 best 0 @ 1,000 ─┐\n"
                 "│2┤▀▀█▄▄▄▄▄                                      │\n"
                 "│ │       ▀▀▀▀▀█▄▄▄▄▄                            │\n"
                 "│1┤                 ▀▀▀▀▀█▄▄▄▄▄                  │\n"
                 "│ │                           ▀▀▀▀▀█▄▄▄▄▄        │\n"
                 "│0┤                                     ▀▀▀▀▀█▄▄★│\n"
                 "└──0───────200──────400──────600──────800─ step ─┘\n");
    c.glyphs = CHART_BRAILLE;
    c.cross = 502;
    assert_chart(&c, 7, 50, false,
                 "┌ loss ───────────────────── step 502 ⠤⠤⠤ run 1 ─┐\n"
                 "│2┤⠉⠓⠒⠦⠤⠤⣄⣀⡀              │                      │\n"
                 "│ │        ⠉⠉⠙⠒⠲⠤⠤⢤⣀⣀     │                      │\n"
                 "│1┤                 ⠈⠉⠉⠓⠒⠲⠤⠤⣄⣀⣀                  │\n"
                 "│ │                       │   ⠈⠉⠙⠒⠒⠲⠤⢤⣀⣀⡀        │\n"
                 "│0┤                       │             ⠉⠉⠓⠒⠒⠦⠤⣄★│\n"
                 "└──0───────200──────400──────600──────800─ step ─┘\n");
}

static void test_two_series(void **state)
{
    (void)state;
    Curves k;
    curves_make(&k);
    Series s[] = {{"before", k.x, k.falling, POINTS, LOOK_SERIES_2},
                  {"now", k.x, k.lower, POINTS, LOOK_SERIES_1}};
    Chart c = chart_of(s, 2);
    assert_chart(&c, 8, 60, false,
                 "┌ loss ────────────────────── ⠤⠤  before 0 ─ ⠤⠤⠤ now .218 ─┐\n"
                 "│ │⢳⡀                                                      │\n"
                 "│2┤⠉⠳⡄ ⠲⠤⠤ ⣀⣀⣀                                             │\n"
                 "│ │  ⠈⠓⢦⡀    ⠈ ⠉⠙⠒ ⠦⠤⠤ ⣀⣀                                  │\n"
                 "│1┤     ⠉⠓⠒⠦⢤⣀⡀         ⠈⠉ ⠉⠓⠒ ⠦⠤⢤ ⣀⣀                      │\n"
                 "│ │           ⠉⠉⠉⠓⠒⠒⠢⠤⠤⠤⠤⠤⣄⣀⣀⣀⣀⣀⣀⣀  ⠈⠉ ⠙⠒⠒ ⠤⠤⣄ ⣀⡀          │\n"
                 "│0┤                              ⠈⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠓⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒│\n"
                 "└──0─────────200────────400────────600────────800─── step ─┘\n");
    c.log_y = true;
    assert_chart(&c, 8, 60, false,
                 "┌ loss ────────────────── ⠤⠤  before .0200 ─ ⠤⠤⠤ now .218 ─┐\n"
                 "│  │⠙⠲⠤⢤⣀⣀⠲ ⠤⠤⠤ ⠤⠤⠤ ⣀⣀⣀ ⣀⣀⣀                                │\n"
                 "│ 1┤     ⠈⠉⠉⠓⠒⠒⠲⠤⠤⠤⢤⣀⣀⣀⣀⡀   ⠉⠉⠉ ⠙⠒⠒ ⠒⠢⠤ ⠤⣄⣀ ⣀              │\n"
                 "│  │                    ⠉⠉⠉⠉⠉⠉⠓⠒⠒⠒⠒⠒⠒⠒⠦⠤⠤⠤⠤⠤⠤⠤⢤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀│\n"
                 "│.1┤                                                ⠈⠙⠦ ⡀ ⠉│\n"
                 "│  │                                                    ⠙⣆ │\n"
                 "│  │                                                     ⠸⡄│\n"
                 "└───0─────────200────────400───────600────────800─── step ─┘\n");
    c.log_y = false;
    c.x_low = 200;
    c.x_high = 400;
    assert_chart(&c, 8, 60, false,
                 "┌ loss ────────────────────── ⠤⠤  before 0 ─ ⠤⠤⠤ now .218 ─┐\n"
                 "│1.5┤⠉⠉⠉ ⠒⠒⠒ ⠒⠢⠤ ⠤⠤⠤ ⠤⢄⣀ ⣀⣀⣀                               │\n"
                 "│   │                        ⠉⠉⠉ ⠑⠒⠒ ⠒⠒⠒ ⠢⠤⠤ ⠤⢄⣀ ⣀⣀⣀ ⣀⡀    │\n"
                 "│   │                                                 ⠈⠉ ⠉⠉│\n"
                 "│1.0┤                                                      │\n"
                 "│   │⠉⠑⠒⠒⠒⠒⠒⠤⠤⠤⠤⠤⣀⣀⣀⣀⣀⡀                                    │\n"
                 "│ .5┤                 ⠈⠉⠉⠉⠉⠉⠉⠉⠑⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠢⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⣀⣀⣀⣀⣀⣀⣀│\n"
                 "└───200──────────250───────────300──────────350───── step ─┘\n");
    c.x_low = 203; /* between two points there is still the line */
    c.x_high = 207;
    assert_chart(&c, 6, 40, false,
                 "┌ loss ── ⠤⠤  before 0 ─ ⠤⠤⠤ now .218 ─┐\n"
                 "│1.5┤⠉⠉⠉ ⠉⠉⠉ ⠉⠉⠉ ⠉⠉⠉ ⠉⠉⠉ ⠉⠉⠉ ⠉⠉⠉ ⠉⠉⠉ ⠉⠉│\n"
                 "│   │                                  │\n"
                 "│1.0┤                                  │\n"
                 "│   │⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀│\n"
                 "└───────────204───────────────── step ─┘\n");
}

static void test_markers(void **state)
{
    (void)state;
    static const double X[] = {0, 50, 100, 150, 200}, Y[] = {.75, .762, .77, .779, .775};
    Series s = {"mrr",       X, Y, COUNT(X), LOOK_SERIES_1, .markers = true, .higher_better = true,
                .best = true};
    Chart c = chart_of(&s, 1);
    c.baseline = 0.762;
    assert_chart(&c, 8, 44, false,
                 "┌ loss ─────  •  mrr .775 best .779 @ 150 ─┐\n"
                 "│   │                            ★        •│\n"
                 "│.77┤                   •                  │\n"
                 "│   │                                      │\n"
                 "│.76┤┄┄┄┄┄┄┄┄┄•┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ before │\n"
                 "│   │                                      │\n"
                 "│.75┤•                                     │\n"
                 "└────0────────50───────100──────150─ step ─┘\n");
    assert_chart(&c, 8, 44, true,
                 "+ loss -----  o  mrr .775 best .779 @ 150 -+\n"
                 "|   |                            *        o|\n"
                 "|.77+                   o                  |\n"
                 "|   |                                      |\n"
                 "|.76+- - - - -o- - - - - - - - - -  before |\n"
                 "|   |                                      |\n"
                 "|.75+o                                     |\n"
                 "+----0--------50-------100------150- step -+\n");
}

/* NaN and infinities break the line and move nothing; a spike in a thousand points survives. */
static void test_gaps_and_spikes(void **state)
{
    (void)state;
    static const double X[] = {0, 1, 2, 3, 4, 5, 6}, Y[] = {1, 1, NAN, 2, INFINITY, 1, 1};
    Series s = {"run", X, Y, COUNT(X), LOOK_SERIES_1};
    Chart c = chart_of(&s, 1);
    assert_chart(&c, 6, 30, false,
                 "┌ loss ────────── ⠤⠤⠤ run 1 ─┐\n"
                 "│2.0┤            ⠁           │\n"
                 "│   │                        │\n"
                 "│1.5┤                        │\n"
                 "│1.0┤⣀⣀⣀⣀⡀              ⢀⣀⣀⣀⣀│\n"
                 "└────0──────────────── step ─┘\n");

    enum { MANY = 5000 };
    double *x = mem_zero(MANY, sizeof *x), *y = mem_zero(MANY, sizeof *y);
    for (int i = 0; i < MANY; i++) x[i] = i;
    y[2500] = 1;
    Series many = {"run", x, y, MANY, LOOK_SERIES_1};
    c = chart_of(&many, 1);
    assert_chart(&c, 6, 30, false,
                 "┌ loss ────────── ⠤⠤⠤ run 0 ─┐\n"
                 "│1.0┤            ⡇           │\n"
                 "│   │            ⡇           │\n"
                 "│ .5┤           ⢸⡇           │\n"
                 "│0.0┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣸⣇⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀│\n"
                 "└────0──────2,000───── step ─┘\n");
    free(x);
    free(y);
}

static void test_few_points(void **state)
{
    (void)state;
    static const double X[] = {7, 8, 9}, Y[] = {3, 3, 3}, NONE[] = {NAN, -INFINITY, NAN};
    Series s = {"run", X, Y, 1, LOOK_SERIES_1};
    Chart c = chart_of(&s, 1);
    assert_chart(&c, 6, 30, false,
                 "┌ loss ────────── ⠤⠤⠤ run 3 ─┐\n"
                 "│3.1┤                        │\n"
                 "│   │                        │\n"
                 "│3.0┤            ⠁           │\n"
                 "│2.9┤                        │\n"
                 "└────────6.8────7.0─── step ─┘\n");
    s.count = 3; /* all the same: the range is not nothing */
    assert_chart(&c, 6, 30, false,
                 "┌ loss ────────── ⠤⠤⠤ run 3 ─┐\n"
                 "│3.1┤                        │\n"
                 "│   │                        │\n"
                 "│3.0┤⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉│\n"
                 "│2.9┤                        │\n"
                 "└────7───────────8──── step ─┘\n");
    static const char EMPTY[] = "┌ loss ─────────────────────┐\n"
                                "│                           │\n"
                                "│       no values yet       │\n"
                                "│                           │\n"
                                "│                           │\n"
                                "└───────────────────────────┘\n";
    s.count = 0;
    assert_chart(&c, 6, 29, false, EMPTY);
    s.count = 3;
    s.y = NONE;
    assert_chart(&c, 6, 29, false, EMPTY);
    c.count = 0;
    assert_chart(&c, 6, 29, false, EMPTY);
}

static void test_smooth(void **state)
{
    (void)state;
    double x[60], y[60];
    for (int i = 0; i < 60; i++) {
        x[i] = i;
        y[i] = i % 2 ? 1 : 0;
    }
    Series s = {"run", x, y, 60, LOOK_SERIES_1};
    Chart c = chart_of(&s, 1);
    c.smooth = 0.95;
    assert_chart(&c, 8, 40, false,
                 "┌ loss ──────────────────── ⠤⠤⠤ run 1 ─┐\n"
                 "│1.0┤⠈⠈ ⠁⠁⠁⠁⠈⠈⠈ ⠁⠁⠁⠁⠈⠈⠈⠈ ⠁⠁⠁⠈⠈⠈⠈ ⠁⠁⠁⠁⠈⠈│\n"
                 "│   │                                  │\n"
                 "│   │⢀⢀ ⡀⡀⡀⡀⢀⢀⢀ ⡀⡀⡀⡀⢀⢀⢀⢀ ⡀⡀⡀⢀⢀⢀⢀ ⡀⡀⡀⡀⢀⢀│\n"
                 "│ .5┤⢸⡞⠲⠛⠙⠙⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉│\n"
                 "│   │⡞                                 │\n"
                 "│0.0┤⡇⡀⢀⢀⢀⢀ ⡀⡀⡀⡀⢀⢀⢀ ⡀⡀⡀⡀⢀⢀⢀⢀ ⡀⡀⡀⢀⢀⢀⢀ ⡀⡀│\n"
                 "└────0──────────20─────────40─── step ─┘\n");
    Grid g;
    grid_init(&g, 8, 40, false);
    chart_draw(&c, grid_area(&g));
    bool dim = false, line = false; /* the points behind, the average over them */
    for (int column = 5; column < 39; column++) {
        dim |= grid_at(&g, 1, column)->style == LOOK_DIM;
        line |= grid_at(&g, 3, column)->style == LOOK_SERIES_1 ||
                grid_at(&g, 4, column)->style == LOOK_SERIES_1;
    }
    assert_true(dim && line);
    grid_release(&g);
}

/* First the legend goes, then the ticks, then the frame. */
static void test_small(void **state)
{
    (void)state;
    Curves k;
    curves_make(&k);
    Series s = {"a-long-name", k.x, k.falling, POINTS, LOOK_SERIES_1, .best = true};
    Chart c = chart_of(&s, 1);
    assert_chart(&c, 5, 32, false,
                 "┌ loss ──── ⠤⠤⠤ a-long-name 0 ─┐\n"
                 "│2┤⠉⠓⠒⠲⠤⠤⣄⣀⣀                   │\n"
                 "│ │        ⠈⠉⠉⠓⠒⠲⠤⠤⣄⣀⣀         │\n"
                 "│0┤                  ⠈⠉⠉⠓⠒⠲⠤⠤⣄★│\n"
                 "└──0────────────500───── step ─┘\n");
    assert_chart(&c, 5, 24, false,
                 "┌ loss ──────── ⠤⠤⠤ 0 ─┐\n"
                 "│2┤⠉⠓⠲⠤⢤⣀⡀             │\n"
                 "│ │      ⠉⠉⠓⠲⠤⢤⣀⣀      │\n"
                 "│0┤             ⠈⠉⠓⠒⠦⢤★│\n"
                 "└──0────────500─ step ─┘\n");
    assert_chart(&c, 5, 16, false,
                 "┌ loss ────────┐\n"
                 "│2┤⠙⠲⢤⣀        │\n"
                 "│ │   ⠈⠙⠲⠤⣄⡀   │\n"
                 "│0┤        ⠉⠓⠦★│\n"
                 "└──0───────────┘\n");
    assert_chart(&c, 4, 10, false,
                 "┌ loss ──┐\n"
                 "│⠙⠲⢤⣀    │\n"
                 "│   ⠈⠉⠓⠦★│\n"
                 "└0───────┘\n");
    assert_chart(&c, 2, 8, false,
                 "⠙⠲⢤⣀\n"
                 "   ⠈⠉⠓⠦★\n");
    assert_chart(&c, 1, 1, false, "★\n");
}

/* ---- anything ---- */

static double random_value(Rng *r)
{
    static const double ODD[] = {NAN,   INFINITY, -INFINITY, 0, -0.0,
                                 1e308, -1e308,   5e-324,    1, 1e-30};
    uint64_t kind = rng_below(r, 12);
    return kind < COUNT(ODD) && rng_below(r, 4) == 0 ? ODD[kind] : rng_normal(r) * 3 + 1;
}

static void test_random(void **state)
{
    (void)state;
    Rng r = rng_make(17, 0);
    for (int round = 0; round < 3000; round++) {
        double x[2][80], y[2][80];
        Series s[2];
        for (int i = 0; i < 2; i++) {
            double at = rng_below(&r, 10) ? 0 : random_value(&r);
            for (int k = 0; k < 80; k++) {
                x[i][k] = rng_below(&r, 200) ? at : random_value(&r);
                at += rng_unit(&r);
                y[i][k] = random_value(&r);
            }
            s[i] = (Series){"série \x1b漢",
                            x[i],
                            y[i],
                            rng_below(&r, 81),
                            (Style)(LOOK_SERIES_1 + rng_below(&r, 4)),
                            .markers = rng_below(&r, 2),
                            .higher_better = rng_below(&r, 2),
                            .best = rng_below(&r, 2),
                            .live = rng_below(&r, 2)};
        }
        Chart c = {.title = rng_below(&r, 4) ? "loss 漢字" : NULL,
                   .series = s,
                   .count = rng_below(&r, 3),
                   .baseline = rng_below(&r, 2) ? random_value(&r) : NAN,
                   .log_y = rng_below(&r, 2),
                   .smooth = rng_below(&r, 2) ? random_value(&r) : 0.9,
                   .x_low = rng_below(&r, 2) ? 0 : random_value(&r),
                   .x_high = rng_below(&r, 2) ? 0 : 10 * random_value(&r),
                   .cross = rng_below(&r, 2) ? random_value(&r) : NAN,
                   .x_name = rng_below(&r, 4) ? "step" : NULL,
                   .glyphs = (ChartGlyphs)rng_below(&r, 3)};
        Grid g;
        Area a;
        fence_init(&g, (int)rng_below(&r, 41), (int)rng_below(&r, 41), rng_below(&r, 4) == 0, &a);
        chart_draw(&c, a);
        assert_fence(&g, a);
        grid_release(&g);
    }
}

/* ---- histograms ---- */

static void assert_histogram(int height, int width, bool ascii, const size_t *counts,
                             const size_t *kept, size_t bins, double low, double high,
                             const char *expected)
{
    Grid g;
    grid_init(&g, height, width, ascii);
    histogram_draw(grid_area(&g), counts, kept, bins, low, high, LOOK_DIM, LOOK_LIT);
    assert_whole(&g);
    assert_rows(&g, expected);
    grid_release(&g);
}

static void test_histogram(void **state)
{
    (void)state;
    static const size_t COUNTS[] = {0, 1, 4, 8, 16, 8, 2, 1000000000},
                        KEPT[] = {0, 1, 2, 8, 8, 0, 0};
    assert_histogram(3, 14, false, COUNTS, NULL, 7, -0.5, 0.2,
                     "        ██│\n"
                     "  ▁▁▄▄██████▂▂\n"
                     "-.500     .200\n");
    assert_histogram(4, 14, false, COUNTS, KEPT, 7, -0.5, 0.2,
                     "        ░░│\n"
                     "      ▄▄▄▄░░\n"
                     "  ▂▂▃▃████░░░░\n"
                     "-.500     .200\n");
    assert_histogram(4, 14, true, COUNTS, KEPT, 7, -0.5, 0.2,
                     "        ::|\n"
                     "      ####::\n"
                     "  ....####::::\n"
                     "-.500     .200\n");
    assert_histogram(1, 3, false, COUNTS + 1, NULL, 6, 1, 2, "▂█▃\n");
    assert_histogram(2, 10, false, COUNTS, NULL, 0, 0, 1, "\n0        1\n");
    assert_histogram(2, 3, false, COUNTS, NULL, 1, -1, 1, " │\n\n");
}

static void test_histogram_random(void **state)
{
    (void)state;
    Rng r = rng_make(19, 0);
    for (int round = 0; round < 2000; round++) {
        size_t counts[100], kept[100], bins = rng_below(&r, 101);
        for (size_t i = 0; i < COUNT(counts); i++) {
            counts[i] = rng_below(&r, 3) ? rng_below(&r, 1000) : SIZE_MAX;
            kept[i] = rng_below(&r, 2) ? counts[i] : rng_below(&r, 2000);
        }
        Grid g;
        Area a;
        fence_init(&g, (int)rng_below(&r, 12), (int)rng_below(&r, 41), round % 2, &a);
        histogram_draw(a, counts, rng_below(&r, 2) ? kept : NULL, bins, random_value(&r),
                       random_value(&r), LOOK_DIM, LOOK_LIT);
        assert_fence(&g, a);
        grid_release(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_ticks_random),
        cmocka_unit_test(test_value),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_two_series),
        cmocka_unit_test(test_markers),
        cmocka_unit_test(test_gaps_and_spikes),
        cmocka_unit_test(test_few_points),
        cmocka_unit_test(test_smooth),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_histogram_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
