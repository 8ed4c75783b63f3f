/* Questions made by rules: the kinds, what is not asked, no copies, none that names nothing, the
 * same each time. */
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

static Asked ask(const char *text, const char *heading, const char *title)
{
    Asked a = {0};
    AskSource source = {
        .text = text, .heading = heading, .title = title, .weight = same_weight, .documents = 1000};
    ask_questions(&source, &a);
    return a;
}

typedef struct Case {
    const char *text, *kind, *question; /* kind NULL: no such question may be asked */
    const char *heading, *title;
} Case;

/* Counts what is missing, and prints it with what there is. */
static int missing(const Case *cases, size_t count)
{
    int bad = 0;
    for (size_t c = 0; c < count; c++) {
        Asked a = ask(cases[c].text, cases[c].heading, cases[c].title);
        bool found = false;
        for (size_t i = 0; i < a.count; i++)
            found |= strcmp(a.items[i].text, cases[c].question) == 0 &&
                     (!cases[c].kind || strcmp(a.items[i].kind, cases[c].kind) == 0);
        if (found != (cases[c].kind != NULL)) {
            bad++;
            print_message("%s '%s' from: %s\n", found ? "asked" : "did not ask", cases[c].question,
                          cases[c].text);
            for (size_t i = 0; i < a.count; i++)
                print_message("    %s: %s\n", a.items[i].kind, a.items[i].text);
        }
        asked_release(&a);
    }
    return bad;
}

static void english_kinds(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {"A cross-encoder is a model that reads the question and the passage together.",
         "definition", "What is a cross-encoder?"},
        {"Error E15 means that the leak protection has closed the valve.", "definition",
         "What does Error E15 mean?"},
        {"The lighthouse was built of granite in 1848 by the harbour board of the town.", "when",
         "When was the lighthouse built of granite?"},
        {"In March 2021, the city returned to the old tariff for taxis.", "when",
         "When did the city return to the old tariff for taxis?"},
        {"Open enrollment is in November for all members of the plan.", "when",
         "When is open enrollment?"},
        {"There are 212 steps to the lamp room of the old tower.", "how many",
         "How many steps are there to the lamp room of the old tower?"},
        {"You can take ten days of bereavement leave for the death of a relative.", "how many",
         "How many days of bereavement leave can I take for the death of a relative?"},
        {"The Quick programme lasts 29 minutes and is suitable for lightly soiled dishes.",
         "how many", "How long does the Quick programme last?"},
        {"The human insulin protein is composed of 51 amino acids.", "how many",
         "How many amino acids is the human insulin protein composed of?"},
        {"Total revenue was $17.5 billion in 2021, which is more than in the year before.",
         "how much", "How much was total revenue in 2021?"},
        {"The monthly limit is 2,500 euros for everyone who has a card.", "how much",
         "How much is the monthly limit?"},
        {"The Radford data is reviewed once per year at the end of November.", "how often",
         "How often is the Radford data reviewed?"},
        {"If the reserve is too small, claims have to be paid from income of the year.",
         "condition", "What happens when the reserve is too small?"},
        {"When you get a promotion, you will get a corresponding raise.", "condition",
         "What happens when I get a promotion?"},
        {"The boat is late in winter because ice forms in the channel of the harbour.", "why",
         "Why is the boat late in winter?"},
        {"Flights are booked through the travel desk, because the company has an agreement with "
         "two airlines.",
         "why", "Why are flights booked through the travel desk?"},
        {"Error E09 is caused by a defective heating element of the appliance.", "why",
         "What causes Error E09?"},
        {"Fluctuations in currency rates may adversely affect the value of foreign assets.",
         "effect", "How could fluctuations in currency rates affect the value of foreign assets?"},
        {"Diluted income per share is computed by dividing net income by the shares.", "how",
         "How is diluted income per share computed?"},
        {"To adjust the water softener, turn the dial inside the salt container with a coin.",
         "how", "How do I adjust the water softener?"},
        {"Our insurance policy covers the loss of goods that are on their way to the customers.",
         "what", "What does the company's insurance policy cover?"},
        {"The quarry was bought by Robert Stevenson after the war and it closed in the end.", "who",
         "Who bought the quarry?"},
        {"The transmitter is used to send the position of the vessel to the coast guard.",
         "purpose", "What is the transmitter used for?"},
        {"The corporate headquarters are located in the old customs house of the port.", "where",
         "Where are the corporate headquarters located?"},
        {"Receipts must be submitted within 30 days after the trip to the finance team.", "when",
         "When must receipts be submitted?"},
        {"Clean the filter of the pump once a month under running water.", "how often",
         "How often should I clean the filter of the pump?"},
        {"The General Data Protection Regulation (GDPR) is a law of the European Union.",
         "definition", "What does GDPR stand for?"},
        {"Open the tap. The filter is then empty and can be read by the team of the tower.", "how",
         "How do I check the filter?", "Upkeep › Checking the filter"},
    };
    assert_int_equal(missing(CASES, sizeof CASES / sizeof *CASES), 0);
}

