#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "num/adamw.h"
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
                              .embedder = x->embedder,
                              .queries = x->set.query,
                              .query_count = x->set.questions,
                              .passages = x->set.passage,
                              .passage_count = x->set.chunks};
    trainable_free(x->t);
    x->t = NULL;
    if (!trainable_new(x->env, &wanted, &x->t, err)) return false;
    if (x->m) memset(x->m, 0, x->t->count * sizeof *x->m);
    if (x->v) memset(x->v, 0, x->t->count * sizeof *x->v);
    return true;
}

bool trainer_buffers(Trainer *x, Err *err)
{
    size_t B = x->o->batch, M = B * (1 + x->o->negatives), D = x->t->dims,
           n = selector_questions(x->selector);
    x->query_row = mem_zero(B, sizeof *x->query_row);
    x->passage_row = mem_zero(M, sizeof *x->passage_row);
    x->mask = mem_zero(B, M);
    Selected *selected[] = {&x->now, &x->before, &x->best};
    for (int i = 0; i < 3; i++) {
        selected[i]->rr = mem_zero(n + 1, sizeof(double));
        selected[i]->likelihood = mem_zero(n + 1, sizeof(double));
    }
    x->scratch = loss_scratch_new();
    return (x->m = mem_tensor(1, x->t->count, "the optimiser's moments", err)) &&
           (x->v = mem_tensor(1, x->t->count, "the optimiser's moments", err)) &&
           (x->best_p = mem_tensor(1, x->t->count, "the best parameters", err)) &&
           (x->q = mem_tensor(B, D, "the batch", err)) &&
           (x->dq = mem_tensor(B, D, "the batch", err)) &&
           (x->d = mem_tensor(M, D, "the batch", err)) &&
           (x->dd = mem_tensor(M, D, "the batch", err));
}

size_t trainer_bytes(const Trainer *x)
{
    size_t B = x->o->batch, M = B * (1 + x->o->negatives), D = x->t->dims,
           n = selector_questions(x->selector);
    size_t batch = (B + M) * (2 * D * sizeof *x->q + sizeof *x->query_row) + B * M;
    return batch + trainable_bytes(x->t) + selector_bytes(x->selector) +
           3 * x->t->count * sizeof *x->m + 3 * n * 2 * sizeof *x->now.rr +
           train_set_bytes(&x->set) + train_plan_bytes(&x->plan) +
           train_plan_bytes(&x->refit_plan) + loss_scratch_bytes(x->scratch);
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
    vec_release(&x->metrics);
    void *blocks[] = {x->m,
                      x->v,
                      x->best_p,
                      x->now.rr,
                      x->now.likelihood,
                      x->before.rr,
                      x->before.likelihood,
                      x->best.rr,
                      x->best.likelihood,
                      x->query_row,
                      x->passage_row,
                      x->mask,
                      x->q,
                      x->d,
                      x->dq,
                      x->dd};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

double trainer_seconds(const Trainer *x)
{
    return x->before_s + clock_s() - x->started_s;
}

static bool in_list(const RowList *l, uint32_t q, uint32_t c)
{
    size_t low = l->offset[q], high = l->offset[q + 1];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (l->row[mid] == c) return true;
        if (l->row[mid] < c)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

/* The documents of the batch: each row's positive, then up to `negatives` drawn for each row.
 * Returns how many. */
static size_t gather_batch(Trainer *x, size_t step, size_t B)
{
    const TrainPlan *plan = trainer_plan(x);
    const uint32_t *order = plan->order + plan->first[step];
    for (size_t i = 0; i < B; i++) {
        x->query_row[i] = plan->pair[order[i]].question;
        x->passage_row[i] = plan->pair[order[i]].chunk;
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
    vec_push(&x->metrics,
             (MetricRow){.step = step, .name = name, .value = value, .at_ms = clock_wall_ms()});
}

double trainer_scale(const TrainOptions *o)
{
    if (o->scale > 0) return o->scale;
    return o->dot ? 1 : 20;
}

bool trainer_step(Trainer *x, Err *err)
{
    const TrainPlan *plan = trainer_plan(x);
    size_t step = x->state.step, D = x->t->dims;
    size_t B = plan->first[step + 1] - plan->first[step];
    size_t M = gather_batch(x, step, B);
    x->state.masked += mask_batch(x, B, M);
    x->t->ops->forward(x->t, ROLE_QUERY, x->query_row, B, x->q);
    x->t->ops->forward(x->t, ROLE_PASSAGE, x->passage_row, M, x->d);
    LossBatch batch = {.B = B,
                       .M = M,
                       .D = D,
                       .q = x->q,
                       .d = x->d,
                       .masked = x->mask,
                       .cosine = !x->o->dot,
                       .scale = (float)trainer_scale(x->o),
                       .dq = x->dq,
                       .dd = x->t->ops->trains_passages ? x->dd : NULL};
    double loss = x->loss->run(x->env->pool, &batch, x->scratch);
    memset(x->t->g, 0, x->t->count * sizeof *x->t->g);
    x->t->ops->backward(x->t, ROLE_QUERY, x->query_row, B, x->dq);
    if (x->t->ops->trains_passages)
        x->t->ops->backward(x->t, ROLE_PASSAGE, x->passage_row, M, x->dd);
    double norm = gradient_clip(x->t->g, x->t->count, x->o->clip);
    double lr = learning_rate(x->o, step, plan->steps);
    if (!isfinite(loss) || !isfinite(norm)) {
        return err_set(err, ERR_NUMERIC,
                       "run '%s' stopped at step %zu: the loss is %g and the gradient norm %g "
                       "(learning rate %g): lower --lr, and look for broken vectors with `check`",
                       x->o->name, step + 1, loss, norm, lr);
    }
    AdamW opt = {.beta1 = 0.9f,
                 .beta2 = 0.999f,
                 .epsilon = 1e-8f,
                 .weight_decay = (float)x->o->weight_decay,
                 .step = x->state.optimiser_step};
    adamw_step(x->env->pool, &opt, (float)lr, x->t->p, x->t->g, x->m, x->v, x->t->decayed,
               x->t->count);
    x->state.optimiser_step = opt.step;
    x->state.step++;
    progress_watch(x->env->progress, "loss", loss);
    if (!x->state.refitting) {
        note(x, "loss", loss);
        note(x, "lr", lr);
        note(x, "gradient_norm", norm);
    }
    return true;
}

/* ---- choosing ---- */

static void copy_selected(Selected to, Selected from, size_t n)
{
    memcpy(to.rr, from.rr, n * sizeof *to.rr);
    memcpy(to.likelihood, from.likelihood, n * sizeof *to.likelihood);
}

void trainer_select(Trainer *x)
{
    SelectedMeans now = selector_run(x->selector, x->now);
    size_t n = selector_questions(x->selector);
    note(x, "val mrr@10", now.mrr);
    note(x, "val loss", -now.likelihood);
    if (x->state.evaluated == 0) {
        x->state.baseline = x->state.best = now;
        copy_selected(x->before, x->now, n);
        copy_selected(x->best, x->now, n);
    } else if (now.likelihood > x->state.best.likelihood) {
        x->state.best = now;
        x->state.best_step = x->state.step;
        x->state.since_best = 0;
        copy_selected(x->best, x->now, n);
        memcpy(x->best_p, x->t->p, x->t->count * sizeof *x->best_p);
    } else {
        x->state.since_best++;
    }
    x->state.evaluated++;
}
