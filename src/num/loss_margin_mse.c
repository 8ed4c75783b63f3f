/* Margin-MSE (arXiv:2010.02666): the student's difference between positive and negative is to be
 * the teacher's; the mean of the squares over all negatives that have a score, as has their
 * positive. */
#include <math.h>

#include "num/loss_parts.h"

double loss_margin_mse(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    if (!batch->teacher || !loss_begin(pool, batch, scratch, false)) return NAN;
    loss_pairs(batch, scratch, false);
    double scale = (double)batch->options->scale, loss = 0;
    size_t count = 0;
    for (size_t k = batch->B; k < batch->M; k++)
        count += !isnan(batch->teacher[k]) && !isnan(batch->teacher[batch->owner[k]]);
    for (size_t k = batch->B; k < batch->M; k++) {
        size_t own = batch->owner[k]; /* pairs stand in the order of the documents */
        if (isnan(batch->teacher[k]) || isnan(batch->teacher[own])) continue;
        double is = scale * (scratch->pair_score[own] - scratch->pair_score[k]);
        double off = is - ((double)batch->teacher[own] - (double)batch->teacher[k]);
        loss += off * off / (double)count;
        scratch->pair_gradient[own] += 2 * scale * off / (double)count;
        scratch->pair_gradient[k] -= 2 * scale * off / (double)count;
    }
    loss_pairs_backward(batch, scratch);
    loss_finish(pool, batch, scratch);
    return loss;
}
