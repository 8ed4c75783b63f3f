/* Cross-encoders against the real library: tokens of pairs, and their scores. */
#include "model/cross_encoder.h"
#include "model/scratch.h"
#include "model/tiny.h"

static const char *const CROSS[] = {"cross_bert", "cross_xlmr", "cross_distilbert"};
#define CROSS_COUNT 3

static CrossEncoder *open_cross(const char *folder, Pool *pool)
{
    CrossEncoder *c = NULL;
    Err err = {0};
    if (!cross_encoder_open(folder, pool, &c, &err)) fail_msg("%s", err.message);
    return c;
}

static CrossEncoder *open_tiny(const char *name, Pool *pool)
{
    char *folder = str_format(TINY_FOLDER "%s", name);
    CrossEncoder *c = open_cross(folder, pool);
    free(folder);
    return c;
}

/* All pairs of the golden's queries and passages, in the order of its scores. */
static size_t pairs_of(const cJSON *json, TextPair *out)
{
    const cJSON *query, *passage;
    size_t n = 0;
    cJSON_ArrayForEach(query, golden_get(json, "queries"))
    {
        cJSON_ArrayForEach(passage, golden_get(json, "passages"))
        {
            out[n++] = (TextPair){query->valuestring, passage->valuestring};
        }
    }
    return n;
}

static void check_tokens(const cJSON *list, size_t i, const Tokens *got)
{
    const cJSON *wanted = cJSON_GetArrayItem(list, (int)i);
    assert_int_equal(golden_count(wanted), got->count);
    for (size_t k = 0; k < got->count; k++)
        assert_int_equal(cJSON_GetArrayItem(wanted, (int)k)->valueint, got->items[k]);
}

static void tokens_as_the_library(void **state)
{
    (void)state;
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        Tiny t = tiny_open(CROSS[m]);
        TextPair pairs[16];
        Tokenizer *tokenizer = NULL;
        Err err = {0};
        assert_int_equal(pairs_of(t.json, pairs), 16);
        assert_true(tokenizer_open(t.folder.encoder_path, &tokenizer, &err));
        for (size_t i = 0; i < 16; i++) {
            TokenBatch b = {0};
            cross_encoder_tokens(&t.folder, tokenizer, pairs[i], &b);
            assert_int_equal(b.offset.count, 2);
            check_tokens(golden_get(t.json, "ids"), i, &b.ids);
            if (t.folder.shape.types > 1) check_tokens(golden_get(t.json, "types"), i, &b.types);
            token_batch_release(&b);
        }
        tokenizer_free(tokenizer);
        tiny_close(&t);
    }
}

static void scores_as_the_library(void **state)
{
    (void)state;
    for (size_t m = 0; m < CROSS_COUNT; m++) {
        char *name = str_format("encoders/%s.json", CROSS[m]);
        cJSON *json = golden_load(name);
        for (size_t threads = 0; threads <= 3; threads += 3) {
            Pool *pool = threads ? pool_new(threads) : NULL;
            CrossEncoder *c = open_tiny(CROSS[m], pool);
            TextPair pairs[16];
            float got[16], *wanted = golden_floats(json, "scores", 16);
            Err err = {0};
            pairs_of(json, pairs);
            assert_true(cross_encoder_folder(c)->sigmoid);
            assert_true(cross_encoder_score(c, pool, pairs, 16, got, NULL, NULL, &err));
            tiny_near(CROSS[m], got, wanted, 16, 1e-5, 1e-5);
            free(wanted);
            cross_encoder_close(c);
            pool_free(pool);
        }
        cJSON_Delete(json);
        free(name);
    }
}

static Scratch copy_of(const char *name)
{
    static const char *const FILES[] = {"config.json", "model.safetensors", "tokenizer.json",
                                        "tokenizer_config.json"};
    Scratch s = scratch_make();
    char *folder = str_format(TINY_FOLDER "%s", name);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) scratch_copy(&s, folder, FILES[i]);
    free(folder);
    return s;
}

/* The config.json with a part in place of another. */
static void change_config(const Scratch *s, const char *from, const char *to)
{
    char *path = str_format("%s/config.json", s->path);
    Str text = {0}, changed = {0};
    Err err = {0};
    assert_true(file_read(path, 1 << 20, &text, &err));
    const char *at = strstr(str_get(&text), from);
    assert_non_null(at);
    str_addf(&changed, "%.*s%s%s", (int)(at - text.data), text.data, to, at + strlen(from));
    scratch_put(s, "config.json", str_get(&changed));
    str_release(&text);
    str_release(&changed);
    free(path);
}

