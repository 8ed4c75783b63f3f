#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void test_empty(void **state)
{
    (void)state;
    Str s = {0};
    assert_string_equal(str_get(&s), "");
    str_clear(&s);
    str_truncate(&s, 0);
    assert_null(s.data);
    char *taken = str_take(&s);
    assert_string_equal(taken, "");
    free(taken);
    str_reserve(&s, 0);
    assert_string_equal(s.data, "");
    str_release(&s);
    str_release(&s);
}

static void test_adding(void **state)
{
    (void)state;
    Str s = {0};
    str_add(&s, "ab");
    str_add_char(&s, 'c');
    str_add_bytes(&s, "\0d", 2);
    str_add_bytes(&s, NULL, 0);
    assert_int_equal(s.size, 5);
    assert_memory_equal(s.data, "abc\0d", 6);
    str_truncate(&s, 9);
    assert_int_equal(s.size, 5);
    str_truncate(&s, 2);
    assert_string_equal(str_get(&s), "ab");
    str_clear(&s);
    assert_string_equal(str_get(&s), "");
    for (int i = 0; i < 1000; i++) str_add_char(&s, (char)('a' + i % 26));
    assert_int_equal(strlen(s.data), 1000);
    assert_true(s.capacity > s.size);
    char *taken = str_take(&s);
    assert_null(s.data);
    assert_int_equal(taken[999], 'a' + 999 % 26);
    free(taken);
}

static void test_format(void **state)
{
    (void)state;
    Str s = {0};
    for (int i = 0; i < 100; i++) str_addf(&s, "%03d,", i);
    assert_int_equal(s.size, 400);
    assert_string_equal(s.data + 396, "099,");
    char *copy = str_format("%s|%s", s.data, "end");
    assert_int_equal(strlen(copy), 404);
    assert_string_equal(copy + 400, "|end");
    free(copy);
    str_release(&s);
    char *empty = str_format("%s", "");
    assert_string_equal(empty, "");
    free(empty);
}

static void test_starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts("model.bin", "model"));
    assert_true(str_starts("model", ""));
    assert_false(str_starts("mod", "model"));
    assert_true(str_ends("a.csv", ".csv"));
    assert_false(str_ends("csv", ".csv"));
    assert_false(str_ends("a.CSV", ".csv"));
    assert_true(str_ends_nocase("a.CsV", ".cSv"));
    assert_false(str_ends_nocase("a.tsv", ".csv"));
    assert_false(str_ends_nocase("v", ".csv"));
    assert_true(str_ends_nocase("v", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_adding),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_starts_and_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
