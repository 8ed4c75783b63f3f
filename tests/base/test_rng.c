#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"

static void test_reference_sequence(void **state)
{
    (void)state;
    Rng r = {{1, 2, 3, 4}};
    assert_true(rng_u64(&r) == 11520);
    assert_true(rng_u64(&r) == 0);
    assert_true(rng_u64(&r) == 1509978240);
    assert_true(rng_u64(&r) == 1215971899390074240);
}

/* Checkpoints and saved runs depend on these. */
static void test_seeding(void **state)
{
    (void)state;
    Rng r = rng_make(7, 3);
    assert_true(rng_u64(&r) == 0x3198b2d5dbadf576);
    assert_true(rng_u64(&r) == 0xeb41313eceb8c800);
    Rng a = rng_make(0, 0), b = rng_make(0, 1), c = rng_make(1, 0), again = rng_make(0, 0);
    assert_memory_equal(&a, &again, sizeof a);
    uint64_t first = rng_u64(&a);
    assert_true(first != rng_u64(&b) && first != rng_u64(&c));
}

static void test_below_is_uniform(void **state)
{
    (void)state;
    Rng r = rng_make(1, 0);
    unsigned counts[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint64_t x = rng_below(&r, 7);
        assert_true(x < 7);
        counts[x]++;
    }
    for (int i = 0; i < 7; i++) assert_in_range(counts[i], 9500, 10500);
    assert_true(rng_below(&r, 1) == 0);

    /* with n = 3/4 of the range a plain remainder would fall below a third half of the time */
    uint64_t n = UINT64_C(3) << 62, low = 0;
    for (int i = 0; i < 30000; i++) low += rng_below(&r, n) < n / 3;
    assert_in_range(low, 9500, 10500);
}

static void test_unit_and_normal_moments(void **state)
{
    (void)state;
    Rng r = rng_make(2, 0);
    double sum = 0, squares = 0, unit = 0;
    int n = 100000;
    for (int i = 0; i < n; i++) {
        double u = rng_unit(&r), x = rng_normal(&r);
        assert_true(u >= 0 && u < 1);
        assert_true(isfinite(x));
        unit += u;
        sum += x;
        squares += x * x;
    }
    assert_true(fabs(unit / n - 0.5) < 0.005);
    assert_true(fabs(sum / n) < 0.015);
    assert_true(fabs(squares / n - 1) < 0.02);
}

static void test_shuffle_is_a_uniform_permutation(void **state)
{
    (void)state;
    Rng r = rng_make(3, 0);
    unsigned at_front[5] = {0};
    for (int i = 0; i < 20000; i++) {
        uint32_t items[5] = {0, 1, 2, 3, 4};
        rng_shuffle(&r, items, 5);
        unsigned seen = 0;
        for (int j = 0; j < 5; j++) seen |= 1u << items[j];
        assert_int_equal(seen, 31);
        at_front[items[0]]++;
    }
    for (int i = 0; i < 5; i++) assert_in_range(at_front[i], 3750, 4250);
    rng_shuffle(&r, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_sequence),
        cmocka_unit_test(test_seeding),
        cmocka_unit_test(test_below_is_uniform),
        cmocka_unit_test(test_unit_and_normal_moments),
        cmocka_unit_test(test_shuffle_is_a_uniform_permutation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
