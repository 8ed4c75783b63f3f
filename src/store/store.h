/* Store: one open project file. Every SQL statement of the program is in this folder.
 *
 * A Store is one SQLite connection: used by one thread at a time. WAL, foreign keys on, 16 KiB
 * pages, synchronous NORMAL for work that can be done again and FULL for decisions, busy timeout 10
 * s. ERR_DATABASE: not a project, broken, read-only, disk full; ERR_NEWER; ERR_BUSY; ERR_MISSING:
 * no such file. All other functions of this layer may return ERR_DATABASE, ERR_BUSY and
 * ERR_CANCELLED as well. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/str.h"
#include "store/rows.h"

typedef struct Store Store;

/* store_create: a new project; an existing file is never touched (ERR_CONFLICT). */
bool store_create(const char *path, Store **ret, Err *err);

/* store_open: an existing project; migrates an older schema forward in one transaction after
 * keeping a copy beside it. A file that is not a project is not written to. */
bool store_open(const char *path, Store **ret, Err *err);
void store_close(Store *s); /* NULL is allowed */
const char *store_path(const Store *s);

/* store_set_cancel: long queries and writes stop with ERR_CANCELLED when it is asked; borrowed.
 * Returns the one before. */
const Cancel *store_set_cancel(Store *s, const Cancel *cancel);

/* Transactions (BEGIN IMMEDIATE). They nest: an inner commit is a savepoint's. Each function of
 * this layer that writes is atomic by itself. store_rollback never fails; a commit that fails has
 * rolled back. */
bool store_begin(Store *s, Err *err);

/* for several reads of one state of the file: keeps nobody from writing; do not write in it */
bool store_begin_read(Store *s, Err *err);
bool store_commit(Store *s, Err *err);
void store_rollback(Store *s);

/* store_index_texts: lets the index behind the filters' words catch up with the texts, in small
 * transactions; for the end of a job that made many. Filters find the same without it, only slower. */
bool store_index_texts(Store *s, Err *err);

/* Settings of the project: small texts by name. */

/* *ret NULL: not set; caller's */
bool setting_get(Store *s, const char *name, char **ret, Err *err);
/* settings_load: those whose name begins so, by name. */
bool settings_load(Store *s, const char *prefix, SettingRows *ret, Err *err);
bool setting_set(Store *s, const char *name, const char *value, Err *err); /* NULL removes */

/* store_check: integrity of the file, foreign keys and the program's own invariants (counts kept by
 * triggers, margins, splits, chunk ranges). Appends one line a problem to report; true with an
 * empty report is a whole project. */
bool store_check(Store *s, Str *report, Err *err);

/* store_change: a number that grows when any connection commits a change. */
bool store_change(Store *s, int64_t *ret, Err *err);

/* Counts kept by triggers; what: "chunk", "question", "candidate"; by status and split. */
typedef struct Counts {
    int64_t documents[SPLIT_COUNT];
    int64_t chunks[CHUNK_STATUS_COUNT][SPLIT_COUNT];
    int64_t questions[QUESTION_STATUS_COUNT][SPLIT_COUNT];
    int64_t candidates[CANDIDATE_STATUS_COUNT];
    int64_t runs, retrievers, evals;
} Counts;
bool store_counts(Store *s, Counts *ret, Err *err);

size_t store_cache_bytes(void); /* that a connection's page cache grows to */
const char *store_engine(void); /* SQLite's version, for people */

#endif
