/* The kernels of rows_kernels.h over vectors of LANES floats. Included once a level by a file that
 * defines, before it, for its instruction set:
 *   LANES   1 … DROPOUT_HALF, a divisor of it
 *   F, I    LANES floats, LANES uint32_t, with the operators of C
 *   f_load, f_store(p, v)             without alignment
 *   f_take(p, left), f_put(p, v, left)  the first `left` lanes only, others read as 0
 *   f_first(v, left, fill)            lanes from `left` on replaced
 *   f_max(a, b), f_min(a, b)          b where one is NaN
 *   f_round, f_power(y, n)            to the nearest; y · 2ⁿ, n whole, denormal results too
 *   f_keep(bits, threshold, v)        v where bits < threshold, else 0
 *   f_sum, f_top                      over all lanes
 *   f_set(x), i_count()               x in every lane; 0, 1, 2 …
 * and after it names LEVEL_NAME, LEVEL_TABLE. */

#define INLINE static inline __attribute__((always_inline))

/* eˣ = 2ⁿ · e^r, |r| ≤ ln 2 / 2 (Cody and Waite: n · LN2_HIGH is exact), e^r = 1 + r + r² q(r) by
 * least maximum of the relative error, 3.3e-9. Past the limits the result is 0 or ∞. */
#define EXP_LOW (-104.0f)
#define EXP_HIGH 89.0f
#define LOG2_E 1.44269504f
#define LN2_HIGH 0.693359375f
#define LN2_LOW (-2.12194440e-4f)

INLINE F exp_lanes(F x)
{
    x = f_min(f_set(EXP_HIGH), f_max(f_set(EXP_LOW), x));
    F n = f_round(x * LOG2_E);
    F r = x - n * LN2_HIGH - n * LN2_LOW;
    F q = f_set(0.00138131448f);
    q = q * r + 0.00836941879f;
    q = q * r + 0.0416684560f;
    q = q * r + 0.166665152f;
    q = q * r + 0.499999940f;
    return f_power(q * r * r + r + 1.0f, n);
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
    return 0.5f + normal_part(x) + x * 0.398942280f * exp_lanes(x * x * -0.5f);
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

static void level_dropout(DropoutStream d, const float *x, float *y, size_t n)
{
    for (size_t block = 0; block < n; block += DROPOUT_BLOCK) {
        I bits[BLOCK_VECTORS];
        block_bits(d, block, bits);
        for (size_t v = 0, i = block; v < BLOCK_VECTORS && i < n; v++, i += LANES)
            f_put(y + i, f_keep(bits[v], d.threshold, f_take(x + i, n - i) * d.scale), n - i);
    }
}

/* s = residual + Drop(x) into `to`; the sum of s. */
INLINE float add_rows(const float *x, const float *residual, DropoutStream d, const bool drop,
                      float *to, size_t D)
{
    F sum[2] = {f_set(0), f_set(0)};
    for (size_t block = 0; block < D; block += DROPOUT_BLOCK) {
        I bits[BLOCK_VECTORS];
        if (drop) block_bits(d, block, bits);
        for (size_t v = 0, i = block; v < BLOCK_VECTORS && i < D; v++, i += LANES) {
            F s = f_take(x + i, D - i);
            if (drop) s = f_keep(bits[v], d.threshold, s * d.scale);
            if (residual) s = s + f_take(residual + i, D - i);
            sum[v % 2] = sum[v % 2] + s;
            f_put(to + i, s, D - i);
        }
    }
    return f_sum(sum[0] + sum[1]);
}

INLINE float square_distances(const float *x, float mean, size_t D)
{
    F sum[2] = {f_set(0), f_set(0)};
    for (size_t i = 0; i < D; i += LANES) {
        F distance = f_first(f_take(x + i, D - i) - mean, D - i, 0);
        sum[i / LANES % 2] = sum[i / LANES % 2] + distance * distance;
    }
    return f_sum(sum[0] + sum[1]);
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
    float mean = f_sum(sum) / (float)D, mean_hat = f_sum(slope) / (float)D;
    bool drop = d.threshold < DROPOUT_KEEP_ALL;
    for (size_t block = 0; block < D; block += DROPOUT_BLOCK) {
        I bits[BLOCK_VECTORS];
        if (dx && drop) block_bits(d, block, bits);
        for (size_t v = 0, i = block; v < BLOCK_VECTORS && i < D; v++, i += LANES) {
            F g = f_take(dy + i, D - i) * f_take(gamma + i, D - i);
            F s = (g - mean - f_take(hat + i, D - i) * mean_hat) * rstd;
            f_put(ds + i, s, D - i);
            if (!dx) continue;
            if (drop) s = f_keep(bits[v], d.threshold, s * d.scale);
            f_put(dx + i, s, D - i);
        }
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

INLINE float softmax_row(float *x, float scale, float shift, DropoutStream d, const bool drop,
                         size_t first, size_t n)
{
    F sum[2] = {f_set(0), f_set(0)};
    for (size_t block = 0; block < n; block += DROPOUT_BLOCK) {
        I bits[BLOCK_VECTORS];
        if (drop) block_bits(d, first + block, bits);
        for (size_t v = 0, i = block; v < BLOCK_VECTORS && i < n; v++, i += LANES) {
            F p = exp_lanes(f_load(x + i) * scale - shift);
            sum[v % 2] = sum[v % 2] + f_first(p, n - i, 0);
            f_store(x + i, drop ? f_keep(bits[v], d.threshold, p) : p);
        }
    }
    return f_sum(sum[0] + sum[1]);
}

static float level_softmax(float *x, float scale, float shift, DropoutStream d, size_t first,
                           size_t n)
{
    return d.threshold < DROPOUT_KEEP_ALL ? softmax_row(x, scale, shift, d, true, first, n)
                                          : softmax_row(x, scale, shift, d, false, first, n);
}

INLINE void softmax_row_backward(float *x, float *dp, float scale, float shift, float delta,
                                 DropoutStream d, const bool drop, size_t first, size_t n)
{
    for (size_t block = 0; block < n; block += DROPOUT_BLOCK) {
        I bits[BLOCK_VECTORS];
        if (drop) block_bits(d, first + block, bits);
        for (size_t v = 0, i = block; v < BLOCK_VECTORS && i < n; v++, i += LANES) {
            F p = exp_lanes(f_load(x + i) * scale - shift), g = f_load(dp + i);
            if (drop) g = f_keep(bits[v], d.threshold, g);
            f_store(dp + i, p * scale * (g - delta));
            f_store(x + i, drop ? f_keep(bits[v], d.threshold, p) : p);
        }
    }
}

static void level_softmax_backward(float *x, float *dp, float scale, float shift, float delta,
                                   DropoutStream d, size_t first, size_t n)
{
    if (d.threshold < DROPOUT_KEEP_ALL)
        softmax_row_backward(x, dp, scale, shift, delta, d, true, first, n);
    else
        softmax_row_backward(x, dp, scale, shift, delta, d, false, first, n);
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
