/* What the Compare view makes of stored tables: rows, orders, words, files. */
#include <math.h>
#include <time.h>

#include "rows.h"

#include "ui/compare_words.h"

#define QUESTIONS 5

static uint32_t ranks_a[QUESTIONS] = {1, 3, 0, 12, 2}, ranks_b[QUESTIONS] = {1, 1, 4, 11, 5},
                ranks_c[QUESTIONS] = {2, 3, 0, 12, 2};

static EvalFactsQuestion questions[QUESTIONS] = {
    {11, "one"}, {12, "two"}, {13, "three"}, {14, NULL}, {15, "five"}};

/* Columns hit@1, mrr@10; a is the baseline, b better for certain, c within noise. */
static EvalFacts table(EvalFactsLine lines[3])
{
    lines[0] = (EvalFactsLine){.name = "a",
                               .dims = 512,
                               .ms_per_query = 0.42,
                               .made = "",
                               .value = {0.2, 0.5},
                               .ci95 = {0.48, 0.52},
                               .p = {1, 1},
                               .first = ranks_a};
    lines[1] = (EvalFactsLine){.name = "b|x",
                               .ms_per_query = NAN,
                               .made = "run 3, 1,203 pairs",
                               .value = {0.4, 0.6},
                               .ci95 = {0.5, 0.7},
                               .p = {0.2, 0.002},
                               .first = ranks_b,
                               .won = 2,
                               .lost = 1};
    lines[1].difference[0] = 0.2;
    lines[1].difference[1] = 0.1;
    lines[1].test = (PairedTest){.p_random = 0, .ci95 = {0.05, 0.15}};
    lines[2] = (EvalFactsLine){.name = "c, d",
                               .dims = 8,
                               .ms_per_query = 12.3,
                               .made = "",
                               .value = {0, 0.4},
                               .p = {0.01, 0.3},
                               .first = ranks_c,
                               .lost = 1};
    lines[2].difference[0] = -0.2;
    lines[2].difference[1] = -0.1;
    lines[2].test = (PairedTest){.p_random = 0.04, .ci95 = {-0.2, 0.01}};
    return (EvalFacts){.row = {.id = 7,
                               .split = "test",
                               .corpus = "split",
                               .frozen = "9f2c00",
                               .data_hash = "ab01",
                               .questions = 1790,
                               .chunks = 1},
                       .columns = {{METRIC_ACCURACY, 1}, {METRIC_MRR, 10}},
                       .column_count = 2,
                       .mrr = 1,
                       .lines = lines,
                       .line_count = 3,
                       .tested = true,
                       .questions = questions,
                       .question_count = QUESTIONS};
}

/* ---- rows ---- */

static void test_alignment(void **state)
{
    EvalFactsLine a[3], b[3];
    EvalFacts x = table(a), y = table(b);
    CompareRows rows = {0};
    (void)state;
    b[0].name = "new";
    b[2].name = "a";
    compare_align(&x, NULL, &rows);
    assert_int_equal(rows.count, 3);
    assert_true(rows.items[2].a == 2 && rows.items[2].b == SIZE_MAX);
    compare_align(&x, &y, &rows);
    assert_int_equal(rows.count, 4);
    assert_true(rows.items[0].a == 0 && rows.items[0].b == 2);
    assert_true(rows.items[1].a == 1 && rows.items[1].b == 1);
    assert_true(rows.items[2].a == 2 && rows.items[2].b == SIZE_MAX);
    assert_true(rows.items[3].a == SIZE_MAX && rows.items[3].b == 0);
    assert_string_equal(compare_name(&x, &y, rows.items[3]), "new");
    compare_align(NULL, &y, &rows);
    assert_int_equal(rows.count, 3);
    compare_align(NULL, NULL, &rows);
    assert_int_equal(rows.count, 0);
    compare_sort(&rows, NULL, NULL, "-mrr@10");
    vec_release(&rows);
}

static void assert_order(const EvalFacts *a, const EvalFacts *b, const char *order,
                         const char *expected)
{
    CompareRows rows = {0};
    Str text = {0};
    compare_align(a, b, &rows);
    compare_sort(&rows, a, b, order);
    for (size_t i = 0; i < rows.count; i++)
        str_add_bytes(&text, compare_name(a, b, rows.items[i]), 1);
    assert_string_equal(str_get(&text), expected);
    str_release(&text);
    vec_release(&rows);
}

