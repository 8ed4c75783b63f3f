#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "app/args.h"
#include "app/completion.h"
#include "app/help.h"
#include "base/utf8.h"

enum { WORDS_MAX = 24 };

/* Parses a command line written as one text; the words stay in `line`, which the caller keeps. */
static bool parse(char *line, Args *ret, Err *err)
{
    static char name[] = "hone";
    char *words[WORDS_MAX] = {name};
    int count = 1;
    for (char *save = NULL, *word = strtok_r(line, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        assert_true(count < WORDS_MAX);
        words[count++] = word;
    }
    return args_parse(count, words, ret, err);
}

#define accepted(text)                                                                             \
    char line[] = text;                                                                            \
    Args a;                                                                                        \
    Err e = {0};                                                                                   \
    if (!parse(line, &a, &e)) fail_msg("%s", e.message);

static void refused(const char *text, const char *part)
{
    char *line = strdup(text);
    Args a;
    Err e = {0};
    if (parse(line, &a, &e)) fail_msg("%s: accepted", text);
    assert_int_equal(e.kind, ERR_USAGE);
    if (!strstr(e.message, part)) fail_msg("%s: says \"%s\", not \"%s\"", text, e.message, part);
    args_release(&a);
    free(line);
}

static void test_forms(void **state)
{
    (void)state;
    accepted("mine -p x.hone --retriever=bm25 -n 7 --sampling random --seed 5 -q");
    assert_string_equal(a.command->name, "mine");
    assert_string_equal(a.options.project, "x.hone");
    assert_string_equal(a.options.mine.retriever, "bm25");
    assert_int_equal(a.options.mine.per_question, 7);
    assert_true(a.options.mine.random_sampling);
    assert_int_equal(a.options.seed, 5);
    assert_true(a.options.quiet);
    assert_true(a.options.given[OPT_SAMPLING]);
    assert_false(a.options.given[OPT_FALLBACK]);
    args_release(&a);
}

static void test_options_before_the_command(void **state)
{
    (void)state;
    accepted("--threads 2 -qp x.hone eval bm25 -k1,7 --corpus=split lsa");
    assert_string_equal(a.command->name, "eval");
    assert_int_equal(a.options.threads, 2);
    assert_true(a.options.quiet);
    assert_string_equal(a.options.project, "x.hone");
    assert_int_equal(a.arguments.count, 2);
    assert_string_equal(a.arguments.items[1], "lsa");
    assert_int_equal(a.options.eval.k_count, 2);
    assert_int_equal(a.options.eval.ks[1], 7);
    assert_true(a.options.eval.corpus_split);
    args_release(&a);
}

static void test_commands_of_two_words(void **state)
{
    (void)state;
    accepted("chunk -p x.hone split 12 100");
    assert_string_equal(a.command->name, "chunk split");
    assert_int_equal(a.arguments.count, 2);
    args_release(&a);
    char other[] = "chunk 12 13";
    assert_true(parse(other, &a, &e));
    assert_string_equal(a.command->name, "chunk");
    args_release(&a);
}

static void test_double_dash(void **state)
{
    (void)state;
    accepted("search -- --json -k");
    assert_false(a.options.json);
    assert_int_equal(a.arguments.count, 2);
    assert_string_equal(a.arguments.items[0], "--json");
    args_release(&a);
}

static void test_a_dash_is_an_argument(void **state)
{
    (void)state;
    accepted("export -");
    assert_string_equal(a.arguments.items[0], "-");
    args_release(&a);
}

static void test_mining_values(void **state)
{
    (void)state;
    accepted("mine --score 0.3:0.7 --range 10:60 --margin -0.05 --relative-margin 0.05");
    const MineOptions *m = &a.options.mine;
    assert_true(m->has[MINE_MIN_SCORE] && m->has[MINE_MAX_SCORE] && m->has[MINE_MARGIN] &&
                m->has[MINE_RELATIVE_MARGIN]);
    assert_float_equal(m->value[MINE_MIN_SCORE], 0.3, 0);
    assert_float_equal(m->value[MINE_MAX_SCORE], 0.7, 0);
    assert_float_equal(m->value[MINE_MARGIN], -0.05, 0);
    assert_int_equal(m->range_min, 10);
    assert_int_equal(m->range_max, 60);
    args_release(&a);
    char open[] = "mine --score :0.7";
    assert_true(parse(open, &a, &e));
    assert_false(a.options.mine.has[MINE_MIN_SCORE]);
    assert_true(a.options.mine.has[MINE_MAX_SCORE]);
    args_release(&a);
}

static void test_repeated_and_listed(void **state)
{
    (void)state;
    accepted("search x --retriever bm25 -r lsa --split train,test");
    assert_int_equal(a.options.retrievers.count, 2);
    assert_string_equal(a.options.retrievers.items[1], "lsa");
    assert_int_equal(a.options.search.corpus_splits, 1 << SPLIT_TRAIN | 1 << SPLIT_TEST);
    args_release(&a);
}

static void test_add_split(void **state)
{
    (void)state;
    accepted("add docs --split auto");
    assert_true(a.options.ingest.auto_split);
    args_release(&a);
    char test[] = "add docs --split auto --split test";
    assert_true(parse(test, &a, &e));
    assert_false(a.options.ingest.auto_split);
    assert_int_equal(a.options.ingest.split, SPLIT_TEST);
    args_release(&a);
}

static void test_no_command(void **state)
{
    (void)state;
    accepted("x.hone");
    assert_null(a.command);
    assert_string_equal(a.options.project, "x.hone");
    args_release(&a);
    char help[] = "-h";
    assert_true(parse(help, &a, &e));
    assert_true(a.options.help);
    args_release(&a);
}

static void test_wrong_usage(void **state)
{
    (void)state;
    refused("mien", "is it 'mine'");
    refused("frobnicate", "'hone help'");
    refused("mine --retreiver bm25", "is it --retriever");
    refused("mine --zzzzzz 3", "'hone mine -h'");
    refused("mine -z", "'hone mine -h'");
    refused("mine -n", "needs a value");
    refused("mine --seed", "needs a value");
    refused("mine --dry-run=yes", "takes no value");
    refused("mine -n 0", "from 1 to");
    refused("mine -n 3x", "not a whole number");
    refused("mine -n -3", "not a whole number");
    refused("mine -n 99999999999999999999999", "not a whole number");
    refused("mine --margin nan", "not a number");
    refused("mine --margin 0x10", "not a number");
    refused("mine --margin 1e999", "not a number");
    refused("mine --score 0.7:0.3", "second score");
    refused("mine --score 0.7", "band of scores");
    refused("mine --score :", "band of scores");
    refused("mine --range 60:10", "second rank");
    refused("mine --range x:10", "range of ranks");
    refused("mine --sampling best", "one of top|random");
    refused("mine --split train,all", "one of train|val|test");
    refused("mine extra", "is too much");
    refused("train --epochs 0", "--epochs");
    refused("train --lr 0,1", "not a number");
    refused("train --method magic", "not one of");
    refused("eval -k 1,,5", "list of whole numbers");
    refused("eval -k 0", "from 1 to");
    refused("eval -k 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "at most 16");
    refused("eval --split none", "one of train|val|test");
    refused("chunk edit 3", "something is missing");
    refused("review", "review what?");
    refused("review nothing", "review what?");
    refused("x.hone eval", "-p");
    refused("completion", "something is missing");
}

/* Every option that a command takes parses under its name, and no two of one command share a name
 * or a letter. */
static void test_tables_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const Option *o = &OPTIONS[i];
        if (!o->name) fail_msg("option %zu has no row", i);
        assert_non_null(o->type);
        assert_true(o->help && *o->help);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(OPTIONS[j].name, o->name) == 0 &&
                OPTIONS[j].type->takes_value != o->type->takes_value)
                fail_msg("--%s takes a value in one place and none in another", o->name);
            if (o->letter && OPTIONS[j].letter == o->letter &&
                OPTIONS[j].type->takes_value != o->type->takes_value)
                fail_msg("-%c takes a value in one place and none in another", o->letter);
        }
    }
    for (size_t i = 0; COMMANDS[i].run; i++) {
        const Command *c = &COMMANDS[i];
        const Option *a, *b;
        assert_non_null(c->run);
        assert_true(c->least <= c->most);
        for (size_t j = 0; (a = command_option(c, j)); j++)
            for (size_t k = 0; k < j && (b = command_option(c, k)); k++)
                if (strcmp(a->name, b->name) == 0 || (a->letter && a->letter == b->letter))
                    fail_msg("%s: --%s and --%s", c->name, a->name, b->name);
    }
}

