#include "model/safetensors.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mapped.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "model/config.h"

#define HEADER_MAX_BYTES ((uint64_t)100 << 20)
#define NAME_MAX_BYTES 1024

struct Safetensors {
    Mapped file; /* nothing where the bytes are the caller's */
    Arena arena; /* names */
    Map *numbers;
    VEC(TensorView) tensors; /* by offset */
    const unsigned char *data;
    size_t data_bytes;
};

/* Every type that the format knows, with its size in bits. */
static const struct {
    const char *name;
    Dtype dtype;
    size_t bits;
} STORED[] = {
    {"F32", DTYPE_F32, 32},      {"F16", DTYPE_F16, 16},      {"BF16", DTYPE_BF16, 16},
    {"F64", DTYPE_F64, 64},      {"I64", DTYPE_I64, 64},      {"I32", DTYPE_I32, 32},
    {"I16", DTYPE_OTHER, 16},    {"I8", DTYPE_OTHER, 8},      {"U64", DTYPE_OTHER, 64},
    {"U32", DTYPE_OTHER, 32},    {"U16", DTYPE_OTHER, 16},    {"U8", DTYPE_OTHER, 8},
    {"BOOL", DTYPE_OTHER, 8},    {"C64", DTYPE_OTHER, 64},    {"F8_E4M3", DTYPE_OTHER, 8},
    {"F8_E5M2", DTYPE_OTHER, 8}, {"F8_E8M0", DTYPE_OTHER, 8}, {"F6_E2M3", DTYPE_OTHER, 6},
    {"F4", DTYPE_OTHER, 4},      {"F6_E3M2", DTYPE_OTHER, 6},
};

/* ---- one tensor of the header ---- */

/* A JSON number that is a whole one up to `most`, exactly. */
static bool whole(const cJSON *j, uint64_t most, uint64_t *ret)
{
    double v = cJSON_IsNumber(j) ? j->valuedouble : -1;
    if (!(v >= 0 && v <= 0x1p53) || v != floor(v) || (uint64_t)v > most) return false;
    *ret = (uint64_t)v;
    return true;
}

bool tensor_name_is_fine(const char *name)
{
    size_t size = strlen(name);
    bool fine = size > 0 && size <= NAME_MAX_BYTES && utf8_valid(name, size, NULL);
    for (size_t at = 0; fine && at < size;) {
        uint32_t code;
        at += utf8_next(name + at, size - at, &code);
        fine = !utf8_is_active(code);
    }
    return fine;
}

/* Each field once; others than these three are left alone. */
static bool find_fields(const cJSON *tensor, const cJSON *ret[3], Err *err)
{
    static const char *const KEYS[3] = {"dtype", "shape", "data_offsets"};
    const cJSON *field;
    if (!cJSON_IsObject(tensor))
        return err_set(err, ERR_FORMAT, "'%.200s' is no tensor", tensor->string);
    cJSON_ArrayForEach(field, tensor)
    {
        for (int k = 0; k < 3; k++) {
            if (strcmp(field->string, KEYS[k]) != 0) continue;
            if (ret[k])
                return err_set(err, ERR_FORMAT, "'%.200s' has two %s", tensor->string, KEYS[k]);
            ret[k] = field;
        }
    }
    for (int k = 0; k < 3; k++) {
        if (!ret[k]) return err_set(err, ERR_FORMAT, "'%.200s' has no %s", tensor->string, KEYS[k]);
    }
    return true;
}

/* Bits of a value of the named type; 0: unknown. */
static size_t read_dtype(const cJSON *field, Dtype *ret)
{
    for (size_t i = 0; cJSON_IsString(field) && i < sizeof STORED / sizeof *STORED; i++) {
        if (strcmp(field->valuestring, STORED[i].name) != 0) continue;
        *ret = STORED[i].dtype;
        return STORED[i].bits;
    }
    return 0;
}

/* The product of the shape, at most `most`. */
static bool read_shape(const cJSON *field, TensorView *t, uint64_t most, uint64_t *ret_count)
{
    const cJSON *dim;
    uint64_t count = 1, n;
    bool empty = false, fits = true;
    if (!cJSON_IsArray(field)) return false;
    cJSON_ArrayForEach(dim, field)
    {
        if (t->dims == TENSOR_DIMS_MAX || !whole(dim, UINT64_MAX, &n)) return false;
        t->shape[t->dims++] = (size_t)n;
        empty |= n == 0;
        fits = fits && n && count <= most / n;
        if (fits) count *= n;
    }
    *ret_count = empty ? 0 : count;
    return fits || empty;
}

static bool read_tensor(Safetensors *s, const cJSON *tensor, Err *err)
{
    const char *name = tensor->string;
    const cJSON *field[3] = {0};
    if (!tensor_name_is_fine(name))
        return err_set(err, ERR_FORMAT,
                       "a tensor has a name that is empty, too long or unprintable");
    if (!find_fields(tensor, field, err)) return false;
    TensorView t = {0};
    size_t bits = read_dtype(field[0], &t.dtype);
    if (!bits)
        return err_set(err, ERR_FORMAT, "'%.200s' has an unknown dtype '%.40s'", name,
                       cJSON_IsString(field[0]) ? field[0]->valuestring : "?");
    uint64_t begin, end, count, most = (uint64_t)s->data_bytes;
    if (cJSON_GetArraySize(field[2]) != 2 || !cJSON_IsArray(field[2]) ||
        !whole(field[2]->child, most, &begin) || !whole(field[2]->child->next, most, &end) ||
        begin > end)
        return err_set(err, ERR_FORMAT,
                       "'%.200s' lies outside the file's %zu bytes of values: the file is cut off "
                       "or broken",
                       name, s->data_bytes);
    if (!read_shape(field[1], &t, most * 8 / bits, &count))
        return err_set(err, ERR_FORMAT,
                       "'%.200s' has a shape that does not fit into the file, or more than %d "
                       "dimensions",
                       name, TENSOR_DIMS_MAX);
    if (count * bits % 8 || count * bits / 8 != end - begin)
        return err_set(err, ERR_FORMAT, "'%.200s' has %llu bytes, but its shape needs %llu", name,
                       (unsigned long long)(end - begin), (unsigned long long)(count * bits / 8));
    if (!map_put(s->numbers, name, strlen(name), 0))
        return err_set(err, ERR_FORMAT, "'%.200s' stands in the file twice", name);
    t.name = arena_strdup(&s->arena, name);
    t.data = s->data + begin;
    t.size_bytes = (size_t)(end - begin);
    vec_push(&s->tensors, t);
    return true;
}

