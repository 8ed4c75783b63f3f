#include "tests/ui/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/editor.h"

static void type(Editor *e, const char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_next(text + at, size - at, &code);
        assert_true(editor_key(e, code == '\n' ? KEY_RETURN : code == '\t' ? KEY_TAB : code));
    }
}

static void press(Editor *e, Key k, int times)
{
    for (int i = 0; i < times; i++) assert_true(editor_key(e, k));
}

static void assert_text(const Editor *e, const char *text)
{
    assert_string_equal(str_get(&e->text), text);
}

static void test_typing(void **state)
{
    (void)state;
    Editor e = {0};
    editor_set(&e, "");
    press(&e, KEY_ERASE, 1);
    press(&e, KEY_REMOVE, 1);
    press(&e, KEY_CTRL('W'), 1);
    press(&e, KEY_CTRL('U'), 1);
    static const Key MOVES[] = {KEY_ARROW_UP, KEY_ARROW_DOWN, KEY_ARROW_LEFT, KEY_ARROW_RIGHT,
                                KEY_PAGE_UP,  KEY_PAGE_DOWN,  KEY_FIRST,      KEY_LAST};
    for (size_t i = 0; i < sizeof MOVES / sizeof *MOVES; i++) press(&e, MOVES[i], 2);
    assert_text(&e, "");
    type(&e, "one\ntwo");
    press(&e, KEY_FIRST, 1);
    press(&e, KEY_ERASE, 1); /* the line end */
    assert_text(&e, "onetwo");
    press(&e, KEY_REMOVE, 1);
    assert_text(&e, "onewo");
    press(&e, KEY_CTRL('W'), 1);
    assert_text(&e, "wo");
    assert_false(editor_key(&e, KEY_ESC));
    assert_false(editor_key(&e, KEY_CTRL('S')));
    assert_false(editor_key(&e, KEY_FUNCTION + 3));
    editor_release(&e);
}

static void test_graphemes(void **state)
{
    (void)state;
    Editor e = {0};
    editor_set(&e, "a👩‍👩‍👧b\ne\u0301");
    press(&e, KEY_ARROW_RIGHT, 2);
    assert_int_equal(e.text.data[e.at], 'b');
    press(&e, KEY_ERASE, 1);
    assert_text(&e, "ab\ne\u0301");
    press(&e, KEY_ARROW_DOWN, 1);
    press(&e, KEY_LAST, 1);
    press(&e, KEY_ERASE, 1);
    assert_text(&e, "ab\n");
    editor_release(&e);
}

static void test_up_and_down(void **state)
{
    (void)state;
    Editor e = {0};
    Grid g;
    grid_init(&g, 3, 11, false);
    editor_set(&e, "a long line that wraps\nx\nlast one\n");
    editor_draw(
        &e, grid_area(&g)); /* 10 columns: "a long", "line that", "wraps", "x", "last one", "" */
    assert_int_equal(e.lines.count, 6);
    press(&e, KEY_ARROW_RIGHT, 4);
    press(&e, KEY_ARROW_DOWN, 1);
    assert_memory_equal(e.text.data + e.at, " that", 5);
    press(&e, KEY_ARROW_DOWN, 2); /* a short line does not make the column forgotten */
    assert_int_equal(e.text.data[e.at], '\n');
    press(&e, KEY_ARROW_DOWN, 1);
    assert_memory_equal(e.text.data + e.at, " one", 4);
    press(&e, KEY_ARROW_DOWN, 5);
    assert_int_equal(e.at, e.text.size); /* behind the last line end */
    editor_draw(&e, grid_area(&g));
    assert_int_equal(e.top, 3);
    assert_int_equal(g.cursor_y, 2);
    assert_int_equal(g.cursor_x, 0);
    press(&e, KEY_PAGE_UP, 9);
    press(&e, KEY_LAST, 1);
    editor_draw(&e, grid_area(&g));
    assert_int_equal(g.cursor_y, 0); /* the end of a wrapped line is in it */
    grid_release(&g);
    editor_release(&e);
}

