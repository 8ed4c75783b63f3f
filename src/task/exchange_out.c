/* The picture of the project that is written out. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "task/exchange_set.h"

/* ---- negatives ---- */

typedef VEC(OutNegative) OutNegatives;

/* Chunks of candidates that are not in the corpus. */
static bool load_extra(const Env *env, OutPicture *p, const CandidateRows *rows, const Map *row_of,
                       Err *err)
{
    VEC(int64_t) ids = {0};
    Map *seen = map_new();
    for (size_t i = 0; i < rows->count; i++) {
        int64_t id = rows->items[i].chunk_id;
        if (map_get(row_of, &id, sizeof id) == MAP_NONE && map_put(seen, &id, sizeof id, 1))
            vec_push(&ids, id);
    }
    ChunkQuery query = {
        .statuses = (1 << CHUNK_STATUS_COUNT) - 1, .ids = ids.items, .id_count = ids.count};
    bool ok = ids.count == 0 || chunks_load(env->store, &query, &p->extra, err);
    map_free(seen);
    vec_release(&ids);
    return ok;
}

static Map *list_rows(const OutPicture *p)
{
    Map *row_of = map_new();
    size_t own = p->data.chunks.count;
    for (size_t c = 0; c < own; c++)
        map_put(row_of, &p->data.chunks.items[c].id, sizeof(int64_t), (uint32_t)c);
    for (size_t c = 0; c < p->extra.count; c++)
        map_put(row_of, &p->extra.items[c].id, sizeof(int64_t), (uint32_t)(own + c));
    return row_of;
}

/* Kept, or pending and not suspect; never what answers, or was judged to. */
static bool serves(const OutPicture *p, size_t q, const CandidateRow *c, uint32_t row)
{
    bool doubted = c->status == CANDIDATE_PENDING && c->suspect;
    return row != MAP_NONE && !doubted && !out_answers(p, q, row);
}

/* The candidates of question q begin at *at. A question that has zeros only was given without
 * scores. */
static void take_negatives(OutPicture *p, size_t q, const CandidateRows *rows, size_t *at,
                           const Map *row_of, OutNegatives *list)
{
    int64_t id = p->data.questions.items[q].id;
    bool scored = false;
    double positive = NAN;
    while (*at < rows->count && rows->items[*at].question_id < id) ++*at;
    for (; *at < rows->count && rows->items[*at].question_id == id; ++*at) {
        const CandidateRow *c = &rows->items[*at];
        uint32_t row = map_get(row_of, &c->chunk_id, sizeof c->chunk_id);
        scored |= c->score != 0 || c->positive_score != 0;
        positive = c->positive_score;
        if (serves(p, q, c, row)) vec_push(list, (OutNegative){row, c->score});
    }
    p->positive_score[q] = scored ? positive : NAN;
    p->negative_offset[q + 1] = list->count;
}

static bool add_negatives(const Env *env, OutPicture *p, Err *err)
{
    CandidateRows rows = {0};
    CandidateQuery query = {.statuses = 1 << CANDIDATE_KEPT | 1 << CANDIDATE_PENDING};
    if (!candidates_load(env->store, &query, &rows, err)) return false;
    Map *corpus = list_rows(p);
    bool ok = load_extra(env, p, &rows, corpus, err);
    Map *row_of = list_rows(p);
    OutNegatives list = {0};
    size_t at = 0;
    for (size_t q = 0; ok && q < p->data.questions.count; q++)
        take_negatives(p, q, &rows, &at, row_of, &list);
    p->negative = list.items;
    map_free(row_of);
    map_free(corpus);
    rows_release(&rows);
    return ok;
}

/* ---- positives ---- */

/* Leaves the positives that were given, without the chunks that only have the same text. Where the
 * given one is no longer searched, the first of those stands for it. */
static bool keep_given(const Env *env, Dataset *d, Err *err)
{
    RelevanceRows links = {0};
    if (!relevance_load(env->store, &links, err)) return false;
    Map *given = map_new();
    for (size_t i = 0; i < links.count; i++) {
        IdPair pair = {links.items[i].question_id, links.items[i].chunk_id};
        map_put(given, &pair, sizeof pair, 0);
    }
    size_t kept = 0, at = 0;
    for (size_t q = 0; q < d->questions.count; q++) {
        size_t first = kept, start = at;
        for (; at < d->positive_offset[q + 1]; at++) {
            IdPair pair = {d->questions.items[q].id, d->chunks.items[d->positive[at]].id};
            if (map_get(given, &pair, sizeof pair) != MAP_NONE)
                d->positive[kept++] = d->positive[at];
        }
        if (kept == first) d->positive[kept++] = d->positive[start];
        d->positive_offset[q] = first;
    }
    d->positive_offset[d->questions.count] = kept;
    map_free(given);
    rows_release(&links);
    return true;
}

