/* What the files of the Negatives view share: view_negatives.c (queue, acting), negatives_decide.c
 * (decisions), negatives_draw.c (a question with its candidates). */
#ifndef UI_NEGATIVES_PARTS_H
#define UI_NEGATIVES_PARTS_H

#include "app/dial_desk.h"
#include "app/facts_negatives.h"
#include "ui/list_pane.h"

typedef enum NegativesPane { PANE_QUEUE, PANE_CANDIDATES } NegativesPane;

/* A decision on its way to the file: shown as if it were there. */
typedef struct Unsure {
    size_t number; /* of the decision that it belongs to */
    int64_t question_id, chunk_id;
    CandidateStatus status;
} Unsure;

typedef struct NegativesView {
    View view;
    ListPane queue;
    NegativesPane pane; /* which has the keys */
    bool detail;        /* narrow: the question has the place */
    bool narrow;        /* as last drawn */

    NegativesFacts *facts; /* of the question under the cursor; NULL: on their way */
    int64_t asked_id;
    int64_t mining_id;     /* that the queue was made of */
    size_t at, first;      /* candidate under the cursor; the first that is shown */
    size_t positive;       /* which of them is shown */
    size_t scrolled;       /* lines that the texts were scrolled by */
    PaneIds seen;          /* chunks that were decided or skipped since the question came */
    PaneIds marks;         /* chunks */
    size_t mark;           /* candidate of the last mark */

    VEC(Unsure) unsure;
    size_t sent, answered; /* decisions: numbers of the last */

    CandidateRefs refs;    /* what a question is being asked about, until it is answered */
    CandidateStatus wanted;
    DialDesk *dial;
    Area candidates, positive_text, candidate_text; /* where they were drawn; empty: not */
} NegativesView;

const char *negatives_sign(const Grid *g, CandidateStatus s);

/* ---- view_negatives.c ---- */
const CandidateRow *negatives_current(const NegativesView *x); /* NULL: none */
void negatives_next(NegativesView *x);  /* the next that is to be decided, else the next question */
void negatives_ask(NegativesView *x);   /* the facts of the question under the cursor, anew */
bool negatives_marked(const NegativesView *x, int64_t chunk_id);
void negatives_queue_title(const NegativesView *x, Str *out); /* "3 of 22 to check" */

/* ---- negatives_decide.c ---- */

/* On what is marked, or the candidate under the cursor. */
void negatives_decide(NegativesView *x, CandidateStatus status);
void negatives_keep_rest(NegativesView *x);

/* What is on its way goes over what was read. */
void negatives_lay_over(NegativesView *x);

/* ---- negatives_draw.c ---- */
void negatives_draw(NegativesView *x, Area a, bool focused);

#endif
