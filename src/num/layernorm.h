/* Layer normalisation with what stands before it in an encoder: y = LN(residual + Drop(x)).
 * Source: arXiv:1607.06450; biased variance. Letters: N rows, D hidden. */
#ifndef NUM_LAYERNORM_H
#define NUM_LAYERNORM_H

#include "num/dropout.h"
#include "num/workspace.h"

/* layernorm_forward: s = residual + Drop(x); y = (s − mean(s)) · rstd · gamma + beta.
 * x (N,D) in; residual (N,D) or NULL; dropout of row n uses stream n.
 * y (N,D) out, may be x, must not be residual; hat (N,D) out or NULL: (s − mean) · rstd, kept for
 * backward; rstd (N) out or NULL. Threads: the workspace's. */
void layernorm_forward(const Workspace *w, const float *x, const float *residual, Dropout dropout,
                       const float *gamma, const float *beta, float eps, float *y, float *hat,
                       float *rstd, size_t N, size_t D);

/* layernorm_backward: from dy (N,D): ds = gradient of s (N,D), overwritten, may be dy; dx (N,D)
 * overwritten = Drop(ds), may be ds when dropout is off, NULL: not wanted; dgamma, dbeta (D)
 * accumulate, or both NULL. hat, rstd as forward left them. Sums over rows in a fixed order, in
 * thread 0's scratch. */
void layernorm_backward(const Workspace *w, const float *dy, const float *hat, const float *rstd,
                        const float *gamma, Dropout dropout, float *ds, float *dx, float *dgamma,
                        float *dbeta, size_t N, size_t D);

size_t layernorm_scratch_floats(size_t D); /* what a thread needs, for workspace_init */

#endif
