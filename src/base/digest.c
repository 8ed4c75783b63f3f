#include "base/digest.h"

#include <errno.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"

#define PIECE_BYTES ((size_t)1 << 20)

typedef struct Digest {
    DigestKind kind;
    struct sha256_ctx sha256;
    struct sha1_ctx sha1;
} Digest;

static void digest_add(Digest *d, size_t size, const uint8_t *bytes)
{
    if (d->kind == DIGEST_SHA256)
        sha256_update(&d->sha256, size, bytes);
    else
        sha1_update(&d->sha1, size, bytes);
}

static void digest_begin(Digest *d, DigestKind kind, uint64_t file_size)
{
    d->kind = kind;
    sha256_init(&d->sha256);
    sha1_init(&d->sha1);
    if (kind != DIGEST_GIT_BLOB) return;
    char head[40];
    int n = snprintf(head, sizeof head, "blob %llu", (unsigned long long)file_size);
    digest_add(d, (size_t)n + 1, (const uint8_t *)head);
}

static void digest_end(Digest *d, char out[DIGEST_HEX_SIZE])
{
    uint8_t bytes[SHA256_DIGEST_SIZE];
    size_t count = d->kind == DIGEST_SHA256 ? SHA256_DIGEST_SIZE : SHA1_DIGEST_SIZE;
    if (d->kind == DIGEST_SHA256)
        sha256_digest(&d->sha256, count, bytes);
    else
        sha1_digest(&d->sha1, count, bytes);
    for (size_t i = 0; i < count; i++) sprintf(out + 2 * i, "%02x", bytes[i]);
}

bool digest_file(const char *path, DigestKind kind, char out[DIGEST_HEX_SIZE], Err *err)
{
    FileInfo info;
    if (!file_info(path, &info, err)) return false;
    FILE *f = fopen(path, "rbe");
    if (!f) return err_set(err, ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    Digest d;
    digest_begin(&d, kind, info.size_bytes);
    uint8_t *piece = mem_alloc(PIECE_BYTES);
    for (size_t n; (n = fread(piece, 1, PIECE_BYTES, f)) > 0;) digest_add(&d, n, piece);
    bool ok = !ferror(f) || err_set(err, ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (ok) digest_end(&d, out);
    free(piece);
    fclose(f);
    return ok;
}
