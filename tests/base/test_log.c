#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

static char path[] = "/tmp/test_log_XXXXXX";

static int set_up(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void test_levels_and_lines(void **state)
{
    (void)state;
    assert_true(log_open(path));
    log_write(LOG_WARN, "first %d", 1);
    log_write(LOG_INFO, "too quiet");
    log_set_level(LOG_DEBUG);
    log_write(LOG_DEBUG, "two\nlines");
    log_set_level(LOG_WARN);
    log_close();

    Str text = {0};
    Err err = {0};
    assert_true(file_read(path, 10000, &text, &err));
    assert_non_null(strstr(text.data, "Z warn first 1\n20"));
    assert_non_null(strstr(text.data, "Z debug two lines\n"));
    assert_null(strstr(text.data, "too quiet"));
    str_release(&text);
}

static void test_open_failure(void **state)
{
    (void)state;
    assert_false(log_open("/nonexistent/folder/log"));
    assert_true(log_open(NULL));
    log_close();
}

static void *write_lines(void *context)
{
    (void)context;
    for (int i = 0; i < 200; i++) log_write(LOG_ERROR, "%s", "a line that must stay whole");
    return NULL;
}

static void test_threads_do_not_mix_lines(void **state)
{
    (void)state;
    assert_int_equal(truncate(path, 0), 0);
    assert_true(log_open(path));
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, NULL), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    log_close();

    Str text = {0};
    Err err = {0};
    assert_true(file_read(path, 1000000, &text, &err));
    static const char tail[] = " error a line that must stay whole\n";
    size_t line_size = strlen("2026-01-31T12:00:00Z") + strlen(tail);
    assert_int_equal(text.size, 800 * line_size);
    for (size_t i = 0; i < 800; i++)
        assert_memory_equal(text.data + (i + 1) * line_size - strlen(tail), tail, strlen(tail));
    str_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_and_lines),
        cmocka_unit_test(test_open_failure),
        cmocka_unit_test(test_threads_do_not_mix_lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
