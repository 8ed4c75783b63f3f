#include "num/loss_scores.h"

#include <math.h>
#include <string.h>

/* log(1 + exp(x)) without overflow. */
static double softplus(double x)
{
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static double binary(const ScoreBatch *batch)
{
    size_t first = batch->offset[0], end = batch->offset[batch->groups], n = end - first;
    double sum = 0;
    for (size_t i = first; i < end; i++) {
        double x = (double)batch->score[i], y = (double)batch->label[i];
        sum += y * softplus(-x) + (1 - y) * softplus(x);
        if (batch->dscore) batch->dscore[i] = (float)((1 / (1 + exp(-x)) - y) / (double)n);
    }
    return n ? sum / (double)n : 0;
}

/* One group's cross-entropy; dx gets its gradient times share. */
static double group(const float *x, const float *y, size_t n, double share, float *dx)
{
    double top = -INFINITY, rest = 0, positives = 0, sum = 0;
    for (size_t j = 0; j < n; j++) {
        top = fmax(top, (double)x[j]);
        positives += (double)y[j];
    }
    if (!(positives > 0)) {
        if (dx) memset(dx, 0, n * sizeof *dx);
        return 0;
    }
    for (size_t j = 0; j < n; j++) rest += exp((double)x[j] - top);
    for (size_t j = 0; j < n; j++) {
        double log_p = (double)x[j] - top - log(rest), t = (double)y[j] / positives;
        sum -= t * log_p;
        if (dx) dx[j] = (float)(share * (exp(log_p) - t));
    }
    return sum;
}

static double listwise(const ScoreBatch *batch)
{
    double sum = 0, share = 1 / (double)batch->groups;
    for (size_t b = 0; b < batch->groups; b++) {
        size_t at = batch->offset[b], n = batch->offset[b + 1] - at;
        sum += group(batch->score + at, batch->label + at, n, share,
                     batch->dscore ? batch->dscore + at : NULL);
    }
    return batch->groups ? sum * share : 0;
}

const ScoreLoss SCORE_LOSSES[] = {
    {"listwise", "cross-entropy over a question's own passages: the answer above the others", true,
     listwise},
    {"bce", "binary cross-entropy of each question with each passage: scores stay probabilities",
     false, binary},
};
const size_t SCORE_LOSS_COUNT = sizeof SCORE_LOSSES / sizeof *SCORE_LOSSES;

const ScoreLoss *score_loss_find(const char *name)
{
    for (size_t i = 0; i < SCORE_LOSS_COUNT; i++)
        if (strcmp(SCORE_LOSSES[i].name, name) == 0) return &SCORE_LOSSES[i];
    return NULL;
}
