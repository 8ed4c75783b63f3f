/* Distillation from a reranker, as FlagEmbedding trains with scores: over the documents that were
 * drawn for an anchor, −Σ softmax(teacher) · log softmax(student), and multiple negatives ranking
 * beside it. Anchors with fewer than two scored documents have the latter only. */
#include <math.h>

#include "num/loss_parts.h"

static bool scored(const LossBatch *batch, const LossScratch *s, size_t k, size_t anchor)
{
    return s->pair[k].anchor == anchor && !isnan(batch->teacher[s->pair[k].document]);
}

/* Top and log of the sum of exponentials of an anchor's scores, teacher's or student's. */
typedef struct Logs {
    double top, rest;
    size_t count;
} Logs;

static double value_of(const LossBatch *batch, const LossScratch *s, size_t k, bool teacher)
{
    return teacher ? (double)batch->teacher[s->pair[k].document]
                   : (double)batch->options->scale * s->pair_score[k];
}

static Logs logs_of(const LossBatch *batch, const LossScratch *s, size_t anchor, bool teacher)
{
    Logs l = {.top = -INFINITY};
    double sum = 0;
    for (size_t k = 0; k < s->pairs; k++)
        if (scored(batch, s, k, anchor)) l.top = fmax(l.top, value_of(batch, s, k, teacher));
    for (size_t k = 0; k < s->pairs; k++)
        if (scored(batch, s, k, anchor)) {
            sum += exp(value_of(batch, s, k, teacher) - l.top);
            l.count++;
        }
    l.rest = log(sum);
    return l;
}

static double distilled(const LossBatch *batch, LossScratch *s)
{
    double loss = 0;
    for (size_t i = 0; i < batch->B; i++) {
        Logs teacher = logs_of(batch, s, i, true), student = logs_of(batch, s, i, false);
        if (teacher.count < 2) continue;
        for (size_t k = 0; k < s->pairs; k++) {
            if (!scored(batch, s, k, i)) continue;
            double want = exp(value_of(batch, s, k, true) - teacher.top - teacher.rest);
            double log_is = value_of(batch, s, k, false) - student.top - student.rest;
            loss -= want * log_is / (double)batch->B;
            s->pair_gradient[k] =
                (double)batch->options->scale * (exp(log_is) - want) / (double)batch->B;
        }
    }
    return loss;
}

double loss_distill(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    static const Block ONE[] = {{BLOCK_QD, 0}};
    if (!batch->teacher || !loss_begin(pool, batch, scratch, false)) return NAN;
    double loss = loss_blocks(pool, batch, scratch, ONE, 1, NULL);
    loss_pairs(batch, scratch, false);
    loss += distilled(batch, scratch);
    loss_pairs_backward(batch, scratch);
    loss_finish(pool, batch, scratch);
    return loss;
}
