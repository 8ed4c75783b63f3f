/* Training: the runs, their charts as they grow, and what each run changed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ui/training_parts.h"
#include "ui/ui_parts.h"

#define ZOOM 0.6
#define PAN 0.5
#define CROSS_STEPS 80.0 /* presses from one edge of what is shown to the other */
#define LIST_LEAST 36
#define LIST_MOST 56
#define OTHERS_S 2.0 /* between two looks at runs of other processes */
#define LIST_ROWS 7  /* of the list above the charts */

/* ---- what is where ---- */

const RunFacts *training_run(const TrainingView *x)
{
    return runs_facts_find(x->runs, x->chosen);
}

Job *training_job(const TrainingView *x, const char *name)
{
    Desk *d = ui_desk(x->view.ui);
    for (size_t i = 0; i < desk_jobs(d); i++) {
        Job *j = desk_job(d, i);
        if (job_state(j) == JOB_RUNNING && job_trains(j, name)) return j;
    }
    return NULL;
}

bool training_is_marked(const TrainingView *x, int64_t id)
{
    for (size_t i = 0; i < x->marked.count; i++)
        if (x->marked.items[i] == id) return true;
    return false;
}

Style training_style(const TrainingView *x, int64_t id)
{
    for (size_t i = 0; i < x->charted_count; i++)
        if (x->charted[i].id == id) return (Style)(LOOK_SERIES_1 + i);
    return LOOK_DIM;
}

char *training_key(Action action)
{
    const Command *c = command_of(action, VIEW_TRAINING);
    if (!c || !c->keys) return mem_strdup("");
    return mem_strndup(c->keys, strcspn(c->keys, " "));
}

/* ---- series ---- */

static void make_lines(TrainingView *x, size_t i)
{
    const RunFacts *r = runs_facts_find(x->runs, x->charted[i].id);
    chart_run_lines(&x->charted[i], x->axis, r ? (double)r->row.steps : 0,
                    r ? (double)r->epochs : 0);
}

static void points_ready(void *context, RunPoints *points, const Err *err)
{
    Charted *slot = context;
    TrainingView *x = slot->view;
    size_t i = (size_t)(slot - x->slot);
    if (err && !slot->failed) ui_failed(x->view.ui, "charts", err);
    slot->failed = err != NULL;
    if (!points) return;
    if (points->run_id != x->charted[i].id) {
        run_points_free(points);
        return;
    }
    run_points_add(&x->charted[i].points, points);
    make_lines(x, i);
    window_grown(&x->window, chart_extent(x->charted, x->charted_count));
    ui_redraw(x->view.ui);
}

static void ask_points(TrainingView *x, size_t i)
{
    ChartRun *run = &x->charted[i];
    run_points_ask(ui_desk(x->view.ui), &x->slot[i], run->id, run->points, points_ready,
                   &x->slot[i]);
}

/* The chosen run first, then those marked; what was read of them is kept. */
static void chart_these(TrainingView *x)
{
    int64_t ids[CHARTED_MOST];
    size_t count = 0;
    if (x->chosen) ids[count++] = x->chosen;
    for (size_t i = 0; i < x->marked.count && count < CHARTED_MOST; i++)
        if (x->marked.items[i] != x->chosen) ids[count++] = x->marked.items[i];
    ChartRun old[CHARTED_MOST];
    memcpy(old, x->charted, sizeof old);
    for (size_t i = 0; i < CHARTED_MOST; i++) {
        desk_forget(ui_desk(x->view.ui), &x->slot[i]);
        x->charted[i] = (ChartRun){.id = i < count ? ids[i] : 0};
        for (size_t k = 0; i < count && k < CHARTED_MOST; k++) {
            if (old[k].id != ids[i]) continue;
            x->charted[i] = old[k];
            old[k] = (ChartRun){0};
        }
    }
    for (size_t k = 0; k < CHARTED_MOST; k++) chart_run_release(&old[k]);
    x->charted_count = count;
    for (size_t i = 0; i < count; i++) {
        make_lines(x, i);
        ask_points(x, i);
    }
    ui_redraw(x->view.ui);
}

