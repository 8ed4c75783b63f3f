#include "model/lsa.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/blas.h"
#include "num/svd.h"
#include "num/vector.h"
#include "store/corpus.h"
#include "store/vectors.h"
#include "text/features.h"

#define LSA_KIND "lsa"
#define LSA_GRAIN 64 /* texts a piece of parallel work */

typedef struct Lsa {
    Embedder base;
    uint32_t *row_of; /* (FEATURE_COUNT) feature → row of table, MAP_NONE-like LSA_NO_ROW: never seen */
    float *idf;       /* (rows) */
    float *table;     /* (rows, dims) V */
    size_t rows;
} Lsa;

#define LSA_NO_ROW UINT32_MAX

LsaOptions lsa_options_default(void)
{
    return (LsaOptions){.dims = 512, .power = 3, .seed = 1};
}

/* ---- features of many texts, side by side ---- */

typedef struct TextFeatures {
    const char *const *texts;
    Features *features; /* (count) */
    FeatureScratch **scratch; /* (threads) */
} TextFeatures;

static void extract_range(void *context, size_t first, size_t end, size_t thread)
{
    TextFeatures *t = context;
    for (size_t i = first; i < end; i++) {
        features_of(t->scratch[thread], t->texts[i], strlen(t->texts[i]), &t->features[i]);
    }
}

/* The features of each text, (count), to be released by features_release. */
static Features *extract_all(Pool *pool, const char *const *texts, size_t count)
{
    size_t threads = pool_threads(pool);
    TextFeatures t = {.texts = texts,
                      .features = mem_zero(count + 1, sizeof(Features)),
                      .scratch = mem_zero(threads, sizeof(FeatureScratch *))};
    for (size_t i = 0; i < threads; i++) t.scratch[i] = feature_scratch_new();
    pool_range(pool, count, LSA_GRAIN, extract_range, &t);
    for (size_t i = 0; i < threads; i++) feature_scratch_free(t.scratch[i]);
    free(t.scratch);
    return t.features;
}

static void features_release(Features *features, size_t count)
{
    for (size_t i = 0; i < count; i++) vec_release(&features[i]);
    free(features);
}

/* ---- the weighted matrix ---- */

/* idf over the texts for each feature that occurs; row_of numbers them by feature id. */
static size_t count_features(const Features *features, size_t count, uint32_t *row_of, float **ret_idf)
{
    uint32_t *df = mem_zero(FEATURE_COUNT, sizeof *df);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < features[i].count; j++) df[features[i].items[j].id]++;
    }
    size_t rows = 0;
    for (size_t f = 0; f < FEATURE_COUNT; f++) row_of[f] = df[f] ? (uint32_t)rows++ : LSA_NO_ROW;
    float *idf = mem_zero(rows + 1, sizeof *idf);
    for (size_t f = 0; f < FEATURE_COUNT; f++) {
        if (df[f]) idf[row_of[f]] = (float)(log((count + 1.0) / (df[f] + 1.0)) + 1.0);
    }
    free(df);
    *ret_idf = idf;
    return rows;
}

/* One row per text over the rows of V: tf · idf, L2-normalised; features without a row are left out. */
static bool weigh(const Features *features, size_t count, const uint32_t *row_of, const float *idf,
                  size_t rows, Sparse *ret, Err *err)
{
    Sparse a = {.rows = count, .columns = rows};
    size_t entries = 0;
    for (size_t i = 0; i < count; i++) entries += features[i].count;
    a.offset = mem_zero(count + 1, sizeof *a.offset);
    a.column = malloc((entries + 1) * sizeof *a.column);
    a.value = malloc((entries + 1) * sizeof *a.value);
    if (!a.column || !a.value) {
        sparse_release(&a);
        return err_set(err, ERR_MEMORY, "the feature matrix of %zu texts (%zu entries) does not fit in memory",
                       count, entries);
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        size_t first = at;
        for (size_t j = 0; j < features[i].count; j++) {
            uint32_t row = row_of[features[i].items[j].id];
            if (row == LSA_NO_ROW) continue;
            a.column[at] = row;
            a.value[at++] = features[i].items[j].value * idf[row];
        }
        double norm = vector_norm(a.value + first, at - first);
        for (size_t j = first; j < at; j++) a.value[j] = norm > 0 ? (float)(a.value[j] / norm) : 0;
        a.offset[i + 1] = at;
    }
    *ret = a;
    return true;
}

