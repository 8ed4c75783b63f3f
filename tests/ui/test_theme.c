#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/theme.h"

static void test_names(void **state)
{
    (void)state;
    for (ThemeId t = 0; t < THEME_COUNT; t++) assert_int_equal(theme_find(theme_name(t)), t);
    assert_int_equal(theme_find("none such"), THEME_COUNT);
    assert_int_equal(theme_find(""), THEME_COUNT);
}

static void test_colours_are_there(void **state)
{
    (void)state;
    static const int COLOURS[] = {0, 2, 8, 16, 88, 256, 1 << 24};
    for (ThemeId t = 0; t < THEME_COUNT; t++)
        for (size_t c = 0; c < sizeof COLOURS / sizeof *COLOURS; c++)
            for (int look = 0; look < LOOK_COUNT; look++)
                for (int on = 0; on < 2; on++) {
                    Ink ink = theme_ink(t, COLOURS[c], (Style)(look | (on ? STYLE_ON : 0)));
                    int most = COLOURS[c] < 8 ? 0 : COLOURS[c] < 256 ? 8 : 256;
                    assert_true(ink.foreground >= -1 && ink.foreground < most);
                    assert_true(ink.background >= -1 && ink.background < most);
                }
}

static int same(Ink a, Ink b)
{
    return a.foreground == b.foreground && a.background == b.background && a.bold == b.bold &&
           a.dim == b.dim && a.underline == b.underline && a.reverse == b.reverse;
}

/* The line under the cursor is seen in every look, and without colours as well. */
static void test_on_is_seen(void **state)
{
    (void)state;
    static const int COLOURS[] = {0, 8, 256};
    for (ThemeId t = 0; t < THEME_COUNT; t++)
        for (size_t c = 0; c < sizeof COLOURS / sizeof *COLOURS; c++)
            for (int look = 0; look < LOOK_COUNT; look++) {
                Ink off = theme_ink(t, COLOURS[c], (Style)look);
                Ink on = theme_ink(t, COLOURS[c], (Style)(look | STYLE_ON));
                assert_false(same(off, on));
                assert_false(on.dim);
            }
}

/* Nothing by colour alone. */
static void test_attributes(void **state)
{
    (void)state;
    for (ThemeId t = 0; t < THEME_COUNT; t++) {
        assert_true(theme_ink(t, 256, LOOK_LIT).underline);
        assert_true(theme_ink(t, 256, LOOK_BAD).bold != theme_ink(t, 256, LOOK_GOOD).bold);
        assert_true(theme_ink(t, 256, LOOK_FIELD).underline);
        assert_true(theme_ink(t, 0, LOOK_FOCUS).bold != theme_ink(t, 0, LOOK_BORDER).bold);
        assert_int_equal(theme_ink(t, 256, LOOK_TEXT).foreground, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_colours_are_there),
        cmocka_unit_test(test_on_is_seen),
        cmocka_unit_test(test_attributes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
