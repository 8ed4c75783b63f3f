/* Trainer: one run at work. Used by train.c, trainer_step.c and trainer_state.c only.
 *
 * Two phases: choosing (on all pairs but those of the selection) and, with --refit, a second one
 * from the start on all pairs. A step's number within its phase, the plan and the state say all, so
 * that a run resumed from a checkpoint ends as if it had not stopped. */
#ifndef TASK_TRAINER_H
#define TASK_TRAINER_H

#include "model/trainable.h"
#include "num/loss.h"
#include "store/runs.h"
#include "task/train_select.h"
#include "task/train_set.h"

/* What a checkpoint holds beside the training set, the parameters and the reciprocal ranks. */
typedef struct TrainerState {
    uint64_t magic;
    uint64_t refitting; /* 1: the second phase */
    uint64_t step;      /* of the phase */
    uint64_t optimiser_step;
    uint64_t chosen_steps; /* steps that the first phase did */
    uint64_t best_step, since_best, evaluated, masked;
    uint64_t ended_early; /* 1: the first phase was asked to finish */
    SelectedMeans best, baseline;
    double seconds;
} TrainerState;

typedef VEC(MetricRow) TrainerMetrics;

typedef struct Trainer {
    const Env *env;
    const TrainOptions *o;
    const Loss *loss;
    int64_t run_id;
    Embedder *embedder;
    TrainSet set;
    TrainPlan plan, refit_plan;
    Trainable *t;
    Selector *selector;
    TrainerState state;
    float *m, *v, *best_p; /* (parameters) */
    Selected now, before,
        best; /* on the selecting questions: of the last evaluation, untrained, of the best step */
    /* one batch, at most `batch` rows */
    uint32_t *query_row, *passage_row;
    uint8_t *mask;
    float *q, *d, *dq, *dd;
    LossScratch *scratch;
    TrainerMetrics metrics; /* not yet written */
    double saved_s, told_s; /* clock_s() of the last checkpoint and metrics */
    size_t reached; /* step of the checkpoint that it goes on from, until the state is that */
    double before_s, started_s; /* seconds before this process, and its start */
} Trainer;

const TrainPlan *trainer_plan(const Trainer *x); /* of the phase */

/* train_eval_every: steps between two evaluations; the last step of a run has one too. */
size_t train_eval_every(const TrainOptions *o, const TrainPlan *plan);

/* trainer_new_trainable: parameters at their start, moments zero. */
bool trainer_new_trainable(Trainer *x, Err *err);
bool trainer_buffers(Trainer *x, Err *err);

/* trainer_read: embedder, training set with texts, and plan. build_of: a run whose unfinished state
 * says which build, or NULL. */
bool trainer_read(Trainer *x, const char *build_of, Err *err);

/* trainer_ready: after trainer_read and trainer_new_trainable: selection, buffers, and the refit's
 * plan where one is due. */
bool trainer_ready(Trainer *x, Err *err);
bool trainer_wants_refit(const Trainer *x);

/* Memory that the trainer holds, its embedder left out; of a checkpoint, and of a retriever's blob,
 * while they are written. */
size_t trainer_bytes(const Trainer *x);
size_t trainer_save_bytes(const Trainer *x);
size_t trainer_put_bytes(const Trainer *x);

#define TRAINER_CHECKPOINT_S 15.0 /* seconds of training that a kill can cost, about */
void trainer_release(Trainer *x);

/* train_options_check: all but the name. */
bool train_options_check(const TrainOptions *o, Err *err);

double trainer_scale(const TrainOptions *o); /* of the loss */

/* trainer_step: one batch. ERR_NUMERIC when loss or gradient is not finite. */
bool trainer_step(Trainer *x, Err *err);

/* evaluates, keeps the best by likelihood; the first call is the untrained one */
void trainer_select(Trainer *x);
double trainer_seconds(const Trainer *x);

/* trainer_tokens: words and signs of the first so many pairs, both sides. */
double trainer_tokens(const Trainer *x, size_t pairs);

/* trainer_gain: the best step against the untrained retriever; asked for TRAINER_GAINS times
 * for the report and once before a refit. */
#define TRAINER_GAINS 3
PairedTest trainer_gain(const Trainer *x, const double *before, const double *best, size_t draws);

/* a checkpoint; before the first evaluation only the record of the training set */
bool trainer_save(Trainer *x, Err *err);

/* data: what follows the training set */
bool trainer_restore(Trainer *x, const char *data, size_t size, Err *err);
bool trainer_flush(Trainer *x, Err *err); /* metrics and the step, for whoever watches */

/* trainer_put: the retriever that parameters p make; p NULL: the untrained one. */
bool trainer_put(Trainer *x, const char *name, const float *p, size_t epoch, Err *err);

#endif