/* ---- building ---- */

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
                       const uint32_t *row_of, const float *idf, const Svd *svd, int64_t *ret_id, Err *err)
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
             "{\"dims\":%zu,\"rows\":%zu,\"features\":%d,\"title_body\":%s,\"power\":%zu,\"seed\":%" PRIu64
             ",\"threads\":%zu,\"core\":\"%s\"}",
             svd->rank, a->columns, FEATURE_VERSION, o->title_body ? "true" : "false", o->power, o->seed,
             pool_threads(env->pool), blas_info().core);
    size_t entries = a->offset[a->rows];
    int64_t id = 0;
    bool ok = build_begin(env->store, LSA_KIND, inputs, (int64_t)a->rows, head, &id, err) &&
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

static bool weigh_texts(const Env *env, const char *const *texts, size_t count, Weighted *ret, Err *err)
{
    Weighted w = {.row_of = mem_alloc(FEATURE_COUNT * sizeof *w.row_of)};
    progress_say(env->progress, "features of %zu chunks", count);
    Features *features = extract_all(env->pool, texts, count);
    size_t rows = count_features(features, count, w.row_of, &w.idf);
    bool ok = weigh(features, count, w.row_of, w.idf, rows, &w.a, err);
    features_release(features, count);
    if (ok && w.a.offset[count] == 0) ok = err_set(err, ERR_FORMAT, "the chunks hold no words to build lsa from");
    if (ok) *ret = w;
    else weighted_release(&w);
    return ok;
}

