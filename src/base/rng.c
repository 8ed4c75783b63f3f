#include "base/rng.h"

#include <assert.h>
#include <math.h>

#include "base/hash.h"

static uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

Rng rng_make(uint64_t seed, uint64_t stream)
{
    uint64_t state = hash_mix(hash_mix(seed) + stream);
    Rng r;
    for (size_t i = 0; i < 4; i++) {
        r.s[i] = hash_mix(state); /* splitmix64, never four zeros: hash_mix is one to one */
        state += 0x9e3779b97f4a7c15u;
    }
    return r;
}

uint64_t rng_u64(Rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rng_below(Rng *r, uint64_t n)
{
    assert(n > 0);
    /* Of the 2^64 values the first 2^64 mod n are refused; the rest is a multiple of n.
     * A value of n or more cannot be among them, which saves a division. */
    uint64_t x = rng_u64(r);
    if (x < n) {
        uint64_t refused = -n % n;
        while (x < refused) x = rng_u64(r);
    }
    return x % n;
}

double rng_unit(Rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

double rng_normal(Rng *r)
{
    double radius = sqrt(-2.0 * log(1.0 - rng_unit(r))); /* 1 - u is never 0 */
    return radius * cos(2.0 * M_PI * rng_unit(r));
}

void rng_shuffle(Rng *r, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rng_below(r, i);
        uint32_t item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}
