/* Negatives: the questions whose candidates are to be checked, and the candidates of each beside
 * what answers it. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ui/dial.h"
#include "ui/negatives_parts.h"
#include "ui/ui_parts.h"

#define SCROLL 3 /* lines that a page key moves the texts by */

/* ---- the queue ---- */

static void cell_id(const ListPane *p, const void *row, Str *out, Style *style)
{
    (void)p;
    *style = LOOK_DIM;
    str_addf(out, "%lld", (long long)((const QuestionRow *)row)->id);
}

static void cell_split(const ListPane *p, const void *row, Str *out, Style *style)
{
    Split split = ((const QuestionRow *)row)->split;
    (void)p;
    *style = LOOK_DIM;
    if (split != SPLIT_NONE) str_add(out, split_name(split));
}

static void cell_text(const ListPane *p, const void *row, Str *out, Style *style)
{
    (void)p;
    (void)style;
    str_add(out, ((const QuestionRow *)row)->text);
}

/* What a queue can be ordered by belongs to the candidates and has no column here. */
#define NOWHERE INT_MAX
static const PaneColumn COLUMNS[] = {
    {"question", 8, true, 50, "question", cell_id},
    {"split", 5, false, 70, NULL, cell_split},
    {"text", 0, false, 0, NULL, cell_text},
    {"margin", 0, false, NOWHERE, "margin", cell_id},
    {"score", 0, false, NOWHERE, "score", cell_id},
    {"rank", 0, false, NOWHERE, "rank", cell_id},
};

typedef struct Queue {
    const char *filter, *title, *what; /* in the pick; after "3 of 22" */
} Queue;
static const Queue QUEUES[] = {
    {"suspect:yes status:pending", "to check: at or near the positive's score", "to check"},
    {"status:false_negative", "false negatives: also a positive?", "with false negatives"},
    {"status:pending", "everything undecided", "undecided"},
    {"status:kept", "kept as negatives", "with kept negatives"},
    {"status:promoted", "became positives", "with promoted ones"},
    {"", "all", "in all"},
};
#define QUEUE_COUNT (sizeof QUEUES / sizeof *QUEUES)

static const PaneKind KIND = {LIST_QUEUE,
                              "Negatives",
                              "suspect:yes status:pending",
                              "-margin",
                              "no candidates yet: m mines them",
                              COLUMNS,
                              sizeof COLUMNS / sizeof *COLUMNS};

static size_t queue_of(const NegativesView *x)
{
    size_t i = 0;
    while (i < QUEUE_COUNT && strcmp(QUEUES[i].filter, x->queue.filter) != 0) i++;
    return i;
}

void negatives_queue_title(const NegativesView *x, Str *out)
{
    size_t which = queue_of(x), count = listing_count(x->queue.listing);
    if (which == QUEUE_COUNT) {
        list_pane_title(&x->queue, out);
        return;
    }
    if (count)
        str_addf(out, "%zu of ", x->queue.cursor + 1);
    else
        str_add(out, "Questions: ");
    str_add_number(out, (long long)count);
    str_addf(out, "%s %s", listing_complete(x->queue.listing) ? "" : "+", QUEUES[which].what);
    if (list_pane_marked(&x->queue)) str_addf(out, " · %zu marked", list_pane_marked(&x->queue));
}

static void queue_picked(void *context, size_t which)
{
    NegativesView *x = context;
    list_pane_filter(&x->queue, QUEUES[which].filter);
    x->pane = PANE_QUEUE;
    x->detail = false;
}

static void pick_queue(NegativesView *x)
{
    const char *titles[QUEUE_COUNT];
    size_t at = queue_of(x);
    for (size_t i = 0; i < QUEUE_COUNT; i++) titles[i] = QUEUES[i].title;
    ui_pick(x->view.ui, "Which candidates (& takes any filter)", titles, QUEUE_COUNT,
            at < QUEUE_COUNT ? at : 0, queue_picked, x);
}

/* ---- the question under the cursor ---- */

const char *negatives_sign(const Grid *g, CandidateStatus s)
{
    switch (s) {
    case CANDIDATE_KEPT:
        return glyph(g, GLYPH_ACCEPTED);
    case CANDIDATE_FALSE_NEGATIVE:
        return glyph(g, GLYPH_REJECTED);
    case CANDIDATE_PROMOTED:
        return "+";
    default:
        return "?";
    }
}

