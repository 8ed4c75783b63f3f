#include <string.h>
#include <utf8proc.h>

#include "text/tokenizer_parts.h"

#define PENDING_MARKS 32 /* more marks in a row than a text in any language has */

typedef struct NormalRow {
    const char *type;
    bool (*parse)(const cJSON *json, NormalStep *step, Err *err); /* NULL: nothing to read */
    void (*run)(const NormalStep *step, const char *text, size_t size, Str *out);
} NormalRow;

struct NormalStep {
    const NormalRow *row;
    bool clean, chinese, accents, lowercase; /* BertNormalizer */
    bool left, right;                        /* Strip */
    char *pattern, *content;                 /* Replace, Prepend */
};

/* One code point of canonically decomposed text, marks dropped. */
static void put_bert(const NormalStep *s, uint32_t code, Str *out)
{
    if (s->lowercase)
        code_lower(out, code);
    else
        code_put(out, code);
}

typedef struct Pending { /* characters with a combining class, until the next one without */
    uint32_t codes[PENDING_MARKS];
    unsigned char classes[PENDING_MARKS];
    size_t count;
} Pending;

static void flush(const NormalStep *s, Pending *p, Str *out)
{
    for (size_t i = 0; i < p->count; i++) put_bert(s, p->codes[i], out);
    p->count = 0;
}

static void hold(const NormalStep *s, Pending *p, uint32_t code, Str *out)
{
    unsigned char class =
        (unsigned char)utf8proc_get_property((utf8proc_int32_t)code)->combining_class;
    if (class == 0) {
        flush(s, p, out);
        put_bert(s, code, out);
        return;
    }
    if (p->count == PENDING_MARKS) flush(s, p, out);
    size_t at = p->count++;
    for (; at > 0 && p->classes[at - 1] > class; at--) {
        p->codes[at] = p->codes[at - 1];
        p->classes[at] = p->classes[at - 1];
    }
    p->codes[at] = code;
    p->classes[at] = class;
}

static void add_bert(const NormalStep *s, Pending *p, uint32_t code, Str *out)
{
    if (code < 0x80 || !s->accents) {
        flush(s, p, out);
        put_bert(s, code, out);
        return;
    }
    utf8proc_int32_t parts[18];
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)code, parts, 18, UTF8PROC_DECOMPOSE, &boundary);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        if (!code_is_accent((uint32_t)parts[i])) hold(s, p, (uint32_t)parts[i], out);
}

static void run_bert(const NormalStep *s, const char *text, size_t size, Str *out)
{
    Pending pending = {.count = 0};
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += code_next(text + at, &code);
        if (s->clean) {
            if (code == 0 || code == 0xFFFD || code_is_control(code)) continue;
            if (code_is_space(code)) code = ' ';
        }
        bool apart = s->chinese && code_is_chinese(code);
        if (apart) add_bert(s, &pending, ' ', out);
        add_bert(s, &pending, code, out);
        if (apart) add_bert(s, &pending, ' ', out);
    }
    flush(s, &pending, out);
}

static bool parse_bert(const cJSON *json, NormalStep *s, Err *err)
{
    (void)err;
    s->clean = member_bool(json, "clean_text", true);
    s->chinese = member_bool(json, "handle_chinese_chars", true);
    s->lowercase = member_bool(json, "lowercase", true);
    s->accents = member_bool(json, "strip_accents", s->lowercase);
    return true;
}

static void run_lowercase(const NormalStep *s, const char *text, size_t size, Str *out)
{
    (void)s;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += code_next(text + at, &code);
        code_lower(out, code);
    }
}

static const NormalRow ROWS[] = {
    {"BertNormalizer", parse_bert, run_bert},
    {"Lowercase", NULL, run_lowercase},
};

static bool add_step(const cJSON *json, Normal *n, Err *err)
{
    const char *type = member_string(json, "type");
    if (!type) return err_set(err, ERR_FORMAT, "the normalizer has no type");
    if (n->count == TOKENIZER_STEP_LIMIT)
        return err_set(err, ERR_LIMIT, "the normalizer has more than %d steps",
                       TOKENIZER_STEP_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (strcmp(ROWS[i].type, type) != 0) continue;
        n->steps = mem_grow(n->steps, (n->count + 1) * sizeof *n->steps);
        NormalStep *step = &n->steps[n->count++];
        *step = (NormalStep){.row = &ROWS[i]};
        return !ROWS[i].parse || ROWS[i].parse(json, step, err);
    }
    return err_set(err, ERR_FORMAT, "the normalizer \"%.60s\" is not supported", type);
}

bool normal_parse(const cJSON *json, Normal *ret, Err *err)
{
    if (!json || cJSON_IsNull(json)) return true;
    const char *type = member_string(json, "type");
    if (!type || strcmp(type, "Sequence") != 0) return add_step(json, ret, err);
    const cJSON *item;
    cJSON_ArrayForEach(item,
                       cJSON_GetObjectItemCaseSensitive(
                           json, "normalizers")) if (!normal_parse(item, ret, err)) return false;
    return true;
}

void normal_bert(bool lowercase, Normal *ret)
{
    ret->steps = mem_alloc(sizeof *ret->steps);
    ret->count = 1;
    *ret->steps = (NormalStep){.row = &ROWS[0],
                               .clean = true,
                               .chinese = true,
                               .accents = lowercase,
                               .lowercase = lowercase};
}

const char *normal_run(const Normal *n, const char *text, size_t size, Str *a, Str *b,
                       size_t *ret_size)
{
    for (size_t i = 0; i < n->count; i++) {
        Str *out = i % 2 ? b : a;
        str_clear(out);
        str_reserve(out, size + 1);
        n->steps[i].row->run(&n->steps[i], text, size, out);
        text = str_get(out);
        size = out->size;
    }
    *ret_size = size;
    return text;
}

size_t normal_bytes(const Normal *n)
{
    return n->count * sizeof *n->steps;
}

void normal_release(Normal *n)
{
    for (size_t i = 0; i < n->count; i++) {
        free(n->steps[i].pattern);
        free(n->steps[i].content);
    }
    free(n->steps);
    *n = (Normal){0};
}
