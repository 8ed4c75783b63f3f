/* search: the best chunks, or questions, for a text from one or several retrievers side by side. */
#ifndef TASK_SEARCH_H
#define TASK_SEARCH_H

#include "model/env.h"
#include "retrieve/retriever.h"
#include "store/corpus.h"

typedef struct SearchOptions {
    const char *query;
    const char *const *retrievers; size_t retriever_count;
    size_t k;            /* default 10 */
    bool questions;      /* search questions instead of chunks */
    int corpus_splits;   /* bits; 0: all */
} SearchOptions;

typedef struct SearchHit { size_t row; double score; } SearchHit;

typedef struct SearchResult {
    ChunkRows chunks; QuestionRows rows_of_questions; /* one of the two is filled; hits' rows point into it */
    struct { char name[RETRIEVER_NAME_SIZE]; SearchHit *hits; size_t count; } *lists;
    size_t list_count;
} SearchResult;

bool task_search(const Env *env, const SearchOptions *options, SearchResult *ret, Err *err);
void search_result_release(SearchResult *r);

#endif
