/* The kernels of rows_kernels.h over vectors of LANES floats. Included once a level by a file that
 * defines, before it, for its instruction set:
 *   LANES   1 … DROPOUT_HALF, a divisor of it
 *   F, I    LANES floats, LANES uint32_t, with the operators of C
 *   f_load, f_store(p, v)             without alignment
 *   f_take(p, left), f_put(p, v, left)  the first `left` lanes only, others read as 0
 *   f_first(v, left, fill)            lanes from `left` on replaced
 *   f_max(a, b), f_min(a, b)          b where one is NaN
 *   f_round, f_power(y, n)            to the nearest; y · 2ⁿ, n whole, denormal results too
 *   f_power_normal(y, n)              the same, −126 ≤ n ≤ 127
 *   f_keep(bits, threshold, v)        v where bits < threshold, else 0
 *   f_not_below(x, limit, v)          0 where x < limit, else v
 *   f_sum, f_top                      over all lanes
 *   f_set(x), i_count()               x in every lane; 0, 1, 2 …
 * and after it names LEVEL_NAME, LEVEL_TABLE. */

#define INLINE static inline __attribute__((always_inline))

/* eˣ = 2ⁿ · e^r, |r| ≤ ln 2 / 2 (Cody and Waite: n · LN2_HIGH is exact), e^r = 1 + r + r² q(r) by
 * least maximum of the relative error, 3.3e-9. */
#define LOG2_E 1.44269504f
#define LN2_HIGH 0.693359375f
#define LN2_LOW (-2.12194440e-4f)

INLINE F exp_parts(F x, F *ret_n)
{
    F n = f_round(x * LOG2_E);
    F r = x - n * LN2_HIGH - n * LN2_LOW;
    F q = f_set(0.00138131448f);
    q = q * r + 0.00836941879f;
    q = q * r + 0.0416684560f;
    q = q * r + 0.166665152f;
    q = q * r + 0.499999940f;
    *ret_n = n;
    return q * r * r + r + 1.0f;
}

/* Past these the result is 0 or ∞. */
#define EXP_LOW (-104.0f)
#define EXP_HIGH 89.0f

INLINE F exp_lanes(F x)
{
    F n, y = exp_parts(f_min(f_set(EXP_HIGH), f_max(f_set(EXP_LOW), x)), &n);
    return f_power(y, n);
}

/* eˣ of x ≤ 88, 0 instead of denormals: some CPUs are slow with them. */
#define EXP_NORMAL (-87.0f)

INLINE F exp_weight(F x)
{
    F n, y = exp_parts(f_max(f_set(EXP_NORMAL), x), &n);
    return f_not_below(x, EXP_NORMAL, f_power_normal(y, n));
}

/* Φ(x) − ½ as x · P(x²) / Q(x²) up to |x| = 5.6, by least maximum of the absolute error: 9.3e-9
 * before rounding, 2.6e-7 with it. P is 1.5e-7 larger than its fit, so that ±½ is reached at the
 * ends and a large negative x gives 0. */
#define NORMAL_END 5.6f

INLINE F normal_part(F x)
{
    F c = f_min(f_set(NORMAL_END), f_max(f_set(-NORMAL_END), x)), t = c * c;
    F p = f_set(2.21452285e-8f), q = f_set(1.18020876e-6f);
    p = p * t + 6.35652172e-6f;
    p = p * t + 1.73850855e-4f;
    p = p * t + 4.70726077e-3f;
    p = p * t + 3.43761347e-2f;
    p = p * t + 3.98942292e-1f;
    q = q * t + 7.51018888e-5f;
    q = q * t + 1.91297883e-3f;
    q = q * t + 2.89400984e-2f;
    q = q * t + 2.52833903e-1f;
    q = q * t + 1.0f;
    return f_min(f_set(0.5f), f_max(f_set(-0.5f), c * p / q));
}

INLINE F gelu(F x)
{
    return x * (0.5f + normal_part(x));
}

INLINE F gelu_slope(F x)
{
    return 0.5f + normal_part(x) + x * 0.398942280f * exp_weight(x * x * -0.5f);
}

/* 1 − 2 / (1 + e²ᵘ) */
INLINE F tanh_lanes(F u)
{
    return 1.0f - 2.0f / (1.0f + exp_lanes(2.0f * u));
}

#define TANH_SCALE 0.797884561f /* √(2/π) */
#define TANH_CUBIC 0.044715f

INLINE F gelu_tanh(F x)
{
    F u = TANH_SCALE * x * (1.0f + TANH_CUBIC * x * x);
    return x * (1.0f - 1.0f / (1.0f + exp_lanes(2.0f * u))); /* ½ (1 + tanh u) */
}

