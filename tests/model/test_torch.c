/* torch checkpoints: what torch writes is read, what is written comes back, what is hostile is
 * refused. */
#include "golden/golden.h"

#include <math.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "base/file.h"
#include "base/rng.h"
#include "model/torch.h"
#include "model/torch_pickle.h"

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
        unlink(path);
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

/* A checkpoint of this pickle, with the checksum that the zip wants and two storages of four
 * values. */
static void write_checkpoint(const char *path, const char *pickle, size_t size)
{
    static const float VALUES[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const struct {
        const char *name;
        const void *data;
        size_t size;
    } ENTRIES[] = {{"archive/data.pkl", pickle, size},
                   {"archive/data/0", VALUES, sizeof VALUES},
                   {"archive/data/1", VALUES, sizeof VALUES}};
    unlink(path); /* to replace a file waits for the disk */
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    for (size_t i = 0; i < 3; i++) {
        zip_source_t *source = zip_source_buffer(zip, ENTRIES[i].data, ENTRIES[i].size, 0);
        zip_int64_t at = zip_file_add(zip, ENTRIES[i].name, source, 0);
        assert_true(at >= 0);
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
}

/* The pickle of a file of torch's, where it stands in the zip. */
static void find_pickle(const Str *bytes, Str *out)
{
    const char *first = memmem(bytes->data, bytes->size, "\x80\x02", 2);
    assert_non_null(first);
    const char *end = memmem(first, (size_t)(bytes->data + bytes->size - first), "PK", 2);
    assert_non_null(end);
    str_add_bytes(out, first, (size_t)(end - first));
}

/* The zip's checksums keep most changed bytes from the pickle: here it gets them all. */
static void changed_pickles_never_crash(void **state)
{
    (void)state;
    Str bytes = {0}, pickle = {0};
    read_bytes("linear.bin", &bytes);
    find_pickle(&bytes, &pickle);
    char path[160];
    path_of(path, "pickle.bin");
    Rng rng = rng_make(6, 0);
    size_t taken = 0, refused = 0;
    for (int round = 0; round < 3000; round++) {
        Str copy = {0};
        str_add_bytes(&copy, pickle.data, pickle.size);
        for (uint64_t n = 1 + rng_below(&rng, 3); n > 0; n--) {
            size_t at = (size_t)rng_below(&rng, copy.size);
            copy.data[at] =
                rng_below(&rng, 2) ? (char)rng_u64(&rng) : copy.data[rng_below(&rng, copy.size)];
        }
        write_checkpoint(path, copy.data, copy.size);
        TorchFile got = {0};
        Err err = {0};
        if (torch_read(path, &got, &err)) {
            taken++;
            torch_release(&got);
        } else {
            assert_true(err.message[0] != '\0');
            refused++;
        }
        str_release(&copy);
    }
    assert_true(taken > 50 && refused > 500);
    str_release(&pickle);
    str_release(&bytes);
    unlink(path);
}

#define TENSOR(key)                                                                                \
    "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" key     \
    "X\3\0\0\0cpuK\4tQK\0K\4\x85K\1\x85\x89NtR"

/* Names that come twice or are no text, values that are no tensors, a parameter by its class. */
static void odd_pickles_are_told(void **state)
{
    (void)state;
#define PICKLE(items, why)                                                                         \
    {                                                                                              \
        "\x80\x02}(" items "u.", sizeof "\x80\x02}(" items "u." - 1, why                           \
    }
    static const struct {
        const char *bytes;
        size_t size;
        const char *why;
    } CASES[] = {
        PICKLE("X\1\0\0\0w" TENSOR("0") "X\1\0\0\0w" TENSOR("1"), "twice"),
        PICKLE("X\1\0\0\0\xff" TENSOR("0"), "not a text"),
        PICKLE("X\0\0\0\0" TENSOR("0"), "empty"),
        PICKLE("X\2\0\0\0a\0" TENSOR("0"), "malformed"),
        PICKLE("X\4\0\0\0\x1b[2J" TENSOR("0"), "unprintable"),
        PICKLE("X\3\0\0\0\xe2\x80\xae" TENSOR("0"), "unprintable"),
        PICKLE("X\5\0\0\0epochK\3", "'epoch'"),
        PICKLE("X\1\0\0\0w" TENSOR("/"), "strange name"),
        PICKLE("X\1\0\0\0w" TENSOR("7"), "data/7"),
        PICKLE("X\1\0\0\0wctorch.nn.parameter\nParameter\n" TENSOR("0") "\x88\x86R", NULL),
    };
    char path[160];
    path_of(path, "odd.bin");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        write_checkpoint(path, CASES[i].bytes, CASES[i].size);
        TorchFile got = {0};
        Err err = {0};
        bool read = torch_read(path, &got, &err);
        if (read != !CASES[i].why) fail_msg("case %zu: %s", i, err.message);
        if (!read && !strstr(err.message, CASES[i].why)) fail_msg("case %zu: %s", i, err.message);
        torch_release(&got);
    }
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

/* What is contiguous is a view of the bytes, the rest a copy; types stay what they are. */
static void views_are_not_copies(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"linear.bin", "half.bin", "views.bin", "parameter.bin",
                                        "two_layer.bin"};
    size_t inside = 0, outside = 0, halves = 0;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        Str bytes = {0};
        TorchViews *v;
        TorchFile file = {0};
        Err err = {0};
        char path[1024];
        snprintf(path, sizeof path, "%s/torch/%s", GOLDEN_DIR, NAMES[i]);
        read_bytes(NAMES[i], &bytes);
        if (!torch_parse(bytes.data, bytes.size, NAMES[i], &v, &err)) fail_msg("%s", err.message);
        if (!torch_read(path, &file, &err)) fail_msg("%s", err.message);
        assert_int_equal(torch_count(v), file.count);
        for (size_t k = 0; k < file.count; k++) {
            TensorView t = torch_at(v, k);
            assert_string_equal(t.name, file.tensors[k].name);
            assert_int_equal(t.dims, file.tensors[k].dims);
            assert_memory_equal(t.shape, file.tensors[k].shape, t.dims * sizeof *t.shape);
            float values[256];
            size_t count = t.size_bytes / dtype_bytes(t.dtype);
            assert_true(count <= 256 && dtype_read(t.dtype, t.data, values, count));
            assert_memory_equal(values, file.tensors[k].values, count * sizeof *values);
            bool in = (const char *)t.data >= bytes.data &&
                      (const char *)t.data < bytes.data + bytes.size;
            inside += in;
            outside += !in;
            halves += t.dtype == DTYPE_F16 || t.dtype == DTYPE_BF16;
        }
        torch_close(v);
        torch_release(&file);
        str_release(&bytes);
    }
    assert_true(inside >= 8 && outside >= 1 && halves >= 2);
    torch_close(NULL);
}

