#include "store/schema.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SPLITS "('none', 'train', 'val', 'test')"

/* Counting triggers: +1 for a new row, -1 for a gone one, both when what it is counted by changes.
 */
#define COUNT_ADD(what, key, n)                                                                    \
    "INSERT INTO count(what, status, split, n) VALUES ('" what "', " key ", " n ")"                \
    " ON CONFLICT DO UPDATE SET n = n + excluded.n;"
#define COUNT_TRIGGERS(table, columns, new_key, old_key)                                           \
    "CREATE TRIGGER " table "_counted_in AFTER INSERT ON " table                                   \
    " BEGIN " COUNT_ADD(table, new_key, "1") " END",                                               \
        "CREATE TRIGGER " table "_counted_out AFTER DELETE ON " table                              \
        " BEGIN " COUNT_ADD(table, old_key, "-1") " END",                                          \
        "CREATE TRIGGER " table "_recounted AFTER UPDATE OF " columns " ON " table                 \
        " BEGIN " COUNT_ADD(table, old_key, "-1") COUNT_ADD(table, new_key, "1") " END"
#define CANDIDATE_ADD(row, n)                                                                      \
    "INSERT INTO candidate_count VALUES (" row ".mining_id, " row ".status, " n ")"                \
    " ON CONFLICT DO UPDATE SET n = n + excluded.n;"

/* Texts are indexed up to text_index.mark, in the background. An indexed text that changes or goes
 * is kept until the index has followed: triggers cannot do that themselves, since a file's schema
 * is not trusted with virtual tables. */
#define TEXT_TRIGGER(table, name, event)                                                           \
    "CREATE TRIGGER " table "_text_" name " AFTER " event " ON " table                             \
    " WHEN OLD.id <= (SELECT mark FROM text_index WHERE what = '" table "')"                       \
    " BEGIN INSERT INTO text_stale VALUES ('" table                                                \
    "', OLD.id, OLD.text) ON CONFLICT DO NOTHING; END"

/* A candidate's status is what the verdict on its question and its chunk's text says. */
#define VERDICT_TRIGGER(name, event, row, status)                                                  \
    "CREATE TRIGGER verdict_" name " AFTER " event " ON verdict BEGIN"                             \
    " UPDATE candidate SET status = " status " WHERE question_id = " row ".question_id"            \
    " AND chunk_id IN (SELECT id FROM chunk WHERE text_hash = " row ".text_hash); END"

/* A blob ends with the row that names it. */
#define BLOB_TRIGGERS(table)                                                                       \
    "CREATE TRIGGER " table "_blob_gone AFTER DELETE ON " table                                    \
    " BEGIN DELETE FROM blob WHERE id = OLD.blob_id; END",                                         \
        "CREATE TRIGGER " table "_blob_changed AFTER UPDATE OF blob_id ON " table                  \
        " WHEN OLD.blob_id <> NEW.blob_id BEGIN DELETE FROM blob WHERE id = OLD.blob_id; END"

