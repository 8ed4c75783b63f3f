/* Selection: how good the trainable is now on the questions that the best step is chosen on, MRR@10 over the searched chunks. */
#ifndef TASK_TRAIN_SELECT_H
#define TASK_TRAIN_SELECT_H

#include "model/trainable.h"
#include "task/train_set.h"

typedef struct Selector Selector;

bool selector_new(const Env *env, Trainable *t, const TrainSet *s, Selector **ret, Err *err);
void selector_free(Selector *x); /* NULL is allowed */
size_t selector_questions(const Selector *x);

/* selector_run: rr (questions) out: reciprocal rank of the first positive within ten, else 0. Returns their mean. */
double selector_run(Selector *x, double *rr);

#endif
