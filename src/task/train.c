#include "task/train.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "num/blas.h"
#include "num/stats.h"
#include "retrieve/retriever.h"
#include "task/train_report.h"
#include "task/trainer.h"
#include "text/sentences.h"

#define METRICS_S 0.5 /* seconds between two writes of metrics */

TrainOptions train_options_default(void)
{
    return (TrainOptions){.embedder = "lsa",
                          .method = "linear",
                          .loss = "mnrl",
                          .epochs = 8,
                          .batch = 64,
                          .lr = 1e-3,
                          .warmup = 0.1,
                          .weight_decay = 0.01,
                          .clip = 1,
                          .use_all_docs = true,
                          .seed = 1};
}

/* ---- the loop ---- */

size_t train_eval_every(const TrainOptions *o, const TrainPlan *plan)
{
    if (o->eval_every) return o->eval_every;
    size_t half_epoch = plan->steps / (2 * plan->epochs);
    return half_epoch ? half_epoch : 1;
}

/* With --keep-epochs the end of each epoch leaves a retriever NAME@EPOCH. */
static bool keep_epoch(Trainer *x, Err *err)
{
    for (size_t e = 0; e < x->plan.epochs; e++) {
        if (x->plan.epoch_end[e] != x->state.step) continue;
        char *name = str_format("%s@%zu", x->o->name, e + 1);
        bool ok = trainer_put(x, name, x->t->p, e + 1, err);
        free(name);
        if (!ok) return false;
    }
    return true;
}

/* What a step leaves is written whatever is asked meanwhile; the next step looks. */
static bool after_step(Trainer *x, Err *err)
{
    size_t step = x->state.step;
    if (!x->state.refitting) {
        if (step % train_eval_every(x->o, &x->plan) == 0 || step == x->plan.steps)
            trainer_select(x);
        if (x->o->keep_epochs && !keep_epoch(x, err)) return false;
    }
    progress_update(x->env->progress, step);
    if (clock_s() - x->told_s > METRICS_S && !trainer_flush(x, err)) return false;
    return clock_s() - x->saved_s <= TRAINER_CHECKPOINT_S ||
           (trainer_flush(x, err) && trainer_save(x, err));
}

/* How a run stands that does not go on now; whatever happens here, it ends with the caller's error.
 */
static void leave(Trainer *x, const char *state, const char *message)
{
    Err ignored;
    const Cancel *cancel = store_set_cancel(x->env->store, NULL);
    size_t step = x->reached ? x->reached : x->state.step;
    run_update(x->env->store, x->run_id, (int64_t)step, state, message, &ignored);
    store_set_cancel(x->env->store, cancel);
}

/* Ends the first phase here. The checkpoint says so: killed from now on, the run ends here too. */
static bool end_early(Trainer *x, Err *err)
{
    x->state.ended_early = 1;
    if (x->state.step % train_eval_every(x->o, &x->plan) != 0) trainer_select(x);
    return trainer_flush(x, err) && trainer_save(x, err);
}

static bool phase_over(const Trainer *x, size_t stop_at)
{
    if (x->state.step >= stop_at) return true;
    return !x->state.refitting &&
           (x->state.ended_early || (x->o->patience && x->state.since_best >= x->o->patience));
}

static bool phase(Trainer *x, size_t stop_at, Err *err)
{
    while (!phase_over(x, stop_at)) {
        if (!cancel_check(x->env->cancel, err)) {
            Err ignored;
            if (trainer_flush(x, &ignored)) trainer_save(x, &ignored);
            return false;
        }
        if (!x->state.refitting && cancel_asked(x->env->finish)) return end_early(x, err);
        if (!trainer_step(x, err) || !after_step(x, err)) return false;
    }
    return trainer_flush(x, err);
}

/* The writes of a phase do not heed a request to stop: it is answered between two steps, with all
 * that was done kept. */
static bool run_steps(Trainer *x, size_t stop_at, Err *err)
{
    const Cancel *cancel = store_set_cancel(x->env->store, NULL);
    bool ok = phase(x, stop_at, err);
    store_set_cancel(x->env->store, cancel);
    return ok;
}

