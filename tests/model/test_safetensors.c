/* safetensors: what is written comes back, what the library writes is read, what is hostile is
 * refused with a word about it, and nothing crashes. */
#include "golden/golden.h"
#include "model/scratch.h"

#include <math.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "model/safetensors.h"

/* ---- values ---- */

static float bits_float(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* All 65536 halves by the definition, and back to themselves. */
static void halves_are_exact(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        uint16_t in = (uint16_t)h, out;
        float f;
        assert_true(dtype_read(DTYPE_F16, &in, &f, 1));
        int exponent = h >> 10 & 31, fraction = h & 1023;
        double want = exponent == 31 ? (fraction ? NAN : INFINITY)
                      : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                     : ldexp(fraction, -24);
        if (h & 0x8000) want = -want;
        assert_true(isnan(want) ? isnan(f) : f == (float)want && !signbit(f) == !signbit(want));
        assert_true(dtype_write(DTYPE_F16, &f, &out, 1));
        if (isnan(f))
            assert_true((out & 0x7c00) == 0x7c00 && (out & 0x3ff));
        else
            assert_int_equal(out, in);
    }
}

/* The nearest half or bfloat of a float, found by trying its neighbours; even on a tie. */
static void check_nearest(Dtype d, float f)
{
    uint16_t got;
    float near[3];
    assert_true(dtype_write(d, &f, &got, 1));
    for (int k = -1; k <= 1; k++) {
        uint16_t other = (uint16_t)(got + k);
        assert_true(dtype_read(d, &other, &near[k + 1], 1));
    }
    if (isnan(f)) {
        assert_true(isnan(near[1]));
        return;
    }
    assert_true(!signbit(near[1]) == !signbit(f));
    if (isinf(near[1])) {
        /* the number that would come next, had it one: half of the way there rounds up */
        double most = d == DTYPE_F16 ? 65504 : 0x1.fep127;
        double step = d == DTYPE_F16 ? 32 : 0x1p120;
        assert_true(fabs((double)f) >= most + step / 2);
        return;
    }
    double off = fabs((double)near[1] - (double)f);
    for (int k = 0; k < 3; k += 2) {
        if (isnan(near[k]) || isinf(near[k]) || !signbit(near[k]) != !signbit(near[1])) continue;
        double other = fabs((double)near[k] - (double)f);
        assert_true(off < other || (off == other && got % 2 == 0));
    }
}

static void floats_round_to_nearest(void **state)
{
    (void)state;
    Rng rng = rng_make(3, 0);
    for (int i = 0; i < 200000; i++) {
        uint32_t bits = (uint32_t)rng_u64(&rng);
        check_nearest(DTYPE_BF16, bits_float(bits));
        /* most of them in the range of a half, many of them on a tie */
        bits = (bits & 0x807fffff) | (uint32_t)(95 + rng_below(&rng, 52)) << 23;
        if (i % 3 == 0) bits = (bits & ~0x1fffu) | 0x1000;
        check_nearest(DTYPE_F16, bits_float(bits));
    }
    static const float EDGES[] = {0,        -0.0f,    65504,      65519.996f, 65520,        -65520,
                                  0x1p-24f, 0x1p-25f, 0x1.8p-25f, 0x1p-14f,   0x1.ffcp-15f, 1e-40f,
                                  INFINITY, NAN};
    for (size_t i = 0; i < sizeof EDGES / sizeof *EDGES; i++) {
        check_nearest(DTYPE_F16, EDGES[i]);
        check_nearest(DTYPE_BF16, EDGES[i]);
    }
}

static void other_types_are_converted(void **state)
{
    (void)state;
    double d[5] = {1.5, 1e300, -1e300, NAN, 3.4028235677973366e38};
    int64_t n[3] = {-7, (int64_t)1 << 40, INT64_MIN}, back[5];
    int32_t i32[3];
    float f[5];
    assert_true(dtype_read(DTYPE_F64, d, f, 5));
    assert_true(f[0] == 1.5f && f[1] == INFINITY && f[2] == -INFINITY && isnan(f[3]));
    assert_true(dtype_read(DTYPE_I64, n, f, 3));
    assert_true(f[0] == -7 && f[1] == 0x1p40f && f[2] == -0x1p63f);
    float odd[5] = {2.5f, 1e30f, -1e30f, NAN, -3.5f};
    assert_true(dtype_write(DTYPE_I64, odd, back, 5));
    assert_true(back[0] == 2 && back[1] == INT64_MAX && back[2] == INT64_MIN && back[3] == 0 &&
                back[4] == -4);
    assert_true(dtype_write(DTYPE_I32, odd, i32, 3));
    assert_true(i32[0] == 2 && i32[1] == INT32_MAX && i32[2] == INT32_MIN);
    assert_false(dtype_read(DTYPE_OTHER, d, f, 1));
    assert_false(dtype_write(DTYPE_OTHER, f, d, 1));
    assert_int_equal(dtype_bytes(DTYPE_OTHER), 0);
    assert_string_equal(dtype_name(DTYPE_BF16), "BF16");
}

