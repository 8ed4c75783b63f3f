/* What the charts of training show: axes, windows, the crosshair, the file. */
#include <math.h>

#include "rows.h"

#include "ui/training_charts.h"

#define STEPS 100

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9 * (1 + fabs(b)))) fail_msg("%.17g is not %.17g", a, b);
}

/* A run of 100 steps, half a second each from a second on; evaluated every 10 steps from step 0. */
static void fill(ChartRun *r, int64_t id)
{
    *r = (ChartRun){.id = id, .points = mem_zero(1, sizeof *r->points)};
    r->points->run_id = id;
    for (int i = 1; i <= STEPS; i++) {
        int64_t at = 1000 + 500 * i;
        vec_push(&r->points->of[RUN_LOSS], (RunPoint){i, 1.0 / i, at});
        vec_push(&r->points->of[RUN_LR], (RunPoint){i, 1e-3, at});
        vec_push(&r->points->of[RUN_GRADIENT], (RunPoint){i, i == 50 ? NAN : 2.0, at});
    }
    for (int i = 0; i <= STEPS; i += 10) {
        double value = i == 60 ? -1 : -2 - i / 1000.0;
        vec_push(&r->points->of[RUN_LIKELIHOOD], (RunPoint){i, value, 1000 + 500 * i});
        vec_push(&r->points->of[RUN_MRR], (RunPoint){i, 0.7 + i / 1000.0, 1000 + 500 * i});
    }
}

static void test_smoothing(void **state)
{
    (void)state;
    assert_near(smooth_weight(0), 0);
    assert_near(smooth_weight(1), 0.6);
    assert_near(smooth_weight(2), 0.9);
    assert_near(smooth_weight(SMOOTH_COUNT), 0); /* and round again */
    assert_string_equal(smooth_name(0), "off");
}

static void test_axes(void **state)
{
    ChartRun r;
    (void)state;
    fill(&r, 1);
    chart_run_lines(&r, AXIS_STEP, STEPS, 4);
    assert_int_equal(r.line[RUN_LOSS].count, STEPS);
    assert_near(r.line[RUN_LOSS].x[0], 1);
    assert_near(r.line[RUN_LOSS].y[1], 0.5);
    assert_near(r.line[RUN_MRR].x[10], 100);
    assert_true(isnan(r.line[RUN_GRADIENT].y[49]));
    chart_run_lines(&r, AXIS_EPOCH, STEPS, 4);
    assert_near(r.line[RUN_LOSS].x[99], 4);
    assert_near(r.line[RUN_MRR].x[1], 0.4);
    assert_near(chart_run_x(&r, 50), 2);
    chart_run_lines(&r, AXIS_TIME, STEPS, 4);
    assert_near(r.line[RUN_LOSS].x[0], 0);
    assert_near(r.line[RUN_LOSS].x[99], 49.5);
    assert_near(r.line[RUN_MRR].x[0], 0); /* before the first step */
    assert_near(r.line[RUN_MRR].x[1], 4.5);
    assert_near(chart_run_x(&r, 1000), 49.5);
    chart_run_lines(&r, AXIS_EPOCH, 0, 0); /* not known: an epoch is a step */
    assert_near(r.line[RUN_LOSS].x[9], 10);
    chart_run_release(&r);
    chart_run_lines(&r, AXIS_TIME, STEPS, 4); /* no points yet */
    assert_int_equal(r.line[RUN_LOSS].count, 0);
    assert_near(chart_run_x(&r, 7), 7);
    assert_near(chart_run_best(&r), -1);
    assert_near(chart_run_rate(&r), 0);
    chart_run_release(&r);
}

/* A night between two steps counts as one step; a clock that was set back takes no time. */
static void test_pause(void **state)
{
    ChartRun r;
    (void)state;
    fill(&r, 1);
    for (size_t i = 40; i < STEPS; i++) r.points->of[RUN_LOSS].items[i].at_ms += 8 * 3600 * 1000;
    for (size_t i = 80; i < STEPS; i++) r.points->of[RUN_LOSS].items[i].at_ms -= 3600 * 1000;
    chart_run_lines(&r, AXIS_TIME, STEPS, 4);
    const ChartLine *l = &r.line[RUN_LOSS];
    assert_near(l->x[39], 19.5);
    assert_near(l->x[40], 20);
    assert_near(l->x[80], l->x[79]);
    for (size_t i = 1; i < l->count; i++) assert_true(l->x[i] >= l->x[i - 1]);
    chart_run_release(&r);
}