/* From the start again on all pairs, for as many epochs as the best step had. */
static bool refit(Trainer *x, Err *err)
{
    size_t stop_at = (size_t)llround((double)x->state.best_step * (double)x->refit_plan.steps /
                                     (double)x->plan.steps);
    if (!x->state.refitting) {
        if (!trainer_save(x, err) || !trainer_new_trainable(x, err)) return false;
        x->state.refitting = 1;
        x->state.step = x->state.optimiser_step = 0;
    }
    progress_begin(x->env->progress, "refit", "steps", stop_at);
    if (!run_steps(x, stop_at ? stop_at : 1, err)) return false;
    memcpy(x->best_p, x->t->p, x->t->count * sizeof *x->best_p);
    return true;
}

/* Difference of the best step and the untrained retriever on the selection data. */
PairedTest trainer_gain(const Trainer *x, const double *before, const double *best, size_t draws)
{
    return stats_paired(before, best, selector_questions(x->selector), draws, x->o->seed);
}

static PairedTest gain_in(const Trainer *x, const double *before, const double *best)
{
    return trainer_gain(x, before, best, STATS_DRAWS);
}

bool trainer_wants_refit(const Trainer *x)
{
    return x->o->refit || (x->set.cut_from_train && !x->o->no_refit);
}

/* The best step beats the untrained retriever: its positives are likelier, and its MRR is not worse
 * by more than noise. */
static bool gained(const Trainer *x)
{
    return x->state.best.likelihood > x->state.baseline.likelihood &&
           gain_in(x, x->before.rr, x->best.rr).ci95.high >= 0;
}

/* The last step has had the whole schedule, with its learning rate run down. It is taken unless the
 * best step was better by more than one standard error: a smaller difference on the selection's few
 * questions is no evidence (the one-standard-error rule, Breiman et al. 1984). */
static void prefer_last(Trainer *x)
{
    size_t n = selector_questions(x->selector);
    SelectedMeans last = selector_run(x->selector, x->now);
    if (x->state.best_step == 0 || x->state.best_step == x->state.step ||
        last.likelihood <= x->state.baseline.likelihood)
        return;
    double *worse = mem_zero(n + 1, sizeof *worse);
    for (size_t i = 0; i < n; i++) worse[i] = x->best.likelihood[i] - x->now.likelihood[i];
    double error = n > 1 ? stats_deviation(worse, n) / sqrt((double)n) : 0;
    if (stats_mean(worse, n) <= error) {
        x->state.best = last;
        x->state.best_step = x->state.step;
        memcpy(x->best.rr, x->now.rr, n * sizeof *x->best.rr);
        memcpy(x->best.likelihood, x->now.likelihood, n * sizeof *x->best.likelihood);
        memcpy(x->best_p, x->t->p, x->t->count * sizeof *x->best_p);
    }
    free(worse);
}

/* ---- the report ---- */

double trainer_tokens(const Trainer *x, size_t pairs)
{
    double tokens = 0;
    for (size_t i = 0; i < pairs && i < x->plan.pairs; i++) {
        const char *q = x->set.query[x->plan.pair[i].question],
                   *d = x->set.passage[x->plan.pair[i].chunk];
        tokens += (double)(token_count(q, strlen(q)) + token_count(d, strlen(d)));
    }
    return tokens;
}

static double tokens_seen(const Trainer *x)
{
    return trainer_tokens(x, x->plan.pairs) * (double)x->plan.epochs *
           (double)x->state.chosen_steps / (double)x->plan.steps;
}

static TrainReport make_report(const Trainer *x)
{
    size_t n = selector_questions(x->selector);
    TrainReport r = {.questions = x->set.questions - n,
                     .pairs = x->plan.pairs,
                     .steps = x->state.chosen_steps,
                     .negatives = x->set.negative.offset[x->set.questions],
                     .masked = x->state.masked,
                     .seconds = trainer_seconds(x),
                     .best_step = x->state.best_step,
                     .best = x->state.best.likelihood,
                     .baseline = x->state.baseline.likelihood,
                     .best_mrr = x->state.best.mrr,
                     .baseline_mrr = x->state.baseline.mrr,
                     .kept_best = gained(x),
                     .refitted = x->state.refitting,
                     .ended_early = x->state.ended_early,
                     .verdicts = x->set.verdicts};
    snprintf(r.name, sizeof r.name, "%s", x->o->name);
    snprintf(r.method, sizeof r.method, "%s", x->o->method);
    snprintf(r.loss, sizeof r.loss, "%s", x->o->loss);
    snprintf(r.selection, sizeof r.selection, "%s: %zu questions, %zu chunks searched",
             x->set.cut_from_train ? "a tenth of the train chunks, cut off in blocks" : "val", n,
             x->set.searched);
    while (r.epochs < x->plan.epochs && x->plan.epoch_end[r.epochs] <= r.steps) r.epochs++;
    r.tokens_per_second = r.seconds > 0 ? tokens_seen(x) / r.seconds : 0;
    r.gain = gain_in(x, x->before.likelihood, x->best.likelihood).ci95;
    r.gain_mrr = gain_in(x, x->before.rr, x->best.rr).ci95;
    r.within_noise = r.kept_best && r.gain_mrr.low <= 0;
    return r;
}

