/* Headings of a PDF: by size of type, and by numbers that follow one another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "text/pdf_layout.h"

#define LARGER 1.13f /* than running text */
#define SAME_SIZE 0.03f
#define HEADING_LINES 3
#define HEADING_BYTES 250
#define NUMBERS 6
#define SIZES 64

typedef struct Number {
    unsigned parts[NUMBERS];
    size_t depth; /* 0: not numbered */
    bool label;   /* "Chapter 4" with nothing behind it */
    bool worded;  /* with a word: Chapter, 第…章 */
} Number;

/* One heading: its lines, its size, its number. */
typedef struct Candidate {
    size_t first, end;
    float size; /* relative to running text */
    Number number;
    bool large;
    int level;
} Candidate;

typedef VEC(Candidate) Candidates;

static const char *line_text(const PdfLines *l, const PdfLine *line)
{
    return l->text.data + line->at;
}

static size_t take_digits(const char *text, size_t size, size_t at, unsigned *ret)
{
    size_t first = at;
    unsigned value = 0;
    while (at < size && text[at] >= '0' && text[at] <= '9' && at - first < 4)
        value = value * 10 + (unsigned)(text[at++] - '0');
    *ret = value;
    return at;
}

/* "第三章", "第 3 节", "附录 A": the whole of Chinese numbers is not needed, only that there is
 * one. */
static size_t take_chinese(const char *text, size_t size, Number *n)
{
    static const struct {
        const char *word;
        size_t depth;
    } UNITS[] = {
        {"部分", 1}, {"篇", 1}, {"编", 1}, {"章", 1}, {"节", 2}, {"節", 2}, {"条", 3}, {"條", 3},
    };
    size_t at = 0;
    if (size > 6 && memcmp(text, "附录", 6) == 0) {
        n->depth = 1;
        n->worded = true;
        return 6;
    }
    if (size < 3 || memcmp(text, "第", 3) != 0) return 0;
    for (at = 3; at < size && at < 30;) {
        for (size_t u = 0; u < sizeof UNITS / sizeof *UNITS; u++) {
            size_t bytes = strlen(UNITS[u].word);
            if (at == 3 || size - at < bytes || memcmp(text + at, UNITS[u].word, bytes) != 0)
                continue;
            n->depth = UNITS[u].depth;
            n->worded = true;
            return at + bytes;
        }
        uint32_t code;
        size_t step = utf8_next(text + at, size - at, &code);
        bool number = (code >= '0' && code <= '9') || code == ' ' ||
                      (code < 0xFFFF && strstr("〇零一二三四五六七八九十百",
                                               (char[5]){text[at], step > 1 ? text[at + 1] : 0,
                                                         step > 2 ? text[at + 2] : 0, 0, 0}));
        if (!number) return 0;
        at += step;
    }
    return 0;
}

static size_t take_worded(const char *text, size_t size, Number *n)
{
    static const struct {
        const char *word;
        size_t depth;
    } WORDS[] = {
        {"chapter ", 1}, {"part ", 1}, {"appendix ", 1}, {"section ", 2}, {"article ", 2},
    };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        size_t bytes = strlen(WORDS[i].word);
        if (size <= bytes || strncasecmp(text, WORDS[i].word, bytes) != 0) continue;
        size_t at = bytes, end = bytes;
        while (end < size && end - at < 8 &&
               ((text[end] >= '0' && text[end] <= '9') || (text[end] >= 'A' && text[end] <= 'Z') ||
                text[end] == '.'))
            end++;
        bool whole = end == size || strchr(" \t:.-", text[end]) || (unsigned char)text[end] >= 0x80;
        if (end == at || !whole || (text[at] >= 'A' && text[at] <= 'Z' && end - at > 5)) return 0;
        take_digits(text, size, at, &n->parts[0]);
        n->depth = WORDS[i].depth;
        n->worded = true;
        return end;
    }
    return take_chinese(text, size, n);
}

