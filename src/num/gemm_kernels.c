#include "num/gemm_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define TARGET_AVX2 __attribute__((target("avx2,fma")))
#define TARGET_AVX512 __attribute__((target("avx512f,avx2,fma")))
#endif

#define BODY static inline __attribute__((always_inline))

/* The bodies take the tile's size as constants and are unrolled whole, so that the sums become
 * registers: 14 × 2 of AVX-512's 32 and 6 × 2 of AVX2's 16, with the rest for a row of b and an
 * element of a. */
#define UNROLL _Pragma("GCC unroll 14")

/* Keeps the compiler from working out the addresses of all rows beforehand and putting them away.
 */
#define AFRESH(pointer) __asm__("" : "+r"(pointer))

/* One kernel of a level; T its target, S its suffix, R × V vectors. */
#define TILE_AS(T, NAME, S, R, V, BY_COLUMNS)                                                      \
    T static void NAME##_##S##_##R##_##V(size_t k, const float *a, size_t lda, const float *b,     \
                                         float *c, size_t ldc, size_t columns, bool add)           \
    {                                                                                              \
        tile_##S(R, V, BY_COLUMNS, k, a, lda, b, c, ldc, columns, add);                            \
    }
#define TILE(T, S, R, V) TILE_AS(T, rows, S, R, V, false) TILE_AS(T, columns, S, R, V, true)
#define TILES(T, S, R) TILE(T, S, R, 1) TILE(T, S, R, 2)
#define BY_ROWS(S, R)                                                                              \
    {                                                                                              \
        rows_##S##_##R##_1, rows_##S##_##R##_2                                                     \
    }
#define BY_COLUMNS(S, R)                                                                           \
    {                                                                                              \
        columns_##S##_##R##_1, columns_##S##_##R##_2                                               \
    }

/* The plain level: vectors of four floats, which every compiler makes of such loops. */
#define PLAIN 4

BODY void tile_plain(const int R, const int V, const bool by_columns, size_t k, const float *a,
                     size_t lda, const float *b, float *c, size_t ldc, size_t columns, bool add)
{
    float s[4][2 * PLAIN] = {0};
    for (size_t l = 0; l < k; l++)
        for (int r = 0; r < R; r++) {
            float x = by_columns ? a[l * lda + r] : a[r * lda + l];
            for (int j = 0; j < V * PLAIN; j++) s[r][j] += x * b[l * 2 * PLAIN + j];
        }
    for (int r = 0; r < R; r++)
        for (size_t j = 0; j < columns; j++)
            c[r * ldc + j] = add ? c[r * ldc + j] + s[r][j] : s[r][j];
}

TILES(, plain, 1)
TILES(, plain, 2)
TILES(, plain, 3)
TILES(, plain, 4)

static void copy_panels_plain(size_t k, size_t n, const float *from, size_t ld, float *to,
                              size_t columns, size_t width, size_t stride)
{
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j < n; j++)
            to[j / columns * stride + l * width + j % columns] = from[l * ld + j];
}

static void copy_plain(size_t k, size_t n, const float *from, size_t ld, float *to, size_t width)
{
    copy_panels_plain(k, n, from, ld, to, n, width, 0);
}

static void transpose_plain(size_t k, size_t count, const float *from, size_t ld, float *to,
                            size_t width)
{
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j < count; j++) to[l * width + j] = from[j * ld + l];
}

#if defined(__x86_64__)

/* Rows of what is copied that are asked for ahead: they are too far apart for the CPU to see it
 * coming. */
#define ROWS_AHEAD 4

/* Masked stores of this width take long on some CPUs: the last few columns go one by one. */
TARGET_AVX2 BODY void store_avx2(__m256 s, float *c, size_t columns, bool add)
{
    if (columns >= 8) {
        _mm256_storeu_ps(c, add ? _mm256_add_ps(_mm256_loadu_ps(c), s) : s);
        return;
    }
    __m128 rest = _mm256_castps256_ps128(s);
    if (columns >= 4) {
        _mm_storeu_ps(c, add ? _mm_add_ps(_mm_loadu_ps(c), rest) : rest);
        rest = _mm256_extractf128_ps(s, 1);
        c += 4;
        columns -= 4;
    }
    float x[4];
    _mm_storeu_ps(x, rest);
    for (size_t j = 0; j < columns; j++) c[j] = add ? c[j] + x[j] : x[j];
}

