/* The backward pass: encoder_forward.c's lines from the last to the first. d (N,D), the caller's
 * dhidden, is the gradient of x, later of y, in every line. */
#include <assert.h>

#include "model/encoder_parts.h"
#include "num/attention.h"
#include "num/gemm.h"
#include "num/layernorm.h"
#include "num/vector.h"

#define ROW_GRAIN ((size_t)64)
#define COLUMN_GRAIN ((size_t)64) /* of a table's gradient that a piece owns */

typedef struct Back {
    const Encoder *e;
    EncoderRoom *r;
    const Ragged *batch;
    const EncoderPass *pass;
    float *d; /* (N,D) */
    float *g; /* of the parameters from `first` on, or NULL */
    size_t first;
    size_t rows; /* of d: N, or the first rows' while only those have a gradient */
} Back;

/* Where a tensor's gradient goes; NULL: it is frozen. */
static float *gradient(const Back *b, size_t tensor)
{
    size_t at = b->e->tensors[tensor].at;
    return b->g && at >= b->first ? b->g + (at - b->first) : NULL;
}

static float *layer_gradient(const Back *b, size_t layer, LayerTensor t)
{
    return gradient(b, layer_tensor(b->e, layer, t));
}

static const Lora *trained_lora(const Back *b)
{
    return b->pass->lora && b->pass->lora->g ? b->pass->lora : NULL;
}

/* ---- what forward did not keep ---- */

typedef struct Affine {
    const float *hat, *gamma, *beta;
    float *y;
    size_t D;
} Affine;

static void affine_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Affine *a = context;
    for (size_t n = first; n < end; n++)
        for (size_t i = 0; i < a->D; i++)
            a->y[n * a->D + i] = a->hat[n * a->D + i] * a->gamma[i] + a->beta[i];
}

/* A LayerNorm's output again: y = hat · gamma + beta. */
static void output_again(const Back *b, const float *hat, const float *gamma, const float *beta,
                         float *y)
{
    Affine a = {hat, gamma, beta, y, b->e->shape.D};
    profile_switch(b->r->profile, PHASE_LAYERNORM);
    pool_range(b->r->w.pool, b->rows, ROW_GRAIN, affine_rows, &a);
}

/* A layer's input again. */
static void input_again(const Back *b, size_t layer, float *x)
{
    const Encoder *e = b->e;
    if (layer) {
        output_again(b, b->r->kept[layer - 1].hat_2, layer_value(e, layer - 1, GAMMA_2),
                     layer_value(e, layer - 1, BETA_2), x);
        return;
    }
    output_again(b, b->r->hat_0, e->value[e->embeddings - 2], e->value[e->embeddings - 1], x);
    embedding_dropout(e, b->r, b->pass, x, b->batch->N);
}

typedef struct Activate {
    Activation f;
    const float *h;
    float *u;
    size_t F;
} Activate;

static void activate_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Activate *a = context;
    activation_forward(a->f, a->h + first * a->F, a->u + first * a->F, (end - first) * a->F);
}

static void activated_again(const Back *b, const float *h, float *u)
{
    Activate a = {b->e->shape.activation, h, u, b->e->shape.F};
    profile_switch(b->r->profile, PHASE_GELU);
    pool_range(b->r->w.pool, b->rows, ROW_GRAIN, activate_rows, &a);
}

/* ---- a layer ---- */

/* Gradients of a product's weights: dW += dyᵀ x, db += Σ dy, and LoRA's. scratch (N,D) */
static void weight_gradient(const Back *b, size_t layer, Linear linear, const float *x,
                            const float *dy, float *scratch)
{
    LinearInfo info = linear_info(&b->e->shape, linear);
    float *dw = layer_gradient(b, layer, info.weight);
    profile_switch(b->r->profile, PHASE_GEMM);
    if (dw)
        gemm_outer(&b->r->w, dy, info.out, x, info.in, dw, info.in,
                   layer_gradient(b, layer, info.bias), info.out, info.in, b->rows);
    if (trained_lora(b))
        lora_backward(b->e, b->r, trained_lora(b), layer, linear, x, dy, scratch, b->rows);
}

