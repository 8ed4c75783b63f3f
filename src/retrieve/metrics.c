#include "retrieve/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define CUT_LARGEST 1000000000 /* more than any corpus; keeps sums and names in bounds */

static const char *const KIND_NAMES[METRIC_KINDS] = {
    [METRIC_ACCURACY] = "accuracy", [METRIC_PRECISION] = "precision", [METRIC_RECALL] = "recall",
    [METRIC_MRR] = "mrr",           [METRIC_NDCG] = "ndcg",           [METRIC_MAP] = "map",
    [METRIC_JUDGED] = "judged",
};

const char *metric_kind_name(MetricKind kind)
{
    assert(kind < METRIC_KINDS);
    return KIND_NAMES[kind];
}

void metric_name(Metric m, char out[METRIC_NAME_SIZE])
{
    snprintf(out, METRIC_NAME_SIZE, "%s@%zu", metric_kind_name(m.kind), m.k);
}

static bool parse_cut(const char *text, size_t *ret)
{
    size_t k = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9') return false;
        k = k * 10 + (size_t)(*c - '0');
        if (k > CUT_LARGEST) return false;
    }
    if (k == 0) return false;
    *ret = k;
    return true;
}

bool metric_parse(const char *text, Metric *ret, Err *err)
{
    const char *at = strchr(text, '@');
    size_t length = at ? (size_t)(at - text) : strlen(text);
    for (int kind = 0; kind < METRIC_KINDS; kind++) {
        if (strlen(KIND_NAMES[kind]) != length || memcmp(KIND_NAMES[kind], text, length) != 0)
            continue;
        size_t k;
        if (!at) return err_set(err, ERR_USAGE, "%s wants a cut: %s@10", text, text);
        if (!parse_cut(at + 1, &k))
            return err_set(err, ERR_USAGE, "%.60s: the cut must be a whole number from 1 to %d",
                           text, CUT_LARGEST);
        *ret = (Metric){(MetricKind)kind, k};
        return true;
    }
    return err_set(
        err, ERR_USAGE,
        "%.60s is no metric: accuracy, precision, recall, mrr, ndcg, map and judged are, "
        "each with a cut, as in mrr@10",
        text);
}

static void add(Metric *out, size_t capacity, size_t *count, MetricKind kind, size_t k)
{
    if (*count < capacity) out[*count] = (Metric){kind, k};
    (*count)++;
}

size_t metrics_default(const size_t *ks, size_t k_count, Metric *out, size_t capacity)
{
    size_t count = 0, largest = 0;
    for (size_t i = 0; i < k_count; i++) {
        add(out, capacity, &count, METRIC_ACCURACY, ks[i]);
        add(out, capacity, &count, METRIC_PRECISION, ks[i]);
        add(out, capacity, &count, METRIC_RECALL, ks[i]);
        if (ks[i] > largest) largest = ks[i];
    }
    add(out, capacity, &count, METRIC_MRR, 10);
    add(out, capacity, &count, METRIC_NDCG, 10);
    add(out, capacity, &count, METRIC_MAP, 100);
    if (largest > 0) add(out, capacity, &count, METRIC_JUDGED, largest);
    return count;
}

static double ndcg(const uint32_t *ranks, size_t found, size_t ideal)
{
    double gain = 0, best = 0;
    for (size_t i = 0; i < found; i++) gain += 1 / log2((double)ranks[i] + 1);
    for (size_t i = 1; i <= ideal; i++) best += 1 / log2((double)i + 1);
    return gain / best;
}

static double average_precision(const uint32_t *ranks, size_t found, size_t ideal)
{
    double sum = 0;
    for (size_t i = 0; i < found; i++) sum += (double)(i + 1) / ranks[i];
    return sum / (double)ideal;
}

double metric_value(Metric m, const uint32_t *ranks, size_t hits, size_t relevant,
                    size_t judged_in_k)
{
    assert(m.k > 0 && relevant > 0 && hits <= relevant);
    size_t found = 0;
    while (found < hits && ranks[found] <= m.k) found++;
    size_t ideal = relevant < m.k ? relevant : m.k;
    switch (m.kind) {
    case METRIC_ACCURACY:
        return found > 0;
    case METRIC_PRECISION:
        return (double)found / (double)m.k;
    case METRIC_RECALL:
        return (double)found / (double)relevant;
    case METRIC_MRR:
        return found ? 1.0 / ranks[0] : 0;
    case METRIC_NDCG:
        return ndcg(ranks, found, ideal);
    case METRIC_MAP:
        return average_precision(ranks, found, ideal);
    case METRIC_JUDGED:
        return (double)judged_in_k / (double)m.k;
    case METRIC_KINDS:
        break;
    }
    assert(!"a metric kind");
    return 0;
}
