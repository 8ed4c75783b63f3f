#include "retrieve/metrics.h"

#include <math.h>
#include <string.h>

#include "golden/golden.h"

#define QUERIES_MOST 16
#define CORPUS_MOST 64

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-9)) fail_msg("%.12g is not %.12g", got, want);
}

static double cosine(const double *x, const double *y, size_t D)
{
    double dot = 0, xx = 0, yy = 0;
    for (size_t i = 0; i < D; i++) {
        dot += x[i] * y[i];
        xx += x[i] * x[i];
        yy += y[i] * y[i];
    }
    return dot / sqrt(xx * yy);
}

/* Rank of a passage: one more than how many score higher. The golden has no ties. */
static uint32_t rank_of(const double *scores, size_t corpus, size_t passage)
{
    uint32_t rank = 1;
    for (size_t j = 0; j < corpus; j++) rank += scores[j] > scores[passage];
    return rank;
}

static int by_rank(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

typedef struct Ranking {
    uint32_t ranks[CORPUS_MOST];
    size_t relevant;
} Ranking;

static size_t rank_golden(const cJSON *file, Ranking *rankings)
{
    const cJSON *relevant = golden_get(file, "relevant");
    size_t queries = golden_count(relevant), corpus = golden_count(golden_get(file, "corpus"));
    size_t D = (size_t)golden_number(file, "D");
    assert_true(queries <= QUERIES_MOST && corpus <= CORPUS_MOST);
    double *q = golden_doubles(file, "queries", queries * D),
           *d = golden_doubles(file, "corpus", corpus * D);
    size_t i = 0;
    const cJSON *list;
    cJSON_ArrayForEach(list, relevant)
    {
        double scores[CORPUS_MOST];
        for (size_t j = 0; j < corpus; j++) scores[j] = cosine(q + i * D, d + j * D, D);
        Ranking *ranking = &rankings[i++];
        const cJSON *passage;
        ranking->relevant = 0;
        cJSON_ArrayForEach(passage, list) ranking->ranks[ranking->relevant++] =
            rank_of(scores, corpus, (size_t)passage->valueint);
        qsort(ranking->ranks, ranking->relevant, sizeof *ranking->ranks, by_rank);
    }
    free(q);
    free(d);
    return queries;
}

static void test_against_sentence_transformers(void **state)
{
    (void)state;
    cJSON *file = golden_load("metrics.json");
    Ranking rankings[QUERIES_MOST];
    size_t queries = rank_golden(file, rankings), seen = 0;
    const cJSON *want;
    cJSON_ArrayForEach(want, golden_get(file, "mean"))
    {
        Metric metric;
        Err err = {0};
        assert_true(metric_parse(want->string, &metric, &err));
        double sum = 0;
        for (size_t i = 0; i < queries; i++) {
            const Ranking *r = &rankings[i];
            double value = metric_value(metric, r->ranks, r->relevant, r->relevant, 0);
            assert_near(value, golden_number(cJSON_GetArrayItem(golden_get(file, "each"), (int)i),
                                             want->string));
            sum += value;
        }
        assert_near(sum / (double)queries, want->valuedouble);
        seen++;
    }
    assert_int_equal(seen, 6 * golden_count(golden_get(file, "cuts")));
    cJSON_Delete(file);
}

static void test_by_hand(void **state)
{
    (void)state;
    const uint32_t ranks[] = {2, 3, 7}; /* of four relevant chunks three were found */
    assert_near(metric_value((Metric){METRIC_ACCURACY, 1}, ranks, 3, 4, 0), 0);
    assert_near(metric_value((Metric){METRIC_ACCURACY, 2}, ranks, 3, 4, 0), 1);
    assert_near(metric_value((Metric){METRIC_PRECISION, 5}, ranks, 3, 4, 0), 0.4);
    assert_near(metric_value((Metric){METRIC_RECALL, 10}, ranks, 3, 4, 0), 0.75);
    assert_near(metric_value((Metric){METRIC_MRR, 10}, ranks, 3, 4, 0), 0.5);
    assert_near(metric_value((Metric){METRIC_MRR, 1}, ranks, 3, 4, 0), 0);
    assert_near(metric_value((Metric){METRIC_MAP, 3}, ranks, 3, 4, 0), (1 / 2.0 + 2 / 3.0) / 3);
    assert_near(metric_value((Metric){METRIC_MAP, 100}, ranks, 3, 4, 0),
                (1 / 2.0 + 2 / 3.0 + 3 / 7.0) / 4);
    assert_near(metric_value((Metric){METRIC_NDCG, 2}, ranks, 3, 4, 0),
                (1 / log2(3)) / (1 + 1 / log2(3)));
    assert_near(metric_value((Metric){METRIC_JUDGED, 10}, ranks, 3, 4, 6), 0.6);
    for (int kind = 0; kind < METRIC_KINDS; kind++) /* nothing found */
        assert_near(metric_value((Metric){(MetricKind)kind, 5}, NULL, 0, 2, 0), 0);
}

/* A perfect ranking is 1 wherever 1 can be reached. */
static void test_perfect(void **state)
{
    (void)state;
    const uint32_t ranks[] = {1, 2, 3, 4};
    for (size_t k = 1; k <= 12; k++) {
        assert_near(metric_value((Metric){METRIC_NDCG, k}, ranks, 4, 4, 0), 1);
        assert_near(metric_value((Metric){METRIC_MAP, k}, ranks, 4, 4, 0), 1);
        assert_near(metric_value((Metric){METRIC_MRR, k}, ranks, 4, 4, 0), 1);
        assert_near(metric_value((Metric){METRIC_RECALL, k}, ranks, 4, 4, 0),
                    k < 4 ? (double)k / 4 : 1);
        assert_near(metric_value((Metric){METRIC_PRECISION, k}, ranks, 4, 4, 0),
                    k < 4 ? 1 : 4.0 / (double)k);
    }
}

static void test_names(void **state)
{
    (void)state;
    char name[METRIC_NAME_SIZE];
    for (int kind = 0; kind < METRIC_KINDS; kind++) {
        static const size_t CUTS[] = {1, 10, 1000000000};
        for (size_t i = 0; i < 3; i++) {
            Metric got, want = {(MetricKind)kind, CUTS[i]};
            metric_name(want, name);
            assert_true(metric_parse(name, &got, NULL));
            assert_true(got.kind == want.kind && got.k == want.k);
        }
    }
    metric_name((Metric){METRIC_MRR, 10}, name);
    assert_string_equal(name, "mrr@10");
    metric_name((Metric){METRIC_PRECISION, SIZE_MAX}, name);
    assert_int_equal(strlen(name), strlen("precision@18446744073709551615"));
    assert_string_equal(metric_kind_name(METRIC_JUDGED), "judged");
}

static void test_bad_names(void **state)
{
    (void)state;
    static const char *const BAD[] = {"",
                                      "@",
                                      "mrr",
                                      "mrr@",
                                      "mrr@0",
                                      "mrr@-1",
                                      "mrr@+1",
                                      "mrr@ 1",
                                      "mrr@1.5",
                                      "mrr@10x",
                                      "mrr@1000000001",
                                      "mrr@99999999999999999999999",
                                      "mr@10",
                                      "mrrr@10",
                                      "MRR@10",
                                      " mrr@10",
                                      "@10",
                                      "\xff\xfe@3"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        Metric metric = {METRIC_MAP, 77};
        Err err = {0};
        assert_false(metric_parse(BAD[i], &metric, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        assert_true(strlen(err.message) > 0);
        assert_true(metric.kind == METRIC_MAP && metric.k == 77);
    }
}

static void test_defaults(void **state)
{
    (void)state;
    static const size_t KS[] = {1, 3, 10, 5};
    static const char *const WANT[] = {"accuracy@1",  "precision@1", "recall@1",    "accuracy@3",
                                       "precision@3", "recall@3",    "accuracy@10", "precision@10",
                                       "recall@10",   "accuracy@5",  "precision@5", "recall@5",
                                       "mrr@10",      "ndcg@10",     "map@100",     "judged@10"};
    Metric metrics[20];
    assert_int_equal(metrics_default(KS, 4, metrics, 20), 16);
    for (size_t i = 0; i < 16; i++) {
        char name[METRIC_NAME_SIZE];
        metric_name(metrics[i], name);
        assert_string_equal(name, WANT[i]);
    }
    metrics[3] = (Metric){METRIC_MAP, 77};
    assert_int_equal(metrics_default(KS, 4, metrics, 3), 16); /* says how many, writes what fits */
    assert_true(metrics[3].k == 77);
    assert_int_equal(metrics_default(NULL, 0, metrics, 20), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_sentence_transformers),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_perfect),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
