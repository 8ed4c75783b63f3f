/* FlagEmbedding's jsonl: {"query", "pos": [texts], "neg": [texts]}, optional "pos_scores",
 * "neg_scores". A pos that is a string is one text. */
#include <math.h>
#include <stdlib.h>

#include "task/exchange_set.h"

/* The lowest score of the positives is what negatives are compared with. */
static void take_scores(SetQuestion *q, const cJSON *scores)
{
    for (const cJSON *n = scores->child; n; n = n->next) {
        if (!cJSON_IsNumber(n) || !isfinite(n->valuedouble)) continue;
        if (q->has_score && q->positive_score <= n->valuedouble) continue;
        q->positive_score = n->valuedouble;
        q->has_score = true;
    }
}

static bool read_line(QuestionSet *s, const char *where, const cJSON *j, Split split, void *context,
                      Err *err)
{
    (void)context;
    const cJSON *query = set_member(j, "query"), *pos = set_member(j, "pos"),
                *neg = set_member(j, "neg");
    if (!cJSON_IsString(query))
        return err_set(err, ERR_FORMAT, "%s: there is no \"query\" string", where);
    if (!pos) return err_set(err, ERR_FORMAT, "%s: there is no \"pos\"", where);
    uint32_t q = set_question(s, where, NULL, query->valuestring, split, err);
    if (neg && !cJSON_IsString(neg) && !cJSON_IsArray(neg) && !cJSON_IsNull(neg)) {
        set_warn(s, "%s: \"neg\" is neither a string nor a list and was left out", where);
        neg = NULL;
    }
    if (q == SET_BROKEN) return false;
    const cJSON *scores = set_member(j, "pos_scores");
    if (q != SET_NONE && cJSON_IsArray(scores)) take_scores(&s->questions.items[q], scores);
    return set_positives(s, where, q, pos, split, err) &&
           set_negatives(s, where, q, neg, set_member(j, "neg_scores"), split, err);
}

bool read_flagembedding(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    return set_each_line(env, path, NULL, s, split, read_line, NULL, err);
}

static void add_texts(cJSON *j, const char *name, const OutPicture *p, size_t q, bool positives)
{
    cJSON *list = cJSON_AddArrayToObject(j, name);
    size_t first = positives ? p->data.positive_offset[q] : p->negative_offset[q],
           end = positives ? p->data.positive_offset[q + 1] : p->negative_offset[q + 1];
    for (size_t i = first; i < end; i++) {
        uint32_t row = positives ? p->data.positive[i] : p->negative[i].chunk;
        cJSON_AddItemToArray(list, cJSON_CreateString(out_chunk(p, row)->text));
    }
}

/* The mining knows the lowest score of the positives: it stands for each of them, as each is at
 * least that good, and a list of another length than "pos" cannot be trained on. */
static void add_scores(cJSON *j, const OutPicture *p, size_t q)
{
    cJSON *pos = cJSON_AddArrayToObject(j, "pos_scores"),
          *neg = cJSON_AddArrayToObject(j, "neg_scores");
    for (size_t i = p->data.positive_offset[q]; i < p->data.positive_offset[q + 1]; i++)
        cJSON_AddItemToArray(pos, cJSON_CreateNumber(p->positive_score[q]));
    for (size_t i = p->negative_offset[q]; i < p->negative_offset[q + 1]; i++)
        cJSON_AddItemToArray(neg, cJSON_CreateNumber(p->negative[i].score));
}

bool write_flagembedding(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    for (size_t q = 0; q < p.data.questions.count; q++) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "query", p.data.questions.items[q].text);
        add_texts(j, "pos", &p, q, true);
        add_texts(j, "neg", &p, q, false);
        if (isfinite(p.positive_score[q])) add_scores(j, &p, q);
        out_json_line(&out, j);
    }
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}
