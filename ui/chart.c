#include "ui/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/chart_parts.h"

enum {
    TICKS_MAX = 12,
    X_TICK_COLUMNS = 9, /* that a label below takes, with some air */
    FRAME_HEIGHT = 4,   /* smaller ones are the plot alone */
    FRAME_WIDTH = 10,
    PLOT_WIDTH = 8,  /* labels at the side leave at least so much */
    NAME_COLUMNS = 8 /* of a series in a narrow legend */
};

/* Range: NaN in both: nothing yet. */
typedef struct Range {
    double low, high;
} Range;

static void range_add(Range *r, double value)
{
    r->low = fmin(r->low, value); /* of a NaN and a number the number */
    r->high = fmax(r->high, value);
}

/* ---- what is shown ---- */

static Range x_range(const Chart *c)
{
    if (isfinite(c->x_low) && isfinite(c->x_high) && c->x_high > c->x_low)
        return (Range){c->x_low, c->x_high};
    Range r = {NAN, NAN};
    for (size_t i = 0; i < c->count; i++) {
        const Series *s = &c->series[i];
        size_t first = 0, end = s->count;
        while (first < end && !isfinite(s->x[first])) first++;
        while (end > first && !isfinite(s->x[end - 1])) end--;
        if (first == end) continue;
        range_add(&r, s->x[first]);
        range_add(&r, s->x[end - 1]);
    }
    return r;
}

/* The first point at x or behind it; behind: not at it. */
static size_t point_from(const Series *s, double x, bool behind)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->x[middle] > x || (!behind && s->x[middle] == x))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Of the points from first to before end. */
static void y_range_of(const Chart *c, const Series *s, size_t first, size_t end, Range *r)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = first; i < end; i++) {
        double y = s->y[i];
        if (!chart_shows(c, y)) continue;
        low = y < low ? y : low;
        high = y > high ? y : high;
    }
    if (!(low <= high)) return;
    range_add(r, low);
    range_add(r, high);
}

static Range y_range(const Chart *c, Range x)
{
    Range r = {NAN, NAN};
    for (int wider = 0; wider < 2 && isnan(r.low); wider++)
        for (size_t i = 0; i < c->count; i++) {
            const Series *s = &c->series[i];
            size_t first = point_from(s, x.low, false), end = point_from(s, x.high, true);
            if (end < first) continue; /* x does not ascend */
            if (wider && s->markers) continue;
            if (wider) { /* between two points there is still the line */
                first -= first > 0;
                end += end < s->count;
            }
            y_range_of(c, s, first, end, &r);
        }
    if (chart_shows(c, c->baseline) && !isnan(r.low)) range_add(&r, c->baseline);
    return r;
}

double chart_value(const Series *s, double x)
{
    if (isnan(x) || s->count == 0) return NAN;
    size_t after = point_from(s, x, false), before = after;
    while (before > 0 && !isfinite(s->y[before - 1])) before--;
    while (after < s->count && !isfinite(s->y[after])) after++;
    if (before == 0) return after < s->count ? s->y[after] : NAN;
    if (after == s->count) return s->y[before - 1];
    return x - s->x[before - 1] < s->x[after] - x ? s->y[before - 1] : s->y[after];
}

/* ---- axes ---- */

typedef struct Ticks {
    double at[TICKS_MAX];
    size_t count;
    double step; /* 0: there is one */
    bool log;    /* each has its own digits */
} Ticks;

static Ticks make_ticks(const Scale *s, int most)
{
    Ticks t = {0};
    if (most < 1) return t;
    t.log = s->log;
    t.count = scale_ticks(s, most < TICKS_MAX ? (size_t)most : TICKS_MAX, t.at);
    if (t.count > 1 && !s->log) t.step = t.at[1] - t.at[0];
    return t;
}

static void tick_label(const Ticks *t, size_t i, Str *out)
{
    str_clear(out);
    chart_number(t->at[i], t->log ? t->at[i] : t->step, out);
}

