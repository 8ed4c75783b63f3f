/* The inside of a sweep: its runs at work, and what their figures say. Used by sweep*.c only. */
#ifndef TASK_SWEEP_PARTS_H
#define TASK_SWEEP_PARTS_H

#include "base/vec.h"
#include "model/trainable.h"
#include "store/runs.h"
#include "task/evaluate.h"
#include "task/sweep.h"
#include "task/train_set.h"

typedef struct Sweep {
    const Env *env;
    const SweepOptions *o;
    size_t total_pairs;
    VEC(SweepRow) rows; /* by method, in the order given, then pairs */
    EvalTable val;      /* the untrained retriever, then the rows that are done */
} Sweep;

/* sweep_judge: the words, and which row is enough. */
void sweep_judge(const Sweep *s, SweepReport *r);

#endif
