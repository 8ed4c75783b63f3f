#include "base/clock.h"
#include "store/blob.h"
#include "store/owner.h"
#include "store/vectors.h"

/* Unfinished builds of this kind that nobody is at work on; one of this process was given up. */
static bool remove_unfinished(Store *s, const char *kind, Err *err)
{
    VEC(int64_t) ids = {0};
    Arena arena = {0};
    Sql q = sql_open(s, "SELECT id, owner FROM build WHERE NOT finished AND kind = ?");
    sql_text(&q, kind);
    while (sql_next(&q)) {
        int64_t id = sql_get_id(&q);
        if (!owner_is_other(sql_get_text(&q, &arena))) vec_push(&ids, id);
    }
    bool ok = sql_close(&q, err);
    for (size_t i = 0; ok && i < ids.count; i++) {
        ok = sql_run_i64(s, "DELETE FROM build WHERE id = ?", ids.items[i], err);
    }
    arena_release(&arena);
    vec_release(&ids);
    return ok;
}

bool build_begin(Store *s, const char *kind, const Hash *inputs, int64_t chunks,
                 const char *head_json, int64_t *ret_id, Err *err)
{
    BuildRow row;
    char owner[OWNER_SIZE];
    if (strlen(head_json) >= sizeof row.head)
        return err_set(err, ERR_LIMIT, "build of %s: its head is longer than %zu bytes", kind,
                       sizeof row.head - 1);
    if (!store_begin(s, err)) return false;
    owner_self(owner);
    bool ok = remove_unfinished(s, kind, err);
    Sql q = sql_open(s, "INSERT INTO build(kind, made_ms, inputs, chunks, head, finished, owner)"
                        " VALUES (?, ?, ?, ?, ?, 0, ?)");
    sql_text(&q, kind);
    sql_i64(&q, clock_wall_ms());
    sql_hash(&q, inputs);
    sql_i64(&q, chunks);
    sql_text(&q, head_json);
    sql_text(&q, owner);
    if (ok) sql_next(&q);
    ok = sql_close(&q, ok ? err : NULL) && ok;
    int64_t id = sql_last_id(s);
    if (!sql_end(s, ok, err)) return false;
    *ret_id = id;
    return true;
}

static bool name_array(Store *s, int64_t build_id, const char *array, int64_t blob_id, Err *err)
{
    Sql q = sql_open(
        s, "INSERT INTO build_array(build_id, name, blob_id) SELECT id, ?, ? FROM build WHERE id"
           " = ? AND NOT finished ON CONFLICT DO UPDATE SET blob_id = excluded.blob_id");
    sql_text(&q, array);
    sql_i64(&q, blob_id);
    sql_i64(&q, build_id);
    if (!sql_run(&q, err)) return false;
    if (sql_changes(s) > 0) return true;
    return err_set(err, ERR_CONFLICT, "build %lld is no longer under way: build again",
                   (long long)build_id);
}

bool build_write(Store *s, int64_t build_id, const char *array, const void *data, size_t size,
                 Err *err)
{
    int64_t blob_id;
    if (!blob_write(s, data, size, &blob_id, err)) return false;
    bool ok = store_begin(s, err);
    if (ok) {
        ok = name_array(s, build_id, array, blob_id, err) && blob_adopt(s, blob_id, err);
        ok = sql_end(s, ok, err);
    }
    if (!ok) blob_drop(s, blob_id);
    return ok;
}

bool build_finish(Store *s, int64_t build_id, Err *err)
{
    if (!sql_run_i64(s, "UPDATE build SET finished = 1, owner = NULL WHERE id = ? AND NOT finished",
                     build_id, err))
        return false;
    if (sql_changes(s) > 0) return true;
    return err_set(err, ERR_CONFLICT, "build %lld is no longer under way: build again",
                   (long long)build_id);
}

#define BUILD_COLUMNS "SELECT id, made_ms, inputs, chunks, head FROM build WHERE finished"

