/* Runs: resumed ones end as uninterrupted ones, what gains nothing says so, what cannot be done
 * says why. */
#include "retrieve/project.h"

#include <math.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/rng.h"
#include "num/blas.h"
#include "retrieve/retriever.h"
#include "store/journal.h"
#include "store/mining.h"
#include "store/runs.h"
#include "task/evaluate.h"
#include "task/mine.h"
#include "task/train.h"

static TrainOptions options(const char *name)
{
    TrainOptions o = train_options_default();
    o.name = name;
    o.epochs = 4;
    o.batch = 16;
    o.eval_every = 2;
    return o;
}

static TrainReport train(Project *p, const TrainOptions *o)
{
    TrainReport r = {0};
    ok(task_train(&p->env, o, &r, err));
    return r;
}

static void *blob_of(Project *p, const char *name, size_t *ret_size)
{
    RetrieverRows rows = {0};
    void *blob = NULL;
    ok(retriever_find(p->env.store, name, &rows, err));
    assert_int_equal(rows.count, 1);
    ok(retriever_blob(p->env.store, rows.items[0].id, &blob, ret_size, err));
    rows_release(&rows);
    return blob;
}

static void assert_same_retriever(Project *p, const char *a, const char *b)
{
    size_t a_size, b_size;
    void *x = blob_of(p, a, &a_size), *y = blob_of(p, b, &b_size);
    assert_true(a_size > 0);
    assert_int_equal(a_size, b_size);
    assert_memory_equal(x, y, a_size);
    free(x);
    free(y);
}

/* Stops the run as soon as it has made so many steps. */
typedef struct Stopper {
    Progress *progress;
    Cancel *cancel; /* or what asks it to finish */
    uint64_t after;
    atomic_bool over;
} Stopper;

/* Steps: while the run embeds, texts are counted. */
static uint64_t steps_done(Progress *p)
{
    ProgressState s = progress_get(p);
    return strcmp(s.unit, "steps") == 0 ? s.done : 0;
}

static void *stop_after(void *context)
{
    Stopper *s = context;
    while (!s->over && steps_done(s->progress) < s->after) usleep(50);
    cancel_ask(s->cancel);
    return NULL;
}

typedef enum Ask { ASK_STOP, ASK_FINISH } Ask;

static bool train_asked(Project *p, const TrainOptions *o, uint64_t steps, Ask ask, TrainReport *r)
{
    Progress progress;
    progress_init(&progress);
    Cancel cancel = {0};
    Stopper stopper = {.progress = &progress, .cancel = &cancel, .after = steps};
    pthread_t thread;
    pthread_create(&thread, NULL, stop_after, &stopper);
    Env env = p->env;
    env.progress = &progress;
    *(ask == ASK_STOP ? &env.cancel : &env.finish) = &cancel;
    Err err = {0};
    if (ask == ASK_STOP) store_set_cancel(env.store, &cancel);
    bool done = task_train(&env, o, r, &err);
    store_set_cancel(env.store, NULL);
    if (!done) assert_int_equal(err.kind, ERR_CANCELLED);
    stopper.over = true;
    pthread_join(thread, NULL);
    progress_release(&progress);
    return done;
}

static bool train_until(Project *p, const TrainOptions *o, uint64_t steps)
{
    TrainReport r;
    return train_asked(p, o, steps, ASK_STOP, &r);
}

static void stopped_runs_end_the_same(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    static const char *const METHODS[] = {"linear", "low-rank", "two-layer", "table"};
    for (int m = 0; m < 4; m++) {
        for (int refit = 0; refit < 2; refit++) {
            TrainOptions whole = options("whole"), pieces = options("pieces");
            whole.method = pieces.method = METHODS[m];
            whole.refit = pieces.refit = refit;
            whole.lr = pieces.lr = 5e-3;
            whole.replace = true;
            TrainReport a = train(p, &whole);
            pieces.replace = true;
            bool done = train_until(p, &pieces, 3);
            pieces.replace = false;
            for (uint64_t at = 6; !done && at < 20; at += 5) done = train_until(p, &pieces, at);
            TrainReport b = train(p, &pieces);
            /* a run that ended before it could be stopped comes back from its stored report: JSON
             * keeps 15 digits */
            assert_true(fabs(a.best - b.best) <= 1e-14 * fabs(a.best) &&
                        fabs(a.baseline - b.baseline) <= 1e-14 * fabs(a.baseline));
            assert_int_equal(a.best_step, b.best_step);
            assert_true(a.kept_best && b.kept_best);
            assert_same_retriever(p, "whole", "pieces");
        }
    }
}

