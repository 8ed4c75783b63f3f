#include "ui/list_pane.h"

#include <stdlib.h>
#include <string.h>

#include "ui/list_marks.h"
#include "ui/text.h"

#define NARROWEST 8 /* columns that a column of the rest gets at least */

static void listing_changed(void *context)
{
    ListPane *p = context;
    size_t at = p->cursor_id ? listing_find(p->listing, p->cursor_id) : SIZE_MAX;
    size_t count = listing_count(p->listing);
    if (at != SIZE_MAX) p->cursor = at;
    if (p->cursor >= count && listing_complete(p->listing)) p->cursor = count ? count - 1 : 0;
    int64_t id = listing_id(p->listing, p->cursor);
    bool wanted = p->cursor_id && at == SIZE_MAX && !listing_complete(p->listing);
    if (id != p->cursor_id && !wanted) {
        p->cursor_id = id;
        if (p->moved) p->moved(p->view);
    } else if (p->moved) {
        p->moved(p->view);
    }
    ui_redraw(p->view->ui);
}

/* The pane's filter and order as one text of the filter language. */
static void apply(ListPane *p)
{
    Str text = {0};
    str_add(&text, p->filter);
    if (*p->order) str_addf(&text, " order:%s", p->order);
    listing_filter(p->listing, str_get(&text));
    str_release(&text);
    marks_search(p->marks, NULL, NULL);
    if (p->search) marks_search(p->marks, p->filter, p->search);
    ui_redraw(p->view->ui);
}

/* How many rows of the list's kind there are at all, by the counts that are kept. */
static int64_t total(const ListPane *p)
{
    const Counts *c = desk_counts(ui_desk(p->view->ui));
    int64_t sum = 0;
    for (int split = 0; split < SPLIT_COUNT; split++) {
        if (p->kind->of == LIST_DOCUMENTS) sum += c->documents[split];
        /* a retired one has left the list: joining and its undo bring and take some */
        for (int i = 0; p->kind->of == LIST_CHUNKS && i < CHUNK_STATUS_COUNT; i++)
            if (i != CHUNK_RETIRED) sum += c->chunks[i][split];
        for (int i = 0; p->kind->of == LIST_QUESTIONS && i < QUESTION_DELETED; i++)
            sum += c->questions[i][split];
    }
    for (int i = 0; p->kind->of >= LIST_CANDIDATES && i < CANDIDATE_STATUS_COUNT; i++)
        sum += c->candidates[i];
    return sum;
}

static void set_text(char **field, const char *text)
{
    free(*field);
    *field = mem_strdup(text);
}

void list_pane_init(ListPane *p, const PaneKind *kind, View *view, void (*moved)(View *v))
{
    *p = (ListPane){.kind = kind, .view = view, .moved = moved};
    p->filter = mem_strdup(kind->filter);
    p->order = mem_strdup(kind->order ? kind->order : "");
    p->listing = listing_new(ui_desk(view->ui), kind->of, listing_changed, p);
    p->total = total(p);
    p->marks = marks_new(ui_desk(view->ui), kind->of, view->ui);
    apply(p);
}

void list_pane_release(ListPane *p)
{
    listing_free(p->listing);
    marks_free(p->marks);
    free(p->search);
    free(p->filter);
    free(p->order);
    free(p->why);
}

/* ---- drawing ---- */

static bool is_shown(const PaneColumn *c, int width)
{
    return width >= c->needs;
}

/* Columns of a column without a width of its own, when the pane has so many. */
static int rest_width(const PaneKind *kind, int width)
{
    int used = 3, open = 0;
    for (size_t i = 0; i < kind->column_count; i++) {
        const PaneColumn *c = &kind->columns[i];
        if (!is_shown(c, width)) continue;
        used += c->width + 1;
        open += c->width == 0;
    }
    int rest = open ? (width - used + open - 1) / open : 0;
    return rest < NARROWEST ? NARROWEST : rest;
}

