#include "model/model_write.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "model/config.h"
#include "model/cross_head.h"

#define COPIED_BYTES ((uint64_t)256 << 20) /* of one file beside the weights */

#define SENTENCE_CONFIG "config_sentence_transformers.json"
#define LENGTH_CONFIG "sentence_bert_config.json"

/* "" or "0_Transformer": where in the folder the encoder stands. */
static const char *encoder_part(const ModelFolder *f)
{
    const char *part = f->encoder_path + strlen(f->path);
    return part + strspn(part, "/");
}

static char *path_in(const char *folder, const char *part, const char *name)
{
    return str_format("%s/%s%s%s", folder, part, *part ? "/" : "", name);
}

/* ---- what is copied ---- */

/* Of a module ("1_Pooling"), of the encoder, or of the folder itself; weights and what describes
 * them for other programs are not. */
static bool is_copied(const ModelFolder *f, const char *name)
{
    static const char *const ENDS[] = {".json", ".txt", ".model"};
    const char *slash = strrchr(name, '/'), *part = encoder_part(f);
    size_t depth = slash ? (size_t)(slash - name) : 0;
    bool module = *name >= '0' && *name <= '9' && slash == strchr(name, '/');
    bool encoder = depth == strlen(part) && strncmp(name, part, depth) == 0;
    if (slash && !module && !encoder) return false;
    if (str_ends(name, ".index.json")) return false;
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
        if (str_ends(name, ENDS[i])) return true;
    return false;
}

static bool copy_one(const char *from, const char *to, Err *err)
{
    FileInfo info;
    if (!file_info(from, &info, err)) return false;
    if (info.size_bytes > COPIED_BYTES) return true; /* nothing that a model is made of */
    char *folder = mem_strndup(to, (size_t)(file_name(to) - to));
    bool ok = file_make_folder(folder, err) && file_copy(from, to, err);
    free(folder);
    return ok;
}

static bool copy_companions(const ModelFolder *f, const char *to, Err *err)
{
    Paths files = {0};
    if (!file_walk(f->path, &files, NULL, err)) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < files.count; i++) {
        const char *name = files.items[i] + strlen(f->path);
        name += strspn(name, "/");
        if (!is_copied(f, name)) continue;
        char *target = path_in(to, "", name);
        ok = copy_one(files.items[i], target, err);
        free(target);
    }
    file_paths_release(&files);
    return ok;
}

/* ---- what is said anew ---- */

static bool write_json(const char *path, const cJSON *j, Err *err)
{
    char *text = cJSON_Print(j);
    bool ok = file_write(path, text, strlen(text), err);
    free(text);
    return ok;
}

/* Reads, sets and writes one of the copied files; there may be none yet. */
static bool change_config(const char *folder, const char *name,
                          void (*set)(cJSON *, const ModelFolder *), const ModelFolder *f, Err *err)
{
    bool missing = false;
    cJSON *j = config_read(folder, name, &missing, err);
    if (!j && missing) j = cJSON_CreateObject();
    if (!j) return false;
    set(j, f);
    char *path = path_in(folder, "", name);
    bool ok = write_json(path, j, err);
    free(path);
    cJSON_Delete(j);
    return ok;
}

static void put_text(cJSON *j, const char *name, const char *text)
{
    cJSON_DeleteItemFromObjectCaseSensitive(j, name);
    cJSON_AddStringToObject(j, name, text);
}

static void set_prompts(cJSON *j, const ModelFolder *f)
{
    cJSON *prompts = cJSON_GetObjectItemCaseSensitive(j, "prompts");
    if (!cJSON_IsObject(prompts)) {
        cJSON_DeleteItemFromObjectCaseSensitive(j, "prompts");
        prompts = cJSON_AddObjectToObject(j, "prompts");
    }
    put_text(prompts, "query", f->query_prompt);
    put_text(prompts, "document", f->passage_prompt);
}

static void set_length(cJSON *j, const ModelFolder *f)
{
    cJSON_DeleteItemFromObjectCaseSensitive(j, "max_seq_length");
    cJSON_AddNumberToObject(j, "max_seq_length", (double)f->max_tokens);
}

static void add_module(cJSON *list, int number, const char *path, const char *type)
{
    cJSON *j = cJSON_CreateObject();
    char name[16];
    snprintf(name, sizeof name, "%d", number);
    cJSON_AddNumberToObject(j, "idx", number);
    cJSON_AddStringToObject(j, "name", name);
    cJSON_AddStringToObject(j, "path", path);
    cJSON_AddStringToObject(j, "type", type);
    cJSON_AddItemToArray(list, j);
}

/* What sentence-transformers would have taken for a folder without modules.json, in so many words:
 * the mean of the tokens. */
static bool write_modules(const ModelFolder *f, const char *to, Err *err)
{
    cJSON *list = cJSON_CreateArray(), *pooling = cJSON_CreateObject();
    add_module(list, 0, "", "sentence_transformers.models.Transformer");
    add_module(list, 1, "1_Pooling", "sentence_transformers.models.Pooling");
    cJSON_AddNumberToObject(pooling, "word_embedding_dimension", (double)f->shape.D);
    cJSON_AddBoolToObject(pooling, "pooling_mode_mean_tokens", true);
    cJSON_AddBoolToObject(pooling, "pooling_mode_cls_token", false);
    cJSON_AddBoolToObject(pooling, "pooling_mode_max_tokens", false);
    char *modules = path_in(to, "", "modules.json"), *folder = path_in(to, "1_Pooling", ""),
         *config = path_in(to, "1_Pooling", "config.json");
    bool ok = file_make_folder(folder, err) && write_json(config, pooling, err) &&
              write_json(modules, list, err);
    free(config);
    free(folder);
    free(modules);
    cJSON_Delete(pooling);
    cJSON_Delete(list);
    return ok;
}

