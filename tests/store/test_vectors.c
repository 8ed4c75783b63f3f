#include <math.h>
#include <signal.h>

#include "fixture.h"

#define DIMS 5

static Hash hash_of(int i)
{
    char text[32];
    snprintf(text, sizeof text, "text %d", i);
    return hash_text(text);
}

static int64_t embedder(Store *s, const char *fingerprint, size_t dims)
{
    Hash hash = hash_text(fingerprint);
    int64_t id = 0;
    ok(embedder_register(s, "lsa", &hash, dims, &id, err));
    return id;
}

static void test_vectors(void **state)
{
    Fixture *f = *state;
    int64_t a = embedder(f->s, "a", DIMS), b = embedder(f->s, "b", DIMS);
    assert_int_equal(embedder(f->s, "a", DIMS), a);
    assert_int_not_equal(a, b);
    Hash fingerprint = hash_text("a");
    int64_t id;
    refused(ERR_CONFLICT, embedder_register(f->s, "lsa", &fingerprint, DIMS + 1, &id, err));

    enum { N = 300 };
    Hash hashes[N];
    static float in[N * DIMS], out[N * DIMS];
    bool found[N];
    for (int i = 0; i < N; i++) {
        hashes[i] = hash_of(i);
        for (int d = 0; d < DIMS; d++) {
            in[i * DIMS + d] = (float)(i * DIMS + d) * 0.37f - 7;
        }
    }
    ok(vectors_put(f->s, a, ROLE_PASSAGE, hashes + 100, 200, DIMS, in + 100 * DIMS, err));
    fixture_reopen(f);
    ok(vectors_get(f->s, a, ROLE_PASSAGE, hashes, N, DIMS, out, found, err));
    for (int i = 0; i < N; i++) {
        assert_int_equal(found[i], i >= 100);
    }
    assert_memory_equal(out + 100 * DIMS, in + 100 * DIMS, 200 * DIMS * sizeof(float));
    ok(vectors_get(f->s, a, ROLE_QUERY, hashes + 100, 1, DIMS, out, found, err)); /* another role */
    assert_false(found[0]);
    ok(vectors_get(f->s, b, ROLE_PASSAGE, hashes + 100, 1, DIMS, out, found,
                   err)); /* another embedder */
    assert_false(found[0]);
    ok(vectors_put(f->s, a, ROLE_PASSAGE, hashes + 100, 1, DIMS, in, err)); /* again: the new one */
    ok(vectors_get(f->s, a, ROLE_PASSAGE, hashes + 100, 1, DIMS, out, found, err));
    assert_true(found[0]);
    assert_memory_equal(out, in, DIMS * sizeof(float));
    ok(vectors_get(f->s, a, ROLE_PASSAGE, hashes, 0, DIMS, out, found, err));
    ok(vectors_put(f->s, a, ROLE_PASSAGE, hashes, 0, DIMS, in, err));
}

static void test_vectors_refused(void **state)
{
    Fixture *f = *state;
    int64_t a = embedder(f->s, "a", DIMS);
    Hash hashes[2] = {hash_of(0), hash_of(1)};
    float in[2 * DIMS] = {0}, out[2 * DIMS];
    bool found[2];
    in[DIMS + 2] = NAN;
    refused(ERR_NUMERIC, vectors_put(f->s, a, ROLE_QUERY, hashes, 2, DIMS, in, err));
    in[DIMS + 2] = INFINITY;
    refused(ERR_NUMERIC, vectors_put(f->s, a, ROLE_QUERY, hashes, 2, DIMS, in, err));
    ok(vectors_get(f->s, a, ROLE_QUERY, hashes, 2, DIMS, out, found, err));
    assert_false(found[0] || found[1]); /* all or nothing */
    in[DIMS + 2] = 1;
    refused(ERR_MISSING, vectors_put(f->s, 999, ROLE_QUERY, hashes, 2, DIMS, in, err));
    ok(vectors_put(f->s, a, ROLE_QUERY, hashes, 2, DIMS, in, err));
    ok(vectors_get(f->s, a, ROLE_QUERY, hashes, 2, DIMS - 1, out, found,
                   err)); /* another size is not found */
    assert_false(found[0] || found[1]);
    raw(f->path,
        "UPDATE vector SET data = x'0000c07f0000000000000000000000000000000000' WHERE id ="
        " 1;UPDATE vector SET data = x'0000c07f00000000000000000000000000000000' WHERE id = 2");
    ok(vectors_get(f->s, a, ROLE_QUERY, hashes, 2, DIMS, out, found, err)); /* 21 bytes; a NaN */
    assert_false(found[0] || found[1]);
}

static uint8_t *pattern(size_t size, unsigned seed)
{
    uint8_t *data = mem_alloc(size + 1);
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)(i * 31 + seed + i / 1000);
    }
    return data;
}

