#include "store/questions.h"

#include <math.h>

#include "base/clock.h"
#include "store/filter_sql.h"

#define QUESTION_COLUMNS                                                                           \
    "SELECT q.id, q.key, q.text, q.text_hash, q.origin, q.kind, q.source, q.why_flagged, "         \
    "q.status, q.split,"                                                                           \
    " q.made_ms, q.doubt, q.own_rank, q.copied, q.twin_id, q.twin_score, q.nameless FROM "         \
    "question q"

static double or_zero(double x)
{
    return isnan(x) ? 0 : x;
}

static void read_doubts(Sql *q, Doubts *d)
{
    double doubt = sql_get_f64(q);
    d->known = !isnan(doubt);
    d->doubt = or_zero(doubt);
    d->own_rank = sql_get_count(q);
    d->copied = or_zero(sql_get_f64(q));
    d->twin_id = sql_get_id(q);
    d->twin_score = or_zero(sql_get_f64(q));
    d->nameless = sql_get_bool(q);
}

static void read_questions(Sql *q, QuestionRows *rows)
{
    while (sql_next(q)) {
        QuestionRow *r = rows_push(rows);
        r->id = sql_get_id(q);
        r->key = sql_get_text(q, &rows->arena);
        r->text = sql_get_words(q, &rows->arena);
        r->text_hash = sql_get_hash(q);
        r->origin = (Origin)sql_get_word(q, ORIGIN_NAMES, ORIGIN_COUNT, "an unknown origin");
        r->kind = sql_get_text(q, &rows->arena);
        r->source = sql_get_text(q, &rows->arena);
        r->why_flagged = sql_get_text(q, &rows->arena);
        r->status = (QuestionStatus)sql_get_word(q, QUESTION_STATUS_NAMES, QUESTION_STATUS_COUNT,
                                                 "an unknown question status");
        r->split = sql_get_split(q);
        r->made_ms = sql_get_i64(q);
        read_doubts(q, &r->doubts);
    }
}

bool questions_load(Store *s, const QuestionQuery *query, QuestionRows *ret, Err *err)
{
    FilterSql f = {0};
    if (!filter_compile(FILTER_QUESTIONS, query->filter, &f, err)) return false;
    int shown = (1 << QUESTION_STATUS_COUNT) - 1 - (1 << QUESTION_DELETED);
    filter_words(&f, "q.status", QUESTION_STATUS_NAMES, QUESTION_STATUS_COUNT,
                 query->statuses ? query->statuses : shown);
    filter_words(&f, "q.split", SPLIT_NAMES, SPLIT_COUNT, query->splits);
    if (query->chunk_id)
        filter_equal(&f, "q.id IN (SELECT question_id FROM relevance WHERE chunk_id",
                     query->chunk_id);
    if (query->chunk_id) str_add_char(&f.where, ')');
    if (query->ids) filter_ids(&f, "q.id", query->ids, query->id_count);
    bool ordered = f.orders.count > 0;
    QuestionRows rows = {0};
    Sql q = filter_open(s, &f, QUESTION_COLUMNS, "q.id");
    read_questions(&q, &rows);
    if (!ordered)
        rows_by_ids(rows.items, rows.count, sizeof *rows.items, query->ids, query->id_count);
    rows_end(&q, &rows, ret, err);
}

bool question_get(Store *s, int64_t id, QuestionRows *ret, Err *err)
{
    QuestionRows rows = {0};
    Sql q = sql_open(s, QUESTION_COLUMNS " WHERE q.id = ?");
    sql_i64(&q, id);
    read_questions(&q, &rows);
    if (!sql_close(&q, err)) {
        rows_release(&rows);
        return false;
    }
    if (rows.count == 0) {
        rows_release(&rows);
        return err_set(err, ERR_MISSING, "no question %lld: list them again", (long long)id);
    }
    *ret = rows;
    return true;
}

static void bind_doubts(Sql *q, const Doubts *d)
{
    if (d->known)
        sql_f64(q, d->doubt);
    else
        sql_id(q, 0);
    sql_i64(q, d->own_rank);
    sql_f64(q, d->copied);
    sql_id(q, d->twin_id);
    sql_f64(q, d->twin_score);
    sql_i64(q, d->nameless);
}

