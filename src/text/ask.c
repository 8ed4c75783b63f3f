#include "text/ask.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/utf8.h"
#include "text/ask_parts.h"

#define COPIED_MAX 0.8   /* a question with a longer run of the text's words is a copy */
#define SENTENCE_MAX 400 /* longer ones are lists and tables */
#define QUESTION_MAX 200
#define KEYWORDS_LEAST 2
#define KEYWORDS_MOST 4
#define TERMS_MOST 64        /* of a passage, the best ones */
#define HEADING_FAVOUR 1.4   /* on the weight of a word that stands in the heading too */
#define REPEATED_FAVOUR 1.35 /* on that of a word for each time it stands there again */
#define REPEATED_MOST 30.0

/* ---- judging questions ---- */

/* Words that are about texts, not about things. */
static const char *const ABOUT_TEXTS[] = {
    "discussed", "text",      "section",   "passage",   "document", "chunk",       "paragraph",
    "article",   "author",    "mentioned", "described", "main",     "topic",       "topics",
    "point",     "points",    "following", "above",     "below",    "information", "context",
    "provided",  "according", "page",      "chapter",   "say",      "says",        "content",
    "thing",     "things",    "这段",      "本文",      "文章",     "文中",        "段落",
    "内容",      "主要",      "作者",      "讲了",      "上文",     "下文",        "这里",
    "以上",      "以下",      "么时",      "时候",      "哪一",     "一年",        "多少"};

static bool is_about_texts(const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof ABOUT_TEXTS / sizeof *ABOUT_TEXTS; i++) {
        if (strlen(ABOUT_TEXTS[i]) == size && memcmp(ABOUT_TEXTS[i], word, size) == 0) return true;
    }
    return false;
}

bool ask_nameless(const char *question)
{
    Words w = {0};
    words_split(question, strlen(question), &w);
    bool names = false;
    for (size_t i = 0; i < w.words.count && !names; i++) {
        const char *word = w.folded.data + w.words.items[i].at;
        size_t size = w.words.items[i].size;
        bool letter_only = !w.words.items[i].unspaced && size < 2;
        names = !letter_only && !word_is_function(word, size) && !is_about_texts(word, size);
    }
    words_release(&w);
    return !names;
}

double ask_copied(const char *question, const char *text)
{
    Words q = {0}, t = {0};
    words_split(question, strlen(question), &q);
    words_split(text, strlen(text), &t);
    size_t longest = 0, n = q.words.count, m = t.words.count;
    /* lengths of the common runs that end at each word of the text, for one word of the question
     * after the other */
    size_t *run = mem_zero(m + 2, sizeof *run);
    for (size_t i = 0; i < n; i++) {
        Word a = q.words.items[i];
        for (size_t j = m; j-- > 0;) {
            Word b = t.words.items[j];
            bool same =
                a.size == b.size && memcmp(q.folded.data + a.at, t.folded.data + b.at, a.size) == 0;
            run[j + 1] = same ? (i > 0 ? run[j] : 0) + 1 : 0;
            if (run[j + 1] > longest) longest = run[j + 1];
        }
    }
    free(run);
    words_release(&q);
    words_release(&t);
    return n ? (double)longest / (double)n : 0;
}

/* Mean weight of the words that name something. */
static double specificity(Asker *a, const char *question)
{
    words_split(question, strlen(question), &a->words);
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < a->words.words.count; i++) {
        const char *word = a->words.folded.data + a->words.words.items[i].at;
        size_t size = a->words.words.items[i].size;
        if (word_is_function(word, size)) continue;
        sum += a->weight(a->context, word, size);
        count++;
    }
    /* one rare word alone is less certain than three */
    return count ? sum / ((double)count + 0.7) : 0;
}

static bool is_there(const Asked *out, const char *text)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->items[i].text, text) == 0) return true;
    }
    return false;
}

