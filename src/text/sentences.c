#include "text/sentences.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "text/words.h"

#define TOKEN_CHARACTERS 6
#define BACK_LIMIT 24 /* bytes looked back for the word before a full stop */

typedef struct Text {
    const char *bytes;
    size_t size;
} Text;

/* What a character does to a sentence. */
typedef enum Mark {
    MARK_NONE,
    MARK_STOP,     /* . ends a sentence when a blank and no abbreviation is there */
    MARK_CALL,     /* ! ? end one before a blank */
    MARK_ELLIPSIS, /* … never does */
    MARK_FULL,     /* 。！？ and their like end one without a blank */
} Mark;

static uint32_t code_at(Text t, size_t at, size_t *ret_size)
{
    uint32_t code;
    size_t size = utf8_next(t.bytes + at, t.size - at, &code);
    if (ret_size) *ret_size = size;
    return code;
}

static uint32_t code_before(Text t, size_t first, size_t at)
{
    return at > first ? code_at(t, utf8_back(t.bytes, at), NULL) : 0;
}

static Mark mark_of(uint32_t code)
{
    switch (code) {
    case '.':
        return MARK_STOP;
    case '!':
    case '?':
    case 0x203C: /* ‼ */
    case 0x2047: /* ⁇ */
    case 0x2048: /* ⁈ */
    case 0x2049: /* ⁉ */
        return MARK_CALL;
    case 0x2026: /* … */
    case 0x22EF: /* ⋯ */
        return MARK_ELLIPSIS;
    case 0x3002: /* 。 */
    case 0xFF01: /* ！ */
    case 0xFF1F: /* ？ */
    case 0xFF0E: /* ． */
    case 0xFF61: /* ｡ */
    case 0x0589: /* Armenian */
    case 0x061F: /* Arabic ؟ */
    case 0x06D4: /* Urdu ۔ */
    case 0x0964: /* Devanagari । */
    case 0x0965: /* ॥ */
    case 0x104B: /* Myanmar ။ */
    case 0x1362: /* Ethiopic ። */
    case 0x17D4: /* Khmer ។ */
        return MARK_FULL;
    default:
        return MARK_NONE;
    }
}

static bool is_closer(uint32_t code)
{
    switch (code) {
    case '"':
    case '\'':
    case ')':
    case ']':
    case '}':
    case 0x00BB: /* » */
    case 0x2019: /* ’ */
    case 0x201D: /* ” */
    case 0x203A: /* › */
    case 0x3009: /* 〉 */
    case 0x300B: /* 》 */
    case 0x300D: /* 」 */
    case 0x300F: /* 』 */
    case 0x3011: /* 】 */
    case 0x3015: /* 〕 */
    case 0x301E: /* 〞 */
    case 0xFF02: /* ＂ */
    case 0xFF09: /* ） */
    case 0xFF3D: /* ］ */
    case 0xFF63: /* ｣ */
    case 0xFE0F: /* the emoji form of the mark before */
        return true;
    default:
        return false;
    }
}

static bool is_opener(uint32_t code)
{
    return code == '"' || code == '\'' || code == '(' || code == '[' || code == '{' ||
           code == 0x00AB || code == 0x2018 || code == 0x201C || code == 0x2039;
}

static bool is_clause_mark(uint32_t code)
{
    switch (code) {
    case ',':
    case ';':
    case ':':
    case 0x060C: /* Arabic comma */
    case 0x061B: /* Arabic semicolon */
    case 0x2013: /* – */
    case 0x2014: /* — */
    case 0x2015: /* ― */
    case 0x3001: /* 、 */
    case 0xFF0C: /* ， */
    case 0xFF1A: /* ： */
    case 0xFF1B: /* ； */
    case 0xFF64: /* ､ */
        return true;
    default:
        return false;
    }
}

static bool is_hiragana(uint32_t code)
{
    return code >= 0x3041 && code <= 0x309F;
}

