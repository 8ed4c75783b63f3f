#include "desking.h"

#include "app/commands.h"
#include "app/job.h"

enum { NOTES = 16 };

#define WORDS(...) ((const char *const[]){__VA_ARGS__})
#define START(d, err, ...)                                                                         \
    job_start((d), WORDS(__VA_ARGS__), sizeof WORDS(__VA_ARGS__) / sizeof(char *), 80, ended,      \
              &endings, err)

/* What JobEnded was told. */
typedef struct Endings {
    size_t calls;
    Job *last;
    JobState state;
} Endings;

static Endings endings;

static void ended(void *context, Job *j)
{
    Endings *e = context;
    e->calls++;
    e->last = j;
    e->state = job_state(j);
}

/* Runs one to its end. */
static Job *run(Desk *d, Job *j)
{
    assert_non_null(j);
    until(d, job_state(j) != JOB_RUNNING);
    return j;
}

#define RUN(d, ...) run((d), start_well((d), WORDS(__VA_ARGS__), sizeof WORDS(__VA_ARGS__)))

static Job *start_well(Desk *d, const char *const *words, size_t size)
{
    Err err = {0};
    Job *j = job_start(d, words, size / sizeof *words, 80, ended, &endings, &err);
    if (!j) fail_msg("%s: %s", words[0], err.message);
    return j;
}

#define START_WELL(d, ...) start_well((d), WORDS(__VA_ARGS__), sizeof WORDS(__VA_ARGS__))

static void expect_done(const Job *j)
{
    if (job_state(j) == JOB_FAILED) fail_msg("%s: %s", job_line(j), job_err(j)->message);
    assert_int_equal(job_state(j), JOB_DONE);
    assert_null(job_err(j));
}

static int jobs_open(void **state)
{
    endings = (Endings){0};
    return desking_open(state);
}

/* Accepted questions on chunks with words of their own: enough to train on. */
static void add_pairs(Store *s)
{
    char text[120];
    for (int i = 0; i < NOTES; i++) {
        snprintf(text, sizeof text, "note%d.txt", i);
        int64_t document = add_document(s, text, SPLIT_TRAIN);
        snprintf(text, sizeof text, "The word%d is about thing%d and nothing else.", i, i);
        int64_t chunk = add_chunk(s, document, text, SPLIT_TRAIN);
        snprintf(text, sizeof text, "What is thing%d about?", i);
        int64_t question = add_question(s, text, chunk, SPLIT_TRAIN);
        Decision accept = accept_question(question);
        ok(decide(s, &accept, 1, "accept", NULL, err));
    }
}

static void test_output(void **state)
{
    Desking *t = *state;
    add_question(t->f->s, "Which way\033[2J is it?", 0, SPLIT_TRAIN);
    Job *j = START_WELL(t->d, "questions", "status:pending");
    assert_string_equal(job_line(j), "questions status:pending");
    assert_string_equal(job_command(j), "questions");
    assert_int_equal(job_state(j), JOB_RUNNING); /* until it is delivered, however quick it is */
    assert_string_equal(job_output(j), "");
    assert_string_equal(job_notes(j), "");
    assert_int_equal(desk_jobs(t->d), 1);
    assert_int_equal(desk_jobs_running(t->d), 1);
    assert_ptr_equal(desk_job(t->d, 0), j);
    assert_true(desk_idle(t->d)); /* jobs do not count */
    run(t->d, j);
    expect_done(j);
    assert_non_null(strstr(job_output(j), "Which way"));
    assert_null(strchr(job_output(j), '\033'));
    assert_int_equal(endings.calls, 1);
    assert_ptr_equal(endings.last, j);
    assert_int_equal(endings.state, JOB_DONE);
    assert_int_equal(desk_jobs_running(t->d), 0);
    double seconds = job_seconds(j);
    assert_true(seconds >= 0);
    assert_true(job_seconds(j) == seconds); /* it has ended */
    job_stop(j);
    job_finish(j);
    assert_int_equal(job_state(j), JOB_DONE);

    Job *empty = RUN(t->d, "candidates");
    expect_done(empty);
    assert_string_equal(job_output(empty), "");
    assert_string_equal(job_notes(empty), "no candidates\n");
    job_drop(t->d, j);
    assert_int_equal(desk_jobs(t->d), 1);
    assert_ptr_equal(desk_job(t->d, 0), empty);
}