/* A line ends where a column does. */
/* clang-format off */
static const char *const VERSION_1[] = {
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",

    "CREATE TABLE count(what TEXT NOT NULL, status TEXT NOT NULL, split TEXT NOT NULL,"
    " n INTEGER NOT NULL, PRIMARY KEY(what, status, split)) STRICT, WITHOUT ROWID",

    "CREATE TABLE document(id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE,"
    " path TEXT, title TEXT NOT NULL, format TEXT NOT NULL, encoding TEXT,"
    " file_hash BLOB NOT NULL, size_bytes INTEGER NOT NULL CHECK(size_bytes >= 0),"
    " modified_ms INTEGER NOT NULL, added_ms INTEGER NOT NULL,"
    " split TEXT NOT NULL CHECK(split IN " SPLITS "), by_blocks INTEGER NOT NULL,"
    " pages INTEGER NOT NULL CHECK(pages >= 0)) STRICT",
    "CREATE TABLE document_text(document_id INTEGER PRIMARY KEY REFERENCES document(id) ON DELETE CASCADE,"
    " text TEXT NOT NULL) STRICT",

    "CREATE TABLE chunk(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " document_id INTEGER NOT NULL REFERENCES document(id), key TEXT,"
    " ordinal INTEGER NOT NULL CHECK(ordinal >= 0), own_title TEXT, heading TEXT NOT NULL,"
    " text_hash BLOB NOT NULL, source_hash BLOB NOT NULL,"
    " char_first INTEGER NOT NULL CHECK(char_first >= 0),"
    " char_end INTEGER NOT NULL CHECK(char_end >= char_first),"
    " overlap_chars INTEGER NOT NULL CHECK(overlap_chars >= 0),"
    " page_first INTEGER NOT NULL CHECK(page_first >= 0),"
    " page_last INTEGER NOT NULL CHECK(page_last >= page_first),"
    " tokens INTEGER NOT NULL CHECK(tokens >= 0), split TEXT NOT NULL CHECK(split IN " SPLITS "),"
    " status TEXT NOT NULL CHECK(status IN ('live', 'excluded', 'retired', 'pool')),"
    " text TEXT NOT NULL) STRICT",
    "CREATE INDEX chunk_document ON chunk(document_id, status)",
    "CREATE INDEX chunk_text_hash ON chunk(text_hash)",
    /* a candidate's hash without its chunk's text: a page holds hundreds of these, a dozen of those */
    "CREATE INDEX chunk_hash ON chunk(id, text_hash)",

    "CREATE TABLE question(id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT,"
    " text_hash BLOB NOT NULL,"
    " origin TEXT NOT NULL CHECK(origin IN ('llm', 'offline', 'human', 'import')), kind TEXT,"
    " source TEXT, why_flagged TEXT,"
    " status TEXT NOT NULL CHECK(status IN ('pending', 'accepted', 'rejected', 'flagged', 'deleted')),"
    " split TEXT NOT NULL CHECK(split IN " SPLITS "), made_ms INTEGER NOT NULL, own_rank INTEGER,"
    " copied REAL, twin_id INTEGER, twin_score REAL, nameless INTEGER, doubt REAL,"
    " text TEXT NOT NULL) STRICT",
    "CREATE INDEX question_doubt ON question(status, doubt)",

    "CREATE TABLE relevance(question_id INTEGER NOT NULL REFERENCES question(id) ON DELETE CASCADE,"
    " chunk_id INTEGER NOT NULL REFERENCES chunk(id),"
    " origin TEXT NOT NULL CHECK(origin IN ('llm', 'offline', 'human', 'import')),"
    " PRIMARY KEY(question_id, chunk_id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX relevance_chunk ON relevance(chunk_id)",

    "CREATE TABLE verdict(question_id INTEGER NOT NULL REFERENCES question(id) ON DELETE CASCADE,"
    " text_hash BLOB NOT NULL,"
    " verdict TEXT NOT NULL CHECK(verdict IN ('kept', 'false_negative', 'promoted')),"
    " PRIMARY KEY(question_id, text_hash)) STRICT, WITHOUT ROWID",

    "CREATE TABLE mining(id INTEGER PRIMARY KEY AUTOINCREMENT, made_ms INTEGER NOT NULL,"
    " retriever TEXT NOT NULL, inputs BLOB NOT NULL, options TEXT NOT NULL, report TEXT,"
    " done_question INTEGER NOT NULL, finished INTEGER NOT NULL, owner TEXT) STRICT",
    "CREATE TABLE candidate(id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " mining_id INTEGER NOT NULL REFERENCES mining(id),"
    " question_id INTEGER NOT NULL REFERENCES question(id) ON DELETE CASCADE,"
    " chunk_id INTEGER NOT NULL REFERENCES chunk(id) ON DELETE CASCADE,"
    " rank INTEGER NOT NULL CHECK(rank >= 0), score REAL NOT NULL, positive_score REAL NOT NULL,"
    " margin REAL NOT NULL, suspect INTEGER NOT NULL,"
    " status TEXT NOT NULL CHECK(status IN ('pending', 'kept', 'false_negative', 'promoted'))) STRICT",
    "CREATE INDEX candidate_question ON candidate(mining_id, question_id, rank)",
    "CREATE INDEX candidate_margin ON candidate(mining_id, margin)",
    "CREATE INDEX candidate_status ON candidate(mining_id, status)",
    "CREATE INDEX candidate_chunk ON candidate(chunk_id, question_id)",
    "CREATE TABLE candidate_count(mining_id INTEGER NOT NULL, status TEXT NOT NULL,"
    " n INTEGER NOT NULL, PRIMARY KEY(mining_id, status)) STRICT, WITHOUT ROWID",

    /* A blob in pieces; owner: the process that is still writing it, NULL when it is whole. */
    "CREATE TABLE blob(id INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER NOT NULL,"
    " owner TEXT) STRICT",
    "CREATE INDEX blob_owner ON blob(owner) WHERE owner IS NOT NULL",
    "CREATE TABLE piece(blob_id INTEGER NOT NULL REFERENCES blob(id) ON DELETE CASCADE,"
    " n INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE(blob_id, n)) STRICT",

    "CREATE TABLE embedder(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " fingerprint BLOB NOT NULL UNIQUE, dims INTEGER NOT NULL) STRICT",
    "CREATE TABLE vector(id INTEGER PRIMARY KEY,"
    " embedder_id INTEGER NOT NULL REFERENCES embedder(id), role INTEGER NOT NULL,"
    " hash BLOB NOT NULL, data BLOB NOT NULL, UNIQUE(embedder_id, role, hash)) STRICT",
    "CREATE TABLE build(id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
    " made_ms INTEGER NOT NULL, inputs BLOB NOT NULL, chunks INTEGER NOT NULL,"
    " head TEXT NOT NULL, finished INTEGER NOT NULL, owner TEXT) STRICT",
    "CREATE TABLE build_array(build_id INTEGER NOT NULL REFERENCES build(id) ON DELETE CASCADE,"
    " name TEXT NOT NULL, blob_id INTEGER NOT NULL REFERENCES blob(id),"
    " PRIMARY KEY(build_id, name)) STRICT, WITHOUT ROWID",
    "CREATE TABLE cache(name TEXT PRIMARY KEY, hash BLOB NOT NULL,"
    " blob_id INTEGER NOT NULL REFERENCES blob(id)) STRICT, WITHOUT ROWID",

    "CREATE TABLE run(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    " embedder TEXT NOT NULL, method TEXT NOT NULL, loss TEXT NOT NULL, inputs BLOB NOT NULL,"
    " options TEXT NOT NULL, selection TEXT NOT NULL, report TEXT,"
    " state TEXT NOT NULL CHECK(state IN ('running', 'stopped', 'done', 'failed')), message TEXT,"
    " made_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, step INTEGER NOT NULL,"
    " steps INTEGER NOT NULL, build_id INTEGER REFERENCES build(id), owner TEXT) STRICT",
    "CREATE TABLE metric(run_id INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
    " name TEXT NOT NULL, step INTEGER NOT NULL, value REAL, at_ms INTEGER NOT NULL,"
    " PRIMARY KEY(run_id, name, step)) STRICT, WITHOUT ROWID",
    "CREATE TABLE checkpoint(run_id INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,"
    " step INTEGER NOT NULL, blob_id INTEGER NOT NULL REFERENCES blob(id)) STRICT",
    "CREATE TABLE retriever(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
    " kind TEXT NOT NULL, embedder TEXT NOT NULL,"
    " run_id INTEGER REFERENCES run(id) ON DELETE CASCADE, build_id INTEGER REFERENCES build(id),"
    " epoch INTEGER NOT NULL, config TEXT NOT NULL, blob_id INTEGER NOT NULL REFERENCES blob(id),"
    " made_ms INTEGER NOT NULL) STRICT",
    "CREATE INDEX retriever_run ON retriever(run_id)",
    "CREATE TABLE eval(id INTEGER PRIMARY KEY AUTOINCREMENT, made_ms INTEGER NOT NULL,"
    " split TEXT NOT NULL, corpus TEXT NOT NULL, version TEXT NOT NULL, frozen TEXT,"
    " data_hash TEXT NOT NULL, questions INTEGER NOT NULL, chunks INTEGER NOT NULL,"
    " body TEXT NOT NULL) STRICT",
    "CREATE TABLE eval_rank(eval_id INTEGER NOT NULL REFERENCES eval(id) ON DELETE CASCADE,"
    " retriever TEXT NOT NULL, question_id INTEGER NOT NULL, relevant INTEGER NOT NULL,"
    " ranks TEXT NOT NULL, PRIMARY KEY(eval_id, retriever, question_id)) STRICT, WITHOUT ROWID",

    /* state: 0 stands, 1 undone and can be redone, 2 undone for good.
     * detail: what undoing needs beside old_value (journal.c). */
    "CREATE TABLE journal(id INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL, who TEXT NOT NULL, label TEXT NOT NULL, subject TEXT NOT NULL,"
    " subject_id INTEGER NOT NULL, other_id INTEGER NOT NULL, old_value TEXT, new_value TEXT,"
    " why TEXT, context TEXT, state INTEGER NOT NULL, detail TEXT) STRICT",
    "CREATE INDEX journal_state ON journal(state, group_id)",
    "CREATE INDEX journal_subject ON journal(subject_id, subject)",
    "CREATE INDEX journal_other ON journal(other_id)",

    "CREATE TABLE text_index(what TEXT PRIMARY KEY, mark INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "INSERT INTO text_index VALUES ('chunk', 0), ('question', 0)",
    "CREATE VIRTUAL TABLE chunk_text USING fts5(text, content = 'chunk', content_rowid = 'id',"
    " tokenize = 'trigram', detail = 'none')",
    "CREATE VIRTUAL TABLE question_text USING fts5(text, content = 'question', content_rowid = 'id',"
    " tokenize = 'trigram', detail = 'none')",
    "CREATE TABLE text_stale(what TEXT NOT NULL, id INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY(what, id)) STRICT, WITHOUT ROWID",
    TEXT_TRIGGER("chunk", "gone", "DELETE"),
    TEXT_TRIGGER("chunk", "changed", "UPDATE OF text"),
    TEXT_TRIGGER("question", "gone", "DELETE"),
    TEXT_TRIGGER("question", "changed", "UPDATE OF text"),

    COUNT_TRIGGERS("document", "split", "'', NEW.split", "'', OLD.split"),
    COUNT_TRIGGERS("chunk", "status, split", "NEW.status, NEW.split", "OLD.status, OLD.split"),
    COUNT_TRIGGERS("question", "status, split", "NEW.status, NEW.split", "OLD.status, OLD.split"),
    "CREATE TRIGGER candidate_counted_in AFTER INSERT ON candidate BEGIN "
    CANDIDATE_ADD("NEW", "1") " END",
    "CREATE TRIGGER candidate_counted_out AFTER DELETE ON candidate BEGIN "
    CANDIDATE_ADD("OLD", "-1") " END",
    "CREATE TRIGGER candidate_recounted AFTER UPDATE OF status, mining_id ON candidate BEGIN "
    CANDIDATE_ADD("OLD", "-1") CANDIDATE_ADD("NEW", "1") " END",

    VERDICT_TRIGGER("made", "INSERT", "NEW", "NEW.verdict"),
    VERDICT_TRIGGER("changed", "UPDATE OF verdict", "NEW", "NEW.verdict"),
    VERDICT_TRIGGER("gone", "DELETE", "OLD", "'pending'"),
    "CREATE TRIGGER chunk_verdicts AFTER UPDATE OF text_hash ON chunk WHEN OLD.text_hash <>"
    " NEW.text_hash BEGIN UPDATE candidate SET status = coalesce((SELECT verdict FROM verdict"
    " v WHERE v.question_id = candidate.question_id AND v.text_hash = NEW.text_hash),"
    " 'pending') WHERE chunk_id = NEW.id; END",

    BLOB_TRIGGERS("build_array"),
    BLOB_TRIGGERS("cache"),
    BLOB_TRIGGERS("checkpoint"),
    BLOB_TRIGGERS("retriever"),
    NULL,
};

