#include "ui/training_charts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_SHARE 1e-3 /* of everything that a window shows at least */
#define PAUSE_S 20.0     /* a step that took longer than this … */
#define PAUSE_TIMES 20.0 /* … and than so many usual ones, was a pause */
#define RATE_POINTS 200  /* that the rate is measured over */

/* ---- smoothing ---- */

static const struct {
    double weight;
    const char *name;
} SMOOTH[SMOOTH_COUNT] = {{0, "off"}, {0.6, ".6"}, {0.9, ".9"}};

double smooth_weight(size_t which)
{
    return SMOOTH[which % SMOOTH_COUNT].weight;
}

const char *smooth_name(size_t which)
{
    return SMOOTH[which % SMOOTH_COUNT].name;
}

/* ---- x ---- */

const char *axis_name(XAxis a)
{
    static const char *const NAMES[AXIS_COUNT] = {"step", "epoch", "s"};
    return NAMES[a];
}

void chart_run_release(ChartRun *r)
{
    for (int m = 0; m < RUN_METRIC_COUNT; m++) {
        free(r->line[m].x);
        free(r->line[m].y);
    }
    run_points_free(r->points);
    *r = (ChartRun){0};
}

/* Times of a project file may be anything: their difference need not fit an integer. */
static double ms_between(const RunPointsOf *points, size_t from, size_t to)
{
    return (double)points->items[to].at_ms - (double)points->items[from].at_ms;
}

/* Seconds of training at each point of the loss, in x. */
static void time_line(const RunPointsOf *points, double *x)
{
    double at = 0, usual = 0;
    for (size_t i = 0; i < points->count; i++) {
        double took = i ? ms_between(points, i - 1, i) / 1000 : 0;
        if (!(took >= 0)) took = 0; /* the clock was set back */
        if (took > PAUSE_S && i > 1 && took > PAUSE_TIMES * usual) took = usual;
        at += took;
        if (i) usual += (took - usual) / (double)(i < 50 ? i : 50);
        x[i] = at;
    }
}

/* The last point at or before a step; SIZE_MAX: none. */
static size_t point_at(const RunPointsOf *points, double step)
{
    size_t low = 0, high = points->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (points->items[middle].step > step)
            high = middle;
        else
            low = middle + 1;
    }
    return low - 1;
}

double chart_run_x(const ChartRun *r, double step)
{
    if (r->axis == AXIS_EPOCH) return r->an_epoch > 0 ? step / r->an_epoch : step;
    if (r->axis == AXIS_STEP || !r->points) return step;
    size_t at = point_at(&r->points->of[RUN_LOSS], step);
    return at == SIZE_MAX || at >= r->line[RUN_LOSS].count ? 0 : r->line[RUN_LOSS].x[at];
}

static void make_line(ChartRun *r, int m)
{
    const RunPointsOf *points = &r->points->of[m];
    ChartLine *l = &r->line[m];
    if (l->room < points->count) {
        l->room = points->count + points->count / 2;
        l->x = mem_grow(l->x, l->room * sizeof *l->x);
        l->y = mem_grow(l->y, l->room * sizeof *l->y);
    }
    l->count = points->count;
    bool by_time = r->axis == AXIS_TIME && m == RUN_LOSS;
    if (by_time) time_line(points, l->x);
    for (size_t i = 0; i < points->count; i++) {
        if (!by_time) l->x[i] = chart_run_x(r, points->items[i].step);
        l->y[i] = points->items[i].value;
    }
}

void chart_run_lines(ChartRun *r, XAxis axis, double steps, double epochs)
{
    r->axis = axis;
    r->an_epoch = steps > 0 && epochs > 0 ? steps / epochs : 0;
    for (int m = 0; m < RUN_METRIC_COUNT; m++) { /* the loss, whose times all use, is the first */
        if (r->points)
            make_line(r, m);
        else
            r->line[m].count = 0;
    }
}

double chart_run_best(const ChartRun *r)
{
    double best = -INFINITY, step = -1;
    const RunPointsOf *points = r->points ? &r->points->of[RUN_LIKELIHOOD] : NULL;
    for (size_t i = 0; points && i < points->count; i++) {
        if (!(points->items[i].value > best)) continue;
        best = points->items[i].value;
        step = points->items[i].step;
    }
    return step;
}

double chart_run_rate(const ChartRun *r)
{
    const RunPointsOf *points = r->points ? &r->points->of[RUN_LOSS] : NULL;
    if (!points || points->count < 2) return 0;
    size_t n = points->count < RATE_POINTS ? points->count : RATE_POINTS;
    const RunPoint *last = &points->items[points->count - 1], *first = last - (n - 1);
    double s = ms_between(points, points->count - n, points->count - 1) / 1000;
    return s > 0 ? (last->step - first->step) / s : 0;
}

/* ---- the window ---- */

ChartExtent chart_extent(const ChartRun *runs, size_t count)
{
    ChartExtent e = {INFINITY, -INFINITY};
    for (size_t i = 0; i < count; i++) {
        for (int m = 0; m < RUN_METRIC_COUNT; m++) {
            const ChartLine *l = &runs[i].line[m];
            if (l->count == 0) continue;
            e.low = fmin(e.low, l->x[0]);
            e.high = fmax(e.high, l->x[l->count - 1]);
        }
    }
    return e;
}

