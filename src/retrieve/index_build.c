/* Building an index: pieces of the corpus are counted side by side, each with a vocabulary of its
 * own; these are merged in the order of the pieces, and the postings are put in place side by side
 * again. */
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "retrieve/index_parts.h"
#include "text/words.h"

#define PIECES_PER_THREAD 4
#define PIECE_MIN_TEXTS 64

typedef struct Entry {
    uint32_t term, tf;
} Entry;

typedef struct Piece {
    size_t first, end;   /* texts */
    Map *terms;          /* the piece's own numbers */
    VEC(Entry) entries;  /* text after text */
    VEC(size_t) seen;    /* by term: 1 + its last place in entries */
    VEC(uint32_t) df;    /* by term */
    size_t *entries_end; /* (end − first) */
    uint32_t *length;    /* (end − first) words */
    size_t *place;       /* by term: where its next posting goes */
} Piece;

typedef struct Build {
    const char *const *texts;
    const Cancel *cancel;
    Piece *pieces;
    size_t piece_count;
    Index *x;
} Build;

static void count_word(Piece *p, const char *word, size_t size, size_t text_first)
{
    uint32_t term = map_add(p->terms, word, size, (uint32_t)p->df.count);
    if (term == p->df.count) {
        vec_push(&p->df, 0);
        vec_push(&p->seen, 0);
    }
    if (p->seen.items[term] > text_first) {
        p->entries.items[p->seen.items[term] - 1].tf++;
        return;
    }
    vec_push(&p->entries, (Entry){.term = term, .tf = 1});
    p->seen.items[term] = p->entries.count;
    p->df.items[term]++;
}

static void count_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    const Build *b = context;
    Piece *p = &b->pieces[piece];
    Words words = {0};
    p->terms = map_new();
    p->entries_end = mem_zero(p->end - p->first + 1, sizeof *p->entries_end);
    p->length = mem_zero(p->end - p->first + 1, sizeof *p->length);
    for (size_t i = p->first; i < p->end && !cancel_asked(b->cancel); i++) {
        size_t text_first = p->entries.count;
        words_split(b->texts[i], strlen(b->texts[i]), &words);
        for (size_t w = 0; w < words.words.count; w++) {
            Word word = words.words.items[w];
            count_word(p, words.folded.data + word.at, word.size, text_first);
        }
        p->length[i - p->first] = (uint32_t)words.words.count;
        p->entries_end[i - p->first] = p->entries.count;
    }
    words_release(&words);
}

static void cut_pieces(Build *b, Pool *pool, size_t count)
{
    size_t wanted = pool_threads(pool) * PIECES_PER_THREAD;
    size_t most = count / PIECE_MIN_TEXTS + 1;
    b->piece_count = wanted < most ? wanted : most;
    b->pieces = mem_zero(b->piece_count, sizeof *b->pieces);
    for (size_t i = 0; i < b->piece_count; i++) {
        b->pieces[i].first =
            count / b->piece_count * i + (i < count % b->piece_count ? i : count % b->piece_count);
        if (i > 0) b->pieces[i - 1].end = b->pieces[i].first;
    }
    b->pieces[b->piece_count - 1].end = count;
}

static void release_pieces(Build *b)
{
    for (size_t i = 0; i < b->piece_count; i++) {
        Piece *p = &b->pieces[i];
        map_free(p->terms);
        vec_release(&p->entries);
        vec_release(&p->seen);
        vec_release(&p->df);
        free(p->entries_end);
        free(p->length);
        free(p->place);
    }
    free(b->pieces);
}

/* One vocabulary of all pieces; place holds the common number of each term of a piece. */
static Map *merge_terms(Build *b, size_t *ret_postings)
{
    Map *terms = map_new();
    *ret_postings = 0;
    for (size_t i = 0; i < b->piece_count; i++) {
        Piece *p = &b->pieces[i];
        p->place = mem_zero(p->df.count + 1, sizeof *p->place);
        for (size_t t = 0; t < p->df.count; t++) {
            size_t size;
            const char *word = map_key(p->terms, t, &size);
            p->place[t] = map_add(terms, word, size, (uint32_t)map_count(terms));
        }
        *ret_postings += p->entries.count;
    }
    return terms;
}

/* Turns the numbers in place into positions: the postings of a term stand in the order of the
 * pieces. */
static void place_postings(Build *b)
{
    Index *x = b->x;
    size_t terms = map_count(x->terms);
    for (size_t i = 0; i < b->piece_count; i++) {
        const Piece *p = &b->pieces[i];
        for (size_t t = 0; t < p->df.count; t++) x->offset[p->place[t] + 1] += p->df.items[t];
    }
    for (size_t t = 0; t < terms; t++) x->offset[t + 1] += x->offset[t];
    size_t *next = mem_alloc((terms + 1) * sizeof *next);
    memcpy(next, x->offset, (terms + 1) * sizeof *next);
    for (size_t i = 0; i < b->piece_count; i++) {
        Piece *p = &b->pieces[i];
        for (size_t t = 0; t < p->df.count; t++) {
            size_t term = p->place[t];
            p->place[t] = next[term];
            next[term] += p->df.items[t];
        }
    }
    free(next);
}

static void write_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    const Build *b = context;
    Piece *p = &b->pieces[piece];
    for (size_t i = p->first, e = 0; i < p->end; i++) {
        b->x->length[i] = p->length[i - p->first];
        for (; e < p->entries_end[i - p->first]; e++) {
            size_t at = p->place[p->entries.items[e].term]++;
            b->x->row[at] = (uint32_t)i;
            b->x->tf[at] = p->entries.items[e].tf;
        }
    }
}

bool index_build(Pool *pool, const char *const *texts, size_t count, const Cancel *cancel,
                 Index **ret, Err *err)
{
    if (count >= UINT32_MAX)
        return err_set(err, ERR_LIMIT, "%zu texts are more than an index can hold", count);
    Build b = {.texts = texts, .cancel = cancel};
    cut_pieces(&b, pool, count);
    pool_run(pool, b.piece_count, count_piece, &b);
    bool ok = cancel_check(cancel, err);
    if (ok) {
        size_t postings;
        Map *terms = merge_terms(&b, &postings);
        ok = index_new(count, postings, map_count(terms), terms, &b.x, err);
    }
    if (ok) {
        place_postings(&b);
        pool_run(pool, b.piece_count, write_piece, &b);
    }
    release_pieces(&b);
    ok = ok && index_weigh(pool, b.x, err);
    if (ok)
        *ret = b.x;
    else
        index_free(b.x);
    return ok;
}