INLINE F gelu_tanh_slope(F x)
{
    F t = tanh_lanes(TANH_SCALE * x * (1.0f + TANH_CUBIC * x * x));
    return 0.5f * (1.0f + t) +
           0.5f * x * (1.0f - t * t) * TANH_SCALE * (1.0f + 3 * TANH_CUBIC * x * x);
}

INLINE F relu(F x)
{
    return f_max(f_set(0), x);
}

INLINE F silu(F x)
{
    return x / (1.0f + exp_lanes(-x));
}

INLINE F silu_slope(F x)
{
    F s = 1.0f / (1.0f + exp_lanes(-x));
    return s * (1.0f + x * (1.0f - s));
}

INLINE F tanh_slope(F x)
{
    F t = tanh_lanes(x);
    return 1.0f - t * t;
}

INLINE F same(F x)
{
    return x;
}

typedef F Map(F x);

INLINE void map(Map *f, const float *x, float *y, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) f_store(y + i, f(f_load(x + i)));
    if (i < n) f_put(y + i, f(f_take(x + i, n - i)), n - i);
}

INLINE void map_times(Map *f, const float *x, const float *dy, float *dx, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) f_store(dx + i, f_load(dy + i) * f(f_load(x + i)));
    if (i < n) f_put(dx + i, f_take(dy + i, n - i) * f(f_take(x + i, n - i)), n - i);
}

static void level_activation_forward(Activation f, const float *x, float *y, size_t n)
{
    switch (f) {
    case ACTIVATION_GELU:
        map(gelu, x, y, n);
        break;
    case ACTIVATION_GELU_TANH:
        map(gelu_tanh, x, y, n);
        break;
    case ACTIVATION_RELU:
        map(relu, x, y, n);
        break;
    case ACTIVATION_SILU:
        map(silu, x, y, n);
        break;
    case ACTIVATION_TANH:
        map(tanh_lanes, x, y, n);
        break;
    case ACTIVATION_NONE:
        map(same, x, y, n);
        break;
    }
}

static void level_activation_backward(Activation f, const float *x, const float *dy, float *dx,
                                      size_t n)
{
    switch (f) {
    case ACTIVATION_GELU:
        map_times(gelu_slope, x, dy, dx, n);
        break;
    case ACTIVATION_GELU_TANH:
        map_times(gelu_tanh_slope, x, dy, dx, n);
        break;
    case ACTIVATION_RELU:
        for (size_t i = 0; i < n; i++) dx[i] = x[i] > 0 ? dy[i] : 0;
        break;
    case ACTIVATION_SILU:
        map_times(silu_slope, x, dy, dx, n);
        break;
    case ACTIVATION_TANH:
        map_times(tanh_slope, x, dy, dx, n);
        break;
    case ACTIVATION_NONE:
        map(same, dy, dx, n);
        break;
    }
}

static void level_exp(const float *x, float *y, size_t n)
{
    map(exp_lanes, x, y, n);
}

#define BLOCK_VECTORS (DROPOUT_BLOCK / LANES)

/* Rows are worked on in blocks of DROPOUT_BLOCK, whose function is told how many elements are left:
 * a constant in all blocks but the last, so that its loop becomes a few registers. */
#define IN_BLOCK(i, left) for (size_t i = 0; i < DROPOUT_BLOCK && i < (left); i += LANES)

/* Sums are taken in two chains, which hide the latency of an add. */
typedef struct Sum {
    F even, odd;
} Sum;

INLINE Sum sum_zero(void)
{
    return (Sum){f_set(0), f_set(0)};
}

INLINE void sum_add(Sum *sum, size_t i, F x)
{
    if (i / LANES % 2)
        sum->odd = sum->odd + x;
    else
        sum->even = sum->even + x;
}

INLINE float sum_get(Sum sum)
{
    return f_sum(sum.even + sum.odd);
}

/* The bits of the elements first … first + DROPOUT_BLOCK − 1. The multiply, shift and exclusive or
 * of a 32-bit hash, with a second word of the key in between: rows whose counters meet still
 * differ.
 */
INLINE void block_bits(DropoutStream d, size_t first, I bits[BLOCK_VECTORS])
{
    for (size_t l = 0; l < DROPOUT_HALF; l += LANES) {
        I h = (i_count() + (uint32_t)(first / 2 + l)) * 0x9e3779b1u + d.a;
        h = (h ^ h >> 16) * 0x7feb352du + d.b;
        h = (h ^ h >> 15) * 0x846ca68bu;
        h = h ^ h >> 16;
        bits[l / LANES] = h & 0xffffu;
        bits[(l + DROPOUT_HALF) / LANES] = h >> 16;
    }
}

