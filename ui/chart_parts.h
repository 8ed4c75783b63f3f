/* The parts of a chart that its files share: scales, numbers as labels, and the plot's dots. */
#ifndef UI_CHART_PARTS_H
#define UI_CHART_PARTS_H

#include <math.h>

#include "base/str.h"
#include "ui/chart.h"

/* Scale: low < high, both finite; of a logarithm both above 0. */
typedef struct Scale {
    double low, high;
    bool log;
} Scale;

/* scale_make: a range that is not empty around low … high, which may be equal. */
Scale scale_make(double low, double high, bool log);
double scale_share(const Scale *s, double value); /* 0 at low, 1 at high */

/* scale_ticks: as chart_ticks; of a logarithm 1, 2, 5 of each decade, or decades. */
size_t scale_ticks(const Scale *s, size_t most, double *ret);

/* chart_number: value with the digits that tell values `step` apart (0: four digits that count):
 * ".924", "1,180", "2.5e6". Appends. */
void chart_number(double value, double step, Str *out);

/* Whether a value of a series is drawn. Here, because loops over millions of points need registers
 * that a call would take. */
static inline bool chart_shows(const Chart *c, double y)
{
    return isfinite(y) && (!c->log_y || y > 0);
}

/* Plot: the cells between the axes. A cell has dots_x × dots_y dots. */
typedef struct Plot {
    Area area;
    const Chart *chart;
    ChartGlyphs glyphs;  /* what the terminal can show of what was asked for */
    int dots_x, dots_y;
    int across, down;    /* dots of the whole plot */
    Scale x, y;
    bool *taken;         /* (area.height, area.width): a series is there */
} Plot;

/* Trace: what a column of dots shows of a series. */
typedef struct Trace {
    size_t count;              /* values that fell into the column */
    double first, last, least, greatest;
    bool joined;               /* to the last value before the column: nothing is missing between */
} Trace;

typedef struct Traces {
    Trace *raw, *smooth;       /* (across); smooth NULL: not smoothed */
    double best, best_x;       /* of the whole series, where wanted; NaN: none */
    double last;               /* the last value of the whole series */
} Traces;

/* plot_trace: one pass over the points, for the x scale of the plot. plot_traces_release frees what
 * it made. */
Traces plot_trace(const Plot *p, const Series *s);
void plot_traces_release(Traces *t);

/* plot_series: draws it, once both scales are known. */
void plot_series(Plot *p, const Series *s, const Traces *t);
int plot_column(const Plot *p, double x); /* of the area; may lie outside */
int plot_row(const Plot *p, double y);

/* plot_swatch: a piece of the line as it is drawn, 3 columns. */
void plot_swatch(Area a, int y, int x, const Series *s, ChartGlyphs glyphs);

ChartGlyphs chart_glyphs(const Chart *c, const Grid *g);

#endif
