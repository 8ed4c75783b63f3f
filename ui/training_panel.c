/* The charts of the Training view and the line below them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ui/text.h"
#include "ui/training_parts.h"
#include "ui/ui_parts.h"

#define CHART_WIDTH 30 /* columns that a chart gets at least where several stand side by side */
#define CHART_HEIGHT 7
#define COLUMNS_MOST 3
#define FOOT 2        /* rows below the charts */
#define FOOT_FAILED 5 /* where a message is to be read */

/* ---- one chart ---- */

static bool is_selection(RunMetric m)
{
    return m == RUN_MRR || m == RUN_LIKELIHOOD;
}

static Style series_style(size_t i)
{
    return (Style)(LOOK_SERIES_1 + (i < 4 ? i : 3));
}

/* The step that is kept: of a report, else the best one so far. */
static double kept_step(const TrainingView *x, const RunFacts *r)
{
    if (r && r->reported) return r->report.kept_best ? (double)r->report.best_step : -1;
    double best = chart_run_best(&x->charted[0]);
    return best > 0 ? best : -1;
}

/* The point of the kept step, as a series of its own. */
static bool kept_series(const TrainingView *x, RunMetric m, double at[2], Series *ret)
{
    const RunFacts *r = training_run(x);
    const ChartRun *run = &x->charted[0];
    double step = kept_step(x, r);
    if (!run->points || step < 0) return false;
    const RunPointsOf *points = &run->points->of[m];
    for (size_t i = 0; i < points->count; i++) {
        if (points->items[i].step != step) continue;
        at[0] = chart_run_x(run, step);
        at[1] = points->items[i].value;
        *ret = (Series){.name = r && r->reported ? "kept" : "best",
                        .x = &at[0],
                        .y = &at[1],
                        .count = 1,
                        .style = LOOK_GOOD,
                        .markers = true,
                        .higher_better = true,
                        .best = true};
        return true;
    }
    return false;
}

static double before(const ChartRun *run, RunMetric m)
{
    const RunPointsOf *points = run->points ? &run->points->of[m] : NULL;
    return is_selection(m) && points && points->count && points->items[0].step == 0
               ? points->items[0].value
               : NAN;
}

static bool is_running(const RunFacts *r)
{
    return r && strcmp(r->row.state, "running") == 0;
}

static void chart_title(const TrainingView *x, RunMetric m, const Grid *g, bool focused, Str *out)
{
    if (focused) str_addf(out, "%s ", glyph(g, GLYPH_POINT));
    str_add(out, run_metric_name(m));
    if (is_selection(m)) {
        const RunFacts *r = training_run(x);
        str_add(out, r && !str_starts(r->row.selection, "val") ? " (cut off train)" : " (val)");
    }
    if (!is_selection(m) && m != RUN_LR && smooth_weight(x->smooth) > 0)
        str_addf(out, " ~%s", smooth_name(x->smooth));
    if (!is_selection(m) && x->log_y) str_add(out, " log");
}

static Chart make_chart(const TrainingView *x, RunMetric m, Series *series, double kept[2])
{
    size_t n = 0;
    for (size_t i = x->charted_count; i-- > 0;) { /* the chosen one last: over the others */
        const ChartRun *run = &x->charted[i];
        const RunFacts *r = runs_facts_find(x->runs, run->id);
        if (!run->points || !r || run->line[m].count == 0) continue;
        series[n++] = (Series){.name = r->row.name,
                               .x = run->line[m].x,
                               .y = run->line[m].y,
                               .count = run->line[m].count,
                               .style = series_style(i),
                               .markers = is_selection(m) && run->line[m].count < 60,
                               .higher_better = is_selection(m),
                               .live = i == 0 && is_running(r)};
    }
    if (is_selection(m) && n && kept_series(x, m, kept, &series[n])) n++;
    return (Chart){.series = series,
                   .count = n,
                   .baseline = before(&x->charted[0], m),
                   .log_y = x->log_y && !is_selection(m),
                   .smooth = is_selection(m) || m == RUN_LR ? 0 : smooth_weight(x->smooth),
                   .x_low = x->window.low,
                   .x_high = x->window.high,
                   .cross = x->cross,
                   .x_name = axis_name(x->axis),
                   .glyphs = CHART_BRAILLE};
}

/* One x for all charts, whatever each series has. */
static void same_x(const TrainingView *x, Chart *c)
{
    if (!window_all(&x->window)) return;
    ChartExtent e = chart_extent(x->charted, x->charted_count);
    if (!(e.high > e.low)) return;
    c->x_low = e.low;
    c->x_high = e.high;
}

