#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "app/output.h"
#include "app/table.h"
#include "app/ticker.h"
#include "base/utf8.h"

static void check_line(const char *given, const char *wanted)
{
    Str out = {0};
    text_line(given, &out);
    assert_string_equal(str_get(&out), wanted);
    str_release(&out);
}

static void test_lines_are_safe(void **state)
{
    (void)state;
    check_line(NULL, "");
    check_line("  two\n\n lines\t", "two lines");
    check_line("a\033[31mred", "a [31mred");
    check_line("\xC2\x9B"
               "31m",
               "31m"); /* CSI as one C1 character */
    check_line("a\xE2\x80\xAE"
               "b",
               "a b"); /* right-to-left override */
    check_line("bad \xFF byte", "bad \xEF\xBF\xBD byte");
    check_line("\xE6\xA3\x80\xE7\xB4\xA2", "\xE6\xA3\x80\xE7\xB4\xA2");
}

static void test_blocks_keep_lines(void **state)
{
    (void)state;
    Str out = {0};
    text_block("a\n  b\rc\x07", &out);
    assert_string_equal(out.data, "a\n  b c ");
    str_release(&out);
}

static const Column COLUMNS[] = {{"id", true}, {"text", .wide = true}, {"end"}};

static Table *sample(void)
{
    Table *t = table_new(COLUMNS, 3);
    table_cell(t, "7");
    table_cell(t, "a text that is rather long, so that it must give way");
    table_cell(t, "x");
    table_cellf(t, "%d", 1234);
    table_cell(t, "\xE6\xA3\x80\xE7\xB4\xA2\xE6\xA8\xA1\xE5\x9E\x8B\xE6\xA3\x80\xE7\xB4\xA2\xE6\xA8"
                  "\xA1\xE5\x9E\x8B");
    table_cell(t, NULL);
    return t;
}

static void test_table_aligns(void **state)
{
    (void)state;
    Table *t = sample();
    Str out = {0};
    table_write(t, 0, false, &out);
    assert_string_equal(out.data,
                        "  id  text                                                  end\n"
                        "   7  a text that is rather long, so that it must give way  x\n"
                        "1234  "
                        "\xE6\xA3\x80\xE7\xB4\xA2\xE6\xA8\xA1\xE5\x9E\x8B\xE6\xA3\x80\xE7\xB4\xA2"
                        "\xE6\xA8\xA1\xE5\x9E\x8B\n");
    str_release(&out);
    table_free(t);
}

static void test_table_fits(void **state)
{
    (void)state;
    for (int width = 24; width < 60; width++) {
        Table *t = sample();
        Str out = {0};
        table_write(t, width, false, &out);
        for (const char *at = out.data; *at;) {
            size_t size = strcspn(at, "\n");
            assert_true(utf8_width(at, size) <= width);
            at += size + 1;
        }
        assert_true(utf8_valid(out.data, out.size, NULL));
        str_release(&out);
        table_free(t);
    }
}

static void test_progress_forms(void **state)
{
    (void)state;
    ProgressState s = {
        .what = "mine", .unit = "questions", .done = 50, .total = 200, .rate = 25, .eta_s = 6};
    Str out = {0};
    ticker_bar(&s, 80, &out);
    assert_string_equal(out.data,
                        "mine [#####...............]  25%  50/200 questions  25/s  ETA 6 s");
    str_clear(&out);
    ticker_bar(&s, 20, &out);
    assert_int_equal(utf8_width(out.data, out.size), 19);
    str_clear(&out);
    ticker_line(&s, &out);
    assert_string_equal(out.data, "mine: 50 of 200 questions, 25/s, ETA 6 s");
    str_clear(&out);
    ticker_line(&(ProgressState){.what = "pull",
                                 .unit = "bytes",
                                 .message = "model.safetensors",
                                 .within = "sweep: 1 of 2 runs",
                                 .done = 12500000,
                                 .total = 90900000,
                                 .rate = 4.2e6,
                                 .eta_s = 18.7},
                &out);
    assert_string_equal(out.data, "pull: 12.5 of 90.9 MB, 4.2 MB/s, ETA 19 s, model.safetensors, "
                                  "sweep: 1 of 2 runs");
    str_clear(&out);
    ticker_line(&(ProgressState){.what = "embed",
                                 .unit = "texts",
                                 .done = 3,
                                 .rate = 1.5,
                                 .token_rate = 3955.4,
                                 .eta_s = -1},
                &out);
    assert_string_equal(out.data, "embed: 3 texts, 1.5/s, 3955 tokens/s");
    str_clear(&out);
    s.done = 300; /* more than promised */
    ticker_bar(&s, 80, &out);
    assert_non_null(strstr(out.data, "100%"));
    str_clear(&out);
    ticker_bar(&(ProgressState){.eta_s = -1}, 80, &out);
    assert_int_equal(out.size, 0);
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_safe), cmocka_unit_test(test_blocks_keep_lines),
        cmocka_unit_test(test_table_aligns),   cmocka_unit_test(test_table_fits),
        cmocka_unit_test(test_progress_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
