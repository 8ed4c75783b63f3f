#include "tests/ui/rows.h"

#include <stdlib.h>

#include "ui/field.h"

static void type(Field *f, const char *text)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_next(text + at, size - at, &code);
        assert_true(field_key(f, code));
    }
}

static void press(Field *f, Key k, int times)
{
    for (int i = 0; i < times; i++) assert_true(field_key(f, k));
}

static void test_typing(void **state)
{
    (void)state;
    Field f = {0};
    press(&f, KEY_ERASE, 1);
    press(&f, KEY_REMOVE, 1);
    press(&f, KEY_ARROW_LEFT, 1);
    press(&f, KEY_ARROW_RIGHT, 1);
    press(&f, KEY_CTRL('W'), 1);
    press(&f, KEY_CTRL('U'), 1);
    assert_string_equal(str_get(&f.text), "");
    type(&f, "héllo");
    press(&f, KEY_FIRST, 1);
    type(&f, "漢");
    assert_string_equal(f.text.data, "漢héllo");
    press(&f, KEY_REMOVE, 2);
    assert_string_equal(f.text.data, "漢llo");
    press(&f, KEY_LAST, 1);
    press(&f, KEY_ARROW_LEFT, 2);
    press(&f, KEY_ERASE, 1);
    assert_string_equal(f.text.data, "漢lo");
    press(&f, KEY_ARROW_LEFT, 9);
    assert_int_equal(f.at, 0);
    press(&f, KEY_ARROW_RIGHT, 9);
    assert_int_equal(f.at, f.text.size);
    field_release(&f);
}

/* A character as the eye sees it goes as one. */
static void test_graphemes(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "e\u0301\u0302", "👩‍👩‍👧", "🇩🇪", "👍🏽", "❤️", "हि"};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Field f = {0};
        field_set(&f, "ab");
        type(&f, CASES[i]);
        size_t size = f.text.size;
        press(&f, KEY_ARROW_LEFT, 1);
        assert_int_equal(f.at, 2);
        press(&f, KEY_ARROW_RIGHT, 1);
        assert_int_equal(f.at, size);
        press(&f, KEY_ERASE, 1);
        assert_string_equal(f.text.data, "ab");
        type(&f, CASES[i]);
        press(&f, KEY_ARROW_LEFT, 1);
        press(&f, KEY_REMOVE, 1);
        assert_string_equal(f.text.data, "ab");
        field_release(&f);
    }
}

static void test_words(void **state)
{
    (void)state;
    Field f = {0};
    field_set(&f, "status:pending  naïve 漢字  ");
    press(&f, KEY_CTRL('W'), 1);
    assert_string_equal(f.text.data, "status:pending  naïve ");
    press(&f, KEY_CTRL('W'), 1);
    assert_string_equal(f.text.data, "status:pending  ");
    press(&f, KEY_ARROW_LEFT, 4);
    press(&f, KEY_CTRL('W'), 1);
    assert_string_equal(f.text.data, "ng  ");
    press(&f, KEY_CTRL('U'), 1);
    assert_string_equal(f.text.data, "");
    field_release(&f);
}

static void test_other_keys(void **state)
{
    (void)state;
    Field f = {0};
    field_set(&f, "a");
    static const Key OTHERS[] = {KEY_RETURN,          KEY_ESC,       KEY_TAB,     KEY_ARROW_UP,
                                 KEY_CTRL('X'),       KEY_ALT | 'a', KEY_PAGE_UP, KEY_FUNCTION + 1,
                                 KEY_ALT | KEY_ERASE, KEY_POINTER,   KEY_RESIZED};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        assert_false(field_key(&f, OTHERS[i]));
    assert_string_equal(f.text.data, "a");
    field_release(&f);
}

static void test_set(void **state)
{
    (void)state;
    Field f = {0};
    field_set(&f, "a\r\nb\tc\x1b[31m\xff\u202e");
    assert_string_equal(f.text.data, "a b c[31m?\u202e");
    assert_int_equal(f.at, f.text.size);
    field_set(&f, NULL);
    assert_string_equal(str_get(&f.text), "");
    field_release(&f);
    field_release(&f);
}

