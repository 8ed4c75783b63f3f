/* Names that forms offer, and what a chosen model can be trained by. */
#include "desking.h"

#include <string.h>
#include <unistd.h>

#include "app/facts.h"
#include "base/file.h"
#include "golden/golden.h"
#include "store/runs.h"

typedef struct Got {
    size_t calls;
    Str text; /* what came, "name (note)" each, a blank behind it */
    Err err;
} Got;

static void forget(Got *g)
{
    str_release(&g->text);
    *g = (Got){0};
}

static void got_names(void *context, const NameChoices *names, const Err *e)
{
    Got *g = context;
    g->calls++;
    g->err = e ? *e : (Err){0};
    for (size_t i = 0; names && i < names->count; i++)
        str_addf(&g->text, "%s%s(%s)", i ? " " : "", names->items[i].name, names->items[i].note);
}

static void expect_names(Desking *t, OptionNames whose, const char *typed, const char *expected)
{
    Got g = {0};
    names_ask(t->d, &g, whose, typed, got_names, &g);
    until(t->d, g.calls);
    assert_int_equal(g.err.kind, ERR_NONE);
    assert_string_equal(str_get(&g.text), expected);
    forget(&g);
}

static void sh(const char *command)
{
    assert_int_equal(system(command), 0);
}

/* The project's folder is the working one, with models in it, and a cache of the Hub of its own. */
static int models_open(void **state)
{
    if (desking_open(state) != 0) return -1;
    Desking *t = *state;
    char *hub = str_format("%s/hub", t->f->folder);
    setenv("HF_HUB_CACHE", hub, 1);
    setenv("GOLDEN", GOLDEN_DIR "/encoders", 1);
    free(hub);
    if (chdir(t->f->folder) != 0) return -1;
    sh("mkdir -p models/deep/er/est 'odd one' .hidden hub &&"
       "cp -r $GOLDEN/bert tiny && cp -r $GOLDEN/cross_bert models/judge &&"
       "cp -r $GOLDEN/bert models/deep/er/est/unseen && cp -r $GOLDEN/bert .hidden/unseen &&"
       "cp -r $GOLDEN/bert \"$(printf 'broken\\377')\" && mkdir none && echo '{' > "
       "none/config.json");
    return 0;
}

static int models_close(void **state)
{
    unsetenv("HF_HUB_CACHE");
    if (chdir("/") != 0) return -1;
    return desking_close(state);
}

static void test_folders(void **state)
{
    Desking *t = *state;
    expect_names(t, NAMES_EMBEDDER, "", "lsa(built in) tiny(folder · 20 dimensions)");
    expect_names(t, NAMES_RERANKER, "", "models/judge(folder)");
    /* what is typed as a path goes on; cross-encoders are no embedders */
    expect_names(t, NAMES_EMBEDDER, "models/",
                 "lsa(built in) tiny(folder · 20 dimensions) models/deep/()");
    expect_names(t, NAMES_EMBEDDER, "./t",
                 "lsa(built in) tiny(folder · 20 dimensions) ./tiny(folder · 20 dimensions)");
    char *path = str_format("%s/ti", t->f->folder), *whole = str_format("%sny", path);
    char *expected =
        str_format("lsa(built in) tiny(folder · 20 dimensions) %s(folder · 20 dimensions)", whole);
    expect_names(t, NAMES_EMBEDDER, path, expected);
    setenv("HOME", t->f->folder, 1);
    expect_names(t, NAMES_EMBEDDER, "~/o",
                 "lsa(built in) tiny(folder · 20 dimensions) ~/odd one/()");
    free(path);
    free(whole);
    free(expected);
}

static void test_names_of_the_project_and_the_hub(void **state)
{
    Desking *t = *state;
    sh("for n in small large; do d=hub/models--org--$n; c=1234567890123456789012345678901234567890;"
       " mkdir -p $d/refs $d/snapshots && printf $c > $d/refs/main &&"
       " cp -r tiny $d/snapshots/$c; done && rm -r tiny && mkdir -p hub/models--org--begun/refs");
    char *folder = str_format("%s/hub/models--org--small/snapshots/"
                              "1234567890123456789012345678901234567890",
                              t->f->folder);
    ok(setting_set(t->f->s, "model.mine", folder, err));
    ok(setting_set(t->f->s, "model.gone", "/nowhere", err));
    ok(setting_set(t->f->s, "model.mine.query_prompt", "query: ", err));
    free(folder);
    expect_names(t, NAMES_EMBEDDER, "",
                 "lsa(built in) mine(named model · 20 dimensions) org/large(model of the Hub · 20 "
                 "dimensions) org/small(model of the Hub · 20 dimensions)");
    /* retrievers: all that can be searched with */
    RetrieverRow row = {.name = "ft", .kind = "adapter", .embedder = "lsa", .config = "{}"};
    int64_t id;
    ok(retriever_put(t->f->s, &row, "", 0, &id, err));
    expect_names(t, NAMES_RETRIEVER, "",
                 "bm25(built in) tfidf(built in) lsa(built in) ft(imported) mine(named model · 20 "
                 "dimensions) org/large(model of the Hub · 20 dimensions) org/small(model of the "
                 "Hub · 20 dimensions)");
}

/* ---- methods ---- */

static void got_methods(void *context, const char *methods, const Err *e)
{
    Got *g = context;
    g->calls++;
    g->err = e ? *e : (Err){0};
    str_add(&g->text, methods ? methods : "");
}

static void expect_methods(Desking *t, const char *embedder, const char *reranker,
                           const char *expected)
{
    Got g = {0};
    methods_ask(t->d, &g, embedder, reranker, got_methods, &g);
    until(t->d, g.calls);
    assert_int_equal(g.err.kind != ERR_NONE, *expected == '\0');
    assert_string_equal(str_get(&g.text), expected);
    forget(&g);
}

static void test_methods(void **state)
{
    Desking *t = *state;
    expect_methods(t, "lsa", NULL, "linear|low-rank|two-layer|table");
    expect_methods(t, "tiny", NULL, "linear|low-rank|two-layer|lora|full");
    expect_methods(t, "lsa", "models/judge", "full|lora");
    expect_methods(t, "nothing", NULL, "");
    expect_methods(t, "lsa", "tiny", ""); /* no reranker */
}

static void test_defaults(void **state)
{
    (void)state;
    MethodDefaults linear, full, reranker;
    assert_true(method_defaults("linear", false, &linear));
    assert_true(method_defaults("full", false, &full));
    assert_true(method_defaults("full", true, &reranker));
    assert_true(full.lr < linear.lr && full.epochs < linear.epochs);
    assert_true(linear.negatives == 0 && reranker.negatives > 0);
    assert_false(method_defaults("magic", false, &full));
    assert_false(method_defaults("linear", true, &full));
    Str words = {0};
    loss_words(false, &words);
    assert_true(str_starts(words.data, "mnrl|"));
    assert_null(strstr(words.data, "listwise"));
    str_clear(&words);
    loss_words(true, &words);
    assert_string_equal(words.data, "listwise|bce");
    str_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_folders, models_open, models_close),
        cmocka_unit_test_setup_teardown(test_names_of_the_project_and_the_hub, models_open,
                                        models_close),
        cmocka_unit_test_setup_teardown(test_methods, models_open, models_close),
        cmocka_unit_test(test_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
