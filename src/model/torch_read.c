#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mapped.h"
#include "base/mem.h"
#include "model/stored_zip.h"
#include "model/torch.h"
#include "model/torch_pickle.h"

#define PICKLE_MAX_BYTES ((size_t)64 << 20)
#define ENTRY_NAME_MAX 600

struct TorchViews {
    Mapped file; /* nothing where the bytes are the caller's */
    StoredZip zip;
    const char *folder; /* "archive/": where everything in the zip is */
    Arena arena;        /* names */
    VEC(TensorView) tensors;
    VEC(void *) copies;
    size_t copied_bytes;
    size_t stored_bytes, left; /* values that copies may still have */
};

static const struct {
    Dtype dtype;
    size_t bytes;
} KINDS[STORAGE_KINDS] = {
    [STORAGE_FLOAT] = {DTYPE_F32, 4},     [STORAGE_HALF] = {DTYPE_F16, 2},
    [STORAGE_BFLOAT16] = {DTYPE_BF16, 2}, [STORAGE_DOUBLE] = {DTYPE_F64, 8},
    [STORAGE_LONG] = {DTYPE_I64, 8},      [STORAGE_INT] = {DTYPE_I32, 4},
    [STORAGE_SHORT] = {DTYPE_OTHER, 2},   [STORAGE_BYTE] = {DTYPE_OTHER, 1},
};

/* ---- the zip ---- */

/* "NAME/" of the entry NAME/data.pkl. */
static bool find_folder(TorchViews *v, Err *err)
{
    for (size_t i = 0; i < v->zip.entries.count; i++) {
        const char *name = v->zip.entries.items[i].name;
        if (!str_ends(name, "/data.pkl")) continue;
        v->folder = arena_strndup(&v->arena, name, strlen(name) - strlen("data.pkl"));
        return true;
    }
    return err_set(err, ERR_FORMAT,
                   "there is no data.pkl in it: not a torch checkpoint of version 1.6 or later");
}

static const StoredEntry *find_entry(const TorchViews *v, const char *folder, const char *name)
{
    char full[ENTRY_NAME_MAX];
    snprintf(full, sizeof full, "%s%s%s", v->folder, folder, name);
    return stored_zip_find(&v->zip, full);
}

/* Newer files name their byte order; older ones are little-endian. */
static bool check_byte_order(const TorchViews *v, Err *err)
{
    const StoredEntry *order = find_entry(v, "", "byteorder");
    return !order || (order->size == 6 && memcmp(order->data, "little", 6) == 0) ||
           err_set(err, ERR_FORMAT, "its values are not little-endian, which is not supported");
}

/* Bytes of all storages: no honest checkpoint has more values than that, even when two names share
 * one. */
static size_t stored_bytes(const StoredZip *zip)
{
    size_t bytes = 0;
    for (size_t i = 0; i < zip->entries.count; i++) {
        if (strstr(zip->entries.items[i].name, "/data/")) bytes += zip->entries.items[i].size;
    }
    return bytes;
}

