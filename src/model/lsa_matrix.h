/* The weighted feature matrix that lsa is built from and that its table is trained on. Used by
 * lsa*.c only. */
#ifndef MODEL_LSA_MATRIX_H
#define MODEL_LSA_MATRIX_H

#include "base/pool.h"
#include "num/sparse.h"
#include "text/features.h"

#define LSA_KIND "lsa"
#define LSA_NO_ROW UINT32_MAX /* a feature that no chunk of the build has */

#define LSA_GRAIN 64 /* texts a piece of parallel work */

/* lsa_features: of each text, (count), side by side; to be released by lsa_features_release. */
Features *lsa_features(Pool *pool, const char *const *texts, size_t count);
void lsa_features_release(Features *features, size_t count);

/* lsa_count: numbers the features that occur, by id, in row_of (FEATURE_COUNT); returns how many,
 * with the idf of each (caller's). */
size_t lsa_count(const Features *features, size_t count, uint32_t *row_of, float **ret_idf);

/* lsa_weigh: one row a text over the numbered features: tf · idf, L2-normalised; features without a
 * number are left out. *ret fresh. ERR_MEMORY. */
bool lsa_weigh(const Features *features, size_t count, const uint32_t *row_of, const float *idf,
               size_t rows, Sparse *ret, Err *err);

#endif
