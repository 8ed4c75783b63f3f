/* What the losses share. Two families: softmaxes over blocks of scores (mnrl, symmetric, gist, the
 * hard part of distill), and functions of the scores of single pairs (distill, margin-mse, triplet,
 * contrastive, cosent). Both add to the gradients of the normalised vectors, which loss_finish
 * takes back through the normalisation. Included by loss*.c only. Letters as in loss.h. */
#ifndef NUM_LOSS_PARTS_H
#define NUM_LOSS_PARTS_H

#include "num/loss.h"

/* A block of scores s[i,j] = scale · a_i · b_j, row i of anchor i. */
typedef enum BlockKind {
    BLOCK_QD, /* (B,M) anchor to every document; holds the own positives */
    BLOCK_DQ, /* (B,B) the anchor's positive to every anchor */
    BLOCK_QQ, /* (B,B) anchor to every anchor, itself left out */
    BLOCK_DD, /* (B,M) the anchor's positive to every document, the anchor's own left out */
    BLOCKS
} BlockKind;

typedef struct Block {
    BlockKind kind;
    size_t group; /* of blocks that share one softmax */
} Block;

/* A (question, document) pair: a positive, an explicit negative, or the hardest of the batch. */
typedef struct LossPair {
    uint32_t anchor, document;
    bool positive;
} LossPair;

struct LossScratch {
    size_t B, M, D;         /* the largest that fit */
    bool all_blocks;        /* is there room for more than BLOCK_QD and BLOCK_DQ? */
    float *block;           /* owns the float parts below */
    float *q, *d;           /* (B,D), (M,D) normalised */
    float *q_norm, *d_norm; /* (B), (M) */
    float *dq, *dd;         /* (B,D), (M,D) gradients of the normalised */
    float *scores[BLOCKS];  /* (B,M), (B,B), (B,B), (B,M) */
    float *own;             /* (B) score of each anchor with its positive */
    float *top[BLOCKS],
        *log_rest[BLOCKS]; /* (B) by group: the largest score; log Σ exp(x − top). Two
         numbers and not their sum, which would lose the digits that a large top takes */
    double *terms;         /* (B) loss of each anchor; owned */
    LossPair *pair;        /* (M + B) owned */
    double *pair_score, *pair_gradient; /* (M + B) owned */
    size_t pairs;
    /* Matryoshka: one set of dimensions */
    float *cut_q, *cut_d, *cut_dq, *cut_dd; /* (B,D), (M,D), owned together */
    size_t cut_floats;
};

/* loss_begin: normalises where the options say so and zeroes the gradients. False when the scratch
 * cannot grow. */
bool loss_begin(Pool *pool, const LossBatch *batch, LossScratch *s, bool all_blocks);

/* loss_blocks: mean over anchors and groups of −own + log Σ exp over the group's blocks; adds its
 * gradient. blocks[0] is BLOCK_QD. left_out (may be NULL): is b's column j of row i out? Never
 * asked for what is out anyway: self, own documents, batch->masked. */
double loss_blocks(Pool *pool, const LossBatch *batch, LossScratch *s, const Block *blocks,
                   size_t count,
                   bool (*left_out)(const LossBatch *batch, BlockKind kind, size_t i, size_t j));

/* loss_pairs: s->pair of all documents with their owners; fill_up: an anchor without an explicit
 * negative gets the hardest of the batch that is not masked. s->pair_score: their similarities, not
 * scaled. */
void loss_pairs(const LossBatch *batch, LossScratch *s, bool fill_up);

/* loss_pairs_backward: adds s->pair_gradient, by similarity, to the gradients. */
void loss_pairs_backward(const LossBatch *batch, LossScratch *s);

/* loss_finish: batch->dq and batch->dd, those that are wanted. */
void loss_finish(Pool *pool, const LossBatch *batch, LossScratch *s);

double loss_mnrl(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_symmetric(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_gist(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_distill(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_margin_mse(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_triplet(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_contrastive(Pool *pool, const LossBatch *batch, LossScratch *scratch);
double loss_cosent(Pool *pool, const LossBatch *batch, LossScratch *scratch);

#endif
