#include "tests/ui/rows.h"

#include <stdlib.h>

#include "ui/text.h"

/* The lines, joined by '|'. */
static void test_wrap(void **state)
{
    (void)state;
    static const struct {
        int width;
        const char *text, *lines;
    } CASES[] = {
        {10, "", ""},
        {10, "one", "one|"},
        {10, "one\n", "one|"},
        {10, "\n", "|"},
        {10, "a\r\nb\rc\n\nd\u2028e\fg", "a|b|c||d|e|g|"},
        {7, "one two three", "one two|three|"},
        {8, "one two three", "one two|three|"},
        {3, "one   two", "one|two|"},
        {3, "one   ", "one|"},
        {3, "one \ntwo", "one|two|"},
        {5, "  ab cd", "  ab|cd|"},
        {3, "     ab", "ab|"},
        {3, "     \nab", "|ab|"},
        {4, "abcdefghij kl", "abcd|efgh|ij|kl|"},
        {4, "a bcdefgh", "a|bcde|fgh|"},
        {1, "ab", "a|b|"},
        {0, "ab", "a|b|"},
        {-9, "ab", "a|b|"},
        {1, "漢字", "漢|字|"}, /* too wide: still one a line */
        {5, "漢字漢字", "漢字|漢字|"},
        {4, "漢字。漢", "漢|字。|漢|"}, /* not before closing punctuation */
        {6, "漢「字」漢", "漢|「字」|漢|"},
        {6, "ab漢字cd", "ab漢字|cd|"},
        {5, "abc漢字", "abc漢|字|"},
        {5, "a\u00a0b c", "a\u00a0b c|"},
        {4, "aa\u00a0bb", "aa|bb|"}, /* PDF files have nothing else between words */
        {2, "e\u0301e\u0301e\u0301", "e\u0301e\u0301|e\u0301|"},
        {2, "👩‍👩‍👧👍🏽", "👩‍👩‍👧|👍🏽|"},
        {4, "\u3000漢字", "\u3000漢|字|"},
        {4, "a\tb c", "a\tb|c|"},
    };
    TextLines lines = {0};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Str got = {0};
        text_wrap(CASES[i].text, strlen(CASES[i].text), CASES[i].width, &lines);
        for (size_t k = 0; k < lines.count; k++) {
            TextLine l = lines.items[k];
            str_add_bytes(&got, CASES[i].text + l.first, l.end - l.first);
            str_add_char(&got, '|');
        }
        if (strcmp(str_get(&got), CASES[i].lines) != 0)
            fail_msg("%d: \"%s\" is not \"%s\"", CASES[i].width, str_get(&got), CASES[i].lines);
        str_release(&got);
    }
    vec_release(&lines);
}

/* Lines ascend, fit, and only blanks and line ends are left out between them. */
static void test_wrap_random(void **state)
{
    (void)state;
    Rng r = rng_make(5, 0);
    TextLines lines = {0};
    for (int round = 0; round < 3000; round++) {
        char text[300];
        size_t size = random_text(&r, text, 1 + rng_below(&r, sizeof text - 1)), at = 0;
        int width = 1 + (int)rng_below(&r, 20), w;
        text_wrap(text, size, width, &lines);
        for (size_t i = 0; i <= lines.count; i++) {
            size_t end = i < lines.count ? lines.items[i].first : size;
            for (; at < end;) {
                uint32_t code;
                at += utf8_next(text + at, size - at, &code);
                assert_true(utf8_is_space(code));
            }
            if (i == lines.count) break;
            TextLine l = lines.items[i];
            assert_true(l.first >= at && l.end >= l.first && l.end <= size);
            int columns = 0, characters = 0;
            for (size_t k = l.first; k<l.end; columns += w, characters += w> 0)
                k += grid_step(text + k, l.end - k, &w);
            assert_true(columns <= width || characters == 1);
            at = l.end;
        }
    }
    vec_release(&lines);
}

