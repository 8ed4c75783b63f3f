/* What the fuzzers share. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "model/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A failure says why, in text that a terminal can show. */
static inline void fuzz_check_err(const Err *err)
{
    if (err->kind == ERR_NONE || !err->message[0] ||
        !utf8_valid(err->message, strlen(err->message), NULL))
        abort();
}

/* Every byte of a tensor can be read, and as many values as its shape says. */
static inline void fuzz_use_tensor(const TensorView *t)
{
    size_t bytes = dtype_bytes(t->dtype), count = 1;
    volatile unsigned char sum = 0;
    for (size_t i = 0; i < t->size_bytes; i++)
        sum = (unsigned char)(sum + ((const unsigned char *)t->data)[i]);
    if (t->dims > TENSOR_DIMS_MAX || !t->name[0]) abort();
    if (!bytes || t->size_bytes == 0) return;
    for (size_t d = 0; d < t->dims; d++) count *= t->shape[d];
    if (count * bytes != t->size_bytes) abort();
    float *values = malloc(count * sizeof *values);
    if (!values || !dtype_read(t->dtype, t->data, values, count)) abort();
    free(values);
}

#endif