static void test_best_and_rate(void **state)
{
    ChartRun r;
    (void)state;
    fill(&r, 1);
    assert_near(chart_run_best(&r), 60);
    assert_near(chart_run_rate(&r), 2);
    r.points->of[RUN_LIKELIHOOD].items[6].value = NAN;
    assert_near(chart_run_best(&r), 0);
    chart_run_release(&r);
}

static void test_news(void **state)
{
    (void)state;
    RunPoints *have = NULL;
    ChartRun a, b, c;
    fill(&a, 1);
    fill(&b, 1);
    fill(&c, 2);
    run_points_add(&have, a.points);
    assert_int_equal(have->of[RUN_LOSS].count, STEPS);
    vec_push(&b.points->of[RUN_LOSS], (RunPoint){101, 5, 0}); /* the others are known */
    run_points_add(&have, b.points);
    assert_int_equal(have->of[RUN_LOSS].count, STEPS + 1);
    assert_int_equal(have->of[RUN_MRR].count, 11);
    for (size_t i = 1; i < have->of[RUN_LOSS].count; i++)
        assert_true(have->of[RUN_LOSS].items[i].step > have->of[RUN_LOSS].items[i - 1].step);
    run_points_add(&have, c.points); /* another run takes its place */
    assert_int_equal(have->run_id, 2);
    fill(&b, 2);
    b.points->anew = true;
    vec_clear(&b.points->of[RUN_LOSS]);
    run_points_add(&have, b.points);
    assert_int_equal(have->of[RUN_LOSS].count, 0);
    run_points_free(have);
    run_points_free(NULL);
}

static void test_window(void **state)
{
    (void)state;
    ChartExtent e = {0, 100};
    ChartWindow w = {0};
    assert_true(window_all(&w));
    assert_string_equal(window_label(&w, true), "live");
    assert_string_equal(window_label(&w, false), "all");
    window_zoom(&w, e, NAN, 0.5); /* the end is what one looks at */
    assert_near(w.low, 50);
    assert_near(w.high, 100);
    assert_true(w.follow);
    assert_string_equal(window_label(&w, true), "live");
    assert_string_equal(window_label(&w, false), "frozen");
    window_grown(&w, (ChartExtent){0, 120});
    assert_near(w.low, 70);
    assert_near(w.high, 120);
    e.high = 120;
    window_pan(&w, e, -0.5);
    assert_near(w.low, 45);
    assert_false(w.follow);
    assert_string_equal(window_label(&w, true), "frozen");
    window_grown(&w, (ChartExtent){0, 500}); /* stands still */
    assert_near(w.low, 45);
    window_zoom(&w, e, 50, 0.5); /* what is at 50 stays there */
    assert_near((50 - w.low) / (w.high - w.low), 0.1);
    window_show(&w, e, 10);
    assert_near(w.low, 10);
    window_show(&w, e, 100);
    assert_near(w.high, 100);
    window_show(&w, e, NAN);
    assert_near(w.high, 100);
    window_pan(&w, e, 99);
    assert_near(w.high, 120);
    assert_true(w.follow);
    for (int i = 0; i < 100; i++) window_zoom(&w, e, NAN, 0.5);
    assert_near(w.high - w.low, 0.12);
    for (int i = 0; i < 100; i++) window_zoom(&w, e, NAN, 2);
    assert_true(window_all(&w));
    window_pan(&w, e, 1); /* everything is shown: nothing to pan */
    assert_true(window_all(&w));
    window_zoom(&w, (ChartExtent){INFINITY, -INFINITY}, 5, 0.5); /* no data */
    assert_true(window_all(&w));
}

static void test_extent(void **state)
{
    ChartRun runs[2];
    (void)state;
    fill(&runs[0], 1);
    fill(&runs[1], 2);
    chart_run_lines(&runs[0], AXIS_STEP, STEPS, 4);
    chart_run_lines(&runs[1], AXIS_EPOCH, STEPS, 200);
    ChartExtent e = chart_extent(runs, 2);
    assert_near(e.low, 0);
    assert_near(e.high, 200);
    e = chart_extent(runs, 0);
    assert_true(e.low > e.high);
    chart_run_release(&runs[0]);
    chart_run_release(&runs[1]);
}

