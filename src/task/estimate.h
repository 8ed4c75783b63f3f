/* estimate: what a run will take, before it starts. The run is set up as the run itself does it, a
 * few of its steps and one evaluation are timed on this machine, and the rest follows from their
 * numbers. Sizes come from what the parts of the run say they hold.
 *
 * Writes nothing but what the run needs anyway: vectors into the cache, a first build of lsa. Takes
 * the run's set-up (twice where something was written, since the run will find it there) and about
 * 0.3 s, less for a short run; of an encoder one to four steps of some pairs. */
#ifndef TASK_ESTIMATE_H
#define TASK_ESTIMATE_H

#include "task/train.h"

typedef struct TrainEstimate {
    size_t questions, pairs, negatives; /* as TrainReport */
    size_t steps, evaluations;    /* of the first phase, with no end before its time */
    size_t refit_steps;           /* where a refit is due: as many as it has if the last step is the best */
    double seconds;               /* of the whole run from its start, the refit too */
    double refit_seconds;         /* of these, the refit: it ends sooner when an early step is the best */
    double step_seconds;          /* a step, on average */
    size_t memory_bytes;          /* what the process grows by at the run's peak */
} TrainEstimate;

/* train_estimate: the options as for task_train; the name may be NULL and is not looked at, nor is
 * what an earlier run of that name has done. Errors as task_train's; stops with ERR_CANCELLED. */
bool train_estimate(const Env *env, const TrainOptions *options, TrainEstimate *ret, Err *err);

/* "about 7 s, 41 MB: 1,336 steps …", one line, and as JSON. Append. */
void train_estimate_text(const TrainEstimate *e, Str *out);
void train_estimate_json(const TrainEstimate *e, Str *out);

#endif
