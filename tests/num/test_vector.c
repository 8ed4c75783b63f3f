#include "num/vector.h"

#include <string.h>

#include "num/numeric.h"
#include "num/vector_kernels.h"

static const size_t SIZES[] = {0, 1, 2, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 384, 511, 1025};
#define SIZE_COUNT (sizeof SIZES / sizeof *SIZES)

/* A place whose alignment is not that of a vector register. */
static float *shifted(const float *x, size_t n, float **ret_block)
{
    *ret_block = mem_alloc((n + 4) * sizeof(float));
    memcpy(*ret_block + 1, x, n * sizeof(float));
    return *ret_block + 1;
}

static void check_level(const VectorKernels *kernels)
{
    Rng rng = rng_make(1, 0);
    for (size_t s = 0; s < SIZE_COUNT; s++) {
        size_t n = SIZES[s];
        float *x = random_floats(&rng, n), *y = random_floats(&rng, n), *block;
        double dot = 0, magnitude = 0, square = 0;
        for (size_t i = 0; i < n; i++) {
            dot += (double)x[i] * y[i];
            magnitude += fabs((double)x[i] * y[i]);
            square += (double)x[i] * x[i];
        }
        float *at = shifted(y, n, &block);
        at[n] = 7;
        assert_close(kernels->dot(x, at, n), dot, 1e-6 * magnitude, 0);
        assert_close(kernels->square(x, n), square, 0, 1e-12);
        kernels->axpy(-1.5f, x, at, n);
        for (size_t i = 0; i < n; i++) assert_close(at[i], y[i] - 1.5 * x[i], 1e-6, 1e-6);
        kernels->scale(0.25f, x, at, n);
        for (size_t i = 0; i < n; i++) assert_true(at[i] == 0.25f * x[i]);
        assert_true(at[n] == 7); /* nothing past the end is touched */
        free(block);
        free(x);
        free(y);
    }
}

static void check_finite(const VectorKernels *kernels)
{
    const float bad[] = {NAN, -NAN, INFINITY, -INFINITY};
    for (size_t s = 0; s < SIZE_COUNT; s++) {
        size_t n = SIZES[s];
        float *x = mem_zero(n + 1, sizeof *x);
        for (size_t i = 0; i < n; i++) x[i] = i % 2 ? 3.4e38f : -1e-45f;
        x[n] = NAN;
        assert_true(kernels->finite(x, n));
        for (size_t i = 0; i < n; i += 1 + n / 7) {
            float kept = x[i];
            x[i] = bad[i % 4];
            assert_false(kernels->finite(x, n));
            x[i] = kept;
        }
        free(x);
    }
}

static void check_gather(const VectorKernels *kernels)
{
    Rng rng = rng_make(2, 0);
    enum { ROWS = 50, STRIDE = 45, MOST = 40, COUNT = 40 };
    float *x = random_floats(&rng, ROWS * STRIDE);
    for (size_t width = 0; width <= MOST; width++) {
        for (size_t count = 0; count < COUNT; count += 1 + width % 5) {
            uint32_t column[COUNT];
            float value[COUNT], y[MOST + 1];
            for (size_t e = 0; e < count; e++) {
                column[e] = (uint32_t)rng_below(&rng, ROWS);
                value[e] = (float)rng_normal(&rng);
            }
            for (size_t j = 0; j < width; j++) y[j] = NAN; /* overwritten, not added to */
            y[width] = 7;
            kernels->gather(column, value, count, x, STRIDE, y, width);
            for (size_t j = 0; j < width; j++) {
                double want = 0;
                for (size_t e = 0; e < count; e++)
                    want += (double)value[e] * x[column[e] * STRIDE + j];
                assert_close(y[j], want, 2e-5, 1e-6);
            }
            assert_true(y[width] == 7);
        }
    }
    free(x);
}

