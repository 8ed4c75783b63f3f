#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "text/tokenizer_parts.h"

void code_put(Str *out, uint32_t code)
{
    char bytes[4];
    str_add_bytes(out, bytes, utf8_put(code, bytes));
}

static utf8proc_category_t category(uint32_t code)
{
    return utf8proc_category((utf8proc_int32_t)code);
}

bool code_is_space(uint32_t code)
{
    if (code < 0x80) return code == ' ' || (code >= '\t' && code <= '\r');
    return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
           code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool code_is_control(uint32_t code)
{
    if (code < 0x80)
        return (code < ' ' && code != '\t' && code != '\n' && code != '\r') || code == 0x7F;
    utf8proc_category_t c = category(code);
    return c == UTF8PROC_CATEGORY_CC || c == UTF8PROC_CATEGORY_CF || c == UTF8PROC_CATEGORY_CO;
}

bool code_is_punctuation(uint32_t code)
{
    if (code < 0x80)
        return code > ' ' && code < 0x7F && !(code - '0' < 10) && !((code | 0x20) - 'a' < 26);
    utf8proc_category_t c = category(code);
    return c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO;
}

bool code_is_accent(uint32_t code)
{
    return code >= 0x300 && category(code) == UTF8PROC_CATEGORY_MN;
}

bool code_is_mark(uint32_t code)
{
    if (code < 0x300) return false;
    utf8proc_category_t c = category(code);
    return c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME;
}

bool code_is_letter(uint32_t code)
{
    if (code < 0x80) return (code | 0x20) - 'a' < 26;
    utf8proc_category_t c = category(code);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool code_is_number(uint32_t code)
{
    if (code < 0x80) return code - '0' < 10;
    utf8proc_category_t c = category(code);
    return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO;
}

bool code_is_word(uint32_t code)
{
    if (code < 0x80) return (code | 0x20) - 'a' < 26 || code - '0' < 10 || code == '_';
    utf8proc_category_t c = category(code);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_ND) || c == UTF8PROC_CATEGORY_PC ||
           code == 0x200C || code == 0x200D;
}

bool code_is_chinese(uint32_t code)
{
    return code >= 0x3400 &&
           ((code >= 0x4E00 && code <= 0x9FFF) || code <= 0x4DBF ||
            (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x20000 && code <= 0x2A6DF) ||
            (code >= 0x2A700 && code <= 0x2B81F) || (code >= 0x2B920 && code <= 0x2CEAF) ||
            (code >= 0x2F800 && code <= 0x2FA1F));
}

void code_lower(Str *out, uint32_t code)
{
    if (code == 0x130) { /* İ is the one letter with two in lower case */
        str_add(out, "i\xCC\x87");
        return;
    }
    code_put(out, utf8_lower(code));
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
