/* FlagEmbedding's jsonl: {"query", "pos": [texts], "neg": [texts]}, optional "pos_scores",
 * "neg_scores". A pos that is a string is one text. */
#include <math.h>
#include <stdlib.h>

#include "task/exchange_set.h"

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
    return q != SET_BROKEN && set_positives(s, where, q, pos, split, err) &&
           set_negatives(s, where, q, neg, set_member(j, "neg_scores"), split, err);
}

bool read_flagembedding(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    return set_each_line(env, path, NULL, s, split, read_line, NULL, err);
}

bool write_flagembedding(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    for (size_t q = 0; q < p.data.questions.count; q++) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddStringToObject(j, "query", p.data.questions.items[q].text);
        cJSON *pos = cJSON_AddArrayToObject(j, "pos"), *neg = cJSON_AddArrayToObject(j, "neg");
        for (size_t i = p.data.positive_offset[q]; i < p.data.positive_offset[q + 1]; i++) {
            cJSON_AddItemToArray(pos, cJSON_CreateString(out_chunk(&p, p.data.positive[i])->text));
        }
        /* the mining knows the lowest positive score only: given where it is the only one */
        if (isfinite(p.positive_score[q]) &&
            p.data.positive_offset[q + 1] - p.data.positive_offset[q] == 1) {
            cJSON_AddItemToObject(j, "pos_scores",
                                  cJSON_CreateDoubleArray(&p.positive_score[q], 1));
        }
        cJSON *scores =
            isfinite(p.positive_score[q]) ? cJSON_AddArrayToObject(j, "neg_scores") : NULL;
        for (size_t i = p.negative_offset[q]; i < p.negative_offset[q + 1]; i++) {
            cJSON_AddItemToArray(neg, cJSON_CreateString(out_chunk(&p, p.negative[i].chunk)->text));
            cJSON_AddItemToArray(scores, cJSON_CreateNumber(p.negative[i].score));
        }
        out_json_line(&out, j);
    }
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}
