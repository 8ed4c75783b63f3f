/* What the charts of training runs show: x axis, window, crosshair, lines made of points. No state
 * of a screen in it: everything here is a function of its arguments. */
#ifndef UI_TRAINING_CHARTS_H
#define UI_TRAINING_CHARTS_H

#include "app/facts_runs.h"
#include "ui/chart.h"

/* ---- smoothing ---- */

#define SMOOTH_COUNT 3
double smooth_weight(size_t which);     /* 0, .6, .9 */
const char *smooth_name(size_t which);  /* "off", ".6" … */

/* ---- x ---- */

typedef enum XAxis { AXIS_STEP, AXIS_EPOCH, AXIS_TIME, AXIS_COUNT } XAxis;
const char *axis_name(XAxis a); /* "step", "epoch", "s" */

/* ChartRun: a run as it is charted: its points with x along an axis. */
typedef struct ChartLine {
    double *x, *y; /* (count), x ascending */
    size_t count, room;
} ChartLine;

typedef struct ChartRun {
    int64_t id;         /* 0: none */
    RunPoints *points;  /* NULL: on their way */
    ChartLine line[RUN_METRIC_COUNT];
    XAxis axis;         /* that the lines were made for */
    double an_epoch;    /* steps of one, 0: not known */
} ChartRun;

void chart_run_release(ChartRun *r); /* all of it is empty again */

/* chart_run_lines: (re)makes the lines for an axis; steps, epochs: of the whole run, 0: not known
 * (then an epoch is a step). Time is the seconds of training since its first point: a pause counts
 * as one step. */
void chart_run_lines(ChartRun *r, XAxis axis, double steps, double epochs);

/* chart_run_x: where a step is on the axis of the lines. */
double chart_run_x(const ChartRun *r, double step);

/* chart_run_best: the step with the best likelihood so far, the first (untrained) one too; -1: none.
 */
double chart_run_best(const ChartRun *r);

/* ---- what is shown of x ---- */

/* ChartWindow: low … high, or both 0: everything. follow: its end stays at the end of the data. */
typedef struct ChartWindow {
    double low, high;
    bool follow;
} ChartWindow;

typedef struct ChartExtent {
    double low, high; /* of the data; low > high: there is none */
} ChartExtent;

ChartExtent chart_extent(const ChartRun *runs, size_t count);
bool window_all(const ChartWindow *w);

/* window_zoom: factor < 1 shows less, around `at` (NaN: the end of a window that follows, else its
 * middle). Never below a thousandth of the whole; the whole or more: everything. */
void window_zoom(ChartWindow *w, ChartExtent e, double at, double factor);
void window_pan(ChartWindow *w, ChartExtent e, double share); /* of what is shown; < 0: back */
void window_grown(ChartWindow *w, ChartExtent e);             /* more data is there */
void window_show(ChartWindow *w, ChartExtent e, double x);    /* moved so far that x is in it */

/* window_label: "live" what comes is seen as it comes, "frozen" a part that stands still, "all". */
const char *window_label(const ChartWindow *w, bool running);

/* ---- reading off ---- */

/* cross_move: the next point of the line at least `least` from x, to the right (1) or left (-1); the
 * last where there is none. x NaN: the line's last point. NaN: no points. */
double cross_move(const ChartLine *l, double x, int to, double least);

/* ---- as a file ---- */

/* chart_csv: run,metric,step,epoch,seconds,value of every point within the window. names: of the
 * runs (count). Appends. */
void chart_csv(const ChartRun *runs, const char *const *names, size_t count, const ChartWindow *w,
               Str *out);

/* chart_run_rate: steps a second over the last so many points of the loss; 0: not known. */
double chart_run_rate(const ChartRun *r);

/* ---- numbers ---- */

/* share_text: a fraction as people write it: ".7764", "1.0000", "?" of NaN. share_change: with its
 * sign: "+.0101". Append. */
void share_text(double value, Str *out);
void share_change(double value, Str *out);

#endif
