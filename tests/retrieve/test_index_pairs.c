#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/str.h"
#include "base/vec.h"
#include "retrieve/index.h"

/* ---- texts as numbers of words, and tf-idf vectors of words and pairs by plain loops ---- */

#define TEXTS 200
#define TEXT_WORDS 24
#define KNOWN 14          /* words of the corpus; the last is of an unspaced script */
#define WORDS (KNOWN + 2) /* and two that only queries have */
#define UNSPACED (KNOWN - 1)
#define DIMS (WORDS + WORDS * WORDS)
#define QUERIES 80

typedef struct Text {
    int words[TEXT_WORDS], count;
    char *text;
} Text;

typedef struct Corpus {
    Text texts[TEXTS];
    const char *pointers[TEXTS];
    int df[DIMS];
    double vector[TEXTS][DIMS], norm[TEXTS];
} Corpus;

static Text make_text(Rng *rng, int most, int words)
{
    Text t = {.count = (int)rng_below(rng, (uint32_t)most + 1)};
    Str text = {0};
    for (int i = 0; i < t.count; i++) {
        double u = rng_unit(rng);
        t.words[i] = (int)(u * u * words);
        if (t.words[i] == UNSPACED)
            str_add(&text, " 书");
        else
            str_addf(&text, "%sW%d", i % 3 ? " " : ", ", t.words[i]);
    }
    t.text = mem_strdup(str_get(&text));
    str_release(&text);
    return t;
}

static void count(const Text *t, int tf[DIMS])
{
    memset(tf, 0, DIMS * sizeof *tf);
    for (int i = 0; i < t->count; i++) {
        tf[t->words[i]]++;
        if (i > 0 && t->words[i - 1] != UNSPACED && t->words[i] != UNSPACED)
            tf[WORDS + t->words[i - 1] * WORDS + t->words[i]]++;
    }
}

/* Without pairs, the first WORDS numbers only. */
static double weigh(const Corpus *c, const Text *t, int dims, double *vector)
{
    int tf[DIMS];
    double square = 0;
    count(t, tf);
    for (int i = 0; i < dims; i++) {
        vector[i] =
            tf[i] && c->df[i] ? (1 + log(tf[i])) * (log((TEXTS + 1.0) / (c->df[i] + 1.0)) + 1) : 0;
        square += vector[i] * vector[i];
    }
    return sqrt(square);
}

static Corpus *corpus_new(uint64_t seed)
{
    Corpus *c = mem_zero(1, sizeof *c);
    Rng rng = rng_make(seed, 1);
    int tf[DIMS];
    for (int d = 0; d < TEXTS; d++) {
        c->texts[d] = make_text(&rng, TEXT_WORDS, KNOWN);
        c->pointers[d] = c->texts[d].text;
        count(&c->texts[d], tf);
        for (int i = 0; i < DIMS; i++) c->df[i] += tf[i] > 0;
    }
    return c;
}

static void corpus_free(Corpus *c)
{
    for (int d = 0; d < TEXTS; d++) free(c->texts[d].text);
    free(c);
}

static Index *build(Pool *pool, const Corpus *c)
{
    Index *x = NULL;
    Err err = {0};
    if (!index_build(pool, c->pointers, TEXTS, NULL, &x, &err)) fail_msg("%s", err.message);
    return x;
}

static void add_pairs(Pool *pool, Index *x, const Corpus *c)
{
    Err err = {0};
    if (!index_add_pairs(pool, x, c->pointers, NULL, &err)) fail_msg("%s", err.message);
}

/* The scores of all texts, also by a search, which must give the same. */
static void all_scores(const Index *x, IndexScratch *s, IndexModel model, const char *query,
                       float out[TEXTS])
{
    uint32_t rows[TEXTS];
    Hit hits[TEXTS];
    for (uint32_t d = 0; d < TEXTS; d++) rows[d] = d;
    index_scores(x, s, model, query, rows, TEXTS, out);
    size_t found = index_search(x, s, model, query, TEXTS, hits), positive = 0;
    for (int d = 0; d < TEXTS; d++) positive += out[d] > 0;
    assert_int_equal(found, positive);
    for (size_t i = 0; i < found; i++) assert_true(hits[i].score == out[hits[i].row]);
}

static void check_tfidf(Corpus *c, const Index *x, int dims)
{
    IndexScratch *s = index_scratch_new(x);
    Rng rng = rng_make(3, 3);
    for (int d = 0; d < TEXTS; d++) c->norm[d] = weigh(c, &c->texts[d], dims, c->vector[d]);
    for (int n = 0; n < QUERIES; n++) {
        Text query = make_text(&rng, 12, WORDS);
        double q[DIMS], norm = weigh(c, &query, dims, q);
        float scores[TEXTS];
        all_scores(x, s, INDEX_TFIDF, query.text, scores);
        for (int d = 0; d < TEXTS; d++) {
            double dot = 0;
            for (int i = 0; i < dims; i++) dot += q[i] * c->vector[d][i];
            double wanted = dot > 0 ? dot / (norm * c->norm[d]) : 0;
            assert_true(fabs(scores[d] - wanted) <= 1e-5 * (1 + wanted));
        }
        free(query.text);
    }
    index_scratch_free(s);
}

/* The same bits of every score of either index. */
static void check_same(const Index *a, const Index *b, IndexModel model)
{
    IndexScratch *s = index_scratch_new(a), *t = index_scratch_new(b);
    Rng rng = rng_make(4, 4);
    for (int n = 0; n < QUERIES; n++) {
        Text query = make_text(&rng, 12, WORDS);
        float one[TEXTS], two[TEXTS];
        all_scores(a, s, model, query.text, one);
        all_scores(b, t, model, query.text, two);
        assert_memory_equal(one, two, sizeof one);
        free(query.text);
    }
    index_scratch_free(s);
    index_scratch_free(t);
}