static void metrics_are_rows_once(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options("run");
    if (!train_until(p, &o, 4)) train_until(p, &o, 9);
    TrainReport r = train(p, &o);
    RunRows runs = {0};
    MetricRows loss = {0}, mrr = {0};
    ok(run_find(p->env.store, "run", &runs, err));
    ok(metrics_load(p->env.store, runs.items[0].id, "loss", -1, &loss, err));
    ok(metrics_load(p->env.store, runs.items[0].id, "val mrr@10", -1, &mrr, err));
    assert_int_equal(loss.count, r.steps);
    for (size_t i = 0; i < loss.count; i++) assert_int_equal(loss.items[i].step, i + 1);
    assert_true(mrr.count >= r.steps / 2);
    assert_int_equal(mrr.items[0].step, 0);
    rows_release(&runs);
    rows_release(&loss);
    rows_release(&mrr);
}

static void curating_meanwhile_does_not_matter(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options("whole"), q = options("curated");
    train(p, &o);
    bool done = train_until(p, &q, 4);
    Decision reject = {.subject = "question.status", .subject_id = 1, .value = "rejected"};
    int64_t group;
    ok(decide(p->env.store, &reject, 1, "reject", &group, err));
    if (!done) train(p, &q);
    assert_same_retriever(p, "whole", "curated");
}

static void done_runs_are_not_run_again(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options("run");
    TrainReport first = train(p, &o), again = train(p, &o);
    assert_false(first.already_done);
    assert_true(again.already_done);
    assert_true(fabs(first.best - again.best) <= 1e-14 * fabs(first.best) &&
                first.steps == again.steps && first.kept_best == again.kept_best);
    o.epochs = 5;
    TrainReport r;
    refused(ERR_CONFLICT, "run", task_train(&p->env, &o, &r, err));
    o.epochs = 4;
    project_question(p, "one more about topic1word0?", 2, QUESTION_ACCEPTED, SPLIT_TRAIN);
    refused(ERR_CONFLICT, "changed", task_train(&p->env, &o, &r, err));
    o.replace = true;
    assert_false(train(p, &o).already_done);
}

static void no_gain_is_the_untrained_one(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options("wild");
    o.lr = 50;
    o.decay = DECAY_NONE;
    o.clip = 0;
    TrainReport r = train(p, &o);
    assert_false(r.kept_best);
    EvalOptions e = eval_options_default();
    const char *names[] = {"lsa", "wild"};
    e.retrievers = names;
    e.retriever_count = 2;
    e.split = SPLIT_VAL;
    EvalTable t;
    ok(task_evaluate(&p->env, &e, &t, err));
    for (size_t m = 0; m < t.metric_count; m++)
        assert_true(t.lines[0].value[m] == t.lines[1].value[m]);
    eval_table_release(&t);
}

static void nan_stops_with_a_message(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options("nan");
    o.dot = true;
    o.scale = 1e39; /* infinite in single precision */
    TrainReport r;
    refused(ERR_NUMERIC, "step 1", task_train(&p->env, &o, &r, err));
    RunRows runs = {0};
    ok(run_find(p->env.store, "nan", &runs, err));
    assert_string_equal(runs.items[0].state, "failed");
    assert_true(runs.items[0].steps > 0);
    rows_release(&runs);
    RetrieverRows made = {0};
    ok(retriever_find(p->env.store, "nan", &made, err));
    assert_int_equal(made.count, 0);
    rows_release(&made);
}

static void without_val_a_tenth_is_cut_off(void **state)
{
    Project *p = *state;
    project_topics(p, false);
    TrainOptions o = options("cut");
    TrainReport r = train(p, &o);
    assert_non_null(strstr(r.selection, "a tenth of the train chunks"));
    assert_int_equal(r.questions, 2 * (PROJECT_TOPICS - 4));
}

static void epochs_can_be_kept(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options("run");
    o.keep_epochs = true;
    train(p, &o);
    for (int e = 1; e <= 4; e++) {
        char name[16];
        snprintf(name, sizeof name, "run@%d", e);
        ok(retriever_exists(&p->env, name, err));
    }
    refused(ERR_MISSING, "run@5", retriever_exists(&p->env, "run@5", err));
}

static void nothing_to_train_on_says_so(void **state)
{
    Project *p = *state;
    TrainReport r;
    TrainOptions o = options("run");
    refused(ERR_MISSING, "", task_train(&p->env, &o, &r, err));
    int64_t chunk = project_chunk(p, "Only one chunk about a lighthouse.", SPLIT_TRAIN);
    int64_t question =
        project_question(p, "where is the lighthouse?", chunk, QUESTION_REJECTED, SPLIT_TRAIN);
    refused(ERR_MISSING, "accepted", task_train(&p->env, &o, &r, err));
    Decision accept = {.subject = "question.status", .subject_id = question, .value = "accepted"};
    int64_t group;
    ok(decide(p->env.store, &accept, 1, "accept", &group, err));
    refused(ERR_MISSING, "", task_train(&p->env, &o, &r, err));
    o.name = "a+b";
    refused(ERR_USAGE, "--name", task_train(&p->env, &o, &r, err));
    o.name = "bm25";
    refused(ERR_CONFLICT, "bm25", task_train(&p->env, &o, &r, err));
}

