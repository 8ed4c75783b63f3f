/* Stored tables for the screen: computed again they are what was stored; comparisons are those of
 * the command line; what another program wrote does no harm. */
#include "desking.h"

#include <math.h>

#include "app/eval_facts.h"
#include "app/sample.h"
#include "task/evaluate.h"

static const char *const NAMES[] = {"bm25", "tfidf", "bm25+tfidf"};

static void fill(Desking *t)
{
    Env env = {.store = t->f->s};
    SampleReport r = {0};
    ok(sample_fill(&env, "en", &r, err));
}

static EvalTable evaluate(Desking *t, size_t count, Split split)
{
    Env env = {.store = t->f->s};
    EvalOptions o = eval_options_default();
    EvalTable table = {0};
    o.retrievers = NAMES;
    o.retriever_count = count;
    o.split = split;
    ok(task_evaluate(&env, &o, &table, err));
    assert_true(table.questions >= 10);
    return table;
}

/* ---- asking ---- */

typedef struct Got {
    EvalFacts *facts;
    EvalList *list;
    EvalJudged *judged;
    size_t calls;
    Err err;
} Got;

static void take_facts(void *context, EvalFacts *facts, const Err *err)
{
    Got *g = context;
    g->facts = facts;
    g->calls++;
    g->err = err ? *err : (Err){0};
}

static void take_list(void *context, EvalList *list, const Err *err)
{
    Got *g = context;
    assert_null(err);
    g->list = list;
    g->calls++;
}

static void take_judged(void *context, EvalJudged *judged, const Err *err)
{
    Got *g = context;
    assert_null(err);
    g->judged = judged;
    g->calls++;
}

static EvalFacts *facts_of(Desking *t, EvalFactsAsk ask)
{
    Got g = {0};
    eval_facts_ask(t->d, &g, &ask, take_facts, &g);
    until(t->d, g.calls);
    assert_int_equal(g.err.kind, ERR_NONE);
    return g.facts;
}

static EvalList *list_of(Desking *t)
{
    Got g = {0};
    eval_list_ask(t->d, &g, take_list, &g);
    until(t->d, g.calls);
    assert_non_null(g.list);
    return g.list;
}

static EvalJudged *judged_of(Desking *t, int64_t question)
{
    Got g = {0};
    eval_judged_ask(t->d, &g, question, take_judged, &g);
    until(t->d, g.calls);
    assert_non_null(g.judged);
    return g.judged;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12)) fail_msg("%.17g is not %.17g", a, b);
}

/* ---- what was stored ---- */

static void figures_are_those_of_the_table(void **state)
{
    Desking *t = *state;
    fill(t);
    EvalTable table = evaluate(t, 3, SPLIT_TEST);
    EvalFacts *f = facts_of(t, (EvalFactsAsk){.eval_id = table.id});
    assert_int_equal(f->row.id, table.id);
    assert_int_equal(f->question_count, table.questions);
    assert_int_equal(f->line_count, table.line_count);
    assert_int_equal(f->column_count, 7);
    assert_true(f->tested);
    assert_null(f->row.table);
    for (size_t i = 0; i < f->line_count; i++) {
        assert_string_equal(f->lines[i].name, table.lines[i].name);
        assert_int_equal(f->lines[i].dims, (int64_t)table.lines[i].dims);
        assert_string_equal(f->lines[i].made, "");
        for (size_t c = 0; c < f->column_count; c++) {
            size_t m = eval_metric_find(&table, f->columns[c].kind, f->columns[c].k);
            assert_true(m < table.metric_count);
            assert_near(f->lines[i].value[c], table.lines[i].value[m]);
            if (c != f->mrr) continue;
            assert_near(f->lines[i].ci95.low, table.lines[i].ci95[m].low);
            assert_near(f->lines[i].ci95.high, table.lines[i].ci95[m].high);
        }
    }
    for (size_t q = 0; q < f->question_count; q++) {
        assert_true(q == 0 || f->questions[q - 1].id < f->questions[q].id);
        assert_non_null(f->questions[q].text);
    }
    eval_facts_free(f);
    eval_table_release(&table);
}

static void other_cuts_are_computed(void **state)
{
    Desking *t = *state;
    static const size_t CUTS[] = {2, 7, 100, 1, 3, 4, 5, 6, 8, 9};
    fill(t);
    EvalTable table = evaluate(t, 2, SPLIT_TEST);
    EvalFacts *f = facts_of(t, (EvalFactsAsk){.cuts = CUTS, .cut_count = 3, .quick = true});
    assert_int_equal(f->column_count, 6);
    assert_int_equal(f->mrr, 3);
    assert_int_equal(f->columns[1].k, 7);
    for (size_t i = 0; i < f->line_count; i++) {
        double within[3] = {0};
        for (size_t q = 0; q < f->question_count; q++)
            for (size_t c = 0; c < 3; c++)
                within[c] += f->lines[i].first[q] && f->lines[i].first[q] <= CUTS[c];
        for (size_t c = 0; c < 3; c++)
            assert_near(f->lines[i].value[c], within[c] / (double)f->question_count);
    }
    eval_facts_free(f);
    f = facts_of(t, (EvalFactsAsk){.cuts = CUTS, .cut_count = 10, .quick = true});
    assert_int_equal(f->column_count, EVAL_COLUMNS); /* no more than there is room for */
    eval_facts_free(f);
    eval_table_release(&table);
}

