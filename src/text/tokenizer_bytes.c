#include "text/tokenizer_bytes.h"

#include <stdint.h>

/* U+0100 and on stand for 0 … ' ', then 0x7F … 0xA0, then 0xAD. */
static unsigned visible(unsigned char byte)
{
    if (byte <= ' ') return 0x100u + byte;
    if (byte >= 0x7F && byte <= 0xA0) return 0x121u + (byte - 0x7Fu);
    return byte == 0xAD ? 0x143u : byte;
}

void bytes_put(Str *out, const char *bytes, size_t size)
{
    str_reserve(out, 2 * size);
    for (size_t i = 0; i < size; i++) {
        unsigned code = visible((unsigned char)bytes[i]);
        if (code >= 0x80) {
            out->data[out->size++] = (char)(0xC0 | code >> 6);
            code = 0x80 | (code & 0x3F);
        }
        out->data[out->size++] = (char)code;
    }
    out->data[out->size] = '\0';
}
