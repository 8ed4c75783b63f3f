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

static bool copy_files(const Paths *files, const char *from, const char *to, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < files->count; i++) {
        const char *name = files->items[i] + strlen(from);
        name += strspn(name, "/");
        if (strcmp(name, CARD_FILE) == 0) continue; /* of the model that it was made from */
        char *target = str_format("%s/%s", to, name);
        char *folder = mem_strndup(target, (size_t)(file_name(target) - target));
        ok = file_make_folder(folder, err) && file_copy(files->items[i], target, err);
        free(folder);
        free(target);
    }
    return ok;
}

static bool encoder_folder_write(const Env *env, const RetrieverRow *row, const char *folder,
                                 Err *err)
{
    char *source = NULL, *path = str_format("%s/" CARD_FILE, folder);
    Paths files = {0};
    Str card = {0};
    bool ok = model_source(env, row, &source, err) &&
              (file_walk(source, &files, NULL, err) || err_prefix(err, "%s", row->name)) &&
              model_card(env, row, &card, err) && copy_files(&files, source, folder, err) &&
              file_write(path, str_get(&card), card.size, err);
    str_release(&card);
    file_paths_release(&files);
    free(source);
    free(path);
    return ok;
}

/* ---- kinds ---- */

typedef struct FolderKind {
    const char *kind;         /* of the retriever's row */
    const char *const *files; /* that an earlier export may have left; ends with NULL */
    bool (*write)(const Env *env, const RetrieverRow *row, const char *folder, Err *err);
} FolderKind;

static const char *const ADAPTER_FILES[] = {"config.json", "pytorch_model.bin", NULL};
static const char *const ENCODER_FILES[] = {"config.json",
                                            "modules.json",
                                            "config_sentence_transformers.json",
                                            "sentence_bert_config.json",
                                            "model.safetensors",
                                            "tokenizer.json",
                                            "tokenizer_config.json",
                                            "special_tokens_map.json",
                                            "vocab.txt",
                                            "vocab.json",
                                            "merges.txt",
                                            "added_tokens.json",
                                            "sentencepiece.bpe.model",
                                            CARD_FILE,
                                            NULL};

static const FolderKind KINDS[] = {
    {"adapter", ADAPTER_FILES, adapter_folder_write},
    {"encoder", ENCODER_FILES, encoder_folder_write},
    {"reranker", ENCODER_FILES, encoder_folder_write},
};

static bool may_be_there(const FolderKind *kind, const char *name)
{
    if (name[0] == '.' && (name[1] == '\0' || strcmp(name, "..") == 0)) return true;
    for (size_t i = 0; kind->files[i]; i++)
        if (strcmp(name, kind->files[i]) == 0) return true;
    /* 1_Pooling and the like */
    return kind->files == ENCODER_FILES && *name >= '0' && *name <= '9' && strchr(name, '_');
}

/* A folder of somebody else is left alone. */
static bool check_folder(const FolderKind *kind, const char *folder, Err *err)
{
    if (access(folder, F_OK) != 0) return file_make_folder(folder, err);
    DIR *dir = opendir(folder);
    if (!dir) return err_set(err, ERR_IO, "%s: cannot be looked into: %s", folder, strerror(errno));
    bool ok = true;
    for (struct dirent *e; ok && (e = readdir(dir));) {
        if (may_be_there(kind, e->d_name)) continue;
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
    ok = kind && check_folder(kind, folder, err) && kind->write(env, &rows.items[0], folder, err);
    rows_release(&rows);
    return ok;
}
