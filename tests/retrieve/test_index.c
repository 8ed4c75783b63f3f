#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/vec.h"
#include "retrieve/index.h"

/* ---- a corpus, and the formulas over it by plain loops ---- */

#define TEXTS 400
#define VOCABULARY 150

typedef struct Corpus {
    const char *texts[TEXTS];
    char *owned[TEXTS];
    int tf[TEXTS][VOCABULARY];
    int length[TEXTS];
    int df[VOCABULARY];
    double average;
} Corpus;

/* Low word numbers are frequent; every seventh text is empty. */
static int draw_word(Rng *rng)
{
    double u = rng_unit(rng);
    return (int)(u * u * u * VOCABULARY);
}

static void corpus_make(Corpus *c, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    Rng rng = rng_make(seed, 1);
    double words = 0;
    for (int d = 0; d < TEXTS; d++) {
        Str text = {0};
        c->length[d] = d % 7 == 3 ? 0 : 1 + (int)rng_below(&rng, 60);
        for (int i = 0; i < c->length[d]; i++) {
            int w = draw_word(&rng);
            str_addf(&text, "%sW%03d", i ? (i % 3 ? " " : ", ") : "", w);
            c->df[w] += c->tf[d][w]++ == 0;
        }
        words += c->length[d];
        c->texts[d] = c->owned[d] = str_take(&text);
    }
    c->average = words / TEXTS;
}

static void corpus_release(Corpus *c)
{
    for (int d = 0; d < TEXTS; d++) free(c->owned[d]);
}

static double smooth_idf(const Corpus *c, int w)
{
    return log((TEXTS + 1.0) / (c->df[w] + 1.0)) + 1;
}

static double reference_bm25(const Corpus *c, const int *query, int d)
{
    double sum = 0;
    for (int w = 0; w < VOCABULARY; w++) {
        double f = c->tf[d][w], df = c->df[w];
        if (query[w] == 0 || f == 0) continue;
        double idf = log(1 + (TEXTS - df + 0.5) / (df + 0.5));
        sum += query[w] * idf * f * 2.2 / (f + 1.2 * (1 - 0.75 + 0.75 * c->length[d] / c->average));
    }
    return sum;
}

static double reference_tfidf(const Corpus *c, const int *query, int d)
{
    double dot = 0, qq = 0, dd = 0;
    for (int w = 0; w < VOCABULARY; w++) {
        double x = query[w] && c->df[w] ? (1 + log(query[w])) * smooth_idf(c, w) : 0;
        double y = c->tf[d][w] ? (1 + log(c->tf[d][w])) * smooth_idf(c, w) : 0;
        dot += x * y;
        qq += x * x;
        dd += y * y;
    }
    return dot > 0 ? dot / sqrt(qq * dd) : 0;
}

static char *make_query(Rng *rng, int words, int query[VOCABULARY])
{
    Str text = {0};
    memset(query, 0, VOCABULARY * sizeof *query);
    for (int i = 0; i < words; i++) {
        int w = draw_word(rng);
        query[w]++;
        str_addf(&text, "w%03d unheard%d? ", w, i);
    }
    return str_take(&text);
}

static Index *build(Pool *pool, const char *const *texts, size_t count)
{
    Index *x = NULL;
    Err err = {0};
    if (!index_build(pool, texts, count, NULL, &x, &err)) fail_msg("%s", err.message);
    return x;
}

