#include "num/dropout.h"

#include <string.h>

#include "num/numeric.h"
#include "num/rows_kernels.h"

#define N ((size_t)1 << 15)

/* What is 1 and dropped is 0, else 1 / (1 − p). */
static void mask_of(float p, uint64_t key, uint64_t row, float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] = 1;
    dropout_row((Dropout){p, key}, row, y, y, n);
}

static void kept_share_and_expectation(void **state)
{
    (void)state;
    static float y[N];
    const float rates[] = {0.01f, 0.1f, 0.25f, 0.5f, 0.9f};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        double kept = 0, sum = 0, p = rates[r], total = 128.0 * (double)N;
        for (uint64_t row = 0; row < 128; row++) {
            mask_of(rates[r], dropout_key(3, r), row, y, N);
            for (size_t i = 0; i < N; i++) {
                kept += y[i] != 0;
                sum += y[i];
                if (y[i] != 0) assert_close(y[i], 1 / (1 - p), 0, 1e-4);
            }
        }
        /* five standard deviations, and what 16 bits leave of p */
        double bound = 5 * sqrt(p * (1 - p) / total);
        assert_close(kept / total, 1 - p, bound + 1e-5, 0);
        assert_close(sum / total, 1, bound / (1 - p), 0);
    }
}

static void the_scale_is_that_of_the_true_share(void **state)
{
    (void)state;
    for (double p = 0.0001; p < 1; p += 0.0137) {
        DropoutStream d = dropout_stream((Dropout){(float)p, 1}, 0);
        assert_close(d.threshold / 65536.0, 1 - p, 1e-5, 0);
        assert_close(d.scale * (d.threshold / 65536.0), 1, 0, 1e-7);
    }
}

static void nothing_and_everything(void **state)
{
    (void)state;
    float x[40], y[40];
    for (size_t i = 0; i < 40; i++) x[i] = (float)i - 20.3f;
    dropout_row((Dropout){0, 5}, 9, x, y, 40);
    assert_memory_equal(x, y, sizeof x);
    dropout_row((Dropout){1, 5}, 9, x, y, 40);
    for (size_t i = 0; i < 40; i++) assert_true(y[i] == 0);
    dropout_row((Dropout){1 - 1e-6f, 5}, 9, x, y, 40);
    for (size_t i = 0; i < 40; i++) assert_true(y[i] == 0);
}

/* The element's bits by the definition, one at a time. */
static bool kept(DropoutStream d, size_t i)
{
    uint32_t counter = (uint32_t)(i / DROPOUT_BLOCK * DROPOUT_HALF + i % DROPOUT_HALF);
    uint32_t h = counter * 0x9e3779b1u + d.a;
    h ^= h >> 16;
    h *= 0x7feb352du;
    h += d.b;
    h ^= h >> 15;
    h *= 0x846ca68bu;
    h ^= h >> 16;
    return (i / DROPOUT_HALF % 2 ? h >> 16 : h & 0xffff) < d.threshold;
}

static void the_mask_depends_on_nothing_but_key_row_and_index(void **state)
{
    (void)state;
    enum { LONGEST = 200 };
    Rng rng = rng_make(1, 0);
    float *x = random_floats(&rng, LONGEST), y[LONGEST + 1];
    for (size_t level = 0; level < ROWS_LEVELS; level++) {
        const RowsKernels *kernels = ROWS_KERNELS[level];
        if (!rows_usable(kernels)) continue;
        for (size_t n = 0; n <= LONGEST; n += n < 70 ? 1 : 13) {
            DropoutStream d = dropout_stream((Dropout){0.3f, 77}, n % 5);
            y[n] = 7;
            kernels->dropout(d, x, y, n);
            for (size_t i = 0; i < n; i++) assert_true(y[i] == (kept(d, i) ? x[i] * d.scale : 0));
            assert_true(y[n] == 7);
            memcpy(y, x, n * sizeof *x);
            kernels->dropout(d, y, y, n);
            for (size_t i = 0; i < n; i++) assert_true(y[i] == (kept(d, i) ? x[i] * d.scale : 0));
        }
    }
    float *again = mem_alloc(LONGEST * sizeof *again);
    for (size_t n = 1; n <= LONGEST; n++) {
        dropout_row((Dropout){0.3f, 77}, 3, x, y, LONGEST);
        dropout_row((Dropout){0.3f, 77}, 3, x, again, n);
        assert_memory_equal(y, again, n * sizeof *y);
    }
    free(again);
    free(x);
}

/* Correlation of two masks, in standard deviations of what independent ones give. */
static double correlation(const float *x, const float *y, size_t n, double p)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += ((x[i] != 0) - (1 - p)) * ((y[i] != 0) - (1 - p));
    return sum / (p * (1 - p) * sqrt((double)n));
}

