#include <math.h>

#include "base/rng.h"
#include "model/adapter.h"
#include "model/lsa.h"
#include "num/blas.h"
#include "num/vector.h"
#include "retrieve/fusion.h"
#include "retrieve/project.h"
#include "retrieve/retriever_parts.h"
#include "store/runs.h"
#include "store/vectors.h"

static const char *const QUERIES[] = {
    "When does the ferry return, at dusk?",
    "granite lighthouse",
    "zzzz qqqq",
    "Who sells bread?",
};
#define QUERY_COUNT (sizeof QUERIES / sizeof *QUERIES)

static CorpusView load_view(Project *p)
{
    ChunkRows chunks = {0};
    CorpusView view;
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &chunks, err));
    corpus_view_chunks(&chunks, &view);
    rows_release(&chunks);
    return view;
}

static int filled_open(void **state)
{
    if (project_open(state) != 0) return -1;
    project_fill(*state);
    return 0;
}

static const Retriever *open_in(RetrieverSet *s, const char *name)
{
    const Retriever *r = NULL;
    ok(retriever_set_open(s, name, &r, err));
    return r;
}

static Results search(Project *p, const Retriever *r, size_t k)
{
    Results results = {0};
    ok(retriever_search(&p->env, r, QUERIES, QUERY_COUNT, k, &results, err));
    assert_int_equal(results.count, QUERY_COUNT);
    for (size_t q = 0; q < QUERY_COUNT; q++) {
        assert_true(results.offset[q + 1] - results.offset[q] <= k);
        for (size_t i = results.offset[q]; i < results.offset[q + 1]; i++) {
            assert_true(isfinite(results.hits[i].score));
            if (i == results.offset[q]) continue;
            Hit a = results.hits[i - 1], b = results.hits[i];
            assert_true(a.score > b.score || (a.score == b.score && a.row < b.row));
        }
    }
    return results;
}

static void assert_same(const Results *a, const Results *b)
{
    assert_memory_equal(a->offset, b->offset, (QUERY_COUNT + 1) * sizeof *a->offset);
    for (size_t i = 0; i < a->offset[QUERY_COUNT]; i++) {
        assert_int_equal(a->hits[i].row, b->hits[i].row);
        assert_true(fabsf(a->hits[i].score - b->hits[i].score) < 1e-5f);
    }
}

static void assert_finds_the_same(Project *p, const Retriever *a, const Retriever *b)
{
    Results x = search(p, a, 12), y = search(p, b, 12);
    assert_same(&x, &y);
    results_release(&x);
    results_release(&y);
}

/* Scores of every pair are those of the search, to the last bit. */
static void assert_scores_match(Project *p, const Retriever *r)
{
    Results results = search(p, r, 12);
    float *scores = mem_zero(results.offset[QUERY_COUNT] + 1, sizeof *scores);
    uint32_t *rows = mem_zero(results.offset[QUERY_COUNT] + 1, sizeof *rows);
    for (size_t i = 0; i < results.offset[QUERY_COUNT]; i++) rows[i] = results.hits[i].row;
    ok(retriever_scores(&p->env, r, QUERIES, QUERY_COUNT, results.offset, rows, scores, err));
    for (size_t i = 0; i < results.offset[QUERY_COUNT]; i++)
        assert_true(scores[i] == results.hits[i].score);
    free(rows);
    free(scores);
    results_release(&results);
}

