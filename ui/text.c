#include "ui/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"

/* ---- lines ---- */

static bool is_line_end(uint32_t code)
{
    return (code >= '\n' && code <= '\r') || code == 0x85 || code == 0x2028 || code == 0x2029;
}

static bool is_blank(uint32_t code)
{
    /* no-break spaces too: texts out of PDF files often have nothing else between their words */
    return utf8_is_space(code) && !is_line_end(code);
}

static bool is_one_of(uint32_t code, const char *characters)
{
    char bytes[5] = "";
    utf8_put(code, bytes);
    return code != 0 && strstr(characters, bytes);
}

static bool closes(uint32_t code)
{
    return is_one_of(
        code, ",.;:!?)]}%»”’…"
              "、。，．・：；？！）］｝」』】〕〉》％ーァィゥェォッャュョぁぃぅぇぉっゃゅょ々");
}

static bool opens(uint32_t code)
{
    return is_one_of(code, "([{«“‘（［｛「『【〔〈《");
}

/* Written without blanks, or punctuation that goes with such a script. */
static bool is_ideographic(uint32_t code)
{
    return utf8_is_unspaced(code) || (code >= 0x3001 && code <= 0x303F) ||
           (code >= 0xFF01 && code <= 0xFF60);
}

static bool may_break(uint32_t before, uint32_t after)
{
    if (!is_ideographic(before) && !is_ideographic(after)) return false;
    return !closes(after) && !opens(before);
}

/* Wrap: one pass over the text. [start, at) is the line so far, `column` wide without the blanks
 * that would fall off its end. */
typedef struct Wrap {
    const char *text;
    size_t size;
    int width;
    TextLines *lines;
    size_t start, at;
    size_t content_end; /* behind the last character that is no blank */
    size_t break_end,
        break_next;           /* the last place to break: this line's end, the next one's start */
    int column, break_column; /* at `at`, at break_next */
    uint32_t before;          /* the last character; 0: none in this line */
} Wrap;

static void wrap_start(Wrap *w, size_t start)
{
    w->start = w->at = w->content_end = start;
    w->break_end = w->break_next = start;
    w->column = w->break_column = 0;
    w->before = 0;
}

static void wrap_line(Wrap *w, size_t end)
{
    vec_push(w->lines, (TextLine){w->start, end});
}

/* A blank that does not fit: it and those behind it vanish in the break. Blanks alone, as of an
 * indent wider than the line, make no line. */
static void wrap_blanks(Wrap *w)
{
    uint32_t code = ' ';
    int width;
    size_t next = w->at;
    while (next < w->size) {
        size_t length = grid_step(w->text + next, w->size - next, &width);
        size_t first = utf8_next(w->text + next, w->size - next, &code);
        if (is_line_end(code)) break;
        if (!is_blank(code) || first < length) break;
        next += length;
    }
    bool ends = next == w->size || is_line_end(code);
    if (w->content_end > w->start || ends) wrap_line(w, w->content_end);
    if (ends && next < w->size) next += grid_step(w->text + next, w->size - next, &width);
    wrap_start(w, next);
}

/* A character that does not fit: breaks at the last place for it, or here. */
static void wrap_overflow(Wrap *w)
{
    if (w->break_end > w->start) {
        wrap_line(w, w->break_end);
        w->start = w->break_end = w->break_next;
        w->column -= w->break_column;
        w->break_column = 0;
        return;
    }
    size_t at = w->at;
    if (at == w->start) return; /* wider than a whole line: it has one to itself */
    if (w->content_end > w->start) wrap_line(w, at);
    wrap_start(w, at);
}

static void wrap_step(Wrap *w)
{
    uint32_t code;
    int columns;
    size_t length = grid_step(w->text + w->at, w->size - w->at, &columns);
    size_t first = utf8_next(w->text + w->at, w->size - w->at, &code);
    if (is_line_end(code)) {
        wrap_line(w, w->at);
        wrap_start(w, w->at + length);
        return;
    }
    bool blank = is_blank(code) && first == length;
    if (blank && w->column + columns > w->width) {
        wrap_blanks(w);
        return;
    }
    if (!blank && w->before && may_break(w->before, code)) {
        w->break_end = w->content_end;
        w->break_next = w->at;
        w->break_column = w->column;
    }
    while (w->column > 0 && w->column + columns > w->width) {
        size_t start = w->start;
        wrap_overflow(w);
        if (w->start == start) break;
    }
    w->at += length;
    w->column += columns;
    w->before = code;
    if (blank) {
        w->break_end = w->content_end;
        w->break_next = w->at;
        w->break_column = w->column;
    } else {
        w->content_end = w->at;
    }
}

