/* config.json of encoders, the table of their tensors, and the names that files give them. */
#include "golden/golden.h"
#include "model/scratch.h"

#include <math.h>

#include "model/encoder.h"

#define SIZES                                                                                      \
    "\"vocab_size\":100,\"max_position_embeddings\":40,\"hidden_size\":12,"                        \
    "\"num_attention_heads\":3,\"intermediate_size\":20,\"num_hidden_layers\":2"
#define BERT "\"model_type\":\"bert\"," SIZES
#define DISTIL                                                                                     \
    "\"model_type\":\"distilbert\",\"vocab_size\":100,\"max_position_embeddings\":40,\"dim\":12,"  \
    "\"n_heads\":3,\"hidden_dim\":20,\"n_layers\":2"

static EncoderShape parse(const char *json)
{
    EncoderShape s = {0};
    Err err = {0};
    if (!encoder_shape_parse(json, "config.json", &s, &err)) fail_msg("%s", err.message);
    return s;
}

static void bert_is_read(void **state)
{
    (void)state;
    EncoderShape s = parse("{" BERT ",\"layer_norm_eps\":1e-5,\"hidden_act\":\"relu\","
                           "\"hidden_dropout_prob\":0.2,\"attention_probs_dropout_prob\":0,"
                           "\"type_vocab_size\":3,\"pad_token_id\":7,\"is_decoder\":false,"
                           "\"position_embedding_type\":\"absolute\",\"pruned_heads\":{}}");
    assert_string_equal(s.family, "bert");
    assert_true(s.V == 100 && s.P == 40 && s.types == 3 && s.D == 12 && s.H == 3 && s.F == 20);
    assert_true(s.L == 2 && s.first_position == 0 && s.eps == 1e-5f);
    assert_true(s.activation == ACTIVATION_RELU && s.dropout == 0.2f && s.attention_dropout == 0);
    assert_int_equal(encoder_longest(&s), 40);
}

/* What a file leaves out is what transformers takes. */
static void defaults_are_those_of_transformers(void **state)
{
    (void)state;
    EncoderShape s = parse("{" BERT ",\"hidden_act\":null}");
    assert_true(s.types == 2 && s.eps == 1e-12f && s.activation == ACTIVATION_GELU);
    assert_true(s.dropout == 0.1f && s.attention_dropout == 0.1f);
    s = parse("{" DISTIL "}");
    assert_true(s.types == 0 && s.D == 12 && s.H == 3 && s.F == 20 && s.L == 2);
    assert_true(s.first_position == 0 && s.eps == 1e-12f);
    s = parse("{\"model_type\":\"xlm-roberta\"," SIZES "}");
    assert_true(s.first_position == 2 && encoder_longest(&s) == 38);
    s = parse("{\"model_type\":\"camembert\",\"pad_token_id\":0," SIZES "}");
    assert_int_equal(s.first_position, 1);
}

static void activations_have_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        Activation activation;
    } CASES[] = {{"gelu", ACTIVATION_GELU},
                 {"gelu_new", ACTIVATION_GELU_TANH},
                 {"gelu_pytorch_tanh", ACTIVATION_GELU_TANH},
                 {"relu", ACTIVATION_RELU},
                 {"silu", ACTIVATION_SILU},
                 {"tanh", ACTIVATION_TANH}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char json[512];
        snprintf(json, sizeof json, "{" BERT ",\"hidden_act\":\"%s\"}", CASES[i].name);
        assert_int_equal(parse(json).activation, CASES[i].activation);
        snprintf(json, sizeof json, "{" DISTIL ",\"activation\":\"%s\"}", CASES[i].name);
        assert_int_equal(parse(json).activation, CASES[i].activation);
    }
}

