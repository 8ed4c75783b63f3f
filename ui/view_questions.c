/* Questions: the review queue, worst first, with the chunk of each. */
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "ui/list_decide.h"
#include "ui/text.h"

#define BESIDE_LEAST 100 /* columns from which list and detail stand side by side */
#define LANDING 8        /* hits shown of where a question lands */
#define OTHERS 3         /* other questions of its chunk shown */

typedef enum Pane { PANE_LIST, PANE_LANDING, PANE_COUNT } Pane;

typedef struct QuestionsView {
    View view;
    ListPane list;
    Pane pane;            /* which has the keys */
    bool detail;          /* narrow: the detail has the place */
    QuestionFacts *facts; /* of the question under the cursor; NULL: on their way */
    int64_t asked_id;
    Found *found; /* where it lands now, searched with found_text */
    char *found_text;
    size_t hit;      /* under the cursor among the hits */
    size_t top;      /* first line of the chunk shown */
    PaneIds ids;     /* what a question is being asked about, until it is answered */
    bool whole_list; /* those ids are everything that the filter matches */
} QuestionsView;

static const char *status_sign(const Grid *g, QuestionStatus s)
{
    switch (s) {
    case QUESTION_ACCEPTED:
        return glyph(g, GLYPH_ACCEPTED);
    case QUESTION_REJECTED:
        return glyph(g, GLYPH_REJECTED);
    case QUESTION_FLAGGED:
        return "!";
    default:
        return "?";
    }
}

static Style status_style(QuestionStatus s)
{
    switch (s) {
    case QUESTION_ACCEPTED:
        return LOOK_GOOD;
    case QUESTION_REJECTED:
        return LOOK_BAD;
    default:
        return LOOK_WARN;
    }
}

/* ---- columns ---- */

static void cell_status(const ListPane *p, const void *row, Str *out, Style *style)
{
    const QuestionRow *q = row;
    str_add(out, status_sign(p->drawn.grid, q->status));
    *style = status_style(q->status);
}

static void cell_rank(const ListPane *p, const void *row, Str *out, Style *style)
{
    const QuestionRow *q = row;
    (void)p;
    if (!q->doubts.known) return;
    if (q->doubts.own_rank)
        str_addf(out, "%lld", (long long)q->doubts.own_rank);
    else
        str_add(out, ">1000");
    if (q->doubts.own_rank != 1) *style = LOOK_WARN;
}

static void cell_doubts(const ListPane *p, const void *row, Str *out, Style *style)
{
    const Doubts *d = &((const QuestionRow *)row)->doubts;
    (void)p;
    *style = LOOK_DIM;
    if (!d->known) return;
    if (d->nameless)
        str_add(out, "names nothing");
    else if (d->twin_id)
        str_addf(out, "twin of #%lld", (long long)d->twin_id);
    else if (d->copied > 0.6)
        str_add(out, "copy of text");
    else if (d->own_rank == 0 || d->own_rank > 5)
        str_add(out, "rank");
}

static void cell_text(const ListPane *p, const void *row, Str *out, Style *style)
{
    (void)p;
    (void)style;
    str_add(out, ((const QuestionRow *)row)->text);
}

static const PaneColumn COLUMNS[] = {
    {"?", 1, false, 0, NULL, cell_status},
    {"rank", 5, true, 50, "own_rank", cell_rank},
    {"doubts", 14, false, 60, "doubt", cell_doubts},
    {"question", 0, false, 0, NULL, cell_text},
};
static const PaneKind KIND = {LIST_QUESTIONS,
                              "Questions",
                              "status:pending,flagged",
                              "-doubt",
                              "no questions yet: ,g makes some from the chunks, ,i imports a set",
                              COLUMNS,
                              sizeof COLUMNS / sizeof *COLUMNS};

/* ---- what stands beside the list ---- */

static const QuestionRow *current(const QuestionsView *x)
{
    const QuestionFacts *f = x->facts;
    return f && f->question.count && f->question.items[0].id == x->asked_id ? &f->question.items[0]
                                                                            : NULL;
}

