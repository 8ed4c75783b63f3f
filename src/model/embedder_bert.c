/* Model folders as embedders. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/bert_names.h"
#include "model/embedder_bert.h"
#include "model/model_named.h"
#include "model/sentence.h"

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

/* ---- opening ---- */

bool bert_folder(const Env *env, const char *name, ModelFolder *ret, Hash *ret_fingerprint,
                 Err *err)
{
    Str path = {0};
    ModelFolder f = {0};
    bool ok = model_locate(env, name, &path) ||
              err_set(err, ERR_MISSING, "%s: there is no such model folder", name);
    ok = ok && model_folder_read(path.data, &f, err) && model_set_by_project(env, name, &f, err) &&
         model_fingerprint(env, BERT_OPS.kind, &f, ret_fingerprint, err);
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
    ok = ok && model_set_by_project(env, name, f, err) &&
         (!env->store || model_fingerprint(env, BERT_OPS.kind, f, &e->base.fingerprint, err));
    if (!ok) {
        sentence_close(e->sentence);
        free(e);
        return false;
    }
    e->base.dims = f->dims;
    e->base.batch_bytes = model_batch_bytes(&f->shape);
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
