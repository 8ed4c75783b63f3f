#include "desking.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "base/rng.h"

/* ---- inquiries whose ways can be followed ---- */

enum { WAYS_MAX = 4096 };

typedef struct Gate {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool entered, open; /* under the lock */
} Gate;

#define GATE                                                                                       \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false                          \
    }

static void gate_pass(Gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->entered = true;
    pthread_cond_broadcast(&g->moved);
    while (!g->open) pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_await(Gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->entered) pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(Gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

/* What happened with all inquiries of a test. */
typedef struct Ways {
    pthread_mutex_t lock;
    int worked[WAYS_MAX];
    size_t worked_count; /* under the lock, with worked */
    int done[WAYS_MAX], released[WAYS_MAX];
    size_t done_count, released_count;
} Ways;

typedef struct Way {
    Ways *ways;
    int number;
    Gate *gate;
    bool endless; /* reads until it is stopped */
    Err err;      /* what done was told */
    Err *ret_err; /* where to keep it, or NULL */
} Way;

static bool way_work(void *data, const Env *env, Err *err)
{
    Way *w = data;
    pthread_mutex_lock(&w->ways->lock);
    w->ways->worked[w->ways->worked_count++] = w->number;
    pthread_mutex_unlock(&w->ways->lock);
    if (w->endless) {
        if (w->gate) {
            pthread_mutex_lock(&w->gate->lock);
            w->gate->entered = true;
            pthread_cond_broadcast(&w->gate->moved);
            pthread_mutex_unlock(&w->gate->lock);
        }
        for (;;) {
            QuestionRows rows = {0};
            if (!questions_load(env->store, &(QuestionQuery){0}, &rows, err)) return false;
            rows_release(&rows);
            if (!cancel_check(env->cancel, err)) return false;
        }
    }
    if (w->gate) gate_pass(w->gate);
    if (env->cancel && cancel_asked(env->cancel))
        return err_set(err, ERR_CANCELLED, "stopped for nothing");
    return true;
}

static void way_done(void *data, const Err *err)
{
    Way *w = data;
    w->ways->done[w->ways->done_count++] = w->number;
    if (w->ret_err) *w->ret_err = err ? *err : (Err){0};
}

static void way_release(void *data)
{
    Way *w = data;
    w->ways->released[w->ways->released_count++] = w->number;
    free(w);
}

static Way *ask(Desk *d, Lane lane, const void *slot, Ways *ways, int number, Gate *gate)
{
    Way *w = mem_zero(1, sizeof *w);
    *w = (Way){.ways = ways, .number = number, .gate = gate};
    desk_ask(
        d, lane,
        &(Inquiry){
            .slot = slot, .work = way_work, .done = way_done, .release = way_release, .data = w});
    return w;
}

static void ask_endless(Desk *d, Lane lane, const void *slot, Ways *ways, int number, Gate *gate)
{
    Way *w = mem_zero(1, sizeof *w);
    *w = (Way){.ways = ways, .number = number, .gate = gate, .endless = true};
    desk_ask(
        d, lane,
        &(Inquiry){
            .slot = slot, .work = way_work, .done = way_done, .release = way_release, .data = w});
}

static Ways *ways_new(void)
{
    Ways *w = mem_zero(1, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    return w;
}

static void ways_free(Ways *w)
{
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static void expect_numbers(const int *got, size_t count, const char *wanted)
{
    Str text = {0};
    for (size_t i = 0; i < count; i++) str_addf(&text, "%s%d", i ? " " : "", got[i]);
    assert_string_equal(str_get(&text), wanted);
    str_release(&text);
}

/* ---- tests ---- */

static void test_open(void **state)
{
    Desking *t = *state;
    Desk *d = NULL;
    refused(ERR_MISSING, desk_open("/nonexistent/p.hone", 1, &d, err));
    char *path = str_format("%s/text", t->f->folder);
    ok(file_write(path, "no project", 10, err));
    refused(ERR_DATABASE, desk_open(path, 1, &d, err));
    free(path);
    assert_null(d);
    assert_string_equal(desk_path(t->d), t->f->path);
    assert_true(desk_idle(t->d));
    assert_null(desk_trouble(t->d));
    assert_int_equal(desk_change(t->d), 0);
    assert_false(desk_deliver(t->d));
    add_document(t->f->s, "a", SPLIT_TRAIN);
    desking_reopen(t);
    assert_int_equal(desk_counts(t->d)->documents[SPLIT_TRAIN], 1);
    desk_close(NULL);
}

static void test_newest_of_a_slot(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    Gate gate = GATE;
    int x, y;
    for (Lane lane = LANE_PAGE; lane < LANE_WRITE; lane++) {
        gate.open = gate.entered = false;
        ways->worked_count = ways->done_count = ways->released_count = 0;
        ask(t->d, lane, NULL, ways, 1, &gate);
        gate_await(&gate);
        ask(t->d, lane, &x, ways, 2, NULL);
        ask(t->d, lane, &y, ways, 3, NULL);
        ask(t->d, lane, NULL, ways, 4, NULL);
        ask(t->d, lane, &x, ways, 5, NULL);
        assert_false(desk_idle(t->d));
        gate_open(&gate);
        until(t->d, desk_idle(t->d));
        expect_numbers(ways->worked, ways->worked_count, "1 3 4 5");
        expect_numbers(ways->done, ways->done_count, "1 3 4 5");
        expect_numbers(ways->released, ways->released_count, "2 1 3 4 5");
    }
    ways_free(ways);
}

static void test_newest_stops_the_running(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    add_question(t->f->s, "why?", 0, SPLIT_NONE);
    int x;
    for (Lane lane = LANE_PAGE; lane < LANE_WRITE; lane++) {
        ways->worked_count = ways->done_count = ways->released_count = 0;
        Gate gate = GATE;
        Err told = {.kind = ERR_IO};
        ask_endless(t->d, lane, &x, ways, 1, &gate);
        gate_await(&gate);
        Gate second = GATE;
        ask(t->d, lane, &x, ways, 2, &second)->ret_err = &told;
        gate_open(&second);
        until(t->d, desk_idle(t->d));
        expect_numbers(ways->worked, ways->worked_count, "1 2");
        expect_numbers(ways->done, ways->done_count, "2");
        expect_numbers(ways->released, ways->released_count, "1 2");
        if (told.kind) fail_msg("%s", told.message);
    }
    ways_free(ways);
}

static void test_slot_is_of_all_lanes(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    Gate gate = GATE;
    int x;
    ask_endless(t->d, LANE_LIST, &x, ways, 1, &gate);
    gate_await(&gate);
    ask(t->d, LANE_PAGE, &x, ways, 2, NULL);
    until(t->d, desk_idle(t->d));
    expect_numbers(ways->done, ways->done_count, "2");
    ways_free(ways);
}

/* Finished but not delivered counts as well: an old answer never comes after a new question. */
static void test_finished_is_taken_back(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    int x, y;
    ask(t->d, LANE_PAGE, &x, ways, 1, NULL);
    ask(t->d, LANE_PAGE, &y, ways, 2, NULL);
    ask(t->d, LANE_PAGE, NULL, ways, 3, NULL);
    Gate gate = GATE;
    ask(t->d, LANE_PAGE, NULL, ways, 4, &gate);
    gate_await(&gate); /* the lane is past the others */
    desk_forget(t->d, &x);
    ask(t->d, LANE_LIST, &y, ways, 5, NULL);
    gate_open(&gate);
    until(t->d, desk_idle(t->d));
    assert_int_equal(ways->done_count, 3);
    assert_int_equal(ways->released_count, 5);
    for (size_t i = 0; i < 3; i++) assert_true(ways->done[i] >= 3);
    ways_free(ways);
}

static void test_forget(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    Gate gate = GATE;
    int x, y;
    ask_endless(t->d, LANE_PAGE, &x, ways, 1, &gate);
    gate_await(&gate);
    ask(t->d, LANE_PAGE, &y, ways, 2, NULL);
    ask(t->d, LANE_PAGE, NULL, ways, 3, NULL);
    desk_forget(t->d, NULL); /* is nobody's slot */
    desk_forget(t->d, &y);
    expect_numbers(ways->released, ways->released_count, "2");
    desk_forget(t->d, &x);
    desk_forget(t->d, &x);
    until(t->d, desk_idle(t->d));
    expect_numbers(ways->worked, ways->worked_count, "1 3");
    expect_numbers(ways->done, ways->done_count, "3");
    expect_numbers(ways->released, ways->released_count, "2 1 3");
    ways_free(ways);
}

static void test_lanes_do_not_wait_for_each_other(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    Gate gates[3] = {GATE, GATE, GATE};
    ask(t->d, LANE_LIST, NULL, ways, 1, &gates[0]);
    ask(t->d, LANE_SEARCH, NULL, ways, 2, &gates[1]);
    ask(t->d, LANE_WRITE, NULL, ways, 3, &gates[2]);
    for (int i = 0; i < 3; i++) gate_await(&gates[i]);
    ask(t->d, LANE_PAGE, NULL, ways, 4, NULL);
    until(t->d, ways->done_count == 1);
    assert_int_equal(ways->done[0], 4);
    for (int i = 0; i < 3; i++) gate_open(&gates[i]);
    until(t->d, desk_idle(t->d));
    assert_int_equal(ways->done_count, 4);
    ways_free(ways);
}

static void test_writes_keep_their_order(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    int x;
    Gate gate = GATE;
    ask(t->d, LANE_WRITE, &x, ways, 0, &gate);
    for (int i = 1; i < 200; i++) ask(t->d, LANE_WRITE, &x, ways, i, NULL);
    ask(t->d, LANE_PAGE, &x, ways, 1000, NULL); /* a slot of writes is not taken over */
    gate_open(&gate);
    until(t->d, desk_idle(t->d));
    assert_int_equal(ways->done_count, 201);
    int next = 0;
    for (size_t i = 0; i < 201; i++) {
        if (ways->done[i] != 1000) assert_int_equal(ways->done[i], next++);
    }

    /* forgotten ones are done, but not delivered */
    ways->worked_count = ways->done_count = ways->released_count = 0;
    gate.open = gate.entered = false;
    for (int i = 0; i < 100; i++) ask(t->d, LANE_WRITE, &x, ways, i, i ? NULL : &gate);
    gate_await(&gate);
    desk_forget(t->d, &x);
    gate_open(&gate);
    until(t->d, desk_idle(t->d));
    assert_int_equal(ways->worked_count, 100);
    assert_int_equal(ways->done_count, 0);
    assert_int_equal(ways->released_count, 100);
    ways_free(ways);
}

typedef struct Seen {
    Lane lane;
    int nice;
    bool signals, pool, cancel, store;
    pthread_t thread;
} Seen;

static bool see(void *data, const Env *env, Err *err)
{
    Seen *s = data;
    (void)err;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    s->signals = !sigismember(&blocked, SIGINT) || !sigismember(&blocked, SIGTERM) ||
                 !sigismember(&blocked, SIGWINCH);
    s->nice = getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid));
    s->pool = env->pool != NULL;
    s->cancel = env->cancel != NULL;
    s->store = env->store != NULL;
    s->thread = pthread_self();
    return true;
}

static void test_threads(void **state)
{
    Desking *t = *state;
    Seen seen[LANE_COUNT] = {0};
    int own = getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid));
    for (Lane lane = 0; lane < LANE_COUNT; lane++)
        desk_ask(t->d, lane, &(Inquiry){.work = see, .data = &seen[lane]});
    until(t->d, desk_idle(t->d));
    for (Lane lane = 0; lane < LANE_COUNT; lane++) {
        assert_true(seen[lane].store);
        assert_false(seen[lane].signals);
        assert_true(seen[lane].nice > own || own == 19);
        assert_int_equal(seen[lane].pool, lane == LANE_SEARCH || lane == LANE_LONG);
        assert_int_equal(seen[lane].cancel, lane != LANE_WRITE);
        assert_false(pthread_equal(seen[lane].thread, pthread_self()));
        for (Lane other = 0; other < lane; other++)
            assert_false(pthread_equal(seen[lane].thread, seen[other].thread));
    }
    assert_int_equal(getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)), own);
}

