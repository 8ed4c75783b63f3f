#include "store/mining.h"

#include "base/clock.h"
#include "store/filter_sql.h"
#include "store/owner.h"

#define DELETE_STEP "20000"
#define CURRENT FILTER_CURRENT_MINING
#define MINING_COLUMNS                                                                             \
    "SELECT id, made_ms, retriever, inputs, options, report, done_question, finished, owner FROM " \
    "mining"

static void read_mining(Sql *q, MiningRow *r, const char **ret_owner, Arena *arena)
{
    r->id = sql_get_id(q);
    r->made_ms = sql_get_i64(q);
    r->retriever = sql_get_words(q, arena);
    r->inputs = sql_get_hash(q);
    r->options = sql_get_words(q, arena);
    r->report = sql_get_text(q, arena);
    r->done_question = sql_get_count(q);
    r->finished = sql_get_bool(q);
    *ret_owner = sql_get_text(q, arena);
}

bool minings_load(Store *s, MiningRows *ret, Err *err)
{
    MiningRows rows = {0};
    const char *owner;
    Sql q = sql_open(s, MINING_COLUMNS " ORDER BY id");
    while (sql_next(&q)) {
        MiningRow *r = rows_push(&rows);
        read_mining(&q, r, &owner, &rows.arena);
    }
    rows_end(&q, &rows, ret, err);
}

/* Candidates are removed in pieces: a transaction over millions would hold up every decision. */
static bool remove_candidates(Store *s, int64_t mining_id, Err *err)
{
    int64_t removed;
    do {
        if (!sql_run_i64(
                s,
                "DELETE FROM candidate WHERE id IN (SELECT id FROM candidate WHERE mining_id = ?"
                " LIMIT " DELETE_STEP ")",
                mining_id, err))
            return false;
        removed = sql_changes(s);
        sql_breathe(s);
    } while (removed > 0);
    return sql_run_i64(s, "DELETE FROM candidate_count WHERE mining_id = ?", mining_id, err);
}

/* What nobody sees any more: candidates of finished minings that are not the current one, and
 * minings whose process is gone. */
static bool remove_leftovers(Store *s, int64_t keep, Err *err)
{
    MiningRows rows = {0};
    int64_t current = 0;
    const char *owner;
    if (!sql_one_i64(s, "SELECT " CURRENT, 0, &current, err)) return false;
    VEC(MiningRow) gone = {0};
    Sql q = sql_open(s, MINING_COLUMNS " ORDER BY id");
    while (sql_next(&q)) {
        MiningRow r;
        read_mining(&q, &r, &owner, &rows.arena);
        bool at_work = !r.finished && (owner_is_self(owner) || owner_is_other(owner));
        if (r.id != keep && r.id != current && !at_work) vec_push(&gone, r);
    }
    bool ok = sql_close(&q, err);
    for (size_t i = 0; ok && i < gone.count; i++) {
        ok = remove_candidates(s, gone.items[i].id, err) &&
             (gone.items[i].finished ||
              sql_run_i64(s, "DELETE FROM mining WHERE id = ?", gone.items[i].id, err));
    }
    vec_release(&gone);
    rows_release(&rows);
    return ok;
}

/* The unfinished mining of these inputs; *ret_id 0: there is none. */
static bool find_unfinished(Store *s, const Hash *inputs, int64_t *ret_id, int64_t *ret_done,
                            Err *err)
{
    MiningRow r = {0};
    const char *owner = NULL;
    Arena arena = {0};
    Sql q =
        sql_open(s, MINING_COLUMNS " WHERE NOT finished AND inputs = ? ORDER BY id DESC LIMIT 1");
    sql_hash(&q, inputs);
    if (sql_next(&q)) read_mining(&q, &r, &owner, &arena);
    bool ok = sql_close(&q, err);
    if (ok && owner_is_other(owner))
        ok = err_set(err, ERR_BUSY,
                     "%s: another process or job does the same mining: wait for it, or end it",
                     s->path);
    *ret_id = r.id;
    *ret_done = r.done_question;
    arena_release(&arena);
    return ok;
}

static bool take_over(Store *s, int64_t id, Err *err)
{
    char owner[OWNER_SIZE];
    owner_self(owner);
    Sql q = sql_open(s, "UPDATE mining SET owner = ? WHERE id = ?");
    sql_text(&q, owner);
    sql_i64(&q, id);
    return sql_run(&q, err);
}

