#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/profile.h"

static void every_phase_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (Phase p = 0; p < PHASES; p++) {
        assert_true(strlen(phase_name(p)) > 0);
        for (Phase q = 0; q < p; q++) assert_string_not_equal(phase_name(p), phase_name(q));
    }
}

static void time_goes_to_the_phase_that_was_left(void **state)
{
    (void)state;
    double start = clock_s();
    Profile *p = profile_new();
    assert_int_equal(profile_switch(p, PHASE_GEMM), PHASE_OTHER);
    assert_int_equal(profile_switch(p, PHASE_LOSS), PHASE_GEMM);
    double loss = profile_seconds(p, PHASE_LOSS);
    assert_true(loss == 0); /* still in it */
    assert_int_equal(profile_switch(p, PHASE_LOSS), PHASE_LOSS);
    assert_int_equal(profile_switch(p, PHASE_OTHER), PHASE_LOSS);
    double passed = clock_s() - start, sum = 0;
    for (Phase phase = 0; phase < PHASES; phase++) {
        assert_true(profile_seconds(p, phase) >= 0);
        sum += profile_seconds(p, phase);
    }
    assert_true(profile_seconds(p, PHASE_ATTENTION) == 0);
    assert_true(profile_total(p) == sum);
    assert_true(sum <= passed);
    profile_free(p);
}

static void none_does_nothing(void **state)
{
    (void)state;
    assert_int_equal(profile_switch(NULL, PHASE_GEMM), PHASE_OTHER);
    profile_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_phase_has_a_name_of_its_own),
        cmocka_unit_test(time_goes_to_the_phase_that_was_left),
        cmocka_unit_test(none_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
