/* The row of GENERATORS that needs no model. Used by generate.c only. */
#ifndef TASK_GENERATE_OFFLINE_H
#define TASK_GENERATE_OFFLINE_H

#include "task/generate.h"

bool offline_open(const Env *env, const ChunkRows *corpus, void **ret_state, Err *err);
void offline_close(void *state);
bool offline_make(void *state, const ChunkRow *chunk, size_t n, Asked *ret, Err *err);

#endif
