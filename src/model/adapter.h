/* Adapters: a small map on the query vector only, so that documents keep their vectors.
 *   linear     q' = W q + b                    W = I, b = 0 at the start
 *   low-rank   q' = q + U (V q) + b            U = 0, V random at the start: identity
 *   two-layer  q' = q + r (W2 relu(W1 q + b1) + b2)   r = 0 at the start: identity; r is trained
 *              (residual_weight)
 * One block of parameters; names and shapes from one table that the exporter and the tests share.
 * One kind, one row of the table in adapter.c. */
#ifndef MODEL_ADAPTER_H
#define MODEL_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

typedef struct AdapterShape {
    size_t dims;   /* of the embedder */
    size_t hidden; /* rank of low-rank, width of two-layer; 0 for linear */
} AdapterShape;

typedef struct AdapterTensor {
    const char *name;      /* "linear.weight" as LlamaIndex names it where it has one */
    size_t rows, columns;  /* columns 0: a vector */
    bool decayed;          /* weight decay applies */
    size_t at;             /* first float in the block */
} AdapterTensor;

#define ADAPTER_TENSORS 6

typedef struct Adapter Adapter;

typedef struct AdapterKind {
    const char *method;    /* "linear" … the --method word */
    const char *describes;
    size_t default_hidden_divisor; /* hidden = dims / this; 0: the kind has none */
    size_t (*tensors)(AdapterShape shape, AdapterTensor out[ADAPTER_TENSORS]);
    void (*start)(AdapterShape shape, float *p, uint64_t seed);
    /* x (B,dims) in; y (B,dims) out, must not alias x; h (2,B,hidden) kept for backward, may be
     * NULL when hidden is 0 */
    void (*forward)(Pool *pool, AdapterShape shape, const float *p, const float *x, float *h, float *y, size_t B);
    /* dy (B,dims) in; dp (count) accumulates; h as forward left it, its second half overwritten */
    void (*backward)(Pool *pool, AdapterShape shape, const float *p, const float *x, float *h, const float *dy,
                     float *dp, size_t B);
} AdapterKind;

extern const AdapterKind ADAPTER_KINDS[];
extern const size_t ADAPTER_KIND_COUNT;
const AdapterKind *adapter_kind_find(const char *method); /* NULL: unknown */

size_t adapter_parameters(const AdapterKind *kind, AdapterShape shape); /* floats in the block */

/* An adapter ready for use. */
struct Adapter {
    const AdapterKind *kind;
    AdapterShape shape;
    size_t count;  /* parameters */
    float *p;      /* owned */
};

/* adapter_new: at its start, the identity. shape.hidden 0: the kind's default. */
bool adapter_new(const AdapterKind *kind, AdapterShape shape, uint64_t seed, Adapter **ret,
                 Err *err);
void adapter_free(Adapter *a);
/* adapter_load: from a retriever row's config JSON ({"method","dims","hidden"}) and blob; checks
 * sizes and finiteness. */
bool adapter_load(const char *config_json, const void *blob, size_t size, Adapter **ret, Err *err);
char *adapter_config_json(const Adapter *a);
/* adapter_apply: y (count, dims) = adapter of x (count, dims); L2-normalised when normalize; must
 * not alias. */
bool adapter_apply(Pool *pool, const Adapter *a, const float *x, float *y, size_t count,
                   bool normalize, Err *err);

#endif
