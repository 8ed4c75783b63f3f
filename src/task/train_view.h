/* The chunks of a training set as retrievers search them, whatever became of them since. */
#ifndef TASK_TRAIN_VIEW_H
#define TASK_TRAIN_VIEW_H

#include "retrieve/retriever.h"
#include "task/train_set.h"

typedef struct TrainView {
    CorpusView view;    /* by id */
    uint32_t *view_row; /* (chunks) of each chunk of the set its row of the view */
    uint32_t *set_row;  /* (chunks) and back */
} TrainView;

/* train_view_read: the set's first `chunks` chunks. ERR_CONFLICT where one is gone. */
bool train_view_read(const Env *env, const TrainSet *s, size_t chunks, TrainView *ret, Err *err);
void train_view_release(TrainView *v); /* a zeroed one too */

#endif
