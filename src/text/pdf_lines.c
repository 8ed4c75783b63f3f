#include "text/pdf_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define PAGE_LIMIT 100000
#define LINE_LIMIT 20000000
#define LINE_BYTES_LIMIT 65536 /* of one line of output, a word in all */
#define COORDINATE_LIMIT 1e6f
#define USUAL_WIDTH 595 /* A4, for pages that do not say */
#define USUAL_HEIGHT 842
#define RATIO_BINS 300 /* of a character's width to its height, in hundredths */
#define RATIO_SCALE 100
#define SURE_WORDS 4
#define SURE_LINES 3

typedef struct PdfWord {
    float x0, y0, x1, y1;
    size_t at, size; /* in PdfParser.line_text */
    size_t chars, han;
    bool ascii;
} PdfWord;

struct PdfParser {
    PdfLines *out;
    Str pending;         /* an output line that is not complete yet */
    VEC(PdfWord) words;  /* of the line being put together */
    VEC(PdfWord) recent; /* of this page, to see words that are drawn twice */
    Str line_text, word_text, recent_text;
    bool in_page;
};

PdfParser *pdf_parser_new(PdfLines *out)
{
    PdfParser *p = mem_zero(1, sizeof *p);
    p->out = out;
    return p;
}

void pdf_parser_free(PdfParser *p)
{
    if (!p) return;
    str_release(&p->pending);
    str_release(&p->line_text);
    str_release(&p->word_text);
    str_release(&p->recent_text);
    vec_release(&p->words);
    vec_release(&p->recent);
    free(p);
}

void pdf_lines_release(PdfLines *l)
{
    free(l->title);
    str_release(&l->text);
    vec_release(&l->lines);
    vec_release(&l->pages);
    *l = (PdfLines){0};
}

/* The number after NAME="; NaN when it is missing or absurd. Written here because strtof follows
 * the locale. */
static float number_after(const char *line, const char *name)
{
    const char *at = strstr(line, name);
    if (!at) return NAN;
    at += strlen(name);
    bool negative = *at == '-';
    if (negative) at++;
    if (*at < '0' || *at > '9') return NAN;
    float value = 0, scale = 1;
    for (; *at >= '0' && *at <= '9'; at++) value = value * 10 + (float)(*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9' && scale > 1e-6f; at++) {
            scale /= 10;
            value += (float)(*at - '0') * scale;
        }
    if (!(value < COORDINATE_LIMIT)) return NAN;
    return negative ? -value : value;
}

