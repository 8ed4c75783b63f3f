/* AdamW (Loshchilov and Hutter, arXiv:1711.05101) with decoupled decay, over one block of
 * parameters. */
#ifndef NUM_ADAMW_H
#define NUM_ADAMW_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"

typedef struct AdamW {
    float beta1, beta2, epsilon; /* 0.9, 0.999, 1e-8 as PyTorch */
    float weight_decay;
    uint64_t step;               /* updates done */
} AdamW;

/* adamw_step: one update, as torch.optim.AdamW. p in/out, g in, m and v in/out: (count); decayed:
 * (count) bytes, 1 where weight decay applies; NULL: nowhere. */
void adamw_step(Pool *pool, AdamW *opt, float lr, float *p, const float *g, float *m, float *v,
                const uint8_t *decayed, size_t count);

/* gradient_clip: scales g so that its norm is at most max_norm (0: no limit); returns the norm
 * before, NaN or infinity when g holds one (g is then untouched). Summed in double, in a fixed
 * order. */
double gradient_clip(float *g, size_t count, double max_norm);

#endif
