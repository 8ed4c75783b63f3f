/* Doubts: the sum, twins, ranks, and what is computed again. */
#include "retrieve/project.h"

#include "num/blas.h"
#include "task/doubts.h"

static const char *const CHUNKS[] = {
    "The ferry is late in winter because ice forms in the channel.",
    "Mileage is refunded at 0.30 euros per kilometre from 2021 on.",
    "A lighthouse is a tower with a lamp that guides ships at night.",
};
#define CHUNK_COUNT (sizeof CHUNKS / sizeof *CHUNKS)

static void fill(Project *p)
{
    for (size_t i = 0; i < CHUNK_COUNT; i++) project_chunk(p, CHUNKS[i], SPLIT_TRAIN);
    project_fill(p);
}

static QuestionRows doubted(Project *p, bool all, size_t expected)
{
    size_t computed = 99;
    ok(task_doubts(&p->env, all, &computed, err));
    assert_int_equal(computed, expected);
    QuestionRows rows = {0};
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &rows, err));
    return rows;
}

static void sum_grows_with_each_doubt(void **state)
{
    (void)state;
    Doubts none = {.known = true, .own_rank = 1};
    double least = doubt_sum(&none);
    assert_true(least == 0);
    Doubts far = none, lost = none, copied = none, twin = none, nameless = none;
    far.own_rank = 30;
    lost.own_rank = 0;
    copied.copied = 0.9;
    twin.twin_id = 7;
    nameless.nameless = true;
    assert_true(doubt_sum(&far) > least && doubt_sum(&lost) > doubt_sum(&far));
    assert_true(doubt_sum(&copied) > least && doubt_sum(&twin) > least);
    assert_true(doubt_sum(&nameless) > doubt_sum(&lost));
    Doubts all = {.own_rank = 0, .copied = 1, .twin_id = 1, .nameless = true};
    assert_true(doubt_sum(&all) <= 1 && doubt_sum(&all) > doubt_sum(&nameless));
    none.copied = 0.5; /* half of a question may stand in the text */
    assert_true(doubt_sum(&none) == 0);
}

static void twins_are_the_later_ones(void **state)
{
    Project *p = *state;
    fill(p);
    project_question(p, "Why is the ferry late in winter?", 1, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "why is the ferry late in winter", 1, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "Why is the tram late in summer?", 1, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "What was the mileage rate in 2020?", 2, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "What was the mileage rate in 2021?", 2, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "In winter, why is the ferry late?", 1, QUESTION_PENDING, SPLIT_TRAIN);
    QuestionRows rows = doubted(p, false, 6);
    assert_int_equal(rows.items[0].doubts.twin_id, 0);
    assert_int_equal(rows.items[1].doubts.twin_id, rows.items[0].id);
    assert_true(rows.items[1].doubts.twin_score > 0.99);
    assert_int_equal(rows.items[2].doubts.twin_id, 0);
    assert_int_equal(rows.items[4].doubts.twin_id, 0); /* another year is another question */
    assert_true(rows.items[5].doubts.twin_id != 0);    /* the same words in another order */
    rows_release(&rows);
}

static void ranks_and_copies(void **state)
{
    Project *p = *state;
    fill(p);
    project_question(p, "ferry late winter ice", 1, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "The ferry is late in winter because ice forms", 1, QUESTION_ACCEPTED,
                     SPLIT_TRAIN);
    project_question(p, "how are zeppelins inflated", 3, QUESTION_FLAGGED, SPLIT_TRAIN);
    project_question(p, "What does this section describe?", 3, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "lamp of the lighthouse", 3, QUESTION_REJECTED, SPLIT_TRAIN);
    QuestionRows rows = doubted(p, false, 4); /* what was rejected is out of the queue */
    assert_int_equal(rows.items[0].doubts.own_rank, 1);
    assert_true(rows.items[1].doubts.copied == 1);
    assert_true(rows.items[2].doubts.own_rank != 1 && !rows.items[2].doubts.nameless);
    assert_true(rows.items[3].doubts.nameless);
    assert_true(rows.items[0].doubts.doubt < rows.items[1].doubts.doubt);
    assert_true(rows.items[1].doubts.doubt < rows.items[3].doubts.doubt);
    assert_false(rows.items[4].doubts.known);
    rows_release(&rows);
    rows = doubted(p, false, 0);
    rows_release(&rows);
    rows = doubted(p, true, 4);
    rows_release(&rows);
}

static void nothing_to_doubt(void **state)
{
    Project *p = *state;
    fill(p);
    QuestionRows rows = doubted(p, true, 0);
    rows_release(&rows);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_grows_with_each_doubt),
        CASE(twins_are_the_later_ones),
        CASE(ranks_and_copies),
        CASE(nothing_to_doubt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
