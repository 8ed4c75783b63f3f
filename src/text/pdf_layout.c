#include "text/pdf_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"

#define X0_BINS 256
#define X1_BINS 512
#define PITCH_BINS 400 /* quarters of a point */
#define CODE_LINES 200 /* of one block that share their left edge: more than a page holds */

/* The right edge of the lines that begin at about the same x, over the whole file. */
typedef struct Edges {
    uint32_t (*counts)[X1_BINS];
    float right[X0_BINS]; /* share of the page's width; 0: too few lines to tell */
    float all;            /* of all lines */
} Edges;

typedef enum Join { JOIN_RUN_ON, JOIN_LINE, JOIN_PARAGRAPH } Join;

typedef struct Writer {
    const PdfLines *lines;
    const PdfBody *body;
    const PdfMark *marks;
    Document *out;
    Edges edges;
    Map *words;      /* of the file, folded; built when the first hyphen is met; NULL before */
    size_t previous; /* line; SIZE_MAX before the first */
    bool first_of_paragraph; /* `previous` is the first line of its paragraph */
    float code_x;            /* left edge of the block of code */
} Writer;

static size_t bin(float value, float scale, size_t bins)
{
    if (!(value > 0)) return 0;
    size_t i = (size_t)(value * scale);
    return i < bins ? i : bins - 1;
}

static size_t fullest(const uint32_t *counts, size_t bins)
{
    size_t best = 0;
    for (size_t i = 1; i < bins; i++)
        if (counts[i] > counts[best]) best = i;
    return best;
}

static float common_height(const PdfLines *l, bool han)
{
    uint32_t *counts = mem_zero(PDF_HEIGHT_BINS, sizeof *counts);
    for (size_t i = 0; i < l->lines.count; i++) {
        const PdfLine *line = &l->lines.items[i];
        if (line->han == han && !line->drop && line->cell == 0)
            counts[pdf_height_bin(line->height)] += (uint32_t)line->size;
    }
    size_t best = fullest(counts, PDF_HEIGHT_BINS);
    bool any = counts[best] > 0;
    free(counts);
    return any ? ((float)best + 0.5f) / 10 : 0;
}

static float common_pitch(const PdfLines *l, const PdfBody *body, bool mono)
{
    uint32_t *counts = mem_zero(PITCH_BINS, sizeof *counts);
    for (size_t i = 1; i < l->lines.count; i++) {
        const PdfLine *a = &l->lines.items[i - 1], *b = &l->lines.items[i];
        if (a->page != b->page || b->up || a->row || b->row || (b->cell > 0) != mono ||
            (a->cell > 0) != mono)
            continue;
        float size = pdf_relative_height(b, body), space = b->middle - a->middle;
        if (!mono && (size < 0.9f || size > 1.12f)) continue;
        if (space > 0.8f * b->height && space < 3 * b->height) counts[bin(space, 4, PITCH_BINS)]++;
    }
    size_t best = fullest(counts, PITCH_BINS);
    bool any = counts[best] > 0;
    free(counts);
    return any ? ((float)best + 0.5f) / 4 : 0;
}

PdfBody pdf_measure_body(const PdfLines *l)
{
    PdfBody body = {.height = common_height(l, false), .height_han = common_height(l, true)};
    size_t mono = 0, all = 0;
    for (size_t i = 0; i < l->lines.count; i++) {
        const PdfLine *line = &l->lines.items[i];
        if (line->size < 8 || line->drop) continue;
        all++;
        mono += line->cell > 0;
    }
    body.all_mono = mono * 10 > all * 7;
    if (body.all_mono || body.height <= 0) {
        uint32_t *counts = mem_zero(PDF_HEIGHT_BINS, sizeof *counts);
        for (size_t i = 0; i < l->lines.count; i++)
            counts[pdf_height_bin(l->lines.items[i].height)] += (uint32_t)l->lines.items[i].size;
        float height = ((float)fullest(counts, PDF_HEIGHT_BINS) + 0.5f) / 10;
        free(counts);
        body.height = body.height_han > 0 && !body.all_mono ? body.height_han : height;
    }
    if (body.height_han <= 0) body.height_han = body.height;
    body.pitch = common_pitch(l, &body, body.all_mono);
    if (body.pitch <= 0) body.pitch = 1.3f * body.height;
    body.mono_pitch = common_pitch(l, &body, true);
    if (body.mono_pitch <= 0) body.mono_pitch = body.pitch;
    return body;
}

