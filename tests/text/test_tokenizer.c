/* Tokenizers against what the `tokenizers` library made of the same lines
 * (golden/make_tokenizers.py), and the promises of the header. */
#include "tokenizer_helper.h"

#include <unistd.h>

#include "base/str.h"

static void say_ids(Str *out, const char *what, const Tokenizer *t, const uint32_t *ids,
                    size_t count)
{
    str_addf(out, "\n%s:", what);
    for (size_t i = 0; i < count; i++) {
        const char *token = tokenizer_token(t, ids[i]);
        str_addf(out, " %u(%s)", ids[i], token ? token : "?");
    }
}

static void check_ids(const Tokenizer *t, const char *name, size_t line, const uint32_t *want,
                      size_t want_count, const Tokens *got)
{
    if (want_count == got->count &&
        (want_count == 0 || memcmp(want, got->items, want_count * sizeof *want) == 0))
        return;
    Str message = {0};
    str_addf(&message, "%s, line %zu", name, line + 1);
    say_ids(&message, "library", t, want, want_count);
    say_ids(&message, "here", t, got->items, got->count);
    fail_msg("%s", message.data);
}

static void check_json_ids(const Tokenizer *t, const char *name, size_t line, const cJSON *want,
                           const Tokens *got)
{
    Tokens ids = {0};
    const cJSON *item;
    cJSON_ArrayForEach(item, want) vec_push(&ids, (uint32_t)item->valuedouble);
    check_ids(t, name, line, ids.items, ids.count, got);
    vec_release(&ids);
}

/* All lines against NAME.ids. */
static void check_lines(const Tokenizer *t, const char *name, const Lines *lines)
{
    char *file = str_format("%s.ids", name);
    Str text = golden_text(file);
    char *at = text.data;
    Tokens want = {0}, got = {0};
    for (size_t i = 0; i < lines->count; i++) {
        vec_clear(&want);
        vec_clear(&got);
        for (; *at != '\n'; at += *at == ' ') vec_push(&want, (uint32_t)strtoul(at, &at, 10));
        at++;
        tokenizer_text(t, lines->items[i].bytes, lines->items[i].size, 0, &got);
        check_ids(t, name, i, want.items, want.count, &got);
    }
    assert_int_equal(*at, '\0');
    vec_release(&want);
    vec_release(&got);
    str_release(&text);
    free(file);
}

static void equals_the_library_line_by_line(void **state)
{
    (void)state;
    Lines lines = golden_lines();
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Tokenizer *t = open_base(NAMES[i]);
        assert_string_equal(tokenizer_info(t).kind, NAMES[i]);
        check_lines(t, NAMES[i], &lines);
        tokenizer_free(t);
    }
    lines_release(&lines);
}

static cJSON *golden(void)
{
    return golden_load("tokenizers/golden.json");
}

static void fills_the_template_and_cuts_as_the_library(void **state)
{
    (void)state;
    cJSON *json = golden();
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Tokenizer *t = open_base(NAMES[i]);
        const cJSON *templates = golden_get(golden_get(json, "templates"), NAMES[i]), *item;
        Tokens got = {0}, types = {0};
        size_t line = 0;
        cJSON_ArrayForEach(item, golden_get(templates, "single"))
        {
            vec_clear(&got);
            tokenizer_single(t, golden_get(item, "text")->valuestring,
                             (size_t)golden_number(item, "most"), &got);
            check_json_ids(t, "single", line++, golden_get(item, "ids"), &got);
        }
        cJSON_ArrayForEach(item, golden_get(templates, "pair"))
        {
            vec_clear(&got);
            vec_clear(&types);
            tokenizer_pair(t, golden_get(item, "a")->valuestring,
                           golden_get(item, "b")->valuestring, (size_t)golden_number(item, "most"),
                           &got, &types);
            check_json_ids(t, "pair", line++, golden_get(item, "ids"), &got);
            check_json_ids(t, "types", line, golden_get(item, "types"), &types);
        }
        vec_release(&got);
        vec_release(&types);
        tokenizer_free(t);
    }
    cJSON_Delete(json);
}

/* The bytes of a base with some of its members replaced. */
static char *changed(const char *base, const cJSON *members)
{
    Str text = base_json(base);
    cJSON *json = cJSON_ParseWithLength(text.data, text.size);
    const cJSON *item;
    assert_non_null(json);
    cJSON_ArrayForEach(item, members)
    {
        if (cJSON_HasObjectItem(json, item->string))
            cJSON_ReplaceItemInObjectCaseSensitive(json, item->string, cJSON_Duplicate(item, true));
    }
    char *out = cJSON_PrintUnformatted(json);
    assert_non_null(out);
    cJSON_Delete(json);
    str_release(&text);
    return out;
}

