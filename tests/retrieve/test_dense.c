#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "num/blas.h"
#include "num/vector.h"
#include "retrieve/dense.h"

static float *make_vectors(size_t n, size_t dims, uint64_t seed)
{
    float *x = mem_zero(n * dims + 1, sizeof *x);
    Rng rng = rng_make(seed, 3);
    for (size_t i = 0; i < n * dims; i++) x[i] = (float)rng_normal(&rng);
    normalize_forward(NULL, x, x, NULL, n, dims);
    return x;
}

/* All rows of one query by plain loops, zero rows left out, best first. */
static size_t reference(const float *corpus, size_t n, size_t dims, const float *query, Hit *out)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        double dot = 0, norm = 0;
        for (size_t j = 0; j < dims; j++) {
            dot += (double)query[j] * corpus[i * dims + j];
            norm += (double)corpus[i * dims + j] * corpus[i * dims + j];
        }
        if (norm > 0) out[found++] = (Hit){(uint32_t)i, (float)dot};
    }
    hits_sort(out, found);
    return found;
}

static void check_search(Pool *pool, size_t n, size_t dims, size_t count, size_t k)
{
    float *corpus = make_vectors(n, dims, n + dims), *queries = make_vectors(count, dims, 77);
    for (size_t i = 5; i < n; i += 131) memset(corpus + i * dims, 0, dims * sizeof *corpus);
    Hit *hits = mem_zero(count * k + 1, sizeof *hits), *all = mem_zero(n + 1, sizeof *all);
    size_t *found = mem_zero(count + 1, sizeof *found);
    Dense d = {0};
    Err err = {0};
    assert_true(dense_init(&d, corpus, n, dims, &err));
    if (!dense_search(pool, &d, queries, count, k, NULL, hits, found, &err))
        fail_msg("%s", err.message);
    for (size_t q = 0; q < count; q++) {
        size_t wanted = reference(corpus, n, dims, queries + q * dims, all);
        assert_int_equal(found[q], wanted < k ? wanted : k);
        for (size_t i = 0; i < found[q]; i++) {
            Hit hit = hits[q * k + i];
            assert_true(fabsf(hit.score - all[i].score) < 1e-5f);
            assert_true(hit.row == all[i].row || fabsf(hit.score - all[i].score) < 1e-6f);
            size_t offset[2] = {0, 1};
            float score = 0;
            assert_true(
                dense_scores(NULL, &d, queries + q * dims, 1, offset, &hit.row, &score, &err));
            assert_true(score == hit.score);
            if (i > 0) {
                Hit before = hits[q * k + i - 1];
                assert_true(before.score > hit.score ||
                            (before.score == hit.score && before.row < hit.row));
            }
        }
    }
    dense_release(&d);
    free(found);
    free(all);
    free(hits);
    free(queries);
    free(corpus);
}

static void the_best_are_found(void **state)
{
    (void)state;
    Pool *pool = pool_new(3);
    check_search(NULL, 1, 1, 1, 1);
    check_search(NULL, 17, 8, 3, 30);
    check_search(pool, 5000, 24, 1, 10);
    check_search(pool, 4500, 16, 150, 100);
    check_search(pool, 2049, 7, 129, 2049);
    check_search(pool, 300, 5, 4, 0);
    check_search(pool, 0, 5, 4, 3);
    check_search(pool, 30, 5, 0, 3);
    pool_free(pool);
}

static void equal_vectors_keep_their_order(void **state)
{
    (void)state;
    enum { N = 5000, D = 40, K = 12 };
    float *corpus = make_vectors(N, D, 4);
    const size_t same[] = {3, 64, 2047, 2048, 2050, 4999};
    for (size_t i = 1; i < 6; i++)
        memcpy(corpus + same[i] * D, corpus + same[0] * D, D * sizeof *corpus);
    Pool *pool = pool_new(2);
    Dense d = {0};
    Err err = {0};
    Hit hits[K];
    size_t found;
    assert_true(dense_init(&d, corpus, N, D, &err));
    assert_true(dense_search(pool, &d, corpus + 3 * D, 1, K, NULL, hits, &found, &err));
    assert_int_equal(found, K);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(hits[i].row, same[i]);
        assert_true(hits[i].score == hits[0].score);
    }
    dense_release(&d);
    pool_free(pool);
    free(corpus);
}

static void a_zero_query_finds_nothing(void **state)
{
    (void)state;
    float corpus[6] = {1, 0, 0, 1, 0, 0}, queries[4] = {0, 0, 1, 0};
    Dense d = {0};
    Err err = {0};
    Hit hits[6];
    size_t found[2];
    assert_true(dense_init(&d, corpus, 3, 2, &err));
    assert_true(dense_search(NULL, &d, queries, 2, 3, NULL, hits, found, &err));
    assert_int_equal(found[0], 0);
    assert_int_equal(found[1], 2);
    assert_int_equal(hits[3].row, 0);
    assert_int_equal(hits[4].row, 1);
    dense_release(&d);
}

static void what_is_not_finite_is_refused(void **state)
{
    (void)state;
    float corpus[4] = {1, 0, 0, NAN}, good[4] = {1, 0, 0, 1}, queries[2] = {INFINITY, 0};
    Dense d = {0};
    Err err = {0};
    Hit hits[2];
    size_t found[1], offset[2] = {0, 1};
    uint32_t row = 0;
    float score;
    assert_false(dense_init(&d, corpus, 2, 2, &err));
    assert_int_equal(err.kind, ERR_NUMERIC);
    assert_non_null(strstr(err.message, "2"));
    assert_true(dense_init(&d, good, 2, 2, &err));
    assert_false(dense_search(NULL, &d, queries, 1, 2, NULL, hits, found, &err));
    assert_int_equal(err.kind, ERR_NUMERIC);
    assert_false(dense_scores(NULL, &d, queries, 1, offset, &row, &score, &err));
    dense_release(&d);
}

static void a_cancelled_search_stops(void **state)
{
    (void)state;
    float corpus[2] = {1, 0};
    Cancel cancel = {0};
    cancel_ask(&cancel);
    Dense d = {0};
    Err err = {0};
    Hit hit;
    size_t found;
    assert_true(dense_init(&d, corpus, 1, 2, &err));
    assert_false(dense_search(NULL, &d, corpus, 1, 1, &cancel, &hit, &found, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    dense_release(&d);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_are_found),
        cmocka_unit_test(equal_vectors_keep_their_order),
        cmocka_unit_test(a_zero_query_finds_nothing),
        cmocka_unit_test(what_is_not_finite_is_refused),
        cmocka_unit_test(a_cancelled_search_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
