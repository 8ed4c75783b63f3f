#include "num/dropout.h"

#include <math.h>

#define HALF ((size_t)16) /* one hash makes element i and element i + HALF of a block of 2·HALF */

/* Finaliser of splitmix64 (doi:10.1145/2714064.2660195). */
static uint64_t mix64(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

uint64_t dropout_key(uint64_t seed, uint64_t place)
{
    return mix64(mix64(seed + 0x9e3779b97f4a7c15u) + (place + 1) * 0x9e3779b97f4a7c15u);
}

static uint32_t hash(uint32_t counter, uint32_t a, uint32_t b)
{
    uint32_t h = counter * 0x9e3779b1u + a;
    h = (h ^ h >> 16) * 0x7feb352du + b;
    h = (h ^ h >> 15) * 0x846ca68bu;
    return h ^ h >> 16;
}

void dropout_row(Dropout d, uint64_t row, const float *x, float *y, size_t n)
{
    uint32_t threshold = (uint32_t)lrintf((1 - d.p) * 65536);
    float scale = threshold ? 65536 / (float)threshold : 0;
    uint64_t stream = mix64(d.key ^ mix64(row + 0x9e3779b97f4a7c15u));
    for (size_t i = 0; i < n; i++) {
        uint32_t h = hash((uint32_t)(i / (2 * HALF) * HALF + i % HALF), (uint32_t)stream,
                          (uint32_t)(stream >> 32));
        uint32_t bits = i / HALF % 2 ? h >> 16 : h & 0xffff;
        y[i] = bits < threshold ? x[i] * scale : 0;
    }
}
