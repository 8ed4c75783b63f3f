#include "retrieve/index.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "retrieve/index_parts.h"
#include "text/words.h"

#define BM25_K1 1.2
#define BM25_B 0.75

bool index_new(size_t documents, size_t postings, size_t term_count, Map *terms, Index **ret,
               Err *err)
{
    Index *x = mem_zero(1, sizeof *x);
    *x = (Index){.documents = documents, .postings = postings, .terms = terms};
    x->offset = mem_zero(term_count + 1, sizeof *x->offset);
    x->length = mem_zero(documents + 1, sizeof *x->length);
    x->row = calloc(postings + 1, sizeof *x->row);
    x->tf = calloc(postings + 1, sizeof *x->tf);
    if (!x->row || !x->tf) {
        index_free(x);
        return err_set(err, ERR_MEMORY,
                       "the inverted index of %zu texts (%zu postings) does not fit in memory",
                       documents, postings);
    }
    *ret = x;
    return true;
}

void index_free(Index *x)
{
    if (!x) return;
    map_free(x->terms);
    free(x->offset);
    free(x->row);
    free(x->tf);
    free(x->length);
    for (int m = 0; m < INDEX_MODELS; m++) free(x->impact[m]);
    free(x->pair_first);
    free(x->pair_second);
    free(x->pair_offset);
    free(x->pair_row);
    free(x->pair_impact);
    free(x);
}

size_t index_documents(const Index *x)
{
    return x->documents;
}

double index_smooth_idf(const Index *x, size_t df)
{
    return log(((double)x->documents + 1) / ((double)df + 1)) + 1;
}

double index_log_tf(uint32_t tf)
{
    return tf == 1 ? 1 : 1 + log(tf);
}

float index_idf(const Index *x, const char *word, size_t size)
{
    uint32_t term = map_get(x->terms, word, size);
    return (float)index_smooth_idf(x, term == MAP_NONE ? 0 : x->offset[term + 1] - x->offset[term]);
}

/* ---- impacts ---- */

typedef struct Weighing {
    Index *x;
    double *length_part;  /* (N) k1 (1 − b + b |d|/avg) */
    const double *square; /* (N) squared norms of the tf-idf vectors */
} Weighing;

static void weigh_bm25_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Weighing *w = context;
    Index *x = w->x;
    for (size_t t = first; t < end; t++) {
        double df = (double)(x->offset[t + 1] - x->offset[t]);
        double idf = log(1 + ((double)x->documents - df + 0.5) / (df + 0.5));
        for (size_t p = x->offset[t]; p < x->offset[t + 1]; p++) {
            double f = x->tf[p];
            x->impact[INDEX_BM25][p] =
                (float)(idf * f * (BM25_K1 + 1) / (f + w->length_part[x->row[p]]));
        }
    }
}

static void weigh_tfidf_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Weighing *w = context;
    Index *x = w->x;
    for (size_t t = first; t < end; t++) {
        double idf = index_smooth_idf(x, x->offset[t + 1] - x->offset[t]);
        for (size_t p = x->offset[t]; p < x->offset[t + 1]; p++)
            x->impact[INDEX_TFIDF][p] =
                (float)(index_log_tf(x->tf[p]) * idf / sqrt(w->square[x->row[p]]));
    }
}

static void fill_lengths(Weighing *w)
{
    const Index *x = w->x;
    double words = 0;
    for (size_t d = 0; d < x->documents; d++) words += x->length[d];
    double average = words > 0 ? words / (double)x->documents : 1;
    for (size_t d = 0; d < x->documents; d++)
        w->length_part[d] = BM25_K1 * (1 - BM25_B + BM25_B * x->length[d] / average);
}

void index_squares(const Index *x, double *square)
{
    for (size_t t = 0; t < map_count(x->terms); t++) {
        double idf = index_smooth_idf(x, x->offset[t + 1] - x->offset[t]);
        for (size_t p = x->offset[t]; p < x->offset[t + 1]; p++) {
            double weight = index_log_tf(x->tf[p]) * idf;
            square[x->row[p]] += weight * weight;
        }
    }
}

