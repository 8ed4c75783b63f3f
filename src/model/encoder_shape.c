#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/config.h"
#include "model/encoder.h"

/* Beyond these no encoder of the family goes; with them no product of sizes overflows. */
enum { NAME_ROOM = 160 };

enum { V_MAX = 1 << 24, P_MAX = 1 << 20, D_MAX = 1 << 14, F_MAX = 1 << 18, L_MAX = 512 };

typedef struct Family {
    const char *name;
    bool offset; /* positions begin behind the padding token's */
    bool distil; /* DistilBERT's own fields and tensor names */
} Family;

static const Family FAMILIES[] = {
    {"bert", false, false},     {"roberta", true, false},    {"xlm-roberta", true, false},
    {"camembert", true, false}, {"distilbert", false, true},
};

static const struct {
    const char *name;
    Activation activation;
} ACTIVATIONS[] = {
    {"gelu", ACTIVATION_GELU},           {"gelu_python", ACTIVATION_GELU},
    {"gelu_new", ACTIVATION_GELU_TANH},  {"gelu_pytorch_tanh", ACTIVATION_GELU_TANH},
    {"gelu_fast", ACTIVATION_GELU_TANH}, {"gelu_accurate", ACTIVATION_GELU_TANH},
    {"relu", ACTIVATION_RELU},           {"silu", ACTIVATION_SILU},
    {"swish", ACTIVATION_SILU},          {"tanh", ACTIVATION_TANH},
};

static const Family *family_of(const char *name)
{
    for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES; i++) {
        if (strcmp(FAMILIES[i].name, name) == 0) return &FAMILIES[i];
    }
    return NULL;
}

/* ---- config.json ---- */

static bool parse_family(Config c, const Family **ret, Err *err)
{
    const char *type = NULL;
    if (!config_text(c, "model_type", &type, err)) return false;
    if (!type) return err_set(err, ERR_FORMAT, "%s: \"model_type\" is missing", c.name);
    *ret = family_of(type);
    if (*ret) return true;
    return err_set(err, ERR_FORMAT,
                   "%s: model_type \"%.60s\" is not supported; supported are bert, roberta, "
                   "xlm-roberta, camembert and distilbert",
                   c.name, type);
}

/* What would change the forward pass without changing a shape. */
static bool refuse_variants(Config c, Err *err)
{
    static const char *const FLAGS[] = {"is_decoder", "add_cross_attention"};
    const char *positions = "absolute";
    if (config_get(c, "auto_map"))
        return err_set(err, ERR_FORMAT,
                       "%s: the model needs custom code (\"auto_map\"), which is not supported",
                       c.name);
    if (config_get(c, "quantization_config"))
        return err_set(err, ERR_FORMAT, "%s: quantised weights are not supported", c.name);
    if (cJSON_GetArraySize(config_get(c, "pruned_heads")) > 0)
        return err_set(err, ERR_FORMAT, "%s: \"pruned_heads\" is not supported", c.name);
    for (size_t i = 0; i < 2; i++) {
        bool on = false;
        if (!config_flag(c, FLAGS[i], &on, err)) return false;
        if (on)
            return err_set(err, ERR_FORMAT, "%s: \"%s\" is not supported: a decoder is no encoder",
                           c.name, FLAGS[i]);
    }
    if (!config_text(c, "position_embedding_type", &positions, err)) return false;
    return strcmp(positions, "absolute") == 0 ||
           err_set(err, ERR_FORMAT,
                   "%s: position_embedding_type \"%.60s\" is not supported, only \"absolute\"",
                   c.name, positions);
}

static bool parse_activation(Config c, const char *key, Activation *ret, Err *err)
{
    const char *name = "gelu";
    if (!config_text(c, key, &name, err)) return false;
    for (size_t i = 0; i < sizeof ACTIVATIONS / sizeof *ACTIVATIONS; i++) {
        if (strcmp(ACTIVATIONS[i].name, name) != 0) continue;
        *ret = ACTIVATIONS[i].activation;
        return true;
    }
    return err_set(err, ERR_FORMAT,
                   "%s: %s \"%.60s\" is not supported; supported are gelu, gelu_new, "
                   "gelu_pytorch_tanh, relu, silu and tanh",
                   c.name, key, name);
}

/* A size under its first name, or under the second (NULL: none); it must be there. */
static bool parse_size(Config c, const char *key, const char *other, size_t most, size_t *ret,
                       Err *err)
{
    size_t v = 0;
    if (!config_size(c, key, 1, most, &v, err)) return false;
    if (!v && other && !config_size(c, other, 1, most, &v, err)) return false;
    if (!v) return err_set(err, ERR_FORMAT, "%s: \"%s\" is missing", c.name, key);
    *ret = v;
    return true;
}

