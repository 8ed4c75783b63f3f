/* Names of retrievers: what has one, and how a name of several parts is taken apart. */
#include <stdlib.h>
#include <string.h>

#include "model/bert_names.h"
#include "model/model_folder.h"
#include "retrieve/retriever_parts.h"
#include "store/runs.h"
#include "store/vectors.h"

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
    for (size_t i = 0; i < rows.count; i++) /* rerankers are no retrievers by themselves */
        if (find_kind(rows.items[i].kind, false)) vec_push(ret, mem_strdup(rows.items[i].name));
    rows_release(&rows);
    return add_models(env, ret, err);
}

bool retriever_missing(const Env *env, const char *name, Err *err)
{
    Names names = {0};
    if (!retriever_names(env, &names, err)) return false;
    Str list = {0};
    for (size_t i = 0; i < names.count && i < NAMES_SHOWN; i++)
        str_addf(&list, "%s%s", i ? ", " : "", names.items[i]);
    if (names.count > NAMES_SHOWN) str_addf(&list, " and %zu more", names.count - NAMES_SHOWN);
    err_set(err, ERR_MISSING,
            "there is no retriever called '%s': use one of %s, several joined by '+', or "
            "A|R with a reranker R",
            name, str_get(&list));
    str_release(&list);
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    vec_release(&names);
    return false;
}

bool retriever_find_single(const Env *env, const char *name, const RetrieverKind **ret,
                           RetrieverRows *rows, Err *err)
{
    *ret = find_kind(name, true);
    if (*ret) return true;
    if (!retriever_find(env->store, name, rows, err)) return false;
    if (rows->count == 0) {
        if (embedder_claimed(env, name)) *ret = &EMBEDDER_KIND;
        return true;
    }
    const char *kind = rows->items[0].kind;
    *ret = find_kind(kind, false);
    if (*ret) return true;
    if (strcmp(kind, RERANKER_KIND) == 0)
        err_set(err, ERR_USAGE, "'%s' is a reranker: use it behind a retriever, as 'bm25|%s'", name,
                name);
    else
        err_set(err, ERR_NEWER,
                "'%s' is a retriever of kind '%s', which this version does not know: use a newer "
                "one",
                name, kind);
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

void parsed_release(ParsedName *p)
{
    for (size_t i = 0; i < p->parts.count; i++) free(p->parts.items[i]);
    vec_release(&p->parts);
    free(p->base);
    free(p->reranker);
    *p = (ParsedName){0};
}

/* Without the blanks around it. */
static char *trimmed(const char *at, size_t size)
{
    while (size > 0 && *at == ' ') at++, size--;
    while (size > 0 && at[size - 1] == ' ') size--;
    return mem_strndup(at, size);
}

/* Takes a fusion's name apart at each '+'. */
static bool take_apart(const char *name, ParsedName *ret, Err *err)
{
    for (const char *at = name;; at++) {
        size_t size = strcspn(at, "+");
        char *part = trimmed(at, size);
        vec_push(&ret->parts, part);
        if (!*part) return err_set(err, ERR_USAGE, "'%s' has an empty part: write it as A+B", name);
        if (ret->parts.count > FUSION_PARTS)
            return err_set(err, ERR_USAGE, "'%s' fuses more than %d retrievers", name,
                           FUSION_PARTS);
        at += size;
        if (*at == '\0') return true;
    }
}

/* *ret_single: something has the name as it is written. */
static bool is_single(const Env *env, const char *name, bool *ret_single, Err *err)
{
    const RetrieverKind *kind = NULL;
    RetrieverRows rows = {0};
    if (!retriever_find_single(env, name, &kind, &rows, err)) return false;
    rows_release(&rows);
    *ret_single = kind != NULL;
    return true;
}

static bool parse_base(const Env *env, ParsedName *ret, Err *err)
{
    bool single = false;
    if (!is_single(env, ret->base, &single, err)) return false;
    if (!single) return take_apart(ret->base, ret, err);
    vec_push(&ret->parts, mem_strdup(ret->base));
    return true;
}

bool retriever_parse(const Env *env, const char *name, ParsedName *ret, Err *err)
{
    bool single = false;
    if (*name == '\0') return err_set(err, ERR_USAGE, "the name of a retriever is empty");
    if (!is_single(env, name, &single, err)) return false;
    const char *bar = single ? NULL : strchr(name, '|');
    ret->base = trimmed(name, bar ? (size_t)(bar - name) : strlen(name));
    if (bar) ret->reranker = trimmed(bar + 1, strlen(bar + 1));
    if (bar && (!*ret->base || !*ret->reranker))
        return err_set(err, ERR_USAGE, "'%s' has an empty part: write it as A|R", name);
    return parse_base(env, ret, err);
}

static bool part_exists(const Env *env, const char *name, Err *err)
{
    const RetrieverKind *kind = NULL;
    RetrieverRows rows = {0};
    bool ok = retriever_find_single(env, name, &kind, &rows, err);
    rows_release(&rows);
    if (ok && !kind) return retriever_missing(env, name, err);
    if (!ok || kind != &EMBEDDER_KIND) return ok;
    if (reranker_is(env, name))
        return err_set(err, ERR_USAGE,
                       "'%s' is a reranker: use it behind a retriever, as 'bm25|%s'", name, name);
    return build_exists(env, name, err);
}

bool retriever_exists(const Env *env, const char *name, Err *err)
{
    ParsedName parsed = {0};
    bool ok = retriever_parse(env, name, &parsed, err);
    for (size_t i = 0; ok && i < parsed.parts.count; i++)
        ok = part_exists(env, parsed.parts.items[i], err);
    ok = ok && (!parsed.reranker || reranker_exists(env, parsed.reranker, err));
    parsed_release(&parsed);
    return ok;
}