static void unsupported_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *json, *why;
    } CASES[] = {
        {"{\"model_type\":\"modernbert\"," SIZES "}",
         "\"modernbert\" is not supported; supported are bert"},
        {"{\"model_type\":\"\\u001b[2J\"," SIZES "}", "is not supported"},
        {"{\"model_type\":7," SIZES "}", "model_type"},
        {"{" SIZES "}", "\"model_type\" is missing"},
        {"{" BERT ",\"position_embedding_type\":\"relative_key\"}", "\"relative_key\""},
        {"{" BERT ",\"hidden_act\":\"mish\"}", "hidden_act \"mish\""},
        {"{" DISTIL ",\"activation\":\"mish\"}", "activation \"mish\""},
        {"{" BERT ",\"is_decoder\":true}", "is_decoder"},
        {"{" BERT ",\"add_cross_attention\":true}", "add_cross_attention"},
        {"{" BERT ",\"auto_map\":{\"AutoModel\":\"x--modeling.X\"}}", "custom code"},
        {"{" BERT ",\"quantization_config\":{\"bits\":4}}", "quantised"},
        {"{" BERT ",\"pruned_heads\":{\"0\":[1]}}", "pruned_heads"},
        {"{" BERT ",\"is_decoder\":\"no\"}", "true or false"},
        {"{" BERT ",\"hidden_dropout_prob\":1}", "below 1"},
        {"{" BERT ",\"hidden_dropout_prob\":-0.1}", "hidden_dropout_prob"},
        {"{" BERT ",\"layer_norm_eps\":\"1e-12\"}", "layer_norm_eps"},
        {"{" BERT ",\"type_vocab_size\":-2}", "type_vocab_size"},
        {"{\"model_type\":\"roberta\",\"pad_token_id\":-1," SIZES "}", "pad_token_id"},
        {"{\"model_type\":\"roberta\",\"pad_token_id\":60," SIZES "}", "no room for a token"},
        {"{\"model_type\":\"bert\"}", "\"vocab_size\" is missing"},
        {"[]", "model_type"},
        {"", "JSON"},
        {"{" BERT, "cut off"},
        {"{" BERT ",}", "not valid"},
        {"{" BERT "} x", "after the end"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        EncoderShape s = {.V = 4711};
        Err err = {0};
        if (encoder_shape_parse(CASES[i].json, "folder/config.json", &s, &err))
            fail_msg("taken: %s", CASES[i].json);
        if (!strstr(err.message, CASES[i].why)) fail_msg("%s: %s", CASES[i].json, err.message);
        assert_true(str_starts(err.message, "folder/config.json: "));
        assert_int_equal(s.V, 4711);
    }
}

/* Each size alone: none, too large for any product of them, no number. */
static void absurd_sizes_are_refused(void **state)
{
    (void)state;
    static const char *const KEYS[] = {"vocab_size",        "max_position_embeddings",
                                       "hidden_size",       "num_attention_heads",
                                       "intermediate_size", "num_hidden_layers"};
    static const char *const VALUES[] = {"0",    "-1",    "1e18",  "18446744073709551616", "2.5",
                                         "null", "\"7\"", "1e999", "4294967297",           "[3]"};
    for (size_t k = 0; k < 6; k++) {
        for (size_t v = 0; v < sizeof VALUES / sizeof *VALUES; v++) {
            Str json = {0};
            EncoderShape s;
            Err err = {0};
            str_add(&json, "{\"model_type\":\"bert\"");
            for (size_t i = 0; i < 6; i++)
                str_addf(&json, ",\"%s\":%s", KEYS[i], i == k ? VALUES[v] : "12");
            str_add(&json, "}");
            if (encoder_shape_parse(json.data, "config.json", &s, &err))
                fail_msg("taken: %s", json.data);
            if (!strstr(err.message, KEYS[k])) fail_msg("%s: %s", json.data, err.message);
            str_release(&json);
        }
    }
    EncoderShape s;
    Err err = {0};
    assert_false(encoder_shape_parse("{\"model_type\":\"bert\",\"vocab_size\":9,"
                                     "\"max_position_embeddings\":9,\"hidden_size\":10,"
                                     "\"num_attention_heads\":3,\"intermediate_size\":9,"
                                     "\"num_hidden_layers\":1}",
                                     "config.json", &s, &err));
    assert_non_null(strstr(err.message, "not a multiple of 3"));
}

/* One tensor after the other from 0 to the end; layers in order; only biases and norms undecayed.
 */
static void table_is_one_block(void **state)
{
    (void)state;
    static const char *const JSON[] = {"{" BERT "}", "{" BERT ",\"type_vocab_size\":0}",
                                       "{\"model_type\":\"roberta\"," SIZES "}", "{" DISTIL "}"};
    static const size_t EMBEDDINGS[] = {5, 4, 5, 4};
    for (size_t i = 0; i < sizeof JSON / sizeof *JSON; i++) {
        EncoderShape s = parse(JSON[i]);
        EncoderTensor *t;
        size_t count = encoder_tensors(&s, &t), at = 0;
        int layer = -1;
        assert_int_equal(count, EMBEDDINGS[i] + 16 * s.L);
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(t[k].at, at);
            at += t[k].rows * (t[k].columns ? t[k].columns : 1);
            assert_true(t[k].layer == layer || t[k].layer == layer + 1);
            layer = t[k].layer;
            assert_int_equal(t[k].decayed, t[k].columns > 0);
            for (size_t other = 0; other < k; other++)
                assert_string_not_equal(t[k].name, t[other].name);
        }
        assert_int_equal(layer, (int)s.L - 1);
        assert_int_equal(encoder_parameters(&s), at);
        /* query, key and value are one matrix and one vector */
        const EncoderTensor *q = &t[EMBEDDINGS[i]];
        assert_string_equal(q->name, "encoder.layer.0.attention.self.query.weight");
        assert_int_equal(q[1].at, q->at + s.D * s.D);
        assert_int_equal(q[2].at, q->at + 2 * s.D * s.D);
        assert_int_equal(q[3].at, q->at + 3 * s.D * s.D);
        assert_string_equal(q[4].name, "encoder.layer.0.attention.self.key.bias");
        free(t);
    }
}

