/* Estimates count what the run then counts, say more where there is more, and leave no trace. */
#include "retrieve/project.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <math.h>

#include "base/rng.h"
#include "num/blas.h"
#include "store/runs.h"
#include "task/estimate.h"
#include "task/mine.h"

#define TOPICS 40

static void fill(Project *p, bool with_val)
{
    for (size_t t = 0; t < TOPICS; t++) {
        Split split = with_val && t % 5 == 4 ? SPLIT_VAL : SPLIT_TRAIN;
        Rng rng = rng_make(1, t);
        Str text = {0};
        for (int w = 0; w < 40; w++)
            str_addf(&text, "topic%zuword%d common%d ", t, w % 8, (int)rng_below(&rng, 60));
        int64_t chunk = project_chunk(p, str_get(&text), split);
        str_release(&text);
        for (int i = 0; i < 2; i++) {
            char question[96];
            snprintf(question, sizeof question, "which ask%d about topic%zuword%d in common%d?", i,
                     t, 4 * i, (int)rng_below(&rng, 60));
            project_question(p, question, chunk, QUESTION_ACCEPTED, split);
        }
    }
}

static TrainOptions options(const char *name)
{
    TrainOptions o = train_options_default();
    o.name = name;
    o.epochs = 3;
    o.batch = 16;
    o.eval_every = 5;
    return o;
}

static TrainEstimate estimate(Project *p, const TrainOptions *o)
{
    TrainEstimate e = {0};
    ok(train_estimate(&p->env, o, &e, err));
    return e;
}

static size_t evaluations_of(Project *p, const char *run)
{
    RunRows runs = {0};
    MetricRows rows = {0};
    ok(run_find(p->env.store, run, &runs, err));
    ok(metrics_load(p->env.store, runs.items[0].id, "val loss", -1, &rows, err));
    size_t count = rows.count;
    rows_release(&rows);
    rows_release(&runs);
    return count;
}

static void it_counts_what_the_run_counts(void **state)
{
    Project *p = *state;
    fill(p, true);
    MineOptions mine = mine_options_default();
    MineReport mined;
    ok(task_mine(&p->env, &mine, &mined, err));
    static const char *const METHODS[] = {"linear", "low-rank", "two-layer", "table"};
    for (int m = 0; m < 4; m++) {
        TrainOptions o = options(METHODS[m]);
        o.method = METHODS[m];
        o.negatives = (size_t)m;
        o.pairs = m == 1 ? 24 : 0;
        TrainEstimate e = estimate(p, &o);
        TrainReport r;
        ok(task_train(&p->env, &o, &r, err));
        assert_int_equal(e.questions, r.questions);
        assert_int_equal(e.pairs, r.pairs);
        assert_int_equal(e.negatives, r.negatives);
        assert_int_equal(e.steps, r.steps);
        assert_int_equal(e.evaluations, evaluations_of(p, METHODS[m]));
        assert_int_equal(e.refit_steps, 0);
        assert_true(e.seconds > 0 && e.step_seconds > 0 && isfinite(e.seconds));
    }
}

static void a_refit_is_told(void **state)
{
    Project *p = *state;
    fill(p, false);
    TrainOptions o = options(NULL);
    TrainEstimate with = estimate(p, &o);
    assert_true(with.refit_steps >= with.steps && with.refit_seconds > 0);
    assert_true(with.seconds > with.refit_seconds);
    o.no_refit = true;
    TrainEstimate without = estimate(p, &o);
    assert_int_equal(without.steps, with.steps);
    assert_int_equal(without.refit_steps, 0);
    assert_true(without.refit_seconds == 0);
}

/* Parameters are held five times: themselves, gradients, two moments, the best. */
static void memory_follows_the_sizes(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options(NULL);
    o.method = "two-layer";
    o.hidden = 64;
    TrainEstimate small = estimate(p, &o);
    o.hidden = 1064;
    TrainEstimate large = estimate(p, &o);
    size_t dims = TOPICS - 1, added = 1000 * (2 * dims + 1) * sizeof(float);
    size_t grown = large.memory_bytes - small.memory_bytes;
    assert_true(large.memory_bytes > small.memory_bytes);
    assert_true(grown > 5 * added && grown < 9 * added);
    o.hidden = 64;
    o.batch = 64;
    assert_true(estimate(p, &o).memory_bytes > small.memory_bytes);
}

static size_t files_in(const char *folder)
{
    size_t count = 0;
    DIR *d = opendir(folder);
    while (d && readdir(d)) count++;
    if (d) closedir(d);
    return count;
}

static void it_leaves_no_trace(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("run");
    estimate(p, &o); /* makes a build and vectors */
    size_t files = files_in(p->folder);
    int64_t before, after;
    ok(store_change(p->env.store, &before, err));
    o.method = "table";
    o.keep_epochs = true;
    o.epochs = 500; /* enough to be written for the disk to be timed */
    estimate(p, &o);
    ok(store_change(p->env.store, &after, err));
    assert_int_equal(before, after);
    assert_int_equal(files_in(p->folder), files);
    RunRows runs = {0};
    ok(runs_load(p->env.store, &runs, err));
    assert_int_equal(runs.count, 0);
    rows_release(&runs);
}

static void what_cannot_run_says_why(void **state)
{
    Project *p = *state;
    TrainOptions o = options(NULL);
    TrainEstimate e;
    refused(ERR_MISSING, "", train_estimate(&p->env, &o, &e, err));
    fill(p, true);
    o.batch = 1;
    refused(ERR_USAGE, "batches", train_estimate(&p->env, &o, &e, err));
    o.batch = 16;
    o.method = "guess";
    refused(ERR_USAGE, "guess", train_estimate(&p->env, &o, &e, err));
    o.method = "linear";
    Cancel cancel = {0};
    cancel_ask(&cancel);
    Env env = p->env;
    env.cancel = &cancel;
    refused(ERR_CANCELLED, "", train_estimate(&env, &o, &e, err));
}

static void words_and_json(void **state)
{
    (void)state;
    TrainEstimate e = {.questions = 1203,
                       .pairs = 1203,
                       .negatives = 2406,
                       .steps = 1336,
                       .seconds = 7.2,
                       .memory_bytes = 41000000};
    Str text = {0};
    train_estimate_text(&e, &text);
    assert_true(str_starts(str_get(&text), "about 7 s, 41 MB: 1,336 steps"));
    assert_non_null(strstr(str_get(&text), "1,203 questions"));
    str_clear(&text);
    train_estimate_json(&e, &text);
    cJSON *j = cJSON_Parse(str_get(&text));
    assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(j, "memory_bytes")) == 41000000);
    assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(j, "steps")) == 1336);
    cJSON_Delete(j);
    str_release(&text);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(it_counts_what_the_run_counts), CASE(a_refit_is_told),
        CASE(memory_follows_the_sizes),      CASE(it_leaves_no_trace),
        CASE(what_cannot_run_says_why),      cmocka_unit_test(words_and_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
