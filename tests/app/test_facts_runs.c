/* What the Training view reads: runs, their series, the words that go on with one, its outcome. */
#include "desking.h"

#include <math.h>

#include "app/args.h"
#include "app/facts_outcome.h"
#include "app/facts_runs.h"
#include "app/job.h"
#include "base/file.h"
#include "store/runs.h"

enum { NOTES = 24, LAST_TRAINED = 15 };

/* ---- asking ---- */

typedef struct Got {
    size_t calls;
    RunsFacts *runs;
    RunPoints *points;
    OutcomeFacts *outcome;
    Err err;
} Got;

static void got_runs(void *context, RunsFacts *facts, const Err *e)
{
    Got *g = context;
    g->calls++;
    g->runs = facts;
    g->err = e ? *e : (Err){0};
}

static RunsFacts *runs_of(Desk *d)
{
    Got g = {0};
    runs_facts_ask(d, &g, got_runs, &g);
    until(d, g.calls);
    assert_int_equal(g.err.kind, 0);
    return g.runs;
}

static void got_points(void *context, RunPoints *points, const Err *e)
{
    Got *g = context;
    g->calls++;
    g->points = points;
    g->err = e ? *e : (Err){0};
}

static RunPoints *points_of(Desk *d, int64_t id, const RunPoints *have)
{
    Got g = {0};
    run_points_ask(d, &g, id, have, got_points, &g);
    until(d, g.calls);
    assert_int_equal(g.err.kind, 0);
    return g.points;
}

static void got_outcome(void *context, OutcomeFacts *facts, const Err *e)
{
    Got *g = context;
    g->calls++;
    g->outcome = facts;
    g->err = e ? *e : (Err){0};
}

/* ---- projects ---- */

static RunRow begin(Store *s, const char *name, const char *options)
{
    Arena arena = {0};
    RunRow want = {.name = name,
                   .embedder = "lsa",
                   .method = "linear",
                   .loss = "mnrl",
                   .inputs = hash_text(name),
                   .options = options,
                   .selection = "val",
                   .steps = 100},
           row;
    ok(run_begin(s, &want, &row, &arena, err));
    arena_release(&arena);
    return row;
}

/* "loss" of the steps first … last, and the two evaluations of every tenth. */
static void add_steps(Store *s, int64_t id, int first, int last)
{
    for (int i = first; i <= last; i++) {
        MetricRow rows[] = {{.step = i, .name = "loss", .value = 1.0 / (i + 1), .at_ms = 1000 + i},
                            {.step = i, .name = "val mrr@10", .value = 0.5, .at_ms = 1000 + i},
                            {.step = i, .name = "val loss", .value = 2, .at_ms = 1000 + i}};
        ok(metrics_add(s, id, rows, i % 10 ? 1 : 3, err));
    }
}

/* Accepted questions on chunks with words of their own, the last of them of val. */
static void add_pairs(Store *s)
{
    char text[120];
    for (int i = 0; i < NOTES; i++) {
        Split split = i > LAST_TRAINED ? SPLIT_VAL : SPLIT_TRAIN;
        snprintf(text, sizeof text, "note%d.txt", i);
        int64_t document = add_document(s, text, split);
        snprintf(text, sizeof text, "The word%d is about thing%d and nothing else.", i, i);
        int64_t chunk = add_chunk(s, document, text, split);
        snprintf(text, sizeof text, "What is thing%d about?", i);
        Decision accept = accept_question(add_question(s, text, chunk, split));
        ok(decide(s, &accept, 1, "accept", NULL, err));
    }
}

static Job *run_words_as_job(Desk *d, const RunWords *w)
{
    Err e = {0};
    Job *j = job_start(d, (const char *const *)w->items, w->count, 80, NULL, NULL, &e);
    if (!j) fail_msg("%s", e.message);
    until(d, job_state(j) != JOB_RUNNING);
    if (job_state(j) == JOB_FAILED) fail_msg("%s: %s", job_line(j), job_err(j)->message);
    return j;
}

