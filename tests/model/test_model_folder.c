/* Model folders: what the real libraries write is read as they would; what is not supported, or
 * leads out of the folder, is refused by name. */
#include "golden/golden.h"
#include "model/scratch.h"

#include "model/model_folder.h"

static ModelFolder read_folder(const char *path)
{
    ModelFolder f = {0};
    Err err = {0};
    if (!model_folder_read(path, &f, &err)) fail_msg("%s", err.message);
    return f;
}

/* ---- of the real libraries ---- */

static void the_librarys_folders_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name, *family;
        size_t D, dims, max_tokens, labels;
        size_t pooling_count;
        Pooling pooling[2];
        bool normalize, include_prompt;
        size_t dense;
        const char *query, *passage;
    } CASES[] = {
        {"bert", "bert", 20, 20, 64, 0, 1, {POOLING_MEAN}, true, true, 0, "", ""},
        {"bert_legacy", "bert", 32, 24, 40, 0, 1, {POOLING_CLS}, true, true, 1, "find: ", "text: "},
        {"xlmr", "xlm-roberta", 24, 24, 64, 0, 1, {POOLING_LAST}, true, false, 0, "query: ", ""},
        {"xlmr_bin",
         "xlm-roberta",
         24,
         24,
         64,
         0,
         1,
         {POOLING_MEAN},
         true,
         false,
         0,
         "query: ",
         ""},
        {"distilbert",
         "distilbert",
         16,
         32,
         64,
         0,
         2,
         {POOLING_MAX, POOLING_MEAN_SQRT},
         false,
         true,
         0,
         "",
         ""},
        {"roberta", "roberta", 16, 16, 64, 0, 1, {POOLING_WEIGHTED_MEAN}, true, true, 0, "", ""},
        {"cross_bert", "bert", 20, 0, 64, 1, 0, {0}, false, true, 0, "", ""},
        {"cross_xlmr", "xlm-roberta", 24, 0, 64, 1, 0, {0}, false, true, 0, "", ""},
        {"cross_distilbert", "distilbert", 16, 0, 64, 1, 0, {0}, false, true, 0, "", ""},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/encoders/%s", GOLDEN_DIR, CASES[i].name);
        assert_true(model_folder_is(path));
        ModelFolder f = read_folder(path);
        assert_string_equal(f.path, path);
        assert_string_equal(f.encoder_path, path);
        assert_string_equal(f.shape.family, CASES[i].family);
        assert_int_equal(f.shape.D, CASES[i].D);
        assert_int_equal(f.dims, CASES[i].dims);
        assert_int_equal(f.max_tokens, CASES[i].max_tokens);
        assert_int_equal(f.labels, CASES[i].labels);
        assert_int_equal(f.sigmoid, CASES[i].labels == 1);
        assert_int_equal(f.pooling_count, CASES[i].pooling_count);
        for (size_t k = 0; k < f.pooling_count; k++)
            assert_int_equal(f.pooling[k], CASES[i].pooling[k]);
        assert_int_equal(f.normalize, CASES[i].normalize);
        assert_int_equal(f.include_prompt, CASES[i].include_prompt);
        assert_int_equal(f.dense_count, CASES[i].dense);
        assert_string_equal(f.query_prompt, CASES[i].query);
        assert_string_equal(f.passage_prompt, CASES[i].passage);
        assert_false(f.lower_case);
        if (f.dense_count) {
            assert_string_equal(f.dense[0].folder, "2_Dense");
            assert_true(f.dense[0].in == 32 && f.dense[0].out == 24 && f.dense[0].bias);
            assert_int_equal(f.dense[0].activation, ACTIVATION_TANH);
        }
        model_folder_release(&f);
        model_folder_release(&f);
    }
}

/* ---- made here ---- */

#define CONFIG(more)                                                                               \
    "{\"model_type\":\"bert\",\"vocab_size\":100,\"max_position_embeddings\":40,"                  \
    "\"hidden_size\":12,\"num_attention_heads\":3,\"intermediate_size\":20,"                       \
    "\"num_hidden_layers\":2" more "}"