static void negatives_and_judgements_are_used(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    MineOptions mine = mine_options_default();
    MineReport mined;
    ok(task_mine(&p->env, &mine, &mined, err));
    assert_true(mined.candidates > 0);
    TrainOptions o = options("hard");
    o.negatives = 2;
    TrainReport r = train(p, &o);
    assert_true(r.negatives > 0);
    CandidateRows rows = {0};
    ok(candidates_load(p->env.store, &(CandidateQuery){0}, &rows, err));
    int64_t judged = rows.items[0].id, question = rows.items[0].question_id,
            chunk = rows.items[0].chunk_id;
    rows_release(&rows);
    Decision d = {
        .subject = "verdict", .subject_id = question, .other_id = chunk, .value = "false_negative"};
    int64_t group;
    ok(decide(p->env.store, &d, 1, "false negative", &group, err));
    mine.seed = 2;
    ok(task_mine(&p->env, &mine, &mined, err));
    ok(candidates_load(p->env.store, &(CandidateQuery){.question_id = question}, &rows, err));
    for (size_t i = 0; i < rows.count; i++)
        assert_true(rows.items[i].chunk_id != chunk && rows.items[i].id != judged);
    rows_release(&rows);
}

static size_t points_of(Project *p, const char *run, const char *metric)
{
    RunRows runs = {0};
    MetricRows rows = {0};
    ok(run_find(p->env.store, run, &runs, err));
    ok(metrics_load(p->env.store, runs.items[0].id, metric, -1, &rows, err));
    size_t count = rows.count;
    rows_release(&rows);
    rows_release(&runs);
    return count;
}

static void a_stop_leaves_its_very_step(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options("run");
    o.epochs = 100000;
    for (uint64_t at = 5; at < 20; at += 5) {
        assert_false(train_until(p, &o, at));
        RunRows runs = {0};
        ok(run_find(p->env.store, "run", &runs, err));
        assert_string_equal(runs.items[0].state, "stopped");
        void *checkpoint = NULL;
        size_t size;
        int64_t step;
        ok(checkpoint_get(p->env.store, runs.items[0].id, &step, &checkpoint, &size, err));
        assert_non_null(checkpoint);
        assert_true(step >= (int64_t)at);
        assert_int_equal(step, runs.items[0].step);
        assert_int_equal(step, points_of(p, "run", "loss"));
        free(checkpoint);
        rows_release(&runs);
    }
}

/* No evaluation was better, and that of the best step was as good as the report says. */
static void assert_best_of_series(Project *p, const TrainReport *r)
{
    RunRows runs = {0};
    MetricRows rows = {0};
    bool found = false;
    ok(run_find(p->env.store, r->name, &runs, err));
    ok(metrics_load(p->env.store, runs.items[0].id, "val loss", -1, &rows, err));
    for (size_t i = 0; i < rows.count; i++) {
        assert_true(-rows.items[i].value <= r->best);
        if (rows.items[i].step != (int64_t)r->best_step) continue;
        assert_true(-rows.items[i].value == r->best);
        found = true;
    }
    assert_true(found);
    rows_release(&rows);
    rows_release(&runs);
}

static void a_finished_run_keeps_its_best(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    for (int refit = 0; refit < 2; refit++) {
        TrainOptions o = options(refit ? "refitted" : "early");
        o.epochs = 5000;
        o.lr = 5e-3;
        o.decay = DECAY_NONE;
        o.refit = refit;
        TrainReport r, again;
        assert_true(train_asked(p, &o, 12, ASK_FINISH, &r));
        assert_true(r.ended_early && r.kept_best && !r.already_done);
        assert_true(r.steps >= 12 && r.steps < 5000 && r.best_step > 0 && r.best_step <= r.steps);
        assert_int_equal(r.refitted, refit);
        assert_true(points_of(p, o.name, "loss") == r.steps);
        assert_true(points_of(p, o.name, "val loss") >= 1 + r.steps / 2);
        assert_best_of_series(p, &r);
        ok(retriever_exists(&p->env, o.name, err));
        again = train(p, &o);
        assert_true(again.already_done && again.ended_early);
        char *json = train_report_json(&r);
        assert_non_null(strstr(json, "\"ended_early\":true"));
        free(json);
    }
}

