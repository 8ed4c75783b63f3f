/* The inside of an Index, for the files that build, store and search it. */
#ifndef RETRIEVE_INDEX_PARTS_H
#define RETRIEVE_INDEX_PARTS_H

#include "base/map.h"
#include "retrieve/index.h"

/* Letters: N documents, T terms, P postings. Terms are numbered by first appearance, so that the
 * index does not depend on the number of threads. Postings of term t are [offset[t], offset[t+1]),
 * rows ascending. */
struct Index {
    size_t documents, postings;
    Map *terms;       /* folded word → number */
    size_t *offset;   /* (T + 1) */
    uint32_t *row;    /* (P) */
    uint32_t *tf;     /* (P) how often the term stands in the row's text, at least 1 */
    uint32_t *length; /* (N) words of each text */
    float *impact[INDEX_MODELS]; /* (P) each: what a posting adds to its row's score, a query weight apart */
    /* Pairs of neighbouring words, for tfidf alone; none until index_add_pairs. Pairs whose first
     * word is term t are [pair_first[t], pair_first[t+1]). Most pairs stand in one document, so what
     * is held for each pair is as small as what is held for each posting. */
    size_t *pair_first;    /* (T + 1), NULL: no pairs yet */
    uint32_t *pair_second; /* (pairs) term number, ascending for the same first word */
    uint32_t *pair_offset; /* (pairs + 1) */
    uint32_t *pair_row;    /* (postings of pairs) ascending within a pair */
    float *pair_impact;    /* the same */
};

#define INDEX_NO_PAIR SIZE_MAX

/* INDEX_NO_PAIR: no document has it, or there are no pairs yet. */
size_t index_pair_find(const Index *x, uint32_t first, uint32_t second);

/* index_squares: adds to square (N) what the words' weights add to the tf-idf vectors' squared
 * norms. */
void index_squares(const Index *x, double *square);
/* index_weigh_tfidf: the words' tf-idf impacts for these squared norms (N). */
void index_weigh_tfidf(Pool *pool, Index *x, const double *square);

/* index_new: room for the arrays but the impacts, all zero. ERR_MEMORY. Takes over the vocabulary,
 * also on failure; it has or will have term_count terms. */
bool index_new(size_t documents, size_t postings, size_t term_count, Map *terms, Index **ret,
               Err *err);

/* index_weigh: the impacts from tf and length. ERR_MEMORY. */
bool index_weigh(Pool *pool, Index *x, Err *err);

double index_smooth_idf(const Index *x, size_t df); /* ln((N+1)/(df+1)) + 1 */
double index_log_tf(uint32_t tf);                   /* 1 + ln tf */

#endif
