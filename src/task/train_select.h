/* Selection: how good the trainable is now on the questions that the best step is chosen on, over
 * the searched chunks.
 *
 * MRR@10 is what people compare, but on some dozens of questions it moves by luck: one question
 * that goes from rank 2 to 1 is half a point. So steps are compared by the log-likelihood of the
 * positive, the held-out loss with its sign turned: the log of its softmax among the first 100 hits
 * at the training's scale, averaged over the questions. */
#ifndef TASK_TRAIN_SELECT_H
#define TASK_TRAIN_SELECT_H

#include "model/trainable.h"
#include "task/train_set.h"

typedef struct Selector Selector;

bool selector_new(const Env *env, Trainable *t, const TrainSet *s, double scale, Selector **ret,
                  Err *err);
void selector_free(Selector *x); /* NULL is allowed */
size_t selector_bytes(const Selector *x); /* memory that it holds */
size_t selector_questions(const Selector *x);

/* One evaluation, per question. */
typedef struct Selected {
    double *rr;         /* (questions) reciprocal rank of the first positive within ten, else 0 */
    double *likelihood; /* (questions) */
} Selected;

typedef struct SelectedMeans {
    double mrr, likelihood;
} SelectedMeans;

/* selector_run: both of ret's arrays are the caller's and overwritten. */
SelectedMeans selector_run(Selector *x, Selected ret);

#endif
