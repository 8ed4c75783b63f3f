/* Zips of which nothing is compressed: what libzip and torch write is read as it lies; every lie of
 * a directory is refused. */
#include "golden/golden.h"
#include "model/scratch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <zip.h>

#include "base/rng.h"
#include "base/str.h"
#include "model/stored_zip.h"

static bool read_zip(const void *bytes, size_t size, StoredZip *ret, Err *err)
{
    *ret = (StoredZip){0};
    return stored_zip_read(bytes, size, ret, err);
}

/* ---- a zip by hand, of which anything can be changed ---- */

typedef struct Part {
    const char *name, *data;
    const char *local_name; /* NULL: the same */
    uint16_t flags, method;
    uint32_t size, packed, start; /* lies of the directory; 0: the truth */
    uint32_t local_size;
} Part;

#define ZERO UINT32_MAX /* 0, where 0 itself stands for the truth */

static void put(Str *out, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) str_add_char(out, (char)(i < 8 ? v >> (8 * i) : 0));
}

static uint32_t or_else(uint32_t lie, size_t honest)
{
    return !lie ? (uint32_t)honest : lie == ZERO ? 0 : lie;
}

static void put_local(Str *out, const Part *p)
{
    const char *name = p->local_name ? p->local_name : p->name;
    size_t size = strlen(p->data);
    put(out, 0x04034b50, 4);
    put(out, 20, 2);
    put(out, p->flags, 2);
    put(out, p->method, 2);
    put(out, 0, 8); /* time, date, checksum */
    put(out, or_else(p->local_size, size), 4);
    put(out, or_else(p->local_size, size), 4);
    put(out, strlen(name), 2);
    put(out, 0, 2);
    str_add(out, name);
    str_add(out, p->data);
}

static void put_central(Str *out, const Part *p, size_t start)
{
    put(out, 0x02014b50, 4);
    put(out, 20, 2);
    put(out, 20, 2);
    put(out, p->flags, 2);
    put(out, p->method, 2);
    put(out, 0, 8);
    put(out, or_else(p->packed, strlen(p->data)), 4);
    put(out, or_else(p->size, strlen(p->data)), 4);
    put(out, strlen(p->name), 2);
    put(out, 0, 12);
    put(out, or_else(p->start, start), 4);
    str_add(out, p->name);
}

static void put_end(Str *out, size_t count, size_t directory, size_t size)
{
    put(out, 0x06054b50, 4);
    put(out, 0, 4);
    put(out, count, 2);
    put(out, count, 2);
    put(out, size, 4);
    put(out, directory, 4);
    put(out, 0, 2);
}

static void make(Str *out, const Part *parts, size_t count)
{
    size_t start[8];
    str_clear(out);
    for (size_t i = 0; i < count; i++) {
        start[i] = out->size;
        put_local(out, &parts[i]);
    }
    size_t directory = out->size;
    for (size_t i = 0; i < count; i++) put_central(out, &parts[i], start[i]);
    put_end(out, count, directory, out->size - directory);
}

/* In a copy of exactly this size, so that a byte too far is seen. */
static bool try_read(const Str *bytes, size_t size, Err *err)
{
    StoredZip z;
    char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, bytes->data, size);
    bool ok = read_zip(copy, size, &z, err);
    if (ok) {
        for (size_t i = 0; i < z.entries.count; i++) {
            const StoredEntry *e = &z.entries.items[i];
            Err ignored = {0};
            stored_zip_check(e, &ignored); /* reads every byte of it */
            assert_true(stored_zip_find(&z, e->name) == e);
        }
        stored_zip_release(&z);
    } else {
        assert_true(err->message[0] != '\0');
    }
    free(copy);
    return ok;
}

