#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/utf8.h"

#define REPLACED "\xEF\xBF\xBD"

static void test_every_code_point_round_trips(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        char bytes[6] = "";
        size_t length = utf8_put(code, bytes + 1);
        uint32_t back;
        if (utf8_next(bytes + 1, length, &back) != length || back != code) fail_msg("U+%04X", code);
        if (utf8_back(bytes, length + 1) != 1) fail_msg("U+%04X from behind", code);
    }
    char bytes[4];
    assert_int_equal(utf8_put(0xD800, bytes), 3);
    assert_memory_equal(bytes, REPLACED, 3);
    assert_int_equal(utf8_put(0x110000, bytes), 3);
    assert_memory_equal(bytes, REPLACED, 3);
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\x80",             /* continuation alone */
        "\xC0\x80",         /* overlong NUL */
        "\xC1\xBF",         /* overlong, two bytes */
        "\xE0\x9F\xBF",     /* overlong, three bytes */
        "\xF0\x8F\xBF\xBF", /* overlong, four bytes */
        "\xED\xA0\x80",     /* surrogate */
        "\xF4\x90\x80\x80", /* beyond U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xE2\x82",     /* cut off */
        "\xE2\x28\xA1", /* not continued */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code;
        assert_int_equal(utf8_next(cases[i], strlen(cases[i]), &code), 1);
        assert_int_equal(code, UTF8_REPLACEMENT);
        char text[64] = "twelve bytes";
        strcat(text, cases[i]);
        size_t bad_at = 0;
        assert_false(utf8_valid(text, strlen(text), &bad_at));
        assert_int_equal(bad_at, 12);
        assert_false(utf8_valid(text, strlen(text), NULL));
    }
    assert_true(utf8_valid("", 0, NULL));
    assert_true(utf8_valid("plain and \xE2\x82\xAC" REPLACED, 16, NULL));
}

/* Forward and backward steps stop at the same places, whatever the bytes are. */
static void test_back_agrees_with_next(void **state)
{
    (void)state;
    static const unsigned char alphabet[] = {'a',  0x80, 0xBF, 0xC3, 0xE2, 0x82, 0xAC,
                                             0xED, 0xA0, 0xF0, 0x9F, 0xF4, 0x90, 0xFF};
    Rng r = rng_make(1, 0);
    for (int round = 0; round < 20000; round++) {
        char text[12];
        bool starts[13] = {false};
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = (char)alphabet[rng_below(&r, sizeof alphabet)];
        size_t count = 0, back = 0;
        uint32_t code;
        for (size_t at = 0; at < sizeof text;
             at += utf8_next(text + at, sizeof text - at, &code), count++)
            starts[at] = true;
        for (size_t at = sizeof text; at > 0; back++) {
            at = utf8_back(text, at);
            assert_true(starts[at]);
        }
        assert_int_equal(back, count);
        assert_int_equal(utf8_count(text, sizeof text), count);
    }
}

typedef void Transform(const char *text, size_t size, Str *out);

static void assert_turns(Transform *transform, const char *text, size_t size, const char *expected)
{
    Str out = {0};
    str_add(&out, ">");
    transform(text, size, &out);
    assert_int_equal(out.data[0], '>');
    assert_string_equal(out.data + 1, expected);
    assert_int_equal(out.size, strlen(expected) + 1);
    str_release(&out);
}

static void test_clean(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"as it is, \xC3\xA9\t\n", "as it is, \xC3\xA9\t\n"},
        {"a\r\nb\rc\r\r\nd\r", "a\nb\nc\n\nd\n"},
        {"a\x01\x1b[0m\x7F\xC2\x85z", "a[0mz"},
        {"\xC2\xA0", "\xC2\xA0"},
        {"x\xFFy\xE2\x82", "x" REPLACED "y" REPLACED REPLACED},
        {REPLACED, REPLACED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_turns(utf8_clean, cases[i].text, strlen(cases[i].text), cases[i].expected);
    assert_turns(utf8_clean, "a\0b", 3, "ab");
    assert_turns(utf8_clean, NULL, 0, "");
}

static void test_fold(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"Already LOWER? no: [\\]^_`@{", "already lower? no: [\\]^_`@{"},
        {"\xC3\x9C"
         "BER \xCE\xA3",
         "\xC3\xBC"
         "ber \xCF\x83"}, /* Ü Σ */
        {"\xEF\xBC\xA1\xEF\xBD\x82\xEF\xBC\x91\xE3\x80\x80!",
         "ab1 !"}, /* full-width Ab1 and blank */
        {"\xE6\xBC\xA2 \xE1\xBA\x9E",
         "\xE6\xBC\xA2 \xC3\x9F"}, /* a Han character, capital sharp s */
        {"\xD0\x96\xFF", "\xD0\xB6" REPLACED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_turns(utf8_fold, cases[i].text, strlen(cases[i].text), cases[i].expected);
    assert_turns(utf8_fold, NULL, 0, "");
}

