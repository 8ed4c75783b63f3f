#include "task/search.h"

#include "num/blas.h"
#include "retrieve/project.h"
#include "store/vectors.h"
#include "task/embed.h"

static const char *const NAMES[] = {"bm25", "lsa", "bm25+lsa"};

static void lists_stand_side_by_side(void **state)
{
    Project *p = *state;
    project_fill(p);
    SearchOptions options = {
        .query = "granite lighthouse", .retrievers = NAMES, .retriever_count = 3, .k = 4};
    SearchResult r = {0};
    ok(task_search(&p->env, &options, &r, err));
    assert_int_equal(r.list_count, 3);
    assert_int_equal(r.chunks.count, PROJECT_TEXT_COUNT);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(r.lists[i].name, NAMES[i]);
        assert_true(r.lists[i].count > 0 && r.lists[i].count <= 4);
        assert_string_equal(r.chunks.items[r.lists[i].hits[0].row].text, PROJECT_TEXTS[4]);
        for (size_t j = 1; j < r.lists[i].count; j++)
            assert_true(r.lists[i].hits[j - 1].score >= r.lists[i].hits[j].score);
    }
    search_result_release(&r);
}

static void questions_are_searched_too(void **state)
{
    Project *p = *state;
    project_fill(p);
    project_question(p, "Who sells bread to the crew?", 11, QUESTION_PENDING, SPLIT_NONE);
    project_question(p, "What is the lighthouse built of?", 5, QUESTION_ACCEPTED, SPLIT_TEST);
    SearchOptions options = {.query = "bread for a crew",
                             .retrievers = NAMES,
                             .retriever_count = 3,
                             .k = 10,
                             .questions = true};
    SearchResult r = {0};
    ok(task_search(&p->env, &options, &r, err));
    assert_int_equal(r.rows_of_questions.count, 2);
    assert_int_equal(r.chunks.count, 0);
    for (size_t i = 0; i < 3; i++) assert_int_equal(r.lists[i].hits[0].row, 0);
    search_result_release(&r);
}

static void splits_narrow_the_corpus(void **state)
{
    Project *p = *state;
    project_chunk(p, "granite here", SPLIT_TRAIN);
    project_chunk(p, "granite there", SPLIT_TEST);
    SearchOptions options = {.query = "granite",
                             .retrievers = NAMES,
                             .retriever_count = 1,
                             .k = 10,
                             .corpus_splits = 1 << SPLIT_TEST};
    SearchResult r = {0};
    ok(task_search(&p->env, &options, &r, err));
    assert_int_equal(r.lists[0].count, 1);
    assert_string_equal(r.chunks.items[r.lists[0].hits[0].row].text, "granite there");
    search_result_release(&r);
}

static void what_makes_no_sense_is_refused(void **state)
{
    Project *p = *state;
    SearchOptions options = {
        .query = "granite", .retrievers = NAMES, .retriever_count = 1, .k = 10};
    SearchResult r = {0};
    refused(ERR_MISSING, "no chunks", task_search(&p->env, &options, &r, err));
    options.questions = true;
    refused(ERR_MISSING, "no questions", task_search(&p->env, &options, &r, err));
    project_fill(p);
    options = (SearchOptions){.query = "granite",
                              .retrievers = (const char *const[]){"nothing"},
                              .retriever_count = 1,
                              .k = 10};
    refused(ERR_MISSING, "nothing", task_search(&p->env, &options, &r, err));
    options.retriever_count = 0;
    refused(ERR_USAGE, "retriever", task_search(&p->env, &options, &r, err));
    options = (SearchOptions){.query = "", .retrievers = NAMES, .retriever_count = 1, .k = 10};
    refused(ERR_USAGE, "empty", task_search(&p->env, &options, &r, err));
    assert_null(r.lists);
}

static void embedding_fills_the_cache(void **state)
{
    Project *p = *state;
    project_fill(p);
    project_question(p, "Who sells bread to the crew?", 11, QUESTION_PENDING, SPLIT_NONE);
    EmbedReport report = {0};
    int64_t first = 0, second = 0;
    ok(task_embed(&p->env, "lsa", &report, err));
    assert_int_equal(report.passages, PROJECT_TEXT_COUNT);
    assert_int_equal(report.queries, 1);
    assert_true(report.dims > 0);
    ok(store_change(p->env.store, &first, err));
    ok(task_embed(&p->env, "lsa", &report, err));
    ok(store_change(p->env.store, &second, err));
    assert_int_equal(first, second); /* nothing was embedded again */
    refused(ERR_MISSING, "nothing", task_embed(&p->env, "nothing", &report, err));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_stand_side_by_side, project_open, project_close),
        cmocka_unit_test_setup_teardown(questions_are_searched_too, project_open, project_close),
        cmocka_unit_test_setup_teardown(splits_narrow_the_corpus, project_open, project_close),
        cmocka_unit_test_setup_teardown(what_makes_no_sense_is_refused, project_open,
                                        project_close),
        cmocka_unit_test_setup_teardown(embedding_fills_the_cache, project_open, project_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