/* Where the model differs from what the copied files say of it. */
static bool say_anew(const ModelFolder *f, const char *to, Err *err)
{
    ModelFolder written;
    FileInfo info;
    char *modules = path_in(to, "", "modules.json"),
         *encoder = *encoder_part(f) ? path_in(to, "", encoder_part(f)) : mem_strdup(to);
    bool ok = f->labels > 0 || file_info(modules, &info, NULL) || write_modules(f, to, err);
    ok = ok && model_folder_read(to, &written, err);
    if (ok) {
        bool prompts = strcmp(written.query_prompt, f->query_prompt) != 0 ||
                       strcmp(written.passage_prompt, f->passage_prompt) != 0;
        if (prompts) ok = change_config(to, SENTENCE_CONFIG, set_prompts, f, err);
        if (ok && written.max_tokens != f->max_tokens)
            ok = change_config(encoder, LENGTH_CONFIG, set_length, f, err);
        model_folder_release(&written);
    }
    free(encoder);
    free(modules);
    return ok;
}

/* ---- weights ---- */

typedef struct Tensors {
    size_t count;
    TensorView *view;
    const float **value; /* NULL: as it is in the file */
} Tensors;

/* All tensors of the files but those of a type that safetensors_write cannot name. */
static Tensors all_of(const Weights *w)
{
    Tensors t = {.view = mem_zero(weights_count(w) + 1, sizeof *t.view),
                 .value = mem_zero(weights_count(w) + 1, sizeof *t.value)};
    for (size_t i = 0; i < weights_count(w); i++) {
        TensorView v = weights_at(w, i);
        if (v.dtype != DTYPE_OTHER) t.view[t.count++] = v;
    }
    return t;
}

static void tensors_release(Tensors *t)
{
    free(t->view);
    free(t->value);
}

static bool put_value(Tensors *t, const TensorView *found, size_t rows, size_t columns,
                      const float *value, Err *err)
{
    bool fits = found->dims == (columns ? 2u : 1u) && found->shape[0] == rows &&
                (!columns || found->shape[1] == columns);
    for (size_t i = 0; fits && i < t->count; i++) {
        if (strcmp(t->view[i].name, found->name) != 0) continue;
        t->value[i] = value;
        return true;
    }
    return err_set(err, ERR_FORMAT, "tensor '%.80s' is not of the shape that it had before",
                   found->name);
}

static bool put_tensor(const ModelFolder *f, const Weights *w, const EncoderTensor *t,
                       const float *p, Tensors *all, Err *err)
{
    TensorView found;
    if (!encoder_find(w, &f->shape, t->name, &found))
        return err_set(err, ERR_FORMAT, "%s: there is no tensor '%s' any more", f->encoder_path,
                       t->name);
    return put_value(all, &found, t->rows, t->columns, p + t->at, err);
}

static bool put_head(const ModelFolder *f, const Weights *w, const float *p, Tensors *all, Err *err)
{
    CrossHead head;
    if (f->labels == 0) return true;
    if (!cross_head_of(f, &head, err)) return false;
    for (size_t i = 0; i < HEAD_TENSORS; i++)
        if (!put_tensor(f, w, &head.tensors[i], p, all, err)) return false;
    return true;
}

static bool write_encoder(const ModelFolder *f, const float *p, const float *head, const char *to,
                          Err *err)
{
    Weights *w = NULL;
    if (!weights_open(f->encoder_path, &w, err)) return false;
    Tensors all = all_of(w);
    EncoderTensor *table;
    size_t count = encoder_tensors(&f->shape, &table);
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) ok = put_tensor(f, w, &table[i], p, &all, err);
    ok = ok && put_head(f, w, head, &all, err);
    char *path = path_in(to, encoder_part(f), "model.safetensors");
    ok = ok && safetensors_write(path, all.view, all.value, all.count, err);
    free(path);
    free(table);
    tensors_release(&all);
    weights_close(w);
    return ok;
}

static bool write_dense_layer(const ModelFolder *f, const DenseInfo *d, const float *p,
                              const char *to, Err *err)
{
    char *from = path_in(f->path, "", d->folder),
         *path = path_in(to, d->folder, "model.safetensors");
    Weights *w = NULL;
    bool ok = weights_open(from, &w, err);
    if (ok) {
        Tensors all = all_of(w);
        TensorView weight, bias;
        ok = (weights_find(w, "linear.weight", &weight) &&
              (!d->bias || weights_find(w, "linear.bias", &bias))) ||
             err_set(err, ERR_FORMAT, "%s: there is no tensor 'linear' any more", from);
        ok = ok && put_value(&all, &weight, d->out, d->in, p, err) &&
             (!d->bias || put_value(&all, &bias, d->out, 0, p + d->in * d->out, err)) &&
             safetensors_write(path, all.view, all.value, all.count, err);
        tensors_release(&all);
    }
    weights_close(w);
    free(path);
    free(from);
    return ok;
}

static bool write_dense(const ModelFolder *f, const float *p, const char *to, Err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < f->dense_count; i++) {
        const DenseInfo *d = &f->dense[i];
        ok = write_dense_layer(f, d, p, to, err);
        p += d->in * d->out + (d->bias ? d->out : 0);
    }
    return ok;
}

bool model_folder_write(const ModelFolder *f, const float *p, const float *dense, const char *to,
                        Err *err)
{
    return file_make_folder(to, err) && copy_companions(f, to, err) && say_anew(f, to, err) &&
           write_dense(f, dense, to, err) && write_encoder(f, p, dense, to, err);
}