/* ---- comparing ---- */

static void two_compare_as_on_the_command_line(void **state)
{
    Desking *t = *state;
    Comparison c;
    fill(t);
    EvalTable table = evaluate(t, 2, SPLIT_TEST);
    EvalFacts *f = facts_of(t, (EvalFactsAsk){.baseline = "tfidf"});
    assert_int_equal(f->baseline, 1);
    for (size_t i = 0; i < f->column_count; i++) {
        size_t m = eval_metric_find(&table, f->columns[i].kind, f->columns[i].k);
        eval_compare(&table, 1, 0, m, 1, &c);
        assert_near(f->lines[0].difference[i], c.test.mean_difference);
        assert_near(f->lines[0].p[i], c.test.p_random);
        if (i != f->mrr) continue;
        assert_near(f->lines[0].test.p_t, c.test.p_t);
        assert_near(f->lines[0].test.ci95.low, c.test.ci95.low);
        assert_near(f->lines[0].test.ci95.high, c.test.ci95.high);
        assert_int_equal(f->lines[0].won, c.wins);
        assert_int_equal(f->lines[0].lost, c.losses);
    }
    assert_int_equal(f->lines[1].won + f->lines[1].lost, 0);
    assert_near(f->lines[1].difference[f->mrr], 0);
    assert_near(f->lines[1].p[f->mrr], 1);
    eval_facts_free(f);
    eval_table_release(&table);
}

static void several_compare_by_tukey(void **state)
{
    Desking *t = *state;
    double p[9];
    fill(t);
    EvalTable table = evaluate(t, 3, SPLIT_TEST);
    size_t n = table.questions, mrr = eval_metric_find(&table, METRIC_MRR, 10);
    double *x = mem_zero(3 * n, sizeof *x);
    for (size_t i = 0; i < 3; i++)
        memcpy(x + i * n, table.lines[i].per_question[mrr], n * sizeof *x);
    assert_true(stats_tukey(x, 3, n, STATS_DRAWS, 1, p, NULL));
    EvalFacts *f = facts_of(t, (EvalFactsAsk){.baseline = "nobody"});
    assert_int_equal(f->baseline, 0); /* no lsa: the first */
    for (size_t i = 1; i < 3; i++) {
        Comparison c;
        eval_compare(&table, 0, i, mrr, 1, &c);
        assert_near(f->lines[i].p[f->mrr], p[i]);
        assert_near(f->lines[i].difference[f->mrr], c.test.mean_difference);
        assert_near(f->lines[i].test.p_random, c.test.p_random);
        assert_near(f->lines[i].test.ci95.low, c.test.ci95.low);
        assert_int_equal(f->lines[i].won, c.wins);
        assert_int_equal(f->lines[i].lost, c.losses);
    }
    /* elsewhere by other draws from the same: leaving out what is alike for all changes no p */
    size_t hit = eval_metric_find(&table, METRIC_ACCURACY, 5), column = 0;
    while (f->columns[column].kind != METRIC_ACCURACY || f->columns[column].k != 5) column++;
    for (size_t i = 0; i < 3; i++)
        memcpy(x + i * n, table.lines[i].per_question[hit], n * sizeof *x);
    assert_true(stats_tukey(x, 3, n, STATS_DRAWS, 1, p, NULL));
    for (size_t i = 1; i < 3; i++) assert_true(fabs(f->lines[i].p[column] - p[i]) < 0.03);
    free(x);
    eval_facts_free(f);
    eval_table_release(&table);
}

static void quick_has_values_and_no_tests(void **state)
{
    Desking *t = *state;
    fill(t);
    EvalTable table = evaluate(t, 3, SPLIT_TEST);
    EvalFacts *quick = facts_of(t, (EvalFactsAsk){.baseline = "bm25+tfidf", .quick = true}),
              *whole = facts_of(t, (EvalFactsAsk){.baseline = "bm25+tfidf"});
    assert_false(quick->tested);
    for (size_t i = 0; i < 3; i++) {
        const EvalFactsLine *a = &quick->lines[i], *b = &whole->lines[i];
        assert_int_equal(a->won, b->won);
        assert_int_equal(a->lost, b->lost);
        for (size_t c = 0; c < quick->column_count; c++) {
            assert_near(a->value[c], b->value[c]);
            assert_near(a->difference[c], b->difference[c]);
            assert_near(a->p[c], 1);
        }
    }
    eval_facts_free(quick);
    eval_facts_free(whole);
    eval_table_release(&table);
}

