#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/map.h"
#include "base/mem.h"
#include "model/torch.h"
#include "model/torch_pickle.h"

#define PICKLE_MAX_BYTES ((uint64_t)64 << 20)
#define STORAGE_MAX_BYTES ((uint64_t)16 << 30)
#define ENTRY_NAME_MAX 512

static const size_t ELEMENT_BYTES[STORAGE_KINDS] = {[STORAGE_FLOAT] = 4,
                                                    [STORAGE_HALF] = 2,
                                                    [STORAGE_BFLOAT16] = 2,
                                                    [STORAGE_DOUBLE] = 8,
                                                    [STORAGE_LONG] = 8};

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

/* An entry as a whole; stored only, so that its size in the directory is its size in memory. */
static bool read_entry(zip_t *zip, const char *name, uint64_t limit, char **ret, size_t *ret_size,
                       Err *err)
{
    zip_stat_t info;
    if (zip_stat(zip, name, 0, &info) != 0)
        return err_set(err, ERR_FORMAT, "there is no '%s' in the zip", name);
    if (info.comp_method != ZIP_CM_STORE || info.size != info.comp_size)
        return err_set(err, ERR_FORMAT, "'%s' is compressed, which torch does not do", name);
    if (info.size > limit)
        return err_set(err, ERR_LIMIT, "'%s' has %llu bytes, more than is read", name,
                       (unsigned long long)info.size);
    zip_file_t *file = zip_fopen(zip, name, 0);
    char *data = malloc((size_t)info.size + 1);
    bool ok = file && data;
    for (uint64_t at = 0; ok && at < info.size;) {
        zip_int64_t n = zip_fread(file, data + at, info.size - at);
        ok = n > 0;
        at += ok ? (uint64_t)n : 0;
    }
    if (file) zip_fclose(file);
    if (!ok) {
        free(data);
        return err_set(err, ERR_FORMAT, "'%s' in the zip is broken or too large", name);
    }
    *ret = data;
    *ret_size = (size_t)info.size;
    return true;
}

/* "NAME/" of the entry NAME/data.pkl. */
static bool find_folder(zip_t *zip, char folder[ENTRY_NAME_MAX], Err *err)
{
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0); i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        size_t size = name ? strlen(name) : 0;
        if (size < 9 || size >= ENTRY_NAME_MAX || strcmp(name + size - 9, "/data.pkl") != 0)
            continue;
        memcpy(folder, name, size - 8);
        folder[size - 8] = '\0';
        return true;
    }
    return err_set(err, ERR_FORMAT,
                   "there is no data.pkl in it: not a torch checkpoint of version 1.6 or later");
}

static float half_value(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 1023,
             bits;
    if (exponent == 31)
        bits = sign | 0x7f800000 | fraction << 13;
    else if (exponent)
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    else
        return (sign ? -1.0f : 1.0f) * (float)fraction * 5.9604644775390625e-8f;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static float element(const char *data, StorageKind kind, uint64_t at)
{
    const char *p = data + at * ELEMENT_BYTES[kind];
    uint16_t half;
    uint32_t bits;
    float f;
    double d;
    int64_t n;
    switch (kind) {
    case STORAGE_FLOAT:
        memcpy(&f, p, sizeof f);
        return f;
    case STORAGE_HALF:
        memcpy(&half, p, sizeof half);
        return half_value(half);
    case STORAGE_BFLOAT16:
        memcpy(&half, p, sizeof half);
        bits = (uint32_t)half << 16;
        memcpy(&f, &bits, sizeof f);
        return f;
    case STORAGE_DOUBLE:
        memcpy(&d, p, sizeof d);
        return (float)d;
    case STORAGE_LONG:
        memcpy(&n, p, sizeof n);
        return (float)n;
    case STORAGE_KINDS:
        break;
    }
    return 0;
}

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

static void gather(const PickledTensor *t, const char *data, uint64_t count, float *out)
{
    uint64_t index[TORCH_DIMS_MAX] = {0};
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = t->offset;
        for (size_t d = 0; d < t->dims; d++) at += index[d] * t->stride[d];
        out[i] = element(data, t->kind, at);
        for (size_t d = t->dims; d-- > 0;) {
            if (++index[d] < t->shape[d]) break;
            index[d] = 0;
        }
    }
}

/* The storages of the zip, each read when it is first named and kept until its last tensor is made:
 * any number of tensors may share one. */
typedef struct Storage {
    char *data; /* NULL: not read, or done with */
    size_t size, uses;
} Storage;

typedef struct Shelf {
    zip_t *zip;
    const char *folder;
    Map *numbers; /* storage key → its place in storages */
    VEC(Storage) storages;
    uint64_t left; /* values that the tensors may still have */
} Shelf;

