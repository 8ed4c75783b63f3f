#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "text/json_scan.h"
#include "text/tokenizer_parts.h"

#define REAL_DIGITS 400 /* before the point of a number */

static bool wrong(Pull *p, const char *expected)
{
    return err_set(p->err, ERR_FORMAT, "line %zu: expected %s",
                   json_line(p->text, p->at < p->size ? p->at : p->size), expected);
}

char pull_peek(Pull *p)
{
    p->at = json_skip_blanks(p->text, p->size, p->at);
    return p->at < p->size ? p->text[p->at] : '\0';
}

bool pull_enter(Pull *p, char open)
{
    if (pull_peek(p) != open) return wrong(p, open == '{' ? "an object" : "an array");
    p->at++;
    return true;
}

bool pull_more(Pull *p, char close, bool *first, bool *ret_more)
{
    char c = pull_peek(p);
    *ret_more = c != close;
    if (c == close) {
        p->at++;
    } else if (!*first) {
        if (c != ',') return wrong(p, close == '}' ? "\",\" or \"}\"" : "\",\" or \"]\"");
        p->at++;
    }
    *first = false;
    return true;
}

static bool hex4(const char *text, uint32_t *ret)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)text[i], lower = c | 0x20;
        if (c >= '0' && c <= '9')
            value = value << 4 | (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value << 4 | (lower - 'a' + 10u);
        else
            return false;
    }
    *ret = value;
    return true;
}

/* text[at] is the u of \uXXXX; p->at moves behind the escape, or the pair of them. */
static bool read_unicode(Pull *p)
{
    uint32_t code, low;
    if (p->size - p->at < 5 || !hex4(p->text + p->at + 1, &code))
        return wrong(p, "four hexadecimal digits");
    p->at += 5;
    if (code >= 0xD800 && code < 0xE000) {
        bool pair = code < 0xDC00 && p->size - p->at >= 6 && p->text[p->at] == '\\' &&
                    p->text[p->at + 1] == 'u' && hex4(p->text + p->at + 2, &low) && low >= 0xDC00 &&
                    low < 0xE000;
        if (!pair) return wrong(p, "both halves of a surrogate pair");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        p->at += 6;
    }
    code_put(&p->string, code);
    return true;
}

static bool read_escape(Pull *p)
{
    static const char NAMES[] = "\"\\/bfnrt", CODES[] = "\"\\/\b\f\n\r\t";
    if (++p->at >= p->size) return wrong(p, "the rest of a string");
    if (p->text[p->at] == 'u') return read_unicode(p);
    const char *name = memchr(NAMES, p->text[p->at], sizeof NAMES - 1);
    if (!name) return wrong(p, "a known escape");
    str_add_char(&p->string, CODES[name - NAMES]);
    p->at++;
    return true;
}

bool pull_string(Pull *p)
{
    str_clear(&p->string);
    if (pull_peek(p) != '"') return wrong(p, "a string");
    p->at++;
    for (;;) {
        size_t from = p->at;
        unsigned char seen = 0;
        while (p->at < p->size && p->text[p->at] != '"' && p->text[p->at] != '\\')
            seen |= (unsigned char)p->text[p->at++];
        if (p->at == p->size) return wrong(p, "the end of a string");
        if (seen >= 0x80 && !utf8_valid(p->text + from, p->at - from, NULL))
            return wrong(p, "valid UTF-8");
        str_add_bytes(&p->string, p->text + from, p->at - from);
        if (p->text[p->at] == '"') break;
        if (!read_escape(p)) return false;
    }
    p->at++;
    return true;
}

bool pull_key(Pull *p)
{
    if (!pull_string(p)) return false;
    if (pull_peek(p) != ':') return wrong(p, "\":\"");
    p->at++;
    return true;
}

static bool is_digit(const Pull *p)
{
    return p->at < p->size && (unsigned char)(p->text[p->at] - '0') < 10;
}

