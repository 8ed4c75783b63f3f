/* Splits: by document, by blocks, leaks, freezing. */
#include "retrieve/project.h"

#include "task/split.h"

static void fill_documents(Project *p, size_t documents, size_t chunks)
{
    for (size_t d = 0; d < documents; d++) {
        char *key = str_format("/doc%zu.txt", d);
        DocumentRow row = {.key = key, .path = key, .title = key, .format = "txt"};
        int64_t id;
        ok(document_put(p->env.store, &row, &id, err));
        for (size_t c = 0; c < chunks; c++) {
            char *text = str_format("document %zu passage %zu about subject%zu and matter%zu", d, c,
                                    d * 31 + c, c * 17 + d);
            ChunkRow chunk = {.document_id = id,
                              .ordinal = (int64_t)c,
                              .text = text,
                              .heading = "",
                              .char_first = (int64_t)(100 * c),
                              .char_end = (int64_t)(100 * c + 90),
                              .overlap_chars = c ? 10 : 0};
            int64_t chunk_id;
            ok(chunk_add(p->env.store, &chunk, &chunk_id, err));
            free(text);
        }
        free(key);
    }
}

static void count_splits(Project *p, size_t counts[SPLIT_COUNT])
{
    ChunkRows rows = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &rows, err));
    memset(counts, 0, SPLIT_COUNT * sizeof *counts);
    for (size_t i = 0; i < rows.count; i++) counts[rows.items[i].split]++;
    rows_release(&rows);
}

static void documents_stay_whole(void **state)
{
    Project *p = *state;
    fill_documents(p, 20, 5);
    ok(split_auto(&p->env, 1, false, err));
    size_t n[SPLIT_COUNT];
    count_splits(p, n);
    assert_int_equal(n[SPLIT_NONE], 0);
    assert_int_equal(n[SPLIT_TRAIN], 80);
    assert_int_equal(n[SPLIT_VAL], 10);
    assert_int_equal(n[SPLIT_TEST], 10);
    ChunkRows rows = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &rows, err));
    for (size_t i = 1; i < rows.count; i++) {
        if (rows.items[i].document_id == rows.items[i - 1].document_id)
            assert_int_equal(rows.items[i].split, rows.items[i - 1].split);
    }
    rows_release(&rows);
}

static void one_document_is_cut_in_blocks(void **state)
{
    Project *p = *state;
    fill_documents(p, 1, 100);
    ok(split_auto(&p->env, 1, false, err));
    size_t n[SPLIT_COUNT];
    count_splits(p, n);
    assert_true(n[SPLIT_TRAIN] >= 78 && n[SPLIT_VAL] >= 8 && n[SPLIT_TEST] >= 8);
    assert_int_equal(n[SPLIT_NONE], 2); /* those that repeat a neighbour's text */
    ChunkRows rows = {0};
    ok(chunks_load(p->env.store, &(ChunkQuery){0}, &rows, err));
    size_t changes = 0;
    for (size_t i = 1; i < rows.count; i++)
        changes += rows.items[i].split != rows.items[i - 1].split;
    assert_int_equal(changes, 4);
    rows_release(&rows);
}

static void two_documents_make_two_splits(void **state)
{
    Project *p = *state;
    fill_documents(p, 2, 10);
    ok(split_auto(&p->env, 1, false, err));
    size_t n[SPLIT_COUNT];
    count_splits(p, n);
    assert_int_equal(n[SPLIT_TRAIN], 10);
    assert_int_equal(n[SPLIT_TEST], 10);
}

static void leaks_are_found(void **state)
{
    Project *p = *state;
    const char *text = "The reserve for insurance covers claims that were incurred and not yet "
                       "reported at the end of the financial year of the company";
    int64_t a = project_chunk(p, text, SPLIT_TRAIN), b = project_chunk(p, text, SPLIT_TEST);
    int64_t c = project_chunk(p,
                              "The reserve for insurance covers claims that were incurred and not "
                              "yet reported at the end of the financial year of the group",
                              SPLIT_VAL);
    project_chunk(
        p,
        "Something entirely different about lighthouses and the keepers who wrote down the weather",
        SPLIT_TEST);
    project_chunk(p, text, SPLIT_TRAIN);
    int64_t q = project_question(p, "what does the reserve for insurance cover?", a,
                                 QUESTION_ACCEPTED, SPLIT_TRAIN);
    int64_t r = project_question(p, "What does the reserve for insurance cover", b,
                                 QUESTION_ACCEPTED, SPLIT_TEST);
    Leaks leaks = {0};
    ok(split_leaks(&p->env, &leaks, err));
    size_t same = 0, near = 0, questions = 0;
    for (size_t i = 0; i < leaks.count; i++) {
        Leak l = leaks.items[i];
        assert_true(l.a_split < l.b_split);
        if (strcmp(l.what, "question") == 0) {
            assert_true(l.a == q && l.b == r);
            questions++;
        } else if (l.similarity == 1) {
            assert_int_equal(l.b, b);
            same++;
        } else {
            assert_true(l.a == c || l.b == c);
            near++;
        }
    }
    assert_int_equal(same, 2);
    assert_int_equal(near, 3);
    assert_int_equal(questions, 1);
    vec_release(&leaks);
}

static void frozen_sets_notice_changes(void **state)
{
    Project *p = *state;
    char hex[HASH_HEX_SIZE], frozen[HASH_HEX_SIZE];
    bool changed;
    refused(ERR_MISSING, "test", split_freeze(&p->env, hex, err));
    ok(split_frozen(&p->env, frozen, &changed, err));
    assert_string_equal(frozen, "");
    int64_t c = project_chunk(p, PROJECT_TEXTS[0], SPLIT_TEST);
    project_question(p, "when does it leave?", c, QUESTION_ACCEPTED, SPLIT_TEST);
    ok(split_freeze(&p->env, hex, err));
    project_chunk(p, PROJECT_TEXTS[1], SPLIT_TRAIN);
    ok(split_frozen(&p->env, frozen, &changed, err));
    assert_string_equal(frozen, hex);
    assert_false(changed);
    project_question(p, "and when does it return?", c, QUESTION_ACCEPTED, SPLIT_TEST);
    ok(split_frozen(&p->env, frozen, &changed, err));
    assert_true(changed);
    refused(ERR_CONFLICT, "frozen", split_auto(&p->env, 1, true, err));
    ok(document_set_split(p->env.store, p->document, SPLIT_TEST, err));
    fill_documents(p, 30, 2);
    ok(split_auto(&p->env, 1, false, err));
    size_t n[SPLIT_COUNT];
    count_splits(p, n);
    assert_int_equal(n[SPLIT_TEST], 2); /* nothing was added to the frozen set */
    assert_true(n[SPLIT_VAL] > 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(documents_stay_whole),          CASE(one_document_is_cut_in_blocks),
        CASE(two_documents_make_two_splits), CASE(leaks_are_found),
        CASE(frozen_sets_notice_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