static void logits_where_the_folder_says_so(void **state)
{
    (void)state;
    Scratch s = copy_of("cross_bert");
    change_config(&s, "{",
                  "{\"sbert_ce_default_activation_function\": "
                  "\"torch.nn.modules.linear.Identity\",");
    cJSON *json = golden_load("encoders/cross_bert.json");
    CrossEncoder *c = open_cross(s.path, NULL);
    TextPair pairs[16];
    float got[16], *wanted = golden_floats(json, "logits", 16);
    Err err = {0};
    pairs_of(json, pairs);
    assert_true(cross_encoder_score(c, NULL, pairs, 16, got, NULL, NULL, &err));
    tiny_near("logits", got, wanted, 16, 2e-5, 2e-5);
    free(wanted);
    cross_encoder_close(c);
    cJSON_Delete(json);
    scratch_remove(&s);
}

#define MANY 500

static void each_pair_is_its_own(void **state)
{
    (void)state;
    Pool *pool = pool_new(2);
    CrossEncoder *c = open_tiny("cross_xlmr", pool);
    TextPair pairs[MANY];
    char *texts[MANY];
    float all[MANY], one;
    Err err = {0};
    Progress progress;
    progress_init(&progress);
    progress_begin(&progress, "rerank", "pairs", MANY);
    for (size_t i = 0; i < MANY; i++) {
        Str s = {0};
        for (size_t w = 0; w < i * 7919 % 37; w++) str_addf(&s, "hard page %zu of chunks ", i + w);
        texts[i] = str_take(&s);
        pairs[i] = (TextPair){i % 3 ? "What is a chunk?" : "", texts[i]};
    }
    assert_true(cross_encoder_score(c, pool, pairs, MANY, all, NULL, &progress, &err));
    assert_true(progress_get(&progress).done == MANY);
    for (size_t i = 0; i < MANY; i += 7) {
        assert_true(cross_encoder_score(c, NULL, &pairs[i], 1, &one, NULL, NULL, &err));
        tiny_near("alone", &one, &all[i], 1, 1e-6, 1e-5);
    }
    assert_true(cross_encoder_score(c, pool, NULL, 0, NULL, NULL, NULL, &err));
    for (size_t i = 0; i < MANY; i++) free(texts[i]);
    progress_release(&progress);
    cross_encoder_close(c);
    pool_free(pool);
}

static void stopped(void **state)
{
    (void)state;
    CrossEncoder *c = open_tiny("cross_bert", NULL);
    TextPair pair = {"x", "y"};
    float score;
    Cancel cancel = {0};
    Err err = {0};
    cancel_ask(&cancel);
    assert_false(cross_encoder_score(c, NULL, &pair, 1, &score, &cancel, NULL, &err));
    assert_int_equal(err.kind, ERR_CANCELLED);
    cross_encoder_close(c);
}

static void refused_as(const char *folder, ErrKind kind, const char *says)
{
    CrossEncoder *c = NULL;
    Err err = {0};
    assert_false(cross_encoder_open(folder, NULL, &c, &err));
    assert_null(c);
    if (err.kind != kind || !strstr(err.message, says)) fail_msg("%s", err.message);
}

static void refused(void **state)
{
    (void)state;
    refused_as(TINY_FOLDER "bert", ERR_USAGE, "no reranker");
    refused_as(TINY_FOLDER "nowhere", ERR_MISSING, "nowhere");
    Scratch s = copy_of("cross_bert");
    change_config(&s, "{", "{\"id2label\": {\"0\": \"no\", \"1\": \"yes\"},");
    change_config(&s, "\"id2label\": {\n    \"0\"", "\"other\": {\n    \"0\"");
    refused_as(s.path, ERR_USAGE, "2 labels");
    scratch_remove(&s);

    s = copy_of("bert"); /* no head, and no pooler */
    scratch_copy(&s, TINY_FOLDER "cross_bert", "config.json");
    change_config(&s, "\"vocab_size\": 260", "\"vocab_size\": 271");
    refused_as(s.path, ERR_FORMAT, "have no tensor");
    scratch_remove(&s);
}

static void scores_that_are_not_finite(void **state)
{
    (void)state;
    Scratch s = copy_of("cross_bert");
    char *path = str_format("%s/model.safetensors", s.path);
    Str bytes = {0};
    Err err = {0};
    assert_true(file_read(path, 1 << 20, &bytes, &err));
    memset(bytes.data + bytes.size / 2, 0xff, bytes.size - bytes.size / 2); /* NaN */
    scratch_put_bytes(&s, "model.safetensors", bytes.data, bytes.size);
    CrossEncoder *c = open_cross(s.path, NULL);
    TextPair pair = {"What is a chunk?", "A chunk is a passage."};
    float score;
    assert_false(cross_encoder_score(c, NULL, &pair, 1, &score, NULL, NULL, &err));
    assert_int_equal(err.kind, ERR_NUMERIC);
    cross_encoder_close(c);
    str_release(&bytes);
    free(path);
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_as_the_library),
        cmocka_unit_test(scores_as_the_library),
        cmocka_unit_test(logits_where_the_folder_says_so),
        cmocka_unit_test(each_pair_is_its_own),
        cmocka_unit_test(stopped),
        cmocka_unit_test(refused),
        cmocka_unit_test(scores_that_are_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
