#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static void test_blocks(void **state)
{
    (void)state;
    free(mem_alloc(0));
    free(mem_zero(0, 8));
    int *zeros = mem_zero(100, sizeof *zeros);
    for (size_t i = 0; i < 100; i++) assert_int_equal(zeros[i], 0);
    zeros[99] = 7;
    zeros = mem_grow(zeros, 1000 * sizeof *zeros);
    assert_int_equal(zeros[99], 7);
    free(mem_grow(zeros, 0));
}

static void test_strings(void **state)
{
    (void)state;
    assert_null(mem_strdup(NULL));
    char *copy = mem_strdup("query");
    assert_string_equal(copy, "query");
    free(copy);
    copy = mem_strndup("query", 2);
    assert_string_equal(copy, "qu");
    free(copy);
    copy = mem_strndup(NULL, 0);
    assert_string_equal(copy, "");
    free(copy);
}

static void test_tensor(void **state)
{
    (void)state;
    Err err = {0};
    float *x = mem_tensor(33, 7, "x", &err);
    assert_non_null(x);
    assert_int_equal((uintptr_t)x % 64, 0);
    for (size_t i = 0; i < 33 * 7; i++) assert_true(x[i] == 0.0f);
    free(x);
    x = mem_tensor(0, 7, "x", &err);
    assert_non_null(x);
    free(x);
    assert_int_equal(err.kind, ERR_NONE);
}

static void test_tensor_that_does_not_fit(void **state)
{
    (void)state;
    Err err = {0};
    assert_null(mem_tensor(SIZE_MAX, SIZE_MAX, "scores", &err));
    assert_int_equal(err.kind, ERR_MEMORY);
    assert_non_null(strstr(err.message, "scores"));
    err = (Err){0};
    assert_null(mem_tensor((size_t)1 << 40, (size_t)1 << 19, "embeddings", &err));
    assert_int_equal(err.kind, ERR_MEMORY);
    assert_non_null(strstr(err.message, "2.3 EB"));
}

static void allocate_too_much(void)
{
    free(mem_alloc(PTRDIFF_MAX));
}

static void count_too_much(void)
{
    free(mem_zero(SIZE_MAX / 2, 4));
}

static void grow_too_much(void)
{
    free(mem_grow(NULL, PTRDIFF_MAX));
}

static void copy_too_much(void)
{
    free(mem_strndup("", SIZE_MAX));
}

static void assert_aborts(void (*allocate)(void))
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        allocate();
        _exit(0);
    }
    close(ends[1]);
    char said[4096] = {0};
    size_t size = 0;
    for (ssize_t got; (got = read(ends[0], said + size, sizeof said - 1 - size)) > 0;)
        size += (size_t)got;
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_non_null(strstr(said, "out of memory"));
}

static void test_failure_aborts_with_a_message(void **state)
{
    (void)state;
    assert_aborts(allocate_too_much);
    assert_aborts(count_too_much);
    assert_aborts(grow_too_much);
    assert_aborts(copy_too_much);
}

static void test_peak_grows(void **state)
{
    (void)state;
    size_t size = 64 << 20;
    size_t before = mem_peak_bytes();
    assert_true(before > 100000);
    Err err = {0};
    float *block = mem_tensor(size / sizeof *block, 1, "block", &err);
    assert_non_null(block);
    assert_true(mem_peak_bytes() >= size);
    free(block);
    assert_true(mem_peak_bytes() >= size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_tensor),
        cmocka_unit_test(test_tensor_that_does_not_fit),
        cmocka_unit_test(test_failure_aborts_with_a_message),
        cmocka_unit_test(test_peak_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
