/* Files of tokenizers that are broken, hostile or odd. */
#include "tokenizer_helper.h"

#include "base/rng.h"
#include "base/str.h"
#include "base/utf8.h"

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
    assert_true(opened > 10 && opened < 600);
    lines_release(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_by_name),
        cmocka_unit_test(takes_the_smallest_of_each_kind),
        cmocka_unit_test(takes_ids_with_holes),
        cmocka_unit_test(keeps_to_its_limits),
        cmocka_unit_test(survives_a_file_that_is_cut_off),
        cmocka_unit_test(survives_a_file_that_is_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
