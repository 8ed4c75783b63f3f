/* Losses over embeddings. They see only vectors, so every loss works with every encoder.
 * Letters: B anchors, M documents, D dimensions. */
#ifndef NUM_LOSS_H
#define NUM_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

/* What a person chooses, the same for a whole run. Zeros are each loss's own defaults
 * (loss_defaults). */
#define LOSS_MATRYOSHKA 8

typedef enum LossDirection { /* of mnrl, bits; 0: question to document only */
                             LOSS_QUESTION_TO_DOCUMENT = 1,
                             LOSS_DOCUMENT_TO_QUESTION = 2, /* over the positives */
                             LOSS_QUESTION_TO_QUESTION = 4, /* self and same question left out */
                             LOSS_DOCUMENT_TO_DOCUMENT = 8,
} LossDirection;

typedef struct LossOptions {
    float scale;         /* 1 / temperature: 20 with cosine, 1 with dot; gist 100 */
    bool cosine;         /* normalise q and d first */
    unsigned directions; /* bits of LossDirection */
    float hardness; /* alpha · stopgrad(similarity) is added to the negatives' scores; 0: off */
    float margin;   /* of triplet, contrastive and gist */
    bool relative_margin; /* gist: guide similarity > g − |g|·margin instead of > g − margin */
    size_t matryoshka;    /* how many dimensions below: the loss is the weighted sum over them,
                             renormalised; 0: off */
    size_t dims[LOSS_MATRYOSHKA];
    float weight[LOSS_MATRYOSHKA];
} LossOptions;

/* Every loss sees the same batch: B anchors, M documents, of which the first B are the anchors'
 * positives (row i belongs to anchor i) and the rest explicit negatives, each with the anchor that
 * it was drawn for. */
typedef struct LossBatch {
    size_t B, M, D;
    const LossOptions *options;
    const float *q;        /* (B,D) anchors as the encoder gave them */
    const float *d;        /* (M,D) documents */
    const uint32_t *owner; /* (M) anchor of each document; owner[i] = i for i < B */
    const uint8_t
        *masked; /* (B,M) 1: this document is left out of this anchor's softmax (another positive, a
                    known false negative); never set on the anchor's own positive. NULL: none */
    const float
        *teacher; /* (M) a reranker's score of (owner, document), NaN: not scored; NULL: none */
    /* similarities of a guide, for gist; NULL: that part is not masked */
    const float *guide_qd; /* (B,M) */
    const float *guide_qq; /* (B,B) */
    const float *guide_dd; /* (B,B) of the positives */
    float *dq; /* (B,D) out, overwritten: gradient of the returned mean; NULL with dd NULL: loss
                  only */
    float *dd; /* (M,D) out, overwritten; NULL: documents are fixed */
} LossBatch;

typedef struct LossScratch LossScratch; /* grows to the largest batch seen; one a training */

LossScratch *loss_scratch_new(void);
void loss_scratch_free(LossScratch *s); /* NULL is allowed */

size_t loss_scratch_bytes(const LossScratch *s); /* that it holds now */

typedef struct Loss {
    const char *name;      /* "mnrl" */
    const char *describes; /* one line for help */
    bool needs_teacher, needs_guide,
        needs_negatives; /* train refuses a run that has none, in words */
    bool cosine_only;    /* has no form with dot products */
    float scale, margin; /* its defaults, the scale's with cosine */
    double (*run)(Pool *pool, const LossBatch *batch,
                  LossScratch *scratch); /* the mean loss, one set of dimensions */
} Loss;

extern const Loss LOSSES[];
extern const size_t LOSS_COUNT;
const Loss *loss_find(const char *name); /* NULL: unknown */

/* loss_defaults: fills what is zero in options with the loss's own. */
void loss_defaults(const Loss *loss, LossOptions *options);

/* loss_run: the loss with its options, Matryoshka's sum where they ask for it. A scratch grows to
 * the largest batch that it has seen; NaN when it cannot. */
double loss_run(Pool *pool, const Loss *loss, const LossBatch *batch, LossScratch *scratch);

#endif