/* ---- keys ---- */

/* A key for the outside: its own, on one line, or made from the id; made unique where two sets
 * of the project use the same. */
static const char *unique_key(Map *taken, Arena *arena, const char *key, const char *kind,
                              int64_t id)
{
    char *made = key && *key ? mem_strdup(key) : str_format("%s-%" PRId64, kind, id);
    for (char *c = made; *c; c++)
        if (*c == '\t' || *c == '\n') *c = ' ';
    while (!map_put(taken, made, strlen(made), 0)) {
        char *longer = str_format("%s-%" PRId64, made, id);
        free(made);
        made = longer;
    }
    const char *kept = arena_strdup(arena, made);
    free(made);
    return kept;
}

static void add_keys(OutPicture *p)
{
    Map *taken = map_new();
    p->chunk_key = mem_zero(p->data.chunks.count + 1, sizeof *p->chunk_key);
    for (size_t c = 0; c < p->data.chunks.count; c++) {
        const ChunkRow *row = &p->data.chunks.items[c];
        p->chunk_key[c] = unique_key(taken, &p->arena, row->key, "chunk", row->id);
    }
    map_free(taken);
    taken = map_new();
    p->question_key = mem_zero(p->data.questions.count + 1, sizeof *p->question_key);
    for (size_t q = 0; q < p->data.questions.count; q++) {
        const QuestionRow *row = &p->data.questions.items[q];
        p->question_key[q] = unique_key(taken, &p->arena, row->key, "question", row->id);
    }
    map_free(taken);
}

/* ---- the whole ---- */

bool out_picture(const Env *env, const ExportOptions *o, OutPicture *ret, Err *err)
{
    OutPicture p = {0};
    DatasetQuery query = {
        .question_splits = o->splits, .question_statuses = o->statuses, .corpus_splits = o->splits};
    if (!dataset_load(env, &query, &p.data, err)) return false;
    p.negative_offset = mem_zero(p.data.questions.count + 1, sizeof *p.negative_offset);
    p.positive_score = mem_zero(p.data.questions.count + 1, sizeof *p.positive_score);
    bool ok =
        p.data.questions.count > 0 ||
        err_set(err, ERR_MISSING,
                "there are no such questions to export: see `questions`, and --split and --status");
    ok = ok && add_negatives(env, &p, err) && keep_given(env, &p.data, err);
    if (ok) {
        add_keys(&p);
        if (p.data.lost_questions)
            progress_say(env->progress, "%zu questions have no chunk there and are left out",
                         p.data.lost_questions);
        *ret = p;
    } else {
        out_release(&p);
    }
    return ok;
}

void out_release(OutPicture *p)
{
    dataset_release(&p->data);
    rows_release(&p->extra);
    free(p->negative_offset);
    free(p->negative);
    free(p->positive_score);
    free(p->chunk_key);
    free(p->question_key);
    arena_release(&p->arena);
    *p = (OutPicture){0};
}

bool out_answers(const OutPicture *p, size_t q, uint32_t row)
{
    const Hash *text = &out_chunk(p, row)->text_hash;
    for (size_t i = p->data.positive_offset[q]; i < p->data.positive_offset[q + 1]; i++) {
        if (hash_equal(&p->data.chunks.items[p->data.positive[i]].text_hash, text)) return true;
    }
    return row < p->data.chunks.count && dataset_is_barred(&p->data, q, row);
}

const ChunkRow *out_chunk(const OutPicture *p, uint32_t row)
{
    size_t own = p->data.chunks.count;
    return row < own ? &p->data.chunks.items[row] : &p->extra.items[row - own];
}

void out_json_line(Str *out, cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);
    str_add(out, text);
    str_add(out, "\n");
    free(text);
    cJSON_Delete(object);
}

bool out_write(const char *path, Str *out, Err *err)
{
    return file_write(path, str_get(out), out->size, err);
}