static void asked_before_it_began_it_is_the_untrained_one(void **state)
{
    Project *p = *state;
    project_topics(p, false);
    Cancel finish = {0};
    cancel_ask(&finish);
    Env env = p->env;
    env.finish = &finish;
    TrainOptions o = options("none");
    TrainReport r;
    ok(task_train(&env, &o, &r, err));
    assert_true(r.ended_early && !r.kept_best && !r.refitted);
    assert_int_equal(r.steps, 0);
    assert_int_equal(points_of(p, "none", "loss"), 0);
    ok(retriever_exists(&p->env, "none", err));
}

/* Asks to finish after some steps, and to stop once the run trains again on all pairs. */
typedef struct Turner {
    Progress progress;
    Cancel finish, stop;
    atomic_bool over;
} Turner;

static void *finish_then_stop(void *context)
{
    Turner *t = context;
    while (!t->over && steps_done(&t->progress) < 400) usleep(50);
    cancel_ask(&t->finish);
    while (!t->over && strcmp(progress_get(&t->progress).what, "refit") != 0) usleep(50);
    cancel_ask(&t->stop);
    return NULL;
}

static void finishing_outlives_a_stop(void **state)
{
    Project *p = *state;
    project_topics(p, false);
    TrainOptions o = options("run");
    o.epochs = 5000;
    o.lr = 5e-3;
    o.decay = DECAY_NONE;
    Turner t = {0};
    progress_init(&t.progress);
    pthread_t thread;
    pthread_create(&thread, NULL, finish_then_stop, &t);
    Env env = p->env;
    env.progress = &t.progress;
    env.cancel = &t.stop;
    env.finish = &t.finish;
    TrainReport r = {0};
    Err stopped = {0};
    bool done = task_train(&env, &o, &r, &stopped);
    t.over = true;
    pthread_join(thread, NULL);
    progress_release(&t.progress);
    if (!done) {
        assert_int_equal(stopped.kind, ERR_CANCELLED);
        r = train(p, &o); /* nobody asks it to finish now */
        assert_false(r.already_done);
    }
    assert_true(r.ended_early && r.refitted && r.steps < 20000);
}

static void decisions_are_on_record(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    MineOptions mine = mine_options_default();
    MineReport mined;
    ok(task_mine(&p->env, &mine, &mined, err));
    CandidateRows rows = {0};
    ok(candidates_load(p->env.store, &(CandidateQuery){0}, &rows, err));
    static const char *const VERDICTS[] = {"kept", "kept", "false_negative", "promoted"};
    Decision d[4];
    for (size_t i = 0; i < 4; i++) {
        d[i] = (Decision){.subject = "verdict",
                          .subject_id = rows.items[3 * i].question_id,
                          .other_id = rows.items[3 * i].chunk_id,
                          .value = VERDICTS[i]};
    }
    rows_release(&rows);
    int64_t group, last;
    ok(decide(p->env.store, d, 4, "judge", &group, err));
    ok(journal_last(p->env.store, &last, err));
    assert_true(last > 0);
    TrainOptions o = options("run");
    o.negatives = 2;
    TrainReport r;
    bool done = train_until(p, &o, 4);
    Decision later = {.subject = "question.status", .subject_id = 1, .value = "rejected"};
    ok(decide(p->env.store, &later, 1, "reject", &group, err));
    if (!done) {
        r = train(p, &o);
        assert_int_equal(r.verdicts.kept, 2);
        assert_int_equal(r.verdicts.false_negatives, 1);
        assert_int_equal(r.verdicts.promoted, 1);
        assert_true(r.verdicts.journal == last);
    }
    o.name = "next";
    r = train(p, &o);
    assert_true(r.verdicts.journal > last);
    RunRows runs = {0};
    ok(run_find(p->env.store, "next", &runs, err));
    assert_non_null(strstr(runs.items[0].options, "\"false_negative\":1"));
    assert_non_null(strstr(runs.items[0].report, "\"journal\":"));
    rows_release(&runs);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(stopped_runs_end_the_same),
        CASE(metrics_are_rows_once),
        CASE(curating_meanwhile_does_not_matter),
        CASE(done_runs_are_not_run_again),
        CASE(no_gain_is_the_untrained_one),
        CASE(nan_stops_with_a_message),
        CASE(without_val_a_tenth_is_cut_off),
        CASE(epochs_can_be_kept),
        CASE(nothing_to_train_on_says_so),
        CASE(negatives_and_judgements_are_used),
        CASE(a_stop_leaves_its_very_step),
        CASE(a_finished_run_keeps_its_best),
        CASE(asked_before_it_began_it_is_the_untrained_one),
        CASE(finishing_outlives_a_stop),
        CASE(decisions_are_on_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
