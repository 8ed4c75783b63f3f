#include "store/blob.h"

#include "store/owner.h"

#define PIECE_BYTES ((size_t)1 << 20)
#define TRANSACTION_BYTES ((size_t)64 << 20)

typedef VEC(int64_t) Ids;

static bool find_orphans(Store *s, Ids *ids, Err *err)
{
    Arena arena = {0};
    Sql q = sql_open(s, "SELECT id, owner FROM blob WHERE owner IS NOT NULL");
    while (sql_next(&q)) {
        int64_t id = sql_get_id(&q);
        const char *owner = sql_get_words(&q, &arena);
        if (!owner_is_self(owner) && !owner_is_other(owner)) vec_push(ids, id);
    }
    arena_release(&arena);
    return sql_close(&q, err);
}

static bool remove_orphans(Store *s, Err *err)
{
    Ids ids = {0};
    bool ok = find_orphans(s, &ids, err);
    for (size_t i = 0; ok && i < ids.count; i++) {
        ok = sql_run_i64(s, "DELETE FROM blob WHERE id = ?", ids.items[i], err);
    }
    vec_release(&ids);
    return ok;
}

static bool start_blob(Store *s, size_t size, int64_t *ret_id, Err *err)
{
    char owner[OWNER_SIZE];
    owner_self(owner);
    Sql q = sql_open(s, "INSERT INTO blob(size, owner) VALUES (?, ?)");
    sql_i64(&q, (int64_t)size);
    sql_text(&q, owner);
    if (!sql_run(&q, err)) return false;
    *ret_id = sql_last_id(s);
    return true;
}

/* Pieces first … end - 1 in one transaction. */
static bool write_pieces(Store *s, int64_t id, const uint8_t *data, size_t size, size_t first,
                         size_t end, Err *err)
{
    if (!store_begin(s, err)) return false;
    Sql q = sql_open(s, "INSERT INTO piece(blob_id, n, data) VALUES (?, ?, ?)");
    for (size_t n = first; n < end; n++) {
        size_t at = n * PIECE_BYTES;
        sql_again(&q);
        sql_i64(&q, id);
        sql_i64(&q, (int64_t)n);
        sql_blob(&q, data + at, size - at < PIECE_BYTES ? size - at : PIECE_BYTES);
        sql_next(&q);
    }
    bool ok = sql_close(&q, err) && (!s->cancel || cancel_check(s->cancel, err));
    return sql_end(s, ok, err);
}

bool blob_write(Store *s, const void *data, size_t size, int64_t *ret_id, Err *err)
{
    int64_t id = 0;
    size_t pieces = size / PIECE_BYTES + (size % PIECE_BYTES > 0);
    size_t step = TRANSACTION_BYTES / PIECE_BYTES;
    if (!remove_orphans(s, err) || !start_blob(s, size, &id, err)) return false;
    for (size_t first = 0; first < pieces; first += step) {
        size_t end = first + step < pieces ? first + step : pieces;
        if (!write_pieces(s, id, data, size, first, end, err)) {
            blob_drop(s, id);
            return false;
        }
        if (end < pieces) sql_breathe(s);
    }
    *ret_id = id;
    return true;
}

bool blob_adopt(Store *s, int64_t id, Err *err)
{
    return sql_run_i64(s, "UPDATE blob SET owner = NULL WHERE id = ?", id, err);
}

void blob_drop(Store *s, int64_t id)
{
    const Cancel *cancel = s->cancel;
    s->cancel = NULL; /* a stopped write is cleaned up all the same */
    sql_run_i64(s, "DELETE FROM blob WHERE id = ?", id, NULL);
    s->cancel = cancel;
}

static bool blob_broken(const Store *s, Err *err)
{
    return err_set(err, ERR_DATABASE,
                   "%s: is damaged: an array in it is not whole; build or train it again", s->path);
}

/* The size that the blob's row promises, once its pieces were seen to add up to it. */
static bool blob_size(Store *s, int64_t id, size_t *ret, Err *err)
{
    Sql q = sql_open(s, "SELECT size, (SELECT sum(length(data)) FROM piece WHERE blob_id ="
                        " blob.id) FROM blob WHERE id = ? AND owner IS NULL");
    sql_i64(&q, id);
    bool found = sql_next(&q);
    int64_t size = found ? sql_get_count(&q) : 0, held = found ? sql_get_count(&q) : -1;
    if (!sql_close(&q, err)) return false;
    if (size != held) return blob_broken(s, err);
    *ret = (size_t)size;
    return true;
}

bool blob_read(Store *s, int64_t id, void **ret, size_t *ret_size, Err *err)
{
    size_t size = 0, at = 0;
    if (!blob_size(s, id, &size, err)) return false;
    uint8_t *out = size > SIZE_MAX - 128 ? NULL : aligned_alloc(64, (size / 64 + 1) * 64);
    if (!out)
        return err_set(err, ERR_MEMORY,
                       "%s: an array of %zu MB does not fit: close something, then try again",
                       s->path, size >> 20);
    Sql q = sql_open(s, "SELECT data FROM piece WHERE blob_id = ? ORDER BY n");
    sql_i64(&q, id);
    bool fits = true;
    while (fits && sql_next(&q)) {
        size_t n;
        const void *data = sql_get_blob(&q, &n);
        fits = n <= size - at && (data || n == 0);
        if (fits && n > 0) memcpy(out + at, data, n);
        if (fits) at += n;
    }
    bool ok = sql_close(&q, err) && ((fits && at == size) || blob_broken(s, err));
    if (!ok) {
        free(out);
        return false;
    }
    *ret = out;
    *ret_size = size;
    return true;
}
