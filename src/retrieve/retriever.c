#include "retrieve/retriever.h"

#include <stdlib.h>
#include <string.h>

#include "retrieve/fusion.h"
#include "retrieve/retriever_parts.h"

/* ---- sets ---- */

RetrieverSet *retriever_set_new(const Env *env, const CorpusView *view)
{
    RetrieverSet *s = mem_zero(1, sizeof *s);
    s->env = *env;
    s->view = view;
    return s;
}

static void release(Retriever *r)
{
    if (!r) return;
    vec_release(&r->parts);
    dense_release(&r->adapted_dense);
    free(r->adapted);
    adapter_free(r->adapter);
    free(r->name);
    free(r);
}

void retriever_set_free(RetrieverSet *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->retrievers.count; i++) release(s->retrievers.items[i]);
    for (size_t i = 0; i < s->spaces.count; i++) space_free(s->spaces.items[i]);
    for (size_t i = 0; i < s->rerankers.count; i++) reranker_close(s->rerankers.items[i]);
    vec_release(&s->retrievers);
    vec_release(&s->spaces);
    vec_release(&s->rerankers);
    index_free(s->index);
    free(s);
}

static Retriever *find_open(const RetrieverSet *s, const char *name)
{
    for (size_t i = 0; i < s->retrievers.count; i++) {
        if (strcmp(s->retrievers.items[i]->name, name) == 0) return s->retrievers.items[i];
    }
    return NULL;
}

Retriever *retriever_new(RetrieverSet *s, const char *name)
{
    Retriever *r = mem_zero(1, sizeof *r);
    r->name = mem_strdup(name);
    r->set = s;
    return r;
}

static bool open_single(RetrieverSet *s, const char *name, Retriever **ret, Err *err)
{
    if ((*ret = find_open(s, name))) return true;
    const RetrieverKind *kind = NULL;
    RetrieverRows rows = {0};
    if (!retriever_find_single(&s->env, name, &kind, &rows, err)) return false;
    if (!kind) return retriever_missing(&s->env, name, err);
    const RetrieverRow *row = rows.count > 0 ? &rows.items[0] : NULL;
    Retriever *r = retriever_new(s, name);
    r->kind = kind;
    r->run_id = row ? row->run_id : 0;
    bool ok = kind->open(s, row, r, err);
    rows_release(&rows);
    if (!ok) {
        release(r);
        return false;
    }
    vec_push(&s->retrievers, r);
    *ret = r;
    return true;
}

static bool open_fusion(RetrieverSet *s, const char *name, const ParsedName *parsed,
                        Retriever **ret, Err *err)
{
    if ((*ret = find_open(s, name))) return true;
    Retriever *r = retriever_new(s, name), *part = NULL;
    HashBuilder *b = hash_begin();
    hash_add_text(b, "fusion");
    bool ok = true;
    for (size_t i = 0; ok && i < parsed->parts.count; i++) {
        ok = open_single(s, parsed->parts.items[i], &part, err);
        if (!ok) break;
        vec_push(&r->parts, part);
        hash_add(b, part->fingerprint.bytes, HASH_BYTES);
        if (r->run_id == 0) r->run_id = part->run_id;
    }
    r->fingerprint = hash_end(b);
    if (!ok) {
        release(r);
        return false;
    }
    vec_push(&s->retrievers, r);
    *ret = r;
    return true;
}

static bool open_base(RetrieverSet *s, const ParsedName *parsed, Retriever **ret, Err *err)
{
    return parsed->parts.count == 1 ? open_single(s, parsed->parts.items[0], ret, err)
                                    : open_fusion(s, parsed->base, parsed, ret, err);
}

static bool open_reranked(RetrieverSet *s, const char *name, const ParsedName *parsed,
                          Retriever **ret, Err *err)
{
    Retriever *base = NULL;
    if (!open_base(s, parsed, &base, err)) return false;
    Retriever *r = retriever_new(s, name);
    if (!rerank_open(s, base, parsed->reranker, r, err)) {
        release(r);
        return false;
    }
    vec_push(&s->retrievers, r);
    *ret = r;
    return true;
}

static bool open_named(RetrieverSet *s, const char *name, Retriever **ret, Err *err)
{
    if ((*ret = find_open(s, name))) return true;
    ParsedName parsed = {0};
    bool ok = retriever_parse(&s->env, name, &parsed, err);
    if (ok && parsed.reranker)
        ok = open_reranked(s, name, &parsed, ret, err);
    else if (ok)
        ok = open_base(s, &parsed, ret, err);
    parsed_release(&parsed);
    return ok;
}

