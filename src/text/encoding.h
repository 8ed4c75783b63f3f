/* Encodings: bytes of a text file → clean UTF-8. */
#ifndef TEXT_ENCODING_H
#define TEXT_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* encoding_decode: recognises UTF-8 (with or without BOM), UTF-16 LE/BE (BOM, or by its pattern
 * of zero bytes) and GB18030; everything else and binary files are ERR_FORMAT with what was seen
 * (the caller puts the path before it). A few broken bytes in a UTF-8 text become U+FFFD.
 * out gets clean UTF-8 (utf8_clean). *ret_name is static. */
bool encoding_decode(const char *bytes, size_t size, Str *out, const char **ret_name, Err *err);

/* encoding_convert: from an encoding that the file itself names (a page's charset; case ignored).
 * ERR_FORMAT for a name that is not known. Broken bytes become U+FFFD. *ret_name is static. */
bool encoding_convert(const char *bytes, size_t size, const char *charset, Str *out,
                      const char **ret_name, Err *err);

/* encoding_signature: what a binary file is by its first bytes ("a PNG image"), or NULL. Static. */
const char *encoding_signature(const char *bytes, size_t size);

#endif
