/* Adapters as trainables: base vectors of both sides are read once through the cache; only the
 * query side is mapped. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/trainable_kinds.h"

typedef struct AdapterTrainable {
    Trainable base;
    Adapter *adapter; /* base.p is its block */
    uint8_t *decayed;
    float *queries, *passages; /* (Q,dims), (C,dims) */
    float *x, *h;              /* the last query batch and its hidden layer, grown to the largest */
    size_t room;               /* rows that x and h hold */
    size_t query_count, passage_count;
} AdapterTrainable;

static bool claims(const char *method)
{
    return adapter_kind_find(method) != NULL;
}

static void list(Str *out)
{
    for (size_t i = 0; i < ADAPTER_KIND_COUNT; i++) str_addf(out, " %s", ADAPTER_KINDS[i].method);
}

static void gather(const float *from, size_t dims, const uint32_t *rows, size_t count, float *to)
{
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * dims, from + (size_t)rows[i] * dims, dims * sizeof *to);
}

/* The first batches grow the buffers; later ones allocate nothing. */
static void make_room(AdapterTrainable *t, size_t count)
{
    if (count <= t->room) return;
    t->x = mem_grow(t->x, count * t->base.dims * sizeof *t->x);
    t->h = mem_grow(t->h, (2 * count * t->adapter->shape.hidden + 1) * sizeof *t->h);
    t->room = count;
}

static void forward(Trainable *base, Role role, const uint32_t *rows, size_t count, float *y)
{
    AdapterTrainable *t = (AdapterTrainable *)base;
    if (role == ROLE_PASSAGE) {
        gather(t->passages, base->dims, rows, count, y);
        return;
    }
    make_room(t, count);
    gather(t->queries, base->dims, rows, count, t->x);
    t->adapter->kind->forward(base->pool, t->adapter->shape, base->p, t->x, t->h, y, count);
}

static void backward(Trainable *base, Role role, const uint32_t *rows, size_t count,
                     const float *dy)
{
    (void)rows;
    AdapterTrainable *t = (AdapterTrainable *)base;
    if (role == ROLE_PASSAGE) return;
    t->adapter->kind->backward(base->pool, t->adapter->shape, base->p, t->x, t->h, dy, base->g,
                               count);
}

static bool freeze(const Trainable *base, const float *p, const char **ret_kind, char **ret_config,
                   void **ret_blob, size_t *ret_size, Err *err)
{
    (void)err;
    const AdapterTrainable *t = (const AdapterTrainable *)base;
    float *blob = mem_alloc(base->count * sizeof *blob);
    memcpy(blob, p, base->count * sizeof *blob);
    *ret_kind = "adapter";
    *ret_config = adapter_config_json(t->adapter);
    *ret_blob = blob;
    *ret_size = base->count * sizeof *blob;
    return true;
}

static void close_adapter(Trainable *base)
{
    AdapterTrainable *t = (AdapterTrainable *)base;
    adapter_free(t->adapter);
    free(base->g);
    free(t->decayed);
    free(t->queries);
    free(t->passages);
    free(t->x);
    free(t->h);
    free(t);
}

static size_t bytes(const Trainable *base)
{
    const AdapterTrainable *t = (const AdapterTrainable *)base;
    size_t hidden = 2 * t->adapter->shape.hidden,
           vectors = t->query_count + t->passage_count + t->room;
    return sizeof *t + base->count * (sizeof *base->p + sizeof *base->g + sizeof *t->decayed) +
           (vectors * base->dims + t->room * hidden) * sizeof(float);
}

static const TrainableOps OPS = {
    .trains_passages = false,
    .forward = forward,
    .backward = backward,
    .freeze = freeze,
    .bytes = bytes,
    .close = close_adapter,
};

static uint8_t *mark_decayed(const Adapter *a)
{
    AdapterTensor tensors[ADAPTER_TENSORS];
    size_t count = a->kind->tensors(a->shape, tensors);
    uint8_t *decayed = mem_zero(a->count, 1);
    for (size_t i = 0; i < count; i++) {
        size_t size = tensors[i].rows * (tensors[i].columns ? tensors[i].columns : 1);
        memset(decayed + tensors[i].at, tensors[i].decayed, size);
    }
    return decayed;
}

static bool make(const Env *env, const TrainableWanted *w, Trainable **ret, Err *err)
{
    size_t dims = w->embedder->dims;
    AdapterTrainable *t = mem_zero(1, sizeof *t);
    t->base = (Trainable){.ops = &OPS, .pool = env->pool, .dims = dims};
    t->query_count = w->query_count;
    t->passage_count = w->passage_count;
    AdapterShape shape = {.dims = dims, .hidden = w->hidden};
    bool ok = adapter_new(adapter_kind_find(w->method), shape, w->seed, &t->adapter, err) &&
              (t->base.g = mem_tensor(1, t->adapter->count, "the gradients", err)) &&
              (t->queries = mem_tensor(w->query_count, dims, "the question vectors", err)) &&
              (t->passages = mem_tensor(w->passage_count, dims, "the passage vectors", err)) &&
              embedder_vectors(env, w->embedder, ROLE_QUERY, w->queries, w->query_count, t->queries,
                               err) &&
              embedder_vectors(env, w->embedder, ROLE_PASSAGE, w->passages, w->passage_count,
                               t->passages, err);
    if (!ok) {
        close_adapter(&t->base);
        return false;
    }
    t->base.p = t->adapter->p;
    t->base.count = t->adapter->count;
    t->decayed = mark_decayed(t->adapter);
    t->base.decayed = t->decayed;
    *ret = &t->base;
    return true;
}

const TrainableKind TRAINABLE_ADAPTER = {.claims = claims, .list = list, .make = make};