void asker_add(Asker *a, const char *kind, double bonus, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) text = NULL;
    va_end(args);
    if (!text) return;
    bool good = strlen(text) <= QUESTION_MAX && !is_there(a->out, text) && !ask_nameless(text) &&
                ask_copied(text, a->text) < COPIED_MAX;
    if (!good) {
        free(text);
        return;
    }
    vec_push(a->out, (AskedQuestion){.text = text,
                                     .kind = kind,
                                     .sentence = a->sentence,
                                     .score = specificity(a, text) + bonus});
}

/* ---- keyword queries ---- */

typedef struct Term {
    const char *word; /* of Words.folded */
    size_t size, at;  /* at: where it stands first */
    double weight;
} Term;

typedef VEC(Term) Terms;

static int by_weight(const void *x, const void *y)
{
    const Term *a = x, *b = y;
    if (a->weight != b->weight) return a->weight > b->weight ? -1 : 1;
    return (a->at > b->at) - (a->at < b->at);
}

static bool is_number(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((word[i] >= '0' && word[i] <= '9') || word[i] == '.') continue;
        return false;
    }
    return true;
}

static void add_term(Terms *terms, Map *seen, Term t)
{
    uint32_t at = map_add(seen, t.word, t.size, (uint32_t)terms->count);
    if (at == terms->count)
        vec_push(terms, t);
    else if (terms->items[at].weight < REPEATED_MOST)
        terms->items[at].weight *= REPEATED_FAVOUR;
}

/* The distinct words of the passage that name something, weighed by rarity and by how often they
 * stand there. */
static void collect_words(Asker *a, Terms *terms)
{
    Map *seen = map_new();
    words_split(a->text, strlen(a->text), &a->words);
    for (size_t i = 0; i < a->words.words.count; i++) {
        Word w = a->words.words.items[i];
        const char *word = a->words.folded.data + w.at;
        if (w.unspaced || w.size < 4 || word_is_function(word, w.size) || is_number(word, w.size))
            continue;
        add_term(terms, seen, (Term){word, w.size, i, a->weight(a->context, word, w.size)});
    }
    map_free(seen);
}

/* Characters that seldom stand inside a word worth searching for. */
static bool is_glue(const char *at)
{
    static const char GLUE[] = "的了是在和与就都而及着或对为从到也又被把这那其之以于等很更最不有个"
                               "一二三四五六七八九十中上下里后前时要会能可用让使得地所此每各将该向"
                               "但并再还只些么什怎没我你他她它们人来去做给由按比如像";
    for (const char *g = GLUE; *g; g += 3) {
        if (memcmp(g, at, 3) == 0) return true;
    }
    return false;
}

/* Runs of two to four characters of an unspaced script that stand there more than once: mostly
 * words. The longer of two that stand there as often comes first. All characters of interest take
 * three bytes. */
static void collect_runs(Asker *a, Terms *terms)
{
    Map *seen = map_new();
    size_t size = strlen(a->text), *count = NULL, counts = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < size;) {
            uint32_t code;
            size_t n = utf8_next(a->text + i, size - i, &code);
            for (size_t end = i, chars = 0; end < size && chars < 4;) {
                size_t m = utf8_next(a->text + end, size - end, &code);
                if (m != 3 || !utf8_is_han(code) || is_glue(a->text + end)) break;
                end += m;
                if (++chars < 2) continue;
                uint32_t at = map_add(seen, a->text + i, end - i, (uint32_t)map_count(seen));
                if (pass == 0) {
                    if (at >= counts)
                        count = mem_grow(count, (at + 1) * 2 * sizeof *count),
                        memset(count + counts, 0, ((at + 1) * 2 - counts) * sizeof *count),
                        counts = (at + 1) * 2;
                    count[at]++;
                } else if (count[at] > 1) {
                    double rare = a->weight(a->context, a->text + i, 6);
                    vec_push(terms, (Term){a->text + i, end - i, i / 3,
                                           rare * (double)count[at] * (double)chars});
                    count[at] = 0;
                }
            }
            i += n;
        }
    }
    free(count);
    map_free(seen);
}

/* 检索 beside 检索器 would say the same twice. */
static bool shares_character(const Str *query, const Term *t)
{
    for (size_t i = 0; i + 3 <= t->size; i += 3) {
        if (query->size && memmem(query->data, query->size, t->word + i, 3)) return true;
    }
    return false;
}

