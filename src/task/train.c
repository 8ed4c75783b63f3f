#include "task/train.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/lsa.h"
#include "model/trainable.h"
#include "num/adamw.h"
#include "num/loss.h"
#include "num/stats.h"
#include "num/vector.h"
#include "store/runs.h"
#include "task/train_report.h"
#include "task/train_select.h"
#include "task/train_set.h"

#define CHECKPOINT_S 15.0  /* seconds of training that a kill can cost at most */
#define METRICS_S 0.5      /* seconds between two writes of metrics */
#define STATE_MAGIC 0x31656e6f68ULL

/* What a checkpoint holds beside the training set and the parameters. */
typedef struct RunState {
    uint64_t magic;
    uint64_t refitting; /* 1: the second phase of --refit */
    uint64_t step;      /* of the phase */
    uint64_t optimiser_step;
    uint64_t best_step, since_best, evaluated;
    double best, baseline, seconds;
} RunState;

typedef VEC(MetricRow) Metrics;

typedef struct Trainer {
    const Env *env;
    const TrainOptions *o;
    const Loss *loss;
    RunRow run;
    Arena arena;           /* of run's strings */
    Embedder *embedder;
    TrainSet set;
    TrainPlan plan;
    Trainable *t;
    Selector *selector;
    LossScratch *scratch;
    RunState state;
    float *m, *v, *best_p;   /* (count) */
    double *rr, *rr_base, *rr_best; /* (selecting questions) */
    /* one batch: grown once to the largest */
    uint32_t *query_row, *passage_row;
    uint8_t *mask;
    float *q, *d, *dq, *dd;
    Metrics metrics;
    double saved_s, told_s, resumed_seconds, started_s;
    TrainReport report;
} Trainer;

TrainOptions train_options_default(void)
{
    return (TrainOptions){.embedder = "lsa", .method = "linear", .loss = "mnrl", .epochs = 8, .batch = 64, .lr = 1e-3,
                          .warmup = 0.1, .weight_decay = 0.01, .clip = 1, .use_all_docs = true, .seed = 1};
}

/* ---- one step ---- */

static bool in_list(const RowList *l, uint32_t q, uint32_t c)
{
    size_t low = l->offset[q], high = l->offset[q + 1];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->row[mid] == c) return true;
        if (l->row[mid] < c) low = mid + 1;
        else high = mid;
    }
    return false;
}

/* The documents of the batch: each row's positive, then up to `negatives` drawn for each row. Returns how many. */
static size_t gather_batch(Trainer *x, size_t step, size_t B)
{
    const uint32_t *order = x->plan.order + x->plan.first[step];
    for (size_t i = 0; i < B; i++) {
        x->query_row[i] = x->plan.pair[order[i]].question;
        x->passage_row[i] = x->plan.pair[order[i]].chunk;
    }
    size_t M = B;
    Rng rng = rng_make(x->o->seed, 0x100 + step);
    for (size_t i = 0; i < B && x->o->negatives; i++) {
        uint32_t q = x->query_row[i];
        size_t first = x->set.negative.offset[q], n = x->set.negative.offset[q + 1] - first;
        size_t wanted = n < x->o->negatives ? n : x->o->negatives;
        /* selection sampling (Knuth, algorithm S): each subset is as likely as any other */
        for (size_t j = 0; j < n && wanted > 0; j++) {
            if (rng_below(&rng, n - j) >= wanted) continue;
            x->passage_row[M++] = x->set.negative.row[first + j];
            wanted--;
        }
    }
    return M;
}

/* Another positive of the question or a known false negative must not be pushed away. */
static size_t mask_batch(Trainer *x, size_t B, size_t M)
{
    size_t masked = 0;
    for (size_t i = 0; i < B; i++) {
        for (size_t j = 0; j < M; j++) {
            bool out = j != i && (in_list(&x->set.positive, x->query_row[i], x->passage_row[j]) ||
                                  in_list(&x->set.barred, x->query_row[i], x->passage_row[j]));
            x->mask[i * M + j] = out;
            masked += out;
        }
    }
    return masked;
}