static bool read_build(Sql *q, BuildRow *ret, bool *ret_found, Err *err)
{
    BuildRow row = {0};
    Arena arena = {0};
    bool found = sql_next(q);
    if (found) {
        row.id = sql_get_id(q);
        row.made_ms = sql_get_i64(q);
        row.inputs = sql_get_hash(q);
        row.chunks = sql_get_count(q);
        const char *head = sql_get_words(q, &arena);
        size_t size = strlen(head);
        if (size < sizeof row.head)
            memcpy(row.head, head, size);
        else if (!q->broken)
            q->broken = "a build with too long a head";
    }
    bool ok = sql_close(q, err);
    arena_release(&arena);
    if (!ok) return false;
    if (found) *ret = row;
    *ret_found = found;
    return true;
}

bool build_latest(Store *s, const char *kind, BuildRow *ret, bool *ret_found, Err *err)
{
    Sql q = sql_open(s, BUILD_COLUMNS " AND kind = ? ORDER BY id DESC LIMIT 1");
    sql_text(&q, kind);
    return read_build(&q, ret, ret_found, err);
}

bool build_get(Store *s, int64_t build_id, BuildRow *ret, Err *err)
{
    bool found = false;
    Sql q = sql_open(s, BUILD_COLUMNS " AND id = ?");
    sql_i64(&q, build_id);
    if (!read_build(&q, ret, &found, err)) return false;
    return found || err_set(err, ERR_MISSING, "no build %lld: build again", (long long)build_id);
}

static bool read_array(Store *s, int64_t build_id, const char *array, void **ret, size_t *ret_size,
                       Err *err)
{
    Sql q = sql_open(s, "SELECT blob_id FROM build_array WHERE build_id = ? AND name = ?");
    sql_i64(&q, build_id);
    sql_text(&q, array);
    int64_t blob_id = sql_next(&q) ? sql_get_id(&q) : 0;
    if (!sql_close(&q, err)) return false;
    if (!blob_id)
        return err_set(err, ERR_MISSING, "build %lld has no %s: build again", (long long)build_id,
                       array);
    return blob_read(s, blob_id, ret, ret_size, err);
}

bool build_read(Store *s, int64_t build_id, const char *array, void **ret, size_t *ret_size,
                Err *err)
{
    return store_begin_read(s, err) &&
           sql_end(s, read_array(s, build_id, array, ret, ret_size, err), err);
}

static bool read_cache(Store *s, const char *name, const Hash *hash, void **ret, size_t *ret_size,
                       Err *err)
{
    Sql q = sql_open(s, "SELECT blob_id FROM cache WHERE name = ? AND hash = ?");
    sql_text(&q, name);
    sql_hash(&q, hash);
    int64_t blob_id = sql_next(&q) ? sql_get_id(&q) : 0;
    if (!sql_close(&q, err)) return false;
    if (blob_id) return blob_read(s, blob_id, ret, ret_size, err);
    *ret = NULL;
    *ret_size = 0;
    return true;
}

bool cache_get(Store *s, const char *name, const Hash *hash, void **ret, size_t *ret_size, Err *err)
{
    return store_begin_read(s, err) &&
           sql_end(s, read_cache(s, name, hash, ret, ret_size, err), err);
}

static bool name_cache(Store *s, const char *name, const Hash *hash, int64_t blob_id, Err *err)
{
    Sql q = sql_open(s, "INSERT INTO cache(name, hash, blob_id) VALUES (?, ?, ?) ON CONFLICT DO"
                        " UPDATE SET hash = excluded.hash, blob_id = excluded.blob_id");
    sql_text(&q, name);
    sql_hash(&q, hash);
    sql_i64(&q, blob_id);
    return sql_run(&q, err);
}

bool cache_put(Store *s, const char *name, const Hash *hash, const void *data, size_t size,
               Err *err)
{
    int64_t blob_id;
    if (!blob_write(s, data, size, &blob_id, err)) return false;
    bool ok = store_begin(s, err);
    if (ok)
        ok =
            sql_end(s, name_cache(s, name, hash, blob_id, err) && blob_adopt(s, blob_id, err), err);
    if (!ok) blob_drop(s, blob_id);
    return ok;
}
