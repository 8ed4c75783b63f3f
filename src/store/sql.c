#include "store/sql.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

static const char BROKEN_TEXT[] = "a text that is not one";
static const char BROKEN_NUMBER[] = "a number out of its range";
static const char BROKEN_HASH[] = "a hash of the wrong size";

static bool constraint_error(const char *path, sqlite3 *db, int extended, Err *err)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
        return err_set(err, ERR_CONFLICT, "%s: it is there already (%s)", path, sqlite3_errmsg(db));
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return err_set(err, ERR_MISSING,
                       "%s: what this refers to is no longer in the project: load it anew", path);
    default:
        return err_set(err, ERR_DATABASE, "%s: a value was refused (%s)", path, sqlite3_errmsg(db));
    }
}

static bool io_error(const char *path, sqlite3 *db, int extended, Err *err)
{
    int number = db ? sqlite3_system_errno(db) : 0;
    if (number == ENOSPC || number == EDQUOT) return sql_error_at(path, NULL, SQLITE_FULL, err);
    return err_set(err, ERR_DATABASE, "%s: reading or writing failed (%s, code %d): check the disk",
                   path, number ? strerror(number) : "no reason given", extended);
}

bool sql_error_at(const char *path, sqlite3 *db, int rc, Err *err)
{
    int extended =
        db && (rc & 0xff) == (sqlite3_errcode(db) & 0xff) ? sqlite3_extended_errcode(db) : rc;
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, ERR_BUSY,
                       "%s: locked by another process: wait until it is done, then try again",
                       path);
    case SQLITE_INTERRUPT:
        return err_set(err, ERR_CANCELLED, "stopped");
    case SQLITE_FULL:
        return err_set(err, ERR_DATABASE,
                       "%s: the disk is full: nothing of this step was written; free some space,"
                       " then do it again",
                       path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return err_set(
            err, ERR_DATABASE,
            "%s: cannot be written: make the file and its folder writable, or work on a copy",
            path);
    case SQLITE_CANTOPEN:
        return err_set(err, ERR_DATABASE,
                       "%s: cannot be opened: make the file and its folder readable and writable,"
                       " or work on a copy",
                       path);
    case SQLITE_NOTADB:
        return err_set(err, ERR_DATABASE, "%s: is not a hone project: name another file", path);
    case SQLITE_CORRUPT:
        return err_set(err, ERR_DATABASE, "%s: is damaged (%s): go back to a copy of it", path,
                       db ? sqlite3_errmsg(db) : "broken pages");
    case SQLITE_NOMEM:
        return err_set(err, ERR_MEMORY, "%s: not enough memory: close something, then try again",
                       path);
    case SQLITE_TOOBIG:
        return err_set(err, ERR_LIMIT, "%s: a text or array is too long to be stored", path);
    case SQLITE_IOERR:
        return io_error(path, db, extended, err);
    case SQLITE_CONSTRAINT:
        return constraint_error(path, db, extended, err);
    case SQLITE_ABORT:
        return err_set(err, ERR_DATABASE,
                       "%s: the change was taken back after an earlier failure: do it again", path);
    default:
        return err_set(err, ERR_DATABASE, "%s: %s", path,
                       db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    }
}

bool sql_error(const Store *s, int rc, Err *err)
{
    if ((rc & 0xff) == SQLITE_BUSY && cancel_asked(s->cancel)) rc = SQLITE_INTERRUPT;
    return sql_error_at(s->path, s->db, rc, err);
}

/* After some failures SQLite takes the whole transaction back by itself; what follows must not then
 * commit alone. */
static bool transaction_lost(const Store *s)
{
    return s->depth > 0 && sqlite3_get_autocommit(s->db);
}

Sql sql_open_once(Store *s, const char *text)
{
    Sql q = {.store = s};
    if (transaction_lost(s)) {
        q.rc = SQLITE_ABORT;
        return q;
    }
    q.rc = sqlite3_prepare_v3(s->db, text, -1, 0, &q.statement, NULL);
    return q;
}

