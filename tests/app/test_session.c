#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "app/session.h"
#include "base/file.h"
#include "base/utf8.h"

enum { WORDS = 8, FOLDER_BYTES = 64 };

/* A command at work on a thread of its own; what it left is looked at by the test's thread. */
typedef struct Job {
    const char *words[WORDS]; /* ends with NULL */
    SessionPlace place;       /* without its streams */
    char *out, *notes;
    bool ok;
    Err err;
    ExitStatus status;
    bool env_is_place; /* the environment is what the place gave */
} Job;

static bool run_command(Job *j, int argc, char **argv)
{
    Args args;
    Session s = {0};
    bool ok =
        args_parse(argc, argv, &args, &j->err) && session_open_in(&args, &j->place, &s, &j->err);
    if (ok) {
        j->env_is_place = s.pool == j->place.pool && s.env.pool == j->place.pool &&
                          s.env.cancel == j->place.cancel && s.env.finish == j->place.finish &&
                          s.env.progress == j->place.progress;
        ok = args.command->run(&s, &j->err);
        j->status = s.status;
    }
    session_close(&s);
    args_release(&args);
    return ok;
}

static void *run_job(void *context)
{
    Job *j = context;
    char *argv[WORDS + 1] = {(char[]){"hone"}};
    int argc = 1;
    size_t out_size, notes_size;
    for (size_t i = 0; j->words[i]; i++) argv[argc++] = mem_strdup(j->words[i]);
    j->place.out = open_memstream(&j->out, &out_size);
    j->place.notes = open_memstream(&j->notes, &notes_size);
    j->ok = run_command(j, argc, argv);
    fclose(j->place.out);
    fclose(j->place.notes);
    for (int i = 1; i < argc; i++) free(argv[i]);
    return NULL;
}

/* All at once; they share what their places share. */
static void run_jobs(Job *jobs, size_t count)
{
    pthread_t threads[16];
    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0);
    for (size_t i = 0; i < count; i++) pthread_join(threads[i], NULL);
}

static void job_release(Job *j)
{
    free(j->out);
    free(j->notes);
}

/* Runs one that has to go well; its output is the caller's. */
static char *done(const SessionPlace *place, const char *const *words)
{
    Job j = {.place = *place};
    for (size_t i = 0; words[i]; i++) j.words[i] = words[i];
    run_jobs(&j, 1);
    if (!j.ok) fail_msg("%s: %s", words[0], j.err.message);
    free(j.notes);
    return j.out;
}

#define DONE(place, ...) free(done(place, (const char *const[]){__VA_ARGS__, NULL}))

/* ---- a small project ---- */

static char folder[FOLDER_BYTES];
static char project[FOLDER_BYTES + 16], source[FOLDER_BYTES + 16];

static int make_project(void **state)
{
    static const char TEXT[] = "# Tea\n\nGreen tea is steamed at once, so that it stays green.\n\n"
                               "# Coffee\n\nA coffee cherry holds two beans.\n";
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hone-session-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(project, sizeof project, "%s/p.hone", folder);
    snprintf(source, sizeof source, "%s/tea.md", folder);
    assert_true(file_write(source, TEXT, sizeof TEXT - 1, NULL));
    SessionPlace place = {.project = project};
    DONE(&place, "init", project);
    DONE(&place, "add", source, "--split", "train");
    DONE(&place, "question", "add", "Why does green tea stay green?", "--chunk", "1");
    return 0;
}

static int remove_project(void **state)
{
    static const char *const ENDINGS[] = {"/p.hone", "/p.hone-wal", "/p.hone-shm",
                                          "/tea.md", "/stdout",     "/stderr"};
    (void)state;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        char path[FOLDER_BYTES + 16];
        snprintf(path, sizeof path, "%s%s", folder, ENDINGS[i]);
        unlink(path);
    }
    rmdir(folder);
    return 0;
}

/* ---- what reaches the process's own streams ---- */

typedef struct Watch {
    int kept[2];
} Watch;

static void stream_path(int i, char path[FOLDER_BYTES + 16])
{
    snprintf(path, FOLDER_BYTES + 16, "%s/%s", folder, i ? "stderr" : "stdout");
}

static Watch watch_begin(void)
{
    Watch w;
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        char path[FOLDER_BYTES + 16];
        stream_path(i, path);
        FILE *file = fopen(path, "w");
        w.kept[i] = dup(STDOUT_FILENO + i);
        dup2(fileno(file), STDOUT_FILENO + i);
        fclose(file);
    }
    return w;
}

/* How many bytes came. */
static off_t watch_end(Watch *w)
{
    off_t size = 0;
    fflush(NULL);
    for (int i = 0; i < 2; i++) {
        char path[FOLDER_BYTES + 16];
        struct stat info = {.st_size = -1};
        dup2(w->kept[i], STDOUT_FILENO + i);
        close(w->kept[i]);
        stream_path(i, path);
        stat(path, &info);
        size += info.st_size < 0 ? 1 : info.st_size;
    }
    return size;
}

/* ---- tests ---- */