static void every_kind_finds(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    static const char *const names[] = {"bm25", "tfidf", "lsa"};
    for (size_t n = 0; n < 3; n++) {
        Retriever *r = NULL;
        ok(retriever_open(&p->env, names[n], &view, &r, err));
        assert_string_equal(retriever_name(r), names[n]);
        assert_int_equal(retriever_run(r), 0);
        assert_int_equal(retriever_dims(r) > 0, n == 2);
        Results results = search(p, r, 3);
        assert_int_equal(results.hits[0].row, 0);
        assert_int_equal(results.hits[results.offset[1]].row, 4);
        assert_int_equal(results.offset[2], results.offset[3]);
        assert_int_equal(results.hits[results.offset[3]].row, 10);
        results_release(&results);
        assert_scores_match(p, r);
        results = search(p, r, 0);
        assert_int_equal(results.offset[QUERY_COUNT], 0);
        results_release(&results);
        ok(retriever_search(&p->env, r, QUERIES, 0, 5, &results, err));
        assert_int_equal(results.count, 0);
        results_release(&results);
        retriever_close(r);
    }
    retriever_close(NULL);
    corpus_view_release(&view);
}

static void a_set_shares(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    const Retriever *lsa = open_in(s, "lsa"), *build = open_in(s, "lsa@1");
    const Retriever *fused = open_in(s, "bm25 + lsa"), *bm25 = open_in(s, "bm25");
    assert_ptr_equal(lsa, open_in(s, "lsa"));
    assert_ptr_equal(fused, open_in(s, "bm25 + lsa"));
    assert_ptr_equal(lsa->space, build->space);
    assert_ptr_equal(fused->parts.items[0], bm25);
    assert_ptr_equal(fused->parts.items[1], lsa);
    assert_int_equal(s->spaces.count, 1);
    assert_int_equal(retriever_dims(fused), retriever_dims(lsa));
    Hash a = retriever_fingerprint(lsa), b = retriever_fingerprint(build),
         c = retriever_fingerprint(bm25), d = retriever_fingerprint(open_in(s, "tfidf")),
         e = retriever_fingerprint(fused);
    assert_true(hash_equal(&a, &b));
    assert_false(hash_equal(&c, &d));
    assert_false(hash_equal(&c, &e));
    retriever_set_free(s);
    retriever_set_free(NULL);
    corpus_view_release(&view);
}

static void a_fusion_is_its_parts_ranks(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    const Retriever *fused = open_in(s, "bm25+lsa+tfidf");
    Results parts[3] = {search(p, open_in(s, "bm25"), 100), search(p, open_in(s, "lsa"), 100),
                        search(p, open_in(s, "tfidf"), 100)};
    Results got = search(p, fused, 5);
    for (size_t q = 0; q < QUERY_COUNT; q++) {
        FusionList lists[3];
        Hit wanted[5];
        for (int i = 0; i < 3; i++)
            lists[i] = (FusionList){parts[i].hits + parts[i].offset[q],
                                    parts[i].offset[q + 1] - parts[i].offset[q]};
        size_t count = fuse(lists, 3, 5, wanted);
        assert_int_equal(got.offset[q + 1] - got.offset[q], count);
        assert_memory_equal(got.hits + got.offset[q], wanted, count * sizeof *wanted);
    }
    size_t offset[2] = {0, 1};
    uint32_t row = 0;
    float score;
    refused(ERR_USAGE, "fusion",
            retriever_scores(&p->env, fused, QUERIES, 1, offset, &row, &score, err));
    for (int i = 0; i < 3; i++) results_release(&parts[i]);
    results_release(&got);
    retriever_set_free(s);
    corpus_view_release(&view);
}

static void put_retriever(Project *p, const char *name, const char *kind, const char *config,
                          int64_t build, const void *blob, size_t size)
{
    RetrieverRow row = {.name = name,
                        .kind = kind,
                        .embedder = "lsa",
                        .build_id = build,
                        .config = config,
                        .made_ms = 1};
    int64_t id = 0;
    ok(retriever_put(p->env.store, &row, blob, size, &id, err));
}

static void put_adapter(Project *p, const char *name, int64_t build, size_t dims, float turn)
{
    Adapter *a = NULL;
    ok(adapter_new(adapter_kind_find("linear"), (AdapterShape){.dims = dims}, 1, &a, err));
    for (size_t i = 0; i < dims; i++) a->p[i * dims + (i + 1) % dims] += turn;
    a->p[dims * dims] += turn / 10;
    char *config = adapter_config_json(a);
    put_retriever(p, name, "adapter", config, build, a->p, a->count * sizeof *a->p);
    free(config);
    adapter_free(a);
}

