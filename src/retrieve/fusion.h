/* Reciprocal-rank fusion (Cormack, Clarke, Büttcher 2009): a row's score is Σ 1 / (60 + rank) over
 * the lists it stands in, rank from 1. Looks at ranks only, so that scores of different kinds need
 * not be comparable. Two lists often tie: ranks 1 and 2 against 2 and 1; then the sum of score /
 * best score of the list decides (a list whose best is not above 0 has no say), then the row. So
 * equal scores need not be in the order of the rows. */
#ifndef RETRIEVE_FUSION_H
#define RETRIEVE_FUSION_H

#include "num/topk.h"

#define FUSION_K 60
#define FUSION_DEPTH 100 /* first so many of each list, or as many as are wanted of the fusion, if that is more */

typedef struct FusionList {
    const Hit *hits; /* best first, each row once */
    size_t count;
} FusionList;

/* fuse: the k best rows of the lists, out (k). Returns how many. Threads: pure. */
size_t fuse(const FusionList *lists, size_t list_count, size_t k, Hit *out);

#endif
