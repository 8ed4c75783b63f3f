#include "store/runs.h"

#include "base/clock.h"
#include "store/blob.h"
#include "store/owner.h"

#define RUN_COLUMNS                                                                                \
    "SELECT id, name, embedder, method, loss, inputs, options, selection, report, state, "         \
    "message, made_ms,"                                                                            \
    " updated_ms, step, steps, build_id, owner FROM run"

/* Returns the owner, or NULL. */
static const char *read_run(Sql *q, RunRow *r, Arena *arena)
{
    r->id = sql_get_id(q);
    r->name = sql_get_words(q, arena);
    r->embedder = sql_get_words(q, arena);
    r->method = sql_get_words(q, arena);
    r->loss = sql_get_words(q, arena);
    r->inputs = sql_get_hash(q);
    r->options = sql_get_words(q, arena);
    r->selection = sql_get_words(q, arena);
    r->report = sql_get_text(q, arena);
    r->state = sql_get_words(q, arena);
    r->message = sql_get_text(q, arena);
    r->made_ms = sql_get_i64(q);
    r->updated_ms = sql_get_i64(q);
    r->step = sql_get_count(q);
    r->steps = sql_get_count(q);
    r->build_id = sql_get_id(q);
    return sql_get_text(q, arena);
}

/* A run whose process is gone without a word has stopped. */
static void read_runs(Sql *q, RunRows *rows)
{
    while (sql_next(q)) {
        RunRow *r = rows_push(rows);
        const char *owner = read_run(q, r, &rows->arena);
        if (strcmp(r->state, "running") == 0 && !owner_is_self(owner) && !owner_is_other(owner))
            r->state = "stopped";
    }
}

bool runs_load(Store *s, RunRows *ret, Err *err)
{
    RunRows rows = {0};
    Sql q = sql_open(s, RUN_COLUMNS " ORDER BY id");
    read_runs(&q, &rows);
    rows_end(&q, &rows, ret, err);
}

bool run_find(Store *s, const char *name, RunRows *ret, Err *err)
{
    RunRows rows = {0};
    Sql q = sql_open(s, RUN_COLUMNS " WHERE name = ?");
    sql_text(&q, name);
    read_runs(&q, &rows);
    rows_end(&q, &rows, ret, err);
}

static bool add_run(Store *s, const RunRow *r, int64_t *ret_id, Err *err)
{
    int64_t now = clock_wall_ms();
    Sql q = sql_open(
        s, "INSERT INTO run(name, embedder, method, loss, inputs, options, selection, state,"
           " made_ms, updated_ms, step, steps, build_id) VALUES (?, ?, ?, ?, ?, ?, ?, 'running', ?,"
           " ?, 0, ?, ?)");
    sql_text(&q, r->name);
    sql_text(&q, r->embedder);
    sql_text(&q, r->method);
    sql_text(&q, r->loss);
    sql_hash(&q, &r->inputs);
    sql_text(&q, r->options ? r->options : "{}");
    sql_text(&q, r->selection ? r->selection : "");
    sql_i64(&q, now);
    sql_i64(&q, now);
    sql_i64(&q, r->steps);
    sql_id(&q, r->build_id);
    if (!sql_run(&q, err)) return false;
    *ret_id = sql_last_id(s);
    return true;
}

static bool own_run(Store *s, int64_t id, Err *err)
{
    char owner[OWNER_SIZE];
    owner_self(owner);
    Sql q = sql_open(s, "UPDATE run SET state = 'running', message = NULL, owner = ? WHERE id = ?");
    sql_text(&q, owner);
    sql_i64(&q, id);
    return sql_run(&q, err);
}

static bool load_run(Store *s, const char *name, RunRow *ret, const char **ret_owner,
                     bool *ret_found, Arena *arena, Err *err)
{
    Sql q = sql_open(s, RUN_COLUMNS " WHERE name = ?");
    sql_text(&q, name);
    *ret_found = sql_next(&q);
    if (*ret_found) *ret_owner = read_run(&q, ret, arena);
    return sql_close(&q, err);
}

