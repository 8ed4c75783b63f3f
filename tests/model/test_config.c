/* JSON of model folders: fields by kind and range, and texts that are none. */
#include "golden/golden.h"
#include "model/scratch.h"

#include "model/config.h"

static cJSON *parse(const char *text)
{
    Err err = {0};
    cJSON *json = config_parse(text, strlen(text), "a.json", &err);
    if (!json) fail_msg("%s", err.message);
    return json;
}

static void fields_are_read_by_kind(void **state)
{
    (void)state;
    cJSON *json = parse(" {\"n\":7,\"x\":0.5,\"yes\":true,\"t\":\"词\\u0000!\",\"none\":null}\n");
    Config c = {json, "a.json"};
    Err err = {0};
    size_t n = 1;
    double x = 1;
    bool yes = false;
    const char *t = NULL;
    assert_true(config_size(c, "n", 7, 7, &n, &err) && n == 7);
    assert_true(config_real(c, "x", 0, 1, &x, &err) && x == 0.5);
    assert_true(config_flag(c, "yes", &yes, &err) && yes);
    assert_true(config_text(c, "t", &t, &err));
    assert_string_equal(t, "词!"); /* a zero byte cannot hide what is behind it */
    assert_true(config_size(c, "none", 0, 9, &n, &err) && n == 7);
    assert_true(config_size(c, "nothing", 0, 9, &n, &err) && n == 7);
    assert_true(config_size(c, "N", 0, 9, &n, &err) && n == 7);
    assert_null(config_get(c, "none"));
    assert_non_null(config_get(c, "t"));
    cJSON_Delete(json);
}

static void other_kinds_are_refused(void **state)
{
    (void)state;
    cJSON *json = parse("{\"n\":7.5,\"big\":1e300,\"t\":\"7\",\"a\":[7],\"minus\":-1}");
    Config c = {json, "a.json"};
    static const char *const KEYS[] = {"n", "big", "t", "a", "minus"};
    for (size_t i = 0; i < 5; i++) {
        Err err = {0};
        size_t n = 4711;
        bool flag = true;
        assert_false(config_size(c, KEYS[i], 0, 100, &n, &err));
        assert_int_equal(n, 4711);
        assert_non_null(strstr(err.message, KEYS[i]));
        assert_true(str_starts(err.message, "a.json: "));
        assert_false(config_flag(c, KEYS[i], &flag, &err));
    }
    Err err = {0};
    size_t n;
    double x;
    const char *t;
    assert_false(config_size(c, "n", 8, 100, &n, &err));
    assert_false(config_size(c, "big", 0, SIZE_MAX, &n, &err));
    assert_false(config_real(c, "minus", 0, 1, &x, &err));
    assert_false(config_real(c, "t", 0, 100, &x, &err));
    assert_false(config_text(c, "n", &t, &err));
    cJSON_Delete(json);
    json = parse("[1]");
    assert_null(config_get((Config){json, "a.json"}, "n"));
    cJSON_Delete(json);
}

static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"", "expected"},
        {"  ", "expected"},
        {"7", "expected"},
        {"\"a\"", "expected"},
        {"{", "cut off"},
        {"{\"a\":\"", "cut off"},
        {"{]", "closes"},
        {"{\"a\"}", "not valid"},
        {"{\"a\":1}}", "after the end"},
        {"{\"a\":tru}", "not valid"},
        {"\xff{}", "UTF-8"},
        {"{\n\n\"a\" 1}", "line 3"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Err err = {0};
        char *copy = malloc(strlen(CASES[i][0]) + 1);
        memcpy(copy, CASES[i][0], strlen(CASES[i][0]));
        assert_null(config_parse(copy, strlen(CASES[i][0]), "a.json", &err));
        if (!strstr(err.message, CASES[i][1])) fail_msg("%s: %s", CASES[i][0], err.message);
        free(copy);
    }
    Str deep = {0};
    Err err = {0};
    for (int i = 0; i < 100000; i++) str_add(&deep, "{\"a\":");
    assert_null(config_parse(deep.data, deep.size, "a.json", &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    str_release(&deep);
}

static void missing_files_are_told_apart(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    Err err = {0};
    bool missing = false;
    assert_null(config_read(s.path, "a.json", &missing, &err));
    assert_true(missing && err.kind == ERR_NONE);
    assert_null(config_read(s.path, "a.json", NULL, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    scratch_put(&s, "a.json", "{");
    assert_null(config_read(s.path, "a.json", &missing, &err));
    assert_true(!missing && err.kind == ERR_FORMAT);
    assert_non_null(strstr(err.message, "a.json"));
    scratch_put(&s, "a.json", "{\"a\":1}");
    cJSON *json = config_read(s.path, "a.json", &missing, &err);
    assert_non_null(json);
    assert_false(missing);
    cJSON_Delete(json);
    assert_null(config_read(s.path, ".", &missing, &err)); /* a folder */
    assert_false(missing);
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read_by_kind),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(missing_files_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
