/* What the screen shows of a question's candidates, and the candidates that a decision about many
 * means. As facts.h: read on a lane, handed over whole, on the screen's thread. */
#ifndef APP_FACTS_NEGATIVES_H
#define APP_FACTS_NEGATIVES_H

#include "app/desk.h"
#include "app/mine_words.h"

#define NEGATIVES_MOST 1000 /* candidates of a question that are read */

typedef struct NegativesFacts {
    int64_t mining_id;        /* 0: nothing was mined yet */
    MineOptions mined;        /* what it was mined with; texts in arena */
    QuestionRows question;    /* one row; none: it is gone */
    ChunkRows positives;      /* with texts; those that were candidates once come last */
    CandidateRows candidates; /* of the question, by rank, the random ones last */
    ChunkRows chunks;         /* theirs */
    bool *queued;             /* (candidates) it matches the filter of the queue */
    bool more;                /* there are more than NEGATIVES_MOST */
    Arena arena;
} NegativesFacts;

typedef void NegativesFactsDone(void *context, NegativesFacts *facts, const Err *err);

/* question_id 0: only the mining. filter: of candidates; one that is none matches nothing. */
void negatives_facts_ask(Desk *d, const void *slot, int64_t question_id, const char *filter,
                         NegativesFactsDone *done, void *context);
void negatives_facts_free(NegativesFacts *f); /* NULL is allowed */

/* The chunk of the i-th candidate; NULL: it is gone. */
const ChunkRow *negatives_chunk(const NegativesFacts *f, size_t i);

/* ---- many at once ---- */

typedef struct CandidateRef {
    int64_t question_id, chunk_id;
} CandidateRef;
typedef VEC(CandidateRef) CandidateRefs;

/* refs: done's to take from, and to leave empty if it likes; released after it. */
typedef void NegativesManyDone(void *context, CandidateRefs *refs, const Err *err);

/* negatives_many_ask: the candidates of these questions that match the filter. */
void negatives_many_ask(Desk *d, const void *slot, const int64_t *questions, size_t count,
                        const char *filter, NegativesManyDone *done, void *context);

#endif
