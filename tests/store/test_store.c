#include <signal.h>
#include <sys/mount.h>

#include "fixture.h"

#include "base/clock.h"

static void write_file(const char *path, const char *data, size_t size)
{
    ok(file_write(path, data, size, err));
}

/* The file is refused, has the same bytes after, and nothing lies beside it. */
static void assert_left_alone(const char *folder, const char *path, ErrKind kind)
{
    Store *s = NULL;
    Str before = {0}, after = {0};
    ok(file_read(path, 1 << 24, &before, err));
    refused(kind, store_open(path, &s, err));
    assert_null(s);
    ok(file_read(path, 1 << 24, &after, err));
    assert_int_equal(before.size, after.size);
    if (before.size) assert_memory_equal(before.data, after.data, before.size);
    Paths paths = {0};
    ok(file_walk(folder, &paths, NULL, err));
    assert_int_equal(paths.count, 1);
    file_paths_release(&paths);
    str_release(&before);
    str_release(&after);
}

static void test_create_and_open(void **state)
{
    Fixture *f = *state;
    Store *other = NULL;
    assert_string_equal(store_path(f->s), f->path);
    refused(ERR_CONFLICT, store_create(f->path, &other, err));
    assert_whole(f->s);
    fixture_reopen(f);
    assert_whole(f->s);
    assert_int_equal(raw_number(f->path, "PRAGMA page_size"), 16384);
    assert_int_equal(raw_number(f->path, "PRAGMA application_id"), 0x686f6e65);
    assert_int_equal(raw_number(f->path, "SELECT 'wal' = journal_mode FROM pragma_journal_mode"),
                     1);
    store_close(f->s);
    f->s = NULL;
    store_close(NULL);
    Paths paths = {0};
    ok(file_walk(f->folder, &paths, NULL, err));
    assert_int_equal(paths.count, 1); /* nothing beside the file */
    file_paths_release(&paths);
}

static void test_not_a_project(void **state)
{
    Fixture *f = *state;
    store_close(f->s);
    f->s = NULL;
    Store *s = NULL;
    char *empty = str_format("%s/none.hone", f->folder);
    refused(ERR_MISSING, store_open(empty, &s, err));
    refused(ERR_DATABASE, store_open(f->folder, &s, err));
    free(empty);

    write_file(f->path, "not a database", 14);
    assert_left_alone(f->folder, f->path, ERR_DATABASE);
    write_file(f->path, "", 0);
    assert_left_alone(f->folder, f->path, ERR_DATABASE);
    write_file(f->path, "SQLite format 3", 16); /* the header's first bytes only */
    assert_left_alone(f->folder, f->path, ERR_DATABASE);

    unlink(f->path);
    raw(f->path, "PRAGMA journal_mode = WAL; CREATE TABLE other(x); INSERT INTO other VALUES (1)");
    assert_left_alone(f->folder, f->path, ERR_DATABASE);
}

static void test_never_over_something(void **state)
{
    Fixture *f = *state;
    Store *s = NULL;
    char *path = str_format("%s/new.hone", f->folder), *log = str_format("%s-wal", path);
    write_file(path, "mine", 4);
    refused(ERR_CONFLICT, store_create(path, &s, err));
    Str text = {0};
    ok(file_read(path, 100, &text, err));
    assert_string_equal(str_get(&text), "mine");
    unlink(path);
    assert_int_equal(symlink("/nowhere/at/all", path), 0);
    refused(ERR_CONFLICT, store_create(path, &s, err));
    unlink(path);
    write_file(log, "left", 4); /* would be taken for the new project's log */
    refused(ERR_CONFLICT, store_create(path, &s, err));
    unlink(log);
    char *nowhere = str_format("%s/no/folder/p.hone", f->folder);
    refused(ERR_DATABASE, store_create(nowhere, &s, err));
    ok(store_create(path, &s, err));
    store_close(s);
    str_release(&text);
    free(path);
    free(log);
    free(nowhere);
}

