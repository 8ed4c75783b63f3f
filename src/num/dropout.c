#include "num/dropout.h"

#include <math.h>

#include "num/rows_kernels.h"

#define GOLDEN 0x9e3779b97f4a7c15u

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
    return mix64(mix64(seed + GOLDEN) + (place + 1) * GOLDEN);
}

DropoutStream dropout_stream(Dropout d, uint64_t row)
{
    if (!(d.p > 0)) return (DropoutStream){.threshold = DROPOUT_KEEP_ALL, .scale = 1};
    uint32_t threshold = d.p < 1 ? (uint32_t)lrintf((1 - d.p) * DROPOUT_KEEP_ALL) : 0;
    uint64_t words = mix64(d.key + mix64(row * GOLDEN + 1));
    return (DropoutStream){
        .a = (uint32_t)words,
        .b = (uint32_t)(words >> 32),
        .threshold = threshold,
        .scale = threshold ? (float)DROPOUT_KEEP_ALL / (float)threshold : 0,
    };
}

void dropout_row(Dropout d, uint64_t row, const float *x, float *y, size_t n)
{
    DropoutStream stream = dropout_stream(d, row);
    if (stream.threshold < DROPOUT_KEEP_ALL)
        rows_kernels()->dropout(stream, x, y, n);
    else
        rows_kernels()->activation_forward(ACTIVATION_NONE, x, y, n);
}