TARGET_AVX2 BODY void tile_avx2(const int R, const int V, const bool by_columns, size_t k,
                                const float *a, size_t lda, const float *b, float *c, size_t ldc,
                                size_t columns, bool add)
{
    __m256 s[6][2];
    UNROLL for (int r = 0; r < R; r++)
    {
        _mm_prefetch((const char *)(c + r * ldc), _MM_HINT_T0);
        UNROLL for (int v = 0; v < V; v++) s[r][v] = _mm256_setzero_ps();
    }
    for (size_t l = 0; l < k; l++, b += 16) {
        __m256 y[2];
        UNROLL for (int v = 0; v < V; v++) y[v] = _mm256_loadu_ps(b + 8 * v);
        UNROLL for (int r = 0; r < R; r++)
        {
            __m256 x = _mm256_broadcast_ss(by_columns ? &a[l * lda + r] : &a[r * lda + l]);
            UNROLL for (int v = 0; v < V; v++) s[r][v] = _mm256_fmadd_ps(x, y[v], s[r][v]);
        }
    }
    UNROLL for (int r = 0; r < R; r++, c += ldc)
    {
        AFRESH(c);
        if (V == 2) store_avx2(s[r][0], c, 8, add);
        store_avx2(s[r][V - 1], c + 8 * (V - 1), columns - 8 * (V - 1), add);
    }
}

TILES(TARGET_AVX2, avx2, 1)
TILES(TARGET_AVX2, avx2, 2)
TILES(TARGET_AVX2, avx2, 3)
TILES(TARGET_AVX2, avx2, 4)
TILES(TARGET_AVX2, avx2, 5)
TILES(TARGET_AVX2, avx2, 6)

TARGET_AVX2 BODY void copy_run_avx2(const float *from, size_t ld, float *to, size_t n)
{
    size_t j = 0;
    for (; j + 8 <= n; j += 8) {
        _mm_prefetch((const char *)(from + ROWS_AHEAD * ld + j), _MM_HINT_T0);
        _mm256_storeu_ps(to + j, _mm256_loadu_ps(from + j));
    }
    for (; j < n; j++) to[j] = from[j];
}

TARGET_AVX2 static void copy_panels_avx2(size_t k, size_t n, const float *from, size_t ld,
                                         float *to, size_t columns, size_t width, size_t stride)
{
    for (size_t l = 0; l < k; l++, from += ld, to += width) {
        float *at = to;
        size_t j = 0;
        for (; j + columns <= n; j += columns, at += stride)
            copy_run_avx2(from + j, ld, at, columns);
        if (j < n) copy_run_avx2(from + j, ld, at, n - j);
    }
}

TARGET_AVX2 static void copy_avx2(size_t k, size_t n, const float *from, size_t ld, float *to,
                                  size_t width)
{
    copy_panels_avx2(k, n, from, ld, to, n, width, 0);
}