/* dx = dy W (+ dx), times the activation's derivative at `before` where that is given. */
static void input_gradient(const Back *b, Linear linear, const float *panels, const float *dy,
                           float beta, float *dx, const float *before)
{
    LinearInfo info = linear_info(&b->e->shape, linear);
    GemmTail tail = {.activation = b->e->shape.activation, .before = before};
    profile_switch(b->r->profile, PHASE_GEMM);
    gemm_panels(&b->r->w, dy, info.out, panels, beta, dx, info.in, b->rows, info.in, info.out,
                before ? &tail : NULL);
}

/* d := gradient of what was added up before a LayerNorm. Returns the gradient of the dropped
 * summand: r->e, or d itself where nothing is dropped. */
static float *norm_backward(const Back *b, size_t layer, LayerTensor gamma, const float *hat,
                            const float *rstd, Site site)
{
    Dropout dropout = site_dropout(b->e, b->pass, layer, site);
    bool dropped = dropout.p > 0;
    profile_switch(b->r->profile, PHASE_LAYERNORM);
    layernorm_backward(&b->r->w, b->d, hat, rstd, layer_value(b->e, layer, gamma), dropout, b->d,
                       dropped ? b->r->e : NULL, layer_gradient(b, layer, gamma),
                       layer_gradient(b, layer, gamma + 1), b->rows, b->e->shape.D);
    return dropped ? b->r->e : b->d;
}

/* The rows of a block: from dout, the gradient of f(h) W2ᵀ + b2 with h = y W1ᵀ + b1, to d += dy. u
 * and t are scratch; so is e once dout, which may lie there, was used. */
static void feed_forward_block(const Back *b, size_t layer, const float *h, const float *hat,
                               const float *const panels[2], const float *dout, float *d,
                               size_t row)
{
    EncoderRoom *r = b->r;
    size_t at = row * b->e->shape.D;
    float *t = r->t + at;
    activated_again(b, h + row * b->e->shape.F, r->u);
    weight_gradient(b, layer, LINEAR_2, r->u, dout + at, t);
    input_gradient(b, LINEAR_2, panels[1], dout + at, 0, r->u,
                   h + row * b->e->shape.F); /* u = dh */
    output_again(b, hat + at, layer_value(b->e, layer, GAMMA_1), layer_value(b->e, layer, BETA_1),
                 t);
    weight_gradient(b, layer, LINEAR_1, t, r->u, r->e + at);
    input_gradient(b, LINEAR_1, panels[0], r->u, 1, d + at, NULL);
}

/* From x = LN(y + Drop(f(y W1ᵀ + b1) W2ᵀ + b2)) to d = dy, some rows at a time, for which f(h) and
 * dh stay in cache. */
static void feed_forward_backward(const Back *b, size_t layer, const Kept *k)
{
    EncoderRoom *r = b->r;
    const float *dout = norm_backward(b, layer, GAMMA_2, k->hat_2, k->rstd_2, SITE_FEED);
    const float *panels[2] = {
        linear_panels(b->e, r, b->pass->lora, layer, LINEAR_1, true),
        linear_panels(b->e, r, b->pass->lora, layer, LINEAR_2, true),
    };
    Back block = *b;
    for (size_t row = 0; row < b->rows; row += block.rows) {
        block.rows = b->rows - row < r->back_rows ? b->rows - row : r->back_rows;
        feed_forward_block(&block, layer, k->h, k->hat_1, panels, dout, b->d, row);
    }
}

/* From y = LN(x + Drop(attention(x Wqkvᵀ + b) Woᵀ + b)) to d = dx, the latter where `further`.
 * Where only first rows have a gradient, all rows have from here on. */
