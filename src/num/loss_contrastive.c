/* Contrastive (Hadsell et al. 2006) by cosine distance d = 1 − cos:
 *   mean over pairs of ½ d² for a positive, ½ max(0, margin − d)² for a negative.
 * An anchor without an explicit negative takes the hardest of the batch. */
#include <math.h>

#include "num/loss_parts.h"

double loss_contrastive(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    if (!loss_begin(pool, batch, scratch, false)) return NAN;
    loss_pairs(batch, scratch, true);
    double loss = 0, share = 1.0 / (double)scratch->pairs, margin = (double)batch->options->margin;
    for (size_t k = 0; k < scratch->pairs; k++) {
        double d = 1 - scratch->pair_score[k];
        double off = scratch->pair[k].positive ? d : fmax(0, margin - d);
        loss += 0.5 * off * off * share;
        scratch->pair_gradient[k] = (scratch->pair[k].positive ? -off : off) * share;
    }
    loss_pairs_backward(batch, scratch);
    loss_finish(pool, batch, scratch);
    return loss;
}
