/* What the kinds of selectors share: train_select.c (vectors) and train_select_pairs.c (scores of
 * pairs). Included by these only. */
#ifndef TASK_TRAIN_SELECT_PARTS_H
#define TASK_TRAIN_SELECT_PARTS_H

#include "task/train_select.h"

typedef struct SelectorOps {
    bool (*run)(Selector *x, Selected now, SelectedMeans *ret, Err *err);
    size_t (*bytes)(const Selector *x);
    void (*free)(Selector *x);
} SelectorOps;

/* First in the struct of each kind. */
struct Selector {
    const SelectorOps *ops;
    const Env *env;
    Trainable *t;
    const TrainSet *s;
    uint32_t *question; /* (count) rows of the set, ascending; owned */
    size_t count;
    size_t tokens; /* of one evaluation; 0: the trainable counts none */
    char searching[128];
};

#define SELECT_CUT 10 /* MRR@10 */

/* selector_begin: all selecting questions of the set. */
void selector_begin(Selector *x, const SelectorOps *ops, const Env *env, Trainable *t,
                    const TrainSet *s);

bool selector_positive(const TrainSet *s, uint32_t question, uint32_t chunk);

/* selector_likelihood: log of the softmax of a positive's score beside others', whose scores minus
 * its own are gap (n), all times scale: −log(1 + Σ exp(scale · gap)). */
double selector_likelihood(const float *gap, size_t n, double scale);

#endif
