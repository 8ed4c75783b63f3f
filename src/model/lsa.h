/* lsa: hashed features, tf-idf, truncated SVD. Each build is frozen: texts that it has not seen are
 * folded in.
 *
 * x = L2(tf · idf) of a text's features; idf = ln((N+1)/(df+1)) + 1; A (N, F) the chunks' x; A ≈ U
 * S Vᵀ of rank min(512, N − 1), at least 1; a text's vector is L2(x · V). V = Aᵀ U S⁻¹ is formed at
 * load from A and U S⁻¹, which are stored: far smaller than V for most projects. Only features that
 * some chunk has get a row of V. */
#ifndef MODEL_LSA_H
#define MODEL_LSA_H

#include "model/embedder.h"
#include "num/sparse.h"

typedef struct LsaOptions {
    size_t dims;   /* default 512; the rank found may be lower */
    size_t power;  /* power iterations, default 3 */
    uint64_t seed; /* default 1 */
    bool title_body;
} LsaOptions;

LsaOptions lsa_options_default(void);

extern const EmbedderOps LSA_OPS;

/* lsa_build: a new build from the project's live chunks, beside the older ones; the same chunks and
 * options again give the build that is there. ERR_MISSING: no chunks. One chunk gives one
 * dimension. */
bool lsa_build(const Env *env, const LsaOptions *options, int64_t *ret_build_id, Err *err);

/* lsa_new_share: the share of live chunks that the newest build has not seen (advice: above 0.2
 * build again). */
bool lsa_new_share(const Env *env, double *ret, Err *err);

/* For training the table itself. e must be an lsa embedder. */
size_t lsa_rows(const Embedder *e);               /* rows of V */
const float *lsa_table(const Embedder *e);        /* (rows, dims) */
/* lsa_sparse: x of each text over the rows of V, L2-normalised. *ret fresh, the caller's. */
bool lsa_sparse(const Embedder *e, Pool *pool, const char *const *texts, size_t count, Sparse *ret,
                Err *err);

/* lsa_with_table: an embedder of the same build whose rows `row[i]` (count, ascending) are replaced
 * by values (count, dims); name and fingerprint are new. Takes over e on success. */
bool lsa_with_table(Embedder *e, const char *name, const uint32_t *row, const float *values,
                    size_t count, Err *err);

#endif