static bool parse_rate(Config c, const char *key, float *ret, Err *err)
{
    double v = 0.1;
    if (!config_real(c, key, 0, 1, &v, err)) return false;
    if (v == 1) return err_set(err, ERR_FORMAT, "%s: \"%s\" must be below 1", c.name, key);
    *ret = (float)v;
    return true;
}

static bool parse_sizes(Config c, bool distil, EncoderShape *s, Err *err)
{
    const char *D = "hidden_size", *H = "num_attention_heads", *L = "num_hidden_layers";
    return parse_size(c, "vocab_size", NULL, V_MAX, &s->V, err) &&
           parse_size(c, "max_position_embeddings", NULL, P_MAX, &s->P, err) &&
           parse_size(c, distil ? "dim" : D, distil ? D : NULL, D_MAX, &s->D, err) &&
           parse_size(c, distil ? "n_heads" : H, distil ? H : NULL, D_MAX, &s->H, err) &&
           parse_size(c, distil ? "hidden_dim" : "intermediate_size", NULL, F_MAX, &s->F, err) &&
           parse_size(c, distil ? "n_layers" : L, distil ? L : NULL, L_MAX, &s->L, err) &&
           (s->D % s->H == 0 ||
            err_set(err, ERR_FORMAT, "%s: %s %zu is not a multiple of %zu attention heads", c.name,
                    distil ? "dim" : D, s->D, s->H));
}

static bool parse_rest(Config c, const Family *f, EncoderShape *s, Err *err)
{
    double eps = 1e-12;
    size_t padding = 1;
    s->types = f->distil ? 0 : 2;
    bool ok = parse_activation(c, f->distil ? "activation" : "hidden_act", &s->activation, err) &&
              parse_rate(c, f->distil ? "dropout" : "hidden_dropout_prob", &s->dropout, err) &&
              parse_rate(c, f->distil ? "attention_dropout" : "attention_probs_dropout_prob",
                         &s->attention_dropout, err);
    if (ok && !f->distil)
        ok = config_size(c, "type_vocab_size", 0, 1024, &s->types, err) &&
             config_real(c, "layer_norm_eps", 0, 1, &eps, err);
    if (ok && f->offset) {
        ok = config_size(c, "pad_token_id", 0, s->V - 1, &padding, err);
        s->first_position = padding + 1;
    }
    s->eps = (float)eps;
    if (!ok) return false;
    return s->P > s->first_position ||
           err_set(err, ERR_FORMAT, "%s: max_position_embeddings %zu leaves no room for a token",
                   c.name, s->P);
}

bool encoder_shape_parse(const char *json, const char *name, EncoderShape *ret, Err *err)
{
    cJSON *root = config_parse(json, strlen(json), name, err);
    if (!root) return false;
    Config c = {root, name};
    EncoderShape s = {0};
    const Family *family = NULL;
    bool ok = parse_family(c, &family, err) && refuse_variants(c, err) &&
              parse_sizes(c, family->distil, &s, err) && parse_rest(c, family, &s, err);
    if (ok) {
        strcpy(s.family, family->name);
        *ret = s;
    }
    cJSON_Delete(root);
    return ok;
}

size_t encoder_longest(const EncoderShape *s)
{
    return s->P - s->first_position;
}

/* ---- the table ---- */

typedef struct Table {
    EncoderTensor *rows; /* NULL: count only */
    size_t count, floats;
} Table;

static void add(Table *t, int layer, size_t rows, size_t columns, bool decayed, const char *name)
{
    if (t->rows) {
        EncoderTensor *row = &t->rows[t->count];
        *row = (EncoderTensor){
            .rows = rows, .columns = columns, .at = t->floats, .layer = layer, .decayed = decayed};
        if (layer < 0)
            snprintf(row->name, sizeof row->name, "embeddings.%s", name);
        else
            snprintf(row->name, sizeof row->name, "encoder.layer.%d.%s", layer, name);
    }
    t->count++;
    t->floats += rows * (columns ? columns : 1);
}

static void add_norm(Table *t, int layer, size_t D, const char *weight, const char *bias)
{
    add(t, layer, D, 0, false, weight);
    add(t, layer, D, 0, false, bias);
}

