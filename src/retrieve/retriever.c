#include "retrieve/retriever.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/bert_names.h"
#include "model/model_folder.h"
#include "retrieve/fusion.h"
#include "retrieve/retriever_parts.h"
#include "store/runs.h"
#include "store/vectors.h"

#define FUSION_PARTS 8
#define NAMES_SHOWN 20

static const RetrieverKind KINDS[] = {
    {"bm25", true, index_kind_open, index_kind_search, index_kind_scores},
    {"tfidf", true, index_kind_open, index_kind_search, index_kind_scores},
    {"adapter", false, adapter_kind_open, vector_kind_search, vector_kind_scores},
    {"lsa-table", false, table_kind_open, vector_kind_search, vector_kind_scores},
    {"encoder", false, encoder_kind_open, vector_kind_search, vector_kind_scores},
    {"baseline", false, embedder_kind_open, vector_kind_search, vector_kind_scores},
};
#define KIND_COUNT (sizeof KINDS / sizeof *KINDS)

static const RetrieverKind EMBEDDER_KIND = {"embedder", false, embedder_kind_open,
                                            vector_kind_search, vector_kind_scores};

/* ---- names ---- */

static const RetrieverKind *find_kind(const char *word, bool built_in)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (KINDS[i].built_in == built_in && strcmp(KINDS[i].word, word) == 0) return &KINDS[i];
    }
    return NULL;
}

/* Models that the project names, where they are there and have vectors. */
static bool add_models(const Env *env, Names *ret, Err *err)
{
    SettingRows rows = {0};
    if (!settings_load(env->store, MODEL_SETTING, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++) {
        const char *name = model_setting_name(rows.items[i].name);
        Str folder = {0};
        ModelFolder model = {0};
        Err ignored;
        if (name && model_locate(env, name, &folder) &&
            model_folder_read(str_get(&folder), &model, &ignored) && model.dims > 0)
            vec_push(ret, mem_strdup(name));
        model_folder_release(&model);
        str_release(&folder);
    }
    rows_release(&rows);
    return true;
}

bool retriever_names(const Env *env, Names *ret, Err *err)
{
    RetrieverRows rows = {0};
    if (!retrievers_load(env->store, &rows, err)) return false;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (KINDS[i].built_in) vec_push(ret, mem_strdup(KINDS[i].word));
    }
    for (size_t i = 0; i < EMBEDDER_COUNT; i++) {
        /* other kinds answer to paths only */
        if (embedder_claimed(env, EMBEDDERS[i]->kind))
            vec_push(ret, mem_strdup(EMBEDDERS[i]->kind));
    }
    for (size_t i = 0; i < rows.count; i++) vec_push(ret, mem_strdup(rows.items[i].name));
    rows_release(&rows);
    return add_models(env, ret, err);
}

static bool missing(const Env *env, const char *name, Err *err)
{
    Names names = {0};
    if (!retriever_names(env, &names, err)) return false;
    Str list = {0};
    for (size_t i = 0; i < names.count && i < NAMES_SHOWN; i++)
        str_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
    if (names.count > NAMES_SHOWN) str_addf(&list, " and %zu more", names.count - NAMES_SHOWN);
    err_set(err, ERR_MISSING,
            "there is no retriever called '%s': use one of %s, or several joined by '+'", name,
            str_get(&list));
    str_release(&list);
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    vec_release(&names);
    return false;
}

/* A single name's kind, and the row of what a run made (rows is empty otherwise). *ret NULL:
 * nothing has that name. */
static bool find_single(const Env *env, const char *name, const RetrieverKind **ret,
                        RetrieverRows *rows, Err *err)
{
    *ret = find_kind(name, true);
    if (*ret) return true;
    if (!retriever_find(env->store, name, rows, err)) return false;
    if (rows->count == 0) {
        if (embedder_claimed(env, name)) *ret = &EMBEDDER_KIND;
        return true;
    }
    *ret = find_kind(rows->items[0].kind, false);
    if (*ret) return true;
    err_set(err, ERR_NEWER,
            "'%s' is a retriever of kind '%s', which this version does not know: use a newer one",
            name, rows->items[0].kind);
    rows_release(rows);
    return false;
}

