/* What of a run is in the project file: metrics, checkpoints, the retriever. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "num/vector.h"
#include "task/trainer.h"

#define STATE_MAGIC 0x32656e6f68ULL

#define SAVED_BLOCKS 4 /* of as many floats as there are parameters */

size_t trainer_save_bytes(const Trainer *x)
{
    return sizeof x->state + SAVED_BLOCKS * x->t->count * sizeof(float) + train_set_bytes(&x->set) -
           x->set.arena.used_bytes;
}

size_t trainer_put_bytes(const Trainer *x)
{
    return x->t->count * sizeof(float);
}

bool trainer_save(Trainer *x, Err *err)
{
    Str out = {0};
    TrainerState state = x->state;
    state.magic = STATE_MAGIC;
    state.seconds = trainer_seconds(x);
    train_set_encode(&x->set, &out);
    if (x->state.evaluated >
        0) { /* before that there is nothing that the start does not give again */
        size_t n = selector_questions(x->selector), bytes = x->t->count * sizeof(float);
        str_add_bytes(&out, (const char *)&state, sizeof state);
        const float *blocks[SAVED_BLOCKS] = {x->t->p, x->m, x->v, x->best_p};
        for (int i = 0; i < SAVED_BLOCKS; i++) str_add_bytes(&out, (const char *)blocks[i], bytes);
        const double *selected[] = {x->before.rr, x->before.likelihood, x->best.rr,
                                    x->best.likelihood};
        for (int i = 0; i < 4; i++)
            str_add_bytes(&out, (const char *)selected[i], n * sizeof(double));
    }
    const Cancel *cancel = store_set_cancel(x->env->store, NULL); /* it may be what is answered */
    bool ok =
        checkpoint_put(x->env->store, x->run_id, (int64_t)x->state.step, out.data, out.size, err);
    store_set_cancel(x->env->store, cancel);
    str_release(&out);
    x->saved_s = clock_s();
    return ok;
}

static bool state_sound(const Trainer *x)
{
    const TrainerState *s = &x->state;
    return s->magic == STATE_MAGIC && s->step <= trainer_plan(x)->steps &&
           s->chosen_steps <= x->plan.steps && s->best_step <= x->plan.steps &&
           vector_finite(x->t->p, x->t->count) && vector_finite(x->best_p, x->t->count);
}

bool trainer_restore(Trainer *x, const char *data, size_t size, Err *err)
{
    size_t n = selector_questions(x->selector), bytes = x->t->count * sizeof(float),
           at = sizeof x->state;
    if (size == 0) return true; /* the record of the training set alone: from the start */
    bool ok = size == sizeof x->state + SAVED_BLOCKS * bytes + 4 * n * sizeof(double);
    if (ok) {
        memcpy(&x->state, data, sizeof x->state);
        float *blocks[SAVED_BLOCKS] = {x->t->p, x->m, x->v, x->best_p};
        for (int i = 0; i < SAVED_BLOCKS; i++, at += bytes) memcpy(blocks[i], data + at, bytes);
        double *selected[] = {x->before.rr, x->before.likelihood, x->best.rr, x->best.likelihood};
        for (int i = 0; i < 4; i++, at += n * sizeof(double))
            memcpy(selected[i], data + at, n * sizeof(double));
        ok = state_sound(x);
    }
    if (!ok)
        return err_set(err, ERR_DATABASE,
                       "the checkpoint of run '%s' is broken: start it again with --replace",
                       x->o->name);
    x->before_s = x->state.seconds;
    return true;
}

bool trainer_flush(Trainer *x, Err *err)
{
    bool ok = metrics_add(x->env->store, x->run_id, x->metrics.items, x->metrics.count, err) &&
              run_update(x->env->store, x->run_id, (int64_t)x->state.step, "running", NULL, err);
    if (ok) vec_clear(&x->metrics);
    x->told_s = clock_s();
    return ok;
}

bool trainer_put(Trainer *x, const char *name, const float *p, size_t epoch, Err *err)
{
    RetrieverRow row = {.name = name,
                        .kind = "baseline",
                        .embedder = x->o->embedder,
                        .run_id = x->run_id,
                        .config = "{}",
                        .build_id = x->embedder->build_id,
                        .epoch = (int64_t)epoch,
                        .made_ms = clock_wall_ms()};
    char *config = NULL;
    void *blob = NULL;
    size_t size = 0;
    int64_t id;
    if (p && !trainable_freeze(x->t, p, &row.kind, &config, &blob, &size, err)) return false;
    if (config) row.config = config;
    bool ok = retriever_put(x->env->store, &row, blob, size, &id, err);
    free(blob);
    free(config);
    return ok;
}
