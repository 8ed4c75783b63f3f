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

/* selector_new: over the first set->searched chunks. tokens: where the trainable counts tokens and
 * those chunks have more, selecting questions with their positives are drawn by the seed until half
 * of them are used, then other chunks; 0: all. */
bool selector_new(const Env *env, Trainable *t, const TrainSet *s, double scale, size_t tokens,
                  uint64_t seed, Selector **ret, Err *err);

/* selector_new_pairs: of a reranker: the first 30 of bm25 for each question, and its positives, are
 * scored; a positive beyond the 30 counts for the likelihood alone. tokens: where an evaluation
 * would have more, so many of the questions as fit, drawn by the seed, select; 0: all. */
bool selector_new_pairs(const Env *env, Trainable *t, const TrainSet *s, size_t tokens,
                        uint64_t seed, Selector **ret, Err *err);
void selector_free(Selector *x);                   /* NULL is allowed */
size_t selector_bytes(const Selector *x);          /* memory that it holds */
size_t selector_questions(const Selector *x);      /* that it asks */
const char *selector_searching(const Selector *x); /* in words: "800 chunks searched" */
size_t selector_tokens(const Selector *x); /* of one evaluation; 0: the trainable counts none */

/* One evaluation, per question. */
typedef struct Selected {
    double *rr;         /* (questions) reciprocal rank of the first positive within ten, else 0 */
    double *likelihood; /* (questions) */
} Selected;

typedef struct SelectedMeans {
    double mrr, likelihood;
} SelectedMeans;

/* selector_run: both of now's arrays are the caller's and overwritten. Stops with ERR_CANCELLED. */
bool selector_run(Selector *x, Selected now, SelectedMeans *ret, Err *err);

#endif
