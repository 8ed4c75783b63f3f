/* The rule of mining against sentence-transformers' mine_hard_negatives. */
#include "golden/golden.h"

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "num/blas.h"
#include "num/vector.h"
#include "task/mine.h"

#define TEXTS_MAX 512
#define SCORE_TOLERANCE 1e-5

typedef struct World {
    size_t dims, queries, passages, max_positives;
    float *query, *passage; /* normalised */
    const char *text[TEXTS_MAX];
    uint32_t first[TEXTS_MAX]; /* first position of the same text */
    uint8_t positive[TEXTS_MAX][TEXTS_MAX];
} World;

static float *read_vectors(const cJSON *list, size_t *ret_count, size_t *ret_dims)
{
    size_t n = golden_count(list);
    size_t dims = golden_count(golden_get(cJSON_GetArrayItem(list, 0), "vector"));
    double *row = calloc(dims, sizeof *row);
    float *x = calloc(n * dims, sizeof *x);
    for (size_t i = 0; i < n; i++) {
        size_t count = 0;
        golden_flatten(golden_get(cJSON_GetArrayItem(list, (int)i), "vector"), row, dims, &count);
        for (size_t d = 0; d < dims; d++) x[i * dims + d] = (float)row[d];
    }
    normalize_forward(NULL, x, x, NULL, n, dims);
    free(row);
    *ret_count = n;
    *ret_dims = dims;
    return x;
}

static World *read_world(const cJSON *json)
{
    World *w = calloc(1, sizeof *w);
    const cJSON *queries = golden_get(json, "queries"), *corpus = golden_get(json, "corpus");
    w->query = read_vectors(queries, &w->queries, &w->dims);
    w->passage = read_vectors(corpus, &w->passages, &w->dims);
    assert_true(w->queries < TEXTS_MAX && w->passages < TEXTS_MAX);
    Map *first = map_new();
    for (size_t p = 0; p < w->passages; p++) {
        w->text[p] = cJSON_GetStringValue(golden_get(cJSON_GetArrayItem(corpus, (int)p), "text"));
        w->first[p] = map_add(first, w->text[p], strlen(w->text[p]), (uint32_t)p);
    }
    map_free(first);
    const cJSON *pair;
    cJSON_ArrayForEach(pair, golden_get(json, "positives"))
    {
        int q = cJSON_GetArrayItem(pair, 0)->valueint, p = cJSON_GetArrayItem(pair, 1)->valueint;
        w->positive[q][w->first[p]] = 1;
    }
    for (size_t q = 0; q < w->queries; q++) {
        size_t n = 0;
        for (size_t p = 0; p < w->passages; p++) n += w->positive[q][p];
        if (n > w->max_positives) w->max_positives = n;
    }
    return w;
}

static void read_option(const cJSON *options, const char *name, MineFilter f, MineOptions *o)
{
    const cJSON *v = golden_get(options, name);
    o->has[f] = cJSON_IsNumber(v);
    if (o->has[f]) o->value[f] = v->valuedouble;
}

static MineOptions read_options(const cJSON *options)
{
    MineOptions o = mine_options_default();
    const cJSON *range_max = golden_get(options, "range_max");
    o.range_min = (size_t)golden_number(options, "range_min");
    o.range_max = cJSON_IsNumber(range_max) ? (size_t)range_max->valuedouble : 0;
    o.per_question = (size_t)golden_number(options, "num_negatives");
    read_option(options, "absolute_margin", MINE_MARGIN, &o);
    read_option(options, "relative_margin", MINE_RELATIVE_MARGIN, &o);
    read_option(options, "max_score", MINE_MAX_SCORE, &o);
    read_option(options, "min_score", MINE_MIN_SCORE, &o);
    return o;
}

