/* The kernels of encoders beside the matrix products: one thread, at the level in use and at the
 * plain one, on what one layer works with. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "bench.h"
#include "num/rows_kernels.h"

#define TRIES 15
#define TRY_S 0.01 /* a try is repeated to last about so long */
#define ALL_S 0.3  /* no more tries after */

#define ROWS 512
#define HIDDEN 384
#define COUNT ((size_t)ROWS * HIDDEN)

/* What the kernels work on. */
typedef struct Rows {
    const RowsKernels *rows;
    const GemmKernels *gemm;
    Workspace w;
    float *x, *y, *hat, *rstd, *gamma; /* (ROWS,HIDDEN) but rstd (ROWS), gamma (3,HIDDEN) */
    AttentionShape shape;
    float *qkv, *c, *lse, *dc, *dqkv;
} Rows;

typedef void RowsWork(Rows *r);

/* Of this thread's own time, since others may want the core as well. */
static double thread_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one call: the best of several tries. */
static double seconds_of(RowsWork *work, Rows *r)
{
    size_t repeats = 1;
    double best = 0, first = thread_s();
    for (int t = 0; t < TRIES && (t == 0 || thread_s() - first < ALL_S); t++) {
        double start = thread_s();
        for (size_t i = 0; i < repeats; i++) work(r);
        double each = (thread_s() - start) / (double)repeats;
        if (t == 0 || each < best) best = each;
        repeats = (size_t)(TRY_S / best) + 1;
    }
    return best;
}

static void gelu(Rows *r)
{
    r->rows->activation_forward(ACTIVATION_GELU, r->x, r->y, COUNT);
}

static void gelu_backward(Rows *r)
{
    r->rows->activation_backward(ACTIVATION_GELU, r->x, r->hat, r->y, COUNT);
}

static void exponential(Rows *r)
{
    r->rows->exp(r->x, r->y, COUNT);
}

static void dropout(Rows *r)
{
    for (size_t n = 0; n < ROWS; n++)
        r->rows->dropout(dropout_stream((Dropout){0.1f, 1}, n), r->x + n * HIDDEN,
                         r->y + n * HIDDEN, HIDDEN);
}

static void norm(Rows *r)
{
    layernorm_forward_by(r->rows, &r->w, r->x, r->hat, (Dropout){0}, r->gamma, r->gamma, 1e-12f,
                         r->y, NULL, NULL, ROWS, HIDDEN);
}

static void norm_training(Rows *r)
{
    layernorm_forward_by(r->rows, &r->w, r->x, r->dc, (Dropout){0.1f, 1}, r->gamma, r->gamma,
                         1e-12f, r->y, r->hat, r->rstd, ROWS, HIDDEN);
}

static void norm_backward(Rows *r)
{
    layernorm_backward_by(r->rows, &r->w, r->x, r->hat, r->rstd, r->gamma, (Dropout){0.1f, 1}, r->y,
                          r->dqkv, r->gamma + HIDDEN, r->gamma + 2 * HIDDEN, ROWS, HIDDEN);
}

static void attention(Rows *r)
{
    attention_forward_by((AttentionKernels){r->rows, r->gemm}, &r->w, &r->shape, r->qkv,
                         (Dropout){0}, r->c, NULL);
}

static void attention_training(Rows *r)
{
    attention_forward_by((AttentionKernels){r->rows, r->gemm}, &r->w, &r->shape, r->qkv,
                         (Dropout){0.1f, 1}, r->c, r->lse);
}

static void attention_back(Rows *r)
{
    attention_backward_by((AttentionKernels){r->rows, r->gemm}, &r->w, &r->shape, r->qkv, r->c,
                          r->lse, r->dc, (Dropout){0.1f, 1}, r->dqkv);
}

static float *values(size_t n)
{
    float *x = mem_alloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)((int)(i * 2654435761u >> 20 & 1023) - 512) / 256;
    return x;
}

