/* The plot of a chart: its points gathered by columns of dots, and the dots of each series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "ui/chart_parts.h"

#define STEEP_DOTS 3        /* a stroke as high as this is never broken into dashes */
#define SMOOTH_MOST 0.99999 /* weights nearer to 1 never reach the data */

ChartGlyphs chart_glyphs(const Chart *c, const Grid *g)
{
    return g->ascii ? CHART_ASCII : c->glyphs;
}

int plot_column(const Plot *p, double x)
{
    double dots = floor(scale_share(&p->x, x) * (p->across - 1) + 0.5);
    if (!(dots >= 0)) return -1;
    return dots >= p->across ? p->area.width : (int)dots / p->dots_x;
}

static int dot_row(const Plot *p, double y)
{
    double dots = floor((1 - scale_share(&p->y, y)) * (p->down - 1) + 0.5);
    if (!(dots >= 0)) return -1;
    return dots >= p->down ? p->down : (int)dots;
}

int plot_row(const Plot *p, double y)
{
    int dot = dot_row(p, y);
    return dot < 0 ? -1 : dot / p->dots_y;
}

/* ---- gathering ---- */

static void trace_add(Trace *t, double y)
{
    if (t->count++ == 0) {
        t->first = t->least = t->greatest = y;
    } else if (y < t->least) {
        t->least = y;
    } else if (y > t->greatest) {
        t->greatest = y;
    }
    t->last = y;
}

/* Gather: a pass over a series. */
typedef struct Gather {
    const Plot *plot;
    const Series *series;
    bool join;                /* a line: it goes on to what lies outside */
    double weight, sum, rest; /* of the moving average; rest: weight^n, what is not yet filled */
    bool gap;                 /* nothing to join to */
    double before_x, before_y, before_smooth;
} Gather;

static double smoothed(Gather *g, double y)
{
    g->sum = g->weight * g->sum + (1 - g->weight) * y;
    if (g->rest > 1e-18) g->rest *= g->weight;
    return g->sum / (1 - g->rest);
}

/* The value at x on the line between two points, on the scale that is drawn. */
static double between(const Plot *p, double x0, double y0, double x1, double y1, double x)
{
    double share = x1 > x0 ? (x / 2 - x0 / 2) / (x1 / 2 - x0 / 2) : 0;
    if (!p->chart->log_y) return y0 + (y1 / 2 - y0 / 2) * share * 2;
    return pow(10, log10(y0) + (log10(y1) - log10(y0)) * share);
}

static void trace_value(Trace *t, bool gap, double y)
{
    if (t->count == 0) t->joined = !gap;
    trace_add(t, y);
}

/* Where the line from the point before to this one crosses the edge x of the window. */
static void gather_edge(Gather *g, Traces *t, int column, double edge, double x, double y,
                        double smooth)
{
    if (!g->join || g->gap) return;
    double at = between(g->plot, g->before_x, g->before_y, x, y, edge);
    double line = t->smooth ? between(g->plot, g->before_x, g->before_smooth, x, smooth, edge) : 0;
    if (!isfinite(at) || !isfinite(line)) return;
    trace_value(&t->raw[column], false, at);
    if (t->smooth) trace_value(&t->smooth[column], false, line);
}

/* Before the window only what the average and the first edge need is kept; returns the first point
 * that is not before it. */
static size_t gather_before(Gather *g)
{
    const Series *s = g->series;
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->x[middle] >= g->plot->x.low)
            high = middle;
        else
            low = middle + 1;
    }
    size_t from = g->weight > 0 ? 0 : low > 0 ? low - 1 : 0;
    for (size_t i = from; i < low; i++) {
        g->gap = !chart_shows(g->plot->chart, s->y[i]) || !isfinite(s->x[i]);
        if (g->gap) continue;
        g->before_x = s->x[i];
        g->before_y = s->y[i];
        g->before_smooth = smoothed(g, s->y[i]);
    }
    return low;
}

/* The points of one column, all before `end`; returns the next point. Copies are worked on, which
 * stay in registers. */
static size_t gather_column(Gather *g, Traces *t, int column, double end, size_t i)
{
    const size_t count = g->series->count;
    const double *x = g->series->x, *y = g->series->y, low = g->plot->x.low;
    const Chart *c = g->plot->chart;
    const size_t from = i;
    Gather now = *g;
    Trace raw = t->raw[column], line = t->smooth ? t->smooth[column] : (Trace){0};
    for (; i < count && !(x[i] >= end); i++) {
        if (!chart_shows(c, y[i])) {
            now.gap = true;
            continue;
        }
        double smooth = t->smooth ? smoothed(&now, y[i]) : y[i];
        if (i == from && x[i] > low && now.before_x < low) {
            gather_edge(&now, t, 0, low, x[i], y[i], smooth);
            raw = t->raw[column];
            if (t->smooth) line = t->smooth[column];
        }
        trace_value(&raw, now.gap, y[i]);
        if (t->smooth) trace_value(&line, now.gap, smooth);
        now.gap = false;
        now.before_x = x[i];
        now.before_y = y[i];
        now.before_smooth = smooth;
    }
    t->raw[column] = raw;
    if (t->smooth) t->smooth[column] = line;
    *g = now;
    return i;
}

