/* Tokenizers against what the `tokenizers` library made of the same lines
 * (golden/make_tokenizers.py), the promises of the header, and hostile files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/str.h"
#include "base/utf8.h"
#include "golden/golden.h"
#include "text/tokenizer.h"

static const char *const NAMES[] = {"wordpiece", "unigram", "bpe"};
#define NAME_COUNT (sizeof NAMES / sizeof *NAMES)

typedef struct Line {
    char *bytes;
    size_t size;
} Line;

typedef VEC(Line) Lines;

static Str golden_text(const char *name)
{
    Str text = {0};
    Err err = {0};
    char *path = str_format("%s/tokenizers/%s", GOLDEN_DIR, name);
    if (!file_read(path, 10 << 20, &text, &err)) fail_msg("%s", err.message);
    free(path);
    return text;
}

static Str base_json(const char *name)
{
    char *file = str_format("%s.json", name);
    Str json = golden_text(file);
    free(file);
    return json;
}

static Tokenizer *open_base(const char *name)
{
    Tokenizer *t = NULL;
    Err err = {0};
    Str json = base_json(name);
    if (!tokenizer_parse(json.data, json.size, name, &t, &err)) fail_msg("%s", err.message);
    str_release(&json);
    return t;
}

/* The lines of lines.txt; each has its own allocation, so that a byte read too far is seen. */
static Lines golden_lines(void)
{
    Str text = golden_text("lines.txt");
    Lines lines = {0};
    for (const char *at = text.data; *at; at = strchr(at, '\n') + 1) {
        Line line = {.size = strcspn(at, "\n") / 2};
        line.bytes = malloc(line.size ? line.size : 1);
        assert_non_null(line.bytes);
        for (size_t i = 0; i < line.size; i++) {
            char digits[3] = {at[2 * i], at[2 * i + 1]};
            line.bytes[i] = (char)strtoul(digits, NULL, 16);
        }
        vec_push(&lines, line);
    }
    str_release(&text);
    assert_true(lines.count > 400);
    return lines;
}

static void lines_release(Lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) free(lines->items[i].bytes);
    vec_release(lines);
}

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
    Tokenizer *t = NULL, *cased = NULL, *unsaid = NULL;
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

    put_file(&f, "tokenizer_config.json", LONG, strlen(LONG));
    if (!tokenizer_open(f.path, &unsaid, &err)) fail_msg("%s", err.message);
    assert_int_equal(tokenizer_info(unsaid).longest, 0);
    vec_release(&ids);
    lines_release(&lines);
    tokenizer_free(t);
    tokenizer_free(cased);
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

#define WORDS "\"vocab\":{\"[UNK]\":0,\"a\":1,\"##b\":2}"
#define PIECES "\"unk_id\":0,\"vocab\":[[\"<unk>\",0],[\"a\",-1.5]]"
#define PAIRS "\"vocab\":{\"a\":0,\"b\":1,\"ab\":2}"
#define UNKNOWN "\"unk_token\":\"[UNK]\","
#define MODEL "\"model\":{\"type\":\"WordPiece\"," UNKNOWN WORDS "}"