void text_wrap(const char *text, size_t size, int width, TextLines *ret)
{
    vec_clear(ret);
    Wrap w = {.text = text, .size = size, .width = width < 1 ? 1 : width, .lines = ret};
    while (w.at < size) wrap_step(&w);
    if (w.start < size) wrap_line(&w, size);
}

/* The first span that ends behind `at`. */
static size_t span_after(const TextSpans *spans, size_t at)
{
    size_t low = 0, high = spans->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->items[middle].end > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void restyle_line(Area a, int y, const char *text, TextLine line, Style on,
                         const TextSpans *spans)
{
    size_t s = span_after(spans, line.first);
    int x = 0, width;
    for (size_t at = line.first; at < line.end && x < a.width && s < spans->count;) {
        at += grid_step(text + at, line.end - at, &width);
        TextSpan span = spans->items[s];
        if (span.first < at) area_restyle(a, y, x, width, span.style | on);
        while (s < spans->count && spans->items[s].end <= at) s++;
        x += width;
    }
}

int text_draw(Area a, const char *text, const TextLines *lines, size_t top, Style style,
              const TextSpans *spans)
{
    int y = 0;
    for (; y < a.height && top + (size_t)y < lines->count; y++) {
        TextLine line = lines->items[top + (size_t)y];
        area_bytes(a, y, 0, style, text + line.first, line.end - line.first);
        if (spans && spans->count > 0) restyle_line(a, y, text, line, style & STYLE_ON, spans);
    }
    return y;
}

/* ---- words ---- */

/* Words that nearly every text has, in order. */
static const char *const COMMON[] = {
    "about", "above", "after", "again",   "all",     "also",   "am",      "an",     "and",
    "any",   "are",   "aren",  "as",      "at",      "be",     "because", "been",   "before",
    "being", "both",  "but",   "by",      "can",     "could",  "did",     "didn",   "do",
    "does",  "doesn", "doing", "don",     "down",    "during", "each",    "else",   "etc",
    "for",   "from",  "had",   "has",     "have",    "having", "he",      "her",    "here",
    "hers",  "him",   "his",   "how",     "i",       "if",     "in",      "into",   "is",
    "isn",   "it",    "its",   "itself",  "just",    "ll",     "many",    "may",    "me",
    "might", "more",  "most",  "much",    "must",    "my",     "no",      "nor",    "not",
    "of",    "off",   "on",    "once",    "only",    "or",     "other",   "our",    "out",
    "over",  "own",   "per",   "re",      "same",    "shall",  "she",     "should", "so",
    "some",  "such",  "than",  "that",    "the",     "their",  "them",    "then",   "there",
    "these", "they",  "this",  "those",   "through", "to",     "too",     "under",  "until",
    "up",    "upon",  "us",    "ve",      "very",    "was",    "wasn",    "we",     "were",
    "what",  "when",  "where", "whether", "which",   "while",  "who",     "whom",   "whose",
    "why",   "will",  "with",  "within",  "would",   "you",    "your",
};

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_common(const char *word)
{
    return bsearch(&word, COMMON, sizeof COMMON / sizeof *COMMON, sizeof *COMMON, compare_words);
}

/* Particles of Chinese: a pair with one says nothing. */
static bool is_particle(uint32_t code)
{
    return is_one_of(code, "的了是吗呢吧着过与及或之其这那");
}

typedef void WordSeen(void *context, const char *text, size_t first, size_t end);

static size_t next_code(const char *text, size_t size, size_t at, uint32_t *ret_code)
{
    *ret_code = 0;
    return at < size ? utf8_next(text + at, size - at, ret_code) : 0;
}

static bool is_spaced_word(uint32_t code)
{
    return utf8_is_word(code) && !utf8_is_unspaced(code);
}

/* The end of the word at `at`: letters, marks and digits; a point or comma between digits stays. */
static size_t word_end(const char *text, size_t size, size_t at)
{
    uint32_t before = 0, code, after;
    for (size_t length; (length = next_code(text, size, at, &code)) > 0; at += length) {
        if (code == '.' || code == ',') {
            next_code(text, size, at + length, &after);
            if (!utf8_is_digit(before) || !utf8_is_digit(after)) break;
        } else if (!is_spaced_word(code)) {
            break;
        }
        before = code;
    }
    return at;
}

/* Each word, and each pair of characters of an unspaced script; marks on these go with them. */
static void each_word(const char *text, size_t size, WordSeen *seen, void *context)
{
    size_t before_at = 0;
    uint32_t before = 0, code; /* the character of an unspaced script just before `at`; 0: none */
    for (size_t at = 0; at < size;) {
        size_t length = utf8_next(text + at, size - at, &code);
        if (utf8_is_unspaced(code)) {
            if (before && !is_particle(before) && !is_particle(code))
                seen(context, text, before_at, at + length);
            before = code;
            before_at = at;
            at += length;
            continue;
        }
        before = 0;
        if (!utf8_is_word(code)) {
            at += length;
            continue;
        }
        size_t end = word_end(text, size, at);
        if (end - at > 1) seen(context, text, at, end);
        at = end;
    }
}

typedef struct Sharing {
    Map *others;
    Str folded; /* of one word, reused */
    TextSpans *spans;
} Sharing;

static const Str *folded_word(Sharing *s, const char *text, size_t first, size_t end)
{
    str_clear(&s->folded);
    utf8_fold(text + first, end - first, &s->folded);
    return &s->folded;
}

static void note_word(void *context, const char *text, size_t first, size_t end)
{
    Sharing *s = context;
    const Str *word = folded_word(s, text, first, end);
    if (!is_common(str_get(word))) map_add(s->others, word->data, word->size, 0);
}

static void light_word(void *context, const char *text, size_t first, size_t end)
{
    Sharing *s = context;
    const Str *word = folded_word(s, text, first, end);
    if (map_get(s->others, word->data, word->size) == MAP_NONE) return;
    TextSpan *last = s->spans->count > 0 ? &s->spans->items[s->spans->count - 1] : NULL;
    if (last && first <= last->end)
        last->end = end;
    else
        vec_push(s->spans, (TextSpan){first, end, LOOK_LIT});
}

void text_shared(const char *text, const char *other, TextSpans *ret)
{
    vec_clear(ret);
    Sharing s = {.others = map_new(), .spans = ret};
    each_word(other, strlen(other), note_word, &s);
    each_word(text, strlen(text), light_word, &s);
    map_free(s.others);
    str_release(&s.folded);
}

/* ---- finding ---- */

typedef VEC(uint32_t) Codes;
typedef VEC(size_t) Places;

/* A character as it is compared: any blank is like another. */
static uint32_t compared(uint32_t code)
{
    return utf8_is_space(code) ? ' ' : utf8_fold_code(code);
}

/* How much of the needle is matched by it when its first `i` characters are, and no more
 * (Knuth, Morris and Pratt): borders[i] for i in 1 … count. */
static void find_borders(const Codes *needle, Places *borders)
{
    vec_push(borders, 0);
    vec_push(borders, 0);
    for (size_t i = 1, border = 0; i < needle->count; i++) {
        while (border > 0 && needle->items[i] != needle->items[border])
            border = borders->items[border];
        border += needle->items[i] == needle->items[border];
        vec_push(borders, border);
    }
}

static void find_all(const char *text, const Codes *needle, const Places *borders, TextSpans *ret)
{
    size_t size = strlen(text), matched = 0, count = needle->count;
    size_t *starts = mem_zero(count, sizeof *starts); /* of the last `count` characters, a ring */
    uint32_t code;
    for (size_t at = 0, i = 0; at < size; i++) {
        starts[i % count] = at;
        at += utf8_next(text + at, size - at, &code);
        code = compared(code);
        while (matched > 0 && code != needle->items[matched]) matched = borders->items[matched];
        matched += code == needle->items[matched];
        if (matched < count) continue;
        vec_push(ret, (TextSpan){starts[(i + 1) % count], at, LOOK_LIT});
        matched = 0;
    }
    free(starts);
}

void text_found(const char *text, const char *needle, TextSpans *ret)
{
    vec_clear(ret);
    Codes codes = {0};
    Places borders = {0};
    size_t size = strlen(needle);
    for (size_t at = 0; at < size;) {
        uint32_t code;
        at += utf8_next(needle + at, size - at, &code);
        vec_push(&codes, compared(code));
    }
    if (codes.count > 0) {
        find_borders(&codes, &borders);
        find_all(text, &codes, &borders, ret);
    }
    vec_release(&codes);
    vec_release(&borders);
}

/* Does a line that begins so stand by itself? */
static bool begins_anew(const char *line)
{
    static const char *const SIGNS[] = {"#", "|",  ">",  "- ", "* ", "+ ", "\xE2\x80\xA2",
                                        " ", "\t", "\n", "\r", "=",  "`"};
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (str_starts(line, SIGNS[i])) return true;
    size_t digits = strspn(line, "0123456789");
    return *line == '\0' ||
           (digits > 0 && digits < 4 && (line[digits] == '.' || line[digits] == ')'));
}

char *text_flow(const char *text)
{
    char *out = mem_strdup(text);
    const char *line = text;
    for (char *end; (end = strchr(out + (line - text), '\n'));) {
        const char *next = text + (end - out) + 1;
        bool heading = *line == '#' || *line == '|' || *line == '\n';
        if (!heading && !begins_anew(next)) *end = ' ';
        line = next;
    }
    return out;
}