INLINE void dropout_block(DropoutStream d, size_t first, const float *x, float *y, size_t left)
{
    I bits[BLOCK_VECTORS];
    block_bits(d, first, bits);
    IN_BLOCK(i, left)
    {
        F kept = f_keep(bits[i / LANES], d.threshold, f_take(x + i, left - i) * d.scale);
        f_put(y + i, kept, left - i);
    }
}

static void level_dropout(DropoutStream d, const float *x, float *y, size_t n)
{
    size_t at = 0;
    for (; at + DROPOUT_BLOCK <= n; at += DROPOUT_BLOCK)
        dropout_block(d, at, x + at, y + at, DROPOUT_BLOCK);
    dropout_block(d, at, x + at, y + at, n - at);
}

/* s = residual + Drop(x) */
INLINE void add_block(const float *x, const float *residual, DropoutStream d, const bool drop,
                      size_t first, float *to, Sum *sum, size_t left)
{
    I bits[BLOCK_VECTORS];
    if (drop) block_bits(d, first, bits);
    IN_BLOCK(i, left)
    {
        F s = f_take(x + first + i, left - i);
        if (drop) s = f_keep(bits[i / LANES], d.threshold, s * d.scale);
        if (residual) s = s + f_take(residual + first + i, left - i);
        sum_add(sum, i, s);
        f_put(to + first + i, s, left - i);
    }
}

INLINE float add_rows(const float *x, const float *residual, DropoutStream d, const bool drop,
                      float *to, size_t D)
{
    Sum sum = sum_zero();
    size_t at = 0;
    for (; at + DROPOUT_BLOCK <= D; at += DROPOUT_BLOCK)
        add_block(x, residual, d, drop, at, to, &sum, DROPOUT_BLOCK);
    add_block(x, residual, d, drop, at, to, &sum, D - at);
    return sum_get(sum);
}

INLINE void distance_block(const float *x, float mean, Sum *sum, size_t left)
{
    IN_BLOCK(i, left)
    {
        F distance = f_first(f_take(x + i, left - i) - mean, left - i, 0);
        sum_add(sum, i, distance * distance);
    }
}

INLINE float square_distances(const float *x, float mean, size_t D)
{
    Sum sum = sum_zero();
    size_t at = 0;
    for (; at + DROPOUT_BLOCK <= D; at += DROPOUT_BLOCK)
        distance_block(x + at, mean, &sum, DROPOUT_BLOCK);
    distance_block(x + at, mean, &sum, D - at);
    return sum_get(sum);
}

static float level_layernorm_forward(const float *x, const float *residual, DropoutStream d,
                                     const float *gamma, const float *beta, float eps, float *y,
                                     float *hat, size_t D)
{
    float mean = d.threshold < DROPOUT_KEEP_ALL ? add_rows(x, residual, d, true, y, D)
                                                : add_rows(x, residual, d, false, y, D);
    mean /= (float)D;
    float rstd = 1 / sqrtf(square_distances(y, mean, D) / (float)D + eps);
    for (size_t i = 0; i < D; i += LANES) {
        F h = (f_take(y + i, D - i) - mean) * rstd;
        if (hat) f_put(hat + i, h, D - i);
        f_put(y + i, h * f_take(gamma + i, D - i) + f_take(beta + i, D - i), D - i);
    }
    return rstd;
}

INLINE void slopes_block(const float *dy, const float *hat, DropoutStream d, const bool drop,
                         size_t first, F rstd, F mean, F mean_hat, const float *gamma, float *ds,
                         float *dx, size_t left)
{
    I bits[BLOCK_VECTORS];
    if (drop) block_bits(d, first, bits);
    IN_BLOCK(i, left)
    {
        size_t at = first + i;
        F g = f_take(dy + at, left - i) * f_take(gamma + at, left - i);
        F s = (g - mean - f_take(hat + at, left - i) * mean_hat) * rstd;
        f_put(ds + at, s, left - i);
        if (drop) s = f_keep(bits[i / LANES], d.threshold, s * d.scale);
        if (dx) f_put(dx + at, s, left - i);
    }
}