/* Lower case of the scripts that have case; all others begin a sentence with any letter. */
static bool is_lower(uint32_t code)
{
    if (code < 0x80) return code - 'a' < 26;
    return code < 0x0590 && utf8_is_letter(code) && !utf8_is_upper(code);
}

static bool is_ascii_letter(char c)
{
    return (unsigned)((c | 0x20) - 'a') < 26;
}

static bool is_ascii_digit(char c)
{
    return (unsigned)(c - '0') < 10;
}

static size_t skip_blanks(Text t, size_t at)
{
    while (at < t.size) {
        unsigned char c = (unsigned char)t.bytes[at];
        size_t size = 1;
        if (c < 0x80 ? !utf8_is_space(c) : !utf8_is_space(code_at(t, at, &size))) break;
        at += size;
    }
    return at;
}

static size_t skip_closers(Text t, size_t at)
{
    size_t size;
    while (at < t.size && is_closer(code_at(t, at, &size))) at += size;
    return at;
}

/* Whether an empty line follows the line end at t[at]. */
static bool is_paragraph_end(Text t, size_t at)
{
    for (at++; at < t.size && (t.bytes[at] == ' ' || t.bytes[at] == '\t'); at++) {
    }
    return at < t.size && t.bytes[at] == '\n';
}

/* --- Full stops ------------------------------------------------------------------------------ */

typedef enum AbbreviationKind {
    ABBREVIATION_NONE,
    ABBREVIATION_TITLE,  /* something always follows: Mr., e.g. */
    ABBREVIATION_NUMBER, /* one when a number follows: No. 5, Fig. 2 */
    ABBREVIATION_OTHER,  /* may end a sentence: Inc., etc. */
} AbbreviationKind;

typedef struct Abbreviation {
    const char *word;
    AbbreviationKind kind;
} Abbreviation;

#define TITLE(w)                                                                                   \
    {                                                                                              \
        w, ABBREVIATION_TITLE                                                                      \
    }
#define NUMBER(w)                                                                                  \
    {                                                                                              \
        w, ABBREVIATION_NUMBER                                                                     \
    }
#define OTHER(w)                                                                                   \
    {                                                                                              \
        w, ABBREVIATION_OTHER                                                                      \
    }

/* Sorted by bytes, for bsearch. */
static const Abbreviation ABBREVIATIONS[] = {
    NUMBER("abs"), OTHER("al"),   OTHER("approx"), OTHER("apr"),   NUMBER("art"),   OTHER("assn"),
    OTHER("aug"),  OTHER("ave"),  OTHER("blvd"),   OTHER("bros"),  OTHER("bzw"),    TITLE("ca"),
    TITLE("capt"), TITLE("cf"),   NUMBER("ch"),    NUMBER("chap"), TITLE("cmdr"),   OTHER("co"),
    OTHER("col"),  OTHER("corp"), OTHER("dec"),    OTHER("dept"),  TITLE("dr"),     OTHER("ed"),
    OTHER("eds"),  NUMBER("eq"),  NUMBER("eqs"),   OTHER("esq"),   OTHER("est"),    OTHER("etc"),
    NUMBER("ex"),  OTHER("feb"),  NUMBER("fig"),   NUMBER("figs"), OTHER("ft"),     OTHER("gen"),
    OTHER("gov"),  OTHER("hon"),  OTHER("inc"),    OTHER("jan"),   OTHER("jr"),     OTHER("jul"),
    OTHER("jun"),  TITLE("lt"),   OTHER("ltd"),    OTHER("mar"),   TITLE("messrs"), TITLE("mme"),
    TITLE("mr"),   TITLE("mrs"),  TITLE("ms"),     TITLE("mt"),    NUMBER("no"),    NUMBER("nos"),
    OTHER("nov"),  NUMBER("nr"),  OTHER("oct"),    NUMBER("op"),   NUMBER("para"),  OTHER("plc"),
    NUMBER("pp"),  OTHER("pres"), TITLE("prof"),   NUMBER("pt"),   OTHER("rd"),     OTHER("ref"),
    OTHER("rep"),  OTHER("rev"),  NUMBER("sec"),   OTHER("sen"),   OTHER("sep"),    OTHER("sept"),
    TITLE("sgt"),  OTHER("sr"),   TITLE("sra"),    OTHER("st"),    NUMBER("tab"),   OTHER("univ"),
    OTHER("usw"),  TITLE("viz"),  NUMBER("vol"),   NUMBER("vols"), TITLE("vs"),
};