static double learning_rate(const TrainOptions *o, size_t step, size_t steps)
{
    double warm = ceil(o->warmup * (double)steps);
    if ((double)step < warm) return o->lr * ((double)step + 1) / warm;
    double left = steps > warm ? ((double)steps - (double)step) / ((double)steps - warm) : 1;
    if (o->decay == DECAY_LINEAR) return o->lr * left;
    if (o->decay == DECAY_COSINE) return o->lr * 0.5 * (1 - cos(left * 3.14159265358979323846));
    return o->lr;
}

static void note(Trainer *x, const char *name, double value)
{
    int64_t step = (int64_t)x->state.step;
    vec_push(&x->metrics, (MetricRow){.step = step, .name = name, .value = value, .at_ms = clock_wall_ms()});
}

static bool train_step(Trainer *x, Err *err)
{
    size_t step = x->state.step, D = x->t->dims;
    size_t B = x->plan.first[step + 1] - x->plan.first[step];
    size_t M = gather_batch(x, step, B);
    x->report.masked += mask_batch(x, B, M);
    x->t->ops->forward(x->t, ROLE_QUERY, x->query_row, B, x->q);
    x->t->ops->forward(x->t, ROLE_PASSAGE, x->passage_row, M, x->d);
    LossBatch batch = {.B = B, .M = M, .D = D, .q = x->q, .d = x->d, .masked = x->mask, .cosine = !x->o->dot,
                       .scale = (float)(x->o->scale > 0 ? x->o->scale : x->o->dot ? 1 : 20), .dq = x->dq,
                       .dd = x->t->ops->trains_passages ? x->dd : NULL};
    double loss = x->loss->run(x->env->pool, &batch, x->scratch);
    memset(x->t->g, 0, x->t->count * sizeof *x->t->g);
    x->t->ops->backward(x->t, ROLE_QUERY, x->query_row, B, x->dq);
    if (x->t->ops->trains_passages) x->t->ops->backward(x->t, ROLE_PASSAGE, x->passage_row, M, x->dd);
    double norm = gradient_clip(x->t->g, x->t->count, x->o->clip);
    double lr = learning_rate(x->o, step, x->plan.steps);
    if (!isfinite(loss) || !isfinite(norm)) {
        return err_set(err, ERR_NUMERIC, "run '%s' stopped at step %zu: the loss is %g and the gradient norm %g (learning rate %g): lower --lr, and look for broken vectors with `check`",
                       x->o->name, step + 1, loss, norm, lr);
    }
    AdamW opt = {.beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .weight_decay = (float)x->o->weight_decay, .step = x->state.optimiser_step};
    adamw_step(x->env->pool, &opt, (float)lr, x->t->p, x->t->g, x->m, x->v, x->t->decayed, x->t->count);
    x->state.optimiser_step = opt.step;
    x->state.step++;
    if (!x->state.refitting) {
        note(x, "loss", loss);
        note(x, "lr", lr);
        note(x, "gradient_norm", norm);
    }
    return true;
}

/* ---- choosing ---- */

static void evaluate_step(Trainer *x)
{
    double value = selector_run(x->selector, x->rr);
    size_t n = selector_questions(x->selector);
    note(x, x->set.cut_from_train ? "selection mrr@10" : "val mrr@10", value);
    if (x->state.evaluated == 0) {
        x->state.baseline = x->state.best = value;
        memcpy(x->rr_base, x->rr, n * sizeof *x->rr);
        memcpy(x->rr_best, x->rr, n * sizeof *x->rr);
    } else if (value > x->state.best) {
        x->state.best = value;
        x->state.best_step = x->state.step;
        x->state.since_best = 0;
        memcpy(x->rr_best, x->rr, n * sizeof *x->rr);
        memcpy(x->best_p, x->t->p, x->t->count * sizeof *x->best_p);
    } else {
        x->state.since_best++;
    }
    x->state.evaluated++;
}

static size_t eval_every(const Trainer *x)
{
    if (x->o->eval_every) return x->o->eval_every;
    size_t half_epoch = x->plan.steps / (2 * x->plan.epochs);
    return half_epoch ? half_epoch : 1;
}

