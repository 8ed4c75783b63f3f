#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cancel.h"

static void test_cancel(void **state)
{
    (void)state;
    Cancel c = {0};
    Err err = {0};
    assert_false(cancel_asked(NULL));
    assert_true(cancel_check(NULL, &err));
    assert_true(cancel_check(&c, &err));
    assert_int_equal(err.kind, ERR_NONE);

    cancel_ask(&c);
    assert_true(cancel_asked(&c));
    assert_false(cancel_check(&c, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_true(strlen(err.message) > 0);
    assert_false(cancel_check(&c, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cancel)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
