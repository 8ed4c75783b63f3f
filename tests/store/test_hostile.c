/* Project files that come from elsewhere: nothing in them may be more than an error. */
#include "fixture.h"

#include "store/list.h"

static void fill(Store *s)
{
    int64_t document = add_document(s, "a.txt", SPLIT_TRAIN);
    int64_t chunk = add_chunk(s, document, "some text", SPLIT_TRAIN),
            other = add_chunk(s, document, "other text", SPLIT_TRAIN);
    int64_t question = add_question(s, "what?", chunk, SPLIT_TRAIN);
    Hash hash = hash_text("h");
    MiningRow mining;
    ok(mining_begin(s, "lsa", &hash, "{}", &mining, err));
    CandidateRow candidate = {.question_id = question,
                              .chunk_id = other,
                              .rank = 1,
                              .score = 0.5,
                              .positive_score = 0.75};
    ok(mining_add(s, mining.id, &candidate, 1, question, err));
    ok(mining_finish(s, mining.id, "{}", err));
    Decision decisions[] = {
        {.subject = "verdict", .subject_id = question, .other_id = other, .value = "kept"},
        {.subject = "document.split", .subject_id = document, .value = "test"}};
    ok(decide(s, decisions, 2, "judge", NULL, err));
    int64_t id;
    ok(build_begin(s, "lsa", &hash, 1, "{}", &id, err));
    ok(build_write(s, id, "a", "0123456789", 10, err));
    ok(build_finish(s, id, err));
    ok(cache_put(s, "index", &hash, "0123456789", 10, err));
    RunRow run = {.name = "ft",
                  .embedder = "lsa",
                  .method = "linear",
                  .loss = "mnrl",
                  .inputs = hash},
           out;
    Arena arena = {0};
    ok(run_begin(s, &run, &out, &arena, err));
    arena_release(&arena);
    ok(checkpoint_put(s, out.id, 1, "0123456789", 10, err));
    MetricRow metric = {.step = 1, .name = "loss", .value = 1};
    ok(metrics_add(s, out.id, &metric, 1, err));
    RetrieverRow retriever = {.name = "ft", .kind = "adapter", .embedder = "lsa", .run_id = out.id};
    ok(retriever_put(s, &retriever, "0123456789", 10, &id, err));
    EvalRow eval = {
        .split = "test", .corpus = "all", .version = "1", .data_hash = "00", .table = "{}"};
    EvalRankRow rank = {"lsa", question, 1, "1"};
    ok(eval_add(s, &eval, &rank, 1, &id, err));
    float vector[2] = {1, 2};
    ok(embedder_register(s, "lsa", &hash, 2, &id, err));
    ok(vectors_put(s, id, ROLE_QUERY, &hash, 1, 2, vector, err));
    ok(setting_set(s, "a", "b", err));
}

#define LOAD(Rows, call)                                                                           \
    do {                                                                                           \
        Rows rows = {0};                                                                           \
        bool fine = call;                                                                          \
        rows_release(&rows);                                                                       \
        failures += !fine;                                                                         \
        if (!fine) assert_true(err.message[0]);                                                    \
    } while (0)

#define READ(call)                                                                                 \
    do {                                                                                           \
        data = NULL;                                                                               \
        bool fine = call;                                                                          \
        free(data);                                                                                \
        failures += !fine;                                                                         \
    } while (0)

static bool take_nothing(void *context, const uint32_t *ids, size_t count)
{
    (void)context;
    (void)ids;
    return count > 0;
}

/* Calls everything that reads; how many of it failed. Crashes and leaks are for the sanitizers to
 * see. */
static int read_all(Store *s)
{
    int failures = 0;
    Err err = {0};
    Hash hash = hash_text("h");
    void *data;
    size_t size;
    int64_t step;
    LOAD(DocumentRows, documents_load(s, "name:a", &rows, &err));
    LOAD(ChunkRows,
         chunks_load(s, &(ChunkQuery){.statuses = 15, .filter = "text order:-page"}, &rows, &err));
    LOAD(QuestionRows,
         questions_load(s, &(QuestionQuery){.filter = "what order:doubt"}, &rows, &err));
    LOAD(QuestionRows, question_get(s, 1, &rows, &err));
    LOAD(RelevanceRows, relevance_load(s, &rows, &err));
    LOAD(CandidateRows, candidates_load(s, &(CandidateQuery){.with_texts = true}, &rows, &err));
    LOAD(CandidateRows, candidate_get(s, 1, &rows, &err));
    LOAD(VerdictRows, verdicts_load(s, &rows, &err));
    LOAD(MiningRows, minings_load(s, &rows, &err));
    LOAD(RunRows, runs_load(s, &rows, &err));
    LOAD(MetricRows, metrics_load(s, 1, NULL, -1, &rows, &err));
    LOAD(RetrieverRows, retrievers_load(s, &rows, &err));
    LOAD(EvalRows, evals_load(s, &rows, &err));
    LOAD(EvalRankRows, eval_ranks(s, 1, &rows, &err));
    LOAD(JournalRows, journal_load(s, 0, &rows, &err));
    READ(build_read(s, 1, "a", &data, &size, &err));
    READ(cache_get(s, "index", &hash, &data, &size, &err));
    READ(checkpoint_get(s, 1, &step, &data, &size, &err));
    READ(retriever_blob(s, 1, &data, &size, &err));
    BuildRow build;
    bool found;
    failures += !build_latest(s, "lsa", &build, &found, &err);
    float vector[2];
    failures += !vectors_get(s, 1, ROLE_QUERY, &hash, 1, 2, vector, &found, &err);
    for (int of = 0; of < LIST_OF_COUNT; of++) {
        failures += !list_ids(s, (ListOf)of, NULL, 1, take_nothing, NULL, &err);
        failures += !list_ids(s, (ListOf)of, "text order:-id", 0, take_nothing, NULL, &err);
    }
    Counts counts;
    failures += !store_counts(s, &counts, &err);
    char *text = NULL;
    failures += !setting_get(s, "a", &text, &err);
    free(text);
    Str report = {0};
    failures += !store_check(s, &report, &err);
    str_release(&report);
    return failures;
}

