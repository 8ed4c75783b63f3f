#include "text/json_scan.h"

#include <stdlib.h>
#include <string.h>

size_t json_skip_blanks(const char *text, size_t size, size_t at)
{
    while (at < size &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r'))
        at++;
    return at;
}

size_t json_line(const char *text, size_t at)
{
    size_t line = 1;
    for (size_t i = 0; i < at; i++) line += text[i] == '\n';
    return line;
}

/* text[at] is the opening quote; returns the byte after the closing one, or 0 when there is none.
 */
static size_t skip_string(const char *text, size_t size, size_t at)
{
    for (size_t i = at + 1; i < size; i++) {
        if (text[i] == '\\')
            i++;
        else if (text[i] == '"')
            return i + 1;
    }
    return 0;
}

static bool cut_off(const char *text, size_t size, Err *err)
{
    return err_set(err, ERR_FORMAT, "line %zu: the JSON is cut off", json_line(text, size));
}

bool json_skip(const char *text, size_t size, size_t at, size_t *ret_end, Err *err)
{
    char open[JSON_DEPTH_LIMIT];
    size_t depth = 0, values = 0, i = at;
    do {
        i = json_skip_blanks(text, size, i);
        if (i >= size) return cut_off(text, size, err);
        char c = text[i];
        if (++values > JSON_VALUE_LIMIT)
            return err_set(err, ERR_LIMIT, "line %zu: more than %zu values in one record",
                           json_line(text, at), JSON_VALUE_LIMIT);
        if (c == '"') {
            i = skip_string(text, size, i);
            if (i == 0) return cut_off(text, size, err);
        } else if (c == '{' || c == '[') {
            if (depth == JSON_DEPTH_LIMIT)
                return err_set(err, ERR_LIMIT, "line %zu: nested more than %d deep",
                               json_line(text, i), JSON_DEPTH_LIMIT);
            open[depth++] = c == '{' ? '}' : ']';
            i++;
        } else if (c == '}' || c == ']') {
            if (depth == 0 || open[depth - 1] != c)
                return err_set(err, ERR_FORMAT, "line %zu: \"%c\" closes nothing",
                               json_line(text, i), c);
            depth--;
            i++;
        } else if (c == ',' || c == ':') {
            if (depth == 0)
                return err_set(err, ERR_FORMAT, "line %zu: \"%c\" where a value should be",
                               json_line(text, i), c);
            i++;
        } else {
            size_t first = i;
            while (i < size && !strchr(" \t\r\n,:]}[{\"", text[i])) i++;
            if (i == first)
                return err_set(err, ERR_FORMAT, "line %zu: not JSON", json_line(text, i));
        }
    } while (depth > 0);
    *ret_end = i;
    return true;
}

static bool is_escape(const char *text, size_t size, size_t at, unsigned *ret_unit)
{
    if (at + 6 > size || text[at] != '\\' || text[at + 1] != 'u') return false;
    char digits[5] = {text[at + 2], text[at + 3], text[at + 4], text[at + 5], '\0'};
    char *end;
    *ret_unit = (unsigned)strtoul(digits, &end, 16);
    return *end == '\0' && digits[0] != '-' && digits[0] != '+' && digits[0] != ' ';
}

void json_tame(const char *text, size_t size, Str *out)
{
    for (size_t i = 0; i < size;) {
        if (text[i] != '\\') {
            const char *next = memchr(text + i, '\\', size - i);
            size_t end = next ? (size_t)(next - text) : size;
            str_add_bytes(out, text + i, end - i);
            i = end;
            continue;
        }
        unsigned unit, low;
        if (!is_escape(text, size, i, &unit)) {
            size_t n = size - i < 2 ? size - i : 2;
            str_add_bytes(out, text + i, n);
            i += n;
        } else if (unit == 0) {
            i += 6;
        } else if (unit < 0xD800 || unit > 0xDFFF) {
            str_add_bytes(out, text + i, 6);
            i += 6;
        } else if (unit < 0xDC00 && is_escape(text, size, i + 6, &low) && low >= 0xDC00 &&
                   low <= 0xDFFF) {
            str_add_bytes(out, text + i, 12);
            i += 12;
        } else {
            str_add(out, "\\ufffd");
            i += 6;
        }
    }
}
