/* train: one run. The training set is read once, at the start, and recorded. The best step is
 * chosen on val, or, where no val question is, on a tenth of the train chunks cut off in blocks;
 * never on test. A run of an encoder has a folder of its own beside the project (run_folder.h) for
 * its checkpoints and the model that it makes. If no step beats the untrained retriever there, the run's retriever is the
 * untrained one and the report says so. Killed or stopped, the same call goes on from the last
 * checkpoint and ends with the same result: a request to stop (Env.cancel) leaves one at that very
 * step, a kill one that is at most 30 s old. Asked to finish (Env.finish) a run ends as if that
 * step was the last: the best step so far makes the retriever. */
#ifndef TASK_TRAIN_H
#define TASK_TRAIN_H

#include "base/str.h"
#include "base/vec.h"
#include "model/env.h"
#include "num/stats.h"

typedef enum LrDecay { DECAY_LINEAR, DECAY_COSINE, DECAY_NONE } LrDecay;

typedef struct TrainOptions {
    const char *name, *embedder, *method, *loss;
    const char *reranker;   /* a cross-encoder's folder or name: it is trained (method full or lora, loss listwise or bce), in
                               place of an embedder; NULL */
    size_t hidden;          /* of adapters; 0: the method's default */
    size_t epochs, batch;   /* 0: the method's default, as lr */
    double lr;
    size_t accumulate;      /* batches whose gradients make one step, weighted by their rows */
    LrDecay decay;          /* linear */
    double warmup;          /* share of the run's steps, default 0.1 */
    double weight_decay;    /* 0.01 */
    double clip;            /* gradient norm, 1 */
    double scale;           /* of the similarities; 0: the loss's own, 1 with dot */
    bool dot;               /* dot product instead of cosine */
    const char *directions; /* of mnrl: "q-d,d-q,q-q,d-d"; NULL: q-d */
    double hardness;        /* of mnrl and its kin: harder negatives count more; 0: off */
    double margin;          /* of triplet, contrastive, gist; 0: the loss's own */
    bool margin_relative;   /* of gist */
    const char *matryoshka; /* "384,256,128": the loss of each of these many first dimensions; NULL: of all */
    const char *guide;      /* of gist: a retriever */
    size_t negatives;       /* explicit ones a visit at most, default 0: in-batch only; drawn from the question's candidates that are kept, or pending and no suspects */
    bool use_all_docs;      /* every relevant chunk of a question, else the first */
    size_t eval_every;      /* steps; 0: twice an epoch, of encoders once */
    size_t patience;        /* early stop after so many evaluations without a better one; 0: never */
    size_t pairs;           /* a nested random subset of so many pairs; 0: all */
    bool keep_epochs;       /* also keep NAME@1, NAME@2 … */
    bool refit;             /* after the best step is known, train on train + selection data for as many epochs. Done unasked where the
                               selection was cut off from train: it would be lost for the training otherwise. Not unasked for encoders:
                               it doubles the time of a long run for a tenth more pairs */
    bool no_refit;          /* not even then */
    bool replace;           /* drop a run of that name first */
    uint64_t seed;
    /* of encoders (methods full and lora) */
    size_t mini_batch;      /* tokens whose activations are kept at once, 0: what the default memory holds; see trainable.h */
    double dropout;         /* below 0: the model's own rates */
    size_t rank;            /* of lora; 0: the default */
    double alpha;           /* of lora; 0: twice the rank */
    const char *freeze;     /* "embeddings" or so many lower layers; NULL: nothing */
} TrainOptions;

/* Decisions about candidates that shaped a training set, and the newest entry of the journal when
 * it was read: what was decided later belongs to the next run. */
typedef struct TrainVerdicts {
    size_t kept;            /* of the negatives that may be drawn */
    size_t false_negatives, promoted;
    int64_t journal;        /* id, 0: none */
} TrainVerdicts;

typedef struct TrainReport {
    char name[128], method[32], loss[32];
    size_t questions, pairs, negatives, masked; /* used */
    size_t steps, epochs;
    double seconds;
    double tokens_per_second; /* words and signs of the pairs; of encoders their own tokens, over the
                                 seconds of the steps alone */
    char selection[160];    /* "val: 120 questions, 800 chunks" or "a tenth of train in blocks: …" */
    /* On the selection data. Steps are compared by the log-likelihood of the positive
     * (train_select.h), which moves less by luck than the MRR@10 beside it. Intervals are of best −
     * baseline. */
    size_t best_step;
    double best, baseline, best_mrr, baseline_mrr;
    Interval gain, gain_mrr;
    bool kept_best;         /* false: no step beat the untrained retriever */
    bool refitted;          /* trained again on all pairs after the best step was known */
    bool within_noise;      /* kept, but the interval of the gain in MRR@10 holds 0 */
    bool ended_early;       /* it was asked to finish before its last step */
    bool already_done;      /* the same run was finished before */
    TrainVerdicts verdicts;
} TrainReport;

TrainOptions train_options_default(void);

/* train_options_resolve: the options with the method's defaults in place of zeros. ERR_USAGE:
 * what cannot be. */
bool train_options_resolve(const TrainOptions *o, TrainOptions *ret, Err *err);

/* train_loss_options: what the options say about the loss, with its defaults filled in; dims: of the
 * vectors, 0: not known yet. ERR_USAGE. */
struct LossOptions;
bool train_loss_options(const TrainOptions *options, size_t dims, struct LossOptions *ret, Err *err);

/* task_train: a run killed or stopped before its end goes on with the training set that it began
 * with, whatever was curated since. A finished run whose data did not change is not run again
 * (already_done); ERR_CONFLICT when the name is taken by another. */
bool task_train(const Env *env, const TrainOptions *options, TrainReport *ret, Err *err);

/* train_report_json: as `train --json` prints it; the caller's. */
char *train_report_json(const TrainReport *r);

/* train_report_text: as `train` prints it. Appends. */
void train_report_text(const TrainReport *r, Str *out);

#endif
