/* A project in a folder of its own for each test, with a few documents, chunks and questions. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "store/corpus.h"
#include "store/filter.h"
#include "store/journal.h"
#include "store/mining.h"
#include "store/questions.h"
#include "store/runs.h"
#include "store/vectors.h"

/* ok: the call succeeded, or its message is shown and the test fails. */
#define ok(call)                                                                                   \
    do {                                                                                           \
        Err ok_err_ = {0};                                                                         \
        Err *err = &ok_err_;                                                                       \
        if (!(call)) fail_msg("%s: %s", #call, err->message);                                      \
    } while (0)

/* refused: the call failed with this kind of error and said something. */
#define refused(want, call)                                                                        \
    do {                                                                                           \
        Err ok_err_ = {0};                                                                         \
        Err *err = &ok_err_;                                                                       \
        if (call) fail_msg("%s: succeeded", #call);                                                \
        if (err->kind != (want)) fail_msg("%s: kind %d, %s", #call, err->kind, err->message);      \
        assert_true(err->message[0] != '\0');                                                      \
    } while (0)

typedef struct Fixture {
    char folder[64], path[96];
    Store *s;
} Fixture;

static inline int fixture_open(void **state)
{
    Fixture *f = mem_zero(1, sizeof *f);
    const char *top = getenv("TMPDIR");
    snprintf(f->folder, sizeof f->folder, "%.40s/hone-XXXXXX",
             top && strlen(top) < 40 ? top : "/tmp");
    if (!mkdtemp(f->folder)) return -1;
    snprintf(f->path, sizeof f->path, "%s/p.hone", f->folder);
    Err err = {0};
    if (!store_create(f->path, &f->s, &err)) {
        print_error("%s\n", err.message);
        return -1;
    }
    *state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    Fixture *f = *state;
    store_close(f->s);
    char *command = str_format("rm -rf '%s'", f->folder);
    int result = system(command);
    free(command);
    free(f);
    return result;
}

static inline void fixture_reopen(Fixture *f)
{
    store_close(f->s);
    f->s = NULL;
    ok(store_open(f->path, &f->s, err));
}

/* Statements that no function of the store makes, straight into the file. */
static inline void raw(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *message = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) fail_msg("%s: %s", sql, message);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline int64_t raw_number(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}

static inline int64_t add_document(Store *s, const char *key, Split split)
{
    DocumentRow row = {.key = key, .path = key, .title = key, .format = "txt", .split = split};
    int64_t id = 0;
    ok(document_put(s, &row, &id, err));
    return id;
}

static inline int64_t add_chunk(Store *s, int64_t document_id, const char *text, Split split)
{
    ChunkRow row = {.document_id = document_id,
                    .text = text,
                    .split = split,
                    .heading = "Top › Part",
                    .char_end = 5};
    int64_t id = 0;
    ok(chunk_add(s, &row, &id, err));
    return id;
}

static inline int64_t add_question(Store *s, const char *text, int64_t chunk_id, Split split)
{
    QuestionRow row = {.text = text, .origin = ORIGIN_OFFLINE, .split = split};
    int64_t id = 0;
    ok(question_add(s, &row, &id, err));
    if (chunk_id) ok(relevance_add(s, id, chunk_id, ORIGIN_OFFLINE, err));
    return id;
}

/* store_check finds nothing. */
static inline void assert_whole(Store *s)
{
    Str report = {0};
    ok(store_check(s, &report, err));
    if (report.size) fail_msg("%s", str_get(&report));
    str_release(&report);
}

static inline QuestionStatus question_status(Store *s, int64_t id)
{
    QuestionRows rows = {0};
    ok(question_get(s, id, &rows, err));
    QuestionStatus status = rows.items[0].status;
    rows_release(&rows);
    return status;
}

static inline ChunkRow *load_chunk(Store *s, int64_t id, ChunkRows *rows)
{
    ChunkQuery query = {.statuses = 15, .ids = &id, .id_count = 1};
    ok(chunks_load(s, &query, rows, err));
    return rows->count == 1 ? rows->items : NULL;
}

#endif