/* ---- tests ---- */

static void test_list(void **state)
{
    Desking *t = *state;
    RunsFacts *f = runs_of(t->d);
    assert_int_equal(f->count, 0);
    char *name = run_fresh_name(f, "ft");
    assert_string_equal(name, "ft");
    free(name);
    runs_facts_free(f);
    RunRow first = begin(t->f->s, "ft", "{\"method\":\"linear\",\"epochs\":8,\"batch\":64}");
    RunRow second = begin(t->f->s, "ft-2", "not JSON");
    ok(run_update(t->f->s, first.id, 40, "failed", "the loss is nan", err));
    f = runs_of(t->d);
    assert_int_equal(f->count, 2);
    assert_string_equal(f->items[0].row.name, "ft-2"); /* newest first */
    assert_int_equal(f->items[0].epochs, 0);
    assert_int_equal(f->items[1].epochs, 8);
    assert_int_equal(f->items[1].batch, 64);
    assert_false(f->items[0].reported);
    assert_string_equal(run_verdict(&f->items[0]), "");
    assert_ptr_equal(runs_facts_find(f, second.id), &f->items[0]);
    assert_null(runs_facts_find(f, 999));
    assert_null(runs_facts_find(NULL, 1));
    name = run_fresh_name(f, "ft");
    assert_string_equal(name, "ft-3");
    free(name);
    name = run_fresh_name(f, "ft-2");
    assert_string_equal(name, "ft-3");
    free(name);
    Str text = {0};
    run_text(&f->items[1], &text);
    assert_non_null(strstr(str_get(&text), "the loss is nan"));
    run_text(&f->items[0], &text); /* options that cannot be read are no end */
    str_release(&text);
    runs_facts_free(f);
    runs_facts_free(NULL);
}

static void test_points(void **state)
{
    Desking *t = *state;
    RunRow run = begin(t->f->s, "ft", "{}");
    RunPoints *have = points_of(t->d, run.id, NULL);
    assert_true(have->anew);
    assert_int_equal(have->of[RUN_LOSS].count, 0);
    add_steps(t->f->s, run.id, 0, 39);
    run_points_add(&have, points_of(t->d, run.id, have));
    assert_int_equal(have->of[RUN_LOSS].count, 40);
    assert_int_equal(have->of[RUN_MRR].count, 4);
    assert_true(have->of[RUN_LIKELIHOOD].items[0].value == -2);
    RunPoints *none = points_of(t->d, run.id, have);
    for (int m = 0; m < RUN_METRIC_COUNT; m++) assert_int_equal(none->of[m].count, 0);
    run_points_add(&have, none);
    add_steps(t->f->s, run.id, 40, 44);
    RunPoints *news = points_of(t->d, run.id, have);
    assert_false(news->anew);
    assert_int_equal(news->of[RUN_LOSS].count, 5); /* only what is new is read */
    assert_int_equal(news->of[RUN_MRR].count, 1);
    run_points_add(&have, news);
    assert_int_equal(have->of[RUN_LOSS].count, 45);
    run_points_free(have);
}

/* Killed, a run goes on from its checkpoint: what came after that is gone and comes again. */
static void test_points_of_a_run_cut_back(void **state)
{
    Desking *t = *state;
    RunRow run = begin(t->f->s, "ft", "{}");
    add_steps(t->f->s, run.id, 0, 39);
    RunPoints *have = points_of(t->d, run.id, NULL);
    ok(metrics_cut(t->f->s, run.id, 20, err));
    add_steps(t->f->s, run.id, 21, 25);
    RunPoints *news = points_of(t->d, run.id, have);
    assert_true(news->anew);
    assert_int_equal(news->of[RUN_LOSS].count, 26);
    run_points_add(&have, news);
    assert_int_equal(have->of[RUN_LOSS].count, 26);
    ok(run_remove(t->f->s, "ft", err));
    news = points_of(t->d, run.id, have);
    assert_true(news->anew);
    run_points_add(&have, news);
    assert_int_equal(have->of[RUN_LOSS].count, 0);
    run_points_free(have);
}