enum { WORD = 1, LETTER = 2, DIGIT = 4, UPPER = 8, SPACE = 16, UNSPACED = 32, HAN = 64 };

static unsigned classes(uint32_t code)
{
    return (utf8_is_word(code) ? WORD : 0) | (utf8_is_letter(code) ? LETTER : 0) |
           (utf8_is_digit(code) ? DIGIT : 0) | (utf8_is_upper(code) ? UPPER : 0) |
           (utf8_is_space(code) ? SPACE : 0) | (utf8_is_unspaced(code) ? UNSPACED : 0) |
           (utf8_is_han(code) ? HAN : 0);
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        uint32_t code;
        unsigned classes;
    } cases[] = {
        {'a', WORD | LETTER},
        {'Z', WORD | LETTER | UPPER},
        {'0', WORD | DIGIT},
        {'9', WORD | DIGIT},
        {'_', 0},
        {'@', 0},
        {'[', 0},
        {'`', 0},
        {'{', 0},
        {'/', 0},
        {':', 0},
        {0, 0},
        {0x7F, 0},
        {' ', SPACE},
        {'\t', SPACE},
        {'\r', SPACE},
        {0x08, 0},
        {0x0E, 0},
        {0x85, SPACE},
        {0xA0, SPACE},
        {0x2028, SPACE},
        {0x3000, SPACE},
        {0x200B, 0},
        {0xC4, WORD | LETTER | UPPER},
        {0xE4, WORD | LETTER},
        {0xD7, 0},
        {0x301, WORD},
        {0xBD, WORD},           /* one half: a number, not a digit */
        {0x0663, WORD | DIGIT}, /* Arabic-Indic 3 */
        {0x0E01, WORD | LETTER | UNSPACED},
        {0x0E3F, 0}, /* baht */
        {0x0E53, WORD | DIGIT | UNSPACED},
        {0x0E81, WORD | LETTER | UNSPACED},
        {0x1780, WORD | LETTER | UNSPACED},
        {0x1000, WORD | LETTER | UNSPACED},
        {0x3042, WORD | LETTER | UNSPACED},
        {0x30AB, WORD | LETTER | UNSPACED},
        {0x30FB, 0}, /* middle dot */
        {0x30FC, WORD | LETTER | UNSPACED},
        {0xFF71, WORD | LETTER | UNSPACED},
        {0x3001, 0},
        {0x3007, WORD | UNSPACED | HAN}, /* a letter-like number */
        {0x4E00, WORD | LETTER | UNSPACED | HAN},
        {0x9FFF, WORD | LETTER | UNSPACED | HAN},
        {0x3400, WORD | LETTER | UNSPACED | HAN},
        {0x20000, WORD | LETTER | UNSPACED | HAN},
        {0xAC00, WORD | LETTER}, /* Hangul is written with blanks */
        {0x1F600, 0},
        {0x110000, 0},
        {UINT32_MAX, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (classes(cases[i].code) != cases[i].classes)
            fail_msg("U+%04X: %x, not %x", cases[i].code, classes(cases[i].code), cases[i].classes);
}

static void test_lower(void **state)
{
    (void)state;
    assert_int_equal(utf8_lower('A'), 'a');
    assert_int_equal(utf8_lower('Z'), 'z');
    assert_int_equal(utf8_lower('['), '[');
    assert_int_equal(utf8_lower('@'), '@');
    assert_int_equal(utf8_lower(0xC4), 0xE4);
    assert_int_equal(utf8_lower(0x130), 'i');
    assert_int_equal(utf8_lower(0x4E00), 0x4E00);
}

static void test_active(void **state)
{
    (void)state;
    static const uint32_t active[] = {0,      0x1B,   0x7F,   0x9B,   0x61C,
                                      0x200F, 0x2029, 0x202E, 0x2066, 0xFEFF};
    static const uint32_t quiet[] = {' ', 'a', 0xA0, 0x200D, 0x301, 0x4E00, 0x1F600};
    for (size_t i = 0; i < sizeof active / sizeof *active; i++)
        assert_true(utf8_is_active(active[i]));
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        assert_false(utf8_is_active(quiet[i]));
        assert_true(utf8_is_assigned(quiet[i]));
    }
    assert_false(utf8_is_assigned(0x378));
    assert_false(utf8_is_assigned(0x3FFFE));
}