static bool finish(Trainer *x, TrainReport *ret, Err *err)
{
    *ret = make_report(x);
    char *json = train_report_json(ret);
    const Cancel *cancel = store_set_cancel(x->env->store, NULL);
    bool ok = store_begin(x->env->store, err);
    if (ok) {
        ok = trainer_put(x, x->o->name, ret->kept_best ? x->best_p : NULL, 0, err) &&
             run_finish(x->env->store, x->run_id, json, err) && store_commit(x->env->store, err);
        if (!ok) store_rollback(x->env->store);
    }
    store_set_cancel(x->env->store, cancel);
    free(json);
    return ok;
}

/* ---- from the training set to the retriever ---- */

bool trainer_ready(Trainer *x, Err *err)
{
    return selector_new(x->env, x->t, &x->set, trainer_scale(x->o), &x->selector, err) &&
           trainer_buffers(x, err) &&
           (!trainer_wants_refit(x) || train_plan_make(&x->set, x->o, true, &x->refit_plan, err));
}

/* rest: what a checkpoint holds behind the training set; NULL: from the start. */
static bool train(Trainer *x, const char *rest, size_t size, Err *err)
{
    x->started_s = clock_s();
    if (!trainer_new_trainable(x, err) || !trainer_ready(x, err)) return false;
    if (rest && !trainer_restore(x, rest, size, err)) return false;
    x->reached = 0; /* from here on the state says it */
    if (x->state.evaluated == 0) trainer_select(x);
    x->saved_s = x->told_s = clock_s();
    if (!x->state.refitting) {
        if (!metrics_cut(x->env->store, x->run_id, (int64_t)x->state.step, err)) return false;
        progress_begin(x->env->progress, "train", "steps", x->plan.steps);
        if (!run_steps(x, x->plan.steps, err)) return false;
        x->state.chosen_steps = x->state.step;
        if (!x->state.ended_early) prefer_last(x);
    }
    return !trainer_wants_refit(x) || !gained(x) || refit(x, err);
}

/* ---- beginning, or going on ---- */

static const char *const DECAY_NAMES[] = {
    [DECAY_LINEAR] = "linear", [DECAY_COSINE] = "cosine", [DECAY_NONE] = "none"};

/* Everything but the data: a run goes on only with the same. */
static cJSON *options_json(const TrainOptions *o)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "embedder", o->embedder);
    cJSON_AddStringToObject(j, "method", o->method);
    cJSON_AddStringToObject(j, "loss", o->loss);
    cJSON_AddNumberToObject(j, "hidden", (double)o->hidden);
    cJSON_AddNumberToObject(j, "epochs", (double)o->epochs);
    cJSON_AddNumberToObject(j, "batch", (double)o->batch);
    cJSON_AddNumberToObject(j, "lr", o->lr);
    cJSON_AddStringToObject(j, "decay", DECAY_NAMES[o->decay]);
    cJSON_AddNumberToObject(j, "warmup", o->warmup);
    cJSON_AddNumberToObject(j, "weight_decay", o->weight_decay);
    cJSON_AddNumberToObject(j, "clip", o->clip);
    cJSON_AddNumberToObject(j, "scale", o->scale);
    cJSON_AddStringToObject(j, "similarity", o->dot ? "dot" : "cosine");
    cJSON_AddNumberToObject(j, "negatives", (double)o->negatives);
    cJSON_AddBoolToObject(j, "use_all_docs", o->use_all_docs);
    cJSON_AddNumberToObject(j, "eval_every", (double)o->eval_every);
    cJSON_AddNumberToObject(j, "patience", (double)o->patience);
    cJSON_AddNumberToObject(j, "pairs", (double)o->pairs);
    cJSON_AddBoolToObject(j, "keep_epochs", o->keep_epochs);
    cJSON_AddBoolToObject(j, "refit", o->refit);
    cJSON_AddBoolToObject(j, "no_refit", o->no_refit);
    cJSON_AddNumberToObject(j, "seed", (double)o->seed);
    return j;
}