/* Calls what writes, whatever comes of it. */
static void write_all(Store *s)
{
    Hash hash = hash_text("h");
    MiningRow mining;
    int64_t id;
    store_index_texts(s, NULL);
    while (journal_undo(s, NULL, NULL, NULL)) continue;
    while (journal_redo(s, NULL, NULL, NULL)) continue;
    Decision decision = {.subject = "question.status", .subject_id = 1, .value = "accepted"};
    decide(s, &decision, 1, "x", NULL, NULL);
    if (mining_begin(s, "lsa", &hash, "{}", &mining, NULL)) mining_finish(s, mining.id, "{}", NULL);
    build_begin(s, "lsa", &hash, 1, "{}", &id, NULL);
    cache_put(s, "index", &hash, "x", 1, NULL);
    document_set_split(s, 1, SPLIT_VAL, NULL);
    chunk_retire(s, 1, NULL);
    document_remove(s, 1, NULL);
    run_remove(s, "ft", NULL);
}

/* Values that this program does not write, put past the tables' own checks. */
static const char *const VALUES[] = {
    "UPDATE document SET file_hash = x'00'",
    "UPDATE document SET split = 'nowhere'",
    "UPDATE document SET size_bytes = -1",
    "UPDATE document SET title = 'a' || char(0) || 'b'",
    "UPDATE chunk SET text = 'a' || char(0) || 'b'",
    "UPDATE chunk SET text_hash = zeroblob(17)",
    "UPDATE chunk SET source_hash = x''",
    "UPDATE chunk SET char_first = 100, char_end = 5",
    "UPDATE chunk SET char_first = -9223372036854775807",
    "UPDATE chunk SET tokens = -1",
    "UPDATE chunk SET status = 'gone'",
    "UPDATE chunk SET split = ''",
    "UPDATE question SET status = 'unknown'",
    "UPDATE question SET origin = 'nobody'",
    "UPDATE question SET own_rank = -5",
    "UPDATE question SET text = cast(x'00' AS TEXT)",
    "UPDATE relevance SET origin = 'x'",
    "UPDATE verdict SET text_hash = zeroblob(1000000)",
    "UPDATE verdict SET verdict = 'pending'",
    "UPDATE candidate SET status = 'x'",
    "UPDATE candidate SET rank = -1",
    "UPDATE mining SET inputs = x'01'",
    "UPDATE mining SET done_question = -1",
    "UPDATE run SET inputs = x'01'",
    "UPDATE run SET step = -1",
    "UPDATE blob SET size = 9223372036854775807",
    "UPDATE blob SET size = -1",
    "UPDATE blob SET size = 9",
    "UPDATE blob SET size = 11",
    "UPDATE blob SET owner = 'x'",
    "DELETE FROM piece",
    "UPDATE piece SET data = zeroblob(5)",
    "UPDATE piece SET n = -7",
    "UPDATE build SET head = hex(zeroblob(1000))",
    "UPDATE build SET inputs = x'01'",
    "UPDATE build_array SET blob_id = 77",
    "UPDATE count SET n = -5",
    "UPDATE count SET split = 'x' WHERE what = 'document' AND split = 'train'",
    "UPDATE candidate_count SET status = 'x' WHERE status = 'kept'",
    "UPDATE eval_rank SET relevant = -1",
    "UPDATE eval SET questions = -1",
    "UPDATE journal SET subject = 'x'",
    "UPDATE journal SET detail = 'x'",
    "UPDATE journal SET detail = 'c 1 nowhere' || char(10) || 'q' || char(10)",
    "UPDATE journal SET new_value = NULL",
    "UPDATE journal SET old_value = 'nonsense', state = 0",
    "UPDATE setting SET value = 'a' || char(0)",
    "UPDATE retriever SET epoch = -1",
    "UPDATE text_index SET mark = 9223372036854775807",
    "UPDATE text_index SET mark = -1",
    "INSERT INTO text_stale VALUES ('chunk', 1, 'never indexed')",
    "DELETE FROM chunk_text_data",
    "UPDATE chunk_text_data SET block = randomblob(50)",
    "UPDATE chunk_text_data SET block = zeroblob(0)",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807",
};