/* "2.3.4", "2.3.4.", "A.1", "3": the number at the start, followed by a blank or the end. */
static size_t take_dotted(const char *text, size_t size, Number *n)
{
    size_t at = 0;
    if (size > 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] == '.' && text[2] >= '0' &&
        text[2] <= '9') {
        n->parts[n->depth++] = (unsigned)(text[0] - 'A') + 1000;
        at = 2;
    }
    while (n->depth < NUMBERS) {
        size_t end = take_digits(text, size, at, &n->parts[n->depth]);
        if (end == at) break;
        n->depth++;
        at = end;
        if (at == size || text[at] != '.') break;
        at++;
    }
    if (n->depth == 0) return 0;
    bool ends =
        at == size || text[at] == ' ' || text[at] == '\t' || (unsigned char)text[at] >= 0xE3;
    if (!ends || n->parts[0] > 1100) n->depth = 0;
    return n->depth ? at : 0;
}

static Number number_of(const char *text, size_t size, size_t *ret_rest)
{
    Number n = {0};
    size_t at = take_worded(text, size, &n);
    if (at == 0) at = take_dotted(text, size, &n);
    size_t rest = at;
    while (rest < size && strchr(" \t.:", text[rest])) rest++;
    n.label = n.depth && rest >= size;
    *ret_rest = rest;
    return n;
}

/* least: letters of a spaced script that are wanted. */
static bool has_letters(const char *text, size_t size, size_t least)
{
    size_t letters = 0, others = 0, han = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_next(text + i, size - i, &code);
        if (utf8_is_unspaced(code))
            han++;
        else if (utf8_is_letter(code))
            letters++;
        else if (!utf8_is_space(code) && !utf8_is_digit(code))
            others++;
    }
    return (han > 0 || letters >= least) && others <= letters + 3 * han;
}

/* Ends with a page number behind dots or a wide gap. */
static bool is_toc_line(const char *text, size_t size)
{
    size_t end = size;
    while (end > 0 && strchr("0123456789ivxlcIVXLC", text[end - 1])) end--;
    if (end == size || end == 0 || size - end > 6) return false;
    size_t dots = 0, at = end;
    bool tab = false;
    while (at > 0 &&
           (strchr(" \t.", text[at - 1]) || (at >= 3 && memcmp(text + at - 3, "…", 3) == 0))) {
        tab = tab || text[at - 1] == '\t';
        dots += text[at - 1] == '.' ? 1 : (unsigned char)text[at - 1] >= 0x80 ? 3 : 0;
        at -= (unsigned char)text[at - 1] >= 0x80 ? 3 : 1;
    }
    if (at == 0) return false;
    return dots >= 4 || (dots >= 2 && text[end - 1] == ' ') || (tab && size > 8);
}

static void mark_contents(const PdfLines *l, PdfMark *marks)
{
    for (size_t p = 0; p < l->pages.count; p++) {
        const PdfPage *page = &l->pages.items[p];
        size_t lines = 0, toc = 0;
        for (size_t i = page->first; i < page->end; i++) {
            const PdfLine *line = &l->lines.items[i];
            if (line->drop) continue;
            lines++;
            marks[i].toc = is_toc_line(line_text(l, line), line->size);
            toc += marks[i].toc;
        }
        /* On a page of contents also the lines that run over into the next belong to it. */
        if (toc < 5 || toc * 3 < lines) continue;
        for (size_t i = page->first; i < page->end; i++) marks[i].toc = true;
    }
}

static bool ends_like_text(const char *text, size_t size)
{
    static const char *const ENDS[] = {".", ",", ";", ":", "。", "，", "；", "：", "、", "-"};
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        size_t n = strlen(ENDS[i]);
        if (size >= n && memcmp(text + size - n, ENDS[i], n) == 0) return true;
    }
    return false;
}

/* Sets `large` on the lines in larger type. A font that stands more within lines of another height
 * than by itself is that of code or formulas: its tall boxes make no headings. */
static void mark_large(const PdfLines *l, const PdfBody *body, PdfMark *marks)
{
    uint32_t *alone = mem_zero(PDF_HEIGHT_BINS, sizeof *alone);
    for (size_t i = 0; i < l->lines.count; i++)
        alone[pdf_height_bin(l->lines.items[i].height)] += (uint32_t)l->lines.items[i].size;
    for (size_t i = 0; i < l->lines.count; i++) {
        const PdfLine *line = &l->lines.items[i];
        size_t height = pdf_height_bin(line->height);
        bool tall = pdf_relative_height(line, body) >= LARGER &&
                    line->low >= LARGER * fminf(body->height, body->height_han);
        marks[i].large = tall && !line->drop && !pdf_is_mono(line, body) &&
                         l->within[height] * 2 < alone[height];
    }
    free(alone);
}

