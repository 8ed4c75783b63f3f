/* The tokenizer of the model folder HONE_MODEL on one core: opening it, and English and Chinese
 * text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/file.h"
#include "bench.h"
#include "text/tokenizer.h"

#define ROUNDS 8      /* the best of them counts */
#define TEXT_BYTES 60 /* shorter strings of a question set are no text */

typedef VEC(char *) Texts;

static void give_up(const Err *err)
{
    bench_say("%s", err->message);
    exit(1);
}

static void collect(const cJSON *json, Texts *texts)
{
    const cJSON *item;
    if (cJSON_IsString(json) && strlen(json->valuestring) >= TEXT_BYTES)
        vec_push(texts, strdup(json->valuestring));
    cJSON_ArrayForEach(item, json) collect(item, texts);
}

static Texts read_texts(const Bench *b, const char *name)
{
    char path[512];
    Str file = {0};
    Err err = {0};
    Texts texts = {0};
    snprintf(path, sizeof path, "%s/%s", b->data, name);
    if (!file_read(path, (size_t)1 << 28, &file, &err)) give_up(&err);
    cJSON *json = cJSON_ParseWithLength(file.data, file.size);
    collect(json, &texts);
    cJSON_Delete(json);
    str_release(&file);
    return texts;
}

static Tokenizer *open_best(const char *folder, double *ret_ms)
{
    Tokenizer *t = NULL;
    Err err = {0};
    *ret_ms = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        tokenizer_free(t);
        double from = clock_s();
        if (!tokenizer_open(folder, &t, &err)) give_up(&err);
        double ms = (clock_s() - from) * 1e3;
        if (ms < *ret_ms) *ret_ms = ms;
    }
    return t;
}

static void measure(Bench *b, const Tokenizer *t, const char *file, const char *language)
{
    Texts texts = read_texts(b, file);
    Tokens ids = {0};
    double best = 1e9;
    size_t bytes = 0;
    for (size_t i = 0; i < texts.count; i++) bytes += strlen(texts.items[i]);
    for (int round = 0; round < ROUNDS; round++) {
        double from = clock_s();
        vec_clear(&ids);
        for (size_t i = 0; i < texts.count; i++)
            tokenizer_text(t, texts.items[i], strlen(texts.items[i]), 0, &ids);
        double seconds = clock_s() - from;
        if (seconds < best) best = seconds;
    }
    char what[96];
    snprintf(what, sizeof what, "%s of %s, %.1f MB, %zu tokens", tokenizer_info(t).kind, language,
             (double)bytes / 1e6, ids.count);
    bench_row(b, what, (double)bytes / 1e6 / best, "MB/s", true, 5);
    for (size_t i = 0; i < texts.count; i++) free(texts.items[i]);
    vec_release(&texts);
    vec_release(&ids);
}

void bench_tokenizer(Bench *b)
{
    const char *folder = getenv("HONE_MODEL");
    if (!folder) {
        bench_say("HONE_MODEL is not set: the tokenizer is left out");
        return;
    }
    double ms;
    Tokenizer *t = open_best(folder, &ms);
    char what[96];
    snprintf(what, sizeof what, "opening a tokenizer of %zu words, %.1f MB in memory",
             tokenizer_info(t).words, (double)tokenizer_bytes(t) / 1e6);
    bench_row(b, what, ms, "ms", false, tokenizer_info(t).words < 100000 ? 10 : 300);
    if (b->data) {
        measure(b, t, "uber_2021_val.json", "English");
        measure(b, t, "cmrc2018_trial.json", "Chinese");
    } else {
        bench_say("HONE_DATA is not set: the texts are left out");
    }
    tokenizer_free(t);
}
