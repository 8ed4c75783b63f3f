#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/progress.h"
#include "base/utf8.h"

static void test_null_does_nothing(void **state)
{
    (void)state;
    progress_init(NULL);
    progress_begin(NULL, "mine", "questions", 3);
    progress_update(NULL, 1);
    progress_add(NULL, 1);
    progress_spare(NULL, 1);
    progress_say(NULL, "x");
    progress_enter(NULL, "embed", "texts", 3);
    progress_leave(NULL);
    assert_true(progress_get(NULL).eta_s < 0);
    progress_release(NULL);
}

static void test_life_of_a_task(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    ProgressState s = progress_get(&p);
    assert_string_equal(s.what, "");
    assert_true(s.rate == 0 && s.eta_s < 0);
    uint64_t version = s.version;

    progress_begin(&p, "mine", "questions", 100);
    s = progress_get(&p);
    assert_string_equal(s.what, "mine");
    assert_string_equal(s.unit, "questions");
    assert_true(s.total == 100 && s.done == 0 && s.eta_s < 0);
    assert_true(s.version > version);
    version = s.version;

    progress_update(&p, 25);
    progress_say(&p, "question %d", 25);
    s = progress_get(&p);
    assert_string_equal(s.message, "question 25");
    assert_true(s.done == 25 && s.version == version + 2);

    progress_update(&p, 100);
    assert_true(progress_get(&p).eta_s == 0);

    progress_begin(&p, "train", "steps", 0);
    s = progress_get(&p);
    assert_string_equal(s.message, "");
    assert_true(s.done == 0 && s.version > version + 3);
    progress_update(&p, 5);
    assert_true(progress_get(&p).eta_s < 0);
    progress_release(&p);
}

static void test_rate_and_eta(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "build", "rows", 400);
    progress_update(&p, 100);
    p.state.started_s = clock_s() - 10;
    ProgressState s = progress_get(&p);
    assert_true(fabs(s.rate - 10) < 1);
    assert_true(fabs(s.eta_s - 30) < 3);
    progress_release(&p);
}

static void test_long_texts_are_cut_at_a_character(void **state)
{
    (void)state;
    char text[301] = "";
    for (int i = 0; i < 150; i++) strcat(text, "\xC3\xA9");
    Progress p;
    progress_init(&p);
    progress_begin(&p, text, text, 1);
    progress_say(&p, "%s", text);
    ProgressState s = progress_get(&p);
    assert_int_equal(strlen(s.what), sizeof s.what - 2);
    assert_int_equal(strlen(s.unit), sizeof s.unit - 2);
    assert_int_equal(strlen(s.message), sizeof s.message - 2);
    assert_true(utf8_valid(s.message, strlen(s.message), NULL));
    progress_release(&p);
}

static void test_trail_spans_the_whole_course(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "train", "steps", 0);
    for (int i = 0; i < 1000; i++) progress_watch(&p, "loss", 1000 - i);
    ProgressState s = progress_get(&p);
    assert_string_equal(s.watched, "loss");
    assert_true(s.trail_count > PROGRESS_TRAIL / 2 - 1 && s.trail_count <= PROGRESS_TRAIL);
    assert_true(s.trail[0] > 950 && s.trail[s.trail_count - 1] < 150);
    for (size_t i = 1; i < s.trail_count; i++) assert_true(s.trail[i] < s.trail[i - 1]);
    progress_begin(&p, "mine", "questions", 0);
    assert_int_equal(progress_get(&p).trail_count, 0);
    progress_release(&p);
}

static void *work(void *context)
{
    for (uint64_t i = 1; i <= 2000; i++) {
        progress_update(context, i);
        progress_say(context, "%d%d%d", (int)i, (int)i, (int)i);
    }
    return NULL;
}

static void test_reader_beside_worker(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "mine", "questions", 2000);
    pthread_t worker;
    assert_int_equal(pthread_create(&worker, NULL, work, &p), 0);
    ProgressState s = progress_get(&p);
    while (s.version < 4001) {
        ProgressState next = progress_get(&p);
        assert_true(next.version >= s.version && next.done >= s.done);
        s = next;
    }
    pthread_join(worker, NULL);
    assert_true(s.done == 2000);
    assert_string_equal(s.message, "200020002000");
    progress_release(&p);
}

