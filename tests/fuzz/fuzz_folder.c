/* A model folder: texts that a zero byte parts, one file each in this order. Those that are empty
 * are not there. */
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "model/model_folder.h"

#define FOLDER "folder.work"

static const char *const FILES[] = {
    "config.json",
    "modules.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "tokenizer_config.json",
    "model.safetensors.index.json",
};

static void put_file(const char *name, const uint8_t *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, FOLDER "/%s", name);
    unlink(path);
    if (size == 0) return;
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) abort();
}

static void check_folder(const ModelFolder *f)
{
    EncoderTensor *t;
    size_t count = encoder_tensors(&f->shape, &t), floats = 0;
    for (size_t i = 0; i < count; i++) {
        if (t[i].at != floats) abort();
        floats += t[i].rows * (t[i].columns ? t[i].columns : 1);
    }
    if (floats != encoder_parameters(&f->shape) || f->shape.D % f->shape.H) abort();
    if (f->max_tokens < 1 || f->max_tokens > encoder_longest(&f->shape)) abort();
    if ((f->dims == 0) != (f->labels > 0) || f->pooling_count > POOLINGS) abort();
    if (!f->query_prompt || !f->passage_prompt || strstr(f->encoder_path, "..")) abort();
    free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mkdir(FOLDER, 0777);
    mkdir(FOLDER "/1_Pooling", 0777);
    mkdir(FOLDER "/2_Dense", 0777);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        const uint8_t *end = size ? memchr(data, 0, size) : NULL;
        size_t n = end ? (size_t)(end - data) : size;
        put_file(FILES[i], data, n);
        data += n + (end != NULL);
        size -= n + (end != NULL);
    }
    ModelFolder f = {0};
    Err err = {0};
    if (model_folder_read(FOLDER, &f, &err))
        check_folder(&f);
    else
        fuzz_check_err(&err);
    model_folder_release(&f);
    model_folder_is(FOLDER);

    Weights *w = NULL;
    Err why = {0};
    if (!weights_open(FOLDER, &w, &why)) fuzz_check_err(&why);
    weights_close(w);
    return 0;
}
