#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "base/mem.h"
#include "base/vec.h"
#include "model/torch.h"

/* ---- the pickle, protocol 2 ---- */

static void put_text(Str *out, const char *text)
{
    uint32_t size = (uint32_t)strlen(text);
    char head[5] = {'X', (char)size, (char)(size >> 8), (char)(size >> 16), (char)(size >> 24)};
    str_add_bytes(out, head, sizeof head);
    str_add(out, text);
}

static void put_number(Str *out, uint64_t n)
{
    char bytes[10] = {'\x8a', 8};
    for (int i = 0; i < 8; i++) bytes[2 + i] = (char)(n >> (8 * i));
    str_add_bytes(out, bytes, sizeof bytes);
}

static void put_tuple(Str *out, const size_t *numbers, size_t count)
{
    str_add_char(out, '(');
    for (size_t i = 0; i < count; i++) put_number(out, numbers[i]);
    str_add_char(out, 't');
}

static size_t element_count(const TorchTensor *t)
{
    size_t n = 1;
    for (size_t i = 0; i < t->dims; i++) n *= t->shape[i];
    return n;
}

/* _rebuild_tensor_v2(('storage', FloatStorage, key, 'cpu', numel), 0, shape, stride, False,
 * OrderedDict()) */
static void put_tensor(Str *out, const TorchTensor *t, size_t number)
{
    size_t stride[4], step = 1;
    for (size_t i = t->dims; i-- > 0; step *= t->shape[i]) stride[i] = step;
    char key[24];
    snprintf(key, sizeof key, "%zu", number);
    str_add(out, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_text(out, "storage");
    str_add(out, "ctorch\nFloatStorage\n");
    put_text(out, key);
    put_text(out, "cpu");
    put_number(out, element_count(t));
    str_add(out, "tQ");
    put_number(out, 0);
    put_tuple(out, t->shape, t->dims);
    put_tuple(out, stride, t->dims);
    str_add(out, "\x89"
                 "ccollections\nOrderedDict\n)RtR");
}

static void write_pickle(const TorchFile *file, Str *out)
{
    str_add(out, "\x80\x02"
                 "ccollections\nOrderedDict\n)R(");
    for (size_t i = 0; i < file->count; i++) {
        put_text(out, file->tensors[i].name);
        put_tensor(out, &file->tensors[i], i);
    }
    str_add(out, "u.");
}

/* ---- the zip ---- */

/* The bytes stay the caller's until the zip is closed. */
static bool add_entry(zip_t *zip, const char *name, const void *data, size_t size, Err *err)
{
    zip_source_t *source = zip_source_buffer(zip, data, size, 0);
    zip_int64_t at =
        source ? zip_file_add(zip, name, source, ZIP_FL_OVERWRITE | ZIP_FL_ENC_UTF_8) : -1;
    if (at < 0) {
        if (source) zip_source_free(source);
        return err_set(err, ERR_IO, "%s: %s", name, zip_strerror(zip));
    }
    if (zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_STORE, 0) != 0)
        return err_set(err, ERR_IO, "%s: %s", name, zip_strerror(zip));
    return true;
}

static bool add_entries(zip_t *zip, const TorchFile *file, const Str *pickle, Err *err)
{
    if (!add_entry(zip, "archive/data.pkl", pickle->data, pickle->size, err) ||
        !add_entry(zip, "archive/byteorder", "little", 6, err))
        return false;
    for (size_t i = 0; i < file->count; i++) {
        char name[64];
        snprintf(name, sizeof name, "archive/data/%zu", i);
        if (!add_entry(zip, name, file->tensors[i].values,
                       element_count(&file->tensors[i]) * sizeof(float), err))
            return false;
    }
    return add_entry(zip, "archive/version", "3\n", 2, err);
}

bool torch_write(const char *path, const TorchFile *file, Err *err)
{
    int code = 0;
    char *temporary = str_format("%s.new", path);
    zip_t *zip = zip_open(temporary, ZIP_CREATE | ZIP_TRUNCATE, &code);
    Str pickle = {0};
    bool ok = zip != NULL;
    if (!ok) {
        zip_error_t why;
        zip_error_init_with_code(&why, code);
        err_set(err, ERR_IO, "%s cannot be written: %s", temporary, zip_error_strerror(&why));
        zip_error_fini(&why);
    } else {
        write_pickle(file, &pickle);
        ok = add_entries(zip, file, &pickle, err);
        if (!ok)
            zip_discard(zip);
        else if (zip_close(zip) != 0) {
            ok = err_set(err, ERR_IO, "%s cannot be written: %s", temporary, zip_strerror(zip));
            zip_discard(zip);
        }
    }
    if (ok && rename(temporary, path) != 0)
        ok = err_set(err, ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    if (!ok) unlink(temporary);
    str_release(&pickle);
    free(temporary);
    return ok;
}
