/* pool: the texts of a candidate pool, a file of jsonl `{"text": …}` or of plain lines. */
#ifndef TASK_POOL_H
#define TASK_POOL_H

#include "model/env.h"

/* pool_read: one row a distinct text. keep: the texts become chunks of status pool of a document
 * "pool:NAME" (those that are there already are used again); otherwise their ids are made up and
 * stand for nothing in the project. */
bool pool_read(const Env *env, const char *path, bool keep, ChunkRows *ret, Err *err);

#endif