static void test_work_inside_of_work(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "eval", "retrievers", 3);
    progress_update(&p, 1);
    progress_say(&p, "lsa");
    progress_watch(&p, "loss", 2);
    uint64_t version = progress_get(&p).version;
    progress_enter(&p, "embed", "texts", 40);
    progress_add(&p, 3);
    progress_add(&p, 4);
    ProgressState s = progress_get(&p);
    assert_string_equal(s.what, "embed");
    assert_string_equal(s.unit, "texts");
    assert_string_equal(s.message, "");
    assert_string_equal(s.within, "eval: 1 of 3 retrievers, lsa");
    assert_true(s.done == 7 && s.total == 40 && s.version > version);
    assert_true(s.trail_count == 1 && s.trail[0] == 2); /* the curve is still to be seen */
    version = s.version;
    progress_leave(&p);
    s = progress_get(&p);
    assert_string_equal(s.what, "eval");
    assert_string_equal(s.message, "lsa");
    assert_true(s.done == 1 && s.total == 3 && s.version > version);
    progress_leave(&p); /* one too many */
    assert_string_equal(progress_get(&p).what, "eval");
    progress_release(&p);
}

/* Work that begins anew inside of other work still says what it is part of. */
static void test_within(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "sweep", "runs", 12);
    progress_update(&p, 2);
    progress_say(&p, "ft-lora");
    progress_enter(&p, "train", "steps", 0);
    progress_begin(&p, "train", "steps", 80);
    progress_say(&p, "evaluating");
    ProgressState s = progress_get(&p);
    assert_string_equal(s.what, "train");
    assert_string_equal(s.message, "evaluating");
    assert_string_equal(s.within, "sweep: 2 of 12 runs, ft-lora");
    progress_enter(&p, "embed", "texts", 9);
    s = progress_get(&p);
    assert_string_equal(s.within, "train: 0 of 80 steps, evaluating; sweep: 2 of 12 runs, ft-lora");
    progress_leave(&p);
    progress_leave(&p);
    s = progress_get(&p);
    assert_string_equal(s.what, "sweep");
    assert_string_equal(s.within, "");
    progress_begin(&p, "eval", "questions", 3);
    assert_string_equal(progress_get(&p).within, "");
    progress_release(&p);
}

static void test_what_was_found_is_no_speed(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "train", "steps", 100);
    progress_found(&p, 60);
    ProgressState s = progress_get(&p);
    assert_int_equal(s.done, 60);
    assert_true(s.rate == 0 && s.eta_s < 0);
    progress_update(&p, 61);
    double elapsed_s = clock_s() - s.started_s;
    s = progress_get(&p);
    assert_true(s.rate > 0 && s.rate <= 1 / elapsed_s);
    progress_tokens(&p, 500);
    s = progress_get(&p);
    assert_true(s.tokens == 500 && s.token_rate > 0);
    progress_release(&p);
}

static void test_work_of_the_same_kind_counts_on(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "embed", "texts", 100);
    progress_add(&p, 10);
    progress_enter(&p, "embed", "texts", 30);
    progress_spare(&p, 20); /* were there already */
    progress_add(&p, 10);
    progress_leave(&p);
    ProgressState s = progress_get(&p);
    assert_true(s.done == 20 && s.total == 80);
    progress_spare(&p, 1000);
    assert_true(progress_get(&p).total == 0);
    progress_release(&p);
}

static void test_deeper_than_there_is_room_for(void **state)
{
    (void)state;
    Progress p;
    progress_init(&p);
    progress_begin(&p, "a", "x", 1);
    for (int i = 0; i < PROGRESS_DEPTH + 3; i++)
        progress_enter(&p, i % 2 ? "b" : "c", "x", (uint64_t)i);
    for (int i = 0; i < PROGRESS_DEPTH + 3; i++) progress_leave(&p);
    ProgressState s = progress_get(&p);
    assert_string_equal(s.what, "a");
    assert_true(s.total == 1);
    progress_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null_does_nothing),
        cmocka_unit_test(test_life_of_a_task),
        cmocka_unit_test(test_rate_and_eta),
        cmocka_unit_test(test_long_texts_are_cut_at_a_character),
        cmocka_unit_test(test_trail_spans_the_whole_course),
        cmocka_unit_test(test_work_inside_of_work),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_what_was_found_is_no_speed),
        cmocka_unit_test(test_work_of_the_same_kind_counts_on),
        cmocka_unit_test(test_deeper_than_there_is_room_for),
        cmocka_unit_test(test_reader_beside_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
