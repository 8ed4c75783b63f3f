#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/str.h"
#include "base/utf8.h"
#include "text/sentences.h"

typedef void Splitter(const char *text, size_t size, Spans *out);

/* expected: the text with | where it is cut. */
static void assert_cuts(Splitter *split, const char *expected)
{
    Str text = {0}, got = {0};
    for (const char *p = expected; *p; p++)
        if (*p != '|') str_add_char(&text, *p);
    Spans spans = {0};
    split(str_get(&text), text.size, &spans);
    for (size_t i = 0; i < spans.count; i++) {
        if (i > 0) str_add_char(&got, '|');
        str_add_bytes(&got, text.data + spans.items[i].first,
                      spans.items[i].end - spans.items[i].first);
    }
    assert_string_equal(str_get(&got), expected);
    vec_release(&spans);
    str_release(&text);
    str_release(&got);
}

static void test_english(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "No mark at all",
        "Uber was founded in 2009. |It grew 3.5% a year. |Fast!",
        "Uber Inc. was founded. |Apple Inc. reported it. |It was Foo Corp. |The end.",
        "See e.g. Fig. 2, No. 5 and Sec. 3. |He said no. |Then he left.",
        "J. R. R. Tolkien met Mr. Smith and Dr. Jones. |\xE2\x80\x9CMr. Jones\xE2\x80\x9D too.",
        "The U.S. market grew. |It is in the U.S. |The rest is not.",
        "At 5 p.m. Monday, in Jan. 2021, etc. and so on. |Done.",
        "Vitamin C. |The rest.",
        "Wait... what? |Really?! |Yes\xE2\x80\xA6 Perhaps.",
        "\"Stop!\" he cried. |\"Go.\" |She went. |(It rained.) |He [too] did.",
        "Yahoo! is a name. |What? |He knew.",
        "1. First item. |2. Second item.\n|3. Third item. |It was 2009. |Then 3.5. |End.",
        "Go to example.com. |Then version 1.2.3 runs. x",
        "They grew.|We did not.Uber did. |Use java.util.List here.",
        "A heading\n\n|Text goes\non here. |End",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_cuts(sentences_split, cases[i]);
}

static void test_chinese_and_japanese(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "你好。|我是小明！|真的吗？！|是。",
        "“你来了。”|他说。|（是的。）|好",
        "他说：“来。”，然后走了。|完",
        "好……然后走了。|完",
        "增长３．５％。|约3.5倍。|完",
        "真的吗?|是的.|你好。|用 Node.js是好的。",
        "「行くよ。」と言った。|「はい。」|彼は笑った。",
        "東京です。　|大阪です。\n|終わり｡|はい",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_cuts(sentences_split, cases[i]);
}

static void test_other_scripts(void **state)
{
    (void)state;
    assert_cuts(sentences_split, "नमस्ते। |आप कैसे हैं। |ठीक");
    assert_cuts(sentences_split, "مرحبا؟ |نعم");
    assert_cuts(sentences_split, "Это дом. |Вот он. |А. С. Пушкин писал. |Да");
}

static void test_clauses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "costs 1,000, |or 3.5; |at 10:30: |yes — |no, |\xE2\x80\x9Cwell,\xE2\x80\x9D |he said",
        "in 2019–2020, |a,b,c, |d",
        "一，|二；|三、|四：|１２，０００元，|好——|是",
        "all lower case. |more text. |no. 5 and mr. x! |what",
        "สวัสดี |ครับ",
        ",,,, |x",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_cuts(clauses_split, cases[i]);
}

static size_t tokens(const char *text)
{
    return token_count(text, strlen(text));
}

static void test_token_count(void **state)
{
    (void)state;
    assert_int_equal(tokens(""), 0);
    assert_int_equal(tokens(" \n\t\xE3\x80\x80"), 0);
    assert_int_equal(tokens("a"), 1);
    assert_int_equal(tokens("abcdef"), 1);
    assert_int_equal(tokens("abcdefg"), 2);
    assert_int_equal(tokens("abcdef abcdefg 12"), 4);
    assert_int_equal(tokens("a, b."), 4);
    assert_int_equal(tokens("1,234"), 3);
    assert_int_equal(tokens("深度学习。"), 5);
    assert_int_equal(tokens("用BERT好"), 3);
    assert_int_equal(tokens("éééééé"), 1);
    assert_int_equal(tokens("\xFF\xFE"), 2);
}

/* Whatever the bytes, the spans adjoin, cover the text and begin at characters. */
static void test_random_text(void **state)
{
    (void)state;
    static const char *const bits[] = {
        "a",    "Mr", ".",   ".",  "!",  "?", "\n",           "\n\n",
        " ",    "  ", "1",   ",",  "\"", ")", "。",           "」",
        "と",   "中", "…",   "，", "—",  "A", "\xE2\x80\x9D", "\xC2\xA0",
        "\xFF", "é",  "The "};
    Rng rng = rng_make(7, 0);
    Splitter *const splitters[] = {sentences_split, clauses_split};
    for (int round = 0; round < 2000; round++) {
        Str text = {0};
        for (size_t n = rng_below(&rng, 60); n > 0; n--)
            str_add(&text, bits[rng_below(&rng, sizeof bits / sizeof *bits)]);
        for (size_t k = 0; k < 2; k++) {
            Spans spans = {0};
            splitters[k](str_get(&text), text.size, &spans);
            size_t at = 0;
            for (size_t i = 0; i < spans.count; i++) {
                assert_int_equal(spans.items[i].first, at);
                assert_true(spans.items[i].end > at);
                at = spans.items[i].end;
                assert_true(at == text.size || ((unsigned char)text.data[at] & 0xC0) != 0x80);
            }
            assert_int_equal(at, text.size);
            vec_release(&spans);
        }
        str_release(&text);
    }
}

/* Two million marks: with anything quadratic in it this would not come back. */
static void test_endless_runs(void **state)
{
    (void)state;
    static const char *const bits[] = {".",  "a. ", "\n", " ", "\"",  ". \"", ",",   "。",
                                       "」", "…",   "1.", "a", "\n ", "? ",   "Mr. "};
    for (size_t k = 0; k < sizeof bits / sizeof *bits; k++) {
        Str text = {0};
        for (size_t i = 0; i < 2000000; i++) str_add(&text, bits[k]);
        Spans spans = {0};
        sentences_split(text.data, text.size, &spans);
        clauses_split(text.data, text.size, &spans);
        assert_true(spans.count >= 2);
        vec_release(&spans);
        str_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_english),       cmocka_unit_test(test_chinese_and_japanese),
        cmocka_unit_test(test_other_scripts), cmocka_unit_test(test_clauses),
        cmocka_unit_test(test_token_count),   cmocka_unit_test(test_random_text),
        cmocka_unit_test(test_endless_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