static void found_ready(void *context, Found *found, const Err *err)
{
    QuestionsView *x = context;
    ui_failed(x->view.ui, "search", err);
    if (!found) return;
    found_free(x->found);
    x->found = found;
    x->hit = 0;
    ui_redraw(x->view.ui);
}

/* The landing is searched again for another question only, or another text of it; and when it is
 * shown only: the first search of a project reads all of its texts. */
static void ask_landing(QuestionsView *x)
{
    const QuestionRow *q = current(x);
    if (!q || (x->found_text && strcmp(x->found_text, q->text) == 0)) return;
    free(x->found_text);
    x->found_text = mem_strdup(q->text);
    int64_t own[16];
    size_t count = 0;
    for (size_t i = 0; i < x->facts->chunks.count && count < 16; i++)
        own[count++] = x->facts->chunks.items[i].id;
    const char *retriever = ui_retriever(x->view.ui);
    FinderAsk ask = {.query = q->text,
                     .retrievers = &retriever,
                     .retriever_count = 1,
                     .k = LANDING,
                     .own = own,
                     .own_count = count};
    finder_ask(ui_finder(x->view.ui), &x->found, &ask, found_ready, x);
}

static void facts_ready(void *context, QuestionFacts *facts, const Err *err)
{
    QuestionsView *x = context;
    if (err && err->kind != ERR_MISSING) ui_failed(x->view.ui, "question", err);
    question_facts_free(x->facts);
    x->facts = facts;
    ui_redraw(x->view.ui);
}

static void ask_facts(QuestionsView *x)
{
    int64_t id = list_pane_id(&x->list);
    if (id != x->asked_id) {
        x->top = 0;
        found_free(x->found);
        x->found = NULL;
        free(x->found_text);
        x->found_text = NULL;
    }
    x->asked_id = id;
    if (id) question_facts_ask(ui_desk(x->view.ui), x, id, facts_ready, x);
}

static void moved(View *v)
{
    ask_facts((QuestionsView *)v);
}

/* A text in lines, from a line on; returns the rows it took. */
static int draw_text(Area a, const char *text, size_t top, Style style, const char *lit_by)
{
    TextLines lines = {0};
    TextSpans spans = {0};
    char *flowing = text_flow(text);
    text_wrap(flowing, strlen(flowing), a.width, &lines);
    if (lit_by) text_shared(flowing, lit_by, &spans);
    int rows = text_draw(a, flowing, &lines, top, style, lit_by ? &spans : NULL);
    free(flowing);
    vec_release(&lines);
    vec_release(&spans);
    return rows;
}

static int draw_others(const QuestionsView *x, Area a, int y)
{
    const QuestionFacts *f = x->facts;
    int shown = 0;
    for (size_t i = 0; i < f->others.count && shown < OTHERS; i++) {
        const QuestionRow *q = &f->others.items[i];
        if (q->id == x->asked_id) continue;
        if (shown == 0) area_rule(a, y++, LOOK_BORDER, "Other questions on this chunk");
        area_text(a, y, 1, status_style(q->status), status_sign(a.grid, q->status));
        area_cell(a, y++, 3, a.width - 4, LOOK_TEXT, false, q->text);
        shown++;
    }
    return y;
}

static void draw_hit(const QuestionsView *x, Area a, int y, size_t i, double best, bool focused)
{
    const FoundHit *h = &x->found->lists[0].hits[i];
    Str what = {0};
    str_addf(&what, "%s", h->chunk.text);
    area_textf(a, y, 1, LOOK_DIM, "%4zu %6.3f", h->rank, h->score);
    area_bar(a, y, 13, 8, LOOK_BAR, best > 0 ? h->score / best : 0);
    int at = area_textf(a, y, 22, LOOK_LINK, "#%lld ", (long long)h->chunk_id);
    if (h->own) {
        at = area_text(a, y, at, LOOK_GOOD, glyph(a.grid, GLYPH_LEFT));
        at = area_text(a, y, at, LOOK_GOOD, " its own ");
    }
    area_cell(a, y, at, a.width - at - 1, LOOK_TEXT, false, str_get(&what));
    str_release(&what);
    if (focused && i == x->hit) area_on(a, y);
}