/* Digits into *value as long as they fit; how many of them did, and in *ret_all how many stand. */
static size_t read_digits(Pull *p, uint64_t *value, size_t *ret_all)
{
    size_t taken = 0, all = 0;
    bool fits = true;
    for (; is_digit(p); p->at++, all++) {
        uint64_t digit = (uint64_t)(p->text[p->at] - '0');
        fits = fits && *value <= (UINT64_MAX - digit) / 10;
        if (!fits) continue;
        *value = *value * 10 + digit;
        taken++;
    }
    *ret_all = all;
    return taken;
}

static bool read_exponent(Pull *p, int *exponent)
{
    uint64_t value = 0;
    size_t all;
    bool minus = p->at < p->size && p->text[p->at] == '-';
    if (minus || (p->at < p->size && p->text[p->at] == '+')) p->at++;
    read_digits(p, &value, &all);
    if (all == 0 || all > 6) return false;
    *exponent += minus ? -(int)value : (int)value;
    return true;
}

static double pow10_of(int exponent)
{
    static const double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (exponent < (int)(sizeof POWERS / sizeof *POWERS)) return POWERS[exponent];
    char text[16];
    snprintf(text, sizeof text, "1e%d", exponent);
    return strtod(text, NULL);
}

/* Not the nearest double but that of serde_json, whose rounding decides between equal paths. */
static double scale(uint64_t value, int exponent)
{
    double real = (double)value;
    for (; exponent < -308 && real != 0; exponent += 308) real /= 1e308;
    if (exponent < -308) return 0;
    return exponent < 0 ? real / pow10_of(-exponent) : real * pow10_of(exponent);
}

bool pull_real(Pull *p, double *ret)
{
    uint64_t value = 0;
    size_t all;
    bool minus = pull_peek(p) == '-';
    if (minus) p->at++;
    size_t taken = read_digits(p, &value, &all);
    int exponent = (int)(all - taken);
    bool ok = all > 0 && all < REAL_DIGITS;
    if (ok && p->at < p->size && p->text[p->at] == '.') {
        p->at++;
        exponent -= (int)read_digits(p, &value, &all);
        ok = all > 0;
    }
    if (ok && p->at < p->size && (p->text[p->at] | 0x20) == 'e') {
        p->at++;
        ok = read_exponent(p, &exponent);
    }
    double real = ok && exponent <= 308 ? scale(value, exponent) : INFINITY;
    if (!isfinite(real)) return wrong(p, "a number");
    *ret = minus ? -real : real;
    return true;
}

bool pull_id(Pull *p, uint32_t *ret)
{
    pull_peek(p);
    uint64_t value = 0;
    size_t from = p->at;
    while (p->at < p->size && p->text[p->at] >= '0' && p->text[p->at] <= '9' && p->at - from < 11)
        value = value * 10 + (uint64_t)(p->text[p->at++] - '0');
    if (p->at == from || value >= TOKEN_ID_LIMIT) return wrong(p, "a token id below 4194304");
    *ret = (uint32_t)value;
    return true;
}

bool pull_skip(Pull *p)
{
    pull_peek(p);
    return json_skip(p->text, p->size, p->at, &p->at, p->err);
}

bool pull_tree(Pull *p, cJSON **ret)
{
    pull_peek(p);
    size_t from = p->at;
    if (!pull_skip(p)) return false;
    if (p->at - from > TOKENIZER_PART_LIMIT)
        return err_set(p->err, ERR_LIMIT, "line %zu: a part of %zu bytes; at most %zu are taken",
                       json_line(p->text, from), p->at - from, TOKENIZER_PART_LIMIT);
    if (!utf8_valid(p->text + from, p->at - from, NULL)) return wrong(p, "valid UTF-8");
    Str tame = {0};
    json_tame(p->text + from, p->at - from, &tame);
    *ret = cJSON_ParseWithLength(tame.data, tame.size);
    str_release(&tame);
    return *ret || wrong(p, "JSON");
}

const char *member_string(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool member_bool(const cJSON *object, const char *name, bool fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}