static int label_width(const Ticks *t)
{
    int widest = 0;
    Str label = {0};
    for (size_t i = 0; i < t->count; i++) {
        tick_label(t, i, &label);
        int width = grid_width(label.data, label.size);
        if (width > widest) widest = width;
    }
    str_release(&label);
    return widest;
}

/* Labels and a line left of the plot, `width` columns and one. */
static void draw_y_axis(const Plot *p, Area inside, const Ticks *t, int width)
{
    Str label = {0};
    const char *bar = p->area.grid->ascii ? "|" : "│", *tick = p->area.grid->ascii ? "+" : "┤";
    for (int y = 0; y < inside.height; y++) area_text(inside, y, width, LOOK_DIM, bar);
    int above = inside.height;
    for (size_t i = 0; i < t->count; i++) {
        int y = plot_row(p, t->at[i]);
        if (y < 0 || y >= above) continue;
        tick_label(t, i, &label);
        area_cell(inside, y, 0, width, LOOK_DIM, true, label.data);
        area_text(inside, y, width, LOOK_DIM, tick);
        above = y;
    }
    str_release(&label);
}

/* Labels in the lower edge of the frame, the name of x at its end. */
static void draw_x_axis(const Plot *p, Area frame)
{
    int y = frame.height - 1, end = frame.width - 1, left = p->area.x - frame.x;
    const char *name = p->chart->x_name ? p->chart->x_name : "";
    int name_width = *name ? grid_width(name, strlen(name)) : 0;
    if (name_width > 0 && name_width + 2 < frame.width / 3) {
        end -= name_width + 3;
        area_textf(frame, y, end, LOOK_DIM, " %s ", name);
    }
    Ticks t = make_ticks(&p->x, p->area.width / X_TICK_COLUMNS + 1);
    int free_from = 1;
    Str label = {0};
    for (size_t i = 0; i < t.count; i++) {
        tick_label(&t, i, &label);
        int width = grid_width(label.data, label.size);
        int x = left + plot_column(p, t.at[i]) - (width - 1) / 2;
        if (x < free_from || x + width >= end) continue;
        free_from = area_text(frame, y, x, LOOK_DIM, label.data) + 1;
    }
    str_release(&label);
}

/* ---- legend ---- */

/* How much a legend says, most first: each leaves more out. */
typedef enum LegendLevel {
    LEGEND_ALL,
    LEGEND_NO_PLACE, /* where the best is */
    LEGEND_NO_BEST,
    LEGEND_SHORT_NAME,
    LEGEND_VALUES,
    LEGEND_NONE
} LegendLevel;

static void add_name(const char *name, LegendLevel level, Str *out)
{
    if (!name || level >= LEGEND_VALUES) return;
    size_t size = strlen(name);
    int room = level == LEGEND_SHORT_NAME ? NAME_COLUMNS : 40;
    str_add_bytes(out, name, grid_fit(name, size, room));
    str_add_char(out, ' ');
}

static void add_value(double value, const Grid *g, Str *out)
{
    if (isnan(value))
        str_add(out, glyph(g, GLYPH_NONE));
    else
        chart_number(value, 0, out);
}

static void legend_item(const Chart *c, const Grid *g, const Series *s, const Traces *t,
                        LegendLevel level, Str *out)
{
    add_name(s->name, level, out);
    if (isfinite(c->cross)) {
        add_value(chart_value(s, c->cross), g, out);
        return;
    }
    if (s->live && level <= LEGEND_SHORT_NAME)
        str_addf(out, "%s%s ", glyph(g, GLYPH_LIVE), level <= LEGEND_NO_PLACE ? " live" : "");
    add_value(t->last, g, out);
    if (isnan(t->best) || level >= LEGEND_NO_BEST) return;
    str_addf(out, " best ");
    chart_number(t->best, 0, out);
    if (level > LEGEND_ALL) return;
    str_add(out, " @ ");
    chart_number(t->best_x, 0, out);
}

