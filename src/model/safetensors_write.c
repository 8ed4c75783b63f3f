#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/str.h"
#include "model/safetensors.h"

#define PIECE_VALUES ((size_t)64 * 1024)

static bool check_tensor(const TensorView *t, size_t *ret_count, Err *err)
{
    size_t count = 1, bytes = dtype_bytes(t->dtype);
    if (!bytes || t->dims > TENSOR_DIMS_MAX)
        return err_set(err, ERR_USAGE, "'%.200s' is of a type that cannot be written", t->name);
    for (size_t d = 0; d < t->dims; d++) {
        if (__builtin_mul_overflow(count, t->shape[d], &count)) count = SIZE_MAX;
    }
    if (count > SIZE_MAX / bytes || count * bytes != t->size_bytes)
        return err_set(err, ERR_USAGE, "'%.200s' has %zu bytes, which is not what its shape needs",
                       t->name, t->size_bytes);
    *ret_count = count;
    return true;
}

/* "NAME":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]} */
static void add_entry(Str *header, const TensorView *t, size_t at)
{
    cJSON *name = cJSON_CreateString(t->name);
    char *quoted = cJSON_PrintUnformatted(name);
    str_addf(header, ",%s:{\"dtype\":\"%s\",\"shape\":[", quoted, dtype_name(t->dtype));
    for (size_t d = 0; d < t->dims; d++) str_addf(header, "%s%zu", d ? "," : "", t->shape[d]);
    str_addf(header, "],\"data_offsets\":[%zu,%zu]}", at, at + t->size_bytes);
    cJSON_free(quoted);
    cJSON_Delete(name);
}

static bool make_header(const TensorView *tensors, size_t count, Str *header, Err *err)
{
    size_t at = 0, values;
    str_add(header, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t i = 0; i < count; i++) {
        if (!check_tensor(&tensors[i], &values, err)) return false;
        add_entry(header, &tensors[i], at);
        at += tensors[i].size_bytes;
    }
    str_add_char(header, '}');
    while (header->size % 8) str_add_char(header, ' ');
    return true;
}

/* piece: room for PIECE_VALUES values of 8 bytes. */
static bool write_values(FileWriter *w, const TensorView *t, const float *values, void *piece,
                         Err *err)
{
    if (!values) return file_writer_add(w, t->data, t->size_bytes, err);
    size_t bytes = dtype_bytes(t->dtype), left = t->size_bytes / bytes;
    while (left > 0) {
        size_t n = left < PIECE_VALUES ? left : PIECE_VALUES;
        dtype_write(t->dtype, values, piece, n);
        if (!file_writer_add(w, piece, n * bytes, err)) return false;
        values += n;
        left -= n;
    }
    return true;
}

static bool write_file(FileWriter *w, const Str *header, const TensorView *tensors,
                       const float *const *values, size_t count, Err *err)
{
    unsigned char size[8];
    for (int i = 0; i < 8; i++) size[i] = (unsigned char)((uint64_t)header->size >> (8 * i));
    void *piece = mem_alloc(PIECE_VALUES * 8);
    bool ok = file_writer_add(w, size, sizeof size, err) &&
              file_writer_add(w, header->data, header->size, err);
    for (size_t i = 0; ok && i < count; i++)
        ok = write_values(w, &tensors[i], values ? values[i] : NULL, piece, err);
    free(piece);
    return ok;
}

bool safetensors_write(const char *path, const TensorView *tensors, const float *const *values,
                       size_t count, Err *err)
{
    Str header = {0};
    FileWriter *w;
    bool ok = make_header(tensors, count, &header, err) || err_prefix(err, "%s", path);
    if (ok && (ok = file_writer_open(path, &w, err))) {
        ok = write_file(w, &header, tensors, values, count, err);
        ok = file_writer_close(w, ok, err) && ok;
    }
    str_release(&header);
    return ok;
}