/* ---- checkpoints and metrics ---- */

static bool save(Trainer *x, Err *err)
{
    Str out = {0};
    size_t n = selector_questions(x->selector), bytes = x->t->count * sizeof(float);
    x->state.magic = STATE_MAGIC;
    x->state.seconds = x->resumed_seconds + clock_s() - x->started_s;
    train_set_encode(&x->set, &out);
    str_add_bytes(&out, (const char *)&x->state, sizeof x->state);
    const float *blocks[] = {x->t->p, x->m, x->v, x->best_p};
    for (int i = 0; i < 4; i++) str_add_bytes(&out, (const char *)blocks[i], bytes);
    str_add_bytes(&out, (const char *)x->rr_base, n * sizeof *x->rr_base);
    str_add_bytes(&out, (const char *)x->rr_best, n * sizeof *x->rr_best);
    bool ok = checkpoint_put(x->env->store, x->run.id, (int64_t)x->state.step, out.data, out.size, err);
    str_release(&out);
    x->saved_s = clock_s();
    return ok;
}

static bool restore(Trainer *x, const char *data, size_t size, size_t at, Err *err)
{
    size_t n = selector_questions(x->selector), bytes = x->t->count * sizeof(float);
    size_t wanted = sizeof x->state + 4 * bytes + 2 * n * sizeof(double);
    if (size - at != wanted) return err_set(err, ERR_DATABASE, "the checkpoint of run '%s' is broken: start it again with --replace", x->o->name);
    memcpy(&x->state, data + at, sizeof x->state);
    at += sizeof x->state;
    float *blocks[] = {x->t->p, x->m, x->v, x->best_p};
    for (int i = 0; i < 4; i++, at += bytes) memcpy(blocks[i], data + at, bytes);
    memcpy(x->rr_base, data + at, n * sizeof *x->rr_base);
    memcpy(x->rr_best, data + at + n * sizeof *x->rr_base, n * sizeof *x->rr_best);
    if (x->state.magic != STATE_MAGIC || x->state.step > x->plan.steps || !vector_finite(x->t->p, x->t->count)) {
        return err_set(err, ERR_DATABASE, "the checkpoint of run '%s' is broken: start it again with --replace", x->o->name);
    }
    x->resumed_seconds = x->state.seconds;
    return true;
}

static bool flush(Trainer *x, Err *err)
{
    bool ok = metrics_add(x->env->store, x->run.id, x->metrics.items, x->metrics.count, err) &&
              run_update(x->env->store, x->run.id, (int64_t)x->state.step, "running", NULL, err);
    vec_clear(&x->metrics);
    x->told_s = clock_s();
    return ok;
}

static bool put_retriever(Trainer *x, const char *name, const float *p, size_t epoch, Err *err)
{
    RetrieverRow row = {.name = name, .kind = "baseline", .embedder = x->o->embedder, .run_id = x->run.id, .config = "{}",
                        .build_id = x->embedder->build_id, .epoch = (int64_t)epoch, .made_ms = clock_wall_ms()};
    int64_t id;
    if (!p) return retriever_put(x->env->store, &row, NULL, 0, &id, err);
    char *config = NULL;
    void *blob = NULL;
    size_t size = 0;
    if (!trainable_freeze(x->t, p, &row.kind, &config, &blob, &size, err)) return false;
    row.config = config;
    bool ok = retriever_put(x->env->store, &row, blob, size, &id, err);
    free(blob);
    free(config);
    return ok;
}

/* ---- the loop ---- */

static bool after_step(Trainer *x, Err *err)
{
    size_t step = x->state.step;
    bool epoch_ends = false;
    size_t epoch = 0;
    while (epoch < x->plan.epochs && x->plan.epoch_end[epoch] < step) epoch++;
    epoch_ends = epoch < x->plan.epochs && x->plan.epoch_end[epoch] == step;
    if (!x->state.refitting && (step % eval_every(x) == 0 || step == x->plan.steps)) evaluate_step(x);
    if (!x->state.refitting && x->o->keep_epochs && epoch_ends) {
        char *name = str_format("%s@%zu", x->o->name, epoch + 1);
        bool ok = put_retriever(x, name, x->t->p, epoch + 1, err);
        free(name);
        if (!ok) return false;
    }
    progress_update(x->env->progress, step);
    if (clock_s() - x->told_s > METRICS_S && !flush(x, err)) return false;
    if (clock_s() - x->saved_s > CHECKPOINT_S) return flush(x, err) && save(x, err);
    return true;
}

