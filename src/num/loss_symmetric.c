/* The symmetric form of multiple negatives ranking (as in arXiv:2310.19923):
 *   L = ½ mean_i −log softmax_j(s_ij)[i] + ½ mean_j −log softmax_i(s_ij)[j],  s = scale · sim(q,
 * d), the second over the positives' columns only: an explicit negative has no question of its own
 * to find. A masked pair is left out of both. */
#include <math.h>

#include "num/loss_parts.h"

double loss_symmetric(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    if (!loss_scores(pool, batch, scratch)) return NAN;
    double loss = 0.5 * loss_rows(pool, batch, scratch);
    loss += 0.5 * loss_columns(pool, batch, scratch);
    loss_backward(pool, batch, scratch, 0.5f, 0.5f);
    return loss;
}
