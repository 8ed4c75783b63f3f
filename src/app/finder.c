#include "app/finder.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retrieve/retriever.h"
#include "store/corpus.h"

#define OWN_DEPTH 1000 /* how far an own chunk is looked for */

struct Finder {
    Desk *desk;
    /* the lane's thread only */
    Env env;
    bool loaded;
    Hash stamp;
    int64_t change; /* of the file when the stamp was taken */
    CorpusView view;
    RetrieverSet *set;
};

Finder *finder_new(Desk *d)
{
    Finder *f = mem_zero(1, sizeof *f);
    f->desk = d;
    return f;
}

static void unload(Finder *f)
{
    retriever_set_free(f->set);
    corpus_view_release(&f->view);
    f->set = NULL;
    f->view = (CorpusView){0};
    f->loaded = false;
}

void finder_free(Finder *f)
{
    if (!f) return;
    unload(f);
    free(f);
}

/* ---- on the lane ---- */

static bool load(Finder *f, const Env *env, Err *err)
{
    int64_t change;
    Hash stamp;
    f->env = *env;
    if (!store_change(env->store, &change, err)) return false;
    if (f->loaded && change == f->change) return true;
    if (!corpus_stamp(env->store, &stamp, err)) return false;
    f->change = change;
    if (f->loaded && hash_equal(&stamp, &f->stamp)) return true;
    unload(f);
    ChunkRows chunks = {0};
    if (!chunks_load(env->store, &(ChunkQuery){0}, &chunks, err)) return false;
    if (chunks.count) corpus_view_chunks(&chunks, &f->view);
    rows_release(&chunks);
    malloc_trim(0); /* the view has copies of the texts: those of a large corpus are much memory */
    if (f->view.count == 0)
        return err_set(err, ERR_MISSING, "there are no chunks to search: add documents first");
    f->set = retriever_set_new(&f->env, &f->view);
    f->stamp = stamp;
    f->loaded = true;
    return true;
}

typedef struct Search {
    Finder *finder;
    char *query;
    char *retrievers[FINDER_LISTS];
    size_t retriever_count, k;
    int64_t *own;
    size_t own_count;
    Found *found;
    FinderDone *done;
    void *context;
} Search;

static bool is_own(const Search *s, int64_t chunk)
{
    for (size_t i = 0; i < s->own_count; i++)
        if (s->own[i] == chunk) return true;
    return false;
}

static const ChunkRow *chunk_of(const ChunkRows *chunks, int64_t id)
{
    for (size_t i = 0; i < chunks->count; i++)
        if (chunks->items[i].id == id) return &chunks->items[i];
    return NULL;
}

static ChunkRow copy_chunk(Arena *arena, const ChunkRow *c)
{
    ChunkRow copy = *c;
    copy.text = arena_strdup(arena, c->text);
    copy.title = arena_strdup(arena, c->title);
    copy.heading = arena_strdup(arena, c->heading);
    copy.key = arena_strdup(arena, c->key);
    copy.document = arena_strdup(arena, c->document);
    copy.own_title = arena_strdup(arena, c->own_title);
    return copy;
}

/* The rows of the hits. A chunk that was taken out since the corpus was loaded is no hit any more.
 */
static bool load_chunks(Search *s, FoundList *list, Err *err)
{
    if (list->count == 0) return true;
    ChunkRows chunks = {0};
    int64_t *ids = mem_zero(list->count, sizeof *ids);
    for (size_t i = 0; i < list->count; i++) ids[i] = list->hits[i].chunk_id;
    ChunkQuery query = {.ids = ids, .id_count = list->count};
    bool ok = chunks_load(s->finder->env.store, &query, &chunks, err);
    size_t kept = 0;
    for (size_t i = 0; ok && i < list->count; i++) {
        const ChunkRow *c = chunk_of(&chunks, list->hits[i].chunk_id);
        if (!c) continue;
        list->hits[kept] = list->hits[i];
        list->hits[kept++].chunk = copy_chunk(&s->found->arena, c);
    }
    if (ok) list->count = kept;
    free(ids);
    rows_release(&chunks);
    return ok;
}