/* Candidates come by the million and in no order of margin or chunk: an index more is as much
 * writing again. What is looked for first stands in small ones. */
static const char *const VERSION_2[] = {
    "DROP INDEX candidate_status",
    "DROP INDEX candidate_margin",
    "CREATE INDEX candidate_decided ON candidate(mining_id, status) WHERE status <> 'pending'",
    "CREATE INDEX candidate_above ON candidate(mining_id, margin) WHERE margin >= 0",
    NULL,
};

/* pair: hash of a query's hash and a text's. Without a row number: there are some hundred a
 * question, found by pair alone. */
static const char *const VERSION_3[] = {
    "CREATE TABLE reranker(id INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " fingerprint BLOB NOT NULL UNIQUE) STRICT",
    "CREATE TABLE pair_score(reranker_id INTEGER NOT NULL REFERENCES reranker(id),"
    " pair BLOB NOT NULL, score REAL NOT NULL, PRIMARY KEY(reranker_id, pair))"
    " STRICT, WITHOUT ROWID",
    NULL,
};
/* clang-format on */

const Migration SCHEMA_MIGRATIONS[SCHEMA_VERSION] = {
    {1, VERSION_1},
    {2, VERSION_2},
    {3, VERSION_3},
};

static bool apply_one(Store *s, const Migration *m, Err *err)
{
    for (const char *const *sql = m->statements; *sql; sql++) {
        int rc = sqlite3_exec(s->db, *sql, NULL, NULL, NULL);
        if (rc != SQLITE_OK) return sql_error(s, rc, err);
    }
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA user_version = %d", m->version);
    int rc = sqlite3_exec(s->db, pragma, NULL, NULL, NULL);
    return rc == SQLITE_OK || sql_error(s, rc, err);
}