static void expect_words(const char *options, bool brief, const char *expected)
{
    RunRow row = {.name = "ft", .options = options};
    RunWords w = {0};
    Str line = {0};
    ok(run_words(&row, "ft", brief, &w, err));
    for (size_t i = 0; i < w.count; i++) str_addf(&line, "%s%s", i ? " " : "", w.items[i]);
    assert_string_equal(str_get(&line), expected);
    str_release(&line);
    run_words_release(&w);
}

static void test_words(void **state)
{
    (void)state;
    expect_words("{\"method\":\"table\",\"epochs\":400,\"lr\":0.001,\"hidden\":0,\"refit\":false,"
                 "\"use_all_docs\":true,\"similarity\":\"cosine\",\"decay\":\"linear\"}",
                 true, "train --name ft --method table --epochs 400");
    expect_words("{\"method\":\"linear\",\"lr\":0.1,\"hidden\":32,\"no_refit\":true,"
                 "\"use_all_docs\":false,\"similarity\":\"dot\",\"decay\":\"cosine\",\"clip\":0}",
                 true,
                 "train --name ft --hidden 32 --lr 0.1 --decay cosine --clip 0 --dot --positives "
                 "first --no-refit");
    expect_words("{\"method\":\"linear\",\"lr\":0.001}", false,
                 "train --name ft --method linear --lr 0.001");
    RunRow broken = {.name = "ft", .options = "[1]"};
    RunWords w = {0};
    refused(ERR_FORMAT, run_words(&broken, "ft", false, &w, err));
    broken.options = NULL;
    refused(ERR_FORMAT, run_words(&broken, "ft", false, &w, err));
    assert_int_equal(w.count, 0);
}

/* The words made of what a run recorded are taken as the same run again. */
static void test_words_go_on(void **state)
{
    Desking *t = *state;
    add_pairs(t->f->s);
    static const char *const FIRST[] = {
        "train",  "--name",   "odd",    "--epochs",    "2",       "--batch", "7",
        "--lr",   "0.000123", "--dot",  "--positives", "first",   "--decay", "cosine",
        "--clip", "0",        "--seed", "9",           "--scale", "3.3",     "--keep-epochs"};
    RunWords w = {0};
    for (size_t i = 0; i < sizeof FIRST / sizeof *FIRST; i++) vec_push(&w, mem_strdup(FIRST[i]));
    run_words_as_job(t->d, &w);
    RunsFacts *f = runs_of(t->d);
    assert_int_equal(f->count, 1);
    assert_true(f->items[0].reported);
    assert_string_not_equal(run_verdict(&f->items[0]), "");
    ok(run_words(&f->items[0].row, "odd", false, &w, err));
    Job *again = run_words_as_job(t->d, &w);
    assert_non_null(strstr(job_output(again), "finished before"));
    assert_string_equal(job_run(again), "odd");
    runs_facts_free(f);
    run_words_release(&w);
}

