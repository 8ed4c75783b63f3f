#include "text/pieces.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "text/sentences.h"

#define GRAPHEME_LIMIT_BYTES 256 /* a longer one is an attack, and is cut between characters */
#define PART_CHARACTERS 6        /* one token */
#define JOINER_LIMIT 16          /* points of one number; a longer row is a list of numbers */

typedef struct Glyph {
    uint32_t code;
    size_t size;
} Glyph;

static Glyph glyph_at(const char *text, size_t size, size_t at)
{
    Glyph g = {0};
    if (at < size) g.size = utf8_next(text + at, size - at, &g.code);
    return g;
}

size_t piece_skip_blanks(const char *text, size_t size, size_t at)
{
    for (Glyph g; at < size; at += g.size) {
        g = glyph_at(text, size, at);
        if (!utf8_is_space(g.code)) break;
    }
    return at;
}

size_t piece_trim_blanks(const char *text, size_t first, size_t end)
{
    while (end > first) {
        size_t at = utf8_back(text, end);
        if (!utf8_is_space(glyph_at(text, end, at).code)) break;
        end = at;
    }
    return end;
}

/* A blank at which a line may be broken. */
static bool is_breaking_blank(uint32_t code)
{
    return utf8_is_space(code) && code != 0x00A0 && code != 0x2007 && code != 0x202F;
}

static size_t paragraph_end(const char *text, size_t size, size_t at)
{
    for (;;) {
        const char *line_end = memchr(text + at, '\n', size - at);
        if (!line_end) return size;
        size_t next = (size_t)(line_end - text) + 1;
        at = next;
        while (at < size && (text[at] == ' ' || text[at] == '\t')) at++;
        if (at == size || text[at] == '\n') return piece_skip_blanks(text, size, next);
    }
}

static size_t line_end(const char *text, size_t size, size_t at)
{
    const char *end = memchr(text + at, '\n', size - at);
    if (!end) return size;
    at = (size_t)(end - text) + 1;
    while (at < size && text[at] == '\n') at++;
    return at;
}

static size_t grapheme_end(const char *text, size_t size, size_t at)
{
    size_t first = at;
    Glyph g = glyph_at(text, size, at);
    utf8proc_int32_t state = 0;
    for (at += g.size; at < size && at - first < GRAPHEME_LIMIT_BYTES;) {
        Glyph next = glyph_at(text, size, at);
        if (g.code < 0x80 && next.code < 0x80) break;
        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)g.code, (utf8proc_int32_t)next.code,
                                             &state))
            break;
        g = next;
        at += g.size;
    }
    return at;
}

/* --- Numbers --------------------------------------------------------------------------------- */

static bool is_han_numeral(uint32_t code)
{
    static const uint32_t numerals[] = {
        0x3007, 0x4E00, 0x4E03, 0x4E07, 0x4E09, 0x4E24, 0x4E5D, 0x4E8C, 0x4E94, 0x4EBF,
        0x516B, 0x516D, 0x5146, 0x5341, 0x5343, 0x56DB, 0x767E, 0x842C, 0x5104, 0x96F6,
    };
    if (!utf8_is_han(code)) return false;
    for (size_t i = 0; i < sizeof numerals / sizeof *numerals; i++)
        if (numerals[i] == code) return true;
    return false;
}

static bool is_sign(uint32_t code)
{
    return code == '-' || code == '+' || code == '$' || code == 0x00B1 || code == 0x2212 ||
           (code >= 0x00A2 && code <= 0x00A5) || (code >= 0x20A0 && code <= 0x20CF) ||
           code == 0xFFE5;
}

static bool is_percent(uint32_t code)
{
    return code == '%' || code == 0x2030 || code == 0xFF05 || code == 0x00B0;
}

static bool is_number_joiner(uint32_t code)
{
    return code == '.' || code == ',' || code == ':' || code == '/' || code == '\'' ||
           code == '-' || code == 0x2019 || code == 0xFF0E || code == 0xFF0C || code == 0xFF1A;
}