#undef TITLE
#undef NUMBER
#undef OTHER

static int compare_abbreviations(const void *a, const void *b)
{
    return strcmp(a, ((const Abbreviation *)b)->word);
}

static AbbreviationKind abbreviation_kind(const char *word, size_t size)
{
    char key[8];
    if (size >= sizeof key) return ABBREVIATION_NONE;
    for (size_t i = 0; i < size; i++) {
        if (!is_ascii_letter(word[i])) return ABBREVIATION_NONE;
        key[i] = (char)utf8_lower((unsigned char)word[i]);
    }
    key[size] = '\0';
    const Abbreviation *found =
        bsearch(key, ABBREVIATIONS, sizeof ABBREVIATIONS / sizeof *ABBREVIATIONS,
                sizeof *ABBREVIATIONS, compare_abbreviations);
    return found ? found->kind : ABBREVIATION_NONE;
}

/* Whether a word that is capitalised only because a sentence begins stands at t[at]. */
static bool is_sentence_start(Text t, size_t at)
{
    char word[16];
    size_t size = 0;
    if (at >= t.size || (unsigned char)(t.bytes[at] - 'A') >= 26) return false;
    while (at + size < t.size && size < sizeof word) {
        unsigned char c = (unsigned char)t.bytes[at + size];
        if (!is_ascii_letter((char)c) && c != '\'') break;
        word[size++] = (char)utf8_lower(c);
    }
    bool is_initial = size == 1 && at + 1 < t.size && t.bytes[at + 1] == '.';
    return !is_initial && word_is_function(word, size);
}

typedef enum DottedKind { DOTTED_NONE, DOTTED_NUMBER, DOTTED_ABBREVIATION } DottedKind;

/* 3.5 and 1.2.1 are numbers; U.S, e.g and Ph.D are abbreviations; example.com is neither. */
static DottedKind dotted_kind(const char *word, size_t size)
{
    bool has_dot = false, all_digits = true, is_short = true;
    size_t part = 0;
    for (size_t i = 0; i < size; i++) {
        if (word[i] == '.') {
            has_dot = true;
            part = 0;
            continue;
        }
        if (!is_ascii_digit(word[i])) all_digits = false;
        if (++part > 2) is_short = false;
    }
    if (all_digits) return DOTTED_NUMBER;
    return has_dot && is_short ? DOTTED_ABBREVIATION : DOTTED_NONE;
}

static size_t word_start(Text t, size_t first, size_t end)
{
    size_t at = end;
    while (at > first && end - at < BACK_LIMIT) {
        uint32_t code = code_before(t, first, at);
        if (code != '.' && (!utf8_is_word(code) || utf8_is_unspaced(code))) break;
        at = utf8_back(t.bytes, at);
    }
    return at;
}

/* Whether the word that ends at t[dot] takes the point for itself. next: the next visible
 * character. first: where the sentence began. */
