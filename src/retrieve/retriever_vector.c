/* Retrievers by vectors: an embedder, alone, under an adapter, or with a table that a run trained.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/bert_names.h"
#include "model/embedder_bert.h"
#include "model/lsa.h"
#include "num/vector.h"
#include "retrieve/retriever_parts.h"
#include "store/runs.h"
#include "store/vectors.h"

#define QUERY_BATCH ((size_t)4096) /* queries whose vectors are held at a time */

/* ---- spaces ---- */

void space_free(Space *space)
{
    if (!space) return;
    dense_release(&space->dense);
    embedder_close(space->embedder);
    free(space->vectors);
    free(space);
}

/* The space of an embedder's vectors over the view; takes over e. One that is there with the same
 * fingerprint serves again. */
static const Space *add_space(RetrieverSet *s, Embedder *e, Err *err)
{
    for (size_t i = 0; i < s->spaces.count; i++) {
        if (!hash_equal(&s->spaces.items[i]->embedder->fingerprint, &e->fingerprint)) continue;
        embedder_close(e);
        return s->spaces.items[i];
    }
    const CorpusView *v = s->view;
    const char *const *texts = e->title_body ? v->titled : v->plain;
    Space *space = mem_zero(1, sizeof *space);
    space->embedder = e;
    space->vectors = mem_tensor(v->count, e->dims, "the vectors of the corpus", err);
    bool ok = space->vectors != NULL &&
              embedder_vectors(&s->env, e, v->role, texts, v->count, space->vectors, err) &&
              dense_init(&space->dense, space->vectors, v->count, e->dims, err);
    if (!ok) {
        space_free(space);
        return NULL;
    }
    vec_push(&s->spaces, space);
    return space;
}

/* The name with its build: "lsa" is the newest build there is, and no other while the set lives. */
static bool name_build(const Env *env, const char *name, char **ret, Err *err)
{
    BuildRow build;
    bool found = false;
    if (!build_latest(env->store, name, &build, &found, err)) return false;
    *ret = found ? str_format("%s@%" PRId64, name, build.id) : mem_strdup(name);
    return true;
}

/* The space of the embedder with that name, opened only when no other retriever has done so. */
static const Space *named_space(RetrieverSet *s, const char *name, Err *err)
{
    char *full = NULL;
    if (!name_build(&s->env, name, &full, err)) return NULL;
    const Space *space = NULL;
    for (size_t i = 0; i < s->spaces.count && !space; i++) {
        if (strcmp(s->spaces.items[i]->embedder->name, full) == 0) space = s->spaces.items[i];
    }
    Embedder *e = NULL;
    if (!space && embedder_open(&s->env, full, &e, err)) space = add_space(s, e, err);
    free(full);
    return space;
}

/* The embedder that a run was trained on: of the very build, because another basis voids what was
 * learned. The caller's. */
static char *trained_on(const RetrieverRow *row)
{
    if (row->build_id == 0) return mem_strdup(row->embedder);
    return str_format("%.*s@%" PRId64, (int)strcspn(row->embedder, "@"), row->embedder,
                      row->build_id);
}

/* ---- opening ---- */

static Hash mixed_hash(const char *kind, const Hash *base, const char *config, const void *blob,
                       size_t size)
{
    HashBuilder *b = hash_begin();
    hash_add_text(b, kind);
    hash_add(b, base->bytes, HASH_BYTES);
    hash_add_text(b, config);
    hash_add(b, blob, size);
    return hash_end(b);
}

bool embedder_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err)
{
    char *name = row ? trained_on(row) : mem_strdup(r->name);
    r->space = named_space(s, name, err);
    free(name);
    if (!r->space) return false;
    r->fingerprint = r->space->embedder->fingerprint;
    return true;
}

/* y (count, dims) = adapter of x; what has no direction before has none after. */
static bool adapt(const Env *env, const Adapter *a, const float *x, float *y, size_t count,
                  Err *err)
{
    size_t dims = a->shape.dims;
    if (!adapter_apply(env->pool, a, x, y, count, true, err)) return false;
    for (size_t i = 0; i < count; i++) {
        if (vector_norm(x + i * dims, dims) == 0) memset(y + i * dims, 0, dims * sizeof *y);
    }
    return true;
}

/* Questions among questions: both sides are queries, and both go through the adapter. */
static bool adapt_corpus(RetrieverSet *s, Retriever *r, Err *err)
{
    size_t dims = r->space->embedder->dims;
    r->adapted = mem_tensor(s->view->count, dims, "the adapted vectors of the corpus", err);
    return r->adapted &&
           adapt(&s->env, r->adapter, r->space->vectors, r->adapted, s->view->count, err) &&
           dense_init(&r->adapted_dense, r->adapted, s->view->count, dims, err);
}

