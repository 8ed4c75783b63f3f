/* Trainable: what the training loop can train. Two sides, query and passage, each over rows known
 * by number (row i of the query side is question i of the training set). One block of parameters,
 * one of gradients. One kind, one file, one row of the table in trainable.c (adapters share one
 * file). */
#ifndef MODEL_TRAINABLE_H
#define MODEL_TRAINABLE_H

#include "base/str.h"
#include "model/adapter.h"
#include "model/embedder.h"

typedef struct Trainable Trainable;

typedef struct TrainableOps {
    bool trains_passages;  /* false: passage vectors stay as they are */
    /* forward: y (count, dims) = vectors of the given rows; not normalised. Keeps what backward
     * needs, for one call a side. backward: accumulates into the gradient block from dy (count,
     * dims). */
    void (*forward)(Trainable *t, Role role, const uint32_t *rows, size_t count, float *y);
    void (*backward)(Trainable *t, Role role, const uint32_t *rows, size_t count, const float *dy);
    bool (*freeze)(const Trainable *t, const float *p, const char **ret_kind, char **ret_config, void **ret_blob,
                   size_t *ret_size, Err *err); /* as trainable_freeze */
    size_t (*bytes)(const Trainable *t); /* as trainable_bytes */
    void (*close)(Trainable *t);
} TrainableOps;

struct Trainable {
    const TrainableOps *ops;
    Pool *pool;
    size_t dims;
    size_t count;           /* parameters */
    float *p, *g;           /* (count) parameters and gradients; the loop zeroes g */
    const uint8_t *decayed; /* (count) or NULL: nowhere */
};

typedef struct TrainableWanted {
    const char *method;
    size_t hidden;  /* 0: the method's default */
    uint64_t seed;
    const Embedder *embedder;  /* borrowed for the life of the trainable */
    const char *const *queries;  size_t query_count;
    const char *const *passages; size_t passage_count; /* as passage_text gives them */
} TrainableWanted;

/* trainable_new: reads base vectors through the cache. Method "linear" | "low-rank" | "two-layer"
 * over any embedder, "table" over lsa. ERR_USAGE names what the embedder cannot do. */
bool trainable_new(const Env *env, const TrainableWanted *wanted, Trainable **ret, Err *err);
void trainable_free(Trainable *t);
size_t trainable_bytes(const Trainable *t); /* memory that it holds, parameters and gradients too */
bool trainable_known(const char *method);
void trainable_methods(Str *out); /* appends " name" for each */

/* trainable_freeze: the retriever that the parameters p (count) make: kind, config JSON and blob
 * for a RetrieverRow. */
bool trainable_freeze(const Trainable *t, const float *p, const char **ret_kind, char **ret_config, void **ret_blob,
                      size_t *ret_size, Err *err);

#endif
