/* What the numeric tests share: random data, tolerance. */
#ifndef TESTS_NUM_NUMERIC_H
#define TESTS_NUM_NUMERIC_H

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"

static inline float *random_floats(Rng *rng, size_t n)
{
    float *x = mem_alloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = (float)rng_normal(rng);
    return x;
}

static inline void assert_close(double got, double want, double absolute, double relative)
{
    if (fabs(got - want) <= absolute + relative * fabs(want)) return;
    fail_msg("got %.9g, want %.9g", got, want);
}

#endif