static void test_paste(void **state)
{
    (void)state;
    Field f = {0};
    field_set(&f, "<>");
    press(&f, KEY_ARROW_LEFT, 1);
    press(&f, KEY_PASTE_BEGIN, 1);
    type(&f, "a\nb\tc\x17\x15\x1b[31m");
    press(&f, KEY_RETURN, 1);
    press(&f, KEY_ESC, 1);
    press(&f, KEY_ARROW_LEFT, 1);
    press(&f, KEY_PASTE_END, 1);
    assert_string_equal(f.text.data, "<a b c[31m >");
    assert_false(field_key(&f, KEY_RETURN));
    press(&f, KEY_CTRL('U'), 1);
    assert_string_equal(f.text.data, "");

    press(&f, KEY_PASTE_BEGIN, 1);
    for (size_t i = 0; i < FIELD_MAX_BYTES; i++) press(&f, 0x6F22, 1);
    press(&f, KEY_PASTE_END, 1);
    assert_int_equal(f.text.size, FIELD_MAX_BYTES / 3 * 3);
    assert_true(utf8_valid(f.text.data, f.text.size, NULL));
    field_release(&f);
}

static void draw(Field *f, int width, bool focused, const char *shown, int cursor)
{
    Grid g;
    Area a;
    fence_init(&g, 1, width, false, &a);
    field_draw(f, a, 0, 0, width, focused);
    assert_fence(&g, a);
    Str row = {0};
    for (int x = 0; x < width; x++) str_add(&row, grid_at(&g, 2, 2 + x)->text);
    assert_string_equal(str_get(&row), shown);
    assert_int_equal(g.cursor_x, cursor < 0 ? -1 : cursor + 2);
    if (width > 0) assert_int_equal(grid_at(&g, 2, 2)->style, LOOK_FIELD);
    str_release(&row);
    grid_release(&g);
}

static void test_scrolling(void **state)
{
    (void)state;
    Field f = {0};
    draw(&f, 4, true, "    ", 0);
    field_set(&f, "abc");
    draw(&f, 4, true, "abc ", 3);
    draw(&f, 4, false, "abc ", -1);
    type(&f, "def");
    draw(&f, 4, true, "def ", 3);
    draw(&f, 4, false, "abc…", -1);
    press(&f, KEY_ARROW_LEFT, 2);
    draw(&f, 4, true, "def ", 1);
    press(&f, KEY_ARROW_LEFT, 2);
    draw(&f, 4, true, "cdef", 0);
    press(&f, KEY_LAST, 1);
    press(&f, KEY_ERASE, 2); /* no room is left empty while there is text on the left */
    draw(&f, 4, true, "bcd ", 3);
    press(&f, KEY_FIRST, 1);
    draw(&f, 4, true, "abcd", 0);
    field_set(&f, "漢字漢");
    draw(&f, 4, true, "漢  ", 2);
    draw(&f, 1, true, " ", 0);
    draw(&f, 0, true, "", -1);
    press(&f, KEY_FIRST, 1);
    draw(&f, 3, true, "漢 ", 0);
    field_release(&f);
}

/* Whatever is pressed, the text stays valid, the cursor in it and on the screen. */
static void test_random(void **state)
{
    (void)state;
    static const Key KEYS[] = {KEY_ERASE, KEY_REMOVE, KEY_ARROW_LEFT, KEY_ARROW_RIGHT,
                               KEY_FIRST, KEY_LAST,   KEY_CTRL('W'),  KEY_ARROW_LEFT};
    Rng r = rng_make(3, 0);
    for (int round = 0; round < 200; round++) {
        Field f = {0};
        for (int i = 0; i < 30; i++) {
            char text[40];
            size_t size = random_text(&r, text, sizeof text);
            uint32_t code;
            for (size_t at = 0; at < size;) {
                at += utf8_next(text + at, size - at, &code);
                field_key(&f, code);
            }
            for (int k = 0; k < 6; k++) field_key(&f, KEYS[rng_below(&r, 8)]);
            assert_true(utf8_valid(str_get(&f.text), f.text.size, NULL));
            assert_true(f.at <= f.text.size);
            assert_int_equal(strlen(str_get(&f.text)), f.text.size);

            Grid g;
            Area a;
            int width = (int)rng_below(&r, 12);
            fence_init(&g, 1, width, false, &a);
            field_draw(&f, a, 0, 0, width, true);
            assert_fence(&g, a);
            if (width > 0) assert_true(g.cursor_x >= 2 && g.cursor_x < 2 + width);
            grid_release(&g);
        }
        field_release(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typing),    cmocka_unit_test(test_graphemes),
        cmocka_unit_test(test_words),     cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_set),       cmocka_unit_test(test_paste),
        cmocka_unit_test(test_scrolling), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