static bool is_plain(const char *key)
{
    size_t size = strspn(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    return size > 0 && size <= 32 && key[size] == '\0';
}

/* ---- one tensor ---- */

/* Elements of the tensor, and whether all of them lie in a storage of that many. */
static bool fits(const PickledTensor *t, uint64_t elements, uint64_t *ret_count)
{
    uint64_t count = 1, last = t->offset;
    for (size_t i = 0; i < t->dims; i++) {
        if (t->shape[i] == 0) {
            *ret_count = 0;
            return true;
        }
    }
    if (t->offset >= elements) return false;
    for (size_t i = 0; i < t->dims; i++) {
        if (t->shape[i] > elements || count > elements / t->shape[i]) return false;
        count *= t->shape[i];
        if (t->stride[i] && t->shape[i] - 1 > (elements - 1 - last) / t->stride[i]) return false;
        last += (t->shape[i] - 1) * t->stride[i];
    }
    *ret_count = count;
    return true;
}

/* One value behind the other, in the order of the shape. */
static bool is_contiguous(const PickledTensor *t)
{
    uint64_t step = 1;
    for (size_t i = t->dims; i-- > 0; step *= t->shape[i]) {
        if (t->shape[i] != 1 && t->stride[i] != step) return false;
    }
    return true;
}

static void gather(const PickledTensor *t, const unsigned char *data, uint64_t count,
                   unsigned char *out)
{
    uint64_t index[TORCH_DIMS_MAX] = {0};
    size_t bytes = KINDS[t->kind].bytes;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = t->offset;
        for (size_t d = 0; d < t->dims; d++) at += index[d] * t->stride[d];
        memcpy(out + i * bytes, data + at * bytes, bytes);
        for (size_t d = t->dims; d-- > 0;) {
            if (++index[d] < t->shape[d]) break;
            index[d] = 0;
        }
    }
}

static bool copy_tensor(TorchViews *v, const PickledTensor *t, const unsigned char *data,
                        uint64_t count, TensorView *view, Err *err)
{
    if (count > v->left)
        return err_set(err, ERR_LIMIT, "the tensors hold more values than their file: refused");
    void *copy = malloc(view->size_bytes);
    if (!copy)
        return err_set(err, ERR_MEMORY, "'%.200s' does not fit into memory: %zu bytes", t->name,
                       view->size_bytes);
    gather(t, data, count, copy);
    vec_push(&v->copies, copy);
    v->left -= (size_t)count;
    v->copied_bytes += view->size_bytes;
    view->data = copy;
    return true;
}

static bool add_tensor(TorchViews *v, const PickledTensor *t, Err *err)
{
    uint64_t count = 0;
    size_t bytes = KINDS[t->kind].bytes;
    if (!is_plain(t->storage))
        return err_set(err, ERR_FORMAT, "the storage of '%.200s' has a strange name", t->name);
    const StoredEntry *storage = find_entry(v, "data/", t->storage);
    if (!storage)
        return err_set(err, ERR_FORMAT, "there is no '%sdata/%s' in the zip", v->folder,
                       t->storage);
    if (!fits(t, storage->size / bytes, &count))
        return err_set(err, ERR_FORMAT, "'%.200s' reaches past the end of its storage", t->name);
    TensorView view = {.name = arena_strdup(&v->arena, t->name),
                       .dtype = KINDS[t->kind].dtype,
                       .dims = t->dims,
                       .data = storage->data,
                       .size_bytes = (size_t)count * bytes};
    for (size_t d = 0; d < t->dims; d++) view.shape[d] = (size_t)t->shape[d];
    if (count > 0 && is_contiguous(t))
        view.data = storage->data + t->offset * bytes;
    else if (count > 0 && !copy_tensor(v, t, storage->data, count, &view, err))
        return false;
    vec_push(&v->tensors, view);
    return true;
}

/* ---- the whole ---- */

static bool read_all(TorchViews *v, const unsigned char *bytes, size_t size, Err *err)
{
    if (size < 4 || memcmp(bytes, "PK", 2) != 0)
        return err_set(err, ERR_FORMAT,
                       "not a torch checkpoint of version 1.6 or later (a zip); save it again with "
                       "a newer torch, or as safetensors");
    if (!stored_zip_read(bytes, size, &v->zip, err) || !find_folder(v, err) ||
        !check_byte_order(v, err))
        return false;
    const StoredEntry *pickle = find_entry(v, "", "data.pkl");
    if (pickle->size > PICKLE_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "its pickle has %zu bytes, more than is read", pickle->size);
    v->stored_bytes = v->left = stored_bytes(&v->zip);
    Arena arena = {0};
    PickledTensors tensors = {0};
    bool ok = stored_zip_check(pickle, err) &&
              torch_pickle((const char *)pickle->data, pickle->size, &arena, &tensors, err);
    for (size_t i = 0; ok && i < tensors.count; i++) ok = add_tensor(v, &tensors.items[i], err);
    vec_release(&tensors);
    arena_release(&arena);
    return ok;
}

