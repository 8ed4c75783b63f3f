#include "model/model_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/utf8.h"
#include "model/config.h"

#define MODULES_MAX 16

typedef enum ModuleKind {
    MODULE_TRANSFORMER,
    MODULE_POOLING,
    MODULE_DENSE,
    MODULE_NORMALIZE
} ModuleKind;

static const char *const MODULE_NAMES[] = {
    [MODULE_TRANSFORMER] = "Transformer",
    [MODULE_POOLING] = "Pooling",
    [MODULE_DENSE] = "Dense",
    [MODULE_NORMALIZE] = "Normalize",
};

typedef struct Module {
    ModuleKind kind;
    const char *path; /* borrowed of the JSON */
} Module;

typedef struct Modules {
    size_t count;
    Module items[MODULES_MAX];
} Modules;

/* flag: how sentence-transformers before 6 says it; the order is that of its vectors. */
static const struct {
    const char *name, *flag;
    Pooling pooling;
} POOLING_TABLE[] = {
    {"cls", "pooling_mode_cls_token", POOLING_CLS},
    {"max", "pooling_mode_max_tokens", POOLING_MAX},
    {"mean", "pooling_mode_mean_tokens", POOLING_MEAN},
    {"mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens", POOLING_MEAN_SQRT},
    {"weightedmean", "pooling_mode_weightedmean_tokens", POOLING_WEIGHTED_MEAN},
    {"lasttoken", "pooling_mode_lasttoken", POOLING_LAST},
};

enum { POOLING_ROWS = sizeof POOLING_TABLE / sizeof *POOLING_TABLE };

const char *pooling_name(Pooling p)
{
    for (size_t i = 0; i < POOLING_ROWS; i++) {
        if (POOLING_TABLE[i].pooling == p) return POOLING_TABLE[i].name;
    }
    return "";
}

/* ---- modules.json ---- */

/* "", or names of folders below this one. */
static bool is_inside(const char *path)
{
    size_t size = strlen(path);
    if (size >= sizeof((DenseInfo *)NULL)->folder || strchr(path, '\\')) return false;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_next(path + at, size - at, &code);
        if (utf8_is_active(code)) return false;
    }
    for (const char *part = path; size && part; part = strchr(part, '/')) {
        part += *part == '/' && part != path;
        size_t length = strcspn(part, "/");
        if (length == 0 || (length <= 2 && strspn(part, ".") >= length)) return false;
    }
    return true;
}

static bool module_kind(const char *type, const char *file, ModuleKind *ret, Err *err)
{
    if (!str_starts(type, "sentence_transformers."))
        return err_set(err, ERR_FORMAT,
                       "%s: module type \"%.100s\" needs custom code, which is not supported", file,
                       type);
    const char *name = strrchr(type, '.') + 1;
    for (size_t k = 0; k < sizeof MODULE_NAMES / sizeof *MODULE_NAMES; k++) {
        if (strcmp(MODULE_NAMES[k], name) != 0) continue;
        *ret = (ModuleKind)k;
        return true;
    }
    return err_set(err, ERR_FORMAT,
                   "%s: module type \"%.100s\" is not supported; supported are Transformer, "
                   "Pooling, Dense and Normalize",
                   file, name);
}

static bool read_module(Config c, Module *ret, Err *err)
{
    const char *type = NULL, *path = NULL;
    if (!cJSON_IsObject(c.json) || !config_text(c, "type", &type, err) ||
        !config_text(c, "path", &path, err) || !type || !path)
        return err_set(err, ERR_FORMAT, "%s: a module without \"type\" and \"path\"", c.name);
    if (!is_inside(path))
        return err_set(err, ERR_FORMAT, "%s: module path \"%.100s\" leads out of the folder",
                       c.name, path);
    ret->path = path;
    return module_kind(type, c.name, &ret->kind, err);
}

/* Transformer, then Pooling, dense layers and last Normalize; a cross-encoder has the first only.
 */