#define OLD "sentence_transformers.models."
#define MODULE(path, type) "{\"idx\":0,\"name\":\"0\",\"path\":\"" path "\",\"type\":\"" type "\"}"
#define STANDARD "[" MODULE("", OLD "Transformer") "," MODULE("1_Pooling", OLD "Pooling") "]"

static void put_standard(const Scratch *s)
{
    scratch_put(s, "config.json", CONFIG(""));
    scratch_put(s, "modules.json", STANDARD);
    scratch_put(s, "1_Pooling/config.json",
                "{\"word_embedding_dimension\":12,\"pooling_mode_cls_token\":true}");
}

/* Nothing but a config.json: a mean of the tokens, as long as the positions allow. */
static void plain_folders_are_mean_pooled(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    assert_false(model_folder_is(s.path));
    scratch_put(&s, "config.json", CONFIG(""));
    assert_true(model_folder_is(s.path));
    ModelFolder f = read_folder(s.path);
    assert_true(f.pooling_count == 1 && f.pooling[0] == POOLING_MEAN && !f.normalize);
    assert_true(f.dims == 12 && f.max_tokens == 40 && f.labels == 0 && f.include_prompt);
    assert_string_equal(f.query_prompt, "");
    model_folder_release(&f);
    scratch_remove(&s);
}

static void pooling_is_read_in_both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        size_t count;
        Pooling pooling[3];
        bool include_prompt;
    } CASES[] = {
        {"{\"word_embedding_dimension\":12,\"pooling_mode_mean_tokens\":true,"
         "\"pooling_mode_lasttoken\":true,\"pooling_mode_cls_token\":true,"
         "\"pooling_mode_max_tokens\":false,\"include_prompt\":false}",
         3,
         {POOLING_CLS, POOLING_MEAN, POOLING_LAST},
         false},
        {"{\"word_embedding_dimension\":12,\"pooling_mode_mean_sqrt_len_tokens\":true,"
         "\"pooling_mode_max_tokens\":true}",
         2,
         {POOLING_MAX, POOLING_MEAN_SQRT},
         true},
        {"{\"word_embedding_dimension\":12,\"pooling_mode_weightedmean_tokens\":true}",
         1,
         {POOLING_WEIGHTED_MEAN},
         true},
        {"{\"word_embedding_dimension\":12,\"pooling_mode_cls_token\":false}",
         1,
         {POOLING_MEAN},
         true},
        {"{\"embedding_dimension\":12,\"pooling_mode\":\"lasttoken\"}", 1, {POOLING_LAST}, true},
        {"{\"embedding_dimension\":12,\"pooling_mode\":[\"max\",\"cls\"]}",
         2,
         {POOLING_MAX, POOLING_CLS},
         true},
        {"{\"embedding_dimension\":12,\"pooling_mode\":\"max\",\"pooling_mode_cls_token\":true}",
         1,
         {POOLING_MAX},
         true},
    };
    Scratch s = scratch_make();
    put_standard(&s);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        scratch_put(&s, "1_Pooling/config.json", CASES[i].json);
        ModelFolder f = read_folder(s.path);
        assert_int_equal(f.pooling_count, CASES[i].count);
        for (size_t k = 0; k < f.pooling_count; k++)
            assert_int_equal(f.pooling[k], CASES[i].pooling[k]);
        assert_int_equal(f.dims, 12 * f.pooling_count);
        assert_int_equal(f.include_prompt, CASES[i].include_prompt);
        model_folder_release(&f);
    }
    assert_string_equal(pooling_name(POOLING_MEAN_SQRT), "mean_sqrt_len_tokens");
    assert_string_equal(pooling_name(POOLING_LAST), "lasttoken");
    scratch_remove(&s);
}

