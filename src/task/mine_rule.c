/* The rule of mining: which candidates a question keeps. Pure. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "num/stats.h"
#include "task/mine.h"

static const char *const FILTER_NAMES[MINE_FILTERS] = {
    [MINE_MARGIN] = "absolute_margin",
    [MINE_RELATIVE_MARGIN] = "relative_margin",
    [MINE_MAX_SCORE] = "max_score",
    [MINE_MIN_SCORE] = "min_score",
};

const char *mine_filter_name(MineFilter f)
{
    return FILTER_NAMES[f];
}

#define SUSPECT_SHARE 0.05 /* within 5% of the positive: probably also right */

bool mine_suspect(double score, double positive)
{
    return score > positive - fabs(positive) * SUSPECT_SHARE;
}

MineOptions mine_options_default(void)
{
    return (MineOptions){.retriever = "lsa", .per_question = 3, .seed = 1};
}

bool mine_drops(const MineOptions *o, MineFilter f, double score, double positive)
{
    if (!o->has[f]) return false;
    switch (f) {
    case MINE_MARGIN:
        return score + o->value[f] > positive;
    case MINE_RELATIVE_MARGIN:
        return score > positive - fabs(positive) * o->value[f];
    case MINE_MAX_SCORE:
        return score > o->value[f];
    case MINE_MIN_SCORE:
        return score < o->value[f];
    case MINE_FILTERS:
        break;
    }
    return false;
}

size_t mine_range_max(const MineOptions *o, size_t max_positives)
{
    if (o->range_max) return o->range_max;
    bool more = o->has[MINE_MARGIN] || o->has[MINE_RELATIVE_MARGIN] || o->has[MINE_MAX_SCORE] ||
                o->reranker;
    return o->range_min + o->per_question * (more ? 10 : 1) + max_positives;
}

static bool survives(const MineOptions *o, double score, double positive,
                     size_t dropped[MINE_FILTERS])
{
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        if (mine_drops(o, f, score, positive)) {
            dropped[f]++;
            return false;
        }
    }
    return true;
}

static int by_position(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t mine_choose(const MineOptions *o, const Hit *hits, size_t count, double positive,
                   size_t max_positives, Rng *rng, uint32_t *ret, size_t dropped[MINE_FILTERS])
{
    size_t range_max = mine_range_max(o, max_positives);
    uint32_t *left = mem_alloc((count + 1) * sizeof *left);
    size_t n = 0, passed = 0;
    for (size_t i = 0; i < count && passed < range_max; i++) {
        if (!survives(o, hits[i].score, positive, dropped)) continue;
        if (passed++ >= o->range_min) left[n++] = (uint32_t)i;
    }
    if (o->random_sampling && n > o->per_question) {
        rng_shuffle(rng, left, n);
        n = o->per_question;
        qsort(left, n, sizeof *left, by_position);
    }
    if (n > o->per_question) n = o->per_question;
    for (size_t i = 0; i < n; i++) ret[i] = left[i];
    free(left);
    return n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

ScoreSummary score_summary(double *values, size_t count)
{
    if (count == 0) return (ScoreSummary){0};
    qsort(values, count, sizeof *values, by_value);
    return (ScoreSummary){
        .count = count,
        .mean = stats_mean(values, count),
        .std = stats_deviation(values, count),
        .median = stats_quantile(values, count, 0.5),
        .p25 = stats_quantile(values, count, 0.25),
        .p75 = stats_quantile(values, count, 0.75),
        .min = values[0],
        .max = values[count - 1],
    };
}
