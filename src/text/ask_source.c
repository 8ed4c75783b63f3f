/* The running text of a passage as sentences: without Markdown's marks, headings, tables, code,
 * links and lists of references, and with the blanks that a PDF lost at line ends. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_parts.h"
#include "text/sentences.h"

#define SENTENCE_MOST 2500 /* bytes; longer ones are lists and tables */
#define SENTENCE_LEAST 8
#define HEADING_WORDS 12 /* a paragraph of fewer words without a mark at its end is a heading */
#define ENGLISH_SHARE                                                                              \
    0.14 /* of all words, that are everywhere in English and rare in its neighbours */

/* ---- lines ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t count_of(const char *s, size_t size, const char *set)
{
    size_t n = 0;
    for (size_t i = 0; i < size; i++) n += s[i] != '\0' && strchr(set, s[i]) != NULL;
    return n;
}

/* Size of "- ", "3. ", "• ", "（1）" and the like at the start of a line. */
static size_t marker_size(const char *s, size_t size)
{
    size_t i = 0;
    if (size > 2 && strchr("-*+", s[0]) && s[1] == ' ') return 2;
    if (size > 3 && (str_starts(s, "•") || str_starts(s, "●") || str_starts(s, "▪") ||
                     str_starts(s, "◦") || str_starts(s, "–")))
        return 3;
    bool bracket = size > 3 && (s[0] == '(' || str_starts(s, "（"));
    if (bracket) i = s[0] == '(' ? 1 : 3;
    size_t first = i;
    while (i < size && i < first + 3 && s[i] >= '0' && s[i] <= '9') i++;
    if (bracket && i == first && i < size && s[i] >= 'a' && s[i] <= 'z') i++;
    if (i == first || i >= size) return 0;
    if (s[i] == ')' && i + 1 < size && s[i + 1] == ' ') return i + 2;
    if (str_starts(s + i, "）") || str_starts(s + i, "、")) return i + 3;
    if (!bracket && s[i] == '.' && i + 1 < size && s[i + 1] == ' ') return i + 2;
    return 0;
}

/* Table rows, rules, code, tables of contents. */
static bool is_no_text(const char *s, size_t size)
{
    if (size == 0) return true;
    size_t marks = count_of(s, size, "{}<>=\\$#;_~^|&"), bars = count_of(s, size, "|");
    if (s[0] == '|' || bars >= 2 || s[0] == '#' || s[0] == '$') return true;
    if (memmem(s, size, "....", 4) || memmem(s, size, ". . .", 5) || memmem(s, size, "……………", 15))
        return true;
    if (count_of(s, size, "-=*_ ") == size) return true;
    char last = s[size - 1];
    if (last == '{' || last == '}' || (last == ';' && marks > 1) || str_starts(s, "//") ||
        str_starts(s, ">>>"))
        return true;
    return marks * 9 > size;
}

/* ---- marks inside a line ---- */