/* A pickle alone, without a zip around it: some are millions of instructions long. */
static bool read_pickle(const Str *pickle, Err *err)
{
    Arena arena = {0};
    PickledTensors tensors = {0};
    char *copy = malloc(pickle->size); /* of exactly this size */
    memcpy(copy, pickle->data, pickle->size);
    bool ok = torch_pickle(copy, pickle->size, &arena, &tensors, err);
    free(copy);
    vec_release(&tensors);
    arena_release(&arena);
    return ok;
}

static void repeat(Str *out, const char *bytes, size_t size, size_t count)
{
    for (size_t i = 0; i < count; i++) str_add_bytes(out, bytes, size);
}

/* Each says little and would grow much: more values, a deeper stack, a longer memo, tuples of
 * tuples that double at every step. */
static void bombs_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece, *tail;
        size_t head_size, piece_size, tail_size, count;
    } CASES[] = {
#define BOMB(head, piece, count, tail)                                                             \
    {"\x80\x02" head,  piece,           tail, sizeof "\x80\x02" head - 1,                          \
     sizeof piece - 1, sizeof tail - 1, count}
        BOMB("", "K\1", 1000001, "."),        /* values */
        BOMB("", "(", 1000001, "."),          /* marks */
        BOMB("Nq\0", "h\0", 1000001, "."),    /* the stack, by the memo */
        BOMB("N", "r\x40\x42\x0f\0", 1, "."), /* a place in the memo far away */
        BOMB("N", "r\xff\xff\xff\xff", 1, "."),
        BOMB("N", "j\xff\xff\xff\xff", 1, "."),
        BOMB(")", "\x85", 1000001, "."),            /* nested deep */
        BOMB("}", "q\0(h\0h\0u", 300000, "."),      /* a dict that holds itself: no tensors */
        BOMB(")q\0", "h\0\x86q\0h\0", 100000, "."), /* doubling */
        BOMB("X\xff\xff\xff\xff", "a", 5000, "."),  /* a text longer than the file */
        BOMB("X\x88\x13\0\0", "a", 5000, "."),      /* a name longer than names are */
        BOMB("\x8a\xff", "a", 300, "."),            /* a number of 255 bytes */
        BOMB("c", "a", 5000, "\nb\n."),
        BOMB("", "", 0, ""),
        BOMB("", "t", 1, "."),
        BOMB("", "u", 1, "."),
        BOMB("N", "s", 1, "."),
        BOMB("K\1", "R", 1, "."),
        BOMB("", "Q", 1, "."),
        BOMB("", "b", 1, "."),
        BOMB("", "\x87", 1, "."),
        BOMB("", "q\0", 1, "."),
        BOMB("", "\x80\x05", 1, "."),
        BOMB("", "\x95\0\0\0\0\0\0\0\0", 1, "."), /* a frame of protocol 4 */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Str pickle = {0};
        Err err = {0};
        repeat(&pickle, CASES[i].head, CASES[i].head_size, 1);
        repeat(&pickle, CASES[i].piece, CASES[i].piece_size, CASES[i].count);
        repeat(&pickle, CASES[i].tail, CASES[i].tail_size, 1);
        if (read_pickle(&pickle, &err)) fail_msg("bomb %zu was taken", i);
        assert_true(err.message[0] != '\0');
        str_release(&pickle);
    }
}

