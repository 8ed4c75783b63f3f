/* bm25 and tfidf over the inverted index of the view. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "retrieve/retriever_parts.h"
#include "store/vectors.h"

/* A smaller corpus is indexed sooner than its index is read. */
#define CACHED_FROM_BYTES ((size_t)4 << 20)

/* ---- the index of a set ---- */

static bool title_body(const Env *env, bool *ret, Err *err)
{
    char *value = NULL;
    if (!setting_get(env->store, "title_body", &value, err)) return false;
    *ret = value && strcmp(value, "on") == 0;
    free(value);
    return true;
}

static Hash cache_hash(const RetrieverSet *s)
{
    HashBuilder *b = hash_begin();
    hash_add(b, s->view->hash.bytes, HASH_BYTES);
    hash_add_i64(b, s->index_titled);
    return hash_end(b);
}

static const char *cache_name(const RetrieverSet *s)
{
    return s->view->role == ROLE_QUERY ? "index of questions" : "index";
}

static bool worth_caching(const RetrieverSet *s, const char *const *texts)
{
    size_t bytes = 0;
    for (size_t i = 0; i < s->view->count && bytes < CACHED_FROM_BYTES; i++)
        bytes += strlen(texts[i]);
    return bytes >= CACHED_FROM_BYTES;
}

/* Leaves s->index NULL when the project has none that fits. */
static bool load_cached(RetrieverSet *s, const Hash *hash, Err *err)
{
    void *blob = NULL;
    size_t size = 0;
    if (!cache_get(s->env.store, cache_name(s), hash, &blob, &size, err)) return false;
    if (!blob) return true;
    Err why = {0};
    if (!index_load(blob, size, &s->index, &why)) {
        log_write(LOG_WARN, "%s; it is built again", why.message);
    } else if (index_documents(s->index) != s->view->count) {
        log_write(LOG_WARN, "the stored index has %zu texts, the corpus %zu; it is built again",
                  index_documents(s->index), s->view->count);
        index_free(s->index);
        s->index = NULL;
    }
    free(blob);
    return true;
}

/* The project works without its cache: a full disk or a lock is only told to the log. */
static void save_cached(const RetrieverSet *s, const Hash *hash)
{
    void *blob = NULL;
    size_t size = 0;
    Err why = {0};
    if (!index_save(s->index, &blob, &size, &why) ||
        !cache_put(s->env.store, cache_name(s), hash, blob, size, &why))
        log_write(LOG_WARN, "the index is not kept: %s", why.message);
    free(blob);
}

static bool need_index(RetrieverSet *s, Err *err)
{
    if (s->index) return true;
    if (!title_body(&s->env, &s->index_titled, err)) return false;
    const char *const *texts = s->index_titled ? s->view->titled : s->view->plain;
    bool cached = worth_caching(s, texts);
    Hash hash = cache_hash(s);
    if (cached && !load_cached(s, &hash, err)) return false;
    if (s->index) return true;
    if (!index_build(s->env.pool, texts, s->view->count, s->env.cancel, &s->index, err))
        return false;
    if (cached) save_cached(s, &hash);
    return true;
}

/* ---- the kinds ---- */

bool index_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err)
{
    (void)row;
    if (!need_index(s, err)) return false;
    r->model = strcmp(r->kind->word, "bm25") == 0 ? INDEX_BM25 : INDEX_TFIDF;
    const char *const *texts = s->index_titled ? s->view->titled : s->view->plain;
    if (r->model == INDEX_TFIDF &&
        !index_add_pairs(s->env.pool, s->index, texts, s->env.cancel, err))
        return false;
    HashBuilder *b = hash_begin();
    hash_add_text(b, r->kind->word);
    hash_add_i64(b, s->index_titled);
    r->fingerprint = hash_end(b);
    return true;
}

typedef struct IndexWork {
    const Retriever *r;
    const char *const *queries;
    const Cancel *cancel;
    IndexScratch **scratch; /* (threads) */
    HitGrid *out;           /* of a search */
    const size_t *offset;   /* of scores */
    const uint32_t *rows;
    float *scores;
} IndexWork;

static void search_range(void *context, size_t first, size_t end, size_t thread)
{
    IndexWork *w = context;
    HitGrid *out = w->out;
    for (size_t i = first; i < end && !cancel_asked(w->cancel); i++) {
        out->found[i] = index_search(w->r->set->index, w->scratch[thread], w->r->model,
                                     w->queries[i], out->k, out->hits + i * out->k);
    }
}

static void scores_range(void *context, size_t first, size_t end, size_t thread)
{
    IndexWork *w = context;
    for (size_t i = first; i < end && !cancel_asked(w->cancel); i++) {
        index_scores(w->r->set->index, w->scratch[thread], w->r->model, w->queries[i],
                     w->rows + w->offset[i], w->offset[i + 1] - w->offset[i],
                     w->scores + w->offset[i]);
    }
}

static bool run(const Env *env, IndexWork *w, PoolRange *work, size_t count, Err *err)
{
    size_t threads = pool_threads(env->pool);
    w->cancel = env->cancel;
    w->scratch = mem_zero(threads, sizeof(IndexScratch *));
    for (size_t t = 0; t < threads; t++) w->scratch[t] = index_scratch_new(w->r->set->index);
    pool_range(env->pool, count, 8, work, w);
    for (size_t t = 0; t < threads; t++) index_scratch_free(w->scratch[t]);
    free(w->scratch);
    return cancel_check(env->cancel, err);
}

bool index_kind_search(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                       HitGrid *out, Err *err)
{
    IndexWork w = {.r = r, .queries = queries, .out = out};
    return run(env, &w, search_range, count, err);
}

bool index_kind_scores(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                       const size_t *offset, const uint32_t *rows, float *out, Err *err)
{
    IndexWork w = {.r = r, .queries = queries, .offset = offset, .rows = rows, .scores = out};
    return run(env, &w, scores_range, count, err);
}