bool retriever_set_open(RetrieverSet *s, const char *name, const Retriever **ret, Err *err)
{
    Retriever *r = NULL;
    if (!open_named(s, name, &r, err)) return false;
    *ret = r;
    return true;
}

bool retriever_open(const Env *env, const char *name, const CorpusView *view, Retriever **ret,
                    Err *err)
{
    RetrieverSet *s = retriever_set_new(env, view);
    Retriever *r = NULL;
    if (!open_named(s, name, &r, err)) {
        retriever_set_free(s);
        return false;
    }
    r->owns_set = true;
    *ret = r;
    return true;
}

void retriever_close(Retriever *r)
{
    if (r && r->owns_set) retriever_set_free(r->set);
}

/* ---- what it is ---- */

const char *retriever_name(const Retriever *r)
{
    return r->name;
}

size_t retriever_dims(const Retriever *r)
{
    size_t dims = r->space ? r->space->embedder->dims : 0;
    if (r->base) return retriever_dims(r->base);
    for (size_t i = 0; i < r->parts.count; i++) {
        size_t part = retriever_dims(r->parts.items[i]);
        if (part > dims) dims = part;
    }
    return dims;
}

int64_t retriever_run(const Retriever *r)
{
    return r->run_id;
}

Hash retriever_fingerprint(const Retriever *r)
{
    return r->fingerprint;
}

/* ---- searching ---- */

void results_release(Results *r)
{
    free(r->offset);
    free(r->hits);
    *r = (Results){0};
}

static bool grid_new(size_t count, size_t k, HitGrid *ret, Err *err)
{
    *ret = (HitGrid){.k = k, .found = mem_zero(count + 1, sizeof *ret->found)};
    ret->hits = calloc(count * k + 1,
                       sizeof *ret->hits); /* both were checked against the limits of size_t */
    if (ret->hits) return true;
    free(ret->found);
    return err_set(err, ERR_MEMORY, "the %zu best of %zu queries do not fit in memory", k, count);
}

/* Closes the gaps between the queries' hits. Takes over the grid. */
static Results pack(HitGrid *g, size_t count)
{
    Results r = {.count = count, .offset = mem_zero(count + 1, sizeof *r.offset), .hits = g->hits};
    for (size_t i = 0; i < count; i++) {
        memmove(r.hits + r.offset[i], g->hits + i * g->k, g->found[i] * sizeof *r.hits);
        r.offset[i + 1] = r.offset[i] + g->found[i];
    }
    free(g->found);
    return r;
}

static bool search_fusion(const Env *env, const Retriever *r, const char *const *queries,
                          size_t count, HitGrid *out, Err *err)
{
    Results parts[FUSION_PARTS] = {0};
    size_t depth = out->k > FUSION_DEPTH ? out->k : FUSION_DEPTH;
    bool ok = true;
    for (size_t p = 0; ok && p < r->parts.count; p++) {
        ok = retriever_search(env, r->parts.items[p], queries, count, depth, &parts[p], err);
    }
    for (size_t i = 0; ok && i < count; i++) {
        FusionList lists[FUSION_PARTS];
        for (size_t p = 0; p < r->parts.count; p++) {
            size_t first = parts[p].offset[i];
            lists[p] = (FusionList){.hits = parts[p].hits + first,
                                    .count = parts[p].offset[i + 1] - first};
        }
        out->found[i] = fuse(lists, r->parts.count, out->k, out->hits + i * out->k);
    }
    for (size_t p = 0; p < r->parts.count; p++) results_release(&parts[p]);
    return ok;
}

bool retriever_search(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                      size_t k, Results *ret, Err *err)
{
    HitGrid grid;
    if (k > r->set->view->count) k = r->set->view->count;
    if (k > 0 && count > SIZE_MAX / sizeof(Hit) / k - 1)
        return err_set(err, ERR_MEMORY, "the %zu best of %zu queries do not fit in memory", k,
                       count);
    if (!grid_new(count, k, &grid, err)) return false;
    bool ok = true;
    if (count > 0 && k > 0)
        ok = r->kind ? r->kind->search(env, r, queries, count, &grid, err)
                     : search_fusion(env, r, queries, count, &grid, err);
    Results results = pack(&grid, count);
    if (ok)
        *ret = results;
    else
        results_release(&results);
    return ok;
}

bool retriever_scores(const Env *env, const Retriever *r, const char *const *queries, size_t count,
                      const size_t *offset, const uint32_t *rows, float *out, Err *err)
{
    if (!r->kind)
        return err_set(err, ERR_USAGE,
                       "'%s' is a fusion: it has ranks but no scores, use one of its parts",
                       r->name);
    return count == 0 || r->kind->scores(env, r, queries, count, offset, rows, out, err);
}
