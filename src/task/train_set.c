#include "task/train_set.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "model/embedder.h"
#include "store/journal.h"
#include "store/mining.h"
#include "task/dataset.h"

#define CUT_SHARE 10        /* one in so many train chunks is cut off to choose on */
#define CUT_BLOCK_CHUNKS 80 /* one block for each so many train chunks … */
#define CUT_BLOCKS_MAX 8    /* … up to this many */

typedef VEC(uint32_t) RowVec;

void train_set_release(TrainSet *s)
{
    free(s->question_id);
    free(s->chunk_id);
    free(s->selecting);
    free(s->negative_score);
    free(s->positive_score);
    RowList *lists[] = {&s->positive, &s->barred, &s->negative};
    for (int i = 0; i < 3; i++) {
        free(lists[i]->offset);
        free(lists[i]->row);
    }
    free(s->query);
    free(s->passage);
    arena_release(&s->arena);
    *s = (TrainSet){0};
}

size_t train_set_learning(const TrainSet *s)
{
    size_t count = 0;
    for (size_t q = 0; q < s->questions; q++) count += !s->selecting[q];
    return count;
}

size_t train_set_bytes(const TrainSet *s)
{
    const RowList *lists[] = {&s->positive, &s->barred, &s->negative};
    size_t bytes = s->questions * (sizeof *s->question_id + sizeof *s->selecting +
                                   sizeof *s->query + sizeof *s->positive_score) +
                   s->negative.offset[s->questions] * sizeof *s->negative_score +
                   s->chunks * (sizeof *s->chunk_id + sizeof *s->passage) + s->arena.used_bytes;
    for (int i = 0; i < 3; i++) {
        bytes += (s->questions + 1) * sizeof *lists[i]->offset +
                 lists[i]->offset[s->questions] * sizeof *lists[i]->row;
    }
    return bytes;
}

static void note_reading(TrainSet *s, size_t bytes)
{
    if (bytes > s->reading_bytes) s->reading_bytes = bytes;
}

/* The chunks that a run may know: all but those of test, and those that its questions are about
 * wherever they stand. row_of (chunks of data): the row in the set, or NOT_KNOWN. */
#define NOT_KNOWN UINT32_MAX

static uint32_t *known_rows(const Dataset *data, size_t *ret_count)
{
    uint32_t *row_of = mem_zero(data->chunks.count + 1, sizeof *row_of);
    size_t count = 0;
    for (size_t j = 0; j < data->positive_offset[data->questions.count]; j++)
        row_of[data->positive[j]] = 1;
    for (size_t c = 0; c < data->chunks.count; c++) {
        row_of[c] =
            row_of[c] || data->chunks.items[c].split != SPLIT_TEST ? (uint32_t)count++ : NOT_KNOWN;
    }
    *ret_count = count;
    return row_of;
}

static RowList copy_list(const size_t *offset, const uint32_t *row, size_t questions,
                         const uint32_t *row_of)
{
    RowList l = {mem_zero(questions + 1, sizeof *l.offset),
                 mem_alloc((offset[questions] + 1) * sizeof *l.row)};
    size_t kept = 0;
    for (size_t q = 0; q < questions; q++) {
        for (size_t j = offset[q]; j < offset[q + 1]; j++) {
            if (row_of[row[j]] != NOT_KNOWN) l.row[kept++] = row_of[row[j]];
        }
        l.offset[q + 1] = kept;
    }
    return l;
}

/* Marks the chunks that are cut off: blocks of neighbours, spread evenly over the train chunks that
 * have questions. The place depends on the data alone, so that runs with other seeds are chosen on
 * the same questions. */
static void cut_blocks(TrainSet *s)
{
    uint8_t *used = mem_zero(s->chunks + 1, 1);
    for (size_t j = 0; j < s->positive.offset[s->questions]; j++) used[s->positive.row[j]] = 1;
    RowVec train = {0};
    for (size_t c = 0; c < s->chunks; c++) {
        if (used[c]) vec_push(&train, (uint32_t)c);
    }
    size_t cut = (train.count + CUT_SHARE - 1) / CUT_SHARE;
    size_t blocks = train.count / CUT_BLOCK_CHUNKS + 1;
    if (blocks > CUT_BLOCKS_MAX) blocks = CUT_BLOCKS_MAX;
    if (blocks > cut) blocks = cut;
    memset(used, 0, s->chunks);
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * train.count / blocks, end = (b + 1) * train.count / blocks;
        size_t size = (b + 1) * cut / blocks - b * cut / blocks;
        size_t at = first + (end - first - size) / 2;
        for (size_t i = at; i < at + size && i < end; i++) used[train.items[i]] = 1;
    }
    for (size_t q = 0; q < s->questions; q++) {
        for (size_t j = s->positive.offset[q]; j < s->positive.offset[q + 1]; j++)
            s->selecting[q] |= used[s->positive.row[j]];
    }
    s->cut_from_train = true;
    vec_release(&train);
    free(used);
}

