#include "model/reranker.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "model/bert_names.h"
#include "model/cross_encoder.h"
#include "model/model_named.h"
#include "store/runs.h"
#include "store/scores.h"

#define BATCH_PAIRS 4096 /* between two writes to the cache */

struct Reranker {
    char *name;
    CrossEncoder *model;
    Hash fingerprint;
    int64_t run_id;
    size_t batch_bytes;
};

/* ---- names ---- */

/* The folder of the model with that name; empty: there is none. */
static bool locate(const Env *env, const char *name, Str *ret_folder, int64_t *ret_run, Err *err)
{
    RetrieverRows rows = {0};
    if (!retriever_find(env->store, name, &rows, err)) return false;
    bool ok = true;
    if (rows.count == 0) {
        model_locate(env, name, ret_folder);
    } else if (strcmp(rows.items[0].kind, RERANKER_KIND) == 0) {
        ok = model_of_run(env, &rows.items[0], ret_folder, err);
        *ret_run = rows.items[0].run_id;
    }
    rows_release(&rows);
    return ok;
}

static bool folder_reranks(const char *folder, Err *err)
{
    ModelFolder f = {0};
    CrossHead head;
    bool ok = model_folder_read(folder, &f, err) && cross_head_of(&f, &head, err);
    model_folder_release(&f);
    return ok;
}

bool reranker_is(const Env *env, const char *name)
{
    Str folder = {0};
    int64_t run;
    Err ignored;
    bool is = locate(env, name, &folder, &run, &ignored) && folder.size > 0 &&
              folder_reranks(str_get(&folder), &ignored);
    str_release(&folder);
    return is;
}