/* Defaults are among the words and limits that the row itself gives. */
static void test_defaults_are_allowed(void **state)
{
    (void)state;
    Options o;
    options_init(&o);
    for (size_t i = 0; i < OPT_COUNT; i++) {
        Str value = {0};
        Err e = {0};
        option_value(&OPTIONS[i], &o, &value);
        if (value.size && !option_set(&OPTIONS[i], value.data, &o, &e))
            fail_msg("default of --%s: %s", OPTIONS[i].name, e.message);
        str_release(&value);
    }
    options_release(&o);
}

static void check_width(const char *what, const Str *text)
{
    for (const char *at = str_get(text); *at;) {
        size_t size = strcspn(at, "\n");
        if (utf8_width(at, size) > 80)
            fail_msg("%s: wider than 80 columns: %.*s", what, (int)size, at);
        at += size + (at[size] == '\n');
    }
}

static void test_help_fits(void **state)
{
    (void)state;
    Str text = {0};
    help_overview(&text);
    help_guide(&text);
    check_width("overview", &text);
    for (size_t i = 0; COMMANDS[i].run; i++) {
        str_clear(&text);
        help_command(&COMMANDS[i], &text);
        check_width(COMMANDS[i].name, &text);
        assert_non_null(strstr(text.data, COMMANDS[i].help + 1));
    }
    str_release(&text);
}