/* A random one, or of a set without scores, has none. */
static bool is_scored(const CandidateRow *c)
{
    return c->rank > 0 && (c->score != 0 || c->positive_score != 0) && isfinite(c->score) &&
           isfinite(c->positive_score);
}

static void no_scores(TrainSet *s)
{
    s->positive_score = mem_alloc((s->questions + 1) * sizeof *s->positive_score);
    for (size_t q = 0; q < s->questions; q++) s->positive_score[q] = NAN;
}

/* The candidates of each question that may serve as negatives, by rank; chunks outside the corpus
 * are added behind it. */
static bool read_negatives(const Env *env, TrainSet *s, Err *err)
{
    CandidateRows rows = {0};
    CandidateQuery query = {.statuses = 1 << CANDIDATE_KEPT | 1 << CANDIDATE_PENDING};
    if (!candidates_load(env->store, &query, &rows, err)) return false;
    Map *chunk_row = map_new();
    for (size_t c = 0; c < s->chunks; c++)
        map_put(chunk_row, &s->chunk_id[c], sizeof *s->chunk_id, (uint32_t)c);
    VEC(int64_t) extra = {0};
    RowVec list = {0};
    VEC(float) scores = {0};
    no_scores(s);
    s->negative.offset = mem_zero(s->questions + 1, sizeof *s->negative.offset);
    size_t at = 0;
    for (size_t q = 0; q < s->questions; q++) {
        while (at < rows.count && rows.items[at].question_id < s->question_id[q]) at++;
        for (; at < rows.count && rows.items[at].question_id == s->question_id[q]; at++) {
            const CandidateRow *c = &rows.items[at];
            if (c->status == CANDIDATE_PENDING && c->suspect) continue;
            uint32_t new_row = (uint32_t)(s->chunks + extra.count);
            uint32_t row = map_add(chunk_row, &c->chunk_id, sizeof c->chunk_id, new_row);
            if (row == new_row) vec_push(&extra, c->chunk_id);
            s->verdicts.kept += c->status == CANDIDATE_KEPT;
            vec_push(&list, row);
            vec_push(&scores, is_scored(c) ? (float)c->score : NAN);
            if (is_scored(c)) s->positive_score[q] = (float)c->positive_score;
        }
        s->negative.offset[q + 1] = list.count;
    }
    s->negative.row = list.items ? list.items : mem_alloc(sizeof *list.items);
    s->negative_score = scores.items ? scores.items : mem_alloc(sizeof *scores.items);
    s->chunk_id = mem_grow(s->chunk_id, (s->chunks + extra.count + 1) * sizeof *s->chunk_id);
    for (size_t i = 0; i < extra.count; i++) s->chunk_id[s->chunks++] = extra.items[i];
    vec_release(&extra);
    map_free(chunk_row);
    rows_release(&rows);
    return true;
}

static void no_negatives(TrainSet *s)
{
    s->negative.offset = mem_zero(s->questions + 1, sizeof *s->negative.offset);
    s->negative.row = mem_alloc(sizeof *s->negative.row);
    s->negative_score = mem_alloc(sizeof *s->negative_score);
    no_scores(s);
}