/* The level in use, and the seconds of the plain one beside it. */
static double both(RowsWork *work, Rows *r, double *ret_plain)
{
    r->rows = ROWS_KERNELS[ROWS_LEVELS - 1];
    r->gemm = &GEMM_KERNELS[GEMM_LEVELS - 1];
    *ret_plain = seconds_of(work, r);
    r->rows = rows_kernels();
    r->gemm = gemm_kernels();
    return seconds_of(work, r);
}

static void elements(Bench *b, Rows *r)
{
    static const struct {
        const char *what;
        RowsWork *work;
        double target_ns;
    } KERNELS[] = {
        {"gelu", gelu, 0.6},
        {"gelu backward", gelu_backward, 1.0},
        {"exp", exponential, 0.4},
        {"dropout", dropout, 0.4},
        {"layer norm of a sum", norm, 0.5},
        {"layer norm of a sum with dropout", norm_training, 0.8},
        {"layer norm with dropout backward", norm_backward, 1.0},
    };
    for (size_t i = 0; i < sizeof KERNELS / sizeof *KERNELS; i++) {
        double plain, seconds = both(KERNELS[i].work, r, &plain), scale = 1e9 / COUNT;
        char what[128];
        snprintf(what, sizeof what, "%s, one element (plain %.2f)", KERNELS[i].what, plain * scale);
        bench_row(b, what, seconds * scale, "ns", false, KERNELS[i].target_ns);
    }
}

static void attention_row(Bench *b, Rows *r, RowsWork *work, const char *what, double operations,
                          double target)
{
    double plain, seconds = both(work, r, &plain);
    char text[128];
    snprintf(text, sizeof text, "attention %s, %u tokens, hidden %zu (plain %.1f)", what,
             r->shape.offset[1], r->shape.D, operations / plain / 1e9);
    bench_row(b, text, operations / seconds / 1e9, "GF/s", true, target);
}

#define TOKENS 1024

static void attention_rows(Bench *b, Rows *r, size_t hidden, size_t heads)
{
    static const struct {
        uint32_t T;
        double forward, backward;
    } LENGTHS[] = {{16, 20, 18}, {64, 40, 40}, {256, 55, 55}, {1024, 60, 60}};
    uint32_t offset[TOKENS / 16 + 1];
    r->qkv = values(TOKENS * 3 * hidden);
    r->dc = values(TOKENS * hidden);
    r->dqkv = values(TOKENS * 3 * hidden);
    r->c = values(TOKENS * hidden);
    r->lse = values(TOKENS * heads);
    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        uint32_t T = LENGTHS[i].T;
        r->shape = (AttentionShape){TOKENS / T, offset, hidden, heads};
        for (uint32_t s = 0; s <= TOKENS / T; s++) offset[s] = s * T;
        double product = 2.0 * TOKENS * T * (double)hidden;
        attention_row(b, r, attention, "forward", 2 * product, LENGTHS[i].forward);
        attention_row(b, r, attention_training, "forward with dropout", 2 * product,
                      LENGTHS[i].forward * 0.75);
        attention_row(b, r, attention_back, "backward", 5 * product, LENGTHS[i].backward);
    }
    free(r->qkv);
    free(r->dc);
    free(r->dqkv);
    free(r->c);
    free(r->lse);
}

void bench_rows(Bench *b)
{
    Err err;
    Rows r = {0};
    if (!workspace_init(&r.w, NULL, 1024, 1024, &err)) exit(1);
    r.x = values(COUNT);
    r.y = values(COUNT);
    r.hat = values(COUNT);
    r.rstd = values(ROWS);
    r.gamma = values(3 * HIDDEN);
    r.dc = values(COUNT);
    r.dqkv = values(COUNT);
    bench_say("kernels of encoders, one thread, %s", rows_kernels()->name);
    elements(b, &r);
    free(r.dc);
    free(r.dqkv);
    attention_rows(b, &r, 384, 12);
    attention_rows(b, &r, 1024, 16);
    free(r.x);
    free(r.y);
    free(r.hat);
    free(r.rstd);
    free(r.gamma);
    workspace_release(&r.w);
}