/* Words of the heading are what people type first. */
static void favour_heading(Asker *a, Terms *terms)
{
    Words heading = {0};
    words_split(a->heading, strlen(a->heading), &heading);
    for (size_t i = 0; i < terms->count; i++) {
        for (size_t h = 0; h < heading.words.count; h++) {
            Word w = heading.words.items[h];
            if (w.size == terms->items[i].size &&
                memcmp(heading.folded.data + w.at, terms->items[i].word, w.size) == 0)
                terms->items[i].weight *= HEADING_FAVOUR;
        }
    }
    words_release(&heading);
}

/* weight beside weighs, paying beside paid: mostly the same word. */
static bool shares_stem(const Terms *terms, size_t i, const bool *taken)
{
    for (size_t j = 0; j < i; j++) {
        const Term *a = &terms->items[i], *b = &terms->items[j];
        size_t n = 0;
        while (n < a->size && n < b->size && a->word[n] == b->word[n]) n++;
        if (taken[j] && n >= 4) return true;
    }
    return false;
}

/* Neighbours in the text would be a copy of it. */
static bool is_near(const Terms *terms, size_t i, const bool *used)
{
    for (size_t j = 0; j < i; j++) {
        if (used[j] && terms->items[i].at + 1 >= terms->items[j].at &&
            terms->items[i].at <= terms->items[j].at + 1)
            return true;
    }
    return false;
}

/* The best terms that are left, as one query. */
static void add_query(Asker *a, const Terms *terms, bool unspaced, bool *used, double bonus)
{
    Str query = {0};
    size_t taken = 0;
    for (size_t i = 0; i < terms->count && taken < KEYWORDS_MOST; i++) {
        const Term *t = &terms->items[i];
        if (used[i] || is_near(terms, i, used) ||
            (unspaced ? shares_character(&query, t) : shares_stem(terms, i, used)))
            continue;
        used[i] = true;
        if (taken++) str_add_char(&query, ' ');
        str_add_bytes(&query, t->word, t->size);
    }
    if (taken >= KEYWORDS_LEAST) asker_add(a, "keyword", bonus, "%s", str_get(&query));
    str_release(&query);
}

void asker_keywords(Asker *a, bool unspaced)
{
    Terms terms = {0};
    bool used[TERMS_MOST] = {false};
    if (unspaced)
        collect_runs(a, &terms);
    else
        collect_words(a, &terms);
    favour_heading(a, &terms);
    if (terms.count) qsort(terms.items, terms.count, sizeof *terms.items, by_weight);
    if (terms.count > TERMS_MOST) terms.count = TERMS_MOST;
    a->sentence = SIZE_MAX;
    add_query(a, &terms, unspaced, used, -0.5);
    add_query(a, &terms, unspaced, used, -1.5);
    vec_release(&terms);
}

/* ---- sentences ---- */

/* A line of running text without its marks of Markdown; NULL: a table, code, a link list or a
 * heading. */
static char *plain_line(const char *line, size_t size)
{
    size_t first = 0;
    while (first < size && strchr(" \t>*+-", line[first])) first++;
    if (first < size && (line[first] == '#' || line[first] == '|' || line[first] == '`'))
        return NULL;
    Str out = {0};
    size_t bars = 0;
    for (size_t i = first; i < size; i++) {
        bars += line[i] == '|';
        if (line[i] == '*' || line[i] == '`' || line[i] == '_') continue;
        str_add_char(&out, line[i]);
    }
    bool text = bars < 2 && !strstr(str_get(&out), "://") && !strstr(str_get(&out), "...") &&
                !strpbrk(str_get(&out), "{}\\<>=");
    char *taken = str_take(&out);
    if (text) return taken;
    free(taken);
    return NULL;
}

/* The passage as paragraphs of plain text: lines of one paragraph joined by a blank, or by nothing
 * in unspaced scripts. */
