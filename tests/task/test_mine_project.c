/* Mining in a project: what is never offered, pools, dry runs, going on after a stop. */
#include <math.h>

#include "base/file.h"
#include "model/cross_encoder.h"
#include "num/blas.h"
#include "retrieve/project.h"
#include "store/journal.h"
#include "store/mining.h"
#include "task/dataset.h"
#include "task/mine.h"

#define CROSS GOLDEN_DIR "/encoders/cross_bert"

static void fill(Project *p)
{
    int64_t ids[PROJECT_TEXT_COUNT];
    for (size_t i = 0; i < PROJECT_TEXT_COUNT; i++)
        ids[i] = project_chunk(p, PROJECT_TEXTS[i], SPLIT_TRAIN);
    project_chunk(p, PROJECT_TEXTS[0], SPLIT_TRAIN); /* a copy of a positive */
    static const char *const QUESTIONS[] = {"when does the ferry leave the harbour",
                                            "where are tickets for the ferry sold",
                                            "what was the lighthouse built of"};
    static const size_t ABOUT[] = {0, 1, 4};
    for (size_t q = 0; q < 3; q++)
        project_question(p, QUESTIONS[q], ids[ABOUT[q]], QUESTION_ACCEPTED, SPLIT_TRAIN);
    /* the same question again, about another chunk: both answer it */
    project_question(p, QUESTIONS[0], ids[10], QUESTION_ACCEPTED, SPLIT_TRAIN);
}

static MineReport mine(Project *p, const MineOptions *o)
{
    MineReport r = {0};
    ok(task_mine(&p->env, o, &r, err));
    return r;
}

static CandidateRows candidates(Project *p)
{
    CandidateRows rows = {0};
    ok(candidates_load(p->env.store, &(CandidateQuery){.with_texts = true}, &rows, err));
    return rows;
}

static MineOptions options(void)
{
    MineOptions o = mine_options_default();
    o.retriever = "bm25";
    o.per_question = 5;
    return o;
}

static void positives_and_copies_are_never_offered(void **state)
{
    Project *p = *state;
    fill(p);
    MineOptions o = options();
    MineReport r = mine(p, &o);
    CandidateRows rows = candidates(p);
    assert_true(rows.count > 4);
    assert_int_equal(rows.count, r.candidates);
    for (size_t i = 0; i < rows.count; i++) {
        const CandidateRow *c = &rows.items[i];
        assert_true(c->rank >= 1);
        assert_true(c->margin == c->score - c->positive_score);
        if (c->question_id == 1 || c->question_id == 4) {
            assert_string_not_equal(c->text, PROJECT_TEXTS[0]);
            assert_string_not_equal(c->text, PROJECT_TEXTS[10]);
        }
    }
    rows_release(&rows);
}

static void verdicts_outlive_mining(void **state)
{
    Project *p = *state;
    fill(p);
    MineOptions o = options();
    mine(p, &o);
    CandidateRows rows = candidates(p);
    int64_t question = rows.items[0].question_id, wrong = rows.items[0].chunk_id,
            also = rows.items[1].chunk_id;
    assert_int_equal(rows.items[1].question_id, question);
    rows_release(&rows);
    Decision d[] = {
        {.subject = "verdict",
         .subject_id = question,
         .other_id = wrong,
         .value = "false_negative"},
        {.subject = "verdict", .subject_id = question, .other_id = also, .value = "promoted"}};
    int64_t group;
    ok(decide(p->env.store, d, 2, "judge", &group, err));
    o.seed = 2;
    mine(p, &o);
    rows = candidates(p);
    for (size_t i = 0; i < rows.count; i++) {
        if (rows.items[i].question_id != question) continue;
        assert_true(rows.items[i].chunk_id != wrong && rows.items[i].chunk_id != also);
    }
    rows_release(&rows);
    Dataset data;
    ok(dataset_load(&p->env, &(DatasetQuery){0}, &data, err));
    assert_int_equal(data.questions.items[0].id, question);
    size_t found = 0;
    for (uint32_t c = 0; c < data.chunks.count; c++) {
        int64_t id = data.chunks.items[c].id;
        if (id == also) found += dataset_is_positive(&data, 0, c);
        if (id == wrong)
            found += dataset_is_barred(&data, 0, c) && !dataset_is_positive(&data, 0, c);
    }
    assert_int_equal(found, 2);
    dataset_release(&data);
}

static float cross_score(const char *query, const char *text)
{
    CrossEncoder *c = NULL;
    float score = 0;
    ok(cross_encoder_open(CROSS, NULL, &c, err));
    ok(cross_encoder_score(c, NULL, &(TextPair){query, text}, 1, &score, NULL, NULL, err));
    cross_encoder_close(c);
    return score;
}

