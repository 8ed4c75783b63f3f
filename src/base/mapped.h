/* Mapped: a regular file's bytes, mapped read-only and private. Nothing is read until it is
 * touched; a file that another program cuts short meanwhile ends the process (SIGBUS), as with any
 * mapping. */
#ifndef BASE_MAPPED_H
#define BASE_MAPPED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef struct Mapped {
    const unsigned char *bytes; /* NULL: nothing, or an empty file */
    size_t size;
} Mapped;

bool mapped_open(const char *path, Mapped *ret, Err *err); /* symbolic links are followed */
void mapped_close(Mapped *m);                              /* a zeroed one too */

/* mapped_forget: the whole pages of a part may leave memory; they are read again when they are
 * touched. What lies outside of the mapping is left alone. */
void mapped_forget(const Mapped *m, const void *from, size_t size_bytes);

#endif