static bool decompose(const Env *env, const LsaOptions *o, Weighted *w, const Hash *inputs, int64_t *ret_id, Err *err)
{
    Svd svd = {0};
    size_t rank = w->a.rows > 1 ? w->a.rows - 1 : 1;
    SvdOptions wanted = {.rank = rank < o->dims ? rank : o->dims, .oversample = 32, .power = o->power, .seed = o->seed};
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

/* What the newest build would be made from now: its inputs, and the matrix unless that build is there already (*ret_id). */
static bool weigh_project(const Env *env, const LsaOptions *options, Hash *ret_inputs, Weighted *ret, int64_t *ret_id, Err *err)
{
    ChunkRows chunks = {0};
    if (!chunks_load(env->store, &(ChunkQuery){0}, &chunks, err)) return false;
    if (chunks.count == 0) {
        rows_release(&chunks);
        return err_set(err, ERR_MISSING, "the project has no chunks to build lsa from: add documents or import a question set first");
    }
    Arena arena = {0};
    const char **texts = live_passages(&chunks, options->title_body, &arena);
    size_t count = chunks.count;
    rows_release(&chunks);
    *ret_inputs = inputs_hash(texts, count, options);
    BuildRow latest;
    bool found = false;
    bool ok = build_latest(env->store, LSA_KIND, &latest, &found, err);
    if (ok && found && hash_equal(&latest.inputs, ret_inputs)) *ret_id = latest.id;
    else ok = ok && weigh_texts(env, texts, count, ret, err);
    free(texts);
    arena_release(&arena);
    return ok;
}

bool lsa_build(const Env *env, const LsaOptions *options, int64_t *ret_build_id, Err *err)
{
    Hash inputs;
    Weighted w = {0};
    int64_t id = 0;
    progress_begin(env->progress, "build lsa", "steps", 0);
    if (!weigh_project(env, options, &inputs, &w, &id, err)) return false;
    malloc_trim(0); /* texts and features are gone: the decomposition needs the room */
    bool ok = id != 0 || decompose(env, options, &w, &inputs, &id, err);
    weighted_release(&w);
    if (ok) *ret_build_id = id;
    return ok;
}

/* ---- loading ---- */

static bool read_array(const Env *env, int64_t build_id, const char *array, size_t expected, void **ret, Err *err)
{
    size_t size = 0;
    void *data = NULL;
    if (!build_read(env->store, build_id, array, &data, &size, err)) return false;
    if (size != expected) {
        free(data);
        return err_set(err, ERR_DATABASE, "build %" PRId64 " of lsa is broken ('%s' has %zu bytes, not %zu): build it again with `build lsa`",
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
    if (ok && entries > SIZE_MAX / sizeof(float)) ok = err_set(err, ERR_DATABASE, "build %" PRId64 " of lsa is broken", build_id);
    if (ok && (ok = read_array(env, build_id, "column", entries * sizeof *a.column, &block, err))) a.column = block;
    if (ok && (ok = read_array(env, build_id, "value", entries * sizeof *a.value, &block, err))) a.value = block;
    if (ok && (ok = read_array(env, build_id, "left", chunks * lsa->base.dims * sizeof *left, &block, err))) left = block;
    if (ok && (!sparse_sound(&a, entries) || !vector_finite(left, chunks * lsa->base.dims))) {
        ok = err_set(err, ERR_DATABASE, "build %" PRId64 " of lsa is broken: build it again with `build lsa`", build_id);
    }
    ok = ok && sparse_transpose(&a, &transposed, err);
    sparse_release(&a);
    ok = ok && (lsa->table = mem_tensor(lsa->rows, lsa->base.dims, "the table of lsa", err));
    if (ok) sparse_multiply(env->pool, &transposed, left, lsa->table, lsa->base.dims);
    sparse_release(&transposed);
    free(left);
    return ok;
}

static bool load_features(const Env *env, Lsa *lsa, int64_t build_id, Err *err)
{
    void *feature = NULL, *idf = NULL;
    if (!read_array(env, build_id, "feature", lsa->rows * sizeof(uint32_t), &feature, err)) return false;
    bool ok = read_array(env, build_id, "idf", lsa->rows * sizeof(float), &idf, err);
    lsa->idf = idf;
    for (size_t f = 0; f < FEATURE_COUNT; f++) lsa->row_of[f] = LSA_NO_ROW;
    const uint32_t *ids = feature;
    for (size_t r = 0; ok && r < lsa->rows; r++) {
        if (ids[r] >= FEATURE_COUNT || lsa->row_of[ids[r]] != LSA_NO_ROW) {
            ok = err_set(err, ERR_DATABASE, "build %" PRId64 " of lsa is broken: build it again with `build lsa`", build_id);
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
    if (!(dims >= 1 && dims <= 65536 && rows >= 1 && rows <= (double)FEATURE_COUNT && build->chunks >= 1)) {
        return err_set(err, ERR_DATABASE, "build %" PRId64 " of lsa is broken: build it again with `build lsa`", build->id);
    }
    if (version != FEATURE_VERSION) {
        return err_set(err, ERR_DATABASE, "build %" PRId64 " of lsa was made with other features (version %g, now %d): build it again with `build lsa`",
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
    return project_title_body(env, &options.title_body, err) && lsa_build(env, &options, &id, err) &&
           build_get(env->store, id, ret, err);
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
            vector_axpy(f->items[j].value * lsa->idf[row], lsa->table + (size_t)row * dims, y, dims);
        }
        normalize_forward(NULL, y, y, NULL, 1, dims);
    }
}

static bool lsa_embed(const Embedder *e, Pool *pool, Role role, const char *const *texts, size_t count,
                      float *out, const Cancel *cancel, Progress *progress, Err *err)
{
    (void)role; /* one side only: a question is embedded as a passage is */
    (void)progress;
    size_t threads = pool_threads(pool);
    EmbedWork w = {.lsa = (const Lsa *)e, .texts = texts, .out = out, .cancel = cancel,
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
    return cancel_check(cancel, err);
}

const EmbedderOps LSA_OPS = {
    .kind = LSA_KIND,
    .describes = "built in: hashed words, pairs and character n-grams, tf-idf, truncated SVD of the project's own chunks",
    .claims = lsa_claims,
    .open = lsa_open,
    .embed = lsa_embed,
    .close = lsa_close,
};

/* ---- news and the table ---- */

bool lsa_new_share(const Env *env, double *ret, Err *err)
{
    BuildRow latest;
    bool found = false;
    Counts counts;
    if (!build_latest(env->store, LSA_KIND, &latest, &found, err) || !store_counts(env->store, &counts, err)) return false;
    int64_t live = 0;
    for (int s = 0; s < SPLIT_COUNT; s++) live += counts.chunks[CHUNK_LIVE][s];
    *ret = found && live > latest.chunks ? (double)(live - latest.chunks) / (double)live : 0;
    return true;
}

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

bool lsa_sparse(const Embedder *e, Pool *pool, const char *const *texts, size_t count, Sparse *ret, Err *err)
{
    const Lsa *lsa = as_lsa(e);
    Features *features = extract_all(pool, texts, count);
    bool ok = weigh(features, count, lsa->row_of, lsa->idf, lsa->rows, ret, err);
    features_release(features, count);
    return ok;
}

bool lsa_with_table(Embedder *e, const char *name, const uint32_t *row, const float *values, size_t count, Err *err)
{
    Lsa *lsa = (Lsa *)e;
    size_t dims = e->dims;
    if (!vector_finite(values, count * dims)) {
        return err_set(err, ERR_DATABASE, "the table of '%s' holds values that are not finite: train it again", name);
    }
    for (size_t i = 0; i < count; i++) {
        if (row[i] >= lsa->rows) {
            return err_set(err, ERR_DATABASE, "the table of '%s' does not belong to build %" PRId64 " of lsa: train it again", name, e->build_id);
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
