/* safetensors files (huggingface/safetensors, format v1): u64 header length, JSON, raw arrays.
 * Reading maps the file: tensors are borrowed from the mapping. Everything in the header is checked
 * against the file: lengths, bounds, overlaps, holes, sizes against shapes, names. */
#ifndef MODEL_SAFETENSORS_H
#define MODEL_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

typedef enum Dtype {
    DTYPE_F32,
    DTYPE_F16,
    DTYPE_BF16,
    DTYPE_F64,
    DTYPE_I64,
    DTYPE_I32,
    DTYPE_OTHER,
    DTYPES
} Dtype;

const char *dtype_name(Dtype d); /* "F32" … as safetensors has it */
size_t dtype_bytes(Dtype d);     /* of a value; 0 for other */
/* n values of dtype d to float, and float to d (nearest even; overflow in F16 becomes infinity).
 * DTYPE_OTHER: false. */
bool dtype_read(Dtype d, const void *from, float *to, size_t n);
bool dtype_write(Dtype d, const float *from, void *to, size_t n);

#define TENSOR_DIMS_MAX 4

typedef struct TensorView {
    const char *name;
    Dtype dtype;
    size_t dims, shape[TENSOR_DIMS_MAX];
    const void *data; /* borrowed; may be unaligned for its type */
    size_t size_bytes;
} TensorView;

/* tensor_name_is_fine: valid UTF-8, not empty, of a length that names have, and nothing in it that
 * a terminal acts on. No reader takes another. */
bool tensor_name_is_fine(const char *name);

typedef struct Safetensors Safetensors;

bool safetensors_open(const char *path, Safetensors **ret, Err *err);
/* safetensors_parse: over the caller's bytes, which must outlive it; name for messages. */
bool safetensors_parse(const void *bytes, size_t size, const char *name, Safetensors **ret,
                       Err *err);
void safetensors_close(Safetensors *s); /* NULL is allowed */
size_t safetensors_count(const Safetensors *s);
TensorView safetensors_at(const Safetensors *s, size_t i); /* in the order of the file */
/* safetensors_forget: a tensor's pages of a mapped file may leave memory until it is read again. */
void safetensors_forget(const Safetensors *s, const TensorView *t);
bool safetensors_find(const Safetensors *s, const char *name, TensorView *ret);

/* safetensors_write: replaces path as a whole; {"format": "pt"} as metadata. values[i]: what
 * tensors[i].data would hold as float (shape's count), converted to tensors[i].dtype as it is
 * written; NULL: tensors[i].data is copied. */
bool safetensors_write(const char *path, const TensorView *tensors, const float *const *values,
                       size_t count, Err *err);

#endif
