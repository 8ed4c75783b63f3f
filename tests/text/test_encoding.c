#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/utf8.h"
#include "text/encoding.h"

static void expect_decoded(const char *bytes, size_t size, const char *encoding, const char *wanted)
{
    Str out = {0};
    Err err = {0};
    const char *name = NULL;
    if (!encoding_decode(bytes, size, &out, &name, &err)) fail_msg("%s", err.message);
    assert_string_equal(name, encoding);
    assert_string_equal(str_get(&out), wanted);
    assert_true(utf8_valid(str_get(&out), out.size, NULL));
    str_release(&out);
}

static void expect_refused(const char *bytes, size_t size, const char *says)
{
    Str out = {0};
    Err err = {0};
    const char *name = "untouched";
    assert_false(encoding_decode(bytes, size, &out, &name, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_string_equal(name, "untouched");
    if (!strstr(err.message, says)) fail_msg("\"%s\" does not say \"%s\"", err.message, says);
    str_release(&out);
}

#define DECODED(literal, encoding, wanted)                                                         \
    expect_decoded(literal, sizeof(literal) - 1, encoding, wanted)
#define REFUSED(literal, says) expect_refused(literal, sizeof(literal) - 1, says)

static void test_utf8(void **state)
{
    (void)state;
    DECODED("", "UTF-8", "");
    DECODED("plain\r\nlines\rhere\n", "UTF-8", "plain\nlines\nhere\n");
    DECODED("\xEF\xBB\xBFwith a mark", "UTF-8", "with a mark");
    DECODED("caf\xC3\xA9 中文", "UTF-8", "café 中文");
}

static void test_a_few_broken_bytes_are_replaced(void **state)
{
    (void)state;
    DECODED("caf\xC3\xA9 na\xC3\xAFve \xFF end of a line of text", "UTF-8",
            "café naïve \xEF\xBF\xBD end of a line of text");
    DECODED("a nul \0and a \x01 control", "UTF-8", "a nul and a  control");
    DECODED("cut off in its last character \xE4\xB8", "UTF-8",
            "cut off in its last character \xEF\xBF\xBD\xEF\xBF\xBD");
}

static void test_utf16(void **state)
{
    (void)state;
    DECODED("\xFF\xFEh\0i\0\x2D\x4E", "UTF-16LE", "hi中");
    DECODED("\xFE\xFF\0h\0i\x4E\x2D", "UTF-16BE", "hi中");
    DECODED("w\0i\0t\0h\0o\0u\0t\0 \0m\0a\0r\0k\0", "UTF-16LE", "without mark");
    DECODED("\0w\0i\0t\0h\0o\0u\0t\0 \0m\0a\0r\0k", "UTF-16BE", "without mark");
    REFUSED("\xFF\xFE\0\0h\0\0\0", "UTF-32");
}

static void test_utf16_chinese_without_a_mark(void **state)
{
    (void)state;
    /* 这是中文。\n第二行。 */
    DECODED("\xD9\x8F\x2F\x66\x2D\x4E\x87\x65\x02\x30\x0A\x00\x2C\x7B\x8C\x4E\x4C\x88\x02\x30",
            "UTF-16LE", "这是中文。\n第二行。");
}

static void test_gb18030(void **state)
{
    (void)state;
    /* 这是中文，不是别的。 */
    DECODED("\xD5\xE2\xCA\xC7\xD6\xD0\xCE\xC4\xA3\xAC\xB2\xBB\xCA\xC7\xB1\xF0\xB5\xC4\xA1\xA3",
            "GB18030", "这是中文，不是别的。");
    DECODED("\xD6\xD0\xCE\xC4 and a lot of plain text in English around two characters", "GB18030",
            "中文 and a lot of plain text in English around two characters");
}

static void test_others_are_refused_by_name(void **state)
{
    (void)state;
    REFUSED("Le caf\xE9 est tr\xE8s bon \xE0 la cr\xE8me", "WINDOWS-1252");
    REFUSED("\x93\xFA\x96\x7B\x8C\xEA\x82\xCC\x83\x65\x83\x4C\x83\x58\x83\x67",
            "not UTF-8"); /* Shift_JIS */
    REFUSED("\xC0\xCC\xB0\xCD\xC0\xBA \xC7\xD1\xB1\xB9\xBE\xEE "
            "\xC5\xD8\xBD\xBA\xC6\xAE\xC0\xD4\xB4\xCF\xB4\xD9 \xB9\xAE\xC0\xDA "
            "\xC0\xCE\xC4\xDA\xB5\xF9\xC0\xBB \xBD\xC3\xC7\xE8\xC7\xD5\xB4\xCF\xB4\xD9 "
            "\xBF\xA9\xB7\xAF \xB4\xDC\xBE\xEE\xB8\xA6 "
            "\xB3\xD6\xBE\xEE",
            "not UTF-8"); /* EUC-KR */
    REFUSED("%PDF-1.5 …", "a PDF");
    REFUSED("PK\3\4rest", "zip");
    REFUSED("\x89PNG\r\n", "PNG");
    REFUSED("\x1F\x8B\x08\0\0", "gzip");
}

static void test_binary_is_refused(void **state)
{
    (void)state;
    char noise[2048];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        x = x * 1664525u + 1013904223u;
        noise[i] = (char)(x >> 24);
    }
    noise[0] = 'n';
    expect_refused(noise, sizeof noise, "binary");
    char zeros[64] = "header";
    expect_refused(zeros, sizeof zeros, "binary");
}

static void test_named_charsets(void **state)
{
    (void)state;
    Str out = {0};
    Err err = {0};
    const char *name = NULL;
    assert_true(encoding_convert("caf\xE9 \x93q\x94", 8, "ISO-8859-1", &out, &name, &err));
    assert_string_equal(str_get(&out), "café “q”");
    assert_string_equal(name, "WINDOWS-1252");
    str_clear(&out);
    assert_true(encoding_convert("\x93\xFA", 2, "shift_jis", &out, &name, &err));
    assert_string_equal(str_get(&out), "日");
    assert_false(encoding_convert("x", 1, "klingon", &out, &name, &err));
    assert_non_null(strstr(err.message, "klingon"));
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_a_few_broken_bytes_are_replaced),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_utf16_chinese_without_a_mark),
        cmocka_unit_test(test_gb18030),
        cmocka_unit_test(test_others_are_refused_by_name),
        cmocka_unit_test(test_binary_is_refused),
        cmocka_unit_test(test_named_charsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