static void draw_landing(const QuestionsView *x, Area a, int y, bool focused)
{
    char *title = str_format("Where it lands now · %s",
                             x->found ? x->found->lists[0].name : ui_retriever(x->view.ui));
    area_rule(a, y++, focused ? LOOK_FOCUS : LOOK_BORDER, title);
    free(title);
    if (!x->found) {
        area_text(a, y, 1, LOOK_DIM, "searching");
        return;
    }
    const FoundList *l = &x->found->lists[0];
    if (l->error) area_text(a, y, 1, LOOK_BAD, l->error);
    for (size_t i = 0; i < l->count; i++) draw_hit(x, a, y + (int)i, i, l->hits[0].score, focused);
    if (!l->error && l->own_rank == 0 && x->facts && x->facts->chunks.count)
        area_text(a, y + (int)l->count, 1, LOOK_WARN, "its own chunk is not among the first 1,000");
}

static void chunk_title(const QuestionsView *x, Str *out)
{
    const QuestionFacts *f = x->facts;
    if (!current(x) || f->chunks.count == 0) {
        str_add(out, "Question");
        return;
    }
    const ChunkRow *c = &f->chunks.items[0];
    str_addf(out, "Chunk %lld · %s", (long long)c->id, c->title ? c->title : "");
    if (c->page_first) str_addf(out, " p.%lld", (long long)c->page_first);
    if (c->heading && *c->heading) str_addf(out, " · %s", c->heading);
    if (f->chunks.count > 1) str_addf(out, " · 1 of %zu", f->chunks.count);
}

static void draw_detail(QuestionsView *x, Area a, bool focused)
{
    Str title = {0};
    chunk_title(x, &title);
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title));
    str_release(&title);
    const QuestionRow *q = current(x);
    if (!q) return;
    ask_landing(x);
    Area text = area_columns(in, 1, in.width - 2);
    int y = draw_text(area_rows(text, 0, 3), q->text, 0, LOOK_TITLE, NULL) + 1;
    size_t hits = x->found ? x->found->lists[0].count : LANDING;
    size_t others = x->facts->others.count > 0 ? x->facts->others.count - 1 : 0;
    int below = 1 + (int)hits + (int)(others > OTHERS ? OTHERS : others) + (others > 0);
    int room = in.height - y - below;
    if (room < 3) room = in.height - y < 3 ? in.height - y : 3;
    if (x->facts->chunks.count)
        draw_text(area_rows(text, y, room), x->facts->chunks.items[0].text, x->top, LOOK_TEXT,
                  q->text);
    else
        area_text(text, y, 0, LOOK_WARN, "no chunk answers it: c gives it one");
    y = draw_others(x, in, y + room);
    draw_landing(x, in, y, focused && x->pane == PANE_LANDING);
}

static void draw(View *v, Area a, bool focused)
{
    QuestionsView *x = (QuestionsView *)v;
    bool wide = a.width >= BESIDE_LEAST;
    int left = wide ? a.width * 56 / 100 : a.width;
    if (wide || !x->detail) {
        Str title = {0};
        bool on = focused && (x->pane == PANE_LIST || !wide);
        list_pane_title(&x->list, &title);
        Area in = area_box(area_columns(a, 0, left), on ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE,
                           str_get(&title));
        list_pane_draw(&x->list, in, on);
        str_release(&title);
    }
    if (wide)
        draw_detail(x, area_columns(a, left, a.width - left), focused && x->pane == PANE_LANDING);
    else if (x->detail)
        draw_detail(x, a, focused);
}

/* ---- deciding ---- */

static const ListVerdict VERDICTS[] = {
    [QUESTION_PENDING] = {"question.status", "pending", "reopen", "question"},
    [QUESTION_ACCEPTED] = {"question.status", "accepted", "accept", "question"},
    [QUESTION_REJECTED] = {"question.status", "rejected", "reject", "question"},
    [QUESTION_FLAGGED] = {"question.status", "flagged", "flag", "question"},
};

static void decide_on(QuestionsView *x, QuestionStatus status, const char *why)
{
    QuestionRow *row = listing_patch(x->list.listing, x->list.cursor);
    if (row && list_pane_marked(&x->list) == 0) row->status = status;
    list_decide(&x->list, &VERDICTS[status], why);
}

