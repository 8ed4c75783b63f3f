#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/* Each test works in a fresh folder, which is its current one. */
static char folder[32];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_file_XXXXXX");
    return mkdtemp(folder) ? chdir(folder) : -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    return chdir("/") != 0 ? -1 : nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const char *text)
{
    Err err = {0};
    if (!file_write(path, text, strlen(text), &err)) fail_msg("%s", err.message);
}

static void assert_holds(const char *path, const char *text)
{
    Str out = {0};
    Err err = {0};
    if (!file_read(path, 1000, &out, &err)) fail_msg("%s", err.message);
    assert_string_equal(str_get(&out), text);
    str_release(&out);
}

static size_t count_entries(void)
{
    size_t count = 0;
    FILE *list = popen("ls -A | wc -l", "r");
    assert_non_null(list);
    assert_int_equal(fscanf(list, "%zu", &count), 1);
    pclose(list);
    return count;
}

static void test_info(void **state)
{
    (void)state;
    put("a", "12345");
    FileInfo info;
    Err err = {0};
    assert_true(file_info("a", &info, &err));
    assert_true(info.is_regular && !info.is_directory && info.size_bytes == 5);
    assert_true(llabs(info.modified_ms - clock_wall_ms()) < 60000);
    assert_true(file_info(".", &info, &err));
    assert_true(info.is_directory && !info.is_regular);
    assert_false(file_info("none", &info, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.message, "none: "));
}

static void test_write_and_read(void **state)
{
    (void)state;
    put("a", "");
    assert_holds("a", "");
    put("a", "first");
    put("a", "second");
    assert_holds("a", "second");
    Err err = {0};
    assert_true(file_write("b", "x\0y", 3, &err));
    Str out = {0};
    str_add(&out, "to be overwritten");
    assert_true(file_read("b", 3, &out, &err));
    assert_int_equal(out.size, 3);
    assert_memory_equal(out.data, "x\0y", 4);
    str_release(&out);
    assert_int_equal(count_entries(), 2);
}

