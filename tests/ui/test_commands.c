/* The table of commands as the screen uses it. */
#include "tests/ui/rows.h"

#include <string.h>

#include "base/utf8.h"
#include "ui/command_rows.h"

#define TITLE_WIDTH 28
#define HINT_WIDTH 15

/* The i-th way to type a command; false: there are no more. */
static bool way_at(const Command *c, size_t i, const char **ret, size_t *ret_size)
{
    const char *at = c->keys ? c->keys : "";
    for (; i > 0; i--) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    *ret = at;
    *ret_size = strcspn(at, " ");
    return *ret_size > 0;
}

static const Command *typed(const char *way, size_t size, ViewId view)
{
    Key keys[SEQUENCE_MOST];
    bool begins;
    size_t n = keys_parse(way, size, keys);
    assert_true(n > 0);
    for (size_t i = 1; i < n; i++) { /* a shorter one would have acted already */
        const Command *c = keys_find(keys, i, view, &begins);
        if (c) return c;
        assert_true(begins);
    }
    return keys_find(keys, n, view, &begins);
}

static bool works_by_any_way(const Command *c, ViewId view)
{
    const char *way;
    size_t size;
    for (size_t i = 0; way_at(c, i, &way, &size); i++)
        if (typed(way, size, view) == c) return true;
    return false;
}

/* What is typed does what its row says; a view's own keys may hide one way of a command of all
 * views, but not the last. */
static void test_keys_are_apart(void **state)
{
    (void)state;
    for (size_t k = 0; k < COMMAND_COUNT; k++) {
        const Command *c = &COMMANDS[k];
        if (c->action == ACTION_NONE) continue;
        for (int v = 0; v <= VIEW_COUNT; v++) { /* the last: the welcome */
            if (!(c->views & 1u << v)) continue;
            const char *way;
            size_t size;
            for (size_t i = 0; way_at(c, i, &way, &size); i++) {
                const Command *found = typed(way, size, (ViewId)v);
                if (found == c) continue;
                bool hidden = found && !command_is_own(c) && command_is_own(found) &&
                              works_by_any_way(c, (ViewId)v);
                if (!hidden)
                    print_error("'%.*s' of '%s' means '%s' in view %d\n", (int)size, way, c->name,
                                found ? found->name : "nothing", v);
                assert_true(hidden);
            }
        }
    }
}

static void test_keys_parse(void **state)
{
    (void)state;
    for (size_t k = 0; k < COMMAND_COUNT; k++) {
        const char *way;
        size_t size;
        for (size_t i = 0; way_at(&COMMANDS[k], i, &way, &size); i++) {
            char name[32];
            Key key;
            assert_true(size < sizeof name);
            memcpy(name, way, size);
            name[size] = '\0';
            if (key_parse(name, &key)) continue;
            /* a misspelt name is no row of keys */
            if (size != 2) print_error("'%s' of '%s' is no key\n", name, COMMANDS[k].name);
            assert_int_equal(size, 2);
            assert_true(name[0] == ',' || name[0] == name[1]);
        }
    }
    Key keys[SEQUENCE_MOST];
    assert_int_equal(keys_parse("Ctrl-R", 6, keys), 1);
    assert_int_equal(keys[0], KEY_CTRL('R'));
    assert_int_equal(keys_parse(",e", 2, keys), 2);
    assert_int_equal(keys[1], 'e');
    assert_int_equal(keys_parse("", 0, keys), 0);
    assert_int_equal(keys_parse("Nonsense", 8, keys), 0);
}

static void test_rows_are_whole(void **state)
{
    (void)state;
    bool groups[GROUP_COUNT] = {false}, actions[ACTION_COUNT] = {false};
    for (size_t k = 0; k < COMMAND_COUNT; k++) {
        const Command *c = &COMMANDS[k];
        assert_non_null(c->name);
        assert_non_null(c->help);
        assert_true(c->group < GROUP_COUNT && c->action < ACTION_COUNT);
        assert_true(c->run || c->action != ACTION_NONE);
        actions[c->action] = true;
        if (c->action == ACTION_NONE) continue;
        if (!c->keys || !*c->keys || !c->title || !*c->title || !c->views)
            print_error("'%s' misses keys, title or views\n", c->name);
        assert_true(c->keys && *c->keys && c->title && *c->title && c->views);
        assert_int_equal(c->views & ~(ANYWHERE | IN_WELCOME), 0);
        assert_true(utf8_width(c->title, strlen(c->title)) <= TITLE_WIDTH);
        if (c->hint) assert_in_range(utf8_width(c->hint, strlen(c->hint)), 1, HINT_WIDTH);
        groups[c->group] = true;
    }
    for (int g = 0; g < GROUP_COUNT; g++) {
        assert_true(groups[g]);
        assert_non_null(command_group_title((CommandGroup)g));
        assert_non_null(command_group_menu((CommandGroup)g));
    }
    for (int a = ACTION_NONE + 1; a < ACTION_COUNT; a++) {
        if (!actions[a]) print_error("action %d has no row\n", a);
        assert_true(actions[a]);
    }
}

static void test_names_are_apart(void **state)
{
    (void)state;
    for (size_t a = 0; a < COMMAND_COUNT; a++)
        for (size_t b = 0; b < a; b++) assert_string_not_equal(COMMANDS[a].name, COMMANDS[b].name);
    bool screen = false; /* those of the command line come first */
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        screen |= !COMMANDS[i].run;
        assert_int_equal(screen, !COMMANDS[i].run);
    }
}

static void test_where(void **state)
{
    (void)state;
    Ui ui = {.shown = {VIEW_QUESTIONS}};
    Str text = {0};
    const Command *accept = command_of(ACTION_ACCEPT, VIEW_QUESTIONS);
    assert_non_null(accept);
    assert_null(command_of(ACTION_ACCEPT, VIEW_CHUNKS));
    assert_false(command_works(&ui, accept)); /* there is no project */
    assert_true(command_works(&ui, command_of(ACTION_QUIT, VIEW_CHUNKS)));
    char project;
    ui.desk = (Desk *)&project; /* only looked at for being there */
    assert_true(command_works(&ui, accept));
    ui.shown[0] = VIEW_CHUNKS;
    assert_false(command_works(&ui, accept));
    command_where(&ui, accept, &text);
    assert_string_equal(str_get(&text), "Questions");
    str_clear(&text);
    keys_text(command_of(ACTION_DOWN, VIEW_CHUNKS), &text);
    assert_string_equal(str_get(&text), "Down, j");
    str_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_are_apart), cmocka_unit_test(test_keys_parse),
        cmocka_unit_test(test_rows_are_whole), cmocka_unit_test(test_names_are_apart),
        cmocka_unit_test(test_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