static bool is_word_byte(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* Size of a bracket of Markdown or HTML at s that is dropped; for a link only its frame is, and its
 * text goes to out. */
static size_t skip_bracket(const char *s, size_t size, Str *out)
{
    bool image = size > 1 && s[0] == '!' && s[1] == '[';
    size_t at = image;
    const char *close = s[at] == '['   ? memchr(s + at, ']', size - at)
                        : s[at] == '<' ? memchr(s, '>', size)
                                       : NULL;
    if (!close) return 0;
    size_t end = (size_t)(close - s) + 1, inside = end - at - 2;
    if (s[at] == '<')
        return inside > 0 && inside < 60 && (s[1] == '/' || is_word_byte(s[1]) || s[1] == '!') ? end
                                                                                               : 0;
    if (end < size && s[end] == '(') {
        const char *target = memchr(s + end, ')', size - end);
        if (!target) return 0;
        if (!image) str_add_bytes(out, s + at + 1, inside);
        return (size_t)(target - s) + 1;
    }
    const char *reference = end < size && s[end] == '[' ? memchr(s + end, ']', size - end) : NULL;
    if (reference || s[at + 1] == '`') { /* [text][label], [`name`] */
        for (size_t i = 0; i < inside; i++) {
            if (s[at + 1 + i] != '`') str_add_char(out, s[at + 1 + i]);
        }
        return reference ? (size_t)(reference - s) + 1 : end;
    }
    bool note = inside <= 4 && strspn(s + at + 1, "0123456789,^ab ") >= inside;
    return note && inside > 0 ? end : 0;
}

/* Characters to be dropped, turned into a blank, or into a break of the paragraph; 0: none of
 * these. */
static size_t special_size(const char *s, char *ret)
{
    static const struct {
        const char *bytes;
        char as;
    } SPECIAL[] = {
        {"\xC2\xA0", ' '},   {"\xE3\x80\x80", ' '}, {"\xC2\xAD", 0},       {"\xE2\x80\x8B", 0},
        {"\xEF\xBB\xBF", 0}, {"\xE2\x80\x89", ' '}, {"\xE2\x80\xAF", ' '}, {"•", '\n'},
        {"●", '\n'},         {"▪", '\n'},           {"■", '\n'},           {"◦", '\n'},
        {"’", '\''},         {"&nbsp;", ' '},
    };
    for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++) {
        if (!str_starts(s, SPECIAL[i].bytes)) continue;
        *ret = SPECIAL[i].as;
        return strlen(SPECIAL[i].bytes);
    }
    return 0;
}

/* "Further", "Additionally": words that often begin a sentence. */
static bool is_opener(const char *word, size_t size)
{
    static const char *const OPENERS[] = {"Further", "Furthermore", "Moreover", "Certain",
                                          "Other",   "Actual",      "Many",     "Some"};
    if (size > 4 && memcmp(word + size - 2, "ly", 2) == 0) return true;
    for (size_t i = 0; i < sizeof OPENERS / sizeof *OPENERS; i++) {
        if (strlen(OPENERS[i]) == size && memcmp(word, OPENERS[i], size) == 0) return true;
    }
    return false;
}

/* "futureWhile", "ContingenciesWe are": a sentence begins where a blank was lost. */
static bool starts_sentence(const char *line, size_t i, size_t size, bool lost_blanks)
{
    static const char *const STARTS[] = {"We ",   "The ",    "Our ",  "In ",  "This ",     "These ",
                                         "As ",   "For ",    "If ",   "It ",  "Any ",      "There ",
                                         "To ",   "An ",     "On ",   "See ", "Although ", "While ",
                                         "Such ", "However", "Under "};
    if (i < 3 || !(line[i] >= 'A' && line[i] <= 'Z')) return false;
    if (line[i - 1] == '.' && line[i - 2] >= 'a' && line[i - 2] <= 'z' && line[i - 3] >= 'a') {
        size_t end = i + 1;
        while (end < size && line[end] >= 'a' && line[end] <= 'z') end++;
        size_t before = i - 1;
        while (before > 0 && line[before - 1] >= 'a' && line[before - 1] <= 'z') before--;
        bool plain =
            before == 0 || line[before - 1] == ' '; /* "Yandex.Taxi" begins with a capital */
        if (lost_blanks && plain && end > i + 1) return true;
        return end > i + 3 && end < size &&
               (line[end] == ',' || (line[end] == ' ' && is_opener(line + i, end - i)));
    }
    if (!(line[i - 1] >= 'a' && line[i - 1] <= 'z')) return false;
    for (size_t k = 0; k < sizeof STARTS / sizeof *STARTS; k++) {
        if (size - i > strlen(STARTS[k]) && str_starts(line + i, STARTS[k])) return true;
    }
    return false;
}

static void add_blank(Str *out)
{
    if (out->size > 0 && out->data[out->size - 1] != ' ' && out->data[out->size - 1] != '\n')
        str_add_char(out, ' ');
}