static bool take_hits(Search *s, FoundList *list, const Results *results, Err *err)
{
    const Finder *f = s->finder;
    size_t total = results->offset[1];
    list->hits = arena_alloc(&s->found->arena, (s->k + s->own_count) * sizeof *list->hits + 1);
    for (size_t i = 0; i < total; i++) {
        int64_t id = f->view.ids[results->hits[i].row];
        bool own = is_own(s, id);
        if (own && !list->own_rank) list->own_rank = i + 1;
        if (i >= s->k && !own) continue;
        if (list->count == s->k + s->own_count) break;
        list->hits[list->count++] =
            (FoundHit){.chunk_id = id, .score = results->hits[i].score, .rank = i + 1, .own = own};
    }
    return load_chunks(s, list, err);
}

/* One retriever that fails (a run removed meanwhile) leaves the others their lists. */
static bool search_one(Search *s, const char *name, Err *err)
{
    Finder *f = s->finder;
    FoundList *list = &s->found->lists[s->found->list_count++];
    const Retriever *r = NULL;
    Results results = {0};
    const char *query = s->query;
    size_t depth = s->own_count && s->k < OWN_DEPTH ? OWN_DEPTH : s->k;
    Err own = {0};
    snprintf(list->name, sizeof list->name, "%s", name);
    if (retriever_set_open(f->set, name, &r, &own) &&
        retriever_search(&f->env, r, &query, 1, depth, &results, &own)) {
        bool ok = take_hits(s, list, &results, &own);
        results_release(&results);
        if (ok) return true;
        list->count = 0;
    }
    if (own.kind == ERR_CANCELLED) {
        *err = own;
        return false;
    }
    list->error = arena_strdup(&s->found->arena, own.message);
    return true;
}

static bool search_work(void *data, const Env *env, Err *err)
{
    Search *s = data;
    s->found = mem_zero(1, sizeof *s->found);
    if (!load(s->finder, env, err)) return false;
    for (size_t i = 0; i < s->retriever_count; i++)
        if (!search_one(s, s->retrievers[i], err)) return false;
    return true;
}

/* ---- asking ---- */

static void search_done(void *data, const Err *err)
{
    Search *s = data;
    Found *found = err ? NULL : s->found;
    if (found) s->found = NULL;
    s->done(s->context, found, err);
}

static void search_release(void *data)
{
    Search *s = data;
    for (size_t i = 0; i < s->retriever_count; i++) free(s->retrievers[i]);
    found_free(s->found);
    free(s->query);
    free(s->own);
    free(s);
}

void found_free(Found *f)
{
    if (!f) return;
    arena_release(&f->arena);
    free(f);
}

void finder_ask(Finder *f, const void *slot, const FinderAsk *ask, FinderDone *done, void *context)
{
    Search *s = mem_zero(1, sizeof *s);
    *s = (Search){.finder = f,
                  .query = mem_strdup(ask->query),
                  .k = ask->k,
                  .done = done,
                  .context = context};
    for (size_t i = 0; i < ask->retriever_count && i < FINDER_LISTS; i++)
        s->retrievers[s->retriever_count++] = mem_strdup(ask->retrievers[i]);
    if (ask->own_count) {
        s->own = mem_zero(ask->own_count, sizeof *s->own);
        memcpy(s->own, ask->own, ask->own_count * sizeof *s->own);
        s->own_count = ask->own_count;
    }
    Inquiry q = {.slot = slot,
                 .work = search_work,
                 .done = search_done,
                 .release = search_release,
                 .data = s};
    desk_ask(f->desk, LANE_SEARCH, &q);
}

/* ---- names ---- */

typedef struct AskNames {
    Names names;
    FinderNames *done;
    void *context;
} AskNames;

static bool names_work(void *data, const Env *env, Err *err)
{
    return retriever_names(env, &((AskNames *)data)->names, err);
}

static void names_done(void *data, const Err *err)
{
    AskNames *a = data;
    if (!err) a->done(a->context, (const char *const *)a->names.items, a->names.count);
}

static void names_release(void *data)
{
    AskNames *a = data;
    for (size_t i = 0; i < a->names.count; i++) free(a->names.items[i]);
    vec_release(&a->names);
    free(a);
}

void finder_names(Finder *f, const void *slot, FinderNames *done, void *context)
{
    AskNames *a = mem_zero(1, sizeof *a);
    a->done = done;
    a->context = context;
    Inquiry q = {
        .slot = slot, .work = names_work, .done = names_done, .release = names_release, .data = a};
    desk_ask(f->desk, LANE_PAGE, &q);
}
