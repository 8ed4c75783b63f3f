/* Retriever tables and comparisons: values that are known, the forms that others read, what is
 * stored. */
#include "retrieve/project.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "num/blas.h"
#include "store/runs.h"
#include "task/evaluate.h"

/* Each text is asked for by its own words; every third question has a second positive that bm25
 * cannot find. */
static void fill(Project *p)
{
    int64_t ids[PROJECT_TEXT_COUNT], hidden = project_chunk(p, "zzz qqq", SPLIT_TEST);
    for (size_t i = 0; i < PROJECT_TEXT_COUNT; i++)
        ids[i] = project_chunk(p, PROJECT_TEXTS[i], i < 8 ? SPLIT_TEST : SPLIT_TRAIN);
    for (size_t i = 0; i < PROJECT_TEXT_COUNT; i++) {
        int64_t q = project_question(p, PROJECT_TEXTS[i], ids[i], QUESTION_ACCEPTED, SPLIT_TEST);
        if (i % 3 == 0) ok(relevance_add(p->env.store, q, hidden, ORIGIN_HUMAN, err));
    }
}

static EvalTable evaluate(Project *p, const char *const *names, size_t count, EvalOptions o)
{
    EvalTable t = {0};
    o.retrievers = names;
    o.retriever_count = count;
    ok(task_evaluate(&p->env, &o, &t, err));
    return t;
}

static double value(const EvalTable *t, size_t line, MetricKind kind, size_t k)
{
    size_t m = eval_metric_find(t, kind, k);
    assert_true(m < t->metric_count);
    return t->lines[line].value[m];
}

static void known_values(void **state)
{
    Project *p = *state;
    fill(p);
    const char *names[] = {"bm25"};
    EvalTable t = evaluate(p, names, 1, eval_options_default());
    double n = PROJECT_TEXT_COUNT, two = 4;
    assert_int_equal(t.questions, PROJECT_TEXT_COUNT);
    assert_int_equal(t.chunks, PROJECT_TEXT_COUNT + 1);
    assert_true(value(&t, 0, METRIC_ACCURACY, 1) == 1);
    assert_true(value(&t, 0, METRIC_MRR, 10) == 1);
    assert_true(fabs(value(&t, 0, METRIC_PRECISION, 5) - 0.2) < 1e-12);
    assert_true(fabs(value(&t, 0, METRIC_RECALL, 5) - (n - two + two * 0.5) / n) < 1e-12);
    assert_true(fabs(value(&t, 0, METRIC_MAP, 100) - (n - two + two * 0.5) / n) < 1e-12);
    assert_true(fabs(value(&t, 0, METRIC_NDCG, 10) - (n - two + two / (1 + 1 / log2(3))) / n) <
                1e-12);
    assert_true(fabs(value(&t, 0, METRIC_JUDGED, 10) - 0.1) < 1e-12);
    assert_true(t.lines[0].ci95[0].low == 1 && t.lines[0].ci95[0].high == 1);
    EvalRankRows ranks = {0};
    ok(eval_ranks(p->env.store, t.id, &ranks, err));
    assert_int_equal(ranks.count, PROJECT_TEXT_COUNT);
    assert_string_equal(ranks.items[0].ranks, "1");
    assert_int_equal(ranks.items[0].relevant, 2);
    rows_release(&ranks);
    eval_table_release(&t);
}

static void corpora_filters_and_cuts(void **state)
{
    Project *p = *state;
    fill(p);
    const char *names[] = {"bm25", "tfidf"};
    EvalOptions o = eval_options_default();
    o.corpus_split = true;
    EvalTable t = evaluate(p, names, 2, o);
    assert_int_equal(t.chunks, 9);
    assert_int_equal(t.questions,
                     9); /* one of the train chunks' questions has the hidden chunk too */
    assert_int_equal(t.lost_questions, 3);
    eval_table_release(&t);
    o = eval_options_default();
    o.filter = "id:2,3";
    o.ks[0] = 500;
    o.k_count = 1;
    t = evaluate(p, names, 1, o);
    assert_int_equal(t.questions, 2);
    assert_true(value(&t, 0, METRIC_PRECISION, 500) < 0.01);
    eval_table_release(&t);
    o.filter = "id:999";
    EvalTable none;
    refused(ERR_MISSING, "questions", task_evaluate(&p->env, &o, &none, err));
    o = eval_options_default();
    o.split = SPLIT_VAL;
    refused(ERR_MISSING, "val", task_evaluate(&p->env, &o, &none, err));
    const char *unknown[] = {"bm25", "oracle"};
    o = eval_options_default();
    o.retrievers = unknown;
    o.retriever_count = 2;
    refused(ERR_MISSING, "oracle", task_evaluate(&p->env, &o, &none, err));
    EvalRows kept = {0};
    ok(evals_load(p->env.store, &kept, err));
    assert_int_equal(kept.count, 2); /* the refused ones left nothing */
    rows_release(&kept);
}

