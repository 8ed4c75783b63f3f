#include "base/clock.h"
#include "store/blob.h"
#include "store/runs.h"

static bool name_retriever(Store *s, const RetrieverRow *row, int64_t blob_id, int64_t *ret_id,
                           Err *err)
{
    Sql q = sql_open(
        s, "INSERT INTO retriever(name, kind, embedder, run_id, build_id, epoch, config, blob_id,"
           " made_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind ="
           " excluded.kind, embedder = excluded.embedder, run_id = excluded.run_id, build_id ="
           " excluded.build_id, epoch = excluded.epoch, config = excluded.config, blob_id ="
           " excluded.blob_id, made_ms = excluded.made_ms RETURNING id");
    sql_text(&q, row->name);
    sql_text(&q, row->kind);
    sql_text(&q, row->embedder);
    sql_id(&q, row->run_id);
    sql_id(&q, row->build_id);
    sql_i64(&q, row->epoch);
    sql_text(&q, row->config ? row->config : "{}");
    sql_i64(&q, blob_id);
    sql_i64(&q, row->made_ms ? row->made_ms : clock_wall_ms());
    int64_t id = 0;
    while (sql_next(&q)) {
        id = sql_get_id(&q);
    }
    if (!sql_close(&q, err)) return false;
    *ret_id = id;
    return true;
}

bool retriever_put(Store *s, const RetrieverRow *row, const void *blob, size_t size,
                   int64_t *ret_id, Err *err)
{
    int64_t blob_id, id = 0;
    if (!blob_write(s, blob, size, &blob_id, err)) return false;
    bool ok = store_begin(s, err);
    if (ok)
        ok = sql_end(s, name_retriever(s, row, blob_id, &id, err) && blob_adopt(s, blob_id, err),
                     err);
    if (!ok) blob_drop(s, blob_id);
    if (ok && ret_id) *ret_id = id;
    return ok;
}

#define RETRIEVER_COLUMNS                                                                          \
    "SELECT r.id, r.name, r.kind, r.embedder, r.run_id, r.build_id, r.epoch, r.config,"            \
    " (SELECT size FROM blob WHERE id = r.blob_id), r.made_ms FROM retriever r"

static void read_retrievers(Sql *q, RetrieverRows *rows)
{
    while (sql_next(q)) {
        RetrieverRow *r = rows_push(rows);
        r->id = sql_get_id(q);
        r->name = sql_get_words(q, &rows->arena);
        r->kind = sql_get_words(q, &rows->arena);
        r->embedder = sql_get_words(q, &rows->arena);
        r->run_id = sql_get_id(q);
        r->build_id = sql_get_id(q);
        r->epoch = sql_get_count(q);
        r->config = sql_get_words(q, &rows->arena);
        r->blob_bytes = (size_t)sql_get_count(q);
        r->made_ms = sql_get_i64(q);
    }
}

bool retriever_find(Store *s, const char *name, RetrieverRows *ret, Err *err)
{
    RetrieverRows rows = {0};
    Sql q = sql_open(s, RETRIEVER_COLUMNS " WHERE r.name = ?");
    sql_text(&q, name);
    read_retrievers(&q, &rows);
    rows_end(&q, &rows, ret, err);
}

bool retrievers_load(Store *s, RetrieverRows *ret, Err *err)
{
    RetrieverRows rows = {0};
    Sql q = sql_open(s, RETRIEVER_COLUMNS " ORDER BY r.id");
    read_retrievers(&q, &rows);
    rows_end(&q, &rows, ret, err);
}

static bool read_blob(Store *s, int64_t id, void **ret, size_t *ret_size, Err *err)
{
    Sql q = sql_open(s, "SELECT blob_id FROM retriever WHERE id = ?");
    sql_i64(&q, id);
    int64_t blob_id = sql_next(&q) ? sql_get_id(&q) : 0;
    if (!sql_close(&q, err)) return false;
    if (!blob_id)
        return err_set(err, ERR_MISSING, "no retriever %lld: list them again", (long long)id);
    return blob_read(s, blob_id, ret, ret_size, err);
}

bool retriever_blob(Store *s, int64_t id, void **ret, size_t *ret_size, Err *err)
{
    return store_begin_read(s, err) && sql_end(s, read_blob(s, id, ret, ret_size, err), err);
}