static bool begin_run(Store *s, const RunRow *wanted, RunRow *ret, Arena *arena, Err *err)
{
    RunRow row = {0};
    const char *owner = NULL;
    bool found;
    int64_t id;
    if (!load_run(s, wanted->name, &row, &owner, &found, arena, err)) return false;
    if (found && !hash_equal(&row.inputs, &wanted->inputs))
        return err_set(err, ERR_CONFLICT,
                       "run %s: the name is taken by a run with other options or data: choose"
                       " another name, or remove it",
                       wanted->name);
    bool done = found && strcmp(row.state, "done") == 0;
    if (!done && found && owner_is_other(owner))
        return err_set(err, ERR_CONFLICT,
                       "run %s: another process or job trains it: wait for it, or end it",
                       wanted->name);
    id = row.id;
    if (!done) {
        if (!found && !add_run(s, wanted, &id, err)) return false;
        if (!own_run(s, id, err) || !load_run(s, wanted->name, &row, &owner, &found, arena, err))
            return false;
    }
    *ret = row;
    return true;
}

bool run_begin(Store *s, const RunRow *wanted, RunRow *ret, Arena *arena, Err *err)
{
    RunRow row;
    if (!store_begin(s, err)) return false;
    if (!sql_end(s, begin_run(s, wanted, &row, arena, err), err)) return false;
    *ret = row;
    return true;
}

static bool changed_run(Store *s, int64_t id, Err *err)
{
    if (sql_changes(s) > 0) return true;
    return err_set(err, ERR_MISSING, "run %lld is no longer in the project", (long long)id);
}

bool run_update(Store *s, int64_t id, int64_t step, const char *state, const char *message,
                Err *err)
{
    Sql q = sql_open(s, "UPDATE run SET step = ?1, state = ?2, message = ?3, updated_ms = ?4,"
                        " owner = CASE WHEN ?2 = 'running' THEN owner END WHERE id = ?5");
    sql_i64(&q, step);
    sql_text(&q, state);
    sql_text(&q, message);
    sql_i64(&q, clock_wall_ms());
    sql_i64(&q, id);
    return sql_run(&q, err) && changed_run(s, id, err);
}

bool run_finish(Store *s, int64_t id, const char *report_json, Err *err)
{
    if (!store_begin(s, err)) return false;
    Sql q = sql_open(s, "UPDATE run SET state = 'done', report = ?, message = NULL, owner = NULL,"
                        " updated_ms = ? WHERE id = ?");
    sql_text(&q, report_json);
    sql_i64(&q, clock_wall_ms());
    sql_i64(&q, id);
    bool ok = sql_run(&q, err) && changed_run(s, id, err) &&
              sql_run_i64(s, "DELETE FROM checkpoint WHERE run_id = ?", id, err);
    return sql_end(s, ok, err);
}

static bool remove_run(Store *s, const char *name, Err *err)
{
    RunRow row = {0};
    const char *owner = NULL;
    bool found;
    Arena arena = {0};
    bool ok = load_run(s, name, &row, &owner, &found, &arena, err);
    if (ok && !found) ok = err_set(err, ERR_MISSING, "no run %s: list the runs", name);
    if (ok && strcmp(row.state, "running") == 0 && owner_is_other(owner))
        ok = err_set(err, ERR_CONFLICT,
                     "run %s: another process or job trains it: wait for it, or end it", name);
    arena_release(&arena);
    return ok && sql_run_i64(s, "DELETE FROM run WHERE id = ?", row.id, err);
}

bool run_remove(Store *s, const char *name, Err *err)
{
    return store_begin(s, err) && sql_end(s, remove_run(s, name, err), err);
}