static void test_read_limit(void **state)
{
    (void)state;
    put("a", "12345");
    Str out = {0};
    str_add(&out, "kept");
    Err err = {0};
    assert_false(file_read("a", 4, &out, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    assert_string_equal(out.data, "kept");
    assert_true(file_read("a", 5, &out, &err));
    assert_true(file_read("a", SIZE_MAX, &out, &err));
    assert_string_equal(out.data, "12345");
    str_release(&out);
}

/* Files in /proc say that their size is 0. */
static void test_read_trusts_no_size(void **state)
{
    (void)state;
    Str out = {0};
    Err err = {0};
    assert_true(file_read("/proc/self/status", 1 << 20, &out, &err));
    assert_non_null(strstr(out.data, "VmHWM"));
    assert_false(file_read("/proc/self/status", 10, &out, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    str_release(&out);
}

static void *keep_growing(void *context)
{
    FILE *f = context;
    char block[4096];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 20000 && fwrite(block, 1, sizeof block, f) == sizeof block; i++)
        ;
    return NULL;
}

static void test_read_of_a_growing_file_ends(void **state)
{
    (void)state;
    FILE *f = fopen("log", "w");
    assert_non_null(f);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, keep_growing, f), 0);
    Str out = {0};
    for (int i = 0; i < 50; i++) {
        Err err = {0};
        if (file_read("log", 1 << 20, &out, &err))
            assert_true(out.size <= 1 << 20);
        else
            assert_int_equal(err.kind, ERR_LIMIT);
    }
    pthread_join(writer, NULL);
    fclose(f);
    str_release(&out);
}

static void test_only_regular_files(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    static const char *const paths[] = {"pipe", "/dev/zero", "."};
    static const char *const kinds[] = {"a pipe", "a device", "a folder"};
    for (size_t i = 0; i < 3; i++) {
        Str out = {0};
        Err err = {0};
        assert_false(file_read(paths[i], 100, &out, &err));
        assert_int_equal(err.kind, ERR_USAGE);
        assert_non_null(strstr(err.message, paths[i]));
        assert_non_null(strstr(err.message, kinds[i]));
        assert_null(out.data);
        err = (Err){0};
        assert_false(file_write(paths[i], "x", 1, &err));
        assert_int_equal(err.kind, ERR_USAGE);
    }
}

static void test_write_failure_leaves_nothing(void **state)
{
    (void)state;
    Err err = {0};
    assert_false(file_write("none/a", "x", 1, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.message, "none/a"));
    char name[400];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_false(file_write(name, "x", 1, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_int_equal(count_entries(), 0);
}

static void test_write_keeps_mode_and_link(void **state)
{
    (void)state;
    struct stat st;
    mode_t mask = umask(027);
    put("new", "x");
    umask(mask);
    assert_int_equal(stat("new", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);

    put("secret", "x");
    assert_int_equal(chmod("secret", 0600), 0);
    assert_int_equal(mkdir("sub", 0777), 0);
    assert_int_equal(symlink("../secret", "sub/link"), 0);
    put("sub/link", "y");
    assert_holds("secret", "y");
    assert_int_equal(lstat("sub/link", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat("secret", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void assert_paths(const Paths *paths, const char *const *expected, size_t count)
{
    assert_int_equal(paths->count, count);
    for (size_t i = 0; i < count; i++) assert_string_equal(paths->items[i], expected[i]);
}

static void test_write_piece_by_piece(void **state)
{
    (void)state;
    Err err = {0};
    FileWriter *w;
    put("a", "old");
    for (int keep = 0; keep < 2; keep++) {
        assert_true(file_writer_open("a", &w, &err));
        assert_true(file_writer_add(w, "new", 3, &err));
        assert_true(file_writer_add(w, "", 0, &err));
        assert_true(file_writer_add(w, "er", 2, &err));
        assert_holds("a", "old");
        assert_true(file_writer_close(w, keep, &err));
        assert_holds("a", keep ? "newer" : "old");
        assert_int_equal(count_entries(), 1);
    }
    assert_false(file_writer_open("none/a", &w, &err));
    assert_int_equal(err.kind, ERR_MISSING);

    /* its place is taken by a folder meanwhile */
    assert_true(file_writer_open("b", &w, &err));
    assert_int_equal(mkdir("b", 0777), 0);
    assert_false(file_writer_close(w, true, &err));
    assert_non_null(strstr(err.message, "b"));
    assert_int_equal(count_entries(), 2);
}

static void test_copy(void **state)
{
    (void)state;
    Err err = {0};
    put("a", "text");
    put("b", "old");
    assert_true(file_copy("a", "b", &err));
    assert_holds("b", "text");
    assert_holds("a", "text");
    assert_false(file_copy("none", "c", &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_false(file_copy(".", "c", &err));
    assert_false(file_copy("a", "none/c", &err));
    assert_int_equal(count_entries(), 2);

    Str large = {0};
    for (size_t i = 0; i < 3000000; i++) str_add_char(&large, (char)('a' + i % 23));
    put("a", large.data);
    assert_true(file_copy("a", "c", &err));
    Str back = {0};
    assert_true(file_read("c", 4000000, &back, &err));
    assert_string_equal(back.data, large.data);
    str_release(&back);
    str_release(&large);
}

static void test_walk(void **state)
{
    (void)state;
    Err err = {0};
    assert_true(file_make_folder("in/sub/deep", &err));
    assert_true(file_make_folder("in/.git", &err));
    static const char *const made[] = {"in/z",       "in/a",       "in/sub/m",  "in/sub/deep/n",
                                       "in/sub.txt", "in/.hidden", "in/.git/x", "out"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) put(made[i], "x");
    assert_int_equal(symlink("../..", "in/sub/up"), 0);
    assert_int_equal(symlink("../out", "in/linked"), 0);
    assert_int_equal(symlink("nowhere", "in/broken"), 0);
    assert_int_equal(mkfifo("in/pipe", 0600), 0);

    static const char *const expected[] = {"in/a",          "in/linked", "in/sub.txt",
                                           "in/sub/deep/n", "in/sub/m",  "in/z"};
    Paths paths = {0}, unreadable = {0};
    assert_true(file_walk("in", &paths, &unreadable, &err));
    assert_paths(&paths, expected, 6);
    assert_int_equal(unreadable.count, 0);
    file_paths_release(&paths);

    assert_true(file_walk("in/", &paths, NULL, &err));
    assert_paths(&paths, expected, 6);
    file_paths_release(&paths);

    static const char *const itself[] = {"in/.hidden"};
    assert_true(file_walk("in/.hidden", &paths, NULL, &err));
    assert_paths(&paths, itself, 1);
    file_paths_release(&paths);
    assert_int_equal(paths.count, 0);

    assert_false(file_walk("none", &paths, NULL, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_false(file_walk("in/pipe", &paths, NULL, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_null(paths.items);
}

static void test_walk_names_unreadable_folders(void **state)
{
    (void)state;
    if (geteuid() == 0) skip(); /* root reads everything */
    Err err = {0};
    assert_true(file_make_folder("in/closed", &err));
    put("in/a", "x");
    assert_int_equal(chmod("in/closed", 0), 0);
    static const char *const files[] = {"in/a"}, *const closed[] = {"in/closed"};
    Paths paths = {0}, unreadable = {0};
    assert_true(file_walk("in", &paths, &unreadable, &err));
    assert_paths(&paths, files, 1);
    assert_paths(&unreadable, closed, 1);
    assert_false(file_walk("in/closed", &paths, &unreadable, &err));
    assert_int_equal(err.kind, ERR_IO);
    assert_int_equal(chmod("in/closed", 0700), 0);
    file_paths_release(&paths);
    file_paths_release(&unreadable);
}

static void test_walk_goes_deep(void **state)
{
    (void)state;
    Err err = {0};
    Str path = {0};
    str_add(&path, "d");
    for (int i = 0; i < 1500; i++) str_add(&path, "/d");
    assert_true(file_make_folder(path.data, &err));
    str_add(&path, "/f");
    put(path.data, "x");
    Paths paths = {0};
    assert_true(file_walk("d", &paths, NULL, &err));
    assert_int_equal(paths.count, 1);
    assert_string_equal(paths.items[0], path.data);
    file_paths_release(&paths);
    str_release(&path);
}

static void test_make_folder(void **state)
{
    (void)state;
    Err err = {0};
    FileInfo info;
    assert_true(file_make_folder("a/b//c/", &err));
    assert_true(file_make_folder("a/b/c", &err));
    assert_true(file_info("a/b/c", &info, &err) && info.is_directory);
    assert_true(file_make_folder("/", &err));
    put("a/file", "x");
    assert_false(file_make_folder("a/file/d", &err));
    assert_int_equal(err.kind, ERR_CONFLICT);
    assert_non_null(strstr(err.message, "a/file: "));
    assert_false(file_make_folder("/proc/none/such", &err));
}

static void test_name(void **state)
{
    (void)state;
    assert_string_equal(file_name("a/b/c.txt"), "c.txt");
    assert_string_equal(file_name("c.txt"), "c.txt");
    assert_string_equal(file_name("a/"), "");
    assert_string_equal(file_name(""), "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_info),
        TEST(test_write_and_read),
        TEST(test_read_limit),
        TEST(test_read_trusts_no_size),
        TEST(test_read_of_a_growing_file_ends),
        TEST(test_only_regular_files),
        TEST(test_write_failure_leaves_nothing),
        TEST(test_write_keeps_mode_and_link),
        TEST(test_write_piece_by_piece),
        TEST(test_copy),
        TEST(test_walk),
        TEST(test_walk_names_unreadable_folders),
        TEST(test_walk_goes_deep),
        TEST(test_make_folder),
        TEST(test_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
