#include "model/adapter.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/str.h"
#include "num/blas.h"
#include "num/vector.h"

/* ---- pieces ---- */

/* y (B,n) rows = bias (n). */
static void spread_bias(const float *bias, float *y, size_t B, size_t n)
{
    for (size_t b = 0; b < B; b++) memcpy(y + b * n, bias, n * sizeof *y);
}

/* dbias (n) accumulates the column sums of dy (B,n), scaled. */
static void sum_bias(const float *dy, float scale, float *dbias, size_t B, size_t n)
{
    for (size_t b = 0; b < B; b++) vector_axpy(scale, dy + b * n, dbias, n);
}

/* Uniform in ±1/sqrt(columns), as torch.nn.Linear starts. */
static void start_uniform(float *p, size_t count, size_t columns, Rng *rng)
{
    double bound = 1.0 / sqrt((double)columns);
    for (size_t i = 0; i < count; i++) p[i] = (float)((2 * rng_unit(rng) - 1) * bound);
}

/* Fills `at` of each tensor; returns the number of tensors. */
static size_t lay_out(AdapterTensor *tensors, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        tensors[i].at = at;
        at += tensors[i].rows * (tensors[i].columns ? tensors[i].columns : 1);
    }
    return count;
}

/* ---- linear: y = x Wᵀ + b ---- */

static size_t linear_tensors(AdapterShape s, AdapterTensor out[ADAPTER_TENSORS])
{
    out[0] = (AdapterTensor){"linear.weight", s.dims, s.dims, true, 0};
    out[1] = (AdapterTensor){"linear.bias", s.dims, 0, false, 0};
    return lay_out(out, 2);
}

static void linear_start(AdapterShape s, float *p, uint64_t seed)
{
    (void)seed;
    memset(p, 0, (s.dims * s.dims + s.dims) * sizeof *p);
    for (size_t i = 0; i < s.dims; i++) p[i * s.dims + i] = 1;
}

static void linear_forward(Pool *pool, AdapterShape s, const float *p, const float *x, float *h,
                           float *y, size_t B)
{
    (void)h;
    size_t D = s.dims;
    spread_bias(p + D * D, y, B, D);
    gemm(pool, false, true, B, D, D, 1, x, D, p, D, 1, y, D);
}

static void linear_backward(Pool *pool, AdapterShape s, const float *p, const float *x, float *h,
                            const float *dy, float *dp, size_t B)
{
    (void)p;
    (void)h;
    size_t D = s.dims;
    gemm(pool, true, false, D, D, B, 1, dy, D, x, D, 1, dp, D);
    sum_bias(dy, 1, dp + D * D, B, D);
}

/* ---- low-rank: y = x + (x Vᵀ) Uᵀ + b ---- */

static size_t low_rank_tensors(AdapterShape s, AdapterTensor out[ADAPTER_TENSORS])
{
    out[0] = (AdapterTensor){"up.weight", s.dims, s.hidden, true, 0};
    out[1] = (AdapterTensor){"down.weight", s.hidden, s.dims, true, 0};
    out[2] = (AdapterTensor){"bias", s.dims, 0, false, 0};
    return lay_out(out, 3);
}

static void low_rank_start(AdapterShape s, float *p, uint64_t seed)
{
    size_t block = s.dims * s.hidden;
    Rng rng = rng_make(seed, 0x10);
    memset(p, 0, block * sizeof *p);
    start_uniform(p + block, block, s.dims, &rng);
    memset(p + 2 * block, 0, s.dims * sizeof *p);
}

static void low_rank_forward(Pool *pool, AdapterShape s, const float *p, const float *x, float *h,
                             float *y, size_t B)
{
    size_t D = s.dims, R = s.hidden;
    const float *up = p, *down = p + D * R, *bias = p + 2 * D * R;
    gemm(pool, false, true, B, R, D, 1, x, D, down, D, 0, h, R);
    spread_bias(bias, y, B, D);
    for (size_t b = 0; b < B; b++) vector_axpy(1, x + b * D, y + b * D, D);
    gemm(pool, false, true, B, D, R, 1, h, R, up, R, 1, y, D);
}

