/* json, jsonl, csv, tsv. */
#include "reader_helper.h"
#include "text/json_scan.h"

static void test_json_records(void **state)
{
    (void)state;
    Document d = READ("a.json", "[{\"id\":\"d1\",\"title\":\"T\",\"text\":\"One.\\n\\nTwo.\",\"x\":"
                                "1},{\"_id\":7,\"content\":\"c\"},{\"body\":\"b\"},\"plain\"]");
    assert_string_equal(str_get(&d.text), "T\n\nOne.\n\nTwo.\n\n7\n\nc\n\nb\n\nplain\n");
    size_t boundaries = 0;
    for (size_t i = 0; i < d.headings.count; i++) boundaries += d.headings.items[i].level == 0;
    assert_int_equal(boundaries, 4);
    assert_int_equal(d.headings.items[0].level, 0);
    expect_heading(&d, 1, "1 T");
    assert_string_equal(d.title, "a");
    document_release(&d);
}

static void test_json_without_a_text_field(void **state)
{
    (void)state;
    EXPECT_TEXT("a.json",
                "{\"name\":\"N\",\"age\":3,\"ok\":true,\"none\":null,\"in\":{\"a\":\"b\",\"list\":["
                "1,\"x\"]}}",
                "N\n\nage: 3\nok: true\nin.a: b\nin.list: 1, x\n");
    Document d = READ("a.json", "{\"title\":\"Only\",\"text\":[\"p1\",\"p2\"]}");
    assert_string_equal(d.title, "Only");
    assert_string_equal(str_get(&d.text), "Only\n\np1\n\np2\n");
    document_release(&d);
}

static void test_json_objects_that_hold_records(void **state)
{
    (void)state;
    EXPECT_TEXT("a.json", "{\"about\":\"m\",\"docs\":[{\"text\":\"a\"},{\"text\":\"b\"}]}",
                "about: m\n\na\n\nb\n");
    EXPECT_TEXT("a.json", "{\"k1\":{\"text\":\"a\"},\"k2\":{\"text\":\"b\"}}",
                "k1\n\na\n\nk2\n\nb\n");
}

static void test_json_escapes(void **state)
{
    (void)state;
    EXPECT_TEXT("a.json",
                "{\"text\":\"a\\u0000b \\ud83d\\ude00 \\ud800 \\udc00x \\\\u0000 \\u4e2d\"}",
                "ab 😀 \xEF\xBF\xBD \xEF\xBF\xBDx \\u0000 中\n");
    EXPECT_TEXT("a.jsonl", "{\"text\":\"a\0b\"}\n", "ab\n");
    EXPECT_TEXT("a.jsonl", "{\"text\":\"bad \xFF byte in a line\"}\n",
                "bad \xEF\xBF\xBD byte in a line\n");
}

static void test_broken_json(void **state)
{
    (void)state;
    EXPECT_REFUSED("a.json", "[{\"text\":\"abc\"},{\"text\":\"de", ERR_FORMAT, "cut off");
    EXPECT_REFUSED("a.json", "[{\"text\":\"abc\"},", ERR_FORMAT, "cut off");
    EXPECT_REFUSED("a.json", "[{\"text\":\"abc\"}", ERR_FORMAT, "cut off");
    EXPECT_REFUSED("a.json", "[{\"text\":\"a\"}}]", ERR_FORMAT, "line 1");
    EXPECT_REFUSED("a.json", "[\n\n{\"text\" \"a\"}]", ERR_FORMAT, "line 3");
    EXPECT_REFUSED("a.json", "[1 2]", ERR_FORMAT, "comma");
    EXPECT_REFUSED("a.json", "{\"text\":\"a\"} x", ERR_FORMAT, "follows");
    EXPECT_REFUSED("a.json", "1e999999", ERR_FORMAT, "neither");
    EXPECT_REFUSED("a.json", "\"text\"", ERR_FORMAT, "neither");
    EXPECT_REFUSED("a.json", "[]", ERR_FORMAT, "no records");
    EXPECT_REFUSED("a.json", "{\"a\":1:2}", ERR_FORMAT, "broken");
    EXPECT_REFUSED("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\n", ERR_FORMAT, "line 2");
    EXPECT_REFUSED("a.jsonl", "{\"text\":\"a\"} {\"text\":\"b\"}\n", ERR_FORMAT, "line 1");
    EXPECT_REFUSED("a.jsonl", "\n{\"text\"", ERR_FORMAT, "line 2");
}