/* ---- the header ---- */

/* By place; an empty tensor before the one that begins where it is. */
static int compare_places(const void *a, const void *b)
{
    const TensorView *x = a, *y = b;
    if (x->data != y->data)
        return (const unsigned char *)x->data < (const unsigned char *)y->data ? -1 : 1;
    if (x->size_bytes != y->size_bytes) return x->size_bytes < y->size_bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* One tensor after the other, from the first byte to the last. */
static bool check_places(Safetensors *s, Err *err)
{
    const unsigned char *at = s->data;
    if (s->tensors.count)
        qsort(s->tensors.items, s->tensors.count, sizeof *s->tensors.items, compare_places);
    for (size_t i = 0; i < s->tensors.count; i++) {
        const TensorView *t = &s->tensors.items[i];
        if (t->data != at)
            return err_set(err, ERR_FORMAT, "'%.200s' %s", t->name,
                           (const unsigned char *)t->data < at
                               ? "overlaps another tensor"
                               : "leaves a hole between itself and the tensor before it");
        at += t->size_bytes;
        map_put(s->numbers, t->name, strlen(t->name), (uint32_t)i);
    }
    if (at != s->data + s->data_bytes)
        return err_set(err, ERR_FORMAT, "%zu bytes at its end belong to no tensor",
                       s->data_bytes - (size_t)(at - s->data));
    return true;
}

static bool read_header(Safetensors *s, const char *json, size_t size, Err *err)
{
    cJSON *root = config_parse(json, size, "header", err);
    if (!root) return false;
    const cJSON *tensor;
    bool ok = cJSON_IsObject(root) || err_set(err, ERR_FORMAT, "its header is no JSON object");
    cJSON_ArrayForEach(tensor, root)
    {
        if (!ok) break;
        if (strcmp(tensor->string, "__metadata__") != 0) ok = read_tensor(s, tensor, err);
    }
    cJSON_Delete(root);
    return ok && check_places(s, err);
}

static bool read_all(Safetensors *s, const unsigned char *bytes, size_t size, Err *err)
{
    uint64_t header = 0;
    if (size < 10)
        return err_set(err, ERR_FORMAT, "%zu bytes are too few for a safetensors file", size);
    for (int i = 0; i < 8; i++) header |= (uint64_t)bytes[i] << (8 * i);
    if (header > HEADER_MAX_BYTES)
        return err_set(err, ERR_LIMIT,
                       "not a safetensors file: its header would have %llu bytes, more than the "
                       "%llu that the format allows",
                       (unsigned long long)header, (unsigned long long)HEADER_MAX_BYTES);
    if (header > size - 8)
        return err_set(err, ERR_FORMAT,
                       "its header of %llu bytes reaches past the end: the file is cut off",
                       (unsigned long long)header);
    if (bytes[8] != '{')
        return err_set(err, ERR_FORMAT, "not a safetensors file: its header is no JSON object");
    s->data = bytes + 8 + header;
    s->data_bytes = size - 8 - (size_t)header;
    return read_header(s, (const char *)bytes + 8, (size_t)header, err);
}

bool safetensors_parse(const void *bytes, size_t size, const char *name, Safetensors **ret,
                       Err *err)
{
    Safetensors *s = mem_zero(1, sizeof *s);
    s->numbers = map_new();
    if (!read_all(s, bytes, size, err)) {
        safetensors_close(s);
        return err_prefix(err, "%s", name);
    }
    *ret = s;
    return true;
}

bool safetensors_open(const char *path, Safetensors **ret, Err *err)
{
    Mapped file;
    if (!mapped_open(path, &file, err)) return false;
    if (!safetensors_parse(file.bytes, file.size, path, ret, err)) {
        mapped_close(&file);
        return false;
    }
    (*ret)->file = file;
    return true;
}

void safetensors_close(Safetensors *s)
{
    if (!s) return;
    map_free(s->numbers);
    vec_release(&s->tensors);
    arena_release(&s->arena);
    mapped_close(&s->file);
    free(s);
}

size_t safetensors_count(const Safetensors *s)
{
    return s->tensors.count;
}

TensorView safetensors_at(const Safetensors *s, size_t i)
{
    return s->tensors.items[i];
}

void safetensors_forget(const Safetensors *s, const TensorView *t)
{
    mapped_forget(&s->file, t->data, t->size_bytes);
}

bool safetensors_find(const Safetensors *s, const char *name, TensorView *ret)
{
    uint32_t at = map_get(s->numbers, name, strlen(name));
    if (at == MAP_NONE) return false;
    *ret = s->tensors.items[at];
    return true;
}
