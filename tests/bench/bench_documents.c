/* Debian's reference manual as PDF, English and Chinese, against the text version beside it: how
 * many words (Chinese: characters) the chunks without their overlap hold, counted with repetition.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/map.h"
#include "base/utf8.h"
#include "bench.h"

/* Adds `by` to the count of each unit of text: a run of word characters, or a single character of
 * an unspaced script. */
static size_t count_units(Map *counts, const char *text, size_t size, int by, bool characters)
{
    size_t units = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t first = at, n = utf8_next(text + at, size - at, &code);
        at += n;
        if (!utf8_is_word(code)) continue;
        if (characters && !utf8_is_unspaced(code)) continue;
        while (!characters && at < size) {
            n = utf8_next(text + at, size - at, &code);
            if (!utf8_is_word(code)) break;
            at += n;
        }
        uint32_t have = map_get(counts, text + first, at - first);
        if (have == MAP_NONE) have = 0;
        if (by > 0)
            map_put(counts, text + first, at - first, have + 1);
        else if (have > 0) {
            map_put(counts, text + first, at - first, have - 1);
            units++;
        }
        if (by > 0) units++;
    }
    return units;
}

static void kept_share(Bench *b, const char *project, const char *text_path, bool characters,
                       const char *what)
{
    Cost chunks = bench_run(b, "-p %s chunks --jsonl -q", project);
    Map *counts = map_new();
    for (char *line = strtok(chunks.out.data, "\n"); line; line = strtok(NULL, "\n")) {
        cJSON *j = cJSON_Parse(line);
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, "text"));
        double overlap = cJSON_GetNumberValue(cJSON_GetObjectItem(j, "overlap_chars"));
        size_t at = 0, size = text ? strlen(text) : 0;
        for (double i = 0; i < overlap && at < size; i++) {
            uint32_t code;
            at += utf8_next(text + at, size - at, &code);
        }
        if (text) count_units(counts, text + at, size - at, 1, characters);
        cJSON_Delete(j);
    }
    Str text = {0};
    Err err;
    if (!file_read(text_path, (size_t)1 << 28, &text, &err)) {
        bench_say("%s", err.message);
        exit(1);
    }
    Map *all = map_new();
    size_t total = count_units(all, text.data, text.size, 1, characters);
    size_t kept = count_units(counts, text.data, text.size, -1, characters);
    bench_row(b, what, (double)kept / (double)total, "", true, 0.97);
    map_free(all);
    map_free(counts);
    str_release(&text);
    cost_release(&chunks);
}

void bench_documents(Bench *b)
{
    if (!b->pdfs) {
        bench_say("HONE_PDFS is not set: the PDFs are left out");
        return;
    }
    Cost init_en = bench_run(b, "-p en.hone init -q"), init_zh = bench_run(b, "-p zh.hone init -q");
    Cost en = bench_run(b, "-p en.hone add -q %s/debian-reference.en.pdf", b->pdfs);
    Cost zh = bench_run(b, "-p zh.hone add -q %s/debian-reference.zh-cn.pdf", b->pdfs);
    char path[512];
    snprintf(path, sizeof path, "%s/debian-reference.en.txt", b->pdfs);
    kept_share(b, "en.hone", path, false,
               "debian-reference.en.pdf: share of the text version's words");
    snprintf(path, sizeof path, "%s/debian-reference.zh-cn.txt", b->pdfs);
    kept_share(b, "zh.hone", path, true,
               "debian-reference.zh-cn.pdf: share of the text version's characters");
    bench_row(b, "adding both PDFs", en.wall_s + zh.wall_s, "s", false, 10);
    Cost *all[] = {&init_en, &init_zh, &en, &zh};
    for (size_t i = 0; i < 4; i++) cost_release(all[i]);
}