/* Whatever is asked and forgotten: each is released once and told at most once, in the order of its
 * lane, and of a slot nothing comes after what was newest. */
static void test_random(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    Rng rng = rng_make(7, 0);
    char slots[5];
    int slot_of[WAYS_MAX], lane_of[WAYS_MAX], told[WAYS_MAX] = {0}, last[LANE_COUNT], newest[5];
    int count = 1500;
    for (int i = 0; i < 5; i++) newest[i] = -1;
    size_t checked = 0;
    for (int i = 0; i < LANE_COUNT; i++) last[i] = -1;
    for (int i = 0; i < count || !desk_idle(t->d); i++) {
        if (i < count) {
            slot_of[i] = (int)rng_below(&rng, 6) - 1;
            lane_of[i] = (int)rng_below(&rng, LANE_COUNT);
            ask(t->d, (Lane)lane_of[i], slot_of[i] < 0 ? NULL : &slots[slot_of[i]], ways, i, NULL);
            if (slot_of[i] >= 0 && lane_of[i] != LANE_WRITE) newest[slot_of[i]] = i;
            if (rng_below(&rng, 10) == 0) {
                int forgotten = (int)rng_below(&rng, 5);
                desk_forget(t->d, &slots[forgotten]);
                newest[forgotten] = WAYS_MAX;
            }
            if (rng_below(&rng, 4) == 0) desk_deliver(t->d);
        } else {
            deliver_next(t->d, "all is delivered");
        }
        for (; checked < ways->done_count; checked++) {
            int n = ways->done[checked];
            assert_int_equal(told[n]++, 0);
            assert_true(n > last[lane_of[n]]);
            last[lane_of[n]] = n;
            if (slot_of[n] >= 0 && lane_of[n] != LANE_WRITE)
                assert_int_equal(n, newest[slot_of[n]]);
        }
    }
    int released[WAYS_MAX] = {0};
    for (size_t i = 0; i < ways->released_count; i++) released[ways->released[i]]++;
    for (int i = 0; i < count; i++) {
        assert_int_equal(released[i], 1);
        if (slot_of[i] < 0) assert_int_equal(told[i], 1);
    }
    ways_free(ways);
}

