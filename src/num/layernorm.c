#include "num/layernorm.h"

#include <string.h>

#include "num/rows_kernels.h"
#include "num/vector.h"

/* Rows that a thread takes at a time. */
#define PIECE_ROWS 16

/* The sums over rows are taken in this many blocks at most, each in its own part of the scratch,
 * and then added in order: neither depends on the number of threads. */
#define BLOCKS ((size_t)32)

size_t layernorm_scratch_floats(size_t D)
{
    return BLOCKS * 2 * D;
}

typedef struct Forward {
    const RowsKernels *kernels;
    const float *x, *residual, *gamma, *beta;
    Dropout dropout;
    float eps;
    float *y, *hat, *rstd;
    size_t D;
} Forward;

static void forward_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Forward *f = context;
    for (size_t n = first; n < end; n++) {
        size_t at = n * f->D;
        float rstd = f->kernels->layernorm_forward(
            f->x + at, f->residual ? f->residual + at : NULL, dropout_stream(f->dropout, n),
            f->gamma, f->beta, f->eps, f->y + at, f->hat ? f->hat + at : NULL, f->D);
        if (f->rstd) f->rstd[n] = rstd;
    }
}

void layernorm_forward_by(const RowsKernels *kernels, const Workspace *w, const float *x,
                          const float *residual, Dropout dropout, const float *gamma,
                          const float *beta, float eps, float *y, float *hat, float *rstd, size_t N,
                          size_t D)
{
    Forward f = {kernels, x, residual, gamma, beta, dropout, eps, y, hat, rstd, D};
    pool_range(w->pool, N, PIECE_ROWS, forward_rows, &f);
}

typedef struct Backward {
    const RowsKernels *kernels;
    const float *dy, *hat, *rstd, *gamma;
    Dropout dropout;
    float *ds, *dx;
    float *sums; /* (blocks,2,D) or NULL */
    size_t block_rows, N, D;
} Backward;

static void backward_block(void *context, size_t block, size_t thread)
{
    (void)thread;
    const Backward *b = context;
    size_t D = b->D, first = block * b->block_rows, end = first + b->block_rows;
    float *dgamma = b->sums ? b->sums + block * 2 * D : NULL, *dbeta = dgamma ? dgamma + D : NULL;
    if (dgamma) memset(dgamma, 0, 2 * D * sizeof *dgamma);
    for (size_t n = first; n < end && n < b->N; n++)
        b->kernels->layernorm_backward(b->dy + n * D, b->hat + n * D, b->rstd[n], b->gamma,
                                       dropout_stream(b->dropout, n), b->ds + n * D,
                                       b->dx ? b->dx + n * D : NULL, dgamma, dbeta, D);
}

void layernorm_backward_by(const RowsKernels *kernels, const Workspace *w, const float *dy,
                           const float *hat, const float *rstd, const float *gamma, Dropout dropout,
                           float *ds, float *dx, float *dgamma, float *dbeta, size_t N, size_t D)
{
    size_t rows = (N + BLOCKS - 1) / BLOCKS;
    if (rows < PIECE_ROWS) rows = PIECE_ROWS;
    size_t blocks = (N + rows - 1) / rows;
    float *sums = dgamma ? workspace_scratch(w, 0) : NULL;
    Backward b = {kernels, dy,   hat, rstd, gamma, dropout, ds, dx == ds ? NULL : dx,
                  sums,    rows, N,   D};
    pool_run(w->pool, blocks, backward_block, &b);
    for (size_t block = 0; sums && block < blocks; block++) {
        vector_axpy(1, sums + block * 2 * D, dgamma, D);
        vector_axpy(1, sums + block * 2 * D + D, dbeta, D);
    }
}

void layernorm_forward(const Workspace *w, const float *x, const float *residual, Dropout dropout,
                       const float *gamma, const float *beta, float eps, float *y, float *hat,
                       float *rstd, size_t N, size_t D)
{
    layernorm_forward_by(rows_kernels(), w, x, residual, dropout, gamma, beta, eps, y, hat, rstd, N,
                         D);
}

void layernorm_backward(const Workspace *w, const float *dy, const float *hat, const float *rstd,
                        const float *gamma, Dropout dropout, float *ds, float *dx, float *dgamma,
                        float *dbeta, size_t N, size_t D)
{
    layernorm_backward_by(rows_kernels(), w, dy, hat, rstd, gamma, dropout, ds, dx, dgamma, dbeta,
                          N, D);
}