static bool is_group_blank(uint32_t code)
{
    return code == ' ' || code == 0x00A0 || code == 0x2009 || code == 0x202F;
}

/* Whether three digits and no more stand at text[at]. */
static bool is_digit_group(const char *text, size_t size, size_t at)
{
    Glyph g;
    for (int i = 0; i < 3; i++, at += g.size) {
        g = glyph_at(text, size, at);
        if (g.size == 0 || !utf8_is_digit(g.code)) return false;
    }
    return !utf8_is_digit(glyph_at(text, size, at).code);
}

/* Whether the character g at text[at], after a digit, goes on to digits of the same number. */
static bool joins_number(const char *text, size_t size, size_t at, Glyph g)
{
    if (is_group_blank(g.code)) return is_digit_group(text, size, at + g.size);
    return is_number_joiner(g.code) && utf8_is_digit(glyph_at(text, size, at + g.size).code);
}

/* --- Words and atoms ------------------------------------------------------------------------- */

/* A run of letters, marks, invisible joiners and digits, with the points of its numbers. */
static size_t run_end(const char *text, size_t size, size_t at)
{
    bool after_digit = false;
    int joiners = 0;
    while (at < size) {
        Glyph g = glyph_at(text, size, at);
        bool is_joined = g.code == 0x200C || g.code == 0x200D || g.code == 0x00AD;
        if (is_joined || (utf8_is_word(g.code) && !utf8_is_unspaced(g.code))) {
            after_digit = utf8_is_digit(g.code);
            at = g.code < 0x80 ? at + 1 : grapheme_end(text, size, at);
        } else if (after_digit && joiners < JOINER_LIMIT && joins_number(text, size, at, g)) {
            joiners++;
            after_digit = false;
            at += g.size;
        } else if (after_digit && is_percent(g.code)) {
            return at + g.size;
        } else {
            break;
        }
    }
    return at;
}

/* 三百五十, 3万 and 3.5亿 are numbers too. */
static size_t han_number_end(const char *text, size_t size, size_t at)
{
    for (Glyph g; at < size;) {
        g = glyph_at(text, size, at);
        if (is_han_numeral(g.code))
            at += g.size;
        else if (utf8_is_digit(g.code))
            at = run_end(text, size, at);
        else
            break;
    }
    return at;
}

static size_t atom_core(const char *text, size_t size, size_t at)
{
    Glyph g = glyph_at(text, size, at);
    if (is_sign(g.code) && utf8_is_digit(glyph_at(text, size, at + g.size).code))
        return han_number_end(text, size, at + g.size);
    if (utf8_is_digit(g.code) || is_han_numeral(g.code)) return han_number_end(text, size, at);
    if (utf8_is_word(g.code) && !utf8_is_unspaced(g.code)) return run_end(text, size, at);
    return grapheme_end(text, size, at);
}

/* Marks that may not begin a line stay with the character before them. */
static size_t skip_followers(const char *text, size_t size, size_t at)
{
    for (Glyph g; at < size; at += g.size) {
        g = glyph_at(text, size, at);
        if (utf8_is_word(g.code) || utf8_is_space(g.code)) break;
        utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)g.code);
        bool follows =
            c == UTF8PROC_CATEGORY_PO || c == UTF8PROC_CATEGORY_PE || c == UTF8PROC_CATEGORY_PF;
        if (!follows) break;
    }
    return at;
}

static size_t word_core(const char *text, size_t size, size_t at)
{
    Glyph g = glyph_at(text, size, at);
    if (is_han_numeral(g.code))
        at = han_number_end(text, size, at);
    else if (utf8_is_unspaced(g.code))
        return skip_followers(text, size, grapheme_end(text, size, at));
    while (at < size) {
        g = glyph_at(text, size, at);
        if (is_breaking_blank(g.code) || utf8_is_unspaced(g.code)) break;
        at = utf8_is_digit(g.code) ? han_number_end(text, size, at)
             : g.code < 0x80       ? at + 1
                                   : grapheme_end(text, size, at);
    }
    return at;
}

