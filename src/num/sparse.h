/* Sparse matrices in compressed rows, and their products with dense ones. */
#ifndef NUM_SPARSE_H
#define NUM_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/pool.h"

typedef struct Sparse {
    size_t rows, columns;
    size_t *offset;   /* (rows + 1) */
    uint32_t *column; /* (offset[rows]), ascending within a row */
    float *value;
} Sparse;

void sparse_release(Sparse *a);

/* sparse_transpose: *ret is fresh, the caller's. Entries of a row of the result are in ascending
 * order. */
bool sparse_transpose(const Sparse *a, Sparse *ret, Err *err);

/* sparse_multiply: y = A · x.  x in (columns, D), y out (rows, D) overwritten. Rows of y over the
 * pool; each sum is
 * in the order of the row's entries, so the result does not depend on the threads. */
void sparse_multiply(Pool *pool, const Sparse *a, const float *x, float *y, size_t D);

#endif