static void test_close_stops_reading(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    Gate gates[LANE_WRITE] = {GATE, GATE, GATE, GATE};
    for (Lane lane = LANE_PAGE; lane < LANE_WRITE; lane++) {
        ask_endless(t->d, lane, NULL, ways, (int)lane, &gates[lane]);
        ask(t->d, lane, NULL, ways, 10 + (int)lane, NULL);
    }
    for (int i = 0; i < LANE_WRITE; i++) gate_await(&gates[i]);
    desk_close(t->d);
    t->d = NULL;
    assert_int_equal(ways->worked_count, LANE_WRITE);
    assert_int_equal(ways->done_count, 0);
    assert_int_equal(ways->released_count, 2 * LANE_WRITE);
    ways_free(ways);
}

static void test_close_finishes_writes(void **state)
{
    Desking *t = *state;
    Ways *ways = ways_new();
    Gate gate = GATE;
    Answer answer = {0};
    ask(t->d, LANE_WRITE, NULL, ways, 0, &gate);
    for (int i = 0; i < 30; i++) {
        int64_t id = add_question(t->f->s, "q", 0, SPLIT_NONE);
        Decision accept = accept_question(id);
        desk_decide(t->d, &accept, 1, "accept", answered, &answer);
    }
    gate_open(&gate);
    desk_close(t->d);
    t->d = NULL;
    for (int i = 1; i <= 30; i++) assert_int_equal(question_status(t->f->s, i), QUESTION_ACCEPTED);
    assert_int_equal(answer.calls, 0);
    ways_free(ways);
}