static void refuses_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } BAD[] = {
        {"", "object"},
        {"[]", "object"},
        {"{}", "no \"model\""},
        {"{" MODEL "} x", "behind the end"},
        {"{\"model\":{}}", "no vocabulary"},
        {"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{}}}", "no vocabulary"},
        {"{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"?\"," WORDS "}}", "\"?\""},
        {"{\"model\":{\"type\":\"WordLevel\"," WORDS "}}", "WordLevel"},
        {"{\"model\":{\"type\":\"WordPiece\",\"type\":\"BPE\"," WORDS "}}", "twice"},
        {"{\"model\":{" WORDS "," WORDS "}}", "two vocabularies"},
        {"{" MODEL "," MODEL "}", "two models"},
        {"{\"model\":{\"vocab\":{\"a\":-1}}}", "id below"},
        {"{\"model\":{\"vocab\":{\"a\":4294967296}}}", "id below"},
        {"{\"model\":{\"vocab\":{\"a\":99999999999999999999}}}", "id below"},
        {"{\"model\":{\"vocab\":{\"a\":1.5}}}", "\",\""},
        {"{\"model\":{\"vocab\":{\"a\" 1}}}", "\":\""},
        {"{\"model\":{\"vocab\":{\"\\ud800\":1}}}", "surrogate"},
        {"{\"model\":{\"vocab\":{\"\\u12x4\":1}}}", "hexadecimal"},
        {"{\"model\":{\"vocab\":{\"\\q\":1}}}", "escape"},
        {"{\"model\":{\"vocab\":{\"\xff\":1}}}", "UTF-8"},
        {"{\"model\":{\"type\":\"Unigram\"," WORDS "}}", "no scores"},
        {"{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]}}", "unk_id"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":7,\"vocab\":[[\"a\",0]]}}", "unk_id"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":0.5,\"vocab\":[[\"a\",0]]}}", "unk_id"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\"]]}}",
         "token and its score"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",0,1]]}}",
         "token and its score"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",1e999]]}}", "number"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",.5]]}}", "number"},
        {"{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",1.]]}}", "number"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS "}}", "no merges"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":{}}}", "array"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":[\"a\"]}}", "two tokens"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":[\"a b c\"]}}", "two tokens"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":[\"a c\"]}}", "merge 1"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":[\"b a\"]}}", "merge 1"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":[[\"a\"]]}}", "less than two"},
        {"{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":[[\"a\",\"b\",\"c\"]]}}",
         "more than two"},
        {"{\"model\":{\"type\":\"BPE\",\"dropout\":0.1," PAIRS ",\"merges\":[]}}", "dropout"},
        {"{\"model\":{\"type\":\"BPE\",\"unk_token\":\"?\"," PAIRS ",\"merges\":[]}}", "\"?\""},
        {"{\"normalizer\":{}," MODEL "}", "no type"},
        {"{\"normalizer\":{\"type\":\"Rot13\"}," MODEL "}", "\"Rot13\""},
        {"{\"normalizer\":{\"type\":\"Replace\"}," MODEL "}", "Replace"},
        {"{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"a|b\"},\"content\":\"\"}"
         "," MODEL "}",
         "\"a|b\""},
        {"{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"*\"}," MODEL "}",
         "base64"},
        {"{\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"/////w==\"}," MODEL
         "}",
         "4294967295 bytes"},
        {"{\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}," MODEL "}", "\"UnicodeScripts\""},
        {"{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"ab\"}," MODEL "}",
         "Metaspace"},
        {"{\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":\"(a)\"}}," MODEL "}",
         "\"(a)\""},
        {"{\"pre_tokenizer\":{\"type\":\"Punctuation\",\"behavior\":\"Dance\"}," MODEL "}",
         "\"Dance\""},
        {"{\"post_processor\":{\"type\":\"Other\"}," MODEL "}", "\"Other\""},
        {"{\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"x\",99],\"cls\":[\"y\",0]}"
         "," MODEL "}",
         "99 is not in"},
        {"{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[],\"pair\":[]}," MODEL
         "}",
         "each text once"},
        {"{\"added_tokens\":[{}]," MODEL "}", "no content"},
        {"{\"added_tokens\":[],\"added_tokens\":[]," MODEL "}", "twice"},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        Tokenizer *t = NULL;
        Err err = {0};
        if (tokenizer_parse(BAD[i].json, strlen(BAD[i].json), "x.json", &t, &err))
            fail_msg("taken: %s", BAD[i].json);
        assert_null(t);
        if (err.kind != ERR_FORMAT && err.kind != ERR_LIMIT) fail_msg("%s", BAD[i].json);
        if (!strstr(err.message, BAD[i].says) || !str_starts(err.message, "x.json: "))
            fail_msg("%s\nsays: %s", BAD[i].json, err.message);
    }
}

static void takes_the_smallest_of_each_kind(void **state)
{
    (void)state;
    static const char *const GOOD[] = {
        "{" MODEL "}",
        "{\"model\":{" UNKNOWN "\"max_input_chars_per_word\":9," WORDS "}}",
        "{\"model\":{\"type\":\"Unigram\"," PIECES "}} ",
        "{\"model\":{" PIECES "}}",
        "{\"model\":{\"type\":\"BPE\"," PAIRS ",\"merges\":[\"a b\"]}}",
        "{\"model\":{\"merges\":[[\"a\",\"b\"],[\"a\",\"b\"]]," PAIRS "}}",
    };
    for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++) {
        Tokenizer *t = NULL;
        Err err = {0};
        Tokens ids = {0};
        if (!tokenizer_parse(GOOD[i], strlen(GOOD[i]), "x", &t, &err)) fail_msg("%s", err.message);
        tokenizer_single(t, "ab", 0, &ids);
        assert_true(ids.count > 0);
        assert_int_equal(tokenizer_info(t).single, 0);
        assert_int_equal(tokenizer_info(t).mask, UINT32_MAX);
        vec_release(&ids);
        tokenizer_free(t);
    }
}

/* Ids with holes and twice the same one; the vocabulary is as large as its largest id says. */
static void takes_ids_with_holes(void **state)
{
    (void)state;
    static const char JSON[] =
        "{\"added_tokens\":[{\"id\":5,\"content\":\"<x>\"}],\"model\":{\"type\":"
        "\"WordPiece\"," UNKNOWN "\"vocab\":{\"[UNK]\":0,\"a\":70000,\"b\":70000,\"c\":3}}}";
    Tokenizer *t = NULL;
    Err err = {0};
    if (!tokenizer_parse(JSON, strlen(JSON), "x", &t, &err)) fail_msg("%s", err.message);
    assert_int_equal(tokenizer_info(t).words, 70001);
    assert_string_equal(tokenizer_token(t, 70000), "b");
    assert_null(tokenizer_token(t, 2));
    Tokens ids = {0};
    tokenizer_text(t, "a", 1, 0, &ids);
    tokenizer_text(t, "x<x>", 4, 0, &ids);
    assert_int_equal(ids.count, 3);
    assert_int_equal(ids.items[0], 70000);
    assert_int_equal(ids.items[1], 0);
    assert_int_equal(ids.items[2], 4); /* behind the four texts, whatever the file says */
    assert_string_equal(tokenizer_token(t, 4), "<x>");
    vec_release(&ids);
    tokenizer_free(t);
}

