/* LlamaIndex's EmbeddingQAFinetuneDataset: {"queries": {id: text}, "corpus": {id: text},
 * "relevant_docs": {id: [ids]}, "mode": "text"}. */
#include <stdlib.h>
#include <string.h>

#include "task/exchange_set.h"

static const cJSON *part(const cJSON *root, const char *name, Err *err)
{
    const cJSON *p = set_member(root, name);
    if (cJSON_IsObject(p)) return p;
    err_set(err, ERR_FORMAT, "\"%s\" is not an object of ids", name);
    return NULL;
}

/* Ids are keys of an object: each stands there once. */
static bool read_texts(QuestionSet *s, const cJSON *texts, bool questions, Split split, Err *err)
{
    const char *name = questions ? "queries" : "corpus";
    for (const cJSON *item = texts->child; item; item = item->next) {
        if (!cJSON_IsString(item))
            return err_set(err, ERR_FORMAT, "the text of '%.200s' in \"%s\" is not a string",
                           item->string, name);
        uint32_t before =
            questions ? set_find_question(s, item->string) : set_find_chunk(s, item->string);
        if (before != MAP_NONE)
            return err_set(err, ERR_FORMAT, "the id '%.200s' stands twice in \"%s\"", item->string,
                           name);
        uint32_t at = questions
                          ? set_question(s, name, item->string, item->valuestring, split, err)
                          : set_chunk(s, name, item->string, NULL, item->valuestring, split, err);
        if (at == SET_BROKEN) return false;
    }
    return true;
}

static bool not_there(const char *of, const char *kind, const char *key, Err *err)
{
    return err_set(err, ERR_FORMAT,
                   "\"relevant_docs\" of '%.200s' names the %s '%.200s', which is not there", of,
                   kind, key);
}

static bool read_links(QuestionSet *s, const cJSON *links, Err *err)
{
    for (const cJSON *item = links->child; item; item = item->next) {
        uint32_t q = set_find_question(s, item->string);
        if (q == MAP_NONE) return not_there(item->string, "question", item->string, err);
        if (!cJSON_IsArray(item))
            return err_set(err, ERR_FORMAT, "\"relevant_docs\" of '%.200s' is not a list of ids",
                           item->string);
        for (const cJSON *id = item->child; id; id = id->next) {
            char scratch[32];
            const char *key = set_text(id, scratch);
            if (!key)
                return err_set(err, ERR_FORMAT,
                               "\"relevant_docs\" of '%.200s' holds something that is no id",
                               item->string);
            uint32_t c = set_find_chunk(s, key);
            if (c == MAP_NONE) return not_there(item->string, "chunk", key, err);
            set_link(s, q, c);
        }
    }
    return true;
}

bool read_llamaindex(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    (void)env;
    Str text = {0};
    cJSON *root =
        set_read(path, &text, err) ? set_json(path, str_get(&text), text.size, err) : NULL;
    str_release(&text);
    if (!root) return false;
    const cJSON *queries = part(root, "queries", err),
                *corpus = queries ? part(root, "corpus", err) : NULL,
                *links = corpus ? part(root, "relevant_docs", err) : NULL;
    bool ok = links && read_texts(s, corpus, false, split, err) &&
              read_texts(s, queries, true, split, err) && read_links(s, links, err);
    cJSON_Delete(root);
    return ok;
}

bool write_llamaindex(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    cJSON *root = cJSON_CreateObject();
    cJSON *queries = cJSON_AddObjectToObject(root, "queries"),
          *corpus = cJSON_AddObjectToObject(root, "corpus");
    cJSON *links = cJSON_AddObjectToObject(root, "relevant_docs");
    cJSON_AddStringToObject(root, "mode", "text");
    for (uint32_t c = 0; c < p.data.chunks.count; c++)
        cJSON_AddStringToObject(corpus, p.chunk_key[c], out_chunk(&p, c)->text);
    for (size_t q = 0; q < p.data.questions.count; q++) {
        const char *key = p.question_key[q];
        cJSON_AddStringToObject(queries, key, p.data.questions.items[q].text);
        cJSON *list = cJSON_AddArrayToObject(links, key);
        for (size_t j = p.data.positive_offset[q]; j < p.data.positive_offset[q + 1]; j++) {
            cJSON_AddItemToArray(list, cJSON_CreateString(p.chunk_key[p.data.positive[j]]));
        }
    }
    Str out = {0};
    out_json_line(&out, root);
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}