/* ---- which table ---- */

static void no_table_is_no_error(void **state)
{
    Desking *t = *state;
    assert_null(facts_of(t, (EvalFactsAsk){0}));
    EvalList *l = list_of(t);
    assert_int_equal(l->count, 0);
    eval_list_free(l);
    eval_list_free(NULL);
    eval_facts_free(NULL);
    eval_judged_free(NULL);
}

static void tables_are_listed_newest_first(void **state)
{
    Desking *t = *state;
    fill(t);
    EvalTable a = evaluate(t, 3, SPLIT_TEST), b = evaluate(t, 1, SPLIT_VAL);
    EvalList *l = list_of(t);
    assert_int_equal(l->count, 2);
    assert_int_equal(l->items[0].row.id, b.id);
    assert_string_equal(l->items[0].row.split, "val");
    assert_string_equal(l->items[0].row.data_hash, b.data_hash);
    assert_int_equal(l->items[0].retrievers, 1);
    assert_int_equal(l->items[1].retrievers, 3);
    double most = 0;
    for (size_t i = 0; i < 3; i++)
        most = fmax(most, a.lines[i].value[eval_metric_find(&a, METRIC_MRR, 10)]);
    assert_near(l->items[1].mrr, most);
    eval_list_free(l);
    EvalFacts *f = facts_of(t, (EvalFactsAsk){.eval_id = a.id, .quick = true});
    assert_int_equal(f->row.id, a.id);
    eval_facts_free(f);
    f = facts_of(t, (EvalFactsAsk){.eval_id = 999, .quick = true}); /* it is gone: the newest */
    assert_int_equal(f->row.id, b.id);
    eval_facts_free(f);
    eval_table_release(&a);
    eval_table_release(&b);
}

/* ---- what others wrote ---- */

static void add_table(Store *s, const char *json, const EvalRankRow *ranks, size_t count)
{
    EvalRow row = {.split = "test",
                   .corpus = "all",
                   .version = "0",
                   .data_hash = "0",
                   .questions = 3,
                   .chunks = 3,
                   .table = json};
    ok(eval_add(s, &row, ranks, count, NULL, err));
}

static void tables_that_are_none(void **state)
{
    Desking *t = *state;
    static const char *const TABLES[] = {
        "",
        "[",
        "7",
        "null",
        "{\"retrievers\":7}",
        "{\"retrievers\":[7,null,{},{\"name\":7}]}",
        "{\"retrievers\":[[[[[[[[]]]]]]]]}",
    };
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
        add_table(t->f->s, TABLES[i], NULL, 0);
        EvalFacts *f = facts_of(t, (EvalFactsAsk){0});
        assert_non_null(f);
        assert_int_equal(f->line_count, 0);
        eval_facts_free(f);
    }
    EvalList *l = list_of(t);
    assert_int_equal(l->count, sizeof TABLES / sizeof *TABLES);
    for (size_t i = 0; i < l->count; i++) assert_string_equal(l->items[i].best, "");
    eval_list_free(l);
}

static void figures_that_are_none(void **state)
{
    Desking *t = *state;
    add_table(t->f->s,
              "{\"retrievers\":[{\"name\":\"a\",\"dims\":1e300,\"run\":-5,\"ms_per_query\":-1,"
              "\"metrics\":{\"mrr@10\":\"much\"}},"
              "{\"name\":\"b\",\"dims\":\"x\",\"run\":1e99,\"metrics\":{\"mrr@10\":1e999}}]}",
              NULL, 0);
    EvalFacts *f = facts_of(t, (EvalFactsAsk){0});
    assert_int_equal(f->line_count, 2);
    assert_int_equal(f->question_count, 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(f->lines[i].dims, 0);
        assert_int_equal(f->lines[i].run_id, 0);
        assert_true(isnan(f->lines[i].ms_per_query));
        assert_true(isnan(f->lines[i].value[f->mrr]));
    }
    eval_facts_free(f);
    EvalList *l = list_of(t);
    assert_string_equal(l->items[0].best, "");
    eval_list_free(l);
}