/* ds = rstd · (g − mean(g) − hat · mean(g · hat)), g = dy · gamma. */
static void level_layernorm_backward(const float *dy, const float *hat, float rstd,
                                     const float *gamma, DropoutStream d, float *ds, float *dx,
                                     float *dgamma, float *dbeta, size_t D)
{
    F sum = f_set(0), slope = f_set(0);
    for (size_t i = 0; i < D; i += LANES) {
        F dy_i = f_take(dy + i, D - i), hat_i = f_take(hat + i, D - i);
        F g = dy_i * f_take(gamma + i, D - i);
        sum = sum + g;
        slope = slope + g * hat_i;
        if (!dgamma) continue;
        f_put(dgamma + i, f_take(dgamma + i, D - i) + dy_i * hat_i, D - i);
        f_put(dbeta + i, f_take(dbeta + i, D - i) + dy_i, D - i);
    }
    F mean = f_set(f_sum(sum) / (float)D), mean_hat = f_set(f_sum(slope) / (float)D);
    bool drop = dx && d.threshold < DROPOUT_KEEP_ALL;
    for (size_t at = 0; at < D; at += DROPOUT_BLOCK) {
        size_t left = D - at;
        if (left >= DROPOUT_BLOCK && drop)
            slopes_block(dy, hat, d, true, at, f_set(rstd), mean, mean_hat, gamma, ds, dx,
                         DROPOUT_BLOCK);
        else if (left >= DROPOUT_BLOCK)
            slopes_block(dy, hat, d, false, at, f_set(rstd), mean, mean_hat, gamma, ds, dx,
                         DROPOUT_BLOCK);
        else
            slopes_block(dy, hat, d, drop, at, f_set(rstd), mean, mean_hat, gamma, ds, dx, left);
    }
}

static float level_most(const float *x, size_t n, float start)
{
    F most = f_set(start);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) most = f_max(most, f_load(x + i));
    if (i < n) most = f_max(most, f_first(f_load(x + i), n - i, start));
    return f_top(most);
}

INLINE void softmax_block(float *x, float scale, float shift, DropoutStream d, const bool drop,
                          size_t first, Sum *sum, size_t left)
{
    I bits[BLOCK_VECTORS];
    if (drop) block_bits(d, first, bits);
    IN_BLOCK(i, left)
    {
        F p = exp_weight(f_load(x + i) * scale - shift);
        sum_add(sum, i, f_first(p, left - i, 0));
        f_store(x + i, drop ? f_keep(bits[i / LANES], d.threshold, p) : p);
    }
}

INLINE float softmax_row(float *x, float scale, float shift, DropoutStream d, const bool drop,
                         size_t first, size_t n)
{
    Sum sum = sum_zero();
    size_t at = 0;
    for (; at + DROPOUT_BLOCK <= n; at += DROPOUT_BLOCK)
        softmax_block(x + at, scale, shift, d, drop, first + at, &sum, DROPOUT_BLOCK);
    softmax_block(x + at, scale, shift, d, drop, first + at, &sum, n - at);
    return sum_get(sum);
}

static float level_softmax(float *x, float scale, float shift, DropoutStream d, size_t first,
                           size_t n)
{
    return d.threshold < DROPOUT_KEEP_ALL ? softmax_row(x, scale, shift, d, true, first, n)
                                          : softmax_row(x, scale, shift, d, false, first, n);
}

/* What softmax_backward takes beside the rows. */
typedef struct Softmax {
    float scale, shift, delta;
} Softmax;

INLINE void softmax_block_backward(float *x, float *dp, Softmax s, DropoutStream d, const bool drop,
                                   size_t first, size_t left)
{
    I bits[BLOCK_VECTORS];
    if (drop) block_bits(d, first, bits);
    IN_BLOCK(i, left)
    {
        F p = exp_weight(f_load(x + i) * s.scale - s.shift), g = f_load(dp + i);
        if (drop) g = f_keep(bits[i / LANES], d.threshold, g);
        f_store(dp + i, p * s.scale * (g - s.delta));
        f_store(x + i, drop ? f_keep(bits[i / LANES], d.threshold, p) : p);
    }
}

INLINE void softmax_row_backward(float *x, float *dp, Softmax s, DropoutStream d, const bool drop,
                                 size_t first, size_t n)
{
    size_t at = 0;
    for (; at + DROPOUT_BLOCK <= n; at += DROPOUT_BLOCK)
        softmax_block_backward(x + at, dp + at, s, d, drop, first + at, DROPOUT_BLOCK);
    softmax_block_backward(x + at, dp + at, s, d, drop, first + at, n - at);
}

static void level_softmax_backward(float *x, float *dp, float scale, float shift, float delta,
                                   DropoutStream d, size_t first, size_t n)
{
    Softmax s = {scale, shift, delta};
    if (d.threshold < DROPOUT_KEEP_ALL)
        softmax_row_backward(x, dp, s, d, true, first, n);
    else
        softmax_row_backward(x, dp, s, d, false, first, n);
}

const RowsKernels LEVEL_TABLE = {
    .name = LEVEL_NAME,
    .activation_forward = level_activation_forward,
    .activation_backward = level_activation_backward,
    .exp = level_exp,
    .dropout = level_dropout,
    .layernorm_forward = level_layernorm_forward,
    .layernorm_backward = level_layernorm_backward,
    .most = level_most,
    .softmax = level_softmax,
    .softmax_backward = level_softmax_backward,
};