/* ---- decisions ---- */

static void test_decide_undo_redo(void **state)
{
    Desking *t = *state;
    Answer a = {0};
    int64_t one = add_question(t->f->s, "one", 0, SPLIT_NONE);
    int64_t two = add_question(t->f->s, "two", 0, SPLIT_NONE);
    char value[] = "accepted", label[] = "accept 2 questions";
    Decision both[] = {accept_question(one), accept_question(two), accept_question(one)};
    for (size_t i = 0; i < 3; i++) both[i].value = value;
    desk_decide(t->d, both, 3, label, answered, &a);
    memset(value, 'x', sizeof value - 1); /* they were copied */
    memset(label, 'x', sizeof label - 1);
    until(t->d, a.calls == 1);
    assert_int_equal(a.err.kind, ERR_NONE);
    assert_string_equal(a.label, "accept 2 questions");
    assert_int_equal(a.changed, 2); /* the third was so already */
    assert_int_equal(question_status(t->f->s, two), QUESTION_ACCEPTED);

    desk_undo(t->d, answered, &a);
    until(t->d, a.calls == 2);
    assert_int_equal(a.err.kind, ERR_NONE);
    assert_string_equal(a.label, "accept 2 questions");
    assert_int_equal(a.changed, 2);
    assert_int_equal(question_status(t->f->s, one), QUESTION_PENDING);

    desk_undo(t->d, answered, &a);
    until(t->d, a.calls == 3);
    assert_int_equal(a.err.kind, ERR_MISSING);
    assert_string_equal(a.label, "");
    assert_int_equal(a.changed, 0);

    desk_redo(t->d, answered, &a);
    until(t->d, a.calls == 4);
    assert_int_equal(a.err.kind, ERR_NONE);
    assert_int_equal(a.changed, 2);
    assert_int_equal(question_status(t->f->s, one), QUESTION_ACCEPTED);

    both[0].value = "accepted";
    desk_decide(t->d, both, 1, "accept again", answered, &a);
    until(t->d, a.calls == 5);
    assert_int_equal(a.err.kind, ERR_NONE);
    assert_int_equal(a.changed, 0);

    desk_undo(t->d, NULL, NULL); /* nobody needs to listen */
    until(t->d, desk_idle(t->d));
    assert_int_equal(question_status(t->f->s, one), QUESTION_PENDING);
    assert_null(desk_trouble(t->d));
}

