/* Randomised truncated SVD of a sparse matrix (Halko, Martinsson, Tropp 2011, algorithms 4.4 and
 * 5.1): a random sketch with oversampling, power iterations with orthonormalisation between, exact
 * SVD of the small projection. Never forms a dense rows × columns matrix. */
#ifndef NUM_SVD_H
#define NUM_SVD_H

#include "base/progress.h"
#include "num/sparse.h"

typedef struct SvdOptions {
    size_t rank;       /* at most min(rows, columns) are found; components below 1e-6 of the largest are dropped */
    size_t oversample; /* default 32 */
    size_t power;      /* default 3 */
    uint64_t seed;
} SvdOptions;

typedef struct Svd {
    size_t rank;  /* found */
    float *u;     /* (rows, rank) left vectors; sign fixed: the entry of largest magnitude is positive */
    float *sigma; /* (rank) descending, positive */
} Svd;

void svd_release(Svd *s);

/* svd_sparse: *ret fresh, the caller's. The right vectors are Aᵀ U diag(1/sigma), which the caller
 * forms when it wants them. ERR_NUMERIC for a zero or non-finite matrix; ERR_MEMORY; ERR_CANCELLED.
 * progress gets messages only. Bit for bit the same for the same input, seed, thread count and
 * kernels. Columns of A without entries cost nothing. Up to 2048 rows the decomposition is exact
 * (eigenvectors of A Aᵀ), seed and power are not used. Peak memory: A, its transpose, and panels of
 * (rows + columns) × (rank + oversample) floats. */
bool svd_sparse(Pool *pool, const Sparse *a, const SvdOptions *options, const Cancel *cancel,
                Progress *progress, Svd *ret, Err *err);

#endif