bool schema_apply(Store *s, const Migration *migrations, size_t count, int from, Err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (migrations[i].version > from && !apply_one(s, &migrations[i], err)) return false;
    }
    return true;
}

bool schema_version_known(const char *path, int64_t version, int last, Err *err)
{
    if (version > last)
        return err_set(err, ERR_NEWER,
                       "%s: was written by a newer hone (version %lld of the file, this one knows"
                       " %d): update hone",
                       path, (long long)version, last);
    if (version < 1)
        return err_set(err, ERR_DATABASE,
                       "%s: is not a whole hone project: go back to a copy of it", path);
    return true;
}

static bool copy_database(Store *s, const char *to, Err *err)
{
    sqlite3 *db = NULL;
    char *path = sql_plain_path(to);
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *backup =
        rc == SQLITE_OK ? sqlite3_backup_init(db, "main", s->db, "main") : NULL;
    if (backup) {
        rc = sqlite3_backup_step(backup, -1);
        int end = sqlite3_backup_finish(backup);
        rc = rc == SQLITE_DONE ? end : rc;
    } else if (rc == SQLITE_OK) {
        rc = sqlite3_errcode(db);
    }
    bool ok = rc == SQLITE_OK || sql_error_at(to, db, rc, err);
    sqlite3_close(db);
    free(path);
    return ok;
}

