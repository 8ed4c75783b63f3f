/* rows_body.h for AVX-512. */
#include <math.h>

#include "num/rows_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma GCC target("avx512f,avx2,fma")

#define LANES ((size_t)16)
#define LANE_OP static inline __attribute__((always_inline))

typedef float F __attribute__((vector_size(64)));
typedef uint32_t I __attribute__((vector_size(64)));

LANE_OP __mmask16 lanes_left(size_t left)
{
    return left >= LANES ? 0xffff : (__mmask16)((1u << left) - 1);
}

LANE_OP F f_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

LANE_OP void f_store(float *p, F v)
{
    _mm512_storeu_ps(p, v);
}

LANE_OP F f_take(const float *p, size_t left)
{
    return left >= LANES ? _mm512_loadu_ps(p) : _mm512_maskz_loadu_ps(lanes_left(left), p);
}

LANE_OP void f_put(float *p, F v, size_t left)
{
    if (left >= LANES)
        _mm512_storeu_ps(p, v);
    else
        _mm512_mask_storeu_ps(p, lanes_left(left), v);
}

LANE_OP F f_set(float x)
{
    return _mm512_set1_ps(x);
}

LANE_OP F f_first(F v, size_t left, float fill)
{
    return left >= LANES ? v : (F)_mm512_mask_mov_ps(f_set(fill), lanes_left(left), v);
}

LANE_OP F f_max(F a, F b)
{
    return _mm512_max_ps(a, b);
}

LANE_OP F f_min(F a, F b)
{
    return _mm512_min_ps(a, b);
}

LANE_OP F f_round(F x)
{
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

LANE_OP F f_power(F y, F n)
{
    return _mm512_scalef_ps(y, n);
}

LANE_OP F f_power_normal(F y, F n)
{
    return _mm512_scalef_ps(y, n);
}

LANE_OP F f_not_below(F x, float limit, F v)
{
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, f_set(limit), _CMP_NLT_UQ), v);
}

LANE_OP F f_keep(I bits, uint32_t threshold, F v)
{
    __m512i most = _mm512_set1_epi32((int)threshold);
    return _mm512_maskz_mov_ps(_mm512_cmplt_epu32_mask((__m512i)bits, most), v);
}

LANE_OP float f_sum(F v)
{
    return _mm512_reduce_add_ps(v);
}

LANE_OP float f_top(F v)
{
    return _mm512_reduce_max_ps(v);
}

LANE_OP I i_count(void)
{
    return (I){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
}

#define LEVEL_NAME "avx512"
#define LEVEL_TABLE ROWS_AVX512
#include "num/rows_body.h"

#else
const RowsKernels ROWS_AVX512 = {0};
#endif