static void draw_head(const ListPane *p, Area a)
{
    int x = 3, rest = rest_width(p->kind, a.width);
    const char *order = p->order + (*p->order == '-');
    for (size_t i = 0; i < p->kind->column_count; i++) {
        const PaneColumn *c = &p->kind->columns[i];
        if (!is_shown(c, a.width)) continue;
        int width = c->width ? c->width : rest;
        bool ordered = c->order && strcmp(c->order, order) == 0;
        char *title = str_format("%s%s", c->title,
                                 !ordered           ? ""
                                 : *p->order == '-' ? glyph(a.grid, GLYPH_DOWN)
                                                    : glyph(a.grid, GLYPH_UP));
        area_cell(a, 0, x, width, LOOK_DIM, c->right, title);
        free(title);
        x += width + 1;
    }
}

static void draw_row(const ListPane *p, Area a, int y, size_t i, const void *row)
{
    int x = 3, rest = rest_width(p->kind, a.width);
    Str text = {0};
    if (list_pane_is_marked(p, listing_id(p->listing, i)))
        area_text(a, y, 1, LOOK_KEY, glyph(a.grid, GLYPH_MARK));
    if (!row) area_text(a, y, x, LOOK_DIM, glyph(a.grid, GLYPH_ELLIPSIS));
    for (size_t c = 0; row && c < p->kind->column_count; c++) {
        const PaneColumn *column = &p->kind->columns[c];
        if (!is_shown(column, a.width)) continue;
        int width = column->width ? column->width : rest;
        Style style = LOOK_TEXT;
        str_clear(&text);
        column->cell(p, row, &text, &style);
        area_cell(a, y, x, width, style, column->right, str_get(&text));
        x += width + 1;
    }
    str_release(&text);
}

static void scroll_to_cursor(ListPane *p, int page)
{
    size_t count = listing_count(p->listing);
    if (p->cursor < p->top) p->top = p->cursor;
    if (page > 0 && p->cursor >= p->top + (size_t)page) p->top = p->cursor - (size_t)page + 1;
    if (page > 0 && p->top + (size_t)page > count)
        p->top = count > (size_t)page ? count - (size_t)page : 0;
}

/* Whole: its end says what to do. */
static void draw_error(Area a, const char *error)
{
    TextLines lines = {0};
    text_wrap(error, strlen(error), a.width, &lines);
    text_draw(a, error, &lines, 0, LOOK_BAD, NULL);
    vec_release(&lines);
}

void list_pane_draw(ListPane *p, Area area, bool focused)
{
    p->drawn = area;
    p->page = area.height - 1;
    draw_head(p, area);
    const char *error = listing_error(p->listing);
    size_t count = listing_count(p->listing);
    if (error) {
        draw_error(area_part(area, 1, 1, area.height - 1, area.width - 2), error);
        return;
    }
    if (count == 0) {
        bool all = !*p->filter;
        area_text(area, 1, 3, LOOK_DIM,
                  !listing_complete(p->listing) ? "reading"
                  : all                         ? p->kind->empty
                                                : "nothing matches the filter; & changes it");
        return;
    }
    scroll_to_cursor(p, p->page);
    for (int y = 0; y < p->page && p->top + (size_t)y < count; y++) {
        size_t i = p->top + (size_t)y;
        draw_row(p, area, y + 1, i, listing_row(p->listing, i));
        if (i != p->cursor) continue;
        area_text(area, y + 1, 0, focused ? LOOK_KEY : LOOK_DIM, glyph(area.grid, GLYPH_POINT));
        area_on(area, y + 1);
    }
}

void list_pane_title(const ListPane *p, Str *out)
{
    str_addf(out, "%s", p->kind->name);
    size_t count = listing_count(p->listing);
    if (count) {
        str_addf(out, " %zu of ", p->cursor + 1);
        str_add_number(out, (int64_t)count);
    }
    if (!listing_complete(p->listing)) str_add(out, "+");
    if (*p->filter) str_addf(out, " · %s", p->filter);
    if (list_pane_marked(p)) str_addf(out, " · %zu marked", list_pane_marked(p));
}

/* ---- moving ---- */

static void move_to(ListPane *p, size_t at)
{
    size_t count = listing_count(p->listing);
    if (count == 0) return;
    if (at >= count) at = count - 1;
    p->cursor = at;
    int64_t id = listing_id(p->listing, at);
    ui_redraw(p->view->ui);
    if (id == p->cursor_id) return;
    p->cursor_id = id;
    if (p->moved) p->moved(p->view);
}

static size_t less(size_t at, int by)
{
    return at > (size_t)by ? at - (size_t)by : 0;
}