static void test_completion_knows_all(void **state)
{
    (void)state;
    static const char *const SHELLS[] = {"bash", "zsh", "fish"};
    for (size_t s = 0; s < 3; s++) {
        Str text = {0};
        Err e = {0};
        assert_true(completion_write(SHELLS[s], &text, &e));
        for (size_t i = 0; COMMANDS[i].run; i++) {
            const char *last = strrchr(COMMANDS[i].name, ' ');
            assert_non_null(strstr(text.data, last ? last + 1 : COMMANDS[i].name));
        }
        for (size_t i = 0; i < OPT_COUNT; i++)
            if (!strstr(text.data, OPTIONS[i].name))
                fail_msg("%s: no --%s", SHELLS[s], OPTIONS[i].name);
        str_release(&text);
    }
    Str text = {0};
    Err e = {0};
    assert_false(completion_write("tcsh", &text, &e));
    assert_int_equal(e.kind, ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_options_before_the_command),
        cmocka_unit_test(test_commands_of_two_words),
        cmocka_unit_test(test_double_dash),
        cmocka_unit_test(test_a_dash_is_an_argument),
        cmocka_unit_test(test_mining_values),
        cmocka_unit_test(test_repeated_and_listed),
        cmocka_unit_test(test_add_split),
        cmocka_unit_test(test_no_command),
        cmocka_unit_test(test_wrong_usage),
        cmocka_unit_test(test_tables_are_sound),
        cmocka_unit_test(test_defaults_are_allowed),
        cmocka_unit_test(test_help_fits),
        cmocka_unit_test(test_completion_knows_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
