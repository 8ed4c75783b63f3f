/* Scores of single pairs and their gradients: a pair costs D multiply-adds, so there is nothing to
 * share out. */
#include <math.h>

#include "num/loss_parts.h"
#include "num/vector.h"

static double similarity(const LossBatch *batch, const LossScratch *s, LossPair p)
{
    return (double)vector_dot(s->q + p.anchor * batch->D, s->d + p.document * batch->D, batch->D);
}

static void add_pair(const LossBatch *batch, LossScratch *s, LossPair p)
{
    s->pair[s->pairs] = p;
    s->pair_score[s->pairs] = similarity(batch, s, p);
    s->pair_gradient[s->pairs++] = 0;
}

/* The nearest document of another anchor that may be a negative. False: there is none. */
static bool hardest(const LossBatch *batch, const LossScratch *s, uint32_t i, LossPair *ret)
{
    double best = -INFINITY;
    for (uint32_t j = 0; j < batch->M; j++) {
        LossPair p = {i, j, false};
        if (batch->owner[j] == i || (batch->masked && batch->masked[i * batch->M + j])) continue;
        double here = similarity(batch, s, p);
        if (here <= best) continue;
        best = here;
        *ret = p;
    }
    return best > -INFINITY;
}

void loss_pairs(const LossBatch *batch, LossScratch *s, bool fill_up)
{
    s->pairs = 0;
    for (uint32_t j = 0; j < batch->M; j++)
        add_pair(batch, s, (LossPair){batch->owner[j], j, j < batch->B});
    for (uint32_t i = 0; fill_up && i < batch->B; i++) {
        bool has = false;
        LossPair p = {0};
        for (size_t j = batch->B; j < batch->M && !has; j++) has = batch->owner[j] == i;
        if (!has && hardest(batch, s, i, &p)) add_pair(batch, s, p);
    }
}

void loss_pairs_backward(const LossBatch *batch, LossScratch *s)
{
    size_t D = batch->D;
    if (!batch->dq && !batch->dd) return;
    for (size_t k = 0; k < s->pairs; k++) {
        LossPair p = s->pair[k];
        float g = (float)s->pair_gradient[k];
        if (g == 0) continue;
        vector_axpy(g, s->d + p.document * D, s->dq + p.anchor * D, D);
        vector_axpy(g, s->q + p.anchor * D, s->dd + p.document * D, D);
    }
}
