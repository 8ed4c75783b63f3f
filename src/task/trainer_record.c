/* What of a run's options and data is on record, and whether a run of the name is the same. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "num/blas.h"
#include "task/train_report.h"
#include "task/trainer.h"

static const char *const DECAY_NAMES[] = {
    [DECAY_LINEAR] = "linear", [DECAY_COSINE] = "cosine", [DECAY_NONE] = "none"};

/* Everything but the data: a run goes on only with the same. What came later stands there only
 * where it was asked for, so that older runs are known again. */
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
    if (o->accumulate > 1) cJSON_AddNumberToObject(j, "accumulate", (double)o->accumulate);
    if (o->mini_batch) cJSON_AddNumberToObject(j, "mini_batch", (double)o->mini_batch);
    if (o->dropout >= 0) cJSON_AddNumberToObject(j, "dropout", o->dropout);
    if (o->rank) cJSON_AddNumberToObject(j, "rank", (double)o->rank);
    if (o->alpha > 0) cJSON_AddNumberToObject(j, "alpha", o->alpha);
    if (o->directions) cJSON_AddStringToObject(j, "directions", o->directions);
    if (o->hardness > 0) cJSON_AddNumberToObject(j, "hardness", o->hardness);
    if (o->margin != 0) cJSON_AddNumberToObject(j, "margin", o->margin);
    if (o->margin_relative) cJSON_AddBoolToObject(j, "margin_relative", true);
    if (o->matryoshka) cJSON_AddStringToObject(j, "matryoshka", o->matryoshka);
    if (o->guide) cJSON_AddStringToObject(j, "guide", o->guide);
    if (o->freeze) cJSON_AddStringToObject(j, "freeze", o->freeze);
    if (o->reranker) cJSON_AddStringToObject(j, "reranker", o->reranker);
    return j;
}

/* What the run learns from, as a hash: the record of the training set and the embedder. */
static void data_hash(const Trainer *x, char out[HASH_HEX_SIZE])
{
    Str record = {0};
    train_set_encode(&x->set, &record);
    str_add_bytes(&record, (const char *)x->fingerprint.bytes, HASH_BYTES);
    Hash h = hash_bytes(record.data, record.size);
    hash_hex(&h, out);
    str_release(&record);
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

/* The row of a new run. Its options, without what was added for the record, are its inputs. */
bool trainer_begin(Trainer *x, RunRow *ret, Arena *arena, Err *err)
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
                  .build_id = x->build_id,
                  .steps = (int64_t)x->plan.steps,
                  .made_ms = clock_wall_ms(),
                  .selection = x->set.cut_from_train
                                   ? "a tenth of the train chunks, cut off in blocks"
                                   : "val"};
    bool ok = run_begin(x->env->store, &row, ret, arena, err);
    if (ok) warn_if_other_machine(ret, x->env);
    cJSON_Delete(j);
    free(plain);
    free(full);
    return ok;
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
bool trainer_done(Trainer *x, const RunRow *run, TrainReport *ret, Err *err)
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
