#include "text/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

typedef struct Signature {
    const char *bytes;
    size_t size;
    const char *what;
} Signature;

#define SIGNATURE(bytes, what)                                                                     \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, what                                                             \
    }

static const Signature SIGNATURES[] = {
    SIGNATURE("%PDF-", "a PDF"),
    SIGNATURE("PK\3\4", "a zip archive (docx, xlsx, epub …)"),
    SIGNATURE("\x7F"
              "ELF",
              "a program"),
    SIGNATURE("\x89PNG", "a PNG image"),
    SIGNATURE("\xFF\xD8\xFF", "a JPEG image"),
    SIGNATURE("GIF8", "a GIF image"),
    SIGNATURE("\x1F\x8B", "gzip data"),
    SIGNATURE("\x28\xB5\x2F\xFD", "zstd data"),
    SIGNATURE("\xFD"
              "7zXZ",
              "xz data"),
    SIGNATURE("BZh", "bzip2 data"),
    SIGNATURE("7z\xBC\xAF", "a 7z archive"),
    SIGNATURE("Rar!\x1A", "a rar archive"),
    SIGNATURE("SQLite format 3", "an SQLite database"),
    SIGNATURE("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Office file (doc, xls)"),
    SIGNATURE("{\\rtf", "an RTF file"),
};

const char *encoding_signature(const char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof SIGNATURES / sizeof *SIGNATURES; i++) {
        const Signature *s = &SIGNATURES[i];
        if (size >= s->size && memcmp(bytes, s->bytes, s->size) == 0) return s->what;
    }
    return NULL;
}

/* Converts the whole of bytes to UTF-8; a byte that cannot be read becomes U+FFFD and is counted.
 */
static bool convert(const char *bytes, size_t size, const char *charset, Str *out, size_t *ret_bad,
                    Err *err)
{
    iconv_t converter = iconv_open("UTF-8", charset);
    if (converter == (iconv_t)-1)
        return err_set(err, ERR_FORMAT, "this system cannot convert from %s", charset);
    char block[16384];
    char *in = (char *)bytes;
    size_t left = size, bad = 0;
    while (left > 0) {
        char *to = block;
        size_t room = sizeof block;
        size_t result = iconv(converter, &in, &left, &to, &room);
        str_add_bytes(out, block, sizeof block - room);
        if (result != (size_t)-1 || errno == E2BIG) continue;
        str_add(out, "\xEF\xBF\xBD");
        bad++;
        size_t skip = strncmp(charset, "UTF-16", 6) == 0 && left > 1 ? 2 : 1;
        if (errno == EINVAL) skip = left; /* cut off in the middle of its last character */
        in += skip;
        left -= skip;
        iconv(converter, NULL, NULL, NULL, NULL);
    }
    iconv_close(converter);
    *ret_bad = bad;
    return true;
}

typedef struct ByteCounts {
    size_t nul_even, nul_odd,
        control;       /* control: C0 but tab, line ends, form feed, escape; without NUL */
    size_t multi, bad; /* as UTF-8: characters of several bytes; broken bytes */
} ByteCounts;

static ByteCounts count_bytes(const char *bytes, size_t size)
{
    ByteCounts counts = {0};
    for (size_t i = 0; i < size;) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x80) {
            if (c == 0) {
                if (i % 2)
                    counts.nul_odd++;
                else
                    counts.nul_even++;
            } else if ((c < 0x20 && (c < '\t' || c > '\r') && c != 0x1B) || c == 0x7F) {
                counts.control++;
            }
            i++;
            continue;
        }
        uint32_t code;
        size_t length = utf8_next(bytes + i, size - i, &code);
        if (length == 1)
            counts.bad++;
        else
            counts.multi++;
        i += length;
    }
    return counts;
}

/* A text of the given UTF-16 order has few surrogates that stand alone and few unassigned
 * characters. */
static bool decode_utf16(const char *bytes, size_t size, bool big, Str *out, bool strict)
{
    Str raw = {0};
    size_t bad = 0;
    if (!convert(bytes, size, big ? "UTF-16BE" : "UTF-16LE", &raw, &bad, NULL)) return false;
    bool ok = true;
    if (strict) {
        ByteCounts counts = count_bytes(raw.data, raw.size);
        size_t controls = counts.nul_even + counts.nul_odd + counts.control;
        ok = (bad + controls) * 100 <= utf8_count(str_get(&raw), raw.size);
    }
    if (ok) utf8_clean(str_get(&raw), raw.size, out);
    str_release(&raw);
    return ok;
}

/* Shares of the two-byte characters of a GB text. Real Chinese is nearly all of GB 2312's first
 * level (lead bytes B0–D7, by pinyin) and punctuation (A1, A3); Korean in EUC-KR ends at C8. */
static bool looks_like_gb(const char *bytes, size_t size)
{
    size_t pairs = 0, common = 0, level1 = 0, late = 0, bad = 0;
    for (size_t i = 0; i < size;) {
        unsigned char lead = (unsigned char)bytes[i];
        if (lead < 0x80) {
            i++;
            continue;
        }
        unsigned char trail = i + 1 < size ? (unsigned char)bytes[i + 1] : 0;
        if (lead == 0x80 || lead == 0xFF || trail < 0x30 || trail == 0x7F || trail == 0xFF) {
            bad += i + 1 < size;
            i++;
            continue;
        }
        if (trail < 0x40) { /* four bytes: rare characters of GB18030 */
            i += 4;
            continue;
        }
        pairs++;
        if (trail >= 0xA1 && lead >= 0xB0 && lead <= 0xD7) {
            level1++;
            late += lead >= 0xC9;
        }
        common += trail >= 0xA1 && (lead == 0xA1 || lead == 0xA3 || (lead >= 0xB0 && lead <= 0xD7));
        i += 2;
    }
    if (pairs == 0 || bad * 1000 > pairs || common * 100 < pairs * 85) return false;
    return level1 < 30 || late * 10 >= level1;
}

