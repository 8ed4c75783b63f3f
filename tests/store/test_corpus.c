#include "fixture.h"

static void test_documents(void **state)
{
    Fixture *f = *state;
    DocumentRow row = {.key = "/a/報告.pdf",
                       .path = "/a/報告.pdf",
                       .title = "O'Brien \"%_\"",
                       .format = "pdf",
                       .encoding = "UTF-8",
                       .file_hash = hash_text("bytes"),
                       .size_bytes = 12,
                       .modified_ms = 34,
                       .added_ms = 56,
                       .split = SPLIT_VAL,
                       .pages = 7,
                       .text = "the whole text"};
    int64_t id = 0, again = 0;
    ok(document_put(f->s, &row, &id, err));
    refused(ERR_CONFLICT, document_put(f->s, &row, &again, err));
    DocumentRows rows = {0};
    ok(document_find(f->s, row.key, &rows, err));
    assert_int_equal(rows.count, 1);
    const DocumentRow *got = &rows.items[0];
    assert_int_equal(got->id, id);
    assert_string_equal(got->key, row.key);
    assert_string_equal(got->path, row.path);
    assert_string_equal(got->title, row.title);
    assert_string_equal(got->format, "pdf");
    assert_string_equal(got->encoding, "UTF-8");
    assert_true(hash_equal(&got->file_hash, &row.file_hash));
    assert_int_equal(got->size_bytes, 12);
    assert_int_equal(got->modified_ms, 34);
    assert_int_equal(got->added_ms, 56);
    assert_int_equal(got->split, SPLIT_VAL);
    assert_int_equal(got->pages, 7);
    assert_int_equal(got->chunks, 0);

    DocumentRow changed = *got;
    changed.title = "new";
    changed.by_blocks = true;
    changed.text = NULL; /* keeps the one there is */
    ok(document_put(f->s, &changed, &again, err));
    assert_int_equal(again, id);
    rows_release(&rows);
    ok(document_find(f->s, row.key, &rows, err));
    assert_string_equal(rows.items[0].title, "new");
    assert_true(rows.items[0].by_blocks);
    assert_int_equal(rows.items[0].split, SPLIT_NONE);
    rows_release(&rows);
    char *text = NULL;
    ok(document_text(f->s, id, &text, err));
    assert_string_equal(text, "the whole text");
    free(text);
    changed = row;
    changed.id = 999;
    changed.key = "other";
    refused(ERR_MISSING, document_put(f->s, &changed, &again, err));
    refused(ERR_MISSING, document_text(f->s, 999, &text, err));
    ok(document_find(f->s, "nothing", &rows, err));
    assert_int_equal(rows.count, 0);
    rows_release(&rows);
    assert_whole(f->s);
}

static void test_chunks(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a.txt", SPLIT_TRAIN), id = 0;
    ChunkRow row = {.document_id = document,
                    .key = "k1",
                    .ordinal = 3,
                    .text = "今天天气很好",
                    .own_title = "its own",
                    .heading = "A › B",
                    .char_first = 10,
                    .char_end = 16,
                    .overlap_chars = 2,
                    .page_first = 1,
                    .page_last = 2,
                    .tokens = 6,
                    .split = SPLIT_TRAIN};
    ok(chunk_add(f->s, &row, &id, err));
    ChunkRows rows = {0};
    const ChunkRow *got = load_chunk(f->s, id, &rows);
    Hash hash = hash_text(row.text);
    assert_non_null(got);
    assert_string_equal(got->text, row.text);
    assert_string_equal(got->key, "k1");
    assert_string_equal(got->title, "its own");
    assert_string_equal(got->own_title, "its own");
    assert_string_equal(got->heading, "A › B");
    assert_string_equal(got->document, "a.txt");
    assert_true(hash_equal(&got->text_hash, &hash) && hash_equal(&got->source_hash, &hash));
    assert_int_equal(got->ordinal, 3);
    assert_int_equal(got->char_first, 10);
    assert_int_equal(got->char_end, 16);
    assert_int_equal(got->overlap_chars, 2);
    assert_int_equal(got->page_first, 1);
    assert_int_equal(got->page_last, 2);
    assert_int_equal(got->tokens, 6);
    assert_int_equal(got->split, SPLIT_TRAIN);
    assert_int_equal(got->status, CHUNK_LIVE);
    rows_release(&rows);

    Hash source = hash_text("as it was cut");
    row.source_hash = source;
    row.own_title = NULL;
    row.key = NULL;
    ok(chunk_add(f->s, &row, &id, err));
    got = load_chunk(f->s, id, &rows);
    assert_true(hash_equal(&got->source_hash, &source));
    assert_string_equal(got->title, "a.txt");
    assert_null(got->key);
    rows_release(&rows);

    row.document_id = 999;
    refused(ERR_MISSING, chunk_add(f->s, &row, &id, err));
    row.document_id = document;
    row.char_end = 3; /* ends before it starts */
    refused(ERR_DATABASE, chunk_add(f->s, &row, &id, err));
}

