/* Metrics of one ranking. Ranks by score descending, ties by chunk id ascending. R relevant chunks,
 * k the cut.
 *   accuracy@k  any relevant in the top k            precision@k  hits / k         recall@k  hits /
 *               R
 *   mrr@k       1 / rank of the first hit, else 0    map@k        Σ precision at each hit / min(k,
 *               R)
 *   ndcg@k      Σ rel / log2(rank + 1) over the ideal of min(R, k)   judged@k  judged in the top k
 *               / k
 * A corpus or ranking shorter than k counts as if the rest were misses (precision divides by k all
 * the same). */
#ifndef RETRIEVE_METRICS_H
#define RETRIEVE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

typedef enum MetricKind {
    METRIC_ACCURACY, METRIC_PRECISION, METRIC_RECALL, METRIC_MRR, METRIC_NDCG, METRIC_MAP, METRIC_JUDGED,
    METRIC_KINDS,
} MetricKind;

typedef struct Metric {
    MetricKind kind;
    size_t k;
} Metric;

#define METRIC_NAME_SIZE 32

const char *metric_kind_name(MetricKind kind); /* "accuracy" … */
void metric_name(Metric m, char out[METRIC_NAME_SIZE]); /* "mrr@10" */
bool metric_parse(const char *text, Metric *ret, Err *err);

/* metrics_default: for each k of ks accuracy, precision, recall; then mrr@10, ndcg@10, map@100,
 * judged@max(ks). Writes up to capacity metrics, returns how many there are. */
size_t metrics_default(const size_t *ks, size_t k_count, Metric *out, size_t capacity);

/* metric_value: ranks in (hits): the ranks (from 1, ascending) at which relevant chunks stand;
 * relevant: R > 0; judged_in_k: judged chunks in the top k (only read for METRIC_JUDGED). */
double metric_value(Metric m, const uint32_t *ranks, size_t hits, size_t relevant,
                    size_t judged_in_k);

#endif
