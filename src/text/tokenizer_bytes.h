/* The alphabet of byte-level BPE: each byte as one visible character, so that every text is made
 * of 256 characters. Printable Latin-1 stands for itself, the rest for U+0100 and on. */
#ifndef TEXT_TOKENIZER_BYTES_H
#define TEXT_TOKENIZER_BYTES_H

#include "base/str.h"

void bytes_put(Str *out, const char *bytes, size_t size);

#endif