bool pdf_is_mono(const PdfLine *line, const PdfBody *body)
{
    return line->cell > 0 && !body->all_mono;
}

float pdf_relative_height(const PdfLine *line, const PdfBody *body)
{
    return line->height / (line->han ? body->height_han : body->height);
}

/* ---- edges ---- */

static float ninety_percent(const uint32_t counts[X1_BINS], uint32_t least)
{
    uint32_t all = 0, above = 0;
    for (size_t i = 0; i < X1_BINS; i++) all += counts[i];
    if (all == 0 || all < least) return 0;
    for (size_t i = X1_BINS; i-- > 0;) {
        above += counts[i];
        if (above * 10 > all) return ((float)i + 1) / X1_BINS;
    }
    return 0;
}

static void measure_edges(Writer *w)
{
    const PdfLines *l = w->lines;
    w->edges.counts = mem_zero(X0_BINS, sizeof *w->edges.counts);
    uint32_t *all = mem_zero(X1_BINS, sizeof *all);
    for (size_t i = 0; i < l->lines.count; i++) {
        const PdfLine *line = &l->lines.items[i];
        float width = l->pages.items[line->page].width;
        if (line->drop || line->row || w->marks[i].level || pdf_is_mono(line, w->body) ||
            width <= 0)
            continue;
        size_t x1 = bin(line->x1 / width, X1_BINS, X1_BINS);
        w->edges.counts[bin(line->x0 / width, X0_BINS, X0_BINS)][x1]++;
        all[x1]++;
    }
    for (size_t i = 0; i < X0_BINS; i++) w->edges.right[i] = ninety_percent(w->edges.counts[i], 10);
    w->edges.all = ninety_percent(all, 1);
    free(all);
    free(w->edges.counts);
    w->edges.counts = NULL;
}

static float right_edge(const Writer *w, const PdfLine *line)
{
    float width = w->lines->pages.items[line->page].width;
    float right = width > 0 ? w->edges.right[bin(line->x0 / width, X0_BINS, X0_BINS)] : 0;
    return (right > 0 ? right : w->edges.all) * width;
}

/* ---- how a line goes on from the one before ---- */

static const char *text_of(const Writer *w, const PdfLine *line)
{
    return w->lines->text.data + line->at;
}

static uint32_t first_code(const Writer *w, const PdfLine *line)
{
    uint32_t code = ' ';
    if (line->size) utf8_next(text_of(w, line), line->size, &code);
    return code;
}

static uint32_t code_before(const char *text, size_t *at)
{
    uint32_t code;
    size_t start = utf8_back(text, *at);
    utf8_next(text + start, *at - start, &code);
    *at = start;
    return code;
}

static bool is_closing(uint32_t code)
{
    return code == '"' || code == '\'' || code == ')' || code == ']' || code == 0x2019 ||
           code == 0x201D || code == 0x300D || code == 0x300F || code == 0xFF09 || code == 0x300B;
}

/* Ends with a full stop or its like, closing quotes and brackets aside. */
static bool ends_sentence(const Writer *w, const PdfLine *line)
{
    const char *text = text_of(w, line);
    size_t at = line->size;
    while (at > 0) {
        uint32_t code = code_before(text, &at);
        if (is_closing(code)) continue;
        return code == '.' || code == '!' || code == '?' || code == ':' || code == ';' ||
               code == 0x3002 || code == 0xFF01 || code == 0xFF1F || code == 0xFF1A ||
               code == 0xFF1B;
    }
    return false;
}

/* A clause that is not over, in a script where lines are broken anywhere: the margin says less. */
static bool ends_clause(const Writer *w, const PdfLine *line)
{
    const char *text = text_of(w, line);
    size_t at = line->size;
    uint32_t code = at ? code_before(text, &at) : 0;
    return code == 0xFF0C || code == 0x3001;
}

