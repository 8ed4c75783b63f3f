#include "store/vectors.h"

#include <math.h>

#include "store/sql.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "vectors are stored as little-endian floats");

bool embedder_register(Store *s, const char *name, const Hash *fingerprint, size_t dims,
                       int64_t *ret_id, Err *err)
{
    if (!store_begin(s, err)) return false;
    Sql q = sql_open(
        s, "INSERT INTO embedder(name, fingerprint, dims) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    sql_text(&q, name);
    sql_hash(&q, fingerprint);
    sql_i64(&q, (int64_t)dims);
    bool ok = sql_run(&q, err);
    int64_t id = 0, known = 0;
    q = sql_open(s, "SELECT id, dims FROM embedder WHERE fingerprint = ?");
    sql_hash(&q, fingerprint);
    if (ok && sql_next(&q)) {
        id = sql_get_id(&q);
        known = sql_get_count(&q);
    }
    ok = sql_close(&q, ok ? err : NULL) && ok;
    if (ok && known != (int64_t)dims)
        ok = err_set(err, ERR_CONFLICT,
                     "embedder %s: gives %zu dimensions, had %lld before: use the model it was",
                     name, dims, (long long)known);
    if (!sql_end(s, ok, err)) return false;
    *ret_id = id;
    return true;
}

static bool copy_vector(Sql *q, size_t dims, float *out)
{
    size_t size;
    const void *data = sql_get_blob(q, &size);
    if (!data || size / sizeof(float) != dims || size % sizeof(float) != 0) return false;
    memcpy(out, data, size);
    for (size_t i = 0; i < dims; i++) {
        if (!isfinite(out[i])) return false;
    }
    return true;
}

static bool read_vectors(Store *s, int64_t embedder_id, Role role, const Hash *hashes, size_t count,
                         size_t dims, float *out, bool *found, Err *err)
{
    Sql q = sql_open(s, "SELECT data FROM vector WHERE embedder_id = ? AND role = ? AND hash = ?");
    for (size_t i = 0; i < count; i++) {
        sql_again(&q);
        sql_i64(&q, embedder_id);
        sql_i64(&q, role);
        sql_hash(&q, &hashes[i]);
        found[i] = sql_next(&q) && copy_vector(&q, dims, out + i * dims);
        if (i % 256 == 0 && cancel_asked(s->cancel)) q.rc = SQLITE_INTERRUPT;
    }
    return sql_close(&q, err);
}

/* One transaction around all of them: each by itself would lock and unlock the file. */
bool vectors_get(Store *s, int64_t embedder_id, Role role, const Hash *hashes, size_t count,
                 size_t dims, float *out, bool *found, Err *err)
{
    return store_begin_read(s, err) &&
           sql_end(s, read_vectors(s, embedder_id, role, hashes, count, dims, out, found, err),
                   err);
}

bool vectors_put(Store *s, int64_t embedder_id, Role role, const Hash *hashes, size_t count,
                 size_t dims, const float *vectors, Err *err)
{
    for (size_t i = 0; i < count * dims; i++) {
        if (!isfinite(vectors[i]))
            return err_set(err, ERR_NUMERIC,
                           "the vector of text %zu of %zu holds a value that is not a number",
                           i / dims + 1, count);
    }
    if (!store_begin(s, err)) return false;
    Sql q = sql_open(s, "INSERT INTO vector(embedder_id, role, hash, data) VALUES (?, ?, ?, ?) ON"
                        " CONFLICT DO UPDATE SET data = excluded.data");
    for (size_t i = 0; i < count; i++) {
        sql_again(&q);
        sql_i64(&q, embedder_id);
        sql_i64(&q, role);
        sql_hash(&q, &hashes[i]);
        sql_blob(&q, vectors + i * dims, dims * sizeof(float));
        sql_next(&q);
    }
    return sql_end(s, sql_close(&q, err), err);
}
