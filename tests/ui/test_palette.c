/* Finding by parts of words, and lists that are found in. */
#include "tests/ui/rows.h"

#include <string.h>

#include "app/commands.h"
#include "ui/choice.h"
#include "ui/fuzzy.h"

static int score(const char *needle, const char *text)
{
    FuzzyText t = {.text = text, .weight = 1};
    return fuzzy_rank(needle, &t, 1);
}

static void test_what_matches(void **state)
{
    (void)state;
    assert_int_equal(score("", "anything"), 1);
    assert_int_equal(score("   ", "anything"), 1);
    assert_true(score("any", "anything") > 1);
    assert_true(score("ANY", "anything") > 1);
    assert_true(score("athing", "anything") > 1);
    assert_int_equal(score("anyx", "anything"), 0);
    assert_int_equal(score("gnih", "anything"), 0);
    assert_int_equal(score("any", ""), 0);
    assert_true(score("thing any", "anything") > 1);     /* words in any order */
    assert_int_equal(score("any where", "anything"), 0); /* all of them */
    assert_true(score("漢", "some 漢字") > 1);
    assert_true(score("É", "café") > 1);
}

static void test_what_is_better(void **state)
{
    (void)state;
    assert_true(score("mark", "Mark") > score("mark", "Unmark"));
    assert_true(score("open", "Open") > score("open", "Open another project"));
    assert_true(score("mr", "Mark a range") > score("mr", "Hammer"));
    assert_true(score("ft", "Filter") > score("ft", "of a list of some text"));
    assert_true(score("exp", "Export questions") > score("exp", "next page"));
    assert_true(score("chunk", "Chunks") > score("chunk", "c h u n k"));
    /* a whole word in a light text is less than in a heavy one */
    FuzzyText title[2] = {{.text = "Evaluate", .weight = 3}, {.text = "a table", .weight = 1}};
    FuzzyText help[2] = {{.text = "Train", .weight = 3}, {.text = "then evaluate", .weight = 1}};
    assert_true(fuzzy_rank("eval", title, 2) > fuzzy_rank("eval", help, 2));
}

static void test_strewn_letters(void **state)
{
    (void)state;
    assert_int_equal(score("xyz", "x and then a long way on there comes y and at last a z"), 0);
    FuzzyText t = {.text = "a-b-c", .weight = 1, .whole = true};
    assert_int_equal(fuzzy_rank("abc", &t, 1), 0);
    assert_true(fuzzy_rank("b-c", &t, 1) > 1);
}

static void test_lit(void **state)
{
    (void)state;
    FuzzyText t[2] = {{.text = "Mark all", .weight = 3}, {.text = "übermark", .weight = 1}};
    assert_true(fuzzy_rank("all mk", t, 2) > 1);
    static const char LIT[] = "x  x xxx"; /* M, k, all */
    for (size_t i = 0; i < 8; i++) assert_int_equal(t[0].lit[i], LIT[i] == 'x');
    for (size_t i = 0; i < 9; i++) assert_false(t[1].lit[i]);
    assert_true(fuzzy_rank("ü", t, 2) > 1);
    assert_false(t[0].lit[0]);
    assert_true(t[1].lit[0] && t[1].lit[1]); /* all bytes of the character */
    assert_false(t[1].lit[2]);
}

static void test_long_texts(void **state)
{
    (void)state;
    char text[1000], needle[400];
    memset(text, 'a', sizeof text - 1);
    memset(needle, 'a', sizeof needle - 1);
    text[sizeof text - 1] = needle[sizeof needle - 1] = '\0';
    assert_true(score("aaa", text) > 1);
    assert_true(score(needle, text) > 1);
    assert_int_equal(score(needle, "aaa"), 0);
    /* a character that is cut off where looking ends */
    memset(text, 'b', FUZZY_MOST - 1);
    strcpy(text + FUZZY_MOST - 1, "漢");
    assert_int_equal(score("漢", text), 0);
    assert_true(score("b", text) > 1);
    assert_int_equal(score("\xff\xfe", "\xff"), 0);
}