/* The build that an embedder's name asks for is there. */
static bool build_exists(const Env *env, const char *name, Err *err)
{
    const char *at = strchr(name, '@');
    char *end = NULL;
    long long id = at ? strtoll(at + 1, &end, 10) : 0;
    if (id <= 0 || *end != '\0') return true;
    bool of_kind = false;
    for (size_t i = 0; i < EMBEDDER_COUNT; i++) {
        size_t size = strlen(EMBEDDERS[i]->kind);
        of_kind |= size == (size_t)(at - name) && memcmp(EMBEDDERS[i]->kind, name, size) == 0;
    }
    BuildRow build;
    return !of_kind || build_get(env->store, id, &build, err);
}

typedef struct Parts {
    VEC(char *) names; /* owned */
} Parts;

static void parts_release(Parts *p)
{
    for (size_t i = 0; i < p->names.count; i++) free(p->names.items[i]);
    vec_release(&p->names);
}

/* Takes a fusion's name apart at each '+', blanks around the parts left out. */
static bool take_apart(const char *name, Parts *ret, Err *err)
{
    for (const char *at = name;; at++) {
        at += strspn(at, " ");
        size_t size = strcspn(at, "+");
        const char *next = at + size;
        while (size > 0 && at[size - 1] == ' ') size--;
        if (size == 0)
            return err_set(err, ERR_USAGE, "'%s' has an empty part: write it as A+B", name);
        if (ret->names.count == FUSION_PARTS)
            return err_set(err, ERR_USAGE, "'%s' fuses more than %d retrievers", name,
                           FUSION_PARTS);
        vec_push(&ret->names, mem_strndup(at, size));
        if (*next == '\0') return true;
        at = next;
    }
}

/* The parts of a name: itself where something has it as it is written, else what it fuses. */
static bool parse_name(const Env *env, const char *name, Parts *ret, Err *err)
{
    const RetrieverKind *kind = NULL;
    RetrieverRows rows = {0};
    if (!find_single(env, name, &kind, &rows, err)) return false;
    rows_release(&rows);
    if (kind) {
        vec_push(&ret->names, mem_strdup(name));
        return true;
    }
    if (strchr(name, '|'))
        return err_set(err, ERR_USAGE,
                       "'%s': no rerankers are built in, leave out '|' and what follows it", name);
    if (*name == '\0') return err_set(err, ERR_USAGE, "the name of a retriever is empty");
    return take_apart(name, ret, err);
}

bool retriever_exists(const Env *env, const char *name, Err *err)
{
    Parts parts = {0};
    bool ok = parse_name(env, name, &parts, err);
    for (size_t i = 0; ok && i < parts.names.count; i++) {
        const RetrieverKind *kind = NULL;
        RetrieverRows rows = {0};
        ok = find_single(env, parts.names.items[i], &kind, &rows, err);
        rows_release(&rows);
        if (ok && !kind) ok = missing(env, parts.names.items[i], err);
        if (ok && kind == &EMBEDDER_KIND) ok = build_exists(env, parts.names.items[i], err);
    }
    parts_release(&parts);
    return ok;
}

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
    vec_release(&s->retrievers);
    vec_release(&s->spaces);
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

static Retriever *retriever_new(RetrieverSet *s, const char *name)
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
    if (!find_single(&s->env, name, &kind, &rows, err)) return false;
    if (!kind) return missing(&s->env, name, err);
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

static bool open_fusion(RetrieverSet *s, const char *name, const Parts *parts, Retriever **ret,
                        Err *err)
{
    Retriever *r = retriever_new(s, name), *part = NULL;
    HashBuilder *b = hash_begin();
    hash_add_text(b, "fusion");
    bool ok = true;
    for (size_t i = 0; ok && i < parts->names.count; i++) {
        ok = open_single(s, parts->names.items[i], &part, err);
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

static bool open_named(RetrieverSet *s, const char *name, Retriever **ret, Err *err)
{
    if ((*ret = find_open(s, name))) return true;
    Parts parts = {0};
    bool ok = parse_name(&s->env, name, &parts, err);
    if (ok && parts.names.count == 1)
        ok = open_single(s, parts.names.items[0], ret, err);
    else if (ok)
        ok = open_fusion(s, name, &parts, ret, err);
    parts_release(&parts);
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
