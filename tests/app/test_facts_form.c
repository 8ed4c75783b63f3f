/* What forms ask: free names, paths, estimates; commands without a project. */
#include "desking.h"

#include <string.h>
#include <unistd.h>

#include "app/facts.h"
#include "app/run_now.h"
#include "base/file.h"
#include "store/runs.h"

typedef struct Got {
    size_t calls;
    Str text; /* what came, each ended by a blank */
    Err err;
} Got;

static void forget(Got *g)
{
    str_release(&g->text);
    *g = (Got){0};
}

/* ---- names ---- */

static void got_name(void *context, const char *name)
{
    Got *g = context;
    g->calls++;
    str_add(&g->text, name ? name : "NULL");
}

static void add_run(Store *s, const char *name)
{
    Arena arena = {0};
    RunRow run, wanted = {.name = name,
                          .embedder = "lsa",
                          .method = "linear",
                          .loss = "mnrl",
                          .inputs = hash_text(name),
                          .options = "{}",
                          .selection = ""};
    ok(run_begin(s, &wanted, &run, &arena, err));
    arena_release(&arena);
}

static void expect_name(Desk *d, const char *stem, const char *expected)
{
    Got g = {0};
    free_name_ask(d, &g, stem, got_name, &g);
    until(d, g.calls);
    assert_string_equal(str_get(&g.text), expected);
    forget(&g);
}

static void test_free_name(void **state)
{
    Desking *t = *state;
    expect_name(t->d, "ft-lsa", "ft-lsa");
    add_run(t->f->s, "ft-lsa");
    expect_name(t->d, "ft-lsa", "ft-lsa-2");
    add_run(t->f->s, "ft-lsa-2");
    add_run(t->f->s, "ft-lsa-4");
    expect_name(t->d, "ft-lsa", "ft-lsa-3");
    expect_name(t->d, "ft", "ft");
}

/* ---- paths ---- */

static void got_paths(void *context, const char *const *paths, size_t count)
{
    Got *g = context;
    g->calls++;
    for (size_t i = 0; i < count; i++) str_addf(&g->text, "%s ", file_name(paths[i]));
    if (count && str_ends(paths[0], "/")) str_addf(&g->text, "(%s)", paths[0]);
}

static void expect_paths(Desk *d, const char *typed, const char *expected)
{
    Got g = {0};
    paths_ask(d, &g, typed, got_paths, &g);
    until(d, g.calls);
    assert_string_equal(str_get(&g.text), expected);
    forget(&g);
}

static void test_paths(void **state)
{
    Desking *t = *state;
    char folder[] = "/tmp/hone-paths-XXXXXX";
    assert_non_null(mkdtemp(folder));
    static const char *const NAMES[] = {"b.md", "a b.txt", "a.md", ".hidden", "\xff.md"};
    Paths made = {0};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        vec_push(&made, str_format("%s/%s", folder, NAMES[i]));
        ok(file_write(made.items[i], "x", 1, err));
    }
    char *inner = str_format("%s/more", folder), *typed = str_format("%s/", folder);
    ok(file_make_folder(inner, err));

    expect_paths(t->d, typed, "a b.txt a.md b.md  "); /* a folder ends with a slash; no odd bytes */
    char *start = str_format("%s/a", folder), *hidden = str_format("%s/.", folder);
    char *one = str_format("%s/mo", folder), *none = str_format("%s/none/x", folder);
    char *slashed = str_format(" (%s/)", inner);
    expect_paths(t->d, start, "a b.txt a.md ");
    expect_paths(t->d, hidden, ".hidden ");
    expect_paths(t->d, one, slashed);
    expect_paths(t->d, none, "");

    for (size_t i = 0; i < made.count; i++) unlink(made.items[i]);
    file_paths_release(&made);
    rmdir(inner);
    rmdir(folder);
    char *all[] = {inner, typed, start, hidden, one, none, slashed};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

/* ---- estimates ---- */

static void got_estimate(void *context, const char *text, const Err *e)
{
    Got *g = context;
    g->calls++;
    str_add(&g->text, text ? text : "");
    g->err = e ? *e : (Err){0};
}

static void test_estimate_says_why_not(void **state)
{
    Desking *t = *state;
    static const char *const WORDS[][3] = {{"train", "--name", "ft"}, {"train", "--lr", "x"}};
    for (size_t i = 0; i < 2; i++) { /* there is nothing to train on; the words are wrong */
        Got g = {0};
        estimate_ask(t->d, &g, WORDS[i], 3, got_estimate, &g);
        until(t->d, g.calls);
        assert_int_not_equal(g.err.kind, ERR_NONE);
        assert_true(strlen(g.err.message) > 0);
        assert_string_equal(str_get(&g.text), "");
        forget(&g);
    }
}

/* ---- without a project ---- */

static void test_run_now(void **state)
{
    (void)state;
    Str out = {0};
    Err e = {0};
    ok(run_now((const char *const[]){"version"}, 1, 80, &out, err));
    assert_true(str_starts(str_get(&out), "hone "));
    str_clear(&out);
    assert_false(run_now((const char *const[]){"status"}, 1, 80, &out, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_false(run_now((const char *const[]){"nonsense"}, 1, 80, &out, &e));
    assert_int_equal(e.kind, ERR_USAGE);
    assert_false(run_now(NULL, 0, 80, &out, &e));
    assert_string_equal(str_get(&out), "");

    char folder[] = "/tmp/hone-now-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = str_format("%s/new.hone", folder);
    const char *const words[] = {"init", "--", path};
    ok(run_now(words, 3, 80, &out, err));
    assert_true(file_info(path, &(FileInfo){0}, NULL));
    assert_false(run_now(words, 3, 80, &out, &e)); /* it is there */
    unlink(path);
    rmdir(folder);
    free(path);
    str_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_free_name, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(test_paths, desking_open, desking_close),
        cmocka_unit_test_setup_teardown(test_estimate_says_why_not, desking_open, desking_close),
        cmocka_unit_test(test_run_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
