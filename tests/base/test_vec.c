#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vec.h"

typedef struct Pair {
    int left, right;
} Pair;

static void test_push_and_release(void **state)
{
    (void)state;
    VEC(Pair) pairs = {0};
    for (int i = 0; i < 1000; i++) vec_push(&pairs, (Pair){i, -i});
    assert_int_equal(pairs.count, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(pairs.items[i].left, i);
        assert_int_equal(pairs.items[i].right, -i);
    }
    vec_clear(&pairs);
    assert_int_equal(pairs.count, 0);
    size_t capacity = pairs.capacity;
    vec_reserve(&pairs, capacity);
    assert_int_equal(pairs.capacity, capacity);
    vec_reserve(&pairs, 5 * capacity);
    assert_int_equal(pairs.capacity, 5 * capacity);
    vec_release(&pairs);
    assert_null(pairs.items);
    assert_int_equal(pairs.capacity, 0);
    vec_release(&pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_push_and_release)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
