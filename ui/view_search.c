/* Search: what is typed, found by two retrievers side by side as it is typed. */
#include <stdlib.h>
#include <string.h>

#include "ui/field.h"
#include "ui/text.h"
#include "ui/ui.h"

#define SIDES 2
#define HITS 20
#define SIDE_LEAST 36 /* columns that a side needs */

typedef enum Pane { PANE_FIELD, PANE_LEFT, PANE_RIGHT, PANE_COUNT } Pane;

typedef struct SearchView {
    View view;
    Field field;
    Pane pane;
    char *retrievers[SIDES]; /* NULL: the usual one */
    Found *found;            /* NULL: nothing yet */
    bool searching;
    size_t hit[SIDES];
    int choosing; /* the side that a retriever is picked for */
    char **names; /* that can be picked; ends with NULL */
} SearchView;

static const char *retriever(const SearchView *x, int side)
{
    if (x->retrievers[side]) return x->retrievers[side];
    const char *usual = ui_retriever(x->view.ui);
    if (side == 0) return "bm25";
    return strcmp(usual, "bm25") == 0 ? "lsa" : usual;
}

/* ---- searching ---- */

static void found_ready(void *context, Found *found, const Err *err)
{
    SearchView *x = context;
    x->searching = false;
    ui_failed(x->view.ui, "search", err);
    ui_redraw(x->view.ui);
    if (!found) return;
    found_free(x->found);
    x->found = found;
    x->hit[0] = x->hit[1] = 0;
}

static void search(SearchView *x)
{
    const char *query = str_get(&x->field.text), *names[SIDES];
    if (query[strspn(query, " ")] == '\0') {
        desk_forget(ui_desk(x->view.ui), x);
        found_free(x->found);
        x->found = NULL;
        x->searching = false;
        return;
    }
    for (int i = 0; i < SIDES; i++) names[i] = retriever(x, i);
    FinderAsk ask = {.query = query, .retrievers = names, .retriever_count = SIDES, .k = HITS};
    x->searching = true;
    finder_ask(ui_finder(x->view.ui), x, &ask, found_ready, x);
}

static const FoundHit *current(const SearchView *x)
{
    int side = x->pane == PANE_RIGHT;
    if (!x->found || (size_t)side >= x->found->list_count) return NULL;
    const FoundList *l = &x->found->lists[side];
    return x->hit[side] < l->count ? &l->hits[x->hit[side]] : NULL;
}

/* ---- drawing ---- */

/* The rank that the other side gives a chunk; 0: none. */
static size_t rank_in(const FoundList *l, int64_t chunk)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->hits[i].chunk_id == chunk) return l->hits[i].rank;
    return 0;
}

static void draw_hit(const SearchView *x, Area a, int y, int side, size_t i, bool focused)
{
    const FoundList *l = &x->found->lists[side];
    const FoundHit *h = &l->hits[i];
    double best = l->hits[0].score;
    area_textf(a, y, 1, LOOK_DIM, "%2zu %6.3f", h->rank, h->score);
    area_bar(a, y, 11, 5, LOOK_BAR, best > 0 ? h->score / best : 0);
    size_t there = x->found->list_count > 1 ? rank_in(&x->found->lists[1 - side], h->chunk_id) : 0;
    if (there)
        area_textf(a, y, 17, there == h->rank ? LOOK_DIM : LOOK_WARN, "%s%zu",
                   glyph(a.grid, there < h->rank   ? GLYPH_UP
                                 : there > h->rank ? GLYPH_DOWN
                                                   : GLYPH_DOT),
                   there);
    else
        area_text(a, y, 17, LOOK_GOOD, "new");
    area_cell(a, y, 21, a.width - 22, LOOK_TEXT, false, h->chunk.text);
    if (i == x->hit[side] &&
        (focused || x->pane == PANE_FIELD || (x->pane == PANE_RIGHT) == (side == 1)))
        area_text(a, y, 0, LOOK_KEY, glyph(a.grid, GLYPH_POINT));
    if (focused && i == x->hit[side]) area_on(a, y);
}

static void draw_side(const SearchView *x, Area a, int side, bool focused)
{
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, retriever(x, side));
    if (!x->found || (size_t)side >= x->found->list_count) {
        area_text(in, 0, 1, LOOK_DIM,
                  x->searching ? "searching" : "what is typed above is searched for at once");
        return;
    }
    const FoundList *l = &x->found->lists[side];
    if (l->error) {
        TextLines lines = {0};
        text_wrap(l->error, strlen(l->error), in.width - 2, &lines);
        text_draw(area_columns(in, 1, in.width - 2), l->error, &lines, 0, LOOK_BAD, NULL);
        vec_release(&lines);
        return;
    }
    if (l->count == 0) area_text(in, 0, 1, LOOK_DIM, "nothing found");
    size_t top = x->hit[side] >= (size_t)in.height ? x->hit[side] - (size_t)in.height + 1 : 0;
    for (int y = 0; y < in.height && top + (size_t)y < l->count; y++)
        draw_hit(x, in, y, side, top + (size_t)y, focused);
}