static void ranks_that_are_none(void **state)
{
    Desking *t = *state;
    static const EvalRankRow RANKS[] = {
        {"a", 11, 1, "1"},
        {"a", 12, 0, "3,2,2,x"},                        /* a step back, a word */
        {"a", 13, 2, "0,101,99999999999999999999,-1,"}, /* none of them a rank */
        {"b", 12, 1, "2,3,4"},                          /* more than there are */
        {"b", 14, 1000000, ""},
        {"c", 11, 1, "1"}, /* not in the table */
    };
    add_table(t->f->s,
              "{\"retrievers\":[{\"name\":\"a\"},{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"z\"}"
              "]}",
              RANKS, sizeof RANKS / sizeof *RANKS);
    EvalFacts *f = facts_of(t, (EvalFactsAsk){0});
    assert_int_equal(f->line_count, 2); /* each once, without the one that has no ranks */
    assert_string_equal(f->lines[1].name, "b");
    assert_int_equal(f->question_count, 4);
    static const uint32_t FIRST[2][4] = {{1, 3, 0, 0}, {0, 2, 0, 0}};
    for (size_t i = 0; i < 2; i++) {
        for (size_t q = 0; q < 4; q++) assert_int_equal(f->lines[i].first[q], FIRST[i][q]);
        for (size_t c = 0; c < f->column_count; c++)
            assert_true(f->lines[i].value[c] >= 0 && f->lines[i].value[c] <= 1);
    }
    for (size_t q = 0; q < 4; q++) assert_null(f->questions[q].text);
    assert_int_equal(f->lines[1].won, 1);
    assert_int_equal(f->lines[1].lost, 1);
    eval_facts_free(f);
}

/* ---- who made it ---- */

static void runs_are_named(void **state)
{
    Desking *t = *state;
    Hash inputs = hash_text("x");
    RunRow run;
    Arena arena = {0};
    ok(run_begin(t->f->s,
                 &(RunRow){.name = "ft",
                           .embedder = "lsa",
                           .method = "linear",
                           .loss = "mnrl",
                           .inputs = inputs,
                           .options = "{}",
                           .selection = "val",
                           .steps = 1},
                 &run, &arena, err));
    char *table =
        str_format("{\"retrievers\":[{\"name\":\"ft\",\"run\":%lld}]}", (long long)run.id);
    char *made = str_format("run %lld, 1,203 pairs", (long long)run.id);
    EvalRankRow rank = {"ft", 1, 1, "1"};
    ok(run_finish(t->f->s, run.id, "{\"pairs\":1203}", err));
    add_table(t->f->s, table, &rank, 1);
    EvalFacts *f = facts_of(t, (EvalFactsAsk){0});
    assert_string_equal(f->lines[0].made, made);
    assert_int_equal(f->lines[0].run_id, run.id);
    eval_facts_free(f);
    ok(run_remove(t->f->s, "ft", err));
    f = facts_of(t, (EvalFactsAsk){0});
    assert_string_equal(f->lines[0].made, "");
    assert_int_equal(f->lines[0].run_id, 0);
    eval_facts_free(f);
    free(table);
    free(made);
    arena_release(&arena);
}

/* ---- judged ---- */

static void hits_are_known_by_who_judged_them(void **state)
{
    Desking *t = *state;
    Store *s = t->f->s;
    int64_t document = add_document(s, "/guide.txt", SPLIT_TEST), chunks[3];
    static const char *const TEXTS[] = {"the ferry", "the harbour", "the lighthouse"};
    for (int i = 0; i < 3; i++) chunks[i] = add_chunk(s, document, TEXTS[i], SPLIT_TEST);
    int64_t q = add_question(s, "which ship?", chunks[0], SPLIT_TEST),
            other = add_question(s, "what light?", chunks[1], SPLIT_TEST);
    Decision d = {.subject = "verdict", .subject_id = q, .other_id = chunks[2], .value = "kept"};
    ok(decide(s, &d, 1, "keep", NULL, err));
    EvalJudged *j = judged_of(t, q);
    assert_string_equal(j->text, "which ship?");
    assert_int_equal(j->own_count, 1);
    assert_int_equal(j->own[0], chunks[0]);
    static const bool JUDGED[] = {true, false, true};
    for (int i = 0; i < 3; i++) {
        ChunkRow c = {.id = chunks[i], .text_hash = hash_text(TEXTS[i])};
        assert_int_equal(eval_judged_has(j, &c), JUDGED[i]);
    }
    eval_judged_free(j);
    j = judged_of(t, other);
    assert_int_equal(j->decided_count, 0);
    eval_judged_free(j);
    j = judged_of(t, 999); /* gone */
    assert_null(j->text);
    assert_int_equal(j->own_count, 0);
    eval_judged_free(j);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, desking_open, desking_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(figures_are_those_of_the_table),
        TEST(other_cuts_are_computed),
        TEST(two_compare_as_on_the_command_line),
        TEST(several_compare_by_tukey),
        TEST(quick_has_values_and_no_tests),
        TEST(no_table_is_no_error),
        TEST(tables_are_listed_newest_first),
        TEST(tables_that_are_none),
        TEST(figures_that_are_none),
        TEST(ranks_that_are_none),
        TEST(runs_are_named),
        TEST(hits_are_known_by_who_judged_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