static void entries_lie_where_they_are(void **state)
{
    (void)state;
    static const Part PARTS[] = {{.name = "a/one", .data = "hello"},
                                 {.name = "a/empty", .data = ""},
                                 {.name = "a/two", .data = "you", .flags = 8, .local_size = ZERO}};
    Str bytes = {0};
    StoredZip z;
    Err err = {0};
    make(&bytes, PARTS, 3);
    if (!read_zip(bytes.data, bytes.size, &z, &err)) fail_msg("%s", err.message);
    assert_int_equal(z.entries.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const StoredEntry *e = stored_zip_find(&z, PARTS[i].name);
        assert_non_null(e);
        assert_int_equal(e->size, strlen(PARTS[i].data));
        assert_memory_equal(e->data, PARTS[i].data, e->size);
    }
    assert_null(stored_zip_find(&z, "a/three"));
    assert_false(stored_zip_check(stored_zip_find(&z, "a/one"), &err)); /* its checksum is 0 */
    assert_true(stored_zip_check(stored_zip_find(&z, "a/empty"), &err));
    stored_zip_release(&z);
    stored_zip_release(&z);
    str_release(&bytes);
}

static void lies_are_refused(void **state)
{
    (void)state;
    static const struct {
        Part second;
        const char *why;
    } CASES[] = {
        {{.name = "b", .data = "you"}, NULL},
        {{.name = "a", .data = "you"}, "twice"},
        {{.name = "", .data = "you"}, "strange name"},
        {{.name = "b\x1b", .data = "you"}, "strange name"},
        {{.name = "b", .local_name = "c", .data = "you"}, "two ways"},
        {{.name = "b", .data = "you", .method = 8}, "compressed"},
        {{.name = "b", .data = "you", .flags = 1}, "encrypted"},
        {{.name = "b", .data = "you", .packed = 2}, "compressed"},
        {{.name = "b", .data = "you", .size = 4}, "compressed"},
        {{.name = "b", .data = "you", .size = 4, .packed = 4, .local_size = 4}, "past the end"},
        {{.name = "b", .data = "you", .size = 2, .packed = 2}, "two ways"},
        {{.name = "b", .data = "you", .size = 0xfffffffe, .packed = 0xfffffffe}, "past the end"},
        {{.name = "b", .data = "you", .start = ZERO}, "two ways"},
        {{.name = "b", .data = "you", .start = 1}, "not where"},
        {{.name = "b", .data = "you", .start = 0xfffffffe}, "not where"},
        {{.name = "b", .data = "you", .local_size = 7}, "two ways"},
    };
    Str bytes = {0};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Part parts[2] = {{.name = "a", .data = "hello"}, CASES[i].second};
        Err err = {0};
        make(&bytes, parts, 2);
        bool ok = try_read(&bytes, bytes.size, &err);
        if (ok != !CASES[i].why) fail_msg("case %zu: %s", i, err.message);
        if (!ok && !strstr(err.message, CASES[i].why)) fail_msg("case %zu: %s", i, err.message);
    }
    str_release(&bytes);
}

/* An entry inside the data of another: a file that is read as two things. */
static void overlaps_are_refused(void **state)
{
    (void)state;
    Str inner = {0}, bytes = {0};
    Part small = {.name = "in", .data = "x"};
    put_local(&inner, &small);
    for (size_t i = 0; i < inner.size; i++) assert_true(inner.data[i] || i > 3);
    Part outer = {.name = "out", .data = ""};
    outer.size = outer.packed = outer.local_size = (uint32_t)inner.size;
    put_local(&bytes, &outer);
    size_t start = bytes.size;
    str_add_bytes(&bytes, inner.data, inner.size);
    size_t directory = bytes.size;
    put_central(&bytes, &outer, 0);
    put_central(&bytes, &small, start);
    put_end(&bytes, 2, directory, bytes.size - directory);
    Err err = {0};
    assert_false(try_read(&bytes, bytes.size, &err));
    assert_non_null(strstr(err.message, "overlap"));
    str_release(&inner);
    str_release(&bytes);
}