static bool add_mining(Store *s, const char *retriever, const Hash *inputs, const char *options,
                       int64_t *ret_id, Err *err)
{
    Sql q = sql_open(
        s, "INSERT INTO mining(made_ms, retriever, inputs, options, done_question, finished)"
           " VALUES (?, ?, ?, ?, 0, 0)");
    sql_i64(&q, clock_wall_ms());
    sql_text(&q, retriever);
    sql_hash(&q, inputs);
    sql_text(&q, options);
    if (!sql_run(&q, err)) return false;
    *ret_id = sql_last_id(s);
    return true;
}

bool mining_begin(Store *s, const char *retriever, const Hash *inputs, const char *options_json,
                  MiningRow *ret, Err *err)
{
    int64_t id = 0, done = 0;
    if (!store_begin(s, err)) return false;
    bool ok = find_unfinished(s, inputs, &id, &done, err) &&
              (id || add_mining(s, retriever, inputs, options_json, &id, err)) &&
              take_over(s, id, err);
    if (!sql_end(s, ok, err) || !remove_leftovers(s, id, err)) return false;
    *ret = (MiningRow){.id = id,
                       .made_ms = clock_wall_ms(),
                       .retriever = retriever,
                       .inputs = *inputs,
                       .options = options_json,
                       .done_question = done};
    return true;
}

/* Rows go through a table in memory and from there in one statement: a statement that fires
 * triggers keeps the old pages of all that it touches, which for each row by itself costs more than
 * the row. */
static bool stage_candidates(Store *s, const CandidateRow *rows, size_t count, Err *err)
{
    Sql q = sql_open(s, "INSERT INTO temp.staged VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (size_t i = 0; i < count; i++) {
        sql_again(&q);
        sql_i64(&q, rows[i].question_id);
        sql_i64(&q, rows[i].chunk_id);
        sql_i64(&q, rows[i].rank);
        sql_f64(&q, rows[i].score);
        sql_f64(&q, rows[i].positive_score);
        sql_f64(&q, rows[i].score - rows[i].positive_score);
        sql_i64(&q, rows[i].suspect);
        sql_next(&q);
    }
    return sql_close(&q, err);
}

static bool add_candidates(Store *s, int64_t mining_id, const CandidateRow *rows, size_t count,
                           Err *err)
{
    Sql table = sql_open(s, "CREATE TEMP TABLE IF NOT EXISTS staged(question_id INTEGER, chunk_id"
                            " INTEGER, rank INTEGER, score REAL, positive_score REAL, margin"
                            " REAL, suspect INTEGER)");
    if (!sql_run(&table, err)) return false;
    Sql clear = sql_open(s, "DELETE FROM temp.staged");
    if (!sql_run(&clear, err) || !stage_candidates(s, rows, count, err)) return false;
    return sql_run_i64(
        s,
        "INSERT INTO candidate(mining_id, question_id, chunk_id, rank, score, positive_score,"
        " margin, suspect, status) SELECT ?, t.question_id, t.chunk_id, rank, score,"
        " positive_score, margin, suspect, coalesce((SELECT verdict FROM verdict v WHERE"
        " v.question_id = t.question_id AND v.text_hash = (SELECT text_hash FROM chunk INDEXED BY"
        " chunk_hash WHERE id = t.chunk_id)), 'pending') FROM temp.staged t ORDER BY t.rowid",
        mining_id, err);
}

bool mining_add(Store *s, int64_t mining_id, const CandidateRow *rows, size_t count,
                int64_t done_question, Err *err)
{
    if (!store_begin(s, err)) return false;
    Sql q = sql_open(s, "UPDATE mining SET done_question = ? WHERE id = ? AND NOT finished");
    sql_i64(&q, done_question);
    sql_i64(&q, mining_id);
    bool ok = sql_run(&q, err);
    if (ok && sql_changes(s) == 0)
        ok = err_set(err, ERR_CONFLICT, "mining %lld is no longer under way: start it again",
                     (long long)mining_id);
    return sql_end(s, ok && add_candidates(s, mining_id, rows, count, err), err);
}

bool mining_finish(Store *s, int64_t mining_id, const char *report_json, Err *err)
{
    Sql q = sql_open(
        s,
        "UPDATE mining SET finished = 1, report = ?, owner = NULL WHERE id = ? AND NOT finished");
    sql_text(&q, report_json);
    sql_i64(&q, mining_id);
    if (!sql_run(&q, err)) return false;
    if (sql_changes(s) == 0)
        return err_set(err, ERR_CONFLICT, "mining %lld is no longer under way: start it again",
                       (long long)mining_id);
    /* The new one is the current one from here on; what is left of the old is seen by nobody and
     * removed again next time should this not come to its end. */
    Err later = {0};
    if (!remove_leftovers(s, mining_id, &later) && s->depth > 0) {
        if (err) *err = later;
        return false;
    }
    return true;
}

