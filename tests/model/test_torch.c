/* torch checkpoints: what torch writes is read, what is written comes back, what is hostile is
 * refused. */
#include "golden/golden.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "model/torch.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hone-torch-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void path_of(char out[160], const char *name)
{
    snprintf(out, 160, "%s/%s", folder, name);
}

static void written_comes_back(void **state)
{
    (void)state;
    float w[6] = {1, -2, 3.5f, 1e-30f, -1e30f, 0}, b[2] = {7, 8}, r[1] = {0.25f};
    TorchTensor t[] = {{.name = (char *)"linear1.weight", .shape = {2, 3}, .dims = 2, .values = w},
                       {.name = (char *)"linear1.bias", .shape = {2}, .dims = 1, .values = b},
                       {.name = (char *)"residual_weight", .shape = {1}, .dims = 1, .values = r}};
    char path[160];
    path_of(path, "a.bin");
    Err err = {0};
    TorchFile back = {0};
    if (!torch_write(path, &(TorchFile){t, 3}, &err) || !torch_read(path, &back, &err))
        fail_msg("%s", err.message);
    assert_int_equal(back.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const TorchTensor *f = torch_find(&back, t[i].name);
        assert_non_null(f);
        assert_int_equal(f->dims, t[i].dims);
        size_t count = 1;
        for (size_t d = 0; d < f->dims; d++) {
            assert_int_equal(f->shape[d], t[i].shape[d]);
            count *= f->shape[d];
        }
        assert_memory_equal(f->values, t[i].values, count * sizeof(float));
    }
    assert_null(torch_find(&back, "linear2.weight"));
    torch_release(&back);
    unlink(path);
}

/* Goldens: files of torch.save, and the values that they hold beside them. */
static void torchs_own_files_are_read(void **state)
{
    (void)state;
    cJSON *json = golden_load("torch/values.json");
    const cJSON *file;
    size_t checked = 0;
    cJSON_ArrayForEach(file, json)
    {
        char path[1024];
        snprintf(path, sizeof path, "%s/torch/%s", GOLDEN_DIR, file->string);
        TorchFile got = {0};
        Err err = {0};
        if (!torch_read(path, &got, &err)) fail_msg("%s", err.message);
        assert_int_equal(got.count, golden_count(file));
        const cJSON *tensor;
        cJSON_ArrayForEach(tensor, file)
        {
            const TorchTensor *t = torch_find(&got, tensor->string);
            assert_non_null(t);
            const cJSON *shape = golden_get(tensor, "shape");
            assert_int_equal(t->dims, golden_count(shape));
            double values[256];
            size_t count = 0;
            golden_flatten(golden_get(tensor, "values"), values, 256, &count);
            size_t size = 1;
            for (size_t d = 0; d < t->dims; d++) {
                assert_int_equal(t->shape[d], cJSON_GetArrayItem(shape, (int)d)->valueint);
                size *= t->shape[d];
            }
            assert_int_equal(size, count);
            for (size_t i = 0; i < count; i++)
                assert_true(fabs(t->values[i] - values[i]) <= 1e-6 * fabs(values[i]));
            checked++;
        }
        torch_release(&got);
    }
    assert_true(checked >= 8);
    cJSON_Delete(json);
}

static void read_bytes(const char *name, Str *out)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/torch/%s", GOLDEN_DIR, name);
    Err err = {0};
    if (!file_read(path, 1 << 24, out, &err)) fail_msg("%s", err.message);
}

/* Whatever single or multiple bytes are changed: an error or other values, never a crash. */
static void changed_bytes_never_crash(void **state)
{
    (void)state;
    Str bytes = {0};
    read_bytes("linear.bin", &bytes);
    char path[160];
    path_of(path, "broken.bin");
    Rng rng = rng_make(5, 0);
    size_t refused = 0;
    for (int round = 0; round < 2000; round++) {
        Str copy = {0};
        str_add_bytes(&copy, bytes.data, bytes.size);
        for (uint64_t n = 1 + rng_below(&rng, 4); n > 0; n--)
            copy.data[rng_below(&rng, copy.size)] = (char)rng_u64(&rng);
        if (round % 10 == 0) str_truncate(&copy, rng_below(&rng, copy.size));
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(copy.data, 1, copy.size, f);
        fclose(f);
        TorchFile got = {0};
        Err err = {0};
        if (torch_read(path, &got, &err))
            torch_release(&got);
        else {
            assert_true(err.message[0] != '\0');
            refused++;
        }
        str_release(&copy);
    }
    assert_true(refused > 200);
    str_release(&bytes);
    unlink(path);
}

/* Offsets and strides that wrap around, and a storage named by a great many tensors. */
static void reaching_out_is_refused(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"wrap_offset.bin", "wrap_stride.bin", "many.bin",
                                        "big_endian.bin"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/torch/%s", GOLDEN_DIR, NAMES[i]);
        TorchFile got = {0};
        Err err = {0};
        if (torch_read(path, &got, &err)) fail_msg("%s was read", NAMES[i]);
        assert_true(err.message[0] != '\0');
    }
}

static void code_is_refused_by_name(void **state)
{
    (void)state;
    char path[1024];
    snprintf(path, sizeof path, "%s/torch/%s", GOLDEN_DIR, "code.bin");
    TorchFile got = {0};
    Err err = {0};
    assert_false(torch_read(path, &got, &err));
    assert_non_null(strstr(err.message, "system"));
    assert_false(torch_read("/nonexistent.bin", &got, &err));
    assert_non_null(strstr(err.message, "/nonexistent.bin"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_comes_back),        cmocka_unit_test(torchs_own_files_are_read),
        cmocka_unit_test(changed_bytes_never_crash), cmocka_unit_test(reaching_out_is_refused),
        cmocka_unit_test(code_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