/* A name for what a text that is none of ours may be, for the message. */
static const char *guess_other(const char *bytes, size_t size)
{
    size_t lone = 0, high = 0;
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)bytes[i] < 0x80) continue;
        high++;
        bool before = i > 0 && (unsigned char)bytes[i - 1] >= 0x80;
        bool after = i + 1 < size && (unsigned char)bytes[i + 1] >= 0x80;
        lone += !before && !after;
    }
    return lone * 10 >= high * 8 ? "it looks like ISO-8859-1 or WINDOWS-1252; convert it first: "
                                   "iconv -f WINDOWS-1252 -t UTF-8"
                                 : "save it as UTF-8 or convert it with iconv";
}

static bool take_bom(const char *bytes, size_t size, Str *out, const char **ret_name,
                     bool *ret_done, Err *err)
{
    *ret_done = true;
    if (size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        *ret_name = "UTF-8";
        utf8_clean(bytes + 3, size - 3, out);
        return true;
    }
    if (size >= 4 &&
        (memcmp(bytes, "\xFF\xFE\0\0", 4) == 0 || memcmp(bytes, "\0\0\xFE\xFF", 4) == 0))
        return err_set(err, ERR_FORMAT, "UTF-32 is not read; convert it to UTF-8 with iconv");
    if (size >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)) {
        bool big = (unsigned char)bytes[0] == 0xFE;
        *ret_name = big ? "UTF-16BE" : "UTF-16LE";
        if (!decode_utf16(bytes + 2, size - 2, big, out, true))
            return err_set(err, ERR_FORMAT, "starts like %s but is a binary file or broken",
                           *ret_name);
        return true;
    }
    *ret_done = false;
    return true;
}

static bool decode_gb(const char *bytes, size_t size, Str *out)
{
    Str raw = {0};
    size_t bad = 0;
    bool ok = convert(bytes, size, "GB18030", &raw, &bad, NULL);
    if (ok) utf8_clean(str_get(&raw), raw.size, out);
    str_release(&raw);
    return ok;
}

bool encoding_decode(const char *bytes, size_t size, Str *out, const char **ret_name, Err *err)
{
    const char *signature = encoding_signature(bytes, size);
    if (signature) return err_set(err, ERR_FORMAT, "is not a text but %s", signature);
    bool done;
    const char *name = NULL;
    if (!take_bom(bytes, size, out, &name, &done, err)) return false;
    if (done) {
        *ret_name = name;
        return true;
    }
    ByteCounts counts = count_bytes(bytes, size);
    size_t nul = counts.nul_even + counts.nul_odd;
    /* Half of the bytes of European text in UTF-16 are zero; of Chinese only the blanks', but it is
     * no UTF-8. */
    if (nul * 4 > size || (nul > 0 && counts.bad * 10 > size)) {
        bool big = counts.nul_even > counts.nul_odd;
        size_t few = big ? counts.nul_odd : counts.nul_even;
        if (few * 20 <= nul && size % 2 == 0 && decode_utf16(bytes, size, big, out, true)) {
            *ret_name = big ? "UTF-16BE" : "UTF-16LE";
            return true;
        }
    }
    /* A stray zero or control byte in a text is dropped; many of them make a binary file. */
    size_t controls = nul + counts.control;
    if (controls > 3 && controls * 200 > size)
        return err_set(err, ERR_FORMAT, "is a binary file (%zu control bytes in %zu)", controls,
                       size);
    bool utf8 = counts.bad * 4 <= counts.multi;
    if (!utf8 && looks_like_gb(bytes, size)) {
        *ret_name = "GB18030";
        return decode_gb(bytes, size, out);
    }
    /* Without characters of several bytes to prove it: one broken byte in a hundred, or three in a
     * short text. */
    if (!utf8) utf8 = counts.bad * 100 <= size || (counts.bad <= 3 && counts.bad * 4 <= size);
    if (!utf8)
        return err_set(err, ERR_FORMAT, "its encoding is not UTF-8, UTF-16 or GB18030: %s",
                       guess_other(bytes, size));
    utf8_clean(bytes, size, out);
    *ret_name = "UTF-8";
    return true;
}

/* The labels of the web, and what each is read as. */
static const char *const CHARSETS[][2] = {
    {"ascii", "WINDOWS-1252"},
    {"big5", "BIG5-HKSCS"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"gb18030", "GB18030"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"iso-8859-1", "WINDOWS-1252"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-2", "ISO-8859-2"},
    {"koi8-r", "KOI8-R"},
    {"latin1", "WINDOWS-1252"},
    {"shift_jis", "CP932"},
    {"us-ascii", "WINDOWS-1252"},
    {"utf-16be", "UTF-16BE"},
    {"utf-16le", "UTF-16LE"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1252", "WINDOWS-1252"},
};

bool encoding_convert(const char *bytes, size_t size, const char *charset, Str *out,
                      const char **ret_name, Err *err)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof CHARSETS / sizeof *CHARSETS && !name; i++)
        if (strcasecmp(charset, CHARSETS[i][0]) == 0) name = CHARSETS[i][1];
    if (!name)
        return err_set(err, ERR_FORMAT, "its encoding \"%.40s\" is not known; convert it to UTF-8",
                       charset);
    Str raw = {0};
    size_t bad = 0;
    bool ok = convert(bytes, size, name, &raw, &bad, err);
    if (ok) {
        utf8_clean(str_get(&raw), raw.size, out);
        *ret_name = name;
    }
    str_release(&raw);
    return ok;
}
