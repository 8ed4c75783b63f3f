/* Multiple negatives ranking (Henderson et al. 2017, arXiv:1705.00652), InfoNCE over the batch:
 *   L = mean_i −s_ii + log Σ exp(s), the sum over all documents for anchor i and, by the directions
 * that are chosen, over anchors and documents beside its positive and itself (arXiv:2308.03281). */
#include <math.h>

#include "num/loss_parts.h"

double loss_mnrl(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    static const struct {
        LossDirection direction;
        BlockKind kind;
    } DIRECTIONS[] = {{LOSS_DOCUMENT_TO_QUESTION, BLOCK_DQ},
                      {LOSS_QUESTION_TO_QUESTION, BLOCK_QQ},
                      {LOSS_DOCUMENT_TO_DOCUMENT, BLOCK_DD}};
    Block blocks[BLOCKS] = {{BLOCK_QD, 0}};
    size_t count = 1;
    for (size_t i = 0; i < BLOCKS - 1; i++)
        if (batch->options->directions & DIRECTIONS[i].direction)
            blocks[count++] = (Block){DIRECTIONS[i].kind, 0};
    if (!loss_begin(pool, batch, scratch, count > 1)) return NAN;
    double loss = loss_blocks(pool, batch, scratch, blocks, count, NULL);
    loss_finish(pool, batch, scratch);
    return loss;
}
