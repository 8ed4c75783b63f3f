#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "text/tokenizer_parts.h"

bool code_is_space(uint32_t code)
{
    if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool code_is_chinese(uint32_t code)
{
    return code >= 0x3400 &&
           ((code >= 0x4E00 && code <= 0x9FFF) || code <= 0x4DBF ||
            (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x20000 && code <= 0x2A6DF) ||
            (code >= 0x2A700 && code <= 0x2B81F) || (code >= 0x2B920 && code <= 0x2CEAF) ||
            (code >= 0x2F800 && code <= 0x2FA1F));
}

void code_lower(Str *out, uint32_t code, unsigned class)
{
    if (!(class & CODE_LOWERS)) {
        code_put(out, code);
        return;
    }
    if (code == 0x130) { /* İ is the one letter with two in lower case */
        str_add(out, "i\xCC\x87");
        return;
    }
    for (size_t i = 0; i < CODE_LOWER_COUNT; i++) {
        const CodeLower *range = &CODE_LOWER_TABLE[i];
        if (code < range->first || code > range->last) continue;
        code_put(out, (uint32_t)((int32_t)code + range->add));
        return;
    }
    code_put(out, utf8_lower(code));
}

size_t code_decompose(uint32_t code, bool compatible, uint32_t out[CODE_PARTS])
{
    utf8proc_int32_t parts[CODE_PARTS];
    int boundary = 0;
    int options = UTF8PROC_DECOMPOSE | (compatible ? UTF8PROC_COMPAT : 0);
    utf8proc_ssize_t count =
        utf8proc_decompose_char((utf8proc_int32_t)code, parts, CODE_PARTS, options, &boundary);
    if (count < 1 || count > CODE_PARTS) {
        *out = code;
        return 1;
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) out[i] = (uint32_t)parts[i];
    return (size_t)count;
}

/* Hangul, by arithmetic: 19 leading consonants, 21 vowels, 27 trailing consonants or none. */
static uint32_t compose_hangul(uint32_t first, uint32_t second)
{
    if (first - 0x1100 < 19 && second - 0x1161 < 21)
        return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28;
    bool open = first - 0xAC00 < 19 * 21 * 28 && (first - 0xAC00) % 28 == 0;
    return open && second - 0x11A8 < 27 ? first + (second - 0x11A7) : 0;
}

uint32_t code_compose(uint32_t first, uint32_t second)
{
    utf8proc_int32_t pair[3] = {(utf8proc_int32_t)first, (utf8proc_int32_t)second};
    if (second < 0x300) return 0;
    if (second - 0x1100 < 0x100) return compose_hangul(first, second);
    utf8proc_ssize_t count = utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    uint32_t code = (uint32_t)pair[0];
    return count == 1 && code_class(code) & CODE_DECOMPOSES ? code : 0;
}

unsigned code_combining(uint32_t code, unsigned class)
{
    return class & CODE_COMBINES
               ? (unsigned)utf8proc_get_property((utf8proc_int32_t)code)->combining_class
               : 0;
}

/* The length of the broken sequence at text that counts as one character. */
static size_t broken_size(const unsigned char *text, size_t size)
{
    unsigned char lead = text[0];
    size_t length = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    size_t at = 1;
    while (at < length && at < size && text[at] >= low && text[at] <= high) {
        at++;
        low = 0x80;
        high = 0xBF;
    }
    return at;
}

const char *text_clean(const char *text, size_t size, Str *scratch, size_t *ret_size)
{
    size_t bad, at = 0;
    if (utf8_valid(text, size, &bad)) {
        *ret_size = size;
        return text;
    }
    str_clear(scratch);
    do {
        str_add_bytes(scratch, text + at, bad);
        str_add(scratch, "\xEF\xBF\xBD");
        at += bad;
        at += broken_size((const unsigned char *)text + at, size - at);
    } while (!utf8_valid(text + at, size - at, &bad));
    str_add_bytes(scratch, text + at, size - at);
    *ret_size = scratch->size;
    return scratch->data;
}