static void attention_backward_part(Back *b, size_t layer, const Kept *k, bool further)
{
    EncoderRoom *r = b->r;
    const EncoderShape *s = &b->e->shape;
    AttentionShape shape = {b->batch->B, b->batch->offset, s->D, s->H};
    const float *panels, *dout = norm_backward(b, layer, GAMMA_1, k->hat_1, k->rstd_1, SITE_O);
    bool first_rows = b->rows < b->batch->N;
    if (first_rows) first_rows_gather(b->batch, s->D, k->c, r->u);
    weight_gradient(b, layer, LINEAR_O, first_rows ? r->u : k->c, dout, r->t);
    panels = linear_panels(b->e, r, b->pass->lora, layer, LINEAR_O, true);
    input_gradient(b, LINEAR_O, panels, dout, 0, r->t, NULL); /* t = dc */
    if (first_rows) {
        first_rows_spread(b->batch, s->D, r->t, true);
        first_rows_spread(b->batch, s->D, b->d, true);
        b->rows = b->batch->N;
    }
    profile_switch(r->profile, PHASE_ATTENTION);
    attention_backward(&r->w, &shape, k->qkv, k->c, k->lse, r->t,
                       site_dropout(b->e, b->pass, layer, SITE_ATTENTION), r->u); /* u = dqkv */
    input_again(b, layer, r->t);
    weight_gradient(b, layer, LINEAR_QKV, r->t, r->u, r->e);
    if (!further) return;
    panels = linear_panels(b->e, r, b->pass->lora, layer, LINEAR_QKV, true);
    input_gradient(b, LINEAR_QKV, panels, r->u, 1, b->d, NULL);
}

/* ---- embeddings ---- */

/* Each piece owns some columns of the tables, so that the order of additions is the batch's. */
static void scatter_columns(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Back *b = context;
    const EncoderShape *s = &b->e->shape;
    float *word = gradient(b, 0), *position = gradient(b, 1);
    float *type = s->types ? gradient(b, 2) : NULL;
    for (size_t text = 0; text < b->batch->B; text++)
        for (size_t n = b->batch->offset[text]; n < b->batch->offset[text + 1]; n++) {
            const float *d = b->d + n * s->D + first;
            size_t at = s->first_position + n - b->batch->offset[text], count = end - first;
            vector_axpy(1, d, word + (size_t)b->batch->ids[n] * s->D + first, count);
            vector_axpy(1, d, position + at * s->D + first, count);
            if (type)
                vector_axpy(1, d, type + (b->batch->types ? b->batch->types[n] : 0) * s->D + first,
                            count);
        }
}

static void embeddings_backward(const Back *b)
{
    const Encoder *e = b->e;
    EncoderRoom *r = b->r;
    size_t gamma = e->embeddings - 2, N = b->batch->N;
    embedding_dropout(e, r, b->pass, b->d, N); /* its own backward */
    profile_switch(r->profile, PHASE_LAYERNORM);
    layernorm_backward(&r->w, b->d, r->hat_0, r->rstd_0, e->value[gamma], (Dropout){0}, b->d, NULL,
                       gradient(b, gamma), gradient(b, gamma + 1), N, e->shape.D);
    if (b->first) return;
    profile_switch(r->profile, PHASE_TABLES);
    pool_range(r->w.pool, e->shape.D, COLUMN_GRAIN, scatter_columns, (void *)b);
}

void encoder_backward(const Encoder *e, EncoderRoom *r, const Ragged *batch,
                      const EncoderPass *pass, float *dhidden, float *g, size_t first)
{
    assert(r->training && batch->N <= r->N);
    if (!batch->N) return;
    Back b = {e, r, batch, pass, dhidden, g, first, batch->N};
    if (pass->first_rows) {
        b.rows = first_rows_count(batch);
        first_rows_gather(batch, e->shape.D, dhidden, dhidden);
    }
    bool embeddings = gradient(&b, e->embeddings - 2) != NULL;
    Phase before = profile_switch(r->profile, PHASE_LAYERNORM);
    for (size_t layer = e->shape.L; layer-- > 0;) {
        bool trained = trained_lora(&b) || layer_gradient(&b, layer, Q_WEIGHT);
        bool further =
            layer ? trained_lora(&b) || layer_gradient(&b, layer - 1, Q_WEIGHT) : embeddings;
        if (!trained) break;
        feed_forward_backward(&b, layer, &r->kept[layer]);
        attention_backward_part(&b, layer, &r->kept[layer], further);
    }
    if (embeddings) embeddings_backward(&b);
    profile_switch(r->profile, before);
}
