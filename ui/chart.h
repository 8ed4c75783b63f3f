/* Chart: series of numbers over steps, drawn in braille (2 × 4 dots a cell), half blocks or ASCII. */
#ifndef UI_CHART_H
#define UI_CHART_H

#include "ui/grid.h"

typedef struct Series {
    const char *name;     /* for the legend */
    const double *x, *y;  /* (count), x ascending; NaN in y breaks the line and never moves the bounds */
    size_t count;
    Style style;          /* lines of LOOK_SERIES_2 … 4 are dashed, each in its way */
    bool markers;         /* points, not a line: few and far between (evaluations) */
    bool higher_better;   /* which value is the best, starred when `best` */
    bool best;            /* star it and say it in the legend */
    bool live;            /* "● live" in the legend */
} Series;

typedef enum ChartGlyphs { CHART_BRAILLE, CHART_BLOCKS, CHART_ASCII } ChartGlyphs;

typedef struct Chart {
    const char *title;
    const Series *series;
    size_t count;         /* later ones are drawn over earlier ones, by whole cells */
    double baseline;      /* a dotted line across with "before"; NaN: none */
    bool log_y;           /* values not above 0 are left out */
    double smooth;        /* weight of the debiased moving average, 0: none; raw points are then dimmed behind it */
    double x_low, x_high; /* what is shown; both 0: everything */
    double cross;         /* the step that is read off; NaN: none */
    const char *x_name;   /* "step" */
    ChartGlyphs glyphs;
} Chart;

/* chart_draw: frame, ticks (1-2-5), series, legend with last and best value. Cost is bounded by the
 * area and linear in the points (least and greatest value a column are kept, so spikes survive). */
void chart_draw(const Chart *c, Area a);

/* chart_value: a series' value at x (of the nearest point); NaN: none. */
double chart_value(const Series *s, double x);

/* chart_x_at: the x that a column of the screen stands for in a chart that was drawn into the area;
 * NaN: it is outside of the plot. */
double chart_x_at(const Chart *c, Area a, int column);

/* chart_ticks: at most `most` round values (1, 2, 5 × 10^n apart) within [low, high]; returns how
 * many. */
size_t chart_ticks(double low, double high, size_t most, double *ret);

/* histogram_draw: counts (bins) as columns; kept (bins, or NULL) is the part of each that is lit. */
void histogram_draw(Area a, const size_t *counts, const size_t *kept, size_t bins, double low, double high,
                    Style style, Style kept_style);

#endif