/* "• ", "– ", "1. ", "(a) ", "①": the mark of a list's item. */
static bool has_marker(const Writer *w, const PdfLine *line)
{
    const char *text = text_of(w, line);
    uint32_t code;
    size_t n = line->size ? utf8_next(text, line->size, &code) : 0;
    if (n == 0) return false;
    if (code == 0x2022 || code == 0x25CF || code == 0x25CB || code == 0x25AA || code == 0x25A0 ||
        code == 0x25E6 || code == 0x2023 || code == 0x2043 || code == 0xB7 ||
        (code >= 0x2460 && code <= 0x2473) || code == 0x2717 || code == 0x2713)
        return true;
    bool blank = n < line->size && (text[n] == ' ' || text[n] == '\t');
    if (blank && (code == '-' || code == '*' || code == 0x2013 || code == 0x2014)) return true;
    if (code == 0x2013 && n < line->size && (unsigned char)text[n] >= 0x80) return true;
    size_t at = code == '(' ? 1 : 0, first = at;
    while (at < line->size && at - first < 3 && text[at] >= '0' && text[at] <= '9') at++;
    if (at == first && at < line->size && ((text[at] | 32) >= 'a' && (text[at] | 32) <= 'z')) at++;
    if (at == first || at >= line->size || (text[at] != '.' && text[at] != ')')) return false;
    at++;
    return at < line->size && (text[at] == ' ' || text[at] == '\t');
}

/* Would the next line's first word have had room on this one? Then the line was ended on purpose.
 */
static bool is_short(const Writer *w, const PdfLine *a, const PdfLine *b)
{
    if (ends_clause(w, a)) return false;
    float room = right_edge(w, a) - a->x1;
    return room > (a->han && b->han ? 2.5f * a->height : b->first_width + 0.7f * a->height);
}

static Join join_apart(const Writer *w, const PdfLine *a, const PdfLine *b, float size_change)
{
    /* Over the end of a column or page: only what is plainly one sentence is joined. */
    if (a->row || b->row || has_marker(w, b) || size_change > 1.1f || is_short(w, a, b))
        return JOIN_PARAGRAPH;
    return ends_sentence(w, a) ? JOIN_PARAGRAPH : JOIN_RUN_ON;
}

static Join join_below(const Writer *w, const PdfLine *a, const PdfLine *b, float space)
{
    float h = fmaxf(a->height, b->height),
          pitch = w->body->pitch * fmaxf(1, pdf_relative_height(b, w->body));
    bool open = !ends_sentence(w, a) && !is_short(w, a, b) && !has_marker(w, b);
    if (space > (open ? 1.5f : 1.25f) * pitch) return JOIN_PARAGRAPH;
    if (a->row || b->row || has_marker(w, b)) return JOIN_LINE;
    if (is_short(w, a, b))
        return b->x0 > a->x0 + 0.7f * h && ends_sentence(w, a) ? JOIN_PARAGRAPH : JOIN_LINE;
    float indent = b->x0 - a->x0;
    if (fabsf(indent) <= 0.7f * h) return JOIN_RUN_ON;
    if (indent > 0) {
        if (has_marker(w, a) && w->first_of_paragraph && fabsf(b->x0 - a->second_x) < 0.7f * h)
            return JOIN_RUN_ON;
        return ends_sentence(w, a) ? JOIN_PARAGRAPH : indent < 4 * h ? JOIN_RUN_ON : JOIN_LINE;
    }
    if (w->first_of_paragraph && -indent < 4 * h && !has_marker(w, a)) return JOIN_RUN_ON;
    return ends_sentence(w, a) ? JOIN_PARAGRAPH : JOIN_LINE;
}

static Join join_of(const Writer *w, size_t previous, size_t current)
{
    const PdfLine *a = &w->lines->lines.items[previous], *b = &w->lines->lines.items[current];
    const PdfMark *ma = &w->marks[previous], *mb = &w->marks[current];
    if (mb->level && mb->goes_on) return JOIN_RUN_ON;
    if (ma->level || mb->level) return JOIN_PARAGRAPH;
    bool mono_a = pdf_is_mono(a, w->body), mono_b = pdf_is_mono(b, w->body);
    float space = b->middle - a->middle,
          size_change = fmaxf(a->height, b->height) / fminf(a->height, b->height);
    if (ma->toc && mb->toc) return JOIN_LINE;
    if (a->page != b->page || (b->up && space < -6 * b->height)) {
        if (mono_a && mono_b) return JOIN_LINE;
        return mono_a || mono_b ? JOIN_PARAGRAPH : join_apart(w, a, b, size_change);
    }
    if (b->up || space < 0.5f * b->height)
        return JOIN_LINE; /* the next cell of a row, or the same line's end */
    if (mono_a || mono_b) {
        float pitch = mono_a && mono_b ? w->body->mono_pitch : w->body->pitch;
        return space > 1.4f * pitch ? JOIN_PARAGRAPH : JOIN_LINE;
    }
    if (size_change > 1.25f) return JOIN_PARAGRAPH;
    return join_below(w, a, b, space);
}

