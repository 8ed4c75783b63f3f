/* Inverted index of our own: words, and character bigrams of unspaced scripts; postings with
 * precomputed impacts.
 *   bm25   Σ_t idf(t) · f (k1+1) / (f + k1 (1 − b + b |d|/avg)),  k1 1.2, b 0.75, idf = ln(1 + (N −
 *          df + 0.5)/(df + 0.5))
 *   tfidf  cosine of (1 + ln f) · idf vectors, idf = ln((N+1)/(df+1)) + 1, over words and pairs of
 *          neighbouring words, both at full weight; what no document has is left out of the query.
 *          Terms of unspaced scripts are character bigrams already and form no pairs (on Chinese
 *          questions these made ranks worse). Pairs take the room of the words again, so they are
 *          added when tfidf is first asked for, and are not stored.
 * Immutable after the build; searched by several threads, each with a scratch of its own. */
#ifndef RETRIEVE_INDEX_H
#define RETRIEVE_INDEX_H

#include "base/cancel.h"
#include "base/err.h"
#include "base/pool.h"
#include "num/topk.h"

typedef struct Index Index;
typedef struct IndexScratch IndexScratch;

typedef enum IndexModel { INDEX_BM25, INDEX_TFIDF, INDEX_MODELS } IndexModel;

bool index_build(Pool *pool, const char *const *texts, size_t count, const Cancel *cancel,
                 Index **ret, Err *err);
void index_free(Index *x);

/* index_add_pairs: the same texts again; until then INDEX_TFIDF sees words only. Twice is fine.
 * ERR_MEMORY, ERR_CANCELLED. */
bool index_add_pairs(Pool *pool, Index *x, const char *const *texts, const Cancel *cancel,
                     Err *err);
/* A blob for the project's cache, and back; a broken blob is ERR_FORMAT. */
bool index_save(const Index *x, void **ret, size_t *ret_size, Err *err);
bool index_load(const void *blob, size_t size, Index **ret, Err *err);

IndexScratch *index_scratch_new(const Index *x);
void index_scratch_free(IndexScratch *s);

/* index_search: the k best documents with a score above 0. Returns how many. */
size_t index_search(const Index *x, IndexScratch *s, IndexModel model, const char *query, size_t k,
                    Hit *out);
/* index_scores: the scores of given rows (0 where no term is shared). */
void index_scores(const Index *x, IndexScratch *s, IndexModel model, const char *query, const uint32_t *rows,
                  size_t count, float *out);
/* index_idf: ln((N+1)/(df+1)) + 1 of a folded word; of an unknown one with df 0. */
float index_idf(const Index *x, const char *word, size_t size);
size_t index_documents(const Index *x);

#endif