static void english_refuses(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {"This is a model that reads the question and the passage together.", NULL,
         "What is this?"},
        {"It was built of granite in 1848 by the harbour board of the town.", NULL,
         "When was it built of granite?"},
        {"The company announced that the rates for members will rise in the next year.", NULL,
         "What did the company announce?"},
        {"The shares were sold by us. No shares were issued in 2019 to the board of the town.",
         NULL, "When were no shares issued?"},
        {"The harbour and is a town.", NULL, "What is the harbour and?"},
        {"See https://example.org/lighthouse, which is a page of the harbour board.", NULL,
         "What is https://example.org/lighthouse?"},
    };
    assert_int_equal(missing(CASES, sizeof CASES / sizeof *CASES), 0);
}

static void chinese_kinds(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {"倒排索引是一种从词到文段的列表。它让检索很快。", "definition", "什么是倒排索引？"},
        {"灯塔于1848年用花岗岩建成，守塔人住在塔里。灯塔很高。", "when",
         "灯塔是哪一年用花岗岩建成的？", "灯塔"},
        {"吴双战于1966年3月加入海军，后来升为上校。", "when", "吴双战是什么时候加入海军的？"},
        {"老城的钟楼一共有212级台阶。台阶很陡。", "how many", "老城的钟楼一共有多少级台阶？"},
        {"如果候选太少，训练就学不到东西。这很常见。", "condition", "如果候选太少，会怎么样？"},
        {"由于冬天海面结冰，渡轮要多走一个小时。", "why", "渡轮为什么要多走一个小时？"},
        {"发票抬头必须是公司全称，否则财务部不予受理。", "why", "发票抬头为什么一定要是公司全称？"},
        {"差旅费由财务部负责审核，三天内付款。", "who", "差旅费是由谁负责审核的？"},
        {"赛里木湖位于新疆的高山上，湖水很清。", "where", "赛里木湖在什么地方？"},
        {"适配器和重排器的区别在于前者只改查询。", "comparison", "适配器和重排器有什么区别？"},
        {"双塔比重排更快。", "comparison", "双塔和重排哪个更快？"},
        {"抽样方式有两种：从上往下取，或者随机取。", "list", "抽样方式有哪几种？"},
        {"重叠让答案完整。相邻两段会重复几句话。", "how", "重叠有什么用？", "切块 › 重叠有什么用"},
    };
    assert_int_equal(missing(CASES, sizeof CASES / sizeof *CASES), 0);
}

static void chinese_refuses(void **state)
{
    (void)state;
    static const Case CASES[] = {
        {"它是一种从词到文段的列表，检索很快。", NULL, "什么是它？"},
        {"第3章讲灯塔的历史，第4章讲渡轮。", NULL, "第多少章讲灯塔的历史？"},
        {"这个办法是一种捷径，灯塔很高。", NULL, "什么是这个办法？"},
    };
    assert_int_equal(missing(CASES, sizeof CASES / sizeof *CASES), 0);
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
    "Le phare a été construit en 1848 en granit. Le gardien notait la météo chaque soir dans un "
    "grand registre.",
    "",
    "!!!",
    "one",
};
#define OTHER_LANGUAGES_FIRST 4
#define OTHER_LANGUAGES_LAST 6

