/* The pickle inside a torch checkpoint, read by a short list of opcodes and names. Nothing is ever
 * run: what a checkpoint can say is "this tensor is that storage, from there, with this shape";
 * everything else is refused by name. Used by torch_read.c only. */
#ifndef MODEL_TORCH_PICKLE_H
#define MODEL_TORCH_PICKLE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

typedef enum StorageKind {
    STORAGE_FLOAT,
    STORAGE_HALF,
    STORAGE_BFLOAT16,
    STORAGE_DOUBLE,
    STORAGE_LONG,
    STORAGE_INT,
    STORAGE_SHORT,
    STORAGE_BYTE, /* signed, unsigned or bool */
    STORAGE_KINDS
} StorageKind;

#define TORCH_DIMS_MAX 4

/* A tensor as the pickle describes it; nothing about it is checked against the storage yet. */
typedef struct PickledTensor {
    const char *name; /* in the arena */
    StorageKind kind;
    const char *storage; /* its key: the file data/KEY of the zip */
    uint64_t offset;     /* elements */
    size_t dims;
    uint64_t shape[TORCH_DIMS_MAX], stride[TORCH_DIMS_MAX];
} PickledTensor;

typedef VEC(PickledTensor) PickledTensors;

/* torch_pickle: the tensors of a pickled state dict, in its order. ERR_FORMAT, ERR_LIMIT. */
bool torch_pickle(const char *bytes, size_t size, Arena *arena, PickledTensors *ret, Err *err);

#endif
