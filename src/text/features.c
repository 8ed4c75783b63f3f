#include "text/features.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "base/utf8.h"
#include "text/words.h"

typedef enum FeatureClass {
    CLASS_WORD,
    CLASS_PAIR,
    CLASS_GRAM4,
    CLASS_UNSPACED1,
    CLASS_UNSPACED2,
    CLASS_UNSPACED3,
    CLASS_COUNT,
} FeatureClass;

/* Those of the unspaced scripts were tried on Chinese questions over Wikipedia paragraphs; nearby
 * values differ by a few questions in a thousand. */
static const float CLASS_WEIGHT[CLASS_COUNT] = {
    [CLASS_WORD] = 1.0f,      [CLASS_PAIR] = 0.5f,      [CLASS_GRAM4] = 0.3f,
    [CLASS_UNSPACED1] = 0.5f, [CLASS_UNSPACED2] = 1.0f, [CLASS_UNSPACED3] = 0.5f,
};

#define GRAM_SIZE 4     /* characters */
#define GRAM_MIN_WORD 5 /* characters of a word that has grams */
#define CLASS_BITS 3
#define KEY_BITS (FEATURE_BITS + CLASS_BITS)
#define RADIX_BITS (KEY_BITS / 2)
#define RADIX ((size_t)1 << RADIX_BITS)

_Static_assert(CLASS_COUNT <= 1 << CLASS_BITS, "a class fits its bits");
_Static_assert(2 * RADIX_BITS == KEY_BITS, "two passes sort a key");

typedef VEC(uint32_t) Keys;

/* A key is one occurrence: id above, class below, so that sorted keys give the features in order.
 */
struct FeatureScratch {
    Words words;
    Str hashed; /* "#word#" */
    Keys keys, sorted;
};

FeatureScratch *feature_scratch_new(void)
{
    return mem_zero(1, sizeof(FeatureScratch));
}

void feature_scratch_free(FeatureScratch *s)
{
    if (!s) return;
    words_release(&s->words);
    str_release(&s->hashed);
    vec_release(&s->keys);
    vec_release(&s->sorted);
    free(s);
}

static void add_key(FeatureScratch *s, FeatureClass class, uint64_t hash)
{
    uint32_t id = (uint32_t)(hash >> (64 - FEATURE_BITS));
    vec_push(&s->keys, id << CLASS_BITS | (uint32_t) class);
}

static void add_text(FeatureScratch *s, FeatureClass class, const char *text, size_t size)
{
    add_key(s, class, hash_u64(text, size, class));
}

/* The 4-grams of "#word#", by sliding two byte offsets one character at a time. */
static void add_grams(FeatureScratch *s, const char *word, size_t size)
{
    if (size < GRAM_MIN_WORD || utf8_count(word, size) < GRAM_MIN_WORD) return;
    str_clear(&s->hashed);
    str_add_char(&s->hashed, '#');
    str_add_bytes(&s->hashed, word, size);
    str_add_char(&s->hashed, '#');
    const char *text = s->hashed.data;
    size_t total = s->hashed.size, first = 0, end = 0, held = 0;
    uint32_t code;
    while (end < total) {
        end += utf8_next(text + end, total - end, &code);
        if (++held < GRAM_SIZE) continue;
        add_text(s, CLASS_GRAM4, text + first, end - first);
        first += utf8_next(text + first, total - first, &code);
    }
}

/* The bigrams [first, end) of one run: they overlap by a character. */
static void add_run(FeatureScratch *s, size_t first, size_t end)
{
    const char *folded = s->words.folded.data;
    const Word *words = s->words.words.items;
    for (size_t i = first; i < end; i++) {
        const Word *w = &words[i];
        bool has_next = i + 1 < end;
        size_t next = has_next ? words[i + 1].at : w->at + w->size;
        uint32_t code;
        size_t head = has_next ? next - w->at : utf8_next(folded + w->at, w->size, &code);
        add_text(s, CLASS_UNSPACED1, folded + w->at, head);
        if (head == w->size) continue; /* a single character */
        add_text(s, CLASS_UNSPACED2, folded + w->at, w->size);
        if (has_next) {
            size_t trigram = next + words[i + 1].size - w->at;
            add_text(s, CLASS_UNSPACED3, folded + w->at, trigram);
        } else {
            add_text(s, CLASS_UNSPACED1, folded + w->at + head, w->size - head);
        }
    }
}

static size_t run_end(const Words *w, size_t first)
{
    size_t i = first + 1;
    while (i < w->words.count && w->words.items[i].unspaced &&
           w->words.items[i].at < w->words.items[i - 1].at + w->words.items[i - 1].size)
        i++;
    return i;
}

static void collect(FeatureScratch *s)
{
    const Words *words = &s->words;
    uint64_t before = 0; /* the hash of the word before, 0 when there is none */
    for (size_t i = 0; i < words->words.count;) {
        const Word *w = &words->words.items[i];
        if (w->unspaced) {
            size_t end = run_end(words, i);
            add_run(s, i, end);
            before = 0;
            i = end;
            continue;
        }
        const char *text = words->folded.data + w->at;
        uint64_t hash = hash_u64(text, w->size, CLASS_WORD);
        add_key(s, CLASS_WORD, hash);
        if (before) add_key(s, CLASS_PAIR, hash_mix(hash_mix(before + CLASS_PAIR) ^ hash));
        add_grams(s, text, w->size);
        before = hash;
        i++;
    }
}

static void radix_pass(const uint32_t *from, uint32_t *to, size_t count, unsigned shift)
{
    size_t at[RADIX] = {0};
    for (size_t i = 0; i < count; i++) at[from[i] >> shift & (RADIX - 1)]++;
    for (size_t b = 0, sum = 0; b < RADIX; b++) {
        size_t here = at[b];
        at[b] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++) to[at[from[i] >> shift & (RADIX - 1)]++] = from[i];
}

/* Sums runs of equal keys; ln only where a count asks for it. */
static void emit(const Keys *keys, Features *out)
{
    for (size_t i = 0; i < keys->count;) {
        uint32_t key = keys->items[i], id = key >> CLASS_BITS;
        size_t first = i;
        while (i < keys->count && keys->items[i] == key) i++;
        float tf = i - first == 1 ? 1.0f : 1.0f + logf((float)(i - first));
        float value = CLASS_WEIGHT[key & ((1u << CLASS_BITS) - 1)] * tf;
        if (out->count > 0 && out->items[out->count - 1].id == id)
            out->items[out->count - 1].value += value;
        else
            vec_push(out, (Feature){.id = id, .value = value});
    }
}

void features_of(FeatureScratch *s, const char *text, size_t size, Features *out)
{
    vec_clear(out);
    vec_clear(&s->keys);
    words_split(text, size, &s->words);
    collect(s);
    size_t count = s->keys.count;
    if (count == 0) return;
    vec_reserve(&s->sorted, count);
    radix_pass(s->keys.items, s->sorted.items, count, 0);
    radix_pass(s->sorted.items, s->keys.items, count, RADIX_BITS);
    emit(&s->keys, out);
}