static void draw_text(const SearchView *x, Area a)
{
    const FoundHit *h = current(x);
    Str title = {0};
    if (h) {
        str_addf(&title, "Chunk %lld · %s", (long long)h->chunk_id,
                 h->chunk.title ? h->chunk.title : "");
        if (h->chunk.page_first) str_addf(&title, " p.%lld", (long long)h->chunk.page_first);
        if (h->chunk.heading && *h->chunk.heading) str_addf(&title, " · %s", h->chunk.heading);
    }
    Area in = area_box(a, LOOK_BORDER, LOOK_TITLE, h ? str_get(&title) : NULL);
    str_release(&title);
    if (!h) return;
    TextLines lines = {0};
    TextSpans spans = {0};
    char *text = text_flow(h->chunk.text);
    text_wrap(text, strlen(text), in.width - 2, &lines);
    text_shared(text, str_get(&x->field.text), &spans);
    text_draw(area_columns(in, 1, in.width - 2), text, &lines, 0, LOOK_TEXT, &spans);
    free(text);
    vec_release(&lines);
    vec_release(&spans);
}

static void draw(View *v, Area a, bool focused)
{
    SearchView *x = (SearchView *)v;
    bool typing = focused && x->pane == PANE_FIELD;
    Area top =
        area_box(area_rows(a, 0, 3), typing ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, "Search");
    field_draw(&x->field, top, 0, 1, top.width - 2, typing);
    Area rest = area_rows(a, 3, a.height - 3);
    int lists = rest.height * 55 / 100;
    bool both = rest.width >= 2 * SIDE_LEAST;
    int half = rest.width / 2;
    Area sides = area_rows(rest, 0, lists);
    if (both) {
        draw_side(x, area_columns(sides, 0, half), 0, focused && x->pane == PANE_LEFT);
        draw_side(x, area_columns(sides, half, rest.width - half), 1,
                  focused && x->pane == PANE_RIGHT);
    } else {
        draw_side(x, sides, x->pane == PANE_RIGHT, focused && x->pane != PANE_FIELD);
    }
    draw_text(x, area_rows(rest, lists, rest.height - lists));
}

/* ---- choosing retrievers ---- */

static void free_names(SearchView *x)
{
    for (size_t i = 0; x->names && x->names[i]; i++) free(x->names[i]);
    free(x->names);
    x->names = NULL;
}

static void name_picked(void *context, size_t which)
{
    SearchView *x = context;
    int side = x->choosing;
    free(x->retrievers[side]);
    x->retrievers[side] = mem_strdup(x->names[which]);
    search(x);
}

static void names_ready(void *context, const char *const *names, size_t count)
{
    SearchView *x = context;
    size_t at = 0;
    free_names(x);
    x->names = mem_zero(count + 1, sizeof *x->names);
    for (size_t i = 0; i < count; i++) {
        x->names[i] = mem_strdup(names[i]);
        if (strcmp(names[i], retriever(x, x->choosing)) == 0) at = i;
    }
    ui_pick(x->view.ui, x->choosing ? "Retriever on the right" : "Retriever on the left", names,
            count, at, name_picked, x);
}

static void choose_retriever(SearchView *x)
{
    x->choosing = x->pane == PANE_RIGHT;
    finder_names(ui_finder(x->view.ui), &x->names, names_ready, x);
}

/* ---- acting ---- */

static void make_question(SearchView *x)
{
    const FoundHit *h = current(x);
    if (h)
        ui_new_question(x->view.ui, h->chunk_id, str_get(&x->field.text));
    else
        ui_say(x->view.ui, LOOK_WARN, "type a question and choose the hit that answers it first");
}

static bool move(SearchView *x, long by)
{
    int side = x->pane == PANE_RIGHT;
    size_t count =
        x->found && (size_t)side < x->found->list_count ? x->found->lists[side].count : 0;
    long at = (long)x->hit[side] + by;
    if (at >= (long)count) at = (long)count - 1;
    x->hit[side] = at < 0 ? 0 : (size_t)at;
    return true;
}

