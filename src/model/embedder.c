#include "model/embedder.h"

#include <stdlib.h>
#include <string.h>

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

bool embedder_open(const Env *env, const char *name, Embedder **ret, Err *err)
{
    for (size_t i = 0; i < EMBEDDER_COUNT; i++) {
        if (EMBEDDERS[i]->claims(env, name)) return EMBEDDERS[i]->open(env, name, ret, err);
    }
    Str kinds = {0};
    for (size_t i = 0; i < EMBEDDER_COUNT; i++) {
        str_addf(&kinds, "%s%s", i ? ", " : "", EMBEDDERS[i]->kind);
    }
    err_set(err, ERR_MISSING, "there is no embedder called '%s': use one of %s", name,
            str_get(&kinds));
    str_release(&kinds);
    return false;
}

void embedder_close(Embedder *e)
{
    if (e) e->ops->close(e);
}

size_t embedder_bytes(const Embedder *e, size_t *ret_opening)
{
    return e->ops->bytes(e, ret_opening);
}

/* Embeds the texts whose row was not found, a batch at a time, and stores each batch. */
static bool embed_missing(const Env *env, const Embedder *e, int64_t embedder_id, Role role,
                          const char *const *texts, const Hash *hashes, const bool *found,
                          size_t count, float *out, Err *err)
{
    VEC(size_t) rows = {0};
    for (size_t i = 0; i < count; i++) {
        if (!found[i]) vec_push(&rows, i);
    }
    bool ok = true;
    size_t batch = rows.count < EMBED_BATCH ? rows.count : EMBED_BATCH;
    const char **batch_texts = mem_zero(batch + 1, sizeof *batch_texts);
    Hash *batch_hashes = mem_zero(batch + 1, sizeof *batch_hashes);
    float *vectors = mem_tensor(batch, e->dims, "a batch of vectors", err);
    if (!vectors) ok = false;
    for (size_t at = 0; ok && at < rows.count; at += batch) {
        size_t n = rows.count - at < batch ? rows.count - at : batch;
        for (size_t i = 0; i < n; i++) {
            batch_texts[i] = texts[rows.items[at + i]];
            batch_hashes[i] = hashes[rows.items[at + i]];
        }
        ok = cancel_check(env->cancel, err) &&
             e->ops->embed(e, env->pool, role, batch_texts, n, vectors, env->cancel, env->progress,
                           err) &&
             vectors_put(env->store, embedder_id, role, batch_hashes, n, e->dims, vectors, err);
        for (size_t i = 0; ok && i < n; i++) {
            memcpy(out + rows.items[at + i] * e->dims, vectors + i * e->dims,
                   e->dims * sizeof *out);
        }
    }
    free(vectors);
    free(batch_hashes);
    free(batch_texts);
    vec_release(&rows);
    return ok;
}

bool embedder_vectors(const Env *env, const Embedder *e, Role role, const char *const *texts,
                      size_t count, float *out, Err *err)
{
    int64_t embedder_id = 0;
    if (!embedder_register(env->store, e->name, &e->fingerprint, e->dims, &embedder_id, err))
        return false;
    Hash *hashes = mem_zero(count + 1, sizeof *hashes);
    bool *found = mem_zero(count + 1, sizeof *found);
    for (size_t i = 0; i < count; i++) hashes[i] = hash_text(texts[i]);
    bool ok = vectors_get(env->store, embedder_id, role, hashes, count, e->dims, out, found, err) &&
              embed_missing(env, e, embedder_id, role, texts, hashes, found, count, out, err);
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
