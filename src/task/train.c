#include "task/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "num/stats.h"
#include "retrieve/retriever.h"
#include "task/run_folder.h"
#include "task/train_report.h"
#include "task/trainer.h"
#include "text/sentences.h"

#define METRICS_S 0.5         /* seconds between two writes of metrics */
#define EVALUATION_SHARE 0.25 /* of the steps' time, in which encoders are evaluated */
#define EVALUATION_WORK 1e12  /* floating-point operations that one may always take */

/* ---- the loop ---- */

size_t train_eval_every(const TrainOptions *o, const Trainable *t, const TrainPlan *plan)
{
    if (o->eval_every) return o->eval_every;
    size_t every = plan->steps / ((t->ops->write ? 1 : 2) * plan->epochs);
    return every ? every : 1;
}

/* With --keep-epochs the end of each epoch leaves a retriever NAME@EPOCH. */
static bool keep_epoch(Trainer *x, Err *err)
{
    for (size_t e = 0; e < x->plan.epochs; e++) {
        if (x->plan.epoch_end[e] != x->state.step) continue;
        char *name = str_format("%s@%zu", x->o->name, e + 1);
        bool ok = trainer_write(x, name, err) && trainer_put(x, name, e + 1, false, err);
        free(name);
        if (!ok) return false;
    }
    return true;
}

static bool save_now(Trainer *x, Err *err)
{
    return trainer_flush(x, err) && trainer_save(x, err);
}

/* What is due between this step and the next: an evaluation, the epoch's retriever. Stopped or
 * killed in the middle, all of it is done again. */
static bool settle(Trainer *x, Err *err)
{
    size_t step = x->state.step;
    if (x->state.settled || x->state.refitting || step == 0) return true;
    if (step % train_eval_every(x->o, x->t, &x->plan) == 0 || step == x->plan.steps) {
        bool due = x->folder && trainer_save_due(x, x->evaluation_s);
        if ((due && !save_now(x, err)) || !trainer_select(x, err)) return false;
    }
    x->state.settled = 1;
    return !x->o->keep_epochs || keep_epoch(x, err);
}

/* What a step leaves is written whatever is asked meanwhile; the next step looks. */
static bool after_step(Trainer *x, Err *err)
{
    if (!settle(x, err)) return false;
    progress_update(x->env->progress, x->state.step);
    if (clock_s() - x->told_s > METRICS_S && !trainer_flush(x, err)) return false;
    return !trainer_save_due(x, x->folder ? x->step_s : 0) || save_now(x, err);
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
    size_t step = x->state.step;
    if (step % train_eval_every(x->o, x->t, &x->plan) != 0 && !trainer_select(x, err)) return false;
    x->state.ended_early = 1;
    return save_now(x, err);
}

static bool phase_over(const Trainer *x, size_t stop_at)
{
    if (x->state.step >= stop_at) return true;
    return !x->state.refitting &&
           (x->state.ended_early || (x->o->patience && x->state.since_best >= x->o->patience));
}