static void check_query(const World *w, const MineOptions *o, size_t q, const cJSON *expected,
                        const char *name)
{
    Hit hits[TEXTS_MAX], left[TEXTS_MAX];
    size_t n = 0, kept = 0;
    double lowest = INFINITY;
    for (size_t p = 0; p < w->passages; p++) {
        if (w->first[p] != p) continue;
        float score = vector_dot(w->query + q * w->dims, w->passage + p * w->dims, w->dims);
        if (w->positive[q][p] && score < lowest) lowest = score;
        hits[n++] = (Hit){(uint32_t)p, score};
    }
    hits_sort(hits, n);
    size_t limit = mine_range_max(o, w->max_positives) + w->max_positives;
    for (size_t i = 0; i < n && i < limit; i++) {
        if (!w->positive[q][hits[i].row]) left[kept++] = hits[i];
    }
    uint32_t chosen[TEXTS_MAX];
    size_t dropped[MINE_FILTERS] = {0};
    size_t count = mine_choose(o, left, kept, lowest, w->max_positives, NULL, chosen, dropped);
    const cJSON *negatives = golden_get(expected, "negatives");
    if (count != golden_count(negatives))
        fail_msg("%s, query %zu: %zu negatives, not %zu", name, q, count, golden_count(negatives));
    for (size_t i = 0; i < count; i++) {
        const cJSON *e = cJSON_GetArrayItem(negatives, (int)i);
        assert_int_equal(left[chosen[i]].row, (uint32_t)golden_number(e, "passage"));
        assert_true(fabs(left[chosen[i]].score - golden_number(e, "score")) < SCORE_TOLERANCE);
    }
}

static void same_as_sentence_transformers(void **state)
{
    (void)state;
    cJSON *json = golden_load("mining.json");
    const cJSON *c;
    size_t checked = 0;
    cJSON_ArrayForEach(c, golden_get(json, "cases"))
    {
        const cJSON *options = golden_get(c, "options");
        if (cJSON_IsTrue(golden_get(c, "rescored")) ||
            cJSON_IsTrue(golden_get(options, "include_positives")))
            continue;
        World *w = read_world(
            golden_get(golden_get(json, "worlds"), cJSON_GetStringValue(golden_get(c, "world"))));
        MineOptions o = read_options(options);
        const cJSON *expected = golden_get(c, "expected");
        assert_int_equal(golden_count(expected), w->queries);
        for (size_t q = 0; q < w->queries; q++) {
            check_query(w, &o, q, cJSON_GetArrayItem(expected, (int)q),
                        cJSON_GetStringValue(golden_get(c, "name")));
        }
        checked++;
        free(w->query);
        free(w->passage);
        free(w);
    }
    assert_true(checked > 15);
    cJSON_Delete(json);
}

static void random_sample_is_uniform(void **state)
{
    (void)state;
    MineOptions o = mine_options_default();
    o.random_sampling = true;
    o.range_min = 2;
    o.range_max = 12;
    Hit hits[20];
    for (uint32_t i = 0; i < 20; i++) hits[i] = (Hit){i, 1 - 0.01f * (float)i};
    size_t seen[20] = {0}, dropped[MINE_FILTERS];
    const size_t draws = 10000;
    for (size_t d = 0; d < draws; d++) {
        Rng rng = rng_make(7, d);
        uint32_t chosen[3];
        assert_int_equal(mine_choose(&o, hits, 20, 2, 1, &rng, chosen, dropped), 3);
        assert_true(chosen[0] < chosen[1] && chosen[1] < chosen[2]);
        for (int i = 0; i < 3; i++) seen[chosen[i]]++;
    }
    for (size_t i = 0; i < 20; i++) {
        if (i < 2 || i >= 12)
            assert_int_equal(seen[i], 0);
        else
            assert_true(seen[i] > 2700 &&
                        seen[i] < 3300); /* 3 of 10; six standard deviations are 275 */
    }
}

static void negative_scores_tighten(void **state)
{
    (void)state;
    MineOptions o = mine_options_default();
    o.has[MINE_RELATIVE_MARGIN] = true;
    o.value[MINE_RELATIVE_MARGIN] = 0.1;
    assert_true(mine_drops(&o, MINE_RELATIVE_MARGIN, -0.5, -0.5));
    assert_true(mine_drops(&o, MINE_RELATIVE_MARGIN, -0.52, -0.5));
    assert_false(mine_drops(&o, MINE_RELATIVE_MARGIN, -0.56, -0.5));
}

static void summary_of_known_values(void **state)
{
    (void)state;
    double x[] = {4, 1, 3, 2, 5};
    ScoreSummary s = score_summary(x, 5);
    assert_true(s.mean == 3 && s.median == 3 && s.p25 == 2 && s.p75 == 4 && s.min == 1 &&
                s.max == 5);
    assert_true(fabs(s.std - sqrt(2.5)) < 1e-12);
    assert_int_equal(score_summary(NULL, 0).count, 0);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_sentence_transformers),
        cmocka_unit_test(random_sample_is_uniform),
        cmocka_unit_test(negative_scores_tighten),
        cmocka_unit_test(summary_of_known_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