static size_t candidate_count(const NegativesView *x)
{
    const NegativesFacts *f = x->facts;
    bool there = f && f->question.count && f->question.items[0].id == x->asked_id;
    return there ? f->candidates.count : 0;
}

const CandidateRow *negatives_current(const NegativesView *x)
{
    return x->at < candidate_count(x) ? &x->facts->candidates.items[x->at] : NULL;
}

static bool holds(const PaneIds *ids, int64_t id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->items[i] == id) return true;
    return false;
}

bool negatives_marked(const NegativesView *x, int64_t chunk_id)
{
    return holds(&x->marks, chunk_id);
}

/* Is it one to stop at? Undecided ones of the queue; where it has none, any of the queue that was
 * not looked at yet. */
static bool is_to_do(const NegativesView *x, size_t i)
{
    const NegativesFacts *f = x->facts;
    bool any_pending = false;
    for (size_t c = 0; c < f->candidates.count; c++)
        any_pending |= f->queued[c] && f->candidates.items[c].status == CANDIDATE_PENDING;
    const CandidateRow *c = &f->candidates.items[i];
    return f->queued[i] && !holds(&x->seen, c->chunk_id) &&
           (!any_pending || c->status == CANDIDATE_PENDING);
}

/* The first that is to do from a place on, then from the top; SIZE_MAX: none. */
static size_t next_to_do(const NegativesView *x, size_t from)
{
    size_t count = candidate_count(x);
    for (size_t n = 0; n < count; n++)
        if (is_to_do(x, (from + n) % count)) return (from + n) % count;
    return SIZE_MAX;
}

void negatives_next(NegativesView *x)
{
    const CandidateRow *c = negatives_current(x);
    if (c && !holds(&x->seen, c->chunk_id)) vec_push(&x->seen, c->chunk_id);
    size_t next = next_to_do(x, x->at + 1);
    if (next != SIZE_MAX) {
        x->at = next;
        x->scrolled = 0;
        return;
    }
    size_t before = x->queue.cursor;
    list_pane_next(&x->queue);
    if (x->queue.cursor == before && listing_complete(x->queue.listing))
        ui_say(x->view.ui, LOOK_GOOD, "that was the last question of this queue");
}

/* The mining that the queue was made of is not the current one any more. */
static void follow_mining(NegativesView *x)
{
    if (x->mining_id == x->facts->mining_id) return;
    if (x->mining_id) x->queue.cursor = 0, x->queue.cursor_id = 0; /* the worst of the new ones */
    if (x->mining_id || listing_count(x->queue.listing) == 0) listing_renew(x->queue.listing);
    x->mining_id = x->facts->mining_id;
}

static void facts_ready(void *context, NegativesFacts *facts, const Err *err)
{
    NegativesView *x = context;
    const CandidateRow *before = negatives_current(x);
    int64_t chunk = before ? before->chunk_id : 0;
    bool fresh =
        !x->facts || x->facts->question.count == 0 || x->facts->question.items[0].id != x->asked_id;
    ui_failed(x->view.ui, "candidates", err);
    if (!facts) return;
    negatives_facts_free(x->facts);
    x->facts = facts;
    negatives_lay_over(x);
    follow_mining(x);
    if (fresh) {
        size_t first = next_to_do(x, 0);
        x->at = first == SIZE_MAX ? 0 : first;
    } else {
        size_t i = 0;
        while (i < facts->candidates.count && facts->candidates.items[i].chunk_id != chunk) i++;
        x->at = i < facts->candidates.count ? i : 0;
    }
    ui_redraw(x->view.ui);
}

void negatives_ask(NegativesView *x)
{
    int64_t id = list_pane_id(&x->queue);
    if (id != x->asked_id) {
        x->at = x->first = x->positive = x->scrolled = x->mark = 0;
        vec_clear(&x->seen);
        vec_clear(&x->marks);
    }
    x->asked_id = id;
    negatives_facts_ask(ui_desk(x->view.ui), &x->facts, id, x->queue.filter, facts_ready, x);
}

static void moved(View *v)
{
    negatives_ask((NegativesView *)v);
}

/* ---- acting ---- */

static void go_to(NegativesView *x, size_t at)
{
    size_t count = candidate_count(x);
    if (count == 0) return;
    x->at = at < count ? at : count - 1;
    x->scrolled = 0;
}

static void mark(NegativesView *x, size_t i)
{
    int64_t id = x->facts->candidates.items[i].chunk_id;
    if (!holds(&x->marks, id)) vec_push(&x->marks, id);
}

