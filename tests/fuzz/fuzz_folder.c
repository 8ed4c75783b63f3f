/* A model folder: texts that a zero byte parts, one file each in this order. Those that are empty
 * are not there. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
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

enum { FILE_COUNT = sizeof FILES / sizeof *FILES };

/* A change is mostly in one file: the others stay as they are. */
static void put_file(size_t file, const uint8_t *bytes, size_t size)
{
    static Str there[FILE_COUNT];
    Str *old = &there[file];
    if (old->data && old->size == size && memcmp(old->data, bytes, size) == 0) return;
    char path[128];
    snprintf(path, sizeof path, FOLDER "/%s", FILES[file]);
    str_clear(old);
    str_add_bytes(old, (const char *)bytes, size);
    if (size == 0) {
        unlink(path);
        str_reserve(old, 1);
        return;
    }
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(bytes, 1, size, out) != size || fclose(out) != 0) abort();
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
    static bool made;
    if (!made) {
        mkdir(FOLDER, 0777);
        mkdir(FOLDER "/1_Pooling", 0777);
        mkdir(FOLDER "/2_Dense", 0777);
        made = true;
    }
    for (size_t i = 0; i < FILE_COUNT; i++) {
        const uint8_t *end = size ? memchr(data, 0, size) : NULL;
        size_t n = end ? (size_t)(end - data) : size;
        put_file(i, data, n);
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
