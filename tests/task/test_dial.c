/* The dial counts what mining then chooses, whatever the settings. */
#include "retrieve/project.h"

#include <math.h>

#include "base/rng.h"
#include "num/blas.h"
#include "store/journal.h"
#include "store/mining.h"
#include "task/dial.h"

#define CHUNKS 150

static void fill(Project *p)
{
    for (size_t c = 0; c < CHUNKS; c++) {
        Rng rng = rng_make(7, c % 140); /* the last ten are copies */
        Str text = {0};
        for (int w = 0; w < 30; w++) str_addf(&text, "word%d ", (int)rng_below(&rng, 90));
        int64_t chunk = project_chunk(p, str_get(&text), SPLIT_TRAIN);
        str_release(&text);
        if (c % 3) continue;
        char question[96];
        snprintf(question, sizeof question, "where is word%d with word%d and word%d?",
                 (int)rng_below(&rng, 90), (int)rng_below(&rng, 90), (int)rng_below(&rng, 90));
        int64_t id = project_question(p, question, chunk, QUESTION_ACCEPTED, SPLIT_TRAIN);
        if (c % 4 == 0 && chunk > 5)
            ok(relevance_add(p->env.store, id, chunk - 5, ORIGIN_HUMAN, err));
    }
}

static void judge_some(Project *p)
{
    MineOptions o = mine_options_default();
    MineReport r;
    CandidateRows rows = {0};
    ok(task_mine(&p->env, &o, &r, err));
    ok(candidates_load(p->env.store, &(CandidateQuery){0}, &rows, err));
    Decision d[CHUNKS];
    size_t count = 0;
    for (size_t i = 0; i < rows.count && count < CHUNKS; i += 5) {
        d[count++] = (Decision){.subject = "verdict",
                                .subject_id = rows.items[i].question_id,
                                .other_id = rows.items[i].chunk_id,
                                .value = i % 2 ? "false_negative" : "promoted"};
    }
    int64_t group;
    ok(decide(p->env.store, d, count, "judge", &group, err));
    rows_release(&rows);
}

static MineOptions random_options(Rng *rng, const char *retriever)
{
    MineOptions o = mine_options_default();
    bool bm25 = strcmp(retriever, "bm25") == 0;
    o.retriever = retriever;
    o.per_question = 1 + rng_below(rng, 6);
    o.random_sampling = rng_below(rng, 2);
    o.seed = rng_below(rng, 1000);
    if (rng_below(rng, 2)) {
        o.range_min = rng_below(rng, 10);
        o.range_max = o.range_min + 1 + rng_below(rng, 40);
    }
    for (int f = 0; f < MINE_FILTERS; f++) {
        o.has[f] = rng_below(rng, 3) == 0;
        o.value[f] =
            (double)rng_below(rng, 1000) / 1000 * (bm25 && f != MINE_RELATIVE_MARGIN ? 12 : 0.6);
    }
    if (o.has[MINE_MIN_SCORE] && o.has[MINE_MAX_SCORE] &&
        o.value[MINE_MIN_SCORE] > o.value[MINE_MAX_SCORE])
        o.has[MINE_MIN_SCORE] = false;
    return o;
}

static void assert_same_counts(const DialCounts *c, const MineReport *r)
{
    size_t all = 0, kept = 0;
    assert_int_equal(c->questions, r->questions);
    assert_int_equal(c->kept, r->candidates);
    assert_int_equal(c->starved, r->short_questions);
    assert_int_equal(c->suspects, r->suspects);
    for (int f = 0; f < MINE_FILTERS; f++) assert_int_equal(c->dropped[f], r->dropped[f]);
    for (int b = 0; b < DIAL_BINS; b++) {
        all += c->bins[b].all;
        kept += c->bins[b].kept;
        assert_true(c->bins[b].kept <= c->bins[b].all);
        assert_true(c->bins[b].low < c->bins[b].high);
        assert_true(b == 0 || c->bins[b].low == c->bins[b - 1].high);
    }
    assert_int_equal(all, c->candidates);
    assert_int_equal(kept, c->kept);
}