static bool check_order(const Modules *m, const char *file, Err *err)
{
    for (size_t i = 0; i < m->count; i++) {
        ModuleKind kind = m->items[i].kind, before = i ? m->items[i - 1].kind : kind;
        bool ok = i == 0   ? kind == MODULE_TRANSFORMER
                  : i == 1 ? kind == MODULE_POOLING
                           : kind > MODULE_POOLING && before != MODULE_NORMALIZE;
        if (!ok)
            return err_set(err, ERR_FORMAT,
                           "%s: %s as module %zu is not supported; the order is Transformer, "
                           "Pooling, Dense, Normalize",
                           file, MODULE_NAMES[kind], i + 1);
    }
    return true;
}

static bool read_modules(const cJSON *json, Modules *ret, Err *err)
{
    static const char *const FILE_NAME = "modules.json";
    const cJSON *item;
    if (!cJSON_IsArray(json) || cJSON_GetArraySize(json) == 0)
        return err_set(err, ERR_FORMAT, "%s: a list of modules is expected", FILE_NAME);
    cJSON_ArrayForEach(item, json)
    {
        if (ret->count == MODULES_MAX)
            return err_set(err, ERR_LIMIT, "%s: more than %d modules", FILE_NAME, MODULES_MAX);
        if (!read_module((Config){item, FILE_NAME}, &ret->items[ret->count++], err)) return false;
    }
    return check_order(ret, FILE_NAME, err);
}

/* ---- pooling and dense layers ---- */

static bool add_pooling(ModelFolder *f, const char *name, Config c, Err *err)
{
    for (size_t i = 0; i < POOLING_ROWS; i++) {
        if (strcmp(POOLING_TABLE[i].name, name) != 0) continue;
        for (size_t k = 0; k < f->pooling_count; k++) {
            if (f->pooling[k] == POOLING_TABLE[i].pooling)
                return err_set(err, ERR_FORMAT, "%s: pooling \"%s\" stands there twice", c.name,
                               name);
        }
        f->pooling[f->pooling_count++] = POOLING_TABLE[i].pooling;
        return true;
    }
    return err_set(err, ERR_FORMAT,
                   "%s: pooling \"%.60s\" is not supported; supported are cls, mean, max, "
                   "mean_sqrt_len_tokens, weightedmean and lasttoken",
                   c.name, name);
}

static bool read_flags(ModelFolder *f, Config c, Err *err)
{
    for (size_t i = 0; i < POOLING_ROWS; i++) {
        bool on = false;
        if (!config_flag(c, POOLING_TABLE[i].flag, &on, err)) return false;
        if (on && !add_pooling(f, POOLING_TABLE[i].name, c, err)) return false;
    }
    const cJSON *field;
    cJSON_ArrayForEach(field, c.json)
    {
        if (!str_starts(field->string, "pooling_mode_") || !cJSON_IsTrue(field)) continue;
        size_t row = 0;
        while (row < POOLING_ROWS && strcmp(POOLING_TABLE[row].flag, field->string) != 0) row++;
        if (row == POOLING_ROWS)
            return err_set(err, ERR_FORMAT, "%s: \"%.60s\" is not supported", c.name,
                           field->string);
    }
    return f->pooling_count > 0 || add_pooling(f, "mean", c, err);
}

static bool read_modes(ModelFolder *f, Config c, Err *err)
{
    const cJSON *mode = config_get(c, "pooling_mode"), *one;
    if (!mode) return read_flags(f, c, err);
    if (cJSON_IsString(mode)) return add_pooling(f, mode->valuestring, c, err);
    if (!cJSON_IsArray(mode) || !mode->child)
        return err_set(err, ERR_FORMAT, "%s: \"pooling_mode\" must be a text or a list of texts",
                       c.name);
    cJSON_ArrayForEach(one, mode)
    {
        if (!cJSON_IsString(one))
            return err_set(err, ERR_FORMAT,
                           "%s: \"pooling_mode\" must be a text or a list of texts", c.name);
        if (!add_pooling(f, one->valuestring, c, err)) return false;
    }
    return true;
}

