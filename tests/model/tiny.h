/* The tiny encoders of tests/golden/encoders, and what the real libraries compute with them. */
#ifndef TESTS_MODEL_TINY_H
#define TESTS_MODEL_TINY_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "golden/golden.h"
#include "model/sentence.h"

#define TINY_FOLDER GOLDEN_DIR "/encoders/"

static const char *const TINY_SENTENCES[] = {"bert",     "bert_legacy", "xlmr",
                                             "xlmr_bin", "distilbert",  "roberta"};
#define TINY_SENTENCE_COUNT 6

typedef struct Tiny {
    ModelFolder folder;
    Weights *weights;
    Safetensors *golden; /* hidden.N, pooled, grad.NAME, after.NAME */
    cJSON *json;         /* queries, passages, ids, vectors … */
    uint32_t *ids, *offset;
    Ragged batch; /* all queries and passages of the golden, without prompts */
} Tiny;

static inline Tiny tiny_open(const char *name)
{
    Tiny t = {0};
    Err err = {0};
    char *folder = str_format(TINY_FOLDER "%s", name),
         *golden = str_format(TINY_FOLDER "%s.golden.safetensors", name),
         *json = str_format(TINY_FOLDER "%s.json", name);
    Str text = {0};
    if (!model_folder_read(folder, &t.folder, &err) ||
        !weights_open(t.folder.encoder_path, &t.weights, &err) ||
        !safetensors_open(golden, &t.golden, &err) || !file_read(json, 1 << 24, &text, &err))
        fail_msg("%s", err.message);
    t.json = cJSON_ParseWithLength(text.data, text.size);
    const cJSON *ids = cJSON_GetObjectItem(t.json, "ids"), *one, *id;
    t.offset = mem_zero((size_t)cJSON_GetArraySize(ids) + 1, sizeof *t.offset);
    VEC(uint32_t) all = {0};
    cJSON_ArrayForEach(one, ids)
    {
        cJSON_ArrayForEach(id, one) vec_push(&all, (uint32_t)id->valueint);
        t.offset[++t.batch.B] = (uint32_t)all.count;
    }
    t.ids = all.items;
    t.batch = (Ragged){.B = t.batch.B, .N = all.count, .offset = t.offset, .ids = t.ids};
    str_release(&text);
    free(folder);
    free(golden);
    free(json);
    return t;
}

static inline void tiny_close(Tiny *t)
{
    model_folder_release(&t->folder);
    weights_close(t->weights);
    safetensors_close(t->golden);
    cJSON_Delete(t->json);
    free(t->ids);
    free(t->offset);
}

/* A golden tensor as floats; the caller's. */
static inline float *tiny_golden(const Tiny *t, const char *name, size_t *ret_count)
{
    TensorView v;
    if (!safetensors_find(t->golden, name, &v)) return NULL;
    size_t count = v.size_bytes / dtype_bytes(v.dtype);
    float *values = mem_alloc((count + 1) * sizeof *values);
    dtype_read(v.dtype, v.data, values, count);
    *ret_count = count;
    return values;
}

/* Every value within absolute + relative · |wanted|. */
static inline void tiny_near(const char *what, const float *got, const float *wanted, size_t count,
                             double absolute, double relative)
{
    for (size_t i = 0; i < count; i++) {
        double off = fabs((double)got[i] - (double)wanted[i]);
        if (!(off <= absolute + relative * fabs((double)wanted[i])))
            fail_msg("%s: value %zu is %.9g and not %.9g", what, i, (double)got[i],
                     (double)wanted[i]);
    }
}

#endif
