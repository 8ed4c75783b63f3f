#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

#define ASCII_WORD_MASK 0x8080808080808080u

/* How many bytes at the start of text are ASCII, looked at in words. */
static size_t ascii_run(const char *text, size_t size)
{
    size_t at = 0;
    for (uint64_t word; size - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text + at, sizeof word);
        if (word & ASCII_WORD_MASK) break;
    }
    while (at < size && (unsigned char)text[at] < 0x80) at++;
    return at;
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t utf8_next(const char *text, size_t size, uint32_t *ret_code)
{
    const unsigned char *p = (const unsigned char *)text;
    uint32_t lead = p[0];
    if (lead < 0x80) {
        *ret_code = lead;
        return 1;
    }
    *ret_code = UTF8_REPLACEMENT;
    size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || length > size) return 1;
    uint32_t code = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(p[i])) return 1;
        code = code << 6 | (p[i] & 0x3F);
    }
    bool overlong = code < (length == 3 ? 0x800u : length == 4 ? 0x10000u : 0x80u);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return 1;
    *ret_code = code;
    return length;
}

size_t utf8_back(const char *text, size_t at)
{
    size_t start = at - 1;
    for (size_t i = 0; i < 3 && start > 0 && is_continuation((unsigned char)text[start]); i++)
        start--;
    uint32_t code;
    return start + utf8_next(text + start, at - start, &code) == at ? start : at - 1;
}

