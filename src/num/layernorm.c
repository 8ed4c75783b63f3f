#include "num/layernorm.h"

#include <math.h>

#define PIECE_ROWS 16

typedef struct Forward {
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
        const float *residual = f->residual ? f->residual + n * f->D : NULL;
        float *y = f->y + n * f->D, mean = 0, variance = 0;
        dropout_row(f->dropout, n, f->x + n * f->D, y, f->D);
        for (size_t i = 0; i < f->D; i++) mean += y[i] += residual ? residual[i] : 0;
        mean /= (float)f->D;
        for (size_t i = 0; i < f->D; i++) variance += (y[i] - mean) * (y[i] - mean);
        float rstd = 1 / sqrtf(variance / (float)f->D + f->eps);
        if (f->rstd) f->rstd[n] = rstd;
        for (size_t i = 0; i < f->D; i++) {
            float hat = (y[i] - mean) * rstd;
            if (f->hat) f->hat[n * f->D + i] = hat;
            y[i] = hat * f->gamma[i] + f->beta[i];
        }
    }
}

void layernorm_forward(const Workspace *w, const float *x, const float *residual, Dropout dropout,
                       const float *gamma, const float *beta, float eps, float *y, float *hat,
                       float *rstd, size_t N, size_t D)
{
    Forward f = {x, residual, gamma, beta, dropout, eps, y, hat, rstd, D};
    pool_range(w->pool, N, PIECE_ROWS, forward_rows, &f);
}

void layernorm_backward(const Workspace *w, const float *dy, const float *hat, const float *rstd,
                        const float *gamma, Dropout dropout, float *ds, float *dx, float *dgamma,
                        float *dbeta, size_t N, size_t D)
{
    (void)w;
    for (size_t n = 0; n < N; n++) {
        const float *g = dy + n * D, *h = hat + n * D;
        float mean = 0, slope = 0;
        for (size_t i = 0; i < D; i++) {
            mean += g[i] * gamma[i];
            slope += g[i] * gamma[i] * h[i];
            if (dgamma) dgamma[i] += g[i] * h[i];
            if (dgamma) dbeta[i] += g[i];
        }
        for (size_t i = 0; i < D; i++)
            ds[n * D + i] = rstd[n] * (g[i] * gamma[i] - (mean + h[i] * slope) / (float)D);
        if (dx) dropout_row(dropout, n, ds + n * D, dx + n * D, D);
    }
}
