/* Stored zip: the entries of a zip of which nothing is compressed, as places in the caller's bytes,
 * so that gigabytes are mapped and not copied. Central directory and Zip64 (APPNOTE 6.3). Every
 * entry is checked: inside the file, before the directory, overlapping no other, uncompressed, of
 * the same name in the directory and before its data. */
#ifndef MODEL_STORED_ZIP_H
#define MODEL_STORED_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"

typedef struct StoredEntry {
    const char *name; /* in the arena */
    const unsigned char *data;
    size_t size;
    uint32_t checksum; /* CRC-32 */
} StoredEntry;

typedef struct StoredZip {
    VEC(StoredEntry) entries; /* in the order of their places */
    Map *numbers;
    Arena arena;
} StoredZip;

/* stored_zip_read: bytes must outlive ret. ERR_FORMAT, ERR_LIMIT. */
bool stored_zip_read(const void *bytes, size_t size, StoredZip *ret, Err *err);
void stored_zip_release(StoredZip *z);                                    /* a zeroed one too */
const StoredEntry *stored_zip_find(const StoredZip *z, const char *name); /* NULL: not there */
bool stored_zip_check(const StoredEntry *e, Err *err); /* reads all of it for its checksum */

#endif
