/* Rerankers: by name, behind other retrievers, and with the scores that a project keeps. */
#include <math.h>

#include "base/file.h"
#include "model/cross_encoder.h"
#include "num/blas.h"
#include "retrieve/project.h"
#include "retrieve/retriever_parts.h"
#include "store/runs.h"
#include "store/scores.h"

#define CROSS GOLDEN_DIR "/encoders/cross_bert"
#define OTHER GOLDEN_DIR "/encoders/cross_distilbert"
#define EMBEDDER GOLDEN_DIR "/encoders/bert"

static const char *const QUERIES[] = {"When does the ferry return?", "granite lighthouse",
                                      "zzzz qqqq"};
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

static void search(Project *p, const Retriever *r, size_t k, Results *ret)
{
    *ret = (Results){0};
    ok(retriever_search(&p->env, r, QUERIES, QUERY_COUNT, k, ret, err));
    assert_int_equal(ret->count, QUERY_COUNT);
}

/* What the model itself says. */
static float score_of(const char *query, const char *text)
{
    CrossEncoder *c = NULL;
    float score = 0;
    ok(cross_encoder_open(CROSS, NULL, &c, err));
    ok(cross_encoder_score(c, NULL, &(TextPair){query, text}, 1, &score, NULL, NULL, err));
    cross_encoder_close(c);
    return score;
}

static void the_best_in_a_new_order(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    static const char *const BASES[] = {"bm25", "bm25+tfidf"};
    for (size_t b = 0; b < 2; b++) {
        char *name = str_format(" %s | %s", BASES[b], CROSS);
        const Retriever *base = open_in(s, BASES[b]), *r = open_in(s, name);
        Results found, best, reranked;
        search(p, base, 100, &found);
        search(p, r, 100, &reranked);
        for (size_t q = 0; q < QUERY_COUNT; q++) {
            size_t first = found.offset[q], count = found.offset[q + 1] - first;
            assert_int_equal(reranked.offset[q + 1] - reranked.offset[q], count);
            for (size_t i = first; i < first + count; i++) {
                Hit hit = reranked.hits[i];
                bool known = false;
                for (size_t j = first; j < first + count; j++)
                    known |= found.hits[j].row == hit.row;
                assert_true(known);
                assert_true(i == first || reranked.hits[i - 1].score >= hit.score);
                float wanted = score_of(QUERIES[q], view.plain[hit.row]), score = 0;
                assert_true(fabs((double)(hit.score - wanted)) < 1e-5);
                size_t offset[] = {0, 1};
                ok(retriever_scores(&p->env, r, &QUERIES[q], 1, offset, &hit.row, &score, err));
                assert_true(score == hit.score);
            }
        }
        search(p, r, 2, &best); /* the first of the same order */
        assert_memory_equal(best.hits, reranked.hits, best.offset[1] * sizeof *best.hits);
        results_release(&found);
        results_release(&best);
        results_release(&reranked);
        free(name);
    }
    assert_int_equal(s->rerankers.count, 1); /* shared */
    retriever_set_free(s);
    corpus_view_release(&view);
}

/* A score that the project knows is not made again: even one that nobody would make. */
static void no_pair_is_scored_twice(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    const Retriever *r = open_in(s, "bm25|" CROSS);
    Results before, after;
    search(p, r, 100, &before);
    Hash fingerprint = reranker_fingerprint(s->rerankers.items[0]);
    int64_t id = 0;
    ok(reranker_register(p->env.store, "again", &fingerprint, &id, err));
    size_t last = before.offset[1] - 1; /* the worst for the first query */
    Hash query = hash_text(QUERIES[0]), text = hash_text(view.plain[before.hits[last].row]);
    Hash pair = pair_hash(&query, &text);
    float made_up = 42;
    ok(scores_put(p->env.store, id, &pair, 1, &made_up, err));
    search(p, r, 100, &after);
    assert_true(after.hits[0].score == 42 && after.hits[0].row == before.hits[last].row);
    for (size_t i = 1; i <= last; i++)
        assert_memory_equal(&after.hits[i], &before.hits[i - 1], sizeof *after.hits);
    results_release(&before);
    results_release(&after);
    retriever_set_free(s);
    corpus_view_release(&view);
}

static void the_same_pair_twice_in_a_call(void **state)
{
    Project *p = *state;
    Reranker *r = NULL;
    ok(reranker_open(&p->env, CROSS, &r, err));
    const char *texts[] = {"?", PROJECT_TEXTS[0], PROJECT_TEXTS[0], PROJECT_TEXTS[1]};
    const char *queries[] = {QUERIES[0], QUERIES[0]};
    size_t offset[] = {1, 2, 4}; /* need not begin at 0 */
    float scores[4] = {-9, 0, 0, 0};
    Progress progress;
    progress_init(&progress);
    p->env.progress = &progress;
    ok(reranker_scores(&p->env, r, queries, 2, offset, texts, scores, err));
    assert_true(scores[0] == -9 && scores[1] == scores[2] && scores[3] != scores[2]);
    assert_true(fabs((double)(scores[3] - score_of(QUERIES[0], PROJECT_TEXTS[1]))) < 1e-5);
    p->env.progress = NULL;
    progress_release(&progress);
    reranker_close(r);
}