static void toggle_mark(NegativesView *x)
{
    const CandidateRow *c = negatives_current(x);
    size_t i = 0;
    if (!c) return;
    while (i < x->marks.count && x->marks.items[i] != c->chunk_id) i++;
    if (i < x->marks.count)
        x->marks.items[i] = x->marks.items[--x->marks.count];
    else
        vec_push(&x->marks, c->chunk_id);
    x->mark = x->at;
    go_to(x, x->at + 1);
}

static bool act_on_marks(NegativesView *x, Action action)
{
    size_t count = candidate_count(x);
    switch (action) {
    case ACTION_MARK:
        toggle_mark(x);
        return true;
    case ACTION_MARK_RANGE:
        for (size_t i = 0; i < count; i++)
            if ((i >= x->mark && i <= x->at) || (i <= x->mark && i >= x->at)) mark(x, i);
        return true;
    case ACTION_MARK_ALL:
        for (size_t i = 0; i < count; i++) mark(x, i);
        return true;
    case ACTION_UNMARK:
        vec_clear(&x->marks);
        return true;
    default:
        return false;
    }
}

/* A positive and a candidate to read whole. */
static void read_whole(NegativesView *x)
{
    const CandidateRow *c = negatives_current(x);
    const ChunkRow *chunk = c ? negatives_chunk(x->facts, x->at) : NULL;
    if (!chunk) return;
    char *title = str_format("Chunk %lld · rank %lld", (long long)chunk->id, (long long)c->rank);
    ui_page(x->view.ui, title, chunk->text);
    free(title);
}

static bool act_on_candidates(NegativesView *x, Action action)
{
    if (x->pane != PANE_CANDIDATES) return false;
    if (act_on_marks(x, action)) return true;
    switch (action) {
    case ACTION_UP:
        go_to(x, x->at ? x->at - 1 : 0);
        return true;
    case ACTION_DOWN:
        go_to(x, x->at + 1);
        return true;
    case ACTION_FIRST:
        go_to(x, 0);
        return true;
    case ACTION_LAST:
        go_to(x, SIZE_MAX - 1);
        return true;
    case ACTION_PAGE_DOWN:
        x->scrolled += SCROLL;
        return true;
    case ACTION_PAGE_UP:
        x->scrolled = x->scrolled > SCROLL ? x->scrolled - SCROLL : 0;
        return true;
    case ACTION_RIGHT:
        if (x->facts && x->facts->positives.count)
            x->positive = (x->positive + 1) % x->facts->positives.count;
        return true;
    case ACTION_OPEN:
        read_whole(x);
        return true;
    default:
        return false;
    }
}

static bool act_on_place(NegativesView *x, Action action)
{
    switch (action) {
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        if (x->pane == PANE_CANDIDATES) {
            x->pane = PANE_QUEUE;
            x->detail = false;
            return false; /* on to the view beside, if there is one */
        }
        x->pane = PANE_CANDIDATES;
        x->detail = true;
        return true;
    case ACTION_OPEN:
    case ACTION_RIGHT:
        x->pane = PANE_CANDIDATES;
        x->detail = true;
        return true;
    case ACTION_BACK:
    case ACTION_LEFT:
        x->pane = PANE_QUEUE;
        x->detail = false;
        return true;
    default:
        return false;
    }
}

static void mine_again(NegativesView *x)
{
    MineWords words = {0};
    MineOptions o = x->facts ? x->facts->mined : mine_options_default();
    mine_words(&o, &words);
    ui_form(x->view.ui, command_of(ACTION_MINE, VIEW_NEGATIVES), (const char *const *)words.items,
            words.count);
    mine_words_release(&words);
}

static void dial_changed(void *context)
{
    ui_redraw(context);
}

static void show_dial(NegativesView *x)
{
    Ui *ui = x->view.ui;
    if (!x->dial) x->dial = dial_desk_new(ui_desk(ui), dial_changed, ui);
    dial_show(ui, x->dial);
}

static bool act_on_verdicts(NegativesView *x, Action action)
{
    switch (action) {
    case ACTION_KEEP:
        negatives_decide(x, CANDIDATE_KEPT);
        return true;
    case ACTION_FALSE_NEGATIVE:
        negatives_decide(x, CANDIDATE_FALSE_NEGATIVE);
        return true;
    case ACTION_PROMOTE:
        negatives_decide(x, CANDIDATE_PROMOTED);
        return true;
    case ACTION_REOPEN:
        negatives_decide(x, CANDIDATE_PENDING);
        return true;
    case ACTION_KEEP_REST:
        negatives_keep_rest(x);
        return true;
    case ACTION_SKIP:
        negatives_next(x);
        return true;
    default:
        return false;
    }
}