/* line is NUL-terminated. */
static void add_line(Str *out, const char *line, size_t size, bool lost_blanks)
{
    for (size_t i = 0; i < size;) {
        char c = line[i], as = 0;
        size_t n = 0;
        if ((unsigned char)c >= 0x80 || c == '&') n = special_size(line + i, &as);
        if (n > 0) {
            if (as == '\n')
                str_add(out, "\n\n");
            else if (as == ' ')
                add_blank(out);
            else if (as)
                str_add_char(out, as);
            i += n;
            continue;
        }
        if (c == '[' || c == '<' || c == '!') n = skip_bracket(line + i, size - i, out);
        bool edge = c == '_' && !(i > 0 && i + 1 < size && is_word_byte(line[i - 1]) &&
                                  is_word_byte(line[i + 1]));
        bool escape = c == '\\' && i + 1 < size && !is_word_byte(line[i + 1]);
        if (n > 0 || c == '*' || c == '`' || edge || escape) {
            i += n > 0 ? n : 1;
            continue;
        }
        bool quote = i > 0 && str_starts(line + i, "“") &&
                     (is_word_byte(line[i - 1]) || line[i - 1] == '.') &&
                     (unsigned char)line[i - 1] < 0x80;
        if (quote || starts_sentence(line, i, size, lost_blanks)) str_add(out, "\n\n");
        if (is_blank(c))
            add_blank(out);
        else
            str_add_char(out, c);
        i++;
    }
}

/* ---- lost blanks ---- */

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static double rarity_of(const Asker *a, const char *s, size_t size)
{
    char folded[32];
    if (size >= sizeof folded) return 1;
    for (size_t i = 0; i < size; i++)
        folded[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] | 0x20) : s[i];
    return asker_rarity(a, folded, size);
}

static bool is_function(const char *s, size_t size)
{
    char folded[16];
    if (size >= sizeof folded) return false;
    for (size_t i = 0; i < size; i++) folded[i] = (char)(s[i] | 0x20);
    return word_is_function(folded, size);
}

/* Where the word of letters at s falls into two that the corpus knows; 0: nowhere. sure: only where
 * it cannot be a word itself. */
static size_t glue_at(const Asker *a, const char *s, size_t size, bool sure)
{
    double whole = rarity_of(a, s, size);
    if (size < 5 || size > 30 || whole < 0.75) return 0;
    static const char *const SURE[] = {"and",   "the", "our", "with", "which", "that", "could",
                                       "would", "of",  "to",  "or",   "may",   "their"};
    size_t best = 0;
    double least = whole < 0.9 ? 0.5 : 0.92;
    for (size_t cut = sure || (*s | 0x20) != 'a' ? 2 : 1; cut + 2 <= size; cut++) {
        const char *right = s + cut;
        size_t rest = size - cut;
        bool camel = *right >= 'A' && *right <= 'Z';
        bool left_function = is_function(s, cut), right_function = is_function(right, rest);
        double l = rarity_of(a, s, cut), r = rarity_of(a, right, rest), rarer = l > r ? l : r;
        bool known = false;
        if (cut == 1 && (rest < 4 || rarer > 0.8)) continue;
        for (size_t k = 0; k < sizeof SURE / sizeof *SURE; k++)
            known |= strlen(SURE[k]) == cut && strncmp(s, SURE[k], cut) == 0;
        if (sure ? !(known && rest >= 4 && rarer < 0.7) && !(camel && rarer < 0.8)
                 : !(left_function || right_function || camel ||
                     (cut >= 4 && rest >= 4 && rarer < 0.7)))
            continue;
        if (rarer < least) {
            least = rarer;
            best = cut;
        }
    }
    return best;
}

/* Goes through the words of s; copies them to out with lost blanks, or only counts what surely lost
 * one. */
static size_t part_words(const Asker *a, const char *s, size_t size, Str *out)
{
    size_t found = 0;
    for (size_t i = 0; i < size;) {
        size_t end = i;
        while (end < size && is_letter(s[end])) end++;
        size_t cut = end > i ? glue_at(a, s + i, end - i, out == NULL) : 0;
        found += cut > 0;
        if (end == i) end++;
        if (out) {
            str_add_bytes(out, s + i, cut);
            if (cut) str_add_char(out, ' ');
            str_add_bytes(out, s + i + cut, end - i - cut);
        }
        i = end;
    }
    return found;
}