Sql sql_open(Store *s, const char *literal)
{
    for (size_t i = 0; i < s->statements.count; i++) {
        CachedStatement *c = &s->statements.items[i];
        if (c->sql != literal || sqlite3_stmt_busy(c->statement)) continue;
        int rc = transaction_lost(s) ? SQLITE_ABORT : SQLITE_OK;
        return (Sql){.store = s, .statement = c->statement, .cached = true, .rc = rc};
    }
    Sql q = {.store = s};
    if (transaction_lost(s)) {
        q.rc = SQLITE_ABORT;
        return q;
    }
    q.rc = sqlite3_prepare_v3(s->db, literal, -1, SQLITE_PREPARE_PERSISTENT, &q.statement, NULL);
    q.cached = q.rc == SQLITE_OK;
    if (q.cached) vec_push(&s->statements, (CachedStatement){literal, q.statement});
    return q;
}

void sql_patience(Store *s, long thousands)
{
    s->patience = thousands ? 1 + thousands * 1000 / SQL_PROGRESS_STEPS : 0;
}

bool sql_gave_up(const Sql *q)
{
    return q->rc == SQLITE_INTERRUPT && q->store->patience == 1 && !cancel_asked(q->store->cancel);
}

static void bound(Sql *q, int rc)
{
    if (q->rc == SQLITE_OK && rc != SQLITE_OK) q->rc = rc;
}

void sql_i64(Sql *q, int64_t value)
{
    if (q->rc == SQLITE_OK) bound(q, sqlite3_bind_int64(q->statement, ++q->parameter, value));
}

void sql_id(Sql *q, int64_t id)
{
    if (q->rc != SQLITE_OK) return;
    q->parameter++;
    bound(q, id ? sqlite3_bind_int64(q->statement, q->parameter, id)
                : sqlite3_bind_null(q->statement, q->parameter));
}

void sql_f64(Sql *q, double value)
{
    if (q->rc == SQLITE_OK) bound(q, sqlite3_bind_double(q->statement, ++q->parameter, value));
}

void sql_text(Sql *q, const char *text)
{
    if (q->rc == SQLITE_OK)
        bound(q, sqlite3_bind_text64(q->statement, ++q->parameter, text, text ? strlen(text) : 0,
                                     SQLITE_STATIC, SQLITE_UTF8));
}

void sql_hash(Sql *q, const Hash *hash)
{
    sql_blob(q, hash->bytes, HASH_BYTES);
}

void sql_blob(Sql *q, const void *data, size_t size)
{
    if (q->rc == SQLITE_OK)
        bound(q, sqlite3_bind_blob64(q->statement, ++q->parameter, size ? data : "", size,
                                     SQLITE_STATIC));
}

bool sql_next(Sql *q)
{
    if (q->broken || (q->rc != SQLITE_OK && q->rc != SQLITE_ROW)) return false;
    q->column = 0;
    q->rc = sqlite3_step(q->statement);
    return q->rc == SQLITE_ROW;
}

void sql_again(Sql *q)
{
    if (q->rc != SQLITE_OK && q->rc != SQLITE_ROW && q->rc != SQLITE_DONE) return;
    q->rc = sqlite3_reset(q->statement);
    q->parameter = 0;
}

static bool sql_broken(const Sql *q, Err *err)
{
    return err_set(err, ERR_DATABASE,
                   "%s: is damaged or was made by something else: it holds %s; go back to a copy",
                   q->store->path, q->broken);
}

bool sql_close(Sql *q, Err *err)
{
    bool ok = q->rc == SQLITE_OK || q->rc == SQLITE_ROW || q->rc == SQLITE_DONE;
    if (!ok) sql_error(q->store, q->rc, err);
    if (ok && q->broken) ok = sql_broken(q, err);
    if (q->cached) {
        sqlite3_reset(q->statement);
        sqlite3_clear_bindings(q->statement);
    } else {
        sqlite3_finalize(q->statement);
    }
    q->statement = NULL;
    return ok;
}

bool sql_run(Sql *q, Err *err)
{
    while (sql_next(q)) continue;
    return sql_close(q, err);
}

int64_t sql_get_i64(Sql *q)
{
    return sqlite3_column_int64(q->statement, q->column++);
}

int64_t sql_get_count(Sql *q)
{
    int64_t value = sql_get_i64(q);
    if (value < 0 && !q->broken) q->broken = BROKEN_NUMBER;
    return value < 0 ? 0 : value;
}

