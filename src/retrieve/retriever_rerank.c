/* Reranked retrievers: the best of another, in the order of a cross-encoder's scores. */
#include <stdlib.h>
#include <string.h>

#include "retrieve/retriever_parts.h"

#define RERANK_DEPTH ((size_t)100) /* of the other's hits that are scored; no others are found */

/* The texts of hits, side by side. */
static const char **texts_of(const Retriever *r, const Results *found)
{
    size_t total = found->offset[found->count];
    const char **texts = mem_zero(total + 1, sizeof *texts);
    for (size_t i = 0; i < total; i++) texts[i] = r->set->view->plain[found->hits[i].row];
    return texts;
}

static int by_score(const void *a, const void *b)
{
    const Hit *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool rerank_search(const Env *env, const Retriever *r, const char *const *queries,
                          size_t count, HitGrid *out, Err *err)
{
    Results found = {0};
    if (!retriever_search(env, r->base, queries, count, RERANK_DEPTH, &found, err)) return false;
    const char **texts = texts_of(r, &found);
    float *scores = mem_zero(found.offset[count] + 1, sizeof *scores);
    bool ok = reranker_scores(env, r->reranker, queries, count, found.offset, texts, scores, err);
    for (size_t i = 0; ok && i < count; i++) {
        Hit *hits = found.hits + found.offset[i];
        size_t n = found.offset[i + 1] - found.offset[i];
        for (size_t j = 0; j < n; j++) hits[j].score = scores[found.offset[i] + j];
        qsort(hits, n, sizeof *hits, by_score);
        out->found[i] = n < out->k ? n : out->k;
        memcpy(out->hits + i * out->k, hits, out->found[i] * sizeof *hits);
    }
    free(scores);
    free(texts);
    results_release(&found);
    return ok;
}

/* Of any pairs, whatever the other retriever thinks of them. */
static bool rerank_scores(const Env *env, const Retriever *r, const char *const *queries,
                          size_t count, const size_t *offset, const uint32_t *rows, float *out,
                          Err *err)
{
    const char **texts = mem_zero(offset[count] + 1, sizeof *texts);
    for (size_t j = offset[0]; j < offset[count]; j++) texts[j] = r->set->view->plain[rows[j]];
    bool ok = reranker_scores(env, r->reranker, queries, count, offset, texts, out, err);
    free(texts);
    return ok;
}

static const RetrieverKind RERANK_KIND = {"reranked", false, NULL, rerank_search, rerank_scores};

/* One that another retriever of the set uses serves again. */
static const Reranker *reranker_of(RetrieverSet *s, const char *name, Err *err)
{
    for (size_t i = 0; i < s->rerankers.count; i++) {
        if (strcmp(reranker_name(s->rerankers.items[i]), name) == 0) return s->rerankers.items[i];
    }
    Reranker *r = NULL;
    if (!reranker_open(&s->env, name, &r, err)) return NULL;
    vec_push(&s->rerankers, r);
    return r;
}

bool rerank_open(RetrieverSet *s, const Retriever *base, const char *reranker, Retriever *r,
                 Err *err)
{
    r->reranker = reranker_of(s, reranker, err);
    if (!r->reranker) return false;
    r->kind = &RERANK_KIND;
    r->base = base;
    r->run_id = reranker_run(r->reranker) ? reranker_run(r->reranker) : base->run_id;
    Hash scores = reranker_fingerprint(r->reranker);
    HashBuilder *b = hash_begin();
    hash_add_text(b, RERANK_KIND.word);
    hash_add(b, base->fingerprint.bytes, HASH_BYTES);
    hash_add(b, scores.bytes, HASH_BYTES);
    hash_add_i64(b, (int64_t)RERANK_DEPTH);
    r->fingerprint = hash_end(b);
    return true;
}