/* What the run learns from, as a hash: the record of the training set and the embedder. */
static void data_hash(const Trainer *x, char out[HASH_HEX_SIZE])
{
    Str record = {0};
    train_set_encode(&x->set, &record);
    str_add_bytes(&record, (const char *)x->embedder->fingerprint.bytes, HASH_BYTES);
    Hash h = hash_bytes(record.data, record.size);
    hash_hex(&h, out);
    str_release(&record);
}

/* The row of a new run. Its options, without what was added for the record, are its inputs. */
static bool begin_run(Trainer *x, RunRow *ret, Arena *arena, Err *err)
{
    cJSON *j = options_json(x->o);
    char *plain = cJSON_PrintUnformatted(j), hex[HASH_HEX_SIZE];
    data_hash(x, hex);
    cJSON_AddStringToObject(j, "data", hex);
    cJSON_AddNumberToObject(j, "threads", (double)pool_threads(x->env->pool));
    cJSON_AddStringToObject(j, "core", blas_info().core);
    train_verdicts_add(j, &x->set.verdicts);
    char *full = cJSON_PrintUnformatted(j);
    RunRow row = {.name = x->o->name,
                  .embedder = x->o->embedder,
                  .method = x->o->method,
                  .loss = x->o->loss,
                  .inputs = hash_text(plain),
                  .options = full,
                  .build_id = x->embedder->build_id,
                  .steps = (int64_t)x->plan.steps,
                  .made_ms = clock_wall_ms(),
                  .selection = x->set.cut_from_train
                                   ? "a tenth of the train chunks, cut off in blocks"
                                   : "val"};
    bool ok = run_begin(x->env->store, &row, ret, arena, err);
    cJSON_Delete(j);
    free(plain);
    free(full);
    return ok;
}

static void warn_if_other_machine(const RunRow *run, const Env *env)
{
    cJSON *j = cJSON_Parse(run->options ? run->options : "");
    const char *core = cJSON_GetStringValue(cJSON_GetObjectItem(j, "core"));
    double threads = cJSON_GetNumberValue(cJSON_GetObjectItem(j, "threads"));
    if (core &&
        (strcmp(core, blas_info().core) != 0 || threads != (double)pool_threads(env->pool))) {
        log_write(LOG_WARN,
                  "run '%s' began with %g threads on %s kernels and goes on with %zu on %s: the "
                  "result may differ in the last digits",
                  run->name, threads, core, pool_threads(env->pool), blas_info().core);
    }
    cJSON_Delete(j);
}

static bool same_data(const RunRow *run, const Trainer *x)
{
    char hex[HASH_HEX_SIZE];
    data_hash(x, hex);
    cJSON *j = cJSON_Parse(run->options ? run->options : "");
    const char *was = cJSON_GetStringValue(cJSON_GetObjectItem(j, "data"));
    bool same = was && strcmp(was, hex) == 0;
    cJSON_Delete(j);
    return same;
}

/* A finished run of the name: the same again is its report, another one is refused. */
static bool already_done(Trainer *x, const RunRow *run, TrainReport *ret, Err *err)
{
    if (!same_data(run, x) || !train_report_parse(run->report, ret)) {
        return err_set(err, ERR_CONFLICT,
                       "run '%s' exists and the project's data changed since: choose another "
                       "--name, or --replace it",
                       x->o->name);
    }
    ret->already_done = true;
    return true;
}

