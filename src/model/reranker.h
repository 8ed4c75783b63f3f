/* Rerankers by name: a cross-encoder at a path, with a name of the project's own or of the Hub, or
 * one that a run trained. Its scores are kept in the project: no pair is scored twice. */
#ifndef MODEL_RERANKER_H
#define MODEL_RERANKER_H

#include "base/file.h"
#include "model/env.h"

#define RERANKER_KIND "reranker" /* of a run's retriever row */

typedef struct Reranker Reranker;

/* reranker_is: is it the name of one? false where it is none or cannot be told. */
bool reranker_is(const Env *env, const char *name);

/* reranker_names: of the project's own and of its runs. Appends; entries are the caller's. */
bool reranker_names(const Env *env, Paths *ret, Err *err);

/* reranker_exists: ERR_MISSING lists the names that there are; ERR_USAGE: it is another model. */
bool reranker_exists(const Env *env, const char *name, Err *err);

bool reranker_open(const Env *env, const char *name, Reranker **ret, Err *err);
void reranker_close(Reranker *r); /* NULL is allowed */

const char *reranker_name(const Reranker *r);
int64_t reranker_run(const Reranker *r);      /* that trained it; 0: none */
Hash reranker_fingerprint(const Reranker *r); /* of all that shapes its scores */
size_t reranker_bytes(const Reranker *r);

/* reranker_scores: those of query i are for texts[offset[i] .. offset[i+1]), out alike. What the
 * project does not know is scored in batches and stored; an interrupted call goes on where it
 * stopped. Progress counts pairs. */
bool reranker_scores(const Env *env, const Reranker *r, const char *const *queries, size_t count,
                     const size_t *offset, const char *const *texts, float *out, Err *err);

#endif
