#include "model/encoder.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/encoder_parts.h"
#include "num/gemm.h"
#include "num/panel.h"

/* ---- tensors of a folder ---- */

static bool find_checked(const EncoderShape *s, const Weights *w, const EncoderTensor *t,
                         TensorView *ret, Err *err)
{
    TensorView v;
    if (!encoder_find(w, s, t->name, &v))
        return err_set(err, ERR_FORMAT,
                       "the weights have no tensor \"%s\", which config.json asks for: the "
                       "download is not whole, or config.json is of another model",
                       t->name);
    bool fits = t->columns ? v.dims == 2 && v.shape[0] == t->rows && v.shape[1] == t->columns
                           : v.dims == 1 && v.shape[0] == t->rows;
    if (!fits && t->columns)
        return err_set(err, ERR_FORMAT,
                       "tensor \"%s\" is not of the shape (%zu,%zu) that config.json says", v.name,
                       t->rows, t->columns);
    if (!fits)
        return err_set(err, ERR_FORMAT,
                       "tensor \"%s\" is not of the shape (%zu) that config.json says", v.name,
                       t->rows);
    if (v.dtype != DTYPE_F32 && v.dtype != DTYPE_F16 && v.dtype != DTYPE_BF16 &&
        v.dtype != DTYPE_F64)
        return err_set(err, ERR_FORMAT,
                       "tensor \"%s\" is of type %s; weights have to be F32, F16, BF16 or F64",
                       v.name, dtype_name(v.dtype));
    *ret = v;
    return true;
}

static size_t tensor_floats(const EncoderTensor *t)
{
    return t->rows * (t->columns ? t->columns : 1);
}

bool encoder_read_tensor(const EncoderShape *s, const Weights *w, const EncoderTensor *t, float *p,
                         Err *err)
{
    TensorView v = {0};
    if (!find_checked(s, w, t, &v, err)) return false;
    dtype_read(v.dtype, v.data, p, tensor_floats(t));
    weights_forget(w, &v);
    return true;
}

bool encoder_read(const EncoderShape *shape, const Weights *w, float *p, Err *err)
{
    EncoderTensor *tensors;
    size_t count = encoder_tensors(shape, &tensors);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = encoder_read_tensor(shape, w, &tensors[i], p + tensors[i].at, err);
    free(tensors);
    return ok;
}

/* ---- opening ---- */

static Encoder *encoder_new(const EncoderShape *shape)
{
    Encoder *e = mem_zero(1, sizeof *e);
    e->shape = *shape;
    e->count = encoder_tensors(shape, &e->tensors);
    e->embeddings = e->count - shape->L * LAYER_TENSORS;
    e->value = mem_zero(e->count, sizeof *e->value);
    return e;
}

/* The tables stand first: word, position and, where there is one, type. */
static Table *table_of(Encoder *e, size_t tensor)
{
    Table *const tables[] = {&e->word, &e->position, &e->type};
    return e->tensors[tensor].layer < 0 && e->tensors[tensor].columns ? tables[tensor] : NULL;
}

bool encoder_over(const EncoderShape *shape, const float *p, Encoder **ret, Err *err)
{
    (void)err;
    Encoder *e = encoder_new(shape);
    e->p = p;
    for (size_t i = 0; i < e->count; i++) {
        e->value[i] = p + e->tensors[i].at;
        Table *table = table_of(e, i);
        if (table) *table = (Table){DTYPE_F32, e->value[i]};
    }
    *ret = e;
    return true;
}

/* Rows of a weight that a piece of packing converts and packs. */
#define PACK_ROWS ((size_t)64)

#define FEW_TOKENS 256 /* of a first pass that is cheaper than packing all panels to keep */

typedef struct PackJob {
    TensorView view;
    size_t in;
    float *panels;
    size_t at;      /* first column of the panels */
    float *scratch; /* (threads, PACK_ROWS, in); NULL: not wanted yet */
} PackJob;

static bool lies_ready(const TensorView *v)
{
    return v->dtype == DTYPE_F32 && (uintptr_t)v->data % _Alignof(float) == 0;
}

static void pack_rows(void *context, size_t first, size_t end, size_t thread)
{
    const PackJob *job = context;
    const float *rows = job->view.data;
    if (lies_ready(&job->view)) {
        rows += first * job->in;
    } else {
        float *converted = job->scratch + thread * PACK_ROWS * job->in;
        dtype_read(job->view.dtype,
                   (const char *)job->view.data + first * job->in * dtype_bytes(job->view.dtype),
                   converted, (end - first) * job->in);
        rows = converted;
    }
    gemm_pack(NULL, true, rows, job->in, job->in, end - first, job->panels, job->at + first);
}

