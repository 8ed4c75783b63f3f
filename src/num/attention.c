#include "num/attention.h"

#include <math.h>

#include "num/gelu.h"

typedef struct Attention {
    const Workspace *w;
    const AttentionShape *s;
    const float *qkv, *c, *kept_lse, *dc;
    float *ret_c, *lse, *dqkv;
    Dropout dropout;
} Attention;

size_t attention_scratch_floats(size_t D, size_t T)
{
    return 2 * T + D;
}

static float dot(const float *x, const float *y, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

static void forward_piece(void *context, size_t piece, size_t thread)
{
    const Attention *f = context;
    const AttentionShape *s = f->s;
    size_t first = s->offset[piece / s->H], end = s->offset[piece / s->H + 1], h = piece % s->H;
    size_t T = end - first, A = s->D / s->H, stride = 3 * s->D;
    float *p = workspace_scratch(f->w, thread), scale = 1 / sqrtf((float)A);
    const float *q = f->qkv + first * stride + h * A, *k = q + s->D, *v = k + s->D;
    for (size_t i = 0; i < T; i++) {
        float most = -INFINITY, sum = 0, *c = f->ret_c + (first + i) * s->D + h * A;
        for (size_t j = 0; j < T; j++) {
            p[j] = scale * dot(q + i * stride, k + j * stride, A);
            most = fmaxf(most, p[j]);
        }
        for (size_t j = 0; j < T; j++) sum += p[j] = expf(p[j] - most);
        dropout_row(f->dropout, (first + i) * s->H + h, p, p, T);
        for (size_t a = 0; a < A; a++) c[a] = 0;
        for (size_t j = 0; j < T; j++)
            for (size_t a = 0; a < A; a++) c[a] += p[j] / sum * v[j * stride + a];
        if (f->lse) f->lse[(first + i) * s->H + h] = most + logf(sum);
    }
}

void attention_forward(const Workspace *w, const AttentionShape *s, const float *qkv,
                       Dropout dropout, float *c, float *lse)
{
    Attention f = {.w = w, .s = s, .qkv = qkv, .dropout = dropout, .ret_c = c, .lse = lse};
    pool_run(w->pool, s->B * s->H, forward_piece, &f);
}

static void backward_piece(void *context, size_t piece, size_t thread)
{
    const Attention *b = context;
    const AttentionShape *s = b->s;
    size_t first = s->offset[piece / s->H], end = s->offset[piece / s->H + 1], h = piece % s->H;
    size_t T = end - first, A = s->D / s->H, D = s->D, stride = 3 * D;
    float *p = workspace_scratch(b->w, thread), *dp = p + T, scale = 1 / sqrtf((float)A);
    const float *q = b->qkv + first * stride + h * A, *k = q + D, *v = k + D;
    float *dq = b->dqkv + first * stride + h * A, *dk = dq + D, *dv = dk + D;
    for (size_t j = 0; j < T; j++)
        for (size_t a = 0; a < A; a++)
            dq[j * stride + a] = dk[j * stride + a] = dv[j * stride + a] = 0;
    for (size_t i = 0; i < T; i++) {
        size_t row = (first + i) * s->H + h;
        const float *dc = b->dc + (first + i) * D + h * A, *c = b->c + (first + i) * D + h * A;
        float delta = dot(dc, c, A);
        for (size_t j = 0; j < T; j++) {
            p[j] = expf(scale * dot(q + i * stride, k + j * stride, A) - b->kept_lse[row]);
            dp[j] = dot(dc, v + j * stride, A);
        }
        dropout_row(b->dropout, row, dp, dp, T);
        for (size_t j = 0; j < T; j++) {
            float ds = scale * p[j] * (dp[j] - delta);
            for (size_t a = 0; a < A; a++) {
                dq[i * stride + a] += ds * k[j * stride + a];
                dk[j * stride + a] += ds * q[i * stride + a];
            }
        }
        dropout_row(b->dropout, row, p, p, T);
        for (size_t j = 0; j < T; j++)
            for (size_t a = 0; a < A; a++) dv[j * stride + a] += p[j] * dc[a];
    }
}

void attention_backward(const Workspace *w, const AttentionShape *s, const float *qkv,
                        const float *c, const float *lse, const float *dc, Dropout dropout,
                        float *dqkv)
{
    Attention b = {.w = w,
                   .s = s,
                   .qkv = qkv,
                   .c = c,
                   .kept_lse = lse,
                   .dc = dc,
                   .dropout = dropout,
                   .dqkv = dqkv};
    pool_run(w->pool, s->B * s->H, backward_piece, &b);
}
