/* What of a run is in the project file: metrics, checkpoints, the retriever. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "num/vector.h"
#include "task/run_folder.h"
#include "task/trainer.h"

#define STATE_MAGIC 0x33656e6f68ULL

#define BLOCKS 4 /* of as many floats as there are parameters, where the project holds them */

#define PROJECT_CHECKPOINT_S 15.0
#define FOLDER_CHECKPOINT_S 28.0 /* with the write that ends it below 30 */
#define WRITING_SHARE 10         /* of the time is spent writing at most: one in so many seconds */

double trainer_checkpoint_s(const Trainer *x)
{
    if (!x->folder) return PROJECT_CHECKPOINT_S;
    double rare = WRITING_SHARE * x->saving_s;
    return rare > FOLDER_CHECKPOINT_S ? rare : FOLDER_CHECKPOINT_S;
}

bool trainer_save_due(const Trainer *x, double next_s)
{
    return clock_s() - x->saved_s + next_s > trainer_checkpoint_s(x);
}

static size_t blocks_bytes(const Trainer *x)
{
    return x->folder ? 0 : BLOCKS * x->t->count * sizeof(float);
}

size_t trainer_save_bytes(const Trainer *x)
{
    return sizeof x->state + blocks_bytes(x) + train_set_bytes(&x->set) - x->set.arena.used_bytes;
}

size_t trainer_put_bytes(const Trainer *x)
{
    return x->folder ? x->t->ops->write_bytes(x->t) : x->t->count * sizeof(float);
}

static void encode(const Trainer *x, Str *out)
{
    TrainerState state = x->state;
    state.magic = STATE_MAGIC;
    state.seconds = trainer_seconds(x);
    size_t n = selector_questions(x->selector), bytes = x->t->count * sizeof(float);
    str_add_bytes(out, (const char *)&state, sizeof state);
    const float *blocks[BLOCKS] = {x->t->p, x->m, x->v, x->best_p};
    for (int i = 0; !x->folder && i < BLOCKS; i++)
        str_add_bytes(out, (const char *)blocks[i], bytes);
    const double *selected[] = {x->before.rr, x->before.likelihood, x->best.rr, x->best.likelihood};
    for (int i = 0; i < 4; i++) str_add_bytes(out, (const char *)selected[i], n * sizeof(double));
}

bool trainer_save(Trainer *x, Err *err)
{
    double start = clock_s();
    /* before the first evaluation there is nothing that the start does not give again */
    bool begun = x->state.evaluated > 0;
    if (begun && !trainer_file_save(x, err)) return false;
    Str out = {0};
    train_set_encode(&x->set, &out);
    if (begun) encode(x, &out);
    const Cancel *cancel = store_set_cancel(x->env->store, NULL); /* it may be what is answered */
    bool ok =
        checkpoint_put(x->env->store, x->run_id, (int64_t)x->state.step, out.data, out.size, err);
    store_set_cancel(x->env->store, cancel);
    str_release(&out);
    if (ok && begun) trainer_files_tidy(x, false);
    x->saved_s = clock_s();
    x->saving_s = x->saved_s - start;
    return ok;
}

static bool state_sound(const Trainer *x)
{
    const TrainerState *s = &x->state;
    return s->magic == STATE_MAGIC && s->step <= trainer_plan(x)->steps &&
           s->chosen_steps <= x->plan.steps && s->best_step <= x->plan.steps;
}

bool trainer_restore(Trainer *x, const char *data, size_t size, Err *err)
{
    size_t n = selector_questions(x->selector), bytes = blocks_bytes(x) / BLOCKS,
           at = sizeof x->state;
    if (size == 0) return true; /* the record of the training set alone: from the start */
    bool ok = size == sizeof x->state + BLOCKS * bytes + 4 * n * sizeof(double);
    if (ok) {
        memcpy(&x->state, data, sizeof x->state);
        float *blocks[BLOCKS] = {x->t->p, x->m, x->v, x->best_p};
        for (int i = 0; bytes > 0 && i < BLOCKS; i++, at += bytes)
            memcpy(blocks[i], data + at, bytes);
        double *selected[] = {x->before.rr, x->before.likelihood, x->best.rr, x->best.likelihood};
        for (int i = 0; i < 4; i++, at += n * sizeof(double))
            memcpy(selected[i], data + at, n * sizeof(double));
        ok = state_sound(x);
    }
    if (ok && !trainer_file_load(x, err)) return false;
    ok = ok && vector_finite(x->t->p, x->t->count) &&
         (!x->best_p || vector_finite(x->best_p, x->t->count));
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

bool trainer_write(Trainer *x, const char *name, Err *err)
{
    if (!x->folder) return true;
    char *folder = run_folder(x->env, name);
    progress_say(x->env->progress, "writing the model");
    bool ok = x->t->ops->write(x->t, folder, err);
    progress_say(x->env->progress, "%s", "");
    free(folder);
    return ok;
}

static char *folder_config(const Trainer *x, const char *name)
{
    char *relative = run_folder_relative(x->env, name);
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "folder", relative);
    cJSON_AddStringToObject(j, "method", x->o->method);
    if (!x->score_loss) cJSON_AddNumberToObject(j, "dims", (double)x->t->dims);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    free(relative);
    return text;
}

/* The reranker that it began with, wherever that is. */
static char *untrained_config(const Trainer *x)
{
    char *path = realpath(x->reranker.path, NULL);
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "folder", path ? path : x->reranker.path);
    cJSON_AddBoolToObject(j, "untrained", true);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    free(path);
    return text;
}

bool trainer_put(Trainer *x, const char *name, size_t epoch, bool untrained, Err *err)
{
    RetrieverRow row = {.name = name,
                        .kind = "baseline",
                        .embedder = x->o->embedder,
                        .run_id = x->run_id,
                        .config = "{}",
                        .build_id = x->build_id,
                        .epoch = (int64_t)epoch,
                        .made_ms = clock_wall_ms()};
    char *config = NULL;
    void *blob = NULL;
    size_t size = 0;
    int64_t id;
    if (x->score_loss) {
        row.kind = "reranker";
        config = untrained ? untrained_config(x) : folder_config(x, name);
    } else if (!untrained && x->folder) {
        row.kind = "encoder";
        config = folder_config(x, name);
    } else if (!untrained) {
        x->t->ops->freeze(x->t, &row.kind, &config, &blob, &size);
    }
    if (config) row.config = config;
    bool ok = retriever_put(x->env->store, &row, blob, size, &id, err);
    free(blob);
    free(config);
    return ok;
}