static void test_decide_refused(void **state)
{
    Desking *t = *state;
    Answer a = {0};
    int64_t one = add_question(t->f->s, "one", 0, SPLIT_NONE);
    Decision both[] = {accept_question(one), accept_question(999)};
    desk_decide(t->d, both, 2, "accept", answered, &a);
    until(t->d, a.calls == 1);
    assert_int_equal(a.err.kind, ERR_MISSING);
    assert_int_equal(a.changed, 0);
    assert_string_equal(a.label, "accept");
    assert_int_equal(question_status(t->f->s, one), QUESTION_PENDING);
    assert_null(desk_trouble(t->d)); /* the file is well */
}

static void test_undo_conflict(void **state)
{
    Desking *t = *state;
    Answer a = {0};
    int64_t one = add_question(t->f->s, "one", 0, SPLIT_NONE);
    Decision accept = accept_question(one);
    desk_decide(t->d, &accept, 1, "accept question 1", answered, &a);
    until(t->d, a.calls == 1);
    ok(question_flag(t->f->s, one, "looks odd", err));
    desk_undo(t->d, answered, &a);
    until(t->d, a.calls == 2);
    assert_int_equal(a.err.kind, ERR_CONFLICT);
    assert_non_null(strstr(a.err.message, "accept question 1"));
    assert_int_equal(question_status(t->f->s, one), QUESTION_FLAGGED);
}