static void directories_are_checked(void **state)
{
    (void)state;
    static const Part PARTS[] = {{.name = "a", .data = "hello"}, {.name = "b", .data = "you"}};
    static const struct {
        int at, bytes; /* from the end record's begin */
        uint64_t value;
    } CASES[] = {{4, 2, 1},           {6, 2, 1},       {10, 2, 1},          {10, 2, 3},
                 {10, 2, 0xfffe},     {10, 2, 0xffff}, {12, 4, 7},          {12, 4, 0xfffffffe},
                 {12, 4, 0xffffffff}, {16, 4, 0},      {16, 4, 0xfffffffe}, {16, 4, 0xffffffff},
                 {20, 2, 1},          {0, 4, 0}};
    Str bytes = {0};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Err err = {0};
        make(&bytes, PARTS, 2);
        for (int b = 0; b < CASES[i].bytes; b++)
            bytes.data[bytes.size - 22 + (size_t)(CASES[i].at + b)] =
                (char)(CASES[i].value >> (8 * b));
        if (try_read(&bytes, bytes.size, &err)) fail_msg("case %zu was read", i);
    }
    make(&bytes, PARTS, 2);
    Err err = {0};
    assert_true(try_read(&bytes, bytes.size, &err));
    for (size_t size = 0; size < bytes.size; size++) assert_false(try_read(&bytes, size, &err));
    str_release(&bytes);
}

static void changed_bytes_never_crash(void **state)
{
    (void)state;
    static const Part PARTS[] = {{.name = "a", .data = "hello"}, {.name = "b", .data = "you"}};
    Str bytes = {0}, copy = {0};
    make(&bytes, PARTS, 2);
    Rng rng = rng_make(4, 0);
    size_t refused = 0;
    for (int round = 0; round < 20000; round++) {
        Err err = {0};
        str_clear(&copy);
        str_add_bytes(&copy, bytes.data, bytes.size);
        for (uint64_t n = 1 + rng_below(&rng, 3); n > 0; n--)
            copy.data[rng_below(&rng, copy.size)] = (char)rng_u64(&rng);
        refused += !try_read(&copy, copy.size, &err);
    }
    assert_true(refused > 5000);
    str_release(&copy);
    str_release(&bytes);
}

