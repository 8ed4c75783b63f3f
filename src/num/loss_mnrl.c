/* Multiple negatives ranking (Henderson et al. 2017, arXiv:1705.00652), InfoNCE over the batch:
 *   L = mean_i −log softmax_j(scale · sim(q_i, d_j))[i],  d over all positives and explicit
 * negatives. */
#include <math.h>

#include "num/loss_parts.h"

double loss_mnrl(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    if (!loss_scores(pool, batch, scratch)) return NAN;
    double loss = loss_rows(pool, batch, scratch);
    loss_backward(pool, batch, scratch, 1, 0);
    return loss;
}
