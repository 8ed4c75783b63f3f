/* GISTEmbed (arXiv:2402.16829): multiple negatives ranking over documents, anchors and positives,
 * without what a guide finds nearer than the positive, less a margin. Parts of which the guide says
 * nothing are not contrasted at all. */
#include <math.h>

#include "num/loss_parts.h"

static bool as_good(const LossBatch *batch, BlockKind kind, size_t i, size_t j)
{
    const LossOptions *o = batch->options;
    const float *guide = kind == BLOCK_QD   ? batch->guide_qd
                         : kind == BLOCK_QQ ? batch->guide_qq
                                            : batch->guide_dd;
    size_t columns = kind == BLOCK_QD ? batch->M : batch->B;
    float own = batch->guide_qd[i * batch->M + i];
    if (kind == BLOCK_DD && j >= batch->B) return true; /* positives only */
    return guide[i * columns + j] > own - (o->relative_margin ? fabsf(own) * o->margin : o->margin);
}

double loss_gist(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    Block blocks[BLOCKS] = {{BLOCK_QD, 0}};
    size_t count = 1;
    if (!batch->guide_qd) return NAN;
    if (batch->guide_qq) blocks[count++] = (Block){BLOCK_QQ, 0};
    if (batch->guide_dd) blocks[count++] = (Block){BLOCK_DD, 0};
    if (!loss_begin(pool, batch, scratch, count > 1)) return NAN;
    double loss = loss_blocks(pool, batch, scratch, blocks, count, as_good);
    loss_finish(pool, batch, scratch);
    return loss;
}
