#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

static void test_set_and_prefix(void **state)
{
    (void)state;
    Err err = {0};
    assert_false(err_set(&err, ERR_FORMAT, "line %d: %s", 7, "no id"));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_string_equal(err.message, "line 7: no id");
    assert_false(err_prefix(&err, "%s.jsonl", "corpus"));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_string_equal(err.message, "corpus.jsonl: line 7: no id");
    assert_false(err_set(NULL, ERR_IO, "nobody listens"));
    assert_false(err_prefix(NULL, "nobody"));
}

static void test_arguments_may_be_the_message(void **state)
{
    (void)state;
    Err err = {0};
    err_set(&err, ERR_IO, "disk full");
    err_set(&err, ERR_DATABASE, "cannot save: %s", err.message);
    assert_int_equal(err.kind, ERR_DATABASE);
    assert_string_equal(err.message, "cannot save: disk full");
}

static void test_message_is_one_line(void **state)
{
    (void)state;
    Err err = {0};
    err_set(&err, ERR_FORMAT, "%s", "a\nb\x1b[2Jc\xFF");
    assert_string_equal(err.message, "a b [2Jc?");
}

static void test_long_message_is_cut_at_a_character(void **state)
{
    (void)state;
    char text[1600];
    for (size_t skew = 0; skew < 3; skew++) {
        memset(text, 'x', skew);
        for (size_t i = skew; i + 3 < sizeof text; i += 3) memcpy(text + i, "\xE2\x82\xAC", 4);
        Err err = {0};
        err_set(&err, ERR_USAGE, "%s", text);
        size_t size = strlen(err.message);
        assert_true(size >= sizeof err.message - 3);
        assert_true(utf8_valid(err.message, size, NULL));
        assert_memory_equal(err.message, text, size);
        err_prefix(&err, "%s", "prefix");
        assert_true(utf8_valid(err.message, strlen(err.message), NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_prefix),
        cmocka_unit_test(test_arguments_may_be_the_message),
        cmocka_unit_test(test_message_is_one_line),
        cmocka_unit_test(test_long_message_is_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
