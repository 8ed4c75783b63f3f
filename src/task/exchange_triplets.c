/* sentence-transformers' triplets as jsonl: {"anchor", "positive", "negative"} or n-tuples
 * {"anchor", "positive", "negative_1", …}. */
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
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

/* Every row has the same columns, or the trainer stops: as many negatives as the question has that
 * has most, where others are filled up with random texts of the corpus that do not answer. */
static size_t most_negatives(const OutPicture *p)
{
    size_t most = 0;
    for (size_t q = 0; q < p->data.questions.count; q++) {
        size_t count = p->negative_offset[q + 1] - p->negative_offset[q];
        if (count > most) most = count;
    }
    return most;
}

static bool is_among(const uint32_t *rows, size_t count, uint32_t row)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i] == row) return true;
    return false;
}

/* rows (count) out: the question's own negatives, then random ones; in a corpus that is too small
 * for that, the first again. Returns how many there are: count, or 0 when nothing serves. */
static size_t choose_negatives(const OutPicture *p, size_t q, size_t count, uint32_t *rows)
{
    size_t had = p->negative_offset[q + 1] - p->negative_offset[q], tries = 16 * count + 64;
    for (size_t i = 0; i < had; i++) rows[i] = p->negative[p->negative_offset[q] + i].chunk;
    Rng rng = rng_make((uint64_t)p->data.questions.items[q].id, 0x74);
    while (had < count && tries-- > 0) {
        uint32_t row = (uint32_t)rng_below(&rng, p->data.chunks.count);
        if (out_answers(p, q, row) || is_among(rows, had, row)) continue;
        rows[had++] = row;
    }
    for (size_t i = had; had && i < count; i++) rows[i] = rows[i - had];
    return had ? count : 0;
}

static void add_negative(cJSON *j, const OutPicture *p, size_t number, size_t count, uint32_t row)
{
    char name[32];
    snprintf(name, sizeof name, count == 1 ? "negative" : "negative_%zu", number);
    cJSON_AddStringToObject(j, name, out_chunk(p, row)->text);
}

/* Pairs where no question has a negative, triplets where none has two, else n-tuples. */
bool write_triplets(const Env *env, const ExportOptions *o, Err *err)
{
    OutPicture p;
    if (!out_picture(env, o, &p, err)) return false;
    Str out = {0};
    size_t most = most_negatives(&p);
    uint32_t *rows = mem_zero(most + 1, sizeof *rows);
    for (size_t q = 0; q < p.data.questions.count; q++) {
        size_t count = choose_negatives(&p, q, most, rows);
        for (size_t i = p.data.positive_offset[q]; i < p.data.positive_offset[q + 1]; i++) {
            cJSON *j = cJSON_CreateObject();
            cJSON_AddStringToObject(j, "anchor", p.data.questions.items[q].text);
            cJSON_AddStringToObject(j, "positive", out_chunk(&p, p.data.positive[i])->text);
            for (size_t n = 0; n < count; n++) add_negative(j, &p, n + 1, most, rows[n]);
            out_json_line(&out, j);
        }
    }
    bool ok = out_write(o->path, &out, err);
    free(rows);
    str_release(&out);
    out_release(&p);
    return ok;
}
