/* Runs of rerankers: losses as the real libraries', groups without what may not be pushed away,
 * resumed to the same bits, and what they leave. */
#include "retrieve/project.h"

#include <ftw.h>
#include <math.h>
#include <pthread.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "golden/golden.h"
#include "model/cross_head.h"
#include "num/blas.h"
#include "store/runs.h"
#include "task/estimate.h"
#include "task/exchange.h"
#include "task/mine.h"
#include "task/run_folder.h"
#include "task/train.h"
#include "task/train_select.h"

#define MODELS GOLDEN_DIR "/encoders/"
#define CROSS MODELS "cross_bert"
#define TOPICS 20

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st, (void)type, (void)walk;
    return remove(path);
}

static int close_all(void **state)
{
    Project *p = *state;
    store_close(p->env.store);
    pool_free(p->env.pool);
    int left = nftw(p->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(p);
    return left;
}

/* A topic is a letter in its chunk and in its two questions. */
static void fill(Project *p)
{
    for (int t = 0; t < TOPICS; t++) {
        Split split = t % 4 == 3 ? SPLIT_VAL : SPLIT_TRAIN;
        char text[96], question[96];
        snprintf(text, sizeof text, "the passage %c %c of a topic %c", 'a' + t, 'a' + t, 'a' + t);
        int64_t chunk = project_chunk(p, text, split);
        for (int i = 0; i < 2; i++) {
            snprintf(question, sizeof question, "which passage %s %c", i ? "has" : "is", 'a' + t);
            project_question(p, question, chunk, QUESTION_ACCEPTED, split);
        }
    }
}

static TrainOptions options(const char *name)
{
    TrainOptions o = train_options_default();
    o.name = name;
    o.reranker = CROSS;
    o.epochs = 3;
    o.lr = 2e-3;
    return o;
}

static TrainReport train(Project *p, const TrainOptions *o)
{
    TrainReport r = {0};
    ok(task_train(&p->env, o, &r, err));
    return r;
}

static MetricRows metrics_of(Project *p, const char *run, const char *metric)
{
    RunRows runs = {0};
    MetricRows rows = {0};
    ok(run_find(p->env.store, run, &runs, err));
    assert_int_equal(runs.count, 1);
    ok(metrics_load(p->env.store, runs.items[0].id, metric, -1, &rows, err));
    rows_release(&runs);
    return rows;
}

/* What the retriever's row says about its folder; the caller's. */
static cJSON *config_of(Project *p, const char *name)
{
    RetrieverRows rows = {0};
    ok(retriever_find(p->env.store, name, &rows, err));
    assert_int_equal(rows.count, 1);
    assert_string_equal(rows.items[0].kind, "reranker");
    cJSON *j = cJSON_Parse(rows.items[0].config);
    rows_release(&rows);
    assert_non_null(cJSON_GetStringValue(cJSON_GetObjectItem(j, "folder")));
    return j;
}

/* ---- losses ---- */

/* Four questions, each with its passage and the three of the others: the golden's logits. */
static void first_step_is_the_librarys(void **state)
{
    Project *p = *state;
    static const char *const NAMES[] = {"cross_bert", "cross_xlmr", "cross_distilbert"};
    for (int m = 0; m < 3; m++) {
        char *file = str_format("encoders/%s.json", NAMES[m]),
             *model = str_format(MODELS "%s", NAMES[m]);
        cJSON *golden = golden_load(file);
        double logits[16], listwise = 0;
        size_t n = 0;
        golden_flatten(golden_get(golden, "logits"), logits, 16, &n);
        for (int q = 0; q < 4; q++) {
            double sum = 0;
            for (int d = 0; d < 4; d++) sum += exp(logits[4 * q + d]);
            listwise += (log(sum) - logits[4 * q + q]) / 4;
        }
        if (m == 0) {
            const cJSON *queries = golden_get(golden, "queries"),
                        *passages = golden_get(golden, "passages");
            for (int i = 0; i < 4; i++)
                project_question(
                    p, cJSON_GetArrayItem(queries, i)->valuestring,
                    project_chunk(p, cJSON_GetArrayItem(passages, i)->valuestring, SPLIT_TRAIN),
                    QUESTION_ACCEPTED, SPLIT_TRAIN);
            project_question(p, "which lighthouse?",
                             project_chunk(p, "A lighthouse of granite.", SPLIT_VAL),
                             QUESTION_ACCEPTED, SPLIT_VAL);
        }
        const double wanted[] = {listwise, golden_number(golden, "loss")};
        for (int k = 0; k < 2; k++) {
            TrainOptions o = options("ft");
            o.reranker = model;
            o.loss = k ? "bce" : "listwise";
            o.negatives = 3;
            o.batch = 4;
            o.dropout = 0;
            o.mini_batch = k * 150; /* in one piece, and group by group */
            o.replace = true;
            train(p, &o);
            MetricRows loss = metrics_of(p, "ft", "loss");
            if (fabs(loss.items[0].value - wanted[k]) > 1e-5 * fabs(wanted[k]) + 1e-5)
                fail_msg("%s, %s: %g and not %g", NAMES[m], o.loss, loss.items[0].value, wanted[k]);
            rows_release(&loss);
        }
        cJSON_Delete(golden);
        free(model);
        free(file);
    }
}

static void losses_fall(void **state)
{
    Project *p = *state;
    fill(p);
    static const char *const RUNS[][2] = {
        {"full", "listwise"}, {"full", "bce"}, {"lora", "listwise"}};
    for (int m = 0; m < 3; m++) {
        TrainOptions o = options("ft");
        o.method = RUNS[m][0];
        o.loss = RUNS[m][1];
        o.lr = m == 2 ? 2e-2 : 4e-3;
        o.epochs = 12;
        o.dropout = 0;
        o.replace = true;
        TrainReport r = train(p, &o);
        assert_string_equal(r.method, o.method);
        assert_string_equal(r.loss, o.loss);
        assert_int_equal(r.questions, 30);
        assert_int_equal(r.pairs, 30);
        assert_true(r.tokens_per_second > 0);
        MetricRows loss = metrics_of(p, "ft", "loss");
        double first = 0, last = 0;
        for (size_t i = 0; i < 6; i++) {
            first += loss.items[i].value / 6;
            last += loss.items[loss.count - 1 - i].value / 6;
        }
        if (!(last < 0.96 * first)) fail_msg("run %d: loss %g, then %g", m, first, last);
        rows_release(&loss);
    }
}

/* The same in two runs of half the memory: groups do not know of each other. */
static void pieces_do_not_matter(void **state)
{
    Project *p = *state;
    fill(p);
    static const char *const LOSSES_OF[] = {"listwise", "bce"};
    for (int k = 0; k < 2; k++) {
        TrainOptions whole = options("whole"), parts = options("parts");
        whole.loss = parts.loss = LOSSES_OF[k];
        whole.dropout = parts.dropout = 0;
        whole.epochs = parts.epochs = 2;
        whole.replace = parts.replace = true;
        parts.mini_batch = 64; /* less than a group */
        train(p, &whole);
        train(p, &parts);
        MetricRows a = metrics_of(p, "whole", "gradient_norm"),
                   b = metrics_of(p, "parts", "gradient_norm");
        assert_int_equal(a.count, b.count);
        for (size_t i = 0; i < a.count; i++) {
            double x = a.items[i].value, y = b.items[i].value;
            if (fabs(x - y) > 1e-3 * x) fail_msg("%s, step %zu: %g, %g", whole.loss, i, x, y);
        }
        rows_release(&a);
        rows_release(&b);
    }
}

/* ---- groups ---- */

static void other_positives_are_left_alone(void **state)
{
    Project *p = *state;
    fill(p);
    TrainOptions o = options("ft");
    o.epochs = 1;
    o.batch = 30;
    o.negatives = 29;
    TrainReport r = train(p, &o);
    /* a topic's two questions are never in one batch, so nobody is left out … */
    assert_int_equal(r.masked, 0);
    int64_t both = project_chunk(p, "a passage that answers two", SPLIT_TRAIN);
    for (int64_t q = 1; q <= 2; q++) ok(relevance_add(p->env.store, q, both, ORIGIN_OFFLINE, err));
    o.name = "again";
    /* … but where another question of the batch has what answers this one too */
    assert_true(train(p, &o).masked > 0);
}

static void candidates_come_first(void **state)
{
    Project *p = *state;
    fill(p);
    MineOptions mine = mine_options_default();
    MineReport mined;
    mine.retriever = "bm25";
    mine.per_question = 3;
    ok(task_mine(&p->env, &mine, &mined, err));
    TrainOptions o = options("ft");
    TrainReport r = train(p, &o);
    assert_int_equal(r.negatives, mined.candidates);
    assert_true(r.negatives >= 60);
}

/* ---- choosing ---- */

static void chosen_on_the_first_hits(void **state)
{
    Project *p = *state;
    fill(p);
    TrainOptions o = options("ft");
    TrainReport r = train(p, &o);
    unsigned questions = 0;
    double before = 0;
    assert_int_equal(sscanf(r.selection,
                            "val: %u questions, the first 30 of bm25 reranked (mrr@10 %lf",
                            &questions, &before),
                     2);
    assert_int_equal(questions, 10);
    assert_true(before > 0.5 && before <= 1);
    assert_true(r.baseline_mrr > 0 && r.baseline_mrr < before);
    assert_true(r.baseline < 0);
}

static void evaluations_are_bounded(void **state)
{
    Project *p = *state;
    fill(p);
    for (int i = 0; i < 200; i++) {
        char text[96];
        snprintf(text, sizeof text, "the passage of number %d and a topic", i);
        int64_t chunk = project_chunk(p, text, SPLIT_VAL);
        snprintf(text, sizeof text, "which passage has %d", i);
        project_question(p, text, chunk, QUESTION_ACCEPTED, SPLIT_VAL);
    }
    TrainOptions asked = options("ft"), o;
    TrainSet s = {0};
    ModelFolder folder = {0};
    Trainable *t = NULL;
    ok(train_options_resolve(&asked, &o, err));
    ok(train_set_read(&p->env, &o, &s, err));
    ok(train_set_texts(&p->env, &s, false, false, err));
    ok(model_folder_read(CROSS, &folder, err));
    TrainableWanted wanted = {.method = "full",
                              .reranker = &folder,
                              .queries = s.query,
                              .query_count = s.questions,
                              .passages = s.passage,
                              .passage_count = s.chunks,
                              .batch_queries = 4,
                              .batch_passages = 8};
    ok(trainable_new(&p->env, &wanted, &t, err));
    static const size_t MOST[] = {0, 20000, 1};
    for (int i = 0; i < 3; i++) {
        Selector *x = NULL;
        unsigned of = 0;
        ok(selector_new_pairs(&p->env, t, &s, MOST[i], 0, &x, err));
        size_t n = selector_questions(x);
        if (i == 0) assert_int_equal(n, 210);
        if (i == 1) assert_true(n > 16 && n < 210 && selector_tokens(x) >= 20000);
        if (i == 2) assert_int_equal(n, 16);
        if (i > 0) {
            assert_int_equal(sscanf(selector_searching(x), "drawn from %u", &of), 1);
            assert_int_equal(of, 210);
        }
        selector_free(x);
    }
    trainable_free(t);
    model_folder_release(&folder);
    train_set_release(&s);
}

/* ---- what a run leaves ---- */

static void folders_are_rerankers(void **state)
{
    Project *p = *state;
    fill(p);
    TrainOptions o = options("ft");
    o.epochs = 8;
    o.lr = 4e-3;
    o.dropout = 0;
    o.keep_epochs = true;
    TrainReport r = train(p, &o);
    assert_true(r.kept_best);
    cJSON *config = config_of(p, "ft");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(config, "folder")), "p.runs/ft");
    cJSON_Delete(config);
    cJSON_Delete(config_of(p, "ft@8"));
    char *made = str_format("%s/p.runs/ft", p->folder), *out = str_format("%s/out", p->folder),
         *checkpoint = str_format("%s/checkpoint", made);
    assert_false(file_info(checkpoint, &(FileInfo){0}, NULL));
    ok(export_model(&p->env, "ft", out, err));
    const char *folders[] = {made, out};
    for (int i = 0; i < 2; i++) {
        ModelFolder f;
        CrossHead head;
        ok(model_folder_read(folders[i], &f, err));
        ok(cross_head_of(&f, &head, err));
        assert_true(f.sigmoid);
        model_folder_release(&f);
    }
    ok(run_drop(&p->env, "ft", err));
    assert_false(file_info(made, &(FileInfo){0}, NULL));
    free(checkpoint);
    free(out);
    free(made);
}

