/* Weights of a folder: one file, shards, .bin and its shards give the same tensors; shard maps that
 * lie are refused. */
#include "golden/golden.h"
#include "model/scratch.h"

#include "model/torch.h"
#include "model/weights.h"

static void open_golden(const char *name, Weights **ret)
{
    char path[1024];
    Err err = {0};
    snprintf(path, sizeof path, "%s/encoders/%s", GOLDEN_DIR, name);
    if (!weights_open(path, ret, &err)) fail_msg("%s", err.message);
}

static void every_layout_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t count;
        Dtype dtype;
    } CASES[] = {{"bert", 39, DTYPE_F32},
                 {"bert_legacy", 55, DTYPE_F16},
                 {"bert_legacy/2_Dense", 2, DTYPE_F16},
                 {"xlmr", 39, DTYPE_BF16},
                 {"xlmr_bin", 39, DTYPE_F32}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Weights *w;
        open_golden(CASES[i].name, &w);
        assert_int_equal(weights_count(w), CASES[i].count);
        for (size_t k = 0; k < weights_count(w); k++) {
            TensorView t = weights_at(w, k), found;
            assert_int_equal(t.dtype, CASES[i].dtype);
            assert_true(weights_find(w, t.name, &found));
            assert_ptr_equal(t.data, found.data);
            size_t count = 1;
            for (size_t d = 0; d < t.dims; d++) count *= t.shape[d];
            assert_int_equal(count * dtype_bytes(t.dtype), t.size_bytes);
            float *values = calloc(count, sizeof *values);
            assert_true(dtype_read(t.dtype, t.data, values, count));
            for (size_t v = 0; v < count; v++) assert_true(values[v] > -10 && values[v] < 10);
            free(values);
        }
        TensorView none;
        assert_false(weights_find(w, "nothing", &none));
        weights_close(w);
    }
    weights_close(NULL);
}

/* A .bin is mapped as well: what is held is names and places. */
static void checkpoints_are_not_copied(void **state)
{
    (void)state;
    Weights *w;
    open_golden("xlmr_bin", &w);
    size_t bytes = 0;
    for (size_t i = 0; i < weights_count(w); i++) bytes += weights_at(w, i).size_bytes;
    assert_true(bytes > 70000);
    assert_true(weights_bytes(w) < 30000);
    weights_close(w);
}

/* Two shards of two tensors each. */
static void put_shards(const Scratch *s, bool torch)
{
    float a[2] = {1, 2}, b[2] = {3, 4}, c[1] = {5}, d[1] = {6};
    char path[128];
    Err err = {0};
    if (torch) {
        TorchTensor first[] = {{.name = (char *)"a", .dims = 1, .shape = {2}, .values = a},
                               {.name = (char *)"b", .dims = 2, .shape = {1, 2}, .values = b}};
        TorchTensor second[] = {{.name = (char *)"c", .dims = 1, .shape = {1}, .values = c},
                                {.name = (char *)"d", .dims = 1, .shape = {1}, .values = d}};
        snprintf(path, sizeof path, "%s/one.bin", s->path);
        assert_true(torch_write(path, &(TorchFile){first, 2}, &err));
        snprintf(path, sizeof path, "%s/two.bin", s->path);
        assert_true(torch_write(path, &(TorchFile){second, 2}, &err));
        return;
    }
    TensorView first[] = {
        {.name = "a", .dims = 1, .shape = {2}, .data = a, .size_bytes = sizeof a},
        {.name = "b", .dims = 2, .shape = {1, 2}, .data = b, .size_bytes = sizeof b}};
    TensorView second[] = {
        {.name = "c", .dims = 1, .shape = {1}, .data = c, .size_bytes = sizeof c},
        {.name = "d", .dims = 1, .shape = {1}, .data = d, .size_bytes = sizeof d}};
    snprintf(path, sizeof path, "%s/one.safetensors", s->path);
    assert_true(safetensors_write(path, first, NULL, 2, &err));
    snprintf(path, sizeof path, "%s/two.safetensors", s->path);
    assert_true(safetensors_write(path, second, NULL, 2, &err));
}

static const char *index_name(bool torch)
{
    return torch ? "pytorch_model.bin.index.json" : "model.safetensors.index.json";
}

static void put_index(const Scratch *s, bool torch, const char *map)
{
    Str json = {0};
    str_addf(&json, "{\"metadata\":{\"total_size\":24},\"weight_map\":%s}", map);
    scratch_put(s, index_name(torch), json.data);
    str_release(&json);
}

static void shards_are_put_together(void **state)
{
    (void)state;
    for (int torch = 0; torch < 2; torch++) {
        Scratch s = scratch_make();
        put_shards(&s, torch);
        put_index(&s, torch,
                  torch ? "{\"b\":\"one.bin\",\"c\":\"two.bin\",\"a\":\"one.bin\"}"
                        : "{\"b\":\"one.safetensors\",\"c\":\"two.safetensors\",\"a\":\"one."
                          "safetensors\"}");
        Weights *w;
        Err err = {0};
        if (!weights_open(s.path, &w, &err)) fail_msg("%s", err.message);
        assert_int_equal(weights_count(w), 3); /* what the map does not name is left alone */
        static const struct {
            const char *name;
            float value;
        } WANT[] = {{"a", 1}, {"b", 3}, {"c", 5}};
        for (size_t i = 0; i < 3; i++) {
            TensorView t;
            float first;
            assert_true(weights_find(w, WANT[i].name, &t));
            memcpy(&first, t.data, sizeof first);
            assert_true(first == WANT[i].value);
        }
        TensorView none;
        assert_false(weights_find(w, "d", &none));
        weights_close(w);
        scratch_remove(&s);
    }
}

