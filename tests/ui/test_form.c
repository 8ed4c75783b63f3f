/* Fields of a command, and the command line that they make. */
#include "tests/ui/rows.h"

#include <stdlib.h>
#include <string.h>

#include "app/args.h"
#include "ui/form_fields.h"

static const Command *command(const char *first, const char *second)
{
    size_t words;
    const Command *c = command_find(first, second, &words);
    assert_non_null(c);
    return c;
}

static void open_form(FormFields *f, const Command *c, const char *line)
{
    ShellWords words = {0};
    assert_true(shell_split(line, &words, NULL));
    form_fields_init(f, c, (const char *const *)words.items, words.count);
    shell_release(&words);
}

static void assert_line(const FormFields *f, const char *expected)
{
    Str line = {0};
    form_line(f, &line);
    assert_string_equal(str_get(&line), expected);
    str_release(&line);
}

/* The words are what the command line parser understands, and give the same values. */
static void assert_understood(const FormFields *f)
{
    ShellWords words = {0};
    Err err = {0};
    Args args;
    shell_add(&words, "hone");
    form_words(f, &words);
    bool ok = args_parse((int)words.count, words.items, &args, &err);
    if (!ok) print_error("%s\n", err.message);
    assert_true(ok);
    assert_ptr_equal(args.command, f->command);
    for (size_t i = 0; i < f->count; i++) {
        const FormField *field = &f->items[i];
        if (!field->option) continue;
        bool given = args.options.given[field->option - OPTIONS];
        assert_int_equal(given, form_field_changed(field));
    }
    args_release(&args);
    shell_release(&words);
}

/* ---- shell ---- */

static void assert_split(const char *text, size_t count, const char *const *expected)
{
    ShellWords words = {0};
    assert_true(shell_split(text, &words, NULL));
    assert_int_equal(words.count, count);
    for (size_t i = 0; i < count; i++) assert_string_equal(words.items[i], expected[i]);
    shell_release(&words);
}

static void test_split(void **state)
{
    (void)state;
    setenv("HOME", "/home/you", 1);
    assert_split("", 0, NULL);
    assert_split("  \t ", 0, NULL);
    assert_split("a  b", 2, (const char *const[]){"a", "b"});
    assert_split(" 'a b' \"c 'd\" ", 2, (const char *const[]){"a b", "c 'd"});
    assert_split("a\\ b \"q\\\"q\" 'n\\n'", 3, (const char *const[]){"a b", "q\"q", "n\\n"});
    assert_split("'' x''y", 2, (const char *const[]){"", "xy"});
    assert_split("~/docs ~ a~ '~/b'", 4,
                 (const char *const[]){"/home/you/docs", "/home/you", "a~", "~/b"});
    ShellWords words = {0};
    Err err = {0};
    assert_false(shell_split("a 'b", &words, &err));
    assert_int_equal(err.kind, ERR_USAGE);
    assert_int_equal(words.count, 0); /* untouched */
    assert_false(shell_split("\"", &words, &err));
    shell_release(&words);
}

static void test_quote_is_split_again(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"plain",  "",        "a b", "it's", "\"",   "\\",
                                        "~/home", "漢字.md", "-x",  "$x",   "a\tb", "''"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        Str text = {0};
        shell_quote(WORDS[i], &text);
        assert_split(str_get(&text), 1, &WORDS[i]);
        str_release(&text);
    }
}

/* ---- fields ---- */

static void test_defaults_make_no_words(void **state)
{
    (void)state;
    for (size_t i = 0; COMMANDS[i].run; i++) {
        FormFields f;
        form_fields_init(&f, &COMMANDS[i], NULL, 0);
        char *expected = str_format("hone %s", COMMANDS[i].name);
        assert_line(&f, expected);
        free(expected);
        assert_true(f.usual <= f.count);
        for (size_t k = 0; k < f.count; k++) {
            assert_false(form_field_changed(&f.items[k]));
            assert_non_null(form_field_name(&f, k));
            assert_non_null(form_field_text(&f.items[k]));
        }
        if (COMMANDS[i].least == 0) assert_understood(&f);
        form_fields_release(&f);
    }
}