static bool move(ListPane *p, Action action)
{
    int page = p->page > 1 ? p->page - 1 : 1;
    switch (action) {
    case ACTION_UP:
        move_to(p, less(p->cursor, 1));
        return true;
    case ACTION_DOWN:
        move_to(p, p->cursor + 1);
        return true;
    case ACTION_PAGE_UP:
        move_to(p, less(p->cursor, page));
        return true;
    case ACTION_PAGE_DOWN:
        move_to(p, p->cursor + (size_t)page);
        return true;
    case ACTION_FIRST:
        move_to(p, 0);
        return true;
    case ACTION_LAST:
        move_to(p, SIZE_MAX);
        return true;
    default:
        return false;
    }
}

void list_pane_next(ListPane *p)
{
    move_to(p, p->cursor + 1);
}

void list_pane_to(ListPane *p, int64_t id)
{
    size_t at = listing_find(p->listing, id);
    if (at != SIZE_MAX)
        move_to(p, at);
    else
        p->cursor_id = id; /* it may be on its way */
}

/* ---- search, filter, order ---- */

static void search_from(ListPane *p, bool back)
{
    size_t at = marks_found(p->marks, p->listing, p->cursor, back);
    if (at != SIZE_MAX)
        move_to(p, at);
    else if (p->search)
        ui_say(p->view->ui, LOOK_WARN,
               marks_searching(p->marks) ? "still looking for \"%s\""
                                         : "\"%s\" is nowhere in this list",
               p->search);
}

static void search_ready(void *context)
{
    search_from(context, false);
}

static void search_typed(void *context, const char *text)
{
    ListPane *p = context;
    free(p->search);
    p->search = *text ? mem_strdup(text) : NULL;
    marks_when_found(p->marks, search_ready, p);
    marks_search(p->marks, p->filter, p->search);
}

static bool filter_fits(void *context, const char *text, Err *err)
{
    ListPane *p = context;
    return listing_check(p->kind->of, text, err);
}

static void filter_typed(void *context, const char *text)
{
    list_pane_filter(context, text);
}

void list_pane_filter(ListPane *p, const char *filter)
{
    set_text(&p->filter, filter);
    apply(p);
}

static void order_picked(void *context, size_t which)
{
    ListPane *p = context;
    size_t n = 0;
    for (size_t i = 0; i < p->kind->column_count; i++) {
        const char *order = p->kind->columns[i].order;
        if (!order || n++ != which) continue;
        bool again = strcmp(p->order, order) == 0;
        char *text = str_format("%s%s", again ? "-" : "", order);
        set_text(&p->order, text);
        free(text);
    }
    apply(p);
}

static void ask_order(ListPane *p)
{
    const char *titles[32];
    size_t n = 0, at = 0;
    for (size_t i = 0; i < p->kind->column_count && n < 32; i++) {
        const PaneColumn *c = &p->kind->columns[i];
        if (!c->order) continue;
        if (strcmp(c->order, p->order + (*p->order == '-')) == 0) at = n;
        titles[n++] = *c->title ? c->title : c->order;
    }
    ui_pick(p->view->ui, "Order by (the same again turns it round)", titles, n, at, order_picked,
            p);
}

/* ---- marks ---- */

static bool mark(ListPane *p, Action action)
{
    switch (action) {
    case ACTION_MARK:
        marks_toggle(p->marks, p->cursor_id, p->cursor);
        list_pane_next(p);
        break;
    case ACTION_MARK_RANGE:
        marks_range(p->marks, p->listing, p->cursor);
        break;
    case ACTION_MARK_ALL:
        marks_all(p->marks, p->listing);
        break;
    case ACTION_UNMARK:
        marks_clear(p->marks);
        break;
    default:
        return false;
    }
    ui_redraw(p->view->ui);
    return true;
}

/* ---- to a file ---- */

static const char *list_command(ListOf of)
{
    static const char *const COMMAND_OF[LIST_OF_COUNT] = {[LIST_DOCUMENTS] = "documents",
                                                          [LIST_CHUNKS] = "chunks",
                                                          [LIST_QUESTIONS] = "questions",
                                                          [LIST_CANDIDATES] = "candidates",
                                                          [LIST_QUEUE] = "candidates"};
    return COMMAND_OF[of];
}