/* SQLite would take these names for an address and for memory. */
static void test_odd_names(void **state)
{
    Fixture *f = *state;
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(f->folder), 0);
    static const char *const names[] = {"file:x.hone?mode=memory", ":memory:", "a b'\"%20.hone",
                                        "项目.hone"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Store *s = NULL;
        ok(store_create(names[i], &s, err));
        ok(setting_set(s, "a", "b", err));
        store_close(s);
        assert_int_equal(access(names[i], F_OK), 0);
        ok(store_open(names[i], &s, err));
        char *value = NULL;
        ok(setting_get(s, "a", &value, err));
        assert_string_equal(value, "b");
        free(value);
        store_close(s);
    }
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void test_newer(void **state)
{
    Fixture *f = *state;
    store_close(f->s);
    f->s = NULL;
    raw(f->path, "PRAGMA user_version = 1000000");
    assert_left_alone(f->folder, f->path, ERR_NEWER);
    raw(f->path, "PRAGMA user_version = -1");
    assert_left_alone(f->folder, f->path, ERR_NEWER);
    raw(f->path, "PRAGMA user_version = 0");
    assert_left_alone(f->folder, f->path, ERR_DATABASE);
}

static void test_settings(void **state)
{
    Fixture *f = *state;
    char *value = NULL;
    ok(setting_get(f->s, "theme", &value, err));
    assert_null(value);
    ok(setting_set(f->s, "theme", "dark", err));
    ok(setting_set(f->s, "theme", "light '); DROP TABLE setting; --", err));
    fixture_reopen(f);
    ok(setting_get(f->s, "theme", &value, err));
    assert_string_equal(value, "light '); DROP TABLE setting; --");
    free(value);
    ok(setting_set(f->s, "theme", NULL, err));
    ok(setting_get(f->s, "theme", &value, err));
    assert_null(value);
}

static void assert_setting(Store *s, const char *name, const char *want)
{
    char *value = NULL;
    ok(setting_get(s, name, &value, err));
    if (want)
        assert_string_equal(value, want);
    else
        assert_null(value);
    free(value);
}

static void test_transactions_nest(void **state)
{
    Fixture *f = *state;
    ok(store_begin(f->s, err));
    ok(setting_set(f->s, "outer", "1", err));
    ok(store_begin(f->s, err));
    ok(setting_set(f->s, "inner", "1", err));
    store_rollback(f->s);
    ok(store_begin(f->s, err));
    ok(setting_set(f->s, "kept", "1", err));
    ok(store_commit(f->s, err));
    ok(store_commit(f->s, err));
    assert_setting(f->s, "outer", "1");
    assert_setting(f->s, "inner", NULL);
    assert_setting(f->s, "kept", "1");
    ok(store_begin(f->s, err));
    ok(store_begin(f->s, err));
    ok(setting_set(f->s, "lost", "1", err));
    ok(store_commit(f->s, err));
    store_rollback(f->s);
    assert_setting(f->s, "lost", NULL);
    refused(ERR_USAGE, store_commit(f->s, err));
    store_rollback(f->s); /* none is open: nothing happens */
}

static void test_closing_takes_back(void **state)
{
    Fixture *f = *state;
    ok(store_begin(f->s, err));
    ok(store_begin(f->s, err));
    ok(setting_set(f->s, "a", "1", err));
    fixture_reopen(f);
    assert_setting(f->s, "a", NULL);
}

static void test_change_grows(void **state)
{
    Fixture *f = *state;
    Store *other = NULL;
    int64_t a, b, c, d;
    ok(store_open(f->path, &other, err));
    ok(store_change(f->s, &a, err));
    ok(store_change(f->s, &b, err));
    assert_true(a == b);
    ok(setting_set(other, "a", "1", err));
    ok(store_change(f->s, &c, err));
    assert_true(c > b);
    ok(setting_set(f->s, "a", "2", err));
    ok(store_change(f->s, &d, err));
    assert_true(d > c);
    store_close(other);
}

static void test_cancel(void **state)
{
    Fixture *f = *state;
    Cancel cancel = {0};
    store_set_cancel(f->s, &cancel);
    int64_t document = add_document(f->s, "a.txt", SPLIT_NONE);
    ok(store_begin(f->s, err));
    for (int i = 0; i < 2000; i++) {
        add_chunk(f->s, document, "some words to look through", SPLIT_NONE);
    }
    ok(store_commit(f->s, err));
    cancel_ask(&cancel);
    ChunkRows rows = {0};
    ChunkQuery query = {.filter = "nothing-like-it"};
    refused(ERR_CANCELLED, chunks_load(f->s, &query, &rows, err));
    refused(ERR_CANCELLED, store_index_texts(f->s, err));
    store_set_cancel(f->s, NULL);
    ok(chunks_load(f->s, &query, &rows, err));
    rows_release(&rows);
    assert_whole(f->s);
}

