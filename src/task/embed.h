/* embed: fill the vector cache of one embedder with the live chunks and the questions. */
#ifndef TASK_EMBED_H
#define TASK_EMBED_H

#include "model/env.h"

typedef struct EmbedReport { size_t passages, queries, dims; } EmbedReport;
bool task_embed(const Env *env, const char *embedder, EmbedReport *ret, Err *err);

#endif
