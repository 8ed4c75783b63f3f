#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "task/run_folder.h"
#include "task/trainer.h"

const TrainPlan *trainer_plan(const Trainer *x)
{
    return x->state.refitting ? &x->refit_plan : &x->plan;
}

bool trainer_new_trainable(Trainer *x, Err *err)
{
    TrainableWanted wanted = {.method = x->o->method,
                              .hidden = x->o->hidden,
                              .seed = x->o->seed,
                              .embedder = &x->embedder,
                              .reranker = x->score_loss ? &x->reranker : NULL,
                              .queries = x->set.query,
                              .query_count = x->set.questions,
                              .passages = x->set.passage,
                              .passage_count = x->set.chunks,
                              .batch_queries = x->o->batch,
                              .batch_passages = x->o->batch * (1 + x->o->negatives),
                              .mini_batch = x->o->mini_batch,
                              .dropout = (float)x->o->dropout,
                              .rank = x->o->rank,
                              .alpha = (float)x->o->alpha,
                              .freeze = x->o->freeze};
    if (!trainable_new(x->env, &wanted, &x->t, err)) return false;
    if (x->t->ops->write) x->folder = run_folder(x->env, x->o->name);
    return true;
}

bool trainer_restart(Trainer *x, Err *err)
{
    memset(x->m, 0, x->t->count * sizeof *x->m);
    memset(x->v, 0, x->t->count * sizeof *x->v);
    return x->t->ops->restart(x->t, err);
}

static bool vector_buffers(Trainer *x, Err *err)
{
    size_t B = x->o->batch, M = B * (1 + x->o->negatives), D = x->t->dims;
    x->scratch = loss_scratch_new();
    return trainer_batch_new(x, err) && (x->q = mem_tensor(B, D, "the batch", err)) &&
           (x->dq = mem_tensor(B, D, "the batch", err)) &&
           (x->d = mem_tensor(M, D, "the batch", err)) &&
           (x->dd = mem_tensor(M, D, "the batch", err));
}

bool trainer_buffers(Trainer *x, Err *err)
{
    size_t n = selector_questions(x->selector);
    Selected *selected[] = {&x->now, &x->before, &x->best};
    for (int i = 0; i < 3; i++) {
        selected[i]->rr = mem_zero(n + 1, sizeof(double));
        selected[i]->likelihood = mem_zero(n + 1, sizeof(double));
    }
    if (x->score_loss) x->rerank = rerank_batch_new(x->o);
    return (x->score_loss || vector_buffers(x, err)) &&
           (x->m = mem_tensor(1, x->t->count, "the optimiser's moments", err)) &&
           (x->v = mem_tensor(1, x->t->count, "the optimiser's moments", err)) &&
           (x->folder || (x->best_p = mem_tensor(1, x->t->count, "the best parameters", err)));
}

size_t trainer_bytes(const Trainer *x)
{
    size_t B = x->o->batch, M = B * (1 + x->o->negatives), D = x->t->dims,
           n = selector_questions(x->selector), copies = x->best_p ? 3 : 2;
    size_t batch = x->score_loss ? rerank_batch_bytes(x->rerank)
                                 : (B + M) * 2 * D * sizeof *x->q + trainer_batch_bytes(x) +
                                       loss_scratch_bytes(x->scratch);
    return batch + trainable_bytes(x->t) + selector_bytes(x->selector) +
           copies * x->t->count * sizeof *x->m + 3 * n * 2 * sizeof *x->now.rr +
           train_set_bytes(&x->set) + train_plan_bytes(&x->plan) + train_plan_bytes(&x->refit_plan);
}

