/* Decisions about candidates: on the screen at once, taken back when they could not be written. */
#include <stdlib.h>
#include <string.h>

#include "ui/negatives_parts.h"

/* ---- on its way ---- */

void negatives_lay_over(NegativesView *x)
{
    NegativesFacts *f = x->facts;
    for (size_t u = 0; f && u < x->unsure.count; u++) {
        for (size_t i = 0; i < f->candidates.count; i++) {
            CandidateRow *c = &f->candidates.items[i];
            if (c->question_id == x->unsure.items[u].question_id &&
                c->chunk_id == x->unsure.items[u].chunk_id)
                c->status = x->unsure.items[u].status;
        }
    }
}

/* Decisions are answered in the order in which they were made. */
static void decided(void *context, const char *label, size_t changed, const Err *err)
{
    NegativesView *x = context;
    size_t left = 0;
    x->answered++;
    for (size_t i = 0; i < x->unsure.count; i++)
        if (x->unsure.items[i].number > x->answered) x->unsure.items[left++] = x->unsure.items[i];
    x->unsure.count = left;
    if (err)
        ui_failed(x->view.ui, "not done", err);
    else if (changed > 1)
        ui_say(x->view.ui, LOOK_GOOD, "%s: %zu changes; u takes all of it back", label, changed);
    negatives_ask(x);
    ui_redraw(x->view.ui);
}

/* What the journal and undo call it. */
static void add_label(Str *out, const CandidateRef *refs, size_t count, CandidateStatus status)
{
    static const char *const ONE[CANDIDATE_STATUS_COUNT] = {
        [CANDIDATE_PENDING] = "reopen chunk %lld for question %lld",
        [CANDIDATE_KEPT] = "keep chunk %lld as a negative of question %lld",
        [CANDIDATE_FALSE_NEGATIVE] = "chunk %lld is a false negative of question %lld",
        [CANDIDATE_PROMOTED] = "chunk %lld is a positive of question %lld too",
    };
    static const char *const MANY[CANDIDATE_STATUS_COUNT] = {
        [CANDIDATE_PENDING] = "reopen %zu candidates",
        [CANDIDATE_KEPT] = "keep %zu candidates",
        [CANDIDATE_FALSE_NEGATIVE] = "%zu candidates are false negatives",
        [CANDIDATE_PROMOTED] = "%zu candidates are positives too",
    };
    if (count == 1)
        str_addf(out, ONE[status], (long long)refs->chunk_id, (long long)refs->question_id);
    else
        str_addf(out, MANY[status], count);
}

static void decide_refs(NegativesView *x, const CandidateRef *refs, size_t count,
                        CandidateStatus status)
{
    VEC(Decision) decisions = {0};
    if (count == 0) return;
    x->sent++;
    for (size_t i = 0; i < count; i++) {
        vec_push(&decisions,
                 (Decision){.subject = "verdict",
                            .subject_id = refs[i].question_id,
                            .other_id = refs[i].chunk_id,
                            .value = status == CANDIDATE_PENDING ? NULL
                                                                 : candidate_status_name(status)});
        if (refs[i].question_id == x->asked_id)
            vec_push(&x->unsure, (Unsure){x->sent, refs[i].question_id, refs[i].chunk_id, status});
    }
    Str label = {0};
    add_label(&label, refs, count, status);
    negatives_lay_over(x);
    desk_decide(ui_desk(x->view.ui), decisions.items, count, str_get(&label), decided, x);
    str_release(&label);
    vec_release(&decisions);
    ui_redraw(x->view.ui);
}

/* ---- many ---- */

static void many_confirmed(void *context)
{
    NegativesView *x = context;
    decide_refs(x, x->refs.items, x->refs.count, x->wanted);
    vec_clear(&x->marks);
    list_pane_unmark(&x->queue);
}

static void ask_many(NegativesView *x, const char *which)
{
    static const char *const WHAT[CANDIDATE_STATUS_COUNT] = {
        [CANDIDATE_PENDING] = "Make %zu %s undecided again? One undo takes it back.",
        [CANDIDATE_KEPT] = "Keep %zu %s as negatives? One undo takes it back.",
        [CANDIDATE_FALSE_NEGATIVE] = "Call %zu %s false negatives? One undo takes it back.",
        [CANDIDATE_PROMOTED] = "Make %zu %s positives of their questions? One undo takes it back.",
    };
    Str text = {0};
    str_addf(&text, WHAT[x->wanted], x->refs.count, which);
    ui_confirm(x->view.ui, str_get(&text), many_confirmed, x);
    str_release(&text);
}

static void many_found(void *context, CandidateRefs *refs, const Err *err)
{
    NegativesView *x = context;
    ui_failed(x->view.ui, "candidates", err);
    if (!refs) return;
    CandidateRefs old = x->refs;
    x->refs = *refs;
    *refs = old;
    if (x->refs.count)
        ask_many(x, "candidates of these questions");
    else
        ui_say(x->view.ui, LOOK_WARN, "these questions have no such candidates");
}

static void decide_marked_questions(NegativesView *x, CandidateStatus status, const char *filter)
{
    PaneIds ids = {0};
    list_pane_chosen(&x->queue, &ids);
    x->wanted = status;
    negatives_many_ask(ui_desk(x->view.ui), &x->refs, ids.items, ids.count, filter, many_found, x);
    vec_release(&ids);
}

static void choose_marked(NegativesView *x)
{
    vec_clear(&x->refs);
    for (size_t i = 0; i < x->marks.count; i++)
        vec_push(&x->refs, (CandidateRef){x->asked_id, x->marks.items[i]});
}

/* Nothing is decided that is not on the screen: true when it had to be brought there. */
static bool bring_up(NegativesView *x)
{
    if (!x->narrow || x->detail) return false;
    x->detail = true;
    x->pane = PANE_CANDIDATES;
    return true;
}

void negatives_decide(NegativesView *x, CandidateStatus status)
{
    const CandidateRow *c = negatives_current(x);
    if (x->pane == PANE_QUEUE && list_pane_marked(&x->queue)) {
        decide_marked_questions(x, status, x->queue.filter);
        return;
    }
    if (!c || bring_up(x)) return;
    if (x->marks.count) {
        choose_marked(x);
        x->wanted = status;
        ask_many(x, "marked candidates");
        return;
    }
    CandidateRef ref = {c->question_id, c->chunk_id};
    decide_refs(x, &ref, 1, status);
    negatives_next(x);
}

void negatives_keep_rest(NegativesView *x)
{
    if (x->pane == PANE_QUEUE && list_pane_marked(&x->queue)) {
        decide_marked_questions(x, CANDIDATE_KEPT, "status:pending");
        return;
    }
    if (!negatives_current(x) || bring_up(x)) return;
    if (x->facts->more) { /* not all of them are here */
        x->wanted = CANDIDATE_KEPT;
        negatives_many_ask(ui_desk(x->view.ui), &x->refs, &x->asked_id, 1, "status:pending",
                           many_found, x);
        return;
    }
    CandidateRefs rest = {0};
    for (size_t i = 0; i < x->facts->candidates.count; i++) {
        const CandidateRow *c = &x->facts->candidates.items[i];
        if (c->status == CANDIDATE_PENDING)
            vec_push(&rest, (CandidateRef){c->question_id, c->chunk_id});
    }
    decide_refs(x, rest.items, rest.count, CANDIDATE_KEPT);
    vec_release(&rest);
    list_pane_next(&x->queue);
}
