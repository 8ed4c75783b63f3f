/* TrainSet: what a run learns from, read once and recorded with it, and the order in which it is
 * seen.
 *
 * Invariants: questions and chunks are known by id; rows q and c are positions here. Chunks below
 * `searched` are the selection's corpus (train, val and shared ones, and what the questions are
 * about; no others of test); behind them stand chunks that are only offered as negatives. Lists are
 * in compressed rows: those of q are list[offset[q] .. offset[q+1]). */
#ifndef TASK_TRAIN_SET_H
#define TASK_TRAIN_SET_H

#include "base/vec.h"
#include "model/env.h"
#include "task/train.h"

typedef struct RowList {
    size_t *offset; /* (questions + 1) */
    uint32_t *row;
} RowList;

typedef struct TrainSet {
    size_t questions, chunks, searched;
    int64_t *question_id, *chunk_id;
    float *negative_score;   /* as negative.row: what the mining scored it; NaN: no score */
    float *positive_score;   /* (questions) the lowest of its positives, of the same mining; NaN */
    uint8_t *selecting;      /* (questions) 1: the best step is chosen on it */
    RowList positive, barred, negative; /* chunk rows, ascending; negatives by rank */
    bool cut_from_train;     /* no val questions: selecting ones were cut off the train split */
    Hash texts;              /* of all texts, to see whether they changed */
    TrainVerdicts verdicts;  /* as read; not in the record (the run's options hold them) */
    const char **query, **passage; /* texts, filled by train_set_texts */
    Arena arena;
    size_t reading_bytes;    /* the most that reading it and its texts took beside it */
} TrainSet;

/* train_set_read: the training set as the project has it now. ERR_MISSING: nothing to train on, in
 * words. */
bool train_set_read(const Env *env, const TrainOptions *options, TrainSet *ret, Err *err);

/* train_set_texts: the texts by id; title and heading before passages when title_body. check:
 * ERR_CONFLICT when they are not those of the record; otherwise records their hash. */
bool train_set_texts(const Env *env, TrainSet *s, bool title_body, bool check, Err *err);
void train_set_release(TrainSet *s);
size_t train_set_learning(const TrainSet *s); /* questions that are trained on */
size_t train_set_bytes(const TrainSet *s); /* memory that it holds, texts too */

/* A record of the set without its texts, and back. Appends to out; decode reads from *at and moves
 * it. */
void train_set_encode(const TrainSet *s, Str *out);
bool train_set_decode(const char *data, size_t size, size_t *at, TrainSet *ret, Err *err);

typedef struct TrainPair { uint32_t question, chunk; } TrainPair;

/* TrainPlan: every batch of a run, fixed in advance by the seed, so that a step number says it all.
 * Batch b is pair[order[first[b]] …] of rows order[first[b] .. first[b+1]). No two rows of a batch
 * share a question text or a positive text. Step s is batches batch[s] .. batch[s+1); no step
 * reaches into the next epoch. */
typedef struct TrainPlan {
    TrainPair *pair; size_t pairs;
    uint32_t *order; size_t *first; /* (batches + 1) */
    size_t *batch;     /* (steps + 1) */
    size_t *epoch_end; /* (epochs) steps done when the epoch ends */
    size_t batches, steps, epochs;
} TrainPlan;

/* train_plan_make: resolved options; over the questions that do not select (all: those too). ERR_MISSING when no
 * batch of two rows can be made. */
bool train_plan_make(const TrainSet *s, const TrainOptions *options, bool all, TrainPlan *ret,
                     Err *err);
void train_plan_release(TrainPlan *p);
size_t train_plan_bytes(const TrainPlan *p); /* memory that it holds */

#endif