static bool phase(Trainer *x, size_t stop_at, Err *err)
{
    bool ok = settle(x, err); /* of the checkpoint's step, where it was stopped before */
    while (ok && !phase_over(x, stop_at)) {
        bool finish = !x->state.refitting && cancel_asked(x->env->finish);
        ok = cancel_check(x->env->cancel, err) &&
             (finish ? end_early(x, err) : trainer_step(x, err) && after_step(x, err));
    }
    if (ok) return trainer_flush(x, err);
    Err ignored;
    if (err->kind == ERR_CANCELLED && trainer_flush(x, &ignored)) trainer_save(x, &ignored);
    return false;
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
        if (!trainer_save(x, err) || !trainer_restart(x, err)) return false;
        x->state.refitting = 1;
        x->state.step = x->state.optimiser_step = 0;
    }
    progress_begin(x->env->progress, "refit", "steps", stop_at);
    progress_found(x->env->progress, x->state.step);
    return run_steps(x, stop_at ? stop_at : 1, err);
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
    return x->o->refit || (x->set.cut_from_train && !x->o->no_refit && !x->folder);
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
static bool prefer_last(Trainer *x, Err *err)
{
    size_t n = selector_questions(x->selector);
    SelectedMeans last = {0};
    if (x->state.best_step == 0 || x->state.best_step == x->state.step) return true;
    if (x->now_step != 1 + x->state.step && !trainer_select_again(x, &last, err)) return false;
    last = (SelectedMeans){stats_mean(x->now.rr, n), stats_mean(x->now.likelihood, n)};
    if (last.likelihood <= x->state.baseline.likelihood) return true;
    double *worse = mem_zero(n + 1, sizeof *worse);
    for (size_t i = 0; i < n; i++) worse[i] = x->best.likelihood[i] - x->now.likelihood[i];
    double error = n > 1 ? stats_deviation(worse, n) / sqrt((double)n) : 0;
    bool take = stats_mean(worse, n) <= error;
    free(worse);
    if (!take) return true;
    x->state.best = last;
    x->state.best_step = x->state.step;
    memcpy(x->best.rr, x->now.rr, n * sizeof *x->best.rr);
    memcpy(x->best.likelihood, x->now.likelihood, n * sizeof *x->best.likelihood);
    return true;
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

static double tokens_a_second(const Trainer *x)
{
    double seconds = x->t->ops->tokens ? x->state.step_seconds : trainer_seconds(x);
    double tokens = (double)x->state.tokens;
    if (!x->t->ops->tokens)
        tokens = trainer_tokens(x, x->plan.pairs) * (double)x->plan.epochs *
                 (double)x->state.chosen_steps / (double)x->plan.steps;
    return seconds > 0 ? tokens / seconds : 0;
}

static TrainReport make_report(const Trainer *x)
{
    size_t n = selector_questions(x->selector);
    TrainReport r = {.questions = train_set_learning(&x->set),
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
    snprintf(r.selection, sizeof r.selection, "%s: %zu questions, %s",
             x->set.cut_from_train ? "a tenth of the train chunks, cut off in blocks" : "val", n,
             selector_searching(x->selector));
    while (r.epochs < x->plan.epochs && x->plan.epoch_end[r.epochs] <= r.steps) r.epochs++;
    r.tokens_per_second = tokens_a_second(x);
    r.gain = gain_in(x, x->before.likelihood, x->best.likelihood).ci95;
    r.gain_mrr = gain_in(x, x->before.rr, x->best.rr).ci95;
    r.within_noise = r.kept_best && r.gain_mrr.low <= 0;
    return r;
}

static bool finish(Trainer *x, TrainReport *ret, Err *err)
{
    *ret = make_report(x);
    if (ret->kept_best && !(trainer_take_best(x, err) && trainer_write(x, x->o->name, err)))
        return false;
    char *json = train_report_json(ret);
    const Cancel *cancel = store_set_cancel(x->env->store, NULL);
    bool ok = store_begin(x->env->store, err);
    if (ok) {
        ok = trainer_put(x, x->o->name, 0, !ret->kept_best, err) &&
             run_finish(x->env->store, x->run_id, json, err) && store_commit(x->env->store, err);
        if (!ok) store_rollback(x->env->store);
    }
    store_set_cancel(x->env->store, cancel);
    if (ok) trainer_files_tidy(x, true);
    free(json);
    return ok;
}

/* ---- from the training set to the retriever ---- */

/* Tokens of an evaluation, so that all of them take about a quarter of the steps' time: a step is a
 * forward and a backward pass, about three forward passes, over the pairs of its share of an epoch.
 * A short training is chosen on a few seconds' work all the same. */
static size_t evaluation_tokens(const Trainer *x)
{
    const Trainable *t = x->t;
    if (!t->ops->tokens) return 0;
    size_t tokens = 0, every = train_eval_every(x->o, t, &x->plan);
    for (size_t i = 0; i < x->plan.pairs; i++) tokens += trainer_pair_tokens(x, x->plan.pair[i]);
    double evaluations = 1 + (double)x->plan.steps / (double)every;
    double share = 3 * EVALUATION_SHARE * (double)tokens * (double)x->plan.epochs / evaluations;
    return (size_t)fmax(share, EVALUATION_WORK / t->ops->work(t));
}

bool trainer_ready(Trainer *x, Err *err)
{
    size_t tokens = evaluation_tokens(x);
    uint64_t same = 0; /* runs with other seeds are chosen on the same questions */
    return (x->score_loss
                ? selector_new_pairs(x->env, x->t, &x->set, tokens, same, &x->selector, err)
                : selector_new(x->env, x->t, &x->set, trainer_scale(x->o), tokens, same,
                               &x->selector, err)) &&
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
    if (x->state.evaluated == 0 && !trainer_select(x, err)) return false;
    x->saved_s = x->told_s = clock_s();
    if (!x->state.refitting) {
        if (!metrics_cut(x->env->store, x->run_id, (int64_t)x->state.step, err)) return false;
        progress_begin(x->env->progress, "train", "steps", x->plan.steps);
        progress_found(x->env->progress, x->state.step);
        if (!run_steps(x, x->plan.steps, err)) return false;
        x->state.chosen_steps = x->state.step;
        if (!x->state.ended_early && !prefer_last(x, err)) return false;
    }
    return !trainer_wants_refit(x) || !gained(x) || refit(x, err);
}

/* ---- beginning, or going on ---- */

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
             train_set_texts(x->env, &x->set, x->title_body, true, err) &&
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
    if (!o->name || !*o->name || *o->name == '.' || strpbrk(o->name, "+|@/ \t\n"))
        return err_set(
            err, ERR_USAGE,
            "a run needs a --name without blanks, '+', '|', '@', '/' and a dot before it");
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

/* The embedder of an unfinished run is the build it began with. */
static bool open_embedder(Trainer *x, const char *build_of, Err *err)
{
    RunRows run = {0};
    if (build_of && !run_find(x->env->store, build_of, &run, err)) return false;
    char name[EMBEDDER_NAME_SIZE];
    snprintf(name, sizeof name, "%s", x->o->embedder);
    bool unfinished = run.count && strcmp(run.items[0].state, "done") != 0;
    if (unfinished && run.items[0].build_id && !strchr(name, '@') &&
        strcmp(run.items[0].embedder, name) == 0) {
        snprintf(name, sizeof name, "%s@%" PRId64, x->o->embedder, run.items[0].build_id);
    }
    rows_release(&run);
    return embedder_open(x->env, name, &x->embedder, err);
}

static void note_embedder(Trainer *x)
{
    x->fingerprint = x->embedder->fingerprint;
    x->build_id = x->embedder->build_id;
    x->title_body = x->embedder->title_body;
    x->embedder_bytes = embedder_bytes(x->embedder, &x->opening_bytes);
}

bool trainer_read(Trainer *x, const char *build_of, Err *err)
{
    if (!(x->score_loss ? trainer_reranker_open(x, err) : open_embedder(x, build_of, err)))
        return false;
    if (x->embedder) note_embedder(x);
    return train_set_read(x->env, x->o, &x->set, err) &&
           train_set_texts(x->env, &x->set, x->title_body, false, err) &&
           train_plan_make(&x->set, x->o, false, &x->plan, err);
}

/* The model that is trained further may be the one that the run would take away. */
static bool needs_itself(const Env *env, const TrainOptions *o)
{
    char *folder = run_folder(env, o->name), *own = realpath(folder, NULL),
         *from = realpath(o->embedder, NULL);
    size_t size = own ? strlen(own) : 0;
    bool inside = own && from && strncmp(own, from, size) == 0 &&
                  (from[size] == '\0' || from[size] == '/' || from[size] == '@');
    free(from);
    free(own);
    free(folder);
    return inside;
}

static bool drop_run(const Env *env, const TrainOptions *o, Err *err)
{
    const char *name = o->name;
    RunRows run = {0};
    if (needs_itself(env, o))
        return err_set(err, ERR_USAGE,
                       "run '%s' would be removed and is what shall be trained: choose another "
                       "--name",
                       name);
    if (!run_find(env->store, name, &run, err)) return false;
    bool ok = run.count == 0 ? run_folders_remove(env, name, err) : run_drop(env, name, err);
    rows_release(&run);
    return ok;
}

bool task_train(const Env *env, const TrainOptions *options, TrainReport *ret, Err *err)
{
    TrainOptions o;
    if (!check_name(env, options, err) || !train_options_resolve(options, &o, err)) return false;
    if (o.replace && !drop_run(env, &o, err)) return false;
    Trainer x = {.env = env,
                 .o = &o,
                 .loss = loss_find(o.loss),
                 .score_loss = o.reranker ? score_loss_find(o.loss) : NULL};
    RunRow run = {0};
    Arena arena = {0};
    bool ok = trainer_read(&x, o.name, err) && trainer_begin(&x, &run, &arena, err);
    if (ok && strcmp(run.state, "done") == 0) {
        ok = trainer_done(&x, &run, ret, err);
    } else if (ok) {
        x.run_id = run.id;
        ok = go_on(&x, run.options, ret, err);
    }
    arena_release(&arena);
    trainer_release(&x);
    return ok;
}