static void what_gains_nothing_is_the_untrained_one(void **state)
{
    Project *p = *state;
    fill(p);
    TrainOptions o = options("ft");
    o.epochs = 1;
    o.lr = 1e-12;
    o.dropout = 0.8;
    TrainReport r = train(p, &o);
    cJSON *config = config_of(p, "ft");
    const char *folder = cJSON_GetStringValue(cJSON_GetObjectItem(config, "folder"));
    char *base = realpath(CROSS, NULL);
    if (r.kept_best)
        assert_string_equal(folder, "p.runs/ft");
    else
        assert_string_equal(folder, base);
    free(base);
    cJSON_Delete(config);
    assert_true(train(p, &o).already_done);
}

/* ---- stopping ---- */

typedef struct Stopper {
    Progress *progress;
    Cancel *cancel;
    uint64_t after;
    atomic_bool over;
} Stopper;

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

static bool train_until(Project *p, const TrainOptions *o, uint64_t steps)
{
    Progress progress;
    progress_init(&progress);
    Cancel cancel = {0};
    Stopper stopper = {.progress = &progress, .cancel = &cancel, .after = steps};
    pthread_t thread;
    pthread_create(&thread, NULL, stop_after, &stopper);
    Env env = p->env;
    env.progress = &progress;
    env.cancel = &cancel;
    Err err = {0};
    TrainReport r;
    store_set_cancel(env.store, &cancel);
    bool done = task_train(&env, o, &r, &err);
    store_set_cancel(env.store, NULL);
    if (!done && err.kind != ERR_CANCELLED) fail_msg("%s", err.message);
    stopper.over = true;
    pthread_join(thread, NULL);
    progress_release(&progress);
    return done;
}

