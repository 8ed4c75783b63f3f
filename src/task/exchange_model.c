/* Trained retrievers as folders. One kind, one row of KINDS. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/runs.h"
#include "task/exchange.h"
#include "task/exchange_folder.h"

#define CARD_FILE "README.md"

/* ---- encoders ---- */

/* Where the run left its model: beside the project, under the name that its retriever has. */
static bool model_source(const Env *env, const RetrieverRow *row, char **ret, Err *err)
{
    cJSON *j = cJSON_Parse(row->config);
    const char *folder = cJSON_GetStringValue(cJSON_GetObjectItem(j, "folder"));
    const char *project = store_path(env->store);
    bool ok = folder != NULL;
    if (!ok)
        err_set(err, ERR_DATABASE, "'%s' does not say where its model is: train it again",
                row->name);
    else if (*folder == '/')
        *ret = mem_strdup(folder);
    else
        *ret = str_format("%.*s%s", (int)(file_name(project) - project), project, folder);
    cJSON_Delete(j);
    return ok;
}

/* What stands in the model's folder, README.md, which is of the model that it was made from, left
 * out. */
static bool source_files(const Env *env, const RetrieverRow *row, char **ret_source, Paths *ret,
                         Err *err)
{
    if (!model_source(env, row, ret_source, err)) return false;
    if (!file_walk(*ret_source, ret, NULL, err)) return err_prefix(err, "%s", row->name);
    size_t kept = 0, size = strlen(*ret_source);
    for (size_t i = 0; i < ret->count; i++) {
        const char *name = ret->items[i] + size + strspn(ret->items[i] + size, "/");
        if (strcmp(name, CARD_FILE) == 0)
            free(ret->items[i]);
        else
            ret->items[kept++] = ret->items[i];
    }
    ret->count = kept;
    return true;
}

static bool encoder_folder_write(const Env *env, const RetrieverRow *row, const char *folder,
                                 Err *err)
{
    char *source = NULL, *path = str_format("%s/" CARD_FILE, folder);
    Paths files = {0};
    Str card = {0};
    bool ok = source_files(env, row, &source, &files, err) && model_card(env, row, &card, err);
    for (size_t i = 0; ok && i < files.count; i++) {
        char *target = str_format("%s%s", folder, files.items[i] + strlen(source));
        char *parent = mem_strndup(target, (size_t)(file_name(target) - target));
        ok = file_make_folder(parent, err) && file_copy(files.items[i], target, err);
        free(parent);
        free(target);
    }
    ok = ok && file_write(path, str_get(&card), card.size, err);
    str_release(&card);
    file_paths_release(&files);
    free(source);
    free(path);
    return ok;
}

/* The names at the top of what an export of the row writes; entries are the caller's. */
static bool encoder_names(const Env *env, const RetrieverRow *row, Paths *ret, Err *err)
{
    char *source = NULL;
    Paths files = {0};
    bool ok = source_files(env, row, &source, &files, err);
    for (size_t i = 0; ok && i < files.count; i++) {
        const char *name = files.items[i] + strlen(source);
        name += strspn(name, "/");
        vec_push(ret, mem_strndup(name, strcspn(name, "/")));
    }
    vec_push(ret, mem_strdup(CARD_FILE));
    file_paths_release(&files);
    free(source);
    return ok;
}

static bool adapter_names(const Env *env, const RetrieverRow *row, Paths *ret, Err *err)
{
    (void)env, (void)row, (void)err;
    vec_push(ret, mem_strdup("config.json"));
    vec_push(ret, mem_strdup("pytorch_model.bin"));
    return true;
}

/* ---- kinds ---- */

typedef struct FolderKind {
    const char *kind; /* of the retriever's row */
    bool (*names)(const Env *env, const RetrieverRow *row, Paths *ret, Err *err);
    bool (*write)(const Env *env, const RetrieverRow *row, const char *folder, Err *err);
} FolderKind;

static const FolderKind KINDS[] = {
    {"adapter", adapter_names, adapter_folder_write},
    {"encoder", encoder_names, encoder_folder_write},
    {"reranker", encoder_names, encoder_folder_write},
};

static bool may_be_there(const Paths *names, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return true;
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(name, names->items[i]) == 0) return true;
    return false;
}

/* A folder of somebody else is left alone: it may hold what the export itself writes. */
static bool check_folder(const Paths *names, const char *folder, Err *err)
{
    if (access(folder, F_OK) != 0) return file_make_folder(folder, err);
    DIR *dir = opendir(folder);
    if (!dir) return err_set(err, ERR_IO, "%s: cannot be looked into: %s", folder, strerror(errno));
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(dir));) {
        if (may_be_there(names, e->d_name)) continue;
        ok = err_set(err, ERR_CONFLICT,
                     "%s: the folder holds other files ('%.100s'): name an empty or a new one",
                     folder, e->d_name);
    }
    closedir(dir);
    return ok;
}

static const FolderKind *kind_of(const RetrieverRow *row, Err *err)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].kind, row->kind) == 0) return &KINDS[i];
    if (strcmp(row->kind, "baseline") == 0)
        err_set(err, ERR_USAGE,
                "'%s' gained nothing in its training and is the untrained retriever: there is "
                "nothing to export",
                row->name);
    else
        err_set(err, ERR_USAGE,
                "'%s' is a table of lsa, which no other program knows: adapters (--method linear, "
                "low-rank, two-layer) and encoders (full, lora) can be exported",
                row->name);
    return NULL;
}

bool export_model(const Env *env, const char *retriever, const char *folder, Err *err)
{
    RetrieverRows rows = {0};
    if (!retriever_find(env->store, retriever, &rows, err)) return false;
    bool ok = rows.count == 1 ||
              err_set(err, ERR_MISSING,
                      "there is no trained retriever called '%s': see `retrievers`", retriever);
    const FolderKind *kind = ok ? kind_of(&rows.items[0], err) : NULL;
    Paths names = {0};
    ok = kind && kind->names(env, &rows.items[0], &names, err) &&
         check_folder(&names, folder, err) && kind->write(env, &rows.items[0], folder, err);
    file_paths_release(&names);
    rows_release(&rows);
    return ok;
}