static void check_questions(const char *out)
{
    cJSON *document = cJSON_Parse(out);
    const cJSON *list = cJSON_GetObjectItem(document, "questions");
    assert_int_equal(cJSON_GetArraySize(list), 1);
    const cJSON *text = cJSON_GetObjectItem(cJSON_GetArrayItem(list, 0), "text");
    assert_string_equal(cJSON_GetStringValue(text), "Why does green tea stay green?");
    cJSON_Delete(document);
}

static void test_commands_as_jobs(void **state)
{
    (void)state;
    Cancel cancel = {0}, finish = {0};
    Pool *pool = pool_new(2);
    Progress progress;
    progress_init(&progress);
    SessionPlace place = {.project = project,
                          .pool = pool,
                          .cancel = &cancel,
                          .finish = &finish,
                          .progress = &progress};
    Job jobs[] = {
        {.words = {"status"}, .place = place},
        {.words = {"questions", "--json"}, .place = place},
        {.words = {"check"}, .place = place},
        {.words = {"chunk", "999"}, .place = place},
        {.words = {"candidates"}, .place = place},
        {.words = {"build", "lsa"}, .place = place},
    };
    enum { COUNT = sizeof jobs / sizeof *jobs, FAILING = 3 };
    Watch watch = watch_begin();
    run_jobs(jobs, COUNT);
    off_t leaked = watch_end(&watch);
    assert_int_equal(leaked, 0);
    for (size_t i = 0; i < COUNT; i++) {
        if (i != FAILING && !jobs[i].ok) fail_msg("%s: %s", jobs[i].words[0], jobs[i].err.message);
        assert_true(jobs[i].env_is_place);
        assert_int_equal(jobs[i].status, EXIT_DONE);
    }
    assert_non_null(strstr(jobs[0].out, "questions accepted"));
    check_questions(jobs[1].out);
    assert_non_null(strstr(jobs[2].out, "whole"));
    assert_false(jobs[FAILING].ok);
    assert_int_equal(jobs[FAILING].err.kind, ERR_MISSING);
    assert_string_equal(jobs[FAILING].out, "");
    assert_string_equal(jobs[4].out, "");
    assert_string_equal(jobs[4].notes, "no candidates\n");
    assert_non_null(strstr(jobs[5].out, "lsa@"));
    for (size_t i = 0; i < COUNT; i++) job_release(&jobs[i]);
    /* both are the caller's still */
    assert_int_equal(pool_threads(pool), 2);
    assert_true(progress_get(&progress).version > 0);
    pool_free(pool);
    progress_release(&progress);
}

static void test_tables_are_as_wide_as_the_pane(void **state)
{
    (void)state;
    for (int columns = 60; columns < 90; columns += 13) {
        SessionPlace place = {.project = project, .columns = columns};
        char *out = done(&place, (const char *const[]){"chunks", NULL});
        for (const char *at = out; *at; at += strcspn(at, "\n") + 1)
            assert_true(utf8_width(at, strcspn(at, "\n")) <= columns);
        assert_null(strchr(out, '\033'));
        free(out);
    }
    SessionPlace place = {.project = project};
    char *out = done(&place, (const char *const[]){"chunks", NULL});
    assert_non_null(strstr(out, "so that it stays green."));
    free(out);
}

static void check_refused(const SessionPlace *place, const char *const *words, ErrKind kind)
{
    Job j = {.place = *place};
    for (size_t i = 0; words[i]; i++) j.words[i] = words[i];
    run_jobs(&j, 1);
    assert_false(j.ok);
    assert_int_equal(j.err.kind, kind);
    assert_string_equal(j.out, "");
    assert_string_equal(j.notes, "");
    job_release(&j);
}

#define REFUSED(place, kind, ...)                                                                  \
    check_refused(place, (const char *const[]){__VA_ARGS__, NULL}, kind)

static void test_places_that_do_not_work(void **state)
{
    (void)state;
    char missing[FOLDER_BYTES + 32];
    snprintf(missing, sizeof missing, "%s/none.hone", folder);
    SessionPlace nowhere = {.project = missing}, here = {.project = project};
    REFUSED(&nowhere, ERR_MISSING, "status");
    /* a project that the words name goes before that of the place */
    REFUSED(&here, ERR_MISSING, "status", "-p", missing);
    DONE(&nowhere, "status", "-p", project);
    /* standard input is the keyboard */
    REFUSED(&here, ERR_USAGE, "embed", "--stdin");
    Cancel cancel = {0};
    cancel_ask(&cancel);
    here.cancel = &cancel;
    REFUSED(&here, ERR_CANCELLED, "add", source);
}

static void test_a_refused_session_is_untouched(void **state)
{
    (void)state;
    char *argv[] = {(char[]){"hone"}, (char[]){"status"}};
    Args args;
    Err err = {0};
    Session s = {0}, before = {0};
    assert_true(args_parse(2, argv, &args, &err));
    assert_false(session_open_in(&args, &(SessionPlace){.project = "/none/p.hone"}, &s, &err));
    assert_memory_equal(&s, &before, sizeof s);
    session_close(&s);
    args_release(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_as_jobs),
        cmocka_unit_test(test_tables_are_as_wide_as_the_pane),
        cmocka_unit_test(test_places_that_do_not_work),
        cmocka_unit_test(test_a_refused_session_is_untouched),
    };
    return cmocka_run_group_tests(tests, make_project, remove_project);
}
