/* Adapters as folders that LlamaIndex loads: config.json and pytorch_model.bin. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "model/adapter.h"
#include "model/embedder.h"
#include "model/torch.h"
#include "num/blas.h"
#include "num/vector.h"
#include "retrieve/retriever.h"
#include "store/runs.h"
#include "task/exchange.h"
#include "task/exchange_folder.h"

#define CONFIG_FILE "config.json"
#define MODEL_FILE "pytorch_model.bin"
#define CONFIG_LIMIT_BYTES ((size_t)1 << 20)

/* ---- out ---- */

/* q' = q + U(Vq) + b is the linear map W = I + UV. *ret fresh, the caller's. */
static bool as_linear(const Adapter *a, Adapter **ret, Err *err)
{
    size_t D = a->shape.dims, R = a->shape.hidden;
    if (!adapter_new(adapter_kind_find("linear"), (AdapterShape){.dims = D}, 0, ret, err))
        return false;
    gemm(NULL, false, false, D, D, R, 1, a->p, R, a->p + D * R, D, 1, (*ret)->p, D);
    memcpy((*ret)->p + D * D, a->p + 2 * D * R, D * sizeof(float));
    return true;
}

static char *config_of(const Adapter *a)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddNumberToObject(j, "in_features", (double)a->shape.dims);
    if (a->shape.hidden) cJSON_AddNumberToObject(j, "hidden_features", (double)a->shape.hidden);
    cJSON_AddNumberToObject(j, "out_features", (double)a->shape.dims);
    cJSON_AddBoolToObject(j, "bias", true);
    if (a->shape.hidden) {
        cJSON_AddStringToObject(j, "activation_fn_str", "relu");
        cJSON_AddBoolToObject(j, "add_residual", true);
    }
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    return text;
}

static bool write_tensors(const Adapter *a, const char *path, Err *err)
{
    AdapterTensor t[ADAPTER_TENSORS];
    TorchTensor out[ADAPTER_TENSORS];
    size_t count = a->kind->tensors(a->shape, t);
    for (size_t i = 0; i < count; i++) {
        out[i] = (TorchTensor){.name = (char *)t[i].name,
                               .shape = {t[i].rows, t[i].columns},
                               .dims = t[i].columns ? 2 : 1,
                               .values = a->p + t[i].at};
    }
    return torch_write(path, &(TorchFile){.tensors = out, .count = count}, err);
}

bool adapter_folder_write(const Env *env, const RetrieverRow *row, const char *folder, Err *err)
{
    Adapter *a = NULL, *linear = NULL;
    void *blob = NULL;
    size_t size = 0;
    if (!retriever_blob(env->store, row->id, &blob, &size, err)) return false;
    bool ok = adapter_load(row->config, blob, size, &a, err);
    free(blob);
    ok = ok && (strcmp(a->kind->method, "low-rank") != 0 || as_linear(a, &linear, err));
    if (ok) {
        const Adapter *out = linear ? linear : a;
        char *config = config_of(out), *config_path = str_format("%s/" CONFIG_FILE, folder),
             *model_path = str_format("%s/" MODEL_FILE, folder);
        ok = file_write(config_path, config, strlen(config), err) &&
             write_tensors(out, model_path, err);
        free(model_path);
        free(config_path);
        free(config);
    }
    adapter_free(linear);
    adapter_free(a);
    return ok;
}

/* ---- in ---- */

static bool read_shape(const char *path, AdapterShape *ret, bool *ret_bias, Err *err)
{
    Str text = {0};
    if (!file_read(path, CONFIG_LIMIT_BYTES, &text, err)) return false;
    cJSON *j = cJSON_ParseWithLength(str_get(&text), text.size);
    double in = cJSON_GetNumberValue(cJSON_GetObjectItem(j, "in_features")),
           out = cJSON_GetNumberValue(cJSON_GetObjectItem(j, "out_features"));
    const cJSON *hidden = cJSON_GetObjectItem(j, "hidden_features");
    const char *activation = cJSON_GetStringValue(cJSON_GetObjectItem(j, "activation_fn_str"));
    double h = cJSON_IsNumber(hidden) ? hidden->valuedouble : 0;
    *ret_bias = !cJSON_IsFalse(cJSON_GetObjectItem(j, "bias"));
    bool residual = cJSON_IsTrue(cJSON_GetObjectItem(j, "add_residual"));
    bool ok = in >= 1 && in <= 65536 && in == out && h >= 0 && h <= 65536;
    if (!ok)
        err_set(err, ERR_FORMAT, "%s: no adapter of equal in_features and out_features", path);
    else if (h > 0 && ((activation && strcmp(activation, "relu") != 0) || !residual)) {
        ok = err_set(err, ERR_FORMAT,
                     "%s: only two-layer adapters with relu and add_residual are supported", path);
    } else {
        *ret = (AdapterShape){(size_t)in, (size_t)h};
    }
    cJSON_Delete(j);
    str_release(&text);
    return ok;
}