/* ---- there and back ---- */

static bool same_view(const TensorView *a, const TensorView *b)
{
    return strcmp(a->name, b->name) == 0 && a->dtype == b->dtype && a->dims == b->dims &&
           memcmp(a->shape, b->shape, a->dims * sizeof *a->shape) == 0 &&
           a->size_bytes == b->size_bytes &&
           (a->size_bytes == 0 || memcmp(a->data, b->data, a->size_bytes) == 0);
}

static void written_comes_back(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    char path[128];
    snprintf(path, sizeof path, "%s/a.safetensors", s.path);
    float w[6] = {1, -2, 3.5f, 1e-3f, 65504, 0.1f}, one[1] = {0.25f};
    int64_t ids[2] = {0, 511};
    TensorView t[] = {
        {.name = "z \"quoted\"\\ 词",
         .dtype = DTYPE_F16,
         .dims = 2,
         .shape = {2, 3},
         .size_bytes = 12},
        {.name = "a", .dtype = DTYPE_F32, .dims = 0, .size_bytes = 4},
        {.name = "none", .dtype = DTYPE_F32, .dims = 2, .shape = {0, 7}, .size_bytes = 0},
        {.name = "ids",
         .dtype = DTYPE_I64,
         .dims = 2,
         .shape = {1, 2},
         .size_bytes = 16,
         .data = ids},
        {.name = "b", .dtype = DTYPE_BF16, .dims = 1, .shape = {6}, .size_bytes = 12},
        {.name = "d", .dtype = DTYPE_F64, .dims = 1, .shape = {6}, .size_bytes = 48},
    };
    const float *values[] = {w, one, w, NULL, w, w};
    Err err = {0};
    if (!safetensors_write(path, t, values, 6, &err)) fail_msg("%s", err.message);
    Safetensors *back;
    if (!safetensors_open(path, &back, &err)) fail_msg("%s", err.message);
    assert_int_equal(safetensors_count(back), 6);
    uint16_t half[6], bfloat[6];
    double wide[6];
    dtype_write(DTYPE_F16, w, half, 6);
    dtype_write(DTYPE_BF16, w, bfloat, 6);
    dtype_write(DTYPE_F64, w, wide, 6);
    t[0].data = half;
    t[1].data = one;
    t[4].data = bfloat;
    t[5].data = wide;
    for (size_t i = 0; i < 6; i++) {
        TensorView found;
        assert_true(safetensors_find(back, t[i].name, &found));
        assert_true(same_view(&t[i], &found));
        found = safetensors_at(back, i); /* the order is kept */
        assert_true(same_view(&t[i], &found));
    }
    TensorView none;
    assert_false(safetensors_find(back, "c", &none));
    safetensors_close(back);

    Str bytes = {0};
    assert_true(file_read(path, 10000, &bytes, &err));
    uint64_t header;
    memcpy(&header, bytes.data, 8);
    assert_int_equal(header % 8, 0);
    assert_non_null(memmem(bytes.data, bytes.size, "{\"__metadata__\":{\"format\":\"pt\"}", 31));
    str_release(&bytes);
    scratch_remove(&s);
}

/* A write that cannot be leaves what was there, and nothing beside it. */
static void failed_write_changes_nothing(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    char path[128];
    snprintf(path, sizeof path, "%s/a.safetensors", s.path);
    scratch_put(&s, "a.safetensors", "old");
    static const TensorView BAD[] = {
        {.name = "w", .dtype = DTYPE_F32, .dims = 1, .shape = {3}, .size_bytes = 8},
        {.name = "w", .dtype = DTYPE_OTHER, .dims = 1, .shape = {3}, .size_bytes = 3},
        {.name = "w",
         .dtype = DTYPE_F32,
         .dims = 2,
         .shape = {SIZE_MAX, 4},
         .size_bytes = SIZE_MAX},
    };
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        Err err = {0};
        assert_false(safetensors_write(path, &BAD[i], NULL, 1, &err));
        assert_non_null(strstr(err.message, "'w'"));
    }
    Err err = {0};
    assert_false(safetensors_write("/nonexistent/a.safetensors", NULL, NULL, 0, &err));
    assert_non_null(strstr(err.message, "/nonexistent"));
    Str text = {0};
    assert_true(file_read(path, 100, &text, &err));
    assert_string_equal(str_get(&text), "old");
    str_release(&text);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(s.path), 0);
}