static void assert_spans(const char *text, const TextSpans *spans, const char *expected)
{
    Str got = {0};
    size_t at = 0;
    for (size_t i = 0; i < spans->count; i++) {
        TextSpan s = spans->items[i];
        assert_true(s.first >= at && s.end > s.first && s.end <= strlen(text));
        str_add_bytes(&got, text + at, s.first - at);
        str_addf(&got, "[%.*s]", (int)(s.end - s.first), text + s.first);
        at = s.end;
        assert_int_equal(s.style, LOOK_LIT);
    }
    str_add(&got, text + at);
    assert_string_equal(str_get(&got), expected);
    str_release(&got);
}

static void test_shared(void **state)
{
    (void)state;
    static const struct {
        const char *text, *other, *lit;
    } CASES[] = {
        {"", "", ""},
        {"Insurance policies", "", "Insurance policies"},
        {"Our INSURANCE, and theirs", "insurance is our and", "Our [INSURANCE], and theirs"},
        {"Lyft's drivers don't", "What don't Lyft drivers?", "[Lyft]'s [drivers] don't"},
        {"in 2021: 3.5% of 12,000", "3.5 12,000 2021", "in [2021]: [3.5]% of [12,000]"},
        {"about above any the whether which your you", "any your the which whether you above about",
         "about above any the whether which your you"},
        {"naïve ÉCOLE", "école NAÏVE", "[naïve] [ÉCOLE]"},
        {"ＡＢＣ", "abc", "[ＡＢＣ]"},
        {"第三方保险政策", "三方的保险", "第[三方保险]政策"},
        {"第三方保险政策", "三方保险", "第[三方保险]政策"},
        {"是的保险", "是的", "是的保险"},
        {"Pacific谷保险Inc", "谷保险 inc", "Pacific[谷保险Inc]"},
        {"ab.cd", "ab", "[ab].cd"},
        {"\xff"
         "ab\xe2\x82",
         "ab", "\xff[ab]\xe2\x82"},
    };
    TextSpans spans = {0};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        text_shared(CASES[i].text, CASES[i].other, &spans);
        assert_spans(CASES[i].text, &spans, CASES[i].lit);
    }
    vec_release(&spans);
}

static void test_found(void **state)
{
    (void)state;
    static const struct {
        const char *text, *needle, *lit;
    } CASES[] = {
        {"abc", "", "abc"},
        {"", "a", ""},
        {"aXbxcX", "x", "a[X]b[x]c[X]"},
        {"aaaa", "aa", "[aa][aa]"},
        {"aab aaab", "aab", "[aab] a[aab]"},
        {"abababc", "ababc", "ab[ababc]"},
        {"Straße ÜBER", "über", "Straße [ÜBER]"},
        {"\u0130stanbul", "is", "[\u0130s]tanbul"}, /* shorter when folded */
        {"two\nlines", "two lines", "[two\nlines]"},
        {"漢字漢字", "字漢", "漢[字漢]字"},
        {"ab", "abc", "ab"},
    };
    TextSpans spans = {0};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        text_found(CASES[i].text, CASES[i].needle, &spans);
        assert_spans(CASES[i].text, &spans, CASES[i].lit);
    }
    vec_release(&spans);
}

/* The plain way, for texts of two letters. */
static void test_found_random(void **state)
{
    (void)state;
    Rng r = rng_make(11, 0);
    TextSpans spans = {0};
    for (int round = 0; round < 3000; round++) {
        char text[60], needle[6];
        size_t size = rng_below(&r, sizeof text), length = 1 + rng_below(&r, sizeof needle - 1);
        for (size_t i = 0; i < size; i++) text[i] = "aAb"[rng_below(&r, 3)];
        for (size_t i = 0; i < length; i++) needle[i] = "aB"[rng_below(&r, 2)];
        text[size] = needle[length] = '\0';
        text_found(text, needle, &spans);
        size_t found = 0;
        for (size_t at = 0; at + length <= size;) {
            if (strncasecmp(text + at, needle, length) != 0) {
                at++;
                continue;
            }
            assert_true(found < spans.count);
            assert_int_equal(spans.items[found].first, at);
            assert_int_equal(spans.items[found++].end, at + length);
            at += length;
        }
        assert_int_equal(found, spans.count);
    }
    vec_release(&spans);
}