static void low_rank_backward(Pool *pool, AdapterShape s, const float *p, const float *x, float *h,
                              const float *dy, float *dp, size_t B)
{
    size_t D = s.dims, R = s.hidden;
    float *dh = h + B * R;
    gemm(pool, true, false, D, R, B, 1, dy, D, h, R, 1, dp, R);
    gemm(pool, false, false, B, R, D, 1, dy, D, p, R, 0, dh, R);
    gemm(pool, true, false, R, D, B, 1, dh, R, x, D, 1, dp + D * R, D);
    sum_bias(dy, 1, dp + 2 * D * R, B, D);
}

/* ---- two-layer: y = x + r (relu(x W1ᵀ + b1) W2ᵀ + b2) ---- */

typedef struct TwoLayerAt {
    size_t w1, b1, w2, b2, r;
} TwoLayerAt;

static TwoLayerAt two_layer_at(AdapterShape s)
{
    size_t block = s.dims * s.hidden;
    return (TwoLayerAt){.w1 = 0,
                        .b1 = block,
                        .w2 = block + s.hidden,
                        .b2 = 2 * block + s.hidden,
                        .r = 2 * block + s.hidden + s.dims};
}

static size_t two_layer_tensors(AdapterShape s, AdapterTensor out[ADAPTER_TENSORS])
{
    out[0] = (AdapterTensor){"linear1.weight", s.hidden, s.dims, true, 0};
    out[1] = (AdapterTensor){"linear1.bias", s.hidden, 0, false, 0};
    out[2] = (AdapterTensor){"linear2.weight", s.dims, s.hidden, true, 0};
    out[3] = (AdapterTensor){"linear2.bias", s.dims, 0, false, 0};
    out[4] = (AdapterTensor){"residual_weight", 1, 0, false, 0};
    return lay_out(out, 5);
}

static void two_layer_start(AdapterShape s, float *p, uint64_t seed)
{
    TwoLayerAt at = two_layer_at(s);
    Rng rng = rng_make(seed, 0x20);
    start_uniform(p + at.w1, s.hidden * s.dims, s.dims, &rng);
    start_uniform(p + at.b1, s.hidden, s.dims, &rng);
    start_uniform(p + at.w2, s.hidden * s.dims, s.hidden, &rng);
    start_uniform(p + at.b2, s.dims, s.hidden, &rng);
    p[at.r] = 0;
}

static void two_layer_forward(Pool *pool, AdapterShape s, const float *p, const float *x, float *h,
                              float *y, size_t B)
{
    size_t D = s.dims, F = s.hidden;
    TwoLayerAt at = two_layer_at(s);
    spread_bias(p + at.b1, h, B, F);
    gemm(pool, false, true, B, F, D, 1, x, D, p + at.w1, D, 1, h, F);
    for (size_t i = 0; i < B * F; i++) h[i] = h[i] > 0 ? h[i] : 0;
    spread_bias(p + at.b2, y, B, D);
    gemm(pool, false, true, B, D, F, 1, h, F, p + at.w2, F, 1, y, D);
    for (size_t i = 0; i < B * D; i++) y[i] = x[i] + p[at.r] * y[i];
}

static void two_layer_backward(Pool *pool, AdapterShape s, const float *p, const float *x, float *h,
                               const float *dy, float *dp, size_t B)
{
    size_t D = s.dims, F = s.hidden;
    TwoLayerAt at = two_layer_at(s);
    float r = p[at.r], *dh = h + B * F;
    gemm(pool, false, false, B, F, D, 1, dy, D, p + at.w2, F, 0, dh,
         F); /* dy W2, still without r */
    double dr = 0;
    for (size_t b = 0; b < B; b++) {
        dr += vector_dot(dh + b * F, h + b * F, F) + vector_dot(dy + b * D, p + at.b2, D);
    }
    dp[at.r] += (float)dr;
    for (size_t i = 0; i < B * F; i++) dh[i] = h[i] > 0 ? r * dh[i] : 0;
    gemm(pool, true, false, D, F, B, r, dy, D, h, F, 1, dp + at.w2, F);
    sum_bias(dy, r, dp + at.b2, B, D);
    gemm(pool, true, false, F, D, B, 1, dh, F, x, D, 1, dp + at.w1, D);
    sum_bias(dh, 1, dp + at.b1, B, F);
}

