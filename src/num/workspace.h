/* Workspace: the threads that a computation runs on and what each of them may scribble on, so that
 * nothing is allocated inside a step. One computation at a time. */
#ifndef NUM_WORKSPACE_H
#define NUM_WORKSPACE_H

#include "base/err.h"
#include "base/pool.h"

typedef struct Workspace {
    Pool *pool;            /* borrowed; NULL: one thread */
    float *scratch;        /* (threads, scratch_floats) owned, 64-byte aligned rows */
    size_t scratch_floats; /* of one thread */
} Workspace;

/* workspace_init: scratch for every kernel of src/num whose header asks for one (gemm, attention,
 * layernorm), for hidden sizes up to D and sequences up to T tokens. ERR_MEMORY. */
bool workspace_init(Workspace *w, Pool *pool, size_t D, size_t T, Err *err);
void workspace_release(Workspace *w); /* a zeroed one too */
size_t workspace_bytes(const Workspace *w);
float *workspace_scratch(const Workspace *w, size_t thread);

#endif
