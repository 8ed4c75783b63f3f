/* Compare: a table of retrievers, what each wins and loses against the baseline, and why. */
#include <stdlib.h>
#include <string.h>

#include "ui/compare_parts.h"

#define BOTH_WIDTH 100 /* from which on table and questions are shown together */
#define BOTH_HEIGHT 24

bool compare_inside(Area a, Event e)
{
    return e.y >= a.y && e.y < a.y + a.height && e.x >= a.x && e.x < a.x + a.width;
}

size_t compare_cursor_line(const CompareView *x)
{
    return x->facts && x->row < x->rows.count ? x->rows.items[x->row].a : SIZE_MAX;
}

/* ---- drawing ---- */

static void draw(View *v, Area a, bool focused)
{
    CompareView *x = (CompareView *)v;
    if (!x->asked) compare_ask_list(x);
    x->asked = true;
    x->rows_drawn = x->questions_drawn = x->text_drawn = (Area){0};
    for (int s = 0; s < COMPARE_SIDES; s++) x->hits_drawn[s] = (Area){0};
    if (x->step == STEP_HITS && x->question < x->questions.count) {
        compare_draw_hits(x, a, focused);
    } else if (x->step == STEP_TABLE) {
        compare_draw_table(x, a, focused);
    } else if (a.width < BOTH_WIDTH || a.height < BOTH_HEIGHT) {
        compare_draw_questions(x, a, focused);
    } else {
        int rows = (int)(x->rows.count < 100 ? x->rows.count : 100);
        int above = rows + 7 < a.height / 2 ? rows + 7 : a.height / 2;
        compare_draw_table(x, area_rows(a, 0, above), false);
        compare_draw_questions(x, area_rows(a, above, a.height - above), focused);
    }
}

/* ---- the table ---- */

static bool go(CompareView *x, size_t to)
{
    size_t count = x->rows.count;
    x->row = to < count ? to : count ? count - 1 : 0;
    return true;
}

static void choose(CompareView *x)
{
    if (!x->facts || x->row >= x->rows.count) return;
    const char *name = compare_name(x->facts, x->beside, x->rows.items[x->row]);
    size_t i = 0;
    while (i < x->chosen.count && strcmp(x->chosen.items[i], name) != 0) i++;
    if (i == x->chosen.count) {
        vec_push(&x->chosen, mem_strdup(name));
    } else {
        free(x->chosen.items[i]);
        x->chosen.items[i] = x->chosen.items[--x->chosen.count];
    }
    go(x, x->row + 1);
}

static void choose_all(CompareView *x)
{
    compare_names_clear(&x->chosen);
    for (size_t i = 0; x->facts && i < x->rows.count; i++)
        vec_push(&x->chosen, mem_strdup(compare_name(x->facts, x->beside, x->rows.items[i])));
}

static void set_baseline(CompareView *x)
{
    size_t line = compare_cursor_line(x);
    if (line == SIZE_MAX) {
        if (x->facts) ui_say(x->view.ui, LOOK_WARN, "only the other table has this row");
        return;
    }
    free(x->baseline);
    x->baseline = mem_strdup(x->facts->lines[line].name);
    compare_ask_facts(x);
    if (x->beside) compare_ask_beside(x);
}

static bool act_on_table(CompareView *x, Action action)
{
    size_t page = x->rows_drawn.height > 1 ? (size_t)x->rows_drawn.height : 1;
    switch (action) {
    case ACTION_UP:
        return go(x, x->row ? x->row - 1 : 0);
    case ACTION_DOWN:
        return go(x, x->row + 1);
    case ACTION_PAGE_UP:
        return go(x, x->row > page ? x->row - page : 0);
    case ACTION_PAGE_DOWN:
        return go(x, x->row + page);
    case ACTION_FIRST:
        return go(x, 0);
    case ACTION_LAST:
        return go(x, SIZE_MAX);
    case ACTION_OPEN:
    case ACTION_RIGHT:
        compare_open_questions(x);
        return true;
    case ACTION_MARK:
        choose(x);
        return true;
    case ACTION_MARK_ALL:
        choose_all(x);
        return true;
    case ACTION_UNMARK:
        compare_names_clear(&x->chosen);
        return true;
    case ACTION_BASELINE:
        set_baseline(x);
        return true;
    case ACTION_COPY:
        compare_copy(x);
        return true;
    default:
        return false;
    }
}

static bool act(View *v, Action action)
{
    CompareView *x = (CompareView *)v;
    bool taken = x->step == STEP_TABLE       ? act_on_table(x, action)
                 : x->step == STEP_QUESTIONS ? compare_act_questions(x, action)
                                             : compare_act_hits(x, action);
    if (taken) return true;
    switch (action) {
    case ACTION_ORDER:
        compare_pick_order(x);
        return true;
    case ACTION_CUTOFFS:
        compare_type_cuts(x);
        return true;
    case ACTION_SPLIT_CHOICE:
        compare_pick_split(x);
        return true;
    case ACTION_TABLES:
        compare_pick_table(x);
        return true;
    case ACTION_RETRIEVERS:
        compare_pick_retriever(x);
        return true;
    case ACTION_EVALUATE:
        compare_evaluate(x, NULL, NULL, NULL);
        return true;
    case ACTION_OUTCOME:
        compare_outcome(x);
        return true;
    case ACTION_WRITE:
        compare_pick_file(x);
        return true;
    default:
        return false;
    }
}

