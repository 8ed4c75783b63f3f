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

static bool read_texts(QuestionSet *s, const cJSON *part_, bool questions, Split split, Err *err)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, part_)
    {
        if (!cJSON_IsString(item)) {
            return err_set(err, ERR_FORMAT, "the text of \"%s\" in \"%s\" is not a string",
                           item->string, questions ? "queries" : "corpus");
        }
        size_t before = questions ? s->questions.count : s->chunks.count;
        uint32_t at =
            questions ? set_question(s, "queries", item->string, item->valuestring, split, err)
                      : set_chunk(s, "corpus", item->string, NULL, item->valuestring, split, err);
        if (at == SET_BROKEN) return false;
        if (at != SET_NONE && at != before) {
            return err_set(err, ERR_FORMAT, "the id \"%s\" stands twice in \"%s\"", item->string,
                           questions ? "queries" : "corpus");
        }
    }
    return true;
}

static uint32_t find(const Map *keys, const char *key)
{
    char *id = str_format("k%s", key);
    uint32_t at = map_get(keys, id, strlen(id));
    free(id);
    return at;
}

/* An id that is in no list is refused; one whose text was left out as blank is passed over. */
static bool find_or_refuse(const Map *keys, const cJSON *all, const char *kind, const char *key,
                           const char *of, uint32_t *ret, Err *err)
{
    *ret = find(keys, key);
    if (*ret != MAP_NONE || set_member(all, key)) return true;
    return err_set(err, ERR_FORMAT,
                   "\"relevant_docs\" of '%s' names the %s '%s', which is not there", of, kind,
                   key);
}

static bool read_links(QuestionSet *s, const cJSON *root, Err *err)
{
    const cJSON *links = set_member(root, "relevant_docs"), *queries = set_member(root, "queries"),
                *corpus = set_member(root, "corpus"), *item, *id;
    cJSON_ArrayForEach(item, links)
    {
        uint32_t q, c;
        if (!find_or_refuse(s->question_keys, queries, "question", item->string, item->string, &q,
                            err))
            return false;
        if (!cJSON_IsArray(item))
            return err_set(err, ERR_FORMAT, "\"relevant_docs\" of '%s' is not a list of ids",
                           item->string);
        cJSON_ArrayForEach(id, item)
        {
            char scratch[32];
            const char *key = set_text(id, scratch);
            if (!key)
                return err_set(err, ERR_FORMAT,
                               "\"relevant_docs\" of '%s' holds something that is no id",
                               item->string);
            if (!find_or_refuse(s->chunk_keys, corpus, "chunk", key, item->string, &c, err))
                return false;
            set_link(s, q == MAP_NONE ? SET_NONE : q, c == MAP_NONE ? SET_NONE : c);
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
                *corpus = queries ? part(root, "corpus", err) : NULL;
    bool ok = corpus && part(root, "relevant_docs", err) &&
              read_texts(s, corpus, false, split, err) &&
              read_texts(s, queries, true, split, err) && read_links(s, root, err);
    cJSON_Delete(root);
    return ok;
}

bool write_llamaindex(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    char scratch[32], other[32];
    cJSON *root = cJSON_CreateObject();
    cJSON *queries = cJSON_AddObjectToObject(root, "queries"),
          *corpus = cJSON_AddObjectToObject(root, "corpus");
    cJSON *links = cJSON_AddObjectToObject(root, "relevant_docs");
    cJSON_AddStringToObject(root, "mode", "text");
    for (uint32_t c = 0; c < p.data.chunks.count; c++)
        cJSON_AddStringToObject(corpus, out_chunk_key(&p, c, scratch), out_chunk(&p, c)->text);
    for (size_t q = 0; q < p.data.questions.count; q++) {
        const char *key = out_question_key(&p, q, scratch);
        cJSON_AddStringToObject(queries, key, p.data.questions.items[q].text);
        cJSON *list = cJSON_AddArrayToObject(links, key);
        for (size_t j = p.data.positive_offset[q]; j < p.data.positive_offset[q + 1]; j++) {
            cJSON_AddItemToArray(list,
                                 cJSON_CreateString(out_chunk_key(&p, p.data.positive[j], other)));
        }
    }
    Str out = {0};
    out_json_line(&out, root);
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}