static void stopped_runs_end_the_same(void **state)
{
    Project *p = *state;
    fill(p);
    static const char *const METHODS[] = {"full", "lora"};
    for (int m = 0; m < 2; m++) {
        TrainOptions whole = options("whole"), pieces = options("pieces");
        whole.method = pieces.method = METHODS[m];
        whole.epochs = pieces.epochs = 4;
        whole.dropout = pieces.dropout = 0.1;
        whole.accumulate = pieces.accumulate = 2;
        whole.mini_batch = pieces.mini_batch = 150;
        whole.lr = pieces.lr = m ? 2e-2 : 4e-3;
        whole.replace = pieces.replace = true;
        TrainReport a = train(p, &whole);
        bool done = train_until(p, &pieces, 2);
        pieces.replace = false;
        for (uint64_t at = 4; !done && at < 7; at += 2) done = train_until(p, &pieces, at);
        TrainReport b = train(p, &pieces);
        assert_int_equal(a.best_step, b.best_step);
        assert_true(a.best == b.best && a.best_mrr == b.best_mrr);
        assert_int_equal(a.kept_best, b.kept_best);
        MetricRows x = metrics_of(p, "whole", "loss"), y = metrics_of(p, "pieces", "loss");
        assert_int_equal(x.count, y.count);
        for (size_t i = 0; i < x.count; i++) assert_true(x.items[i].value == y.items[i].value);
        rows_release(&x);
        rows_release(&y);
    }
}