static void test_outcome(void **state)
{
    Desking *t = *state;
    Got g = {0};
    outcome_facts_ask(t->d, &g, "nothing", got_outcome, &g);
    until(t->d, g.calls);
    assert_int_equal(g.err.kind, ERR_MISSING);
    assert_null(g.outcome);
    add_pairs(t->f->s);
    RunWords w = {0};
    static const char *const TRAIN[] = {"train", "--name", "ft", "--epochs", "2"};
    for (size_t i = 0; i < 5; i++) vec_push(&w, mem_strdup(TRAIN[i]));
    run_words_as_job(t->d, &w);
    g.calls = 0;
    outcome_facts_ask(t->d, &g, "ft", got_outcome, &g);
    until(t->d, g.calls);
    assert_int_equal(g.err.kind, 0);
    const Outcome *o = &g.outcome->outcome;
    assert_string_equal(o->run, "ft");
    assert_int_equal(o->val.questions, NOTES - 1 - LAST_TRAINED);
    for (size_t i = 0; i < o->first.count; i++) {
        assert_string_not_equal(outcome_question(g.outcome, o->first.items[i].question_id), "");
        assert_string_not_equal(outcome_chunk(g.outcome, o->first.items[i].chunk_id), "");
    }
    for (size_t i = 0; i < o->nowhere.count; i++)
        assert_string_not_equal(outcome_question(g.outcome, o->nowhere.items[i]), "");
    assert_string_equal(outcome_question(g.outcome, -1), "");
    assert_string_equal(outcome_chunk(g.outcome, 0), "");
    outcome_facts_free(g.outcome);
    outcome_facts_free(NULL);
    run_words_release(&w);
}

typedef struct Written {
    size_t calls;
    char path[300];
    Err err;
} Written;

static void written(void *context, const char *path, const Err *e)
{
    Written *w = context;
    w->calls++;
    snprintf(w->path, sizeof w->path, "%s", path);
    w->err = e ? *e : (Err){0};
}

static void test_file(void **state)
{
    Desking *t = *state;
    Written w = {0};
    Str text = {0};
    char *path = str_format("%s.csv", t->f->path);
    text_file_ask(t->d, &w, path, "a,b\n", written, &w);
    until(t->d, w.calls == 1);
    assert_int_equal(w.err.kind, 0);
    assert_string_equal(w.path, path);
    ok(file_read(path, 100, &text, err));
    assert_string_equal(str_get(&text), "a,b\n");
    str_release(&text);
    remove(path);
    free(path);
    text_file_ask(t->d, &w, "/no/such/folder/x.csv", "", written, &w);
    until(t->d, w.calls == 2);
    assert_int_not_equal(w.err.kind, 0);
    assert_non_null(strstr(w.err.message, "/no/such/folder"));
}

/* ---- sweeps ---- */

static RunRow row_of(int64_t id, const char *name, const char *method)
{
    return (RunRow){.id = id, .name = name, .method = method, .state = "done", .options = "{}"};
}

/* Runs of one sweep stand where its newest is; names that only look like it do not. */
static void test_sweeps_stand_together(void **state)
{
    (void)state;
    const RunRow made[] = {row_of(1, "s-linear-100", "linear"),
                           row_of(2, "ft", "linear"),
                           row_of(3, "s-low-rank-100", "low-rank"),
                           row_of(4, "s-linear-4x", "linear"),
                           row_of(5, "t-full-all", "full"),
                           row_of(6, "linear-100", "linear"),
                           row_of(7, "s-low-rank-all", "low-rank"),
                           row_of(8, "s-full-100", "linear"),
                           row_of(9, "last", "full")};
    const int64_t expected[] = {9, 8, 7, 3, 1, 6, 5, 4, 2};
    RunRows rows = {0};
    rows.count = sizeof made / sizeof *made;
    rows.items = mem_alloc(sizeof made);
    memcpy(rows.items, made, sizeof made);
    RunsFacts *f = runs_facts_make(&rows);
    assert_int_equal(f->count, sizeof made / sizeof *made);
    for (size_t i = 0; i < f->count; i++) {
        const RunFacts *r = &f->items[i];
        assert_int_equal(r->row.id, expected[i]);
        assert_int_equal(r->follows, r->row.id == 3 || r->row.id == 1);
        if (r->follows) assert_int_equal(r->sweep_stem, strlen("s-"));
    }
    runs_facts_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sweeps_stand_together),
        cmocka_unit_test_setup_teardown(test_list, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(test_points, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(test_points_of_a_run_cut_back, desking_open, desking_close),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_words_go_on, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(test_outcome, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(test_file, desking_open, desking_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
