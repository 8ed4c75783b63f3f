/* The runs of the Training view, newest first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ui/text.h"
#include "ui/training_parts.h"
#include "ui/ui_parts.h"

#define BAR_WIDTH 20
#define TALL 3 /* rows of a run where there is room below another, not beside */

static Style state_style(const char *state)
{
    switch (state[0]) {
    case 'r':
        return LOOK_KEY;
    case 'd':
        return LOOK_GOOD;
    case 'f':
        return LOOK_BAD;
    default:
        return LOOK_WARN;
    }
}

static Style verdict_style(const RunFacts *r)
{
    if (!r->reported || !r->report.kept_best) return LOOK_DIM;
    return r->report.within_noise ? LOOK_WARN : LOOK_GOOD;
}

static bool failed(const RunFacts *r)
{
    return strcmp(r->row.state, "failed") == 0 && r->row.message;
}

static void add_steps(const RunFacts *r, Str *out)
{
    if (r->row.step < r->row.steps) {
        str_add_number(out, r->row.step);
        str_add_char(out, '/');
    }
    str_add_number(out, r->row.steps);
}

static void add_gain(const Grid *g, const RunFacts *r, Str *out)
{
    if (!r->reported) return;
    share_text(r->report.baseline_mrr, out);
    str_add(out, g->ascii ? " -> " : " → ");
    share_text(r->report.best_mrr, out);
}

/* "2026-11-24 14:02" */
static void add_made(const RunFacts *r, Str *out)
{
    char time[32];
    clock_iso(r->row.made_ms, time);
    str_addf(out, "%.10s %.5s", time, strlen(time) > 16 ? time + 11 : "");
}

static void draw_name(const TrainingView *x, Area a, int y, const RunFacts *r, int end)
{
    bool shown = training_is_marked(x, r->row.id);
    Style series = training_style(x, r->row.id);
    if (shown) area_text(a, y, 1, series, glyph(a.grid, GLYPH_MARK));
    Style style = series == LOOK_DIM ? LOOK_TEXT : series;
    const char *name = r->row.name;
    if (r->sweep_stem && grid_width(name, strlen(name)) > end - 2) { /* its end tells it apart */
        area_text(a, y, 2, LOOK_DIM, glyph(a.grid, GLYPH_ELLIPSIS));
        area_cell(a, y, 3, end - 3, style, false, name + r->sweep_stem);
        return;
    }
    area_cell(a, y, 2, end - 2, style, false, name);
    if (!r->follows || series != LOOK_DIM) return;
    char *stem = mem_strndup(r->row.name, r->sweep_stem); /* the sweep's name, told above */
    int width = grid_width(stem, r->sweep_stem);
    area_cell(a, y, 2, width < end - 2 ? width : end - 2, LOOK_DIM, false, stem);
    free(stem);
}

/* Of a path or a name of the Hub the last part: what it is called. */
static const char *model_name(const char *embedder)
{
    const char *slash = strrchr(embedder, '/');
    return slash && slash[1] ? slash + 1 : embedder;
}

static void draw_tall(const TrainingView *x, Area a, int y, const RunFacts *r)
{
    Str text = {0};
    int width = a.width;
    str_addf(&text, "%s ", r->row.state);
    add_steps(r, &text);
    int state_width = grid_width(str_get(&text), text.size);
    draw_name(x, a, y, r, width - state_width - 2);
    area_cell(a, y, width - state_width - 1, state_width, state_style(r->row.state), true,
              str_get(&text));
    str_clear(&text);
    str_addf(&text, "%s %s %s", model_name(r->row.embedder), glyph(a.grid, GLYPH_DOT),
             r->row.method);
    area_cell(a, y + 1, 3, width - 4 - 17, LOOK_DIM, false, str_get(&text));
    str_clear(&text);
    add_made(r, &text);
    area_cell(a, y + 1, width - 17, 16, LOOK_DIM, true, str_get(&text));
    str_clear(&text);
    if (r->reported) {
        add_gain(a.grid, r, &text);
        int at = area_text(a, y + 2, 3, LOOK_TEXT, str_get(&text));
        area_cell(a, y + 2, at + 1, width - at - 2, verdict_style(r), false, run_verdict(r));
    } else if (r->row.state[0] == 'r' && r->row.steps > 0) {
        double share = (double)r->row.step / (double)r->row.steps;
        area_bar(a, y + 2, 3, BAR_WIDTH, LOOK_BAR, share);
        area_textf(a, y + 2, 3 + BAR_WIDTH + 1, LOOK_DIM, "%.0f%%", 100 * share);
    } else if (failed(r)) {
        area_cell(a, y + 2, 3, width - 4, LOOK_BAD, false, r->row.message);
    }
    str_release(&text);
}

static void draw_flat(const TrainingView *x, Area a, int y, const RunFacts *r)
{
    Str text = {0};
    draw_name(x, a, y, r, 18);
    area_cell(a, y, 19, 8, state_style(r->row.state), false, r->row.state);
    add_steps(r, &text);
    area_cell(a, y, 27, 12, LOOK_TEXT, true, str_get(&text));
    str_clear(&text);
    str_addf(&text, "%s %s", r->row.method, model_name(r->row.embedder));
    area_cell(a, y, 40, 12, LOOK_DIM, false, str_get(&text));
    str_clear(&text);
    add_gain(a.grid, r, &text);
    int at = area_text(a, y, 53, LOOK_TEXT, str_get(&text));
    area_cell(a, y, at + 1, a.width - at - 2, failed(r) ? LOOK_BAD : verdict_style(r), false,
              failed(r) ? r->row.message : run_verdict(r));
    str_release(&text);
}

