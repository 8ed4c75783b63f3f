#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "text/tokenizer_steps.h"

#define SHORT_GRAPHEME 6 /* bytes; shorter ones are looked up as a whole */

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool base64_decode(const char *text, Str *out)
{
    uint32_t bits = 0;
    unsigned count = 0;
    str_reserve(out, strlen(text) / 4 * 3 + 3);
    for (; *text && *text != '='; text++) {
        int value = base64_value(*text);
        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out->data[out->size++] = (char)(bits >> count);
    }
    out->data[out->size] = '\0';
    return true;
}

static uint32_t little(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* u32 bytes of the units, the units, the replacements. */
static bool read_map(const Str *raw, Charsmap *map, Err *err)
{
    uint32_t trie = raw->size >= 4 ? little(raw->data) : 0;
    if (raw->size < 4 || trie > raw->size - 4 || trie % 4 != 0)
        return err_set(err, ERR_FORMAT, "the precompiled_charsmap says %u bytes and has %zu", trie,
                       raw->size);
    map->count = trie / 4;
    map->units = mem_alloc(trie + 1);
    for (size_t i = 0; i < map->count; i++) map->units[i] = little(raw->data + 4 + 4 * i);
    map->size = raw->size - 4 - trie;
    map->texts = mem_alloc(map->size + 1);
    memcpy(map->texts, raw->data + 4 + trie, map->size);
    map->texts[map->size] = '\0';
    return utf8_valid(map->texts, map->size, NULL) ||
           err_set(err, ERR_FORMAT, "the precompiled_charsmap has texts that are not UTF-8");
}

/* The replacement of the shortest entry that key begins with; the units may be anything. */
static bool look_up(const Charsmap *map, const char *key, size_t size, const char **ret)
{
    if (map->count == 0) return false;
    uint32_t node = 0, unit = map->units[0];
    node ^= (unit >> 10) << ((unit & 0x200) >> 6);
    for (size_t i = 0; i < size && key[i]; i++) {
        node ^= (unsigned char)key[i];
        if (node >= map->count) return false;
        unit = map->units[node];
        if ((unit & 0x800000FF) != (unsigned char)key[i]) return false;
        node ^= (unit >> 10) << ((unit & 0x200) >> 6);
        if (!(unit >> 8 & 1)) continue;
        uint32_t value = node < map->count ? map->units[node] & 0x7FFFFFFF : UINT32_MAX;
        if (value > map->size || ((unsigned char)map->texts[value] & 0xC0) == 0x80) return false;
        *ret = map->texts + value;
        return true;
    }
    return false;
}

static size_t longest_text(const Charsmap *map)
{
    size_t longest = 1;
    for (size_t at = 0; at < map->size;) {
        size_t length = strlen(map->texts + at);
        if (length > longest) longest = length;
        at += length + 1;
    }
    return longest;
}

bool charsmap_parse(const cJSON *json, NormalStep *step, Err *err)
{
    const char *text = member_string(json, "precompiled_charsmap");
    if (!text) return err_set(err, ERR_FORMAT, "the normalizer has no precompiled_charsmap");
    Str raw = {0};
    bool ok = base64_decode(text, &raw)
                  ? read_map(&raw, &step->map, err)
                  : err_set(err, ERR_FORMAT, "the precompiled_charsmap is not base64");
    str_release(&raw);
    for (unsigned c = 1; ok && c < 128; c++) {
        char key[2] = {(char)c};
        const char *found;
        step->map.hits[c] = look_up(&step->map, key, 1, &found);
    }
    step->growth = (double)longest_text(&step->map);
    return ok;
}

void charsmap_release(Charsmap *map)
{
    free(map->units);
    free(map->texts);
    *map = (Charsmap){0};
}

typedef enum Join { /* grapheme classes (UAX #29) that matter here */
                    JOIN_OTHER,
                    JOIN_CR,
                    JOIN_LF,
                    JOIN_CONTROL,
                    JOIN_EXTEND,
                    JOIN_ZWJ,
                    JOIN_PREPEND,
                    JOIN_REGION,
                    JOIN_L,
                    JOIN_V,
                    JOIN_T,
                    JOIN_LV,
                    JOIN_LVT,
                    JOIN_PICTURE
} Join;

static Join join_of(uint32_t code)
{
    if (code < 0x80)
        return code == '\r'                 ? JOIN_CR
               : code == '\n'               ? JOIN_LF
               : code < ' ' || code == 0x7F ? JOIN_CONTROL
                                            : JOIN_OTHER;
    unsigned class = code_class(code);
    if (code == 0x200D) return JOIN_ZWJ;
    if (class & CODE_JOINS) return JOIN_EXTEND;
    if (class & CODE_PREPENDS) return JOIN_PREPEND;
    switch (utf8proc_get_property((utf8proc_int32_t)code)->boundclass) {
    case UTF8PROC_BOUNDCLASS_CONTROL:
        return JOIN_CONTROL;
    case UTF8PROC_BOUNDCLASS_L:
        return JOIN_L;
    case UTF8PROC_BOUNDCLASS_V:
        return JOIN_V;
    case UTF8PROC_BOUNDCLASS_T:
        return JOIN_T;
    case UTF8PROC_BOUNDCLASS_LV:
        return JOIN_LV;
    case UTF8PROC_BOUNDCLASS_LVT:
        return JOIN_LVT;
    case UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR:
        return JOIN_REGION;
    case UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC:
        return JOIN_PICTURE;
    case UTF8PROC_BOUNDCLASS_EXTEND:
    case UTF8PROC_BOUNDCLASS_SPACINGMARK:
        return code >= 0x10000 ? JOIN_EXTEND : JOIN_OTHER;
    default:
        return JOIN_OTHER;
    }
}

typedef struct Grapheme { /* what is known of the one that is being read */
    Join last;
    size_t regions;            /* regional indicators at its end */
    bool picture, picture_zwj; /* a pictograph with extenders behind it; and then a joiner */
} Grapheme;

static bool goes_on(const Grapheme *g, Join next)
{
    Join last = g->last;
    if (last == JOIN_CR) return next == JOIN_LF;
    if (last == JOIN_LF || last == JOIN_CONTROL) return false;
    if (next == JOIN_CR || next == JOIN_LF || next == JOIN_CONTROL) return false;
    if (next == JOIN_EXTEND || next == JOIN_ZWJ || last == JOIN_PREPEND) return true;
    if (last == JOIN_L)
        return next == JOIN_L || next == JOIN_V || next == JOIN_LV || next == JOIN_LVT;
    if (last == JOIN_LV || last == JOIN_V) return next == JOIN_V || next == JOIN_T;
    if (last == JOIN_LVT || last == JOIN_T) return next == JOIN_T;
    if (next == JOIN_PICTURE) return g->picture_zwj;
    return last == JOIN_REGION && next == JOIN_REGION && g->regions % 2 == 1;
}

static void take(Grapheme *g, Join next)
{
    g->regions = next == JOIN_REGION ? g->regions + 1 : 0;
    g->picture_zwj = g->picture && next == JOIN_ZWJ;
    g->picture = next == JOIN_PICTURE || (g->picture && next == JOIN_EXTEND);
    g->last = next;
}

static size_t grapheme(const char *text, size_t size)
{
    uint32_t code;
    size_t at = code_next(text, &code);
    Grapheme g = {0};
    take(&g, join_of(code));
    while (at < size) {
        size_t length = code_next(text + at, &code);
        Join next = join_of(code);
        if (!goes_on(&g, next)) break;
        take(&g, next);
        at += length;
    }
    return at;
}

bool charsmap_run(const NormalStep *step, const char *text, size_t size, Str *out)
{
    const Charsmap *map = &step->map;
    const char *found;
    for (size_t at = 0; at < size;) {
        unsigned char c = (unsigned char)text[at];
        bool alone = at + 1 == size || (unsigned char)text[at + 1] < 0x80;
        if (c < 0x80 && c != '\r' && alone && !map->hits[c]) {
            str_add_char(out, (char)c);
            at++;
            continue;
        }
        size_t end = at + grapheme(text + at, size - at);
        if (end - at < SHORT_GRAPHEME && look_up(map, text + at, end - at, &found)) {
            str_add(out, found);
            at = end;
        }
        while (at < end) {
            size_t length = code_size(text[at]);
            if (look_up(map, text + at, length, &found))
                str_add(out, found);
            else
                str_add_bytes(out, text + at, length);
            at += length;
        }
    }
    return false;
}