/* Only where several words show that blanks were lost: "notwithstanding" is a word elsewhere. */
static bool lost_blanks(const Asker *a)
{
    return a->source->documents >= 30 &&
           part_words(a, a->source->text, strlen(a->source->text), NULL) >= 2;
}

static void repair(const Asker *a, Str *paragraph)
{
    Str out = {0};
    part_words(a, paragraph->data, paragraph->size, &out);
    str_release(paragraph);
    *paragraph = out;
}

/* ---- sentences ---- */

typedef struct Letters {
    size_t latin, han, kana, other, digits, all; /* all: without blanks */
} Letters;

static Letters count_letters(const char *s, size_t size)
{
    Letters n = {0};
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_next(s + i, size - i, &code);
        if (utf8_is_space(code)) continue;
        n.all++;
        if (code >= 0x3040 && code <= 0x30FF)
            n.kana++;
        else if (utf8_is_han(code))
            n.han++;
        else if (utf8_is_digit(code))
            n.digits++;
        else if (code < 0x250 && utf8_is_letter(code))
            n.latin++;
        else if (utf8_is_letter(code))
            n.other++;
    }
    return n;
}

static bool contains_any(const char *s, size_t size, const char *const *what)
{
    for (; *what; what++) {
        if (memmem(s, size, *what, strlen(*what))) return true;
    }
    return false;
}

/* Links, references, notices: nobody asks about them. */
static bool is_apparatus(const char *s, size_t size, Letters n)
{
    static const char *const MARKS[] = {"://",
                                        "www.",
                                        "@",
                                        "©",
                                        "ISBN",
                                        "doi:",
                                        "et al",
                                        "All rights reserved",
                                        "all rights reserved",
                                        "Retrieved ",
                                        "pp. ",
                                        "{",
                                        "\\",
                                        "hereof",
                                        "版权所有",
                                        "参考文献",
                                        NULL};
    if (contains_any(s, size, MARKS)) return true;
    size_t letters = n.latin + n.han + n.kana + n.other;
    return letters * 10 < n.all * 6 ||
           n.digits * 10 > n.all * (n.han > n.latin ? 4 : 2) + letters / 8;
}

static bool ends_with_mark(const char *s, size_t size)
{
    static const char *const MARKS[] = {".",   "!",  "。",   "！", "…",  ".\"",
                                        "。”", ".)", "。）", "；", ".”", NULL};
    for (const char *const *m = MARKS; *m; m++) {
        size_t n = strlen(*m);
        if (size >= n && memcmp(s + size - n, *m, n) == 0) return true;
    }
    return false;
}

static bool begins_whole(const char *s, size_t size)
{
    uint32_t code;
    utf8_next(s, size, &code);
    return utf8_is_upper(code) || utf8_is_digit(code) || utf8_is_unspaced(code) || code == '"' ||
           code == 0x201C || code == 0x300A || code == '$';
}

static AskLanguage language_of(const Asker *a, Letters n)
{
    if (n.kana > 0 && n.kana * 6 >= n.han) return ASK_OTHER;
    if (a->language != ASK_OTHER && n.han * 3 >= n.latin && n.han > 3) return ASK_CHINESE;
    return a->language == ASK_ENGLISH && n.latin > 2 * n.other && n.latin > n.han ? ASK_ENGLISH
                                                                                  : ASK_OTHER;
}

static void add_sentence(Asker *a, size_t first, size_t size, bool item)
{
    const char *s = a->plain.data;
    while (size > 0 && (s[first] == ' ' || s[first] == '\n')) first++, size--;
    while (size > 0 && (s[first + size - 1] == ' ' || s[first + size - 1] == '\n')) size--;
    Letters n = count_letters(s + first, size);
    if (size < SENTENCE_LEAST || size > SENTENCE_MOST || is_apparatus(s + first, size, n)) return;
    bool whole = begins_whole(s + first, size) && ends_with_mark(s + first, size);
    vec_push(&a->sentences, (AskSentence){.first = first,
                                          .size = size,
                                          .language = language_of(a, n),
                                          .whole = whole,
                                          .item = item});
}