static const EvalFormat *format(const char *name)
{
    for (size_t i = 0; i < EVAL_FORMAT_COUNT; i++) {
        if (strcmp(EVAL_FORMATS[i].name, name) == 0) return &EVAL_FORMATS[i];
    }
    fail_msg("no format %s", name);
    return NULL;
}

static void forms_that_others_read(void **state)
{
    Project *p = *state;
    fill(p);
    const char *names[] = {"bm25", "bm25+tfidf"};
    EvalTable t = evaluate(p, names, 2, eval_options_default());
    Str s = {0};
    format("csv")->write(&t, &s);
    const char *head = "epoch,steps,cosine-Accuracy@1,cosine-Accuracy@3,cosine-Accuracy@5,cosine-"
                       "Accuracy@10,cosine-Precision@1,cosine-Recall@1,cosine-Precision@3,"
                       "cosine-Recall@3,cosine-Precision@5,cosine-Recall@5,cosine-Precision@10,"
                       "cosine-Recall@10,cosine-MRR@10,cosine-NDCG@10,cosine-MAP@100,retriever\n"
                       "-1,-1,1,1,1,1,";
    assert_memory_equal(str_get(&s), head, strlen(head));
    str_clear(&s);
    format("llamaindex")->write(&t, &s);
    assert_string_equal(str_get(&s), "retrievers,hit_rate,mrr\nbm25,1,1\nbm25+tfidf,1,1\n");
    str_clear(&s);
    format("json")->write(&t, &s);
    cJSON *j = cJSON_Parse(str_get(&s));
    assert_non_null(j);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(j, "retrievers")), 2);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(j, "frozen")));
    cJSON_Delete(j);
    str_clear(&s);
    format("md")->write(&t, &s);
    assert_non_null(strstr(str_get(&s), "| bm25 | 1.000 |"));
    str_clear(&s);
    format("text")->write(&t, &s);
    assert_non_null(strstr(str_get(&s), "bm25+tfidf"));
    str_release(&s);
    eval_table_release(&t);
}

static void comparisons(void **state)
{
    Project *p = *state;
    fill(p);
    const char *names[] = {"bm25", "bm25", "tfidf"};
    EvalTable t = evaluate(p, names, 2, eval_options_default());
    Comparison c;
    eval_compare(&t, 0, 1, eval_metric_find(&t, METRIC_MRR, 10), 1, &c);
    assert_int_equal(c.wins + c.losses, 0);
    assert_int_equal(c.ties, PROJECT_TEXT_COUNT);
    assert_true(c.test.p_t == 1 && c.test.mean_difference == 0 && c.test.effect_size == 0);
    size_t m = eval_metric_find(&t, METRIC_MRR, 10);
    for (size_t q = 0; q < 5; q++) t.lines[1].per_question[m][q] = 0.5; /* made worse by hand */
    t.lines[1].per_question[m][5] = 0;
    eval_compare(&t, 0, 1, m, 1, &c);
    assert_int_equal(c.losses, 6);
    assert_true(c.test.ci95.high < 0 && c.test.p_t < 0.05);
    Str s = {0};
    compare_json(&t, 1, &s);
    cJSON *j = cJSON_Parse(str_get(&s));
    assert_int_equal(cJSON_GetObjectItem(j, "losses")->valueint, 6);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(j, "lost")), 6);
    cJSON_Delete(j);
    str_clear(&s);
    compare_text(&t, 1, 2, &s);
    assert_non_null(strstr(str_get(&s), "6 lost"));
    assert_non_null(strstr(str_get(&s), "4 more"));
    eval_table_release(&t);
    t = evaluate(p, names, 3, eval_options_default());
    str_clear(&s);
    compare_json(&t, 1, &s);
    j = cJSON_Parse(str_get(&s));
    const cJSON *ps = cJSON_GetObjectItem(cJSON_GetObjectItem(j, "p_value"), "mrr@10");
    assert_int_equal(cJSON_GetArraySize(ps), 3);
    cJSON_Delete(j);
    str_release(&s);
    eval_table_release(&t);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {CASE(known_values), CASE(corpora_filters_and_cuts),
                                       CASE(forms_that_others_read), CASE(comparisons)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