/* Goes on from the checkpoint of an unfinished run, or from the start where it has none. */
static bool go_on(Trainer *x, const char *options, TrainReport *ret, Err *err)
{
    void *checkpoint = NULL;
    size_t size = 0, at = 0;
    int64_t step = 0;
    if (!checkpoint_get(x->env->store, x->run_id, &step, &checkpoint, &size, err)) return false;
    bool ok = checkpoint || trainer_save(x, err);
    if (checkpoint) {
        x->reached = (size_t)step;
        train_set_release(&x->set);
        train_plan_release(&x->plan);
        ok = train_set_decode(checkpoint, size, &at, &x->set, err) &&
             train_set_texts(x->env, &x->set, x->embedder->title_body, true, err) &&
             train_plan_make(&x->set, x->o, false, &x->plan, err);
    }
    train_verdicts_parse(options, &x->set.verdicts);
    ok = ok && train(x, checkpoint ? (const char *)checkpoint + at : NULL, size - at, err) &&
         finish(x, ret, err);
    if (!ok && err->kind == ERR_CANCELLED)
        leave(x, "stopped", "stopped; the same command goes on");
    else if (!ok && err->kind != ERR_BUSY)
        leave(x, "failed", err->message);
    free(checkpoint);
    return ok;
}

static bool check_name(const Env *env, const TrainOptions *o, Err *err)
{
    if (!o->name || !*o->name || strpbrk(o->name, "+|@ \t\n")) {
        return err_set(err, ERR_USAGE, "a run needs a --name without blanks, '+', '|' and '@'");
    }
    Err ignored;
    RunRows run = {0};
    if (!run_find(env->store, o->name, &run, err)) return false;
    bool taken = run.count == 0 && retriever_exists(env, o->name, &ignored);
    rows_release(&run);
    if (taken)
        return err_set(err, ERR_CONFLICT,
                       "'%s' is already the name of a retriever: choose another --name", o->name);
    return true;
}

bool train_options_check(const TrainOptions *o, Err *err)
{
    if (!loss_find(o->loss))
        return err_set(err, ERR_USAGE, "there is no loss '%s': use mnrl or symmetric", o->loss);
    if (o->refit && o->no_refit)
        return err_set(err, ERR_USAGE, "--refit and --no-refit exclude each other");
    if (o->epochs == 0 || o->batch < 2)
        return err_set(err, ERR_USAGE, "a run needs at least 1 epoch and batches of at least 2");
    if (!(o->lr > 0) || !(o->warmup >= 0 && o->warmup <= 1)) {
        return err_set(err, ERR_USAGE,
                       "the learning rate must be above 0 and the warm-up between 0 and 1 (a share "
                       "of the run)");
    }
    return true;
}

/* The embedder of an unfinished run is the build it began with. */
static bool open_embedder(Trainer *x, const char *build_of, Err *err)
{
    RunRows run = {0};
    if (build_of && !run_find(x->env->store, build_of, &run, err)) return false;
    char name[128];
    snprintf(name, sizeof name, "%s", x->o->embedder);
    bool unfinished = run.count && strcmp(run.items[0].state, "done") != 0;
    if (unfinished && run.items[0].build_id && !strchr(name, '@') &&
        strcmp(run.items[0].embedder, name) == 0) {
        snprintf(name, sizeof name, "%s@%" PRId64, x->o->embedder, run.items[0].build_id);
    }
    rows_release(&run);
    return embedder_open(x->env, name, &x->embedder, err);
}

bool trainer_read(Trainer *x, const char *build_of, Err *err)
{
    return open_embedder(x, build_of, err) && train_set_read(x->env, x->o, &x->set, err) &&
           train_set_texts(x->env, &x->set, x->embedder->title_body, false, err) &&
           train_plan_make(&x->set, x->o, false, &x->plan, err);
}

static bool drop_run(const Env *env, const char *name, Err *err)
{
    RunRows run = {0};
    if (!run_find(env->store, name, &run, err)) return false;
    bool ok = run.count == 0 || run_remove(env->store, name, err);
    rows_release(&run);
    return ok;
}

bool task_train(const Env *env, const TrainOptions *options, TrainReport *ret, Err *err)
{
    if (!check_name(env, options, err) || !train_options_check(options, err)) return false;
    if (options->replace && !drop_run(env, options->name, err)) return false;
    Trainer x = {.env = env, .o = options, .loss = loss_find(options->loss)};
    RunRow run = {0};
    Arena arena = {0};
    bool ok = trainer_read(&x, options->name, err) && begin_run(&x, &run, &arena, err);
    if (ok && strcmp(run.state, "done") == 0) {
        ok = already_done(&x, &run, ret, err);
    } else if (ok) {
        x.run_id = run.id;
        warn_if_other_machine(&run, env);
        ok = go_on(&x, run.options, ret, err);
    }
    arena_release(&arena);
    trainer_release(&x);
    return ok;
}
