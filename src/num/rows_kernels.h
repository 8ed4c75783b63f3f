/* The sets of kernels behind gelu.h, dropout.h, layernorm.h and attention.h, one for each level of
 * the CPU (as num/vector_kernels.h): one body over vectors of 16, 8 or 1 lanes (rows_body.h); and
 * those headers' functions for a given set, so that tests and the bench reach every one. */
#ifndef NUM_ROWS_KERNELS_H
#define NUM_ROWS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num/attention.h"
#include "num/dropout.h"
#include "num/gelu.h"
#include "num/gemm_kernels.h"
#include "num/layernorm.h"

/* What decides about the elements of one row: 16 bits of a hash of a, b and the element's number
 * against the threshold. */
#define DROPOUT_KEEP_ALL 65536u
typedef struct DropoutStream {
    uint32_t a, b;
    uint32_t threshold; /* kept: bits below it; DROPOUT_KEEP_ALL: no dropout */
    float scale;        /* of what is kept: 65536 / threshold */
} DropoutStream;

DropoutStream dropout_stream(Dropout d, uint64_t row);

/* An element's bits are one half of a hash that it shares with the one DROPOUT_HALF before or after
 * it, in blocks of two halves. */
#define DROPOUT_HALF ((size_t)16)
#define DROPOUT_BLOCK (2 * DROPOUT_HALF)

typedef struct RowsKernels {
    const char *name; /* "avx512", "avx2", "plain" */
    void (*activation_forward)(Activation f, const float *x, float *y, size_t n);
    void (*activation_backward)(Activation f, const float *x, const float *dy, float *dx, size_t n);
    void (*exp)(const float *x, float *y, size_t n);
    void (*dropout)(DropoutStream d, const float *x, float *y, size_t n);

    /* One row of layernorm.h's functions. Forward returns rstd; backward accumulates dgamma and
     * dbeta. */
    float (*layernorm_forward)(const float *x, const float *residual, DropoutStream d,
                               const float *gamma, const float *beta, float eps, float *y,
                               float *hat, size_t D);
    void (*layernorm_backward)(const float *dy, const float *hat, float rstd, const float *gamma,
                               DropoutStream d, float *ds, float *dx, float *dgamma, float *dbeta,
                               size_t D);

    /* Parts of rows of S (attention.h). `first`: the column of x[0], a multiple of DROPOUT_BLOCK.
     * x, dp have room up to the next multiple of DROPOUT_BLOCK, which is written. */
    float (*most)(const float *x, size_t n, float start); /* max(start, x) */
    /* x = exp(scale · x − shift), its sum returned; then 0 where dropped (not scaled) */
    float (*softmax)(float *x, float scale, float shift, DropoutStream d, size_t first, size_t n);
    /* p = exp(scale · x − shift), x = p kept or 0, dp = p · scale · (dp kept or 0 − delta) */
    void (*softmax_backward)(float *x, float *dp, float scale, float shift, float delta,
                             DropoutStream d, size_t first, size_t n);
} RowsKernels;

#define ROWS_LEVELS 3
extern const RowsKernels ROWS_AVX512, ROWS_AVX2, ROWS_PLAIN; /* name NULL: not built */
extern const RowsKernels *const ROWS_KERNELS[ROWS_LEVELS];   /* the fastest first */

bool rows_usable(const RowsKernels *kernels); /* this CPU and its system can run the set */
const RowsKernels *rows_kernels(void);        /* the first usable set */

void layernorm_forward_by(const RowsKernels *kernels, const Workspace *w, const float *x,
                          const float *residual, Dropout dropout, const float *gamma,
                          const float *beta, float eps, float *y, float *hat, float *rstd, size_t N,
                          size_t D);
void layernorm_backward_by(const RowsKernels *kernels, const Workspace *w, const float *dy,
                           const float *hat, const float *rstd, const float *gamma, Dropout dropout,
                           float *ds, float *dx, float *dgamma, float *dbeta, size_t N, size_t D);

/* The two sets that attention works with. */
typedef struct AttentionKernels {
    const RowsKernels *rows;
    const GemmKernels *gemm;
} AttentionKernels;

void attention_forward_by(AttentionKernels kernels, const Workspace *w, const AttentionShape *s,
                          const float *qkv, Dropout dropout, float *c, float *lse);
void attention_backward_by(AttentionKernels kernels, const Workspace *w, const AttentionShape *s,
                           const float *qkv, const float *c, const float *lse, const float *dc,
                           Dropout dropout, float *dqkv);

#endif
