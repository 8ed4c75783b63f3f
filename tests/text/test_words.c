#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "text/words.h"

/* The words of text as "a|b|c". */
static void assert_words(const char *text, const char *expected)
{
    Words w = {0};
    Str joined = {0};
    words_split(text, strlen(text), &w);
    for (size_t i = 0; i < w.words.count; i++) {
        if (i > 0) str_add_char(&joined, '|');
        str_add_bytes(&joined, w.folded.data + w.words.items[i].at, w.words.items[i].size);
    }
    assert_string_equal(str_get(&joined), expected);
    str_release(&joined);
    words_release(&w);
}

static void test_spaced(void **state)
{
    (void)state;
    assert_words("", "");
    assert_words(" \n\t.,;", "");
    assert_words("The Quick, brown FOX.", "the|quick|brown|fox");
    assert_words("don't Don\xE2\x80\x99T 'quoted' dogs'", "don't|don't|quoted|dogs");
    assert_words("3.5 and 1.2.3 end. 7. .5", "3.5|and|1.2.3|end|7|5");
    assert_words("U.S. e.g. a.b", "u|s|e|g|a|b");
    assert_words("snake_case 10-K 1,000", "snake|case|10|k|1|000");
    assert_words("ÉCOLE Straße ΑΘΗΝΑ Москва", "école|straße|αθηνα|москва");
    assert_words("Ｆｕｌｌ　Ｗ３．５", "full|w3.5");
    assert_words("co\xC2\xADoperate", "cooperate");
    assert_words("İx", "ix");
}

static void test_unspaced(void **state)
{
    (void)state;
    assert_words("深度学习", "深度|度学|学习");
    assert_words("我", "我");
    assert_words("你好，世界。", "你好|世界");
    assert_words("用BERT模型2.0版", "用|bert|模型|2.0|版");
    assert_words("東京タワー", "東京|京タ|タワ|ワー");
    assert_words("葛\xF3\xA0\x84\x80城", "葛城"); /* a variation selector */
}

static void test_source_ranges(void **state)
{
    (void)state;
    const char *text = "Ａb, 深度学";
    Words w = {0};
    words_split(text, strlen(text), &w);
    assert_int_equal(w.words.count, 3);
    assert_int_equal(w.words.items[0].source, 0);
    assert_int_equal(w.words.items[0].source_size, 4);
    assert_int_equal(w.words.items[0].size, 2);
    assert_false(w.words.items[0].unspaced);
    assert_int_equal(w.words.items[1].source, 6);
    assert_int_equal(w.words.items[1].source_size, 6);
    assert_int_equal(w.words.items[2].source, 9);
    assert_true(w.words.items[2].unspaced);
    words_release(&w);
}

static void test_reuse_overwrites(void **state)
{
    (void)state;
    Words w = {0};
    words_split("one two three", 13, &w);
    words_split("four", 4, &w);
    assert_int_equal(w.words.count, 1);
    assert_string_equal(w.folded.data, "four");
    words_split("", 0, &w);
    assert_int_equal(w.words.count, 0);
    words_release(&w);
}

static void test_malformed_bytes(void **state)
{
    (void)state;
    assert_words("a\xFF"
                 "b \xE6\xB7 c\xC3",
                 "a|b|c");
    Words w = {0};
    char bytes[256];
    for (int i = 0; i < 256; i++) bytes[i] = (char)(255 - i);
    words_split(bytes, sizeof bytes, &w);
    for (size_t i = 0; i < w.words.count; i++) {
        const Word *x = &w.words.items[i];
        assert_true(x->at + x->size <= w.folded.size);
        assert_true(x->source + x->source_size <= sizeof bytes);
    }
    words_release(&w);
}

static void test_function_words(void **state)
{
    (void)state;
    assert_true(word_is_function("the", 3));
    assert_true(word_is_function("thema", 3));
    assert_true(word_is_function("yourselves", 10));
    assert_true(word_is_function("什么", 6));
    assert_true(word_is_function("的", 3));
    assert_false(word_is_function("revenue", 7));
    assert_false(word_is_function("", 0));
    assert_false(word_is_function("a\0b", 3));
    assert_false(word_is_function("averyveryverylongword", 21));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spaced),          cmocka_unit_test(test_unspaced),
        cmocka_unit_test(test_source_ranges),   cmocka_unit_test(test_reuse_overwrites),
        cmocka_unit_test(test_malformed_bytes), cmocka_unit_test(test_function_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
