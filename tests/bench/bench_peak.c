/* The multiply-add peak in registers: what no product can pass. */
#include <immintrin.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "bench.h"

#define THREADS_MAX 64

typedef double PeakKernel(long rounds);

/* Twelve independent chains hide the latency of the multiply-add. Returns floating-point
 * operations. */
__attribute__((target("avx2,fma"))) static double peak_avx2(long rounds)
{
    __m256 a[12], x = _mm256_set1_ps(1.0000001f), y = _mm256_set1_ps(1e-9f);
    for (int i = 0; i < 12; i++) a[i] = _mm256_set1_ps((float)i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < 12; i++) a[i] = _mm256_fmadd_ps(a[i], x, y);
    }
    volatile float sink = 0;
    for (int i = 0; i < 12; i++) sink += a[i][0];
    return 12.0 * 8 * 2 * (double)rounds;
}

__attribute__((target("avx512f"))) static double peak_avx512(long rounds)
{
    __m512 a[12], x = _mm512_set1_ps(1.0000001f), y = _mm512_set1_ps(1e-9f);
    for (int i = 0; i < 12; i++) a[i] = _mm512_set1_ps((float)i);
    for (long r = 0; r < rounds; r++) {
        for (int i = 0; i < 12; i++) a[i] = _mm512_fmadd_ps(a[i], x, y);
    }
    volatile float sink = 0;
    for (int i = 0; i < 12; i++) sink += a[i][0];
    return 12.0 * 16 * 2 * (double)rounds;
}

typedef struct PeakWork {
    PeakKernel *kernel;
    long rounds;
    double operations[THREADS_MAX];
} PeakWork;

static void peak_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    PeakWork *w = context;
    w->operations[piece] = w->kernel(w->rounds);
}

double bench_clock_s(const Pool *pool)
{
    if (pool_threads(pool) > 1) return clock_s();
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_peak(Pool *pool, const char *level, long rounds)
{
    PeakWork w = {.kernel = strcmp(level, "avx512") == 0 ? peak_avx512 : peak_avx2,
                  .rounds = rounds};
    size_t threads = pool_threads(pool);
    if (threads > THREADS_MAX) threads = THREADS_MAX;
    double start = bench_clock_s(pool), sum = 0;
    pool_run(pool, threads, peak_piece, &w);
    double seconds = bench_clock_s(pool) - start;
    for (size_t i = 0; i < threads; i++) sum += w.operations[i];
    return sum / seconds / 1e9;
}