/* ---- hyphens ---- */

static bool is_word_code(uint32_t code)
{
    return utf8_is_word(code) || code == '-' || code == 0x2010;
}

static size_t run_back(const char *text, size_t size)
{
    size_t at = size;
    while (at > 0) {
        size_t start = at;
        if (!is_word_code(code_before(text, &start))) break;
        at = start;
    }
    return at;
}

static size_t run_forward(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        uint32_t code;
        size_t n = utf8_next(text + at, size - at, &code);
        if (!is_word_code(code)) break;
        at += n;
    }
    return at;
}

static void add_folded(Map *words, const char *text, size_t size, Str *scratch)
{
    str_clear(scratch);
    utf8_fold(text, size, scratch);
    map_add(words, str_get(scratch), scratch->size, 1);
}

/* Every word that stands whole on a line, hyphenated words as one, and what they begin with
 * ("non-"). */
static void collect_words(Writer *w)
{
    Str folded = {0};
    w->words = map_new();
    for (size_t i = 0; i < w->lines->lines.count; i++) {
        const PdfLine *line = &w->lines->lines.items[i];
        const char *text = text_of(w, line);
        for (size_t at = 0; at < line->size;) {
            size_t run = run_forward(text + at, line->size - at);
            bool cut = at + run == line->size && run && text[at + run - 1] == '-';
            if (run > 1 && run < 80 && !cut) {
                const char *hyphen = memchr(text + at, '-', run);
                add_folded(w->words, text + at, run, &folded);
                if (hyphen)
                    add_folded(w->words, text + at, (size_t)(hyphen - text) - at + 1, &folded);
            }
            uint32_t code;
            at += run;
            if (at < line->size) at += utf8_next(text + at, line->size - at, &code);
        }
    }
    str_release(&folded);
}

static bool knows(Writer *w, const char *left, size_t left_size, const char *between,
                  const char *right, size_t right_size)
{
    Str word = {0}, folded = {0};
    str_add_bytes(&word, left, left_size);
    str_add(&word, between);
    str_add_bytes(&word, right, right_size);
    utf8_fold(str_get(&word), word.size, &folded);
    bool known = map_get(w->words, str_get(&folded), folded.size) != MAP_NONE;
    str_release(&word);
    str_release(&folded);
    return known;
}

/* The text so far ends with a hyphen behind a letter: takes the hyphen away when it was put there
 * to break the line. The next line's first letter is a small one. */
static void mend_hyphen(Writer *w, size_t hyphen_size, const char *next, size_t next_size)
{
    Str *text = &w->out->text;
    size_t end = text->size - hyphen_size, first = run_back(text->data, end),
           right = run_forward(next, next_size);
    if (!w->words) collect_words(w);
    const char *left = text->data + first;
    size_t size = end - first;
    if (!knows(w, left, size, "", next, right)) {
        bool compound = memchr(left, '-', size) || memchr(next, '-', right) ||
                        knows(w, left, size, "-", next, right);
        /* "non-" + "developers", "time-" + "consuming": two words that the file knows apart, but
         * not as one. */
        bool begins = knows(w, left, size, "-", "", 0) ||
                      (size > 3 && right > 3 && knows(w, left, size, "", "", 0));
        if (compound || (begins && knows(w, "", 0, "", next, right))) return;
    }
    str_truncate(text, end);
}

static bool is_wide(uint32_t code)
{
    return utf8_is_unspaced(code) || (code >= 0x3000 && code <= 0x303F) ||
           (code >= 0xFF00 && code <= 0xFF65);
}