static void choose(TrainingView *x, int64_t id)
{
    if (id == x->chosen) return;
    x->chosen = id;
    x->window = (ChartWindow){0};
    x->cross = NAN;
    chart_these(x);
}

/* ---- the list ---- */

/* Where the chosen run stands; the count where it is not there. */
static size_t place_in(const TrainingView *x, const RunsFacts *f)
{
    size_t at = 0;
    while (f && at < f->count && f->items[at].row.id != x->chosen) at++;
    return at;
}

static size_t place_of(const TrainingView *x)
{
    return place_in(x, x->runs);
}

/* Asks for the outcome of the chosen run where it is not there. */
static void want_outcome(TrainingView *x)
{
    const RunFacts *r = training_run(x);
    OutcomePane *p = &x->outcome;
    if (!r || !r->reported) return;
    if (strcmp(p->run, r->row.name) != 0 || (!p->facts && !p->asked))
        outcome_pane_ask(p, r->row.name);
}

/* Begun from this screen, whether it has ended or not. */
static bool is_own(const TrainingView *x, const char *name, bool of_sweeps)
{
    Desk *d = ui_desk(x->view.ui);
    for (size_t i = 0; i < desk_jobs(d); i++) {
        const Job *j = desk_job(d, i);
        if (job_trains(j, name) && (of_sweeps || !job_is_sweep(j))) return true;
    }
    return false;
}

/* A run that this process trains, and that has ended since the list was read before. What each run
 * of a sweep changed is for its table to say. */
static bool just_ended(const TrainingView *x, const RunFacts *r, const RunsFacts *was)
{
    const RunFacts *old = runs_facts_find(was, r->row.id);
    return r->reported && !(old && old->reported) && is_own(x, r->row.name, false);
}

static void look_for_ends(TrainingView *x, const RunsFacts *was)
{
    for (size_t i = 0; was && i < x->runs->count; i++) {
        const RunFacts *r = &x->runs->items[i];
        if (!just_ended(x, r, was)) continue;
        if (x->chosen == r->row.id) {
            x->outcome_shown = true;
            if (x->pane == PANE_CHARTS) x->pane = PANE_OUTCOME;
        }
        outcome_pane_ask(&x->outcome, r->row.name);
    }
}

/* A run that appeared while nothing else was looked at closely is gone to. */
static void follow_new(TrainingView *x, const RunsFacts *was)
{
    if (!was || x->runs->count == 0 || x->whole || x->pane == PANE_OUTCOME) return;
    const RunFacts *newest = &x->runs->items[0];
    if (!runs_facts_find(was, newest->row.id) && is_own(x, newest->row.name, true)) {
        x->outcome_shown = false;
        choose(x, newest->row.id);
    }
}

/* A chosen run that is gone leaves the cursor at its place. */
static void forget_gone(TrainingView *x, const RunsFacts *was)
{
    size_t kept = 0;
    for (size_t i = 0; i < x->marked.count; i++)
        if (runs_facts_find(x->runs, x->marked.items[i]))
            x->marked.items[kept++] = x->marked.items[i];
    x->marked.count = kept;
    if (runs_facts_find(x->runs, x->shown_first)) {
        choose(x, x->shown_first);
        x->shown_first = 0;
    }
    if (training_run(x)) return;
    size_t at = was && x->chosen ? place_in(x, was) : 0;
    if (at >= x->runs->count) at = x->runs->count ? x->runs->count - 1 : 0;
    choose(x, x->runs->count ? x->runs->items[at].row.id : 0);
}

/* That the process of a run has died is seen by looking only. */
static void watch_others(TrainingView *x)
{
    for (size_t i = 0; i < x->runs->count; i++) {
        const RunRow *r = &x->runs->items[i].row;
        if (strcmp(r->state, "running") == 0 && !training_job(x, r->name))
            ui_again(&x->view, OTHERS_S);
    }
}