/* Does line b go on with the heading that line a belongs to? */
static bool joins(const PdfLine *a, const PdfLine *b, bool after_label)
{
    if (a->page != b->page || b->up) return false;
    float space = b->middle - a->middle, tall = fmaxf(a->height, b->height);
    if (after_label) return space < 6 * tall;
    return fabsf(a->height - b->height) <= SAME_SIZE * tall + 0.2f && space < 1.8f * tall;
}

static size_t next_line(const PdfLines *l, size_t i)
{
    for (i++; i < l->lines.count && l->lines.items[i].drop; i++) {
    }
    return i;
}

/* A little larger than running text, and yet one of its lines, with words in a tall font: it stands
 * close below the one above, or does not begin and end as a title does. */
static bool is_within_text(const PdfLines *l, const PdfBody *body, const PdfMark *marks,
                           const Candidate *c)
{
    const PdfLine *line = &l->lines.items[c->first], *last = &l->lines.items[c->end - 1];
    if (c->number.depth || c->size > 1.35f) return false;
    uint32_t code;
    utf8_next(line_text(l, line), line->size, &code);
    if (!utf8_is_upper(code) && !utf8_is_unspaced(code) && !utf8_is_digit(code)) return true;
    if (ends_like_text(line_text(l, last), last->size)) return true;
    if (c->first == 0) return false;
    const PdfLine *above = line - 1;
    if (above->drop || above->page != line->page || line->up || marks[c->first - 1].large)
        return false;
    return line->y0 - above->y1 < 0.2f * body->height;
}

/* The heading in large type that begins at line i, its end in c->end; false when it is something
 * else in large type. */
static bool take_large(const PdfLines *l, const PdfBody *body, const PdfMark *marks, size_t i,
                       Candidate *c)
{
    size_t rest, bytes = 0, lines = 0;
    const PdfLine *line = &l->lines.items[i];
    *c = (Candidate){.first = i, .size = pdf_relative_height(line, body), .large = true};
    c->number = number_of(line_text(l, line), line->size, &rest);
    bool label = c->number.label, letters = false, toc = false;
    size_t last = i;
    for (;;) {
        line = &l->lines.items[last];
        bytes += line->size;
        lines++;
        toc = toc || is_toc_line(line_text(l, line), line->size);
        letters =
            letters || has_letters(line_text(l, line), line->size, c->number.depth > 1 ? 1 : 2);
        size_t next = next_line(l, last);
        if (next == l->lines.count || !marks[next].large) break;
        const PdfLine *b = &l->lines.items[next];
        Number number = number_of(line_text(l, b), b->size, &rest);
        if (number.depth || !joins(line, b, label && last == i)) break;
        if (label && last == i) c->size = fmaxf(c->size, pdf_relative_height(b, body));
        last = next;
    }
    c->end = last + 1;
    if (is_within_text(l, body, marks, c)) return false;
    return letters && !toc && lines <= HEADING_LINES && bytes <= HEADING_BYTES;
}

static bool follows(const Number *state, const Number *n)
{
    if (state->depth == 0) return n->parts[n->depth - 1] <= 1;
    size_t same = 0;
    while (same < state->depth && same < n->depth && state->parts[same] == n->parts[same]) same++;
    for (size_t i = same + 1; i < n->depth; i++)
        if (n->parts[i] > 1) return false;
    if (same == n->depth) return false;
    if (same == state->depth) return n->parts[same] <= 1;
    return n->parts[same] == state->parts[same] + 1 || n->parts[same] == state->parts[same] + 2;
}

/* A line alone: what follows begins further down, or the line is too short to be run on from. */
static bool stands_alone(const PdfLines *l, const PdfBody *body, size_t i)
{
    const PdfLine *line = &l->lines.items[i];
    size_t next = next_line(l, i);
    bool below = next == l->lines.count || l->lines.items[next].page != line->page ||
                 l->lines.items[next].up ||
                 l->lines.items[next].middle - line->middle > 1.15f * body->pitch ||
                 line->x1 - line->x0 < 0.5f * l->pages.items[line->page].width;
    size_t before = i;
    while (before > 0 && l->lines.items[before - 1].drop) before--;
    bool above = before == 0 || l->lines.items[before - 1].page != line->page || line->up ||
                 line->middle - l->lines.items[before - 1].middle > 1.15f * body->pitch;
    return above && below;
}

