/* Features of the built-in embedder: words (weight 1), pairs of neighbouring words (0.5), character
 * 4-grams of "#word#" for words of more than 4 letters (0.3); for unspaced scripts character 1-, 2-
 * and 3-grams; hashed to 2^17. A feature that occurs c times has the value weight · (1 + ln c). The
 * mapping is part of the build format: changing it changes FEATURE_VERSION. */
#ifndef TEXT_FEATURES_H
#define TEXT_FEATURES_H

#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

#define FEATURE_BITS 17
#define FEATURE_COUNT ((size_t)1 << FEATURE_BITS)
#define FEATURE_VERSION 1

typedef struct Feature {
    uint32_t id; /* < FEATURE_COUNT */
    float value; /* without idf, not normalised */
} Feature;

typedef VEC(Feature) Features;

typedef struct FeatureScratch FeatureScratch; /* one a thread */

FeatureScratch *feature_scratch_new(void);
void feature_scratch_free(FeatureScratch *s);

/* features_of: overwrites out with the features of text, sorted by id, each id once (collisions
 * summed). */
void features_of(FeatureScratch *s, const char *text, size_t size, Features *out);

#endif
