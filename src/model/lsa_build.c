/* Builds of lsa: from the live chunks to the arrays in the project file. */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/lsa.h"
#include "model/lsa_matrix.h"
#include "num/blas.h"
#include "num/svd.h"
#include "store/corpus.h"
#include "store/vectors.h"

LsaOptions lsa_options_default(void)
{
    return (LsaOptions){.dims = 512, .power = 3, .seed = 1};
}

static Hash inputs_hash(const char *const *texts, size_t count, const LsaOptions *o)
{
    HashBuilder *b = hash_begin();
    hash_add_text(b, LSA_KIND);
    hash_add_i64(b, FEATURE_VERSION);
    hash_add_i64(b, (int64_t)o->dims);
    hash_add_i64(b, (int64_t)o->power);
    hash_add_i64(b, (int64_t)o->seed);
    hash_add_i64(b, o->title_body);
    for (size_t i = 0; i < count; i++) hash_add_text(b, texts[i]);
    return hash_end(b);
}

/* Writes a finished decomposition as a build. w (N, rank) = U S⁻¹. */
static bool save_build(const Env *env, const Hash *inputs, const LsaOptions *o, const Sparse *a,
                       const uint32_t *row_of, const float *idf, const Svd *svd, int64_t *ret_id,
                       Err *err)
{
    uint32_t *feature = mem_zero(a->columns + 1, sizeof *feature);
    for (size_t f = 0; f < FEATURE_COUNT; f++) {
        if (row_of[f] != LSA_NO_ROW) feature[row_of[f]] = (uint32_t)f;
    }
    for (size_t i = 0; i < a->rows; i++) {
        for (size_t k = 0; k < svd->rank; k++) svd->u[i * svd->rank + k] /= svd->sigma[k];
    }
    char head[512];
    snprintf(head, sizeof head,
             "{\"dims\":%zu,\"rows\":%zu,\"features\":%d,\"title_body\":%s,\"power\":%zu,\"seed\":"
             "%" PRIu64 ",\"threads\":%zu,\"core\":\"%s\"}",
             svd->rank, a->columns, FEATURE_VERSION, o->title_body ? "true" : "false", o->power,
             o->seed, pool_threads(env->pool), blas_info().core);
    size_t entries = a->offset[a->rows];
    int64_t id = 0;
    bool ok =
        build_begin(env->store, LSA_KIND, inputs, (int64_t)a->rows, head, &id, err) &&
        build_write(env->store, id, "feature", feature, a->columns * sizeof *feature, err) &&
        build_write(env->store, id, "idf", idf, a->columns * sizeof *idf, err) &&
        build_write(env->store, id, "offset", a->offset, (a->rows + 1) * sizeof *a->offset, err) &&
        build_write(env->store, id, "column", a->column, entries * sizeof *a->column, err) &&
        build_write(env->store, id, "value", a->value, entries * sizeof *a->value, err) &&
        build_write(env->store, id, "left", svd->u, a->rows * svd->rank * sizeof *svd->u, err) &&
        build_finish(env->store, id, err);
    free(feature);
    if (ok) *ret_id = id;
    return ok;
}

/* The weighted matrix of the texts, with what numbers and weighs its columns. */
typedef struct Weighted {
    uint32_t *row_of; /* (FEATURE_COUNT) */
    float *idf;
    Sparse a;
} Weighted;

static void weighted_release(Weighted *w)
{
    sparse_release(&w->a);
    free(w->idf);
    free(w->row_of);
}

static bool weigh_texts(const Env *env, const char *const *texts, size_t count, Weighted *ret,
                        Err *err)
{
    Weighted w = {.row_of = mem_alloc(FEATURE_COUNT * sizeof *w.row_of)};
    progress_say(env->progress, "features of %zu chunks", count);
    Features *features = lsa_features(env->pool, texts, count);
    size_t rows = lsa_count(features, count, w.row_of, &w.idf);
    bool ok = lsa_weigh(features, count, w.row_of, w.idf, rows, &w.a, err);
    lsa_features_release(features, count);
    if (ok && w.a.offset[count] == 0)
        ok = err_set(err, ERR_FORMAT, "the chunks hold no words to build lsa from");
    if (ok)
        *ret = w;
    else
        weighted_release(&w);
    return ok;
}