static void test_orders(void **state)
{
    EvalFactsLine a[3], b[3];
    EvalFacts x = table(a), y = table(b);
    (void)state;
    assert_order(&x, NULL, "", "abc");
    assert_order(&x, NULL, "-", "abc");
    assert_order(&x, NULL, "mrr@10", "cab");
    assert_order(&x, NULL, "-mrr@10", "bac");
    assert_order(&x, NULL, "-name", "cba");
    assert_order(&x, NULL, "ms", "acb"); /* none stands last … */
    assert_order(&x, NULL, "-ms", "cab");
    assert_order(&x, NULL, "-dim", "acb"); /* … both ways */
    assert_order(&x, NULL, "mrr@11", "abc");
    b[1].name = "z";
    b[1].value[1] = 0.45;
    assert_order(&x, &y, "-mrr@10", "bazc"); /* what only the second has, by its own figures */
}

static void test_marks(void **state)
{
    EvalFactsLine a[3];
    EvalFacts x = table(a);
    (void)state;
    assert_int_equal(compare_mark(&x, 1, 1), 1);
    assert_int_equal(compare_mark(&x, 1, 0), 0);
    assert_int_equal(compare_mark(&x, 2, 0), -1);
    a[0].p[1] = 0;
    assert_int_equal(compare_mark(&x, 0, 1), 0);
    a[1].p[1] = COMPARE_NOISE;
    assert_int_equal(compare_mark(&x, 1, 1), 0);
    x.tested = false;
    assert_int_equal(compare_mark(&x, 2, 0), 0);
}

static void test_questions_that_moved(void **state)
{
    EvalFactsLine a[3];
    EvalFacts x = table(a);
    CompareQuestions q = {0};
    (void)state;
    compare_moved(&x, 1, MOVED_WON, &q);
    assert_int_equal(q.count, 2);
    assert_true(q.items[0] == 1 && q.items[1] == 2); /* 3 → 1 before — → 4; 12 → 11 is no move */
    compare_moved(&x, 1, MOVED_LOST, &q);
    assert_int_equal(q.count, 1);
    assert_int_equal(q.items[0], 4);
    compare_moved(&x, 1, MOVED_ALL, &q);
    assert_int_equal(q.count, 3);
    assert_true(q.items[0] == 1 && q.items[1] == 4 && q.items[2] == 2);
    compare_moved(&x, 0, MOVED_ALL, &q);
    assert_int_equal(q.count, 0);
    vec_release(&q);
}

/* ---- words ---- */

#define says(call, expected)                                                                       \
    do {                                                                                           \
        Str out = {0};                                                                             \
        call;                                                                                      \
        assert_string_equal(str_get(&out), (expected));                                            \
        str_release(&out);                                                                         \
    } while (0)

static void test_figures(void **state)
{
    (void)state;
    says(compare_share(0.7624, &out), ".762");
    says(compare_share(1, &out), "1.000");
    says(compare_share(0.9999, &out), "1.000");
    says(compare_share(0, &out), ".000");
    says(compare_share(NAN, &out), "—");
    says(compare_difference(0.017, false, &out), "+.017");
    says(compare_difference(-0.168, false, &out), "−.168");
    says(compare_difference(-0.168, true, &out), "-.168");
    says(compare_difference(-0.0001, false, &out), ".000");
    says(compare_difference(-1, true, &out), "-1.000");
    says(compare_difference(INFINITY, false, &out), "—");
    says(compare_p(0, &out), "p < .001");
    says(compare_p(0.002, &out), "p .002");
    says(compare_p(1, &out), "p 1.000");
    says(compare_milliseconds(0.417, &out), "0.42");
    says(compare_milliseconds(12.3, &out), "12");
    says(compare_milliseconds(1e300, &out), "1e+300");
    says(compare_milliseconds(NAN, &out), "—");
    says(compare_head((Metric){METRIC_NDCG, 10}, &out), "nDCG@10");
}

static void test_times(void **state)
{
    int64_t day = 1767225600000; /* 2026-01-01 00:00 UTC */
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    says(compare_when(day + 45000000, day + 60000000, &out), "12:30");
    says(compare_when(day + 45000000, day + 90000000, &out), "2026-01-01 12:30");
}

static void test_sentences(void **state)
{
    EvalFactsLine a[3];
    EvalFacts x = table(a);
    (void)state;
    says(compare_sentence(&x, 0, false, &out), "a is the baseline: MRR@10 .500, 95% .480 to .520");
    says(compare_sentence(&x, 1, false, &out),
         "b|x against a: MRR@10 +.100, 95% +.050 to +.150, p .002 (Tukey of 3; alone p < .001); 2 "
         "won, 1 lost");
    says(compare_sentence(&x, 2, true, &out),
         "c, d against a: MRR@10 -.100, 95% -.200 to +.010, p .300 (Tukey of 3; alone p .040); 0 "
         "won, 1 lost; may be chance");
    x.line_count = 2;
    says(compare_sentence(&x, 1, false, &out),
         "b|x against a: MRR@10 +.100, 95% +.050 to +.150, p .002; 2 won, 1 lost");
    x.tested = false;
    says(compare_sentence(&x, 1, false, &out), "b|x against a: MRR@10 +.100; 2 won, 1 lost");
}

