/* Adapter folders: out and in again is the same retriever; what does not fit is refused. */
#include "retrieve/project.h"

#include "base/file.h"
#include "model/adapter.h"
#include "model/embedder.h"
#include "num/blas.h"
#include "store/runs.h"
#include "task/exchange.h"

/* A trained-looking adapter of that method under the project's lsa. */
static Adapter *put_adapter(Project *p, const char *method, const char *name)
{
    Embedder *e = NULL;
    Adapter *a = NULL;
    int64_t id;
    ok(embedder_open(&p->env, "lsa", &e, err));
    ok(adapter_new(adapter_kind_find(method), (AdapterShape){.dims = e->dims}, 3, &a, err));
    for (size_t i = 0; i < a->count; i++) a->p[i] += 0.01f * (float)((i * 37) % 19);
    char *config = adapter_config_json(a);
    RetrieverRow row = {.name = name,
                        .kind = "adapter",
                        .embedder = "lsa",
                        .build_id = e->build_id,
                        .config = config};
    ok(retriever_put(p->env.store, &row, a->p, a->count * sizeof *a->p, &id, err));
    free(config);
    embedder_close(e);
    return a;
}

static Adapter *get_adapter(Project *p, const char *name)
{
    RetrieverRows rows = {0};
    void *blob = NULL;
    size_t size;
    Adapter *a = NULL;
    ok(retriever_find(p->env.store, name, &rows, err));
    assert_int_equal(rows.count, 1);
    ok(retriever_blob(p->env.store, rows.items[0].id, &blob, &size, err));
    ok(adapter_load(rows.items[0].config, blob, size, &a, err));
    free(blob);
    rows_release(&rows);
    return a;
}

static void remove_tree(const char *folder)
{
    char *command = str_format("rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
    free(command);
}

static void round_trips(void **state)
{
    static const char *const METHODS[] = {"linear", "low-rank", "two-layer"};
    Project *p = *state;
    project_fill(p);
    for (int m = 0; m < 3; m++) {
        char *folder = str_format("%s/adapter", p->folder),
             *back = str_format("back-%s", METHODS[m]);
        Adapter *a = put_adapter(p, METHODS[m], METHODS[m]), *b;
        ok(export_model(&p->env, METHODS[m], folder, err));
        ok(export_model(&p->env, METHODS[m], folder, err)); /* over its own files */
        ok(import_model(&p->env, folder, back, "lsa", err));
        b = get_adapter(p, back);
        size_t D = a->shape.dims;
        float *x = mem_zero(D, sizeof *x), *y = mem_zero(D, sizeof *y), *z = mem_zero(D, sizeof *z);
        for (size_t i = 0; i < D; i++) x[i] = (float)i - 2;
        ok(adapter_apply(NULL, a, x, y, 1, false, err));
        ok(adapter_apply(NULL, b, x, z, 1, false, err));
        for (size_t i = 0; i < D; i++) assert_true(y[i] - z[i] < 1e-3f && z[i] - y[i] < 1e-3f);
        free(x);
        free(y);
        free(z);
        adapter_free(a);
        adapter_free(b);
        remove_tree(folder);
        free(folder);
        free(back);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    Project *p = *state;
    project_fill(p);
    char *folder = str_format("%s/adapter", p->folder),
         *config = str_format("%s/config.json", folder), *hidden = str_format("%s/.notes", folder);
    adapter_free(put_adapter(p, "linear", "mine"));
    ok(export_model(&p->env, "mine", folder, err));
    refused(ERR_CONFLICT, "mine", import_model(&p->env, folder, "mine", "lsa", err));
    refused(ERR_USAGE, "name", import_model(&p->env, folder, "a b", "lsa", err));
    static const char *const BROKEN[] = {
        "",
        "[]",
        "{\"in_features\":1e9,\"out_features\":1e9}",
        "{\"in_features\":3,\"out_features\":4}",
        "{\"in_features\":3,\"out_features\":3}",
        "{\"in_features\":11,\"hidden_features\":5,\"out_features\":11,\"activation_fn_str\":"
        "\"tanh\",\"add_residual\":true}"};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        ok(file_write(config, BROKEN[i], strlen(BROKEN[i]), err));
        refused(ERR_FORMAT, "adapter", import_model(&p->env, folder, "other", "lsa", err));
    }
    ok(file_write(hidden, "x", 1, err));
    refused(ERR_CONFLICT, ".notes", export_model(&p->env, "mine", folder, err));
    refused(ERR_MISSING, "lsa", export_model(&p->env, "lsa", folder, err));
    RetrieverRow row = {.name = "none", .kind = "baseline", .embedder = "lsa", .config = "{}"};
    int64_t id;
    ok(retriever_put(p->env.store, &row, NULL, 0, &id, err));
    refused(ERR_USAGE, "gained nothing", export_model(&p->env, "none", folder, err));
    remove_tree(folder);
    free(hidden);
    free(config);
    free(folder);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {CASE(round_trips), CASE(what_does_not_fit_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