static void equals_the_library_with_other_steps(void **state)
{
    (void)state;
    cJSON *json = golden();
    Lines lines = golden_lines();
    size_t nasty = (size_t)golden_number(json, "nasty"), number = 0;
    const cJSON *variant;
    cJSON_ArrayForEach(variant, golden_get(json, "variants"))
    {
        char name[32];
        snprintf(name, sizeof name, "variant %zu", number++);
        char *text = changed(golden_get(variant, "base")->valuestring, variant);
        Tokenizer *t = NULL;
        Err err = {0};
        if (!tokenizer_parse(text, strlen(text), name, &t, &err)) fail_msg("%s", err.message);
        const cJSON *rows = golden_get(variant, "ids");
        assert_int_equal(golden_count(rows), nasty);
        Tokens got = {0};
        for (size_t i = 0; i < nasty; i++) {
            vec_clear(&got);
            tokenizer_text(t, lines.items[i].bytes, lines.items[i].size, 0, &got);
            check_json_ids(t, name, i, cJSON_GetArrayItem(rows, (int)i), &got);
        }
        vec_release(&got);
        tokenizer_free(t);
        free(text);
    }
    assert_true(number > 10);
    lines_release(&lines);
    cJSON_Delete(json);
}

typedef struct Folder {
    char path[64];
} Folder;

static Folder make_folder(void)
{
    Folder f = {"/tmp/hone-tokenizer-XXXXXX"};
    assert_non_null(mkdtemp(f.path));
    return f;
}

static void put_file(const Folder *f, const char *name, const char *text, size_t size)
{
    char *path = str_format("%s/%s", f->path, name);
    Err err = {0};
    if (!file_write(path, text, size, &err)) fail_msg("%s", err.message);
    free(path);
}

static void remove_folder(const Folder *f)
{
    static const char *const FILES[] = {"tokenizer.json", "vocab.txt", "tokenizer_config.json"};
    for (size_t i = 0; i < 3; i++) {
        char *path = str_format("%s/%s", f->path, FILES[i]);
        unlink(path);
        free(path);
    }
    assert_int_equal(rmdir(f->path), 0);
}

static void opens_a_folder_with_a_vocabulary_only(void **state)
{
    (void)state;
    static const char CASED[] = "{\"do_lower_case\": false, \"model_max_length\": 256}";
    static const char LONG[] = "{\"model_max_length\": 1000000000000000019884624838656}";
    Folder f = make_folder();
    Str words = golden_text("wordpiece.txt");
    put_file(&f, "vocab.txt", words.data, words.size);
    static const char WHOLE[] = "{\"tokenize_chinese_chars\": false}", HAN[] = "龘龘";
    Tokenizer *t = NULL, *cased = NULL, *whole = NULL, *unsaid = NULL;
    Err err = {0};
    if (!tokenizer_open(f.path, &t, &err)) fail_msg("%s", err.message);
    Lines lines = golden_lines();
    check_lines(t, "wordpiece", &lines);
    assert_int_equal(tokenizer_info(t).longest, 0);
    assert_int_equal(tokenizer_info(t).single, 2);
    assert_int_equal(tokenizer_info(t).pair, 3);

    put_file(&f, "tokenizer_config.json", CASED, strlen(CASED));
    if (!tokenizer_open(f.path, &cased, &err)) fail_msg("%s", err.message);
    assert_int_equal(tokenizer_info(cased).longest, 256);
    Tokens ids = {0};
    tokenizer_text(t, "the", 3, 0, &ids);
    tokenizer_text(t, "THE", 3, 0, &ids);
    assert_int_equal(ids.count % 2, 0);
    assert_memory_equal(ids.items, ids.items + ids.count / 2, ids.count / 2 * sizeof *ids.items);
    size_t before = ids.count;
    tokenizer_text(cased, "THE", 3, 0, &ids);
    assert_true(ids.count - before != before / 2 ||
                memcmp(ids.items, ids.items + before, before / 2 * sizeof *ids.items) != 0);

    put_file(&f, "tokenizer_config.json", WHOLE, strlen(WHOLE));
    if (!tokenizer_open(f.path, &whole, &err)) fail_msg("%s", err.message);
    vec_clear(&ids);
    tokenizer_text(t, HAN, strlen(HAN), 0, &ids);
    assert_int_equal(ids.count, 2);
    tokenizer_text(whole, HAN, strlen(HAN), 0, &ids);
    assert_int_equal(ids.count, 3);

    put_file(&f, "tokenizer_config.json", LONG, strlen(LONG));
    if (!tokenizer_open(f.path, &unsaid, &err)) fail_msg("%s", err.message);
    assert_int_equal(tokenizer_info(unsaid).longest, 0);
    vec_release(&ids);
    lines_release(&lines);
    tokenizer_free(t);
    tokenizer_free(cased);
    tokenizer_free(whole);
    tokenizer_free(unsaid);
    str_release(&words);
    remove_folder(&f);
}

static void prefers_tokenizer_json(void **state)
{
    (void)state;
    Folder f = make_folder();
    Str json = base_json("unigram");
    put_file(&f, "tokenizer.json", json.data, json.size);
    put_file(&f, "vocab.txt", "x\n", 2);
    Tokenizer *t = NULL;
    Err err = {0};
    if (!tokenizer_open(f.path, &t, &err)) fail_msg("%s", err.message);
    assert_string_equal(tokenizer_info(t).kind, "unigram");
    tokenizer_free(t);
    str_release(&json);
    remove_folder(&f);
}

