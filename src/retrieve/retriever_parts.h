/* The inside of retrievers, for the files that hold their kinds. */
#ifndef RETRIEVE_RETRIEVER_PARTS_H
#define RETRIEVE_RETRIEVER_PARTS_H

#include "base/vec.h"
#include "model/adapter.h"
#include "model/reranker.h"
#include "retrieve/dense.h"
#include "retrieve/index.h"
#include "retrieve/retriever.h"

/* An embedder with the vectors of the view's texts. */
typedef struct Space {
    Embedder *embedder; /* owned */
    float *vectors;     /* (view->count, dims) owned */
    Dense dense;        /* over vectors */
} Space;

struct RetrieverSet {
    Env env;
    const CorpusView *view;
    VEC(Retriever *) retrievers; /* owned; single ones and fusions */
    VEC(Space *) spaces;         /* owned */
    VEC(Reranker *) rerankers;   /* owned */
    Index *index;                /* NULL: not asked for yet */
    bool index_titled;           /* read with the index */
};

/* Hits of a batch of queries: those of query i are hits[i·k .. i·k + found[i]). */
typedef struct HitGrid {
    size_t k;
    Hit *hits;
    size_t *found;
} HitGrid;

typedef struct RetrieverKind {
    const char *word;   /* the whole name of a built-in one, the kind of a stored one */
    bool built_in;
    bool (*open)(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err); /* row NULL: not made by a run */
    bool (*search)(const Env *env, const Retriever *r, const char *const *queries, size_t count, HitGrid *out, Err *err);
    bool (*scores)(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                   const size_t *offset, const uint32_t *rows, float *out, Err *err);
} RetrieverKind;

/* What a kind does not use is zero. */
struct Retriever {
    char *name;
    const RetrieverKind *kind; /* NULL: a fusion */
    RetrieverSet *set;
    bool owns_set;             /* opened alone */
    Hash fingerprint;
    int64_t run_id;
    /* fusion */
    VEC(const Retriever *) parts;
    /* reranked */
    const Retriever *base;
    const Reranker *reranker;
    /* bm25, tfidf */
    IndexModel model;
    /* vectors */
    const Space *space;
    Adapter *adapter;          /* owned; NULL: query vectors as they are */
    float *adapted;            /* (view->count, dims) owned; the adapter's image of the view where both sides are questions */
    Dense adapted_dense;
};

/* retriever_name.c: names */
#define FUSION_PARTS 8

typedef struct ParsedName {
    char *base;          /* "A" of "A|R", or all of it */
    VEC(char *) parts;   /* of base: itself where something has that name as it is written */
    char *reranker;      /* "R"; NULL: none */
} ParsedName;

bool retriever_parse(const Env *env, const char *name, ParsedName *ret, Err *err);
void parsed_release(ParsedName *p);

/* retriever_find_single: a single name's kind, and the row of what a run made (rows is empty
 * otherwise). *ret NULL: nothing has that name. */
bool retriever_find_single(const Env *env, const char *name, const RetrieverKind **ret,
                           RetrieverRows *rows, Err *err);
bool retriever_missing(const Env *env, const char *name, Err *err); /* ERR_MISSING, with names */

/* retriever.c */
Retriever *retriever_new(RetrieverSet *s, const char *name);

/* retriever_rerank.c: base's best through a reranker */
bool rerank_open(RetrieverSet *s, const Retriever *base, const char *reranker, Retriever *r, Err *err);

/* retriever_index.c: bm25 and tfidf */
bool index_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err);
bool index_kind_search(const Env *env, const Retriever *r, const char *const *queries,
                       size_t count, HitGrid *out, Err *err);
bool index_kind_scores(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                       const size_t *offset, const uint32_t *rows, float *out, Err *err);

/* retriever_vector.c: embedders, and what runs made of them */
bool embedder_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err);
bool adapter_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err);
bool table_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err);
bool encoder_kind_open(RetrieverSet *s, const RetrieverRow *row, Retriever *r, Err *err);
bool vector_kind_search(const Env *env, const Retriever *r, const char *const *queries,
                        size_t count, HitGrid *out, Err *err);
bool vector_kind_scores(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                        const size_t *offset, const uint32_t *rows, float *out, Err *err);
void space_free(Space *space);

#endif