static void flag_noted(void *context, const char *text)
{
    decide_on(context, QUESTION_FLAGGED, *text ? text : NULL);
}

/* ---- editing ---- */

static void edit(QuestionsView *x, EditWay way)
{
    const QuestionRow *q = current(x);
    if (q) ui_edit_text(x->view.ui, "question.text", q->id, q->text, way);
}

static void new_question(QuestionsView *x)
{
    if (current(x) && x->facts->chunks.count)
        ui_new_question(x->view.ui, x->facts->chunks.items[0].id, NULL);
    else
        ui_say(x->view.ui, LOOK_WARN,
               "a question needs a chunk that answers it: choose one in the Chunks view");
}

static void move_to(QuestionsView *x, int64_t chunk)
{
    const QuestionRow *q = current(x);
    if (!q) return;
    VEC(Decision) decisions = {0};
    vec_push(
        &decisions,
        (Decision){.subject = "relevance", .subject_id = q->id, .other_id = chunk, .value = "yes"});
    for (size_t i = 0; i < x->facts->chunks.count; i++) {
        int64_t old = x->facts->chunks.items[i].id;
        if (old != chunk)
            vec_push(&decisions,
                     (Decision){.subject = "relevance", .subject_id = q->id, .other_id = old});
    }
    char *label =
        str_format("question %lld belongs to chunk %lld", (long long)q->id, (long long)chunk);
    ui_decide(x->view.ui, decisions.items, decisions.count, label);
    free(label);
    vec_release(&decisions);
}

static bool is_chunk_number(void *context, const char *text, Err *err)
{
    char *end;
    (void)context;
    return (strtoll(text, &end, 10) > 0 && *end == '\0') ||
           err_set(err, ERR_USAGE,
                   "the number of a chunk, as the Chunks view and the hits below show it");
}

static void chunk_typed(void *context, const char *text)
{
    move_to(context, strtoll(text, NULL, 10));
}

/* The hit under the cursor, or one to be typed. */
static void change_chunk(QuestionsView *x)
{
    const FoundList *l = x->found ? &x->found->lists[0] : NULL;
    if (!current(x)) return;
    if (x->pane == PANE_LANDING && l && x->hit < l->count) {
        move_to(x, l->hits[x->hit].chunk_id);
        return;
    }
    ui_prompt(x->view.ui,
              "Number of the chunk that answers it (Tab goes to the hits: c there takes one)", "",
              is_chunk_number, chunk_typed, x);
}

/* ---- making anew ---- */

static void regenerate(void *context)
{
    QuestionsView *x = context;
    Str filter = {0};
    if (x->whole_list) {
        str_add(&filter, x->list.filter);
    } else {
        str_add(&filter, "id:");
        for (size_t i = 0; i < x->ids.count; i++)
            str_addf(&filter, "%s%lld", i ? "," : "", (long long)x->ids.items[i]);
    }
    const char *words[] = {"generate", "--instead", str_get(&filter)};
    ui_job(x->view.ui, words, 3, NULL, NULL);
    str_release(&filter);
    list_pane_unmark(&x->list);
}

static void ask_regenerate(QuestionsView *x)
{
    vec_clear(&x->ids);
    list_pane_chosen(&x->list, &x->ids);
    x->whole_list = list_pane_marked(&x->list) == listing_count(x->list.listing) &&
                    listing_complete(x->list.listing);
    if (x->ids.count == 0) return;
    if (!x->whole_list && x->ids.count > 200) {
        ui_say(x->view.ui, LOOK_WARN,
               "mark at most 200, or filter and mark all with *: then everything that matches is "
               "made anew");
        return;
    }
    char *question = str_format("Reject %zu question%s and make as many new ones for their chunks? "
                                "Undo brings the old ones back.",
                                x->ids.count, x->ids.count == 1 ? "" : "s");
    ui_confirm(x->view.ui, question, regenerate, x);
    free(question);
}

/* ---- acting ---- */