bool window_all(const ChartWindow *w)
{
    return !(w->high > w->low);
}

static bool is_empty(ChartExtent e)
{
    return !(e.high > e.low);
}

/* A window so wide that begins there, within the data. */
static void place(ChartWindow *w, ChartExtent e, double low, double width)
{
    double whole = e.high - e.low;
    if (width < whole * LEAST_SHARE) width = whole * LEAST_SHARE;
    if (width >= whole) {
        *w = (ChartWindow){0};
        return;
    }
    if (low > e.high - width) low = e.high - width;
    if (low < e.low) low = e.low;
    *w = (ChartWindow){low, low + width, low + width >= e.high - whole * 1e-9};
}

void window_zoom(ChartWindow *w, ChartExtent e, double at, double factor)
{
    if (is_empty(e)) return;
    bool all = window_all(w);
    double low = all ? e.low : w->low, high = all ? e.high : w->high;
    if (isnan(at)) at = all || w->follow ? high : low + (high - low) / 2;
    if (at < low) at = low;
    if (at > high) at = high;
    place(w, e, at - (at - low) * factor, (high - low) * factor);
}

void window_pan(ChartWindow *w, ChartExtent e, double share)
{
    if (is_empty(e) || window_all(w)) return;
    place(w, e, w->low + share * (w->high - w->low), w->high - w->low);
}

void window_grown(ChartWindow *w, ChartExtent e)
{
    if (window_all(w) || is_empty(e)) return;
    if (w->follow || w->low > e.high) place(w, e, e.high, w->high - w->low);
}

void window_show(ChartWindow *w, ChartExtent e, double x)
{
    if (window_all(w) || is_empty(e) || isnan(x)) return;
    if (x < w->low) place(w, e, x, w->high - w->low);
    if (x > w->high) place(w, e, x - (w->high - w->low), w->high - w->low);
}

const char *window_label(const ChartWindow *w, bool running)
{
    if (running && (window_all(w) || w->follow)) return "live";
    return window_all(w) ? "all" : "frozen";
}

/* ---- reading off ---- */

double cross_move(const ChartLine *l, double x, int to, double least)
{
    if (l->count == 0) return NAN;
    if (isnan(x)) return l->x[l->count - 1];
    if (to > 0) {
        for (size_t i = 0; i < l->count; i++)
            if (l->x[i] > x && l->x[i] >= x + least) return l->x[i];
        return l->x[l->count - 1];
    }
    for (size_t i = l->count; i-- > 0;)
        if (l->x[i] < x && l->x[i] <= x - least) return l->x[i];
    return l->x[0];
}

/* ---- as a file ---- */

static void csv_field(const char *text, Str *out)
{
    str_add_char(out, '"');
    for (; *text; text++) {
        if (*text == '"') str_add_char(out, '"');
        str_add_char(out, *text);
    }
    str_add_char(out, '"');
}

static void csv_number(double value, Str *out)
{
    if (isfinite(value)) str_addf(out, "%.9g", value);
}

/* Each point by step, epoch and time, whichever of them is shown. */
static void csv_run(const ChartRun *r, const char *name, const ChartWindow *w, Str *out)
{
    ChartRun timed = {.points = r->points};
    chart_run_lines(&timed, AXIS_TIME, 0, 0);
    for (int m = 0; m < RUN_METRIC_COUNT; m++) {
        for (size_t i = 0; i < r->line[m].count; i++) {
            double x = r->line[m].x[i], step = r->points->of[m].items[i].step;
            if (!window_all(w) && (x < w->low || x > w->high)) continue;
            csv_field(name, out);
            str_addf(out, ",%s,%.0f,", run_metric_name((RunMetric)m), step);
            if (r->an_epoch > 0) csv_number(step / r->an_epoch, out);
            str_add_char(out, ',');
            csv_number(timed.line[m].x[i], out);
            str_add_char(out, ',');
            csv_number(r->line[m].y[i], out);
            str_add_char(out, '\n');
        }
    }
    timed.points = NULL; /* r's */
    chart_run_release(&timed);
}

void chart_csv(const ChartRun *runs, const char *const *names, size_t count, const ChartWindow *w,
               Str *out)
{
    str_add(out, "run,metric,step,epoch,seconds,value\n");
    for (size_t i = 0; i < count; i++)
        if (runs[i].points) csv_run(&runs[i], names[i], w, out);
}

/* ---- numbers ---- */

void share_text(double value, Str *out)
{
    char text[32];
    if (!isfinite(value)) {
        str_add(out, "?");
        return;
    }
    snprintf(text, sizeof text, "%.4f", fabs(value) < 1e9 ? fabs(value) : 1e9);
    if (value < 0 && strcmp(text, "0.0000") != 0) str_add_char(out, '-');
    str_add(out, text[0] == '0' ? text + 1 : text);
}

void share_change(double value, Str *out)
{
    if (value >= 0) str_add_char(out, '+');
    share_text(value, out);
}