static bool read_pooling(ModelFolder *f, Config c, Err *err)
{
    size_t dims = f->shape.D;
    if (!config_size(c, "word_embedding_dimension", 1, SIZE_MAX, &dims, err) ||
        !config_size(c, "embedding_dimension", 1, SIZE_MAX, &dims, err) ||
        !config_flag(c, "include_prompt", &f->include_prompt, err) || !read_modes(f, c, err))
        return false;
    if (dims != f->shape.D)
        return err_set(err, ERR_FORMAT, "%s: pools vectors of %zu dimensions, the encoder has %zu",
                       c.name, dims, f->shape.D);
    f->dims = f->shape.D * f->pooling_count;
    return true;
}

static bool read_dense_activation(Config c, Activation *ret, Err *err)
{
    const char *name = "torch.nn.modules.activation.Tanh";
    if (!config_text(c, "activation_function", &name, err)) return false;
    bool tanh = strcmp(name, "torch.nn.modules.activation.Tanh") == 0;
    if (!tanh && strcmp(name, "torch.nn.modules.linear.Identity") != 0)
        return err_set(err, ERR_FORMAT,
                       "%s: activation_function \"%.100s\" is not supported, only Tanh and "
                       "Identity of torch.nn",
                       c.name, name);
    *ret = tanh ? ACTIVATION_TANH : ACTIVATION_NONE;
    return true;
}

static bool check_dense(Config c, const DenseInfo *d, size_t dims, Err *err)
{
    const char *from = "sentence_embedding", *to = "sentence_embedding";
    bool residual = false;
    if (!config_text(c, "module_input_name", &from, err) ||
        !config_text(c, "module_output_name", &to, err) ||
        !config_flag(c, "use_residual", &residual, err))
        return false;
    if (residual) return err_set(err, ERR_FORMAT, "%s: \"use_residual\" is not supported", c.name);
    if (strcmp(from, "sentence_embedding") != 0 || strcmp(to, "sentence_embedding") != 0)
        return err_set(err, ERR_FORMAT, "%s: only layers over \"sentence_embedding\" are supported",
                       c.name);
    if (!d->in || !d->out)
        return err_set(err, ERR_FORMAT, "%s: \"%s\" is missing", c.name,
                       d->in ? "out_features" : "in_features");
    return d->in == dims ||
           err_set(err, ERR_FORMAT, "%s: takes %zu dimensions, but gets %zu", c.name, d->in, dims);
}

static bool read_dense(ModelFolder *f, Config c, const char *folder, Err *err)
{
    if (f->dense_count == DENSE_MAX)
        return err_set(err, ERR_LIMIT, "%s: more than %d dense layers", c.name, DENSE_MAX);
    if (!*folder) return err_set(err, ERR_FORMAT, "%s: a dense layer without a folder", c.name);
    DenseInfo d = {.bias = true};
    snprintf(d.folder, sizeof d.folder, "%s", folder);
    if (!config_size(c, "in_features", 1, 1 << 20, &d.in, err) ||
        !config_size(c, "out_features", 1, 1 << 20, &d.out, err) ||
        !config_flag(c, "bias", &d.bias, err) || !read_dense_activation(c, &d.activation, err) ||
        !check_dense(c, &d, f->dims, err))
        return false;
    f->dense[f->dense_count++] = d;
    f->dims = d.out;
    return true;
}

/* A module's own config.json; Normalize has none that says anything. */
static bool read_parts(ModelFolder *f, const Modules *modules, Err *err)
{
    for (size_t i = 1; i < modules->count; i++) {
        const Module *m = &modules->items[i];
        if (m->kind == MODULE_NORMALIZE) {
            f->normalize = true;
            continue;
        }
        char *file = str_format("%s%sconfig.json", m->path, *m->path ? "/" : "");
        cJSON *json = config_read(f->path, file, NULL, err);
        Config c = {json, file};
        bool ok = json && (m->kind == MODULE_POOLING ? read_pooling(f, c, err)
                                                     : read_dense(f, c, m->path, err));
        cJSON_Delete(json);
        free(file);
        if (!ok) return false;
    }
    return true;
}

/* ---- how long, how, what for ---- */