/* All matrices of one product of a layer, beside each other. */
void encoder_pack_linear(const Encoder *e, Pool *pool, size_t layer, Linear linear, float *panels)
{
    LinearInfo info = linear_info(&e->shape, linear);
    size_t rows = info.out / info.maps, tail = info.in * gemm_width();
    PackJob job = {.in = info.in, .panels = panels};
    if (info.out % gemm_width())
        memset(panels + gemm_panel_floats(info.in, info.out) - tail, 0, tail * sizeof *panels);
    for (size_t map = 0; map < info.maps; map++) {
        job.view = e->packing->views[layer_tensor(e, layer, info.weight + map)];
        job.at = map * rows;
        if (!lies_ready(&job.view) && !job.scratch)
            job.scratch = mem_alloc(pool_threads(pool) * PACK_ROWS * info.in * sizeof(float));
        pool_range(pool, rows, PACK_ROWS, pack_rows, &job);
    }
    free(job.scratch);
}

static void pack_layers(const Encoder *e, Pool *pool)
{
    float *panels = e->panels;
    for (size_t layer = 0; layer < e->shape.L; layer++)
        for (Linear linear = 0; linear < LINEARS; linear++) {
            LinearInfo info = linear_info(&e->shape, linear);
            encoder_pack_linear(e, pool, layer, linear, panels);
            for (size_t map = 0; map < info.maps; map++)
                weights_forget(e->packing->weights,
                               &e->packing->views[layer_tensor(e, layer, info.weight + map)]);
            panels += gemm_panel_floats(info.in, info.out);
        }
}

void encoder_pack(const Encoder *e, Pool *pool, size_t N)
{
    Packing *k = e->packing;
    if (!k || atomic_load(&k->packed)) return;
    if (!atomic_exchange(&k->used, true) && N < FEW_TOKENS) return;
    pthread_mutex_lock(&k->lock);
    if (!atomic_load(&k->packed)) pack_layers(e, pool);
    atomic_store(&k->packed, true);
    pthread_mutex_unlock(&k->lock);
}

/* Where all tensors lie, and the vectors among them. */
static bool read_vectors(Encoder *e, const Weights *w, Err *err)
{
    float *to = e->vectors;
    for (size_t i = 0; i < e->count; i++) {
        TensorView v = {0};
        Table *table = table_of(e, i);
        if (!find_checked(&e->shape, w, &e->tensors[i], &v, err)) return false;
        e->packing->views[i] = v;
        if (e->tensors[i].columns && !table) continue;
        if (table) {
            *table = (Table){v.dtype, v.data};
            continue;
        }
        dtype_read(v.dtype, v.data, to, e->tensors[i].rows);
        e->value[i] = to;
        to += e->tensors[i].rows;
    }
    return true;
}

static size_t panel_floats_of_all(const EncoderShape *s)
{
    size_t sum = 0;
    for (Linear linear = 0; linear < LINEARS; linear++) {
        LinearInfo info = linear_info(s, linear);
        sum += gemm_panel_floats(info.in, info.out);
    }
    return sum * s->L;
}

bool encoder_open(const EncoderShape *shape, const Weights *w, Pool *pool, Encoder **ret, Err *err)
{
    (void)pool; /* the first pass packs */
    Encoder *e = encoder_new(shape);
    for (size_t i = 0; i < e->count; i++)
        if (!e->tensors[i].columns) e->vector_floats += e->tensors[i].rows;
    e->vectors = mem_alloc(e->vector_floats * sizeof *e->vectors);
    e->packing = mem_zero(1, sizeof *e->packing);
    e->packing->weights = w;
    e->packing->views = mem_zero(e->count, sizeof *e->packing->views);
    pthread_mutex_init(&e->packing->lock, NULL);
    e->panel_floats = panel_floats_of_all(shape);
    e->panels = panel_new(1, e->panel_floats, NULL);
    bool ok = e->panels || err_set(err, ERR_MEMORY, "no memory for the encoder's %zu MB of weights",
                                   e->panel_floats * sizeof(float) / 1000000);
    ok = ok && read_vectors(e, w, err);
    if (!ok) {
        encoder_close(e);
        return false;
    }
    *ret = e;
    return true;
}

void encoder_close(Encoder *e)
{
    if (!e) return;
    if (e->packing) {
        pthread_mutex_destroy(&e->packing->lock);
        free(e->packing->views);
        free(e->packing);
    }
    free(e->tensors);
    free(e->value);
    free(e->vectors);
    free(e->panels);
    free(e);
}

const EncoderShape *encoder_shape(const Encoder *e)
{
    return &e->shape;
}

size_t encoder_bytes(const Encoder *e)
{
    return sizeof *e + e->count * (sizeof *e->tensors + sizeof *e->value) +
           (e->vector_floats + e->panel_floats) * sizeof(float);
}
