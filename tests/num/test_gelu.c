#include "num/gelu.h"

#include <float.h>
#include <string.h>

#include "num/numeric.h"
#include "num/rows_kernels.h"

static const size_t SIZES[] = {0, 1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 63, 65, 384, 1025};
#define SIZE_COUNT (sizeof SIZES / sizeof *SIZES)

static const Activation ALL[] = {ACTIVATION_GELU, ACTIVATION_GELU_TANH, ACTIVATION_RELU,
                                 ACTIVATION_SILU, ACTIVATION_TANH,      ACTIVATION_NONE};
#define ALL_COUNT (sizeof ALL / sizeof *ALL)

static double want_value(Activation f, double x)
{
    switch (f) {
    case ACTIVATION_GELU:
        return 0.5 * x * erfc(-x / sqrt(2));
    case ACTIVATION_GELU_TANH:
        return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case ACTIVATION_RELU:
        return x > 0 ? x : 0;
    case ACTIVATION_SILU:
        return x / (1 + exp(-x));
    case ACTIVATION_TANH:
        return tanh(x);
    case ACTIVATION_NONE:
        break;
    }
    return x;
}

static double want_slope(Activation f, double x)
{
    double h = 1e-5;
    if (f == ACTIVATION_RELU) return x > 0;
    return (want_value(f, x + h) - want_value(f, x - h)) / (2 * h);
}

static void each_level(void (*check)(const RowsKernels *))
{
    for (size_t level = 0; level < ROWS_LEVELS; level++)
        if (rows_usable(ROWS_KERNELS[level])) check(ROWS_KERNELS[level]);
}

/* −100 … 100, dense where the functions bend. */
#define GRID 40000
static float grid(size_t i)
{
    double u = 2 * (double)i / (GRID - 1) - 1;
    return (float)(u * (1 + 99 * u * u * u * u));
}

static void check_values(const RowsKernels *kernels)
{
    float *x = mem_alloc(GRID * sizeof *x), *y = mem_alloc(GRID * sizeof *y),
          *dy = mem_alloc(GRID * sizeof *dy);
    for (size_t i = 0; i < GRID; i++) {
        x[i] = grid(i);
        dy[i] = i % 2 ? -2 : 0.5f;
    }
    for (size_t a = 0; a < ALL_COUNT; a++) {
        kernels->activation_forward(ALL[a], x, y, GRID);
        for (size_t i = 0; i < GRID; i++)
            assert_close(y[i], want_value(ALL[a], x[i]), 5e-7 * fmax(1, fabs((double)x[i])), 0);
        kernels->activation_backward(ALL[a], x, dy, y, GRID);
        for (size_t i = 0; i < GRID; i++)
            assert_close(y[i], dy[i] * want_slope(ALL[a], x[i]), fabs((double)dy[i]) * 2e-6, 1e-6);
    }
    free(x);
    free(y);
    free(dy);
}

static void values_and_slopes_are_those_of_the_formulas(void **state)
{
    (void)state;
    each_level(check_values);
}

static void check_ends(const RowsKernels *kernels)
{
    float x[] = {NAN,   INFINITY, 1e30f,  -1e30f, -100,    -20,     0,
                 -0.0f, FLT_MIN,  1e-45f, 20,     FLT_MAX, -FLT_MAX};
    enum { N = sizeof x / sizeof *x };
    float y[N];
    for (size_t a = 0; a < ALL_COUNT; a++) {
        bool gate = ALL[a] != ACTIVATION_TANH && ALL[a] != ACTIVATION_NONE;
        kernels->activation_forward(ALL[a], x, y, N);
        assert_true(isnan(y[0]));
        assert_true(y[1] == (ALL[a] == ACTIVATION_TANH ? 1 : INFINITY));
        if (gate) assert_true(y[2] == x[2] && y[11] == FLT_MAX);
        if (gate) assert_true(y[3] == 0 && y[12] == 0 && fabsf(y[4]) < 1e-40f);
        assert_true(y[6] == 0 && y[7] == 0);
    }
    /* nothing left of what a rational function gives far from its range */
    kernels->activation_forward(ACTIVATION_GELU, x, y, N);
    assert_true(y[4] == 0 && y[5] == 0 && y[10] == 20);
    const float one[N] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    kernels->activation_backward(ACTIVATION_GELU, x, one, y, N);
    assert_true(isnan(y[0]));
    assert_true(y[2] == 1 && y[3] == 0 && y[6] == 0.5f);
}

