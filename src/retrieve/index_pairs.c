/* Pairs of neighbouring words. The texts are turned into term numbers side by side; each pair goes
 * into the bucket of its first word; the buckets are sorted and counted side by side and become the
 * postings, with impacts as words have. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "retrieve/index_parts.h"
#include "text/words.h"

#define PIECES_PER_THREAD 4
#define BUCKET_GRAIN 16 /* the first terms are the frequent ones, with by far the largest buckets  \
                         */

typedef struct Piece {
    size_t first, end;   /* texts */
    VEC(uint32_t) terms; /* text after text; MAP_NONE: forms no pair */
    size_t *terms_end;   /* (end − first) */
} Piece;

typedef struct PairBuild {
    Index *x;
    const char *const *texts;
    const Cancel *cancel;
    Piece *pieces;
    size_t piece_count;
    size_t *bucket;  /* (T + 2) entries whose first word is t are [bucket[t], bucket[t+1]) */
    uint64_t *entry; /* second word << 32 | row; an entry for each time a pair stands in a text */
    size_t *first;   /* (T + 1) as pair_first */
    size_t *posting; /* (T + 1) postings of the pairs whose first word is t, likewise */
} PairBuild;

size_t index_pair_find(const Index *x, uint32_t first, uint32_t second)
{
    if (!x->pair_first) return INDEX_NO_PAIR;
    size_t low = x->pair_first[first], high = x->pair_first[first + 1], end = high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (x->pair_second[middle] < second)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && x->pair_second[low] == second ? low : INDEX_NO_PAIR;
}

/* ---- buckets ---- */

static void number_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    const PairBuild *b = context;
    Piece *p = &b->pieces[piece];
    Words words = {0};
    p->terms_end = mem_zero(p->end - p->first + 1, sizeof *p->terms_end);
    for (size_t i = p->first; i < p->end && !cancel_asked(b->cancel); i++) {
        words_split(b->texts[i], strlen(b->texts[i]), &words);
        for (size_t w = 0; w < words.words.count; w++) {
            Word word = words.words.items[w];
            vec_push(&p->terms, word.unspaced
                                    ? MAP_NONE
                                    : map_get(b->x->terms, words.folded.data + word.at, word.size));
        }
        p->terms_end[i - p->first] = p->terms.count;
    }
    words_release(&words);
}

typedef void PairVisit(PairBuild *b, uint32_t first, uint32_t second, uint32_t row);

/* Every pair of every text, in the order of the texts. */
static void visit_pairs(PairBuild *b, PairVisit *visit)
{
    for (size_t i = 0; i < b->piece_count; i++) {
        const Piece *p = &b->pieces[i];
        for (size_t text = p->first, at = 0; text < p->end; text++) {
            uint32_t before = MAP_NONE;
            for (; at < p->terms_end[text - p->first]; at++) {
                uint32_t term = p->terms.items[at];
                if (before != MAP_NONE && term != MAP_NONE) visit(b, before, term, (uint32_t)text);
                before = term;
            }
        }
    }
}

static void count_pair(PairBuild *b, uint32_t first, uint32_t second, uint32_t row)
{
    (void)second;
    (void)row;
    b->bucket[first + 2]++;
}

/* bucket[first + 1] is where the next entry goes, and in the end the end of the bucket. */
static void put_pair(PairBuild *b, uint32_t first, uint32_t second, uint32_t row)
{
    b->entry[b->bucket[first + 1]++] = (uint64_t)second << 32 | row;
}

static bool fill_buckets(PairBuild *b, Err *err)
{
    size_t terms = map_count(b->x->terms);
    b->bucket = mem_zero(terms + 2, sizeof *b->bucket);
    visit_pairs(b, count_pair);
    for (size_t t = 0; t < terms; t++) b->bucket[t + 2] += b->bucket[t + 1];
    size_t total = b->bucket[terms + 1];
    if (total >= UINT32_MAX) {
        return err_set(err, ERR_LIMIT,
                       "the texts have %zu word pairs, more than an index can hold: use bm25",
                       total);
    }
    b->entry = malloc((total + 1) * sizeof *b->entry);
    if (!b->entry)
        return err_set(err, ERR_MEMORY, "the %zu word pairs of %zu texts do not fit in memory",
                       total, b->x->documents);
    visit_pairs(b, put_pair);
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void sort_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const PairBuild *b = context;
    if (cancel_asked(b->cancel)) return;
    for (size_t t = first; t < end; t++) {
        const uint64_t *entry = b->entry + b->bucket[t];
        size_t count = b->bucket[t + 1] - b->bucket[t];
        if (count == 0) continue;
        qsort(b->entry + b->bucket[t], count, sizeof *b->entry, compare_entries);
        size_t pairs = 1, postings = 1;
        for (size_t i = 1; i < count; i++) {
            pairs += entry[i] >> 32 != entry[i - 1] >> 32;
            postings += entry[i] != entry[i - 1];
        }
        b->first[t + 1] = pairs;
        b->posting[t + 1] = postings;
    }
}