static void test_presets(void **state)
{
    (void)state;
    FormFields f;
    open_form(&f, command("train", NULL), "train --name ft --epochs=3 --dot --lr 0.01 --loss mnrl");
    assert_line(&f, "hone train --name ft --epochs 3 --lr 0.01 --dot");
    assert_understood(&f);
    form_fields_release(&f);

    /* two words, once as one; unknown options and --json are left out */
    open_form(&f, command("build", "lsa"), "build lsa --dims 64 --json --what");
    assert_line(&f, "hone build lsa --dims 64");
    form_fields_release(&f);
    open_form(&f, command("build", "lsa"), "'build lsa' --title-body");
    assert_line(&f, "hone build lsa --title-body");
    assert_understood(&f);
    form_fields_release(&f);

    open_form(&f, command("mine", NULL), "mine --margin -0.1 -r bm25 -s train,val");
    assert_line(&f, "hone mine --retriever bm25 --margin -0.1 --split train,val");
    assert_understood(&f);
    form_fields_release(&f);
}

static void test_arguments(void **state)
{
    (void)state;
    FormFields f;
    Err err = {0};
    const Command *add = command("add", NULL);
    open_form(&f, add, "add 'my docs' -- -odd");
    assert_int_equal(f.items[0].kind, FIELD_ARGUMENTS);
    assert_string_equal(f.items[0].line.text.data, "'my docs' -odd");
    assert_line(&f, "hone add -- 'my docs' -odd");
    assert_understood(&f);
    field_set(&f.items[0].line, "'open");
    assert_false(form_field_check(&f, 0, &err));
    field_set(&f.items[0].line, "  ");
    assert_false(form_check(&f, &err));
    assert_string_equal(err.message, "PATH… is missing");
    form_fields_release(&f);

    open_form(&f, command("export", "model"), "export model a b c");
    assert_false(form_check(&f, &err));
    assert_non_null(strstr(err.message, "too much"));
    form_fields_release(&f);
}

static FormField *field_of(FormFields *f, OptionId id)
{
    FormField *field = form_field_of(f, id);
    assert_non_null(field);
    return field;
}

static void test_words_turn(void **state)
{
    (void)state;
    FormFields f;
    open_form(&f, command("train", NULL), "train");
    FormField *decay = field_of(&f, OPT_DECAY);
    assert_int_equal(decay->kind, FIELD_WORD);
    assert_string_equal(form_field_text(decay), "linear");
    form_field_turn(decay, 1);
    assert_string_equal(form_field_text(decay), "cosine");
    assert_line(&f, "hone train --decay cosine");
    form_field_turn(decay, -1);
    form_field_turn(decay, -1);
    assert_string_equal(form_field_text(decay), "none");
    assert_understood(&f);
    form_field_turn(decay, 1);
    assert_line(&f, "hone train");
    FormField *dot = field_of(&f, OPT_DOT);
    assert_int_equal(dot->kind, FIELD_FLAG);
    dot->on = true;
    assert_line(&f, "hone train --dot");
    assert_null(form_field_of(&f, OPT_RANGE));
    form_fields_release(&f);

    /* where nothing is the default, nothing can be chosen again */
    open_form(&f, command("import", NULL), "import");
    FormField *format = field_of(&f, OPT_IMPORT_FORMAT);
    assert_string_equal(form_field_text(format), "");
    form_field_turn(format, 1);
    assert_true(form_field_changed(format));
    assert_understood(&f);
    form_field_turn(format, -1);
    assert_false(form_field_changed(format));
    form_fields_release(&f);
}

static void test_wrong_values(void **state)
{
    (void)state;
    FormFields f;
    open_form(&f, command("train", NULL), "train --name ft");
    FormField *lr = field_of(&f, OPT_LR), *epochs = field_of(&f, OPT_EPOCHS);
    size_t at = (size_t)(lr - f.items);
    static const char *const WRONG[] = {"x", "-1", "1e9", "0.1 0.2", "nan"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        Err err = {0};
        field_set(&lr->line, WRONG[i]);
        assert_false(form_field_check(&f, at, &err));
        assert_non_null(strstr(err.message, "--lr"));
        assert_false(form_check(&f, &err));
        assert_line(&f, "hone train --name ft"); /* left out until it is right */
    }
    field_set(&lr->line, "");
    assert_false(form_field_changed(lr));
    FormField *warmup = field_of(&f, OPT_WARMUP);
    field_set(&warmup->line, "0.1"); /* as the default is written */
    assert_false(form_field_changed(warmup));
    field_set(&epochs->line, "");
    assert_true(form_check(&f, NULL));
    assert_line(&f, "hone train --name ft");
    form_fields_release(&f);
}

