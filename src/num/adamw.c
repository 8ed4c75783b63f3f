#include "num/adamw.h"

#include <math.h>

#define GRAIN                                                                                      \
    16384       /* parameters a piece: four arrays of this length stay in the second-level cache */
#define LANES 8 /* partial sums of the norm */
#define CLIP_SAFETY 1e-6 /* as torch.nn.utils.clip_grad_norm_ */

/* What one step needs of every parameter; the scalars are computed once, in double. */
typedef struct Update {
    float *p, *m, *v;
    const float *g;
    const uint8_t *decayed;
    float beta1, beta2, one_minus_beta1, one_minus_beta2;
    float keep;         /* 1 − lr · weight_decay */
    float step_size;    /* lr / (1 − beta1^t) */
    float inverse_root; /* 1 / sqrt(1 − beta2^t) */
    float epsilon;
} Update;

static inline void moments(const Update *u, size_t i, float *ret_change)
{
    float g = u->g[i];
    float m = u->beta1 * u->m[i] + u->one_minus_beta1 * g;
    float v = u->beta2 * u->v[i] + u->one_minus_beta2 * g * g;
    u->m[i] = m;
    u->v[i] = v;
    *ret_change = u->step_size * m / (sqrtf(v) * u->inverse_root + u->epsilon);
}

static void update_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Update u = *(const Update *)context;
    float change;
    if (!u.decayed) {
        for (size_t i = first; i < end; i++) {
            moments(&u, i, &change);
            u.p[i] -= change;
        }
        return;
    }
    for (size_t i = first; i < end; i++) {
        moments(&u, i, &change);
        u.p[i] = u.p[i] * (u.decayed[i] ? u.keep : 1.0f) - change;
    }
}

void adamw_step(Pool *pool, AdamW *opt, float lr, float *p, const float *g, float *m, float *v,
                const uint8_t *decayed, size_t count)
{
    opt->step++;
    double t = (double)opt->step;
    Update u = {
        .p = p,
        .m = m,
        .v = v,
        .g = g,
        .decayed = decayed,
        .beta1 = opt->beta1,
        .beta2 = opt->beta2,
        .one_minus_beta1 = (float)(1.0 - (double)opt->beta1),
        .one_minus_beta2 = (float)(1.0 - (double)opt->beta2),
        .keep = (float)(1.0 - (double)lr * (double)opt->weight_decay),
        .step_size = (float)((double)lr / (1.0 - pow((double)opt->beta1, t))),
        .inverse_root = (float)(1.0 / sqrt(1.0 - pow((double)opt->beta2, t))),
        .epsilon = opt->epsilon,
    };
    pool_range(pool, count, GRAIN, update_range, &u);
}

double gradient_clip(float *g, size_t count, double max_norm)
{
    double lanes[LANES] = {0};
    size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)g[i + lane] * (double)g[i + lane];
    double sum = 0;
    for (size_t lane = 0; lane < LANES; lane++) sum += lanes[lane];
    for (size_t i = whole; i < count; i++) sum += (double)g[i] * (double)g[i];

    double norm = sqrt(sum);
    double factor = max_norm / (norm + CLIP_SAFETY);
    if (max_norm <= 0 || !isfinite(norm) || factor >= 1) return norm;
    for (size_t i = 0; i < count; i++) g[i] *= (float)factor;
    return norm;
}