/* Dense layers one after the other, and a transformer that is in a folder of its own. */
static void modules_follow_each_other(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    scratch_put(&s, "0_Transformer/config.json", CONFIG(""));
    scratch_put(&s, "0_Transformer/sentence_bert_config.json",
                "{\"max_seq_length\":9,\"do_lower_case\":true}");
    scratch_put(&s, "modules.json",
                "[" MODULE("0_Transformer", OLD "Transformer") "," MODULE(
                    "1_Pooling", OLD
                    "Pooling") "," MODULE("2_Dense", OLD
                                          "Dense") "," MODULE("a/b.c", OLD
                                                              "Dense") "," MODULE("3_Normalize", OLD
                                                                                  "Normalize") "]");
    scratch_put(&s, "1_Pooling/config.json", "{\"embedding_dimension\":12}");
    scratch_put(&s, "2_Dense/config.json", "{\"in_features\":12,\"out_features\":5}");
    scratch_put(&s, "a/b.c/config.json",
                "{\"in_features\":5,\"out_features\":7,\"bias\":false,"
                "\"activation_function\":\"torch.nn.modules.linear.Identity\"}");
    ModelFolder f = read_folder(s.path);
    assert_true(str_ends(f.encoder_path, "/0_Transformer"));
    assert_true(f.dense_count == 2 && f.dims == 7 && f.normalize && f.max_tokens == 9);
    assert_true(f.lower_case);
    assert_true(f.dense[0].bias && f.dense[0].activation == ACTIVATION_TANH);
    assert_true(!f.dense[1].bias && f.dense[1].activation == ACTIVATION_NONE);
    assert_string_equal(f.dense[1].folder, "a/b.c");
    model_folder_release(&f);
    scratch_remove(&s);
}

static void prompts_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *json, *query, *passage;
    } CASES[] = {
        {"{}", "", ""},
        {"{\"prompts\":{\"query\":\"q: \",\"passage\":\"p: \"}}", "q: ", "p: "},
        {"{\"prompts\":{\"query\":\"q: \",\"document\":\"d: \",\"passage\":\"p: \"}}",
         "q: ", "d: "},
        {"{\"prompts\":{\"corpus\":\"c: \"}}", "", "c: "},
        {"{\"prompts\":{\"document\":\"\",\"passage\":\"p: \"}}", "", ""},
        {"{\"prompts\":{\"all\":\"a: \"},\"default_prompt_name\":\"all\"}", "a: ", "a: "},
        {"{\"prompts\":{\"all\":\"a: \",\"query\":\"\"},\"default_prompt_name\":\"all\"}", "",
         "a: "},
        {"{\"prompts\":{\"query\":\"查询：\"},\"default_prompt_name\":null}", "查询：", ""},
        {"{\"prompts\":null}", "", ""},
        {"{\"prompts\":{\"query\":null,\"document\":null}}", "", ""},
    };
    Scratch s = scratch_make();
    put_standard(&s);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        scratch_put(&s, "config_sentence_transformers.json", CASES[i].json);
        ModelFolder f = read_folder(s.path);
        assert_string_equal(f.query_prompt, CASES[i].query);
        assert_string_equal(f.passage_prompt, CASES[i].passage);
        model_folder_release(&f);
    }
    scratch_remove(&s);
}

/* sentence_bert_config.json before the tokenizer's; never more than there are positions. */
static void lengths_are_clamped(void **state)
{
    (void)state;
    static const struct {
        const char *sentence, *tokenizer; /* NULL: no such file */
        size_t want;
    } CASES[] = {
        {"{\"max_seq_length\":16}", "{\"model_max_length\":20}", 16},
        {"{\"max_seq_length\":30}", "{\"model_max_length\":20}", 30},
        {"{\"max_seq_length\":512}", "{\"model_max_length\":20}", 40},
        {"{\"max_seq_length\":null}", "{\"model_max_length\":20}", 20},
        {"{}", "{\"model_max_length\":1000000000000000019884624838656}", 40},
        {NULL, "{\"model_max_length\":21}", 21},
        {NULL, "{}", 40},
        {"{\"max_seq_length\":11}", NULL, 11},
        {NULL, NULL, 40},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Scratch s = scratch_make();
        put_standard(&s);
        if (CASES[i].sentence) scratch_put(&s, "sentence_bert_config.json", CASES[i].sentence);
        if (CASES[i].tokenizer) scratch_put(&s, "tokenizer_config.json", CASES[i].tokenizer);
        ModelFolder f = read_folder(s.path);
        assert_int_equal(f.max_tokens, CASES[i].want);
        model_folder_release(&f);
        scratch_remove(&s);
    }
}