static void adapters_move_queries_only(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    const Retriever *lsa = open_in(s, "lsa");
    size_t dims = retriever_dims(lsa);
    put_adapter(p, "same", 1, dims, 0);
    put_adapter(p, "turned", 1, dims, 0.7f);
    put_adapter(p, "turned@2", 1, dims, 0.7f);
    put_retriever(p, "base", "baseline", "{}", 1, NULL, 0);
    const Retriever *same = open_in(s, "same"), *turned = open_in(s, "turned"),
                    *base = open_in(s, "base");
    assert_ptr_equal(same->space, lsa->space);
    assert_ptr_equal(turned->space, lsa->space);
    assert_ptr_equal(base->space, lsa->space);
    assert_string_equal(retriever_name(base), "base");
    assert_finds_the_same(p, lsa, base);
    assert_finds_the_same(p, lsa, same);
    assert_finds_the_same(p, turned, open_in(s, "turned@2"));
    Hash a = retriever_fingerprint(lsa), b = retriever_fingerprint(same),
         c = retriever_fingerprint(turned);
    assert_false(hash_equal(&a, &b));
    assert_false(hash_equal(&b, &c));
    Results x = search(p, lsa, 12), y = search(p, turned, 12);
    assert_true(memcmp(x.hits, y.hits, x.offset[1] * sizeof *x.hits) != 0);
    assert_int_equal(y.offset[2],
                     y.offset[3]); /* the bias gives no direction to a question without features */
    results_release(&x);
    results_release(&y);
    assert_scores_match(p, turned);
    retriever_set_free(s);
    corpus_view_release(&view);
}

static void broken_adapters_are_refused(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    size_t dims = retriever_dims(open_in(s, "lsa"));
    const Retriever *r = NULL;
    put_adapter(p, "wide", 1, dims + 1, 0);
    refused(ERR_DATABASE, "wide", retriever_set_open(s, "wide", &r, err));
    put_retriever(p, "short", "adapter", "{\"method\":\"linear\",\"dims\":4}", 1, "abcd", 4);
    Err why = {0};
    assert_false(retriever_set_open(s, "short", &r, &why));
    put_retriever(p, "odd", "abacus", "{}", 1, NULL, 0);
    refused(ERR_NEWER, "abacus", retriever_set_open(s, "odd", &r, err));
    assert_null(r);
    retriever_set_free(s);
    corpus_view_release(&view);
}

static void an_adapter_keeps_its_build(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    Retriever *r = NULL;
    ok(retriever_open(&p->env, "lsa", &view, &r, err));
    put_adapter(p, "ft", 1, retriever_dims(r), 0);
    retriever_close(r);
    corpus_view_release(&view);
    project_chunk(p, "A new chapter about whales and the sea beyond the harbour.", SPLIT_NONE);
    LsaOptions options = lsa_options_default();
    int64_t build = 0;
    ok(lsa_build(&p->env, &options, &build, err));
    assert_true(build > 1);
    view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    assert_int_equal(open_in(s, "ft")->space->embedder->build_id, 1);
    assert_int_equal(open_in(s, "lsa")->space->embedder->build_id, build);
    assert_finds_the_same(p, open_in(s, "ft"), open_in(s, "lsa@1"));
    assert_int_equal(s->spaces.count, 2);
    retriever_set_free(s);
    corpus_view_release(&view);
}

/* A blob that replaces the first `count` rows of lsa's table by the row after, or the last row by
 * itself. */
