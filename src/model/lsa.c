#include "model/lsa.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/lsa_matrix.h"
#include "num/vector.h"
#include "store/vectors.h"

typedef struct Lsa {
    Embedder base;
    uint32_t *row_of; /* (FEATURE_COUNT) feature → row of table, LSA_NO_ROW: no chunk has it */
    float *idf;       /* (rows) */
    float *table;     /* (rows, dims) V */
    size_t rows;
    size_t opening_bytes; /* taken beside the table while it was formed */
} Lsa;

/* ---- loading ---- */

static bool read_array(const Env *env, int64_t build_id, const char *array, size_t expected,
                       void **ret, Err *err)
{
    size_t size = 0;
    void *data = NULL;
    if (!build_read(env->store, build_id, array, &data, &size, err)) return false;
    if (size != expected) {
        free(data);
        return err_set(
            err, ERR_DATABASE,
            "build %" PRId64
            " of lsa is broken ('%s' has %zu bytes, not %zu): build it again with `build lsa`",
            build_id, array, size, expected);
    }
    *ret = data;
    return true;
}

/* Every index of a stored matrix must lie inside it: the file may come from anywhere. */
static bool sparse_sound(const Sparse *a, size_t entries)
{
    if (a->offset[0] != 0 || a->offset[a->rows] != entries) return false;
    for (size_t i = 0; i < a->rows; i++) {
        if (a->offset[i] > a->offset[i + 1] || a->offset[i + 1] > entries) return false;
    }
    for (size_t j = 0; j < entries; j++) {
        if (a->column[j] >= a->columns) return false;
    }
    return vector_finite(a->value, entries);
}

/* V = Aᵀ · left. */
static bool form_table(const Env *env, Lsa *lsa, int64_t build_id, size_t chunks, Err *err)
{
    Sparse a = {.rows = chunks, .columns = lsa->rows}, transposed = {0};
    float *left = NULL;
    void *block = NULL;
    bool ok = read_array(env, build_id, "offset", (chunks + 1) * sizeof *a.offset, &block, err);
    if (ok) a.offset = block;
    size_t entries = ok ? a.offset[chunks] : 0;
    if (ok && entries > SIZE_MAX / sizeof(float))
        ok = err_set(err, ERR_DATABASE, "build %" PRId64 " of lsa is broken", build_id);
    if (ok && (ok = read_array(env, build_id, "column", entries * sizeof *a.column, &block, err)))
        a.column = block;
    if (ok && (ok = read_array(env, build_id, "value", entries * sizeof *a.value, &block, err)))
        a.value = block;
    if (ok && (ok = read_array(env, build_id, "left", chunks * lsa->base.dims * sizeof *left,
                               &block, err)))
        left = block;
    if (ok && (!sparse_sound(&a, entries) || !vector_finite(left, chunks * lsa->base.dims))) {
        ok = err_set(err, ERR_DATABASE,
                     "build %" PRId64 " of lsa is broken: build it again with `build lsa`",
                     build_id);
    }
    ok = ok && sparse_transpose(&a, &transposed, err);
    sparse_release(&a);
    lsa->opening_bytes = (transposed.rows + 1) * sizeof *transposed.offset +
                         entries * (sizeof *transposed.column + sizeof *transposed.value) +
                         chunks * lsa->base.dims * sizeof *left;
    ok = ok && (lsa->table = mem_tensor(lsa->rows, lsa->base.dims, "the table of lsa", err));
    if (ok) sparse_multiply(env->pool, &transposed, left, lsa->table, lsa->base.dims);
    sparse_release(&transposed);
    free(left);
    return ok;
}

static bool load_features(const Env *env, Lsa *lsa, int64_t build_id, Err *err)
{
    void *feature = NULL, *idf = NULL;
    if (!read_array(env, build_id, "feature", lsa->rows * sizeof(uint32_t), &feature, err))
        return false;
    bool ok = read_array(env, build_id, "idf", lsa->rows * sizeof(float), &idf, err);
    lsa->idf = idf;
    for (size_t f = 0; f < FEATURE_COUNT; f++) lsa->row_of[f] = LSA_NO_ROW;
    const uint32_t *ids = feature;
    for (size_t r = 0; ok && r < lsa->rows; r++) {
        if (ids[r] >= FEATURE_COUNT || lsa->row_of[ids[r]] != LSA_NO_ROW) {
            ok = err_set(err, ERR_DATABASE,
                         "build %" PRId64 " of lsa is broken: build it again with `build lsa`",
                         build_id);
        } else {
            lsa->row_of[ids[r]] = (uint32_t)r;
        }
    }
    free(feature);
    return ok;
}

