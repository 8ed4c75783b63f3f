#include "task/dataset.h"

#include "retrieve/project.h"
#include "store/journal.h"

static Dataset load(Project *p, DatasetQuery query)
{
    Dataset d = {0};
    ok(dataset_load(&p->env, &query, &d, err));
    assert_int_equal(d.view.count, d.chunks.count);
    assert_int_equal(d.positive_offset[0], 0);
    assert_int_equal(d.barred_offset[0], 0);
    for (size_t q = 0; q < d.questions.count; q++) {
        assert_true(d.positive_offset[q + 1] > d.positive_offset[q]);
        assert_true(d.barred_offset[q + 1] >= d.barred_offset[q]);
        for (size_t i = d.positive_offset[q]; i < d.positive_offset[q + 1]; i++) {
            assert_true(d.positive[i] < d.chunks.count);
            assert_true(i == d.positive_offset[q] || d.positive[i - 1] < d.positive[i]);
        }
    }
    return d;
}

static void assert_positives(const Dataset *d, size_t q, size_t count, const uint32_t *rows)
{
    assert_int_equal(d->positive_offset[q + 1] - d->positive_offset[q], count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(d->positive[d->positive_offset[q] + i], rows[i]);
        assert_true(dataset_is_positive(d, q, rows[i]));
    }
}

static void make(Project *p, const char *subject, int64_t id, int64_t other, const char *value)
{
    Decision decision = {.subject = subject, .subject_id = id, .other_id = other, .value = value};
    int64_t group = 0;
    ok(decide(p->env.store, &decision, 1, "test", &group, err));
}

static void questions_have_their_positives(void **state)
{
    Project *p = *state;
    project_fill(p);
    project_question(p, "pending?", 1, QUESTION_PENDING, SPLIT_TRAIN);
    project_question(p, "first?", 3, QUESTION_ACCEPTED, SPLIT_TRAIN);
    int64_t second = project_question(p, "second?", 7, QUESTION_ACCEPTED, SPLIT_TEST);
    ok(relevance_add(p->env.store, second, 2, ORIGIN_HUMAN, err));
    project_question(p, "answered by nothing?", 0, QUESTION_ACCEPTED, SPLIT_TRAIN);
    Dataset d = load(p, (DatasetQuery){0});
    assert_int_equal(d.chunks.count, PROJECT_TEXT_COUNT);
    assert_int_equal(d.questions.count, 2);
    assert_int_equal(d.lost_questions, 1);
    assert_string_equal(d.questions.items[0].text, "first?");
    assert_positives(&d, 0, 1, (uint32_t[]){2});
    assert_positives(&d, 1, 2, (uint32_t[]){1, 6});
    assert_false(dataset_is_positive(&d, 0, 1));
    assert_false(dataset_is_barred(&d, 0, 2));
    const char **texts = dataset_query_texts(&d);
    assert_string_equal(texts[1], "second?");
    free(texts);
    dataset_release(&d);

    d = load(p, (DatasetQuery){.question_splits = 1 << SPLIT_TEST});
    assert_int_equal(d.questions.count, 1);
    assert_int_equal(d.lost_questions, 0);
    dataset_release(&d);
    d = load(p, (DatasetQuery){.question_statuses = 1 << QUESTION_PENDING});
    assert_int_equal(d.questions.count, 1);
    assert_string_equal(d.questions.items[0].text, "pending?");
    dataset_release(&d);
}

static void the_same_text_is_the_same_answer(void **state)
{
    Project *p = *state;
    int64_t a = project_chunk(p, "Said twice.", SPLIT_TRAIN);
    project_chunk(p, "Said once.", SPLIT_TRAIN);
    project_chunk(p, "Said twice.", SPLIT_NONE);
    int64_t gone = project_chunk(p, "Said twice.", SPLIT_TEST);
    project_chunk(p, "Said twice.", SPLIT_TEST);
    project_question(p, "twice?", a, QUESTION_ACCEPTED, SPLIT_TRAIN);
    project_question(p, "gone?", gone, QUESTION_ACCEPTED, SPLIT_TEST);
    make(p, "chunk.status", gone, 0, "excluded");
    Dataset d = load(p, (DatasetQuery){0});
    assert_int_equal(d.chunks.count, 4);
    assert_positives(&d, 0, 3, (uint32_t[]){0, 2, 3});
    assert_positives(&d, 1, 3, (uint32_t[]){0, 2, 3}); /* its own chunk is out, the text is not */
    dataset_release(&d);
}

