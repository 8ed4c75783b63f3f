/* Trainer: one run at work. Used by train.c, estimate.c and the trainer_*.c files only.
 *
 * Two phases: choosing (on all pairs but those of the selection) and, with --refit, a second one
 * from the start on all pairs. A step's number within its phase, the plan and the state say all, so
 * that a run resumed from a checkpoint ends as if it had not stopped.
 *
 * Where a trainable's retriever is a model folder, its parameters are too many for the project file
 * and for a second copy in memory: the checkpoint's record stays in the project, and names by its
 * step a file of parameters and moments in the run's folder; the best parameters are a file there
 * too. What a record names is never overwritten, and removed only when a newer record stands. */
#ifndef TASK_TRAINER_H
#define TASK_TRAINER_H

#include "model/trainable.h"
#include "base/rng.h"
#include "num/loss.h"
#include "num/loss_scores.h"
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
    uint64_t settled;     /* 1: what follows the step (evaluation, epoch's retriever) is done */
    uint64_t tokens;      /* of the rows seen, where the trainable counts them */
    SelectedMeans best, baseline;
    double seconds, step_seconds; /* in all; in steps alone */
} TrainerState;

typedef VEC(MetricRow) TrainerMetrics;

typedef struct RerankBatch RerankBatch; /* trainer_rerank.c */

/* What a step adds up to. */
typedef struct StepSums {
    double loss;
    uint64_t masked, tokens;
} StepSums;

typedef struct Guide Guide; /* what a guide says about the training texts: trainer_guide.c */

typedef struct Trainer {
    const Env *env;
    const TrainOptions *o; /* resolved */
    const Loss *loss;            /* NULL: a reranker is trained */
    const ScoreLoss *score_loss; /* its loss */
    ModelFolder reranker;        /* that it starts from */
    RerankBatch *rerank;
    int64_t run_id;
    Embedder *embedder; /* NULL once the trainable does without it */
    Hash fingerprint;   /* its, with what else is known of it while it is closed */
    int64_t build_id;
    bool title_body;
    size_t embedder_bytes, opening_bytes;
    TrainSet set;
    TrainPlan plan, refit_plan;
    Trainable *t;
    Selector *selector;
    TrainerState state;
    float *m, *v;  /* (parameters) */
    float *best_p; /* (parameters); NULL: in a file */
    char *folder;  /* of the run's files; NULL: it has none */
    Selected now, before,
        best; /* on the selecting questions: of the last evaluation, untrained, of the best step */
    uint64_t now_step; /* 1 + the step that now is of; 0: of none */
    /* one batch, at most `batch` rows; trainer_batch.c */
    LossOptions loss_options;
    uint32_t *query_row, *passage_row, *owner; /* owner: the anchor of each passage */
    uint32_t *drawn; /* (negatives) of one anchor */
    uint8_t *mask;
    float *teacher;                            /* of each passage; NULL: the loss has no use for it */
    float *guide_qd, *guide_qq, *guide_dd;     /* as LossBatch; NULL */
    Guide *guide;
    float *q, *d, *dq, *dd;
    LossScratch *scratch;
    TrainerMetrics metrics; /* not yet written */
    double saved_s, told_s; /* clock_s() of the last checkpoint and metrics */
    double saving_s;        /* seconds that the last checkpoint took */
    double step_s, update_s; /* the last step, and the optimiser's part of it */
    double evaluation_s;     /* the last evaluation */
    size_t reached; /* step of the checkpoint that it goes on from, until the state is that */
    double before_s, started_s; /* seconds before this process, and its start */
} Trainer;

const TrainPlan *trainer_plan(const Trainer *x); /* of the phase */

/* train_eval_every: steps between two evaluations; the last step of a run has one too. */
size_t train_eval_every(const TrainOptions *o, const Trainable *t, const TrainPlan *plan);

/* trainer_new_trainable: parameters at their start, moments zero. trainer_restart: again. */
bool trainer_new_trainable(Trainer *x, Err *err);
bool trainer_restart(Trainer *x, Err *err);
bool trainer_buffers(Trainer *x, Err *err);

/* trainer_read: embedder, training set with texts, and plan. build_of: a run whose unfinished state
 * says which build, or NULL. */
bool trainer_read(Trainer *x, const char *build_of, Err *err);

/* trainer_begin: the row of the run, new or as an earlier call left it. trainer_done: the report of
 * one that is finished; ERR_CONFLICT where the data changed since. */
bool trainer_begin(Trainer *x, RunRow *ret, Arena *arena, Err *err);
bool trainer_done(Trainer *x, const RunRow *run, TrainReport *ret, Err *err);

/* trainer_ready: after trainer_read and trainer_new_trainable: selection, buffers, and the refit's
 * plan where one is due. */
