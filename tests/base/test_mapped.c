#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mapped.h"

static void files_are_mapped(void **state)
{
    (void)state;
    char path[] = "/tmp/test_mapped_XXXXXX", link_path[64];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    Mapped m;
    Err err = {0};
    if (!mapped_open(path, &m, &err)) fail_msg("%s", err.message);
    assert_int_equal(m.size, 0); /* an empty file is nothing, and no error */
    mapped_close(&m);

    assert_true(file_write(path, "hello", 5, &err));
    snprintf(link_path, sizeof link_path, "%s.link", path);
    assert_int_equal(symlink(path, link_path), 0);
    const char *const paths[] = {path, link_path};
    for (int i = 0; i < 2; i++) {
        if (!mapped_open(paths[i], &m, &err)) fail_msg("%s", err.message);
        assert_int_equal(m.size, 5);
        assert_memory_equal(m.bytes, "hello", 5);
        /* what replaces the file does not touch what is mapped */
        assert_true(file_write(path, "other", 5, &err));
        assert_memory_equal(m.bytes, "hello", 5);
        assert_true(file_write(path, "hello", 5, &err));
        mapped_close(&m);
        assert_null(m.bytes);
        mapped_close(&m);
    }
    unlink(link_path);
    unlink(path);
}

static void parts_are_forgotten_and_read_again(void **state)
{
    (void)state;
    char path[] = "/tmp/test_mapped_XXXXXX";
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 5 * page + 17;
    unsigned char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++) bytes[i] = (unsigned char)(i * 7 % 251);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    Mapped m = {0};
    Err err = {0};
    assert_true(file_write(path, bytes, size, &err) && mapped_open(path, &m, &err));
    mapped_forget(&m, m.bytes + 3, 2 * page);
    mapped_forget(&m, m.bytes, size);
    mapped_forget(&m, m.bytes + size, 0);
    assert_memory_equal(m.bytes, bytes, size);
    /* not in the mapping: left alone */
    mapped_forget(&m, bytes, size);
    mapped_forget(&m, m.bytes + page, size);
    mapped_forget(&(Mapped){0}, bytes, size);
    for (size_t i = 0; i < size; i++) assert_int_equal(bytes[i], i * 7 % 251);
    mapped_close(&m);
    unlink(path);
    free(bytes);
}

static void others_are_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_mapped_XXXXXX", pipe_path[64];
    assert_non_null(mkdtemp(folder));
    Mapped m = {.size = 7};
    Err err = {0};
    assert_false(mapped_open(folder, &m, &err));
    assert_non_null(strstr(err.message, "regular file"));
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_false(mapped_open(pipe_path, &m, &err)); /* and does not wait for it */
    unlink(pipe_path);
    assert_false(mapped_open(pipe_path, &m, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_int_equal(m.size, 7);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_mapped),
        cmocka_unit_test(parts_are_forgotten_and_read_again),
        cmocka_unit_test(others_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