/* Every score of every query, against the plain loops; the order is total and complete. */
static void check_against_reference(const Corpus *c, const Index *x)
{
    IndexScratch *s = index_scratch_new(x);
    Rng rng = rng_make(5, 2);
    uint32_t rows[TEXTS];
    float scores[TEXTS];
    Hit hits[TEXTS], few[7];
    for (uint32_t d = 0; d < TEXTS; d++) rows[d] = d;
    for (int n = 0; n < 60; n++) {
        int query[VOCABULARY];
        char *text = make_query(&rng, 1 + n % 12, query);
        for (int m = 0; m < INDEX_MODELS; m++) {
            size_t found = index_search(x, s, (IndexModel)m, text, TEXTS, hits), positive = 0;
            index_scores(x, s, (IndexModel)m, text, rows, TEXTS, scores);
            for (int d = 0; d < TEXTS; d++) {
                double wanted =
                    m == INDEX_BM25 ? reference_bm25(c, query, d) : reference_tfidf(c, query, d);
                assert_true(fabs(scores[d] - wanted) <= 1e-5 * (1 + wanted));
                assert_int_equal(scores[d] > 0, wanted > 0);
                positive += wanted > 0;
            }
            assert_int_equal(found, positive);
            for (size_t i = 0; i < found; i++) {
                assert_true(hits[i].score == scores[hits[i].row]);
                if (i == 0) continue;
                assert_true(hits[i - 1].score > hits[i].score ||
                            (hits[i - 1].score == hits[i].score && hits[i - 1].row < hits[i].row));
            }
            size_t cut = index_search(x, s, (IndexModel)m, text, 7, few);
            assert_int_equal(cut, found < 7 ? found : 7);
            assert_memory_equal(few, hits, cut * sizeof *few);
        }
        free(text);
    }
    index_scratch_free(s);
}

static void scores_are_the_formulas(void **state)
{
    (void)state;
    Corpus *c = mem_alloc(sizeof *c);
    corpus_make(c, 1);
    Index *x = build(NULL, c->texts, TEXTS);
    assert_int_equal(index_documents(x), TEXTS);
    check_against_reference(c, x);
    index_free(x);
    corpus_release(c);
    free(c);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    Corpus *c = mem_alloc(sizeof *c);
    corpus_make(c, 2);
    Pool *pool = pool_new(3);
    Index *one = build(NULL, c->texts, TEXTS), *many = build(pool, c->texts, TEXTS);
    void *a = NULL, *b = NULL;
    size_t a_size = 0, b_size = 0;
    Err err = {0};
    assert_true(index_save(one, &a, &a_size, &err));
    assert_true(index_save(many, &b, &b_size, &err));
    assert_int_equal(a_size, b_size);
    assert_memory_equal(a, b, a_size);
    check_against_reference(c, many);
    free(a);
    free(b);
    index_free(one);
    index_free(many);
    pool_free(pool);
    corpus_release(c);
    free(c);
}

static void a_blob_comes_back(void **state)
{
    (void)state;
    Corpus *c = mem_alloc(sizeof *c);
    corpus_make(c, 3);
    Index *x = build(NULL, c->texts, TEXTS), *back = NULL;
    void *blob = NULL;
    size_t size = 0;
    Err err = {0};
    assert_true(index_save(x, &blob, &size, &err));
    assert_true(index_load(blob, size, &back, &err));
    check_against_reference(c, back);
    free(blob);
    index_free(x);
    index_free(back);
    corpus_release(c);
    free(c);
}

static void a_broken_blob_is_refused(void **state)
{
    (void)state;
    const char *texts[] = {"one two two three", "", "two three three three four", "four"};
    Index *x = build(NULL, texts, 4), *back = NULL;
    uint8_t *blob = NULL;
    size_t size = 0;
    Err err = {0};
    assert_true(index_save(x, (void **)&blob, &size, &err));
    for (size_t cut = 0; cut < size; cut++) {
        err = (Err){0};
        uint8_t *piece = mem_alloc(cut + 1);
        memcpy(piece, blob, cut);
        assert_false(index_load(piece, cut, &back, &err));
        assert_int_equal(err.kind, ERR_FORMAT);
        free(piece);
    }
    uint8_t *longer = mem_zero(size + 1, 1);
    memcpy(longer, blob, size);
    assert_false(index_load(longer, size + 1, &back, &err));
    free(longer);
    assert_null(back);

    /* Any single change is refused, or gives an index that can be searched without harm. */
    for (size_t at = 0; at < size; at++) {
        for (int bit = 0; bit < 8; bit++) {
            blob[at] ^= (uint8_t)(1 << bit);
            if (index_load(blob, size, &back, &err)) {
                Hit hits[4];
                IndexScratch *s = index_scratch_new(back);
                size_t found = index_search(back, s, INDEX_BM25, "one two three four", 4, hits);
                for (size_t i = 0; i < found; i++) {
                    assert_true(hits[i].row < index_documents(back));
                    assert_true(isfinite(hits[i].score));
                }
                index_scratch_free(s);
                index_free(back);
                back = NULL;
            }
            blob[at] ^= (uint8_t)(1 << bit);
        }
    }
    free(blob);
    index_free(x);
}

