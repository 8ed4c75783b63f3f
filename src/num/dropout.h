/* Dropout by a counter-based generator: whether an element is dropped follows from key and index
 * alone, so that a second forward pass, the backward pass and any number of threads see the same
 * mask, which is never stored. */
#ifndef NUM_DROPOUT_H
#define NUM_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

typedef struct Dropout {
    float p;      /* 0: off, all is kept */
    uint64_t key; /* of the step and the place in the network */
} Dropout;

/* dropout_key: an independent key for a place (layer, site) of a pass. */
uint64_t dropout_key(uint64_t seed, uint64_t place);

/* dropout_row: y[i] = x[i] · keep(key, row, i) / (1 − p); y may be x. Forward and backward are the
 * same function. Each row has its own stream. */
void dropout_row(Dropout d, uint64_t row, const float *x, float *y, size_t n);

#endif