/* Candidates and positives alike, in the order of its scores; and a fusion, which has none. */
static void a_rerankers_scores_take_their_place(void **state)
{
    Project *p = *state;
    fill(p);
    static const char *const RETRIEVERS[] = {"bm25", "bm25+tfidf"};
    for (size_t r = 0; r < 2; r++) {
        MineOptions o = options();
        o.retriever = RETRIEVERS[r];
        o.reranker = CROSS;
        mine(p, &o);
        CandidateRows rows = candidates(p);
        assert_true(rows.count > 4);
        for (size_t i = 0; i < rows.count; i++) {
            const CandidateRow *c = &rows.items[i];
            assert_true(fabs(c->score - (double)cross_score(c->question, c->text)) < 1e-5);
            if (c->question_id == 3) {
                double own = (double)cross_score(c->question, PROJECT_TEXTS[4]);
                assert_true(fabs(c->positive_score - own) < 1e-5);
            }
            if (i == 0 || c->question_id != c[-1].question_id) continue;
            assert_true(c->rank == c[-1].rank + 1 && c->score <= c[-1].score);
        }
        rows_release(&rows);
        o.has[MINE_MARGIN] = true; /* of its scores */
        mine(p, &o);
        rows = candidates(p);
        for (size_t i = 0; i < rows.count; i++)
            assert_true(rows.items[i].score <= rows.items[i].positive_score);
        rows_release(&rows);
    }
    MineOptions o = options();
    MineReport r;
    o.reranker = "nobody";
    refused(ERR_MISSING, "reranker called 'nobody'", task_mine(&p->env, &o, &r, err));
}

static void pools_are_offered_alone(void **state)
{
    Project *p = *state;
    fill(p);
    char *path = str_format("%s/pool.jsonl", p->folder);
    const char *text =
        "{\"text\":\"Ferry tickets of another company are sold elsewhere.\"}\n"
        "A plain line about a harbour.\n{\"text\":\"A plain line about a harbour.\"}\n";
    ok(file_write(path, text, strlen(text), err));
    MineOptions o = options();
    o.pool_path = path;
    o.dry_run = true;
    MineReport dry = mine(p, &o);
    CandidateRows rows = candidates(p);
    assert_int_equal(rows.count, 0); /* a dry run writes nothing */
    rows_release(&rows);
    ChunkRows pool = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){.statuses = 1 << CHUNK_POOL}, &pool, err));
    assert_int_equal(pool.count, 0);
    o.dry_run = false;
    for (int twice = 0; twice < 2; twice++) {
        MineReport r = mine(p, &o);
        assert_int_equal(r.candidates, dry.candidates);
        rows_release(&pool);
        ok(chunks_load(p->env.store, &(ChunkQuery){.statuses = 1 << CHUNK_POOL}, &pool, err));
        assert_int_equal(pool.count, 2);
    }
    rows = candidates(p);
    assert_true(rows.count > 0);
    for (size_t i = 0; i < rows.count; i++)
        assert_true(rows.items[i].chunk_id == pool.items[0].id ||
                    rows.items[i].chunk_id == pool.items[1].id);
    rows_release(&rows);
    rows_release(&pool);
    o.pool_path = "/nonexistent/pool";
    MineReport r;
    refused(ERR_MISSING, "/nonexistent/pool", task_mine(&p->env, &o, &r, err));
    unlink(path);
    free(path);
}

static void random_fallback_fills_up(void **state)
{
    Project *p = *state;
    fill(p);
    MineOptions o = options();
    o.has[MINE_MIN_SCORE] = true;
    o.value[MINE_MIN_SCORE] = 1000;
    MineReport r = mine(p, &o);
    assert_int_equal(r.candidates, 0);
    assert_int_equal(r.short_questions, 4);
    o.random_fallback = true;
    r = mine(p, &o);
    assert_int_equal(r.random, r.candidates);
    assert_true(r.random > 10);
    CandidateRows first = candidates(p);
    for (size_t i = 0; i < first.count; i++) {
        assert_int_equal(first.items[i].rank, 0);
        for (size_t j = i + 1;
             j < first.count && first.items[j].question_id == first.items[i].question_id; j++)
            assert_true(first.items[i].chunk_id != first.items[j].chunk_id);
    }
    mine(p, &o); /* the same seed, the same draws */
    CandidateRows again = candidates(p);
    assert_int_equal(first.count, again.count);
    for (size_t i = 0; i < first.count; i++)
        assert_int_equal(first.items[i].chunk_id, again.items[i].chunk_id);
    rows_release(&first);
    rows_release(&again);
}

static void what_makes_no_sense_is_refused(void **state)
{
    Project *p = *state;
    MineReport r;
    MineOptions o = options();
    refused(ERR_MISSING, "accepted", task_mine(&p->env, &o, &r, err));
    fill(p);
    o.per_question = 0;
    refused(ERR_USAGE, "-n", task_mine(&p->env, &o, &r, err));
    o = options();
    o.range_min = 5;
    o.range_max = 5;
    refused(ERR_USAGE, "range", task_mine(&p->env, &o, &r, err));
    o = options();
    o.retriever = "bm25+tfidf";
    refused(ERR_USAGE, "fusion", task_mine(&p->env, &o, &r, err));
    o.retriever = "oracle";
    refused(ERR_MISSING, "oracle", task_mine(&p->env, &o, &r, err));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(positives_and_copies_are_never_offered),
        CASE(verdicts_outlive_mining),
        CASE(a_rerankers_scores_take_their_place),
        CASE(pools_are_offered_alone),
        CASE(random_fallback_fills_up),
        CASE(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
