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
    const Migration migrations[] = {SCHEMA_MIGRATIONS[0], {2, SECOND}, {3, THIRD}};
    char *copy = str_format("%s.v1", f->path);
    add_document(f->s, "a.txt", SPLIT_NONE);
    ok(schema_migrate(f->s, migrations, 1, err)); /* is there already */
    assert_int_equal(access(copy, F_OK), -1);
    ok(schema_migrate(f->s, migrations, 3, err));
    assert_int_equal(raw_number(f->path, "PRAGMA user_version"), 3);
    assert_int_equal(raw_number(f->path, "SELECT x FROM extra"), 1);
    refused(ERR_NEWER, schema_migrate(f->s, migrations, 1, err));
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
    const Migration migrations[] = {SCHEMA_MIGRATIONS[0], {2, FAILING}};
    add_document(f->s, "a.txt", SPLIT_NONE);
    refused(ERR_DATABASE, schema_migrate(f->s, migrations, 2, err));
    assert_int_equal(raw_number(f->path, "PRAGMA user_version"), 1);
    fixture_reopen(f);
    assert_whole(f->s);
}

static void test_copy_is_not_overwritten(void **state)
{
    Fixture *f = *state;
    const Migration migrations[] = {SCHEMA_MIGRATIONS[0], {2, SECOND}};
    char *copy = str_format("%s.v1", f->path);
    ok(file_write(copy, "kept", 4, err));
    ok(schema_migrate(f->s, migrations, 2, err));
    Str text = {0};
    ok(file_read(copy, 100, &text, err));
    assert_string_equal(str_get(&text), "kept");
    str_release(&text);
    free(copy);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_forward),
        WITH_PROJECT(test_failing_changes_nothing),
        WITH_PROJECT(test_copy_is_not_overwritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