#define CANDIDATE_COLUMNS                                                                          \
    "SELECT x.id, x.mining_id, x.question_id, x.chunk_id, x.rank, x.score, x.positive_score, "     \
    "x.margin,"                                                                                    \
    " x.suspect, x.status, (SELECT text_hash FROM chunk INDEXED BY chunk_hash WHERE id = "         \
    "x.chunk_id)"
#define CANDIDATE_TEXTS                                                                            \
    ", (SELECT text FROM question WHERE id = x.question_id), (SELECT text FROM chunk WHERE id = "  \
    "x.chunk_id),"                                                                                 \
    " (SELECT key FROM chunk WHERE id = x.chunk_id)"

static void read_candidates(Sql *q, bool with_texts, CandidateRows *rows)
{
    while (sql_next(q)) {
        CandidateRow *r = rows_push(rows);
        r->id = sql_get_id(q);
        r->mining_id = sql_get_id(q);
        r->question_id = sql_get_id(q);
        r->chunk_id = sql_get_id(q);
        r->rank = sql_get_count(q);
        r->score = sql_get_f64(q);
        r->positive_score = sql_get_f64(q);
        r->margin = sql_get_f64(q);
        r->suspect = sql_get_bool(q);
        r->status = (CandidateStatus)sql_get_word(q, CANDIDATE_STATUS_NAMES, CANDIDATE_STATUS_COUNT,
                                                  "an unknown candidate status");
        r->text_hash = sql_get_hash(q);
        if (!with_texts) continue;
        r->question = sql_get_words(q, &rows->arena);
        r->text = sql_get_words(q, &rows->arena);
        r->chunk_key = sql_get_text(q, &rows->arena);
    }
}

bool candidates_load(Store *s, const CandidateQuery *query, CandidateRows *ret, Err *err)
{
    FilterSql f = {0};
    if (!filter_compile(FILTER_CANDIDATES, query->filter, &f, err)) return false;
    /* '+': by the ids, not by the mining, which all rows have in common */
    filter_and(&f, query->ids ? "+x.mining_id = " CURRENT : "x.mining_id = " CURRENT);
    filter_words(&f, "x.status", CANDIDATE_STATUS_NAMES, CANDIDATE_STATUS_COUNT, query->statuses);
    /* lets the index of the few decided ones serve */
    if (query->statuses && !(query->statuses & 1 << CANDIDATE_PENDING))
        filter_and(&f, "x.status <> 'pending'");
    if (query->question_id) filter_equal(&f, "x.question_id", query->question_id);
    if (query->ids) filter_ids(&f, "x.id", query->ids, query->id_count);
    bool ordered = f.orders.count > 0;
    CandidateRows rows = {0};
    Sql q = filter_open(s, &f,
                        query->with_texts ? CANDIDATE_COLUMNS CANDIDATE_TEXTS " FROM candidate x"
                                          : CANDIDATE_COLUMNS " FROM candidate x",
                        ordered ? "x.id" : "x.question_id, x.rank, x.id");
    read_candidates(&q, query->with_texts, &rows);
    if (!ordered)
        rows_by_ids(rows.items, rows.count, sizeof *rows.items, query->ids, query->id_count);
    rows_end(&q, &rows, ret, err);
}

bool candidate_get(Store *s, int64_t id, CandidateRows *ret, Err *err)
{
    CandidateRows rows = {0};
    Sql q = sql_open(s, CANDIDATE_COLUMNS CANDIDATE_TEXTS
                     " FROM candidate x WHERE x.id = ? AND x.mining_id = " CURRENT);
    sql_i64(&q, id);
    read_candidates(&q, true, &rows);
    bool ok = sql_close(&q, err);
    if (ok && rows.count == 0)
        ok = err_set(err, ERR_MISSING, "no candidate %lld: list them again", (long long)id);
    if (!ok) {
        rows_release(&rows);
        return false;
    }
    *ret = rows;
    return true;
}

bool verdicts_load(Store *s, VerdictRows *ret, Err *err)
{
    VerdictRows rows = {0};
    Sql q = sql_open(
        s, "SELECT question_id, text_hash, verdict FROM verdict ORDER BY question_id, text_hash");
    while (sql_next(&q)) {
        VerdictRow *r = rows_push(&rows);
        r->question_id = sql_get_id(&q);
        r->text_hash = sql_get_hash(&q);
        r->verdict = (CandidateStatus)sql_get_word(&q, CANDIDATE_STATUS_NAMES,
                                                   CANDIDATE_STATUS_COUNT, "an unknown verdict");
        if (r->verdict == CANDIDATE_PENDING && !q.broken) q.broken = "an unknown verdict";
    }
    rows_end(&q, &rows, ret, err);
}
