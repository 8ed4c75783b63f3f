/* Leaks: the same or nearly the same text in two splits. Candidates come from MinHash bands (Broder
 * 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3), then the exact Jaccard
 * similarity of shingles decides. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "store/corpus.h"
#include "store/questions.h"
#include "task/split.h"
#include "text/words.h"

#define LEAK_SIMILARITY 0.8
#define SHINGLE_WORDS 3
#define BANDS 16 /* 16 bands of 4: a pair of similarity 0.8 is seen with probability 0.9998 */
#define BAND_ROWS 4
#define BUCKET_MAX                                                                                 \
    64 /* texts of one bucket that are compared pairwise: boilerplate does not cost a quadratic    \
          time */

typedef struct Item {
    int64_t id;
    Split split;
    const char *text;
    Hash hash;
    VEC(uint64_t) shingles; /* ascending, distinct */
} Item;

typedef VEC(Item) Items;

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Hashes of each run of three words; of a shorter text, of the whole. */
static void make_shingles(Item *item, Words *words)
{
    words_split(item->text, strlen(item->text), words);
    size_t n = words->words.count, run = n < SHINGLE_WORDS ? n : SHINGLE_WORDS;
    for (size_t i = 0; run > 0 && i + run <= n; i++) {
        uint64_t h = run;
        for (size_t j = i; j < i + run; j++)
            h = hash_u64(words->folded.data + words->words.items[j].at, words->words.items[j].size,
                         h);
        vec_push(&item->shingles, h);
    }
    if (item->shingles.count == 0) return;
    qsort(item->shingles.items, item->shingles.count, sizeof *item->shingles.items, by_value);
    size_t kept = 1;
    for (size_t i = 1; i < item->shingles.count; i++) {
        if (item->shingles.items[i] != item->shingles.items[kept - 1])
            item->shingles.items[kept++] = item->shingles.items[i];
    }
    item->shingles.count = kept;
}

static double jaccard(const Item *a, const Item *b)
{
    size_t i = 0, j = 0, both = 0, all = 0;
    while (i < a->shingles.count || j < b->shingles.count) {
        all++;
        if (j == b->shingles.count)
            i++;
        else if (i == a->shingles.count)
            j++;
        else if (a->shingles.items[i] == b->shingles.items[j])
            both++, i++, j++;
        else if (a->shingles.items[i] < b->shingles.items[j])
            i++;
        else
            j++;
    }
    return all ? (double)both / (double)all : 0;
}

static uint64_t band_key(const Item *item, size_t band)
{
    uint64_t key = band;
    for (size_t r = 0; r < BAND_ROWS; r++) {
        uint64_t salt = hash_mix(band * BAND_ROWS + r + 1), least = UINT64_MAX;
        for (size_t i = 0; i < item->shingles.count; i++) {
            uint64_t h = hash_mix(item->shingles.items[i] ^ salt);
            if (h < least) least = h;
        }
        key = hash_mix(key ^ least);
    }
    return key;
}

typedef struct Entry {
    uint64_t key;
    uint32_t item;
} Entry;

static int by_key(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static void compare_pair(const Items *items, uint32_t x, uint32_t y, const char *what, Map *seen,
                         Leaks *ret)
{
    const Item *a = &items->items[x], *b = &items->items[y];
    if (a->split == b->split || a->split == SPLIT_NONE || b->split == SPLIT_NONE) return;
    if (a->split > b->split) {
        const Item *swap = a;
        a = b;
        b = swap;
    }
    int64_t key[2] = {a->id, b->id};
    if (!map_put(seen, key, sizeof key, 1)) return;
    double similarity = hash_equal(&a->hash, &b->hash) ? 1 : jaccard(a, b);
    if (similarity >= LEAK_SIMILARITY)
        vec_push(ret, (Leak){what, a->id, b->id, a->split, b->split, similarity});
}

static int by_severity(const void *a, const void *b)
{
    const Leak *x = a, *y = b;
    if (x->similarity != y->similarity) return x->similarity > y->similarity ? -1 : 1;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    return (x->b > y->b) - (x->b < y->b);
}

static bool find_leaks(const Env *env, Items *items, const char *what, Leaks *ret, Err *err)
{
    Words words = {0};
    for (size_t i = 0; i < items->count; i++) make_shingles(&items->items[i], &words);
    words_release(&words);
    Map *seen = map_new();
    Entry *entries = mem_alloc((items->count + 1) * sizeof *entries);
    size_t first_leak = ret->count;
    bool ok = true;
    for (size_t band = 0; ok && band < BANDS; band++) {
        size_t n = 0;
        for (uint32_t i = 0; i < items->count; i++) {
            if (items->items[i].shingles.count)
                entries[n++] = (Entry){band_key(&items->items[i], band), i};
        }
        qsort(entries, n, sizeof *entries, by_key);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = i + 1; j < n && j <= i + BUCKET_MAX && entries[j].key == entries[i].key;
                 j++) {
                compare_pair(items, entries[i].item, entries[j].item, what, seen, ret);
            }
        }
        ok = cancel_check(env->cancel, err);
        progress_update(env->progress, band + 1);
    }
    if (ret->count > first_leak)
        qsort(ret->items + first_leak, ret->count - first_leak, sizeof *ret->items, by_severity);
    free(entries);
    map_free(seen);
    for (size_t i = 0; i < items->count; i++) vec_release(&items->items[i].shingles);
    return ok;
}

bool split_leaks(const Env *env, Leaks *ret, Err *err)
{
    ChunkRows chunks = {0};
    QuestionRows questions = {0};
    Items items = {0};
    QuestionQuery wanted = {.statuses = 1 << QUESTION_PENDING | 1 << QUESTION_ACCEPTED |
                                        1 << QUESTION_FLAGGED};
    bool ok = chunks_load(env->store, &(ChunkQuery){0}, &chunks, err) &&
              questions_load(env->store, &wanted, &questions, err);
    progress_begin(env->progress, "leaks", "bands", BANDS);
    for (size_t i = 0; ok && i < chunks.count; i++) {
        const ChunkRow *c = &chunks.items[i];
        vec_push(&items,
                 (Item){.id = c->id, .split = c->split, .text = c->text, .hash = c->text_hash});
    }
    ok = ok && find_leaks(env, &items, "chunk", ret, err);
    vec_clear(&items);
    for (size_t i = 0; ok && i < questions.count; i++) {
        const QuestionRow *q = &questions.items[i];
        vec_push(&items,
                 (Item){.id = q->id, .split = q->split, .text = q->text, .hash = q->text_hash});
    }
    ok = ok && find_leaks(env, &items, "question", ret, err);
    vec_release(&items);
    rows_release(&questions);
    rows_release(&chunks);
    if (!ok) vec_release(ret);
    return ok;
}