static bool read_head(Lsa *lsa, const BuildRow *build, Err *err)
{
    cJSON *head = cJSON_Parse(build->head);
    double dims = cJSON_GetNumberValue(cJSON_GetObjectItem(head, "dims"));
    double rows = cJSON_GetNumberValue(cJSON_GetObjectItem(head, "rows"));
    double version = cJSON_GetNumberValue(cJSON_GetObjectItem(head, "features"));
    lsa->base.title_body = cJSON_IsTrue(cJSON_GetObjectItem(head, "title_body"));
    cJSON_Delete(head);
    if (!(dims >= 1 && dims <= 65536 && rows >= 1 && rows <= (double)FEATURE_COUNT &&
          build->chunks >= 1)) {
        return err_set(err, ERR_DATABASE,
                       "build %" PRId64 " of lsa is broken: build it again with `build lsa`",
                       build->id);
    }
    if (version != FEATURE_VERSION) {
        return err_set(err, ERR_DATABASE,
                       "build %" PRId64 " of lsa was made with other features (version %g, now "
                       "%d): build it again with `build lsa`",
                       build->id, version, FEATURE_VERSION);
    }
    lsa->base.dims = (size_t)dims;
    lsa->rows = (size_t)rows;
    return true;
}

static void lsa_close(Embedder *e)
{
    Lsa *lsa = (Lsa *)e;
    free(lsa->row_of);
    free(lsa->idf);
    free(lsa->table);
    free(lsa);
}

/* "lsa" or "lsa@BUILD"; *ret_build 0 for the newest. */
static bool parse_name(const char *name, int64_t *ret_build)
{
    if (strcmp(name, LSA_KIND) == 0) {
        *ret_build = 0;
        return true;
    }
    if (!str_starts(name, LSA_KIND "@")) return false;
    char *end = NULL;
    long long id = strtoll(name + strlen(LSA_KIND "@"), &end, 10);
    if (*end != '\0' || id <= 0) return false;
    *ret_build = id;
    return true;
}

static bool lsa_claims(const Env *env, const char *name)
{
    (void)env;
    int64_t build;
    return parse_name(name, &build);
}

static bool project_title_body(const Env *env, bool *ret, Err *err)
{
    char *value = NULL;
    if (!setting_get(env->store, "title_body", &value, err)) return false;
    *ret = value && strcmp(value, "on") == 0;
    free(value);
    return true;
}

/* The build a name stands for; makes one where the project has none yet. */
static bool find_build(const Env *env, const char *name, BuildRow *ret, Err *err)
{
    int64_t id = 0;
    parse_name(name, &id);
    if (id != 0) return build_get(env->store, id, ret, err);
    bool found = false;
    if (!build_latest(env->store, LSA_KIND, ret, &found, err)) return false;
    if (found) return true;
    LsaOptions options = lsa_options_default();
    return project_title_body(env, &options.title_body, err) &&
           lsa_build(env, &options, &id, err) && build_get(env->store, id, ret, err);
}

static bool lsa_open(const Env *env, const char *name, Embedder **ret, Err *err)
{
    BuildRow build;
    if (!find_build(env, name, &build, err)) return false;
    Lsa *lsa = mem_zero(1, sizeof *lsa);
    lsa->base.ops = &LSA_OPS;
    lsa->row_of = mem_alloc(FEATURE_COUNT * sizeof *lsa->row_of);
    lsa->base.build_id = build.id;
    snprintf(lsa->base.name, sizeof lsa->base.name, "%s@%" PRId64, LSA_KIND, build.id);
    HashBuilder *b = hash_begin();
    hash_add_text(b, LSA_KIND);
    hash_add_i64(b, build.id);
    hash_add_i64(b, build.made_ms);
    hash_add(b, build.inputs.bytes, HASH_BYTES);
    lsa->base.fingerprint = hash_end(b);
    if (!read_head(lsa, &build, err) || !load_features(env, lsa, build.id, err) ||
        !form_table(env, lsa, build.id, (size_t)build.chunks, err)) {
        lsa_close(&lsa->base);
        return false;
    }
    *ret = &lsa->base;
    return true;
}

static size_t lsa_bytes(const Embedder *e, size_t *ret_opening)
{
    const Lsa *lsa = (const Lsa *)e;
    *ret_opening = lsa->opening_bytes;
    return sizeof *lsa + FEATURE_COUNT * sizeof *lsa->row_of +
           lsa->rows * (sizeof *lsa->idf + e->dims * sizeof *lsa->table);
}