static void every_truncated_pickle_is_refused(void **state)
{
    (void)state;
    Str bytes = {0}, pickle = {0}, cut = {0};
    read_bytes("linear.bin", &bytes);
    find_pickle(&bytes, &pickle);
    while (pickle.size && pickle.data[pickle.size - 1] != '.')
        str_truncate(&pickle, pickle.size - 1);
    Err err = {0};
    if (!read_pickle(&pickle, &err)) fail_msg("%s", err.message);
    for (size_t size = 1; size < pickle.size; size++) {
        str_clear(&cut);
        str_add_bytes(&cut, pickle.data, size);
        assert_false(read_pickle(&cut, &err));
    }
    str_release(&cut);
    str_release(&pickle);
    str_release(&bytes);
}

/* Every file cut off at every byte: as a zip whose end is missing it is refused. */
static void every_truncated_file_is_refused(void **state)
{
    (void)state;
    Str bytes = {0};
    read_bytes("half.bin", &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        TorchViews *v;
        Err err = {0};
        char *copy = malloc(size + 1);
        memcpy(copy, bytes.data, size);
        assert_false(torch_parse(copy, size, "cut.bin", &v, &err));
        assert_true(str_starts(err.message, "cut.bin: "));
        free(copy);
    }
    str_release(&bytes);
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
        cmocka_unit_test(written_comes_back),
        cmocka_unit_test(torchs_own_files_are_read),
        cmocka_unit_test(changed_bytes_never_crash),
        cmocka_unit_test(changed_pickles_never_crash),
        cmocka_unit_test(odd_pickles_are_told),
        cmocka_unit_test(reaching_out_is_refused),
        cmocka_unit_test(code_is_refused_by_name),
        cmocka_unit_test(views_are_not_copies),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(every_truncated_pickle_is_refused),
        cmocka_unit_test(every_truncated_file_is_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
