#include "store/scores.h"

#include <math.h>

#include "store/sql.h"

Hash pair_hash(const Hash *query, const Hash *text)
{
    HashBuilder *b = hash_begin();
    hash_add(b, query->bytes, HASH_BYTES);
    hash_add(b, text->bytes, HASH_BYTES);
    return hash_end(b);
}

bool reranker_register(Store *s, const char *name, const Hash *fingerprint, int64_t *ret_id,
                       Err *err)
{
    if (!store_begin(s, err)) return false;
    Sql q =
        sql_open(s, "INSERT INTO reranker(name, fingerprint) VALUES (?, ?) ON CONFLICT DO NOTHING");
    sql_text(&q, name);
    sql_hash(&q, fingerprint);
    bool ok = sql_run(&q, err);
    int64_t id = 0;
    q = sql_open(s, "SELECT id FROM reranker WHERE fingerprint = ?");
    sql_hash(&q, fingerprint);
    if (ok && sql_next(&q)) id = sql_get_id(&q);
    ok = sql_close(&q, ok ? err : NULL) && ok;
    if (!sql_end(s, ok, err)) return false;
    *ret_id = id;
    return true;
}

static bool read_scores(Store *s, int64_t reranker_id, const Hash *pairs, size_t count, float *out,
                        bool *found, Err *err)
{
    Sql q = sql_open(s, "SELECT score FROM pair_score WHERE reranker_id = ? AND pair = ?");
    for (size_t i = 0; i < count; i++) {
        sql_again(&q);
        sql_i64(&q, reranker_id);
        sql_hash(&q, &pairs[i]);
        found[i] = sql_next(&q);
        if (found[i]) out[i] = (float)sql_get_f64(&q);
        found[i] = found[i] && isfinite(out[i]);
        if (i % 256 == 0 && cancel_asked(s->cancel)) q.rc = SQLITE_INTERRUPT;
    }
    return sql_close(&q, err);
}

/* One transaction around all of them: each by itself would lock and unlock the file. */
bool scores_get(Store *s, int64_t reranker_id, const Hash *pairs, size_t count, float *out,
                bool *found, Err *err)
{
    return store_begin_read(s, err) &&
           sql_end(s, read_scores(s, reranker_id, pairs, count, out, found, err), err);
}

bool scores_put(Store *s, int64_t reranker_id, const Hash *pairs, size_t count, const float *scores,
                Err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(scores[i]))
            return err_set(err, ERR_NUMERIC, "the score of pair %zu of %zu is not a number", i + 1,
                           count);
    }
    if (!store_begin(s, err)) return false;
    Sql q = sql_open(s, "INSERT INTO pair_score(reranker_id, pair, score) VALUES (?, ?, ?)"
                        " ON CONFLICT DO UPDATE SET score = excluded.score");
    for (size_t i = 0; i < count; i++) {
        sql_again(&q);
        sql_i64(&q, reranker_id);
        sql_hash(&q, &pairs[i]);
        sql_f64(&q, (double)scores[i]);
        sql_next(&q);
    }
    return sql_end(s, sql_close(&q, err), err);
}
