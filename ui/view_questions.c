/* Questions: the review queue, worst first, with the chunk of each. */
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "ui/list_pane.h"
#include "ui/text.h"

#define BESIDE_LEAST 100 /* columns from which list and detail stand side by side */

typedef struct QuestionsView {
    View view;
    ListPane list;
    QuestionFacts *facts; /* of facts_id; NULL: on their way */
    int64_t facts_id, asked_id;
    bool detail; /* narrow: the detail has the place */
    size_t top;  /* first line of the detail shown */
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

/* ---- the chunk beside it ---- */

static void facts_ready(void *context, QuestionFacts *facts, const Err *err)
{
    QuestionsView *x = context;
    ui_failed(x->view.ui, "question", err);
    if (!facts) return;
    question_facts_free(x->facts);
    x->facts = facts;
    x->facts_id = x->asked_id;
    ui_redraw(x->view.ui);
}

static void ask_facts(QuestionsView *x)
{
    int64_t id = list_pane_id(&x->list);
    x->asked_id = id;
    x->top = 0;
    if (id) question_facts_ask(ui_desk(x->view.ui), x, id, facts_ready, x);
}

static void moved(View *v)
{
    ask_facts((QuestionsView *)v);
}

static void draw_chunk(QuestionsView *x, Area a, const ChunkRow *c, const char *question)
{
    TextLines lines = {0};
    TextSpans spans = {0};
    text_wrap(c->text, strlen(c->text), a.width - 2, &lines);
    text_shared(c->text, question, &spans);
    text_draw(area_part(a, 0, 1, a.height, a.width - 2), c->text, &lines, x->top, LOOK_TEXT,
              &spans);
    vec_release(&lines);
    vec_release(&spans);
}

static void draw_detail(QuestionsView *x, Area a, bool focused)
{
    const QuestionFacts *f = x->facts;
    Str title = {0};
    bool there = f && x->facts_id == list_pane_id(&x->list) && f->question.count;
    if (there && f->chunks.count) {
        const ChunkRow *c = &f->chunks.items[0];
        str_addf(&title, "Chunk %lld · %s", (long long)c->id, c->title);
        if (c->page_first) str_addf(&title, " p.%lld", (long long)c->page_first);
    }
    Area in = area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE,
                       title.size ? str_get(&title) : NULL);
    str_release(&title);
    if (!there) return;
    const QuestionRow *q = &f->question.items[0];
    TextLines lines = {0};
    text_wrap(q->text, strlen(q->text), in.width - 2, &lines);
    int y = text_draw(area_part(in, 0, 1, in.height, in.width - 2), q->text, &lines, 0, LOOK_TITLE,
                      NULL);
    vec_release(&lines);
    if (f->chunks.count)
        draw_chunk(x, area_rows(in, y + 1, in.height - y - 1), &f->chunks.items[0], q->text);
    else
        area_text(in, y + 1, 1, LOOK_WARN, "no chunk answers it");
}

static void draw(View *v, Area a, bool focused)
{
    QuestionsView *x = (QuestionsView *)v;
    bool wide = a.width >= BESIDE_LEAST;
    int left = wide ? a.width * 58 / 100 : a.width;
    if (wide || !x->detail) {
        Str title = {0};
        list_pane_title(&x->list, &title);
        Area in = area_box(area_columns(a, 0, left), focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE,
                           str_get(&title));
        list_pane_draw(&x->list, in, focused);
        str_release(&title);
    }
    if (wide)
        draw_detail(x, area_columns(a, left, a.width - left), false);
    else if (x->detail)
        draw_detail(x, a, focused);
}

/* ---- deciding ---- */

static void decide_on(QuestionsView *x, const char *value, const char *verb)
{
    PaneIds ids = {0};
    list_pane_chosen(&x->list, &ids);
    VEC(Decision) decisions = {0};
    for (size_t i = 0; i < ids.count; i++)
        vec_push(
            &decisions,
            (Decision){.subject = "question.status", .subject_id = ids.items[i], .value = value});
    char *label = ids.count == 1 ? str_format("%s question %lld", verb, (long long)ids.items[0])
                                 : str_format("%s %zu questions", verb, ids.count);
    if (ids.count) ui_decide(x->view.ui, decisions.items, decisions.count, label);
    if (list_pane_marked(&x->list))
        list_pane_unmark(&x->list);
    else
        list_pane_next(&x->list);
    free(label);
    vec_release(&decisions);
    vec_release(&ids);
}

static bool act(View *v, Action action)
{
    QuestionsView *x = (QuestionsView *)v;
    switch (action) {
    case ACTION_ACCEPT:
        decide_on(x, "accepted", "accept");
        return true;
    case ACTION_REJECT:
        decide_on(x, "rejected", "reject");
        return true;
    case ACTION_REOPEN:
        decide_on(x, "pending", "reopen");
        return true;
    case ACTION_SKIP:
        list_pane_next(&x->list);
        return true;
    case ACTION_OPEN:
        x->detail = true;
        return true;
    case ACTION_BACK:
        x->detail = false;
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
    list_pane_release(&x->list);
    question_facts_free(x->facts);
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
