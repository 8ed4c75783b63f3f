/* A torch checkpoint: a zip as it is, or a pickle in a zip that is made around it, with storages
 * for its tensors and the checksum that a change would break. */
#include <zlib.h>

#include "base/str.h"
#include "fuzz.h"
#include "model/torch.h"

static void put(Str *out, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) str_add_char(out, (char)(i < 8 ? v >> (8 * i) : 0));
}

/* What stands before an entry's data and, with other words around it, in the directory. */
static void put_head(Str *out, const char *name, const void *data, size_t size)
{
    put(out, 0, 8); /* flags, method, time, date */
    put(out, crc32(0, data, (unsigned)size), 4);
    put(out, size, 4);
    put(out, size, 4);
    put(out, strlen(name), 2);
    put(out, 0, 2);
}

static void put_entry(Str *zip, Str *directory, const char *name, const void *data, size_t size)
{
    size_t start = zip->size;
    put(zip, 0x04034b50, 4);
    put(zip, 20, 2);
    put_head(zip, name, data, size);
    str_add(zip, name);
    str_add_bytes(zip, data, size);
    put(directory, 0x02014b50, 4);
    put(directory, 20, 4);
    put_head(directory, name, data, size);
    put(directory, 0, 10);
    put(directory, start, 4);
    str_add(directory, name);
}

static void wrap(const uint8_t *pickle, size_t size, Str *zip)
{
    static const float VALUES[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    Str directory = {0};
    put_entry(zip, &directory, "a/data.pkl", pickle, size);
    put_entry(zip, &directory, "a/data/0", VALUES, sizeof VALUES);
    put_entry(zip, &directory, "a/data/1", VALUES, 5);
    size_t start = zip->size;
    str_add_bytes(zip, directory.data, directory.size);
    put(zip, 0x06054b50, 4);
    put(zip, 0, 4);
    put(zip, 3, 2);
    put(zip, 3, 2);
    put(zip, directory.size, 4);
    put(zip, start, 4);
    put(zip, 0, 2);
    str_release(&directory);
}

static void read_checkpoint(const void *bytes, size_t size)
{
    TorchViews *t = NULL;
    Err err = {0};
    if (!torch_parse(bytes, size, "fuzz", &t, &err)) {
        fuzz_check_err(&err);
        return;
    }
    for (size_t i = 0; i < torch_count(t); i++) {
        TensorView view = torch_at(t, i);
        fuzz_use_tensor(&view);
    }
    torch_close(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size >= 2 && memcmp(data, "PK", 2) == 0) {
        read_checkpoint(data, size);
        return 0;
    }
    Str zip = {0};
    wrap(data, size, &zip);
    read_checkpoint(zip.data, zip.size);
    str_release(&zip);
    return 0;
}
