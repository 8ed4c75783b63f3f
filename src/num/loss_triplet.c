/* Triplets (Schroff et al. 2015, arXiv:1503.03832) by cosine distance 1 − cos:
 *   mean over (anchor, positive, negative) of max(0, distance(positive) − distance(negative) +
 * margin). An anchor without an explicit negative takes the hardest of the batch. */
#include <math.h>

#include "num/loss_parts.h"

double loss_triplet(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    if (!loss_begin(pool, batch, scratch, false)) return NAN;
    loss_pairs(batch, scratch, true);
    size_t count = scratch->pairs - batch->B;
    double loss = 0, share = count ? 1.0 / (double)count : 0;
    for (size_t k = batch->B; k < scratch->pairs; k++) {
        size_t own = scratch->pair[k].anchor;
        double short_of =
            scratch->pair_score[k] - scratch->pair_score[own] + (double)batch->options->margin;
        if (short_of <= 0) continue;
        loss += short_of * share;
        scratch->pair_gradient[k] += share;
        scratch->pair_gradient[own] -= share;
    }
    loss_pairs_backward(batch, scratch);
    loss_finish(pool, batch, scratch);
    return loss;
}