static bool is_abbreviated(Text t, size_t first, size_t dot, size_t next)
{
    size_t at = word_start(t, first, dot), size = dot - at;
    if (size == 0) return false;
    const char *word = t.bytes + at;
    uint32_t after = next < t.size ? code_at(t, next, NULL) : 0;
    DottedKind dotted = dotted_kind(word, size);
    if (dotted == DOTTED_NUMBER) /* "1. First" at the start of a line */
        return (at == first || t.bytes[at - 1] == '\n') && size <= 6;
    if (dotted == DOTTED_ABBREVIATION) return !is_sentence_start(t, next);
    size_t head;
    uint32_t letter = code_at(t, at, &head);
    if (head == size && utf8_is_letter(letter) && !utf8_is_unspaced(letter))
        return utf8_is_digit(after) || (utf8_is_upper(letter) && !is_sentence_start(t, next));
    switch (abbreviation_kind(word, size)) {
    case ABBREVIATION_TITLE:
        return true;
    case ABBREVIATION_NUMBER:
        return utf8_is_digit(after);
    case ABBREVIATION_OTHER:
        return !is_sentence_start(t, next);
    default:
        return false;
    }
}

/* --- Sentences ------------------------------------------------------------------------------- */

/* A run of marks with the quotes and brackets that close after it. */
typedef struct MarkRun {
    size_t at, end; /* with closers */
    size_t marks;   /* end of the marks */
    Mark strongest;
    bool is_ellipsis; /* … or two points and more, and nothing stronger */
} MarkRun;

static MarkRun mark_run(Text t, size_t at)
{
    MarkRun run = {.at = at, .marks = at};
    size_t points = 0, size;
    for (; run.marks < t.size; run.marks += size) {
        Mark mark = mark_of(code_at(t, run.marks, &size));
        if (mark == MARK_NONE) break;
        points += mark == MARK_STOP ? 1 : mark == MARK_ELLIPSIS ? 2 : 0;
        if (mark > run.strongest && mark != MARK_ELLIPSIS) run.strongest = mark;
    }
    run.is_ellipsis = points >= 2 && run.strongest <= MARK_STOP;
    run.end = skip_closers(t, run.marks);
    return run;
}

/* 。！？ with what closes after them: a quotation goes on when a comma follows, and in
 * Japanese when a particle does. */
static bool full_mark_ends(Text t, size_t first, MarkRun run)
{
    if (run.end == t.size) return true;
    uint32_t after = code_at(t, run.end, NULL);
    if (code_at(t, run.at, NULL) == 0xFF0E && utf8_is_digit(code_before(t, first, run.at)) &&
        utf8_is_digit(after))
        return false;
    if (is_clause_mark(after)) return false;
    bool quoted = run.end > run.marks;
    uint32_t closer = code_before(t, first, run.end);
    return !(quoted && (closer == 0x300D || closer == 0x300F) && is_hiragana(after));
}

static bool run_ends_sentence(Text t, size_t first, MarkRun run)
{
    if (run.strongest == MARK_FULL) return full_mark_ends(t, first, run);
    if (run.is_ellipsis) return false;
    size_t next = skip_blanks(t, run.end);
    if (next == t.size) return true;
    uint32_t after = code_at(t, next, NULL);
    if (next == run.end) { /* no blank: it was lost, or the script is an unspaced one */
        uint32_t before = code_before(t, first, run.at);
        if (utf8_is_unspaced(after)) return run.strongest == MARK_CALL || utf8_is_unspaced(before);
        return is_lower(before) && is_sentence_start(t, next);
    }
    for (size_t size; next < t.size && is_opener(after = code_at(t, next, &size));) next += size;
    if (is_lower(after)) return false;
    return run.strongest == MARK_CALL || !is_abbreviated(t, first, run.at, next);
}

size_t sentence_end(const char *text, size_t size, size_t at)
{
    Text t = {text, size};
    size_t first = at;
    while (at < size) {
        unsigned char c = (unsigned char)text[at];
        if (c == '\n' && is_paragraph_end(t, at)) return skip_blanks(t, at);
        if (c < 0x80 && mark_of(c) == MARK_NONE) {
            at++;
            continue;
        }
        size_t width;
        if (mark_of(code_at(t, at, &width)) == MARK_NONE) {
            at += width;
            continue;
        }
        MarkRun run = mark_run(t, at);
        if (run_ends_sentence(t, first, run)) return skip_blanks(t, run.end);
        at = run.end;
    }
    return size;
}

