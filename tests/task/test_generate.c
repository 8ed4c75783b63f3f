/* Questions for chunks that have none, doubts about them, and what is accepted unseen. */
#include "retrieve/project.h"

#include "num/blas.h"
#include "store/journal.h"
#include "task/doubts.h"
#include "task/generate.h"

static const char *const CHUNKS[] = {
    "A lighthouse is a tower with a lamp that guides ships at night. If the lamp goes out, ships "
    "may run aground on the rocks of the island. "
    "The lighthouse on the island was built in 1848 by Robert Stevenson.",
    "The ferry is late in winter because ice forms in the channel. There are 12 lifeboats on the "
    "upper deck of the ferry. "
    "A ticket is a slip of paper that allows one crossing of the channel.",
    "渡轮是一种在港口之间运送旅客的船。由于冬天海面结冰，渡轮要多走一个小时。渡轮一共有212个座位。",
};
#define CHUNK_COUNT (sizeof CHUNKS / sizeof *CHUNKS)

static void fill(Project *p)
{
    for (size_t i = 0; i < CHUNK_COUNT; i++)
        project_chunk(p, CHUNKS[i], i == 0 ? SPLIT_VAL : SPLIT_TRAIN);
    project_fill(p);
}

static GenerateReport generate(Project *p, GenerateOptions o)
{
    GenerateReport r = {0};
    o.generator = "offline";
    if (o.per_chunk == 0) o.per_chunk = 2;
    ok(task_generate(&p->env, &o, &r, err));
    return r;
}

static QuestionRows all_questions(Project *p)
{
    QuestionRows rows = {0};
    ok(questions_load(p->env.store, &(QuestionQuery){0}, &rows, err));
    return rows;
}

static void two_a_chunk_and_never_again(void **state)
{
    Project *p = *state;
    fill(p);
    GenerateReport r = generate(p, (GenerateOptions){0});
    assert_int_equal(r.chunks, CHUNK_COUNT + PROJECT_TEXT_COUNT);
    assert_true(r.questions > CHUNK_COUNT && r.questions <= 2 * r.chunks);
    QuestionRows rows = all_questions(p);
    assert_int_equal(rows.count, r.questions);
    for (size_t i = 0; i < rows.count; i++) {
        const QuestionRow *q = &rows.items[i];
        assert_int_equal(q->origin, ORIGIN_OFFLINE);
        assert_int_equal(q->status, QUESTION_PENDING);
        assert_true(q->doubts.known && q->doubts.copied < 0.8 && !q->doubts.nameless);
        assert_true(q->doubts.doubt >= 0 && q->doubts.doubt <= 1);
        assert_non_null(q->kind);
    }
    rows_release(&rows);
    RelevanceRows links = {0};
    ok(relevance_load(p->env.store, &links, err));
    assert_int_equal(links.count, r.questions);
    rows_release(&links);
    GenerateReport again = generate(p, (GenerateOptions){0});
    assert_true(again.questions == 0);
}

static void limits_and_splits(void **state)
{
    Project *p = *state;
    fill(p);
    GenerateReport one = generate(p, (GenerateOptions){.limit = 1, .per_chunk = 3});
    assert_int_equal(one.chunks, 1);
    QuestionRows rows = all_questions(p);
    for (size_t i = 0; i < rows.count; i++) assert_int_equal(rows.items[i].split, SPLIT_VAL);
    rows_release(&rows);
    GenerateReport second = generate(p, (GenerateOptions){.chunk_id = 2, .into = SPLIT_TEST});
    assert_int_equal(second.chunks, 1);
    rows = all_questions(p);
    assert_int_equal(rows.items[rows.count - 1].split, SPLIT_TEST);
    rows_release(&rows);
    GenerateReport r;
    refused(
        ERR_USAGE, "offline",
        task_generate(&p->env, &(GenerateOptions){.generator = "oracle", .per_chunk = 1}, &r, err));
    refused(
        ERR_MISSING, "999",
        task_generate(&p->env,
                      &(GenerateOptions){.generator = "offline", .per_chunk = 1, .chunk_id = 999},
                      &r, err));
}

static void accepting_is_one_decision(void **state)
{
    Project *p = *state;
    fill(p);
    GenerateReport r = generate(p, (GenerateOptions){.accept = true});
    assert_true(r.accepted > 0);
    Counts counts;
    ok(store_counts(p->env.store, &counts, err));
    int64_t accepted = 0;
    for (int s = 0; s < SPLIT_COUNT; s++) accepted += counts.questions[QUESTION_ACCEPTED][s];
    assert_int_equal(accepted, r.accepted);
    char *label = NULL;
    size_t count = 0;
    ok(journal_undo(p->env.store, &label, &count, err));
    assert_int_equal(count, r.accepted);
    free(label);
}

static void replaced_questions_are_rejected(void **state)
{
    Project *p = *state;
    fill(p);
    generate(p, (GenerateOptions){.per_chunk = 1});
    QuestionRows before = all_questions(p);
    GenerateReport r = generate(p, (GenerateOptions){.instead = "id:1,2"});
    assert_int_equal(r.chunks, 2);
    assert_int_equal(r.questions, 2);
    QuestionRows rows = all_questions(p);
    assert_int_equal(rows.count, before.count + 2);
    for (size_t i = 0; i < rows.count; i++) {
        bool replaced = rows.items[i].id <= 2;
        assert_int_equal(rows.items[i].status, replaced ? QUESTION_REJECTED : QUESTION_PENDING);
    }
    rows_release(&rows);
    rows_release(&before);
    char *label;
    size_t count;
    ok(journal_undo(p->env.store, &label, &count, err));
    assert_int_equal(count, 2);
    free(label);
    Err e = {0};
    GenerateOptions none = {.generator = "offline", .per_chunk = 1, .instead = "id:9999"};
    assert_false(task_generate(&p->env, &none, &r, &e));
    assert_int_equal(e.kind, ERR_MISSING);
}

static void doubts_speak(void **state)
{
    Project *p = *state;
    fill(p);
    project_question(p, "What is discussed in this section?", 1, QUESTION_PENDING, SPLIT_VAL);
    project_question(p, "when is the ferry late in winter", 2, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "When is the ferry late in winter?", 2, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "The ferry is late in winter because ice forms in the channel", 2,
                     QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "how are whales counted from the air", 2, QUESTION_PENDING, SPLIT_TRAIN);
    size_t computed;
    ok(task_doubts(&p->env, false, &computed, err));
    assert_int_equal(computed, 5);
    QuestionRows rows = all_questions(p);
    assert_true(rows.items[0].doubts.nameless && rows.items[0].doubts.doubt > 0.8);
    assert_int_equal(rows.items[1].doubts.own_rank, 1);
    assert_int_equal(rows.items[1].doubts.twin_id, 0);
    assert_int_equal(rows.items[2].doubts.twin_id, rows.items[1].id);
    assert_true(rows.items[3].doubts.copied == 1);
    assert_true(rows.items[4].doubts.own_rank != 1);
    rows_release(&rows);
    ok(task_doubts(&p->env, false, &computed, err));
    assert_int_equal(computed, 0);
    ok(task_doubts(&p->env, true, &computed, err));
    assert_int_equal(computed, 5);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(two_a_chunk_and_never_again),
        CASE(limits_and_splits),
        CASE(accepting_is_one_decision),
        CASE(replaced_questions_are_rejected),
        CASE(doubts_speak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