static void put_table(Project *p, const char *name, const Embedder *e, uint32_t count, size_t cut)
{
    size_t size = sizeof count + count * (sizeof(uint32_t) + e->dims * sizeof(float));
    char *blob = mem_alloc(size), *at = blob + sizeof count;
    memcpy(blob, &count, sizeof count);
    for (uint32_t i = 0; i < count; i++, at += sizeof i) memcpy(at, &i, sizeof i);
    for (uint32_t i = 0; i < count; i++, at += e->dims * sizeof(float))
        memcpy(at, lsa_table(e) + (i + 1) * e->dims, e->dims * sizeof(float));
    put_retriever(p, name, "lsa-table", "{}", 1, blob, size - cut);
    free(blob);
}

static void tables_are_put_in_place(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    const Retriever *lsa = open_in(s, "lsa"), *r = NULL;
    const Embedder *e = lsa->space->embedder;
    put_table(p, "none", e, 0, 0);
    put_table(p, "many", e, (uint32_t)lsa_rows(e) - 1, 0);
    put_table(p, "cut", e, 5, 1);
    put_table(p, "empty", e, 0, 4);
    const Retriever *none = open_in(s, "none"), *many = open_in(s, "many");
    assert_finds_the_same(p, lsa, none);
    assert_ptr_not_equal(many->space, lsa->space);
    Hash a = retriever_fingerprint(lsa), b = retriever_fingerprint(many);
    assert_false(hash_equal(&a, &b));
    Results x = search(p, lsa, 12), y = search(p, many, 12);
    assert_true(memcmp(x.hits, y.hits, x.offset[1] * sizeof *x.hits) != 0);
    results_release(&x);
    results_release(&y);
    assert_scores_match(p, many);
    refused(ERR_DATABASE, "cut", retriever_set_open(s, "cut", &r, err));
    refused(ERR_DATABASE, "empty", retriever_set_open(s, "empty", &r, err));
    retriever_set_free(s);
    corpus_view_release(&view);
}

static void names_are_checked(void **state)
{
    Project *p = *state;
    const Env *env = &p->env;
    put_retriever(p, "my-run", "baseline", "{}", 0, NULL, 0);
    ok(retriever_exists(env, "bm25", err));
    ok(retriever_exists(env, "lsa", err));
    ok(retriever_exists(env, "bm25+my-run", err));
    refused(ERR_MISSING, "my-run", retriever_exists(env, "nothing", err));
    refused(ERR_MISSING, "'nothing'", retriever_exists(env, "bm25+nothing", err));
    refused(ERR_MISSING, "", retriever_exists(env, "lsa@12", err));
    refused(ERR_USAGE, "empty part", retriever_exists(env, "bm25+", err));
    refused(ERR_USAGE, "empty part", retriever_exists(env, "+", err));
    refused(ERR_USAGE, "empty part", retriever_exists(env, " ", err));
    refused(ERR_USAGE, "empty", retriever_exists(env, "", err));
    refused(ERR_MISSING, "reranker called 'cross'", retriever_exists(env, "bm25|cross", err));
    refused(ERR_USAGE, "empty part", retriever_exists(env, "bm25|", err));
    refused(ERR_USAGE, "empty part", retriever_exists(env, "|cross", err));
    refused(ERR_USAGE, "empty part", retriever_exists(env, "bm25+|cross", err));
    refused(ERR_USAGE, "more than",
            retriever_exists(env, "bm25+bm25+bm25+bm25+bm25+bm25+bm25+bm25+bm25", err));
    CorpusView view = load_view(p);
    Retriever *r = NULL;
    refused(ERR_MISSING, "bm25, tfidf, lsa, my-run",
            retriever_open(env, "nothing", &view, &r, err));
    assert_null(r);
    Names names = {0};
    ok(retriever_names(env, &names, err));
    assert_int_equal(names.count, 4);
    assert_string_equal(names.items[0], "bm25");
    assert_string_equal(names.items[3], "my-run");
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    vec_release(&names);
    corpus_view_release(&view);
}

