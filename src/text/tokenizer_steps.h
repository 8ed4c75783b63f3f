/* The steps of a normaliser: what tokenizer_normal.c has in its table and the files that do the
 * work have in common. */
#ifndef TEXT_TOKENIZER_STEPS_H
#define TEXT_TOKENIZER_STEPS_H

#include "text/tokenizer_parts.h"

/* The double array of sentencepiece's precompiled map, and its replacements. */
typedef struct Charsmap {
    uint32_t *units;
    size_t count;
    char *texts; /* valid UTF-8, each replacement ends with a NUL or at the end */
    size_t size;
    bool hits[128]; /* whether something begins with this ASCII character */
} Charsmap;

typedef struct NormalRow {
    const char *type;
    double growth; /* of NormalStep, unless its parse knows better */
    bool (*parse)(const cJSON *json, NormalStep *step, Err *err); /* NULL: nothing to read */
    /* appends to out; returns whether what out begins with was not at the beginning of text */
    bool (*run)(const NormalStep *step, const char *text, size_t size, Str *out);
} NormalRow;

struct NormalStep {
    const NormalRow *row;
    double growth;                           /* bytes that one byte can become, about */
    bool clean, chinese, accents, lowercase; /* BertNormalizer */
    unsigned char ascii[128];                /* what becomes of ASCII, 0x80: nothing */
    bool left, right;                        /* Strip */
    char *pattern;                           /* Replace: text, or a character to be repeated */
    size_t least;                            /* Replace: so often or oftener; 0: pattern is text */
    char *content;                           /* Replace, Prepend */
    Charsmap map;                            /* Precompiled */
};

bool bert_parse(const cJSON *json, NormalStep *step, Err *err);
void bert_fill(NormalStep *step); /* ascii, of the flags */
bool bert_run(const NormalStep *step, const char *text, size_t size, Str *out);

bool nfd_run(const NormalStep *step, const char *text, size_t size, Str *out);
bool nfc_run(const NormalStep *step, const char *text, size_t size, Str *out);
bool nfkd_run(const NormalStep *step, const char *text, size_t size, Str *out);
bool nfkc_run(const NormalStep *step, const char *text, size_t size, Str *out);

bool charsmap_parse(const cJSON *json, NormalStep *step, Err *err);
bool charsmap_run(const NormalStep *step, const char *text, size_t size, Str *out);
void charsmap_release(Charsmap *map);

bool replace_parse(const cJSON *json, NormalStep *step, Err *err);
bool replace_run(const NormalStep *step, const char *text, size_t size, Str *out);

/* Order: characters with a combining class wait here until they can be put into canonical order. */
typedef struct Order {
    VEC(uint64_t) marks; /* class << 56 | order of arrival << 21 | code point */
} Order;

void order_add(Order *o, uint32_t code, unsigned combining);
void order_sort(Order *o);
static inline uint32_t order_code(const Order *o, size_t i)
{
    return (uint32_t)(o->marks.items[i] & 0x1FFFFF);
}

#endif
