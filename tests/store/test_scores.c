#include <math.h>

#include "fixture.h"

#include "store/scores.h"

static Hash hash_of(const char *kind, int i)
{
    char text[32];
    snprintf(text, sizeof text, "%s %d", kind, i);
    return hash_text(text);
}

static int64_t reranker(Store *s, const char *fingerprint)
{
    Hash hash = hash_text(fingerprint);
    int64_t id = 0;
    ok(reranker_register(s, "bge", &hash, &id, err));
    assert_true(id > 0);
    return id;
}

static void test_pairs_are_told_apart(void **state)
{
    (void)state;
    Hash a = hash_text("a"), b = hash_text("b");
    Hash ab = pair_hash(&a, &b), ba = pair_hash(&b, &a), again = pair_hash(&a, &b);
    assert_false(hash_equal(&ab, &ba));
    assert_true(hash_equal(&ab, &again));
}

static void test_scores(void **state)
{
    Fixture *f = *state;
    enum { N = 600 };
    int64_t a = reranker(f->s, "a"), b = reranker(f->s, "b");
    assert_int_equal(reranker(f->s, "a"), a);
    assert_int_not_equal(a, b);
    Hash pairs[N];
    float in[N], out[N];
    bool found[N];
    for (int i = 0; i < N; i++) {
        Hash query = hash_of("query", i / 3), text = hash_of("text", i % 3);
        pairs[i] = pair_hash(&query, &text);
        in[i] = (float)i * 0.37f - 7;
    }
    ok(scores_put(f->s, a, pairs + 100, N - 100, in + 100, err));
    fixture_reopen(f);
    ok(scores_get(f->s, a, pairs, N, out, found, err));
    for (int i = 0; i < N; i++) {
        assert_int_equal(found[i], i >= 100);
        assert_true(i < 100 || out[i] == in[i]);
    }
    ok(scores_get(f->s, b, pairs, N, out, found, err)); /* another reranker */
    for (int i = 0; i < N; i++) assert_false(found[i]);
    ok(scores_put(f->s, a, pairs + 100, 1, in, err)); /* again: the new one */
    ok(scores_get(f->s, a, pairs + 100, 1, out, found, err));
    assert_true(found[0] && out[0] == in[0]);
    ok(scores_get(f->s, a, pairs, 0, out, found, err));
    ok(scores_put(f->s, a, pairs, 0, in, err));
    assert_whole(f->s);
}

static void test_what_is_not_finite(void **state)
{
    Fixture *f = *state;
    int64_t a = reranker(f->s, "a");
    Hash pairs[2] = {hash_of("pair", 1), hash_of("pair", 2)};
    float scores[2] = {1, NAN}, out[2];
    bool found[2];
    refused(ERR_NUMERIC, scores_put(f->s, a, pairs, 2, scores, err));
    ok(scores_get(f->s, a, pairs, 2, out, found, err));
    assert_false(found[0] || found[1]);
    scores[1] = 2;
    ok(scores_put(f->s, a, pairs, 2, scores, err));
    raw(f->path, "UPDATE pair_score SET score = 9e999 WHERE score = 2"); /* written by others */
    ok(scores_get(f->s, a, pairs, 2, out, found, err));
    assert_true(found[0]);
    assert_false(found[1]);
}

static void test_stopped(void **state)
{
    Fixture *f = *state;
    int64_t a = reranker(f->s, "a");
    Hash pair = hash_of("pair", 1);
    float score = 1;
    bool found;
    Cancel cancel = {0};
    cancel_ask(&cancel);
    store_set_cancel(f->s, &cancel);
    refused(ERR_CANCELLED, scores_get(f->s, a, &pair, 1, &score, &found, err));
    store_set_cancel(f->s, NULL);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_are_told_apart),
        WITH_PROJECT(test_scores),
        WITH_PROJECT(test_what_is_not_finite),
        WITH_PROJECT(test_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
