/* The k best of n scores. */
#ifndef NUM_TOPK_H
#define NUM_TOPK_H

#include <stddef.h>
#include <stdint.h>

typedef struct Hit {
    uint32_t row; /* position in the corpus */
    float score;
} Hit;

/* topk: the k largest of scores (n), by score descending, ties by row ascending; NaN counts as
 * −infinity and is never returned. Writes at most min(k, n) hits to out, returns how many. Threads:
 * pure. */
size_t topk(const float *scores, size_t n, size_t k, Hit *out);

/* topk_merge: out (k) keeps the k best of itself (have entries, sorted) and more (sorted). Returns
 * the count. */
size_t topk_merge(Hit *out, size_t have, const Hit *more, size_t more_count, size_t k);

void hits_sort(Hit *hits, size_t n); /* score descending, row ascending */

#endif