/* A length, of whatever size: a tokenizer without one says 10³⁰. */
static bool read_length(Config c, const char *key, size_t *ret, Err *err)
{
    double length = (double)*ret;
    if (!config_real(c, key, 1, 1e300, &length, err)) return false;
    if (length < (double)*ret) *ret = (size_t)length;
    return true;
}

static bool read_max_tokens(ModelFolder *f, Err *err)
{
    static const char *const FAMILIES[] = {"bert",      "roberta",     "distilbert",
                                           "camembert", "xlm-roberta", NULL};
    cJSON *json = NULL;
    bool missing = true, found = false, ok = true;
    char name[64] = "";
    f->max_tokens = encoder_longest(&f->shape);
    for (size_t i = 0; missing && FAMILIES[i]; i++) {
        snprintf(name, sizeof name, "sentence_%s_config.json", FAMILIES[i]);
        json = config_read(f->encoder_path, name, &missing, err);
    }
    if (!missing) {
        Config c = {json, name};
        ok = json && config_flag(c, "do_lower_case", &f->lower_case, err) &&
             read_length(c, "max_seq_length", &f->max_tokens, err);
        found = ok && config_get(c, "max_seq_length");
        cJSON_Delete(json);
    }
    if (!ok || found) return ok;
    json = config_read(f->encoder_path, "tokenizer_config.json", &missing, err);
    if (missing) return true;
    ok = json && read_length((Config){json, "tokenizer_config.json"}, "model_max_length",
                             &f->max_tokens, err);
    cJSON_Delete(json);
    return ok;
}

/* The first of the names that has a prompt, "" too; without any the default prompt. */
static bool find_prompt(Config c, const char *const *names, char **ret, Err *err)
{
    const char *text = NULL, *name = NULL;
    Config prompts = {config_get(c, "prompts"), c.name};
    for (size_t i = 0; !text && names[i]; i++) {
        if (!config_text(prompts, names[i], &text, err)) return false;
    }
    if (!config_text(c, "default_prompt_name", &name, err)) return false;
    if (!text && name && !config_text(prompts, name, &text, err)) return false;
    if (!text && name)
        return err_set(err, ERR_FORMAT, "%s: there is no prompt \"%.60s\" for default_prompt_name",
                       c.name, name);
    free(*ret);
    *ret = mem_strdup(text ? text : "");
    return true;
}

static bool read_prompts(ModelFolder *f, Config c, Err *err)
{
    static const char *const QUERY[] = {"query", NULL};
    static const char *const PASSAGE[] = {"document", "passage", "corpus", NULL};
    const cJSON *prompts = config_get(c, "prompts");
    if (prompts && !cJSON_IsObject(prompts))
        return err_set(err, ERR_FORMAT, "%s: \"prompts\" must be an object", c.name);
    return find_prompt(c, QUERY, &f->query_prompt, err) &&
           find_prompt(c, PASSAGE, &f->passage_prompt, err);
}

/* Number of labels when the architecture is a classifier over the whole input, else 0. */
static bool read_labels(Config c, size_t *ret, Err *err)
{
    const cJSON *architectures = config_get(c, "architectures"), *one;
    const cJSON *names = config_get(c, "id2label");
    size_t labels = 2;
    bool classifier = false;
    cJSON_ArrayForEach(one, architectures)
    {
        classifier |=
            cJSON_IsString(one) && str_ends(one->valuestring, "ForSequenceClassification");
    }
    if (!config_size(c, "num_labels", 1, 1 << 16, &labels, err)) return false;
    if (names && (!cJSON_IsObject(names) || !names->child))
        return err_set(err, ERR_FORMAT, "%s: \"id2label\" must be an object", c.name);
    if (names) labels = (size_t)cJSON_GetArraySize(names);
    *ret = classifier ? labels : 0;
    return true;
}

/* What sentence-transformers has written about it, in the places of its versions; else one label
 * has a sigmoid. */