bool metrics_add(Store *s, int64_t run_id, const MetricRow *rows, size_t count, Err *err)
{
    if (!store_begin(s, err)) return false;
    Sql q =
        sql_open(s, "INSERT INTO metric(run_id, name, step, value, at_ms) VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms");
    for (size_t i = 0; i < count; i++) {
        sql_again(&q);
        sql_i64(&q, run_id);
        sql_text(&q, rows[i].name);
        sql_i64(&q, rows[i].step);
        sql_f64(&q, rows[i].value);
        sql_i64(&q, rows[i].at_ms ? rows[i].at_ms : clock_wall_ms());
        sql_next(&q);
    }
    return sql_end(s, sql_close(&q, err), err);
}

bool metrics_cut(Store *s, int64_t run_id, int64_t after_step, Err *err)
{
    Sql q = sql_open(s, "DELETE FROM metric WHERE run_id = ? AND step > ?");
    sql_i64(&q, run_id);
    sql_i64(&q, after_step);
    return sql_run(&q, err);
}

bool metrics_load(Store *s, int64_t run_id, const char *name, int64_t after_step, MetricRows *ret,
                  Err *err)
{
    MetricRows rows = {0};
    const char *last = NULL;
    Sql q = name ? sql_open(s, "SELECT step, value, at_ms, name FROM metric WHERE run_id = ? AND"
                               " step > ? AND name = ? ORDER BY name, step")
                 : sql_open(s, "SELECT step, value, at_ms, name FROM metric WHERE run_id = ? AND"
                               " step > ? ORDER BY name, step");
    sql_i64(&q, run_id);
    sql_i64(&q, after_step);
    if (name) sql_text(&q, name);
    while (sql_next(&q)) {
        MetricRow *r = rows_push(&rows);
        r->step = sql_get_i64(&q);
        r->value = sql_get_f64(&q);
        r->at_ms = sql_get_i64(&q);
        const char *text = (const char *)sqlite3_column_text(q.statement, q.column);
        bool same = last && text &&
                    strcmp(text, last) == 0; /* a series has thousands of points and one name */
        r->name = last = same ? last : sql_get_words(&q, &rows.arena);
    }
    rows_end(&q, &rows, ret, err);
}

static bool name_checkpoint(Store *s, int64_t run_id, int64_t step, int64_t blob_id, Err *err)
{
    Sql q = sql_open(s, "INSERT INTO checkpoint(run_id, step, blob_id) VALUES (?, ?, ?) ON CONFLICT"
                        " DO UPDATE SET step = excluded.step, blob_id = excluded.blob_id");
    sql_i64(&q, run_id);
    sql_i64(&q, step);
    sql_i64(&q, blob_id);
    return sql_run(&q, err);
}

bool checkpoint_put(Store *s, int64_t run_id, int64_t step, const void *data, size_t size, Err *err)
{
    int64_t blob_id;
    if (!blob_write(s, data, size, &blob_id, err)) return false;
    bool ok = store_begin(s, err);
    if (ok)
        ok = sql_end(
            s, name_checkpoint(s, run_id, step, blob_id, err) && blob_adopt(s, blob_id, err), err);
    if (!ok) blob_drop(s, blob_id);
    return ok;
}

static bool read_checkpoint(Store *s, int64_t run_id, int64_t *ret_step, void **ret,
                            size_t *ret_size, Err *err)
{
    Sql q = sql_open(s, "SELECT step, blob_id FROM checkpoint WHERE run_id = ?");
    sql_i64(&q, run_id);
    bool found = sql_next(&q);
    int64_t step = found ? sql_get_count(&q) : 0, blob_id = found ? sql_get_id(&q) : 0;
    if (!sql_close(&q, err)) return false;
    void *data = NULL;
    size_t size = 0;
    if (found && !blob_read(s, blob_id, &data, &size, err)) return false;
    *ret_step = step;
    *ret = data;
    *ret_size = size;
    return true;
}

bool checkpoint_get(Store *s, int64_t run_id, int64_t *ret_step, void **ret, size_t *ret_size,
                    Err *err)
{
    return store_begin_read(s, err) &&
           sql_end(s, read_checkpoint(s, run_id, ret_step, ret, ret_size, err), err);
}