/* ---- the mouse ---- */

static bool point_at_table(CompareView *x, Event e)
{
    if (!compare_inside(x->rows_drawn, e)) return false;
    if (e.act == POINTER_WHEEL_UP) return go(x, x->row ? x->row - 1 : 0);
    if (e.act == POINTER_WHEEL_DOWN) return go(x, x->row + 1);
    size_t i = x->row_top + (size_t)(e.y - x->rows_drawn.y);
    if ((e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) || i >= x->rows.count) return false;
    x->step = STEP_TABLE;
    x->row = i;
    if (e.act == POINTER_DOUBLE) compare_open_questions(x);
    return true;
}

static bool point(View *v, Event e)
{
    CompareView *x = (CompareView *)v;
    return point_at_table(x, e) || compare_point_questions(x, e) || compare_point_hits(x, e);
}

/* ---- the view ---- */

static void changed(View *v)
{
    CompareView *x = (CompareView *)v;
    if (x->asked) compare_ask_list(x);
    compare_hits_again(x);
}

/* A table by its id. */
static void show(View *v, int64_t id, const char *filter)
{
    CompareView *x = (CompareView *)v;
    (void)filter;
    if (id == 0) return;
    x->table_id = id;
    x->step = STEP_TABLE;
    compare_ask_facts(x);
}

static void save(const View *v, cJSON *state)
{
    const CompareView *x = (const CompareView *)v;
    cJSON_AddNumberToObject(state, "table", (double)x->table_id);
    cJSON_AddNumberToObject(state, "beside", (double)x->beside_id);
    if (x->baseline) cJSON_AddStringToObject(state, "baseline", x->baseline);
    cJSON_AddStringToObject(state, "order", x->order);
    cJSON *cuts = cJSON_AddArrayToObject(state, "cuts");
    for (size_t i = 0; i < x->cut_count; i++)
        cJSON_AddItemToArray(cuts, cJSON_CreateNumber((double)x->cuts[i]));
    cJSON_AddBoolToObject(state, "told_test", x->told_test);
}

static int64_t id_of(const cJSON *state, const char *name)
{
    const cJSON *n = cJSON_GetObjectItem(state, name);
    return cJSON_IsNumber(n) && n->valuedouble >= 1 && n->valuedouble < 1e15
               ? (int64_t)n->valuedouble
               : 0;
}

static void restore_cuts(CompareView *x, const cJSON *cuts)
{
    Str text = {0};
    const cJSON *cut;
    cJSON_ArrayForEach(cut, cuts)
    {
        if (cJSON_IsNumber(cut)) str_addf(&text, "%.0f,", cut->valuedouble);
    }
    compare_cuts(str_get(&text), x->cuts, &x->cut_count, NULL);
    str_release(&text);
}

static void restore(View *v, const cJSON *state)
{
    CompareView *x = (CompareView *)v;
    const char *baseline = cJSON_GetStringValue(cJSON_GetObjectItem(state, "baseline")),
               *order = cJSON_GetStringValue(cJSON_GetObjectItem(state, "order"));
    x->table_id = id_of(state, "table");
    x->beside_id = id_of(state, "beside");
    if (baseline) {
        free(x->baseline);
        x->baseline = mem_strdup(baseline);
    }
    if (order) {
        free(x->order);
        x->order = mem_strdup(order);
    }
    restore_cuts(x, cJSON_GetObjectItem(state, "cuts"));
    x->told_test = cJSON_IsTrue(cJSON_GetObjectItem(state, "told_test"));
}

static void release(View *v)
{
    CompareView *x = (CompareView *)v;
    const void *slots[] = {&x->list, &x->facts, &x->rows, &x->beside, &x->names};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) desk_forget(ui_desk(v->ui), slots[i]);
    compare_hits_clear(x);
    for (int s = 0; s < COMPARE_SIDES; s++) vec_release(&x->hits[s]);
    eval_list_free(x->list);
    eval_facts_free(x->facts);
    eval_facts_free(x->beside);
    compare_names_clear(&x->chosen);
    compare_names_clear(&x->names);
    vec_release(&x->chosen);
    vec_release(&x->names);
    vec_release(&x->rows);
    vec_release(&x->questions);
    vec_release(&x->judging);
    vec_release(&x->picks);
    free(x->baseline);
    free(x->order);
    free(x->name);
    free(x->find);
    free(x);
}

static View *make(Ui *ui)
{
    CompareView *x = mem_zero(1, sizeof *x);
    x->view = (View){&VIEW_COMPARE_OPS, ui};
    x->order = mem_strdup("");
    return &x->view;
}

const ViewOps VIEW_COMPARE_OPS = {
    .id = VIEW_COMPARE,
    .title = "Compare",
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
