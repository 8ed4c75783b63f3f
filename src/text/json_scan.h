/* JSON scan: where a value ends, without building it. Lets a reader take a large array record by
 * record and refuse hostile nesting and counts before a parser sees them. Checks brackets and
 * strings only. */
#ifndef TEXT_JSON_SCAN_H
#define TEXT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define JSON_DEPTH_LIMIT 64
#define JSON_VALUE_LIMIT ((size_t)4000000) /* in one record */

size_t json_skip_blanks(const char *text, size_t size, size_t at);

/* json_skip: text[at] is the first byte of a value; *ret_end is where it ends. ERR_FORMAT when it
 * is cut off or its brackets do not match, ERR_LIMIT beyond depth or count; both name the line. */
bool json_skip(const char *text, size_t size, size_t at, size_t *ret_end, Err *err);

/* json_tame: appends the value to out with what cJSON cannot take in strings made harmless: \u0000
 * is dropped, half a surrogate pair becomes U+FFFD. */
void json_tame(const char *text, size_t size, Str *out);

size_t json_line(const char *text, size_t at); /* number of the line, from 1 */

#endif