static bool act(View *v, Action action)
{
    NegativesView *x = (NegativesView *)v;
    if (act_on_candidates(x, action) || act_on_place(x, action) || act_on_verdicts(x, action))
        return true;
    switch (action) {
    case ACTION_REGENERATE:
        mine_again(x);
        return true;
    case ACTION_DIAL:
        show_dial(x);
        return true;
    case ACTION_SPLIT_CHOICE:
        pick_queue(x);
        return true;
    case ACTION_COPY:
        if (negatives_current(x) && negatives_chunk(x->facts, x->at))
            ui_copy(v->ui, "the candidate", negatives_chunk(x->facts, x->at)->text);
        return true;
    default:
        return list_pane_act(&x->queue, action);
    }
}

/* ---- the mouse ---- */

static bool inside(Area a, Event e)
{
    return e.y >= a.y && e.y < a.y + a.height && e.x >= a.x && e.x < a.x + a.width;
}

static void point_at_candidates(NegativesView *x, Event e)
{
    if (e.act == POINTER_WHEEL_UP) go_to(x, x->at ? x->at - 1 : 0);
    if (e.act == POINTER_WHEEL_DOWN) go_to(x, x->at + 1);
    if (e.act != POINTER_PRESS && e.act != POINTER_DOUBLE) return;
    x->pane = PANE_CANDIDATES;
    size_t i = x->first + (size_t)(e.y - x->candidates.y);
    if (i < candidate_count(x)) go_to(x, i);
    if (e.act == POINTER_DOUBLE) read_whole(x);
}

static bool point(View *v, Event e)
{
    NegativesView *x = (NegativesView *)v;
    if (inside(x->candidates, e)) {
        point_at_candidates(x, e);
        return true;
    }
    if (inside(x->positive_text, e) || inside(x->candidate_text, e)) {
        if (e.act == POINTER_WHEEL_DOWN) x->scrolled++;
        if (e.act == POINTER_WHEEL_UP && x->scrolled) x->scrolled--;
        return true;
    }
    if (x->narrow && x->detail) return false;
    if (e.act == POINTER_PRESS) x->pane = PANE_QUEUE;
    if (list_pane_point(&x->queue, e)) return true;
    return e.act == POINTER_DOUBLE && act(v, ACTION_OPEN);
}

/* ---- the view ---- */

static void draw(View *v, Area a, bool focused)
{
    negatives_draw((NegativesView *)v, a, focused);
}

static void changed(View *v)
{
    NegativesView *x = (NegativesView *)v;
    list_pane_changed(&x->queue);
    negatives_ask(x);
}

static void show(View *v, int64_t id, const char *filter)
{
    NegativesView *x = (NegativesView *)v;
    if (filter) list_pane_filter(&x->queue, filter);
    if (id) list_pane_to(&x->queue, id);
}

static void save(const View *v, cJSON *state)
{
    list_pane_save(&((const NegativesView *)v)->queue, state);
}

static void restore(View *v, const cJSON *state)
{
    list_pane_restore(&((NegativesView *)v)->queue, state);
}

static void release(View *v)
{
    NegativesView *x = (NegativesView *)v;
    desk_forget(ui_desk(v->ui), x); /* of decisions only that they were written */
    desk_forget(ui_desk(v->ui), &x->facts);
    desk_forget(ui_desk(v->ui), &x->refs);
    dial_desk_free(x->dial);
    list_pane_release(&x->queue);
    negatives_facts_free(x->facts);
    vec_release(&x->seen);
    vec_release(&x->marks);
    vec_release(&x->unsure);
    vec_release(&x->refs);
    free(x);
}

static View *make(Ui *ui)
{
    NegativesView *x = mem_zero(1, sizeof *x);
    x->view = (View){&VIEW_NEGATIVES_OPS, ui};
    list_pane_init(&x->queue, &KIND, &x->view, moved);
    negatives_ask(x);
    return &x->view;
}

const ViewOps VIEW_NEGATIVES_OPS = {
    .id = VIEW_NEGATIVES,
    .title = "Negatives",
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