static void test_draw(void **state)
{
    (void)state;
    const char *text = "one two 漢字\nthree e\u0301\nfour";
    TextLines lines = {0};
    text_wrap(text, strlen(text), 8, &lines);
    assert_int_equal(lines.count, 4);
    TextSpan marks[] = {
        {4, 11, LOOK_LIT},  /* two, a blank, and 漢 on the next line */
        {23, 24, LOOK_BAD}, /* half of what the eye sees as one */
    };
    TextSpans spans = {marks, 2, 2};
    Grid g;
    grid_init(&g, 3, 8, false);
    assert_int_equal(text_draw(grid_area(&g), text, &lines, 0, LOOK_TEXT | STYLE_ON, &spans), 3);
    assert_rows(&g, "one two\n漢字\nthree e\u0301\n");
    static const char *const LOOKS[] = {"....LLL.", "LL......", "......B."};
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 8; x++) {
            Look look = STYLE_LOOK(grid_at(&g, y, x)->style);
            char c = look == LOOK_LIT ? 'L' : look == LOOK_BAD ? 'B' : '.';
            if (c != LOOKS[y][x]) fail_msg("%d, %d: %c", y, x, c);
        }
    assert_true(grid_at(&g, 0, 4)->style & STYLE_ON);
    grid_clear(&g);
    assert_int_equal(text_draw(grid_area(&g), text, &lines, 3, LOOK_TEXT, NULL), 1);
    assert_rows(&g, "four\n\n\n");
    assert_int_equal(text_draw(grid_area(&g), text, &lines, 99, LOOK_TEXT, NULL), 0);
    vec_release(&lines);
    grid_release(&g);
}

static void test_draw_random(void **state)
{
    (void)state;
    Rng r = rng_make(13, 0);
    TextLines lines = {0};
    TextSpans spans = {0};
    for (int round = 0; round < 500; round++) {
        char text[200], other[200];
        size_t size = random_text(&r, text, sizeof text);
        random_text(&r, other, sizeof other);
        text_shared(text, other, &spans);
        int width = (int)rng_below(&r, 30);
        text_wrap(text, size, width, &lines);
        Grid g;
        Area a;
        fence_init(&g, (int)rng_below(&r, 10), width, round % 2, &a);
        text_draw(a, text, &lines, rng_below(&r, 4), LOOK_TEXT, &spans);
        assert_fence(&g, a);
        grid_release(&g);
    }
    vec_release(&lines);
    vec_release(&spans);
}

/* A megabyte of the worst: one word, one line, one grapheme, a needle that nearly fits. */
static void test_large(void **state)
{
    (void)state;
    static const char *const PIECES[] = {"a", " ", "漢", "\u0301", "\n", "a漢"};
    enum { LARGE = 1 << 20 };
    char *text = malloc(LARGE + 1);
    TextLines lines = {0};
    TextSpans spans = {0};
    char needle[20001];
    memset(needle, 'a', sizeof needle - 2);
    needle[sizeof needle - 2] = 'b';
    needle[sizeof needle - 1] = '\0';
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++) {
        size_t length = strlen(PIECES[i]), size = LARGE / length * length;
        for (size_t at = 0; at < size; at += length) memcpy(text + at, PIECES[i], length);
        text[size] = '\0';
        text_wrap(text, size, 80, &lines);
        text_shared(text, text, &spans);
        text_found(text, needle, &spans);
        assert_int_equal(spans.count, 0);
    }
    free(text);
    vec_release(&lines);
    vec_release(&spans);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap),         cmocka_unit_test(test_wrap_random),
        cmocka_unit_test(test_shared),       cmocka_unit_test(test_found),
        cmocka_unit_test(test_found_random), cmocka_unit_test(test_draw),
        cmocka_unit_test(test_draw_random),  cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
