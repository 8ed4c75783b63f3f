#include <math.h>

#include "fixture.h"

static void test_add_and_get(void **state)
{
    Fixture *f = *state;
    QuestionRow row = {.key = "q-1",
                       .text = "保险由谁提供?",
                       .origin = ORIGIN_LLM,
                       .kind = "who",
                       .source = "model 1",
                       .status = QUESTION_ACCEPTED,
                       .split = SPLIT_VAL,
                       .made_ms = 77,
                       .doubts = {.known = true,
                                  .own_rank = 3,
                                  .copied = 0.25,
                                  .twin_id = 9,
                                  .twin_score = 0.9,
                                  .nameless = true,
                                  .doubt = 0.625}};
    int64_t id = 0;
    ok(question_add(f->s, &row, &id, err));
    QuestionRows rows = {0};
    ok(question_get(f->s, id, &rows, err));
    const QuestionRow *got = rows.items;
    Hash hash = hash_text(row.text);
    assert_string_equal(got->key, "q-1");
    assert_string_equal(got->text, row.text);
    assert_true(hash_equal(&got->text_hash, &hash));
    assert_int_equal(got->origin, ORIGIN_LLM);
    assert_string_equal(got->kind, "who");
    assert_string_equal(got->source, "model 1");
    assert_null(got->why_flagged);
    assert_int_equal(got->status, QUESTION_ACCEPTED);
    assert_int_equal(got->split, SPLIT_VAL);
    assert_int_equal(got->made_ms, 77);
    assert_true(got->doubts.known && got->doubts.nameless);
    assert_int_equal(got->doubts.own_rank, 3);
    assert_int_equal(got->doubts.twin_id, 9);
    assert_true(got->doubts.copied == 0.25 && got->doubts.twin_score == 0.9 &&
                got->doubts.doubt == 0.625);
    rows_release(&rows);
    refused(ERR_MISSING, question_get(f->s, 999, &rows, err));
    refused(ERR_MISSING, question_set_split(f->s, 999, SPLIT_TEST, err));
    refused(ERR_MISSING, question_flag(f->s, 999, "x", err));
    refused(ERR_MISSING, doubts_put(f->s, 999, &(Doubts){0}, err));
    ok(doubts_put(f->s, id, &(Doubts){0}, err));
    ok(question_get(f->s, id, &rows, err));
    assert_false(rows.items[0].doubts.known);
    rows_release(&rows);
}

static void test_flag(void **state)
{
    Fixture *f = *state;
    static const QuestionStatus before[] = {QUESTION_PENDING, QUESTION_ACCEPTED, QUESTION_REJECTED,
                                            QUESTION_DELETED};
    static const QuestionStatus after[] = {QUESTION_FLAGGED, QUESTION_FLAGGED, QUESTION_REJECTED,
                                           QUESTION_DELETED};
    for (int i = 0; i < 4; i++) {
        QuestionRow row = {.text = "what?", .status = before[i]};
        int64_t id = 0;
        ok(question_add(f->s, &row, &id, err));
        ok(question_flag(f->s, id, "names nothing", err));
        QuestionRows rows = {0};
        ok(question_get(f->s, id, &rows, err));
        assert_int_equal(rows.items[0].status, after[i]);
        assert_string_equal(rows.items[0].why_flagged, "names nothing");
        rows_release(&rows);
    }
    assert_whole(f->s);
}

static size_t count_questions(Store *s, QuestionQuery query)
{
    QuestionRows rows = {0};
    ok(questions_load(s, &query, &rows, err));
    size_t count = rows.count;
    rows_release(&rows);
    return count;
}