static void every_level_agrees_with_plain_loops(void **state)
{
    (void)state;
    for (size_t level = 0; level < VECTOR_LEVELS; level++) {
        if (!VECTOR_KERNELS[level].name || !vector_usable(&VECTOR_KERNELS[level])) continue;
        check_level(&VECTOR_KERNELS[level]);
        check_finite(&VECTOR_KERNELS[level]);
        check_gather(&VECTOR_KERNELS[level]);
    }
}

static void the_chosen_level_is_usable(void **state)
{
    (void)state;
    assert_true(vector_usable(vector_kernels()));
    assert_string_equal(vector_level(), vector_kernels()->name);
    const float x[3] = {1, 2, 3};
    float y[3] = {4, 5, 6};
    assert_true(vector_dot(x, y, 3) == 32);
    assert_close(vector_norm(x, 3), sqrt(14), 0, 1e-15);
    vector_axpy(2, x, y, 3);
    assert_true(y[0] == 6 && y[1] == 9 && y[2] == 12);
    assert_true(vector_finite(x, 3));
}

static void normalize_gives_unit_rows(void **state)
{
    (void)state;
    enum { N = 300, D = 131 };
    Rng rng = rng_make(3, 0);
    Pool *pool = pool_new(2);
    float *x = random_floats(&rng, N * D), *y = random_floats(&rng, N * D), norm[N];
    memset(x + 5 * D, 0, D * sizeof *x);
    normalize_forward(pool, x, y, norm, N, D);
    for (size_t n = 0; n < N; n++) {
        double square = 0;
        for (size_t i = 0; i < D; i++) square += (double)x[n * D + i] * x[n * D + i];
        assert_close(norm[n], sqrt(square), 0, 1e-6);
        for (size_t i = 0; i < D; i++)
            assert_close(y[n * D + i], n == 5 ? 0 : x[n * D + i] / sqrt(square), 1e-7, 1e-6);
    }
    normalize_forward(NULL, x, x, NULL, N, D); /* in place, without norms, the same */
    assert_memory_equal(x, y, N * D * sizeof *x);
    free(x);
    free(y);
    pool_free(pool);
}

/* The sum of weight·normalised, whose gradient in x is what normalize_backward gives for dy =
 * weight. */
static double weighted(const float *x, const float *weight, size_t D)
{
    double square = 0, sum = 0;
    for (size_t i = 0; i < D; i++) square += (double)x[i] * x[i];
    for (size_t i = 0; i < D; i++) sum += (double)weight[i] * x[i] / sqrt(square);
    return sum;
}

static void normalize_backward_is_the_slope(void **state)
{
    (void)state;
    enum { N = 4, D = 37 };
    Rng rng = rng_make(4, 0);
    float *x = random_floats(&rng, N * D), *dy = random_floats(&rng, N * D);
    float y[N * D], norm[N], dx[N * D];
    for (size_t i = 0; i < N * D; i++) dx[i] = 1; /* gradients accumulate */
    normalize_forward(NULL, x, y, norm, N, D);
    normalize_backward(y, norm, dy, dx, N, D);
    for (size_t n = 0; n < N; n++)
        for (size_t i = 0; i < D; i++) {
            float *at = &x[n * D + i], kept = *at;
            *at = kept + 1e-2f;
            double step = *at, above = weighted(x + n * D, dy + n * D, D);
            *at = kept - 1e-2f;
            step -= *at;
            double below = weighted(x + n * D, dy + n * D, D);
            *at = kept;
            assert_close(dx[n * D + i], 1 + (above - below) / step, 2e-4, 1e-3);
        }
    float zero_y[D] = {0}, zero_norm = 0, zero_dx[D] = {0};
    normalize_backward(zero_y, &zero_norm, dy, zero_dx, 1, D);
    for (size_t i = 0; i < D; i++) assert_close(zero_dx[i], dy[i] * 1e12, 0, 1e-6);
    free(x);
    free(dy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_agrees_with_plain_loops),
        cmocka_unit_test(the_chosen_level_is_usable),
        cmocka_unit_test(normalize_gives_unit_rows),
        cmocka_unit_test(normalize_backward_is_the_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