/* Largest shape that is taken: nothing overflows. */
static void largest_shape_has_a_size(void **state)
{
    (void)state;
    EncoderShape s = parse("{\"model_type\":\"bert\",\"vocab_size\":16777216,"
                           "\"max_position_embeddings\":1048576,\"hidden_size\":16384,"
                           "\"num_attention_heads\":1,\"intermediate_size\":262144,"
                           "\"num_hidden_layers\":512}");
    double D = 16384, V = 16777216, P = 1048576, F = 262144, L = 512;
    double want = (V + P + 2 + 2) * D + L * (4 * D * D + 9 * D + 2 * D * F + F);
    assert_true(fabs((double)encoder_parameters(&s) / want - 1) < 1e-9);
}

/* Every tensor of the table is in every folder of the real libraries, under whatever name. */
static void files_names_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *file_name; /* what the file calls the first layer's output norm */
    } CASES[] = {
        {"bert", "encoder.layer.0.output.LayerNorm.weight"},
        {"bert_legacy", "bert.encoder.layer.0.output.LayerNorm.gamma"},
        {"xlmr", "encoder.layer.0.output.LayerNorm.weight"},
        {"xlmr_bin", "encoder.layer.0.output.LayerNorm.weight"},
        {"roberta", "encoder.layer.0.output.LayerNorm.weight"},
        {"distilbert", "transformer.layer.0.output_layer_norm.weight"},
        {"cross_bert", "bert.encoder.layer.0.output.LayerNorm.weight"},
        {"cross_xlmr", "roberta.encoder.layer.0.output.LayerNorm.weight"},
        {"cross_distilbert", "distilbert.transformer.layer.0.output_layer_norm.weight"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char folder[1024], path[1100];
        Str json = {0};
        Err err = {0};
        Weights *w;
        snprintf(folder, sizeof folder, "%s/encoders/%s", GOLDEN_DIR, CASES[i].folder);
        snprintf(path, sizeof path, "%s/config.json", folder);
        if (!file_read(path, 1 << 20, &json, &err)) fail_msg("%s", err.message);
        EncoderShape s = parse(str_get(&json));
        if (!weights_open(folder, &w, &err)) fail_msg("%s", err.message);
        EncoderTensor *t;
        size_t count = encoder_tensors(&s, &t);
        for (size_t k = 0; k < count; k++) {
            TensorView v;
            if (!encoder_find(w, &s, t[k].name, &v)) fail_msg("%s: no %s", folder, t[k].name);
            assert_int_equal(v.dims, t[k].columns ? 2 : 1);
            assert_int_equal(v.shape[0], t[k].rows);
            if (t[k].columns) assert_int_equal(v.shape[1], t[k].columns);
        }
        TensorView norm, none;
        assert_true(encoder_find(w, &s, "encoder.layer.0.output.LayerNorm.weight", &norm));
        assert_string_equal(norm.name, CASES[i].file_name);
        assert_false(encoder_find(w, &s, "encoder.layer.9.output.LayerNorm.weight", &none));
        assert_false(encoder_find(w, &s, "", &none));
        assert_int_equal(encoder_find(w, &s, "classifier.bias", &none) ||
                             encoder_find(w, &s, "classifier.out_proj.bias", &none),
                         str_starts(CASES[i].folder, "cross_"));
        free(t);
        weights_close(w);
        str_release(&json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bert_is_read),
        cmocka_unit_test(defaults_are_those_of_transformers),
        cmocka_unit_test(activations_have_their_names),
        cmocka_unit_test(unsupported_is_refused_by_name),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(table_is_one_block),
        cmocka_unit_test(largest_shape_has_a_size),
        cmocka_unit_test(files_names_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