static void runs_ready(void *context, RunsFacts *runs, const Err *err)
{
    TrainingView *x = context;
    free(x->trouble);
    x->trouble = err && !runs ? mem_strdup(err->message) : NULL;
    ui_redraw(x->view.ui);
    if (!runs) return;
    RunsFacts *was = x->runs;
    x->runs = runs;
    follow_new(x, was);
    forget_gone(x, was);
    look_for_ends(x, was);
    runs_facts_free(was);
    for (size_t i = 0; i < x->charted_count; i++) make_lines(x, i);
    if (x->outcome_shown) want_outcome(x);
    watch_others(x);
}

static void changed(View *v)
{
    TrainingView *x = (TrainingView *)v;
    runs_facts_ask(ui_desk(v->ui), x, runs_ready, x);
    for (size_t i = 0; i < x->charted_count; i++) ask_points(x, i);
}

static void move_to(TrainingView *x, size_t at)
{
    if (!x->runs || x->runs->count == 0) return;
    if (at >= x->runs->count) at = x->runs->count - 1;
    choose(x, x->runs->items[at].row.id);
    if (x->outcome_shown) want_outcome(x);
}

static void mark(TrainingView *x)
{
    if (!x->chosen) return;
    size_t i = 0;
    while (i < x->marked.count && x->marked.items[i] != x->chosen) i++;
    if (i < x->marked.count) {
        x->marked.count--;
        memmove(&x->marked.items[i], &x->marked.items[i + 1],
                (x->marked.count - i) * sizeof *x->marked.items);
    } else if (x->marked.count + 1 >= CHARTED_MOST) {
        ui_say(x->view.ui, LOOK_WARN, "%d runs in the charts beside the chosen one are enough",
               CHARTED_MOST - 1);
    } else {
        vec_push(&x->marked, x->chosen);
    }
    size_t at = place_of(x);
    if (x->runs && at + 1 < x->runs->count && x->pane == PANE_RUNS) move_to(x, at + 1);
    chart_these(x);
}

static bool act_on_list(TrainingView *x, Action action)
{
    size_t at = place_of(x), page = x->page > 1 ? x->page - 1 : 1;
    switch (action) {
    case ACTION_UP:
        move_to(x, at ? at - 1 : 0);
        return true;
    case ACTION_DOWN:
        move_to(x, at + 1);
        return true;
    case ACTION_PAGE_UP:
        move_to(x, at > page ? at - page : 0);
        return true;
    case ACTION_PAGE_DOWN:
        move_to(x, at + page);
        return true;
    case ACTION_FIRST:
        move_to(x, 0);
        return true;
    case ACTION_LAST:
        move_to(x, SIZE_MAX);
        return true;
    case ACTION_OPEN:
        x->pane = x->outcome_shown ? PANE_OUTCOME : PANE_CHARTS;
        return true;
    default:
        return false;
    }
}

/* ---- the charts ---- */

static ChartExtent extent(const TrainingView *x)
{
    return chart_extent(x->charted, x->charted_count);
}

static void zoom(TrainingView *x, double factor)
{
    window_zoom(&x->window, extent(x), x->cross, factor);
}

/* The line whose points the crosshair goes along: a chart of evaluations has few. */
static const ChartLine *cross_line(const TrainingView *x)
{
    const ChartRun *run = &x->charted[0];
    bool own = x->whole && run->line[x->metric].count > 0;
    return &run->line[own ? x->metric : RUN_LOSS];
}

static void cross(TrainingView *x, int to)
{
    ChartExtent e = extent(x);
    double width = window_all(&x->window) ? e.high - e.low : x->window.high - x->window.low;
    if (!(e.high > e.low)) return;
    if (isnan(x->cross) && !window_all(&x->window))
        x->cross = x->window.high;
    else
        x->cross = cross_move(cross_line(x), x->cross, to, width / CROSS_STEPS);
    window_show(&x->window, e, x->cross);
}

static void cross_to_end(TrainingView *x, bool last)
{
    ChartExtent e = extent(x);
    if (!(e.high > e.low)) return;
    x->cross = last ? e.high : e.low;
    window_show(&x->window, e, x->cross);
}