static void copy_file(const char *from, const char *to)
{
    Str data = {0};
    ok(file_read(from, 1 << 28, &data, err));
    ok(file_write(to, data.data, data.size, err));
    str_release(&data);
}

static void test_values(void **state)
{
    Fixture *f = *state;
    fill(f->s);
    ok(store_index_texts(f->s, err));
    assert_int_equal(read_all(f->s), 0);
    store_close(f->s);
    f->s = NULL;
    char *bad = str_format("%s/bad.hone", f->folder), *sql;
    size_t harmless = 0;
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
        copy_file(f->path, bad);
        sql = str_format("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF; PRAGMA"
                         " writable_schema = ON; %s",
                         VALUES[i]);
        raw(bad, sql);
        free(sql);
        ok(store_open(bad, &f->s, err));
        if (read_all(f->s) == 0) harmless++;
        write_all(f->s);
        read_all(f->s);
        store_close(f->s);
        f->s = NULL;
    }
    /* some are seen by the check or when they are written only */
    if (harmless > sizeof VALUES / sizeof *VALUES / 3)
        fail_msg("%zu of %zu were not noticed", harmless, sizeof VALUES / sizeof *VALUES);
    free(bad);
}

/* Tables, views and triggers that are not ours. */
static void test_foreign_schema(void **state)
{
    Fixture *f = *state;
    fill(f->s);
    store_close(f->s);
    f->s = NULL;
    static const char *const changes[] = {
        "CREATE TRIGGER evil AFTER INSERT ON setting BEGIN DELETE FROM document; END",
        "DROP TRIGGER chunk_counted_in",
        "DROP TABLE relevance",
        "DROP TABLE setting; CREATE VIEW setting AS SELECT 'a' AS name, 'b' AS value",
        "ALTER TABLE chunk ADD COLUMN more TEXT",
        "DROP INDEX candidate_above",
        "CREATE TABLE zzz(x)",
        "CREATE TABLE aaa(x)",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE setting('"
        " WHERE name = 'setting'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 99999 WHERE name ="
        " 'chunk'",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema",
    };
    char *bad = str_format("%s/bad.hone", f->folder);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        copy_file(f->path, bad);
        raw(bad, changes[i]);
        Store *s = NULL;
        Err err = {0};
        if (store_open(bad, &s, &err)) {
            if (i != 9)
                fail_msg("opened in spite of: %s",
                         changes[i]); /* a page is only seen when it is read */
            read_all(s);
            store_close(s);
        } else {
            assert_int_equal(err.kind, ERR_DATABASE);
        }
    }
    free(bad);
    ok(store_open(f->path, &f->s, err));
}

/* A file that was looked at with tools that leave statistics is still a project. */
static void test_analysed(void **state)
{
    Fixture *f = *state;
    fill(f->s);
    store_close(f->s);
    f->s = NULL;
    raw(f->path, "ANALYZE; VACUUM");
    ok(store_open(f->path, &f->s, err));
    assert_whole(f->s);
    assert_int_equal(read_all(f->s), 0);
}

/* Bytes changed anywhere in the file, and the file cut short. */
static void test_broken_bytes(void **state)
{
    Fixture *f = *state;
    fill(f->s);
    ok(store_index_texts(f->s, err));
    store_close(f->s);
    f->s = NULL;
    Str data = {0};
    ok(file_read(f->path, 1 << 28, &data, err));
    char *bad = str_format("%s/bad.hone", f->folder);
    uint32_t seed = 7;
    for (int round = 0; round < 60; round++) {
        Str copy = {0};
        str_add_bytes(&copy, data.data, data.size);
        for (int n = 0; n < 200; n++) {
            seed = seed * 1664525u + 1013904223u;
            size_t page = (seed >> 8) % (data.size / 16384);
            seed = seed * 1664525u + 1013904223u;
            size_t at = page * 16384 + (n % 2 ? (seed >> 8) % 64 : (seed >> 8) % 16384);
            if (at >= 100) copy.data[at] = (char)(seed >> 3);
        }
        if (round % 3 == 0)
            str_truncate(&copy, copy.size / 16384 / (size_t)(2 + round % 5) * 16384 +
                                    (size_t)(round % 2) * 100);
        ok(file_write(bad, copy.data, copy.size, err));
        str_release(&copy);
        Store *s = NULL;
        Err err = {0};
        if (!store_open(bad, &s, &err)) {
            assert_true(err.kind == ERR_DATABASE || err.kind == ERR_NEWER);
            continue;
        }
        read_all(s);
        write_all(s);
        store_close(s);
    }
    str_release(&data);
    free(bad);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_values),
        WITH_PROJECT(test_foreign_schema),
        WITH_PROJECT(test_analysed),
        WITH_PROJECT(test_broken_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