static void add_layer(Table *t, const EncoderShape *s, int layer)
{
    size_t D = s->D, F = s->F;
    add(t, layer, D, D, true, "attention.self.query.weight");
    add(t, layer, D, D, true, "attention.self.key.weight");
    add(t, layer, D, D, true, "attention.self.value.weight");
    add(t, layer, D, 0, false, "attention.self.query.bias");
    add(t, layer, D, 0, false, "attention.self.key.bias");
    add(t, layer, D, 0, false, "attention.self.value.bias");
    add(t, layer, D, D, true, "attention.output.dense.weight");
    add(t, layer, D, 0, false, "attention.output.dense.bias");
    add_norm(t, layer, D, "attention.output.LayerNorm.weight", "attention.output.LayerNorm.bias");
    add(t, layer, F, D, true, "intermediate.dense.weight");
    add(t, layer, F, 0, false, "intermediate.dense.bias");
    add(t, layer, D, F, true, "output.dense.weight");
    add(t, layer, D, 0, false, "output.dense.bias");
    add_norm(t, layer, D, "output.LayerNorm.weight", "output.LayerNorm.bias");
}

static Table fill(const EncoderShape *s, EncoderTensor *rows)
{
    Table t = {.rows = rows};
    add(&t, -1, s->V, s->D, true, "word_embeddings.weight");
    add(&t, -1, s->P, s->D, true, "position_embeddings.weight");
    if (s->types) add(&t, -1, s->types, s->D, true, "token_type_embeddings.weight");
    add_norm(&t, -1, s->D, "LayerNorm.weight", "LayerNorm.bias");
    for (size_t l = 0; l < s->L; l++) add_layer(&t, s, (int)l);
    return t;
}

size_t encoder_tensors(const EncoderShape *s, EncoderTensor **ret)
{
    size_t count = fill(s, NULL).count;
    *ret = mem_zero(count, sizeof **ret);
    fill(s, *ret);
    return count;
}

size_t encoder_parameters(const EncoderShape *s)
{
    return fill(s, NULL).floats;
}

/* ---- names in files ---- */

/* DistilBERT's name of a tensor of a layer; the part before .weight or .bias. */
static const struct {
    const char *bert, *distil;
} DISTIL[] = {
    {"attention.self.query", "attention.q_lin"},
    {"attention.self.key", "attention.k_lin"},
    {"attention.self.value", "attention.v_lin"},
    {"attention.output.dense", "attention.out_lin"},
    {"attention.output.LayerNorm", "sa_layer_norm"},
    {"intermediate.dense", "ffn.lin1"},
    {"output.dense", "ffn.lin2"},
    {"output.LayerNorm", "output_layer_norm"},
};

/* The name without prefix as the family writes it. */
static void own_name(const EncoderShape *s, const char *name, char out[NAME_ROOM])
{
    int layer, used = 0;
    const Family *f = family_of(s->family);
    snprintf(out, NAME_ROOM, "%s", name);
    if (!f || !f->distil || sscanf(name, "encoder.layer.%d.%n", &layer, &used) != 1 || !used)
        return;
    for (size_t i = 0; i < sizeof DISTIL / sizeof *DISTIL; i++) {
        size_t size = strlen(DISTIL[i].bert);
        if (strncmp(name + used, DISTIL[i].bert, size) == 0 && name[used + size] == '.')
            snprintf(out, NAME_ROOM, "transformer.layer.%d.%s%s", layer, DISTIL[i].distil,
                     name + used + size);
    }
}

/* The names that came with the checkpoints converted from TensorFlow. */
static bool legacy_name(const char *name, char out[NAME_ROOM])
{
    static const struct {
        const char *now, *then;
    } NORM[] = {{"LayerNorm.weight", "gamma"}, {"LayerNorm.bias", "beta"}};
    for (size_t i = 0; i < 2; i++) {
        if (!str_ends(name, NORM[i].now)) continue;
        int stem = (int)(strrchr(name, '.') + 1 - name);
        snprintf(out, NAME_ROOM, "%.*s%s", stem, name, NORM[i].then);
        return true;
    }
    return false;
}

static bool find_prefixed(const Weights *w, const char *prefix, const char *name, TensorView *ret)
{
    char full[NAME_ROOM + 16];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    return weights_find(w, full, ret);
}

bool encoder_find(const Weights *w, const EncoderShape *s, const char *name, TensorView *ret)
{
    static const char *const PREFIXES[] = {"",           "bert.",      "roberta.", "xlm-roberta.",
                                           "camembert.", "distilbert."};
    char own[NAME_ROOM], legacy[NAME_ROOM];
    own_name(s, name, own);
    bool has_legacy = legacy_name(own, legacy);
    for (size_t p = 0; p < sizeof PREFIXES / sizeof *PREFIXES; p++) {
        if (find_prefixed(w, PREFIXES[p], own, ret)) return true;
        if (has_legacy && find_prefixed(w, PREFIXES[p], legacy, ret)) return true;
    }
    return false;
}
