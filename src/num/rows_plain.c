/* rows_body.h for any CPU: a lane at a time. */
#include <math.h>
#include <string.h>

#include "num/rows_kernels.h"

#define LANES ((size_t)1)
#define LANE_OP static inline __attribute__((always_inline))

typedef float F;
typedef uint32_t I;

LANE_OP F f_load(const float *p)
{
    return *p;
}

LANE_OP void f_store(float *p, F v)
{
    *p = v;
}

LANE_OP F f_take(const float *p, size_t left)
{
    return left ? *p : 0;
}

LANE_OP void f_put(float *p, F v, size_t left)
{
    if (left) *p = v;
}

LANE_OP F f_set(float x)
{
    return x;
}

LANE_OP F f_first(F v, size_t left, float fill)
{
    return left ? v : fill;
}

LANE_OP F f_max(F a, F b)
{
    return a > b ? a : b;
}

LANE_OP F f_min(F a, F b)
{
    return a < b ? a : b;
}

/* What is added leaves no bits below one. */
LANE_OP F f_round(F x)
{
    return x + 12582912.0f - 12582912.0f;
}

LANE_OP float power_of_two(int32_t n)
{
    int32_t bits = (n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* In two steps: 2ⁿ itself may be no float where y · 2ⁿ is. */
LANE_OP F f_power(F y, F n)
{
    int32_t whole = n == n ? (int32_t)n : 0, half = whole / 2;
    return y * power_of_two(half) * power_of_two(whole - half);
}

LANE_OP F f_power_normal(F y, F n)
{
    return y * power_of_two(n == n ? (int32_t)n : 0);
}

LANE_OP F f_not_below(F x, float limit, F v)
{
    return x < limit ? 0 : v;
}

LANE_OP F f_keep(I bits, uint32_t threshold, F v)
{
    return bits < threshold ? v : 0;
}

LANE_OP float f_sum(F v)
{
    return v;
}

LANE_OP float f_top(F v)
{
    return v;
}

LANE_OP I i_count(void)
{
    return 0;
}

#define LEVEL_NAME "plain"
#define LEVEL_TABLE ROWS_PLAIN
#include "num/rows_body.h"