static void a_cancelled_one_stops(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    const Retriever *r = open_in(s, "bm25|" CROSS);
    Cancel cancel = {0};
    Env env = p->env;
    Results results;
    cancel_ask(&cancel);
    env.cancel = &cancel;
    refused(ERR_CANCELLED, "", retriever_search(&env, r, QUERIES, 1, 5, &results, err));
    retriever_set_free(s);
    corpus_view_release(&view);
}

static void put_reranker(Project *p, const char *name, const char *folder)
{
    char *config = str_format("{\"folder\": \"%s\"}", folder);
    RetrieverRow row = {
        .name = name, .kind = RERANKER_KIND, .embedder = folder, .config = config, .made_ms = 1};
    int64_t id;
    ok(retriever_put(p->env.store, &row, "", 0, &id, err));
    free(config);
}

static void names_are_told_apart(void **state)
{
    Project *p = *state;
    const Env *env = &p->env;
    put_reranker(p, "mine", CROSS);
    put_reranker(p, "lost", "/nowhere");
    ok(setting_set(p->env.store, "model.cross", OTHER, err));
    ok(setting_set(p->env.store, "model.tiny", EMBEDDER, err));
    ok(retriever_exists(env, "bm25|mine", err));
    ok(retriever_exists(env, "bm25+tiny|cross", err));
    ok(retriever_exists(env, "tiny | " CROSS, err));
    refused(ERR_USAGE, "bm25|mine", retriever_exists(env, "mine", err));
    refused(ERR_USAGE, "bm25|cross", retriever_exists(env, "cross", err));
    refused(ERR_USAGE, "is a reranker", retriever_exists(env, "bm25+cross", err));
    refused(ERR_USAGE, "no reranker", retriever_exists(env, "bm25|tiny", err));
    refused(ERR_USAGE, "no reranker", retriever_exists(env, "bm25|" EMBEDDER, err));
    refused(ERR_MISSING, "mine, lost, cross", retriever_exists(env, "bm25|nothing", err));
    refused(ERR_MISSING, "mine|nothing", retriever_exists(env, "bm25|mine|nothing", err));
    refused(ERR_MISSING, "nothing", retriever_exists(env, "nothing|mine", err));
    refused(ERR_MISSING, "train 'lost' again", retriever_exists(env, "bm25|lost", err));
    assert_true(reranker_is(env, "mine") && reranker_is(env, "cross") && reranker_is(env, CROSS));
    assert_false(reranker_is(env, "lost") || reranker_is(env, "tiny") || reranker_is(env, "bm25"));

    Names names = {0};
    ok(retriever_names(env, &names, err)); /* rerankers are no retrievers */
    assert_int_equal(names.count, 4);
    assert_string_equal(names.items[3], "tiny");
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    vec_release(&names);
}

static void fingerprints(void **state)
{
    Project *p = *state;
    CorpusView view = load_view(p);
    RetrieverSet *s = retriever_set_new(&p->env, &view);
    put_reranker(p, "mine", CROSS);
    Hash a = retriever_fingerprint(open_in(s, "bm25|" CROSS)),
         same = retriever_fingerprint(open_in(s, "bm25|mine")),
         base = retriever_fingerprint(open_in(s, "tfidf|" CROSS)),
         model = retriever_fingerprint(open_in(s, "bm25|" OTHER));
    assert_true(hash_equal(&a, &same)); /* by content, not by name */
    assert_false(hash_equal(&a, &base) || hash_equal(&a, &model));
    assert_int_equal(retriever_dims(open_in(s, "lsa|mine")), retriever_dims(open_in(s, "lsa")));
    retriever_set_free(s);
    corpus_view_release(&view);

    Reranker *r = NULL;
    ok(setting_set(p->env.store, "model." CROSS ".max_tokens", "20", err));
    ok(reranker_open(&p->env, CROSS, &r, err));
    Hash cut = reranker_fingerprint(r);
    reranker_close(r);
    ok(reranker_open(&p->env, "mine", &r, err));
    Hash whole = reranker_fingerprint(r);
    assert_false(hash_equal(&cut, &whole));
    reranker_close(r);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_best_in_a_new_order, filled_open, project_close),
        cmocka_unit_test_setup_teardown(no_pair_is_scored_twice, filled_open, project_close),
        cmocka_unit_test_setup_teardown(the_same_pair_twice_in_a_call, filled_open, project_close),
        cmocka_unit_test_setup_teardown(a_cancelled_one_stops, filled_open, project_close),
        cmocka_unit_test_setup_teardown(names_are_told_apart, filled_open, project_close),
        cmocka_unit_test_setup_teardown(fingerprints, filled_open, project_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
