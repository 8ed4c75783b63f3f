#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/map.h"

static void test_put_get_add(void **state)
{
    (void)state;
    Map *m = map_new();
    assert_int_equal(map_count(m), 0);
    assert_int_equal(map_get(m, "a", 1), MAP_NONE);
    assert_true(map_put(m, "a", 1, 5));
    assert_false(map_put(m, "a", 1, 6));
    assert_int_equal(map_get(m, "a", 1), 6);
    assert_int_equal(map_add(m, "a", 1, 9), 6);
    assert_int_equal(map_add(m, "b", 1, 9), 9);
    assert_int_equal(map_get(m, "b", 1), 9);
    assert_int_equal(map_count(m), 2);
    map_free(m);
    map_free(NULL);
}

static void test_keys_are_byte_strings(void **state)
{
    (void)state;
    Map *m = map_new();
    assert_int_equal(map_get(m, NULL, 0), MAP_NONE);
    assert_true(map_put(m, NULL, 0, 1));
    assert_true(map_put(m, "\0", 1, 2));
    assert_true(map_put(m, "\0\0", 2, 3));
    assert_true(map_put(m, "a\0b", 3, 4));
    assert_int_equal(map_get(m, "", 0), 1);
    assert_int_equal(map_get(m, "\0", 1), 2);
    assert_int_equal(map_get(m, "\0\0", 2), 3);
    assert_int_equal(map_get(m, "a\0b", 3), 4);
    assert_int_equal(map_get(m, "a\0c", 3), MAP_NONE);
    size_t size;
    assert_string_equal(map_key(m, 0, &size), "");
    assert_int_equal(size, 0);
    assert_memory_equal(map_key(m, 3, &size), "a\0b", 4);
    assert_int_equal(size, 3);
    map_free(m);
}

static void test_many_keys_in_order(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    Map *m = map_new();
    char key[32];
    for (uint32_t i = 0; i < COUNT; i++)
        assert_true(map_put(m, key, (size_t)snprintf(key, sizeof key, "term %u", i), i * 3));
    assert_int_equal(map_count(m), COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        size_t size = (size_t)snprintf(key, sizeof key, "term %u", i), kept;
        assert_int_equal(map_get(m, key, size), i * 3);
        assert_string_equal(map_key(m, i, &kept), key);
        assert_int_equal(kept, size);
        assert_int_equal(map_value(m, i), i * 3);
    }
    assert_string_equal(map_key(m, 7, NULL), "term 7");
    assert_int_equal(map_get(m, "term 50000", 10), MAP_NONE);
    map_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_get_add),
        cmocka_unit_test(test_keys_are_byte_strings),
        cmocka_unit_test(test_many_keys_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
