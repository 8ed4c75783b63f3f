/* Matrix products of encoders, by kernels of our own: AVX-512, AVX2 or plain C, chosen at run time.
 * The right side is packed into panels ahead of time, so that a weight matrix is packed once and
 * used for many rows; what follows a product (bias, gelu) is done while it is in the cache.
 * Row-major; leading dimensions in floats. No reduction across threads: results do not depend on
 * their number. Other matrix products of the program are num/blas.h's. */
#ifndef NUM_GEMM_H
#define NUM_GEMM_H

#include "num/gelu.h"
#include "num/workspace.h"

const char *gemm_level(void); /* the kernels in use: "avx512", "avx2", "plain" */

/* Panels of a matrix op(B) (k,n): panel j holds its columns [j·W, (j+1)·W) as (k,W) row-major, W =
 * gemm_width(), columns past n zero. */
size_t gemm_width(void);
size_t gemm_panel_floats(size_t k, size_t n);

/* gemm_pack: columns [at, at + n) of panels whose matrix has k rows := op(B), op(B) (k,n): b is
 * (k,n), or (n,k) when transpose (a linear layer's weight (out,in) is packed with transpose for
 * x·Wᵀ and without for dy·W). Columns of the last panel that nobody packs must be zeroed by the
 * caller (gemm_panel_floats of zeros first, where n is no multiple of W). */
void gemm_pack(Pool *pool, bool transpose, const float *b, size_t ldb, size_t k, size_t n,
               float *panels, size_t at);

/* What is done with a finished piece of a product; what is not wanted is NULL. In this order. */
typedef struct GemmTail {
    const float *bias; /* (n) added to every row */
    Activation activation;
    float *activated;    /* (m,n), leading dimension n: gets activation(C); C itself keeps the value
                            before it. May be C. */
    const float *before; /* (m,n), leading dimension n: C is multiplied by activation'(before),
                            after the bias */
} GemmTail;

/* gemm_panels: C = A · op(B) + beta · C, then the tail. a (m,k); panels of op(B) (k,n); c (m,n)
 * in/out, must not alias a; beta 0 or 1 (0: what was there is ignored). tail NULL: none.
 * Shares rows of C, and columns where there are few rows, over the workspace's threads. */
void gemm_panels(const Workspace *w, const float *a, size_t lda, const float *panels, float beta,
                 float *c, size_t ldc, size_t m, size_t n, size_t k, const GemmTail *tail);

/* gemm_outer: C (m,n) += Aᵀ · B over k rows: a (k,m), b (k,n): a weight's gradient from dy and x.
 * bias (m) or NULL: += the column sums of a. Shares rows of C over the threads. */
void gemm_outer(const Workspace *w, const float *a, size_t lda, const float *b, size_t ldb,
                float *c, size_t ldc, float *bias, size_t m, size_t n, size_t k);

/* What the products want of a workspace, floats a thread. */
#define GEMM_SCRATCH ((size_t)1 << 18)

#endif