static void questions_are_searched_symmetrically(void **state)
{
    Project *p = *state;
    for (size_t i = 0; i < QUERY_COUNT; i++)
        project_question(p, QUERIES[i], 0, QUESTION_ACCEPTED, SPLIT_NONE);
    QuestionRows rows = {0};
    CorpusView chunks = load_view(p), view;
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &rows, err));
    corpus_view_questions(&rows, &view);
    rows_release(&rows);
    assert_int_equal(view.role, ROLE_QUERY);
    RetrieverSet *of_chunks = retriever_set_new(&p->env, &chunks),
                 *s = retriever_set_new(&p->env, &view);
    put_adapter(p, "turned", 1, retriever_dims(open_in(of_chunks, "lsa")), 0.7f);
    static const char *const names[] = {"bm25", "tfidf", "lsa", "turned"};
    for (size_t n = 0; n < 4; n++) {
        const Retriever *r = open_in(s, names[n]);
        Results results = search(p, r, 4);
        for (size_t q = 0; q < QUERY_COUNT; q++) {
            if (n >= 2 && q == 2)
                continue; /* a question without known features finds nothing, not even itself */
            assert_int_equal(results.hits[results.offset[q]].row, q);
            if (n > 0) assert_true(fabsf(results.hits[results.offset[q]].score - 1) < 1e-4f);
        }
        results_release(&results);
        assert_scores_match(p, r);
    }
    retriever_set_free(s);
    retriever_set_free(of_chunks);
    corpus_view_release(&view);
    corpus_view_release(&chunks);
}

static void titles_are_searched_when_asked_for(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    const char *query = "guide";
    for (int on = 0; on < 2; on++) {
        Retriever *r = NULL;
        Results results = {0};
        if (on) ok(setting_set(p->env.store, "title_body", "on", err));
        ok(retriever_open(&p->env, "bm25", &view, &r, err));
        ok(retriever_search(&p->env, r, &query, 1, 100, &results, err));
        assert_int_equal(results.offset[1], on ? PROJECT_TEXT_COUNT : 0);
        results_release(&results);
        retriever_close(r);
    }
    corpus_view_release(&view);
}

/* Enough text for the index to be kept in the project. */
static CorpusView large_view(QuestionRows *rows)
{
    enum { COUNT = 600, WORDS = 1200 };
    Rng rng = rng_make(9, 9);
    rows->items = mem_zero(COUNT, sizeof *rows->items);
    rows->count = COUNT;
    for (size_t i = 0; i < COUNT; i++) {
        Str text = {0};
        for (int w = 0; w < WORDS; w++)
            str_addf(&text, "word%llu ", (unsigned long long)rng_below(&rng, 5000));
        rows->items[i] =
            (QuestionRow){.id = (int64_t)i + 1, .text = arena_strdup(&rows->arena, str_get(&text))};
        str_release(&text);
    }
    CorpusView view;
    corpus_view_questions(rows, &view);
    return view;
}

static Results search_large(Project *p, const CorpusView *view)
{
    const char *query = "word17 word4000 word4999 word17";
    Retriever *r = NULL;
    Results results = {0};
    ok(retriever_open(&p->env, "bm25", view, &r, err));
    ok(retriever_search(&p->env, r, &query, 1, 50, &results, err));
    retriever_close(r);
    return results;
}

static void a_large_index_is_kept(void **state)
{
    Project *p = *state;
    QuestionRows rows = {0};
    CorpusView view = large_view(&rows);
    int64_t before = 0, after = 0;
    Results built = search_large(p, &view);
    ok(store_change(p->env.store, &before, err));
    Results loaded = search_large(p, &view);
    ok(store_change(p->env.store, &after, err));
    assert_int_equal(before, after);
    assert_int_equal(built.offset[1], 50);
    assert_int_equal(loaded.offset[1], 50);
    assert_memory_equal(built.hits, loaded.hits, 50 * sizeof *built.hits);
    results_release(&loaded);

    HashBuilder *b = hash_begin();
    hash_add(b, view.hash.bytes, HASH_BYTES);
    hash_add_i64(b, 0);
    Hash hash = hash_end(b);
    void *blob = NULL;
    size_t size = 0;
    ok(cache_get(p->env.store, "index of questions", &hash, &blob, &size, err));
    assert_non_null(blob);
    memset((char *)blob + size / 2, 0xff, 64);
    ok(cache_put(p->env.store, "index of questions", &hash, blob, size, err));
    free(blob);
    loaded = search_large(p, &view);
    assert_int_equal(loaded.offset[1], 50);
    assert_memory_equal(built.hits, loaded.hits, 50 * sizeof *built.hits);
    results_release(&loaded);
    results_release(&built);
    corpus_view_release(&view);
    rows_release(&rows);
}