void index_weigh_tfidf(Pool *pool, Index *x, const double *square)
{
    Weighing w = {.x = x, .square = square};
    pool_range(pool, map_count(x->terms), 1024, weigh_tfidf_range, &w);
}

bool index_weigh(Pool *pool, Index *x, Err *err)
{
    for (int m = 0; m < INDEX_MODELS; m++) {
        x->impact[m] = mem_tensor(1, x->postings, "the impacts of the inverted index", err);
        if (!x->impact[m]) return false;
    }
    Weighing w = {.x = x, .length_part = mem_zero(x->documents + 1, sizeof(double))};
    double *square = mem_zero(x->documents + 1, sizeof *square);
    fill_lengths(&w);
    pool_range(pool, map_count(x->terms), 1024, weigh_bm25_range, &w);
    index_squares(x, square);
    index_weigh_tfidf(pool, x, square);
    free(w.length_part);
    free(square);
    return true;
}

/* ---- searching ---- */

/* A term or pair of the query: where its postings stand. */
typedef struct QueryTerm {
    uint32_t term, count;
    float weight;
} QueryTerm;

typedef struct QueryPair {
    size_t pair;
    uint32_t count;
    float weight;
} QueryPair;

struct IndexScratch {
    Words words;
    VEC(QueryTerm) terms; /* those of the query that the index knows, by first appearance */
    VEC(QueryPair) pairs; /* those that the index knows, of tfidf; ascending */
    uint32_t *place;      /* (T) 1 + position in terms, 0 between queries */
    float *sum;           /* (N) 0 between queries */
};

IndexScratch *index_scratch_new(const Index *x)
{
    IndexScratch *s = mem_zero(1, sizeof *s);
    s->place = mem_zero(map_count(x->terms) + 1, sizeof *s->place);
    s->sum = mem_zero(x->documents + 1, sizeof *s->sum);
    return s;
}

void index_scratch_free(IndexScratch *s)
{
    if (!s) return;
    words_release(&s->words);
    vec_release(&s->terms);
    vec_release(&s->pairs);
    free(s->place);
    free(s->sum);
    free(s);
}

static void count_terms(const Index *x, IndexScratch *s, const char *query)
{
    words_split(query, strlen(query), &s->words);
    vec_clear(&s->terms);
    for (size_t i = 0; i < s->words.words.count; i++) {
        Word word = s->words.words.items[i];
        uint32_t term = map_get(x->terms, s->words.folded.data + word.at, word.size);
        if (term == MAP_NONE) continue;
        if (s->place[term] == 0) {
            vec_push(&s->terms, (QueryTerm){.term = term});
            s->place[term] = (uint32_t)s->terms.count;
        }
        s->terms.items[s->place[term] - 1].count++;
    }
    for (size_t i = 0; i < s->terms.count; i++) s->place[s->terms.items[i].term] = 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const QueryPair *x = a, *y = b;
    return (x->pair > y->pair) - (x->pair < y->pair);
}

/* The query's pairs of neighbouring words. */
static void count_pairs(const Index *x, IndexScratch *s)
{
    uint32_t before = MAP_NONE;
    for (size_t i = 0; i < s->words.words.count; i++) {
        Word word = s->words.words.items[i];
        uint32_t term =
            word.unspaced ? MAP_NONE : map_get(x->terms, s->words.folded.data + word.at, word.size);
        if (before != MAP_NONE && term != MAP_NONE) {
            size_t pair = index_pair_find(x, before, term);
            if (pair != INDEX_NO_PAIR) vec_push(&s->pairs, (QueryPair){.pair = pair, .count = 1});
        }
        before = term;
    }
    if (s->pairs.count == 0) return;
    qsort(s->pairs.items, s->pairs.count, sizeof *s->pairs.items, compare_pairs);
    size_t kept = 1;
    for (size_t i = 1; i < s->pairs.count; i++) {
        QueryPair *last = &s->pairs.items[kept - 1];
        if (last->pair == s->pairs.items[i].pair)
            last->count++;
        else
            s->pairs.items[kept++] = s->pairs.items[i];
    }
    s->pairs.count = kept;
}