static void test_words(void **state)
{
    Desking *t = *state;
    char word[] = "it's a \"test\"";
    Job *j = START_WELL(t->d, "questions", word, "", "doubt>0.5");
    memset(word, 'x', sizeof word - 1); /* it was copied */
    assert_string_equal(job_line(j), "questions 'it'\\''s a \"test\"' '' 'doubt>0.5'");
    run(t->d, j);
    job_drop(t->d, j);
    assert_int_equal(desk_jobs(t->d), 0);
}

static void test_refused_words(void **state)
{
    Desking *t = *state;
    refused(ERR_USAGE, START(t->d, err, "fly"));
    refused(ERR_USAGE, START(t->d, err, "questions", "--no-such-option"));
    refused(ERR_USAGE, START(t->d, err, "train", "--epochs", "many"));
    refused(ERR_USAGE, START(t->d, err, "train", "--help"));
    refused(ERR_USAGE, START(t->d, err, "chunk", "join"));
    refused(ERR_USAGE, START(t->d, err, "--quiet"));
    refused(ERR_USAGE, job_start(t->d, NULL, 0, 80, ended, &endings, err));
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (COMMANDS[i].run || COMMANDS[i].least > 0 || strchr(COMMANDS[i].name, ' ')) continue;
        refused(ERR_USAGE, START(t->d, err, COMMANDS[i].name)); /* of the screen only */
    }
    assert_int_equal(desk_jobs(t->d), 0);
    assert_int_equal(endings.calls, 0);
}

/* Which runs a job trains: its own, or those of its sweep. */
static void test_trains(void **state)
{
    Desking *t = *state;
    Job *one = RUN(t->d, "train", "--name", "ft"), *many = RUN(t->d, "sweep", "--name", "ft"),
        *none = RUN(t->d, "status");
    assert_true(job_trains(one, "ft"));
    assert_false(job_trains(one, "ft-linear-100"));
    assert_false(job_trains(many, "ft"));
    assert_true(job_trains(many, "ft-linear-100"));
    assert_false(job_trains(many, "ftx-linear-100"));
    assert_false(job_trains(none, "ft"));
    assert_true(job_is_sweep(many) && !job_is_sweep(one));
    assert_null(job_run(many));
}

static void test_failing(void **state)
{
    Desking *t = *state;
    Job *j = RUN(t->d, "chunk", "999");
    assert_int_equal(job_state(j), JOB_FAILED);
    assert_int_equal(job_err(j)->kind, ERR_MISSING);
    assert_non_null(strstr(job_err(j)->message, "999"));
    assert_string_equal(job_output(j), "");
    Job *keyboard = RUN(t->d, "embed", "--stdin"); /* is the screen's */
    assert_int_equal(job_state(keyboard), JOB_FAILED);
    assert_int_equal(job_err(keyboard)->kind, ERR_USAGE);

    char *away = str_format("%s.away", t->f->path);
    assert_int_equal(rename(t->f->path, away), 0);
    Job *gone = RUN(t->d, "questions");
    assert_int_equal(job_state(gone), JOB_FAILED);
    assert_non_null(strstr(job_err(gone)->message, t->f->path));
    assert_int_equal(rename(away, t->f->path), 0);
    free(away);
    assert_int_equal(endings.calls, 3);
}

/* A run that would take hours, some steps in. */
static Job *start_long_training(Desk *d, const char *name)
{
    Job *j = START_WELL(d, "train", "--name", name, "--epochs", "100000", "--batch", "2");
    /* progress makes no noise: it is looked at again and again */
    for (int tries = 0; strcmp(job_progress(j).what, "train") != 0 || job_progress(j).done < 40;
         tries++) {
        struct pollfd p = {.fd = desk_wake_fd(d), .events = POLLIN};
        if (poll(&p, 1, 10) > 0) desk_deliver(d);
        if (job_state(j) == JOB_FAILED) fail_msg("%s", job_err(j)->message);
        assert_int_equal(job_state(j), JOB_RUNNING);
        assert_true(tries < HANG_MS / 10);
    }
    return j;
}

static int64_t runs_in_state(Desking *t, const char *run_state)
{
    char *sql = str_format("SELECT count(*) FROM run WHERE state = '%s'", run_state);
    int64_t n = raw_number(t->f->path, sql);
    free(sql);
    return n;
}