static void run_on(Writer *w, const PdfLine *line)
{
    Str *text = &w->out->text;
    const char *next = text_of(w, line);
    uint32_t first = first_code(w, line);
    size_t at = text->size;
    if (at == 0) return;
    uint32_t last = code_before(text->data, &at);
    if (last == 0xAD) {
        str_truncate(text, at);
        return;
    }
    if ((last == '-' || last == 0x2010) && at > 0) {
        size_t before = at;
        bool letter = utf8_is_letter(code_before(text->data, &before));
        if (letter && utf8_is_letter(first) && !utf8_is_upper(first))
            mend_hyphen(w, text->size - at, next, line->size);
        else if (!letter && !utf8_is_digit(first))
            str_add_char(text, ' ');
        return;
    }
    if (is_wide(last) && is_wide(first)) return;
    str_add_char(text, ' ');
}

/* ---- writing ---- */

/* Dots that lead to a page number become one tab. */
static void put_text(Str *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t dots = 0, spaced = 0, j = i;
        while (j < size &&
               (text[j] == '.' || (text[j] == ' ' && j + 1 < size && text[j + 1] == '.'))) {
            dots += text[j] == '.';
            spaced += text[j] == ' ';
            j++;
        }
        if (dots > 5 || (dots > 3 && spaced + 1 >= dots)) {
            while (j < size && (text[j] == ' ' || text[j] == '\t')) j++;
            while (out->size && strchr(" \t", out->data[out->size - 1]))
                str_truncate(out, out->size - 1);
            str_add_char(out, j < size ? '\t' : ' ');
            i = j;
            continue;
        }
        size_t n = j > i ? j - i : 1;
        str_add_bytes(out, text + i, n);
        i += n;
    }
}

static void put_code_line(Writer *w, const PdfLine *line)
{
    Str *out = &w->out->text;
    long blanks = lrintf((line->x0 - w->code_x) / line->cell);
    for (long i = 0; i < blanks && i < 120; i++) str_add_char(out, ' ');
    str_add_bytes(out, text_of(w, line), line->size);
}

/* The left edge of the block of code that begins at line i. */
static float code_edge(const Writer *w, size_t i)
{
    const PdfLine *lines = w->lines->lines.items;
    float edge = lines[i].x0;
    size_t last = i + CODE_LINES < w->lines->lines.count ? i + CODE_LINES : w->lines->lines.count;
    for (size_t page = lines[i].page;
         i < last && lines[i].page == page && pdf_is_mono(&lines[i], w->body); i++)
        if (lines[i].x0 < edge) edge = lines[i].x0;
    return edge;
}

static void put_line(Writer *w, size_t i)
{
    const PdfLine *line = &w->lines->lines.items[i];
    Document *out = w->out;
    bool begins = w->previous == SIZE_MAX;
    Join join = begins ? JOIN_PARAGRAPH : join_of(w, w->previous, i);
    bool mono = pdf_is_mono(line, w->body);
    if (!begins) {
        if (join == JOIN_RUN_ON)
            run_on(w, line);
        else
            str_add(&out->text, join == JOIN_LINE ? "\n" : "\n\n");
    }
    if (mono && (begins || join == JOIN_PARAGRAPH ||
                 !pdf_is_mono(&w->lines->lines.items[w->previous], w->body) ||
                 w->lines->lines.items[w->previous].page != line->page))
        w->code_x = code_edge(w, i);
    size_t at = out->text.size;
    if (mono)
        put_code_line(w, line);
    else
        put_text(&out->text, text_of(w, line), line->size);
    if (begins || w->lines->lines.items[w->previous].page != line->page)
        vec_push(&out->pages, (PageMark){.at = at, .page = (int)line->page + 1});
    if (w->marks[i].level && w->marks[i].goes_on)
        out->headings.items[out->headings.count - 1].end = out->text.size;
    else if (w->marks[i].level)
        vec_push(&out->headings,
                 (HeadingMark){.at = at, .end = out->text.size, .level = w->marks[i].level});
    w->first_of_paragraph = join != JOIN_RUN_ON;
    w->previous = i;
}

void pdf_write(const PdfLines *l, const PdfBody *body, const PdfMark *marks, Document *out)
{
    Writer w = {.lines = l, .body = body, .marks = marks, .out = out, .previous = SIZE_MAX};
    measure_edges(&w);
    for (size_t i = 0; i < l->lines.count; i++)
        if (!l->lines.items[i].drop) put_line(&w, i);
    if (out->text.size) str_add_char(&out->text, '\n');
    map_free(w.words);
}