/* Eight columns of op(b), l0 … l0 + 7. */
TARGET_AVX2 BODY void transpose_8x8(const float *from, size_t ld, float *to, size_t width)
{
    __m256 x[8], y[8];
    UNROLL for (int i = 0; i < 8; i++) x[i] = _mm256_loadu_ps(from + i * ld);
    UNROLL for (int i = 0; i < 8; i += 2)
    {
        y[i] = _mm256_unpacklo_ps(x[i], x[i + 1]);
        y[i + 1] = _mm256_unpackhi_ps(x[i], x[i + 1]);
    }
    UNROLL for (int i = 0; i < 8; i += 4)
    {
        x[i] = _mm256_shuffle_ps(y[i], y[i + 2], 0x44);
        x[i + 1] = _mm256_shuffle_ps(y[i], y[i + 2], 0xee);
        x[i + 2] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0x44);
        x[i + 3] = _mm256_shuffle_ps(y[i + 1], y[i + 3], 0xee);
    }
    UNROLL for (int i = 0; i < 4; i++)
    {
        _mm256_storeu_ps(to + i * width, _mm256_permute2f128_ps(x[i], x[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * width, _mm256_permute2f128_ps(x[i], x[i + 4], 0x31));
    }
}

/* The last block of eight overlaps the one before it where the size is no multiple of eight. */
TARGET_AVX2 static void transpose_avx2(size_t k, size_t count, const float *from, size_t ld,
                                       float *to, size_t width)
{
    if (k < 8 || count < 8) {
        transpose_plain(k, count, from, ld, to, width);
        return;
    }
    for (size_t l = 0; l < k; l += 8) {
        if (l + 8 > k) l = k - 8;
        for (size_t j = 0; j < count; j += 8) {
            if (j + 8 > count) j = count - 8;
            transpose_8x8(from + j * ld + l, ld, to + l * width + j, width);
        }
    }
}

TARGET_AVX512 BODY void tile_avx512(const int R, const int V, const bool by_columns, size_t k,
                                    const float *a, size_t lda, const float *b, float *c,
                                    size_t ldc, size_t columns, bool add)
{
    __m512 s[14][2];
    const float *row = c;
    UNROLL for (int r = 0; r < R; r++, row += ldc)
    {
        AFRESH(row);
        UNROLL for (int v = 0; v < V; v++)
        {
            _mm_prefetch((const char *)(row + 16 * v), _MM_HINT_T0);
            s[r][v] = _mm512_setzero_ps();
        }
    }
    for (size_t l = 0; l < k; l++, b += 32) {
        __m512 y[2];
        UNROLL for (int v = 0; v < V; v++) y[v] = _mm512_loadu_ps(b + 16 * v);
        UNROLL for (int r = 0; r < R; r++)
        {
            __m512 x = _mm512_set1_ps(by_columns ? a[l * lda + r] : a[r * lda + l]);
            UNROLL for (int v = 0; v < V; v++) s[r][v] = _mm512_fmadd_ps(x, y[v], s[r][v]);
        }
    }
    __mmask16 last = (__mmask16)((1u << (columns - 16 * (V - 1))) - 1);
    UNROLL for (int r = 0; r < R; r++, c += ldc)
    {
        AFRESH(c);
        UNROLL for (int v = 0; v < V; v++)
        {
            __mmask16 mask = v == V - 1 ? last : 0xffff;
            if (add) s[r][v] = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, c + 16 * v), s[r][v]);
            _mm512_mask_storeu_ps(c + 16 * v, mask, s[r][v]);
        }
    }
}

TILES(TARGET_AVX512, avx512, 1)
TILES(TARGET_AVX512, avx512, 2)
TILES(TARGET_AVX512, avx512, 3)
TILES(TARGET_AVX512, avx512, 4)
TILES(TARGET_AVX512, avx512, 5)
TILES(TARGET_AVX512, avx512, 6)
TILES(TARGET_AVX512, avx512, 7)
TILES(TARGET_AVX512, avx512, 8)
TILES(TARGET_AVX512, avx512, 9)
TILES(TARGET_AVX512, avx512, 10)
TILES(TARGET_AVX512, avx512, 11)
TILES(TARGET_AVX512, avx512, 12)
TILES(TARGET_AVX512, avx512, 13)
TILES(TARGET_AVX512, avx512, 14)

TARGET_AVX512 BODY void copy_run_avx512(const int V, const float *from, size_t ld, float *to,
                                        __mmask16 last)
{
    UNROLL for (int v = 0; v < V; v++)
    {
        __mmask16 mask = v == V - 1 ? last : 0xffff;
        _mm_prefetch((const char *)(from + ROWS_AHEAD * ld + 16 * v), _MM_HINT_T0);
        _mm512_mask_storeu_ps(to + 16 * v, mask, _mm512_maskz_loadu_ps(mask, from + 16 * v));
    }
}

TARGET_AVX512 BODY void copy_vectors_avx512(const int V, size_t k, size_t n, const float *from,
                                            size_t ld, float *to, size_t columns, size_t width,
                                            size_t stride)
{
    size_t rest = n % columns;
    __mmask16 full = (__mmask16)((1u << (columns - 16 * (V - 1))) - 1);
    __mmask16 narrow = (__mmask16)((1u << rest % 16) - 1);
    for (size_t l = 0; l < k; l++, from += ld, to += width) {
        float *at = to;
        size_t j = 0;
        for (; j + columns <= n; j += columns, at += stride)
            copy_run_avx512(V, from + j, ld, at, full);
        if (rest > 16)
            copy_run_avx512(2, from + j, ld, at, narrow);
        else if (rest > 0)
            copy_run_avx512(1, from + j, ld, at, rest == 16 ? 0xffff : narrow);
    }
}

