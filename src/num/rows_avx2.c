/* rows_body.h for AVX2. */
#include <math.h>

#include "num/rows_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma GCC target("avx2,fma")

#define LANES ((size_t)8)
#define LANE_OP static inline __attribute__((always_inline))

typedef float F __attribute__((vector_size(32)));
typedef uint32_t I __attribute__((vector_size(32)));

LANE_OP __m256i lanes_left(size_t left)
{
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)left), lane);
}

LANE_OP F f_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

LANE_OP void f_store(float *p, F v)
{
    _mm256_storeu_ps(p, v);
}

LANE_OP F f_take(const float *p, size_t left)
{
    return left >= LANES ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, lanes_left(left));
}

LANE_OP void f_put(float *p, F v, size_t left)
{
    if (left >= LANES)
        _mm256_storeu_ps(p, v);
    else
        _mm256_maskstore_ps(p, lanes_left(left), v);
}

LANE_OP F f_set(float x)
{
    return _mm256_set1_ps(x);
}

LANE_OP F f_first(F v, size_t left, float fill)
{
    if (left >= LANES) return v;
    return _mm256_blendv_ps(f_set(fill), v, (__m256)lanes_left(left));
}

LANE_OP F f_max(F a, F b)
{
    return _mm256_max_ps(a, b);
}

LANE_OP F f_min(F a, F b)
{
    return _mm256_min_ps(a, b);
}

LANE_OP F f_round(F x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* In two steps: 2ⁿ itself may be no float where y · 2ⁿ is. */
LANE_OP F f_power(F y, F n)
{
    __m256i whole = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(whole, 1);
    __m256i bias = _mm256_set1_epi32(127), rest = _mm256_sub_epi32(whole, half);
    F first = (F)_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    F second = (F)_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23);
    return y * first * second;
}

LANE_OP F f_power_normal(F y, F n)
{
    __m256i bias = _mm256_set1_epi32(127);
    return y * (F)_mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), bias), 23);
}

LANE_OP F f_not_below(F x, float limit, F v)
{
    return _mm256_and_ps(_mm256_cmp_ps(x, f_set(limit), _CMP_NLT_UQ), v);
}

LANE_OP F f_keep(I bits, uint32_t threshold, F v)
{
    __m256i most = _mm256_set1_epi32((int)threshold);
    return _mm256_and_ps((__m256)_mm256_cmpgt_epi32(most, (__m256i)bits), v);
}

LANE_OP float f_sum(F v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

LANE_OP float f_top(F v)
{
    __m128 s = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_max_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

LANE_OP I i_count(void)
{
    return (I){0, 1, 2, 3, 4, 5, 6, 7};
}

#define LEVEL_NAME "avx2"
#define LEVEL_TABLE ROWS_AVX2
#include "num/rows_body.h"

#else
const RowsKernels ROWS_AVX2 = {0};
#endif
