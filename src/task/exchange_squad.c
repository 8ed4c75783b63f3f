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

/* The key of a paragraph: its id where it has one that was not there before, else its place. */
static const char *paragraph_key(const QuestionSet *s, const cJSON *paragraph, size_t article,
                                 size_t number, char place[64])
{
    const char *id = set_text(set_member(paragraph, "id"), place);
    if (id && *id && set_find_chunk(s, id) == MAP_NONE) return id;
    snprintf(place, 64, "%zu.%zu", article, number);
    return place;
}

static bool read_paragraph(QuestionSet *s, const char *where, const char *key,
                           const cJSON *paragraph, const char *title, Split split, Err *err)
{
    const cJSON *context = set_member(paragraph, "context"),
                *qas = list(where, paragraph, "qas", err);
    if (!qas) return false;
    if (!cJSON_IsString(context))
        return err_set(err, ERR_FORMAT, "%s: there is no \"context\" string", where);
    uint32_t chunk = set_chunk(s, where, key, title, context->valuestring, split, err);
    if (chunk == SET_BROKEN) return false;
    for (const cJSON *qa = qas->child; qa; qa = qa->next) {
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

static bool read_article(QuestionSet *s, size_t number, const cJSON *article, Split split, Err *err)
{
    char where[64], place[64];
    snprintf(where, sizeof where, "data[%zu]", number);
    const cJSON *paragraphs = list(where, article, "paragraphs", err);
    if (!paragraphs) return false;
    const char *title = cJSON_GetStringValue(set_member(article, "title"));
    size_t n = 0;
    for (const cJSON *p = paragraphs->child; p; p = p->next, n++) {
        snprintf(where, sizeof where, "data[%zu].paragraphs[%zu]", number, n);
        const char *key = paragraph_key(s, p, number, n, place);
        if (!read_paragraph(s, where, key, p, title, split, err)) return false;
    }
    return true;
}

bool read_squad(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    Str text = {0};
    cJSON *root =
        set_read(path, &text, err) ? set_json(path, str_get(&text), text.size, err) : NULL;
    str_release(&text);
    if (!root) return false;
    const cJSON *data = list("the file", root, "data", err), *article = data ? data->child : NULL;
    bool ok = data != NULL;
    for (size_t number = 0; ok && article; article = article->next, number++)
        ok = read_article(s, number, article, split, err) && cancel_check(env->cancel, err);
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
        cJSON_AddStringToObject(paragraph, "id", p.chunk_key[c]);
        cJSON_AddStringToObject(paragraph, "context", chunk->text);
        qas[c] = cJSON_AddArrayToObject(paragraph, "qas");
    }
    for (size_t q = 0; q < p.data.questions.count; q++) {
        for (size_t j = p.data.positive_offset[q]; j < p.data.positive_offset[q + 1]; j++) {
            cJSON *qa = cJSON_CreateObject();
            cJSON_AddStringToObject(qa, "id", p.question_key[q]);
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