static void huge_counts_are_refused_before_memory_is_asked_for(void **state)
{
    (void)state;
    uint8_t blob[32] = "honeidx1";
    memset(blob + 8, 0xff, sizeof blob - 8);
    blob[12] = 0x07;
    Index *x = NULL;
    Err err = {0};
    assert_false(index_load(blob, sizeof blob, &x, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_null(x);
}

static void nothing_is_found_in_nothing(void **state)
{
    (void)state;
    const char *blank[] = {"", " . ", "\n"};
    for (size_t count = 0; count <= 3; count += 3) {
        Index *x = build(NULL, blank, count), *back = NULL;
        IndexScratch *s = index_scratch_new(x);
        Hit hits[3];
        uint32_t row = 1;
        float score = 9;
        assert_int_equal(index_search(x, s, INDEX_BM25, "word", 3, hits), 0);
        assert_int_equal(index_search(x, s, INDEX_TFIDF, "", 3, hits), 0);
        if (count) {
            index_scores(x, s, INDEX_TFIDF, "word", &row, 1, &score);
            assert_true(score == 0);
        }
        void *blob = NULL;
        size_t size = 0;
        Err err = {0};
        assert_true(index_save(x, &blob, &size, &err));
        assert_true(index_load(blob, size, &back, &err));
        assert_int_equal(index_documents(back), count);
        free(blob);
        index_free(back);
        index_scratch_free(s);
        index_free(x);
    }
}

static void equal_texts_keep_their_order(void **state)
{
    (void)state;
    const char *texts[] = {"other", "the same words", "more", "the same words", "the same words"};
    Index *x = build(NULL, texts, 5);
    IndexScratch *s = index_scratch_new(x);
    Hit hits[5];
    for (int m = 0; m < INDEX_MODELS; m++) {
        assert_int_equal(index_search(x, s, (IndexModel)m, "same same words", 2, hits), 2);
        assert_int_equal(hits[0].row, 1);
        assert_int_equal(hits[1].row, 3);
        assert_true(hits[0].score == hits[1].score);
        assert_int_equal(index_search(x, s, (IndexModel)m, "same", 0, hits), 0);
    }
    index_scratch_free(s);
    index_free(x);
}

static void unspaced_scripts_are_found_by_bigrams(void **state)
{
    (void)state;
    const char *texts[] = {"她在图书馆工作", "图片和书", "公司成立于2009年"};
    Index *x = build(NULL, texts, 3);
    IndexScratch *s = index_scratch_new(x);
    Hit hits[3];
    assert_int_equal(index_search(x, s, INDEX_BM25, "图书馆在哪里？", 3, hits), 1);
    assert_int_equal(hits[0].row, 0);
    assert_int_equal(index_search(x, s, INDEX_TFIDF, "２００９", 3, hits), 1);
    assert_int_equal(hits[0].row, 2);
    index_scratch_free(s);
    index_free(x);
}

static void idf_knows_unknown_words(void **state)
{
    (void)state;
    const char *texts[] = {"one two", "two"};
    Index *x = build(NULL, texts, 2);
    assert_true(fabs(index_idf(x, "one", 3) - (log(3.0 / 2) + 1)) < 1e-6);
    assert_true(fabs(index_idf(x, "two", 3) - 1) < 1e-6);
    assert_true(fabs(index_idf(x, "three", 5) - (log(3.0) + 1)) < 1e-6);
    index_free(x);
}

static void a_cancelled_build_stops(void **state)
{
    (void)state;
    const char *texts[] = {"one", "two"};
    Cancel cancel = {0};
    cancel_ask(&cancel);
    Index *x = NULL;
    Err err = {0};
    assert_false(index_build(NULL, texts, 2, &cancel, &x, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    assert_null(x);
}

/* ---- real questions ---- */

typedef struct RealSet {
    cJSON *json;
    VEC(const char *) texts;
    Map *keys; /* of the texts, to their rows */
} RealSet;

static RealSet load_real(const char *folder)
{
    RealSet r = {.keys = map_new()};
    Str text = {0};
    Err err = {0};
    char *path = str_format("%s/uber_2021_val.json", folder);
    if (!file_read(path, (size_t)1 << 28, &text, &err)) fail_msg("%s", err.message);
    r.json = cJSON_Parse(str_get(&text));
    assert_non_null(r.json);
    const cJSON *chunk;
    cJSON_ArrayForEach(chunk, cJSON_GetObjectItem(r.json, "corpus"))
    {
        map_put(r.keys, chunk->string, strlen(chunk->string), (uint32_t)r.texts.count);
        vec_push(&r.texts, chunk->valuestring);
    }
    free(path);
    str_release(&text);
    return r;
}

/* The mean of 1/rank within the first ten, and of being among the first five. */
static void measure(const RealSet *r, const Index *x, IndexModel model, double *mrr,
                    double *accuracy)
{
    IndexScratch *s = index_scratch_new(x);
    const cJSON *question, *relevant = cJSON_GetObjectItem(r->json, "relevant_docs");
    size_t count = 0;
    *mrr = *accuracy = 0;
    cJSON_ArrayForEach(question, cJSON_GetObjectItem(r->json, "queries"))
    {
        Hit hits[10];
        const char *key = cJSON_GetObjectItem(relevant, question->string)->child->valuestring;
        size_t found = index_search(x, s, model, question->valuestring, 10, hits), rank = 0;
        while (rank < found && hits[rank].row != map_get(r->keys, key, strlen(key))) rank++;
        *mrr += rank < found ? 1.0 / (double)(rank + 1) : 0;
        *accuracy += rank < found && rank < 5;
        count++;
    }
    *mrr /= (double)count;
    *accuracy /= (double)count;
    index_scratch_free(s);
}

static void real_questions_find_their_chunks(void **state)
{
    (void)state;
    const char *folder = getenv("HONE_DATA");
    if (!folder) {
        print_message("HONE_DATA is not set: no real questions are asked\n");
        skip();
    }
    RealSet r = load_real(folder);
    Index *x = build(NULL, r.texts.items, r.texts.count);
    double mrr, accuracy;
    measure(&r, x, INDEX_BM25, &mrr, &accuracy);
    assert_true(mrr > 0.77 && accuracy > 0.885);
    measure(&r, x, INDEX_TFIDF, &mrr, &accuracy);
    assert_true(mrr > 0.75 && accuracy > 0.885);
    Err err = {0};
    assert_true(index_add_pairs(NULL, x, r.texts.items, NULL, &err));
    measure(&r, x, INDEX_TFIDF, &mrr, &accuracy);
    assert_true(mrr >= 0.78 && accuracy >= 0.905);
    measure(&r, x, INDEX_BM25, &mrr, &accuracy);
    assert_true(mrr > 0.77 && accuracy > 0.885);
    index_free(x);
    map_free(r.keys);
    vec_release(&r.texts);
    cJSON_Delete(r.json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_the_formulas),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_blob_comes_back),
        cmocka_unit_test(a_broken_blob_is_refused),
        cmocka_unit_test(huge_counts_are_refused_before_memory_is_asked_for),
        cmocka_unit_test(nothing_is_found_in_nothing),
        cmocka_unit_test(equal_texts_keep_their_order),
        cmocka_unit_test(unspaced_scripts_are_found_by_bigrams),
        cmocka_unit_test(idf_knows_unknown_words),
        cmocka_unit_test(a_cancelled_build_stops),
        cmocka_unit_test(real_questions_find_their_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