/* Every place of the cursor is on the screen, and Right comes by all of them. */
static void test_cursor_is_shown(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"",
                                        "\n",
                                        "\n\n",
                                        "   ",
                                        "a",
                                        "words and words  and more ",
                                        "漢字漢字漢字漢字\n漢",
                                        "abcdefghijklmnopqrst",
                                        "  indented\n\ttab\n",
                                        "e\u0301e\u0301 e\u0301"};
    for (size_t t = 0; t < sizeof TEXTS / sizeof *TEXTS; t++) {
        for (int width = 1; width < 9; width++) {
            Editor e = {0};
            Grid g;
            grid_init(&g, 2, width, false);
            editor_set(&e, TEXTS[t]);
            size_t steps = 0;
            for (size_t before = SIZE_MAX; before != e.at; steps++) {
                before = e.at;
                editor_draw(&e, grid_area(&g));
                assert_in_range(g.cursor_y, 0, 1);
                assert_in_range(g.cursor_x, 0, width - 1);
                press(&e, KEY_ARROW_RIGHT, 1);
                assert_true(e.at >= before);
            }
            assert_int_equal(e.at, e.text.size);
            assert_true(steps <= e.text.size + 1);
            for (size_t i = 0; i <= steps; i++) press(&e, KEY_ARROW_LEFT, 1);
            assert_int_equal(e.at, 0);
            grid_release(&g);
            editor_release(&e);
        }
    }
}

static void test_undo(void **state)
{
    (void)state;
    Editor e = {0};
    editor_set(&e, "start");
    press(&e, KEY_LAST, 1);
    type(&e, " and more");
    press(&e, KEY_ERASE, 3);
    assert_text(&e, "start and m");
    press(&e, KEY_CTRL('U'), 1);
    assert_text(&e, "start and more");
    press(&e, KEY_CTRL('U'), 1);
    assert_text(&e, "start");
    assert_int_equal(e.at, 5);
    press(&e, KEY_CTRL('U'), 3);
    assert_text(&e, "start");
    editor_replace(&e, "other\n");
    assert_text(&e, "other\n");
    press(&e, KEY_CTRL('U'), 1);
    assert_text(&e, "start");
    for (int i = 0; i < 300; i++) { /* more than are kept */
        type(&e, "x");
        press(&e, KEY_FIRST, 1);
    }
    press(&e, KEY_CTRL('U'), 1000);
    assert_true(e.text.size > 5 && e.text.size < 305);
    editor_release(&e);
}

static void test_paste(void **state)
{
    (void)state;
    Editor e = {0};
    editor_set(&e, "[]");
    press(&e, KEY_ARROW_RIGHT, 1);
    press(&e, KEY_PASTE_BEGIN, 1);
    type(&e, "a\tb\nc");
    assert_true(editor_key(&e, KEY_ESC)); /* nothing of it is a key */
    assert_true(editor_key(&e, KEY_TAB));
    press(&e, KEY_PASTE_END, 1);
    assert_text(&e, "[a\tb\nc\t]");
    press(&e, KEY_CTRL('U'), 1);
    assert_text(&e, "[]");
    assert_false(editor_key(&e, KEY_TAB));
    editor_release(&e);
}

static void test_hostile_text(void **state)
{
    (void)state;
    Editor e = {0};
    editor_set(&e, "a\r\nb\rc\x1b[31m\xff");
    assert_text(&e, "a\nb\nc[31m\xef\xbf\xbd");
    char *big = mem_alloc(EDITOR_MAX_BYTES + 9);
    memset(big, 'x', EDITOR_MAX_BYTES + 8);
    memcpy(big + EDITOR_MAX_BYTES - 1, "漢", 3);
    big[EDITOR_MAX_BYTES + 8] = '\0';
    editor_set(&e, big);
    assert_int_equal(e.text.size, EDITOR_MAX_BYTES - 1); /* no half character */
    press(&e, 'y', 1);
    assert_true(editor_key(&e, 'z'));
    assert_int_equal(e.text.size, EDITOR_MAX_BYTES);
    free(big);
    editor_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typing),       cmocka_unit_test(test_graphemes),
        cmocka_unit_test(test_up_and_down),  cmocka_unit_test(test_cursor_is_shown),
        cmocka_unit_test(test_undo),         cmocka_unit_test(test_paste),
        cmocka_unit_test(test_hostile_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
