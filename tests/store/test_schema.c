#include "fixture.h"

#include "store/schema.h"

static const char *const SECOND[] = {"CREATE TABLE extra(x INTEGER) STRICT",
                                     "INSERT INTO extra SELECT count(*) FROM document", NULL};
static const char *const THIRD[] = {"ALTER TABLE extra ADD COLUMN y TEXT", NULL};
static const char *const FAILING[] = {"CREATE TABLE extra(x INTEGER) STRICT",
                                      "DROP TABLE nothing_like_it", NULL};

static void test_forward(void **state)
{
    Fixture *f = *state;
    const Migration migrations[] = {SCHEMA_MIGRATIONS[0],
                                    SCHEMA_MIGRATIONS[1],
                                    SCHEMA_MIGRATIONS[2],
                                    {4, SECOND},
                                    {5, THIRD}};
    char *copy = str_format("%s.v3", f->path);
    add_document(f->s, "a.txt", SPLIT_NONE);
    ok(schema_migrate(f->s, migrations, 3, err)); /* is there already */
    assert_int_equal(access(copy, F_OK), -1);
    ok(schema_migrate(f->s, migrations, 5, err));
    assert_int_equal(raw_number(f->path, "PRAGMA user_version"), 5);
    assert_int_equal(raw_number(f->path, "SELECT x FROM extra"), 1);
    refused(ERR_NEWER, schema_migrate(f->s, migrations, 3, err));
    refused(ERR_DATABASE, schema_expected(f->s, err)); /* names what this version does not make */

    Store *old = NULL;
    ok(store_open(copy, &old, err)); /* as it was */
    DocumentRows rows = {0};
    ok(documents_load(old, NULL, &rows, err));
    assert_int_equal(rows.count, 1);
    rows_release(&rows);
    store_close(old);
    free(copy);
}

static void test_failing_changes_nothing(void **state)
{
    Fixture *f = *state;
    const Migration migrations[] = {
        SCHEMA_MIGRATIONS[0], SCHEMA_MIGRATIONS[1], SCHEMA_MIGRATIONS[2], {4, FAILING}};
    add_document(f->s, "a.txt", SPLIT_NONE);
    refused(ERR_DATABASE, schema_migrate(f->s, migrations, 4, err));
    assert_int_equal(raw_number(f->path, "PRAGMA user_version"), 3);
    fixture_reopen(f);
    assert_whole(f->s);
}

static void test_copy_is_not_overwritten(void **state)
{
    Fixture *f = *state;
    const Migration migrations[] = {
        SCHEMA_MIGRATIONS[0], SCHEMA_MIGRATIONS[1], SCHEMA_MIGRATIONS[2], {4, SECOND}};
    char *copy = str_format("%s.v3", f->path);
    ok(file_write(copy, "kept", 4, err));
    ok(schema_migrate(f->s, migrations, 4, err));
    Str text = {0};
    ok(file_read(copy, 100, &text, err));
    assert_string_equal(str_get(&text), "kept");
    str_release(&text);
    free(copy);
}

/* A file as the first version made it, with a mining of one candidate of each status. */
static void make_first_version(const char *path)
{
    Store old = {.path = (char *)path};
    assert_int_equal(sqlite3_open(path, &old.db), SQLITE_OK);
    char pragmas[80];
    snprintf(pragmas, sizeof pragmas, "PRAGMA page_size = 16384; PRAGMA application_id = %d",
             SCHEMA_APPLICATION_ID);
    assert_int_equal(sqlite3_exec(old.db, pragmas, NULL, NULL, NULL), SQLITE_OK);
    ok(schema_apply(&old, SCHEMA_MIGRATIONS, 1, 0, err));
    sqlite3_close(old.db);
    raw(path,
        "INSERT INTO document(key, title, format, file_hash, size_bytes, modified_ms, added_ms,"
        " split, by_blocks, pages) VALUES ('a', 'a', 'txt', zeroblob(16), 1, 1, 1, 'none', 0, 0);"
        "INSERT INTO chunk(document_id, ordinal, heading, text_hash, source_hash, char_first,"
        " char_end, overlap_chars, page_first, page_last, tokens, split, status, text)"
        " VALUES (1, 0, '', zeroblob(16), zeroblob(16), 0, 1, 0, 0, 0, 1, 'none', 'live', 'x'),"
        " (1, 1, '', randomblob(16), randomblob(16), 1, 2, 0, 0, 0, 1, 'none', 'live', 'y');"
        "INSERT INTO question(text_hash, origin, status, split, made_ms, text)"
        " VALUES (zeroblob(16), 'llm', 'pending', 'none', 1, 'q');"
        "INSERT INTO verdict VALUES (1, zeroblob(16), 'kept');"
        "INSERT INTO mining(made_ms, retriever, inputs, options, done_question, finished)"
        " VALUES (1, 'lsa', zeroblob(16), '{}', 1, 1);"
        "INSERT INTO candidate(mining_id, question_id, chunk_id, rank, score, positive_score,"
        " margin, suspect, status) VALUES (1, 1, 1, 1, 0.5, 0.75, -0.25, 0, 'kept'),"
        " (1, 1, 2, 2, 0.25, 0.75, -0.5, 0, 'pending')");
    assert_int_equal(raw_number(path, "PRAGMA user_version"), 1);
}

static void test_first_version_is_lifted(void **state)
{
    Fixture *f = *state;
    char *path = str_format("%s/old.hone", f->folder), *copy = str_format("%s.v1", path);
    make_first_version(path);
    Store *s = NULL;
    ok(store_open(path, &s, err));
    assert_int_equal(raw_number(path, "PRAGMA user_version"), SCHEMA_VERSION);
    assert_int_equal(raw_number(copy, "PRAGMA user_version"), 1);
    CandidateRows rows = {0};
    ok(candidates_load(s, &(CandidateQuery){.statuses = 1 << CANDIDATE_KEPT}, &rows, err));
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.items[0].chunk_id, 1);
    rows_release(&rows);
    ok(candidates_load(s, &(CandidateQuery){.filter = "order:score"}, &rows, err));
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.items[0].chunk_id, 2);
    rows_release(&rows);
    store_close(s);
    ok(store_open(path, &s, err)); /* once is enough */
    store_close(s);
    assert_int_equal(raw_number(path, "SELECT count(*) FROM pragma_integrity_check WHERE"
                                      " integrity_check <> 'ok'"),
                     0);
    free(copy);
    free(path);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_forward),
        WITH_PROJECT(test_failing_changes_nothing),
        WITH_PROJECT(test_first_version_is_lifted),
        WITH_PROJECT(test_copy_is_not_overwritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
