#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "retrieve/fusion.h"

static void ranks_are_fused(void **state)
{
    (void)state;
    Hit a[] = {{7, 0.9f}, {3, 0.8f}, {5, 0.1f}}, b[] = {{3, 20}, {9, 10}};
    FusionList lists[] = {{a, 3}, {b, 2}};
    Hit out[5];
    assert_int_equal(fuse(lists, 2, 5, out), 4);
    assert_int_equal(out[0].row, 3);
    assert_true(fabs(out[0].score - (1.0 / 62 + 1.0 / 61)) < 1e-8);
    assert_int_equal(out[1].row, 7);
    assert_int_equal(out[2].row, 9);
    assert_int_equal(out[3].row, 5);
    assert_true(fabs(out[3].score - 1.0 / 63) < 1e-8);
    Hit swapped[5];
    FusionList other[] = {{b, 2}, {a, 3}};
    assert_int_equal(fuse(other, 2, 5, swapped), 4);
    assert_memory_equal(out, swapped, 4 * sizeof *out);
    assert_int_equal(fuse(lists, 2, 1, out), 1);
    assert_int_equal(fuse(lists, 0, 5, out), 0);
}

static void equal_sums_go_by_row(void **state)
{
    (void)state;
    Hit a[] = {{9, 1}, {2, 0.5f}}, b[] = {{2, 1}, {9, 0.5f}};
    FusionList lists[] = {{a, 2}, {b, 2}};
    Hit out[2];
    assert_int_equal(fuse(lists, 2, 2, out), 2);
    assert_int_equal(out[0].row, 2);
    assert_int_equal(out[1].row, 9);
    assert_true(out[0].score == out[1].score);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_fused),
        cmocka_unit_test(equal_sums_go_by_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
