/* AdamW (Loshchilov and Hutter, arXiv:1711.05101) with decoupled decay, over one block of
 * parameters. Everything is shared out over the pool and is the same for any number of threads. */
#ifndef NUM_ADAMW_H
#define NUM_ADAMW_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

typedef struct AdamW {
    float beta1, beta2, epsilon; /* 0.9, 0.999, 1e-8 as PyTorch */
    float weight_decay;
    uint64_t step; /* updates done */
} AdamW;

typedef struct ParameterRange {
    size_t first, end;
} ParameterRange;

typedef struct AdamWBlock {
    size_t count;
    float *p;                      /* in/out */
    float *g;                      /* in; left zero, as the next accumulation wants it */
    float *m, *v;                  /* in/out */
    const ParameterRange *decayed; /* where weight decay applies: ascending, apart; NULL: nowhere */
    size_t ranges;
} AdamWBlock;

/* adamw_step: one update, as torch.optim.AdamW, with gradients g · factor (gradient_factor). */
void adamw_step(Pool *pool, AdamW *opt, float lr, float factor, const AdamWBlock *block);

/* gradient_norm: the Euclidean norm; NaN or infinity when g holds one. Summed in double, in an
 * order that count alone decides. */
double gradient_norm(Pool *pool, const float *g, size_t count);

/* gradient_factor: what g is multiplied with so that its norm is at most max_norm (0: no limit), as
 * torch.nn.utils.clip_grad_norm_. 1 when the norm is not finite. */
float gradient_factor(double norm, double max_norm);

#endif