/* The digits of one number with their joiners, cut where it is longer than any number is. */
static size_t digits_end(const char *text, size_t size, size_t at)
{
    size_t limit = size - at < PIECE_NUMBER_BYTES ? size : at + PIECE_NUMBER_BYTES;
    int joiners = 0;
    for (Glyph g; at < limit; at += g.size) {
        g = glyph_at(text, size, at);
        if (utf8_is_digit(g.code)) continue;
        if (joiners++ == JOINER_LIMIT || !joins_number(text, size, at, g)) break;
    }
    return at;
}

static size_t part_end(const char *text, size_t size, size_t at)
{
    if (utf8_is_digit(glyph_at(text, size, at).code)) return digits_end(text, size, at);
    size_t first = at, characters = 0;
    while (at < size && !utf8_is_digit(glyph_at(text, size, at).code)) {
        size_t end = grapheme_end(text, size, at);
        characters += utf8_count(text + at, end - at);
        if (at > first && characters > PART_CHARACTERS) break;
        at = end;
    }
    return at;
}

size_t piece_end(PieceLevel level, const char *text, size_t size, size_t at)
{
    switch (level) {
    case PIECE_PARAGRAPH:
        return paragraph_end(text, size, at);
    case PIECE_LINE:
        return line_end(text, size, at);
    case PIECE_SENTENCE:
        return sentence_end(text, size, at);
    case PIECE_CLAUSE:
        return clause_end(text, size, at);
    case PIECE_WORD:
        at = word_core(text, size, piece_skip_blanks(text, size, at));
        break;
    case PIECE_ATOM:
        at = atom_core(text, size, piece_skip_blanks(text, size, at));
        break;
    case PIECE_PART:
        at = part_end(text, size, at);
        break;
    }
    return piece_skip_blanks(text, size, at);
}

bool piece_is_number(const char *text, size_t size)
{
    size_t first = piece_skip_blanks(text, size, 0), end = piece_trim_blanks(text, first, size);
    Glyph g = glyph_at(text, end, first);
    if (is_sign(g.code)) g = glyph_at(text, end, first + g.size);
    if (!utf8_is_digit(g.code) && !is_han_numeral(g.code)) return false;
    for (size_t at = first; at < end; at += g.size) {
        g = glyph_at(text, end, at);
        if (utf8_is_letter(g.code) && !is_han_numeral(g.code)) return false;
    }
    return atom_core(text, end, first) == end;
}

/* --- Preformatted blocks --------------------------------------------------------------------- */

/* A line that says by its form that the line break after it means something: a table row, a line of
 * code, an item of a list. */
static bool is_formed_line(const char *line, size_t size)
{
    if (size == 0) return false;
    unsigned char c = (unsigned char)line[0];
    unsigned char last = (unsigned char)line[size - 1];
    if (c == '|' || c == '+' || c == '\t' || c == '`' || c == '#' || c == '>') return true;
    if ((c == '-' || c == '*') && size > 1 && line[1] == ' ') return true;
    if (size > 3 && memcmp(line, "\xE2\x80\xA2", 3) == 0) return true; /* a bullet */
    if (last == ';' || last == '{' || last == '}' || last == '|' || last == '\\') return true;
    if (memchr(line, '\t', size)) return true;
    for (size_t i = 0; i + 1 < size; i++)
        if (line[i] == ' ' && line[i + 1] == ' ') return true;
    return false;
}

static bool is_preformatted(const char *text, size_t size)
{
    size_t lines = 0, formed = 0;
    for (size_t at = 0; at < size;) {
        size_t end = line_end(text, size, at), visible = piece_trim_blanks(text, at, end);
        lines++;
        formed += is_formed_line(text + at, visible - at);
        at = end;
    }
    return lines > 1 && 2 * formed >= lines;
}

PieceLevel piece_below(PieceLevel level, const char *text, size_t size)
{
    if (level == PIECE_PARAGRAPH) return is_preformatted(text, size) ? PIECE_LINE : PIECE_SENTENCE;
    return level < PIECE_PART ? (PieceLevel)(level + 1) : PIECE_PART;
}