/* ---- postings ---- */

static bool make_room(PairBuild *b, Err *err)
{
    Index *x = b->x;
    size_t terms = map_count(x->terms);
    for (size_t t = 0; t < terms; t++) {
        b->first[t + 1] += b->first[t];
        b->posting[t + 1] += b->posting[t];
    }
    size_t pairs = b->first[terms], postings = b->posting[terms];
    x->pair_second = malloc((pairs + 1) * sizeof *x->pair_second);
    x->pair_offset = malloc((pairs + 1) * sizeof *x->pair_offset);
    x->pair_row = malloc((postings + 1) * sizeof *x->pair_row);
    x->pair_impact = malloc((postings + 1) * sizeof *x->pair_impact);
    if (x->pair_second && x->pair_offset && x->pair_row && x->pair_impact) {
        x->pair_offset[pairs] = (uint32_t)postings;
        return true;
    }
    free(x->pair_second);
    free(x->pair_offset);
    free(x->pair_row);
    free(x->pair_impact);
    x->pair_second = x->pair_offset = x->pair_row = NULL;
    x->pair_impact = NULL;
    return err_set(err, ERR_MEMORY,
                   "the %zu postings of word pairs of %zu texts do not fit in memory", postings,
                   x->documents);
}

/* Impacts hold 1 + ln tf for now. */
static void write_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const PairBuild *b = context;
    Index *x = b->x;
    for (size_t t = first; t < end; t++) {
        size_t pair = b->first[t], posting = b->posting[t];
        for (size_t i = b->bucket[t]; i < b->bucket[t + 1];) {
            uint64_t entry = b->entry[i];
            uint32_t second = (uint32_t)(entry >> 32), tf = 0;
            for (; i < b->bucket[t + 1] && b->entry[i] == entry; i++) tf++;
            if (pair == b->first[t] || x->pair_second[pair - 1] != second) {
                x->pair_second[pair] = second;
                x->pair_offset[pair++] = (uint32_t)posting;
            }
            x->pair_row[posting] = (uint32_t)entry;
            x->pair_impact[posting++] = (float)index_log_tf(tf);
        }
    }
}

/* Impacts from 1 + ln tf, with the norms of words and pairs together. */
static void weigh(Pool *pool, Index *x, size_t pairs)
{
    double *square = mem_zero(x->documents + 1, sizeof *square);
    index_squares(x, square);
    for (size_t t = 0; t < pairs; t++) {
        double idf = index_smooth_idf(x, x->pair_offset[t + 1] - x->pair_offset[t]);
        for (size_t p = x->pair_offset[t]; p < x->pair_offset[t + 1]; p++) {
            double weight = x->pair_impact[p] * idf;
            square[x->pair_row[p]] += weight * weight;
            x->pair_impact[p] = (float)weight;
        }
    }
    for (size_t p = 0; p < x->pair_offset[pairs]; p++) {
        x->pair_impact[p] = (float)(x->pair_impact[p] / sqrt(square[x->pair_row[p]]));
    }
    index_weigh_tfidf(pool, x, square);
    free(square);
}

/* ---- all of it ---- */

static void release_pieces(PairBuild *b)
{
    for (size_t i = 0; i < b->piece_count; i++) {
        vec_release(&b->pieces[i].terms);
        free(b->pieces[i].terms_end);
    }
    free(b->pieces);
}

/* From the texts to sorted, counted buckets. */
static bool count_pairs(Pool *pool, PairBuild *b, Err *err)
{
    Index *x = b->x;
    size_t terms = map_count(x->terms);
    b->piece_count = pool_threads(pool) * PIECES_PER_THREAD;
    b->pieces = mem_zero(b->piece_count, sizeof *b->pieces);
    for (size_t i = 0; i < b->piece_count; i++) {
        b->pieces[i].first = x->documents * i / b->piece_count;
        b->pieces[i].end = x->documents * (i + 1) / b->piece_count;
    }
    pool_run(pool, b->piece_count, number_piece, b);
    bool ok = cancel_check(b->cancel, err) && fill_buckets(b, err);
    release_pieces(b);
    if (!ok) return false;
    b->first = mem_zero(terms + 1, sizeof *b->first);
    b->posting = mem_zero(terms + 1, sizeof *b->posting);
    pool_range(pool, terms, BUCKET_GRAIN, sort_range, b);
    return cancel_check(b->cancel, err);
}

bool index_add_pairs(Pool *pool, Index *x, const char *const *texts, const Cancel *cancel, Err *err)
{
    if (x->pair_first) return true;
    PairBuild b = {.x = x, .texts = texts, .cancel = cancel};
    bool ok = count_pairs(pool, &b, err) && make_room(&b, err);
    if (ok) {
        size_t terms = map_count(x->terms);
        pool_range(pool, terms, BUCKET_GRAIN, write_range, &b);
        weigh(pool, x, b.first[terms]);
        x->pair_first = b.first;
        b.first = NULL;
    }
    free(b.bucket);
    free(b.entry);
    free(b.first);
    free(b.posting);
    return ok;
}
