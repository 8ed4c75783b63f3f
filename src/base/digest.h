/* Digests that others publish and ours are compared with: SHA-256, and git's SHA-1 of a file. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DIGEST_HEX_SIZE 65

typedef enum DigestKind { DIGEST_SHA256, DIGEST_GIT_BLOB } DigestKind;

/* digest_file: of the whole file, in lower-case hex. git's is the SHA-1 of "blob SIZE\0" and the
 * content. */
bool digest_file(const char *path, DigestKind kind, char out[DIGEST_HEX_SIZE], Err *err);

#endif
