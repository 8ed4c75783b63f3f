/* Losses over embeddings. They see only vectors, so every loss works with every encoder.
 * Letters: B anchors, M documents, D dimensions. */
#ifndef NUM_LOSS_H
#define NUM_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

typedef struct LossBatch {
    size_t B, M, D;
    const float *q;        /* (B,D) anchors as the encoder gave them */
    const float *d;        /* (M,D) documents: the positives first (row i belongs to anchor i), then explicit negatives */
    const uint8_t *masked; /* (B,M) 1: this document is left out of this anchor's softmax (another positive, a known
                              false negative); never set on the anchor's own positive. NULL: none */
    float scale;           /* 20 with cosine, 1 with dot */
    bool cosine;           /* normalise q and d first */
    float *dq;             /* (B,D) out, overwritten: gradient of the returned mean; NULL with dd NULL: loss only */
    float *dd;             /* (M,D) out, overwritten; NULL: documents are fixed */
} LossBatch;

typedef struct LossScratch LossScratch; /* grows to the largest batch seen; one a training */

LossScratch *loss_scratch_new(void);
void loss_scratch_free(LossScratch *s); /* NULL is allowed */

/* loss_reserve: grows the scratch to batches of up to these sizes, so that a step allocates
 * nothing. ERR_MEMORY when it does not fit. Without it a run grows the scratch itself and returns
 * NaN when that fails. */
bool loss_reserve(LossScratch *s, size_t B, size_t M, size_t D, Err *err);

size_t loss_scratch_bytes(const LossScratch *s); /* that it holds now */

typedef struct Loss {
    const char *name;      /* "mnrl" */
    const char *describes; /* one line for help */
    double (*run)(Pool *pool, const LossBatch *batch, LossScratch *scratch); /* the mean loss */
} Loss;

extern const Loss LOSSES[];
extern const size_t LOSS_COUNT;
const Loss *loss_find(const char *name); /* NULL: unknown */

#endif
