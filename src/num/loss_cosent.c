/* CoSENT (Su 2022): log(1 + Σ exp(scale · (cos_b − cos_a))) over pairs of pairs where a is labelled
 * higher than b. A pair's label is its teacher's score; without one 1 for a positive, 0 for a
 * negative. */
#include <math.h>

#include "num/loss_parts.h"

static double label_of(const LossBatch *batch, LossPair p)
{
    bool scored = batch->teacher && !isnan(batch->teacher[p.document]);
    return scored ? (double)batch->teacher[p.document] : p.positive;
}

double loss_cosent(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    if (!loss_begin(pool, batch, scratch, false)) return NAN;
    loss_pairs(batch, scratch, !batch->teacher);
    double scale = (double)batch->options->scale, top = 0, sum = 0;
    const double *score = scratch->pair_score;
    for (int pass = 0; pass < 3; pass++) { /* the largest term, their sum, their shares */
        if (pass == 1) sum = exp(-top);
        for (size_t a = 0; a < scratch->pairs; a++)
            for (size_t b = 0; b < scratch->pairs; b++) {
                if (!(label_of(batch, scratch->pair[a]) > label_of(batch, scratch->pair[b])))
                    continue;
                double x = scale * (score[b] - score[a]);
                if (pass == 0) top = fmax(top, x);
                if (pass == 1) sum += exp(x - top);
                if (pass < 2) continue;
                double share = scale * exp(x - top) / sum;
                scratch->pair_gradient[b] += share;
                scratch->pair_gradient[a] -= share;
            }
    }
    loss_pairs_backward(batch, scratch);
    loss_finish(pool, batch, scratch);
    return top + log(sum);
}