static void next_axis(TrainingView *x)
{
    x->axis = (XAxis)((x->axis + 1) % AXIS_COUNT);
    x->window = (ChartWindow){0};
    x->cross = NAN;
    for (size_t i = 0; i < x->charted_count; i++) make_lines(x, i);
}

static bool back_in_charts(TrainingView *x)
{
    if (!isnan(x->cross))
        x->cross = NAN;
    else if (x->whole)
        x->whole = false;
    else if (!window_all(&x->window))
        x->window = (ChartWindow){0};
    else
        x->pane = PANE_RUNS;
    return true;
}

static bool act_on_charts(TrainingView *x, Action action)
{
    switch (action) {
    case ACTION_UP:
        x->metric = (RunMetric)((x->metric + RUN_METRIC_COUNT - 1) % RUN_METRIC_COUNT);
        return true;
    case ACTION_DOWN:
        x->metric = (RunMetric)((x->metric + 1) % RUN_METRIC_COUNT);
        return true;
    case ACTION_PAGE_UP:
        window_pan(&x->window, extent(x), -PAN);
        return true;
    case ACTION_PAGE_DOWN:
        window_pan(&x->window, extent(x), PAN);
        return true;
    case ACTION_FIRST:
    case ACTION_LAST:
        cross_to_end(x, action == ACTION_LAST);
        return true;
    case ACTION_OPEN:
        x->whole = !x->whole;
        return true;
    case ACTION_BACK:
        return back_in_charts(x);
    default:
        return false;
    }
}

/* What the charts take whatever has the keys. */
static bool act_on_look(TrainingView *x, Action action)
{
    switch (action) {
    case ACTION_SMOOTH:
        x->smooth = (x->smooth + 1) % SMOOTH_COUNT;
        ui_say(x->view.ui, LOOK_DIM, "smoothing %s", smooth_name(x->smooth));
        return true;
    case ACTION_LOG_SCALE:
        x->log_y = !x->log_y;
        return true;
    case ACTION_ZOOM_IN:
        zoom(x, ZOOM);
        return true;
    case ACTION_ZOOM_OUT:
        zoom(x, 1 / ZOOM);
        return true;
    case ACTION_LEFT:
    case ACTION_RIGHT:
        cross(x, action == ACTION_RIGHT ? 1 : -1);
        return true;
    case ACTION_X_AXIS:
        next_axis(x);
        return true;
    default:
        return false;
    }
}

/* ---- the run under the cursor ---- */

static void toggle_outcome(TrainingView *x, const RunFacts *r)
{
    if (x->outcome_shown) {
        x->outcome_shown = false;
        if (x->pane == PANE_OUTCOME) x->pane = PANE_CHARTS;
        return;
    }
    if (!r->reported) {
        ui_say(x->view.ui, LOOK_WARN, "%s has not ended: it has changed nothing yet", r->row.name);
        return;
    }
    x->outcome_shown = true;
    x->pane = PANE_OUTCOME;
    want_outcome(x);
}

static bool act_on_run(TrainingView *x, Action action)
{
    const RunFacts *r = training_run(x);
    if (r && action == ACTION_OUTCOME) {
        toggle_outcome(x, r);
        return true;
    }
    if (r && action == ACTION_MARK) {
        mark(x);
        return true;
    }
    if (r && action == ACTION_UNMARK) {
        vec_clear(&x->marked);
        chart_these(x);
        return true;
    }
    return training_run_act(x, action);
}

/* ---- the view ---- */

static bool next_pane(TrainingView *x, Action action)
{
    bool forth = action == ACTION_NEXT_PANE;
    if ((x->pane == PANE_RUNS) == forth) {
        x->pane = x->pane != PANE_RUNS ? PANE_RUNS : x->outcome_shown ? PANE_OUTCOME : PANE_CHARTS;
        return true;
    }
    x->pane = x->pane == PANE_RUNS && !forth ? (x->outcome_shown ? PANE_OUTCOME : PANE_CHARTS)
                                             : PANE_RUNS;
    return false; /* on to the view beside, if there is one */
}