/* What the library wrote in each type: read, written, and the same again. */
static void the_librarys_files_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t count;
        Dtype dtype;
    } FILES[] = {
        {"encoders/bert/model.safetensors", 39, DTYPE_F32},
        {"encoders/xlmr/model.safetensors", 39, DTYPE_BF16},
        {"encoders/bert_legacy/2_Dense/model.safetensors", 2, DTYPE_F16},
    };
    Scratch s = scratch_make();
    char path[1024], copy[128];
    snprintf(copy, sizeof copy, "%s/copy.safetensors", s.path);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        Safetensors *file, *again;
        Err err = {0};
        snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, FILES[i].path);
        if (!safetensors_open(path, &file, &err)) fail_msg("%s", err.message);
        size_t count = safetensors_count(file);
        assert_int_equal(count, FILES[i].count);
        TensorView *t = calloc(count, sizeof *t);
        float **values = calloc(count, sizeof *values);
        for (size_t k = 0; k < count; k++) {
            t[k] = safetensors_at(file, k);
            assert_int_equal(t[k].dtype, FILES[i].dtype);
            size_t n = t[k].size_bytes / dtype_bytes(t[k].dtype);
            values[k] = calloc(n, sizeof(float));
            assert_true(dtype_read(t[k].dtype, t[k].data, values[k], n));
        }
        for (int from_values = 0; from_values < 2; from_values++) {
            const float *const *v = from_values ? (const float *const *)values : NULL;
            if (!safetensors_write(copy, t, v, count, &err)) fail_msg("%s", err.message);
            if (!safetensors_open(copy, &again, &err)) fail_msg("%s", err.message);
            for (size_t k = 0; k < count; k++) {
                TensorView other = safetensors_at(again, k);
                assert_true(same_view(&t[k], &other));
            }
            safetensors_close(again);
        }
        for (size_t k = 0; k < count; k++) free(values[k]);
        free(values);
        free(t);
        safetensors_close(file);
    }
    scratch_remove(&s);
}

/* ---- hostile ---- */

/* Parses a copy of exactly this size, so that a byte too far is seen. */
static bool parse(const void *bytes, size_t size, Err *err)
{
    Safetensors *s = NULL;
    char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, bytes, size);
    bool ok = safetensors_parse(copy, size, "x.safetensors", &s, err);
    if (ok) {
        volatile unsigned char sum = 0;
        for (size_t i = 0; i < safetensors_count(s); i++) {
            TensorView t = safetensors_at(s, i), found;
            assert_true(safetensors_find(s, t.name, &found));
            assert_ptr_equal(t.data, found.data);
            for (size_t k = 0; k < t.size_bytes; k++)
                sum = (unsigned char)(sum + ((const unsigned char *)t.data)[k]);
        }
        safetensors_close(s);
    } else {
        assert_true(err->message[0] != '\0');
        assert_true(utf8_valid(err->message, strlen(err->message), NULL));
    }
    free(copy);
    return ok;
}

static void make(Str *out, const char *header, size_t data)
{
    uint64_t size = strlen(header);
    str_clear(out);
    str_add_bytes(out, (const char *)&size, 8);
    str_add(out, header);
    for (size_t i = 0; i < data; i++) str_add_char(out, (char)i);
}

#define F32(name, shape, from, to)                                                                 \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" #from "," #to "]}"