static void lying_maps_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *map, *why;
    } CASES[] = {
        {"{\"a\":\"../one.safetensors\"}", "no shard's name"},
        {"{\"a\":\"/etc/one.safetensors\"}", "no shard's name"},
        {"{\"a\":\"x/one.safetensors\"}", "no shard's name"},
        {"{\"a\":\"x\\\\one.safetensors\"}", "no shard's name"},
        {"{\"a\":\".safetensors\"}", "no shard's name"},
        {"{\"a\":\"one.safetensors\\u001b[2J\"}", "no shard's name"},
        {"{\"a\":\"o\\u202ene.safetensors\"}", "no shard's name"},
        {"{\"a\":\"one.bin\"}", "no shard's name"},
        {"{\"a\":\"model.safetensors.index.json\"}", "no shard's name"},
        {"{\"a\":7}", "no shard's name"},
        {"{\"a\":\"\"}", "no shard's name"},
        {"{\"a\":\"three.safetensors\"}", "shard three.safetensors is not there"},
        {"{\"a\":\"folder.safetensors\"}", "regular file"},
        {"{\"a\":\"two.safetensors\"}", "'a' is not in two.safetensors"},
        {"{\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"}", "twice"},
        {"{}", "weight_map"},
        {"[]", "weight_map"},
        {"null", "weight_map"},
    };
    Scratch s = scratch_make();
    put_shards(&s, false);
    scratch_put(&s, "folder.safetensors/x", "");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Weights *w = NULL;
        Err err = {0};
        put_index(&s, false, CASES[i].map);
        if (weights_open(s.path, &w, &err)) fail_msg("taken: %s", CASES[i].map);
        if (!strstr(err.message, CASES[i].why)) fail_msg("%s: %s", CASES[i].map, err.message);
        assert_non_null(strstr(err.message, "model.safetensors.index.json"));
    }
    static const char *const BROKEN[] = {"", "{", "{\"weight_map\":", "[1]", "\xff"};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        Weights *w = NULL;
        Err err = {0};
        scratch_put(&s, index_name(false), BROKEN[i]);
        assert_false(weights_open(s.path, &w, &err));
    }
    scratch_remove(&s);
}

/* A shard too many, each of them there. */
static void a_thousand_shards_are_enough(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    Str map = {0};
    char name[64];
    for (int i = 0; i <= 1000; i++) {
        static const char EMPTY[] =
            "\x2f\0\0\0\0\0\0\0"
            "{\"%04d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
        char bytes[128];
        memcpy(bytes, EMPTY, 8);
        int size = snprintf(bytes + 8, sizeof bytes - 8, EMPTY + 8, i);
        bytes[0] = (char)size;
        snprintf(name, sizeof name, "%d.safetensors", i);
        scratch_put_bytes(&s, name, bytes, (size_t)size + 8);
        str_addf(&map, "%s\"%04d\":\"%s\"", i ? "," : "{", i, name);
    }
    str_add(&map, "}");
    put_index(&s, false, map.data);
    Weights *w = NULL;
    Err err = {0};
    assert_false(weights_open(s.path, &w, &err));
    if (!strstr(err.message, "more than 1000 shards")) fail_msg("%s", err.message);
    str_release(&map);
    scratch_remove(&s);
}

/* One file before its shards, safetensors before .bin; without any, all four are named. */
static void files_have_an_order(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    Weights *w;
    Err err = {0};
    assert_false(weights_open(s.path, &w, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    static const char *const NAMES[] = {"model.safetensors", "model.safetensors.index.json",
                                        "pytorch_model.bin", "pytorch_model.bin.index.json"};
    for (size_t i = 0; i < 4; i++) assert_non_null(strstr(err.message, NAMES[i]));
    assert_false(weights_open("/nonexistent", &w, &err));
    assert_int_equal(err.kind, ERR_MISSING);

    char path[1024], link_path[128];
    snprintf(path, sizeof path, "%s/encoders/xlmr_bin", GOLDEN_DIR);
    scratch_copy(&s, path, "pytorch_model.bin");
    if (!weights_open(s.path, &w, &err)) fail_msg("%s", err.message);
    assert_int_equal(weights_at(w, 0).dtype, DTYPE_F32);
    weights_close(w);
    /* as the Hub's cache has it: a link to a file elsewhere */
    snprintf(path, sizeof path, "%s/encoders/xlmr/model.safetensors", GOLDEN_DIR);
    snprintf(link_path, sizeof link_path, "%s/model.safetensors", s.path);
    assert_int_equal(symlink(path, link_path), 0);
    if (!weights_open(s.path, &w, &err)) fail_msg("%s", err.message);
    assert_int_equal(weights_at(w, 0).dtype, DTYPE_BF16);
    weights_close(w);
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_is_read),
        cmocka_unit_test(checkpoints_are_not_copied),
        cmocka_unit_test(shards_are_put_together),
        cmocka_unit_test(lying_maps_are_refused),
        cmocka_unit_test(a_thousand_shards_are_enough),
        cmocka_unit_test(files_have_an_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