static bool read_score(ModelFolder *f, Config config, Config sentence, Err *err)
{
    Config nested = {config_get(config, "sentence_transformers"), config.name};
    const char *name = NULL;
    f->sigmoid = f->labels == 1;
    if (!config_text(config, "sbert_ce_default_activation_function", &name, err) ||
        !config_text(nested, "activation_fn", &name, err) ||
        !config_text(sentence, "activation_fn", &name, err))
        return false;
    if (!name || !str_starts(name, "torch.")) return true;
    f->sigmoid = strcmp(name, "torch.nn.modules.activation.Sigmoid") == 0;
    return f->sigmoid || strcmp(name, "torch.nn.modules.linear.Identity") == 0 ||
           err_set(err, ERR_FORMAT,
                   "%s: activation \"%.100s\" of the score is not supported, only Sigmoid and "
                   "Identity of torch.nn",
                   config.name, name);
}

/* The rate between the layers of a cross-encoder's head. */
static bool read_head(ModelFolder *f, Config c, Err *err)
{
    bool distil = strcmp(f->shape.family, "distilbert") == 0;
    double rate = distil ? 0.2 : (double)f->shape.dropout;
    if (!config_real(c, distil ? "seq_classif_dropout" : "classifier_dropout", 0, 0.999, &rate,
                     err))
        return false;
    f->head_dropout = (float)rate;
    return true;
}

/* ---- the whole ---- */

static bool read_config(ModelFolder *f, bool pooled, Config sentence, Err *err)
{
    static const char *const NAME = "config.json";
    cJSON *json = config_read(f->encoder_path, NAME, NULL, err);
    if (!json) return false;
    Config c = {json, NAME};
    char *text = cJSON_PrintUnformatted(json);
    bool ok = encoder_shape_parse(text ? text : "", NAME, &f->shape, err) &&
              (pooled || read_labels(c, &f->labels, err)) &&
              (!f->labels || (read_score(f, c, sentence, err) && read_head(f, c, err)));
    cJSON_free(text);
    cJSON_Delete(json);
    return ok;
}

/* Without modules.json a mean of the tokens, as sentence-transformers takes it. */
static bool read_folder(ModelFolder *f, const cJSON *modules_json, Config sentence, Err *err)
{
    Modules modules = {0};
    if (modules_json && !read_modules(modules_json, &modules, err)) return false;
    const char *inside = modules.count ? modules.items[0].path : "";
    f->encoder_path = *inside ? str_format("%s/%s", f->path, inside) : mem_strdup(f->path);
    f->include_prompt = true;
    if (!read_config(f, modules.count > 1, sentence, err)) return false;
    if (f->labels == 0) {
        if (modules.count == 1)
            return err_set(err, ERR_FORMAT,
                           "modules.json: there is no Pooling, so texts have no vector");
        if (modules.count == 0) {
            f->pooling[f->pooling_count++] = POOLING_MEAN;
            f->dims = f->shape.D;
        }
    }
    return read_parts(f, &modules, err) && read_max_tokens(f, err) &&
           read_prompts(f, sentence, err);
}

bool model_folder_read(const char *path, ModelFolder *ret, Err *err)
{
    static const char *const SENTENCE = "config_sentence_transformers.json";
    ModelFolder f = {.path = mem_strdup(path)};
    bool no_modules, no_sentence;
    cJSON *modules = config_read(path, "modules.json", &no_modules, err);
    bool ok = modules || no_modules;
    cJSON *sentence = ok ? config_read(path, SENTENCE, &no_sentence, err) : NULL;
    ok = ok && (sentence || no_sentence) &&
         read_folder(&f, modules, (Config){sentence, SENTENCE}, err);
    cJSON_Delete(sentence);
    cJSON_Delete(modules);
    if (ok) {
        *ret = f;
        return true;
    }
    model_folder_release(&f);
    return str_starts(err ? err->message : path, path) ? false : err_prefix(err, "%s", path);
}

void model_folder_release(ModelFolder *f)
{
    free(f->path);
    free(f->encoder_path);
    free(f->query_prompt);
    free(f->passage_prompt);
    *f = (ModelFolder){0};
}

bool model_folder_is(const char *path)
{
    cJSON *json = config_read(path, "config.json", NULL, NULL);
    bool is = cJSON_IsString(config_get((Config){json, ""}, "model_type"));
    cJSON_Delete(json);
    return is;
}