/* Of two desks each takes back its own, whatever the other decided in between. */
static void test_undo_of_two_desks(void **state)
{
    Desking *t = *state;
    Desk *other = NULL;
    Answer a = {0}, b = {0};
    int64_t one = add_question(t->f->s, "one", 0, SPLIT_NONE);
    int64_t two = add_question(t->f->s, "two", 0, SPLIT_NONE);
    ok(desk_open(t->f->path, 1, &other, err));
    Decision mine = accept_question(one), theirs = accept_question(two);
    desk_decide(t->d, &mine, 1, "accept one", answered, &a);
    until(t->d, a.calls == 1);
    desk_decide(other, &theirs, 1, "accept two", answered, &b);
    until(other, b.calls == 1);
    desk_undo(t->d, answered, &a);
    until(t->d, a.calls == 2);
    assert_int_equal(a.err.kind, ERR_NONE);
    assert_string_equal(a.label, "accept one");
    assert_int_equal(question_status(t->f->s, two), QUESTION_ACCEPTED);
    desk_undo(t->d, answered, &a);
    until(t->d, a.calls == 3);
    assert_int_equal(a.err.kind, ERR_MISSING);
    assert_non_null(strstr(a.err.message, "another's"));
    desk_redo(t->d, answered, &a);
    until(t->d, a.calls == 4);
    assert_int_equal(a.err.kind, ERR_NONE);
    assert_int_equal(question_status(t->f->s, one), QUESTION_ACCEPTED);
    desk_close(other);
}

static void test_forgotten_decision(void **state)
{
    Desking *t = *state;
    Answer a = {0};
    Ways *ways = ways_new();
    Gate gate = GATE;
    int64_t one = add_question(t->f->s, "one", 0, SPLIT_NONE);
    ask(t->d, LANE_WRITE, NULL, ways, 0, &gate);
    Decision accept = accept_question(one);
    desk_decide(t->d, &accept, 1, "accept", answered, &a);
    desk_forget(t->d, &a);
    gate_open(&gate);
    until(t->d, desk_idle(t->d));
    assert_int_equal(a.calls, 0);
    assert_int_equal(question_status(t->f->s, one), QUESTION_ACCEPTED);
    ways_free(ways);
}

/* ---- the watch ---- */

static void test_two_desks(void **state)
{
    Desking *t = *state;
    Desk *other = NULL;
    Answer a = {0};
    int64_t one = add_question(t->f->s, "one", 0, SPLIT_TRAIN);
    ok(desk_open(t->f->path, 1, &other, err));
    until(t->d, desk_counts(t->d)->questions[QUESTION_PENDING][SPLIT_TRAIN] == 1);
    uint64_t mine = desk_change(t->d), theirs = desk_change(other);
    Decision accept = accept_question(one);
    desk_decide(t->d, &accept, 1, "accept", answered, &a);
    until(other, desk_counts(other)->questions[QUESTION_ACCEPTED][SPLIT_TRAIN] == 1);
    assert_true(desk_change(other) > theirs);
    until(t->d, desk_counts(t->d)->questions[QUESTION_ACCEPTED][SPLIT_TRAIN] == 1);
    assert_true(desk_change(t->d) > mine);
    desk_undo(t->d, answered, &a);
    until(other, desk_counts(other)->questions[QUESTION_PENDING][SPLIT_TRAIN] == 1);
    desk_close(other);
}

static void expect_refused_write(Desking *t, Answer *a, int64_t question)
{
    size_t before = a->calls;
    Decision accept = accept_question(question);
    desk_decide(t->d, &accept, 1, "accept", answered, a);
    until(t->d, a->calls == before + 1);
    assert_int_equal(a->err.kind, ERR_DATABASE);
    assert_non_null(strstr(a->err.message, t->f->path));
}