static void test_hostile_json(void **state)
{
    (void)state;
    Str s = {0};
    for (int i = 0; i < 200000; i++) str_add_char(&s, '[');
    expect_refused("deep.json", s.data, s.size, ERR_LIMIT, "deep");
    str_clear(&s);
    str_add(&s, "{\"a\":[");
    for (int i = 0; i < 4100000; i++) str_add(&s, "0,");
    str_add(&s, "0]}");
    expect_refused("wide.json", s.data, s.size, ERR_LIMIT, "values");
    str_release(&s);
}

static void test_question_sets_go_elsewhere(void **state)
{
    (void)state;
    EXPECT_REFUSED("q.json", "{\"queries\":{},\"corpus\":{},\"relevant_docs\":{}}", ERR_FORMAT,
                   "hone import");
    EXPECT_REFUSED("q.json", "{\"data\":[{\"paragraphs\":[]}]}", ERR_FORMAT, "hone import");
    EXPECT_REFUSED("q.jsonl", "{\"query\":\"a\",\"pos\":[\"b\"],\"neg\":[]}\n", ERR_FORMAT,
                   "hone import");
}

static void test_jsonl(void **state)
{
    (void)state;
    EXPECT_TEXT("a.jsonl", "{\"text\":\"a\"}\r\n\n  {\"title\":\"T\",\"text\":\"b\"}",
                "a\n\nT\n\nb\n");
    EXPECT_TEXT("lines.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", "a\n\nb\n");
    EXPECT_TEXT("array.jsonl", "[{\"text\":\"a\"}]", "a\n");
}

static void test_json_skip(void **state)
{
    (void)state;
    Err err = {0};
    size_t end = 99;
    static const char TEXT[] = "{\"a\": [1, \"]}\\\"\", {}]} rest";
    assert_true(json_skip(TEXT, sizeof TEXT - 1, 0, &end, &err));
    assert_int_equal(end, strlen(TEXT) - 5);
    assert_true(json_skip("true,", 5, 0, &end, &err));
    assert_int_equal(end, 4);
    for (size_t cut = 0; cut + 5 < sizeof TEXT - 1; cut++) {
        end = 99;
        assert_false(json_skip(TEXT, cut, 0, &end, &err));
        assert_int_equal(end, 99);
    }
}

static void test_csv(void **state)
{
    (void)state;
    Document d = READ("a.csv", "id,title,text\r\n1,\"Hello, world\",\"several\nlines "
                               "\"\"quoted\"\"\"\r\n2,,plain\r\n\r\n");
    assert_string_equal(str_get(&d.text),
                        "Hello, world\n\nseveral\nlines \"quoted\"\n\n2\n\nplain\n");
    assert_int_equal(d.headings.count, 4);
    document_release(&d);
    EXPECT_TEXT("a.csv", "name;age;\nBob;3;x\nAnn;;\"Ro\"me\n;;\n",
                "Bob\n\nage: 3\ncolumn 3: x\n\nAnn\n\ncolumn 3: Rome\n");
    EXPECT_TEXT("a.csv", "a,b\n1,2,3\n4\n", "a: 1\nb: 2\ncolumn 3: 3\n\na: 4\n");
    EXPECT_TEXT("a.tsv", "a\tb\nx, y\t\"q\"\n", "a: x, y\nb: q\n");
    EXPECT_TEXT("a.csv", "text\nno newline at the end", "no newline at the end\n");
}

static void test_broken_csv(void **state)
{
    (void)state;
    EXPECT_REFUSED("a.csv", "a,b\n1,2\n3,\"open\n\n", ERR_FORMAT, "line 3");
    EXPECT_REFUSED("a.csv", "a,b\n", ERR_FORMAT, "header");
    Str wide = {0};
    for (int i = 0; i < 5000; i++) str_add(&wide, "a,");
    expect_refused("wide.csv", wide.data, wide.size, ERR_LIMIT, "columns");
    str_release(&wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_records),
        cmocka_unit_test(test_json_without_a_text_field),
        cmocka_unit_test(test_json_objects_that_hold_records),
        cmocka_unit_test(test_json_escapes),
        cmocka_unit_test(test_broken_json),
        cmocka_unit_test(test_hostile_json),
        cmocka_unit_test(test_question_sets_go_elsewhere),
        cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_json_skip),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_broken_csv),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