static bool take_tensor(const TorchFile *file, const AdapterTensor *t, bool bias, float *p,
                        const char *path, Err *err)
{
    const TorchTensor *found = torch_find(file, t->name);
    size_t columns = t->columns ? t->columns : 1, count = 1;
    if (!found && !bias && str_ends(t->name, ".bias")) {
        memset(p + t->at, 0,
               t->rows * sizeof *p); /* a layer without bias is one whose bias is zero */
        return true;
    }
    if (!found) return err_set(err, ERR_FORMAT, "%s: there is no tensor '%s'", path, t->name);
    for (size_t i = 0; i < found->dims; i++) count *= found->shape[i];
    if (count != t->rows * columns ||
        (t->columns && (found->dims != 2 || found->shape[0] != t->rows))) {
        return err_set(err, ERR_FORMAT, "%s: '%s' has not the shape %zu × %zu", path, t->name,
                       t->rows, columns);
    }
    if (!vector_finite(found->values, count))
        return err_set(err, ERR_FORMAT, "%s: '%s' holds values that are not finite", path, t->name);
    memcpy(p + t->at, found->values, count * sizeof *p);
    return true;
}

/* dims: those of the embedder that it is for; looked at before anything of that size is read. */
static bool read_adapter(const char *folder, size_t dims, const char *embedder, Adapter **ret,
                         Err *err)
{
    char *config_path = str_format("%s/" CONFIG_FILE, folder),
         *model_path = str_format("%s/" MODEL_FILE, folder);
    AdapterShape shape;
    TorchFile file = {0};
    Adapter *a = NULL;
    bool bias = true, ok = read_shape(config_path, &shape, &bias, err);
    if (ok && shape.dims != dims) {
        ok = err_set(err, ERR_FORMAT, "%s: the adapter is for %zu dimensions, '%s' has %zu", folder,
                     shape.dims, embedder, dims);
    }
    ok = ok && torch_read(model_path, &file, err) &&
         adapter_new(adapter_kind_find(shape.hidden ? "two-layer" : "linear"), shape, 0, &a, err);
    if (ok) {
        AdapterTensor t[ADAPTER_TENSORS];
        size_t count = a->kind->tensors(a->shape, t);
        for (size_t i = 0; ok && i < count; i++)
            ok = take_tensor(&file, &t[i], bias, a->p, model_path, err);
    }
    torch_release(&file);
    free(model_path);
    free(config_path);
    if (ok)
        *ret = a;
    else
        adapter_free(a);
    return ok;
}

bool import_model(const Env *env, const char *folder, const char *name, const char *embedder,
                  Err *err)
{
    Err ignored;
    if (!*name || strpbrk(name, "+|@ \t\n"))
        return err_set(err, ERR_USAGE, "a retriever needs a name without blanks, '+', '|' and '@'");
    if (retriever_exists(env, name, &ignored))
        return err_set(err, ERR_CONFLICT,
                       "'%s' is already the name of a retriever: choose another --name", name);
    Adapter *a = NULL;
    Embedder *e = NULL;
    bool ok =
        embedder_open(env, embedder, &e, err) && read_adapter(folder, e->dims, embedder, &a, err);
    if (ok) {
        char *config = adapter_config_json(a);
        RetrieverRow row = {.name = name,
                            .kind = "adapter",
                            .embedder = embedder,
                            .build_id = e->build_id,
                            .config = config,
                            .made_ms = clock_wall_ms()};
        int64_t id;
        ok = retriever_put(env->store, &row, a->p, a->count * sizeof *a->p, &id, err);
        free(config);
    }
    embedder_close(e);
    adapter_free(a);
    return ok;
}
