/* The encoders' own matrix products (num/gemm.h) against OpenBLAS and against the multiply-add peak
 * at the same level, all measured in turn: what disturbs one disturbs all. Every level that this
 * CPU has on one thread, the level in use on all. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench.h"
#include "num/blas.h"
#include "num/gemm_kernels.h"

#define TRIES 9
#define PEAK_ROUNDS 1000000L
#define TRY_OPERATIONS 5e8 /* of one thread: some milliseconds */

typedef enum Kind {
    FORWARD,      /* x·Wᵀ and the bias */
    FORWARD_GELU, /* … and the activation; of OpenBLAS by a pass of its own */
    BACKWARD,     /* dx = dy·W */
    OUTER         /* dW += dyᵀ·x */
} Kind;

/* x (N,in), y (N,out). */
typedef struct Shape {
    Kind kind;
    size_t in, out;
} Shape;

static const Shape SMALL[] = {
    {FORWARD, 384, 1152},      {FORWARD, 384, 384},  {FORWARD, 384, 1536},
    {FORWARD_GELU, 384, 1536}, {FORWARD, 1536, 384}, {BACKWARD, 384, 1152},
    {OUTER, 384, 384},         {OUTER, 384, 1536},   {OUTER, 1536, 384}};
static const Shape LARGE[] = {{FORWARD, 768, 3072},  {FORWARD, 3072, 768},  {OUTER, 768, 3072},
                              {FORWARD, 1024, 4096}, {FORWARD, 4096, 1024}, {OUTER, 1024, 4096}};
#define LENGTH(x) (sizeof(x) / sizeof *(x))

#define MOST_ROWS 2048 /* of a small shape */
#define LARGE_ROWS 1024

typedef struct Run {
    Bench *bench;
    const GemmKernels *kernels;
    Workspace w;
    float *x, *y, *weight, *panels, *bias; /* read */
    float *z, *sums;                       /* written: products and, by OUTER, sums of y */
    double worst;                          /* against OpenBLAS */
} Run;

static float *filled(size_t n)
{
    Err err;
    float *f = mem_tensor(1, n, "bench", &err);
    if (!f) exit(1);
    for (size_t i = 0; i < n; i++) f[i] = (float)(i * 7919 % 1009) / 1009 - 0.5f;
    return f;
}

static void ours(const Run *r, const Shape *s, size_t N)
{
    size_t in = s->in, out = s->out;
    GemmTail tail = {.bias = r->bias,
                     .activation = ACTIVATION_GELU,
                     .activated = s->kind == FORWARD_GELU ? r->z : NULL};
    if (s->kind == OUTER)
        gemm_outer_by(r->kernels, &r->w, r->y, out, r->x, in, r->z, in, r->sums, out, in, N);
    else if (s->kind == BACKWARD)
        gemm_panels_by(r->kernels, &r->w, r->y, out, r->panels, 0, r->z, in, N, in, out, NULL);
    else
        gemm_panels_by(r->kernels, &r->w, r->x, in, r->panels, 0, r->z, out, N, out, in, &tail);
}

typedef struct Pass {
    float *y;
    size_t columns;
    const float *bias;
} Pass;

static void pass_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *p = context;
    for (size_t i = first; i < end; i++) {
        float *y = p->y + i * p->columns;
        for (size_t j = 0; j < p->columns; j++) y[j] += p->bias[j];
        activation_forward(ACTIVATION_GELU, y, y, p->columns);
    }
}

static void openblas(const Run *r, const Shape *s, size_t N)
{
    size_t in = s->in, out = s->out;
    Pool *pool = r->w.pool;
    if (s->kind == OUTER)
        gemm(pool, true, false, out, in, N, 1, r->y, out, r->x, in, 1, r->z, in);
    else if (s->kind == BACKWARD)
        gemm(pool, false, false, N, in, out, 1, r->y, out, r->weight, in, 0, r->z, in);
    else
        gemm(pool, false, true, N, out, in, 1, r->x, in, r->weight, in, 0, r->z, out);
    Pass pass = {r->z, out, r->bias};
    if (s->kind == FORWARD_GELU) pool_range(pool, N, 16, pass_rows, &pass);
}

