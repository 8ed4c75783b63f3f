/* Plain text: lines as they stand, empty lines in a row made one. */
#include <string.h>

#include "text/builder.h"
#include "text/encoding.h"
#include "text/readers.h"

bool read_text(const char *path, const char *bytes, size_t size, const Cancel *cancel,
               Document *out, Err *err)
{
    (void)path;
    (void)cancel;
    Str text = {0};
    bool ok = encoding_decode(bytes, size, &text, &out->encoding, err);
    if (ok) {
        Builder b;
        builder_init(&b, out);
        builder_block(&b, str_get(&text), text.size);
        builder_release(&b);
    }
    str_release(&text);
    return ok;
}
