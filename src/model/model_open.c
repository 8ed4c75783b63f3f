#include "model/model_open.h"

bool model_open(OpenModel *m, Pool *pool, Err *err)
{
    const ModelFolder *f = &m->folder;
    if (!tokenizer_open(f->encoder_path, &m->tokenizer, err) ||
        !weights_open(f->encoder_path, &m->weights, err) ||
        !encoder_open(&f->shape, m->weights, pool, &m->encoder, err))
        return false;
    m->runner = ragged_runner_new(m->encoder);
    size_t words = tokenizer_info(m->tokenizer).words;
    return words <= f->shape.V ||
           err_set(err, ERR_FORMAT,
                   "%s: the tokenizer has %zu words and the model %zu: they do not belong together",
                   f->path, words, f->shape.V);
}

void model_release(OpenModel *m)
{
    ragged_runner_free(m->runner);
    encoder_close(m->encoder);
    weights_close(m->weights);
    tokenizer_free(m->tokenizer);
    model_folder_release(&m->folder);
    *m = (OpenModel){0};
}

size_t model_bytes(const OpenModel *m)
{
    return encoder_bytes(m->encoder) + tokenizer_bytes(m->tokenizer) + weights_bytes(m->weights) +
           ragged_runner_bytes(&m->folder.shape, 1);
}