/* An option that may be repeated holds several words. */
static void test_repeated(void **state)
{
    (void)state;
    FormFields f;
    open_form(&f, command("search", NULL), "search -r bm25 --retriever=lsa 'what is it'");
    assert_line(&f, "hone search --retriever bm25 --retriever lsa 'what is it'");
    assert_understood(&f);
    form_fields_release(&f);
}

static void test_many_are_folded(void **state)
{
    (void)state;
    FormFields f;
    open_form(&f, command("train", NULL), "train");
    assert_true(f.usual < f.count);
    assert_true((size_t)(field_of(&f, OPT_TRAIN_NAME) - f.items) < f.usual);
    form_fields_release(&f);
    open_form(&f, command("compare", NULL), "compare");
    assert_int_equal(f.usual, f.count);
    form_fields_release(&f);
    open_form(&f, command("status", NULL), "status");
    assert_int_equal(f.count, 0);
    form_fields_release(&f);
}

static size_t place_of(FormFields *f, OptionId id)
{
    return (size_t)(field_of(f, id) - f->items);
}

static void choose(FormFields *f, OptionId id, const char *word)
{
    FormField *field = field_of(f, id);
    size_t turns = field->words.count;
    while (turns-- > 0 && strcmp(form_field_text(field), word) != 0) form_field_turn(field, 1);
    assert_string_equal(form_field_text(field), word);
    form_fields_arrange(f);
}

/* What belongs to other methods and losses is not shown and makes no words; what belongs to the
 * chosen one stands behind the usual fields. */
static void test_method_arranges(void **state)
{
    (void)state;
    FormFields f;
    open_form(&f, command("train", NULL), "train --method lora --rank 8 --margin 0.3");
    assert_true(place_of(&f, OPT_RANK) < f.usual);
    assert_true(place_of(&f, OPT_LR) < place_of(&f, OPT_RANK));
    assert_true(place_of(&f, OPT_LOSS_MARGIN) >= f.fitting);
    assert_true(place_of(&f, OPT_TRAIN_FREEZE) >= f.fitting);
    assert_true(place_of(&f, OPT_HARDNESS) >= f.usual); /* of the usual loss: seldom changed */
    assert_true(place_of(&f, OPT_HARDNESS) < f.fitting);
    assert_line(&f, "hone train --method lora --rank 8");
    choose(&f, OPT_LOSS, "triplet");
    assert_true(place_of(&f, OPT_LOSS_MARGIN) < f.usual);
    assert_true(place_of(&f, OPT_HARDNESS) >= f.fitting);
    assert_line(&f, "hone train --method lora --loss triplet --margin 0.3 --rank 8");
    choose(&f, OPT_METHOD, "linear");
    assert_true(place_of(&f, OPT_RANK) >= f.fitting);
    assert_line(&f, "hone train --loss triplet --margin 0.3");
    field_set(&field_of(&f, OPT_RANK)->line, "nonsense");
    assert_true(form_check(&f, NULL)); /* nobody sees it */
    choose(&f, OPT_METHOD, "lora");
    assert_false(form_check(&f, NULL));
    form_fields_release(&f);
}

static void test_offers(void **state)
{
    (void)state;
    FormFields f;
    open_form(&f, command("train", NULL), "train --method full --epochs 3");
    form_field_offer(field_of(&f, OPT_METHOD), "linear|full");
    assert_string_equal(form_field_text(field_of(&f, OPT_METHOD)), "full");
    assert_int_equal(field_of(&f, OPT_METHOD)->words.count, 2);
    form_field_offer(field_of(&f, OPT_METHOD), "linear|table");
    assert_string_equal(form_field_text(field_of(&f, OPT_METHOD)), "linear");
    assert_line(&f, "hone train --epochs 3");
    form_field_default(field_of(&f, OPT_EPOCHS), "3"); /* what holds anyway makes no words */
    assert_line(&f, "hone train");
    form_fields_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_quote_is_split_again),
        cmocka_unit_test(test_defaults_make_no_words),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_words_turn),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_many_are_folded),
        cmocka_unit_test(test_method_arranges),
        cmocka_unit_test(test_offers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