static void listed(void *context, Job *j)
{
    ListPane *p = context;
    if (job_state(j) == JOB_DONE)
        ui_save(p->view->ui, list_command(p->kind->of), "jsonl", job_output(j));
}

/* Everything that the filter matches, as the command line lists it. */
static void write_list(ListPane *p)
{
    const char *words[] = {list_command(p->kind->of), "--jsonl", "--where",
                           listing_filter_text(p->listing)};
    ui_job(p->view->ui, words, 4, listed, p);
}

bool list_pane_act(ListPane *p, Action action)
{
    if (move(p, action) || mark(p, action)) return true;
    switch (action) {
    case ACTION_SEARCH:
        ui_prompt(p->view->ui, "Find", "", NULL, search_typed, p);
        return true;
    case ACTION_SEARCH_NEXT:
        search_from(p, false);
        return true;
    case ACTION_SEARCH_PREVIOUS:
        search_from(p, true);
        return true;
    case ACTION_FILTER:
        ui_prompt(p->view->ui, "Filter", p->filter, filter_fits, filter_typed, p);
        return true;
    case ACTION_ORDER:
        ask_order(p);
        return true;
    case ACTION_WRITE:
        write_list(p);
        return true;
    case ACTION_RENEW:
        listing_renew(p->listing);
        return true;
    default:
        return false;
    }
}

bool list_pane_point(ListPane *p, Event e)
{
    int y = e.y - p->drawn.y, x = e.x - p->drawn.x;
    if (y < 0 || x < 0 || y >= p->drawn.height || x >= p->drawn.width) return false;
    if (e.act == POINTER_WHEEL_UP) return list_pane_act(p, ACTION_UP);
    if (e.act == POINTER_WHEEL_DOWN) return list_pane_act(p, ACTION_DOWN);
    if (y == 0 || (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE)) return false;
    if (p->top + (size_t)y - 1 < listing_count(p->listing)) move_to(p, p->top + (size_t)y - 1);
    return e.act == POINTER_PRESS; /* a double click opens: the view's */
}

/* Rows that came or went are a new list; rows that changed stay where they are. */
void list_pane_changed(ListPane *p)
{
    int64_t now = total(p);
    if (now != p->total) listing_renew(p->listing);
    p->total = now;
    listing_touch(p->listing);
}

/* ---- what is chosen ---- */

const void *list_pane_row(ListPane *p)
{
    return listing_row(p->listing, p->cursor);
}

int64_t list_pane_id(const ListPane *p)
{
    return listing_id(p->listing, p->cursor);
}

size_t list_pane_marked(const ListPane *p)
{
    return marks_count(p->marks);
}

bool list_pane_is_marked(const ListPane *p, int64_t id)
{
    return marks_has(p->marks, id);
}

void list_pane_chosen(const ListPane *p, PaneIds *ret)
{
    if (list_pane_marked(p) == 0 && list_pane_id(p)) vec_push(ret, list_pane_id(p));
    marks_add_to(p->marks, ret);
}

void list_pane_unmark(ListPane *p)
{
    marks_clear(p->marks);
}

/* ---- state ---- */

void list_pane_save(const ListPane *p, cJSON *state)
{
    cJSON_AddStringToObject(state, "filter", p->filter);
    cJSON_AddStringToObject(state, "order", p->order);
    cJSON_AddNumberToObject(state, "at", (double)p->cursor_id);
}

void list_pane_restore(ListPane *p, const cJSON *state)
{
    const cJSON *filter = cJSON_GetObjectItem(state, "filter");
    const cJSON *order = cJSON_GetObjectItem(state, "order");
    const cJSON *at = cJSON_GetObjectItem(state, "at");
    if (cJSON_IsString(filter) && listing_check(p->kind->of, filter->valuestring, NULL))
        set_text(&p->filter, filter->valuestring);
    if (cJSON_IsString(order)) {
        char *text = str_format("order:%s", order->valuestring);
        if (!*order->valuestring || listing_check(p->kind->of, text, NULL))
            set_text(&p->order, order->valuestring);
        free(text);
    }
    apply(p);
    if (cJSON_IsNumber(at) && at->valuedouble >= 1) p->cursor_id = (int64_t)at->valuedouble;
}
