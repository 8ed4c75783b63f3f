#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void test_iso(void **state)
{
    (void)state;
    static const struct {
        int64_t wall_ms;
        const char *iso;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {999, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-1000, "1969-12-31T23:59:59Z"},
        {1769860800000, "2026-01-31T12:00:00Z"},
        {1709208000123, "2024-02-29T12:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[32];
        clock_iso(cases[i].wall_ms, out);
        assert_string_equal(out, cases[i].iso);
    }
    char out[32];
    clock_iso(INT64_MAX, out);
    clock_iso(INT64_MIN, out);
}

static void test_clocks_go_forward(void **state)
{
    (void)state;
    double before = clock_s();
    assert_true(clock_s() >= before);
    assert_true(clock_wall_ms() > 1700000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iso),
        cmocka_unit_test(test_clocks_go_forward),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
