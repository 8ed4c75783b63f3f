/* torch checkpoints (`pytorch_model.bin`): a stored zip with a pickle of protocol 2 and raw
 * storages. Reading interprets a short whitelist of opcodes and names and never runs anything;
 * everything else is refused by name. */
#ifndef MODEL_TORCH_H
#define MODEL_TORCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

typedef struct TorchTensor {
    char *name;
    size_t shape[4], dims; /* dims <= 4; 0 dims: one value */
    float *values;         /* row-major f32, owned; half, bfloat16, double and long storages are converted */
} TorchTensor;

typedef struct TorchFile {
    TorchTensor *tensors;
    size_t count;
} TorchFile;

bool torch_read(const char *path, TorchFile *ret, Err *err); /* strides honoured, sizes checked */

/* loads in torch.load(weights_only=True) */
bool torch_write(const char *path, const TorchFile *file, Err *err);
const TorchTensor *torch_find(const TorchFile *file, const char *name); /* NULL: not there */
void torch_release(TorchFile *file);

#endif
