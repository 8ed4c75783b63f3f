#include <string.h>

#include "base/utf8.h"
#include "text/tokenizer_bytes.h"
#include "text/tokenizer_steps.h"

#define PREPEND_LIMIT 256

static bool lowercase_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    (void)s;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += code_next(text + at, &code);
        code_lower(out, code, code_class(code));
    }
    return false;
}

static bool accents_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    (void)s;
    bool moved = false;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = code_next(text + at, &code);
        if (!(code_class(code) & CODE_MARK))
            str_add_bytes(out, text + at, length);
        else if (at == 0)
            moved = true;
        at += length;
    }
    return moved;
}

static bool strip_parse(const cJSON *json, NormalStep *s, Err *err)
{
    (void)err;
    s->left = member_bool(json, "strip_left", true);
    s->right = member_bool(json, "strip_right", true);
    return true;
}

static bool strip_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    size_t from = 0;
    uint32_t code;
    while (s->left && from < size) {
        size_t length = code_next(text + from, &code);
        if (!code_is_space(code)) break;
        from += length;
    }
    while (s->right && size > from) {
        size_t start = utf8_back(text, size);
        code_next(text + start, &code);
        if (!code_is_space(code)) break;
        size = start;
    }
    str_add_bytes(out, text + from, size - from);
    return from > 0;
}

static bool prepend_parse(const cJSON *json, NormalStep *s, Err *err)
{
    const char *text = member_string(json, "prepend");
    if (!text || strlen(text) > PREPEND_LIMIT)
        return err_set(err, ERR_FORMAT, "a Prepend has nothing, or more than %d bytes, to prepend",
                       PREPEND_LIMIT);
    s->content = mem_strdup(text);
    return true;
}

static bool prepend_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    if (size > 0) str_add(out, s->content);
    str_add_bytes(out, text, size);
    return false;
}

/* sentencepiece's idea of white space and of what is dropped */
static uint32_t nmt_code(uint32_t code)
{
    if (code >= 1 && code < ' ')
        return code == '\t' || code == '\n' || code == '\f' || code == '\r' ? ' ' : 0;
    if (code == 0x7F || code == 0x8F || code == 0x9F) return 0;
    bool space = code == 0x1680 || (code >= 0x200B && code <= 0x200F) || code == 0x2028 ||
                 code == 0x2029 || code == 0x2581 || code == 0xFEFF || code == 0xFFFD;
    return space ? ' ' : code;
}

static bool nmt_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    (void)s;
    bool moved = false;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = code_next(text + at, &code);
        uint32_t to = nmt_code(code);
        if (to != 0 || code == 0)
            code_put(out, to);
        else if (at == 0)
            moved = true;
        at += length;
    }
    return moved;
}

static bool byte_level_run(const NormalStep *s, const char *text, size_t size, Str *out)
{
    (void)s;
    bytes_put(out, text, size);
    return false;
}

static const NormalRow ROWS[] = {
    {"BertNormalizer", 8, bert_parse, bert_run},
    {"ByteLevel", 2, NULL, byte_level_run},
    {"Lowercase", 2, NULL, lowercase_run},
    {"NFC", 4, NULL, nfc_run},
    {"NFD", 4, NULL, nfd_run},
    {"NFKC", 12, NULL, nfkc_run},
    {"NFKD", 12, NULL, nfkd_run},
    {"Nmt", 1, NULL, nmt_run},
    {"Precompiled", 1, charsmap_parse, charsmap_run},
    {"Prepend", 1, prepend_parse, prepend_run},
    {"Replace", 1, replace_parse, replace_run},
    {"Strip", 1, strip_parse, strip_run},
    {"StripAccents", 1, NULL, accents_run},
};

static NormalStep *push(Normal *n, const NormalRow *row)
{
    n->steps = mem_grow(n->steps, (n->count + 1) * sizeof *n->steps);
    NormalStep *step = &n->steps[n->count++];
    *step = (NormalStep){.row = row, .growth = row->growth};
    return step;
}

static bool add_step(const cJSON *json, Normal *n, Err *err)
{
    const char *type = member_string(json, "type");
    if (!type) return err_set(err, ERR_FORMAT, "the normalizer has no type");
    if (n->count == TOKENIZER_STEP_LIMIT)
        return err_set(err, ERR_LIMIT, "the normalizer has more than %d steps",
                       TOKENIZER_STEP_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        if (strcmp(ROWS[i].type, type) != 0) continue;
        NormalStep *step = push(n, &ROWS[i]);
        if (ROWS[i].parse && !ROWS[i].parse(json, step, err)) return false;
        n->growth = (n->growth > 1 ? n->growth : 1) * step->growth;
        return n->growth <= TOKENIZER_GROWTH_LIMIT ||
               err_set(err, ERR_LIMIT, "the normalizer can make a text %.0f times as long",
                       n->growth);
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

void normal_bert(const cJSON *config, Normal *ret)
{
    NormalStep *step = push(ret, &ROWS[0]);
    step->clean = true;
    step->chinese = member_bool(config, "tokenize_chinese_chars", true);
    step->lowercase = member_bool(config, "do_lower_case", true);
    step->accents = member_bool(config, "strip_accents", step->lowercase);
    bert_fill(step);
}

const char *normal_run(const Normal *n, const char *text, size_t size, Str *a, Str *b,
                       size_t *ret_size, bool *ret_moved)
{
    *ret_moved = false;
    for (size_t i = 0; i < n->count; i++) {
        Str *out = i % 2 ? b : a;
        str_clear(out);
        str_reserve(out, size);
        *ret_moved |= n->steps[i].row->run(&n->steps[i], text, size, out);
        text = str_get(out);
        size = out->size;
    }
    *ret_size = size;
    return text;
}

size_t normal_bytes(const Normal *n)
{
    size_t bytes = n->count * sizeof *n->steps;
    for (size_t i = 0; i < n->count; i++)
        bytes += n->steps[i].map.count * sizeof *n->steps[i].map.units + n->steps[i].map.size;
    return bytes;
}

void normal_release(Normal *n)
{
    for (size_t i = 0; i < n->count; i++) {
        free(n->steps[i].pattern);
        free(n->steps[i].content);
        charsmap_release(&n->steps[i].map);
    }
    free(n->steps);
    *n = (Normal){0};
}
