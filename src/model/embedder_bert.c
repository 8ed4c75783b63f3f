/* Model folders as embedders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "model/bert_names.h"
#include "model/embedder_bert.h"
#include "model/sentence.h"
#include "store/vectors.h"

#define BATCH_OPERATIONS 1e12 /* multiplications and additions */
#define TOKEN_BYTES 4

typedef struct BertEmbedder {
    Embedder base;
    Sentence *sentence;
} BertEmbedder;

static bool claims(const Env *env, const char *name)
{
    Str folder = {0};
    bool found = model_locate(env, name, &folder);
    str_release(&folder);
    return found;
}

/* ---- the fingerprint ---- */

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

static bool fingerprint(const Env *env, const ModelFolder *f, Hash *ret, Err *err)
{
    Paths files = {0};
    if (!file_walk(f->path, &files, NULL, err)) return false;
    bool ok = true, safetensors = false;
    for (size_t i = 0; i < files.count; i++)
        safetensors |= str_ends(files.items[i], "model.safetensors");
    HashBuilder *b = hash_begin();
    hash_add_text(b, "bert");
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

/* ---- opening ---- */

/* What the project says about a model beside what its folder does. */
static bool set_by_project(const Env *env, const char *name, ModelFolder *f, Err *err)
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

/* Texts of some seconds of work: what a stopped embedding loses at most. */
static size_t batch_bytes(const EncoderShape *s)
{
    double per_token = 4.0 * (double)s->L * (double)s->D * (2.0 * (double)s->D + (double)s->F);
    double tokens = BATCH_OPERATIONS / per_token;
    return (size_t)(tokens * TOKEN_BYTES) + 1;
}

bool bert_folder(const Env *env, const char *name, ModelFolder *ret, Hash *ret_fingerprint,
                 Err *err)
{
    Str path = {0};
    ModelFolder f = {0};
    bool ok = model_locate(env, name, &path) ||
              err_set(err, ERR_MISSING, "%s: there is no such model folder", name);
    ok = ok && model_folder_read(path.data, &f, err) && set_by_project(env, name, &f, err) &&
         fingerprint(env, &f, ret_fingerprint, err);
    str_release(&path);
    if (ok)
        *ret = f;
    else
        model_folder_release(&f);
    return ok;
}

static bool open_bert(const Env *env, const char *name, Embedder **ret, Err *err)
{
    Str folder = {0};
    if (strlen(name) >= EMBEDDER_NAME_SIZE)
        return err_set(err, ERR_LIMIT, "%s: the path is too long", name);
    if (!model_locate(env, name, &folder)) {
        str_release(&folder);
        return err_set(err, ERR_MISSING, "%s: there is no such model folder", name);
    }
    BertEmbedder *e = mem_zero(1, sizeof *e);
    e->base.ops = &BERT_OPS;
    snprintf(e->base.name, sizeof e->base.name, "%s", name);
    bool ok = sentence_open(folder.data, env->pool, &e->sentence, err);
    str_release(&folder);
    ModelFolder *f = ok ? sentence_folder(e->sentence) : NULL;
    ok = ok && set_by_project(env, name, f, err) &&
         (!env->store || fingerprint(env, f, &e->base.fingerprint, err));
    if (!ok) {
        sentence_close(e->sentence);
        free(e);
        return false;
    }
    e->base.dims = f->dims;
    e->base.batch_bytes = batch_bytes(&f->shape);
    *ret = &e->base;
    return true;
}

static bool embed(const Embedder *base, Pool *pool, Role role, const char *const *texts,
                  size_t count, float *out, const Cancel *cancel, Progress *progress, Err *err)
{
    const BertEmbedder *e = (const BertEmbedder *)base;
    return sentence_embed(e->sentence, pool, role, texts, count, out, cancel, progress, err);
}

static size_t bytes(const Embedder *base, size_t *ret_opening)
{
    return sentence_bytes(((const BertEmbedder *)base)->sentence, ret_opening);
}

static void close_bert(Embedder *base)
{
    BertEmbedder *e = (BertEmbedder *)base;
    sentence_close(e->sentence);
    free(e);
}

Sentence *bert_sentence(const Embedder *e)
{
    return e->ops == &BERT_OPS ? ((const BertEmbedder *)e)->sentence : NULL;
}

const EmbedderOps BERT_OPS = {
    .kind = "bert",
    .describes =
        "a model folder: its path, its name on the Hub (hone pull), or what model.NAME says",
    .claims = claims,
    .open = open_bert,
    .embed = embed,
    .bytes = bytes,
    .close = close_bert,
};