static bool has_id(const int64_t *ids, size_t count, int64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ids[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low < count && ids[low] == id;
}

/* Verdicts about the set's questions and texts that the run knows. Kept candidates are counted
 * where they are read. */
static bool count_verdicts(const Env *env, const Dataset *data, const uint32_t *row_of, TrainSet *s,
                           Err *err)
{
    VerdictRows rows = {0};
    if (!verdicts_load(env->store, &rows, err) ||
        !journal_last(env->store, &s->verdicts.journal, err)) {
        rows_release(&rows);
        return false;
    }
    Map *texts = map_new();
    for (size_t c = 0; rows.count > 0 && c < data->chunks.count; c++) {
        if (row_of[c] != NOT_KNOWN)
            map_put(texts, data->chunks.items[c].text_hash.bytes, HASH_BYTES, 1);
    }
    for (size_t i = 0; i < rows.count; i++) {
        const VerdictRow *v = &rows.items[i];
        if (!has_id(s->question_id, s->questions, v->question_id) ||
            map_get(texts, v->text_hash.bytes, HASH_BYTES) == MAP_NONE)
            continue;
        s->verdicts.false_negatives += v->verdict == CANDIDATE_FALSE_NEGATIVE;
        s->verdicts.promoted += v->verdict == CANDIDATE_PROMOTED;
    }
    map_free(texts);
    rows_release(&rows);
    return true;
}

static bool read_set(const Env *env, const TrainOptions *o, TrainSet *ret, Err *err)
{
    Dataset data = {0};
    DatasetQuery query = {.question_splits = 1 << SPLIT_TRAIN | 1 << SPLIT_VAL};
    if (!dataset_load(env, &query, &data, err)) return false;
    TrainSet s = {.questions = data.questions.count};
    uint32_t *row_of = known_rows(&data, &s.chunks);
    s.searched = s.chunks;
    s.question_id = mem_alloc((s.questions + 1) * sizeof *s.question_id);
    s.chunk_id = mem_alloc((s.chunks + 1) * sizeof *s.chunk_id);
    s.selecting = mem_zero(s.questions + 1, 1);
    size_t train = 0, val = 0;
    for (size_t q = 0; q < s.questions; q++) {
        s.question_id[q] = data.questions.items[q].id;
        s.selecting[q] = data.questions.items[q].split == SPLIT_VAL;
        *(s.selecting[q] ? &val : &train) += 1;
    }
    for (size_t c = 0; c < data.chunks.count; c++) {
        if (row_of[c] != NOT_KNOWN) s.chunk_id[row_of[c]] = data.chunks.items[c].id;
    }
    s.positive = copy_list(data.positive_offset, data.positive, s.questions, row_of);
    s.barred = copy_list(data.barred_offset, data.barred, s.questions, row_of);
    bool ok = count_verdicts(env, &data, row_of, &s, err);
    free(row_of);
    note_reading(&s, dataset_bytes(&data));
    dataset_release(&data);
    if (ok && train == 0)
        ok = err_set(err, ERR_MISSING,
                     "there are no accepted questions in the train split: import or generate some, "
                     "accept them (`review`), or move documents (`split`)");
    if (ok && val == 0) cut_blocks(&s);
    if (ok && o->negatives > 0)
        ok = read_negatives(env, &s, err);
    else if (ok)
        no_negatives(&s);
    if (ok)
        *ret = s;
    else
        train_set_release(&s);
    return ok;
}

/* One transaction, so that the journal's entry says what the set knows. */
bool train_set_read(const Env *env, const TrainOptions *o, TrainSet *ret, Err *err)
{
    if (!store_begin_read(env->store, err)) return false;
    bool ok = read_set(env, o, ret, err);
    store_rollback(env->store);
    return ok;
}

/* ---- texts ---- */

static bool query_texts(const Env *env, TrainSet *s, Err *err)
{
    QuestionRows rows = {0};
    if (!questions_load(env->store, &(QuestionQuery){0}, &rows, err)) return false;
    s->query = mem_zero(s->questions + 1, sizeof *s->query);
    size_t at = 0;
    bool ok = true;
    for (size_t q = 0; ok && q < s->questions; q++) {
        while (at < rows.count && rows.items[at].id < s->question_id[q]) at++;
        if (at == rows.count || rows.items[at].id != s->question_id[q]) {
            ok = err_set(err, ERR_CONFLICT,
                         "question %" PRId64
                         ", which this run began with, is gone: start it again with --replace",
                         s->question_id[q]);
        } else {
            s->query[q] = arena_strdup(&s->arena, rows.items[at].text);
        }
    }
    rows_release(&rows);
    return ok;
}

static bool passage_texts(const Env *env, TrainSet *s, bool title_body, Err *err)
{
    ChunkRows rows = {0};
    ChunkQuery query = {.statuses = (1 << CHUNK_STATUS_COUNT) - 1};
    if (!chunks_load(env->store, &query, &rows, err)) return false;
    Map *row_of = map_new();
    for (size_t i = 0; i < rows.count; i++)
        map_put(row_of, &rows.items[i].id, sizeof rows.items[i].id, (uint32_t)i);
    s->passage = mem_zero(s->chunks + 1, sizeof *s->passage);
    Str text = {0};
    bool ok = true;
    for (size_t c = 0; ok && c < s->chunks; c++) {
        uint32_t at = map_get(row_of, &s->chunk_id[c], sizeof s->chunk_id[c]);
        if (at == MAP_NONE) {
            ok = err_set(err, ERR_CONFLICT,
                         "chunk %" PRId64
                         ", which this run began with, is gone: start it again with --replace",
                         s->chunk_id[c]);
        } else {
            passage_text(&rows.items[at], title_body, &text);
            s->passage[c] = arena_strndup(&s->arena, str_get(&text), text.size);
        }
    }
    note_reading(s, rows.count * sizeof *rows.items + rows.arena.used_bytes);
    str_release(&text);
    map_free(row_of);
    rows_release(&rows);
    return ok;
}

bool train_set_texts(const Env *env, TrainSet *s, bool title_body, bool check, Err *err)
{
    if (!query_texts(env, s, err) || !passage_texts(env, s, title_body, err)) return false;
    HashBuilder *b = hash_begin();
    for (size_t q = 0; q < s->questions; q++) hash_add_text(b, s->query[q]);
    for (size_t c = 0; c < s->chunks; c++) hash_add_text(b, s->passage[c]);
    Hash texts = hash_end(b);
    if (check && !hash_equal(&texts, &s->texts)) {
        return err_set(
            err, ERR_CONFLICT,
            "texts that this run began with were edited since: start it again with --replace");
    }
    s->texts = texts;
    return true;
}

/* ---- the record ---- */

typedef struct SetHead {
    uint64_t questions, chunks, searched, positives, barred, negatives;
    uint64_t cut_from_train;
    Hash texts;
} SetHead;

static void put(Str *out, const void *data, size_t size)
{
    str_add_bytes(out, data, size);
}

static void put_list(Str *out, const RowList *l, size_t questions)
{
    put(out, l->offset, (questions + 1) * sizeof *l->offset);
    put(out, l->row, l->offset[questions] * sizeof *l->row);
}

void train_set_encode(const TrainSet *s, Str *out)
{
    SetHead head = {s->questions,
                    s->chunks,
                    s->searched,
                    s->positive.offset[s->questions],
                    s->barred.offset[s->questions],
                    s->negative.offset[s->questions],
                    s->cut_from_train,
                    s->texts};
    put(out, &head, sizeof head);
    put(out, s->question_id, s->questions * sizeof *s->question_id);
    put(out, s->chunk_id, s->chunks * sizeof *s->chunk_id);
    put(out, s->selecting, s->questions);
    put_list(out, &s->positive, s->questions);
    put_list(out, &s->barred, s->questions);
    put_list(out, &s->negative, s->questions);
    put(out, s->negative_score, head.negatives * sizeof *s->negative_score);
    put(out, s->positive_score, s->questions * sizeof *s->positive_score);
}

/* A copy of count items from data at *at; NULL when the record ends before. */
static void *get(const char *data, size_t size, size_t *at, uint64_t count, size_t item)
{
    if (count > (size - *at) / item) return NULL;
    void *block = mem_alloc((size_t)count * item + 1);
    memcpy(block, data + *at, (size_t)count * item);
    *at += (size_t)count * item;
    return block;
}

static bool get_list(const char *data, size_t size, size_t *at, uint64_t questions, uint64_t total,
                     uint64_t chunks, RowList *ret)
{
    ret->offset = get(data, size, at, questions + 1, sizeof *ret->offset);
    ret->row = ret->offset ? get(data, size, at, total, sizeof *ret->row) : NULL;
    if (!ret->row || ret->offset[0] != 0 || ret->offset[questions] != total) return false;
    for (size_t q = 0; q < questions; q++) {
        if (ret->offset[q] > ret->offset[q + 1]) return false;
    }
    for (size_t j = 0; j < total; j++) {
        if (ret->row[j] >= chunks) return false;
    }
    return true;
}

bool train_set_decode(const char *data, size_t size, size_t *at, TrainSet *ret, Err *err)
{
    SetHead *head = get(data, size, at, 1, sizeof *head);
    TrainSet s = {0};
    bool ok = head && head->questions < UINT32_MAX && head->chunks < UINT32_MAX &&
              head->searched <= head->chunks;
    if (ok) {
        s = (TrainSet){.questions = head->questions,
                       .chunks = head->chunks,
                       .searched = head->searched,
                       .cut_from_train = head->cut_from_train,
                       .texts = head->texts};
        s.question_id = get(data, size, at, head->questions, sizeof *s.question_id);
        s.chunk_id = s.question_id ? get(data, size, at, head->chunks, sizeof *s.chunk_id) : NULL;
        s.selecting = s.chunk_id ? get(data, size, at, head->questions, 1) : NULL;
        ok =
            s.selecting &&
            get_list(data, size, at, head->questions, head->positives, head->chunks, &s.positive) &&
            get_list(data, size, at, head->questions, head->barred, head->chunks, &s.barred) &&
            get_list(data, size, at, head->questions, head->negatives, head->chunks, &s.negative);
        if (ok) s.negative_score = get(data, size, at, head->negatives, sizeof *s.negative_score);
        if (ok) s.positive_score = get(data, size, at, head->questions, sizeof *s.positive_score);
        ok = ok && s.negative_score && s.positive_score;
    }
    free(head);
    if (!ok) {
        train_set_release(&s);
        return err_set(
            err, ERR_DATABASE,
            "the record of the run's training set is broken: start it again with --replace");
    }
    *ret = s;
    return true;
}