/* A stop in the middle of a write takes back all of it, also what came before in the same
 * transaction. */
static void test_cancel_in_transaction(void **state)
{
    Fixture *f = *state;
    Cancel cancel = {0};
    store_set_cancel(f->s, &cancel);
    ok(store_begin(f->s, err));
    ok(setting_set(f->s, "first", "1", err));
    int64_t document = add_document(f->s, "a.txt", SPLIT_NONE);
    for (int i = 0; i < 3000; i++) {
        add_chunk(f->s, document, "x", SPLIT_NONE);
    }
    cancel_ask(&cancel);
    refused(ERR_CANCELLED, document_set_split(f->s, document, SPLIT_TEST, err));
    Err e = {0};
    if (setting_set(f->s, "second", "1", &e)) {
        ok(store_commit(f->s, err));
    } else {
        assert_false(store_commit(f->s, &e));
        store_set_cancel(f->s, NULL);
        assert_setting(f->s, "first", NULL);
        assert_setting(f->s, "second", NULL);
    }
    store_set_cancel(f->s, NULL);
    assert_whole(f->s);
}

/* A child writes whole groups of three and is killed while it does. */
static void test_killed(void **state)
{
    Fixture *f = *state;
    store_close(f->s);
    f->s = NULL;
    for (int round = 0; round < 5; round++) {
        int ready[2];
        assert_int_equal(pipe(ready), 0);
        pid_t child = fork();
        if (child == 0) {
            Store *s = NULL;
            if (!store_open(f->path, &s, NULL)) _exit(1);
            DocumentRow row = {.title = "t", .format = "txt"};
            for (int i = 0;; i++) {
                char key[64];
                snprintf(key, sizeof key, "%d-%d", round, i);
                row.key = key;
                int64_t id;
                if (!store_begin(s, NULL) || !document_put(s, &row, &id, NULL)) _exit(1);
                for (int n = 0; n < 3; n++) {
                    if (!chunk_add(s, &(ChunkRow){.document_id = id, .text = key}, NULL, NULL))
                        _exit(1);
                }
                if (!store_commit(s, NULL)) _exit(1);
                if (i == 20 && write(ready[1], "x", 1) != 1) _exit(1);
            }
        }
        close(ready[1]);
        char byte;
        assert_int_equal(read(ready[0], &byte, 1), 1);
        close(ready[0]);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        ok(store_open(f->path, &f->s, err));
        assert_whole(f->s);
        Counts counts;
        ok(store_counts(f->s, &counts, err));
        assert_true(counts.documents[SPLIT_NONE] >= 21 * (round + 1));
        assert_int_equal(counts.chunks[CHUNK_LIVE][SPLIT_NONE], 3 * counts.documents[SPLIT_NONE]);
        store_close(f->s);
        f->s = NULL;
    }
}

/* Two processes write a hundred documents each; one that holds the lock too long makes the other
 * give up with ERR_BUSY. */
