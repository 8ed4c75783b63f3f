#include "model/cross_head.h"

#include <stdio.h>
#include <string.h>

#include "num/blas.h"
#include "num/dropout.h"
#include "num/vector.h"

/* Places of dropout, beyond those of any layer. */
#define PLACE_INPUT ((uint64_t)1 << 32)
#define PLACE_DENSE (PLACE_INPUT + 1)

typedef struct HeadKind {
    const char *family;
    const char *dense, *out;
    Activation activation;
    bool drops_input;
} HeadKind;

static const HeadKind KINDS[] = {
    {"bert", "pooler.dense", "classifier", ACTIVATION_TANH, false},
    {"distilbert", "pre_classifier", "classifier", ACTIVATION_RELU, false},
    {"roberta", "classifier.dense", "classifier.out_proj", ACTIVATION_TANH, true},
    {"xlm-roberta", "classifier.dense", "classifier.out_proj", ACTIVATION_TANH, true},
    {"camembert", "classifier.dense", "classifier.out_proj", ACTIVATION_TANH, true},
};

static const HeadKind *kind_of(const char *family)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].family, family) == 0) return &KINDS[i];
    return NULL;
}

static void set_tensor(EncoderTensor *t, const char *layer, const char *part, size_t rows,
                       size_t columns, size_t at)
{
    *t = (EncoderTensor){
        .rows = rows, .columns = columns, .at = at, .layer = -1, .decayed = columns > 0};
    snprintf(t->name, sizeof t->name, "%s.%s", layer, part);
}

bool cross_head_of(const ModelFolder *f, CrossHead *ret, Err *err)
{
    const HeadKind *kind = kind_of(f->shape.family);
    if (!f->labels)
        return err_set(err, ERR_USAGE,
                       "%s: it is no reranker: its config.json names no "
                       "…ForSequenceClassification among \"architectures\"",
                       f->path);
    if (!kind)
        return err_set(err, ERR_FORMAT, "%s: rerankers of the family %s are not supported", f->path,
                       f->shape.family);
    size_t D = f->shape.D, labels = f->labels;
    *ret = (CrossHead){.D = D,
                       .labels = labels,
                       .activation = kind->activation,
                       .drops_input = kind->drops_input,
                       .dropout = f->head_dropout};
    set_tensor(&ret->tensors[HEAD_DENSE_WEIGHT], kind->dense, "weight", D, D, 0);
    set_tensor(&ret->tensors[HEAD_DENSE_BIAS], kind->dense, "bias", D, 0, D * D);
    set_tensor(&ret->tensors[HEAD_OUT_WEIGHT], kind->out, "weight", labels, D, D * D + D);
    set_tensor(&ret->tensors[HEAD_OUT_BIAS], kind->out, "bias", labels, 0, D * D + D + labels * D);
    return true;
}

size_t cross_head_parameters(const CrossHead *h)
{
    return h->tensors[HEAD_OUT_BIAS].at + h->labels;
}

bool cross_head_read(const CrossHead *h, const EncoderShape *s, const Weights *w, float *p,
                     Err *err)
{
    for (size_t i = 0; i < HEAD_TENSORS; i++)
        if (!encoder_read_tensor(s, w, &h->tensors[i], p + h->tensors[i].at, err)) return false;
    return true;
}

/* Of a pair: x after its dropout, z before the activation, a behind the activation's dropout. */
size_t cross_head_kept_floats(const CrossHead *h)
{
    return 3 * h->D;
}

static Dropout dropout_at(const CrossHead *h, const EncoderPass *pass, uint64_t place)
{
    bool on = pass && pass->dropout && (place != PLACE_INPUT || h->drops_input);
    return on ? (Dropout){h->dropout, dropout_key(pass->seed, place)} : (Dropout){0};
}

/* y (B,n) = b + x (B,k) · Wᵀ */
static void linear(const float *x, const float *weight, const float *bias, float *y, size_t B,
                   size_t n, size_t k)
{
    for (size_t i = 0; i < B; i++) memcpy(y + i * n, bias, n * sizeof *y);
    gemm(NULL, false, true, B, n, k, 1, x, k, weight, k, 1, y, n);
}

void cross_head_forward(const CrossHead *h, const float *p, const Ragged *batch,
                        const EncoderPass *pass, const float *hidden, float *kept, float *logits)
{
    size_t B = batch->B, D = h->D;
    float *x = kept, *z = x + B * D, *a = z + B * D;
    Dropout input = dropout_at(h, pass, PLACE_INPUT), inner = dropout_at(h, pass, PLACE_DENSE);
    for (size_t b = 0; b < B; b++)
        dropout_row(input, b, hidden + batch->offset[b] * D, x + b * D, D);
    linear(x, p + h->tensors[HEAD_DENSE_WEIGHT].at, p + h->tensors[HEAD_DENSE_BIAS].at, z, B, D, D);
    activation_forward(h->activation, z, a, B * D);
    for (size_t b = 0; b < B; b++) dropout_row(inner, b, a + b * D, a + b * D, D);
    linear(a, p + h->tensors[HEAD_OUT_WEIGHT].at, p + h->tensors[HEAD_OUT_BIAS].at, logits, B,
           h->labels, D);
}

/* Gradients of a layer's weight (n,k) and bias from dy (B,n) and x (B,k). */
static void linear_gradients(const CrossHead *h, HeadTensor weight, const float *dy, const float *x,
                             float *g, size_t B)
{
    size_t n = h->tensors[weight].rows, k = h->tensors[weight].columns;
    if (!g) return;
    gemm(NULL, true, false, n, k, B, 1, dy, n, x, k, 1, g + h->tensors[weight].at, k);
    for (size_t b = 0; b < B; b++) vector_axpy(1, dy + b * n, g + h->tensors[weight + 1].at, n);
}

void cross_head_backward(const CrossHead *h, const float *p, const Ragged *batch,
                         const EncoderPass *pass, float *kept, const float *dlogits, float *dhidden,
                         float *g)
{
    size_t B = batch->B, D = h->D;
    float *x = kept, *z = x + B * D, *a = z + B * D;
    Dropout input = dropout_at(h, pass, PLACE_INPUT), inner = dropout_at(h, pass, PLACE_DENSE);
    linear_gradients(h, HEAD_OUT_WEIGHT, dlogits, a, g, B);
    float *dz = a; /* its last use is above */
    gemm(NULL, false, false, B, D, h->labels, 1, dlogits, h->labels,
         p + h->tensors[HEAD_OUT_WEIGHT].at, D, 0, dz, D);
    for (size_t b = 0; b < B; b++) dropout_row(inner, b, dz + b * D, dz + b * D, D);
    activation_backward(h->activation, z, dz, dz, B * D);
    linear_gradients(h, HEAD_DENSE_WEIGHT, dz, x, g, B);
    float *dx = x;
    gemm(NULL, false, false, B, D, D, 1, dz, D, p + h->tensors[HEAD_DENSE_WEIGHT].at, D, 0, dx, D);
    memset(dhidden, 0, batch->N * D * sizeof *dhidden);
    for (size_t b = 0; b < B; b++)
        dropout_row(input, b, dx + b * D, dhidden + batch->offset[b] * D, D);
}
