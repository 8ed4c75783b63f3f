#include "fixture.h"

static void test_words(void **state)
{
    (void)state;
    for (int i = 0; i < SPLIT_COUNT; i++) {
        Split got = SPLIT_COUNT;
        assert_true(split_parse(split_name((Split)i), &got));
        assert_int_equal(got, i);
    }
    for (int i = 0; i < CHUNK_STATUS_COUNT; i++) {
        ChunkStatus got = CHUNK_STATUS_COUNT;
        assert_true(chunk_status_parse(chunk_status_name((ChunkStatus)i), &got));
        assert_int_equal(got, i);
    }
    for (int i = 0; i < QUESTION_STATUS_COUNT; i++) {
        QuestionStatus got = QUESTION_STATUS_COUNT;
        assert_true(question_status_parse(question_status_name((QuestionStatus)i), &got));
        assert_int_equal(got, i);
    }
    for (int i = 0; i < ORIGIN_COUNT; i++) {
        Origin got = ORIGIN_COUNT;
        assert_true(origin_parse(origin_name((Origin)i), &got));
        assert_int_equal(got, i);
    }
    for (int i = 0; i < CANDIDATE_STATUS_COUNT; i++) {
        CandidateStatus got = CANDIDATE_STATUS_COUNT;
        assert_true(candidate_status_parse(candidate_status_name((CandidateStatus)i), &got));
        assert_int_equal(got, i);
    }
}

static void test_dashes_and_nonsense(void **state)
{
    (void)state;
    CandidateStatus status = CANDIDATE_KEPT;
    assert_true(candidate_status_parse("false-negative", &status));
    assert_int_equal(status, CANDIDATE_FALSE_NEGATIVE);
    assert_string_equal(candidate_status_name(status), "false_negative");
    Split split = SPLIT_VAL;
    static const char *const wrong[] = {"", "trai", "trains", "TRAIN", " train", "train ", NULL};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(split_parse(wrong[i], &split));
    }
    assert_int_equal(split, SPLIT_VAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words),
                                       cmocka_unit_test(test_dashes_and_nonsense)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
