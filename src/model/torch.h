/* torch checkpoints (`pytorch_model.bin`): a stored zip with a pickle of protocol 2 and raw
 * storages. Reading interprets a short whitelist of opcodes and names and never runs anything;
 * everything else is refused by name. */
#ifndef MODEL_TORCH_H
#define MODEL_TORCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "model/safetensors.h"

/* TorchViews: the tensors of a checkpoint as they lie in the mapped file; only those that are not
 * row by row in their storage are copied. The checksum of the pickle is compared, those of the
 * tensors are not: gigabytes are not read before they are used. */
typedef struct TorchViews TorchViews;
bool torch_open(const char *path, TorchViews **ret, Err *err);
/* torch_parse: over the caller's bytes, which must outlive it; name for messages. */
bool torch_parse(const void *bytes, size_t size, const char *name, TorchViews **ret, Err *err);
void torch_close(TorchViews *t); /* NULL is allowed */
size_t torch_count(const TorchViews *t);
TensorView torch_at(const TorchViews *t, size_t i); /* in the order of the pickle */
size_t torch_bytes(const TorchViews *t);            /* of the copies */
/* torch_forget: a tensor's pages of the mapped file may leave memory until it is read again. */
void torch_forget(const TorchViews *t, const TensorView *tensor);

typedef struct TorchTensor {
    char *name;
    size_t shape[4], dims; /* dims <= 4; 0 dims: one value */
    float *values;         /* row-major f32, owned; of other types converted */
} TorchTensor;

typedef struct TorchFile {
    TorchTensor *tensors;
    size_t count;
} TorchFile;

/* torch_read: all of a small checkpoint as floats; strides honoured, sizes and checksums checked.
 */
bool torch_read(const char *path, TorchFile *ret, Err *err);

/* loads in torch.load(weights_only=True) */
bool torch_write(const char *path, const TorchFile *file, Err *err);
const TorchTensor *torch_find(const TorchFile *file, const char *name); /* NULL: not there */
void torch_release(TorchFile *file);

#endif