static bool act(View *v, Action action)
{
    TrainingView *x = (TrainingView *)v;
    if (!training_run(x) && action != ACTION_TRAIN && action != ACTION_SWEEP) return false;
    if (action == ACTION_NEXT_PANE || action == ACTION_PREVIOUS_PANE) return next_pane(x, action);
    if (x->pane == PANE_OUTCOME) {
        if (outcome_pane_act(&x->outcome, action)) return true;
        if (action == ACTION_BACK) {
            x->pane = PANE_RUNS;
            x->outcome_shown = false;
            return true;
        }
    }
    if (x->pane == PANE_RUNS && act_on_list(x, action)) return true;
    if (x->pane == PANE_CHARTS && act_on_charts(x, action)) return true;
    return act_on_look(x, action) || act_on_run(x, action);
}

static void draw_right(TrainingView *x, Area a, bool focused)
{
    x->charts_area = x->outcome_area = (Area){0};
    if (!x->outcome_shown) {
        training_panel_draw(x, a, focused && x->pane == PANE_CHARTS);
        return;
    }
    const RunFacts *r = training_run(x);
    bool on = focused && x->pane == PANE_OUTCOME;
    const OutcomeFacts *f = x->outcome.facts;
    char *title = f ? str_format("What %s changed against %s", f->outcome.run, f->outcome.baseline)
                    : str_format("What %s changed", r->row.name);
    x->outcome_area = area_box(a, on ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, title);
    free(title);
    if (strcmp(x->outcome.run, r->row.name) == 0)
        outcome_pane_draw(&x->outcome, x->outcome_area, on);
    else
        area_textf(x->outcome_area, 1, 2, LOOK_DIM, "%s has not ended yet", r->row.name);
}

static void draw(View *v, Area a, bool focused)
{
    TrainingView *x = (TrainingView *)v;
    if (!training_run(x)) {
        training_empty_draw(x, a, focused);
        return;
    }
    bool on = focused && x->pane == PANE_RUNS;
    x->list_area = (Area){0};
    if (a.width >= TRAINING_BESIDE) {
        int left = a.width * 32 / 100;
        if (left < LIST_LEAST) left = LIST_LEAST;
        if (left > LIST_MOST) left = LIST_MOST;
        training_list_draw(x, area_columns(a, 0, left), on, false);
        draw_right(x, area_columns(a, left, a.width - left), focused);
        return;
    }
    /* one above the other; what has the keys may have all of it */
    int rows = (int)x->runs->count + 2;
    if (rows > LIST_ROWS) rows = LIST_ROWS;
    if (rows > a.height / 3) rows = a.height / 3;
    if ((x->whole && x->pane == PANE_CHARTS) || (x->outcome_shown && x->pane == PANE_OUTCOME) ||
        rows < 3)
        rows = 0;
    if (rows == 0 && x->pane == PANE_RUNS) {
        training_list_draw(x, a, on, true);
        return;
    }
    if (rows) training_list_draw(x, area_rows(a, 0, rows), on, true);
    draw_right(x, area_rows(a, rows, a.height - rows), focused);
}

/* ---- the mouse ---- */

static bool point_list(TrainingView *x, Event e)
{
    size_t at = place_of(x);
    if (e.act == POINTER_WHEEL_UP || e.act == POINTER_WHEEL_DOWN) {
        move_to(x, e.act == POINTER_WHEEL_DOWN ? at + 1 : at ? at - 1 : 0);
        return true;
    }
    if (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) return false;
    x->pane = PANE_RUNS;
    size_t row = x->top + (size_t)((e.y - x->list_area.y) / x->row_height);
    if (row < x->runs->count) move_to(x, row);
    return true;
}

static bool inside(Area a, Event e)
{
    return e.y >= a.y && e.y < a.y + a.height && e.x >= a.x && e.x < a.x + a.width;
}