/* Ligatures that fonts draw as one character are letters again. */
static const char *ligature(uint32_t code)
{
    static const char *const LETTERS[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
    return code >= 0xFB00 && code <= 0xFB06 ? LETTERS[code - 0xFB00] : NULL;
}

/* Some fonts map Han to the look-alikes of the radical blocks; those of the compatibility block
 * and the rest are left alone. */
static bool is_wanted(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;
    if (code == 0xFEFF || code == 0x200B) return false;
    return !(code >= 0xE000 &&
             code <= 0xF8FF); /* private use: a symbol font's picture without meaning */
}

static void put_code(Str *out, uint32_t code)
{
    const char *letters = ligature(code);
    if (letters) {
        str_add(out, letters);
    } else if (is_wanted(code)) {
        char bytes[4];
        str_add_bytes(out, bytes, utf8_put(code == 0xA0 ? ' ' : code, bytes));
    }
}

static size_t entity(const char *text, size_t size, uint32_t *ret_code)
{
    static const struct {
        const char *name;
        uint32_t code;
    } NAMES[] = {
        {"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},
        {"&quot;", '"'}, {"&apos;", '\''}, {"&#39;", '\''},
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        size_t n = strlen(NAMES[i].name);
        if (size < n || memcmp(text, NAMES[i].name, n) != 0) continue;
        *ret_code = NAMES[i].code;
        return n;
    }
    *ret_code = '&';
    return 1;
}

static void unescape(const char *text, size_t size, Str *out)
{
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += text[i] == '&' ? entity(text + i, size - i, &code)
                            : utf8_next(text + i, size - i, &code);
        put_code(out, code);
    }
}

/* Bold that is made by drawing a word twice comes as two words on the same place. */
static bool is_repeated(PdfParser *p, const PdfWord *word)
{
    const char *text = p->word_text.data;
    size_t first = p->recent.count > 48 ? p->recent.count - 48 : 0;
    float slack = 0.15f * (word->y1 - word->y0);
    for (size_t i = p->recent.count; i-- > first;) {
        const PdfWord *old = &p->recent.items[i];
        if (old->size == word->size && fabsf(old->x0 - word->x0) < slack &&
            fabsf(old->y0 - word->y0) < slack && fabsf(old->x1 - word->x1) < slack &&
            memcmp(p->recent_text.data + old->at, text, word->size) == 0)
            return true;
    }
    PdfWord copy = *word;
    copy.at = p->recent_text.size;
    str_add_bytes(&p->recent_text, text, word->size);
    vec_push(&p->recent, copy);
    return false;
}

size_t pdf_height_bin(float height)
{
    float tenths = height * 10;
    if (!(tenths > 0)) return 0;
    return tenths < PDF_HEIGHT_BINS ? (size_t)tenths : PDF_HEIGHT_BINS - 1;
}

static bool is_same_line(const PdfWord *a, const PdfWord *b)
{
    float ha = a->y1 - a->y0, hb = b->y1 - b->y0;
    float top = fmaxf(a->y0, b->y0), bottom = fminf(a->y1, b->y1);
    float less = fminf(ha, hb), more = fmaxf(ha, hb);
    /* The box of a full-width stop reaches a whole character too far where the next word is drawn
     * over its empty half. */
    bool forward = b->x0 > a->x1 - 1.1f * more && b->x0 > a->x0 + 0.1f * more;
    return bottom - top > 0.5f * less && forward && b->x0 - a->x1 < 80 * more;
}

/* The height that most characters of the line have, within 3%, and the middle of those words. */
static void measure_height(const PdfParser *p, PdfLine *line)
{
    size_t best = 0;
    for (size_t i = 0; i < p->words.count && i < 64; i++) {
        const PdfWord *w = &p->words.items[i];
        float height = w->y1 - w->y0, middle = 0;
        size_t chars = 0;
        for (size_t j = 0; j < p->words.count; j++) {
            const PdfWord *v = &p->words.items[j];
            if (fabsf(v->y1 - v->y0 - height) > 0.03f * height) continue;
            chars += v->chars;
            middle += (float)v->chars * (v->y0 + v->y1) / 2;
        }
        if (chars <= best) continue;
        best = chars;
        line->height = height;
        line->middle = middle / (float)chars;
    }
}

/* Words from the lowest up, until they hold a fifth of the characters. Lines have few words: no
 * sorting. */
static float measure_low(const PdfParser *p, size_t chars)
{
    float low = 0;
    for (size_t seen = 0; seen * 5 < chars;) {
        float next = INFINITY;
        for (size_t i = 0; i < p->words.count; i++) {
            float height = p->words.items[i].y1 - p->words.items[i].y0;
            if (height > low && height < next) next = height;
        }
        if (next == INFINITY) break;
        low = next;
        for (size_t i = 0; i < p->words.count; i++)
            if (p->words.items[i].y1 - p->words.items[i].y0 == low) seen += p->words.items[i].chars;
    }
    return low;
}

/* The width of a character when all words in ASCII agree on it, else 0. *ret_words: how many do. */
static float measure_cell(const PdfParser *p, size_t *ret_words)
{
    size_t longest = 0, ascii = 0, all = 0, words = 0;
    float cell = 0;
    for (size_t i = 0; i < p->words.count; i++) {
        const PdfWord *w = &p->words.items[i];
        all += w->chars;
        if (!w->ascii) continue;
        ascii += w->chars;
        words++;
        if (w->chars <= longest) continue;
        longest = w->chars;
        cell = (w->x1 - w->x0) / (float)w->chars;
    }
    if (ascii * 2 < all || cell <= 0) return 0;
    for (size_t i = 0; i < p->words.count; i++) {
        const PdfWord *w = &p->words.items[i];
        if (w->ascii && fabsf(w->x1 - w->x0 - cell * (float)w->chars) >
                            0.02f * cell * (float)w->chars + 0.03f * cell)
            return 0;
    }
    *ret_words = words;
    return cell;
}

static uint32_t last_code(const Str *text)
{
    if (text->size == 0) return ' ';
    uint32_t code;
    size_t at = utf8_back(text->data, text->size);
    utf8_next(text->data + at, text->size - at, &code);
    return code;
}

static bool is_wide(uint32_t code)
{
    return utf8_is_unspaced(code) || (code >= 0x3000 && code <= 0x303F) ||
           (code >= 0xFF00 && code <= 0xFF65);
}

static void put_gap(Str *text, const PdfWord *a, const PdfWord *b, const char *next,
                    const PdfLine *line, bool *row)
{
    float gap = b->x0 - a->x1, height = line->height;
    if (gap > 1.6f * height && !line->cell) {
        str_add_char(text, '\t');
        *row = true;
        return;
    }
    if (gap < 0.12f * height) {
        /* A cell that runs over into the next one is still another word. */
        if (gap < -0.3f * height && last_code(text) < 0x80) str_add_char(text, ' ');
        return;
    }
    if (line->cell > 0) {
        size_t blanks = (size_t)lrintf(gap / line->cell);
        for (size_t i = 0; i < (blanks ? blanks : 1) && i < 200; i++) str_add_char(text, ' ');
        return;
    }
    uint32_t code;
    utf8_next(next, b->size, &code);
    if (is_wide(code) && is_wide(last_code(text)) && gap < 0.4f * height) return;
    str_add_char(text, ' ');
}

static void end_line(PdfParser *p)
{
    if (p->words.count == 0) return;
    PdfLines *out = p->out;
    const PdfWord *first = &p->words.items[0];
    PdfLine line = {.x0 = first->x0,
                    .y0 = first->y0,
                    .x1 = first->x1,
                    .y1 = first->y1,
                    .first_width = first->x1 - first->x0,
                    .second_x = first->x0,
                    .at = out->text.size,
                    .page = (uint32_t)(out->pages.count - 1)};
    measure_height(p, &line);
    size_t chars = 0, han = 0, equal = 0;
    line.cell = measure_cell(p, &equal);
    line.sure = equal >= SURE_WORDS;
    for (size_t i = 0; i < p->words.count; i++) {
        const PdfWord *w = &p->words.items[i];
        if (i > 0) put_gap(&out->text, w - 1, w, p->line_text.data + w->at, &line, &line.row);
        str_add_bytes(&out->text, p->line_text.data + w->at, w->size);
        line.y0 = fminf(line.y0, w->y0);
        line.y1 = fmaxf(line.y1, w->y1);
        line.x1 = fmaxf(line.x1, w->x1);
        chars += w->chars;
        han += w->han;
        if (fabsf(w->y1 - w->y0 - line.height) > 0.03f * line.height)
            out->within[pdf_height_bin(w->y1 - w->y0)] += (uint32_t)w->chars;
    }
    if (p->words.count > 1) line.second_x = p->words.items[1].x0;
    if (first->han) line.first_width /= (float)first->chars;
    line.han = han * 2 > chars;
    line.low = p->words.count < 64 ? measure_low(p, chars) : line.height;
    line.size = out->text.size - line.at;
    size_t page_first = out->pages.items[line.page].first;
    if (out->lines.count > page_first)
        line.up = line.middle < out->lines.items[out->lines.count - 1].middle - 0.3f * line.height;
    vec_push(&out->lines, line);
    vec_clear(&p->words);
    str_clear(&p->line_text);
}

static void take_word(PdfParser *p, const char *line, const char *text, size_t size)
{
    PdfWord w = {.x0 = number_after(line, "xMin=\""),
                 .y0 = number_after(line, "yMin=\""),
                 .x1 = number_after(line, "xMax=\""),
                 .y1 = number_after(line, "yMax=\"")};
    if (!(w.y1 > w.y0) || !(w.x1 >= w.x0)) return;
    str_clear(&p->word_text);
    unescape(text, size, &p->word_text);
    w.size = p->word_text.size;
    w.ascii = true;
    for (size_t i = 0; i < w.size;) {
        uint32_t code;
        i += utf8_next(p->word_text.data + i, w.size - i, &code);
        w.chars++;
        w.han += is_wide(code);
        w.ascii = w.ascii && code < 0x80;
    }
    if (w.size == 0 || is_repeated(p, &w)) return;
    if (p->words.count && !is_same_line(&p->words.items[p->words.count - 1], &w)) end_line(p);
    w.at = p->line_text.size;
    str_add_bytes(&p->line_text, p->word_text.data, w.size);
    vec_push(&p->words, w);
}

static void end_page(PdfParser *p)
{
    end_line(p);
    if (p->in_page) p->out->pages.items[p->out->pages.count - 1].end = p->out->lines.count;
    p->in_page = false;
    vec_clear(&p->recent);
    str_clear(&p->recent_text);
}

static bool take_output(PdfParser *p, const char *line, size_t size, Err *err)
{
    while (size && *line == ' ') {
        line++;
        size--;
    }
    if (str_starts(line, "<word ")) {
        const char *open = strchr(line, '>'), *close = NULL;
        if (open && size >= 7 && strcmp(line + size - 7, "</word>") == 0) close = line + size - 7;
        if (open && close && open < close && p->in_page)
            take_word(p, line, open + 1, (size_t)(close - open - 1));
        return p->out->lines.count < LINE_LIMIT ||
               err_set(err, ERR_LIMIT, "more than %d lines", LINE_LIMIT);
    }
    if (str_starts(line, "<page ")) {
        end_page(p);
        if (p->out->pages.count == PAGE_LIMIT)
            return err_set(err, ERR_LIMIT, "more than %d pages", PAGE_LIMIT);
        float width = number_after(line, "width=\""), height = number_after(line, "height=\"");
        vec_push(&p->out->pages, (PdfPage){.width = width > 0 ? width : USUAL_WIDTH,
                                           .height = height > 0 ? height : USUAL_HEIGHT,
                                           .first = p->out->lines.count,
                                           .end = p->out->lines.count});
        p->in_page = true;
    } else if (str_starts(line, "</page>")) {
        end_page(p);
    } else if (str_starts(line, "<title>") && !p->out->title) {
        const char *close = strstr(line, "</title>");
        Str title = {0};
        if (close) unescape(line + 7, (size_t)(close - line - 7), &title);
        p->out->title = str_take(&title);
    }
    return true;
}

bool pdf_parser_feed(PdfParser *p, const char *bytes, size_t size, Err *err)
{
    while (size) {
        const char *newline = memchr(bytes, '\n', size);
        size_t n = newline ? (size_t)(newline - bytes) : size;
        if (p->pending.size + n < LINE_BYTES_LIMIT) str_add_bytes(&p->pending, bytes, n);
        if (!newline) break;
        if (!take_output(p, str_get(&p->pending), p->pending.size, err)) return false;
        str_clear(&p->pending);
        bytes = newline + 1;
        size -= n + 1;
    }
    return true;
}

/* A line without equal widths after all: blanks that were counted are one blank or a cell's end. */
static void uncount_blanks(PdfLines *l, PdfLine *line)
{
    char *text = l->text.data + line->at;
    size_t to = 0;
    for (size_t i = 0; i < line->size;) {
        size_t blanks = strspn(text + i, " ");
        if (i + blanks > line->size) blanks = line->size - i;
        if (blanks) text[to++] = blanks > 2 ? '\t' : ' ';
        line->row = line->row || blanks > 2;
        i += blanks;
        if (i < line->size) text[to++] = text[i++];
    }
    line->size = to;
    line->cell = 0;
}

static size_t ratio_bin(const PdfLine *line)
{
    float ratio = line->cell / line->height * RATIO_SCALE;
    return ratio > 1 && ratio < RATIO_BINS - 2 ? (size_t)ratio : 0;
}

/* One or two words are of equal widths by chance. A font is taken for a typewriter's when lines of
 * several words agree on its ratio of width to height; the other lines are plain. */
static void settle_cells(PdfLines *l)
{
    uint32_t *counts = mem_zero(RATIO_BINS, sizeof *counts);
    for (size_t i = 0; i < l->lines.count; i++)
        if (l->lines.items[i].cell > 0 && l->lines.items[i].sure)
            counts[ratio_bin(&l->lines.items[i])]++;
    for (size_t i = 0; i < l->lines.count; i++) {
        PdfLine *line = &l->lines.items[i];
        size_t at = line->cell > 0 ? ratio_bin(line) : 0;
        bool known = at > 0 && counts[at - 1] + counts[at] + counts[at + 1] >= SURE_LINES;
        if (line->cell > 0 && !known) uncount_blanks(l, line);
    }
    free(counts);
}

void pdf_parser_end(PdfParser *p)
{
    end_page(p);
    settle_cells(p->out);
}