static bool act_on_landing(QuestionsView *x, Action action)
{
    size_t count = x->found ? x->found->lists[0].count : 0;
    if (x->pane != PANE_LANDING) return false;
    switch (action) {
    case ACTION_UP:
        x->hit -= x->hit > 0;
        return true;
    case ACTION_DOWN:
        x->hit += x->hit + 1 < count;
        return true;
    case ACTION_OPEN:
        if (x->hit < count)
            ui_go(x->view.ui, VIEW_CHUNKS, x->found->lists[0].hits[x->hit].chunk_id, NULL);
        return true;
    default:
        return false;
    }
}

static bool act_on_place(QuestionsView *x, Action action)
{
    switch (action) {
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        if (x->pane == PANE_LANDING) {
            x->pane = PANE_LIST;
            return false; /* on to the view beside, if there is one */
        }
        x->pane = PANE_LANDING;
        x->detail = true;
        return true;
    case ACTION_OPEN:
    case ACTION_RIGHT:
        x->detail = true;
        return true;
    case ACTION_BACK:
    case ACTION_LEFT:
        x->detail = false;
        x->pane = PANE_LIST;
        return true;
    case ACTION_PAGE_DOWN:
    case ACTION_PAGE_UP:
        if (!x->detail) return false;
        x->top = action == ACTION_PAGE_DOWN ? x->top + 5 : x->top > 5 ? x->top - 5 : 0;
        return true;
    default:
        return false;
    }
}

static bool act(View *v, Action action)
{
    QuestionsView *x = (QuestionsView *)v;
    if (act_on_landing(x, action) || act_on_place(x, action)) return true;
    switch (action) {
    case ACTION_ACCEPT:
        decide_on(x, QUESTION_ACCEPTED, NULL);
        return true;
    case ACTION_REJECT:
        decide_on(x, QUESTION_REJECTED, NULL);
        return true;
    case ACTION_REOPEN:
        decide_on(x, QUESTION_PENDING, NULL);
        return true;
    case ACTION_SKIP:
        list_pane_next(&x->list);
        return true;
    case ACTION_FLAG:
        if (list_pane_id(&x->list))
            ui_prompt(v->ui, "Flag with a note (may be empty)", "", NULL, flag_noted, x);
        return true;
    case ACTION_EDIT:
        edit(x, EDIT_LINE);
        return true;
    case ACTION_EDITOR:
        edit(x, EDIT_OUTSIDE);
        return true;
    case ACTION_NEW:
        new_question(x);
        return true;
    case ACTION_MOVE_TO_CHUNK:
        change_chunk(x);
        return true;
    case ACTION_REGENERATE:
        ask_regenerate(x);
        return true;
    case ACTION_COPY:
        if (current(x)) ui_copy(v->ui, "the question", current(x)->text);
        return true;
    default:
        return list_pane_act(&x->list, action);
    }
}

static bool point(View *v, Event e)
{
    return list_pane_point(&((QuestionsView *)v)->list, e);
}

static void changed(View *v)
{
    QuestionsView *x = (QuestionsView *)v;
    list_pane_changed(&x->list);
    ask_facts(x);
}

static void show(View *v, int64_t id, const char *filter)
{
    QuestionsView *x = (QuestionsView *)v;
    if (filter) list_pane_filter(&x->list, filter);
    if (id) list_pane_to(&x->list, id);
}

static void save(const View *v, cJSON *state)
{
    list_pane_save(&((const QuestionsView *)v)->list, state);
}

static void restore(View *v, const cJSON *state)
{
    list_pane_restore(&((QuestionsView *)v)->list, state);
}

static void release(View *v)
{
    QuestionsView *x = (QuestionsView *)v;
    desk_forget(ui_desk(v->ui), x);
    desk_forget(ui_desk(v->ui), &x->found);
    list_pane_release(&x->list);
    question_facts_free(x->facts);
    found_free(x->found);
    free(x->found_text);
    vec_release(&x->ids);
    free(x);
}

static View *make(Ui *ui)
{
    QuestionsView *x = mem_zero(1, sizeof *x);
    x->view = (View){&VIEW_QUESTIONS_OPS, ui};
    list_pane_init(&x->list, &KIND, &x->view, moved);
    return &x->view;
}

const ViewOps VIEW_QUESTIONS_OPS = {
    .id = VIEW_QUESTIONS,
    .title = "Questions",
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
