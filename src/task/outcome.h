/* outcome: what a run changed, and what to do next. Computed again whenever it is asked for; only
 * the tables of the evaluations are kept, as `eval` keeps them.
 *
 * Nobody is shown a test question here, only the figures of all of them. Won and lost questions are
 * of val: train questions were trained on and say nothing. */
#ifndef TASK_OUTCOME_H
#define TASK_OUTCOME_H

#include "base/str.h"
#include "base/vec.h"
#include "model/env.h"
#include "num/stats.h"
#include "retrieve/retriever.h"

#define OUTCOME_LIST 1000 /* entries of a list at most; its count says how many there are */

typedef struct OutcomeFigure {
    double before, after;
    PairedTest test; /* of after − before, question by question */
} OutcomeFigure;

typedef struct OutcomeSplit {
    size_t questions, chunks; /* chunks searched; 0 questions: nothing was measured */
    OutcomeFigure mrr, accuracy; /* mrr@10, accuracy@5 */
    bool frozen_changed; /* test was frozen and is another set now */
    int64_t eval_id;     /* of the kept table */
} OutcomeSplit;

typedef struct OutcomeMove {
    int64_t question_id;
    size_t before, after; /* rank of its first positive, 0: not in the first 100 */
} OutcomeMove;

/* A hit that nobody has judged: neither a positive, nor with a verdict. */
typedef struct OutcomeHit {
    int64_t question_id, chunk_id;
    double margin; /* its score − that of the question's best positive */
} OutcomeHit;

typedef VEC(OutcomeMove) OutcomeMoves;
typedef VEC(OutcomeHit) OutcomeHits;
typedef VEC(int64_t) OutcomeIds;

typedef struct Outcome {
    char run[128], baseline[RETRIEVER_NAME_SIZE];
    char note[400];         /* what speaks against the figures of val, in sentences; "" nothing does */
    bool untrained;         /* no step was better: the run's retriever is the untrained one */
    OutcomeSplit val, test;
    OutcomeMoves won, lost; /* by mrr@10 on val, the greatest change first; all of them */
    OutcomeHits above;      /* of train questions: the best hit that nobody has judged, where it is above every positive; by margin */
    OutcomeIds nowhere;     /* of train and val: no positive in the first 10 of the run, the baseline or bm25; by id */
    OutcomeHits first;      /* of train and val: a first hit that nobody has judged; by question */
    size_t above_count, nowhere_count, first_count;
} Outcome;

/* task_outcome: run against baseline (any retriever; NULL: the embedder that the run
 * began with, in its build). ERR_MISSING: no such run, or it has not ended; no such baseline. */
bool task_outcome(const Env *env, const char *run, const char *baseline, Outcome *ret, Err *err);
void outcome_release(Outcome *o);

/* outcome_judgement: what is honest to say of a difference: "the gain may be chance: …". */
const char *outcome_judgement(const PairedTest *t);

/* In plain words, and as JSON. Append. */
void outcome_text(const Outcome *o, Str *out);
void outcome_json(const Outcome *o, Str *out);

#endif
