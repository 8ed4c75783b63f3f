/* What the losses share: scores of a batch, softmax denominators along rows and columns, and the
 * way back from the gradient of the scores to that of the embeddings. Included by loss*.c only.
 * Letters as in loss.h. */
#ifndef NUM_LOSS_PARTS_H
#define NUM_LOSS_PARTS_H

#include "num/loss.h"

/* One softmax a row (or a column): exp((x − top) − log_rest) is the share of x. Two numbers and not
 * their sum, which would lose the digits that a large top takes. */
typedef struct LossLogs {
    float *top;      /* the largest score */
    float *log_rest; /* log Σ exp(x − top) */
} LossLogs;

struct LossScratch {
    size_t rows, documents, dimensions; /* the largest B, M and D that fit */
    float *block;                       /* owns the float parts below */
    float *q, *d;                       /* (B,D), (M,D) normalised */
    float *q_norm, *d_norm;             /* (B), (M) */
    float *dq, *dd;                     /* (B,D), (M,D) gradients of the normalised */
    float *scores;                      /* (B,M), after loss_backward their gradient */
    float *own;                         /* (B) score of each anchor with its positive */
    LossLogs row, column;               /* (B) each */
    double *terms;                      /* (B) cross-entropy of each row or column; owned */
};

double loss_mnrl(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_symmetric(Pool *pool, const LossBatch *batch, LossScratch *scratch);

/* loss_scores: scratch->scores = scale · sim(q, d), minus infinity where masked; scratch->own is
 * its diagonal. False when the scratch cannot grow to the batch. */
bool loss_scores(Pool *pool, const LossBatch *batch, LossScratch *scratch);

/* loss_rows: mean over anchors i of −log softmax_j(scores[i,:])[i] over all documents; leaves
 * scratch->row. loss_columns: the same over the positives' columns j < B and all anchors; leaves
 * scratch->column. Both sum in double in the order of the anchors. */
double loss_rows(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_columns(Pool *pool, const LossBatch *batch, LossScratch *scratch);

/* loss_backward: overwrites the scores with their gradient and from it batch->dq and batch->dd,
 * those that are wanted.
 *   dscores[i,j] = rows · (share of j in row i − [i = j]) / B
 *                + columns · (share of i in column j − [i = j]) / B   for j < B
 * rows, columns: weights of the two cross-entropies in the loss; columns 0: scratch->column is not
 * read. */
void loss_backward(Pool *pool, const LossBatch *batch, LossScratch *scratch, float rows,
                   float columns);

#endif