static void test_builds(void **state)
{
    Fixture *f = *state;
    Hash inputs = hash_text("in");
    BuildRow row = {0};
    bool found = true;
    ok(build_latest(f->s, "lsa", &row, &found, err));
    assert_false(found);
    static const size_t sizes[] = {0, 1, 1 << 20, (1 << 20) + 1, 70 << 20};
    static const char *const names[] = {"empty", "one", "piece", "more", "many"};
    int64_t id = 0;
    ok(build_begin(f->s, "lsa", &inputs, 42, "{\"dims\":5}", &id, err));
    for (size_t i = 0; i < 5; i++) {
        uint8_t *data = pattern(sizes[i], (unsigned)i);
        ok(build_write(f->s, id, names[i], data, sizes[i], err));
        free(data);
    }
    ok(build_latest(f->s, "lsa", &row, &found, err));
    assert_false(found); /* not before it is finished */
    refused(ERR_MISSING, build_get(f->s, id, &row, err));
    ok(build_finish(f->s, id, err));
    refused(ERR_CONFLICT, build_finish(f->s, id, err));
    refused(ERR_CONFLICT, build_write(f->s, id, "late", "x", 1, err));
    fixture_reopen(f);
    ok(build_latest(f->s, "lsa", &row, &found, err));
    assert_true(found);
    assert_int_equal(row.id, id);
    assert_int_equal(row.chunks, 42);
    assert_true(hash_equal(&row.inputs, &inputs));
    assert_string_equal(row.head, "{\"dims\":5}");
    for (size_t i = 0; i < 5; i++) {
        uint8_t *want = pattern(sizes[i], (unsigned)i);
        void *got = NULL;
        size_t size = 1234;
        ok(build_read(f->s, id, names[i], &got, &size, err));
        assert_int_equal(size, sizes[i]);
        assert_int_equal((uintptr_t)got % 64, 0);
        assert_int_equal(memcmp(got, want, size), 0);
        free(got);
        free(want);
    }
    void *got = NULL;
    size_t size = 0;
    refused(ERR_MISSING, build_read(f->s, id, "nothing", &got, &size, err));
    refused(ERR_MISSING, build_get(f->s, 999, &row, err));
    ok(build_latest(f->s, "other", &row, &found, err));
    assert_false(found);
    char head[600];
    memset(head, 'x', sizeof head);
    head[512] = '\0';
    refused(ERR_LIMIT, build_begin(f->s, "lsa", &inputs, 1, head, &id, err));
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"),
                     5); /* the late one is gone */
    assert_whole(f->s);
}

static void test_unfinished_builds_go(void **state)
{
    Fixture *f = *state;
    Hash inputs = hash_text("in");
    int64_t id, again;
    ok(build_begin(f->s, "lsa", &inputs, 1, "{}", &id, err));
    uint8_t *data = pattern(3 << 20, 1);
    ok(build_write(f->s, id, "a", data, 3 << 20, err));
    free(data);
    fixture_reopen(f);
    ok(build_begin(f->s, "lsa", &inputs, 1, "{}", &again, err));
    assert_int_not_equal(id, again);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM build"), 1);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"), 0);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM piece"), 0);
}

/* A child is killed while it writes an array; the next build clears away what it left. */
static void test_killed_build(void **state)
{
    Fixture *f = *state;
    store_close(f->s);
    f->s = NULL;
    Hash inputs = hash_text("in");
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        Store *s = NULL;
        int64_t id;
        if (!store_open(f->path, &s, NULL) || !build_begin(s, "lsa", &inputs, 1, "{}", &id, NULL))
            _exit(1);
        if (write(ready[1], "x", 1) != 1) _exit(1);
        uint8_t *data = pattern(100 << 20, 1);
        for (;;) {
            build_write(s, id, "a", data, 100 << 20, NULL);
        }
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    ok(store_open(f->path, &f->s, err));
    Hash hash = hash_text("other");
    for (int i = 0; i < 200 && raw_number(f->path, "SELECT count(*) FROM piece") == 0; i++) {
        usleep(10000);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    assert_whole(f->s);
    int64_t id;
    ok(build_begin(f->s, "lsa", &inputs, 1, "{}", &id, err));
    ok(build_write(f->s, id, "small", "abc", 3, err));
    ok(build_finish(f->s, id, err));
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"), 1);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM piece"), 1);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM build"), 1);
    ok(cache_put(f->s, "x", &hash, "abc", 3, err));
    assert_whole(f->s);
}

static void test_cancelled_write(void **state)
{
    Fixture *f = *state;
    Cancel cancel = {0};
    Hash hash = hash_text("h");
    uint8_t *data = pattern(2 << 20, 1);
    cancel_ask(&cancel);
    store_set_cancel(f->s, &cancel);
    refused(ERR_CANCELLED, cache_put(f->s, "index", &hash, data, 2 << 20, err));
    store_set_cancel(f->s, NULL);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"), 0);
    free(data);
}

static void test_cache(void **state)
{
    Fixture *f = *state;
    Hash a = hash_text("a"), b = hash_text("b");
    void *got = &a;
    size_t size = 7;
    ok(cache_get(f->s, "index", &a, &got, &size, err));
    assert_null(got);
    ok(cache_put(f->s, "index", &a, "old", 3, err));
    ok(cache_put(f->s, "index", &b, "newer", 5, err));
    ok(cache_get(f->s, "index", &a, &got, &size, err));
    assert_null(got); /* made from something else */
    ok(cache_get(f->s, "index", &b, &got, &size, err));
    assert_int_equal(size, 5);
    assert_memory_equal(got, "newer", 5);
    free(got);
    ok(cache_put(f->s, "empty", &a, NULL, 0, err));
    ok(cache_get(f->s, "empty", &a, &got, &size, err));
    assert_non_null(got);
    assert_int_equal(size, 0);
    free(got);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"), 2); /* the old one is gone */
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_vectors),      WITH_PROJECT(test_vectors_refused),
        WITH_PROJECT(test_builds),       WITH_PROJECT(test_unfinished_builds_go),
        WITH_PROJECT(test_killed_build), WITH_PROJECT(test_cancelled_write),
        WITH_PROJECT(test_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
