/* Rng: xoshiro256** (Blackman and Vigna, public domain reference), seeded through
 * splitmix64. A plain struct, so that a checkpoint can hold it. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct Rng {
    uint64_t s[4];
} Rng;

Rng rng_make(uint64_t seed, uint64_t stream); /* different streams are independent */
uint64_t rng_u64(Rng *r);
uint64_t rng_below(Rng *r, uint64_t n); /* uniform in [0,n), n > 0, no modulo bias */
double rng_unit(Rng *r);                /* [0,1) */
double rng_normal(Rng *r);              /* Box-Muller, one value per call */
void rng_shuffle(Rng *r, uint32_t *items, size_t n);

#endif