static bool is_plain(const char *key)
{
    size_t size = strspn(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    return size > 0 && size <= 32 && key[size] == '\0';
}

static bool shelf_count(Shelf *s, const PickledTensors *tensors, Err *err)
{
    for (size_t i = 0; i < tensors->count; i++) {
        const PickledTensor *t = &tensors->items[i];
        if (!is_plain(t->storage))
            return err_set(err, ERR_FORMAT, "the storage of '%.200s' has a strange name", t->name);
        uint32_t at =
            map_add(s->numbers, t->storage, strlen(t->storage), (uint32_t)s->storages.count);
        if (at == s->storages.count) vec_push(&s->storages, (Storage){0});
        s->storages.items[at].uses++;
    }
    return true;
}

static Storage *shelf_storage(Shelf *s, const char *key, Err *err)
{
    Storage *storage = &s->storages.items[map_get(s->numbers, key, strlen(key))];
    char name[ENTRY_NAME_MAX + 64];
    if (storage->data) return storage;
    snprintf(name, sizeof name, "%sdata/%s", s->folder, key);
    return read_entry(s->zip, name, STORAGE_MAX_BYTES, &storage->data, &storage->size, err)
               ? storage
               : NULL;
}

static void shelf_release(Shelf *s)
{
    for (size_t i = 0; i < s->storages.count; i++) free(s->storages.items[i].data);
    vec_release(&s->storages);
    map_free(s->numbers);
}

static bool read_tensor(Shelf *s, const PickledTensor *t, TorchTensor *ret, Err *err)
{
    uint64_t count = 0;
    Storage *storage = shelf_storage(s, t->storage, err);
    if (!storage) return false;
    if (!fits(t, storage->size / ELEMENT_BYTES[t->kind], &count))
        return err_set(err, ERR_FORMAT, "'%.200s' reaches past the end of its storage", t->name);
    if (count > s->left)
        return err_set(err, ERR_LIMIT, "the tensors hold more values than their file: refused");
    s->left -= count;
    float *values = mem_tensor(1, (size_t)count, t->name, err);
    if (!values) return false;
    gather(t, storage->data, count, values);
    *ret = (TorchTensor){.name = mem_strdup(t->name), .dims = t->dims, .values = values};
    for (size_t i = 0; i < t->dims; i++) ret->shape[i] = (size_t)t->shape[i];
    if (--storage->uses == 0) {
        free(storage->data);
        storage->data = NULL;
    }
    return true;
}

/* Bytes of all storages: no honest checkpoint has more values than that, even when two names share
 * one. */
static uint64_t stored_bytes(zip_t *zip)
{
    uint64_t bytes = 0;
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0); i++) {
        zip_stat_t info;
        if (zip_stat_index(zip, (zip_uint64_t)i, 0, &info) == 0 && strstr(info.name, "/data/") &&
            info.size < STORAGE_MAX_BYTES)
            bytes += info.size;
    }
    return bytes;
}

/* Newer files name their byte order; older ones are little-endian. */
static bool check_byte_order(zip_t *zip, const char *folder, Err *err)
{
    char name[ENTRY_NAME_MAX + 16], *order = NULL;
    size_t size = 0;
    snprintf(name, sizeof name, "%sbyteorder", folder);
    if (zip_name_locate(zip, name, 0) < 0) return true;
    if (!read_entry(zip, name, 64, &order, &size, err)) return false;
    bool little = size == 6 && memcmp(order, "little", 6) == 0;
    free(order);
    return little ||
           err_set(err, ERR_FORMAT, "its values are not little-endian, which is not supported");
}

static bool read_zip(zip_t *zip, TorchFile *file, Err *err)
{
    char folder[ENTRY_NAME_MAX], name[ENTRY_NAME_MAX + 16], *pickle = NULL;
    size_t size = 0;
    if (!find_folder(zip, folder, err)) return false;
    snprintf(name, sizeof name, "%sdata.pkl", folder);
    if (!read_entry(zip, name, PICKLE_MAX_BYTES, &pickle, &size, err)) return false;
    Arena arena = {0};
    PickledTensors tensors = {0};
    bool ok =
        check_byte_order(zip, folder, err) && torch_pickle(pickle, size, &arena, &tensors, err);
    Shelf shelf = {.zip = zip, .folder = folder, .numbers = map_new(), .left = stored_bytes(zip)};
    ok = ok && shelf_count(&shelf, &tensors, err);
    file->tensors = mem_zero(tensors.count + 1, sizeof *file->tensors);
    for (size_t i = 0; ok && i < tensors.count; i++) {
        ok = read_tensor(&shelf, &tensors.items[i], &file->tensors[i], err);
        if (ok) file->count++;
    }
    shelf_release(&shelf);
    vec_release(&tensors);
    arena_release(&arena);
    free(pickle);
    return ok;
}

bool torch_read(const char *path, TorchFile *ret, Err *err)
{
    int code = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY, &code);
    if (!zip) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        err_set(err, ERR_FORMAT, "%s: not a torch checkpoint that can be read: %s", path,
                zip_error_strerror(&why));
        zip_error_fini(&why);
        return false;
    }
    TorchFile file = {0};
    bool ok = read_zip(zip, &file, err);
    zip_discard(zip);
    if (ok) {
        *ret = file;
        return true;
    }
    torch_release(&file);
    return err_prefix(err, "%s", path);
}