static void scroll(TrainingView *x)
{
    size_t at = 0;
    while (at < x->runs->count && x->runs->items[at].row.id != x->chosen) at++;
    if (at == x->runs->count) at = 0;
    if (at < x->top) x->top = at;
    if (x->page > 0 && at >= x->top + x->page) x->top = at - x->page + 1;
    if (x->top + x->page > x->runs->count)
        x->top = x->runs->count > x->page ? x->runs->count - x->page : 0;
}

static void list_title(const TrainingView *x, Str *out)
{
    str_add(out, "Runs");
    if (!x->runs) return;
    str_addf(out, " %zu", x->runs->count);
    if (x->marked.count) str_addf(out, " · %zu in the charts too", x->marked.count);
}

void training_list_draw(TrainingView *x, Area a, bool focused, bool flat)
{
    Str title = {0};
    list_title(x, &title);
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title));
    str_release(&title);
    x->list_area = in;
    x->row_height = flat ? 1 : TALL;
    x->page = in.height > 0 ? (size_t)(in.height / x->row_height) : 0;
    if (x->trouble) area_text(in, 0, 1, LOOK_BAD, x->trouble);
    if (!x->runs) return;
    scroll(x);
    for (size_t i = 0; i < x->page && x->top + i < x->runs->count; i++) {
        const RunFacts *r = &x->runs->items[x->top + i];
        int y = (int)i * x->row_height;
        if (flat)
            draw_flat(x, in, y, r);
        else
            draw_tall(x, in, y, r);
        if (r->row.id != x->chosen) continue;
        area_text(in, y, 0, focused ? LOOK_KEY : LOOK_DIM, glyph(in.grid, GLYPH_POINT));
        for (int row = 0; row < x->row_height; row++) area_on(in, y + row);
    }
}

/* ---- nothing yet ---- */

static int need(Area a, int y, bool met, const char *text)
{
    area_text(a, y, 2, met ? LOOK_GOOD : LOOK_WARN,
              glyph(a.grid, met ? GLYPH_ACCEPTED : GLYPH_POINT));
    area_text(a, y, 4, LOOK_TEXT, text);
    return y + 1;
}

/* "2 to go there: key" of a command of the table, wherever it stands. */
static void add_keys(Str *out, const char *command)
{
    size_t words;
    const Command *c = command_find(command, NULL, &words);
    if (c && c->keys) str_add_bytes(out, c->keys, strcspn(c->keys, " "));
}

void training_empty_draw(TrainingView *x, Area a, bool focused)
{
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, "Training");
    x->list_area = x->charts_area = x->outcome_area = (Area){0};
    if (x->trouble) area_text(in, 0, 1, LOOK_BAD, x->trouble);
    if (!x->runs) {
        if (!x->trouble) area_text(in, 1, 2, LOOK_DIM, "reading");
        return;
    }
    const Counts *c = desk_counts(ui_desk(x->view.ui));
    const int64_t *accepted = c->questions[QUESTION_ACCEPTED];
    Str text = {0};
    int y = 1;
    area_text(in, y, 2, LOOK_TITLE, "No run yet. A run needs");
    y += 2;
    str_add(&text, "accepted questions of the train split: ");
    str_add_number(&text, accepted[SPLIT_TRAIN]);
    if (accepted[SPLIT_TRAIN] == 0) {
        str_add(&text, " (");
        add_keys(&text, "generate");
        str_add(&text, " makes some, ");
        add_keys(&text, "import");
        str_add(&text, " imports a set, ");
        add_keys(&text, "questions");
        str_add(&text, " reviews them)");
    }
    y = need(in, y, accepted[SPLIT_TRAIN] > 0, str_get(&text));
    str_clear(&text);
    str_add(&text, "better with questions of val, which its best step is chosen on: ");
    str_add_number(&text, accepted[SPLIT_VAL]);
    y = need(in, y, accepted[SPLIT_VAL] > 0, str_get(&text));
    str_clear(&text);
    int64_t candidates = 0;
    for (int i = 0; i < CANDIDATE_STATUS_COUNT; i++) candidates += c->candidates[i];
    str_add(&text, "and with hard negatives (");
    add_keys(&text, "mine");
    str_add(&text, " mines them): ");
    str_add_number(&text, candidates);
    y = need(in, y, candidates > 0, str_get(&text)) + 1;
    str_clear(&text);
    char *key = training_key(ACTION_TRAIN);
    str_addf(&text, "%s starts one, and says before what it will take", key);
    free(key);
    area_text(in, y, 2, LOOK_TITLE, str_get(&text));
    key = training_key(ACTION_SWEEP);
    str_clear(&text);
    str_addf(&text, "%s trains several, and says how many pairs and how big a method are enough",
             key);
    free(key);
    area_text(in, y + 1, 2, LOOK_TITLE, str_get(&text));
    str_release(&text);
}
