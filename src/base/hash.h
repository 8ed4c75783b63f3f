/* Hashes. Hash is the identity of texts, files and models: the first 16 bytes of
 * SHA-256, so that hostile input cannot make two things look the same. hash_u64 is a
 * fast mixing hash for tables and hashed features; its values are part of the lsa
 * build format and never change. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 16
#define HASH_HEX_SIZE (2 * HASH_BYTES + 1)

typedef struct Hash {
    uint8_t bytes[HASH_BYTES];
} Hash;

typedef struct HashBuilder HashBuilder;

Hash hash_bytes(const void *data, size_t size);
Hash hash_text(const char *text);
bool hash_equal(const Hash *a, const Hash *b);
void hash_hex(const Hash *h, char out[HASH_HEX_SIZE]);

/* An incremental hash. Each added piece is preceded by its length, so "ab","c" and "a","bc" differ. */
HashBuilder *hash_begin(void);
void hash_add(HashBuilder *b, const void *data, size_t size);
void hash_add_text(HashBuilder *b, const char *text); /* NULL counts as absent, unlike "" */
void hash_add_i64(HashBuilder *b, int64_t value);
Hash hash_end(HashBuilder *b); /* frees b */

uint64_t hash_u64(const void *data, size_t size, uint64_t seed);
uint64_t hash_mix(uint64_t x);

#endif
