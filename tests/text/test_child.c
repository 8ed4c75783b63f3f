#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "text/child.h"

static bool keep(void *context, const char *bytes, size_t size, Err *err)
{
    (void)err;
    str_add_bytes(context, bytes, size);
    return true;
}

static bool refuse(void *context, const char *bytes, size_t size, Err *err)
{
    (void)context;
    (void)bytes;
    (void)size;
    return err_set(err, ERR_FORMAT, "not this");
}

static bool run_shell(const char *script, ChildOptions options, Str *out, ChildResult *result,
                      Err *err)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    options.argv = argv;
    return child_run(&options, keep, out, result, err);
}

static void test_output_exit_code_and_complaint(void **state)
{
    (void)state;
    Str out = {0};
    ChildResult result = {0};
    Err err = {0};
    assert_true(run_shell("echo one; echo first >&2; echo second >&2; echo two; exit 3",
                          (ChildOptions){0}, &out, &result, &err));
    assert_string_equal(str_get(&out), "one\ntwo\n");
    assert_int_equal(result.exit_code, 3);
    assert_int_equal(result.signal, 0);
    assert_string_equal(result.complaint, "first");
    str_clear(&out);
    assert_true(run_shell("kill -9 $$", (ChildOptions){0}, &out, &result, &err));
    assert_int_equal(result.exit_code, -1);
    assert_int_equal(result.signal, SIGKILL);
    str_release(&out);
}

static void test_large_output_and_a_chatty_stderr(void **state)
{
    (void)state;
    Str out = {0};
    ChildResult result = {0};
    Err err = {0};
    assert_true(
        run_shell("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 | "
                  "tee /dev/stderr; i=$((i+1)); done",
                  (ChildOptions){0}, &out, &result, &err));
    assert_int_equal(out.size, 3000 * 41);
    assert_int_equal(strlen(result.complaint), 40);
    str_release(&out);
}

static void test_stdin_is_empty_and_files_are_closed(void **state)
{
    (void)state;
    Str out = {0};
    ChildResult result = {0};
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    char *script = str_format("cat; [ -e /dev/fd/%d ] && echo leaked; ulimit -c", pipes[1]);
    assert_true(run_shell(script, (ChildOptions){0}, &out, &result, NULL));
    assert_string_equal(str_get(&out), "0\n");
    free(script);
    close(pipes[0]);
    close(pipes[1]);
    str_release(&out);
}

static void test_a_missing_program(void **state)
{
    (void)state;
    const char *const argv[] = {"hone-no-such-program", NULL};
    Str out = {0};
    ChildResult result = {.exit_code = 77};
    Err err = {0};
    assert_false(child_run(&(ChildOptions){.argv = argv}, keep, &out, &result, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.message, "hone-no-such-program"));
    assert_int_equal(result.exit_code, 77);
}

static void test_wall_time_ends_the_whole_group(void **state)
{
    (void)state;
    Str out = {0};
    ChildResult result = {0};
    Err err = {0};
    assert_false(run_shell("sleep 1000 & echo $!; exec sleep 1000", (ChildOptions){.wall_s = 0.3},
                           &out, &result, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    pid_t grandchild = atoi(str_get(&out));
    assert_true(grandchild > 1);
    /* Killed with the group; whoever adopted it may take a moment to reap it. */
    for (int i = 0; i < 500 && kill(grandchild, 0) == 0; i++) {
        char path[64], state_letter = 'R';
        snprintf(path, sizeof path, "/proc/%d/stat", (int)grandchild);
        FILE *file = fopen(path, "r");
        if (file && fscanf(file, "%*d %*s %c", &state_letter) != 1) state_letter = 'Z';
        if (file) fclose(file);
        if (state_letter == 'Z') break;
        usleep(10000);
        assert_true(i < 499);
    }
    str_release(&out);
}

static void test_a_grandchild_does_not_hold_the_call(void **state)
{
    (void)state;
    Str out = {0};
    ChildResult result = {0};
    Err err = {0};
    assert_true(
        run_shell("sleep 1000 & echo done", (ChildOptions){.wall_s = 60}, &out, &result, &err));
    assert_string_equal(str_get(&out), "done\n");
    assert_int_equal(result.exit_code, 0);
    str_release(&out);
}

static void test_processor_time_and_memory(void **state)
{
    (void)state;
    Str out = {0};
    ChildResult result = {0};
    Err err = {0};
    assert_false(run_shell("while :; do :; done", (ChildOptions){.cpu_s = 1, .wall_s = 60}, &out,
                           &result, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_non_null(strstr(err.message, "processor"));
    assert_true(run_shell("ulimit -v", (ChildOptions){.memory_bytes = (size_t)512 << 20}, &out,
                          &result, &err));
    assert_string_equal(str_get(&out), "524288\n");
    str_release(&out);
}

static void test_output_limit_and_sink(void **state)
{
    (void)state;
    Str out = {0};
    ChildResult result = {0};
    Err err = {0};
    assert_false(run_shell("yes", (ChildOptions){.output_bytes = 100000, .wall_s = 60}, &out,
                           &result, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_true(out.size <= 100000);
    const char *const argv[] = {"sh", "-c", "yes", NULL};
    assert_false(
        child_run(&(ChildOptions){.argv = argv, .wall_s = 60}, refuse, NULL, &result, &err));
    assert_string_equal(err.message, "not this");
    str_release(&out);
}

static void *ask_soon(void *cancel)
{
    usleep(100000);
    cancel_ask(cancel);
    return NULL;
}

static void test_cancel(void **state)
{
    (void)state;
    Cancel cancel = {0};
    Str out = {0};
    ChildResult result = {0};
    Err err = {0};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask_soon, &cancel), 0);
    assert_false(run_shell("sleep 1000", (ChildOptions){.cancel = &cancel, .wall_s = 600}, &out,
                           &result, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    pthread_join(thread, NULL);
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_exit_code_and_complaint),
        cmocka_unit_test(test_large_output_and_a_chatty_stderr),
        cmocka_unit_test(test_stdin_is_empty_and_files_are_closed),
        cmocka_unit_test(test_a_missing_program),
        cmocka_unit_test(test_wall_time_ends_the_whole_group),
        cmocka_unit_test(test_a_grandchild_does_not_hold_the_call),
        cmocka_unit_test(test_processor_time_and_memory),
        cmocka_unit_test(test_output_limit_and_sink),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