bool adapter_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err)
{
    void *blob = NULL;
    size_t size = 0;
    if (!embedder_kind_open(s, row, r, err) ||
        !retriever_blob(s->env.store, row->id, &blob, &size, err))
        return false;
    bool ok =
        adapter_load(row->config, blob, size, &r->adapter, err) || err_prefix(err, "%s", r->name);
    if (ok && r->adapter->shape.dims != r->space->embedder->dims) {
        ok = err_set(
            err, ERR_DATABASE,
            "%s is for vectors of %zu dimensions, and those of '%s' have %zu: train it again",
            r->name, r->adapter->shape.dims, row->embedder, r->space->embedder->dims);
    }
    ok = ok && (s->view->role != ROLE_QUERY || adapt_corpus(s, r, err));
    if (ok) r->fingerprint = mixed_hash(row->kind, &r->fingerprint, row->config, blob, size);
    free(blob);
    return ok;
}

/* blob: u32 count, then count u32 rows, then (count, dims) f32. Read where it stands: it is often
 * as large as the whole table. */
static bool put_table(Embedder *e, const char *name, const void *blob, size_t size, Err *err)
{
    const uint32_t *head = blob;
    size_t count = size >= sizeof *head ? *head : 0;
    size_t entry_bytes = sizeof *head + e->dims * sizeof(float);
    if (e->ops != &LSA_OPS || size < sizeof *head || (size - sizeof *head) / entry_bytes != count ||
        (size - sizeof *head) % entry_bytes != 0)
        return err_set(err, ERR_DATABASE, "the table of '%s' is broken: train it again", name);
    const uint32_t *rows = head + 1;
    return lsa_with_table(e, name, rows, (const float *)(rows + count), count, err);
}

bool table_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err)
{
    char *name = trained_on(row);
    void *blob = NULL;
    size_t size = 0;
    Embedder *e = NULL;
    bool ok = embedder_open(&s->env, name, &e, err) &&
              retriever_blob(s->env.store, row->id, &blob, &size, err) &&
              put_table(e, r->name, blob, size, err);
    free(blob);
    free(name);
    if (!ok) {
        embedder_close(e);
        return false;
    }
    r->space = add_space(s, e, err);
    if (!r->space) return false;
    r->fingerprint = r->space->embedder->fingerprint;
    return true;
}

bool encoder_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err)
{
    Str folder = {0};
    Embedder *e = NULL;
    bool ok = model_of_run(&s->env, row, &folder, err) &&
              BERT_OPS.open(&s->env, str_get(&folder), &e, err) &&
              (r->space = add_space(s, e, err));
    str_release(&folder);
    if (ok) r->fingerprint = r->space->embedder->fingerprint;
    return ok;
}

/* ---- searching ---- */

typedef struct QueryVectors {
    float *given, *adapted; /* (QUERY_BATCH or fewer, dims); adapted NULL without an adapter */
} QueryVectors;

static bool query_vectors_new(const Retriever *r, size_t count, QueryVectors *ret, Err *err)
{
    size_t dims = r->space->embedder->dims, batch = count < QUERY_BATCH ? count : QUERY_BATCH;
    *ret = (QueryVectors){.given = mem_tensor(batch, dims, "the vectors of the queries", err)};
    if (!ret->given) return false;
    if (r->adapter)
        ret->adapted = mem_tensor(batch, dims, "the adapted vectors of the queries", err);
    return !r->adapter || ret->adapted;
}

static void query_vectors_free(QueryVectors *v)
{
    free(v->given);
    free(v->adapted);
}

/* *ret: the vectors to search with, in v. */
static bool embed_queries(const Env *env, const Retriever *r, const char *const *queries,
                          size_t count, QueryVectors *v, const float **ret, Err *err)
{
    if (!embedder_vectors(env, r->space->embedder, ROLE_QUERY, queries, count, v->given, err))
        return false;
    *ret = r->adapter ? v->adapted : v->given;
    return !r->adapter || adapt(env, r->adapter, v->given, v->adapted, count, err);
}

static const Dense *corpus_of(const Retriever *r)
{
    return r->adapted ? &r->adapted_dense : &r->space->dense;
}

bool vector_kind_search(const Env *env, const Retriever *r, const char *const *queries,
                        size_t count, HitGrid *out, Err *err)
{
    QueryVectors v;
    const float *vectors = NULL;
    bool ok = query_vectors_new(r, count, &v, err);
    for (size_t at = 0; ok && at < count; at += QUERY_BATCH) {
        size_t n = count - at < QUERY_BATCH ? count - at : QUERY_BATCH;
        ok = embed_queries(env, r, queries + at, n, &v, &vectors, err) &&
             dense_search(env->pool, corpus_of(r), vectors, n, out->k, env->cancel,
                          out->hits + at * out->k, out->found + at, err);
    }
    query_vectors_free(&v);
    return ok;
}

bool vector_kind_scores(const Env *env, const Retriever *r, const char *const *queries,
                        size_t count, const size_t *offset, const uint32_t *rows, float *out,
                        Err *err)
{
    QueryVectors v;
    const float *vectors = NULL;
    bool ok = query_vectors_new(r, count, &v, err);
    for (size_t at = 0; ok && at < count; at += QUERY_BATCH) {
        size_t n = count - at < QUERY_BATCH ? count - at : QUERY_BATCH;
        ok = embed_queries(env, r, queries + at, n, &v, &vectors, err) &&
             dense_scores(env->pool, corpus_of(r), vectors, n, offset + at, rows, out, err);
    }
    query_vectors_free(&v);
    return ok;
}