static void ends_of_the_range(void **state)
{
    (void)state;
    each_level(check_ends);
}

static void check_exp(const RowsKernels *kernels)
{
    enum { N = 400001 };
    float *x = mem_alloc(N * sizeof *x), *y = mem_alloc(N * sizeof *y);
    for (size_t i = 0; i < N; i++) x[i] = (float)(-110 + 200.0 * (double)i / (N - 1));
    kernels->exp(x, y, N);
    for (size_t i = 0; i < N; i++) {
        double want = exp((double)x[i]);
        if (want > FLT_MAX * (1 + 1e-7))
            assert_true(y[i] == INFINITY);
        else if (want < FLT_MAX * (1 - 1e-6))
            assert_close(y[i], want, 1.5e-45, 1.5e-7); /* a denormal step */
    }
    const float end[] = {-INFINITY, INFINITY, NAN, 0, -0.0f, -1e38f, 1e38f, -87.5f, -103, 1e-45f};
    enum { ENDS = sizeof end / sizeof *end };
    kernels->exp(end, y, ENDS);
    assert_true(y[0] == 0 && y[1] == INFINITY && isnan(y[2]) && y[3] == 1 && y[4] == 1);
    assert_true(y[5] == 0 && y[6] == INFINITY && y[7] > 0 && y[7] < FLT_MIN && y[8] > 0);
    assert_true(y[9] == 1);
    free(x);
    free(y);
}

static void exp_is_exact_to_float_over_its_range(void **state)
{
    (void)state;
    each_level(check_exp);
}

static void check_sizes(const RowsKernels *kernels)
{
    Rng rng = rng_make(1, 0);
    for (size_t s = 0; s < SIZE_COUNT; s++) {
        size_t n = SIZES[s];
        float *x = random_floats(&rng, n + 1), *dy = random_floats(&rng, n + 1),
              *y = mem_alloc((n + 2) * sizeof *y), *in_place = mem_alloc((n + 2) * sizeof *y);
        for (size_t a = 0; a < ALL_COUNT; a++) {
            y[n] = in_place[n] = 7;
            kernels->activation_forward(ALL[a], x, y, n);
            memcpy(in_place, x, n * sizeof *x);
            kernels->activation_forward(ALL[a], in_place, in_place, n);
            assert_memory_equal(y, in_place, n * sizeof *y);
            for (size_t i = 0; i < n; i++) assert_close(y[i], want_value(ALL[a], x[i]), 2e-6, 0);
            kernels->activation_backward(ALL[a], x, dy, y, n);
            memcpy(in_place, dy, n * sizeof *x);
            kernels->activation_backward(ALL[a], x, in_place, in_place, n);
            assert_memory_equal(y, in_place, n * sizeof *y);
            for (size_t i = 0; i < n; i++)
                assert_close(y[i], dy[i] * want_slope(ALL[a], x[i]), 5e-6, 1e-6);
            assert_true(y[n] == 7 && in_place[n] == 7);
        }
        free(x);
        free(dy);
        free(y);
        free(in_place);
    }
}

static void any_length_and_in_place(void **state)
{
    (void)state;
    each_level(check_sizes);
}

static void the_chosen_level_is_usable(void **state)
{
    (void)state;
    assert_true(rows_usable(rows_kernels()));
    float x[3] = {-1, 0, 1}, y[3], dy[3] = {1, 1, 1};
    activation_forward(ACTIVATION_GELU, x, y, 3);
    assert_close(y[2], 0.841344746, 1e-6, 0);
    activation_backward(ACTIVATION_GELU, x, dy, y, 3);
    assert_close(y[0], -0.083315471, 1e-6, 0);
    exp_forward(x, x, 3);
    assert_close(x[0], exp(-1), 0, 1e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_slopes_are_those_of_the_formulas),
        cmocka_unit_test(ends_of_the_range),
        cmocka_unit_test(exp_is_exact_to_float_over_its_range),
        cmocka_unit_test(any_length_and_in_place),
        cmocka_unit_test(the_chosen_level_is_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
