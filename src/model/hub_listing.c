/* Which files a model has, and which of them are wanted. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/hub_parts.h"

#define FILES_MOST 4096
#define PATH_MOST 200

/* Relative, of plain letters, no part that begins with a dot: it can only name something below. */
static bool path_safe(const char *path)
{
    size_t n = strlen(path);
    if (n == 0 || n > PATH_MOST) return false;
    for (const char *part = path;; part++) {
        size_t size = strcspn(part, "/");
        if (size == 0 || *part == '.') return false;
        for (size_t i = 0; i < size; i++) {
            if (!isalnum((unsigned char)part[i]) && !strchr("._-+", part[i])) return false;
        }
        part += size;
        if (*part == '\0') return true;
    }
}

static bool hex_tag(const char *text, size_t digits)
{
    return text && strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static bool is_weights(const char *path, const char *stem, const char *ending)
{
    size_t n = strlen(stem);
    return strncmp(path, stem, n) == 0 && str_ends(path, ending) && !strchr(path, '/');
}

static bool is_small(const char *path)
{
    static const char *const NAMES[] = {"config.json",
                                        "modules.json",
                                        "config_sentence_transformers.json",
                                        "tokenizer.json",
                                        "vocab.txt",
                                        "sentence_bert_config.json",
                                        "vocab.json",
                                        "merges.txt",
                                        "tokenizer_config.json",
                                        "added_tokens.json",
                                        "README.md",
                                        "special_tokens_map.json",
                                        "sentencepiece.bpe.model",
                                        "spiece.model"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(path, NAMES[i]) == 0) return true;
    return false;
}

/* A module's own folder: 1_Pooling/config.json, 2_Dense/model.safetensors … */
static bool is_module(const char *path)
{
    const char *slash = strchr(path, '/');
    if (!slash || strchr(slash + 1, '/') || !isdigit((unsigned char)*path)) return false;
    return strcmp(slash, "/config.json") == 0 || strcmp(slash, "/model.safetensors") == 0 ||
           strcmp(slash, "/pytorch_model.bin") == 0;
}

typedef struct Found {
    bool safetensors, bin, config;
} Found;

static bool wanted(const char *path, Found found)
{
    if (is_small(path) || is_module(path)) return true;
    if (is_weights(path, "model", ".safetensors") ||
        strcmp(path, "model.safetensors.index.json") == 0)
        return true;
    return !found.safetensors && (is_weights(path, "pytorch_model", ".bin") ||
                                  strcmp(path, "pytorch_model.bin.index.json") == 0);
}

static bool take_file(const cJSON *j, const char *id, HubListing *l, Err *err)
{
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItem(j, "rfilename"));
    const cJSON *lfs = cJSON_GetObjectItem(j, "lfs");
    const char *sha256 = cJSON_GetStringValue(cJSON_GetObjectItem(lfs, "sha256"));
    const char *blob = cJSON_GetStringValue(cJSON_GetObjectItem(j, "blobId"));
    double size = cJSON_GetNumberValue(cJSON_GetObjectItem(lfs ? lfs : j, "size"));
    HubFile file = {.kind = sha256 ? DIGEST_SHA256 : DIGEST_GIT_BLOB};
    const char *tag = sha256 ? sha256 : blob;
    if (!hex_tag(tag, sha256 ? 64 : 40) || !(size >= 0 && size < 1e15))
        return err_set(err, ERR_FORMAT,
                       "%s: the server does not say size and digest of '%.80s': is HF_ENDPOINT a "
                       "mirror of the Hub?",
                       id, path);
    snprintf(file.tag, sizeof file.tag, "%s", tag);
    file.size = (uint64_t)size;
    file.path = mem_strdup(path);
    vec_push(&l->files, file);
    return true;
}

static Found look(const cJSON *siblings)
{
    Found found = {0};
    const cJSON *j;
    cJSON_ArrayForEach(j, siblings)
    {
        const char *path = cJSON_GetStringValue(cJSON_GetObjectItem(j, "rfilename"));
        if (!path || !path_safe(path)) continue;
        found.safetensors |= is_weights(path, "model", ".safetensors");
        found.bin |= is_weights(path, "pytorch_model", ".bin");
        found.config |= strcmp(path, "config.json") == 0;
    }
    return found;
}

bool hub_listing_parse(const char *json, size_t size, const char *id, HubListing *ret, Err *err)
{
    HubListing l = {0};
    cJSON *j = cJSON_ParseWithLength(json, size);
    const cJSON *siblings = cJSON_GetObjectItem(j, "siblings"), *file;
    const char *commit = cJSON_GetStringValue(cJSON_GetObjectItem(j, "sha"));
    bool ok = hex_tag(commit, 40) && cJSON_IsArray(siblings);
    if (!ok)
        err_set(
            err, ERR_FORMAT,
            "%s: the server's answer is no listing of a model: is HF_ENDPOINT a mirror of the Hub?",
            id);
    Found found = ok ? look(siblings) : (Found){0};
    if (ok && (!found.config || !(found.safetensors || found.bin)))
        ok = err_set(err, ERR_FORMAT, "%s: it has no %s: it cannot be used here", id,
                     found.config ? "model.safetensors and no pytorch_model.bin" : "config.json");
    if (ok) snprintf(l.commit, sizeof l.commit, "%s", commit);
    cJSON_ArrayForEach(file, siblings)
    {
        const char *path = cJSON_GetStringValue(cJSON_GetObjectItem(file, "rfilename"));
        if (!ok) break;
        if (!path || !path_safe(path) || !wanted(path, found)) continue;
        ok = take_file(file, id, &l, err);
        if (ok && l.files.count > FILES_MOST)
            ok = err_set(err, ERR_LIMIT, "%s: too many files", id);
    }
    cJSON_Delete(j);
    if (ok)
        *ret = l;
    else
        hub_listing_release(&l);
    return ok;
}

void hub_listing_release(HubListing *l)
{
    for (size_t i = 0; i < l->files.count; i++) free(l->files.items[i].path);
    vec_release(&l->files);
}
