#include "base/hash.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct HashBuilder {
    struct sha256_ctx sha;
};

static Hash sha_end(struct sha256_ctx *sha)
{
    Hash h;
    sha256_digest(sha, sizeof h.bytes, h.bytes);
    return h;
}

Hash hash_bytes(const void *data, size_t size)
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, size, data);
    return sha_end(&sha);
}

Hash hash_text(const char *text)
{
    return hash_bytes(text, strlen(text));
}

bool hash_equal(const Hash *a, const Hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void hash_hex(const Hash *h, char out[HASH_HEX_SIZE])
{
    for (size_t i = 0; i < HASH_BYTES; i++) {
        out[2 * i] = "0123456789abcdef"[h->bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[h->bytes[i] & 15];
    }
    out[HASH_HEX_SIZE - 1] = '\0';
}

HashBuilder *hash_begin(void)
{
    HashBuilder *b = mem_alloc(sizeof *b);
    sha256_init(&b->sha);
    return b;
}

static void sha_add_u64(struct sha256_ctx *sha, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(value >> (8 * i));
    sha256_update(sha, sizeof bytes, bytes);
}

void hash_add(HashBuilder *b, const void *data, size_t size)
{
    sha_add_u64(&b->sha, size);
    sha256_update(&b->sha, size, data);
}

void hash_add_text(HashBuilder *b, const char *text)
{
    if (text)
        hash_add(b, text, strlen(text));
    else
        sha_add_u64(&b->sha, UINT64_MAX); /* a length that no text has */
}

void hash_add_i64(HashBuilder *b, int64_t value)
{
    sha_add_u64(&b->sha, sizeof value);
    sha_add_u64(&b->sha, (uint64_t)value);
}

Hash hash_end(HashBuilder *b)
{
    Hash h = sha_end(&b->sha);
    free(b);
    return h;
}

/* The loads are little-endian by definition; compilers make one instruction of each. */
static uint64_t load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t load_u64(const uint8_t *p)
{
    return load_u32(p) | load_u32(p + 4) << 32;
}

static uint64_t absorb(uint64_t h, uint64_t word)
{
    word *= 0xd6e8feb86659fd93u;
    word ^= word >> 32;
    h = (h ^ word) * 0x9fb21c651e98df25u;
    return h ^ h >> 29;
}

/* The last 1 to 7 bytes of a short input in one word. The size is part of the start
 * value, so inputs of different sizes need not give different words. */
static uint64_t load_short(const uint8_t *p, size_t size)
{
    if (size >= 4) return load_u32(p) | load_u32(p + size - 4) << 32;
    return (uint64_t)p[0] | (uint64_t)p[size / 2] << 8 | (uint64_t)p[size - 1] << 16;
}

uint64_t hash_u64(const void *data, size_t size, uint64_t seed)
{
    const uint8_t *p = data;
    uint64_t h = seed ^ (uint64_t)size * 0x9e3779b97f4a7c15u;
    if (size >= 8) {
        const uint8_t *last = p + size - 8;
        for (; p < last; p += 8) h = absorb(h, load_u64(p));
        h = absorb(h, load_u64(last)); /* may overlap the word before */
    } else if (size > 0) {
        h = absorb(h, load_short(p, size));
    }
    return hash_mix(h);
}

/* One output of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
uint64_t hash_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}
