#include "task/pool.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "store/corpus.h"

#define POOL_LIMIT_BYTES ((size_t)1 << 30)

/* The text of one line: {"text": "…"} or the line as it is; NULL with a message when JSON is
 * broken. Appends to out. */
static bool line_text(const char *path, size_t number, const char *line, size_t size, Str *out,
                      Err *err)
{
    if (size == 0 || line[0] != '{') {
        utf8_clean(line, size, out);
        return true;
    }
    cJSON *j = cJSON_ParseWithLength(line, size);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, "text"));
    bool ok = text != NULL;
    if (ok)
        utf8_clean(text, strlen(text), out);
    else
        err_set(err, ERR_FORMAT, "%s, line %zu: not an object with a \"text\" string", path,
                number);
    cJSON_Delete(j);
    return ok;
}

static bool read_texts(const char *path, ChunkRows *ret, Err *err)
{
    Str file = {0}, text = {0};
    if (!file_read(path, POOL_LIMIT_BYTES, &file, err)) return false;
    VEC(ChunkRow) rows = {0};
    Map *seen = map_new();
    bool ok = true;
    size_t number = 0;
    for (size_t at = 0; ok && at < file.size;) {
        const char *line = file.data + at, *end = memchr(line, '\n', file.size - at);
        size_t size = end ? (size_t)(end - line) : file.size - at;
        at += size + 1;
        str_clear(&text);
        ok = line_text(path, ++number, line, size, &text, err);
        if (!ok || text.size == 0) continue;
        Hash hash = hash_text(str_get(&text));
        if (!map_put(seen, hash.bytes, HASH_BYTES, 1)) continue;
        vec_push(&rows, (ChunkRow){.id = INT64_MAX / 2 + (int64_t)rows.count,
                                   .text_hash = hash,
                                   .heading = "",
                                   .text = arena_strndup(&ret->arena, text.data, text.size),
                                   .status = CHUNK_POOL});
    }
    if (ok && rows.count == 0) ok = err_set(err, ERR_FORMAT, "%s: holds no texts", path);
    ret->items = rows.items;
    ret->count = rows.count;
    map_free(seen);
    str_release(&text);
    str_release(&file);
    return ok;
}

/* Gives the rows the ids of chunks in the project, adding those that are new. */
static bool keep_texts(const Env *env, const char *path, ChunkRows *rows, Err *err)
{
    ChunkRows known = {0};
    if (!chunks_load(env->store, &(ChunkQuery){.statuses = 1 << CHUNK_POOL}, &known, err))
        return false;
    Map *id_of = map_new();
    for (size_t i = 0; i < known.count; i++)
        map_put(id_of, known.items[i].text_hash.bytes, HASH_BYTES, (uint32_t)i);
    char *key = str_format("pool:%s", file_name(path));
    DocumentRows document = {0};
    bool ok = document_find(env->store, key, &document, err);
    int64_t document_id = ok && document.count ? document.items[0].id : 0;
    if (ok && !document_id) {
        DocumentRow row = {
            .key = key, .title = file_name(path), .format = "pool", .added_ms = clock_wall_ms()};
        ok = document_put(env->store, &row, &document_id, err);
    }
    for (size_t i = 0; ok && i < rows->count; i++) {
        ChunkRow *row = &rows->items[i];
        uint32_t at = map_get(id_of, row->text_hash.bytes, HASH_BYTES);
        row->document_id = document_id;
        row->ordinal = (int64_t)i;
        if (at != MAP_NONE)
            row->id = known.items[at].id;
        else {
            row->id = 0;
            ok = chunk_add(env->store, row, &row->id, err);
        }
    }
    rows_release(&document);
    free(key);
    map_free(id_of);
    rows_release(&known);
    return ok;
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const ChunkRow *)a)->id, y = ((const ChunkRow *)b)->id;
    return (x > y) - (x < y);
}

bool pool_read(const Env *env, const char *path, bool keep, ChunkRows *ret, Err *err)
{
    ChunkRows rows = {0};
    bool ok = read_texts(path, &rows, err);
    if (ok && keep) {
        ok = store_begin(env->store, err);
        if (ok && !(keep_texts(env, path, &rows, err) && store_commit(env->store, err))) {
            store_rollback(env->store);
            ok = false;
        }
    }
    if (!ok) {
        rows_release(&rows);
        return false;
    }
    qsort(rows.items, rows.count, sizeof *rows.items, by_id);
    *ret = rows;
    return true;
}
