/* Panels: tall dense matrices (rows, L), row-major, and their orthonormalisation by Cholesky QR:
 * the Gram matrix in double, its pivoted Cholesky factor R, and Q = Y R⁻¹ by blocks of rows in
 * place. All the work is matrix products on the pool, and none of the results depends on the number
 * of threads. */
#ifndef NUM_PANEL_H
#define NUM_PANEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/pool.h"

/* panel_new: rows × L floats, not set, in large pages where the system has them; freed with free().
 */
float *panel_new(size_t rows, size_t L, Err *err);

/* panel_gram: gram (L,L) out = panelᵀ · panel, in double, both triangles. ERR_NUMERIC when it is
 * not finite. */
bool panel_gram(Pool *pool, const float *panel, size_t rows, size_t L, double *gram, Err *err);

/* panel_multiply: panel (rows,L) in/out = panel · op(t), op(t) (L,L) float. */
bool panel_multiply(Pool *pool, float *panel, size_t rows, size_t L, const float *t,
                    bool transpose_t, Err *err);

/* panel_orthonormalise: the columns of the panel become an orthonormal basis of what they span, in
 * another order; columns that the others span (to float precision) become zero. ret_condition (may
 * be NULL): how much longer the longest direction was than the shortest that was kept. passes 2
 * gives float precision; 1 leaves an error that grows with the condition, enough where the panel is
 * multiplied again. ERR_NUMERIC: zero or not finite. */
bool panel_orthonormalise(Pool *pool, float *panel, size_t rows, size_t L, size_t passes,
                          double *ret_condition, Err *err);

#endif