/* ---- before it starts ---- */

static void estimates(void **state)
{
    Project *p = *state;
    fill(p);
    TrainOptions o = options("ft");
    TrainEstimate e = {0};
    ok(train_estimate(&p->env, &o, &e, err));
    assert_true(isfinite(e.seconds) && e.seconds > 0 && e.memory_bytes > 100000);
    assert_int_equal(e.questions, 30);
    TrainReport r = train(p, &o);
    MetricRows evaluations = metrics_of(p, "ft", "val loss");
    assert_int_equal(e.steps, r.steps);
    assert_int_equal(e.evaluations, evaluations.count);
    rows_release(&evaluations);
}

static void refusals(void **state)
{
    Project *p = *state;
    fill(p);
    TrainOptions o = options("ft");
    TrainReport r;
    o.loss = "symmetric";
    refused(ERR_USAGE, "listwise", task_train(&p->env, &o, &r, err));
    o = options("ft");
    o.method = "low-rank";
    refused(ERR_USAGE, "full or lora", task_train(&p->env, &o, &r, err));
    o = options("ft");
    o.guide = "bm25";
    refused(ERR_USAGE, "--guide", task_train(&p->env, &o, &r, err));
    o = options("ft");
    o.reranker = MODELS "bert";
    refused(ERR_USAGE, "no reranker", task_train(&p->env, &o, &r, err));
    o.reranker = "nowhere";
    refused(ERR_MISSING, "nowhere", task_train(&p->env, &o, &r, err));
    o = options("ft");
    o.reranker = NULL;
    o.loss = "listwise";
    refused(ERR_USAGE, "listwise", task_train(&p->env, &o, &r, err));
    o = options("ft");
    o.name = "steep";
    o.lr = 1e30;
    o.warmup = 0;
    o.epochs = 8;
    refused(ERR_NUMERIC, "--lr", task_train(&p->env, &o, &r, err));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, close_all)
    const struct CMUnitTest tests[] = {
        CASE(first_step_is_the_librarys),
        CASE(losses_fall),
        CASE(pieces_do_not_matter),
        CASE(other_positives_are_left_alone),
        CASE(candidates_come_first),
        CASE(chosen_on_the_first_hits),
        CASE(evaluations_are_bounded),
        CASE(folders_are_rerankers),
        CASE(what_gains_nothing_is_the_untrained_one),
        CASE(stopped_runs_end_the_same),
        CASE(estimates),
        CASE(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
