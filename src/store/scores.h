/* The score cache: (reranker, hash of the exact query, hash of the exact text) → score. No pair is
 * scored twice. */
#ifndef STORE_SCORES_H
#define STORE_SCORES_H

#include "store/store.h"

/* pair_hash: of a query's hash and a text's. */
Hash pair_hash(const Hash *query, const Hash *text);

/* reranker_register: the number of a fingerprint (which covers model and options). */
bool reranker_register(Store *s, const char *name, const Hash *fingerprint, int64_t *ret_id,
                       Err *err);

/* scores_get: fills out[i] where pairs[i] is known and sets found[i]. */
bool scores_get(Store *s, int64_t reranker_id, const Hash *pairs, size_t count, float *out,
                bool *found, Err *err);

/* scores_put: one transaction. ERR_NUMERIC: a score is not finite. */
bool scores_put(Store *s, int64_t reranker_id, const Hash *pairs, size_t count, const float *scores,
                Err *err);

#endif