static void plain_text(const char *text, Str *out)
{
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n');
        size_t size = end ? (size_t)(end - line) : strlen(line);
        char *plain = plain_line(line, size);
        bool blank = size == 0 || !plain;
        if (blank) {
            str_add_char(out, '\n');
        } else {
            if (out->size && out->data[out->size - 1] != '\n' &&
                (unsigned char)out->data[out->size - 1] < 0x80)
                str_add_char(out, ' ');
            str_add(out, plain);
        }
        free(plain);
        line += size + (end != NULL);
    }
}

/* Is the text written in Han without kana? */
static bool is_chinese(const char *text)
{
    size_t han = 0, kana = 0, all = 0, size = strlen(text);
    for (size_t i = 0; i < size;) {
        uint32_t code;
        i += utf8_next(text + i, size - i, &code);
        if (utf8_is_space(code)) continue;
        all++;
        han += utf8_is_han(code);
        kana += code >= 0x3041 && code <= 0x30FF;
    }
    return han * 4 > all && kana * 10 < han;
}

/* Does it read as English? Enough of its function words. */
static bool is_english(const char *text)
{
    static const char *const COMMON[] = {"the", "of",   "and", "to", "is", "in", "that", "a", "for",
                                         "are", "with", "on",  "as", "or", "be", "by",   "it"};
    Words w = {0};
    words_split(text, strlen(text), &w);
    size_t common = 0;
    for (size_t i = 0; i < w.words.count; i++) {
        for (size_t k = 0; k < sizeof COMMON / sizeof *COMMON; k++) {
            common +=
                w.words.items[i].size == strlen(COMMON[k]) &&
                memcmp(w.folded.data + w.words.items[i].at, COMMON[k], w.words.items[i].size) == 0;
        }
    }
    bool english = common * 8 > w.words.count;
    words_release(&w);
    return english;
}

static int by_score(const void *x, const void *y)
{
    const AskedQuestion *a = x, *b = y;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    return strcmp(a->text, b->text);
}

typedef void AskSentence(Asker *a, const char *sentence, size_t size);

void ask_questions(const char *text, const char *heading, AskWeight *weight, const void *context,
                   Asked *out)
{
    Asker a = {.text = text, .heading = heading, .weight = weight, .context = context, .out = out};
    vec_clear(out);
    bool chinese = is_chinese(text);
    AskSentence *ask = chinese ? ask_chinese : is_english(text) ? ask_english : NULL;
    Str plain = {0};
    Spans sentences = {0};
    plain_text(text, &plain);
    if (ask) sentences_split(str_get(&plain), plain.size, &sentences);
    for (size_t i = 0; i < sentences.count; i++) {
        const char *s = plain.data + sentences.items[i].first;
        size_t size = sentences.items[i].end - sentences.items[i].first;
        while (size && strchr(" \t\n", s[size - 1])) size--;
        while (size && strchr(" \t\n", *s)) s++, size--;
        a.sentence = i;
        if (size >= 12 && size <= SENTENCE_MAX && !memchr(s, '\n', size) && !memchr(s, '"', size))
            ask(&a, s, size);
    }
    asker_keywords(&a, chinese);
    if (out->count) qsort(out->items, out->count, sizeof *out->items, by_score);
    vec_release(&sentences);
    str_release(&plain);
    words_release(&a.words);
}

void asked_release(Asked *a)
{
    for (size_t i = 0; i < a->count; i++) free(a->items[i].text);
    vec_release(a);
}

size_t asked_choose(Asked *a, size_t n)
{
    size_t taken = 0;
    for (int round = 0; round < 3;
         round++) { /* other kind and sentence; other sentence; whatever is left */
        for (size_t i = taken; i < a->count && taken < n; i++) {
            bool kind = false, sentence = false;
            for (size_t j = 0; j < taken; j++) {
                kind |= strcmp(a->items[j].kind, a->items[i].kind) == 0;
                sentence |= a->items[j].sentence == a->items[i].sentence;
            }
            if ((round == 0 && (kind || sentence)) || (round == 1 && sentence)) continue;
            AskedQuestion chosen = a->items[i];
            memmove(a->items + taken + 1, a->items + taken, (i - taken) * sizeof *a->items);
            a->items[taken++] = chosen;
        }
    }
    return taken;
}