void trainer_release(Trainer *x)
{
    trainable_free(x->t);
    selector_free(x->selector);
    embedder_close(x->embedder);
    train_plan_release(&x->plan);
    train_plan_release(&x->refit_plan);
    train_set_release(&x->set);
    loss_scratch_free(x->scratch);
    trainer_batch_release(x);
    rerank_batch_free(x->rerank);
    model_folder_release(&x->reranker);
    vec_release(&x->metrics);
    void *blocks[] = {x->m,         x->v,
                      x->best_p,    x->folder,
                      x->now.rr,    x->now.likelihood,
                      x->before.rr, x->before.likelihood,
                      x->best.rr,   x->best.likelihood,
                      x->q,         x->d,
                      x->dq,        x->dd};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

double trainer_seconds(const Trainer *x)
{
    return x->before_s + clock_s() - x->started_s;
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

void trainer_note(Trainer *x, const char *name, double value)
{
    int64_t step = (int64_t)x->state.step;
    vec_push(&x->metrics,
             (MetricRow){.step = step, .name = name, .value = value, .at_ms = clock_wall_ms()});
}

double trainer_scale(const TrainOptions *o)
{
    if (o->scale > 0) return o->scale;
    return o->dot ? 1 : 20;
}

static uint64_t tokens_of(const Trainer *x, const TrainableRows *rows)
{
    uint64_t tokens = 0;
    if (!x->t->ops->tokens) return 0;
    for (size_t i = 0; i < rows->queries; i++)
        tokens += x->t->ops->tokens(x->t, ROLE_QUERY, rows->query[i]);
    for (size_t i = 0; i < rows->passages; i++)
        tokens += x->t->ops->tokens(x->t, ROLE_PASSAGE, rows->passage[i]);
    return tokens;
}

static void scale(float *x, size_t n, float by)
{
    for (size_t i = 0; i < n; i++) x[i] *= by;
}

size_t trainer_pair_tokens(const Trainer *x, TrainPair pair)
{
    size_t q = x->t->ops->tokens(x->t, ROLE_QUERY, pair.question),
           d = x->t->ops->tokens(x->t, ROLE_PASSAGE, pair.chunk);
    if (x->score_loss) return (q + d) * (1 + x->o->negatives);
    return q + d * (1 + (x->set.negative.offset[x->set.questions] ? x->o->negatives : 0));
}

/* One batch, whose gradient counts `share` of the step's. */
static bool run_batch(Trainer *x, size_t b, uint64_t seed, float share, StepSums *sums, Err *err)
{
    const TrainPlan *plan = trainer_plan(x);
    size_t B = plan->first[b + 1] - plan->first[b];
    size_t M = trainer_gather(x, b, B, &sums->masked, err);
    if (!M) return false;
    TrainableRows rows = {x->query_row, x->passage_row, B, M};
    if (!x->t->ops->forward(x->t, &rows, seed, x->q, x->d, err)) return false;
    LossBatch batch = trainer_loss_batch(x, B, M);
    Phase before = profile_switch(x->env->profile, PHASE_LOSS);
    double loss = loss_run(x->env->pool, x->loss, &batch, x->scratch);
    profile_switch(x->env->profile, before);
    sums->loss += (double)share * loss;
    sums->tokens += tokens_of(x, &rows);
    if (!isfinite(loss)) return true; /* the step says so */
    if (share != 1) {
        scale(x->dq, B * x->t->dims, share);
        if (batch.dd) scale(x->dd, M * x->t->dims, share);
    }
    return x->t->ops->backward(x->t, &rows, seed, x->dq, batch.dd, err);
}

static bool run_batches(Trainer *x, StepSums *sums, Err *err)
{
    const TrainPlan *plan = trainer_plan(x);
    size_t first = plan->batch[x->state.step], end = plan->batch[x->state.step + 1];
    double rows = (double)(plan->first[end] - plan->first[first]);
    for (size_t b = first; b < end; b++) {
        float share = (float)((double)(plan->first[b + 1] - plan->first[b]) / rows);
        Rng rng = rng_make(x->o->seed, 0x200 + 2 * b + x->state.refitting);
        uint64_t seed = rng_u64(&rng);
        if (!(x->score_loss ? trainer_rerank_batch : run_batch)(x, b, seed, share, sums, err))
            return false;
    }
    return true;
}

static void update(Trainer *x, double lr, double norm)
{
    AdamW opt = {.beta1 = 0.9f,
                 .beta2 = 0.999f,
                 .epsilon = 1e-8f,
                 .weight_decay = (float)x->o->weight_decay,
                 .step = x->state.optimiser_step};
    AdamWBlock block = {.count = x->t->count,
                        .p = x->t->p,
                        .g = x->t->g,
                        .m = x->m,
                        .v = x->v,
                        .decayed = x->t->decayed,
                        .ranges = x->t->ranges};
    adamw_step(x->env->pool, &opt, (float)lr, gradient_factor(norm, x->o->clip), &block);
    x->state.optimiser_step = opt.step;
}

bool trainer_step(Trainer *x, Err *err)
{
    size_t step = x->state.step;
    double start = clock_s(), lr = learning_rate(x->o, step, trainer_plan(x)->steps);
    StepSums sums = {0};
    bool ok = run_batches(x, &sums, err);
    Phase before = profile_switch(x->env->profile, PHASE_OPTIMISER);
    double norm = ok ? gradient_norm(x->env->pool, x->t->g, x->t->count) : 0;
    if (ok && (!isfinite(sums.loss) || !isfinite(norm)))
        ok = err_set(err, ERR_NUMERIC,
                     "run '%s' stopped at step %zu: the loss is %g and the gradient norm %g "
                     "(learning rate %g): lower --lr, and look for broken vectors with `check`",
                     x->o->name, step + 1, sums.loss, norm, lr);
    if (!ok) {
        profile_switch(x->env->profile, before);
        memset(x->t->g, 0, x->t->count * sizeof *x->t->g);
        return false;
    }
    double stepped = clock_s();
    update(x, lr, norm);
    x->update_s = clock_s() - stepped;
    profile_switch(x->env->profile, before);
    x->state.masked += sums.masked;
    x->state.tokens += sums.tokens;
    progress_tokens(x->env->progress, sums.tokens);
    x->state.step++;
    x->state.settled = 0;
    x->step_s = clock_s() - start;
    x->state.step_seconds += x->step_s;
    progress_watch(x->env->progress, "loss", sums.loss);
    if (!x->state.refitting) {
        trainer_note(x, "loss", sums.loss);
        trainer_note(x, "lr", lr);
        trainer_note(x, "gradient_norm", norm);
    }
    return true;
}