static bool run_steps(Trainer *x, size_t stop_at, Err *err)
{
    while (x->state.step < stop_at) {
        if (x->o->patience && x->state.since_best >= x->o->patience && !x->state.refitting) break;
        if (!cancel_check(x->env->cancel, err)) {
            Err ignored;
            if (flush(x, &ignored) && save(x, &ignored)) run_update(x->env->store, x->run.id, (int64_t)x->state.step, "stopped", NULL, &ignored);
            return false;
        }
        if (!train_step(x, err) || !after_step(x, err)) return false;
    }
    return flush(x, err);
}

/* --refit: from the start again on all pairs, as many epochs as the best step had. */
static bool refit(Trainer *x, Err *err)
{
    size_t chosen = x->state.best_step, of = x->plan.steps;
    train_plan_release(&x->plan);
    if (!train_plan_make(&x->set, x->o, true, &x->plan, err)) return false;
    if (!x->state.refitting) {
        trainable_free(x->t);
        x->t = NULL;
        TrainableWanted wanted = {.method = x->o->method, .hidden = x->o->hidden, .seed = x->o->seed, .embedder = x->embedder,
                                  .queries = x->set.query, .query_count = x->set.questions, .passages = x->set.passage,
                                  .passage_count = x->set.chunks};
        if (!trainable_new(x->env, &wanted, &x->t, err)) return false;
        memset(x->m, 0, x->t->count * sizeof *x->m);
        memset(x->v, 0, x->t->count * sizeof *x->v);
        x->state.refitting = 1;
        x->state.step = x->state.optimiser_step = 0;
    }
    size_t stop_at = (size_t)llround((double)chosen * (double)x->plan.steps / (double)of);
    if (stop_at == 0) stop_at = 1;
    progress_begin(x->env->progress, "refit", "steps", stop_at);
    if (!run_steps(x, stop_at, err)) return false;
    memcpy(x->best_p, x->t->p, x->t->count * sizeof *x->best_p);
    return true;
}

static bool make_buffers(Trainer *x, Err *err)
{
    size_t B = x->o->batch, M = B * (1 + x->o->negatives), D = x->t->dims, n = selector_questions(x->selector);
    x->query_row = mem_alloc(B * sizeof *x->query_row);
    x->passage_row = mem_alloc(M * sizeof *x->passage_row);
    x->mask = mem_alloc(B * M);
    x->rr = mem_zero(n + 1, sizeof *x->rr);
    x->rr_base = mem_zero(n + 1, sizeof *x->rr);
    x->rr_best = mem_zero(n + 1, sizeof *x->rr);
    x->scratch = loss_scratch_new();
    return (x->m = mem_tensor(1, x->t->count, "the optimiser's moments", err)) &&
           (x->v = mem_tensor(1, x->t->count, "the optimiser's moments", err)) &&
           (x->best_p = mem_tensor(1, x->t->count, "the best parameters", err)) &&
           (x->q = mem_tensor(B, D, "the batch", err)) && (x->dq = mem_tensor(B, D, "the batch", err)) &&
           (x->d = mem_tensor(M, D, "the batch", err)) && (x->dd = mem_tensor(M, D, "the batch", err));
}

static bool make_trainable(Trainer *x, Err *err)
{
    TrainableWanted wanted = {.method = x->o->method, .hidden = x->o->hidden, .seed = x->o->seed, .embedder = x->embedder,
                              .queries = x->set.query, .query_count = x->set.questions, .passages = x->set.passage,
                              .passage_count = x->set.chunks};
    return trainable_new(x->env, &wanted, &x->t, err);
}

