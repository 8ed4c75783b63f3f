/* Losses over a reranker's scores (logits) of questions with passages. A batch is a list of groups:
 * the scores of one question, positives and negatives, beside each other. */
#ifndef NUM_LOSS_SCORES_H
#define NUM_LOSS_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ScoreBatch {
    size_t groups;
    const uint32_t *offset; /* (groups + 1) scores of group b: offset[b] … offset[b + 1] − 1; may
                               begin above 0 */
    const float *score;     /* (offset[groups]) logits */
    const float *label;     /* (offset[groups]) 1: answers the question, 0: does not */
    float *dscore; /* (offset[groups]) out, overwritten: gradient of the mean; NULL: none */
} ScoreBatch;

typedef struct ScoreLoss {
    const char *name;                       /* "listwise" */
    const char *describes;                  /* one line for help */
    bool by_group;                          /* the mean is over groups, else over scores */
    double (*run)(const ScoreBatch *batch); /* the mean loss, summed in double in the order of the
                                               scores; 0 where there is none */
} ScoreLoss;

/* bce: mean over scores of −y log σ(x) − (1 − y) log(1 − σ(x)).
 * listwise: mean over groups of −Σ_j t_j log softmax(x)_j, t = y / Σ y: the cross-entropy of a
 * question's own group. A group without a positive counts 0. */
extern const ScoreLoss SCORE_LOSSES[];
extern const size_t SCORE_LOSS_COUNT;
const ScoreLoss *score_loss_find(const char *name); /* NULL: unknown */

#endif