static void lies_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t data;
        const char *why; /* NULL: it is fine */
    } CASES[] = {
        {"{" F32("a", "[2]", 0, 8) "," F32("b", "[1]", 8, 12) "}", 12, NULL},
        {"{" F32("b", "[1]", 8, 12) "," F32("a", "[2]", 0, 8) "}   ", 12, NULL},
        {"{" F32("a", "[]", 0, 4) "}", 4, NULL},
        {"{" F32("a", "[0]", 0, 0) "," F32("b", "[1]", 0, 4) "," F32("c", "[3,0]", 4, 4) "}", 4,
         NULL},
        {"{}", 0, NULL},
        {"{\"__metadata__\":{\"format\":\"pt\"}}", 0, NULL},
        {"{\"a\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[0,3]}}", 3, NULL},
        {"{\"a\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,2]}}", 2, NULL},
        {"{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]}}", 2, "shape needs"},
        {"{" F32("a", "[2]", 0, 8) "}", 9, "belong to no tensor"},
        {"{}", 1, "belong to no tensor"},
        {"{" F32("a", "[2]", 0, 8) "}", 7, "outside"},
        {"{" F32("a", "[2]", 8, 0) "}", 8, "outside"},
        {"{" F32("a", "[2]", -8, 0) "}", 8, "outside"},
        {"{" F32("a", "[2]", 0, 18446744073709551624) "}", 8, "outside"},
        {"{" F32("a", "[2]", 0, 7.5) "}", 8, "outside"},
        {"{" F32("a", "[2]", 0, 1e999) "}", 8, "outside"},
        {"{" F32("a", "[2]", 0, 8) "," F32("b", "[2]", 4, 12) "}", 12, "overlaps"},
        {"{" F32("a", "[2]", 0, 8) "," F32("b", "[2]", 0, 8) "}", 8, "overlaps"},
        {"{" F32("a", "[1]", 0, 4) "," F32("b", "[1]", 8, 12) "}", 12, "hole"},
        {"{" F32("a", "[1]", 4, 8) "}", 8, "hole"},
        {"{" F32("a", "[1]", 0, 4) "," F32("a", "[1]", 4, 8) "}", 8, "twice"},
        {"{" F32("a", "[3]", 0, 8) "}", 8, "shape"},
        {"{" F32("a", "[1]", 0, 8) "}", 8, "8 bytes, but its shape needs 4"},
        {"{" F32("a", "[4294967296,4294967296]", 0, 8) "}", 8, "does not fit"},
        {"{" F32("a", "[4611686018427387904,4]", 0, 0) "}", 0, "does not fit"},
        {"{" F32("a", "[1,1,1,1,1]", 0, 4) "}", 4, "dimensions"},
        {"{" F32("a", "[-1]", 0, 4) "}", 4, "does not fit"},
        {"{" F32("a", "[1.5]", 0, 4) "}", 4, "does not fit"},
        {"{" F32("a", "[\"1\"]", 0, 4) "}", 4, "does not fit"},
        {"{" F32("a", "1", 0, 4) "}", 4, "does not fit"},
        {"{" F32("", "[1]", 0, 4) "}", 4, "unprintable"},
        {"{" F32("a\\u001b[31m", "[1]", 0, 4) "}", 4, "unprintable"},
        {"{" F32("a\\n", "[1]", 0, 4) "}", 4, "unprintable"},
        {"{" F32("a\\u202e", "[1]", 0, 4) "}", 4, "unprintable"},
        {"{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
         "unknown dtype 'F33'"},
        {"{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "unknown dtype"},
        {"{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "no dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "no shape"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "no data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
         "two dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,2,4]}}", 4, "outside"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{\"x\":0,\"y\":4}}}", 4,
         "outside"},
        {"{\"a\":[1]}", 4, "no tensor"},
        {"{\"a\":null}", 4, "no tensor"},
        {"[]", 0, "no JSON object"},
        {"{\"a\":", 0, "cut off"},
        {"{\"a\"}", 0, "not valid"},
        {"{} {}", 0, "more after the end"},
        {"{\"\xff\":1}", 0, "UTF-8"},
    };
    Str bytes = {0};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Err err = {0};
        make(&bytes, CASES[i].header, CASES[i].data);
        bool ok = parse(bytes.data, bytes.size, &err);
        if (ok != !CASES[i].why) fail_msg("%s: %s", CASES[i].header, err.message);
        if (!ok && !strstr(err.message, CASES[i].why))
            fail_msg("%s: %s", CASES[i].header, err.message);
        if (!ok) assert_true(str_starts(err.message, "x.safetensors: "));
    }
    str_release(&bytes);
}

/* The length of the header itself: too long, past the end, past the cap, all ones. */
static void header_lengths_are_checked(void **state)
{
    (void)state;
    static const struct {
        uint64_t size;
        ErrKind kind;
    } CASES[] = {{51, ERR_FORMAT},
                 {((uint64_t)100 << 20) + 1, ERR_LIMIT},
                 {UINT64_MAX, ERR_LIMIT},
                 {UINT64_MAX - 7, ERR_LIMIT},
                 {(uint64_t)1 << 63, ERR_LIMIT},
                 {(uint64_t)100 << 20, ERR_FORMAT},
                 {0, ERR_FORMAT},
                 {1, ERR_FORMAT}};
    Str bytes = {0};
    make(&bytes, "{" F32("a", "[1]", 0, 4) "}", 0);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Err err = {0};
        memcpy(bytes.data, &CASES[i].size, 8);
        assert_false(parse(bytes.data, bytes.size, &err));
        assert_int_equal(err.kind, CASES[i].kind);
    }
    str_release(&bytes);
}

