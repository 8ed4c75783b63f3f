/* The tables of a project file and how older ones become it. For src/store only. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

#define SCHEMA_APPLICATION_ID 0x686f6e65 /* "hone" in the file's header */
#define SCHEMA_VERSION 3

/* Migration: the statements that lift a file from version - 1 to version. Never edited once
 * released. */
typedef struct Migration {
    int version;
    const char *const *statements; /* ends with NULL */
} Migration;

extern const Migration SCHEMA_MIGRATIONS[SCHEMA_VERSION];

/* schema_apply: the migrations above `from`, in order, in the caller's transaction; sets
 * user_version. */
bool schema_apply(Store *s, const Migration *migrations, size_t count, int from, Err *err);

/* schema_version_known: ERR_NEWER for a version above `last`, ERR_DATABASE for one that never was.
 */
bool schema_version_known(const char *path, int64_t version, int last, Err *err);

/* schema_migrate: lifts the file to the version of the last migration, in one transaction, after
 * keeping a copy of it as "FILE.vN" beside it. Does nothing when it is there already. */
bool schema_migrate(Store *s, const Migration *migrations, size_t count, Err *err);

/* schema_expected: is every table, index and trigger of the file one that this program makes? A
 * file from elsewhere may bring triggers of its own; ERR_DATABASE names the first difference. */
bool schema_expected(Store *s, Err *err);

#endif