static void gather_after(Gather *g, Traces *t, size_t i)
{
    const Series *s = g->series;
    const Plot *p = g->plot;
    if (i >= s->count || !chart_shows(p->chart, s->y[i]) || !isfinite(s->x[i]) || g->gap) return;
    double smooth = t->smooth ? smoothed(g, s->y[i]) : s->y[i];
    if (g->before_x < p->x.low) gather_edge(g, t, 0, p->x.low, s->x[i], s->y[i], smooth);
    gather_edge(g, t, p->across - 1, p->x.high, s->x[i], s->y[i], smooth);
}

static void find_best(const Plot *p, const Series *s, Traces *t)
{
    size_t at = s->count;
    double best = s->higher_better ? -INFINITY : INFINITY;
    for (size_t i = 0; i < s->count; i++) {
        double y = s->y[i];
        bool better = s->higher_better ? y > best : y < best;
        if (!better || !chart_shows(p->chart, y)) continue;
        best = y;
        at = i;
    }
    if (at == s->count) return;
    t->best = best;
    t->best_x = s->x[at];
}

Traces plot_trace(const Plot *p, const Series *s)
{
    Traces t = {
        .raw = mem_zero((size_t)p->across, sizeof(Trace)), .best = NAN, .best_x = NAN, .last = NAN};
    double weight = p->chart->smooth;
    if (!(weight > 0) || s->markers) weight = 0;
    if (weight > 0) t.smooth = mem_zero((size_t)p->across, sizeof(Trace));

    Gather g = {.plot = p,
                .series = s,
                .join = !s->markers,
                .weight = fmin(weight, SMOOTH_MOST),
                .rest = 1,
                .gap = true};
    size_t i = gather_before(&g);
    double step = p->across > 1 ? (p->x.high / 2 - p->x.low / 2) / (p->across - 1) : 0;
    for (int column = 0; column < p->across - 1; column++)
        i = gather_column(&g, &t, column, p->x.low + (2 * column + 1) * step, i);
    i = gather_column(&g, &t, p->across - 1, nextafter(p->x.high, INFINITY), i);
    gather_after(&g, &t, i);

    if (s->best) find_best(p, s, &t);
    for (size_t k = s->count; k-- > 0 && isnan(t.last);)
        if (chart_shows(p->chart, s->y[k])) t.last = s->y[k];
    return t;
}

void plot_traces_release(Traces *t)
{
    free(t->raw);
    free(t->smooth);
}

/* ---- dots ---- */

/* Which cells of a line are left out, so that series differ without colour too. */
static bool dash_shows(Style style, int column)
{
    static const struct {
        int shown, of;
    } DASHES[LOOK_COUNT] = {
        [LOOK_SERIES_2] = {3, 4}, [LOOK_SERIES_3] = {1, 2}, [LOOK_SERIES_4] = {1, 3}};
    int of = DASHES[STYLE_LOOK(style)].of;
    return of == 0 || column % of < DASHES[STYLE_LOOK(style)].shown;
}

/* Dots: those of one series, a byte a cell. */
typedef struct Dots {
    const Plot *plot;
    Style style; /* LOOK_DIM has no dashes */
    uint8_t *cells;
} Dots;

