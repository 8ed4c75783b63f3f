#include "task/search.h"

#include <stdio.h>
#include <stdlib.h>

#include "retrieve/retriever.h"
#include "store/questions.h"

/* Loads what is searched and makes the view over it. */
static bool load_corpus(const Env *env, const SearchOptions *o, SearchResult *r, CorpusView *view,
                        Err *err)
{
    int splits = o->corpus_splits ? o->corpus_splits | 1 << SPLIT_NONE : 0;
    if (o->questions) {
        QuestionQuery query = {.splits = splits};
        if (!questions_load(env->store, &query, &r->rows_of_questions, err)) return false;
        corpus_view_questions(&r->rows_of_questions, view);
    } else {
        ChunkQuery query = {.splits = splits};
        if (!chunks_load(env->store, &query, &r->chunks, err)) return false;
        corpus_view_chunks(&r->chunks, view);
    }
    if (view->count > 0) return true;
    return err_set(err, ERR_MISSING, "the project has no %s to search%s",
                   o->questions ? "questions" : "chunks",
                   splits         ? " in that split"
                   : o->questions ? ": generate or import some first"
                                  : ": ingest documents first");
}

/* Fills the next list of r. */
static bool search_with(const Env *env, RetrieverSet *set, const char *name, const SearchOptions *o,
                        SearchResult *r, Err *err)
{
    const Retriever *retriever = NULL;
    Results results = {0};
    if (!retriever_set_open(set, name, &retriever, err) ||
        !retriever_search(env, retriever, &o->query, 1, o->k, &results, err))
        return false;
    size_t i = r->list_count++, count = results.offset[1];
    snprintf(r->lists[i].name, sizeof r->lists[i].name, "%s", retriever_name(retriever));
    r->lists[i].hits = mem_zero(count + 1, sizeof *r->lists[i].hits);
    r->lists[i].count = count;
    for (size_t j = 0; j < count; j++)
        r->lists[i].hits[j] =
            (SearchHit){.row = results.hits[j].row, .score = results.hits[j].score};
    results_release(&results);
    return true;
}

bool task_search(const Env *env, const SearchOptions *options, SearchResult *ret, Err *err)
{
    if (options->retriever_count == 0) return err_set(err, ERR_USAGE, "a search needs a retriever");
    if (!options->query || options->query[0] == '\0')
        return err_set(err, ERR_USAGE, "the text to search for is empty");
    for (size_t i = 0; i < options->retriever_count; i++) {
        if (!retriever_exists(env, options->retrievers[i], err)) return false;
    }
    SearchResult r = {0};
    CorpusView view = {0};
    r.lists = mem_zero(options->retriever_count, sizeof *r.lists);
    bool ok = load_corpus(env, options, &r, &view, err);
    RetrieverSet *set = retriever_set_new(env, &view);
    for (size_t i = 0; ok && i < options->retriever_count; i++)
        ok = search_with(env, set, options->retrievers[i], options, &r, err);
    retriever_set_free(set);
    corpus_view_release(&view);
    if (ok)
        *ret = r;
    else
        search_result_release(&r);
    return ok;
}

void search_result_release(SearchResult *r)
{
    for (size_t i = 0; i < r->list_count; i++) free(r->lists[i].hits);
    free(r->lists);
    rows_release(&r->chunks);
    rows_release(&r->rows_of_questions);
    *r = (SearchResult){0};
}
