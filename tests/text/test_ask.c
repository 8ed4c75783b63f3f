/* Questions made by rules: the kinds, no copies, none that names nothing, the same each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/str.h"
#include "text/ask.h"

static float same_weight(const void *context, const char *word, size_t size)
{
    (void)context;
    (void)word;
    return size > 3 ? 6 : 3;
}

static Asked ask(const char *text, const char *heading)
{
    Asked a = {0};
    AskSource source = {.text = text, .heading = heading, .weight = same_weight, .documents = 1000};
    ask_questions(&source, &a);
    return a;
}

static void assert_asks(const char *text, const char *heading, const char *kind,
                        const char *question)
{
    Asked a = ask(text, heading);
    bool found = false;
    for (size_t i = 0; i < a.count; i++)
        found |= strcmp(a.items[i].kind, kind) == 0 && strcmp(a.items[i].text, question) == 0;
    if (!found) {
        for (size_t i = 0; i < a.count; i++)
            print_message("%s: %s\n", a.items[i].kind, a.items[i].text);
        fail_msg("no '%s' from: %s", question, text);
    }
    asked_release(&a);
}

static void english_kinds(void **state)
{
    (void)state;
    assert_asks("A cross-encoder is a model that reads the question and the passage together.", "",
                "definition", "What is a cross-encoder?");
    assert_asks("The lighthouse was built of granite in 1848 by the harbour board of the town.", "",
                "when", "When was the lighthouse built of granite?");
    assert_asks("There are 212 steps to the lamp room of the old tower.", "", "how many",
                "How many steps are there to the lamp room of the old tower?");
    assert_asks("If the reserve is too small, claims have to be paid from income of the year.", "",
                "condition", "What happens when the reserve is too small?");
    assert_asks("The boat is late in winter because ice forms in the channel of the harbour.", "",
                "why", "Why is the boat late in winter?");
    assert_asks(
        "Our insurance policy covers the loss of goods that are on their way to the customers.", "",
        "what", "What does the company's insurance policy cover?");
    assert_asks("The quarry was bought by Robert Stevenson after the war and it closed in the end.",
                "", "who", "Who bought the quarry?");
    assert_asks("Total revenue was $17.5 billion in 2021, which is more than in the year before.",
                "", "how much", "How much was total revenue in 2021?");
}

static void chinese_kinds(void **state)
{
    (void)state;
    assert_asks("倒排索引是一种从词到文段的列表。它让检索很快。", "", "definition",
                "什么是倒排索引？");
    assert_asks("灯塔于1848年用花岗岩建成，守塔人住在塔里。灯塔很高。", "灯塔", "when",
                "灯塔是哪一年用花岗岩建成的？");
}

static void chinese_numbers_ask_in_place(void **state)
{
    (void)state;
    assert_asks("老城的钟楼一共有212级台阶。台阶很陡。", "", "how many",
                "老城的钟楼一共有多少级台阶？");
    assert_asks("如果候选太少，训练就学不到东西。这很常见。", "", "condition",
                "如果候选太少，会怎么样？");
    assert_asks("由于冬天海面结冰，渡轮要多走一个小时。", "", "why", "渡轮为什么要多走一个小时？");
}

static const char *const TEXTS[] = {
    "BM25 came out of probabilistic retrieval work. It keeps the rarity weight and changes two "
    "things: repetition has diminishing returns, and length "
    "is corrected by degree. The parameter k1 is a number that says how quickly repetition stops "
    "paying. If k1 is 0, counts are ignored.",
    "We rely on third-party insurance policies to insure our operations-related risks. If our "
    "insurance coverage is insufficient for the needs of our "
    "business, we may not be able to mitigate the risks we face. Any failure could adversely "
    "affect our results.",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nint main(void) { return 0; "
    "}\n```\n\nhttp://example.org/ is a link.",
    "适配器是一种只作用在查询向量上的小映射。因为文档向量不变，所以不需要重建索引。2019年提出的方法"
    "有三种。如果数据太少，低秩的形式更稳。",
    "Der Leuchtturm wurde 1848 aus Granit gebaut. Der Wärter schrieb jeden Abend das Wetter auf.",
    "灯台は1848年に花崗岩で建てられました。灯台守は毎晩天気を記録しました。灯台はとても高いです。",
    "",
    "!!!",
    "one",
};

static void nothing_is_copied_or_nameless(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof TEXTS / sizeof *TEXTS; t++) {
        Asked a = ask(TEXTS[t], "Heading › Part"), b = ask(TEXTS[t], "Heading › Part");
        assert_int_equal(a.count, b.count);
        for (size_t i = 0; i < a.count; i++) {
            assert_string_equal(a.items[i].text, b.items[i].text);
            assert_true(ask_copied(a.items[i].text, TEXTS[t]) < 0.8);
            assert_false(ask_nameless(a.items[i].text));
            assert_null(strchr(a.items[i].text, '\n'));
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(a.items[i].text, a.items[j].text);
        }
        size_t n = asked_choose(&a, 2);
        assert_true(n <= 2 && n <= a.count);
        if (n == 2 && b.count > 4) assert_string_not_equal(a.items[0].kind, a.items[1].kind);
        asked_release(&a);
        asked_release(&b);
    }
}

static void other_languages_give_keywords_only(void **state)
{
    (void)state;
    for (size_t t = 4; t <= 5; t++) {
        Asked a = ask(TEXTS[t], "");
        for (size_t i = 0; i < a.count; i++) assert_string_equal(a.items[i].kind, "keyword");
        asked_release(&a);
    }
}

static void doubts_of_texts(void **state)
{
    (void)state;
    assert_true(ask_nameless("What is discussed in this section?"));
    assert_true(ask_nameless("What does the passage say about it?"));
    assert_true(ask_nameless("什么时候？"));
    assert_true(ask_nameless(""));
    assert_false(ask_nameless("What is discussed about insurance?"));
    assert_false(ask_nameless("渡轮几点离开？"));
    assert_true(ask_copied("the ferry leaves the harbour",
                           "Every day the ferry leaves the harbour at seven.") == 1);
    assert_true(ask_copied("when does the ferry leave",
                           "Every day the ferry leaves the harbour at seven.") < 0.5);
    assert_true(ask_copied("", "text") == 0);
}

/* Random bytes and pieces of sentences: no crash, nothing endless. */
static void hostile_texts(void **state)
{
    (void)state;
    static const char *const PIECES[] = {
        "is ", "If ", "the ",   "there are 9 ", "因为", "是一种", "，", "。", ". ",
        "\n",  "“",   "1848年", "%s%n",         "\xff", "|",      "(",  "a",  "Ω"};
    for (uint64_t seed = 0; seed < 300; seed++) {
        Rng rng = rng_make(seed, 1);
        Str s = {0};
        for (uint64_t n = rng_below(&rng, 120); n > 0; n--)
            str_add(&s, PIECES[rng_below(&rng, sizeof PIECES / sizeof *PIECES)]);
        Asked a = ask(str_get(&s), str_get(&s));
        asked_choose(&a, 5);
        asked_release(&a);
        str_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english_kinds),
        cmocka_unit_test(chinese_kinds),
        cmocka_unit_test(chinese_numbers_ask_in_place),
        cmocka_unit_test(nothing_is_copied_or_nameless),
        cmocka_unit_test(other_languages_give_keywords_only),
        cmocka_unit_test(doubts_of_texts),
        cmocka_unit_test(hostile_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