static void dot(Dots *d, int y, int x)
{
    static const uint8_t BRAILLE[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
    const Plot *p = d->plot;
    if (y < 0 || x < 0 || y >= p->down || x >= p->across) return;
    uint8_t *cell = &d->cells[y / p->dots_y * p->area.width + x / p->dots_x];
    *cell |= p->glyphs == CHART_BRAILLE ? BRAILLE[x % 2][y % 4] : (uint8_t)(1u << y % p->dots_y);
}

static void upright(Dots *d, int x, int from, int to)
{
    for (int y = from < to ? from : to; y <= (from < to ? to : from); y++) dot(d, y, x);
}

/* From (y0, x0) to (y1, x1), x0 < x1, without its ends; steep ones in whole strokes. */
static void line(Dots *d, int y0, int x0, int y1, int x1)
{
    bool steep = abs(y1 - y0) > 2 * (x1 - x0);
    double slope = (double)(y1 - y0) / (x1 - x0);
    for (int x = x0; x <= x1; x++) {
        double from = x == x0 ? y0 : y0 + slope * (x - x0 - 0.5);
        double to = x == x1 ? y1 : y0 + slope * (x - x0 + 0.5);
        int first = (int)lround(from), last = (int)lround(to);
        if (!steep && x > x0 && x < x1) { /* one dot where one will do */
            if (abs(last - first) <= 1) first = last = (int)lround(y0 + slope * (x - x0));
        }
        if (steep || dash_shows(d->style, x / d->plot->dots_x)) upright(d, x, first, last);
    }
}

static void draw_dots(Plot *p, const Dots *d)
{
    static const char *const BLOCKS[] = {" ", "▀", "▄", "█"};
    static const char *const ASCII[] = {" ", "'", "-", "|", ".", "|", "|", "|"};
    for (int y = 0; y < p->area.height; y++)
        for (int x = 0; x < p->area.width; x++) {
            size_t at = (size_t)y * (size_t)p->area.width + (size_t)x;
            uint8_t cell = d->cells[at];
            if (cell == 0) continue;
            char braille[5] = "";
            utf8_put(0x2800u + cell, braille);
            const char *text = p->glyphs == CHART_BRAILLE  ? braille
                               : p->glyphs == CHART_BLOCKS ? BLOCKS[cell & 3]
                                                           : ASCII[cell & 7];
            area_text(p->area, y, x, d->style, text);
            p->taken[at] = true;
        }
}

/* joined: a line; else only the values themselves. */
static void draw_traces(Plot *p, const Trace *traces, Style style, bool joined)
{
    size_t count = (size_t)p->area.height * (size_t)p->area.width;
    Dots d = {p, style, mem_zero(count, 1)};
    int before = -1;
    for (int x = 0; x < p->across; x++) {
        const Trace *t = &traces[x];
        if (t->count == 0) continue;
        int top = dot_row(p, t->greatest), bottom = dot_row(p, t->least);
        bool alone = !(joined && t->joined && before >= 0);
        bool goes_on = joined && x + 1 < p->across && traces[x + 1].count > 0;
        bool whole = (alone && !goes_on) || bottom - top >= STEEP_DOTS;
        if (whole || !joined || dash_shows(style, x / p->dots_x)) upright(&d, x, top, bottom);
        if (!alone) line(&d, dot_row(p, traces[before].last), before, dot_row(p, t->first), x);
        before = x;
    }
    draw_dots(p, &d);
    free(d.cells);
}

static void draw_mark(Plot *p, int y, int x, Style style, const char *text)
{
    if (y < 0 || x < 0 || y >= p->area.height || x >= p->area.width) return;
    area_text(p->area, y, x, style, text);
    p->taken[(size_t)y * (size_t)p->area.width + (size_t)x] = true;
}

static const char *marker(ChartGlyphs glyphs)
{
    return glyphs == CHART_ASCII ? "o" : "•";
}

static void draw_markers(Plot *p, const Series *s, const Trace *traces)
{
    for (int x = 0; x < p->across; x++) {
        const Trace *t = &traces[x];
        if (t->count == 0) continue;
        const double shown[] = {t->least, t->greatest, t->first, t->last};
        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
            draw_mark(p, plot_row(p, shown[i]), x / p->dots_x, s->style, marker(p->glyphs));
    }
}

void plot_series(Plot *p, const Series *s, const Traces *t)
{
    if (s->markers) {
        draw_markers(p, s, t->raw);
    } else if (t->smooth) {
        draw_traces(p, t->raw, LOOK_DIM, false);
        draw_traces(p, t->smooth, s->style, true);
    } else {
        draw_traces(p, t->raw, s->style, true);
    }
    bool within = t->best_x >= p->x.low && t->best_x <= p->x.high;
    if (s->best && within)
        draw_mark(p, plot_row(p, t->best), plot_column(p, t->best_x), s->style,
                  glyph(p->area.grid, GLYPH_STAR));
}

void plot_swatch(Area a, int y, int x, const Series *s, ChartGlyphs glyphs)
{
    static const char *const LINE[] = {
        [CHART_BRAILLE] = "⠤", [CHART_BLOCKS] = "▄", [CHART_ASCII] = "-"};
    for (int i = 0; i < 3; i++) {
        const char *text = s->markers ? (i == 1 ? marker(glyphs) : " ")
                           : dash_shows(s->style, i + (STYLE_LOOK(s->style) == LOOK_SERIES_2))
                               ? LINE[glyphs]
                               : " ";
        area_text(a, y, x + i, s->style, text);
    }
}