static void test_load(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a.txt", SPLIT_TRAIN),
            chunk = add_chunk(f->s, document, "text", SPLIT_TRAIN);
    for (int i = 0; i < QUESTION_STATUS_COUNT; i++) {
        QuestionRow row = {.text = "what?",
                           .status = (QuestionStatus)i,
                           .split = i % 2 ? SPLIT_TEST : SPLIT_TRAIN};
        int64_t id;
        ok(question_add(f->s, &row, &id, err));
        if (i < 2) ok(relevance_add(f->s, id, chunk, ORIGIN_LLM, err));
    }
    assert_int_equal(count_questions(f->s, (QuestionQuery){0}), 4); /* all but deleted */
    assert_int_equal(count_questions(f->s, (QuestionQuery){.statuses = 1 << QUESTION_DELETED}), 1);
    assert_int_equal(count_questions(f->s, (QuestionQuery){.filter = "status:deleted"}), 0);
    assert_int_equal(count_questions(f->s, (QuestionQuery){.splits = 1 << SPLIT_TEST}), 2);
    assert_int_equal(count_questions(f->s, (QuestionQuery){.chunk_id = chunk}), 2);
    assert_int_equal(
        count_questions(f->s, (QuestionQuery){.chunk_id = chunk, .splits = 1 << SPLIT_TEST}), 1);
    assert_int_equal(count_questions(f->s, (QuestionQuery){.chunk_id = 99}), 0);
}

static void test_relevance(void **state)
{
    Fixture *f = *state;
    int64_t document = add_document(f->s, "a.txt", SPLIT_TRAIN);
    int64_t a = add_chunk(f->s, document, "a", SPLIT_TRAIN),
            b = add_chunk(f->s, document, "b", SPLIT_TRAIN);
    int64_t c = add_chunk(f->s, document, "c", SPLIT_TRAIN);
    int64_t first = add_question(f->s, "first", b, SPLIT_TRAIN),
            second = add_question(f->s, "second", a, SPLIT_TRAIN);
    ok(relevance_add(f->s, first, a, ORIGIN_HUMAN, err));
    ok(relevance_add(f->s, first, a, ORIGIN_LLM, err)); /* twice is fine; the first origin stays */
    refused(ERR_MISSING, relevance_add(f->s, first, 999, ORIGIN_HUMAN, err));
    refused(ERR_MISSING, relevance_add(f->s, 999, a, ORIGIN_HUMAN, err));
    RelevanceRows rows = {0};
    ok(relevance_load(f->s, &rows, err));
    assert_int_equal(rows.count, 3);
    assert_true(rows.items[0].question_id == first && rows.items[0].chunk_id == a &&
                rows.items[0].origin == ORIGIN_HUMAN);
    assert_true(rows.items[1].question_id == first && rows.items[1].chunk_id == b);
    assert_true(rows.items[2].question_id == second && rows.items[2].chunk_id == a);
    rows_release(&rows);

    ok(relevance_move(f->s, a, a, err)); /* loses nothing */
    ok(relevance_move(f->s, a, b, err)); /* first has b already */
    ok(relevance_load(f->s, &rows, err));
    assert_int_equal(rows.count, 2);
    assert_true(rows.items[0].chunk_id == b && rows.items[1].chunk_id == b);
    rows_release(&rows);
    refused(ERR_MISSING, relevance_move(f->s, b, 999, err));
    ok(relevance_load(f->s, &rows, err));
    assert_int_equal(rows.count, 2);
    rows_release(&rows);

    int64_t *ids = NULL;
    size_t count = 0;
    ok(chunks_without_questions(f->s, &ids, &count, err));
    assert_int_equal(count, 2);
    assert_true(ids[0] == a && ids[1] == c);
    free(ids);
    Decision delete[] = {{.subject = "question.status", .subject_id = first, .value = "deleted"},
                         {.subject = "question.status", .subject_id = second, .value = "deleted"}};
    ok(decide(f->s, delete, 2, "delete", NULL, err));
    ok(relevance_load(f->s, &rows, err));
    assert_int_equal(rows.count, 0);
    rows_release(&rows);
    ok(chunks_without_questions(f->s, &ids, &count, err));
    assert_int_equal(count, 3);
    free(ids);
    assert_whole(f->s);
}

static void test_numbers_that_are_none(void **state)
{
    Fixture *f = *state;
    int64_t id = add_question(f->s, "what?", 0, SPLIT_NONE);
    ok(doubts_put(f->s, id,
                  &(Doubts){.known = true, .doubt = NAN, .copied = INFINITY, .twin_score = NAN},
                  err));
    QuestionRows rows = {0};
    ok(question_get(f->s, id, &rows, err));
    assert_false(rows.items[0].doubts.known);
    assert_false(isnan(rows.items[0].doubts.twin_score));
    rows_release(&rows);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_add_and_get),
        WITH_PROJECT(test_flag),
        WITH_PROJECT(test_load),
        WITH_PROJECT(test_relevance),
        WITH_PROJECT(test_numbers_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
