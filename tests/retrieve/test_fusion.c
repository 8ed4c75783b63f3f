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

static void equal_sums_go_by_scores(void **state)
{
    (void)state;
    /* 2 and 9 have the ranks 1 and 2 each; 9 comes nearer to the best of the list it is second in
     */
    Hit a[] = {{2, 30}, {9, 27}, {5, 1}}, b[] = {{9, 0.4f}, {2, 0.1f}};
    FusionList lists[] = {{a, 3}, {b, 2}}, other[] = {{b, 2}, {a, 3}};
    Hit out[3], swapped[3];
    assert_int_equal(fuse(lists, 2, 3, out), 3);
    assert_int_equal(out[0].row, 9);
    assert_int_equal(out[1].row, 2);
    assert_int_equal(out[2].row, 5);
    assert_true(out[0].score == out[1].score);
    assert_true(fabs(out[0].score - (1.0 / 61 + 1.0 / 62)) < 1e-8);
    assert_int_equal(fuse(other, 2, 3, swapped), 3);
    assert_memory_equal(out, swapped, sizeof out);
    assert_int_equal(fuse(lists, 2, 1, out), 1);
    assert_int_equal(out[0].row, 9);
}

/* Ranks 1, 2, 3 in each order: six sums of the same numbers. */
static void the_same_ranks_in_any_order_are_equal(void **state)
{
    (void)state;
    Hit a[] = {{1, 1}, {2, 0.5f}, {3, 0.25f}}, b[] = {{2, 1}, {3, 0.5f}, {1, 0.25f}},
        c[] = {{3, 1}, {1, 0.5f}, {2, 0.25f}};
    const FusionList all[] = {{a, 3}, {b, 3}, {c, 3}};
    static const int ORDERS[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int o = 0; o < 6; o++) {
        FusionList lists[3];
        Hit out[3];
        for (int l = 0; l < 3; l++) lists[l] = all[ORDERS[o][l]];
        assert_int_equal(fuse(lists, 3, 3, out), 3);
        for (uint32_t i = 0; i < 3; i++) {
            assert_int_equal(out[i].row, i + 1);
            assert_true(out[i].score == out[0].score);
        }
    }
}

static void lists_without_a_best_have_no_say(void **state)
{
    (void)state;
    Hit below[] = {{9, -0.1f}, {2, -0.9f}}, zero[] = {{9, 0}, {2, -1}}, b[] = {{2, 1}, {9, 0.5f}};
    FusionList lists[] = {{below, 2}, {b, 2}}, other[] = {{zero, 2}, {b, 2}};
    Hit out[2];
    assert_int_equal(fuse(lists, 2, 2, out), 2);
    assert_int_equal(out[0].row, 2);
    assert_int_equal(fuse(other, 2, 2, out), 2);
    assert_int_equal(out[0].row, 2);
    FusionList empty[] = {{NULL, 0}, {b, 2}};
    assert_int_equal(fuse(empty, 2, 2, out), 2);
    assert_int_equal(out[0].row, 2);
}

static void equal_scores_go_by_row(void **state)
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
        cmocka_unit_test(equal_sums_go_by_scores),
        cmocka_unit_test(the_same_ranks_in_any_order_are_equal),
        cmocka_unit_test(lists_without_a_best_have_no_say),
        cmocka_unit_test(equal_scores_go_by_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