static void a_corpus_of_some_splits(void **state)
{
    Project *p = *state;
    int64_t train = project_chunk(p, "Train.", SPLIT_TRAIN);
    int64_t shared = project_chunk(p, "Shared.", SPLIT_NONE);
    int64_t test = project_chunk(p, "Test.", SPLIT_TEST);
    project_question(p, "train?", train, QUESTION_ACCEPTED, SPLIT_TRAIN);
    project_question(p, "shared?", shared, QUESTION_ACCEPTED, SPLIT_TEST);
    project_question(p, "test?", test, QUESTION_ACCEPTED, SPLIT_TEST);
    Dataset d = load(p, (DatasetQuery){.corpus_splits = 1 << SPLIT_TEST});
    assert_int_equal(d.chunks.count, 2);
    assert_int_equal(d.questions.count, 2);
    assert_int_equal(d.lost_questions, 1);
    assert_positives(&d, 0, 1, (uint32_t[]){0});
    assert_positives(&d, 1, 1, (uint32_t[]){1});
    dataset_release(&d);
}

static void verdicts_bar_texts(void **state)
{
    Project *p = *state;
    int64_t own = project_chunk(p, "Own.", SPLIT_NONE);
    int64_t other = project_chunk(p, "Other.", SPLIT_NONE);
    int64_t kept = project_chunk(p, "Kept.", SPLIT_NONE);
    project_chunk(p, "Other.", SPLIT_NONE);
    int64_t good = project_chunk(p, "Good.", SPLIT_NONE);
    int64_t before = project_question(p, "before?", own, QUESTION_ACCEPTED, SPLIT_NONE);
    int64_t id = project_question(p, "q?", own, QUESTION_ACCEPTED, SPLIT_NONE);
    make(p, "verdict", id, other, "false_negative");
    make(p, "verdict", id, kept, "kept");
    make(p, "verdict", id, good, "promoted");
    make(p, "verdict", before, kept, "false_negative");
    Dataset d = load(p, (DatasetQuery){0});
    assert_int_equal(d.questions.count, 2);
    assert_true(dataset_is_barred(&d, 0, 2));
    assert_false(dataset_is_barred(&d, 0, 1));
    assert_false(dataset_is_barred(&d, 1, 0));
    assert_true(dataset_is_barred(&d, 1, 1));
    assert_false(dataset_is_barred(&d, 1, 2));
    assert_true(dataset_is_barred(&d, 1, 3));
    assert_true(dataset_is_barred(&d, 1, 4));
    assert_positives(&d, 1, 2, (uint32_t[]){0, 4}); /* a promoted one is relevant too */
    dataset_release(&d);
}

static Hash identity(Project *p)
{
    Dataset d = load(p, (DatasetQuery){0});
    Hash hash = d.hash;
    dataset_release(&d);
    return hash;
}

static void assert_changed(Project *p, Hash *hash)
{
    Hash now = identity(p);
    assert_false(hash_equal(hash, &now));
    *hash = now;
}

static void the_hash_is_the_picture(void **state)
{
    Project *p = *state;
    project_fill(p);
    int64_t id = project_question(p, "first?", 3, QUESTION_ACCEPTED, SPLIT_TRAIN);
    Hash hash = identity(p), again = identity(p);
    assert_true(hash_equal(&hash, &again));
    project_question(p, "not yet?", 3, QUESTION_PENDING, SPLIT_TRAIN);
    again = identity(p);
    assert_true(hash_equal(&hash, &again));
    project_question(p, "second?", 4, QUESTION_ACCEPTED, SPLIT_TRAIN);
    assert_changed(p, &hash);
    ok(relevance_add(p->env.store, id, 5, ORIGIN_HUMAN, err));
    assert_changed(p, &hash);
    make(p, "question.text", id, 0, "first again?");
    assert_changed(p, &hash);
    make(p, "chunk.text", 9, 0, "Another text.");
    assert_changed(p, &hash);
}

static void an_empty_project_is_an_empty_picture(void **state)
{
    Project *p = *state;
    Dataset d = load(p, (DatasetQuery){0});
    assert_int_equal(d.chunks.count, 0);
    assert_int_equal(d.questions.count, 0);
    assert_int_equal(d.lost_questions, 0);
    dataset_release(&d);
    dataset_release(&d);
}

static void a_cancelled_load_leaves_nothing(void **state)
{
    Project *p = *state;
    project_fill(p);
    Cancel cancel = {0};
    cancel_ask(&cancel);
    Env env = p->env;
    env.cancel = &cancel;
    Dataset d = {0};
    refused(ERR_CANCELLED, "", dataset_load(&env, &(DatasetQuery){0}, &d, err));
    assert_null(d.chunks.items);
    identity(p); /* no transaction was left open */
    ok(store_begin(p->env.store, err));
    store_rollback(p->env.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(questions_have_their_positives, project_open,
                                        project_close),
        cmocka_unit_test_setup_teardown(the_same_text_is_the_same_answer, project_open,
                                        project_close),
        cmocka_unit_test_setup_teardown(a_corpus_of_some_splits, project_open, project_close),
        cmocka_unit_test_setup_teardown(verdicts_bar_texts, project_open, project_close),
        cmocka_unit_test_setup_teardown(the_hash_is_the_picture, project_open, project_close),
        cmocka_unit_test_setup_teardown(an_empty_project_is_an_empty_picture, project_open,
                                        project_close),
        cmocka_unit_test_setup_teardown(a_cancelled_load_leaves_nothing, project_open,
                                        project_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
