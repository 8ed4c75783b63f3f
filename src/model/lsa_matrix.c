#include "model/lsa_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/vector.h"

typedef struct TextFeatures {
    const char *const *texts;
    Features *features;       /* (count) */
    FeatureScratch **scratch; /* (threads) */
} TextFeatures;

static void extract_range(void *context, size_t first, size_t end, size_t thread)
{
    TextFeatures *t = context;
    for (size_t i = first; i < end; i++) {
        features_of(t->scratch[thread], t->texts[i], strlen(t->texts[i]), &t->features[i]);
    }
}

Features *lsa_features(Pool *pool, const char *const *texts, size_t count)
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

void lsa_features_release(Features *features, size_t count)
{
    for (size_t i = 0; i < count; i++) vec_release(&features[i]);
    free(features);
}

size_t lsa_count(const Features *features, size_t count, uint32_t *row_of, float **ret_idf)
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

bool lsa_weigh(const Features *features, size_t count, const uint32_t *row_of, const float *idf,
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
        return err_set(err, ERR_MEMORY,
                       "the feature matrix of %zu texts (%zu entries) does not fit in memory",
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