static int legend_width(const Chart *c, const Grid *g, const Traces *traces, LegendLevel level,
                        Str *item)
{
    int width = 0;
    for (size_t i = 0; i < c->count; i++) {
        str_clear(item);
        legend_item(c, g, &c->series[i], &traces[i], level, item);
        width += 3 + 1 + grid_width(item->data, item->size) + 3; /* swatch, blanks, a dash */
    }
    return width;
}

static void draw_legend(const Chart *c, Area frame, const Traces *traces)
{
    Str item = {0}, cross = {0};
    const Grid *g = frame.grid;
    int title = c->title ? grid_width(c->title, strlen(c->title)) + 3 : 0;
    if (isfinite(c->cross)) {
        str_addf(&cross, " %s ", c->x_name ? c->x_name : "x");
        chart_number(c->cross, 0, &cross);
    }
    int room = frame.width - 3 - title, cross_width = grid_width(str_get(&cross), cross.size);
    LegendLevel level = LEGEND_ALL;
    int width = 0;
    for (; level < LEGEND_NONE; level++) {
        width = legend_width(c, g, traces, level, &item) + cross_width;
        if (width <= room) break;
    }
    int x = frame.width - 1 - width;
    if (level < LEGEND_NONE) x = area_text(frame, 0, x, LOOK_TITLE, str_get(&cross));
    for (size_t i = 0; i < c->count && level < LEGEND_NONE; i++) {
        const Series *s = &c->series[i];
        str_clear(&item);
        legend_item(c, g, s, &traces[i], level, &item);
        area_text(frame, 0, x, s->style, " ");
        plot_swatch(frame, 0, x + 1, s, chart_glyphs(c, g));
        area_text(frame, 0, x + 4, s->style, " ");
        x = area_text(frame, 0, x + 5, s->style, item.data);
        x = area_text(frame, 0, x, s->style, " ") + 1;
    }
    str_release(&item);
    str_release(&cross);
}

/* ---- plot ---- */

static void draw_baseline(const Plot *p)
{
    int y = chart_shows(p->chart, p->chart->baseline) ? plot_row(p, p->chart->baseline) : -1;
    if (y < 0 || y >= p->area.height) return;
    for (int x = 0; x < p->area.width; x++)
        area_text(p->area, y, x, LOOK_DIM, p->glyphs == CHART_ASCII ? (x % 2 ? " " : "-") : "┄");
}

/* In the last place of its row that no series takes. */
static void draw_baseline_name(const Plot *p)
{
    static const char NAME[] = " before ";
    int y = chart_shows(p->chart, p->chart->baseline) ? plot_row(p, p->chart->baseline) : -1;
    if (y < 0 || y >= p->area.height) return;
    int need = (int)sizeof NAME - 1, room = 0;
    const bool *taken = p->taken + (size_t)y * (size_t)p->area.width;
    for (int x = p->area.width - 1; x >= 0; x--) {
        room = taken[x] ? 0 : room + 1;
        if (room < need) continue;
        area_text(p->area, y, x, LOOK_DIM, NAME);
        return;
    }
}

static void draw_cross(const Plot *p)
{
    double at = p->chart->cross;
    if (!isfinite(at) || at < p->x.low || at > p->x.high) return;
    int x = plot_column(p, at);
    for (int y = 0; y < p->area.height; y++) {
        if (x < 0 || x >= p->area.width) return;
        if (!p->taken[(size_t)y * (size_t)p->area.width + (size_t)x])
            area_text(p->area, y, x, LOOK_TITLE, p->area.grid->ascii ? "|" : "│");
    }
}

static void draw_nothing(Area inside)
{
    static const char NOTHING[] = "no values yet";
    int width = (int)sizeof NOTHING - 1;
    if (inside.width < width || inside.height < 1) return;
    area_text(inside, (inside.height - 1) / 2, (inside.width - width) / 2, LOOK_DIM, NOTHING);
}

