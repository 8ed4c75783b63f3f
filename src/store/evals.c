#include "base/clock.h"
#include "store/runs.h"
#include "store/sql.h"

static bool add_eval(Store *s, const EvalRow *row, int64_t *ret_id, Err *err)
{
    Sql q = sql_open(s, "INSERT INTO eval(made_ms, split, corpus, version, frozen, data_hash,"
                        " questions, chunks, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    sql_i64(&q, row->made_ms ? row->made_ms : clock_wall_ms());
    sql_text(&q, row->split);
    sql_text(&q, row->corpus);
    sql_text(&q, row->version);
    sql_text(&q, row->frozen);
    sql_text(&q, row->data_hash);
    sql_i64(&q, row->questions);
    sql_i64(&q, row->chunks);
    sql_text(&q, row->table);
    if (!sql_run(&q, err)) return false;
    *ret_id = sql_last_id(s);
    return true;
}

static bool add_ranks(Store *s, int64_t eval_id, const EvalRankRow *ranks, size_t count, Err *err)
{
    Sql q = sql_open(s, "INSERT INTO eval_rank(eval_id, retriever, question_id, relevant, ranks)"
                        " VALUES (?, ?, ?, ?, ?)");
    for (size_t i = 0; i < count; i++) {
        sql_again(&q);
        sql_i64(&q, eval_id);
        sql_text(&q, ranks[i].retriever);
        sql_i64(&q, ranks[i].question_id);
        sql_i64(&q, ranks[i].relevant);
        sql_text(&q, ranks[i].ranks ? ranks[i].ranks : "");
        sql_next(&q);
    }
    return sql_close(&q, err);
}

bool eval_add(Store *s, const EvalRow *row, const EvalRankRow *ranks, size_t count, int64_t *ret_id,
              Err *err)
{
    int64_t id = 0;
    if (!store_begin(s, err)) return false;
    bool ok = add_eval(s, row, &id, err) && add_ranks(s, id, ranks, count, err);
    if (!sql_end(s, ok, err)) return false;
    if (ret_id) *ret_id = id;
    return true;
}

bool evals_load(Store *s, EvalRows *ret, Err *err)
{
    EvalRows rows = {0};
    Sql q = sql_open(
        s, "SELECT id, made_ms, split, corpus, version, frozen, data_hash, questions, chunks,"
           " body FROM eval ORDER BY id DESC");
    while (sql_next(&q)) {
        EvalRow *r = rows_push(&rows);
        r->id = sql_get_id(&q);
        r->made_ms = sql_get_i64(&q);
        r->split = sql_get_words(&q, &rows.arena);
        r->corpus = sql_get_words(&q, &rows.arena);
        r->version = sql_get_words(&q, &rows.arena);
        r->frozen = sql_get_text(&q, &rows.arena);
        r->data_hash = sql_get_words(&q, &rows.arena);
        r->questions = sql_get_count(&q);
        r->chunks = sql_get_count(&q);
        r->table = sql_get_words(&q, &rows.arena);
    }
    rows_end(&q, &rows, ret, err);
}

bool eval_ranks(Store *s, int64_t eval_id, EvalRankRows *ret, Err *err)
{
    EvalRankRows rows = {0};
    Sql q = sql_open(
        s, "SELECT retriever, question_id, relevant, ranks FROM eval_rank WHERE eval_id = ? ORDER"
           " BY retriever, question_id");
    sql_i64(&q, eval_id);
    while (sql_next(&q)) {
        EvalRankRow *r = rows_push(&rows);
        r->retriever = sql_get_words(&q, &rows.arena);
        r->question_id = sql_get_id(&q);
        r->relevant = sql_get_count(&q);
        r->ranks = sql_get_words(&q, &rows.arena);
    }
    rows_end(&q, &rows, ret, err);
}