/* Titles and documents stay with their chunks when chunks of several documents come in turns. */
static void test_chunks_of_documents_in_turn(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "a.txt", SPLIT_NONE),
            b = add_document(f->s, "b.txt", SPLIT_NONE);
    for (int i = 0; i < 40; i++) {
        ChunkRow row = {
            .document_id = i % 3 ? a : b, .text = "t", .own_title = i % 5 ? NULL : "own"};
        ok(chunk_add(f->s, &row, NULL, err));
    }
    ChunkRows rows = {0};
    ok(chunks_load(f->s, &(ChunkQuery){0}, &rows, err));
    assert_int_equal(rows.count, 40);
    for (size_t i = 0; i < rows.count; i++) {
        const char *name = i % 3 ? "a.txt" : "b.txt";
        assert_string_equal(rows.items[i].document, name);
        assert_string_equal(rows.items[i].title, i % 5 ? name : "own");
    }
    rows_release(&rows);
}

static void test_queries(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "a.txt", SPLIT_TRAIN),
            b = add_document(f->s, "b.txt", SPLIT_TEST);
    int64_t ids[4] = {add_chunk(f->s, a, "one", SPLIT_TRAIN), add_chunk(f->s, b, "two", SPLIT_TEST),
                      add_chunk(f->s, a, "three", SPLIT_TRAIN),
                      add_chunk(f->s, b, "four", SPLIT_TEST)};
    Decision exclude = {.subject = "chunk.status", .subject_id = ids[2], .value = "excluded"};
    ok(decide(f->s, &exclude, 1, "exclude", NULL, err));
    const struct {
        ChunkQuery query;
        size_t count;
    } cases[] = {
        {{0}, 3},
        {{.statuses = 1 << CHUNK_EXCLUDED}, 1},
        {{.statuses = 15}, 4},
        {{.splits = 1 << SPLIT_TEST}, 2},
        {{.splits = 1 << SPLIT_TEST | 1 << SPLIT_TRAIN}, 3},
        {{.document_id = a}, 1},
        {{.document_id = 77}, 0},
        {{.ids = ids, .id_count = 0}, 0},
        {{.ids = ids, .id_count = 2}, 2},
        {{.ids = ids, .id_count = 4}, 3},
        {{.filter = "status:excluded"}, 1},
        {{.filter = "status:excluded,live"}, 4},
        {{.filter = "split:test", .statuses = 1 << CHUNK_LIVE}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ChunkRows rows = {0};
        ok(chunks_load(f->s, &cases[i].query, &rows, err));
        if (rows.count != cases[i].count)
            fail_msg("case %zu: %zu rows, not %zu", i, rows.count, cases[i].count);
        for (size_t r = 1; r < rows.count; r++) {
            assert_true(rows.items[r - 1].id < rows.items[r].id);
        }
        rows_release(&rows);
    }
}

static void test_many_ids(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a.txt", SPLIT_NONE);
    ok(store_begin(f->s, err));
    for (int i = 0; i < 300; i++) {
        add_chunk(f->s, document, "t", SPLIT_NONE);
    }
    ok(store_commit(f->s, err));
    size_t count = 200000; /* most of them of no chunk, and some twice */
    int64_t *ids = mem_alloc(count * sizeof *ids);
    for (size_t i = 0; i < count; i++) {
        ids[i] = (int64_t)((i * 7919) % 100000) - 50;
    }
    ChunkRows rows = {0};
    ChunkQuery query = {.ids = ids, .id_count = count};
    ok(chunks_load(f->s, &query, &rows, err));
    assert_int_equal(rows.count, 300);
    rows_release(&rows);
    free(ids);
}

static void test_document_split(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "a.txt", SPLIT_TRAIN),
            b = add_document(f->s, "b.txt", SPLIT_TRAIN);
    int64_t in_a = add_chunk(f->s, a, "in a", SPLIT_TRAIN),
            in_b = add_chunk(f->s, b, "in b", SPLIT_TRAIN);
    int64_t of_a = add_question(f->s, "of a", in_a, SPLIT_TRAIN),
            of_both = add_question(f->s, "of both", in_a, SPLIT_TRAIN);
    ok(relevance_add(f->s, of_both, in_b, ORIGIN_HUMAN, err));
    ok(document_set_split(f->s, a, SPLIT_TEST, err));
    QuestionRows questions = {0};
    ok(questions_load(f->s, &(QuestionQuery){.splits = 1 << SPLIT_TEST}, &questions, err));
    assert_int_equal(questions.count, 1);
    assert_int_equal(questions.items[0].id, of_a);
    rows_release(&questions);
    ChunkRows rows = {0};
    assert_int_equal(load_chunk(f->s, in_a, &rows)->split, SPLIT_TEST);
    rows_release(&rows);
    assert_int_equal(load_chunk(f->s, in_b, &rows)->split, SPLIT_TRAIN);
    rows_release(&rows);
    refused(ERR_MISSING, document_set_split(f->s, 999, SPLIT_TEST, err));
    assert_whole(f->s);
}