#define CLASSIFIER ",\"architectures\":[\"BertForSequenceClassification\"]"
#define SIGMOID "\"torch.nn.modules.activation.Sigmoid\""
#define IDENTITY "\"torch.nn.modules.linear.Identity\""

static void cross_encoders_are_known(void **state)
{
    (void)state;
    static const struct {
        const char *config, *sentence;
        size_t labels;
        bool sigmoid;
    } CASES[] = {
        {CONFIG(CLASSIFIER ",\"id2label\":{\"0\":\"LABEL_0\"}"), NULL, 1, true},
        {CONFIG(CLASSIFIER ",\"num_labels\":1"), NULL, 1, true},
        {CONFIG(CLASSIFIER ",\"num_labels\":5,\"id2label\":{\"0\":\"a\",\"1\":\"b\",\"2\":\"c\"}"),
         NULL, 3, false},
        {CONFIG(CLASSIFIER), NULL, 2, false},
        {CONFIG(CLASSIFIER ",\"num_labels\":1,\"sbert_ce_default_activation_function\":" IDENTITY),
         NULL, 1, false},
        {CONFIG(CLASSIFIER
                ",\"num_labels\":1,\"sentence_transformers\":{\"activation_fn\":" IDENTITY "}"),
         NULL, 1, false},
        {CONFIG(CLASSIFIER
                ",\"num_labels\":1,\"sentence_transformers\":{\"activation_fn\":" IDENTITY "}"),
         "{\"activation_fn\":" SIGMOID "}", 1, true},
        {CONFIG(CLASSIFIER ",\"num_labels\":1"), "{\"activation_fn\":\"my.own.Function\"}", 1,
         true},
        {CONFIG(CLASSIFIER ",\"num_labels\":2"), "{\"activation_fn\":" SIGMOID "}", 2, true},
        {CONFIG(",\"architectures\":[\"BertModel\"],\"num_labels\":1"), NULL, 0, false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Scratch s = scratch_make();
        scratch_put(&s, "config.json", CASES[i].config);
        if (CASES[i].sentence)
            scratch_put(&s, "config_sentence_transformers.json", CASES[i].sentence);
        ModelFolder f = read_folder(s.path);
        assert_int_equal(f.labels, CASES[i].labels);
        assert_int_equal(f.sigmoid, CASES[i].sigmoid);
        assert_int_equal(f.dims, CASES[i].labels ? 0 : 12);
        model_folder_release(&f);
        scratch_remove(&s);
    }
}

/* ---- refused ---- */

static void refuse(const char *file, const char *json, const char *why)
{
    Scratch s = scratch_make();
    ModelFolder f = {.dims = 4711};
    Err err = {0};
    put_standard(&s);
    scratch_put(&s, file, json);
    if (model_folder_read(s.path, &f, &err)) fail_msg("taken: %s", json);
    if (!strstr(err.message, why)) fail_msg("%s: %s", json, err.message);
    assert_true(str_starts(err.message, s.path));
    if (!strstr(err.message, strrchr(file, '/') ? strrchr(file, '/') : file))
        fail_msg("%s is not named: %s", file, err.message);
    assert_int_equal(f.dims, 4711);
    scratch_remove(&s);
}

static void unsupported_modules_are_refused(void **state)
{
    (void)state;
#define TWO(path, type) "[" MODULE("", OLD "Transformer") "," MODULE(path, type) "]"
#define THREE(path, type)                                                                          \
    "[" MODULE("", OLD "Transformer") "," MODULE("1_Pooling", OLD "Pooling") "," MODULE(path,      \
                                                                                        type) "]"
    static const char *const CASES[][2] = {
        {THREE("2_W", OLD "WeightedLayerPooling"), "\"WeightedLayerPooling\" is not supported"},
        {TWO("1_LSTM", OLD "LSTM"), "\"LSTM\" is not supported"},
        {TWO("1_C", "custom_st.Transformer"), "\"custom_st.Transformer\" needs custom code"},
        {TWO("1_C", "Pooling"), "needs custom code"},
        {TWO("1_C", ""), "needs custom code"},
        {TWO("1_C", "sentence_transformers."), "is not supported"},
        {TWO("../1_Pooling", OLD "Pooling"), "leads out of the folder"},
        {TWO("/etc", OLD "Pooling"), "leads out of the folder"},
        {TWO("a/../../b", OLD "Pooling"), "leads out of the folder"},
        {TWO("a/..", OLD "Pooling"), "leads out of the folder"},
        {TWO("./a", OLD "Pooling"), "leads out of the folder"},
        {TWO("a//b", OLD "Pooling"), "leads out of the folder"},
        {TWO("a/", OLD "Pooling"), "leads out of the folder"},
        {TWO("a\\\\..\\\\b", OLD "Pooling"), "leads out of the folder"},
        {TWO("a\\u001b[2J", OLD "Pooling"), "leads out of the folder"},
        {TWO("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
             OLD "Pooling"),
         "leads out of the folder"},
        {"[" MODULE("1_Pooling", OLD "Pooling") "]", "Pooling as module 1"},
        {TWO("2_Normalize", OLD "Normalize"), "Normalize as module 2"},
        {THREE("", OLD "Transformer"), "Transformer as module 3"},
        {THREE("1_Pooling", OLD "Pooling"), "Pooling as module 3"},
        {"[" MODULE("", OLD "Transformer") "]", "no Pooling"},
        {"[]", "list of modules"},
        {"{}", "list of modules"},
        {"[7]", "without"},
        {"[{\"path\":\"\"}]", "without"},
        {"[{\"path\":7,\"type\":\"x\"}]", "without"},
        {"", "JSON"},
        {"[", "cut off"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        refuse("modules.json", CASES[i][0], CASES[i][1]);
    Str many = {0};
    str_add(&many, "[" MODULE("", OLD "Transformer"));
    for (int i = 0; i < 20; i++) str_add(&many, "," MODULE("x", OLD "Normalize"));
    str_add(&many, "]");
    refuse("modules.json", many.data, "more than 16");
    str_release(&many);
}

static void broken_companions_are_refused(void **state)
{
    (void)state;
    static const char *const CASES[][3] = {
        {"1_Pooling/config.json", "{\"embedding_dimension\":13}", "13 dimensions"},
        {"1_Pooling/config.json", "{\"pooling_mode\":\"attention\"}", "\"attention\""},
        {"1_Pooling/config.json", "{\"pooling_mode\":[\"cls\",\"cls\"]}", "twice"},
        {"1_Pooling/config.json", "{\"pooling_mode\":[]}", "pooling_mode"},
        {"1_Pooling/config.json", "{\"pooling_mode\":[7]}", "pooling_mode"},
        {"1_Pooling/config.json", "{\"pooling_mode_first_tokens\":true}",
         "pooling_mode_first_tokens"},
        {"1_Pooling/config.json", "{\"pooling_mode_cls_token\":\"yes\"}", "true or false"},
        {"1_Pooling/config.json", "{\"include_prompt\":3}", "include_prompt"},
        {"1_Pooling/config.json", "{", "cut off"},
        {"config_sentence_transformers.json", "{\"prompts\":[]}", "prompts"},
        {"config_sentence_transformers.json", "{\"prompts\":{\"query\":7}}", "query"},
        {"config_sentence_transformers.json", "{\"default_prompt_name\":\"x\"}", "\"x\""},
        {"config_sentence_transformers.json", "[[[[", "cut off"},
        {"sentence_bert_config.json", "{\"max_seq_length\":0}", "max_seq_length"},
        {"sentence_bert_config.json", "{\"max_seq_length\":-5}", "max_seq_length"},
        {"sentence_bert_config.json", "{\"max_seq_length\":\"512\"}", "max_seq_length"},
        {"tokenizer_config.json", "{\"model_max_length\":false}", "model_max_length"},
        {"config.json", CONFIG(",\"model_type\":\"t5\"") "x", "after the end"},
        {"config.json", "{\"model_type\":\"t5\"}", "\"t5\" is not supported"},
        {"config.json", "\xfe\xff", "UTF-8"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        refuse(CASES[i][0], CASES[i][1], CASES[i][2]);
}

static void broken_dense_layers_are_refused(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"{\"in_features\":11,\"out_features\":5}", "takes 11 dimensions, but gets 12"},
        {"{\"in_features\":12}", "out_features"},
        {"{\"out_features\":12}", "in_features"},
        {"{\"in_features\":12,\"out_features\":0}", "out_features"},
        {"{\"in_features\":12,\"out_features\":1e15}", "out_features"},
        {"{\"in_features\":12,\"out_features\":5,\"activation_function\":\"os.system\"}",
         "os.system"},
        {"{\"in_features\":12,\"out_features\":5,\"use_residual\":true}", "use_residual"},
        {"{\"in_features\":12,\"out_features\":5,\"module_input_name\":\"token_embeddings\"}",
         "sentence_embedding"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Scratch s = scratch_make();
        ModelFolder f;
        Err err = {0};
        put_standard(&s);
        scratch_put(&s, "modules.json", THREE("2_Dense", OLD "Dense"));
        scratch_put(&s, "2_Dense/config.json", CASES[i][0]);
        if (model_folder_read(s.path, &f, &err)) fail_msg("taken: %s", CASES[i][0]);
        if (!strstr(err.message, CASES[i][1])) fail_msg("%s: %s", CASES[i][0], err.message);
        assert_non_null(strstr(err.message, "2_Dense/config.json"));
        scratch_remove(&s);
    }
}

static void scores_that_are_not_supported_are_refused(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {CONFIG(CLASSIFIER ",\"sbert_ce_default_activation_function\":"
                           "\"torch.nn.modules.activation.Softmax\""),
         "Softmax"},
        {CONFIG(CLASSIFIER ",\"id2label\":[\"a\"]"), "id2label"},
        {CONFIG(CLASSIFIER ",\"id2label\":{}"), "id2label"},
        {CONFIG(CLASSIFIER ",\"num_labels\":0"), "num_labels"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Scratch s = scratch_make();
        ModelFolder f;
        Err err = {0};
        scratch_put(&s, "config.json", CASES[i][0]);
        if (model_folder_read(s.path, &f, &err)) fail_msg("taken: %s", CASES[i][0]);
        if (!strstr(err.message, CASES[i][1])) fail_msg("%s: %s", CASES[i][0], err.message);
        scratch_remove(&s);
    }
}

static void what_is_no_model_is_told(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    ModelFolder f;
    Err err = {0};
    assert_false(model_folder_read(s.path, &f, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.message, "config.json"));
    assert_false(model_folder_read("/nonexistent", &f, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    scratch_put(&s, "config.json", "{\"a\":1}");
    assert_false(model_folder_is(s.path));
    assert_false(model_folder_is("/nonexistent"));
    scratch_put(&s, "modules.json", STANDARD);
    scratch_put(&s, "config.json", CONFIG(""));
    assert_false(model_folder_read(s.path, &f, &err)); /* without its pooling */
    assert_int_equal(err.kind, ERR_MISSING);
    assert_non_null(strstr(err.message, "1_Pooling/config.json"));
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_librarys_folders_are_read),
        cmocka_unit_test(plain_folders_are_mean_pooled),
        cmocka_unit_test(pooling_is_read_in_both_ways),
        cmocka_unit_test(modules_follow_each_other),
        cmocka_unit_test(prompts_are_found),
        cmocka_unit_test(lengths_are_clamped),
        cmocka_unit_test(cross_encoders_are_known),
        cmocka_unit_test(unsupported_modules_are_refused),
        cmocka_unit_test(broken_companions_are_refused),
        cmocka_unit_test(broken_dense_layers_are_refused),
        cmocka_unit_test(scores_that_are_not_supported_are_refused),
        cmocka_unit_test(what_is_no_model_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
