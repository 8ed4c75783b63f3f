/* Blobs of any size, in pieces of 1 MiB and transactions of about 64 MiB. For src/store only.
 * A blob is written first and owned by the process; it is whole once a row names it and blob_adopt
 * was called in the same transaction. Blobs of processes that are gone are removed when the next
 * one is written. */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "store/sql.h"

bool blob_write(Store *s, const void *data, size_t size, int64_t *ret_id, Err *err);
bool blob_adopt(Store *s, int64_t id, Err *err);

/* blob_drop: after a failure; what cannot be removed now is removed later. */
void blob_drop(Store *s, int64_t id);

/* blob_read: the caller's block, aligned to 64 bytes, never NULL on success. */
bool blob_read(Store *s, int64_t id, void **ret, size_t *ret_size, Err *err);

#endif
