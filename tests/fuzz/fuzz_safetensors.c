/* A safetensors file, as it is in memory. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Safetensors *s = NULL;
    Err err = {0};
    if (!safetensors_parse(data, size, "fuzz", &s, &err)) {
        fuzz_check_err(&err);
        return 0;
    }
    const unsigned char *at = NULL;
    for (size_t i = 0; i < safetensors_count(s); i++) {
        TensorView t = safetensors_at(s, i), found;
        if (!safetensors_find(s, t.name, &found) || found.data != t.data) abort();
        if (at && t.data != at) abort(); /* no overlap, no hole */
        at = (const unsigned char *)t.data + t.size_bytes;
        fuzz_use_tensor(&t);
    }
    if (at && at != data + size) abort();
    safetensors_close(s);
    return 0;
}