TARGET_AVX512 static void copy_panels_avx512(size_t k, size_t n, const float *from, size_t ld,
                                             float *to, size_t columns, size_t width, size_t stride)
{
    if (columns > 16)
        copy_vectors_avx512(2, k, n, from, ld, to, columns, width, stride);
    else
        copy_vectors_avx512(1, k, n, from, ld, to, columns, width, stride);
}

TARGET_AVX512 static void copy_avx512(size_t k, size_t n, const float *from, size_t ld, float *to,
                                      size_t width)
{
    copy_panels_avx512(k, n, from, ld, to, n, width, 0);
}
#endif

const GemmKernels GEMM_KERNELS[GEMM_LEVELS] = {
#if defined(__x86_64__)
    {.name = "avx512",
     .rows = 14,
     .width = 32,
     .group = 14,
     .by_rows = {BY_ROWS(avx512, 1), BY_ROWS(avx512, 2), BY_ROWS(avx512, 3), BY_ROWS(avx512, 4),
                 BY_ROWS(avx512, 5), BY_ROWS(avx512, 6), BY_ROWS(avx512, 7), BY_ROWS(avx512, 8),
                 BY_ROWS(avx512, 9), BY_ROWS(avx512, 10), BY_ROWS(avx512, 11), BY_ROWS(avx512, 12),
                 BY_ROWS(avx512, 13), BY_ROWS(avx512, 14)},
     .by_columns = {BY_COLUMNS(avx512, 1), BY_COLUMNS(avx512, 2), BY_COLUMNS(avx512, 3),
                    BY_COLUMNS(avx512, 4), BY_COLUMNS(avx512, 5), BY_COLUMNS(avx512, 6),
                    BY_COLUMNS(avx512, 7), BY_COLUMNS(avx512, 8), BY_COLUMNS(avx512, 9),
                    BY_COLUMNS(avx512, 10), BY_COLUMNS(avx512, 11), BY_COLUMNS(avx512, 12),
                    BY_COLUMNS(avx512, 13), BY_COLUMNS(avx512, 14)},
     .copy = copy_avx512,
     .copy_panels = copy_panels_avx512,
     .transpose = transpose_avx2},
    {.name = "avx2",
     .rows = 6,
     .width = 16,
     .group = 24,
     .by_rows = {BY_ROWS(avx2, 1), BY_ROWS(avx2, 2), BY_ROWS(avx2, 3), BY_ROWS(avx2, 4),
                 BY_ROWS(avx2, 5), BY_ROWS(avx2, 6)},
     .by_columns = {BY_COLUMNS(avx2, 1), BY_COLUMNS(avx2, 2), BY_COLUMNS(avx2, 3),
                    BY_COLUMNS(avx2, 4), BY_COLUMNS(avx2, 5), BY_COLUMNS(avx2, 6)},
     .copy = copy_avx2,
     .copy_panels = copy_panels_avx2,
     .transpose = transpose_avx2},
#endif
    {.name = "plain",
     .rows = 4,
     .width = 2 * PLAIN,
     .group = 8,
     .by_rows = {BY_ROWS(plain, 1), BY_ROWS(plain, 2), BY_ROWS(plain, 3), BY_ROWS(plain, 4)},
     .by_columns = {BY_COLUMNS(plain, 1), BY_COLUMNS(plain, 2), BY_COLUMNS(plain, 3),
                    BY_COLUMNS(plain, 4)},
     .copy = copy_plain,
     .copy_panels = copy_panels_plain,
     .transpose = transpose_plain},
};

bool gemm_usable(const GemmKernels *kernels)
{
#if defined(__x86_64__)
    if (kernels == &GEMM_KERNELS[0])
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2") &&
               __builtin_cpu_supports("fma");
    if (kernels == &GEMM_KERNELS[1])
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels->name != NULL;
}

const GemmKernels *gemm_kernels(void)
{
    const GemmKernels *kernels = GEMM_KERNELS;
    while (!gemm_usable(kernels)) kernels++;
    return kernels;
}