/* What libzip writes, compressed and not. */
static void libzips_files_are_read(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    char path[128];
    snprintf(path, sizeof path, "%s/a.zip", s.path);
    static const char TEXT[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (int compressed = 0; compressed < 2; compressed++) {
        unlink(path);
        zip_t *zip = zip_open(path, ZIP_CREATE, NULL);
        zip_int64_t at = zip_file_add(zip, "x/y", zip_source_buffer(zip, TEXT, sizeof TEXT, 0), 0);
        zip_set_file_compression(zip, (zip_uint64_t)at, compressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE,
                                 0);
        assert_int_equal(zip_close(zip), 0);
        Str bytes = {0};
        Err err = {0};
        StoredZip z;
        assert_true(file_read(path, 10000, &bytes, &err));
        if (compressed) {
            assert_false(read_zip(bytes.data, bytes.size, &z, &err));
            assert_non_null(strstr(err.message, "compressed"));
        } else {
            if (!read_zip(bytes.data, bytes.size, &z, &err)) fail_msg("%s", err.message);
            const StoredEntry *e = stored_zip_find(&z, "x/y");
            assert_non_null(e);
            assert_memory_equal(e->data, TEXT, sizeof TEXT);
            assert_true(stored_zip_check(e, &err));
            bytes.data[(const char *)e->data - bytes.data] ^= 1;
            assert_false(stored_zip_check(e, &err));
            stored_zip_release(&z);
        }
        str_release(&bytes);
    }
    scratch_remove(&s);
}

/* ---- Zip64: a file of 4.5 GB with a hole for data, as large checkpoints are ---- */

#define BIG (((uint64_t)9 << 30) / 2)

static void put_extra64(Str *out, const uint64_t *numbers, int count)
{
    put(out, 1, 2);
    put(out, (uint64_t)count * 8, 2);
    for (int i = 0; i < count; i++) put(out, numbers[i], 8);
}

static void put_big_local(Str *out)
{
    put(out, 0x04034b50, 4);
    put(out, 45, 2);
    put(out, 0, 12);
    put(out, UINT32_MAX, 4);
    put(out, UINT32_MAX, 4);
    put(out, 3, 2);
    put(out, 20, 2);
    str_add(out, "big");
    put_extra64(out, (uint64_t[]){BIG, BIG}, 2);
}

/* The directory's entries, the records that end it; all numbers that may be are Zip64's. */
static void put_big_end(Str *out, uint64_t begin, uint64_t second)
{
    size_t from = out->size;
    uint64_t directory = begin + from;
    put(out, 0x02014b50, 4);
    put(out, 45, 4);
    put(out, 0, 12);
    put(out, UINT32_MAX, 4);
    put(out, UINT32_MAX, 4);
    put(out, 3, 2);
    put(out, 20, 2);
    put(out, 0, 10);
    put(out, 0, 4);
    str_add(out, "big");
    put_extra64(out, (uint64_t[]){BIG, BIG}, 2);
    put(out, 0x02014b50, 4);
    put(out, 45, 4);
    put(out, 0, 12);
    put(out, 4, 4);
    put(out, 4, 4);
    put(out, 5, 2);
    put(out, 12, 2);
    put(out, 0, 10);
    put(out, UINT32_MAX, 4);
    str_add(out, "small");
    put_extra64(out, (uint64_t[]){second}, 1);
    uint64_t size = out->size - from, end64 = begin + out->size;
    put(out, 0x06064b50, 4);
    put(out, 44, 8);
    put(out, 45, 4);
    put(out, 0, 8);
    put(out, 2, 8);
    put(out, 2, 8);
    put(out, size, 8);
    put(out, directory, 8);
    put(out, 0x07064b50, 4);
    put(out, 0, 4);
    put(out, end64, 8);
    put(out, 1, 4);
    put(out, 0x06054b50, 4);
    put(out, 0, 4);
    put(out, 0xffff, 2);
    put(out, 0xffff, 2);
    put(out, UINT32_MAX, 4);
    put(out, UINT32_MAX, 4);
    put(out, 0, 2);
}

static void zip64_is_read(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    char path[128];
    snprintf(path, sizeof path, "%s/big.zip", s.path);
    Str head = {0}, tail = {0};
    put_big_local(&head);
    uint64_t second = head.size + BIG;
    put_local(&tail, &(Part){.name = "small", .data = "four"});
    size_t local = tail.size;
    put_big_end(&tail, second, second);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, head.data, head.size, 0), head.size);
    assert_int_equal(pwrite(fd, tail.data, tail.size, (off_t)second), tail.size);
    size_t size = (size_t)second + tail.size;
    char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    assert_true(bytes != MAP_FAILED);
    StoredZip z;
    Err err = {0};
    if (!read_zip(bytes, size, &z, &err)) fail_msg("%s", err.message);
    assert_int_equal(z.entries.count, 2);
    assert_int_equal(stored_zip_find(&z, "big")->size, BIG);
    const StoredEntry *small = stored_zip_find(&z, "small");
    assert_ptr_equal(small->data, bytes + second + local - 4);
    assert_memory_equal(small->data, "four", 4);
    stored_zip_release(&z);
    /* cut off anywhere in the records at the end */
    for (size_t cut = 1; cut < tail.size; cut++)
        assert_false(read_zip(bytes, size - cut, &z, &err));
    munmap(bytes, size);
    close(fd);
    str_release(&head);
    str_release(&tail);
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_lie_where_they_are),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(overlaps_are_refused),
        cmocka_unit_test(directories_are_checked),
        cmocka_unit_test(changed_bytes_never_crash),
        cmocka_unit_test(libzips_files_are_read),
        cmocka_unit_test(zip64_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
