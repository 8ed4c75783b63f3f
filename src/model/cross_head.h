/* Heads of cross-encoders: from the hidden state of a pair's first token to its logits, and back.
 *   bert:                             tanh(x Wᵀ + b) → dropout → output   (pooler, classifier)
 *   roberta, xlm-roberta, camembert:  dropout → tanh(x Wᵀ + b) → dropout → output
 *   distilbert:                       relu(x Wᵀ + b) → dropout → output
 * as transformers' …ForSequenceClassification have them. Parameters in one block of their own;
 * tensors in a table like the encoder's. Letters: B pairs, N tokens of all, D hidden. */
#ifndef MODEL_CROSS_HEAD_H
#define MODEL_CROSS_HEAD_H

#include "model/model_folder.h"

typedef enum HeadTensor {
    HEAD_DENSE_WEIGHT,
    HEAD_DENSE_BIAS,
    HEAD_OUT_WEIGHT,
    HEAD_OUT_BIAS,
    HEAD_TENSORS
} HeadTensor;

typedef struct CrossHead {
    size_t D, labels;
    Activation activation; /* between the two layers */
    bool drops_input;      /* dropout before the first layer too */
    float dropout;
    EncoderTensor tensors[HEAD_TENSORS]; /* at: in the head's own block */
} CrossHead;

/* cross_head_of: ERR_USAGE where the folder is no cross-encoder. */
bool cross_head_of(const ModelFolder *f, CrossHead *ret, Err *err);
size_t cross_head_parameters(const CrossHead *h); /* floats in the block */

/* cross_head_read: fills a block. A missing tensor is an error that names it. */
bool cross_head_read(const CrossHead *h, const EncoderShape *s, const Weights *w, float *p,
                     Err *err);

/* cross_head_forward: logits (B,labels) out, of hidden (N,D).
 * kept   out (B, cross_head_kept_floats), for backward
 * pass   its dropout and seed alone are looked at; NULL: no dropout
 * Threads: pure. Allocates nothing. */
size_t cross_head_kept_floats(const CrossHead *h);
void cross_head_forward(const CrossHead *h, const float *p, const Ragged *batch,
                        const EncoderPass *pass, const float *hidden, float *kept, float *logits);

/* cross_head_backward: after forward with the same batch, pass and kept, which it uses up.
 * dlogits (B,labels) in; dhidden (N,D) out, overwritten: zero but for first tokens; g accumulates,
 * NULL: the head is fixed. */
void cross_head_backward(const CrossHead *h, const float *p, const Ragged *batch,
                         const EncoderPass *pass, float *kept, const float *dlogits, float *dhidden,
                         float *g);

#endif
