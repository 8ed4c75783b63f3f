#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static void test_pieces_are_aligned_and_stay_put(void **state)
{
    (void)state;
    Arena a = {0};
    unsigned char *pieces[400];
    for (size_t i = 0; i < 400; i++) {
        pieces[i] = arena_alloc(&a, i * 7);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i & 0xFF), i * 7);
    }
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < i * 7; j++) assert_int_equal(pieces[i][j], i & 0xFF);
    arena_release(&a);
    assert_null(a.last);
    assert_int_equal(a.used_bytes, 0);
    arena_release(&a);
}

static void test_large_piece_leaves_the_last_block_in_use(void **state)
{
    (void)state;
    Arena a = {0};
    char *small = arena_alloc(&a, 16);
    memset(arena_alloc(&a, 1 << 20), 1, 1 << 20);
    assert_ptr_equal(arena_alloc(&a, 16), small + 16);
    assert_int_equal(a.used_bytes, 32 + (1 << 20));
    arena_release(&a);
}

static void test_strings(void **state)
{
    (void)state;
    Arena a = {0};
    assert_string_equal(arena_strdup(&a, "anchor"), "anchor");
    assert_null(arena_strdup(&a, NULL));
    assert_string_equal(arena_strndup(&a, "positive", 3), "pos");
    assert_string_equal(arena_strndup(&a, NULL, 0), "");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_are_aligned_and_stay_put),
        cmocka_unit_test(test_large_piece_leaves_the_last_block_in_use),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