static size_t tokens_of_pairs(const Trainer *x)
{
    size_t tokens = 0;
    for (size_t i = 0; i < x->plan.pairs; i++) {
        tokens += train_report_tokens(x->set.query[x->plan.pair[i].question]) + train_report_tokens(x->set.passage[x->plan.pair[i].chunk]);
    }
    return tokens;
}

static void fill_report(Trainer *x)
{
    TrainReport *r = &x->report;
    snprintf(r->name, sizeof r->name, "%s", x->o->name);
    snprintf(r->method, sizeof r->method, "%s", x->o->method);
    snprintf(r->loss, sizeof r->loss, "%s", x->o->loss);
    snprintf(r->metric, sizeof r->metric, "mrr@10");
    size_t n = selector_questions(x->selector);
    snprintf(r->selection, sizeof r->selection, "%s: %zu questions, %zu chunks searched",
             x->set.cut_from_train ? "a tenth of the train chunks, cut off in blocks" : "val", n, x->set.searched);
    r->questions = x->set.questions - n;
    r->pairs = x->plan.pairs;
    r->negatives = x->set.negative.offset[x->set.questions];
    r->steps = x->state.step;
    r->epochs = 0;
    while (r->epochs < x->plan.epochs && x->plan.epoch_end[r->epochs] <= x->state.step) r->epochs++;
    r->seconds = x->resumed_seconds + clock_s() - x->started_s;
    double share = (double)x->state.step / ((double)x->plan.steps / (double)x->plan.epochs);
    r->tokens_per_second = r->seconds > 0 ? (double)tokens_of_pairs(x) * share / r->seconds : 0;
    r->best_step = x->state.best_step;
    r->best = x->state.best;
    r->baseline = x->state.baseline;
    r->kept_best = x->state.best > x->state.baseline;
    PairedTest test = stats_paired(x->rr_base, x->rr_best, n, STATS_DRAWS, x->o->seed);
    r->best_low = test.ci95.low;
    r->best_high = test.ci95.high;
    r->within_noise = r->kept_best && r->best_low <= 0;
}

static bool finish(Trainer *x, Err *err)
{
    bool kept = x->state.best > x->state.baseline;
    if (!store_begin(x->env->store, err)) return false;
    char *json = train_report_json(&x->report);
    bool ok = put_retriever(x, x->o->name, kept ? x->best_p : NULL, 0, err) &&
              run_update(x->env->store, x->run.id, (int64_t)x->report.steps, "done", NULL, err) &&
              run_finish(x->env->store, x->run.id, json, err) && store_commit(x->env->store, err);
    if (!ok) store_rollback(x->env->store);
    free(json);
    return ok;
}

/* From the training set and the embedder to the retriever. checkpoint: where to go on, or NULL. */
static bool train(Trainer *x, const char *checkpoint, size_t size, size_t at, Err *err)
{
    if (!train_set_texts(x->env, &x->set, x->embedder->title_body, checkpoint != NULL, err) ||
        !train_plan_make(&x->set, x->o, false, &x->plan, err) || !make_trainable(x, err) ||
        !selector_new(x->env, x->t, &x->set, &x->selector, err) || !make_buffers(x, err)) {
        return false;
    }
    x->started_s = x->saved_s = x->told_s = clock_s();
    if (checkpoint ? !restore(x, checkpoint, size, at, err) : !save(x, err)) return false;
    if (!metrics_cut(x->env->store, x->run.id, x->state.refitting ? INT64_MAX : (int64_t)x->state.step, err)) return false;
    if (x->state.evaluated == 0) evaluate_step(x);
    progress_begin(x->env->progress, "train", "steps", x->plan.steps);
    if (!x->state.refitting) {
        if (!run_steps(x, x->plan.steps, err)) return false;
        fill_report(x);
    }
    if (x->o->refit && x->state.best > x->state.baseline) {
        TrainReport before = x->report;
        if (!x->state.refitting) before = x->report;
        if (!refit(x, err)) return false;
        if (before.name[0]) x->report = before;
    }
    if (x->report.name[0] == '\0') fill_report(x);
    return finish(x, err);
}