/* The wheel zooms around the mouse, a press reads off there, a double one gives the chart the
 * place.
 */
static bool point_chart(TrainingView *x, RunMetric m, Event e)
{
    double at = training_x_at(x, m, e.x);
    switch (e.act) {
    case POINTER_WHEEL_UP:
    case POINTER_WHEEL_DOWN:
        window_zoom(&x->window, extent(x), at, e.act == POINTER_WHEEL_UP ? ZOOM : 1 / ZOOM);
        return true;
    case POINTER_PRESS:
    case POINTER_DRAG:
        x->pane = PANE_CHARTS;
        x->metric = m;
        if (!isnan(at)) x->cross = at;
        return true;
    case POINTER_DOUBLE:
        x->whole = !x->whole;
        return true;
    default:
        return false;
    }
}

static bool point(View *v, Event e)
{
    TrainingView *x = (TrainingView *)v;
    if (!training_run(x)) return false;
    if (inside(x->list_area, e)) return point_list(x, e);
    if (x->outcome_shown && inside(x->outcome_area, e)) {
        if (e.act == POINTER_PRESS) x->pane = PANE_OUTCOME;
        return outcome_pane_point(&x->outcome, e, x->outcome_area);
    }
    for (int m = 0; !x->outcome_shown && m < RUN_METRIC_COUNT; m++)
        if (inside(x->chart_area[m], e)) return point_chart(x, (RunMetric)m, e);
    return false;
}

/* ---- from outside ---- */

static void show(View *v, int64_t id, const char *filter)
{
    TrainingView *x = (TrainingView *)v;
    (void)filter;
    if (runs_facts_find(x->runs, id))
        choose(x, id);
    else
        x->shown_first = id;
}

static void save(const View *v, cJSON *state)
{
    const TrainingView *x = (const TrainingView *)v;
    cJSON_AddNumberToObject(state, "run", (double)x->chosen);
    cJSON_AddNumberToObject(state, "axis", x->axis);
    cJSON_AddNumberToObject(state, "smooth", (double)x->smooth);
    cJSON_AddBoolToObject(state, "log", x->log_y);
}

static size_t choice_in(const cJSON *state, const char *name, size_t count)
{
    double n = cJSON_GetNumberValue(cJSON_GetObjectItem(state, name));
    return n >= 0 && n < (double)count ? (size_t)n : 0;
}

static void restore(View *v, const cJSON *state)
{
    TrainingView *x = (TrainingView *)v;
    x->shown_first = (int64_t)choice_in(state, "run", (size_t)1 << 53);
    x->axis = (XAxis)choice_in(state, "axis", AXIS_COUNT);
    x->smooth = choice_in(state, "smooth", SMOOTH_COUNT);
    x->log_y = cJSON_IsTrue(cJSON_GetObjectItem(state, "log"));
}

static void release(View *v)
{
    TrainingView *x = (TrainingView *)v;
    desk_forget(ui_desk(v->ui), x);
    for (size_t i = 0; i < CHARTED_MOST; i++) {
        desk_forget(ui_desk(v->ui), &x->slot[i]);
        chart_run_release(&x->charted[i]);
    }
    desk_forget(ui_desk(v->ui), &x->marked);
    outcome_pane_release(&x->outcome);
    runs_facts_free(x->runs);
    vec_release(&x->marked);
    free(x->trouble);
    free(x);
}

static View *make(Ui *ui)
{
    TrainingView *x = mem_zero(1, sizeof *x);
    x->view = (View){&VIEW_TRAINING_OPS, ui};
    x->cross = NAN;
    x->outcome.ui = ui;
    for (size_t i = 0; i < CHARTED_MOST; i++) x->slot[i].view = x;
    changed(&x->view);
    return &x->view;
}

const ViewOps VIEW_TRAINING_OPS = {
    .id = VIEW_TRAINING,
    .title = "Training",
    .make = make,
    .free = release,
    .draw = draw,
    .act = act,
    .point = point,
    .changed = changed,
    .show = show,
    .save = save,
    .restore = restore,
};