static void draw_chart(TrainingView *x, RunMetric m, Area a, bool focused)
{
    Series series[CHARTED_MOST + 1];
    double kept[2];
    Str title = {0};
    x->chart_area[m] = a;
    chart_title(x, m, a.grid, focused && m == x->metric, &title);
    Chart c = make_chart(x, m, series, kept);
    c.title = str_get(&title);
    same_x(x, &c);
    chart_draw(&c, a);
    str_release(&title);
}

double training_x_at(const TrainingView *x, RunMetric m, int column)
{
    Series series[CHARTED_MOST + 1];
    double kept[2];
    Chart c = make_chart(x, m, series, kept);
    same_x(x, &c);
    return chart_x_at(&c, x->chart_area[m], column);
}

/* ---- all of them ---- */

/* The most telling first; those that do not fit come when they are gone to. */
static void draw_charts(TrainingView *x, Area a, bool focused)
{
    for (int m = 0; m < RUN_METRIC_COUNT; m++) x->chart_area[m] = (Area){0};
    if (x->whole) {
        draw_chart(x, x->metric, a, focused);
        return;
    }
    int columns = a.width / CHART_WIDTH, rows = a.height / CHART_HEIGHT;
    if (columns < 1) columns = 1;
    if (columns > COLUMNS_MOST) columns = COLUMNS_MOST;
    if (rows < 1) rows = 1;
    int count = columns * rows < RUN_METRIC_COUNT ? columns * rows : RUN_METRIC_COUNT;
    if (rows > (count + columns - 1) / columns) rows = (count + columns - 1) / columns;
    int first = (int)x->metric < count ? 0 : (int)x->metric - count + 1;
    for (int row = 0, at = 0; row < rows; row++) {
        int in_row = row == 0 ? count - columns * (rows - 1) : columns;
        int top = a.height * row / rows, end = a.height * (row + 1) / rows;
        for (int i = 0; i < in_row; i++, at++) {
            int left = a.width * i / in_row, right = a.width * (i + 1) / in_row;
            draw_chart(x, (RunMetric)(first + at), area_part(a, top, left, end - top, right - left),
                       focused);
        }
    }
}

/* ---- below ---- */

/* A whole number of what a project file may have made of it. */
static long long whole(double value)
{
    return value > -1e15 && value < 1e15 ? (long long)value : 0;
}

static void add_duration(double s, Str *out)
{
    if (!(s >= 0)) s = 0;
    if (s > 1e8) s = 1e8;
    if (s < 100)
        str_addf(out, "%.1f s", s);
    else if (s < 3600)
        str_addf(out, "%d min %02d s", (int)(s / 60), (int)fmod(s, 60));
    else
        str_addf(out, "%d h %02d min", (int)(s / 3600), (int)fmod(s / 60, 60));
}

static double last_value(const ChartRun *run, RunMetric m)
{
    const RunPointsOf *points = run->points ? &run->points->of[m] : NULL;
    return points && points->count ? points->items[points->count - 1].value : NAN;
}

static double last_step(const ChartRun *run, const RunFacts *r)
{
    const RunPointsOf *points = run->points ? &run->points->of[RUN_LOSS] : NULL;
    double step = (double)r->row.step;
    if (points && points->count) step = fmax(step, points->items[points->count - 1].step);
    return step;
}

static void add_epoch(const RunFacts *r, double step, Str *out)
{
    if (!r->epochs || r->row.steps <= 0) return;
    double an_epoch = (double)r->row.steps / (double)r->epochs;
    double epoch = step < 1 ? 1 : fmin(ceil(step / an_epoch), (double)r->epochs);
    str_addf(out, "epoch %.0f/%zu  ", epoch, r->epochs);
}

/* Pairs a second, time so far and to come, of a run that goes on. */
static void add_speed(const TrainingView *x, const RunFacts *r, double step, Job *j, Str *out)
{
    const ChartRun *run = &x->charted[0];
    double rate = chart_run_rate(run), left = (double)r->row.steps - step;
    double eta = rate > 0 ? left / rate : -1;
    ProgressState s = {0};
    if (j) s = job_progress(j);
    if (rate > 0 && r->batch) {
        str_add_number(out, whole(rate * (double)r->batch));
        str_add(out, " pairs/s  ");
    }
    if (s.token_rate > 0) str_addf(out, "%.0f tokens/s  ", s.token_rate);
    if (j) add_duration(job_is_sweep(j) ? clock_s() - s.started_s : job_seconds(j), out);
    if (j && s.total && s.eta_s >= 0) eta = s.eta_s;
    if (eta < 0) return;
    str_add(out, j ? "  ETA " : "ETA ");
    add_duration(eta, out);
}