/* Nested deep, and more values than are taken. */
static void bombs_are_refused(void **state)
{
    (void)state;
    Str header = {0}, bytes = {0};
    Err err = {0};
    str_add(&header, "{\"a\":");
    for (int i = 0; i < 100000; i++) str_add_char(&header, '[');
    make(&bytes, header.data, 0);
    assert_false(parse(bytes.data, bytes.size, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    str_clear(&header);
    str_add(&header, "{\"a\":[");
    for (int i = 0; i < 4000001; i++) str_add(&header, "0,");
    str_add(&header, "0]}");
    make(&bytes, header.data, 0);
    assert_false(parse(bytes.data, bytes.size, &err));
    assert_int_equal(err.kind, ERR_LIMIT);
    str_release(&header);
    str_release(&bytes);
}

/* Cut off at every byte, with the length of the header as it was, and with one that fits. */
static void every_truncation_is_refused(void **state)
{
    (void)state;
    Str bytes = {0};
    make(&bytes,
         "{\"__metadata__\":{\"format\":\"pt\"}," F32("a", "[2]", 0, 8) "," F32("b", "[1,1]", 8,
                                                                                12) "}  ",
         12);
    Err err = {0};
    assert_true(parse(bytes.data, bytes.size, &err));
    for (size_t size = 0; size < bytes.size; size++) {
        assert_false(parse(bytes.data, size, &err));
        if (size <= 8) continue;
        char *copy = malloc(size);
        uint64_t header = size - 8;
        memcpy(copy, bytes.data, size);
        memcpy(copy, &header, 8);
        assert_false(parse(copy, size, &err));
        free(copy);
    }
    str_release(&bytes);
}

static void changed_bytes_never_crash(void **state)
{
    (void)state;
    Str bytes = {0};
    make(&bytes,
         "{" F32("a", "[2]", 0, 8) "," F32("b", "[1,1]", 8, 12) "," F32("c", "[0]", 12, 12) "}",
         12);
    Rng rng = rng_make(9, 0);
    size_t refused = 0, taken = 0;
    for (int round = 0; round < 20000; round++) {
        char *copy = malloc(bytes.size);
        Err err = {0};
        memcpy(copy, bytes.data, bytes.size);
        for (uint64_t n = 1 + rng_below(&rng, 3); n > 0; n--) {
            size_t at = (size_t)rng_below(&rng, bytes.size);
            copy[at] =
                rng_below(&rng, 2) ? (char)rng_u64(&rng) : bytes.data[rng_below(&rng, bytes.size)];
        }
        if (parse(copy, bytes.size, &err))
            taken++;
        else
            refused++;
        free(copy);
    }
    assert_true(taken > 500 && refused > 10000);
    str_release(&bytes);
}

static void files_that_are_none_are_told(void **state)
{
    (void)state;
    Scratch s = scratch_make();
    Safetensors *file;
    Err err = {0};
    assert_false(safetensors_open("/nonexistent.safetensors", &file, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    assert_false(safetensors_open(s.path, &file, &err));
    assert_non_null(strstr(err.message, "regular file"));
    char path[128];
    snprintf(path, sizeof path, "%s/empty", s.path);
    scratch_put(&s, "empty", "");
    assert_false(safetensors_open(path, &file, &err));
    assert_non_null(strstr(err.message, "too few"));
    scratch_put(&s, "empty", "version https://git-lfs.github.com/spec/v1\n");
    assert_false(safetensors_open(path, &file, &err));
    assert_non_null(strstr(err.message, path));
    safetensors_close(NULL);
    scratch_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_exact),
        cmocka_unit_test(floats_round_to_nearest),
        cmocka_unit_test(other_types_are_converted),
        cmocka_unit_test(written_comes_back),
        cmocka_unit_test(failed_write_changes_nothing),
        cmocka_unit_test(the_librarys_files_are_read),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(header_lengths_are_checked),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(changed_bytes_never_crash),
        cmocka_unit_test(files_that_are_none_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