static double weigh_pairs(const Index *x, IndexScratch *s)
{
    double square = 0;
    count_pairs(x, s);
    for (size_t i = 0; i < s->pairs.count; i++) {
        QueryPair *q = &s->pairs.items[i];
        size_t df = x->pair_offset[q->pair + 1] - x->pair_offset[q->pair];
        double weight = index_log_tf(q->count) * index_smooth_idf(x, df);
        q->weight = (float)weight;
        square += weight * weight;
    }
    return square;
}

/* The query's terms and what each posting's impact is multiplied by. */
static void read_query(const Index *x, IndexScratch *s, IndexModel model, const char *query)
{
    count_terms(x, s, query);
    double square = 0;
    for (size_t i = 0; i < s->terms.count; i++) {
        QueryTerm *q = &s->terms.items[i];
        double idf = index_smooth_idf(x, x->offset[q->term + 1] - x->offset[q->term]);
        double weight = model == INDEX_BM25 ? q->count : index_log_tf(q->count) * idf;
        q->weight = (float)weight;
        square += weight * weight;
    }
    vec_clear(&s->pairs);
    if (model == INDEX_BM25) return;
    if (x->pair_first) square += weigh_pairs(x, s);
    for (size_t i = 0; i < s->terms.count; i++)
        s->terms.items[i].weight = (float)(s->terms.items[i].weight / sqrt(square));
    for (size_t i = 0; i < s->pairs.count; i++)
        s->pairs.items[i].weight = (float)(s->pairs.items[i].weight / sqrt(square));
}

size_t index_search(const Index *x, IndexScratch *s, IndexModel model, const char *query, size_t k,
                    Hit *out)
{
    read_query(x, s, model, query);
    if (s->terms.count == 0 || k == 0) return 0;
    const float *impact = x->impact[model];
    for (size_t i = 0; i < s->terms.count; i++) {
        QueryTerm q = s->terms.items[i];
        size_t end = x->offset[q.term + 1];
        for (size_t p = x->offset[q.term]; p < end; p++) s->sum[x->row[p]] += q.weight * impact[p];
    }
    for (size_t i = 0; i < s->pairs.count; i++) {
        QueryPair q = s->pairs.items[i];
        for (size_t p = x->pair_offset[q.pair]; p < x->pair_offset[q.pair + 1]; p++)
            s->sum[x->pair_row[p]] += q.weight * x->pair_impact[p];
    }
    size_t found = topk(s->sum, x->documents, k, out);
    while (found > 0 && !(out[found - 1].score > 0)) found--;
    memset(s->sum, 0, x->documents * sizeof *s->sum);
    return found;
}

/* The posting of the row in [first, end), or end. */
static size_t find_posting(const uint32_t *rows, size_t first, size_t end, uint32_t row)
{
    size_t low = first, high = end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && rows[low] == row ? low : end;
}

void index_scores(const Index *x, IndexScratch *s, IndexModel model, const char *query,
                  const uint32_t *rows, size_t count, float *out)
{
    read_query(x, s, model, query);
    memset(out, 0, count * sizeof *out);
    /* term after term, as a search adds them, so that the sums are the same to the last bit */
    for (size_t i = 0; i < s->terms.count; i++) {
        QueryTerm q = s->terms.items[i];
        size_t first = x->offset[q.term], end = x->offset[q.term + 1];
        for (size_t j = 0; j < count; j++) {
            size_t p = find_posting(x->row, first, end, rows[j]);
            if (p < end) out[j] += q.weight * x->impact[model][p];
        }
    }
    for (size_t i = 0; i < s->pairs.count; i++) {
        QueryPair q = s->pairs.items[i];
        size_t first = x->pair_offset[q.pair], end = x->pair_offset[q.pair + 1];
        for (size_t j = 0; j < count; j++) {
            size_t p = find_posting(x->pair_row, first, end, rows[j]);
            if (p < end) out[j] += q.weight * x->pair_impact[p];
        }
    }
}
