#include "num/adamw.h"

#include <math.h>
#include <stdbool.h>

#include "num/vector_kernels.h"

#define GRAIN                                                                                      \
    16384 /* parameters a piece: four arrays of this length stay in the second-level cache */
#define SQUARES 1024 /* partial sums of the norm, at most */
#define SQUARES_GRAIN 4096
#define CLIP_SAFETY 1e-6 /* as torch.nn.utils.clip_grad_norm_ */

/* What one step needs of every parameter; the scalars are computed once, in double. */
typedef struct Update {
    const AdamWBlock *block;
    void (*run)(const struct Update *u, size_t first, size_t end, float keep);
    float factor;
    float beta1, beta2, one_minus_beta1, one_minus_beta2;
    float keep;         /* 1 − lr · weight_decay */
    float step_size;    /* lr / (1 − beta1^t) */
    float inverse_root; /* 1 / sqrt(1 − beta2^t) */
    float epsilon;
} Update;

static inline __attribute__((always_inline)) void update_body(const Update *of, size_t first,
                                                              size_t end, float keep)
{
    const Update u = *of;
    float *restrict p = u.block->p, *restrict g = u.block->g;
    float *restrict m = u.block->m, *restrict v = u.block->v;
    for (size_t i = first; i < end; i++) {
        float gi = g[i] * u.factor;
        float mi = u.beta1 * m[i] + u.one_minus_beta1 * gi;
        float vi = u.beta2 * v[i] + u.one_minus_beta2 * gi * gi;
        m[i] = mi;
        v[i] = vi;
        g[i] = 0;
        p[i] = p[i] * keep - u.step_size * mi / (sqrtf(vi) * u.inverse_root + u.epsilon);
    }
}

static void update_plain(const Update *u, size_t first, size_t end, float keep)
{
    update_body(u, first, end, keep);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void update_avx2(const Update *u, size_t first,
                                                            size_t end, float keep)
{
    update_body(u, first, end, keep);
}
#endif

/* One piece: what of it lies in a range is decayed, what lies between is not. */
static void update_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Update *u = context;
    const ParameterRange *r = u->block->decayed;
    size_t low = 0, high = u->block->ranges;
    while (low < high) { /* the first range that ends behind `first` */
        size_t mid = low + (high - low) / 2;
        if (r[mid].end <= first)
            low = mid + 1;
        else
            high = mid;
    }
    for (size_t at = first; at < end; low++) {
        size_t begin = low < u->block->ranges && r[low].first < end ? r[low].first : end;
        if (begin > at) {
            u->run(u, at, begin, 1);
            at = begin;
        }
        if (at == end) break;
        size_t stop = r[low].end < end ? r[low].end : end;
        u->run(u, at, stop, u->keep);
        at = stop;
    }
}

void adamw_step(Pool *pool, AdamW *opt, float lr, float factor, const AdamWBlock *block)
{
    opt->step++;
    double t = (double)opt->step;
    Update u = {
        .block = block,
        .run = update_plain,
        .factor = factor,
        .beta1 = opt->beta1,
        .beta2 = opt->beta2,
        .one_minus_beta1 = (float)(1.0 - (double)opt->beta1),
        .one_minus_beta2 = (float)(1.0 - (double)opt->beta2),
        .keep = (float)(1.0 - (double)lr * (double)opt->weight_decay),
        .step_size = (float)((double)lr / (1.0 - pow((double)opt->beta1, t))),
        .inverse_root = (float)(1.0 / sqrt(1.0 - pow((double)opt->beta2, t))),
        .epsilon = opt->epsilon,
    };
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) u.run = update_avx2;
#endif
    pool_range(pool, block->count, GRAIN, update_range, &u);
}

typedef struct Squares {
    const float *g;
    size_t grain;
    double (*square)(const float *x, size_t n);
    double sum[SQUARES];
} Squares;

static void square_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Squares *s = context;
    s->sum[first / s->grain] = s->square(s->g + first, end - first);
}

double gradient_norm(Pool *pool, const float *g, size_t count)
{
    Squares s = {
        .g = g, .grain = (count + SQUARES - 1) / SQUARES, .square = vector_kernels()->square};
    if (s.grain < SQUARES_GRAIN) s.grain = SQUARES_GRAIN;
    pool_range(pool, count, s.grain, square_range, &s);
    double sum = 0;
    for (size_t i = 0; i * s.grain < count; i++) sum += s.sum[i];
    return sqrt(sum);
}

float gradient_factor(double norm, double max_norm)
{
    double factor = max_norm / (norm + CLIP_SAFETY);
    return max_norm <= 0 || !isfinite(norm) || factor >= 1 ? 1 : (float)factor;
}