static void nothing_is_copied_or_nameless(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof TEXTS / sizeof *TEXTS; t++) {
        Asked a = ask(TEXTS[t], "Heading › Part", NULL), b = ask(TEXTS[t], "Heading › Part", NULL);
        assert_int_equal(a.count, b.count);
        for (size_t i = 0; i < a.count; i++) {
            assert_string_equal(a.items[i].text, b.items[i].text);
            assert_true(ask_copied(a.items[i].text, TEXTS[t]) < 0.7);
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
    for (size_t t = OTHER_LANGUAGES_FIRST; t <= OTHER_LANGUAGES_LAST; t++) {
        Asked a = ask(TEXTS[t], "", "");
        assert_true(a.count > 0);
        for (size_t i = 0; i < a.count; i++) assert_string_equal(a.items[i].kind, "keyword");
        asked_release(&a);
    }
}

/* A query is a few words of the passage, in lower case, without the marks of a question. */
static void keyword_queries(void **state)
{
    (void)state;
    Asked a = ask("The harbour board bought a granite quarry near Penzance. Ships carried the "
                  "blocks to the reef at low tide.",
                  "", "");
    size_t queries = 0;
    for (size_t i = 0; i < a.count; i++) {
        if (strcmp(a.items[i].kind, "keyword") != 0) continue;
        queries++;
        size_t blanks = 0;
        for (const char *c = a.items[i].text; *c; c++) {
            assert_false(*c >= 'A' && *c <= 'Z');
            blanks += *c == ' ';
        }
        assert_null(strchr(a.items[i].text, '?'));
        assert_true(blanks >= 1 && blanks <= 4);
    }
    assert_true(queries >= 1);
    asked_release(&a);
}

/* Headings, code, tables and lists of references are no source, as long as there is any other. */
static void poor_sources_are_left_out(void **state)
{
    (void)state;
    Asked a = ask("# The zeppelin is a machine of the past\n\nThe ferry is late in winter because "
                  "ice forms in the channel.\n\n| zeppelin | is a balloon |\n\n"
                  "```\nzeppelin is a variable\n```\n\nSmith et al. A zeppelin is a balloon, pp. "
                  "3.\n\n    zeppelin(a) = { is: a }\n",
                  "", "");
    assert_true(a.count > 0);
    for (size_t i = 0; i < a.count; i++) assert_null(strcasestr(a.items[i].text, "zeppelin"));
    asked_release(&a);
    a = ask("| model | engine |\n|---|---|\n| zeppelin | maybach |\n| airship | hydrogen |\n", "",
            "");
    assert_true(a.count > 0); /* nothing else is there */
    asked_release(&a);
}

/* "andjurisdictions", "ourplatform": a PDF lost the blanks at line ends. Words of the corpus weigh
 * little, the joined ones much. */
static float corpus_weight(const void *context, const char *word, size_t size)
{
    static const char KNOWN[] = " jurisdictions platform growth depends licence board ridesharing "
                                "taxation is the of and our in on with a to strategy approval ";
    (void)context;
    char key[40];
    if (size > 36) return 6;
    snprintf(key, sizeof key, " %.*s ", (int)size, word);
    return strstr(KNOWN, key) ? 3 : 7.2F;
}

static void lost_blanks_are_found(void **state)
{
    (void)state;
    Asked a = {0};
    AskSource source = {
        .text = "The approval of the licence board depends on taxation andjurisdictions. The "
                "growth of ourplatform depends ontaxation in the "
                "strategy of theboard. The strategy ofridesharing is the growth of ourplatform.",
        .weight = corpus_weight,
        .documents = 1000};
    ask_questions(&source, &a);
    assert_true(a.count > 0);
    for (size_t i = 0; i < a.count; i++) {
        assert_null(strstr(a.items[i].text, "ourplatform"));
        assert_null(strstr(a.items[i].text, "andjurisdictions"));
        assert_null(strstr(a.items[i].text, "theboard"));
    }
    asked_release(&a);
}

static void choosing_varies(void **state)
{
    (void)state;
    Asked a = ask("The ferry is late in winter because ice forms in the channel. The harbour "
                  "closes in autumn because storms damage the boats. "
                  "A ticket is a slip of paper that allows one crossing. There are 12 lifeboats on "
                  "the upper deck of the ferry.",
                  "", "");
    size_t n = asked_choose(&a, 3);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(a.items[i].kind, a.items[j].kind);
            assert_true(a.items[i].sentence != a.items[j].sentence);
        }
    }
    assert_int_equal(asked_choose(&a, 0), 0);
    asked_release(&a);
    asked_release(&a);
}

