/* Dense: exact vector search. The cosine of normalised vectors is their dot product: blocks of
 * queries times blocks of the corpus, the k best of each query kept on the way, so that the whole
 * score matrix never exists.
 *
 * Letters: N corpus rows, Q queries, D dimensions. A zero vector has no direction: as a query it
 * finds nothing, as a corpus row it is never found. Scores do not depend on threads or blocks:
 * those of what is found are computed again one by one, by the kernel that dense_scores uses.
 * Immutable; may be searched by several threads. */
#ifndef RETRIEVE_DENSE_H
#define RETRIEVE_DENSE_H

#include "base/cancel.h"
#include "base/err.h"
#include "base/pool.h"
#include "num/topk.h"

typedef struct Dense {
    size_t rows, dims;
    const float *vectors; /* (N,D) borrowed */
    uint32_t *zero;       /* the zero rows, ascending */
    size_t zero_count;
} Dense;

/* dense_init: vectors (rows, dims) stay the caller's and must not change. ERR_NUMERIC names the row
 * that is not finite. */
bool dense_init(Dense *d, const float *vectors, size_t rows, size_t dims, Err *err);
void dense_release(Dense *d);

/* dense_search: the k best rows of each query, by score descending, ties by row.
 * queries  in (Q,D)
 * hits     out (Q,k): those of query i from hits[i·k] on;  found out (Q): how many
 * ERR_NUMERIC: a query is not finite; ERR_MEMORY; ERR_CANCELLED. Outputs hold anything on failure. */
bool dense_search(Pool *pool, const Dense *d, const float *queries, size_t count, size_t k, const Cancel *cancel,
                  Hit *hits, size_t *found, Err *err);

/* dense_scores: out[j] = query i · corpus row rows[j], for j of [offset[i], offset[i+1]).
 * ERR_NUMERIC: a query is not finite. */
bool dense_scores(Pool *pool, const Dense *d, const float *queries, size_t count, const size_t *offset,
                  const uint32_t *rows, float *out, Err *err);

#endif
