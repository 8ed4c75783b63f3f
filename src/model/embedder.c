#include "model/embedder.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "model/embedder_bert.h"
#include "model/lsa.h"
#include "num/vector.h"
#include "store/vectors.h"

#define EMBED_BATCH 4096 /* texts between two writes to the cache */

const EmbedderOps *const EMBEDDERS[] = {
    &LSA_OPS,
    &BERT_OPS,
};
const size_t EMBEDDER_COUNT = sizeof EMBEDDERS / sizeof *EMBEDDERS;

bool embedder_claimed(const Env *env, const char *name)
{
    for (size_t i = 0; i < EMBEDDER_COUNT; i++) {
        if (EMBEDDERS[i]->claims(env, name)) return true;
    }
    return false;
}

bool embedder_exists(const Env *env, const char *name, Err *err)
{
    return embedder_claimed(env, name) ||
           err_set(err, ERR_MISSING,
                   "there is no embedder called '%s': use lsa, the path of a model folder, the "
                   "name of a model that 'hone pull' fetched, or one that 'hone config model.NAME' "
                   "named",
                   name);
}

bool embedder_open(const Env *env, const char *name, Embedder **ret, Err *err)
{
    for (size_t i = 0; i < EMBEDDER_COUNT; i++) {
        if (EMBEDDERS[i]->claims(env, name)) return EMBEDDERS[i]->open(env, name, ret, err);
    }
    return embedder_exists(env, name, err);
}

void embedder_close(Embedder *e)
{
    if (e) e->ops->close(e);
}

size_t embedder_bytes(const Embedder *e, size_t *ret_opening)
{
    return e->ops->bytes(e, ret_opening);
}

/* The texts that are not in the cache, each once. */
typedef struct Missing {
    const Embedder *e;
    int64_t embedder_id;
    Role role;
    VEC(const char *) texts;
    VEC(Hash) hashes;
    uint32_t *place; /* (count) of each given text here; MAP_NONE: it was found */
    float *vectors;  /* (EMBED_BATCH or fewer, dims) */
} Missing;

static void find_missing(Missing *m, const char *const *texts, const Hash *hashes,
                         const bool *found, size_t count)
{
    Map *known = map_new();
    for (size_t i = 0; i < count; i++) {
        m->place[i] = MAP_NONE;
        if (found[i]) continue;
        m->place[i] = map_add(known, hashes[i].bytes, HASH_BYTES, (uint32_t)m->texts.count);
        if (m->place[i] < m->texts.count) continue;
        vec_push(&m->texts, texts[i]);
        vec_push(&m->hashes, hashes[i]);
    }
    map_free(known);
}

/* How many texts from number `at` on make a batch. */
static size_t batch_size(const Missing *m, size_t at)
{
    size_t n = 0, bytes = 0, most = m->e->batch_bytes ? m->e->batch_bytes : SIZE_MAX;
    while (at + n < m->texts.count && n < EMBED_BATCH && (n == 0 || bytes < most))
        bytes += strlen(m->texts.items[at + n++]);
    return n;
}

static bool embed_batches(const Env *env, const Missing *m, size_t count, float *out, Err *err)
{
    const Embedder *e = m->e;
    for (size_t at = 0, n = 0; at < m->texts.count; at += n) {
        n = batch_size(m, at);
        if (!cancel_check(env->cancel, err) ||
            !e->ops->embed(e, env->pool, m->role, m->texts.items + at, n, m->vectors, env->cancel,
                           env->progress, err) ||
            !vectors_put(env->store, m->embedder_id, m->role, m->hashes.items + at, n, e->dims,
                         m->vectors, err))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (m->place[i] == MAP_NONE || m->place[i] < at || m->place[i] >= at + n) continue;
            memcpy(out + i * e->dims, m->vectors + (m->place[i] - at) * e->dims,
                   e->dims * sizeof *out);
        }
    }
    return true;
}

static bool embed_missing(const Env *env, Missing *m, size_t count, float *out, Err *err)
{
    size_t most = m->texts.count < EMBED_BATCH ? m->texts.count : EMBED_BATCH;
    m->vectors = mem_tensor(most, m->e->dims, "a batch of vectors", err);
    if (!m->vectors) return false;
    progress_enter(env->progress, "embed", "texts", count);
    progress_spare(env->progress, count - m->texts.count);
    bool ok = embed_batches(env, m, count, out, err);
    progress_leave(env->progress);
    free(m->vectors);
    return ok;
}

bool embedder_vectors(const Env *env, const Embedder *e, Role role, const char *const *texts,
                      size_t count, float *out, Err *err)
{
    Missing m = {.e = e, .role = role};
    if (!embedder_register(env->store, e->name, &e->fingerprint, e->dims, &m.embedder_id, err))
        return false;
    Hash *hashes = mem_zero(count + 1, sizeof *hashes);
    bool *found = mem_zero(count + 1, sizeof *found);
    m.place = mem_zero(count + 1, sizeof *m.place);
    for (size_t i = 0; i < count; i++) hashes[i] = hash_text(texts[i]);
    bool ok = vectors_get(env->store, m.embedder_id, role, hashes, count, e->dims, out, found, err);
    if (ok) {
        find_missing(&m, texts, hashes, found, count);
        ok = embed_missing(env, &m, count, out, err);
    }
    vec_release(&m.texts);
    vec_release(&m.hashes);
    free(m.place);
    free(found);
    free(hashes);
    return ok;
}

void passage_text(const ChunkRow *chunk, bool title_body, Str *out)
{
    str_clear(out);
    if (title_body) {
        if (chunk->title && *chunk->title) str_addf(out, "%s\n", chunk->title);
        if (chunk->heading && *chunk->heading) str_addf(out, "%s\n", chunk->heading);
    }
    str_add(out, chunk->text);
}