static bool act(View *v, Action action)
{
    SearchView *x = (SearchView *)v;
    switch (action) {
    case ACTION_UP:
        return move(x, -1);
    case ACTION_DOWN:
        return move(x, 1);
    case ACTION_PAGE_UP:
        return move(x, -10);
    case ACTION_PAGE_DOWN:
        return move(x, 10);
    case ACTION_FIRST:
        return move(x, -HITS);
    case ACTION_LAST:
        return move(x, HITS);
    case ACTION_LEFT:
        x->pane = PANE_LEFT;
        return true;
    case ACTION_RIGHT:
        x->pane = PANE_RIGHT;
        return true;
    case ACTION_NEXT_PANE:
        x->pane = (x->pane + 1) % PANE_COUNT;
        return true;
    case ACTION_PREVIOUS_PANE:
        x->pane = (x->pane + PANE_COUNT - 1) % PANE_COUNT;
        return true;
    case ACTION_SEARCH:
    case ACTION_EDIT:
        x->pane = PANE_FIELD;
        return true;
    case ACTION_OPEN:
        if (current(x)) ui_go(v->ui, VIEW_CHUNKS, current(x)->chunk_id, NULL);
        return true;
    case ACTION_RETRIEVERS:
        choose_retriever(x);
        return true;
    case ACTION_MAKE_QUESTION:
    case ACTION_JUDGE:
        make_question(x);
        return true;
    case ACTION_COPY:
        if (current(x)) ui_copy(v->ui, "the chunk", current(x)->chunk.text);
        return true;
    /* the field is shown as soon as the view is */
    case ACTION_SHOW_SEARCH:
        x->pane = PANE_FIELD;
        if (!x->found && !x->searching) search(x);
        return true;
    default:
        return false;
    }
}

/* Typing: everything that is text is the field's. */
static bool keys(View *v, Event e)
{
    SearchView *x = (SearchView *)v;
    if (e.key == KEY_PASTE_BEGIN) x->pane = PANE_FIELD;
    if (x->field.pasting || e.key == KEY_PASTE_BEGIN || e.key == KEY_PASTE_END) {
        field_key(&x->field, e.key); /* whatever it is: the field's */
        if (e.key == KEY_PASTE_END) search(x);
        return true;
    }
    if (x->pane != PANE_FIELD) return false;
    switch (e.key) {
    case KEY_ESC:
    case KEY_RETURN:
    case KEY_ARROW_DOWN:
        x->pane = PANE_LEFT;
        return true;
    case KEY_TAB:
    case KEY_BACK_TAB:
    case KEY_ARROW_UP:
        return false;
    default:
        break;
    }
    size_t before = x->field.text.size;
    if (!field_key(&x->field, e.key)) return false;
    if (before != x->field.text.size || key_is_text(e.key)) search(x);
    return true;
}

static bool point(View *v, Event e)
{
    SearchView *x = (SearchView *)v;
    if (e.act == POINTER_WHEEL_UP) return move(x, -1);
    if (e.act == POINTER_WHEEL_DOWN) return move(x, 1);
    return false;
}

static void changed(View *v)
{
    SearchView *x = (SearchView *)v;
    if (x->found) search(x);
}

static void show(View *v, int64_t id, const char *filter)
{
    SearchView *x = (SearchView *)v;
    (void)id;
    if (!filter) return;
    field_set(&x->field, filter);
    search(x);
}

static void save(const View *v, cJSON *state)
{
    const SearchView *x = (const SearchView *)v;
    cJSON_AddStringToObject(state, "query", str_get(&x->field.text));
    cJSON *names = cJSON_AddArrayToObject(state, "retrievers");
    for (int i = 0; i < SIDES; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(retriever(x, i)));
}

static void restore(View *v, const cJSON *state)
{
    SearchView *x = (SearchView *)v;
    const char *query = cJSON_GetStringValue(cJSON_GetObjectItem(state, "query"));
    const cJSON *names = cJSON_GetObjectItem(state, "retrievers");
    if (query) field_set(&x->field, query);
    for (int i = 0; i < SIDES; i++) {
        const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(names, i));
        if (!name) continue;
        free(x->retrievers[i]);
        x->retrievers[i] = mem_strdup(name);
    }
}

static void release(View *v)
{
    SearchView *x = (SearchView *)v;
    desk_forget(ui_desk(v->ui), x);
    desk_forget(ui_desk(v->ui), &x->names);
    for (int i = 0; i < SIDES; i++) free(x->retrievers[i]);
    free_names(x);
    found_free(x->found);
    field_release(&x->field);
    free(x);
}

static View *make(Ui *ui)
{
    SearchView *x = mem_zero(1, sizeof *x);
    x->view = (View){&VIEW_SEARCH_OPS, ui};
    field_set(&x->field, "");
    return &x->view;
}

const ViewOps VIEW_SEARCH_OPS = {
    .id = VIEW_SEARCH,
    .title = "Search",
    .make = make,
    .free = release,
    .draw = draw,
    .act = act,
    .keys = keys,
    .point = point,
    .changed = changed,
    .show = show,
    .save = save,
    .restore = restore,
};
