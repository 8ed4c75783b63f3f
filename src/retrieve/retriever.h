/* Retrievers: what is compared. A name is parsed once, here, for the command line, the screen and
 * the project file:
 *   name      := fused ['|' reranker]     the best 100 of fused, by the reranker's scores
 *   fused     := single { '+' single }          reciprocal-rank fusion, k = 60, over the first 100
 *             of each
 *   single    := "bm25" | "tfidf" | embedder ["@" build] | run ["@" epoch]
 *   reranker  := a name as model/reranker.h has it
 * A name that exists as it is written (a path with a '+' in it) is never taken apart. One kind, one
 * row of the table in retriever_name.c. Immutable once open; searched with the pool's threads. */
#ifndef RETRIEVE_RETRIEVER_H
#define RETRIEVE_RETRIEVER_H

#include "base/vec.h"
#include "model/embedder.h"
#include "num/topk.h"
#include "retrieve/corpus_view.h"

#define RETRIEVER_NAME_SIZE 1200 /* where names are kept in structs: paths, mostly */

typedef struct Retriever Retriever;

/* Results of many queries: those of query i are hits[offset[i] .. offset[i+1]), best first, rows of
 * the corpus view. */
typedef struct Results {
    size_t count;    /* queries */
    size_t *offset;  /* (count + 1) */
    Hit *hits;
} Results;

void results_release(Results *r);

/* retriever_open: view is borrowed until retriever_close. ERR_MISSING: nothing has that name; lists
 * what there is. */
bool retriever_open(const Env *env, const char *name, const CorpusView *view, Retriever **ret,
                    Err *err);
void retriever_close(Retriever *r); /* NULL is allowed */

/* RetrieverSet: what several retrievers over one view share, each once: the inverted index, open
 * embedders, passage vectors. What env points to and the view are borrowed until
 * retriever_set_free. */
typedef struct RetrieverSet RetrieverSet;

RetrieverSet *retriever_set_new(const Env *env, const CorpusView *view);
void retriever_set_free(RetrieverSet *s); /* with its retrievers; NULL is allowed */

/* retriever_set_open: as retriever_open; borrowed from the set, and the same again for the same
 * name. One thread at a time. */
bool retriever_set_open(RetrieverSet *s, const char *name, const Retriever **ret, Err *err);

const char *retriever_name(const Retriever *r);
size_t retriever_dims(const Retriever *r);          /* 0: has no vectors; of a fusion the largest */

/* the run that made it, or the first such part of a fusion, 0: none */
int64_t retriever_run(const Retriever *r);

/* of all that shapes its scores but the corpus */
Hash retriever_fingerprint(const Retriever *r);

/* retriever_search: the k best for each query. Fewer where the corpus or the matches end. */
bool retriever_search(const Env *env, const Retriever *r, const char *const *queries, size_t count, size_t k,
                      Results *ret, Err *err);

/* retriever_scores: scores of given pairs: those of query i are for rows[offset[i] .. offset[i+1]).
 * out has that many. The same scores as in a search. ERR_USAGE for a fusion: it has ranks only. */
bool retriever_scores(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                      const size_t *offset, const uint32_t *rows, float *out, Err *err);

/* retriever_exists: is there such a name? Messages as retriever_open, without opening. */
bool retriever_exists(const Env *env, const char *name, Err *err);

/* retriever_names: every single name that can be used now. Appends; entries are the caller's. */
typedef VEC(char *) Names;
bool retriever_names(const Env *env, Names *ret, Err *err);

#endif
