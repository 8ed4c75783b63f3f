#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "model/safetensors.h"

#define PIECE_VALUES ((size_t)64 * 1024)

static bool write_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

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
static bool write_values(int fd, const TensorView *t, const float *values, void *piece)
{
    if (!values) return write_all(fd, t->data, t->size_bytes);
    size_t bytes = dtype_bytes(t->dtype), left = t->size_bytes / bytes;
    while (left > 0) {
        size_t n = left < PIECE_VALUES ? left : PIECE_VALUES;
        dtype_write(t->dtype, values, piece, n);
        if (!write_all(fd, piece, n * bytes)) return false;
        values += n;
        left -= n;
    }
    return true;
}

static bool write_file(int fd, const Str *header, const TensorView *tensors,
                       const float *const *values, size_t count)
{
    unsigned char size[8];
    for (int i = 0; i < 8; i++) size[i] = (unsigned char)((uint64_t)header->size >> (8 * i));
    void *piece = mem_alloc(PIECE_VALUES * 8);
    bool ok = write_all(fd, size, sizeof size) && write_all(fd, header->data, header->size);
    for (size_t i = 0; ok && i < count; i++)
        ok = write_values(fd, &tensors[i], values ? values[i] : NULL, piece);
    free(piece);
    return ok && fsync(fd) == 0;
}

/* The rename lasts once its folder is written; where a folder cannot be, there is nothing to do. */
static void sync_folder(const char *path)
{
    size_t size = (size_t)(file_name(path) - path);
    char *folder = size ? mem_strndup(path, size) : mem_strdup("./");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(folder);
}

bool safetensors_write(const char *path, const TensorView *tensors, const float *const *values,
                       size_t count, Err *err)
{
    Str header = {0};
    if (!make_header(tensors, count, &header, err)) {
        str_release(&header);
        return err_prefix(err, "%s", path);
    }
    char *temporary = str_format("%s.XXXXXX", path);
    mode_t mask = umask(0);
    umask(mask);
    int fd = mkostemp(temporary, O_CLOEXEC);
    bool ok =
        fd >= 0 && fchmod(fd, 0666 & ~mask) == 0 && write_file(fd, &header, tensors, values, count);
    int code = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        code = errno;
        ok = false;
    }
    if (ok && rename(temporary, path) != 0) {
        code = errno;
        ok = false;
    }
    if (ok)
        sync_folder(path);
    else {
        if (fd >= 0) unlink(temporary);
        err_set(err, ERR_IO, "%s cannot be written: %s", path, strerror(code));
    }
    free(temporary);
    str_release(&header);
    return ok;
}