static void copied_spans(void **state)
{
    (void)state;
    const char *text = "Every day the ferry leaves the harbour at seven.";
    assert_true(ask_copied("the ferry leaves the harbour", text) == 1);
    assert_true(ask_copied("THE FERRY, leaves the harbour!", text) == 1);
    assert_true(ask_copied("when does the ferry leave", text) < 0.5);
    assert_true(ask_copied("ferry zeppelin", text) == 0.5);
    assert_true(ask_copied("", text) == 0);
    assert_true(ask_copied("ferry", "") == 0);
    /* the run is what counts, not how many words are shared */
    assert_true(ask_copied("harbour ferry seven day", text) == 0.25);
    Str long_text = {0};
    for (int i = 0; i < 200000; i++) str_add(&long_text, "a b c ");
    assert_true(ask_copied(str_get(&long_text), str_get(&long_text)) == 1); /* in no time */
    str_release(&long_text);
}

static void nameless_questions(void **state)
{
    (void)state;
    static const char *const NAMELESS[] = {"What is discussed in this section?",
                                           "What does the passage say about it?",
                                           "What is it used for?",
                                           "What happens then?",
                                           "什么时候？",
                                           "文中提到的要求是什么？",
                                           "这段主要讲了什么内容？",
                                           "",
                                           "?",
                                           "8"};
    static const char *const NAMED[] = {"What is discussed about insurance?",
                                        "渡轮几点离开？",
                                        "What is BM25?",
                                        "r134a",
                                        "什么是倒排索引？",
                                        "灯台の高さ"};
    for (size_t i = 0; i < sizeof NAMELESS / sizeof *NAMELESS; i++) {
        if (!ask_nameless(NAMELESS[i])) fail_msg("'%s' names nothing", NAMELESS[i]);
    }
    for (size_t i = 0; i < sizeof NAMED / sizeof *NAMED; i++) {
        if (ask_nameless(NAMED[i])) fail_msg("'%s' names something", NAMED[i]);
    }
}

/* Random bytes and pieces of sentences: no crash, nothing endless. */
static void hostile_texts(void **state)
{
    (void)state;
    static const char *const PIECES[] = {"is ",
                                         "If ",
                                         "the ",
                                         "there are 9 ",
                                         "because ",
                                         "because",
                                         "因为",
                                         "是一种",
                                         "由",
                                         "，",
                                         "。",
                                         ". ",
                                         "\n",
                                         "“",
                                         "”",
                                         "1848年",
                                         "比",
                                         "更",
                                         "(",
                                         ")",
                                         "[",
                                         "](",
                                         "`",
                                         "<",
                                         "%s%n",
                                         "\xff",
                                         "|",
                                         "a",
                                         "Ω",
                                         "you're ",
                                         "can ",
                                         "cannot ",
                                         "We ",
                                         "than ",
                                         "$5 ",
                                         "to ",
                                         "A lighthouse ",
                                         "and ",
                                         ", ",
                                         "—",
                                         "灯塔",
                                         "が",
                                         "To be ",
                                         "When "};
    for (uint64_t seed = 0; seed < 1500; seed++) {
        Rng rng = rng_make(seed, 1);
        Str s = {0};
        for (uint64_t n = rng_below(&rng, 120); n > 0; n--)
            str_add(&s, PIECES[rng_below(&rng, sizeof PIECES / sizeof *PIECES)]);
        Asked a = ask(str_get(&s), str_get(&s), str_get(&s));
        asked_choose(&a, 5);
        asked_release(&a);
        str_release(&s);
    }
    Str big = {0};
    for (int i = 0; i < 30000; i++) str_add(&big, "如果the (");
    Asked a = ask(str_get(&big), NULL, NULL);
    asked_release(&a);
    str_release(&big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english_kinds),
        cmocka_unit_test(english_refuses),
        cmocka_unit_test(chinese_kinds),
        cmocka_unit_test(chinese_refuses),
        cmocka_unit_test(nothing_is_copied_or_nameless),
        cmocka_unit_test(other_languages_give_keywords_only),
        cmocka_unit_test(keyword_queries),
        cmocka_unit_test(poor_sources_are_left_out),
        cmocka_unit_test(lost_blanks_are_found),
        cmocka_unit_test(choosing_varies),
        cmocka_unit_test(copied_spans),
        cmocka_unit_test(nameless_questions),
        cmocka_unit_test(hostile_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