bool torch_parse(const void *bytes, size_t size, const char *name, TorchViews **ret, Err *err)
{
    TorchViews *v = mem_zero(1, sizeof *v);
    if (!read_all(v, bytes, size, err)) {
        torch_close(v);
        return err_prefix(err, "%s", name);
    }
    *ret = v;
    return true;
}

bool torch_open(const char *path, TorchViews **ret, Err *err)
{
    Mapped file;
    if (!mapped_open(path, &file, err)) return false;
    if (!torch_parse(file.bytes, file.size, path, ret, err)) {
        mapped_close(&file);
        return false;
    }
    (*ret)->file = file;
    return true;
}

void torch_close(TorchViews *v)
{
    if (!v) return;
    for (size_t i = 0; i < v->copies.count; i++) free(v->copies.items[i]);
    vec_release(&v->copies);
    vec_release(&v->tensors);
    stored_zip_release(&v->zip);
    arena_release(&v->arena);
    mapped_close(&v->file);
    free(v);
}

size_t torch_count(const TorchViews *v)
{
    return v->tensors.count;
}

TensorView torch_at(const TorchViews *v, size_t i)
{
    return v->tensors.items[i];
}

void torch_forget(const TorchViews *v, const TensorView *tensor)
{
    mapped_forget(&v->file, tensor->data, tensor->size_bytes);
}

size_t torch_bytes(const TorchViews *v)
{
    return v->copied_bytes + v->tensors.capacity * sizeof *v->tensors.items + v->arena.used_bytes +
           v->zip.arena.used_bytes + v->zip.entries.capacity * sizeof *v->zip.entries.items;
}

/* ---- as floats ---- */

static bool read_values(const TensorView *view, size_t *left, TorchTensor *ret, Err *err)
{
    size_t bytes = dtype_bytes(view->dtype), count = bytes ? view->size_bytes / bytes : 0;
    if (!bytes)
        return err_set(err, ERR_FORMAT, "'%.200s' is of a type that is not supported", view->name);
    if (count > *left)
        return err_set(err, ERR_LIMIT, "the tensors hold more values than their file: refused");
    *left -= count;
    float *values = mem_tensor(1, count, view->name, err);
    if (!values) return false;
    dtype_read(view->dtype, view->data, values, count);
    *ret = (TorchTensor){.name = mem_strdup(view->name), .dims = view->dims, .values = values};
    memcpy(ret->shape, view->shape, sizeof ret->shape);
    return true;
}

bool torch_read(const char *path, TorchFile *ret, Err *err)
{
    TorchViews *v;
    TorchFile file = {0};
    if (!torch_open(path, &v, err)) return false;
    bool ok = true;
    for (size_t i = 0; ok && i < v->zip.entries.count; i++)
        ok = stored_zip_check(&v->zip.entries.items[i], err);
    size_t left = v->stored_bytes;
    file.tensors = mem_zero(v->tensors.count + 1, sizeof *file.tensors);
    for (size_t i = 0; ok && i < v->tensors.count; i++) {
        ok = read_values(&v->tensors.items[i], &left, &file.tensors[i], err);
        file.count += ok;
    }
    torch_close(v);
    if (ok) {
        *ret = file;
        return true;
    }
    torch_release(&file);
    return err_prefix(err, "%s", path);
}

void torch_release(TorchFile *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free(file->tensors[i].name);
        free(file->tensors[i].values);
    }
    free(file->tensors);
    *file = (TorchFile){0};
}

const TorchTensor *torch_find(const TorchFile *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++) {
        if (strcmp(file->tensors[i].name, name) == 0) return &file->tensors[i];
    }
    return NULL;
}