/* ---- the tests ---- */

static void scores_are_the_formula(void **state)
{
    (void)state;
    Corpus *c = corpus_new(1);
    int once = 0, never = 0;
    for (int i = WORDS; i < DIMS; i++) {
        once += c->df[i] == 1;
        never += c->df[i] == 0;
    }
    assert_true(once > 0 && never > 0); /* or this corpus tests less than it should */
    Index *x = build(NULL, c);
    check_tfidf(c, x, WORDS);
    add_pairs(NULL, x, c);
    check_tfidf(c, x, DIMS);
    add_pairs(NULL, x, c);
    check_tfidf(c, x, DIMS);
    index_free(x);
    corpus_free(c);
}

static void bm25_sees_no_pairs(void **state)
{
    (void)state;
    Corpus *c = corpus_new(2);
    Index *with = build(NULL, c), *without = build(NULL, c);
    add_pairs(NULL, with, c);
    check_same(with, without, INDEX_BM25);
    index_free(with);
    index_free(without);
    corpus_free(c);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    Corpus *c = corpus_new(3);
    Pool *pool = pool_new(3);
    Index *one = build(NULL, c), *many = build(NULL, c);
    add_pairs(NULL, one, c);
    add_pairs(pool, many, c);
    check_same(one, many, INDEX_TFIDF);
    index_free(one);
    index_free(many);
    pool_free(pool);
    corpus_free(c);
}

static void pairs_join_a_stored_index(void **state)
{
    (void)state;
    Corpus *c = corpus_new(4);
    Index *x = build(NULL, c), *words = NULL, *back = NULL;
    void *blob = NULL, *again = NULL;
    size_t size = 0, again_size = 0;
    Err err = {0};
    assert_true(index_save(x, &blob, &size, &err));
    add_pairs(NULL, x, c);
    assert_true(index_save(x, &again, &again_size, &err));
    assert_int_equal(size, again_size);
    assert_memory_equal(blob, again, size);
    assert_true(index_load(blob, size, &words, &err));
    assert_true(index_load(again, size, &back, &err));
    check_tfidf(c, words, WORDS);
    add_pairs(NULL, back, c);
    check_same(x, back, INDEX_TFIDF);
    free(blob);
    free(again);
    index_free(x);
    index_free(words);
    index_free(back);
    corpus_free(c);
}

/* What a query finds in texts with pairs, best first. */
static size_t find(const char *const *texts, size_t text_count, const char *query, Hit *hits)
{
    Index *x = NULL;
    Err err = {0};
    assert_true(index_build(NULL, texts, text_count, NULL, &x, &err));
    assert_true(index_add_pairs(NULL, x, texts, NULL, &err));
    IndexScratch *s = index_scratch_new(x);
    size_t found = index_search(x, s, INDEX_TFIDF, query, text_count, hits);
    index_scratch_free(s);
    index_free(x);
    return found;
}

static void the_order_of_words_counts(void **state)
{
    (void)state;
    const char *texts[] = {"road rail", "rail road", "rail, and a road"};
    Hit hits[3];
    assert_int_equal(find(texts, 3, "RAIL road", hits), 3);
    assert_int_equal(hits[0].row, 1);
    assert_true(hits[0].score > hits[1].score);
    assert_true(fabs(hits[0].score - 1) < 1e-6);
    assert_int_equal(find(texts, 3, "road rail", hits), 3);
    assert_int_equal(hits[0].row, 0);
    /* a word that no text has stands between */
    assert_int_equal(find(texts, 2, "rail tram road", hits), 2);
    assert_true(hits[0].score == hits[1].score);
}

static void bigrams_form_no_pairs(void **state)
{
    (void)state;
    const char *texts[] = {"图书馆 rail", "书馆图书 rail"};
    Hit hits[2];
    /* "rail" must not be paired with the bigram before it: then these would be no cosines of 1 */
    assert_int_equal(find(texts, 2, "rail 图书馆", hits), 2);
    assert_int_equal(hits[0].row, 0);
    assert_true(fabs(hits[0].score - 1) < 1e-6);
}

static void blank_texts_have_no_pairs(void **state)
{
    (void)state;
    const char *texts[] = {"", "one", " . "};
    Hit hits[3];
    assert_int_equal(find(texts, 0, "one two", hits), 0);
    assert_int_equal(find(texts, 1, "one two", hits), 0);
    assert_int_equal(find(texts, 3, "one one", hits), 1);
    assert_int_equal(hits[0].row, 1);
}

static void what_is_cancelled_leaves_words(void **state)
{
    (void)state;
    Corpus *c = corpus_new(5);
    Index *x = build(NULL, c);
    Cancel cancel = {0};
    Err err = {0};
    cancel_ask(&cancel);
    assert_false(index_add_pairs(NULL, x, c->pointers, &cancel, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    check_tfidf(c, x, WORDS);
    add_pairs(NULL, x, c);
    check_tfidf(c, x, DIMS);
    index_free(x);
    corpus_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_the_formula),
        cmocka_unit_test(bm25_sees_no_pairs),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(pairs_join_a_stored_index),
        cmocka_unit_test(the_order_of_words_counts),
        cmocka_unit_test(bigrams_form_no_pairs),
        cmocka_unit_test(blank_texts_have_no_pairs),
        cmocka_unit_test(what_is_cancelled_leaves_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