size_t utf8_put(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = UTF8_REPLACEMENT;
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* A replacement of length 1 is a malformed byte; a real U+FFFD has three bytes. */
static bool is_malformed(uint32_t code, size_t length)
{
    return code == UTF8_REPLACEMENT && length == 1;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

bool utf8_valid(const char *text, size_t size, size_t *ret_bad_at)
{
    for (size_t at = 0; at < size;) {
        at += ascii_run(text + at, size - at);
        if (at == size) break;
        uint32_t code;
        size_t length = utf8_next(text + at, size - at, &code);
        if (is_malformed(code, length)) {
            if (ret_bad_at) *ret_bad_at = at;
            return false;
        }
        at += length;
    }
    return true;
}

void utf8_clean(const char *text, size_t size, Str *out)
{
    str_reserve(out, size);
    size_t kept = 0; /* text[kept, at) is good and not yet copied */
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = utf8_next(text + at, size - at, &code);
        bool bad = is_malformed(code, length);
        if (!bad && (!is_control(code) || code == '\t' || code == '\n')) {
            at += length;
            continue;
        }
        str_add_bytes(out, text + kept, at - kept);
        at += length;
        kept = at;
        if (bad)
            str_add(out, "\xEF\xBF\xBD");
        else if (code == '\r' && (at == size || text[at] != '\n'))
            str_add_char(out, '\n');
    }
    str_add_bytes(out, text + kept, size - kept);
}

uint32_t utf8_fold_code(uint32_t code)
{
    if (code >= 0xFF01 && code <= 0xFF5E)
        code -= 0xFF01 - '!';
    else if (code == 0x3000) /* the full-width blank */
        code = ' ';
    return utf8_lower(code);
}

void utf8_fold(const char *text, size_t size, Str *out)
{
    str_reserve(out, size);
    for (size_t at = 0; at < size;) {
        size_t ascii = ascii_run(text + at, size - at);
        str_reserve(out, ascii);
        for (size_t end = at + ascii; at < end; at++)
            out->data[out->size++] = (char)utf8_lower((unsigned char)text[at]);
        out->data[out->size] = '\0';
        if (at == size) break;

        uint32_t code;
        at += utf8_next(text + at, size - at, &code);
        char bytes[4];
        str_add_bytes(out, bytes, utf8_put(utf8_fold_code(code), bytes));
    }
}

static bool is_ascii_letter(uint32_t code)
{
    return (code | 0x20) - 'a' < 26;
}

static bool is_ascii_digit(uint32_t code)
{
    return code - '0' < 10;
}

static utf8proc_category_t category(uint32_t code)
{
    return utf8proc_category((utf8proc_int32_t)code);
}

bool utf8_is_active(uint32_t code)
{
    return is_control(code) || code == 0x061C || code == 0x200E || code == 0x200F ||
           code == 0x2028 || code == 0x2029 || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

bool utf8_is_assigned(uint32_t code)
{
    return code < 0x80 || category(code) != UTF8PROC_CATEGORY_CN;
}

bool utf8_is_word(uint32_t code)
{
    if (code < 0x80) return is_ascii_letter(code) || is_ascii_digit(code);
    utf8proc_category_t c = category(code);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NO; /* Lu … Lo, Mn … Me, Nd … No */
}

bool utf8_is_letter(uint32_t code)
{
    if (code < 0x80) return is_ascii_letter(code);
    utf8proc_category_t c = category(code);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool utf8_is_digit(uint32_t code)
{
    if (code < 0x80) return is_ascii_digit(code);
    return category(code) == UTF8PROC_CATEGORY_ND;
}

bool utf8_is_upper(uint32_t code)
{
    if (code < 0x80) return code - 'A' < 26;
    return category(code) == UTF8PROC_CATEGORY_LU;
}

bool utf8_is_space(uint32_t code)
{
    if (code < 0x80) return code == ' ' || code - '\t' < 5; /* \t \n \v \f \r */
    if (code == 0x85) return true;                          /* next line */
    utf8proc_category_t c = category(code);
    return c >= UTF8PROC_CATEGORY_ZS && c <= UTF8PROC_CATEGORY_ZP;
}

typedef struct CodeRange {
    uint32_t first, last;
} CodeRange;

static bool in_ranges(const CodeRange *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count && ranges[i].first <= code; i++)
        if (code <= ranges[i].last) return true;
    return false;
}

bool utf8_is_unspaced(uint32_t code)
{
    static const CodeRange ranges[] = {
        {0x0E01, 0x0E3A},   /* Thai, without the sign of the baht */
        {0x0E40, 0x0E5B},   /* Thai */
        {0x0E80, 0x0EFF},   /* Lao */
        {0x1000, 0x109F},   /* Myanmar */
        {0x1780, 0x17FF},   /* Khmer */
        {0x19E0, 0x19FF},   /* Khmer symbols */
        {0x3041, 0x309F},   /* Hiragana */
        {0x30A1, 0x30FA},   /* Katakana, without double hyphen and middle dot */
        {0x30FC, 0x30FF},   /* Katakana */
        {0x31F0, 0x31FF},   /* Katakana extensions */
        {0xA9E0, 0xA9FF},   /* Myanmar extended B */
        {0xAA60, 0xAA7F},   /* Myanmar extended A */
        {0xFF66, 0xFF9F},   /* half-width Katakana */
        {0x1AFF0, 0x1AFFF}, /* kana extended B */
        {0x1B000, 0x1B16F}, /* kana supplement, extended A, small kana */
    };
    if (code < ranges[0].first) return false;
    return utf8_is_han(code) || in_ranges(ranges, sizeof ranges / sizeof *ranges, code);
}

bool utf8_is_han(uint32_t code)
{
    static const CodeRange ranges[] = {
        {0x2E80, 0x2FD5},   /* radicals */
        {0x3005, 0x3005},   /* iteration mark */
        {0x3007, 0x3007},   /* zero */
        {0x3021, 0x3029},   /* Hangzhou numerals */
        {0x3038, 0x303B},   /* Hangzhou numerals, vertical iteration mark */
        {0x3400, 0x4DBF},   /* extension A */
        {0xF900, 0xFAFF},   /* compatibility */
        {0x16FF0, 0x16FF1}, /* reading marks */
        {0x20000, 0x3FFFD}, /* the ideographic planes */
    };
    if (code < ranges[0].first) return false;
    if (code >= 0x4E00 && code <= 0x9FFF) return true;
    return in_ranges(ranges, sizeof ranges / sizeof *ranges, code);
}

uint32_t utf8_lower(uint32_t code)
{
    if (code < 0x80) return code - 'A' < 26 ? code + ('a' - 'A') : code;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}

size_t utf8_count(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t at = 0; at < size; count++) {
        size_t ascii = ascii_run(text + at, size - at);
        at += ascii;
        count += ascii;
        if (at == size) break;
        uint32_t code;
        at += utf8_next(text + at, size - at, &code);
    }
    return count;
}

/* As terminals count: marks that stand beside their letter have a column, the vowels and finals of
 * a Hangul syllable written as its parts have none. */
static int code_width(uint32_t code)
{
    if (code >= 0x1160 && code <= 0x11FF) return 0;
    if (category(code) == UTF8PROC_CATEGORY_MC) return 1;
    return utf8proc_charwidth((utf8proc_int32_t)code);
}

/* Letters and marks of a grapheme stand beside each other; of joined emoji the widest counts, but
 * U+FE0F asks for the emoji form, and two regional indicators make a flag. */
size_t utf8_grapheme(const char *text, size_t size, int *ret_width)
{
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80 && first != '\r' && (size == 1 || (unsigned char)text[1] < 0x80)) {
        *ret_width = !is_control(first);
        return 1;
    }
    uint32_t code, next;
    size_t at = utf8_next(text, size, &code);
    int width = code_width(code);
    utf8proc_int32_t state = 0;
    while (at < size) {
        size_t length = utf8_next(text + at, size - at, &next);
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)code, (utf8proc_int32_t)next,
                                             &state))
            break;
        int wide = code_width(next);
        bool flag = code - 0x1F1E6 < 26 && next - 0x1F1E6 < 26;
        if (width > 0 && (next == 0xFE0F || flag)) wide = 2;
        if (utf8_is_word(next) && next != 0xFE0F)
            width += wide;
        else if (wide > width)
            width = wide;
        code = next;
        at += length;
    }
    *ret_width = width;
    return at;
}

int utf8_width(const char *text, size_t size)
{
    int total = 0, width;
    for (size_t at = 0; at < size; total += width)
        at += utf8_grapheme(text + at, size - at, &width);
    return total;
}

size_t utf8_fit(const char *text, size_t size, int columns)
{
    size_t at = 0;
    while (at < size) {
        int width;
        size_t length = utf8_grapheme(text + at, size - at, &width);
        if (width > columns) break;
        columns -= width;
        at += length;
    }
    return at;
}

/* Whether text, which ends with a NUL, is the beginning of a character and nothing else. */
static bool is_cut_off(const char *text)
{
    unsigned char lead = (unsigned char)text[0];
    size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    size_t rest = strlen(text + 1);
    if (rest + 1 >= length) return false;
    for (size_t i = 1; i <= rest; i++)
        if (!is_continuation((unsigned char)text[i])) return false;
    return true;
}

void utf8_line(char *text)
{
    size_t size = strlen(text), to = 0;
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = utf8_next(text + at, size - at, &code);
        if (is_malformed(code, length)) {
            if (is_cut_off(text + at)) break;
            text[to++] = '?';
        } else if (is_control(code)) {
            text[to++] = ' ';
        } else {
            memmove(text + to, text + at, length);
            to += length;
        }
        at += length;
    }
    text[to] = '\0';
}