/* Where the run is, and how fast it goes. */
static void add_numbers(const TrainingView *x, const RunFacts *r, Str *out, Str *speed)
{
    const ChartRun *run = &x->charted[0];
    Job *j = training_job(x, r->row.name);
    double step = last_step(run, r);
    if (j) {
        ProgressState s = job_progress(j);
        if (strcmp(s.what, "refit") == 0) {
            str_addf(out, "training again on all pairs  step %llu/%llu  ",
                     (unsigned long long)s.done, (unsigned long long)s.total);
            add_duration(job_seconds(j), speed);
            return;
        }
        if (strcmp(s.what, "train") == 0) step = fmax(step, (double)s.done);
    }
    add_epoch(r, step, out);
    str_add(out, "step ");
    str_add_number(out, whole(step));
    str_add_char(out, '/');
    str_add_number(out, r->row.steps);
    double lr = last_value(run, RUN_LR), norm = last_value(run, RUN_GRADIENT);
    if (isfinite(lr)) str_addf(out, "  lr %.2g", lr);
    if (isfinite(norm)) str_addf(out, "  |g| %.3g", norm);
    if (is_running(r)) {
        add_speed(x, r, step, j, speed);
    } else if (r->reported) {
        add_duration(r->report.seconds, speed);
        if (r->by_tokens) str_addf(speed, "  %.0f tokens/s", r->report.tokens_per_second);
    }
}

/* What the run is at in words, or what went wrong. */
static void draw_words(TrainingView *x, const RunFacts *r, Area a, int y)
{
    Str text = {0};
    Style style = LOOK_DIM;
    char *pause = training_key(ACTION_PAUSE), *log = training_key(ACTION_LOG),
         *train = training_key(ACTION_TRAIN), *outcome = training_key(ACTION_OUTCOME);
    if (strcmp(r->row.state, "failed") == 0) {
        style = LOOK_BAD;
        str_addf(&text,
                 "%s (%s trains with other options, %s goes on from its checkpoint, %s shows all)",
                 r->row.message ? r->row.message : "it failed", train, pause, log);
    } else if (strcmp(r->row.state, "stopped") == 0) {
        style = LOOK_WARN;
        str_addf(&text, "stopped; %s goes on from step ", pause);
        str_add_number(&text, r->row.step);
    } else if (is_running(r) && !training_job(x, r->row.name)) {
        str_add(&text, "another process trains it");
    } else if (r->reported) {
        style = r->report.kept_best && !r->report.within_noise ? LOOK_GOOD : LOOK_WARN;
        str_addf(&text, "%s: mrr@10 ", run_verdict(r));
        share_change(r->report.best_mrr - r->report.baseline_mrr, &text);
        str_add(&text, ", 95% ");
        share_change(r->report.gain_mrr.low, &text);
        str_add(&text, " to ");
        share_change(r->report.gain_mrr.high, &text);
        str_addf(&text, "; %s shows what changed", outcome);
    }
    if (text.size && style == LOOK_BAD) { /* what went wrong is read to its end */
        TextLines lines = {0};
        Area in = area_part(a, y, 1, a.height - y, a.width - 2);
        text_wrap(str_get(&text), text.size, in.width, &lines);
        text_draw(in, str_get(&text), &lines, 0, style, NULL);
        vec_release(&lines);
    } else if (text.size) {
        area_cell(a, y, 1, a.width - 2, style, false, str_get(&text));
    }
    free(pause);
    free(log);
    free(train);
    free(outcome);
    str_release(&text);
}

/* In one row where it fits, else how fast it goes is in the second, which has no words then. */
static void draw_foot(TrainingView *x, Area a)
{
    const RunFacts *r = training_run(x);
    if (!r) return;
    Str text = {0}, speed = {0};
    const char *label = window_label(&x->window, is_running(r));
    bool live = strcmp(label, "live") == 0;
    Style style = live ? LOOK_GOOD : LOOK_DIM;
    int at = area_text(a, 0, 1, style, glyph(a.grid, live ? GLYPH_LIVE : GLYPH_DOT));
    at = area_text(a, 0, at + 1, LOOK_TITLE, label) + 2;
    add_numbers(x, r, &text, &speed);
    at = area_cell(a, 0, at, grid_width(str_get(&text), text.size), LOOK_TEXT, false,
                   str_get(&text));
    if (at + 2 + grid_width(str_get(&speed), speed.size) < a.width || !is_running(r))
        area_text(a, 0, at + 2, LOOK_TEXT, str_get(&speed));
    else
        area_text(a, 1, 3, LOOK_TEXT, str_get(&speed));
    str_release(&text);
    str_release(&speed);
    draw_words(x, r, a, 1);
}

void training_panel_draw(TrainingView *x, Area a, bool focused)
{
    const RunFacts *r = training_run(x);
    bool failed = r && strcmp(r->row.state, "failed") == 0;
    x->charts_area = a;
    int foot = failed ? FOOT_FAILED : FOOT;
    if (a.height <= foot + 4) foot = 0;
    draw_charts(x, area_rows(a, 0, a.height - foot), focused);
    if (foot) draw_foot(x, area_rows(a, a.height - foot, foot));
}