static void test_file_gone(void **state)
{
    Desking *t = *state;
    Answer a = {0};
    int64_t one = add_question(t->f->s, "one", 0, SPLIT_NONE);
    char *away = str_format("%s.away", t->f->path);
    until(t->d, desk_counts(t->d)->questions[QUESTION_PENDING][SPLIT_NONE] == 1);
    uint64_t change = desk_change(t->d);
    assert_int_equal(rename(t->f->path, away), 0);
    expect_refused_write(t, &a, one);
    until(t->d, desk_trouble(t->d));
    assert_true(desk_change(t->d) > change); /* so that it is shown */
    assert_non_null(strstr(desk_trouble(t->d), "is gone"));
    assert_non_null(strstr(desk_trouble(t->d), t->f->path));

    /* another project in its place is not written to either */
    Store *s = NULL;
    char *spare = str_format("%s.spare", t->f->path);
    ok(store_create(spare, &s, err));
    store_close(s);
    assert_int_equal(rename(spare, t->f->path), 0);
    expect_refused_write(t, &a, one);
    until(t->d, desk_trouble(t->d) && strstr(desk_trouble(t->d), "another file"));

    assert_int_equal(rename(away, t->f->path), 0);
    change = desk_change(t->d);
    until(t->d, !desk_trouble(t->d));
    assert_true(desk_change(t->d) > change);
    Decision accept = accept_question(one);
    desk_decide(t->d, &accept, 1, "accept", answered, &a);
    until(t->d, a.calls == 3);
    assert_int_equal(a.err.kind, ERR_NONE);
    assert_null(desk_trouble(t->d));
    assert_int_equal(question_status(t->f->s, one), QUESTION_ACCEPTED);
    free(away);
    free(spare);
}

/* The child's part: 0 when all was as it should be. */
static int with_a_full_disk(const char *path, int64_t question)
{
    Desk *d = NULL;
    Err err = {0};
    Answer a = {0};
    Decision accept = accept_question(question);
    signal(SIGXFSZ, SIG_IGN);
    log_set_level(LOG_ERROR);
    if (!desk_open(path, 1, &d, &err)) return 1;
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    struct rlimit none = {.rlim_cur = 4096, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    desk_decide(d, &accept, 1, "accept", answered, &a);
    until(d, a.calls == 1);
    if (a.err.kind != ERR_DATABASE || !a.err.message[0]) return 2;
    until(d, desk_trouble(d));
    if (strcmp(desk_trouble(d), a.err.message) != 0) return 3;
    if (desk_counts(d)->questions[QUESTION_PENDING][SPLIT_TRAIN] != 1) return 4;
    setrlimit(RLIMIT_FSIZE, &limit);
    desk_decide(d, &accept, 1, "accept", answered, &a);
    until(d, a.calls == 2);
    if (a.err.kind != ERR_NONE) return 5;
    until(d, !desk_trouble(d));
    until(d, desk_counts(d)->questions[QUESTION_ACCEPTED][SPLIT_TRAIN] == 1);
    desk_close(d);
    return 0;
}

static void test_disk_full(void **state)
{
    Fixture *f = *state;
    int64_t one = add_question(f->s, "one", 0, SPLIT_TRAIN);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(with_a_full_disk(f->path, one));
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(question_status(f->s, one), QUESTION_ACCEPTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, desking_open, desking_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_disk_full, fixture_open, fixture_close),
        TEST(test_open),
        TEST(test_newest_of_a_slot),
        TEST(test_newest_stops_the_running),
        TEST(test_slot_is_of_all_lanes),
        TEST(test_finished_is_taken_back),
        TEST(test_forget),
        TEST(test_lanes_do_not_wait_for_each_other),
        TEST(test_writes_keep_their_order),
        TEST(test_threads),
        TEST(test_random),
        TEST(test_close_stops_reading),
        TEST(test_close_finishes_writes),
        TEST(test_decide_undo_redo),
        TEST(test_decide_refused),
        TEST(test_undo_conflict),
        TEST(test_undo_of_two_desks),
        TEST(test_forgotten_decision),
        TEST(test_two_desks),
        TEST(test_file_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