static void counts_are_those_of_mining(void **state)
{
    Project *p = *state;
    fill(p);
    judge_some(p);
    static const char *const RETRIEVERS[] = {"lsa", "bm25", "lsa"};
    static const char *const RERANKERS[] = {NULL, NULL, GOLDEN_DIR "/encoders/cross_bert"};
    Rng rng = rng_make(3, 0);
    for (int i = 0; i < 3; i++) {
        MineOptions o = mine_options_default();
        o.retriever = RETRIEVERS[i];
        o.reranker = RERANKERS[i];
        Dial *d = NULL;
        ok(dial_open(&p->env, &o, 100, &d, err));
        size_t compared = 0, kept = 0, dropped = 0;
        for (int n = 0; n < 80; n++) {
            o = random_options(&rng, RETRIEVERS[i]);
            o.reranker = RERANKERS[i];
            o.dry_run = n % 20 != 0;
            DialCounts c;
            MineReport r;
            dial_count(d, &o, &c);
            if (c.beyond) continue;
            ok(task_mine(&p->env, &o, &r, err));
            assert_same_counts(&c, &r);
            compared++;
            kept += c.kept;
            dropped += c.dropped[MINE_MARGIN];
        }
        assert_true(compared > 50 && kept > 1000 && dropped > 100);
        dial_free(d);
    }
}

static void what_is_held_has_an_end(void **state)
{
    Project *p = *state;
    fill(p);
    MineOptions o = mine_options_default();
    Dial *shallow = NULL, *deep = NULL;
    ok(dial_open(&p->env, &o, 5, &shallow, err));
    ok(dial_open(&p->env, &o, 0, &deep, err));
    o.per_question = 40;
    DialCounts c, whole;
    dial_count(shallow, &o, &c);
    dial_count(deep, &o, &whole);
    assert_true(c.beyond);
    assert_false(whole.beyond); /* more than there are chunks */
    assert_int_equal(c.starved, c.questions);
    assert_true(whole.kept > c.kept && whole.candidates > c.candidates);
    o.per_question = 2;
    dial_count(shallow, &o, &c);
    dial_count(deep, &o, &whole);
    assert_false(c.beyond);
    assert_int_equal(c.kept, whole.kept);
    dial_free(shallow);
    dial_free(deep);
}

static void zero_is_an_edge(void **state)
{
    Project *p = *state;
    fill(p);
    MineOptions o = mine_options_default();
    Dial *d = NULL;
    ok(dial_open(&p->env, &o, 0, &d, err));
    o.has[MINE_MARGIN] = true; /* nothing above its positive is kept */
    DialCounts c;
    dial_count(d, &o, &c);
    size_t below = 0, above = 0, edges = 0;
    for (int b = 0; b < DIAL_BINS; b++) {
        bool is_above = c.bins[b].low > -1e-9;
        edges += fabs(c.bins[b].low) < 1e-9;
        *(is_above ? &above : &below) += c.bins[b].kept;
    }
    assert_int_equal(edges, 1);
    assert_true(below > 0);
    assert_int_equal(above, 0);
    dial_free(d);
}

static void nothing_to_mine_for_says_so(void **state)
{
    Project *p = *state;
    Dial *d = NULL;
    MineOptions o = mine_options_default();
    refused(ERR_MISSING, "accepted", dial_open(&p->env, &o, 0, &d, err));
    fill(p);
    o.retriever = "nobody";
    refused(ERR_MISSING, "nobody", dial_open(&p->env, &o, 0, &d, err));
    o.retriever = "bm25+lsa";
    refused(ERR_USAGE, "fusion", dial_open(&p->env, &o, 0, &d, err));
    Cancel cancel = {0};
    cancel_ask(&cancel);
    Env env = p->env;
    env.cancel = &cancel;
    o.retriever = "bm25";
    refused(ERR_CANCELLED, "", dial_open(&env, &o, 0, &d, err));
    assert_null(d);
    dial_free(d);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(counts_are_those_of_mining),
        CASE(what_is_held_has_an_end),
        CASE(zero_is_an_edge),
        CASE(nothing_to_mine_for_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