int64_t sql_get_id(Sql *q)
{
    return sql_get_count(q);
}

double sql_get_f64(Sql *q)
{
    int column = q->column++;
    if (sqlite3_column_type(q->statement, column) == SQLITE_NULL) return __builtin_nan("");
    return sqlite3_column_double(q->statement, column);
}

bool sql_get_bool(Sql *q)
{
    return sql_get_i64(q) != 0;
}

const char *sql_get_text(Sql *q, Arena *arena)
{
    int column = q->column++;
    if (sqlite3_column_type(q->statement, column) == SQLITE_NULL) return NULL;
    const char *text = (const char *)sqlite3_column_text(q->statement, column);
    size_t size = (size_t)sqlite3_column_bytes(q->statement, column);
    if (!text || memchr(text, 0, size)) {
        if (!q->broken) q->broken = BROKEN_TEXT;
        return NULL;
    }
    return arena_strndup(arena, text, size);
}

const char *sql_get_words(Sql *q, Arena *arena)
{
    const char *text = sql_get_text(q, arena);
    if (!text && !q->broken) q->broken = BROKEN_TEXT;
    return text ? text : "";
}

const void *sql_get_blob(Sql *q, size_t *ret_size)
{
    int column = q->column++;
    const void *data = sqlite3_column_blob(q->statement, column);
    *ret_size = (size_t)sqlite3_column_bytes(q->statement, column);
    return data;
}

Hash sql_get_hash(Sql *q)
{
    Hash hash = {{0}};
    size_t size;
    const void *data = sql_get_blob(q, &size);
    if (data && size == HASH_BYTES)
        memcpy(hash.bytes, data, HASH_BYTES);
    else if (!q->broken)
        q->broken = BROKEN_HASH;
    return hash;
}

int sql_get_word(Sql *q, const char *const *words, int count, const char *broken)
{
    const char *text = (const char *)sqlite3_column_text(q->statement, q->column++);
    for (int i = 0; text && i < count; i++) {
        if (strcmp(text, words[i]) == 0) return i;
    }
    if (!q->broken) q->broken = broken;
    return 0;
}

Split sql_get_split(Sql *q)
{
    return (Split)sql_get_word(q, SPLIT_NAMES, SPLIT_COUNT, "an unknown split");
}

bool sql_run_i64(Store *s, const char *literal, int64_t value, Err *err)
{
    Sql q = sql_open(s, literal);
    sql_i64(&q, value);
    return sql_run(&q, err);
}

bool sql_one_i64(Store *s, const char *literal, int64_t fallback, int64_t *ret, Err *err)
{
    Sql q = sql_open(s, literal);
    int64_t value = fallback;
    if (sql_next(&q)) value = sql_get_i64(&q);
    if (!sql_close(&q, err)) return false;
    *ret = value;
    return true;
}

/* SQLite takes "file:…" for an URL and "" or ":memory:" for no file: a relative path always starts
 * with "./". */
char *sql_plain_path(const char *path)
{
    return path[0] == '/' ? mem_strdup(path) : str_format("./%s", path);
}

int64_t sql_last_id(const Store *s)
{
    return sqlite3_last_insert_rowid(s->db);
}

int64_t sql_changes(const Store *s)
{
    return sqlite3_changes64(s->db);
}

void *sql_grow(void *items, size_t count, size_t item_bytes)
{
    bool full = count == 0 || (count >= 16 && (count & (count - 1)) == 0);
    if (full) items = mem_grow(items, (count < 16 ? 16 : 2 * count) * item_bytes);
    memset((char *)items + count * item_bytes, 0, item_bytes);
    return items;
}

static bool exec(Store *s, const char *sql, Err *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || sql_error(s, rc, err);
}

static bool exec_level(Store *s, const char *verb, int level, Err *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "%s level_%d", verb, level);
    return exec(s, sql, err);
}

static bool begin(Store *s, const char *outermost, Err *err)
{
    if (transaction_lost(s)) return sql_error_at(s->path, NULL, SQLITE_ABORT, err);
    bool ok = s->depth == 0 ? exec(s, outermost, err) : exec_level(s, "SAVEPOINT", s->depth, err);
    if (ok) s->depth++;
    return ok;
}

