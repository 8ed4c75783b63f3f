/* The tokenizers and lines of golden/tokenizers, for the tests of tokenizers. */
#ifndef TOKENIZER_HELPER_H
#define TOKENIZER_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "golden/golden.h"
#include "text/tokenizer.h"

static const char *const NAMES[] = {"wordpiece", "unigram", "bpe"};
#define NAME_COUNT (sizeof NAMES / sizeof *NAMES)

typedef struct Line {
    char *bytes;
    size_t size;
} Line;

typedef VEC(Line) Lines;

static inline Str golden_text(const char *name)
{
    Str text = {0};
    Err err = {0};
    char *path = str_format("%s/tokenizers/%s", GOLDEN_DIR, name);
    if (!file_read(path, 10 << 20, &text, &err)) fail_msg("%s", err.message);
    free(path);
    return text;
}

static inline Str base_json(const char *name)
{
    char *file = str_format("%s.json", name);
    Str json = golden_text(file);
    free(file);
    return json;
}

static inline Tokenizer *open_base(const char *name)
{
    Tokenizer *t = NULL;
    Err err = {0};
    Str json = base_json(name);
    if (!tokenizer_parse(json.data, json.size, name, &t, &err)) fail_msg("%s", err.message);
    str_release(&json);
    return t;
}

/* The lines of lines.txt; each has its own allocation, so that a byte read too far is seen. */
static inline Lines golden_lines(void)
{
    Str text = golden_text("lines.txt");
    Lines lines = {0};
    for (const char *at = text.data; *at; at = strchr(at, '\n') + 1) {
        Line line = {.size = strcspn(at, "\n") / 2};
        line.bytes = malloc(line.size ? line.size : 1);
        assert_non_null(line.bytes);
        for (size_t i = 0; i < line.size; i++) {
            char digits[3] = {at[2 * i], at[2 * i + 1]};
            line.bytes[i] = (char)strtoul(digits, NULL, 16);
        }
        vec_push(&lines, line);
    }
    str_release(&text);
    assert_true(lines.count > 400);
    return lines;
}

static inline void lines_release(Lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) free(lines->items[i].bytes);
    vec_release(lines);
}

#endif