static void test_titles(void **state)
{
    EvalFactsLine a[3];
    EvalFacts x = table(a);
    (void)state;
    x.row.made_ms = 1767270600000;
    says(compare_title(&x.row, x.row.made_ms, &out),
         "test, frozen 9f2c · 1,790 questions · 1 chunk · split's documents · made 12:30");
    x.row.frozen = NULL;
    x.row.corpus = "all";
    says(compare_title(&x.row, x.row.made_ms, &out),
         "test · 1,790 questions · 1 chunk · all documents · made 12:30");
}

static void test_what_does_not_compare(void **state)
{
    EvalFactsLine a[3];
    EvalRow x = table(a).row, y = x;
    (void)state;
    says(assert_false(compare_unlike(&x, &y, &out)), "");
    y.data_hash = "cd02";
    says(assert_true(compare_unlike(&x, &y, &out)),
         "questions, answers or chunks changed between them (ab01, cd02)");
    y.chunks = 2;
    says(assert_true(compare_unlike(&x, &y, &out)), "other chunks (1, 2)");
    y.questions = 3;
    says(assert_true(compare_unlike(&x, &y, &out)), "other questions (1790, 3)");
    y.corpus = "all";
    says(assert_true(compare_unlike(&x, &y, &out)), "other chunks were searched (split, all)");
    y.split = NULL;
    says(assert_true(compare_unlike(&x, &y, &out)), "other questions (test, ?)");
}

static void test_cuts(void **state)
{
    size_t cuts[EVAL_CUTS] = {99}, count = 42;
    static const char *const BAD[] = {"",
                                      ",",
                                      "0",
                                      "101",
                                      "1,x",
                                      "-1",
                                      "1.5",
                                      "1;",
                                      "1e2",
                                      "1,2,3,4,5,6,7,8,9",
                                      "18446744073709551617"};
    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        Err err = {0};
        assert_false(compare_cuts(BAD[i], cuts, &count, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        assert_true(cuts[0] == 99 && count == 42);
    }
    assert_true(compare_cuts(" 10, 5,1,,5 100", cuts, &count, NULL));
    assert_int_equal(count, 4);
    assert_true(cuts[0] == 1 && cuts[1] == 5 && cuts[2] == 10 && cuts[3] == 100);
}

/* ---- files ---- */

static void test_files(void **state)
{
    EvalFactsLine a[3];
    EvalFacts x = table(a);
    CompareRows rows = {0};
    (void)state;
    x.row.made_ms = 1767270600000;
    compare_align(&x, NULL, &rows);
    says(compare_write_csv(&x, &rows, &out),
         "retriever,dim,accuracy@1,mrr@10,mrr@10 low,mrr@10 high,ms_per_query,made,baseline,"
         "difference,difference low,difference high,p,won,lost\n"
         "a,512,0.2,0.5,0.48,0.52,0.42,,a,,,,,,\n"
         "b|x,,0.4,0.6,0.5,0.7,,\"run 3, 1,203 pairs\",a,0.1,0.05,0.15,0.002,2,1\n"
         "\"c, d\",8,0,0.4,0,0,12.3,,a,-0.1,-0.2,0.01,0.3,0,1\n");
    says(
        compare_write_markdown(&x, &rows, x.row.made_ms, &out),
        "test, frozen 9f2c · 1,790 questions · 1 chunk · split's documents · made 12:30\n\n"
        "| retriever | hit@1 | MRR@10 | ms/query | dim | made |\n"
        "|---|---:|---:|---:|---:|---|\n"
        "| a (baseline) | .200 | .500 ± .020 | 0.42 | 512 |  |\n"
        "| b\\|x | .400 | .600 ▲+.100 | — | — | run 3, 1,203 pairs |\n"
        "| c, d | .000 ▼ | .400 | 12 | 8 |  |\n\n"
        "- b|x against a: MRR@10 +.100, 95% +.050 to +.150, p .002 (Tukey of 3; alone p < .001); 2 "
        "won, 1 lost\n"
        "- c, d against a: MRR@10 −.100, 95% −.200 to +.010, p .300 (Tukey of 3; alone p .040); 0 "
        "won, 1 lost; may be chance\n");
    rows.items[1].a = SIZE_MAX; /* only the other table has it */
    Str text = {0};
    compare_write_text(&x, &rows, x.row.made_ms, &text);
    assert_non_null(strstr(str_get(&text), "b a             .200   .500 ± .020      0.42\n"));
    assert_null(strstr(str_get(&text), "b|x"));
    str_release(&text);
    vec_release(&rows);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_questions_that_moved),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_titles),
        cmocka_unit_test(test_what_does_not_compare),
        cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
