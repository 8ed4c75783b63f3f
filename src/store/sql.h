/* The one way from this folder to SQLite: statements that bind and read in order and keep their
 * first failure, and the struct behind Store. For src/store only.
 *
 *   Sql q = sql_open(s, "SELECT id, text FROM chunk WHERE document_id = ?");
 *   sql_i64(&q, document_id);
 *   while (sql_next(&q)) { id = sql_get_id(&q); text = sql_get_text(&q, &arena); }
 *   if (!sql_close(&q, err)) …
 *
 * A value that this program would not have written (a hash of 3 bytes, a negative count, an unknown
 * word, a text with NUL) ends the loop, and sql_close returns ERR_DATABASE: the file may come from
 * anyone. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <string.h>

#include "base/vec.h"
#include "store/store.h"

#define SQL_PROGRESS_STEPS 2000 /* of SQLite's machine between two looks at cancel */

typedef struct CachedStatement {
    const char *sql; /* a string literal: compared by address */
    sqlite3_stmt *statement;
} CachedStatement;

struct Store {
    sqlite3 *db;
    char *path;
    const Cancel *cancel; /* borrowed, may be NULL */
    long patience;        /* progress calls until a query gives up; 0: it never does */
    int depth;            /* open transactions: 1 is BEGIN, deeper ones are savepoints */
    bool full_sync;       /* the open transaction is synchronous FULL */
    bool sync_after; /* it is not, but holds a decision: the disk has it once it is committed */
    VEC(CachedStatement) statements;
    VEC(int64_t) made; /* groups of the journal, see journal_made */
};

typedef struct Sql {
    Store *store;
    sqlite3_stmt *statement;
    bool cached;
    int rc;             /* SQLITE_OK, SQLITE_ROW, SQLITE_DONE or the first failure */
    int parameter;      /* bound so far */
    int column;         /* read so far in this row */
    const char *broken; /* what is wrong with the row, or NULL */
} Sql;

Sql sql_open(Store *s, const char *literal); /* prepared once a connection; a string literal only */
Sql sql_open_once(Store *s, const char *text); /* for made-up statements */

void sql_i64(Sql *q, int64_t value);
void sql_id(Sql *q, int64_t id); /* 0 is NULL */
void sql_f64(Sql *q, double value);
void sql_text(Sql *q, const char *text); /* NULL is NULL; borrowed until sql_close */
void sql_hash(Sql *q, const Hash *hash); /* borrowed until sql_close */
void sql_blob(Sql *q, const void *data, size_t size);

bool sql_next(Sql *q); /* true: there is a row; false: the end, or a failure that sql_close tells */
void sql_again(Sql *q); /* ready to bind and step once more */
bool sql_close(Sql *q, Err *err);
bool sql_run(Sql *q, Err *err); /* one statement without rows: step and close */

int64_t sql_get_i64(Sql *q);
int64_t sql_get_count(Sql *q); /* not negative; NULL is 0 */
int64_t sql_get_id(Sql *q);    /* not negative; NULL is 0 */
double sql_get_f64(Sql *q);    /* NULL is NaN */
bool sql_get_bool(Sql *q);
const char *sql_get_text(Sql *q, Arena *arena);  /* NULL for NULL */
const char *sql_get_words(Sql *q, Arena *arena); /* never NULL */
Hash sql_get_hash(Sql *q);
const void *sql_get_blob(Sql *q, size_t *ret_size); /* borrowed until the next step */
int sql_get_word(Sql *q, const char *const *words, int count, const char *broken);
Split sql_get_split(Sql *q);

/* sql_run_i64: runs a statement with one number bound. */
bool sql_run_i64(Store *s, const char *literal, int64_t value, Err *err);

/* sql_one_i64: the first column of the first row of a statement with nothing to bind; fallback
 * without rows. */
bool sql_one_i64(Store *s, const char *literal, int64_t fallback, int64_t *ret, Err *err);

/* sql_error: *err from an SQLite result code of the connection; false. */
bool sql_error(const Store *s, int rc, Err *err);
bool sql_error_at(const char *path, sqlite3 *db, int rc, Err *err);

/* sql_plain_path: a path that SQLite takes for no more than that; the caller's. */
char *sql_plain_path(const char *path);

int64_t sql_last_id(const Store *s);
int64_t sql_changes(const Store *s);

/* sql_patience: from here on queries give up with SQLITE_INTERRUPT after this many thousand steps
 * in all; 0: they do not. */
void sql_patience(Store *s, long thousands);

/* sql_gave_up: did the statement end for that reason? */
bool sql_gave_up(const Sql *q);

/* store_begin_full: store_begin for what must be on the disk once it is committed. */
bool store_begin_full(Store *s, Err *err);

/* sql_breathe: between the transactions of a long work: long enough for another writer to get its
 * turn. */
void sql_breathe(const Store *s);

/* sql_end: commits when ok, else rolls back; the result of the whole. */
bool sql_end(Store *s, bool ok, Err *err);

/* sql_grow: items with room for one more, zeroed. Capacity is the next power of two. */
void *sql_grow(void *items, size_t count, size_t item_bytes);
#define rows_push(r)                                                                               \
    ((r)->items = sql_grow((r)->items, (r)->count, sizeof *(r)->items), &(r)->items[(r)->count++])

/* rows_by_ids: rows in the order in which ids names them. Rows begin with their id; each is among
 * ids. NULL: leaves all as it is. */
void rows_by_ids(void *items, size_t count, size_t item_bytes, const int64_t *ids, size_t id_count);

/* rows_end: closes the statement and hands the rows over, or frees them. */
#define rows_end(q, rows, ret, err)                                                                \
    do {                                                                                           \
        if (!sql_close((q), (err))) {                                                              \
            rows_release(rows);                                                                    \
            return false;                                                                          \
        }                                                                                          \
        *(ret) = *(rows);                                                                          \
        return true;                                                                               \
    } while (0)

/* The words of rows.c, by enum value. */
extern const char *const SPLIT_NAMES[SPLIT_COUNT];
extern const char *const CHUNK_STATUS_NAMES[CHUNK_STATUS_COUNT];
extern const char *const QUESTION_STATUS_NAMES[QUESTION_STATUS_COUNT];
extern const char *const ORIGIN_NAMES[ORIGIN_COUNT];
extern const char *const CANDIDATE_STATUS_NAMES[CANDIDATE_STATUS_COUNT];
int name_index(const char *text, const char *const *names, int count); /* -1: unknown */

#endif
