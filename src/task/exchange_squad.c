/* SQuAD-style: data[].paragraphs[].{context, qas[].question}. */
#include <stdlib.h>
#include <string.h>

#include "task/exchange_set.h"

static const cJSON *list(const char *where, const cJSON *object, const char *name, Err *err)
{
    const cJSON *l = set_member(object, name);
    if (cJSON_IsArray(l)) return l;
    err_set(err, ERR_FORMAT, "%s: there is no list \"%s\"", where, name);
    return NULL;
}

static bool read_paragraph(QuestionSet *s, const char *where, const cJSON *paragraph,
                           const char *title, Split split, Err *err)
{
    const cJSON *context = set_member(paragraph, "context"),
                *qas = list(where, paragraph, "qas", err), *qa;
    if (!qas) return false;
    if (!cJSON_IsString(context))
        return err_set(err, ERR_FORMAT, "%s: there is no \"context\" string", where);
    uint32_t chunk = set_chunk(s, where, NULL, title, context->valuestring, split, err);
    if (chunk == SET_BROKEN) return false;
    cJSON_ArrayForEach(qa, qas)
    {
        const cJSON *text = set_member(qa, "question");
        char scratch[32];
        if (!cJSON_IsString(text))
            return err_set(err, ERR_FORMAT, "%s: an entry of \"qas\" has no \"question\" string",
                           where);
        uint32_t q = set_question(s, where, set_text(set_member(qa, "id"), scratch),
                                  text->valuestring, split, err);
        if (q == SET_BROKEN) return false;
        set_link(s, q, chunk);
    }
    return true;
}

bool read_squad(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    (void)env;
    Str text = {0};
    cJSON *root =
        set_read(path, &text, err) ? set_json(path, str_get(&text), text.size, err) : NULL;
    str_release(&text);
    if (!root) return false;
    const cJSON *data = list("the file", root, "data", err), *article, *paragraph;
    bool ok = data != NULL;
    size_t a = 0;
    cJSON_ArrayForEach(article, data)
    {
        char where[320];
        snprintf(where, sizeof where, "data[%zu]", a++);
        const cJSON *paragraphs = ok ? list(where, article, "paragraphs", err) : NULL;
        ok = paragraphs != NULL;
        cJSON_ArrayForEach(paragraph, paragraphs)
        {
            ok = ok &&
                 read_paragraph(s, where, paragraph,
                                cJSON_GetStringValue(set_member(article, "title")), split, err);
        }
        if (!ok) break;
    }
    cJSON_Delete(root);
    return ok;
}

bool write_squad(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "version", "v1.0");
    cJSON *data = cJSON_AddArrayToObject(root, "data");
    cJSON **qas = mem_zero(p.data.chunks.count + 1, sizeof *qas);
    for (uint32_t c = 0; c < p.data.chunks.count; c++) {
        const ChunkRow *chunk = out_chunk(&p, c);
        cJSON *article = cJSON_CreateObject(), *paragraph = cJSON_CreateObject();
        cJSON_AddItemToArray(data, article);
        if (chunk->own_title) cJSON_AddStringToObject(article, "title", chunk->own_title);
        cJSON_AddItemToArray(cJSON_AddArrayToObject(article, "paragraphs"), paragraph);
        cJSON_AddStringToObject(paragraph, "context", chunk->text);
        qas[c] = cJSON_AddArrayToObject(paragraph, "qas");
    }
    for (size_t q = 0; q < p.data.questions.count; q++) {
        for (size_t j = p.data.positive_offset[q]; j < p.data.positive_offset[q + 1]; j++) {
            char scratch[32];
            cJSON *qa = cJSON_CreateObject();
            cJSON_AddStringToObject(qa, "id", out_question_key(&p, q, scratch));
            cJSON_AddStringToObject(qa, "question", p.data.questions.items[q].text);
            cJSON_AddItemToArray(qas[p.data.positive[j]], qa);
        }
    }
    Str out = {0};
    out_json_line(&out, root);
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    free(qas);
    out_release(&p);
    return ok;
}
