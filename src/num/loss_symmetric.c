/* The symmetric form of multiple negatives ranking (as in arXiv:2310.19923): the mean of
 *   mean_i −log softmax_j(s_ij)[i]  over all documents, and
 *   mean_j −log softmax_i(s_ij)[j]  over the anchors, for the positives only: an explicit negative
 * has no question of its own to find. A masked pair is left out of both. */
#include <math.h>

#include "num/loss_parts.h"

double loss_symmetric(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    static const Block BOTH[] = {{BLOCK_QD, 0}, {BLOCK_DQ, 1}};
    if (!loss_begin(pool, batch, scratch, false)) return NAN;
    double loss = loss_blocks(pool, batch, scratch, BOTH, 2, NULL);
    loss_finish(pool, batch, scratch);
    return loss;
}
