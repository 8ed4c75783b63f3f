/* Adapters as trainables: base vectors of both sides are read once through the cache; only the
 * query side is mapped. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/trainable_kinds.h"

typedef struct AdapterTrainable {
    Trainable base;
    Adapter *adapter; /* base.p is its block */
    ParameterRange decayed[ADAPTER_TENSORS];
    uint64_t seed;             /* of the parameters' start */
    float *queries, *passages; /* (Q,dims), (C,dims) */
    float *x, *h;              /* the last query batch and its hidden layer, grown to the largest */
    size_t room;               /* rows that x and h hold */
    size_t query_count, passage_count;
} AdapterTrainable;

static const TrainableDefaults *defaults(const char *method)
{
    static const TrainableDefaults DEFAULTS = {.epochs = 8, .batch = 64, .lr = 1e-3};
    return adapter_kind_find(method) ? &DEFAULTS : NULL;
}

static void list(Str *out)
{
    for (size_t i = 0; i < ADAPTER_KIND_COUNT; i++) str_addf(out, " %s", ADAPTER_KINDS[i].method);
}

static bool fits(const Env *env, const char *embedder)
{
    (void)env, (void)embedder;
    return true;
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

static void map_queries(AdapterTrainable *t, const uint32_t *rows, size_t count, float *y)
{
    make_room(t, count);
    gather(t->queries, t->base.dims, rows, count, t->x);
    t->adapter->kind->forward(t->base.pool, t->adapter->shape, t->base.p, t->x, t->h, y, count);
}

static bool forward(Trainable *base, const TrainableRows *rows, uint64_t seed, float *yq, float *yd,
                    Err *err)
{
    (void)seed, (void)err;
    AdapterTrainable *t = (AdapterTrainable *)base;
    map_queries(t, rows->query, rows->queries, yq);
    gather(t->passages, base->dims, rows->passage, rows->passages, yd);
    return true;
}

static bool backward(Trainable *base, const TrainableRows *rows, uint64_t seed, const float *dyq,
                     const float *dyd, Err *err)
{
    (void)seed, (void)dyd, (void)err;
    AdapterTrainable *t = (AdapterTrainable *)base;
    t->adapter->kind->backward(base->pool, t->adapter->shape, base->p, t->x, t->h, dyq, base->g,
                               rows->queries);
    return true;
}

static bool embed(Trainable *base, Role role, const uint32_t *rows, size_t count, float *y,
                  Err *err)
{
    (void)err;
    AdapterTrainable *t = (AdapterTrainable *)base;
    if (role == ROLE_QUERY)
        map_queries(t, rows, count, y);
    else
        gather(t->passages, base->dims, rows, count, y);
    return true;
}

static bool restart(Trainable *base, Err *err)
{
    AdapterTrainable *t = (AdapterTrainable *)base;
    Adapter *fresh;
    if (!adapter_new(t->adapter->kind, t->adapter->shape, t->seed, &fresh, err)) return false;
    memcpy(base->p, fresh->p, base->count * sizeof *base->p);
    adapter_free(fresh);
    return true;
}

static void freeze(const Trainable *base, const char **ret_kind, char **ret_config, void **ret_blob,
                   size_t *ret_size)
{
    const AdapterTrainable *t = (const AdapterTrainable *)base;
    float *blob = mem_alloc(base->count * sizeof *blob);
    memcpy(blob, base->p, base->count * sizeof *blob);
    *ret_kind = "adapter";
    *ret_config = adapter_config_json(t->adapter);
    *ret_blob = blob;
    *ret_size = base->count * sizeof *blob;
}

static void close_adapter(Trainable *base)
{
    AdapterTrainable *t = (AdapterTrainable *)base;
    adapter_free(t->adapter);
    free(base->g);
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
    return sizeof *t + base->count * (sizeof *base->p + sizeof *base->g) +
           (vectors * base->dims + t->room * hidden) * sizeof(float);
}

static const TrainableOps OPS = {
    .trains_passages = false,
    .forward = forward,
    .backward = backward,
    .embed = embed,
    .restart = restart,
    .freeze = freeze,
    .bytes = bytes,
    .close = close_adapter,
};

static void mark_decayed(AdapterTrainable *t)
{
    AdapterTensor tensors[ADAPTER_TENSORS];
    size_t count = t->adapter->kind->tensors(t->adapter->shape, tensors);
    for (size_t i = 0; i < count; i++) {
        size_t size = tensors[i].rows * (tensors[i].columns ? tensors[i].columns : 1);
        if (tensors[i].decayed)
            t->decayed[t->base.ranges++] = (ParameterRange){tensors[i].at, tensors[i].at + size};
    }
    t->base.decayed = t->decayed;
}

static bool make(const Env *env, const TrainableWanted *w, Trainable **ret, Err *err)
{
    size_t dims = (*w->embedder)->dims;
    AdapterTrainable *t = mem_zero(1, sizeof *t);
    t->base = (Trainable){.ops = &OPS, .pool = env->pool, .dims = dims};
    t->seed = w->seed;
    t->query_count = w->query_count;
    t->passage_count = w->passage_count;
    AdapterShape shape = {.dims = dims, .hidden = w->hidden};
    bool ok = adapter_new(adapter_kind_find(w->method), shape, w->seed, &t->adapter, err) &&
              (t->base.g = mem_tensor(1, t->adapter->count, "the gradients", err)) &&
              (t->queries = mem_tensor(w->query_count, dims, "the question vectors", err)) &&
              (t->passages = mem_tensor(w->passage_count, dims, "the passage vectors", err)) &&
              embedder_vectors(env, *w->embedder, ROLE_QUERY, w->queries, w->query_count,
                               t->queries, err) &&
              embedder_vectors(env, *w->embedder, ROLE_PASSAGE, w->passages, w->passage_count,
                               t->passages, err);
    if (!ok) {
        close_adapter(&t->base);
        return false;
    }
    t->base.p = t->adapter->p;
    t->base.count = t->adapter->count;
    mark_decayed(t);
    *ret = &t->base;
    return true;
}

const TrainableKind TRAINABLE_ADAPTER = {.defaults = defaults, .list = list, .fits = fits, .make = make};