bool trainer_ready(Trainer *x, Err *err);
bool trainer_wants_refit(const Trainer *x);

/* Memory that the trainer holds, its embedder left out; of a checkpoint, and of a retriever's blob,
 * while they are written. */
size_t trainer_bytes(const Trainer *x);
size_t trainer_save_bytes(const Trainer *x);
size_t trainer_put_bytes(const Trainer *x);

/* trainer_checkpoint_s: seconds of training that a kill can cost: 15 in the project, 28 in a folder
 * but where writing takes longer than a tenth of that. trainer_save_due: would it be more after
 * what comes next, which takes about next_s seconds? */
double trainer_checkpoint_s(const Trainer *x);
bool trainer_save_due(const Trainer *x, double next_s);
void trainer_release(Trainer *x);

double trainer_scale(const TrainOptions *o); /* of the loss */

/* The documents of a batch, what is known about them, and how they go into the loss. new: after
 * trainer_new_trainable. gather: batch b of B rows into the arrays above; how many documents, 0 with
 * an error. */
bool trainer_batch_new(Trainer *x, Err *err);
void trainer_batch_release(Trainer *x);
size_t trainer_batch_bytes(const Trainer *x);
size_t trainer_gather(Trainer *x, size_t b, size_t B, uint64_t *masked, Err *err);
LossBatch trainer_loss_batch(const Trainer *x, size_t B, size_t M);

/* trainer_draw: so many of a question's negatives as a visit has, ascending: places in
 * set.negative.row. trainer_barred: may this chunk not be pushed away from the question? */
size_t trainer_draw(const Trainer *x, uint32_t q, Rng *rng, uint32_t *ret);
bool trainer_barred(const Trainer *x, uint32_t q, uint32_t c);

/* Rerankers. trainer_reranker_open: folder and fingerprint. trainer_rerank_batch: one batch, there
 * and back; its gradient counts `share` of the step's. */
bool trainer_reranker_open(Trainer *x, Err *err);
RerankBatch *rerank_batch_new(const TrainOptions *o);
void rerank_batch_free(RerankBatch *r); /* NULL is allowed */
size_t rerank_batch_bytes(const RerankBatch *r);
bool trainer_rerank_batch(Trainer *x, size_t b, uint64_t seed, float share, StepSums *sums,
                          Err *err);

/* trainer_pair_tokens: that a visit of a pair takes with its negatives, where the trainable counts
 * them. */
size_t trainer_pair_tokens(const Trainer *x, TrainPair pair);

/* trainer_guide: vectors of all training texts by an embedder, or another retriever's scores as they
 * are asked for. guide_fill: the blocks of a batch. */
bool guide_new(const Env *env, const char *name, const TrainSet *s, Guide **ret, Err *err);
void guide_free(Guide *g); /* NULL is allowed */
size_t guide_bytes(const Guide *g);
bool guide_has_sides(const Guide *g); /* does it compare questions, and passages, with each other? */
bool guide_fill(const Guide *g, Pool *pool, const uint32_t *query, size_t B, const uint32_t *passage, size_t M,
                float *qd, float *qq, float *dd, Err *err);

/* trainer_step: one update. ERR_NUMERIC when loss or gradient is not finite; ERR_CANCELLED in the
 * middle of it, with nothing changed. */
bool trainer_step(Trainer *x, Err *err);

/* a point of a series of metrics, at this step */
void trainer_note(Trainer *x, const char *name, double value);

/* evaluates, keeps the best by likelihood; the first call is the untrained one. Stopped, nothing is
 * changed. */
bool trainer_select(Trainer *x, Err *err);

/* trainer_select_again: now is of the parameters as they are, without anything kept. */
bool trainer_select_again(Trainer *x, SelectedMeans *ret, Err *err);

/* trainer_keep_best: the parameters as they are are those of state.best_step. trainer_take_best:
 * they are those again. */
bool trainer_keep_best(Trainer *x, Err *err);
bool trainer_take_best(Trainer *x, Err *err);

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

/* The retriever that the parameters make as they are. trainer_write: its model folder, where it is
 * one; takes a while. trainer_put: its row, which for a folder comes after trainer_write; or the
 * row of the untrained one. */
bool trainer_write(Trainer *x, const char *name, Err *err);
bool trainer_put(Trainer *x, const char *name, size_t epoch, bool untrained, Err *err);

/* The files of a run in a folder; all do nothing where it has none. trainer_file_save: parameters
 * and moments of this step. trainer_file_load: of the state's step. trainer_files_tidy: removes
 * those that the state does not name; all: with the folder. */
bool trainer_file_save(Trainer *x, Err *err);
bool trainer_file_load(Trainer *x, Err *err);
bool trainer_file_best(Trainer *x, bool save, Err *err); /* the best step's parameters */
void trainer_files_tidy(Trainer *x, bool all);

#endif