static void test_cross(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 10, 11}, y[5] = {0};
    ChartLine l = {x, y, 5, 5}, none = {0};
    assert_true(isnan(cross_move(&none, 3, 1, 0)));
    assert_near(cross_move(&l, NAN, -1, 0), 11);
    assert_near(cross_move(&l, 2, 1, 0), 3);
    assert_near(cross_move(&l, 2, -1, 0), 1);
    assert_near(cross_move(&l, 2, 1, 5), 10);
    assert_near(cross_move(&l, 11, -1, 5), 3);
    assert_near(cross_move(&l, 11, 1, 0), 11);
    assert_near(cross_move(&l, 1, -1, 0), 1);
    assert_near(cross_move(&l, 1, 1, 1000), 11);
}

/* The columns of the plot stand for what is shown, from its low to its high end. */
static void test_columns(void **state)
{
    double x[] = {0, 40, 100}, y[] = {1, 3, 2};
    Series series = {.name = "a", .x = x, .y = y, .count = 3};
    Chart c = {.title = "t", .series = &series, .count = 1, .baseline = NAN, .cross = NAN};
    Grid g;
    (void)state;
    grid_init(&g, 20, 60, false);
    Area a = area_part(grid_area(&g), 3, 10, 12, 40);
    assert_near(chart_x_at(&c, a, 10 + 38), 100);
    assert_true(isnan(chart_x_at(&c, a, 10 + 39))); /* the border */
    assert_true(isnan(chart_x_at(&c, a, 10)));
    assert_true(isnan(chart_x_at(&c, a, -5)));
    double last = -1;
    for (int column = 10; column < 49; column++) {
        double at = chart_x_at(&c, a, column);
        if (isnan(at)) {
            assert_true(last == -1); /* labels are at the left only */
            continue;
        }
        assert_true(last == -1 ? at == 0 : at > last);
        last = at;
    }
    c.x_low = 20;
    c.x_high = 30;
    assert_near(chart_x_at(&c, a, 48), 30);
    c.count = 0;
    assert_true(isnan(chart_x_at(&c, a, 30)));
    assert_true(isnan(chart_x_at(&c, (Area){&g, 0, 0, 0, 0}, 0)));
    grid_release(&g);
}

static size_t lines_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

static void test_csv(void **state)
{
    ChartRun r[2];
    Str out = {0};
    (void)state;
    fill(&r[0], 1);
    r[1] = (ChartRun){.id = 2}; /* on its way */
    const char *names[] = {"a \"b\", c", "later"};
    chart_run_lines(&r[0], AXIS_EPOCH, STEPS, 4);
    ChartWindow w = {0};
    chart_csv(r, names, 2, &w, &out);
    assert_int_equal(lines_of(str_get(&out)), 1 + 3 * STEPS + 2 * 11);
    assert_true(str_starts(str_get(&out), "run,metric,step,epoch,seconds,value\n"
                                          "\"a \"\"b\"\", c\",loss,1,0.04,0,1\n"
                                          "\"a \"\"b\"\", c\",loss,2,0.08,0.5,0.5\n"));
    assert_non_null(strstr(str_get(&out), ",gradient norm,50,2,24.5,\n")); /* NaN: empty */
    str_clear(&out);
    w = (ChartWindow){3.9, 4, false};
    chart_csv(r, names, 1, &w, &out);
    assert_int_equal(lines_of(str_get(&out)), 1 + 3 * 3 + 2);
    str_release(&out);
    chart_run_release(&r[0]);
}

static void test_numbers(void **state)
{
    static const struct {
        double value;
        const char *share, *change;
    } CASES[] = {{0.72961, ".7296", "+.7296"},
                 {1, "1.0000", "+1.0000"},
                 {0.99999, "1.0000", "+1.0000"},
                 {0, ".0000", "+.0000"},
                 {-0.0034, "-.0034", "-.0034"},
                 {-1e-9, ".0000", ".0000"},
                 {1e300, "1000000000.0000", "+1000000000.0000"},
                 {NAN, "?", "?"}};
    Str out = {0};
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        str_clear(&out);
        share_text(CASES[i].value, &out);
        assert_string_equal(str_get(&out), CASES[i].share);
        str_clear(&out);
        share_change(CASES[i].value, &out);
        assert_string_equal(str_get(&out), CASES[i].change);
    }
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smoothing), cmocka_unit_test(test_axes),
        cmocka_unit_test(test_pause),     cmocka_unit_test(test_best_and_rate),
        cmocka_unit_test(test_news),      cmocka_unit_test(test_window),
        cmocka_unit_test(test_extent),    cmocka_unit_test(test_cross),
        cmocka_unit_test(test_csv),       cmocka_unit_test(test_columns),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