static void test_stop_and_go_on(void **state)
{
    Desking *t = *state;
    add_pairs(t->f->s);
    Job *j = start_long_training(t->d, "one");
    job_stop(j);
    run(t->d, j);
    assert_int_equal(job_state(j), JOB_STOPPED);
    assert_null(job_err(j));
    assert_int_equal(endings.calls, 1);
    assert_true(job_progress(j).done >= 40); /* how far it came */
    assert_int_equal(runs_in_state(t, "stopped"), 1);

    j = start_long_training(t->d, "one");
    Job *same = RUN(t->d, "train", "--name", "one", "--epochs", "100000", "--batch", "2");
    assert_int_equal(job_state(same), JOB_FAILED);
    assert_int_equal(job_err(same)->kind, ERR_CONFLICT);
    assert_non_null(strstr(job_err(same)->message, "another process or job trains it"));

    /* the desk goes on with decisions and with other jobs while one trains */
    Answer a = {0};
    Decision reject = {.subject = "question.status", .subject_id = 1, .value = "rejected"};
    desk_decide(t->d, &reject, 1, "reject question 1", answered, &a);
    until(t->d, a.calls == 1);
    assert_int_equal(a.err.kind, ERR_NONE);
    desk_undo(t->d, answered, &a);
    until(t->d, a.calls == 2);
    assert_int_equal(a.err.kind, ERR_NONE);
    expect_done(RUN(t->d, "questions"));
    assert_int_equal(job_state(j), JOB_RUNNING);
    job_drop(t->d, j); /* not while it runs */
    assert_ptr_equal(desk_job(t->d, 1), j);
    job_stop(j);
    run(t->d, j);
    assert_int_equal(job_state(j), JOB_STOPPED);
}

static void test_finish(void **state)
{
    Desking *t = *state;
    add_pairs(t->f->s);
    Job *j = start_long_training(t->d, "one");
    job_finish(j);
    run(t->d, j);
    expect_done(j);
    assert_non_null(strstr(job_output(j), "best step"));
    assert_int_equal(runs_in_state(t, "done"), 1);
    until(t->d, desk_counts(t->d)->retrievers == 1);
}

/* Jobs that wait for a lock which the test holds. */
static void test_many(void **state)
{
    Desking *t = *state;
    enum { MANY = 8 };
    Job *jobs[MANY];
    add_pairs(t->f->s);
    ok(store_begin(t->f->s, err));
    for (size_t i = 0; i < MANY; i++) {
        char text[] = "Why 0?";
        text[4] = (char)('0' + i);
        jobs[i] = START_WELL(t->d, "question", "add", text, "--chunk", "1");
    }
    assert_int_equal(desk_jobs_running(t->d), MANY);
    refused(ERR_LIMIT, START(t->d, err, "questions"));
    for (size_t i = 0; i < MANY; i += 2) job_stop(jobs[i]);
    for (size_t i = 0; i < MANY; i += 2) run(t->d, jobs[i]);
    store_rollback(t->f->s);
    until(t->d, desk_jobs_running(t->d) == 0);
    assert_int_equal(endings.calls, MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_ptr_equal(desk_job(t->d, i), jobs[i]); /* oldest first */
        if (i % 2) expect_done(jobs[i]);
        if (job_state(jobs[i]) == JOB_FAILED) fail_msg("%s", job_err(jobs[i])->message);
        if (i % 2 == 0) assert_int_equal(job_state(jobs[i]), JOB_STOPPED);
    }
    expect_done(RUN(t->d, "questions"));
}

static void test_close_stops_jobs(void **state)
{
    Desking *t = *state;
    add_pairs(t->f->s);
    start_long_training(t->d, "one");
    START_WELL(t->d, "questions");
    desk_close(t->d);
    t->d = NULL;
    assert_true(endings.calls <= 1);
    assert_int_equal(runs_in_state(t, "stopped"), 1);
    assert_whole(t->f->s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, jobs_open, desking_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_output),        TEST(test_words),
        TEST(test_refused_words), TEST(test_failing),
        TEST(test_finish),        TEST(test_stop_and_go_on),
        TEST(test_many),          TEST(test_close_stops_jobs),
        TEST(test_trains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
