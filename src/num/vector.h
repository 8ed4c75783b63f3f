/* Kernels on rows of floats. Chosen at run time for the CPU (AVX-512, AVX2, plain). */
#ifndef NUM_VECTOR_H
#define NUM_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pool.h"

const char *vector_level(void); /* the set in use: "avx512", "avx2" or "plain" */

float vector_dot(const float *x, const float *y, size_t n);
void vector_axpy(float a, const float *x, float *y, size_t n); /* y += a·x */
double vector_norm(const float *x, size_t n);
bool vector_finite(const float *x, size_t n); /* no NaN, no infinity */

/* normalize_forward: y[n,:] = x[n,:] / max(|x[n,:]|, 1e-12).
 * x in (N,D); y out (N,D), may be x; norm out (N) or NULL. A zero row stays zero. */
void normalize_forward(Pool *pool, const float *x, float *y, float *norm, size_t N, size_t D);

/* normalize_backward: dx[n,:] (accumulates) += (dy[n,:] − y[n,:] (y[n,:]·dy[n,:])) / norm[n].
 * y, norm as normalize_forward left them. Rows with norm under 1e-12 get dy / 1e-12. */
void normalize_backward(const float *y, const float *norm, const float *dy, float *dx, size_t N,
                        size_t D);

#endif