bool question_add(Store *s, const QuestionRow *row, int64_t *ret_id, Err *err)
{
    Hash text_hash = hash_text(row->text);
    Sql q = sql_open(s, "INSERT INTO question(key, text, text_hash, origin, kind, source,"
                        " why_flagged, status, split, made_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
                        " ?)");
    sql_text(&q, row->key);
    sql_text(&q, row->text);
    sql_hash(&q, &text_hash);
    sql_text(&q, origin_name(row->origin));
    sql_text(&q, row->kind);
    sql_text(&q, row->source);
    sql_text(&q, row->why_flagged);
    sql_text(&q, question_status_name(row->status));
    sql_text(&q, split_name(row->split));
    sql_i64(&q, row->made_ms ? row->made_ms : clock_wall_ms());
    if (!sql_run(&q, err)) return false;
    int64_t id = sql_last_id(s);
    if (row->doubts.known && !doubts_put(s, id, &row->doubts, err)) return false;
    if (ret_id) *ret_id = id;
    return true;
}

static bool changed_question(Store *s, int64_t id, Err *err)
{
    if (sql_changes(s) > 0) return true;
    return err_set(err, ERR_MISSING, "no question %lld: list them again", (long long)id);
}

bool question_set_split(Store *s, int64_t id, Split split, Err *err)
{
    Sql q = sql_open(s, "UPDATE question SET split = ? WHERE id = ?");
    sql_text(&q, split_name(split));
    sql_i64(&q, id);
    return sql_run(&q, err) && changed_question(s, id, err);
}

/* What a person rejected or deleted stays so; the reason is kept all the same. */
bool question_flag(Store *s, int64_t id, const char *why, Err *err)
{
    Sql q =
        sql_open(s, "UPDATE question SET why_flagged = ?, status = CASE WHEN status IN ('pending',"
                    " 'accepted') THEN 'flagged' ELSE status END WHERE id = ?");
    sql_text(&q, why);
    sql_i64(&q, id);
    return sql_run(&q, err) && changed_question(s, id, err);
}

bool doubts_put(Store *s, int64_t question_id, const Doubts *doubts, Err *err)
{
    Sql q = sql_open(
        s, "UPDATE question SET doubt = ?, own_rank = ?, copied = ?, twin_id = ?, twin_score = ?,"
           " nameless = ? WHERE id = ?");
    bind_doubts(&q, doubts);
    sql_i64(&q, question_id);
    return sql_run(&q, err) && changed_question(s, question_id, err);
}

bool relevance_load(Store *s, RelevanceRows *ret, Err *err)
{
    RelevanceRows rows = {0};
    Sql q = sql_open(
        s, "SELECT question_id, chunk_id, origin FROM relevance WHERE question_id NOT IN (SELECT"
           " id FROM question WHERE status = 'deleted') ORDER BY question_id, chunk_id");
    while (sql_next(&q)) {
        RelevanceRow *r = rows_push(&rows);
        r->question_id = sql_get_id(&q);
        r->chunk_id = sql_get_id(&q);
        r->origin = (Origin)sql_get_word(&q, ORIGIN_NAMES, ORIGIN_COUNT, "an unknown origin");
    }
    rows_end(&q, &rows, ret, err);
}

bool relevance_add(Store *s, int64_t question_id, int64_t chunk_id, Origin origin, Err *err)
{
    Sql q = sql_open(s, "INSERT INTO relevance(question_id, chunk_id, origin) VALUES (?, ?, ?) ON"
                        " CONFLICT DO NOTHING");
    sql_i64(&q, question_id);
    sql_i64(&q, chunk_id);
    sql_text(&q, origin_name(origin));
    return sql_run(&q, err);
}

bool relevance_move(Store *s, int64_t from_chunk, int64_t to_chunk, Err *err)
{
    if (from_chunk == to_chunk) return true;
    if (!store_begin(s, err)) return false;
    Sql q = sql_open(
        s, "INSERT INTO relevance(question_id, chunk_id, origin) SELECT question_id, ?, origin"
           " FROM relevance WHERE chunk_id = ? ON CONFLICT DO NOTHING");
    sql_i64(&q, to_chunk);
    sql_i64(&q, from_chunk);
    bool ok = sql_run(&q, err) &&
              sql_run_i64(s, "DELETE FROM relevance WHERE chunk_id = ?", from_chunk, err);
    return sql_end(s, ok, err);
}

bool chunks_without_questions(Store *s, int64_t **ret_ids, size_t *ret_count, Err *err)
{
    VEC(int64_t) ids = {0};
    Sql q = sql_open(
        s, "SELECT id FROM chunk WHERE status = 'live' AND NOT EXISTS (SELECT 1 FROM relevance r"
           " JOIN question ON question.id = r.question_id WHERE r.chunk_id = chunk.id AND"
           " question.status <> 'deleted') ORDER BY id");
    while (sql_next(&q)) {
        vec_push(&ids, sql_get_id(&q));
    }
    if (!sql_close(&q, err)) {
        vec_release(&ids);
        return false;
    }
    *ret_ids = ids.items;
    *ret_count = ids.count;
    return true;
}