/* A JSON around a member that is repeated. */
static void check_limit(const char *before, const char *unit, size_t times, const char *after,
                        const char *says)
{
    Str json = {0};
    Tokenizer *t = NULL;
    Err err = {0};
    str_add(&json, before);
    for (size_t i = 0; i < times; i++) str_add(&json, unit);
    str_add(&json, after);
    assert_false(tokenizer_parse(json.data, json.size, "x", &t, &err));
    if (!strstr(err.message, says)) fail_msg("%s", err.message);
    str_release(&json);
}

static void keeps_to_its_limits(void **state)
{
    (void)state;
    check_limit("{\"model\":{\"vocab\":{\"", "a", 5000, "\":1}}}", "5000 bytes");
    check_limit("{\"x\":", "[", 500, "}", "nested more than");
    check_limit("{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Nmt\"}",
                ",{\"type\":\"Nmt\"}", 100, "]}," MODEL "}", "steps");
    check_limit("{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKC\"}",
                ",{\"type\":\"NFKD\"}", 10, "]}," MODEL "}", "times as long");
    check_limit(
        "{\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"", "b",
        2000, "\"}," MODEL "}", "times as long");
    check_limit("{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":"
                "\"Whitespace\"}",
                ",{\"type\":\"Whitespace\"}", 100, "]}," MODEL "}", "steps");
    check_limit("{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":["
                "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}",
                ",{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}", 100, "],\"pair\":[]}," MODEL "}",
                "steps");
    check_limit("{\"decoder\":\"", "0123456789abcdef", 1 << 16, "\"}", "no \"model\"");
    check_limit("{\"normalizer\":\"", "0123456789abcdef", 1 << 19, "\"," MODEL "}", "a part of");
}

static void use(const Tokenizer *t, const Lines *lines, size_t step)
{
    Tokens ids = {0}, types = {0};
    TokenizerInfo info = tokenizer_info(t);
    for (size_t i = 0; i < lines->count; i += step)
        tokenizer_text(t, lines->items[i].bytes, lines->items[i].size, 0, &ids);
    tokenizer_single(t, "the quick [MASK] fox", 0, &ids);
    tokenizer_pair(t, "the quick", "brown <mask> fox", 7, &ids, &types);
    for (size_t i = 0; i < ids.count; i++) assert_true(ids.items[i] < info.words);
    for (size_t i = 0; i < info.words; i++) {
        const char *token = tokenizer_token(t, (uint32_t)i);
        assert_true(!token || utf8_valid(token, strlen(token), NULL));
    }
    vec_release(&ids);
    vec_release(&types);
}

static void survives_a_file_that_is_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Str json = base_json(NAMES[i]);
        while (json.data[json.size - 1] != '}') json.size--;
        for (size_t size = 0; size < json.size; size += 1 + size / 200) {
            Tokenizer *t = NULL;
            Err err = {0};
            char *copy = malloc(size + 1);
            assert_non_null(copy);
            memcpy(copy, json.data, size);
            assert_false(tokenizer_parse(copy, size, "x", &t, &err));
            assert_true(err.kind == ERR_FORMAT || err.kind == ERR_LIMIT);
            free(copy);
        }
        str_release(&json);
    }
}

static void survives_a_file_that_is_changed(void **state)
{
    (void)state;
    static const char BYTES[] = "\"\\{}[],:0123456789-.eaAlnst \xff\x80";
    Lines lines = golden_lines();
    Rng rng = rng_make(11, 0);
    size_t opened = 0;
    for (size_t round = 0; round < 600; round++) {
        Str json = base_json(NAMES[round % NAME_COUNT]);
        size_t changes = 1 + rng_below(&rng, 4);
        for (size_t k = 0; k < changes; k++)
            json.data[rng_below(&rng, json.size)] = BYTES[rng_below(&rng, sizeof BYTES - 1)];
        Tokenizer *t = NULL;
        Err err = {0};
        if (tokenizer_parse(json.data, json.size, "x", &t, &err)) {
            use(t, &lines, 37);
            tokenizer_free(t);
            opened++;
        } else {
            assert_true(err.kind == ERR_FORMAT || err.kind == ERR_LIMIT);
            assert_true(utf8_valid(err.message, strlen(err.message), NULL));
        }
        str_release(&json);
    }
    assert_true(opened > 50 && opened < 600);
    lines_release(&lines);
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
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(takes_the_smallest_of_each_kind),
        cmocka_unit_test(takes_ids_with_holes),
        cmocka_unit_test(keeps_to_its_limits),
        cmocka_unit_test(survives_a_file_that_is_cut_off),
        cmocka_unit_test(survives_a_file_that_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