static bool decompose(const Env *env, const LsaOptions *o, Weighted *w, const Hash *inputs,
                      int64_t *ret_id, Err *err)
{
    Svd svd = {0};
    size_t rank = w->a.rows > 1 ? w->a.rows - 1 : 1;
    SvdOptions wanted = {.rank = rank < o->dims ? rank : o->dims,
                         .oversample = 32,
                         .power = o->power,
                         .seed = o->seed};
    bool ok = svd_sparse(env->pool, &w->a, &wanted, env->cancel, env->progress, &svd, err) &&
              save_build(env, inputs, o, &w->a, w->row_of, w->idf, &svd, ret_id, err);
    svd_release(&svd);
    return ok;
}

/* The passage texts of all live chunks, (count) strings of the arena. */
static const char **live_passages(const ChunkRows *chunks, bool title_body, Arena *arena)
{
    const char **texts = mem_zero(chunks->count + 1, sizeof *texts);
    Str s = {0};
    for (size_t i = 0; i < chunks->count; i++) {
        passage_text(&chunks->items[i], title_body, &s);
        texts[i] = arena_strndup(arena, s.data, s.size);
    }
    str_release(&s);
    return texts;
}

/* What the newest build would be made from now: its inputs, and the matrix unless that build is
 * there already (*ret_id). */
static bool weigh_project(const Env *env, const LsaOptions *options, Hash *ret_inputs,
                          Weighted *ret, int64_t *ret_id, Err *err)
{
    ChunkRows chunks = {0};
    if (!chunks_load(env->store, &(ChunkQuery){0}, &chunks, err)) return false;
    if (chunks.count == 0) {
        rows_release(&chunks);
        return err_set(err, ERR_MISSING,
                       "the project has no chunks to build lsa from: add documents or import a "
                       "question set first");
    }
    Arena arena = {0};
    const char **texts = live_passages(&chunks, options->title_body, &arena);
    size_t count = chunks.count;
    rows_release(&chunks);
    *ret_inputs = inputs_hash(texts, count, options);
    BuildRow latest;
    bool found = false;
    bool ok = build_latest(env->store, LSA_KIND, &latest, &found, err);
    if (ok && found && hash_equal(&latest.inputs, ret_inputs))
        *ret_id = latest.id;
    else
        ok = ok && weigh_texts(env, texts, count, ret, err);
    free(texts);
    arena_release(&arena);
    return ok;
}

bool lsa_build(const Env *env, const LsaOptions *options, int64_t *ret_build_id, Err *err)
{
    Hash inputs;
    Weighted w = {0};
    int64_t id = 0;
    progress_enter(env->progress, "build lsa", "steps", 0);
    bool ok = weigh_project(env, options, &inputs, &w, &id, err);
    if (ok) {
        malloc_trim(0); /* texts and features are gone: the decomposition needs the room */
        ok = id != 0 || decompose(env, options, &w, &inputs, &id, err);
        weighted_release(&w);
    }
    progress_leave(env->progress);
    if (ok) *ret_build_id = id;
    return ok;
}

bool lsa_new_share(const Env *env, double *ret, Err *err)
{
    BuildRow latest;
    bool found = false;
    Counts counts;
    if (!build_latest(env->store, LSA_KIND, &latest, &found, err) ||
        !store_counts(env->store, &counts, err))
        return false;
    int64_t live = 0;
    for (int s = 0; s < SPLIT_COUNT; s++) live += counts.chunks[CHUNK_LIVE][s];
    *ret = found && live > latest.chunks ? (double)(live - latest.chunks) / (double)live : 0;
    return true;
}