const AdapterKind ADAPTER_KINDS[] = {
    {"linear", "q' = Wq + b, the identity at the start", 0, linear_tensors, linear_start,
     linear_forward, linear_backward},
    {"low-rank", "q' = q + U(Vq) + b, few parameters", 16, low_rank_tensors, low_rank_start,
     low_rank_forward, low_rank_backward},
    {"two-layer", "q' = q + r(W2 relu(W1 q + b1) + b2), a small net with a skip connection", 1,
     two_layer_tensors, two_layer_start, two_layer_forward, two_layer_backward},
};
const size_t ADAPTER_KIND_COUNT = sizeof ADAPTER_KINDS / sizeof *ADAPTER_KINDS;

const AdapterKind *adapter_kind_find(const char *method)
{
    for (size_t i = 0; i < ADAPTER_KIND_COUNT; i++) {
        if (strcmp(ADAPTER_KINDS[i].method, method) == 0) return &ADAPTER_KINDS[i];
    }
    return NULL;
}

/* ---- an adapter ready for use ---- */

size_t adapter_parameters(const AdapterKind *kind, AdapterShape shape)
{
    AdapterTensor t[ADAPTER_TENSORS];
    size_t last = kind->tensors(shape, t) - 1;
    return t[last].at + t[last].rows * (t[last].columns ? t[last].columns : 1);
}

bool adapter_new(const AdapterKind *kind, AdapterShape shape, uint64_t seed, Adapter **ret,
                 Err *err)
{
    if (kind->default_hidden_divisor == 0)
        shape.hidden = 0;
    else if (shape.hidden == 0)
        shape.hidden =
            (shape.dims + kind->default_hidden_divisor - 1) / kind->default_hidden_divisor;
    size_t count = adapter_parameters(kind, shape);
    float *p = mem_tensor(1, count, "the adapter", err);
    if (!p) return false;
    kind->start(shape, p, seed);
    Adapter *a = mem_alloc(sizeof *a);
    *a = (Adapter){.kind = kind, .shape = shape, .count = count, .p = p};
    *ret = a;
    return true;
}

void adapter_free(Adapter *a)
{
    if (!a) return;
    free(a->p);
    free(a);
}

bool adapter_load(const char *config_json, const void *blob, size_t size, Adapter **ret, Err *err)
{
    cJSON *config = cJSON_Parse(config_json ? config_json : "");
    const char *method = cJSON_GetStringValue(cJSON_GetObjectItem(config, "method"));
    double dims = cJSON_GetNumberValue(cJSON_GetObjectItem(config, "dims"));
    double hidden = cJSON_GetNumberValue(cJSON_GetObjectItem(config, "hidden"));
    const AdapterKind *kind = method ? adapter_kind_find(method) : NULL;
    bool ok = kind && dims >= 1 && dims <= 65536 && hidden >= 0 && hidden <= 65536 &&
              (kind->default_hidden_divisor == 0 || hidden >= 1);
    cJSON_Delete(config);
    if (!ok)
        return err_set(err, ERR_DATABASE, "the adapter's description is broken: train it again");
    Adapter *a = NULL;
    if (!adapter_new(kind, (AdapterShape){(size_t)dims, (size_t)hidden}, 0, &a, err)) return false;
    if (size != a->count * sizeof *a->p) {
        ok = err_set(err, ERR_DATABASE,
                     "the adapter has %zu bytes of parameters, not %zu: train it again", size,
                     a->count * sizeof *a->p);
    } else {
        memcpy(a->p, blob, size);
        if (!vector_finite(a->p, a->count)) {
            ok = err_set(err, ERR_DATABASE,
                         "the adapter holds values that are not finite: train it again");
        }
    }
    if (!ok) {
        adapter_free(a);
        return false;
    }
    *ret = a;
    return true;
}

char *adapter_config_json(const Adapter *a)
{
    return str_format("{\"method\":\"%s\",\"dims\":%zu,\"hidden\":%zu}", a->kind->method,
                      a->shape.dims, a->shape.hidden);
}

bool adapter_apply(Pool *pool, const Adapter *a, const float *x, float *y, size_t count,
                   bool normalize, Err *err)
{
    float *h = mem_tensor(count, a->shape.hidden, "the adapter's hidden layer", err);
    if (!h) return false;
    a->kind->forward(pool, a->shape, a->p, x, h, y, count);
    free(h);
    if (normalize) normalize_forward(pool, y, y, NULL, count, a->shape.dims);
    return true;
}
