#include "model/model_named.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "model/bert_names.h"
#include "model/ragged_run.h"
#include "store/vectors.h"

#define BATCH_OPERATIONS 1e12 /* multiplications and additions */
#define TOKEN_BYTES 4         /* of text, about */

/* Which files of a folder shape its vectors. */
static bool counts(const char *name, bool safetensors)
{
    if (strcmp(name, "README.md") == 0) return false;
    if (str_ends(name, ".bin")) return !safetensors;
    return str_ends(name, ".json") || str_ends(name, ".txt") || str_ends(name, ".safetensors");
}

/* The digest of a file, remembered in the project under what a changed file would not keep. */
static bool file_digest(const Env *env, const char *path, char out[DIGEST_HEX_SIZE], Err *err)
{
    struct stat st;
    if (stat(path, &st) != 0) return err_set(err, ERR_IO, "%s: cannot be read", path);
    int64_t seen[] = {(int64_t)st.st_size,         (int64_t)st.st_mtim.tv_sec,
                      (int64_t)st.st_mtim.tv_nsec, (int64_t)st.st_ino,
                      (int64_t)st.st_dev,          (int64_t)st.st_ctim.tv_sec,
                      (int64_t)st.st_ctim.tv_nsec};
    Hash state = hash_bytes(seen, sizeof seen);
    char *key = str_format("digest:%s", path);
    void *known = NULL;
    size_t size = 0;
    bool ok = cache_get(env->store, key, &state, &known, &size, err);
    if (ok && known && size == DIGEST_HEX_SIZE) {
        memcpy(out, known, size);
        out[DIGEST_HEX_SIZE - 1] = '\0';
    } else if (ok) {
        memset(out, 0, DIGEST_HEX_SIZE);
        ok = digest_file(path, DIGEST_SHA256, out, err) &&
             cache_put(env->store, key, &state, out, DIGEST_HEX_SIZE, err);
    }
    free(known);
    free(key);
    return ok;
}

bool model_fingerprint(const Env *env, const char *kind, const ModelFolder *f, Hash *ret, Err *err)
{
    Paths files = {0};
    if (!file_walk(f->path, &files, NULL, err)) return false;
    bool ok = true, safetensors = false;
    for (size_t i = 0; i < files.count; i++)
        safetensors |= str_ends(files.items[i], "model.safetensors");
    HashBuilder *b = hash_begin();
    hash_add_text(b, kind);
    hash_add_text(b, f->query_prompt);
    hash_add_text(b, f->passage_prompt);
    hash_add_i64(b, (int64_t)f->max_tokens);
    for (size_t i = 0; ok && i < files.count; i++) {
        const char *name = files.items[i] + strlen(f->path);
        char digest[DIGEST_HEX_SIZE];
        if (!counts(file_name(name), safetensors)) continue;
        ok = file_digest(env, files.items[i], digest, err);
        hash_add_text(b, name);
        if (ok) hash_add_text(b, digest);
    }
    *ret = hash_end(b);
    file_paths_release(&files);
    return ok;
}

bool model_set_by_project(const Env *env, const char *name, ModelFolder *f, Err *err)
{
    char *query = model_setting(env, name, "query_prompt"),
         *passage = model_setting(env, name, "passage_prompt"),
         *tokens = model_setting(env, name, "max_tokens");
    if (query) {
        free(f->query_prompt);
        f->query_prompt = query;
    }
    if (passage) {
        free(f->passage_prompt);
        f->passage_prompt = passage;
    }
    bool ok = true;
    if (tokens) {
        char *end;
        unsigned long long n = strtoull(tokens, &end, 10);
        ok = *tokens && !*end && n >= 3 && n <= encoder_longest(&f->shape);
        if (ok) f->max_tokens = (size_t)n;
        if (!ok)
            err_set(err, ERR_USAGE, "model.%s.max_tokens is '%s': the model takes 3 to %zu tokens",
                    name, tokens, encoder_longest(&f->shape));
    }
    free(tokens);
    return ok;
}

size_t model_batch_bytes(const EncoderShape *s)
{
    return (size_t)(BATCH_OPERATIONS / ragged_operations(s) * TOKEN_BYTES) + 1;
}