static void says_what_a_folder_lacks(void **state)
{
    (void)state;
    Folder f = make_folder();
    Tokenizer *t = NULL;
    Err err = {0};
    assert_false(tokenizer_open(f.path, &t, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.message, f.path));
    static const char *const BAD[] = {"", "a\nb\n", "[UNK]\n[CLS]\n",
                                      "[UNK]\n\xff\n[CLS]\n[SEP]\n"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        put_file(&f, "vocab.txt", BAD[i], strlen(BAD[i]));
        assert_false(tokenizer_open(f.path, &t, &err));
        assert_int_equal(err.kind, ERR_FORMAT);
        assert_non_null(strstr(err.message, "vocab.txt"));
    }
    put_file(&f, "tokenizer_config.json", "{", 1);
    assert_false(tokenizer_open(f.path, &t, &err));
    assert_non_null(strstr(err.message, "tokenizer_config.json"));
    assert_null(t);
    remove_folder(&f);
}

static void stops_at_most_and_appends(void **state)
{
    (void)state;
    Lines lines = golden_lines();
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Tokenizer *t = open_base(NAMES[i]);
        Tokens all = {0}, some = {0};
        for (size_t k = 0; k < lines.count; k += 7) {
            vec_clear(&all);
            tokenizer_text(t, lines.items[k].bytes, lines.items[k].size, 0, &all);
            for (size_t most = 1; most < all.count + 2; most += 1 + most / 2) {
                vec_clear(&some);
                vec_push(&some, 7);
                tokenizer_text(t, lines.items[k].bytes, lines.items[k].size, most, &some);
                size_t count = most < all.count ? most : all.count;
                assert_int_equal(some.count, count + 1);
                assert_int_equal(some.items[0], 7);
                if (count)
                    assert_memory_equal(some.items + 1, all.items, count * sizeof *all.items);
            }
        }
        vec_release(&all);
        vec_release(&some);
        tokenizer_free(t);
    }
    lines_release(&lines);
}

/* However little room there is, it is not exceeded, and types stay beside their tokens. */
static void keeps_to_a_room_that_is_too_small(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Tokenizer *t = open_base(NAMES[i]);
        for (size_t most = 1; most < 9; most++) {
            Tokens ids = {0}, types = {0};
            tokenizer_single(t, "the quick brown fox", most, &ids);
            assert_true(ids.count > 0 && ids.count <= most);
            vec_clear(&ids);
            tokenizer_pair(t, "the quick brown fox", "and the lazy dog", most, &ids, &types);
            assert_true(ids.count > 0 && ids.count <= most);
            assert_int_equal(ids.count, types.count);
            size_t count = ids.count;
            tokenizer_pair(t, "the quick brown fox", "and the lazy dog", most, &ids, NULL);
            assert_int_equal(ids.count, 2 * count);
            vec_release(&ids);
            vec_release(&types);
        }
        tokenizer_free(t);
    }
}

static void knows_its_tokens(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Tokenizer *t = open_base(NAMES[i]);
        TokenizerInfo info = tokenizer_info(t);
        bool bert = i == 0;
        assert_string_equal(tokenizer_token(t, info.pad), bert ? "[PAD]" : "<pad>");
        assert_string_equal(tokenizer_token(t, info.unknown), bert ? "[UNK]" : "<unk>");
        assert_string_equal(tokenizer_token(t, info.first), bert ? "[CLS]" : "<s>");
        assert_string_equal(tokenizer_token(t, info.separator), bert ? "[SEP]" : "</s>");
        assert_string_equal(tokenizer_token(t, info.mask), bert ? "[MASK]" : "<mask>");
        assert_int_equal(info.single, 2);
        assert_int_equal(info.pair, bert ? 3 : 4);
        assert_null(tokenizer_token(t, (uint32_t)info.words));
        assert_null(tokenizer_token(t, UINT32_MAX));
        size_t named = 0;
        for (uint32_t id = 0; id < info.words; id++) named += tokenizer_token(t, id) != NULL;
        assert_true(named > 500);
        assert_true(tokenizer_bytes(t) > info.words * 8 && tokenizer_bytes(t) < 2 << 20);
        tokenizer_free(t);
    }
    tokenizer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_library_line_by_line),
        cmocka_unit_test(fills_the_template_and_cuts_as_the_library),
        cmocka_unit_test(equals_the_library_with_other_steps),
        cmocka_unit_test(opens_a_folder_with_a_vocabulary_only),
        cmocka_unit_test(prefers_tokenizer_json),
        cmocka_unit_test(says_what_a_folder_lacks),
        cmocka_unit_test(stops_at_most_and_appends),
        cmocka_unit_test(keeps_to_a_room_that_is_too_small),
        cmocka_unit_test(knows_its_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