bool reranker_names(const Env *env, Paths *ret, Err *err)
{
    RetrieverRows rows = {0};
    SettingRows settings = {0};
    if (!retrievers_load(env->store, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++)
        if (strcmp(rows.items[i].kind, RERANKER_KIND) == 0)
            vec_push(ret, mem_strdup(rows.items[i].name));
    rows_release(&rows);
    if (!settings_load(env->store, MODEL_SETTING, &settings, err)) return false;
    for (size_t i = 0; i < settings.count; i++) {
        const char *name = model_setting_name(settings.items[i].name);
        if (name && reranker_is(env, name)) vec_push(ret, mem_strdup(name));
    }
    rows_release(&settings);
    return true;
}

static bool missing(const Env *env, const char *name, Err *err)
{
    Paths names = {0};
    if (!reranker_names(env, &names, err)) return false;
    Str list = {0};
    for (size_t i = 0; i < names.count; i++) str_addf(&list, "%s, ", names.items[i]);
    err_set(err, ERR_MISSING,
            "there is no reranker called '%s': use %sthe folder of a cross-encoder, or the name of "
            "one that 'hone pull' fetched",
            name, str_get(&list));
    str_release(&list);
    file_paths_release(&names);
    return false;
}

/* ret_folder gets the folder of a model that is a reranker, or there is an error. */
static bool find(const Env *env, const char *name, Str *ret_folder, int64_t *ret_run, Err *err)
{
    *ret_run = 0;
    if (!locate(env, name, ret_folder, ret_run, err)) return false;
    if (ret_folder->size == 0) return missing(env, name, err);
    return folder_reranks(str_get(ret_folder), err);
}

bool reranker_exists(const Env *env, const char *name, Err *err)
{
    Str folder = {0};
    int64_t run;
    bool ok = find(env, name, &folder, &run, err);
    str_release(&folder);
    return ok;
}

/* ---- opening ---- */

bool reranker_open(const Env *env, const char *name, Reranker **ret, Err *err)
{
    Str folder = {0};
    Reranker *r = mem_zero(1, sizeof *r);
    r->name = mem_strdup(name);
    bool ok = find(env, name, &folder, &r->run_id, err) &&
              cross_encoder_open(str_get(&folder), env->pool, &r->model, err);
    ModelFolder *f = ok ? cross_encoder_folder(r->model) : NULL;
    ok = ok && model_set_by_project(env, name, f, err) &&
         model_fingerprint(env, RERANKER_KIND, f, &r->fingerprint, err);
    str_release(&folder);
    if (!ok) {
        reranker_close(r);
        return false;
    }
    r->batch_bytes = model_batch_bytes(&f->shape);
    *ret = r;
    return true;
}

void reranker_close(Reranker *r)
{
    if (!r) return;
    cross_encoder_close(r->model);
    free(r->name);
    free(r);
}

const char *reranker_name(const Reranker *r)
{
    return r->name;
}

int64_t reranker_run(const Reranker *r)
{
    return r->run_id;
}

Hash reranker_fingerprint(const Reranker *r)
{
    return r->fingerprint;
}

size_t reranker_bytes(const Reranker *r)
{
    return cross_encoder_bytes(r->model);
}

/* ---- scores ---- */

/* The pairs that are not in the cache, each once. */
typedef struct Missing {
    const Reranker *r;
    int64_t id;
    VEC(TextPair) pairs;
    VEC(Hash) hashes;
    uint32_t *place; /* (pairs given) of each given pair here; MAP_NONE: it was found */
    float *scores;   /* (pairs) */
} Missing;

static void hash_pairs(const char *const *queries, size_t count, const size_t *offset,
                       const char *const *texts, Hash *out)
{
    for (size_t i = 0; i < count; i++) {
        Hash query = hash_text(queries[i]);
        for (size_t j = offset[i]; j < offset[i + 1]; j++) {
            Hash text = hash_text(texts[j]);
            out[j - offset[0]] = pair_hash(&query, &text);
        }
    }
}

static void find_missing(Missing *m, const char *const *queries, size_t count, const size_t *offset,
                         const char *const *texts, const Hash *hashes, const bool *found)
{
    Map *known = map_new();
    for (size_t i = 0; i < count; i++) {
        for (size_t j = offset[i]; j < offset[i + 1]; j++) {
            size_t at = j - offset[0];
            m->place[at] = MAP_NONE;
            if (found[at]) continue;
            m->place[at] = map_add(known, hashes[at].bytes, HASH_BYTES, (uint32_t)m->pairs.count);
            if (m->place[at] < m->pairs.count) continue;
            vec_push(&m->pairs, (TextPair){queries[i], texts[j]});
            vec_push(&m->hashes, hashes[at]);
        }
    }
    map_free(known);
}

static size_t batch_size(const Missing *m, size_t at)
{
    size_t n = 0, bytes = 0;
    while (at + n < m->pairs.count && n < BATCH_PAIRS && (n == 0 || bytes < m->r->batch_bytes)) {
        const TextPair *p = &m->pairs.items[at + n++];
        bytes += strlen(p->query) + strlen(p->text);
    }
    return n;
}

static bool score_missing(const Env *env, const Missing *m, Err *err)
{
    for (size_t at = 0, n = 0; at < m->pairs.count; at += n) {
        n = batch_size(m, at);
        if (!cancel_check(env->cancel, err) ||
            !cross_encoder_score(m->r->model, env->pool, m->pairs.items + at, n, m->scores + at,
                                 env->cancel, env->progress, err) ||
            !scores_put(env->store, m->id, m->hashes.items + at, n, m->scores + at, err))
            return false;
    }
    return true;
}

bool reranker_scores(const Env *env, const Reranker *r, const char *const *queries, size_t count,
                     const size_t *offset, const char *const *texts, float *out, Err *err)
{
    size_t first = offset[0], total = offset[count] - first;
    Missing m = {.r = r};
    if (!reranker_register(env->store, r->name, &r->fingerprint, &m.id, err)) return false;
    Hash *hashes = mem_zero(total + 1, sizeof *hashes);
    bool *found = mem_zero(total + 1, sizeof *found);
    m.place = mem_zero(total + 1, sizeof *m.place);
    hash_pairs(queries, count, offset, texts, hashes);
    bool ok = scores_get(env->store, m.id, hashes, total, out + first, found, err);
    if (ok) {
        find_missing(&m, queries, count, offset, texts, hashes, found);
        m.scores = mem_zero(m.pairs.count + 1, sizeof *m.scores);
        progress_enter(env->progress, "rerank", "pairs", total);
        progress_spare(env->progress, total - m.pairs.count);
        ok = score_missing(env, &m, err);
        progress_leave(env->progress);
    }
    for (size_t i = 0; ok && i < total; i++)
        if (m.place[i] != MAP_NONE) out[first + i] = m.scores[m.place[i]];
    vec_release(&m.pairs);
    vec_release(&m.hashes);
    free(m.scores);
    free(m.place);
    free(found);
    free(hashes);
    return ok;
}