static bool take_numbered(const PdfLines *l, const PdfBody *body, size_t i, const Number *state,
                          Candidate *c)
{
    const PdfLine *line = &l->lines.items[i];
    const char *text = line_text(l, line);
    size_t rest;
    Number n = number_of(text, line->size, &rest);
    if (n.depth == 0 || n.label || line->size > HEADING_BYTES / 2 || pdf_is_mono(line, body) ||
        line->row)
        return false;
    if (!n.worded && (n.depth < 2 || !follows(state, &n))) return false;
    if (pdf_relative_height(line, body) < 0.95f || ends_like_text(text, line->size)) return false;
    uint32_t code;
    utf8_next(text + rest, line->size - rest, &code);
    if (!utf8_is_upper(code) && !utf8_is_unspaced(code) && n.depth < 3) return false;
    if (!has_letters(text, line->size, 2) || !stands_alone(l, body, i)) return false;
    *c =
        (Candidate){.first = i, .end = i + 1, .size = pdf_relative_height(line, body), .number = n};
    return true;
}

/* Levels of sizes: what most numbered headings of a size are; sizes without numbers fall between.
 */
typedef struct Size {
    float size;
    size_t votes[10];
    int level;
} Size;

static int compare_size(const void *a, const void *b)
{
    float x = ((const Size *)a)->size, y = ((const Size *)b)->size;
    return (x < y) - (x > y);
}

static Size *find_size(Size *sizes, size_t count, float size)
{
    for (size_t i = 0; i < count; i++)
        if (fabsf(sizes[i].size - size) <= SAME_SIZE * size) return &sizes[i];
    return NULL;
}

static int voted_level(const Size *s)
{
    int best = 0;
    for (int level = 1; level < 10; level++)
        if (s->votes[level] > (best ? s->votes[best] : 0)) best = level;
    return best;
}

static void set_levels(Candidates *found)
{
    Size sizes[SIZES];
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        const Candidate *c = &found->items[i];
        if (!c->large) continue;
        Size *s = find_size(sizes, count, c->size);
        if (!s && count < SIZES) {
            s = &sizes[count++];
            *s = (Size){.size = c->size};
        }
        if (s) s->votes[c->number.depth < 9 ? c->number.depth : 9]++;
    }
    qsort(sizes, count, sizeof *sizes, compare_size);
    for (size_t i = 0; i < count; i++) sizes[i].level = voted_level(&sizes[i]);
    int above = 0;
    for (size_t i = 0; i < count; i++) {
        if (sizes[i].level == 0) {
            int below = 10;
            for (size_t j = i + 1; j < count && below == 10; j++)
                if (sizes[j].level) below = sizes[j].level;
            sizes[i].level = above + 1 < below         ? above + 1
                             : below > 1 && below < 10 ? below - 1
                                                       : 1;
        }
        if (sizes[i].level > above) above = sizes[i].level;
    }
    for (size_t i = 0; i < found->count; i++) {
        Candidate *c = &found->items[i];
        Size *s = c->large ? find_size(sizes, count, c->size) : NULL;
        c->level = c->number.depth ? (int)c->number.depth : s ? s->level : 1;
    }
}

void pdf_find_headings(const PdfLines *l, const PdfBody *body, PdfMark *marks)
{
    Candidates found = {0};
    Number state = {0};
    mark_contents(l, marks);
    mark_large(l, body, marks);
    for (size_t i = 0; i < l->lines.count;) {
        Candidate c = {.end = i + 1};
        bool ok = false;
        if (marks[i].large)
            ok = take_large(l, body, marks, i, &c);
        else if (!l->lines.items[i].drop && !marks[i].toc)
            ok = take_numbered(l, body, i, &state, &c);
        if (ok) vec_push(&found, c);
        if (ok && c.number.depth && !c.number.worded)
            state = c.number;
        else if (ok && c.number.worded && c.number.parts[0] && c.number.depth == 1)
            state = c.number;
        i = c.end;
    }
    set_levels(&found);
    for (size_t k = 0; k < found.count; k++) {
        const Candidate *c = &found.items[k];
        for (size_t i = c->first; i < c->end; i++) {
            marks[i].level = (uint8_t)c->level;
            marks[i].goes_on = i > c->first;
        }
    }
    vec_release(&found);
}