static void test_retire_and_place(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "a.txt", SPLIT_TRAIN);
    int64_t asked = add_chunk(f->s, a, "asked", SPLIT_TRAIN),
            lone = add_chunk(f->s, a, "lone", SPLIT_TRAIN);
    int64_t excluded = add_chunk(f->s, a, "excluded", SPLIT_TRAIN);
    add_question(f->s, "what?", asked, SPLIT_TRAIN);
    Decision exclude = {.subject = "chunk.status", .subject_id = excluded, .value = "excluded"};
    ok(decide(f->s, &exclude, 1, "exclude", NULL, err));
    ok(chunk_retire(f->s, asked, err));
    ok(chunk_retire(f->s, lone, err));
    ok(chunk_retire(f->s, excluded, err));
    ok(chunk_retire(f->s, 999, err)); /* gone already */
    ChunkRows rows = {0};
    assert_int_equal(load_chunk(f->s, asked, &rows)->status, CHUNK_RETIRED);
    rows_release(&rows);
    assert_null(load_chunk(f->s, lone, &rows));
    rows_release(&rows);
    ChunkRow where = {.ordinal = 9,
                      .heading = "New",
                      .char_first = 5,
                      .char_end = 8,
                      .page_first = 2,
                      .page_last = 2,
                      .split = SPLIT_VAL};
    ok(chunk_place(f->s, asked, &where, err));
    const ChunkRow *got = load_chunk(f->s, asked, &rows);
    assert_int_equal(got->status, CHUNK_LIVE);
    assert_int_equal(got->ordinal, 9);
    assert_string_equal(got->heading, "New");
    assert_int_equal(got->char_end, 8);
    assert_int_equal(got->split, SPLIT_VAL);
    rows_release(&rows);
    ok(chunk_place(f->s, excluded, &where, err)); /* what a person took out stays out */
    assert_int_equal(load_chunk(f->s, excluded, &rows)->status, CHUNK_EXCLUDED);
    rows_release(&rows);
    refused(ERR_MISSING, chunk_place(f->s, lone, &where, err));
    refused(ERR_MISSING, chunk_set_split(f->s, lone, SPLIT_TEST, err));
    ok(chunk_set_split(f->s, asked, SPLIT_TRAIN, err));
    assert_whole(f->s);
}

static void test_remove(void **state)
{
    Fixture *f = *state;
    int64_t a = add_document(f->s, "a.txt", SPLIT_TRAIN),
            b = add_document(f->s, "b.txt", SPLIT_TRAIN);
    int64_t asked = add_chunk(f->s, a, "asked", SPLIT_TRAIN);
    add_chunk(f->s, a, "lone", SPLIT_TRAIN);
    add_chunk(f->s, b, "lone too", SPLIT_TRAIN);
    add_question(f->s, "what?", asked, SPLIT_TRAIN);
    ok(document_remove(f->s, a, err));
    ok(document_remove(f->s, b, err));
    ok(document_remove(f->s, b, err)); /* twice is fine */
    DocumentRows documents = {0};
    ok(documents_load(f->s, NULL, &documents, err));
    assert_int_equal(documents.count, 1);
    assert_int_equal(documents.items[0].id, a);
    assert_int_equal(documents.items[0].chunks, 0);
    rows_release(&documents);
    ChunkRows rows = {0};
    ok(chunks_load(f->s, &(ChunkQuery){.statuses = 15}, &rows, err));
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.items[0].status, CHUNK_RETIRED);
    rows_release(&rows);
    int64_t fresh = add_document(f->s, "c.txt", SPLIT_NONE);
    assert_true(fresh > b); /* a number is never given twice */
    assert_whole(f->s);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_documents),
        WITH_PROJECT(test_chunks),
        WITH_PROJECT(test_chunks_of_documents_in_turn),
        WITH_PROJECT(test_queries),
        WITH_PROJECT(test_many_ids),
        WITH_PROJECT(test_document_split),
        WITH_PROJECT(test_retire_and_place),
        WITH_PROJECT(test_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
