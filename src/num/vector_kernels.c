#include "num/vector_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET_AVX2 __attribute__((target("avx2,fma")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx2,fma")))
#endif

#define BODY static inline __attribute__((always_inline))

/* Independent partial sums hide the latency of an add; a loop over an array of them is what the
 * compiler turns into vector registers without being allowed to reorder a sum. */
#define PARTS 16

BODY void axpy_body(float a, const float *x, float *restrict y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

BODY void scale_body(float a, const float *x, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = a * x[i];
}

BODY bool finite_body(const float *x, size_t n)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return bad == 0;
}

BODY double square_body(const float *x, size_t n)
{
    double part[PARTS] = {0};
    size_t i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (size_t j = 0; j < PARTS; j++) part[j] += (double)x[i + j] * (double)x[i + j];
    for (size_t j = 0; i < n; i++, j++) part[j] += (double)x[i] * (double)x[i];
    for (size_t half = PARTS / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++) part[j] += part[j + half];
    return part[0];
}

static float dot_plain(const float *x, const float *y, size_t n)
{
    float part[PARTS] = {0};
    size_t i = 0;
    for (; i + PARTS <= n; i += PARTS)
        for (size_t j = 0; j < PARTS; j++) part[j] += x[i + j] * y[i + j];
    for (size_t j = 0; i < n; i++, j++) part[j] += x[i] * y[i];
    for (size_t half = PARTS / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++) part[j] += part[j + half];
    return part[0];
}

static void axpy_plain(float a, const float *x, float *y, size_t n)
{
    axpy_body(a, x, y, n);
}

static double square_plain(const float *x, size_t n)
{
    return square_body(x, n);
}

static bool finite_plain(const float *x, size_t n)
{
    return finite_body(x, n);
}

static void scale_plain(float a, const float *x, float *y, size_t n)
{
    scale_body(a, x, y, n);
}

BODY void gather_body(const uint32_t *column, const float *value, size_t count, const float *x,
                      size_t stride, float *y, size_t width)
{
    memset(y, 0, width * sizeof *y);
    for (size_t e = 0; e < count; e++) axpy_body(value[e], x + column[e] * stride, y, width);
}

static void gather_plain(const uint32_t *column, const float *value, size_t count, const float *x,
                         size_t stride, float *y, size_t width)
{
    gather_body(column, value, count, x, stride, y, width);
}

#if defined(__x86_64__)

/* The rows that a sparse row points to are far apart: ask for them this many entries ahead. */
#define AHEAD 16

TARGET_AVX2 static float dot_avx2(const float *x, const float *y, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 8), _mm256_loadu_ps(y + i + 8), s1);
        s2 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 16), _mm256_loadu_ps(y + i + 16), s2);
        s3 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i + 24), _mm256_loadu_ps(y + i + 24), s3);
    }
    for (; i + 8 <= n; i += 8)
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i), s0);
    s0 = _mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3));
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(s0), _mm256_extractf128_ps(s0, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    float sum = _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
    for (; i < n; i++) sum += x[i] * y[i];
    return sum;
}

TARGET_AVX2 static void axpy_avx2(float a, const float *x, float *y, size_t n)
{
    axpy_body(a, x, y, n);
}

TARGET_AVX2 static double square_avx2(const float *x, size_t n)
{
    return square_body(x, n);
}

TARGET_AVX2 static bool finite_avx2(const float *x, size_t n)
{
    return finite_body(x, n);
}

TARGET_AVX2 static void scale_avx2(float a, const float *x, float *y, size_t n)
{
    scale_body(a, x, y, n);
}