/* GFLOP/s of some calls. */
static double rate(void (*product)(const Run *, const Shape *, size_t), const Run *r,
                   const Shape *s, size_t N)
{
    double operations = 2 * (double)N * (double)s->in * (double)s->out;
    double wanted = TRY_OPERATIONS * (double)pool_threads(r->w.pool) / operations;
    size_t repeats = (size_t)wanted + 1;
    double start = bench_clock_s(r->w.pool);
    for (size_t i = 0; i < repeats; i++) product(r, s, N);
    return operations * (double)repeats / (bench_clock_s(r->w.pool) - start) / 1e9;
}

static double target_of(Kind kind, size_t N)
{
    if (N < 256) return 0.6;
    return kind == FORWARD ? 0.9 : 0.85;
}

static void measure(Run *r, const Shape *s, size_t N)
{
    static const char *const NAMES[] = {[FORWARD] = "%zu × %zu → %zu",
                                        [FORWARD_GELU] = "%zu × %zu → %zu, gelu",
                                        [BACKWARD] = "%zu × %zu → %zu, dx",
                                        [OUTER] = "%zu × %zu → %zu, dW"};
    double best = 0, other = 0, peak = 0;
    gemm_pack_by(r->kernels, NULL, s->kind != BACKWARD, r->weight, s->in,
                 s->kind == BACKWARD ? s->out : s->in, s->kind == BACKWARD ? s->in : s->out,
                 r->panels, 0);
    for (int t = 0; t < TRIES; t++) {
        peak = fmax(peak, bench_peak(r->w.pool, r->kernels->name, PEAK_ROUNDS));
        best = fmax(best, rate(ours, r, s, N));
        other = fmax(other, rate(openblas, r, s, N));
    }
    char shape[64], what[128];
    snprintf(shape, sizeof shape, NAMES[s->kind], N, s->in, s->out);
    snprintf(what, sizeof what, "%s ×%zu, %s: of the peak (%.0f; %.2f OpenBLAS)", r->kernels->name,
             pool_threads(r->w.pool), shape, best, best / other);
    bench_row(r->bench, what, best / peak, "", true, target_of(s->kind, N));
    r->worst = fmin(r->worst, best / other);
}

static void measure_all(Run *r)
{
    static const size_t ROWS[] = {16, 256, MOST_ROWS};
    r->worst = INFINITY;
    for (size_t n = 0; n < LENGTH(ROWS); n++)
        for (size_t i = 0; i < LENGTH(SMALL); i++) measure(r, &SMALL[i], ROWS[n]);
    for (size_t i = 0; i < LENGTH(LARGE); i++) measure(r, &LARGE[i], LARGE_ROWS);
    char what[128];
    snprintf(what, sizeof what, "%s ×%zu: the least of them against OpenBLAS", r->kernels->name,
             pool_threads(r->w.pool));
    bench_row(r->bench, what, r->worst, "", true, 1);
}

static void measure_threads(Run *r, size_t threads)
{
    Err err;
    Pool *pool = pool_new(threads);
    if (!workspace_init(&r->w, pool, 1024, 512, &err)) exit(1);
    measure_all(r);
    workspace_release(&r->w);
    pool_free(pool);
}

void bench_gemm(Bench *b)
{
    size_t most = (size_t)LARGE_ROWS * 4096, weights = (size_t)4096 * 1024;
    Run r = {.bench = b,
             .x = filled(most),
             .y = filled(most),
             .weight = filled(weights),
             .panels = filled(weights + 4096 * GEMM_WIDTH_MAX),
             .bias = filled(4096),
             .z = filled(most),
             .sums = filled(4096)};
    for (size_t level = 0; level < GEMM_LEVELS; level++) {
        r.kernels = &GEMM_KERNELS[level];
        if (!gemm_usable(r.kernels) || strcmp(r.kernels->name, "plain") == 0) continue;
        measure_threads(&r, 1);
        if (r.kernels == gemm_kernels() && pool_cores() > 1) measure_threads(&r, pool_cores());
    }
    free(r.x);
    free(r.y);
    free(r.weight);
    free(r.panels);
    free(r.bias);
    free(r.z);
    free(r.sums);
}
