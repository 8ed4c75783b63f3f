/* Runs of encoders: as the real libraries train, resumed to the same bits, with a folder of their
 * own that comes and goes with them. */
#include "retrieve/project.h"

#include <ftw.h>
#include <math.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/rng.h"
#include "golden/golden.h"
#include "model/encoder.h"
#include "model/model_folder.h"
#include "num/blas.h"
#include "retrieve/retriever.h"
#include "store/runs.h"
#include "task/estimate.h"
#include "task/evaluate.h"
#include "task/mine.h"
#include "task/run_folder.h"
#include "task/train.h"
#include "task/train_select.h"

#define BERT GOLDEN_DIR "/encoders/bert"
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

static void fill(Project *p, bool with_val)
{
    for (size_t t = 0; t < TOPICS; t++) {
        Split split = with_val && t % 5 == 4 ? SPLIT_VAL : SPLIT_TRAIN;
        Rng rng = rng_make(1, t);
        Str text = {0};
        for (size_t w = 0; w < 6 + t; w++)
            str_addf(&text, "%c%c word %d ", (char)('a' + t), (char)('a' + w % 8),
                     (int)rng_below(&rng, 60));
        int64_t chunk = project_chunk(p, str_get(&text), split);
        for (int i = 0; i < 2; i++) {
            char question[96];
            snprintf(question, sizeof question, "which %c%c has %d?", (char)('a' + t),
                     (char)('a' + 4 * i), (int)rng_below(&rng, 60));
            project_question(p, question, chunk, QUESTION_ACCEPTED, split);
        }
        str_release(&text);
    }
}

static TrainOptions options(const char *name, const char *method)
{
    TrainOptions o = train_options_default();
    o.name = name;
    o.embedder = BERT;
    o.method = method;
    o.epochs = 3;
    o.batch = 8;
    o.lr = 2e-3;
    return o;
}

static TrainReport train(Project *p, const TrainOptions *o)
{
    TrainReport r = {0};
    ok(task_train(&p->env, o, &r, err));
    return r;
}

static char *folder_of(const Project *p, const char *name)
{
    return str_format("%s/p.runs/%s", p->folder, name);
}

static bool is_there(const Project *p, const char *name)
{
    char *path = folder_of(p, name);
    bool there = file_info(path, &(FileInfo){0}, NULL);
    free(path);
    return there;
}

