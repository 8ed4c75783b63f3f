/* The vector cache: (embedder, role, hash of the exact input) → vector. Nothing is embedded twice. */
#ifndef STORE_VECTORS_H
#define STORE_VECTORS_H

#include "store/store.h"

/* embedder_register: the number of a fingerprint (which covers model, build, options and
 * dimensions). */
bool embedder_register(Store *s, const char *name, const Hash *fingerprint, size_t dims,
                       int64_t *ret_id, Err *err);

/* vectors_get: fills row i of out (count, dims) where hashes[i] is cached and sets found[i]. A row
 * of the wrong size or with a value that is not finite counts as not found. */
bool vectors_get(Store *s, int64_t embedder_id, Role role, const Hash *hashes, size_t count, size_t dims,
                 float *out, bool *found, Err *err);
/* vectors_put: one transaction. */
bool vectors_put(Store *s, int64_t embedder_id, Role role, const Hash *hashes, size_t count, size_t dims,
                 const float *vectors, Err *err);

/* Builds of embedders made from the project (lsa): a head (JSON) and named arrays, stored in
 * pieces. */
typedef struct BuildRow {
    int64_t id, made_ms;
    Hash inputs;      /* of what it was made from: the same inputs give the same build */
    int64_t chunks;
    char head[512];   /* JSON */
} BuildRow;

bool build_begin(Store *s, const char *kind, const Hash *inputs, int64_t chunks,
                 const char *head_json, int64_t *ret_id, Err *err);
bool build_write(Store *s, int64_t build_id, const char *array, const void *data, size_t size,
                 Err *err);
bool build_finish(Store *s, int64_t build_id, Err *err);      /* only then is it seen */
bool build_latest(Store *s, const char *kind, BuildRow *ret, bool *ret_found, Err *err);
bool build_get(Store *s, int64_t build_id, BuildRow *ret, Err *err);

/* caller's block, 64-byte aligned */
bool build_read(Store *s, int64_t build_id, const char *array, void **ret, size_t *ret_size,
                Err *err);

/* Blobs that can be made again, by name: the inverted index. hash says what it was made from. */

/* NULL: not there or made from something else */
bool cache_get(Store *s, const char *name, const Hash *hash, void **ret, size_t *ret_size,
               Err *err);
bool cache_put(Store *s, const char *name, const Hash *hash, const void *data, size_t size,
               Err *err);

#endif