/* The plot in what is inside the frame, with labels at its side where there is room. */
static Plot make_plot(const Chart *c, Area inside, Range x, Range y, Ticks *ret_ticks,
                      int *ret_label)
{
    static const struct {
        int x, y;
    } DOTS[] = {[CHART_BRAILLE] = {2, 4}, [CHART_BLOCKS] = {1, 2}, [CHART_ASCII] = {1, 3}};
    ChartGlyphs glyphs = chart_glyphs(c, inside.grid);
    Plot p = {.area = inside,
              .chart = c,
              .glyphs = glyphs,
              .dots_x = DOTS[glyphs].x,
              .dots_y = DOTS[glyphs].y,
              .x = scale_make(x.low, x.high, false),
              .y = scale_make(y.low, y.high, c->log_y)};
    int rows = inside.height / 2 + 1;
    *ret_ticks = make_ticks(&p.y, inside.height < 2 ? 0 : rows < 6 ? rows : 6);
    *ret_label = label_width(ret_ticks);
    if (*ret_label == 0 || inside.width - *ret_label - 1 < PLOT_WIDTH)
        *ret_label = 0;
    else
        p.area = area_columns(inside, *ret_label + 1, inside.width);
    p.across = p.area.width * p.dots_x;
    p.down = p.area.height * p.dots_y;
    p.taken = mem_zero((size_t)p.area.width * (size_t)p.area.height, sizeof *p.taken);
    return p;
}

static void draw_plot(Plot *p, Area frame, bool framed, Area inside, const Ticks *ticks, int label)
{
    const Chart *c = p->chart;
    Traces *traces = mem_zero(c->count, sizeof *traces);
    for (size_t i = 0; i < c->count; i++) traces[i] = plot_trace(p, &c->series[i]);

    if (label > 0) draw_y_axis(p, inside, ticks, label);
    draw_baseline(p);
    for (size_t i = 0; i < c->count; i++) plot_series(p, &c->series[i], &traces[i]);
    draw_baseline_name(p);
    draw_cross(p);
    if (framed) {
        draw_x_axis(p, frame);
        draw_legend(c, frame, traces);
    }
    for (size_t i = 0; i < c->count; i++) plot_traces_release(&traces[i]);
    free(traces);
}

double chart_x_at(const Chart *c, Area a, int column)
{
    a = area_part(a, 0, 0, a.height, a.width);
    bool framed = a.height >= FRAME_HEIGHT && a.width >= FRAME_WIDTH;
    Area inside = framed ? area_part(a, 1, 1, a.height - 2, a.width - 2) : a;
    if (inside.height < 1 || inside.width < 1) return NAN;
    Range x = x_range(c), y = y_range(c, x);
    if (isnan(x.low) || isnan(y.low)) return NAN;
    Ticks ticks;
    int label;
    Plot p = make_plot(c, inside, x, y, &ticks, &label);
    free(p.taken);
    int at = column - p.area.x;
    if (at < 0 || at >= p.area.width) return NAN;
    double share = p.area.width > 1 ? (double)at / (p.area.width - 1) : 0;
    return p.x.low + share * (p.x.high - p.x.low);
}

void chart_draw(const Chart *c, Area a)
{
    a = area_part(a, 0, 0, a.height, a.width);
    bool framed = a.height >= FRAME_HEIGHT && a.width >= FRAME_WIDTH;
    Area inside = framed ? area_box(a, LOOK_BORDER, LOOK_TITLE, c->title) : a;
    if (inside.height < 1 || inside.width < 1) return;
    area_fill(inside, LOOK_TEXT);
    Range x = x_range(c), y = y_range(c, x);
    if (isnan(x.low) || isnan(y.low)) {
        draw_nothing(inside);
        return;
    }
    Ticks ticks;
    int label;
    Plot p = make_plot(c, inside, x, y, &ticks, &label);
    draw_plot(&p, a, framed, inside, &ticks, label);
    free(p.taken);
}