/* ---- embedding ---- */

typedef struct EmbedWork {
    const Lsa *lsa;
    const char *const *texts;
    float *out;
    FeatureScratch **scratch;
    Features *features; /* (threads) */
    const Cancel *cancel;
} EmbedWork;

static void embed_range(void *context, size_t first, size_t end, size_t thread)
{
    EmbedWork *w = context;
    const Lsa *lsa = w->lsa;
    size_t dims = lsa->base.dims;
    if (cancel_asked(w->cancel)) return;
    for (size_t i = first; i < end; i++) {
        Features *f = &w->features[thread];
        float *y = w->out + i * dims;
        features_of(w->scratch[thread], w->texts[i], strlen(w->texts[i]), f);
        memset(y, 0, dims * sizeof *y);
        for (size_t j = 0; j < f->count; j++) {
            uint32_t row = lsa->row_of[f->items[j].id];
            if (row == LSA_NO_ROW) continue;
            vector_axpy(f->items[j].value * lsa->idf[row], lsa->table + (size_t)row * dims, y,
                        dims);
        }
        normalize_forward(NULL, y, y, NULL, 1, dims);
    }
}

static bool lsa_embed(const Embedder *e, Pool *pool, Role role, const char *const *texts,
                      size_t count, float *out, const Cancel *cancel, Progress *progress, Err *err)
{
    (void)role; /* one side only: a question is embedded as a passage is */
    size_t threads = pool_threads(pool);
    EmbedWork w = {.lsa = (const Lsa *)e,
                   .texts = texts,
                   .out = out,
                   .cancel = cancel,
                   .scratch = mem_zero(threads, sizeof(FeatureScratch *)),
                   .features = mem_zero(threads, sizeof(Features))};
    for (size_t i = 0; i < threads; i++) w.scratch[i] = feature_scratch_new();
    pool_range(pool, count, LSA_GRAIN, embed_range, &w);
    for (size_t i = 0; i < threads; i++) {
        feature_scratch_free(w.scratch[i]);
        vec_release(&w.features[i]);
    }
    free(w.features);
    free(w.scratch);
    progress_add(progress, count);
    return cancel_check(cancel, err);
}

const EmbedderOps LSA_OPS = {
    .kind = LSA_KIND,
    .describes = "built in: hashed words, pairs and character n-grams, tf-idf, truncated SVD of "
                 "the project's own chunks",
    .claims = lsa_claims,
    .open = lsa_open,
    .embed = lsa_embed,
    .bytes = lsa_bytes,
    .close = lsa_close,
};

/* ---- the table ---- */

static const Lsa *as_lsa(const Embedder *e)
{
    return e->ops == &LSA_OPS ? (const Lsa *)e : NULL;
}

size_t lsa_rows(const Embedder *e)
{
    return as_lsa(e)->rows;
}

const float *lsa_table(const Embedder *e)
{
    return as_lsa(e)->table;
}

bool lsa_sparse(const Embedder *e, Pool *pool, const char *const *texts, size_t count, Sparse *ret,
                Err *err)
{
    const Lsa *lsa = as_lsa(e);
    Features *features = lsa_features(pool, texts, count);
    bool ok = lsa_weigh(features, count, lsa->row_of, lsa->idf, lsa->rows, ret, err);
    lsa_features_release(features, count);
    return ok;
}

bool lsa_with_table(Embedder *e, const char *name, const uint32_t *row, const float *values,
                    size_t count, Err *err)
{
    Lsa *lsa = (Lsa *)e;
    size_t dims = e->dims;
    if (!vector_finite(values, count * dims)) {
        return err_set(err, ERR_DATABASE,
                       "the table of '%s' holds values that are not finite: train it again", name);
    }
    for (size_t i = 0; i < count; i++) {
        if (row[i] >= lsa->rows) {
            return err_set(err, ERR_DATABASE,
                           "the table of '%s' does not belong to build %" PRId64
                           " of lsa: train it again",
                           name, e->build_id);
        }
    }
    HashBuilder *b = hash_begin();
    hash_add(b, e->fingerprint.bytes, HASH_BYTES);
    hash_add(b, row, count * sizeof *row);
    hash_add(b, values, count * dims * sizeof *values);
    e->fingerprint = hash_end(b);
    for (size_t i = 0; i < count; i++) {
        memcpy(lsa->table + (size_t)row[i] * dims, values + i * dims, dims * sizeof *values);
    }
    snprintf(e->name, sizeof e->name, "%s", name);
    return true;
}
