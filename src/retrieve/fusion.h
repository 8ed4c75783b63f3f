/* Reciprocal-rank fusion (Cormack, Clarke, Büttcher 2009): a row's score is Σ 1 / (60 + rank) over
 * the lists it stands in, rank from 1. Looks at ranks only, so that scores of different kinds need
 * not be comparable; where that ties, the sum of score / best score of the list decides, then the
 * row. Best scores are above 0. */
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
