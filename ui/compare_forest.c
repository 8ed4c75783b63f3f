/* The differences to the baseline with their 95% intervals, as lines over one scale. */
#include <math.h>
#include <string.h>

#include "ui/compare_parts.h"

#define WIDEST 70 /* columns of the scale */
#define NARROWEST 20
#define FIGURES 26 /* "+.013  +.006 to +.021" beside it */

typedef struct Scale {
    double low, high;
    int x, width;
} Scale;

static int column_of(const Scale *s, double value)
{
    double share = (value - s->low) / (s->high - s->low);
    return s->x + (int)lround(share * (s->width - 1));
}

/* Holds 0 and every interval. */
static Scale scale_of(const EvalFacts *f, int x, int width)
{
    Scale s = {0, 0, x, width};
    for (size_t i = 0; i < f->line_count; i++) {
        const PairedTest *t = &f->lines[i].test;
        s.low = fmin(s.low, fmin(t->ci95.low, f->lines[i].difference[f->mrr]));
        s.high = fmax(s.high, fmax(t->ci95.high, f->lines[i].difference[f->mrr]));
    }
    if (!(s.high - s.low > 1e-9)) s.high = s.low + 1e-9;
    return s;
}

static void draw_figures(const EvalFacts *f, Area a, int y, int x, size_t line)
{
    const EvalFactsLine *l = &f->lines[line];
    Str text = {0};
    compare_difference(l->difference[f->mrr], a.grid->ascii, &text);
    area_cell(a, y, x, 6, LOOK_TEXT, true, str_get(&text));
    str_clear(&text);
    compare_difference(l->test.ci95.low, a.grid->ascii, &text);
    str_add(&text, " to ");
    compare_difference(l->test.ci95.high, a.grid->ascii, &text);
    area_cell(a, y, x + 8, FIGURES - 9, LOOK_DIM, false, str_get(&text));
    str_release(&text);
}

static void draw_line(const EvalFacts *f, Area a, int y, const Scale *s, size_t line)
{
    const EvalFactsLine *l = &f->lines[line];
    int mark = compare_mark(f, line, f->mrr), zero = column_of(s, 0);
    Style style = mark > 0 ? LOOK_GOOD : mark < 0 ? LOOK_BAD : LOOK_DIM;
    area_text(a, y, zero, LOOK_DIM, a.grid->ascii ? "|" : "│");
    if (line == f->baseline) return;
    int from = column_of(s, l->test.ci95.low), to = column_of(s, l->test.ci95.high);
    for (int x = from; x <= to; x++)
        area_text(a, y, x, style, a.grid->ascii ? "-" : x == zero ? "┼" : "─");
    area_text(a, y, column_of(s, l->difference[f->mrr]), style, glyph(a.grid, GLYPH_LIVE));
    draw_figures(f, a, y, s->x + s->width + 1, line);
}

int compare_forest_rows(const CompareView *x)
{
    bool there = x->facts->tested && x->facts->question_count && x->facts->line_count > 1;
    return there ? (int)x->facts->line_count + 1 : 0;
}

void compare_draw_forest(const CompareView *x, Area a, int name)
{
    const EvalFacts *f = x->facts;
    int at = name + 2, width = a.width - at - FIGURES - 1, y = 1;
    if (width < NARROWEST) return;
    Scale s = scale_of(f, at, width < WIDEST ? width : WIDEST);
    Str text = {0};
    compare_head(f->columns[f->mrr], &text);
    str_addf(&text, " against %s, 95%%", f->lines[f->baseline].name);
    area_cell(a, 0, 0, a.width, LOOK_TITLE, false, str_get(&text));
    str_release(&text);
    for (size_t i = 0; i < x->rows.count; i++) {
        size_t line = x->rows.items[i].a;
        if (line == SIZE_MAX) continue;
        area_cell(a, y, 0, name, i == x->row ? LOOK_TITLE : LOOK_DIM, false, f->lines[line].name);
        draw_line(f, a, y++, &s, line);
    }
}