TARGET_AVX2 static void gather_avx2(const uint32_t *column, const float *value, size_t count,
                                    const float *x, size_t stride, float *y, size_t width)
{
    if (width != VECTOR_SLICE) {
        gather_body(column, value, count, x, stride, y, width);
        return;
    }
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t e = 0; e < count; e++) {
        if (e + AHEAD < count) {
            const float *next = x + column[e + AHEAD] * stride;
            _mm_prefetch((const char *)next, _MM_HINT_T0);
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T0);
        }
        const float *row = x + column[e] * stride;
        __m256 v = _mm256_set1_ps(value[e]);
        s0 = _mm256_fmadd_ps(v, _mm256_loadu_ps(row), s0);
        s1 = _mm256_fmadd_ps(v, _mm256_loadu_ps(row + 8), s1);
        s2 = _mm256_fmadd_ps(v, _mm256_loadu_ps(row + 16), s2);
        s3 = _mm256_fmadd_ps(v, _mm256_loadu_ps(row + 24), s3);
    }
    _mm256_storeu_ps(y, s0);
    _mm256_storeu_ps(y + 8, s1);
    _mm256_storeu_ps(y + 16, s2);
    _mm256_storeu_ps(y + 24, s3);
}

TARGET_AVX512 static float dot_avx512(const float *x, const float *y, size_t n)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(x + i), _mm512_loadu_ps(y + i), s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(y + i + 16), s1);
        s2 = _mm512_fmadd_ps(_mm512_loadu_ps(x + i + 32), _mm512_loadu_ps(y + i + 32), s2);
        s3 = _mm512_fmadd_ps(_mm512_loadu_ps(x + i + 48), _mm512_loadu_ps(y + i + 48), s3);
    }
    for (; i < n; i += 16) {
        __mmask16 mask = n - i >= 16 ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
        s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, x + i), _mm512_maskz_loadu_ps(mask, y + i),
                             s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

TARGET_AVX512 static void axpy_avx512(float a, const float *x, float *y, size_t n)
{
    __m512 va = _mm512_set1_ps(a);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 mask = n - i >= 16 ? 0xffff : (__mmask16)((1u << (n - i)) - 1);
        __m512 sum = _mm512_fmadd_ps(va, _mm512_maskz_loadu_ps(mask, x + i),
                                     _mm512_maskz_loadu_ps(mask, y + i));
        _mm512_mask_storeu_ps(y + i, mask, sum);
    }
}

TARGET_AVX512 static void gather_avx512(const uint32_t *column, const float *value, size_t count,
                                        const float *x, size_t stride, float *y, size_t width)
{
    if (width != VECTOR_SLICE) {
        gather_body(column, value, count, x, stride, y, width);
        return;
    }
    __m512 s0 = _mm512_setzero_ps(), s1 = s0;
    for (size_t e = 0; e < count; e++) {
        if (e + AHEAD < count) {
            const float *next = x + column[e + AHEAD] * stride;
            _mm_prefetch((const char *)next, _MM_HINT_T0);
            _mm_prefetch((const char *)(next + 16), _MM_HINT_T0);
        }
        const float *row = x + column[e] * stride;
        __m512 v = _mm512_set1_ps(value[e]);
        s0 = _mm512_fmadd_ps(v, _mm512_loadu_ps(row), s0);
        s1 = _mm512_fmadd_ps(v, _mm512_loadu_ps(row + 16), s1);
    }
    _mm512_storeu_ps(y, s0);
    _mm512_storeu_ps(y + 16, s1);
}

#endif

const VectorKernels VECTOR_KERNELS[VECTOR_LEVELS] = {
#if defined(__x86_64__)
    {"avx512", dot_avx512, axpy_avx512, square_avx2, finite_avx2, scale_avx2, gather_avx512},
    {"avx2", dot_avx2, axpy_avx2, square_avx2, finite_avx2, scale_avx2, gather_avx2},
#endif
    {"plain", dot_plain, axpy_plain, square_plain, finite_plain, scale_plain, gather_plain},
};

bool vector_usable(const VectorKernels *kernels)
{
#if defined(__x86_64__)
    if (kernels == &VECTOR_KERNELS[0]) return __builtin_cpu_supports("avx512f") != 0;
    if (kernels == &VECTOR_KERNELS[1])
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels->name != NULL;
}

const VectorKernels *vector_kernels(void)
{
    const VectorKernels *kernels = VECTOR_KERNELS;
    while (!vector_usable(kernels)) kernels++;
    return kernels;
}