typedef struct Paragraph {
    Str text;
    size_t lines;
    bool item, repair, tables;
} Paragraph;

static bool is_heading(const Paragraph *p)
{
    if (p->item || p->lines > 1 || ends_with_mark(p->text.data, p->text.size)) return false;
    Letters n = count_letters(p->text.data, p->text.size);
    if (n.han > n.latin) return n.all < 25;
    return count_of(p->text.data, p->text.size, " ") < HEADING_WORDS;
}

/* Appends the paragraph to the plain text; its sentences are found when all is there, as the
 * language is that of the whole. */
static void end_paragraph(Asker *a, Paragraph *p, AskSentences *bounds)
{
    while (p->text.size > 0 && p->text.data[p->text.size - 1] == ' ')
        str_truncate(&p->text, p->text.size - 1);
    if (p->text.size > 0 && !is_heading(p)) {
        if (p->repair) repair(a, &p->text);
        vec_push(bounds,
                 (AskSentence){.first = a->plain.size, .size = p->text.size, .item = p->item});
        str_add_bytes(&a->plain, p->text.data, p->text.size);
        str_add(&a->plain, "\n\n");
    }
    str_clear(&p->text);
    p->lines = 0;
    p->item = false;
}

static void join_line(Paragraph *p)
{
    if (p->text.size == 0) return;
    uint32_t code;
    size_t back = utf8_back(p->text.data, p->text.size);
    utf8_next(p->text.data + back, p->text.size - back, &code);
    bool wide = utf8_is_unspaced(code) || (code >= 0x3000 && code < 0x3040) || code > 0xFF00;
    if (!wide && code != '-') add_blank(&p->text);
}

/* The cells of a table's row: words for a query, never a sentence. */
static void add_row(Asker *a, AskSentences *bounds, const char *s, size_t size)
{
    if (count_of(s, size, "-|: ") == size) return;
    size_t first = a->plain.size;
    for (size_t i = 0; i < size; i++) str_add_char(&a->plain, strchr("|*`_", s[i]) ? ' ' : s[i]);
    vec_push(bounds, (AskSentence){.first = first, .size = a->plain.size - first, .item = true});
    str_add(&a->plain, "\n\n");
}

static void read_line(Asker *a, Paragraph *p, AskSentences *bounds, const char *line, size_t size)
{
    size_t indent = 0;
    while (size > 0 && is_blank(line[size - 1])) size--;
    while (indent < size && (is_blank(line[indent]) || line[indent] == '>')) indent++;
    const char *s = line + indent;
    size_t n = size - indent, marker = marker_size(s, n);
    bool code =
        indent >= 4 && p->text.size == 0 && marker == 0 && count_of(s, n, "(){}[]=;:_<>") > 1;
    bool underline = n > 2 && (count_of(s, n, "=") == n || count_of(s, n, "-") == n);
    if (underline && p->lines == 1) str_clear(&p->text);
    if (code || is_no_text(s, n)) {
        end_paragraph(a, p, bounds);
        if (p->tables && !code && count_of(s, n, "|") >= 2) add_row(a, bounds, s, n);
        return;
    }
    if (marker > 0) {
        end_paragraph(a, p, bounds);
        p->item = true;
    }
    char *copy = mem_strndup(s + marker, n - marker);
    join_line(p);
    add_line(&p->text, copy, n - marker, p->repair);
    p->lines++;
    free(copy);
}

static bool is_fence(const char *line, size_t size)
{
    while (size > 0 && is_blank(*line)) line++, size--;
    return size >= 3 && (memcmp(line, "```", 3) == 0 || memcmp(line, "~~~", 3) == 0);
}

/* list: words between blanks. */
static bool in_list(const char *list, const char *word, size_t size)
{
    const char *at = list, *end = list + strlen(list);
    while ((at = memmem(at, (size_t)(end - at), word, size)) != NULL) {
        if (at > list && at[-1] == ' ' && at[size] == ' ') return true;
        at++;
    }
    return false;
}

