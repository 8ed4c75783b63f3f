#include "task/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "store/mining.h"

#define TWINS_MAX                                                                                  \
    256 /* of a question, that are looked at: repetition without end costs no quadratic time */

typedef VEC(uint32_t) RowList;

/* The questions, relevance and verdicts as read, before rows take the place of ids. */
typedef struct Picture {
    RelevanceRows relevance; /* by question, chunk */
    VerdictRows verdicts;    /* by question */
    ChunkRows absent;        /* positives that are not in the corpus: only their text counts */
} Picture;

static void picture_release(Picture *p)
{
    rows_release(&p->relevance);
    rows_release(&p->verdicts);
    rows_release(&p->absent);
}

/* ---- finding rows ---- */

/* The chunk with that id, or chunks->count. Chunks are by id. */
static size_t chunk_row(const ChunkRows *chunks, int64_t id)
{
    size_t low = 0, high = chunks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (chunks->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < chunks->count && chunks->items[low].id == id ? low : chunks->count;
}

/* Rows of the corpus by text: first[group] is the lowest row, next[row] the next higher one with
 * the same text. */
typedef struct TextRows {
    Map *groups; /* text hash → its lowest row */
    uint32_t *next;
} TextRows;

static TextRows text_rows_new(const ChunkRows *chunks)
{
    TextRows t = {.groups = map_new(), .next = mem_zero(chunks->count + 1, sizeof *t.next)};
    for (size_t i = chunks->count; i-- > 0;) {
        const Hash *hash = &chunks->items[i].text_hash;
        t.next[i] = map_get(t.groups, hash->bytes, HASH_BYTES);
        map_put(t.groups, hash->bytes, HASH_BYTES, (uint32_t)i);
    }
    return t;
}

static void text_rows_free(TextRows *t)
{
    map_free(t->groups);
    free(t->next);
}

static void add_rows_of_text(const TextRows *t, const Hash *hash, RowList *out)
{
    uint32_t row = map_get(t->groups, hash->bytes, HASH_BYTES);
    for (; row != MAP_NONE; row = t->next[row]) vec_push(out, row);
}

static int compare_rows(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the rows from `first` on and drops repeated ones. */
static void close_list(RowList *rows, size_t first)
{
    if (rows->count == first) return;
    qsort(rows->items + first, rows->count - first, sizeof *rows->items, compare_rows);
    size_t kept = first + 1;
    for (size_t i = first + 1; i < rows->count; i++) {
        if (rows->items[i] != rows->items[kept - 1]) rows->items[kept++] = rows->items[i];
    }
    rows->count = kept;
}

/* ---- reading ---- */

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int compare_questions(const void *a, const void *b)
{
    return compare_ids(&((const QuestionRow *)a)->id, &((const QuestionRow *)b)->id);
}

/* Loads the positives of the questions that are not in the corpus (other split, excluded, retired):
 * a chunk of the corpus with the same text answers as well. */
static bool load_absent(Store *s, const Dataset *d, Picture *p, Err *err)
{
    VEC(int64_t) ids = {0};
    for (size_t q = 0, r = 0; q < d->questions.count; q++) {
        int64_t id = d->questions.items[q].id;
        while (r < p->relevance.count && p->relevance.items[r].question_id < id) r++;
        for (; r < p->relevance.count && p->relevance.items[r].question_id == id; r++) {
            int64_t chunk = p->relevance.items[r].chunk_id;
            if (chunk_row(&d->chunks, chunk) == d->chunks.count) vec_push(&ids, chunk);
        }
    }
    bool ok = true;
    if (ids.count > 0) {
        qsort(ids.items, ids.count, sizeof *ids.items, compare_ids);
        size_t kept = 1;
        for (size_t i = 1; i < ids.count; i++) {
            if (ids.items[i] != ids.items[kept - 1]) ids.items[kept++] = ids.items[i];
        }
        ChunkQuery query = {
            .statuses = (1 << CHUNK_STATUS_COUNT) - 1, .ids = ids.items, .id_count = kept};
        ok = chunks_load(s, &query, &p->absent, err);
    }
    vec_release(&ids);
    return ok;
}

static bool read_rows(Store *s, const DatasetQuery *query, Dataset *d, Picture *p, Err *err)
{
    ChunkQuery chunks = {.splits =
                             query->corpus_splits ? query->corpus_splits | 1 << SPLIT_NONE : 0};
    QuestionQuery questions = {.splits = query->question_splits,
                               .statuses = query->question_statuses ? query->question_statuses
                                                                    : 1 << QUESTION_ACCEPTED,
                               .filter = query->question_filter};
    if (!chunks_load(s, &chunks, &d->chunks, err) ||
        !questions_load(s, &questions, &d->questions, err))
        return false;
    if (d->questions.count)
        qsort(d->questions.items, d->questions.count, sizeof *d->questions.items,
              compare_questions);
    return relevance_load(s, &p->relevance, err) && verdicts_load(s, &p->verdicts, err) &&
           load_absent(s, d, p, err);
}

/* One transaction, so that a decision made meanwhile is either in all of it or in none. */
static bool read_picture(Store *s, const DatasetQuery *query, Dataset *d, Picture *p, Err *err)
{
    if (!store_begin_read(s, err)) return false;
    bool ok = read_rows(s, query, d, p, err);
    store_rollback(s);
    if (ok && d->chunks.count >= UINT32_MAX)
        return err_set(err, ERR_LIMIT, "%zu chunks are more than a corpus can hold",
                       d->chunks.count);
    return ok;
}

/* ---- from ids to rows ---- */

/* Appends the positives of one question; at: where its relevance begins, moved behind it. */
static void add_positives(const Dataset *d, const Picture *p, const TextRows *t, int64_t question,
                          size_t *at, RowList *out)
{
    const RelevanceRows *relevance = &p->relevance;
    while (*at < relevance->count && relevance->items[*at].question_id < question) ++*at;
    for (; *at < relevance->count && relevance->items[*at].question_id == question; ++*at) {
        int64_t id = relevance->items[*at].chunk_id;
        size_t row = chunk_row(&d->chunks, id);
        const ChunkRows *from = row < d->chunks.count ? &d->chunks : &p->absent;
        if (from == &p->absent) row = chunk_row(from, id);
        if (row < from->count) add_rows_of_text(t, &from->items[row].text_hash, out);
    }
}

static void add_barred(const Picture *p, const TextRows *t, int64_t question, size_t *at,
                       RowList *out)
{
    const VerdictRows *verdicts = &p->verdicts;
    while (*at < verdicts->count && verdicts->items[*at].question_id < question) ++*at;
    for (; *at < verdicts->count && verdicts->items[*at].question_id == question; ++*at) {
        const VerdictRow *v = &verdicts->items[*at];
        if (v->verdict == CANDIDATE_FALSE_NEGATIVE || v->verdict == CANDIDATE_PROMOTED)
            add_rows_of_text(t, &v->text_hash, out);
    }
}

/* Keeps the questions that have a positive in the corpus and lists their rows. */
static void resolve(Dataset *d, const Picture *p)
{
    TextRows texts = text_rows_new(&d->chunks);
    RowList positive = {0}, barred = {0};
    size_t total = d->questions.count, kept = 0, relevance_at = 0, verdict_at = 0;
    d->positive_offset = mem_zero(total + 1, sizeof *d->positive_offset);
    d->barred_offset = mem_zero(total + 1, sizeof *d->barred_offset);
    for (size_t q = 0; q < total; q++) {
        QuestionRow question = d->questions.items[q];
        size_t first = positive.count;
        add_positives(d, p, &texts, question.id, &relevance_at, &positive);
        if (positive.count == first) continue;
        close_list(&positive, first);
        first = barred.count;
        add_barred(p, &texts, question.id, &verdict_at, &barred);
        close_list(&barred, first);
        d->questions.items[kept++] = question;
        d->positive_offset[kept] = positive.count;
        d->barred_offset[kept] = barred.count;
    }
    d->questions.count = kept;
    d->lost_questions = total - kept;
    d->positive = positive.items;
    d->barred = barred.items;
    text_rows_free(&texts);
}

/* Questions with the same text, as linked lists. */
static uint32_t *link_twins(const Dataset *d)
{
    uint32_t *next = mem_zero(d->questions.count + 1, sizeof *next);
    Map *last = map_new();
    for (size_t q = d->questions.count; q-- > 0;) {
        const Hash *text = &d->questions.items[q].text_hash;
        next[q] = map_get(last, text->bytes, HASH_BYTES);
        map_put(last, text->bytes, HASH_BYTES, (uint32_t)q);
    }
    map_free(last);
    return next;
}

/* Appends the positives of q that are none of `other`. */
static void add_foreign(const Dataset *d, size_t q, size_t other, RowList *out)
{
    for (size_t i = d->positive_offset[q]; i < d->positive_offset[q + 1]; i++) {
        if (!dataset_is_positive(d, other, d->positive[i])) vec_push(out, d->positive[i]);
    }
}

/* A question that stands there twice is answered by the positives of both: those of its twin are
 * barred. */
static void bar_twins(Dataset *d)
{
    size_t count = d->questions.count;
    uint32_t *next = link_twins(d);
    RowList *extra = mem_zero(count + 1, sizeof *extra);
    bool any = false;
    for (size_t q = 0; q < count; q++) {
        size_t twins = 0;
        for (uint32_t t = next[q]; t != MAP_NONE && twins < TWINS_MAX; t = next[t], twins++) {
            add_foreign(d, t, q, &extra[q]);
            add_foreign(d, q, t, &extra[t]);
            any = true;
        }
    }
    RowList barred = {0};
    size_t begin = 0;
    for (size_t q = 0; any && q < count; q++) {
        size_t first = barred.count, end = d->barred_offset[q + 1];
        for (size_t i = begin; i < end; i++) vec_push(&barred, d->barred[i]);
        for (size_t i = 0; i < extra[q].count; i++) vec_push(&barred, extra[q].items[i]);
        close_list(&barred, first);
        begin = end;
        d->barred_offset[q + 1] = barred.count;
    }
    if (any) {
        free(d->barred);
        d->barred = barred.items;
    }
    for (size_t q = 0; q < count; q++) vec_release(&extra[q]);
    free(extra);
    free(next);
}

static Hash dataset_identity(const Dataset *d)
{
    HashBuilder *b = hash_begin();
    hash_add(b, d->view.hash.bytes, HASH_BYTES);
    hash_add_i64(b, (int64_t)d->questions.count);
    for (size_t q = 0; q < d->questions.count; q++) {
        hash_add_i64(b, d->questions.items[q].id);
        hash_add_text(b, d->questions.items[q].text);
        size_t first = d->positive_offset[q], end = d->positive_offset[q + 1];
        hash_add_i64(b, (int64_t)(end - first));
        for (size_t i = first; i < end; i++) hash_add_i64(b, d->view.ids[d->positive[i]]);
    }
    return hash_end(b);
}

bool dataset_load(const Env *env, const DatasetQuery *query, Dataset *ret, Err *err)
{
    Dataset d = {0};
    Picture picture = {0};
    bool ok = read_picture(env->store, query, &d, &picture, err) && cancel_check(env->cancel, err);
    if (ok) {
        corpus_view_chunks(&d.chunks, &d.view);
        resolve(&d, &picture);
        bar_twins(&d);
        d.hash = dataset_identity(&d);
        *ret = d;
    } else {
        dataset_release(&d);
    }
    picture_release(&picture);
    return ok;
}

void dataset_release(Dataset *d)
{
    free(d->positive_offset);
    free(d->positive);
    free(d->barred_offset);
    free(d->barred);
    corpus_view_release(&d->view);
    rows_release(&d->chunks);
    rows_release(&d->questions);
    *d = (Dataset){0};
}

size_t dataset_bytes(const Dataset *d)
{
    size_t questions = d->questions.count;
    return d->chunks.count * sizeof *d->chunks.items + d->chunks.arena.used_bytes +
           questions * sizeof *d->questions.items + d->questions.arena.used_bytes +
           d->view.arena.used_bytes + 2 * (questions + 1) * sizeof *d->positive_offset +
           (d->positive_offset[questions] + d->barred_offset[questions]) * sizeof *d->positive;
}

/* ---- asking ---- */

static bool has_row(const uint32_t *rows, size_t first, size_t end, uint32_t row)
{
    return end > first &&
           bsearch(&row, rows + first, end - first, sizeof *rows, compare_rows) != NULL;
}

bool dataset_is_positive(const Dataset *d, size_t q, uint32_t c)
{
    return has_row(d->positive, d->positive_offset[q], d->positive_offset[q + 1], c);
}

bool dataset_is_barred(const Dataset *d, size_t q, uint32_t c)
{
    return has_row(d->barred, d->barred_offset[q], d->barred_offset[q + 1], c);
}

const char **dataset_query_texts(const Dataset *d)
{
    const char **texts = mem_zero(d->questions.count + 1, sizeof *texts);
    for (size_t q = 0; q < d->questions.count; q++) texts[q] = d->questions.items[q].text;
    return texts;
}
