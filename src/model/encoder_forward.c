/* The forward pass. x (N,D) lives in the caller's `hidden` from the first line to the last. */
#include <assert.h>
#include <string.h>

#include "model/encoder_parts.h"
#include "num/attention.h"
#include "num/gemm.h"
#include "num/layernorm.h"
#include "num/vector.h"

#define EMBED_ROWS ((size_t)64)

Dropout site_dropout(const Encoder *e, const EncoderPass *pass, size_t layer, Site site)
{
    float p = site == SITE_ATTENTION ? e->shape.attention_dropout : e->shape.dropout;
    if (!pass->dropout) return (Dropout){0};
    return (Dropout){p, dropout_key(pass->seed, layer * 4 + site)};
}

/* ---- embeddings ---- */

typedef struct Gather {
    const Encoder *e;
    const Ragged *batch;
    const Workspace *w;
    float *x;
} Gather;

static void add_row(const Table *t, size_t row, size_t D, float *scratch, float *x)
{
    dtype_read(t->dtype, (const char *)t->data + row * D * dtype_bytes(t->dtype), scratch, D);
    vector_axpy(1, scratch, x, D);
}

/* The text that a row belongs to: the last that starts at or before it. */
static size_t text_of(const Ragged *batch, size_t row)
{
    size_t low = 0, high = batch->B;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (batch->offset[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static void gather_rows(void *context, size_t first, size_t end, size_t thread)
{
    const Gather *g = context;
    const EncoderShape *s = &g->e->shape;
    float *scratch = workspace_scratch(g->w, thread);
    size_t text = text_of(g->batch, first);
    for (size_t n = first; n < end; n++) {
        while (n >= g->batch->offset[text + 1]) text++;
        size_t position = s->first_position + n - g->batch->offset[text];
        uint32_t type = g->batch->types ? g->batch->types[n] : 0;
        float *x = g->x + n * s->D;
        assert(g->batch->ids[n] < s->V && position < s->P);
        memset(x, 0, s->D * sizeof *x);
        add_row(&g->e->word, g->batch->ids[n], s->D, scratch, x);
        if (s->types) add_row(&g->e->type, type < s->types ? type : 0, s->D, scratch, x);
        add_row(&g->e->position, position, s->D, scratch, x);
    }
}

typedef struct DropRows {
    Dropout dropout;
    float *x;
    size_t D;
} DropRows;

static void drop_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const DropRows *d = context;
    for (size_t n = first; n < end; n++)
        dropout_row(d->dropout, n, d->x + n * d->D, d->x + n * d->D, d->D);
}

void embedding_dropout(const Encoder *e, const EncoderRoom *r, const EncoderPass *pass, float *x,
                       size_t N)
{
    DropRows d = {site_dropout(e, pass, 0, SITE_EMBEDDING), x, e->shape.D};
    if (d.dropout.p <= 0) return;
    Phase before = profile_switch(r->profile, PHASE_DROPOUT);
    pool_range(r->w.pool, N, EMBED_ROWS, drop_rows, &d);
    profile_switch(r->profile, before);
}

/* x = Drop(LN(word[id] + type[tt] + position[p])) */
static void embeddings_forward(const Encoder *e, EncoderRoom *r, const Ragged *batch,
                               const EncoderPass *pass, float *x)
{
    Gather g = {e, batch, &r->w, x};
    profile_switch(r->profile, PHASE_TABLES);
    pool_range(r->w.pool, batch->N, EMBED_ROWS, gather_rows, &g);
    profile_switch(r->profile, PHASE_LAYERNORM);
    layernorm_forward(&r->w, x, NULL, (Dropout){0}, e->value[e->embeddings - 2],
                      e->value[e->embeddings - 1], e->shape.eps, x, r->hat_0, r->rstd_0, batch->N,
                      e->shape.D);
    embedding_dropout(e, r, pass, x, batch->N);
}

/* ---- a layer ---- */

typedef struct Layer {
    const Encoder *e;
    EncoderRoom *r;
    const Ragged *batch;
    const EncoderPass *pass;
    size_t number;
    const Kept *kept;
    bool first_rows; /* from attention on it works on the first rows only */
    size_t rows;     /* behind attention: N, or so many */
    float *x;        /* (N,D) in and out */
} Layer;

/* y = op(W) x + b, and a tail's activation. */
static void linear_forward(const Layer *l, Linear linear, const float *panels, const float *x,
                           float *y, size_t rows, float *activated)
{
    LinearInfo info = linear_info(&l->e->shape, linear);
    GemmTail tail = {.bias = layer_value(l->e, l->number, info.bias),
                     .activation = l->e->shape.activation,
                     .activated = activated};
    gemm_panels(&l->r->w, x, info.in, panels, 0, y, info.out, rows, info.out, info.in, &tail);
}

/* t = c Woᵀ + b with c the attention of qkv = x Wqkvᵀ + b. Where only first rows are wanted, those
 * of c and of x go on from here. */
static void attention_part(const Layer *l)
{
    const EncoderShape *s = &l->e->shape;
    EncoderRoom *r = l->r;
    AttentionShape shape = {l->batch->B, l->batch->offset, s->D, s->H};
    const float *panels = linear_panels(l->e, r, l->pass->lora, l->number, LINEAR_QKV, false);
    profile_switch(r->profile, PHASE_GEMM);
    linear_forward(l, LINEAR_QKV, panels, l->x, l->kept->qkv, l->batch->N, NULL);
    profile_switch(r->profile, PHASE_ATTENTION);
    attention_forward(&r->w, &shape, l->kept->qkv,
                      site_dropout(l->e, l->pass, l->number, SITE_ATTENTION), l->kept->c,
                      l->kept->lse);
    const float *c = l->kept->c;
    if (l->first_rows) {
        first_rows_gather(l->batch, s->D, c, r->e);
        first_rows_gather(l->batch, s->D, l->x, l->x);
        c = r->e;
    }
    panels = linear_panels(l->e, r, l->pass->lora, l->number, LINEAR_O, false);
    profile_switch(r->profile, PHASE_GEMM);
    linear_forward(l, LINEAR_O, panels, c, r->t, l->rows, NULL);
}

/* x = f(t W1ᵀ + b1) W2ᵀ + b2, some rows at a time */
static void feed_forward_part(const Layer *l)
{
    const EncoderShape *s = &l->e->shape;
    EncoderRoom *r = l->r;
    const float *panels_1 = linear_panels(l->e, r, l->pass->lora, l->number, LINEAR_1, false);
    const float *panels_2 = linear_panels(l->e, r, l->pass->lora, l->number, LINEAR_2, false);
    profile_switch(r->profile, PHASE_GEMM);
    for (size_t row = 0; row < l->rows; row += r->feed_rows) {
        size_t rows = l->rows - row < r->feed_rows ? l->rows - row : r->feed_rows;
        float *h = r->training ? l->kept->h + row * s->F : r->u;
        linear_forward(l, LINEAR_1, panels_1, r->t + row * s->D, h, rows, r->u);
        linear_forward(l, LINEAR_2, panels_2, r->u, l->x + row * s->D, rows, NULL);
    }
}

static void layer_forward(const Layer *l)
{
    const Encoder *e = l->e;
    EncoderRoom *r = l->r;
    size_t D = e->shape.D;
    attention_part(l);
    /* t = y = LN(x + Drop(t)) */
    profile_switch(r->profile, PHASE_LAYERNORM);
    layernorm_forward(&r->w, r->t, l->x, site_dropout(e, l->pass, l->number, SITE_O),
                      layer_value(e, l->number, GAMMA_1), layer_value(e, l->number, BETA_1),
                      e->shape.eps, r->t, l->kept->hat_1, l->kept->rstd_1, l->rows, D);
    feed_forward_part(l);
    /* x = LN(y + Drop(x)) */
    profile_switch(r->profile, PHASE_LAYERNORM);
    layernorm_forward(&r->w, l->x, r->t, site_dropout(e, l->pass, l->number, SITE_FEED),
                      layer_value(e, l->number, GAMMA_2), layer_value(e, l->number, BETA_2),
                      e->shape.eps, l->x, l->kept->hat_2, l->kept->rstd_2, l->rows, D);
    if (l->first_rows) first_rows_spread(l->batch, D, l->x, false);
}

void encoder_forward(const Encoder *e, EncoderRoom *r, const Ragged *batch, const EncoderPass *pass,
                     float *hidden)
{
    size_t size = batch->N * e->shape.D;
    assert(batch->N <= r->N && batch->offset[batch->B] == batch->N);
    if (!batch->N) return;
    Phase before = profile_switch(r->profile, PHASE_PACKING);
    encoder_pack(e, r->w.pool, batch->N);
    profile_switch(r->profile, PHASE_TABLES);
    embeddings_forward(e, r, batch, pass, hidden);
    if (pass->layers) memcpy(pass->layers, hidden, size * sizeof *hidden);
    for (size_t i = 0; i < e->shape.L; i++) {
        bool first_rows = pass->first_rows && i + 1 == e->shape.L;
        Layer l = {.e = e,
                   .r = r,
                   .batch = batch,
                   .pass = pass,
                   .number = i,
                   .kept = &r->kept[r->training ? i : 0],
                   .first_rows = first_rows,
                   .rows = first_rows ? first_rows_count(batch) : batch->N,
                   .x = hidden};
        layer_forward(&l);
        if (pass->layers) memcpy(pass->layers + (i + 1) * size, hidden, size * sizeof *hidden);
    }
    profile_switch(r->profile, before);
}