bool store_begin(Store *s, Err *err)
{
    return begin(s, "BEGIN IMMEDIATE", err);
}

bool store_begin_read(Store *s, Err *err)
{
    return begin(s, "BEGIN DEFERRED", err);
}

/* PRAGMA synchronous has no effect inside a transaction: it is changed around it. */
bool store_begin_full(Store *s, Err *err)
{
    if (s->depth > 0) {
        s->sync_after = !s->full_sync;
        return store_begin(s, err);
    }
    if (!exec(s, "PRAGMA synchronous = FULL", err)) return false;
    s->full_sync = true;
    if (store_begin(s, err)) return true;
    store_rollback(s);
    return false;
}

static void end_full_sync(Store *s, bool committed)
{
    if (s->depth > 0) return;
    /* a checkpoint begins with syncing the log; should it fail, the next one does it */
    if (s->sync_after && committed)
        sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    s->sync_after = false;
    if (s->full_sync) exec(s, "PRAGMA synchronous = NORMAL", NULL);
    s->full_sync = false;
}

bool store_commit(Store *s, Err *err)
{
    if (s->depth == 0) return err_set(err, ERR_USAGE, "%s: no change is under way", s->path);
    bool ok = !transaction_lost(s) || sql_error_at(s->path, NULL, SQLITE_ABORT, err);
    if (ok)
        ok = s->depth == 1 ? exec(s, "COMMIT", err) : exec_level(s, "RELEASE", s->depth - 1, err);
    if (!ok) {
        store_rollback(s);
        return false;
    }
    s->depth--;
    end_full_sync(s, true);
    return true;
}

void store_rollback(Store *s)
{
    if (s->depth > 0) {
        s->depth--;
        if (s->depth == 0 && !sqlite3_get_autocommit(s->db)) exec(s, "ROLLBACK", NULL);
        if (s->depth > 0 && !sqlite3_get_autocommit(s->db)) {
            exec_level(s, "ROLLBACK TO", s->depth, NULL);
            exec_level(s, "RELEASE", s->depth, NULL);
        }
    }
    end_full_sync(s, false);
}

#define BREATH_MS 6 /* above the poll of a waiting writer (store.c) */

void sql_breathe(const Store *s)
{
    if (s->depth == 0) nanosleep(&(struct timespec){.tv_nsec = BREATH_MS * 1000000L}, NULL);
}

bool sql_end(Store *s, bool ok, Err *err)
{
    if (ok) return store_commit(s, err);
    store_rollback(s);
    return false;
}

typedef struct Place {
    int64_t id;
    size_t at;
} Place;

static int by_id(const void *a, const void *b)
{
    const Place *x = a, *y = b;
    return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : (x->at > y->at) - (x->at < y->at);
}

static int by_place(const void *a, const void *b)
{
    const Place *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* The first place of an id in the sorted places. */
static size_t find_place(const Place *places, size_t count, int64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (places[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count ? places[low].at : count;
}

void rows_by_ids(void *items, size_t count, size_t item_bytes, const int64_t *ids, size_t id_count)
{
    if (!ids || count < 2) return;
    Place *places = mem_zero(id_count, sizeof *places), *rows = mem_zero(count, sizeof *rows);
    char *from = items, *sorted = mem_zero(count, item_bytes);
    for (size_t i = 0; i < id_count; i++) {
        places[i] = (Place){ids[i], i};
    }
    qsort(places, id_count, sizeof *places, by_id);
    for (size_t i = 0; i < count; i++) { /* here id is where the row lies now */
        int64_t id;
        memcpy(&id, from + i * item_bytes, sizeof id);
        rows[i] = (Place){(int64_t)i, find_place(places, id_count, id)};
    }
    qsort(rows, count, sizeof *rows, by_place);
    for (size_t i = 0; i < count; i++) {
        memcpy(sorted + i * item_bytes, from + (size_t)rows[i].id * item_bytes, item_bytes);
    }
    memcpy(items, sorted, count * item_bytes);
    free(sorted);
    free(places);
    free(rows);
}
