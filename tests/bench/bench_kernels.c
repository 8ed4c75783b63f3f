/* OpenBLAS's matrix products of the program's shapes against the multiply-add peak of the same
 * cores. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench.h"
#include "num/blas.h"

#define PEAK_ROUNDS 10000000L
#define TRIES 7

static double peak(Pool *pool)
{
    double best = 0;
    for (int t = 0; t < TRIES; t++) {
        double narrow = __builtin_cpu_supports("avx2") ? bench_peak(pool, "avx2", PEAK_ROUNDS) : 0;
        double wide =
            __builtin_cpu_supports("avx512f") ? bench_peak(pool, "avx512", PEAK_ROUNDS) : 0;
        if (narrow > best) best = narrow;
        if (wide > best) best = wide;
    }
    return best;
}

typedef struct Shape {
    const char *what;
    bool transpose_a, transpose_b;
    size_t m, n, k;
    double target;
} Shape;

static const Shape SHAPES[] = {
    {"adapter forward, 64 rows", false, true, 64, 512, 512, 0.6},
    {"adapter gradient, 64 rows", true, false, 512, 512, 64, 0.6},
    {"logits of a batch, 64 × 256", false, true, 64, 256, 512, 0.6},
    {"adapter forward, 512 rows", false, true, 512, 512, 512, 0.8},
    {"search, 512 questions × 4,096 chunks", false, true, 512, 4096, 512, 0.8},
    {"search, 1,024 questions × 4,096 chunks", false, true, 1024, 4096, 512, 0.8},
    {"Gram matrix of a panel, 512 × 512, 16,384 long", true, false, 512, 512, 16384, 0.8},
    {"encoder shape, 2,048 × 384 → 1,536", false, true, 2048, 1536, 384, 0.8},
};

static double measure_gemm(Pool *pool, const Shape *s)
{
    Err err;
    float *a = mem_tensor(s->m, s->k, "a", &err), *b = mem_tensor(s->n, s->k, "b", &err),
          *c = mem_tensor(s->m, s->n, "c", &err);
    if (!a || !b || !c) exit(1);
    for (size_t i = 0; i < s->m * s->k; i++) a[i] = (float)(i % 17) * 0.01f;
    for (size_t i = 0; i < s->n * s->k; i++) b[i] = (float)(i % 13) * 0.01f;
    double operations = 2.0 * (double)s->m * (double)s->n * (double)s->k, best = 0;
    size_t repeats = (size_t)(4e9 / operations) + 1;
    for (int t = 0; t < TRIES; t++) {
        double start = clock_s();
        for (size_t r = 0; r < repeats; r++) {
            gemm(pool, s->transpose_a, s->transpose_b, s->m, s->n, s->k, 1, a,
                 s->transpose_a ? s->m : s->k, b, s->transpose_b ? s->k : s->n, 0, c, s->n);
        }
        double rate = operations * (double)repeats / (clock_s() - start) / 1e9;
        if (rate > best) best = rate;
    }
    free(a);
    free(b);
    free(c);
    return best;
}

void bench_kernels(Bench *b)
{
    Pool *pool = pool_new(0);
    double top = peak(pool);
    bench_say("multiply-add peak in registers, %zu threads: %.0f GFLOP/s", pool_threads(pool), top);
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++) {
        double rate = measure_gemm(pool, &SHAPES[i]);
        char what[128];
        snprintf(what, sizeof what, "%s: share of the peak (%.0f GFLOP/s)", SHAPES[i].what, rate);
        bench_row(b, what, rate / top, "", true, SHAPES[i].target);
    }
    pool_free(pool);
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    Cost doctor = bench_run(b, "doctor --json");
    unsetenv("OPENBLAS_CORETYPE");
    bench_say("doctor with OPENBLAS_CORETYPE=Prescott: %s",
              strstr(str_get(&doctor.out), "chosen by hone") ? "noticed and mended" : "NOT mended");
    cost_release(&doctor);
}
