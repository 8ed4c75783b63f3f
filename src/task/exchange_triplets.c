/* sentence-transformers' triplets as jsonl: {"anchor", "positive", "negative"} or n-tuples
 * {"anchor", "positive", "negative_1", …}. */
#include <stdlib.h>
#include <string.h>

#include "task/exchange_set.h"

static bool read_line(QuestionSet *s, const char *where, const cJSON *j, Split split, void *context,
                      Err *err)
{
    (void)context;
    const cJSON *anchor = set_member(j, "anchor"), *positive = set_member(j, "positive"), *item;
    if (!cJSON_IsString(anchor))
        return err_set(err, ERR_FORMAT, "%s: there is no \"anchor\" string", where);
    if (!positive) return err_set(err, ERR_FORMAT, "%s: there is no \"positive\"", where);
    uint32_t q = set_question(s, where, NULL, anchor->valuestring, split, err);
    if (q == SET_BROKEN || !set_positives(s, where, q, positive, split, err)) return false;
    cJSON_ArrayForEach(item, j)
    {
        if (item->string && str_starts(item->string, "negative") &&
            !set_negatives(s, where, q, item, NULL, split, err))
            return false;
    }
    return true;
}

bool read_triplets(const Env *env, const char *path, Split split, QuestionSet *s, Err *err)
{
    return set_each_line(env, path, NULL, s, split, read_line, NULL, err);
}

/* A line for each positive and negative; a question without negatives is a pair. */
bool write_triplets(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    for (size_t q = 0; q < p.data.questions.count; q++) {
        for (size_t i = p.data.positive_offset[q]; i < p.data.positive_offset[q + 1]; i++) {
            size_t first = p.negative_offset[q], count = p.negative_offset[q + 1] - first;
            for (size_t n = 0; n < (count ? count : 1); n++) {
                cJSON *j = cJSON_CreateObject();
                cJSON_AddStringToObject(j, "anchor", p.data.questions.items[q].text);
                cJSON_AddStringToObject(j, "positive", out_chunk(&p, p.data.positive[i])->text);
                if (count)
                    cJSON_AddStringToObject(j, "negative",
                                            out_chunk(&p, p.negative[first + n].chunk)->text);
                out_json_line(&out, j);
            }
        }
    }
    bool ok = out_write(o->path, &out, err);
    str_release(&out);
    out_release(&p);
    return ok;
}