static void an_empty_corpus_gives_nothing(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    Retriever *r = NULL;
    ok(retriever_open(&p->env, "bm25+tfidf", &view, &r, err));
    Results results = search(p, r, 10);
    assert_int_equal(results.offset[QUERY_COUNT], 0);
    results_release(&results);
    retriever_close(r);
    r = NULL;
    refused(ERR_MISSING, "", retriever_open(&p->env, "lsa", &view, &r, err));
    corpus_view_release(&view);
}

static void a_cancelled_search_stops(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    Retriever *r = NULL;
    Results results = {0};
    ok(retriever_open(&p->env, "bm25", &view, &r, err));
    Cancel cancel = {0};
    cancel_ask(&cancel);
    Env env = p->env;
    env.cancel = &cancel;
    refused(ERR_CANCELLED, "", retriever_search(&env, r, QUERIES, QUERY_COUNT, 5, &results, err));
    assert_null(results.hits);
    retriever_close(r);
    corpus_view_release(&view);
}

static void a_view_knows_its_texts(void **state)
{
    Project *p = *state;
    CorpusView a = load_view(p), b = load_view(p);
    assert_int_equal(a.count, PROJECT_TEXT_COUNT);
    assert_true(hash_equal(&a.hash, &b.hash));
    for (size_t i = 0; i < a.count; i++) {
        assert_string_equal(a.plain[i], PROJECT_TEXTS[i]);
        assert_string_not_equal(a.titled[i], a.plain[i]);
        assert_non_null(strstr(a.titled[i], "Guide\n"));
        assert_true(i == 0 || a.ids[i - 1] < a.ids[i]);
    }
    corpus_view_release(&b);
    project_chunk(p, "One more.", SPLIT_NONE);
    b = load_view(p);
    assert_false(hash_equal(&a.hash, &b.hash));
    corpus_view_release(&a);
    corpus_view_release(&b);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_finds, filled_open, project_close),
        cmocka_unit_test_setup_teardown(a_set_shares, filled_open, project_close),
        cmocka_unit_test_setup_teardown(a_fusion_is_its_parts_ranks, filled_open, project_close),
        cmocka_unit_test_setup_teardown(adapters_move_queries_only, filled_open, project_close),
        cmocka_unit_test_setup_teardown(broken_adapters_are_refused, filled_open, project_close),
        cmocka_unit_test_setup_teardown(an_adapter_keeps_its_build, filled_open, project_close),
        cmocka_unit_test_setup_teardown(tables_are_put_in_place, filled_open, project_close),
        cmocka_unit_test_setup_teardown(names_are_checked, filled_open, project_close),
        cmocka_unit_test_setup_teardown(questions_are_searched_symmetrically, filled_open,
                                        project_close),
        cmocka_unit_test_setup_teardown(titles_are_searched_when_asked_for, filled_open,
                                        project_close),
        cmocka_unit_test_setup_teardown(a_large_index_is_kept, project_open, project_close),
        cmocka_unit_test_setup_teardown(an_empty_corpus_gives_nothing, project_open, project_close),
        cmocka_unit_test_setup_teardown(a_cancelled_search_stops, filled_open, project_close),
        cmocka_unit_test_setup_teardown(a_view_knows_its_texts, filled_open, project_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