static void test_two_processes(void **state)
{
    Fixture *f = *state;
    pid_t child = fork();
    if (child == 0) {
        Store *s = NULL;
        bool fine = store_open(f->path, &s, NULL);
        for (int i = 0; fine && i < 100; i++) {
            char key[32];
            snprintf(key, sizeof key, "child-%d", i);
            DocumentRow row = {.key = key, .title = "t", .format = "txt"};
            fine = document_put(s, &row, NULL, NULL);
        }
        store_close(s);
        _exit(fine ? 0 : 1);
    }
    for (int i = 0; i < 100; i++) {
        char key[32];
        snprintf(key, sizeof key, "parent-%d", i);
        add_document(f->s, key, SPLIT_NONE);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    DocumentRows rows = {0};
    ok(documents_load(f->s, NULL, &rows, err));
    assert_int_equal(rows.count, 200);
    rows_release(&rows);
    assert_whole(f->s);
}

#define COUNT "--count-documents"

static int count_documents(const char *path)
{
    Store *s = NULL;
    DocumentRows rows = {0};
    bool fine = store_open(path, &s, NULL) && documents_load(s, NULL, &rows, NULL);
    int count = fine ? (int)rows.count : 255;
    rows_release(&rows);
    store_close(s);
    return count;
}

/* What a process of its own finds: the number of documents. A forked one would believe that it
 * holds the locks of its parent. */
static int documents_elsewhere(const char *path)
{
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_store", COUNT, path, (char *)NULL);
        _exit(255);
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* A connection stays one of the file's while others of its process open and close, and other
 * processes come and go: what it writes is there for all. */
static void test_many_connections(void **state)
{
    Fixture *f = *state;
    Store *second = NULL, *third = NULL;
    ok(store_open(f->path, &second, err));
    add_document(f->s, "first", SPLIT_NONE);
    assert_int_equal(documents_elsewhere(f->path), 1);
    add_document(f->s, "second", SPLIT_NONE);
    assert_int_equal(documents_elsewhere(f->path), 2);
    ok(store_open(f->path, &third, err));
    store_close(third);
    add_document(second, "third", SPLIT_NONE);
    assert_int_equal(documents_elsewhere(f->path), 3);
    add_document(f->s, "fourth", SPLIT_NONE);
    store_close(second);
    assert_int_equal(documents_elsewhere(f->path), 4);
    assert_whole(f->s);
}

static void test_busy_and_cancel(void **state)
{
    Fixture *f = *state;
    Store *other = NULL;
    Cancel cancel = {0};
    ok(store_open(f->path, &other, err));
    ok(store_begin(f->s, err));
    cancel_ask(&cancel);
    store_set_cancel(other, &cancel); /* does not wait for ten seconds */
    refused(ERR_CANCELLED, setting_set(other, "a", "1", err));
    char *value = NULL;
    store_set_cancel(other, NULL);
    ok(setting_get(other, "a", &value, err)); /* reading goes on */
    assert_null(value);
    store_rollback(f->s);
    ok(setting_set(other, "a", "1", err));
    store_close(other);
}

static void test_read_only(void **state)
{
    Fixture *f = *state;
    add_document(f->s, "a.txt", SPLIT_TRAIN);
    store_close(f->s);
    f->s = NULL;
    assert_int_equal(chmod(f->path, 0444), 0);
    if (access(f->path, W_OK) ==
        0) { /* root may write it all the same: a file system that may not be written */
        char *command = str_format(
            "mount --bind '%s' '%s' 2>/dev/null && mount -o remount,ro,bind '%s' 2>/dev/null",
            f->folder, f->folder, f->folder);
        int failed = system(command);
        free(command);
        if (failed) {
            umount(f->folder);
            print_message("read-only file: skipped, this user may write everything\n");
            skip();
        }
    }
    Err e = {0};
    Store *s = NULL;
    bool opened = store_open(f->path, &s, &e);
    bool wrote = opened && setting_set(s, "a", "b", &e);
    store_close(s);
    umount(f->folder);
    assert_false(wrote);
    assert_int_equal(e.kind, ERR_DATABASE);
    assert_non_null(strstr(e.message, "writable"));
    ok(store_open(f->path, &f->s, err));
    assert_whole(f->s);
}

/* A full disk: what fits not is taken back, what was there stays, and it goes on once there is
 * room. */
static void test_full_disk(void **state)
{
    Fixture *f = *state;
    char *folder = str_format("%s/small", f->folder), *path = str_format("%s/p.hone", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    if (mount("none", folder, "tmpfs", 0, "size=6m") != 0) {
        free(folder);
        free(path);
        print_message("full disk: skipped, no file system of its own can be mounted\n");
        skip();
    }
    Store *s = NULL;
    ok(store_create(path, &s, err));
    ok(setting_set(s, "before", "1", err));
    size_t size = 20 << 20;
    uint8_t *data = mem_alloc(size);
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(i * 2654435761u >> 13);
    }
    Hash hash = hash_text("x");
    Err e = {0};
    assert_false(cache_put(s, "index", &hash, data, size, &e));
    assert_int_equal(e.kind, ERR_DATABASE);
    assert_non_null(strstr(e.message, "disk is full"));
    assert_setting(s, "before", "1");
    ok(setting_set(s, "after", "1", err));
    void *got = NULL;
    ok(cache_get(s, "index", &hash, &got, &size, err));
    assert_null(got);
    assert_whole(s);
    store_close(s);
    ok(store_open(path, &s, err));
    assert_setting(s, "after", "1");
    assert_whole(s);
    store_close(s);
    free(data);
    assert_int_equal(umount(folder), 0);
    free(folder);
    free(path);
}

static void test_counts(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "a.txt", SPLIT_TRAIN),
            b = add_document(f->s, "b.txt", SPLIT_TEST);
    int64_t chunks[6], questions[6];
    for (int i = 0; i < 6; i++) {
        char text[16];
        snprintf(text, sizeof text, "text %d", i);
        chunks[i] = add_chunk(f->s, i % 2 ? a : b, text, i % 2 ? SPLIT_TRAIN : SPLIT_TEST);
        questions[i] = add_question(f->s, text, chunks[i], i % 2 ? SPLIT_TRAIN : SPLIT_TEST);
    }
    ok(question_flag(f->s, questions[0], "names nothing", err));
    ok(document_set_split(f->s, a, SPLIT_VAL, err));
    ok(chunk_retire(f->s, chunks[2], err));
    int64_t lone = add_chunk(f->s, b, "lone", SPLIT_TEST);
    ok(chunk_retire(f->s, lone, err));
    Counts c;
    ok(store_counts(f->s, &c, err));
    assert_int_equal(c.documents[SPLIT_VAL], 1);
    assert_int_equal(c.documents[SPLIT_TEST], 1);
    assert_int_equal(c.chunks[CHUNK_LIVE][SPLIT_VAL], 3);
    assert_int_equal(c.chunks[CHUNK_LIVE][SPLIT_TEST], 2);
    assert_int_equal(c.chunks[CHUNK_RETIRED][SPLIT_TEST], 1);
    assert_int_equal(c.questions[QUESTION_PENDING][SPLIT_VAL], 3);
    assert_int_equal(c.questions[QUESTION_PENDING][SPLIT_TEST], 2);
    assert_int_equal(c.questions[QUESTION_FLAGGED][SPLIT_TEST], 1);
    assert_whole(f->s); /* compares with COUNT(*) */
}

static void test_check_finds(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "a.txt", SPLIT_TRAIN);
    int64_t chunk = add_chunk(f->s, a, "text", SPLIT_TRAIN),
            question = add_question(f->s, "what?", chunk, SPLIT_TRAIN);
    Hash inputs = hash_text("i");
    MiningRow mining;
    ok(mining_begin(f->s, "lsa", &inputs, "{}", &mining, err));
    CandidateRow row = {.question_id = question,
                        .chunk_id = chunk,
                        .rank = 1,
                        .score = 0.5,
                        .positive_score = 0.75};
    ok(mining_add(f->s, mining.id, &row, 1, question, err));
    ok(mining_finish(f->s, mining.id, "{}", err));
    assert_whole(f->s);
    raw(f->path, "UPDATE count SET n = n + 1 WHERE what = 'chunk'; UPDATE candidate SET margin ="
                 " 0.5;UPDATE chunk SET split = 'test'; UPDATE chunk SET text = 'other';PRAGMA"
                 " foreign_keys = OFF; INSERT INTO relevance VALUES (1, 999, 'human')");
    Str report = {0};
    ok(store_check(f->s, &report, err));
    static const char *const wanted[] = {"count of chunk", "margin", "is in split test", "999",
                                         "its text is not"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (!strstr(str_get(&report), wanted[i]))
            fail_msg("no \"%s\" in: %s", wanted[i], str_get(&report));
    }
    str_release(&report);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], COUNT) == 0) return count_documents(argv[2]);
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_create_and_open),
        WITH_PROJECT(test_not_a_project),
        WITH_PROJECT(test_never_over_something),
        WITH_PROJECT(test_odd_names),
        WITH_PROJECT(test_newer),
        WITH_PROJECT(test_settings),
        WITH_PROJECT(test_transactions_nest),
        WITH_PROJECT(test_closing_takes_back),
        WITH_PROJECT(test_change_grows),
        WITH_PROJECT(test_cancel),
        WITH_PROJECT(test_cancel_in_transaction),
        WITH_PROJECT(test_killed),
        WITH_PROJECT(test_two_processes),
        WITH_PROJECT(test_many_connections),
        WITH_PROJECT(test_busy_and_cancel),
        WITH_PROJECT(test_read_only),
        WITH_PROJECT(test_full_disk),
        WITH_PROJECT(test_counts),
        WITH_PROJECT(test_check_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