static AskLanguage passage_language(Asker *a)
{
    Letters n = count_letters(str_get(&a->plain), a->plain.size);
    if (n.kana * 12 >= n.han && n.kana > 0) return ASK_OTHER;
    if (n.han * 2 >= n.latin && n.han > 5) return ASK_CHINESE;
    /* words of every English text, and of its neighbours' */
    static const char ENGLISH[] = " the of and to is that for with are be it as by this from or in "
                                  "was were a an on has have not can will at which ";
    static const char OTHERS[] =
        " der die das und ist nicht mit von den dem ein eine le la les des et est une el los las y "
        "que del il di che een het van de en os um uma och att som er og ikke ";
    size_t english = 0, others = 0, all = 0;
    words_split(str_get(&a->plain), a->plain.size, &a->words);
    for (size_t i = 0; i < a->words.words.count; i++) {
        Word w = a->words.words.items[i];
        if (w.unspaced) continue;
        all++;
        english += in_list(ENGLISH, a->words.folded.data + w.at, w.size);
        others += in_list(OTHERS, a->words.folded.data + w.at, w.size);
    }
    bool enough = (double)english >= ENGLISH_SHARE * (double)all;
    return all > 3 && enough && english > 2 * others ? ASK_ENGLISH : ASK_OTHER;
}

/* "our revenue", "the Company": we are a company. */
static bool speaks_as_company(const Asker *a)
{
    static const char *const OWNED[] = {
        "business",   "customer",     "platform",  "product",    "employee",   "revenue",
        "operation",  "consolidated", "financial", "common",     "stock",      "shareholder",
        "result",     "service",      "offering",  "cash",       "net ",       "insurance",
        "subsidiar",  "board",        "director",  "management", "tax",        "asset",
        "investment", "accounting",   "policies",  "office",     "client",     "user",
        "brand",      "marketing",    "sales",     "supplier",   "warrant",    "store",
        "website",    "annual",       "network",   "competitor", "segment",    "officer",
        "liabilit",   "obligation",   "executive", "driver",     "warehouse",  "staff",
        "credit",     "acquisition",  "estimate",  "compan",     "commitment", "agreement",
        "notes",      "control",      "interest",  "carrying",   "income",     "expense"};
    const char *text = str_get(&a->plain);
    if (strstr(text, "the Company")) return true;
    for (const char *at = text; (at = strstr(at, "ur ")) != NULL; at++) {
        if (at == text || (at[-1] | 0x20) != 'o') continue;
        for (size_t i = 0; i < sizeof OWNED / sizeof *OWNED; i++) {
            if (str_starts(at + 3, OWNED[i])) return true;
        }
    }
    return false;
}

static void read_passage(Asker *a, bool tables)
{
    Paragraph p = {.repair = lost_blanks(a), .tables = tables};
    AskSentences bounds = {0};
    bool fenced = false;
    for (const char *line = a->source->text; *line;) {
        size_t size = strcspn(line, "\n");
        if (is_fence(line, size)) {
            end_paragraph(a, &p, &bounds);
            fenced = !fenced;
        } else if (!fenced) {
            read_line(a, &p, &bounds, line, size);
        }
        line += size + (line[size] == '\n');
    }
    end_paragraph(a, &p, &bounds);
    a->language = passage_language(a);
    for (size_t i = 0; i < bounds.count; i++) {
        Spans spans = {0};
        sentences_split(a->plain.data + bounds.items[i].first, bounds.items[i].size, &spans);
        for (size_t k = 0; k < spans.count; k++)
            add_sentence(a, bounds.items[i].first + spans.items[k].first,
                         spans.items[k].end - spans.items[k].first, bounds.items[i].item);
        vec_release(&spans);
    }
    vec_release(&bounds);
    str_release(&p.text);
}

void ask_read(Asker *a)
{
    read_passage(a, false);
    /* what has nothing but tables can still be searched for */
    if (a->sentences.count == 0) {
        str_clear(&a->plain);
        read_passage(a, true);
    }
    a->company = speaks_as_company(a);
}
