/* Weights of a model folder, wherever they are: model.safetensors, its shards
 * (model.safetensors.index.json), or pytorch_model.bin (and its shards). Tensors by name. */
#ifndef MODEL_WEIGHTS_H
#define MODEL_WEIGHTS_H

#include "model/safetensors.h"

typedef struct Weights Weights;

/* weights_open: ERR_MISSING names the files that were looked for. */
bool weights_open(const char *folder, Weights **ret, Err *err);
void weights_close(Weights *w); /* NULL is allowed */
size_t weights_count(const Weights *w);
TensorView weights_at(const Weights *w, size_t i); /* borrowed until weights_close */
bool weights_find(const Weights *w, const char *name, TensorView *ret);

/* weights_forget: a tensor that was read: its pages of the mapped file may leave memory, so that
 * reading a model does not hold it twice. They come back when they are touched. */
void weights_forget(const Weights *w, const TensorView *t);
size_t weights_bytes(const Weights *w); /* memory that it holds beside the mapped files */

#endif