static void test_commands_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *name;
    } CASES[] = {{"train", "train"},      {"eval", "eval"},       {"mine", "mine"},
                 {"undo", "review undo"}, {"them", "theme"},      {"mark all", "mark all"},
                 {"help", "help"},        {"settings", "config"}, {"open", "open"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const Command *best = NULL;
        int most = 0;
        for (size_t k = 0; k < COMMAND_COUNT; k++) {
            const Command *c = &COMMANDS[k];
            if (!c->title) continue;
            FuzzyText t[] = {{.text = c->title, .weight = 6},
                             {.text = c->name, .weight = 5},
                             {.text = c->help, .weight = 2, .whole = true}};
            int own = fuzzy_rank(CASES[i].typed, t, 3);
            if (own > most) {
                most = own;
                best = c;
            }
        }
        assert_non_null(best);
        assert_string_equal(best->name, CASES[i].name);
    }
}

static void no_row(const void *context, Area a, int y, size_t line)
{
    (void)context, (void)a, (void)y, (void)line;
}

static void test_choice(void **state)
{
    (void)state;
    Grid g;
    grid_init(&g, 10, 20, false);
    Area a = area_part(grid_area(&g), 2, 3, 4, 10);
    Choice c = {0};
    choice_draw(&c, a, 0, no_row, NULL);
    assert_true(choice_key(&c, KEY_ARROW_DOWN) && choice_key(&c, KEY_LAST));
    assert_int_equal(c.at, 0);
    choice_draw(&c, a, 10, no_row, NULL);
    choice_key(&c, KEY_ARROW_UP);
    assert_int_equal(c.at, 0);
    choice_key(&c, KEY_PAGE_DOWN);
    choice_draw(&c, a, 10, no_row, NULL);
    assert_int_equal(c.at, 4);
    assert_int_equal(c.top, 1);
    choice_key(&c, KEY_LAST);
    choice_draw(&c, a, 10, no_row, NULL);
    assert_int_equal(c.top, 6);
    assert_int_equal(choice_line(&c, 3), 9);
    assert_int_equal(choice_line(&c, 4), SIZE_MAX);
    assert_false(choice_key(&c, 'x'));

    Event e = {.key = KEY_POINTER, .act = POINTER_PRESS, .y = 3, .x = 5};
    assert_int_equal(choice_point(&c, e), CHOICE_MOVED);
    assert_int_equal(c.at, 7);
    assert_int_equal(choice_point(&c, e), CHOICE_TAKEN);
    e.x = 13;
    assert_int_equal(choice_point(&c, e), CHOICE_NOTHING);
    choice_draw(&c, a, 2, no_row, NULL); /* fewer than there were */
    assert_int_equal(c.at, 1);
    assert_int_equal(c.top, 0);
    e = (Event){.key = KEY_POINTER, .act = POINTER_PRESS, .y = 5, .x = 5};
    assert_int_equal(choice_point(&c, e), CHOICE_MOVED); /* below the last line */
    assert_int_equal(c.at, 1);
    grid_release(&g);
}

static void test_typing_finds(void **state)
{
    (void)state;
    Choice c = {.count = 5, .at = 2};
    Field f = {0};
    assert_int_equal(choice_typed(&c, &f, (Event){.key = KEY_LAST}), CHOICE_MOVED);
    assert_int_equal(c.at, 4);
    assert_int_equal(choice_typed(&c, &f, (Event){.key = 'j'}), CHOICE_TYPED);
    assert_string_equal(f.text.data, "j");
    assert_int_equal(choice_typed(&c, &f, (Event){.key = KEY_FIRST}), CHOICE_NOTHING);
    assert_int_equal(c.at, 4); /* it was the field's */
    assert_int_equal(f.at, 0);
    assert_int_equal(choice_typed(&c, &f, (Event){.key = KEY_RETURN}), CHOICE_TAKEN);
    assert_int_equal(choice_typed(&c, &f, (Event){.key = KEY_ESC}), CHOICE_LEFT);
    /* what is pasted takes nothing, and is looked for once */
    choice_typed(&c, &f, (Event){.key = KEY_PASTE_BEGIN});
    assert_int_equal(choice_typed(&c, &f, (Event){.key = KEY_RETURN}), CHOICE_NOTHING);
    assert_int_equal(choice_typed(&c, &f, (Event){.key = KEY_PASTE_END}), CHOICE_TYPED);
    assert_string_equal(f.text.data, " j");
    field_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_matches),   cmocka_unit_test(test_what_is_better),
        cmocka_unit_test(test_strewn_letters), cmocka_unit_test(test_lit),
        cmocka_unit_test(test_long_texts),     cmocka_unit_test(test_commands_are_found),
        cmocka_unit_test(test_choice),         cmocka_unit_test(test_typing_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