/* Standard deviations. A value of some thousands is above by chance once in hundreds of runs; these
 * masks are always the same. */
#define BOUND 5

static void streams_and_neighbours_are_independent(void **state)
{
    (void)state;
    static float x[N], y[N];
    const float p = 0.1f;
    uint64_t key = dropout_key(1, 0);
    for (uint64_t row = 0; row < 12; row++) {
        mask_of(p, key, row, x, N);
        for (size_t lag = 1; lag <= 33; lag++)
            if (fabs(correlation(x, x + lag, N - lag, p)) > BOUND)
                fail_msg("row %d, distance %zu", (int)row, lag);
        for (uint64_t other = row + 1; other < 12; other++) {
            mask_of(p, key, other, y, N);
            if (fabs(correlation(x, y, N, p)) > BOUND)
                fail_msg("rows %d and %d", (int)row, (int)other);
        }
        for (uint64_t place = 1; place < 12; place++) {
            mask_of(p, dropout_key(1, place), row, y, N);
            if (fabs(correlation(x, y, N, p)) > BOUND)
                fail_msg("row %d, places 0 and %d", (int)row, (int)place);
            mask_of(p, dropout_key(1 + place, 0), row, y, N);
            if (fabs(correlation(x, y, N, p)) > BOUND)
                fail_msg("row %d, seeds 1 and %d", (int)row, (int)(1 + place));
        }
    }
}

/* A column of the mask over rows, as a batch's rows are short: (row, element) as one sequence. */
static void columns_are_independent(void **state)
{
    (void)state;
    enum { ROWS = 12000, D = 37 };
    const float p = 0.5f;
    float *mask = mem_alloc((size_t)ROWS * D * sizeof *mask), *x = mem_alloc(ROWS * sizeof *x),
          *y = mem_alloc(ROWS * sizeof *y);
    for (uint64_t row = 0; row < ROWS; row++) mask_of(p, 5, row, mask + row * D, D);
    for (size_t i = 0; i < D; i++) {
        for (size_t row = 0; row < ROWS; row++) x[row] = mask[row * D + i];
        for (size_t lag = 1; lag < 8; lag++)
            if (fabs(correlation(x, x + lag, ROWS - lag, p)) > BOUND)
                fail_msg("element %zu, rows at a distance of %zu", i, lag);
        for (size_t j = i + 1; j < D; j++) {
            for (size_t row = 0; row < ROWS; row++) y[row] = mask[row * D + j];
            if (fabs(correlation(x, y, ROWS, p)) > BOUND) fail_msg("elements %zu and %zu", i, j);
        }
    }
    free(mask);
    free(x);
    free(y);
}

/* Runs of eight elements at p = ½: each of the 256 patterns as often as any other. */
static void patterns_are_evenly_spread(void **state)
{
    (void)state;
    static float y[N];
    for (uint64_t key = 0; key < 8; key++) {
        double count[256] = {0}, chi = 0;
        for (uint64_t row = 0; row < 32; row++) {
            mask_of(0.5f, key, row, y, N);
            for (size_t i = 0; i + 8 <= N; i += 8) {
                size_t pattern = 0;
                for (size_t j = 0; j < 8; j++) pattern = 2 * pattern + (y[i + j] != 0);
                count[pattern]++;
            }
        }
        double want = 32.0 * (double)N / 8 / 256;
        for (size_t i = 0; i < 256; i++) chi += (count[i] - want) * (count[i] - want) / want;
        assert_close(chi, 255, 5 * sqrt(2 * 255.0), 0);
    }
}

static void keys_differ(void **state)
{
    (void)state;
    enum { SEEDS = 60, PLACES = 60 };
    uint64_t *keys = mem_alloc(SEEDS * PLACES * sizeof *keys);
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        for (uint64_t place = 0; place < PLACES; place++)
            keys[seed * PLACES + place] = dropout_key(seed, place);
    for (size_t i = 0; i < SEEDS * PLACES; i++)
        for (size_t j = 0; j < i; j++) assert_true(keys[i] != keys[j]);
    free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_share_and_expectation),
        cmocka_unit_test(the_scale_is_that_of_the_true_share),
        cmocka_unit_test(nothing_and_everything),
        cmocka_unit_test(the_mask_depends_on_nothing_but_key_row_and_index),
        cmocka_unit_test(streams_and_neighbours_are_independent),
        cmocka_unit_test(columns_are_independent),
        cmocka_unit_test(patterns_are_evenly_spread),
        cmocka_unit_test(keys_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