static void test_count(void **state)
{
    (void)state;
    assert_int_equal(utf8_count("", 0), 0);
    assert_int_equal(utf8_count("twelve bytes", 12), 12);
    assert_int_equal(utf8_count("twelve bytes\xE2\x82\xAC and more", 24), 22);
    assert_int_equal(utf8_count("\xFF\xE2\x82", 3), 3);
}

static const struct {
    const char *text;
    int width;
} graphemes[] = {
    {"a", 1},
    {"\x01", 0},
    {"\r\n", 0},
    {"\xC2\x85", 0},
    {"e\xCC\x81", 1},                            /* e and an accent */
    {"\xCC\x81", 0},                             /* an accent alone */
    {"\xE6\xBC\xA2", 2},                         /* Han */
    {"\xED\x95\x9C", 2},                         /* Hangul syllable */
    {"\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB", 2}, /* the same as three jamo */
    {"\xEF\xBD\xB1", 1},                         /* half-width Katakana */
    {"\xF0\x9F\x98\x80", 2},                     /* an emoji */
    {"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", 2},     /* with skin tone */
    {"\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7", 2}, /* a family */
    {"\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA", 2},                                         /* a flag */
    {"\xE2\x9D\xA4", 1},             /* a heart as text */
    {"\xE2\x9D\xA4\xEF\xB8\x8F", 2}, /* and as an emoji */
    {"\xE0\xA4\xB9\xE0\xA4\xBF", 2}, /* a Devanagari vowel sign beside its letter */
    {"\xE0\xB8\x99\xE0\xB8\xB3", 2}, /* Thai sara am */
    {"\xFF", 1},
};

static void test_grapheme(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof graphemes / sizeof *graphemes; i++) {
        char text[64];
        size_t size = strlen(graphemes[i].text);
        memcpy(text, graphemes[i].text, size);
        memcpy(text + size, "a", 1);
        int width = -1;
        assert_int_equal(utf8_grapheme(text, size, &width), size);
        assert_int_equal(width, graphemes[i].width);
        assert_int_equal(utf8_grapheme(text, size + 1, &width), size);
    }
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(utf8_width("", 0), 0);
    for (size_t i = 0; i < sizeof graphemes / sizeof *graphemes; i++) {
        const char *text = graphemes[i].text;
        int width = utf8_width(text, strlen(text));
        if (width != graphemes[i].width)
            fail_msg("%s: %d, not %d", text, width, graphemes[i].width);
    }
    assert_int_equal(utf8_width("abc \xE6\xBC\xA2\xE6\xBC\xA2 e\xCC\x81", 14), 10);
}

static void test_fit(void **state)
{
    (void)state;
    assert_int_equal(utf8_fit("abc", 3, 2), 2);
    assert_int_equal(utf8_fit("abc", 3, 9), 3);
    assert_int_equal(utf8_fit("abc", 3, 0), 0);
    assert_int_equal(utf8_fit("abc", 3, -1), 0);
    for (size_t i = 0; i < sizeof graphemes / sizeof *graphemes; i++) {
        const char *text = graphemes[i].text;
        size_t size = strlen(text);
        assert_int_equal(utf8_fit(text, size, graphemes[i].width), size);
        assert_int_equal(utf8_fit(text, size, graphemes[i].width - 1), 0);
    }
    assert_int_equal(utf8_fit("a\xE6\xBC\xA2z", 5, 2), 1);
    assert_int_equal(utf8_fit("ae\xCC\x81z", 5, 2), 4);
}

static void test_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},           {"plain", "plain"},     {"a\tb\r\nc\x1b\xC2\x9Bz", "a b  c  z"},
        {"a\xFFz", "a?z"},  {"a\xE2\x82z", "a??z"}, {"a\xE2", "a"},
        {"a\xE2\x82", "a"}, {"a\xF0\x9F\x98", "a"}, {"a\xE2\x82\xAC", "a\xE2\x82\xAC"},
        {"a\x80", "a?"},    {"a\xC0\x80", "a??"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        strcpy(text, cases[i].text);
        utf8_line(text);
        assert_string_equal(text, cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point_round_trips),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_back_agrees_with_next),
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_lower),
        cmocka_unit_test(test_active),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_grapheme),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_fit),
        cmocka_unit_test(test_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