/* --- Clauses --------------------------------------------------------------------------------- */

/* A comma and its like at t[at], `width` bytes, with the quotes that close after it: the wide ones
 * cut by themselves, the others need a blank or an unspaced script after them; none cuts between
 * digits. */
static bool comma_ends_clause(Text t, size_t first, size_t at, size_t width)
{
    size_t end = skip_closers(t, at + width);
    if (end == t.size) return true;
    uint32_t code = code_at(t, at, NULL), after = code_at(t, end, NULL);
    if (is_clause_mark(after)) return false;
    if (utf8_is_digit(code_before(t, first, at)) && utf8_is_digit(after)) return false;
    bool wide = code >= 0x3000 || code == 0x2014 || code == 0x2015;
    return wide || utf8_is_space(after) || utf8_is_unspaced(after);
}

static bool run_ends_clause(Text t, size_t first, MarkRun run)
{
    if (run.strongest == MARK_FULL) return full_mark_ends(t, first, run);
    if (run.end == t.size) return true;
    uint32_t after = code_at(t, run.end, NULL);
    if (!utf8_is_space(after)) return utf8_is_unspaced(after) && run.strongest != MARK_STOP;
    return run.is_ellipsis || run.strongest == MARK_CALL ||
           !is_abbreviated(t, first, run.at, skip_blanks(t, run.end));
}

size_t clause_end(const char *text, size_t size, size_t at)
{
    Text t = {text, size};
    size_t first = at, width;
    while (at < size) {
        if (is_ascii_letter(text[at]) || is_ascii_digit(text[at])) {
            at++;
            continue;
        }
        uint32_t code = code_at(t, at, &width);
        if (code == '\n' && is_paragraph_end(t, at)) return skip_blanks(t, at);
        if (is_clause_mark(code)) {
            if (comma_ends_clause(t, first, at, width))
                return skip_blanks(t, skip_closers(t, at + width));
        } else if (mark_of(code) != MARK_NONE) {
            MarkRun run = mark_run(t, at);
            if (run_ends_clause(t, first, run)) return skip_blanks(t, run.end);
            width = run.end - at;
        } else if (code != '\n' && utf8_is_space(code) &&
                   utf8_is_unspaced(code_before(t, first, at))) {
            /* a blank in an unspaced script parts phrases */
            size_t next = skip_blanks(t, at);
            if (next == size || utf8_is_unspaced(code_at(t, next, NULL))) return next;
            width = next - at;
        }
        at += width;
    }
    return size;
}

static void split(const char *text, size_t size, Spans *out,
                  size_t (*end_of)(const char *, size_t, size_t))
{
    for (size_t at = 0; at < size;) {
        size_t end = end_of(text, size, at);
        vec_push(out, (Span){at, end});
        at = end;
    }
}

void sentences_split(const char *text, size_t size, Spans *out)
{
    split(text, size, out, sentence_end);
}

void clauses_split(const char *text, size_t size, Spans *out)
{
    split(text, size, out, clause_end);
}

size_t token_count(const char *text, size_t size)
{
    size_t tokens = 0, run = 0; /* characters of the token that is not yet full */
    for (size_t at = 0; at < size;) {
        unsigned char c = (unsigned char)text[at];
        uint32_t code = c;
        at += c < 0x80 ? 1 : utf8_next(text + at, size - at, &code);
        if (c < 0x80 ? is_ascii_letter((char)c) || is_ascii_digit((char)c)
                     : utf8_is_word(code) && !utf8_is_unspaced(code)) {
            tokens += run == 0;
            run = run + 1 < TOKEN_CHARACTERS ? run + 1 : 0;
        } else {
            tokens += c < 0x80 ? c > ' ' && c != 0x7F : !utf8_is_space(code);
            run = 0;
        }
    }
    return tokens;
}