/* The file as it was. An earlier copy of that version is left alone; a copy cut short never has the
 * name. */
static bool keep_copy(Store *s, int version, Err *err)
{
    char *copy = str_format("%s.v%d", s->path, version), *temporary = str_format("%s.new", copy);
    bool ok = access(copy, F_OK) == 0;
    if (!ok) {
        unlink(temporary);
        ok = copy_database(s, temporary, err);
        if (ok && rename(temporary, copy) != 0)
            ok = err_set(err, ERR_DATABASE, "%s: cannot be made: %s", copy, strerror(errno));
        if (!ok) unlink(temporary);
    }
    free(copy);
    free(temporary);
    return ok;
}

bool schema_migrate(Store *s, const Migration *migrations, size_t count, Err *err)
{
    int last = migrations[count - 1].version;
    int64_t version;
    if (!sql_one_i64(s, "PRAGMA user_version", 0, &version, err)) return false;
    if (!schema_version_known(s->path, version, last, err)) return false;
    if (version == last) return true;
    if (!keep_copy(s, (int)version, err) || !store_begin(s, err)) return false;
    /* another process may have been quicker */
    bool ok = sql_one_i64(s, "PRAGMA user_version", 0, &version, err) &&
              schema_version_known(s->path, version, last, err) &&
              schema_apply(s, migrations, count, (int)version, err);
    return sql_end(s, ok, err);
}

#define SCHEMA_ROWS                                                                                \
    "SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') AS row, name"       \
    " FROM sqlite_schema WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))"  \
    " ORDER BY row"

/* The same rows in the same order, or *ret_name the first that is not the same. */
static bool compare_schemas(Store *expected, Store *s, Arena *arena, const char **ret_name,
                            Err *err)
{
    Sql want = sql_open_once(expected, SCHEMA_ROWS), got = sql_open_once(s, SCHEMA_ROWS);
    bool more_wanted, more_got;
    *ret_name = NULL;
    do {
        more_wanted = sql_next(&want);
        more_got = sql_next(&got);
        const char *a = more_wanted ? sql_get_words(&want, arena) : "";
        const char *b = more_got ? sql_get_words(&got, arena) : "";
        bool lacks = more_wanted && (!more_got || strcmp(a, b) < 0);
        if (strcmp(a, b) != 0) *ret_name = sql_get_words(lacks ? &want : &got, arena);
    } while (!*ret_name && more_wanted && more_got);
    bool ok = sql_close(&got, err);
    return sql_close(&want, err) && ok;
}

bool schema_expected(Store *s, Err *err)
{
    Store expected = {.path = s->path};
    Arena arena = {0};
    const char *name = NULL;
    int rc = sqlite3_open_v2(":memory:", &expected.db, SQLITE_OPEN_READWRITE, NULL);
    bool ok = rc == SQLITE_OK || sql_error_at(s->path, expected.db, rc, err);
    ok = ok && schema_apply(&expected, SCHEMA_MIGRATIONS, SCHEMA_VERSION, 0, err) &&
         compare_schemas(&expected, s, &arena, &name, err);
    if (ok && name)
        ok = err_set(
            err, ERR_DATABASE,
            "%s: is not as this program makes it (\"%.60s\" differs): go back to a copy of it",
            s->path, name);
    arena_release(&arena);
    sqlite3_close(expected.db);
    return ok;
}
