/* Pairs of neighbouring words: counted text by text, sorted by key, then given impacts as words
 * are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "retrieve/index_parts.h"
#include "text/words.h"

#define PIECES_PER_THREAD 4

typedef struct Entry {
    uint64_t key;
    uint32_t row, tf;
} Entry;

typedef struct Piece {
    size_t first, end;  /* texts */
    VEC(Entry) entries; /* by key, row once the piece is done */
} Piece;

typedef struct PairBuild {
    const Index *x;
    const char *const *texts;
    const Cancel *cancel;
    Piece *pieces;
    size_t piece_count;
} PairBuild;

uint64_t index_pair_key(uint32_t first, uint32_t second)
{
    return (uint64_t)first << 32 | second;
}

size_t index_pair_find(const Index *x, uint64_t key)
{
    size_t low = 0, high = x->pair_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (x->pair[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < x->pair_count && x->pair[low] == key ? low : INDEX_NO_PAIR;
}

static int compare_entries(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void add_pairs(const PairBuild *b, Piece *p, size_t row, const Words *words)
{
    uint32_t before = MAP_NONE;
    for (size_t w = 0; w < words->words.count; w++) {
        Word word = words->words.items[w];
        uint32_t term = word.unspaced
                            ? MAP_NONE
                            : map_get(b->x->terms, words->folded.data + word.at, word.size);
        if (before != MAP_NONE && term != MAP_NONE) {
            vec_push(&p->entries,
                     (Entry){.key = index_pair_key(before, term), .row = (uint32_t)row, .tf = 1});
        }
        before = term;
    }
}

static void count_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    const PairBuild *b = context;
    Piece *p = &b->pieces[piece];
    Words words = {0};
    for (size_t i = p->first; i < p->end && !cancel_asked(b->cancel); i++) {
        words_split(b->texts[i], strlen(b->texts[i]), &words);
        add_pairs(b, p, i, &words);
    }
    words_release(&words);
    if (p->entries.count == 0) return;
    qsort(p->entries.items, p->entries.count, sizeof *p->entries.items, compare_entries);
    size_t kept = 1;
    for (size_t i = 1; i < p->entries.count; i++) {
        Entry *last = &p->entries.items[kept - 1], here = p->entries.items[i];
        if (last->key == here.key && last->row == here.row)
            last->tf++;
        else
            p->entries.items[kept++] = here;
    }
    p->entries.count = kept;
}

/* The piece whose next entry comes first; pieces hold ascending rows, so the lower piece wins a
 * tie. */
static size_t next_piece(const PairBuild *b, const size_t *at)
{
    size_t best = b->piece_count;
    for (size_t i = 0; i < b->piece_count; i++) {
        if (at[i] == b->pieces[i].entries.count) continue;
        if (best == b->piece_count ||
            b->pieces[i].entries.items[at[i]].key < b->pieces[best].entries.items[at[best]].key)
            best = i;
    }
    return best;
}

/* Merges the pieces into the arrays of x; impacts hold 1 + ln tf for now. */
static bool merge(const PairBuild *b, Index *x, Err *err)
{
    size_t total = 0;
    for (size_t i = 0; i < b->piece_count; i++) total += b->pieces[i].entries.count;
    x->pair = malloc((total + 1) * sizeof *x->pair);
    x->pair_offset = malloc((total + 2) * sizeof *x->pair_offset);
    x->pair_row = malloc((total + 1) * sizeof *x->pair_row);
    x->pair_impact = malloc((total + 1) * sizeof *x->pair_impact);
    if (!x->pair || !x->pair_offset || !x->pair_row || !x->pair_impact) {
        return err_set(err, ERR_MEMORY, "the word pairs of %zu texts (%zu) do not fit in memory",
                       x->documents, total);
    }
    size_t *at = mem_zero(b->piece_count + 1, sizeof *at);
    x->pair_offset[0] = 0;
    for (size_t n = 0; n < total; n++) {
        size_t from = next_piece(b, at);
        Entry e = b->pieces[from].entries.items[at[from]++];
        if (x->pair_count == 0 || x->pair[x->pair_count - 1] != e.key)
            x->pair[x->pair_count++] = e.key;
        x->pair_row[n] = e.row;
        x->pair_impact[n] = (float)index_log_tf(e.tf);
        x->pair_offset[x->pair_count] = n + 1;
    }
    free(at);
    return true;
}

/* Impacts from 1 + ln tf, with the norms of words and pairs together. */
static void weigh(Pool *pool, Index *x)
{
    double *square = mem_zero(x->documents + 1, sizeof *square);
    index_squares(x, square);
    for (size_t t = 0; t < x->pair_count; t++) {
        double idf = index_smooth_idf(x, x->pair_offset[t + 1] - x->pair_offset[t]);
        for (size_t p = x->pair_offset[t]; p < x->pair_offset[t + 1]; p++) {
            double weight = x->pair_impact[p] * idf;
            square[x->pair_row[p]] += weight * weight;
            x->pair_impact[p] = (float)weight;
        }
    }
    for (size_t p = 0; p < x->pair_offset[x->pair_count]; p++) {
        x->pair_impact[p] = (float)(x->pair_impact[p] / sqrt(square[x->pair_row[p]]));
    }
    index_weigh_tfidf(pool, x, square);
    free(square);
}

bool index_add_pairs(Pool *pool, Index *x, const char *const *texts, const Cancel *cancel, Err *err)
{
    if (x->pair_offset) return true;
    PairBuild b = {.x = x,
                   .texts = texts,
                   .cancel = cancel,
                   .piece_count = pool_threads(pool) * PIECES_PER_THREAD};
    b.pieces = mem_zero(b.piece_count, sizeof *b.pieces);
    for (size_t i = 0; i < b.piece_count; i++) {
        b.pieces[i].first = x->documents * i / b.piece_count;
        b.pieces[i].end = x->documents * (i + 1) / b.piece_count;
    }
    pool_run(pool, b.piece_count, count_piece, &b);
    bool ok = cancel_check(cancel, err) && merge(&b, x, err);
    for (size_t i = 0; i < b.piece_count; i++) vec_release(&b.pieces[i].entries);
    free(b.pieces);
    if (ok) weigh(pool, x);
    return ok;
}