static void assert_same_models(const Project *p, const char *a, const char *b)
{
    Str bytes[2] = {{0}, {0}};
    const char *names[] = {a, b};
    for (int i = 0; i < 2; i++) {
        char *path = str_format("%s/p.runs/%s/model.safetensors", p->folder, names[i]);
        ok(file_read(path, 1 << 24, &bytes[i], err));
        free(path);
    }
    assert_int_equal(bytes[0].size, bytes[1].size);
    assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
    str_release(&bytes[0]);
    str_release(&bytes[1]);
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

/* ---- as torch ---- */

/* The golden's four pairs are one batch, and an epoch is a step: after ten, the weights are those
 * of torch's AdamW, and the losses on the way too. */
static void ten_steps_are_torchs(void **state)
{
    Project *p = *state;
    cJSON *golden = golden_load("encoders/bert.json");
    const cJSON *queries = golden_get(golden, "queries"),
                *passages = golden_get(golden, "passages"), *losses = golden_get(golden, "losses");
    for (int i = 0; i < 4; i++) {
        int64_t chunk = project_chunk(p, cJSON_GetArrayItem(passages, i)->valuestring, SPLIT_TRAIN);
        project_question(p, cJSON_GetArrayItem(queries, i)->valuestring, chunk, QUESTION_ACCEPTED,
                         SPLIT_TRAIN);
    }
    int64_t val = project_chunk(p, "A lighthouse of granite.", SPLIT_VAL);
    project_question(p, "which lighthouse?", val, QUESTION_ACCEPTED, SPLIT_VAL);
    TrainOptions o = options("ft", "full");
    o.epochs = 10;
    o.batch = 4;
    o.lr = 1e-3;
    o.decay = DECAY_NONE;
    o.warmup = 0;
    o.dropout = 0;
    o.keep_epochs = true;
    train(p, &o);
    MetricRows loss = metrics_of(p, "ft", "loss");
    assert_int_equal(loss.count, 10);
    for (size_t i = 0; i < 10; i++) {
        double wanted = cJSON_GetArrayItem(losses, (int)i)->valuedouble;
        if (fabs(loss.items[i].value - wanted) > 1e-4 * fabs(wanted))
            fail_msg("step %zu: loss %g is not %g", i + 1, loss.items[i].value, wanted);
    }
    rows_release(&loss);
    char *made = folder_of(p, "ft@10");
    Weights *w = NULL;
    Safetensors *after = NULL;
    ok(weights_open(made, &w, err));
    ok(safetensors_open(BERT ".golden.safetensors", &after, err));
    size_t compared = 0;
    for (size_t i = 0; i < weights_count(w); i++) {
        TensorView v = weights_at(w, i), wanted;
        char *name = str_format("after.%s", v.name);
        if (safetensors_find(after, name, &wanted)) {
            size_t n = v.size_bytes / sizeof(float);
            float *x = mem_alloc(v.size_bytes), *y = mem_alloc(v.size_bytes);
            assert_int_equal(v.size_bytes, wanted.size_bytes);
            assert_true(dtype_read(v.dtype, v.data, x, n));
            assert_true(dtype_read(wanted.dtype, wanted.data, y, n));
            /* softmax does not see the keys' bias: its gradient is rounding alone, of which Adam
             * makes steps as long as any */
            bool seen = !strstr(v.name, "key.bias");
            for (size_t j = 0; seen && j < n; j++)
                if (fabs((double)x[j] - (double)y[j]) > 5e-5)
                    fail_msg("%s[%zu]: %g is not %g", v.name, j, (double)x[j], (double)y[j]);
            free(x);
            free(y);
            compared++;
        }
        free(name);
    }
    assert_true(compared > 30);
    safetensors_close(after);
    weights_close(w);
    free(made);
    cJSON_Delete(golden);
}

/* ---- batches ---- */

/* Two batches of four make the step of one of eight where rows do not see each other's documents:
 * triplets whose negatives are their own. */
static void accumulated_steps_are_large_ones(void **state)
{
    Project *p = *state;
    for (size_t t = 0; t < 18; t++) {
        char text[96], question[96];
        Split split = t < 16 ? SPLIT_TRAIN : SPLIT_VAL;
        snprintf(text, sizeof text, "passage %c of the ferry and the harbour", (char)('a' + t));
        snprintf(question, sizeof question, "which ferry %c?", (char)('a' + t));
        project_question(p, question, project_chunk(p, text, split), QUESTION_ACCEPTED, split);
    }
    MineOptions mine = mine_options_default();
    MineReport mined;
    mine.retriever = "bm25";
    mine.per_question = 2;
    ok(task_mine(&p->env, &mine, &mined, err));
    assert_int_equal(mined.candidates, 32);
    TrainOptions one = options("one", "full"), two = options("two", "full");
    one.loss = two.loss = "triplet";
    one.negatives = two.negatives = 2; /* all that there are, so nothing is drawn */
    one.dropout = two.dropout = 0;
    one.margin = two.margin = 0.9;
    one.epochs = two.epochs = 2;
    two.batch = 4;
    two.accumulate = 2;
    assert_int_equal(train(p, &one).steps, 4);
    assert_int_equal(train(p, &two).steps, 4);
    static const char *const METRICS[] = {"loss", "gradient_norm"};
    for (int m = 0; m < 2; m++) {
        MetricRows a = metrics_of(p, "one", METRICS[m]), b = metrics_of(p, "two", METRICS[m]);
        assert_int_equal(a.count, 4);
        assert_int_equal(b.count, 4);
        for (size_t i = 0; i < 4; i++) {
            double x = a.items[i].value, y = b.items[i].value;
            if (!(fabs(x - y) <= 1e-3 * x && x > 0))
                fail_msg("%s of step %zu: %g and %g", METRICS[m], i + 1, x, y);
        }
        rows_release(&a);
        rows_release(&b);
    }
}

/* An evaluation of a large corpus takes no more tokens than it may: some questions with their
 * positives, and some other chunks. */
static void evaluations_are_bounded(void **state)
{
    Project *p = *state;
    fill(p, true);
    for (int c = 0; c < 300; c++) {
        char text[128];
        snprintf(text, sizeof text, "A chunk number %d that no question asks for, and quite long.",
                 c);
        project_chunk(p, text, SPLIT_TRAIN);
    }
    TrainOptions asked = options("ft", "full"), o;
    TrainSet s = {0};
    Embedder *e = NULL;
    Trainable *t = NULL;
    ok(train_options_resolve(&asked, &o, err));
    ok(train_set_read(&p->env, &o, &s, err));
    ok(train_set_texts(&p->env, &s, false, false, err));
    ok(embedder_open(&p->env, BERT, &e, err));
    TrainableWanted wanted = {.method = "full",
                              .embedder = &e,
                              .queries = s.query,
                              .query_count = s.questions,
                              .passages = s.passage,
                              .passage_count = s.chunks,
                              .batch_queries = 8,
                              .batch_passages = 8};
    ok(trainable_new(&p->env, &wanted, &t, err));
    static const size_t MOST[] = {0, 5000, 1};
    for (int i = 0; i < 3; i++) {
        Selector *x = NULL;
        ok(selector_new(&p->env, t, &s, 20, MOST[i], 0, &x, err));
        size_t n = selector_questions(x), tokens = selector_tokens(x);
        unsigned chunks = 0;
        assert_int_equal(sscanf(selector_searching(x), "%u chunks", &chunks), 1);
        assert_int_equal(n, 8); /* as many as there are: so few are always asked */
        if (i == 0) assert_int_equal(chunks, TOPICS + 300);
        if (i == 1) assert_true(tokens >= 5000 && tokens < 5100 && chunks < TOPICS + 300);
        if (i == 2) assert_int_equal(chunks, 40);
        Selected now = {mem_zero(n, sizeof(double)), mem_zero(n, sizeof(double))};
        SelectedMeans means = {0};
        ok(selector_run(x, now, &means, err));
        assert_true(isfinite(means.likelihood) && means.likelihood < 0);
        free(now.rr);
        free(now.likelihood);
        selector_free(x);
    }
    trainable_free(t);
    train_set_release(&s);
}

/* ---- what a run leaves ---- */

static void losses_fall_and_folders_load(void **state)
{
    Project *p = *state;
    fill(p, true);
    static const char *const METHODS[] = {"full", "lora"};
    for (int m = 0; m < 2; m++) {
        TrainOptions o = options(METHODS[m], METHODS[m]);
        o.lr = m ? 2e-2 : 5e-3;
        o.epochs = 20;
        o.dropout = 0;
        o.eval_every = 20;
        TrainReport r = train(p, &o);
        assert_true(r.steps > 8 && r.tokens_per_second > 0);
        MetricRows loss = metrics_of(p, METHODS[m], "loss");
        double first = 0, last = 0;
        for (size_t i = 0; i < 4; i++) {
            first += loss.items[i].value / 4;
            last += loss.items[loss.count - 1 - i].value / 4;
        }
        if (!(last < 0.8 * first)) fail_msg("%s: loss %g, then %g", METHODS[m], first, last);
        rows_release(&loss);
        assert_true(r.kept_best);
        EvalOptions e = eval_options_default();
        const char *names[] = {BERT, METHODS[m]};
        e.retrievers = names;
        e.retriever_count = 2;
        e.split = SPLIT_VAL;
        EvalTable t;
        ok(task_evaluate(&p->env, &e, &t, err));
        eval_table_release(&t);
        char *checkpoint = str_format("%s/checkpoint", METHODS[m]);
        assert_false(is_there(p, checkpoint)); /* the run is done */
        free(checkpoint);
    }
}

/* What the run chose on is what anybody finds who evaluates its folder. */
static void the_folder_is_the_best_step(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("ft", "full");
    o.lr = 5e-3;
    o.epochs = 6;
    TrainReport r = train(p, &o);
    EvalOptions e = eval_options_default();
    const char *names[] = {"ft"};
    e.retrievers = names;
    e.retriever_count = 1;
    e.split = SPLIT_VAL;
    EvalTable t;
    ok(task_evaluate(&p->env, &e, &t, err));
    size_t mrr = eval_metric_find(&t, METRIC_MRR, 10);
    assert_true(mrr < t.metric_count);
    assert_true(fabs(t.lines[0].value[mrr] - r.best_mrr) < 1e-9);
    eval_table_release(&t);
}

static void frozen_tensors_stay(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("ft", "full");
    o.freeze = "1";
    o.keep_epochs = true;
    train(p, &o);
    char *made = folder_of(p, "ft@3");
    Weights *a = NULL, *b = NULL;
    ok(weights_open(BERT, &a, err));
    ok(weights_open(made, &b, err));
    for (size_t i = 0; i < weights_count(a); i++) {
        TensorView v = weights_at(a, i), w;
        assert_true(weights_find(b, v.name, &w));
        bool trained = strstr(v.name, "layer.1.") != NULL;
        bool same = memcmp(v.data, w.data, v.size_bytes) == 0;
        if (trained == same) fail_msg("%s: trained %d, same %d", v.name, trained, same);
    }
    weights_close(a);
    weights_close(b);
    free(made);
}

static void runs_go_with_their_folders(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("ft", "lora"), other = options("ft-2", "lora");
    o.epochs = other.epochs = 1;
    o.keep_epochs = true;
    o.lr = other.lr = 1e-2;
    train(p, &o);
    train(p, &other);
    assert_true(is_there(p, "ft@1"));
    o.keep_epochs = false;
    o.replace = true;
    train(p, &o);
    assert_false(is_there(p, "ft@1"));
    refused(ERR_MISSING, "ft@1", retriever_exists(&p->env, "ft@1", err));
    ok(run_drop(&p->env, "ft", err));
    assert_false(is_there(p, "ft"));
    ok(run_drop(&p->env, "ft-2", err));
    assert_false(is_there(p, "")); /* the last one takes p.runs along */
    refused(ERR_MISSING, "ft", run_drop(&p->env, "ft", err));
}

/* What a run made can be trained on, but not away. */
static void a_run_does_not_remove_what_it_needs(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("ft", "lora"), next = options("next", "lora");
    o.epochs = next.epochs = 1;
    o.lr = next.lr = 1e-2;
    assert_true(train(p, &o).kept_best);
    char *made = folder_of(p, "ft");
    next.embedder = o.embedder = made;
    train(p, &next);
    o.replace = true;
    TrainReport r;
    refused(ERR_USAGE, "--name", task_train(&p->env, &o, &r, err));
    assert_true(is_there(p, "ft"));
    free(made);
}

static void a_lost_folder_says_so(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("ft", "lora");
    o.keep_epochs = true;
    o.epochs = 1;
    train(p, &o);
    ok(run_folders_remove(&p->env, "ft", err));
    EvalOptions e = eval_options_default();
    const char *names[] = {"ft@1"};
    e.retrievers = names;
    e.retriever_count = 1;
    e.split = SPLIT_VAL;
    EvalTable t;
    refused(ERR_MISSING, "put it back", task_evaluate(&p->env, &e, &t, err));
}

/* ---- stopping ---- */

typedef struct Stopper {
    Progress *progress;
    Cancel *cancel;
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
    fill(p, true);
    static const char *const METHODS[] = {"full", "lora"};
    for (int m = 0; m < 2; m++) {
        for (int refit = 0; refit < 2; refit++) {
            TrainOptions whole = options("whole", METHODS[m]),
                         pieces = options("pieces", METHODS[m]);
            whole.epochs = pieces.epochs = 6;
            whole.refit = pieces.refit = refit;
            whole.mini_batch = pieces.mini_batch = 100;
            whole.dropout = pieces.dropout = 0.2;
            whole.accumulate = pieces.accumulate = 2;
            whole.replace = pieces.replace = true;
            whole.lr = pieces.lr = m ? 1e-2 : 2e-3;
            TrainReport a = train(p, &whole);
            bool done = train_until(p, &pieces, 2);
            pieces.replace = false;
            for (uint64_t at = 6; !done && at < 12; at += 4) done = train_until(p, &pieces, at);
            TrainReport b = train(p, &pieces);
            assert_int_equal(a.best_step, b.best_step);
            assert_true(fabs(a.best - b.best) <= 1e-14 * fabs(a.best));
            assert_int_equal(a.refitted, b.refitted);
            assert_true(a.kept_best && b.kept_best);
            assert_same_models(p, "whole", "pieces");
        }
    }
}

/* What a kill leaves between two of its writes: newer files than the project's record names, half
 * written ones; the run goes on from the record. */
static void leftovers_do_not_matter(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions whole = options("whole", "full"), o = options("ft", "full");
    whole.epochs = o.epochs = 16;
    train(p, &whole);
    if (train_until(p, &o, 9)) return; /* too quick to be stopped */
    static const char *const LEFT[] = {"step-999", "best-998", "step-9.new", ".hone-x.tmp"};
    for (size_t i = 0; i < 4; i++) {
        char *path = str_format("%s/p.runs/ft/checkpoint/%s", p->folder, LEFT[i]);
        ok(file_write(path, "half", 4, err));
        free(path);
    }
    train(p, &o);
    assert_same_models(p, "whole", "ft");
    assert_false(is_there(p, "ft/checkpoint"));
}

static void a_lost_checkpoint_says_so(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("ft", "full");
    o.epochs = 100000;
    assert_false(train_until(p, &o, 5));
    RunRows runs = {0};
    ok(run_find(p->env.store, "ft", &runs, err));
    char *path =
        str_format("%s/p.runs/ft/checkpoint/step-%lld", p->folder, (long long)runs.items[0].step);
    rows_release(&runs);
    FileInfo info;
    ok(file_info(path, &info, err));
    TrainReport r;
    ok(file_write(path, "half", 4, err));
    refused(ERR_FORMAT, "--replace", task_train(&p->env, &o, &r, err));
    assert_int_equal(unlink(path), 0);
    refused(ERR_MISSING, "put the folder back", task_train(&p->env, &o, &r, err));
    free(path);
    o.replace = true;
    o.epochs = 1;
    train(p, &o);
}

/* ---- before it starts ---- */

static void estimates_count_and_leave_nothing(void **state)
{
    Project *p = *state;
    fill(p, true);
    static const char *const METHODS[] = {"full", "lora"};
    for (int m = 0; m < 2; m++) {
        TrainOptions o = options(METHODS[m], METHODS[m]);
        TrainEstimate e = {0};
        ok(train_estimate(&p->env, &o, &e, err));
        assert_false(is_there(p, ""));
        assert_true(isfinite(e.seconds) && e.seconds > 0 && e.memory_bytes > 100000);
        assert_int_equal(e.refit_steps, 0);
        TrainReport r = train(p, &o);
        MetricRows evaluations = metrics_of(p, METHODS[m], "val loss");
        assert_int_equal(e.steps, r.steps);
        assert_int_equal(e.evaluations, evaluations.count);
        rows_release(&evaluations);
        ok(run_drop(&p->env, METHODS[m], err));
    }
}

/* A tenth is cut off train to choose on; a second training for its sake has to be asked for. */
static void no_refit_unasked(void **state)
{
    Project *p = *state;
    fill(p, false);
    TrainOptions o = options("ft", "lora");
    o.lr = 1e-2;
    assert_false(train(p, &o).refitted);
    o.refit = true;
    o.name = "again";
    TrainReport r = train(p, &o);
    assert_int_equal(r.refitted, r.kept_best);
}

/* A run that gains nothing is the untrained model, and needs no folder. */
static void no_gain_leaves_no_folder(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("same", "full");
    o.lr = 1e-12;
    o.epochs = 1;
    TrainReport r = train(p, &o);
    assert_false(r.kept_best);
    assert_false(is_there(p, "same"));
    RetrieverRows rows = {0};
    ok(retriever_find(p->env.store, "same", &rows, err));
    assert_int_equal(rows.count, 1);
    assert_string_equal(rows.items[0].kind, "baseline");
    rows_release(&rows);
}

static void nan_stops_with_a_message(void **state)
{
    Project *p = *state;
    fill(p, true);
    TrainOptions o = options("nan", "full");
    o.dot = true;
    o.scale = 1e39;
    TrainReport r;
    refused(ERR_NUMERIC, "step 1", task_train(&p->env, &o, &r, err));
    o = options("a/b", "full");
    refused(ERR_USAGE, "--name", task_train(&p->env, &o, &r, err));
    o.name = "..";
    refused(ERR_USAGE, "--name", task_train(&p->env, &o, &r, err));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, close_all)
    const struct CMUnitTest tests[] = {
        CASE(ten_steps_are_torchs),
        CASE(accumulated_steps_are_large_ones),
        CASE(evaluations_are_bounded),
        CASE(losses_fall_and_folders_load),
        CASE(the_folder_is_the_best_step),
        CASE(frozen_tensors_stay),
        CASE(runs_go_with_their_folders),
        CASE(a_run_does_not_remove_what_it_needs),
        CASE(a_lost_folder_says_so),
        CASE(stopped_runs_end_the_same),
        CASE(leftovers_do_not_matter),
        CASE(a_lost_checkpoint_says_so),
        CASE(estimates_count_and_leave_nothing),
        CASE(no_refit_unasked),
        CASE(no_gain_leaves_no_folder),
        CASE(nan_stops_with_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
