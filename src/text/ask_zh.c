/* Questions about Chinese sentences. Chinese asks in place: a date or an amount is replaced by the
 * word that asks for it and the clause stays as it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_parts.h"

#define SUBJECT_CHARS_MAX 14
#define CLAUSE_CHARS_MAX 34
#define CLAUSE_CHARS_MIN 5

static const char *const BAD_OPENERS[] = {
    "这",   "那",   "它",   "其",   "此",   "该",   "他",   "她",   "我们", "你",
    "但",   "而",   "也",   "因此", "所以", "如果", "当",   "于是", "同时", "另",
    "不",   "就",   "都",   "又",   "还",   "或",   "和",   "与",   "对",   "在",
    "从",   "把",   "被",   "只",   "若",   "例如", "比如", "一个", "一是", "二是",
    "三是", "今天", "现在", "目前", "其实", "真正", "更",   "最",   "有",   "没"};

static bool bad_opener(const char *s, size_t size)
{
    for (size_t i = 0; i < sizeof BAD_OPENERS / sizeof *BAD_OPENERS; i++) {
        size_t n = strlen(BAD_OPENERS[i]);
        if (size >= n && memcmp(s, BAD_OPENERS[i], n) == 0) return true;
    }
    return false;
}

/* Where `what` stands in s; NULL: nowhere, or there is no s. */
static const char *find(const char *s, size_t size, const char *what)
{
    return !s ? NULL : memmem(s, size, what, strlen(what));
}

/* X是指…, X是一种…, X称为… → 什么是X？ */
static void ask_definition(Asker *a, const char *s, size_t size)
{
    static const char *const MARKS[] = {"是指", "指的是", "是一种", "是一个", "是一类", "的意思是"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        const char *at = find(s, size, MARKS[i]);
        size_t n = at ? (size_t)(at - s) : 0;
        size_t chars = n ? utf8_count(s, n) : 0;
        if (chars < 2 || chars > SUBJECT_CHARS_MAX || bad_opener(s, n) || find(s, n, "的") == s)
            continue;
        asker_add(a, "definition", 0.8, i < 2 ? "%.*s是什么意思？" : "什么是%.*s？", (int)n, s);
        return;
    }
}

/* 如果A，B → 如果A，会怎么样？ */
static void ask_condition(Asker *a, const char *s, size_t size, bool has_result)
{
    if (!str_starts(s, "如果") || !has_result) return;
    size_t chars = utf8_count(s, size);
    if (chars > CLAUSE_CHARS_MIN && chars <= CLAUSE_CHARS_MAX)
        asker_add(a, "condition", 0.6, "%.*s，会怎么样？", (int)size, s);
}

/* Why for a clause whose reason stands beside it: before it (由于…，), behind it (…，因为…), or it
 * says so itself (因此…). */
static void ask_why(Asker *a, const char *s, size_t size, bool reason_beside)
{
    static const char *const OPENERS[] = {"所以", "因此", "因而", "于是"};
    bool result = false;
    for (size_t i = 0; i < sizeof OPENERS / sizeof *OPENERS; i++) {
        size_t n = strlen(OPENERS[i]);
        if (size > n && memcmp(s, OPENERS[i], n) == 0) s += n, size -= n, result = true;
    }
    size_t chars = utf8_count(s, size);
    if ((!result && !reason_beside) || chars < CLAUSE_CHARS_MIN + 1 || chars > CLAUSE_CHARS_MAX ||
        bad_opener(s, size) || find(s, size, "多少"))
        return;
    asker_add(a, "why", 0.7, "为什么%.*s？", (int)size, s);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Behind "1848年": the end of "1848年11月3日". */
static size_t date_end(const char *s, size_t size, size_t at)
{
    static const char *const UNITS[] = {"月", "日"};
    for (int u = 0; u < 2; u++) {
        size_t end = at;
        while (end < size && is_digit(s[end])) end++;
        if (end == at || end + strlen(UNITS[u]) > size || !str_starts(s + end, UNITS[u])) break;
        at = end + strlen(UNITS[u]);
    }
    return at;
}

/* A number that is part of a name, a range or a list cannot be asked for. */
static bool is_awkward(const char *tail, size_t size)
{
    static const char *const AFTER[] = {"到",   "至", "、", "号", "月", "日", "及", "多", "代",
                                        "世纪", "和", "与", "或", "线", "式", "型", "版", "路"};
    for (size_t i = 0; i < sizeof AFTER / sizeof *AFTER; i++) {
        if (size >= strlen(AFTER[i]) && str_starts(tail, AFTER[i])) return true;
    }
    return false;
}

/* A year becomes 哪一年, a full date 什么时候, a number before a character 多少. lead: what the
 * clause is about when it has no subject. */
static void ask_number(Asker *a, const char *lead, const char *s, size_t size)
{
    size_t chars = utf8_count(s, size);
    if (chars < CLAUSE_CHARS_MIN || chars > CLAUSE_CHARS_MAX || bad_opener(s, size)) return;
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(s[i])) continue;
        size_t end = i;
        while (end < size && (is_digit(s[end]) || s[end] == '.' || s[end] == ',')) end++;
        if (end >= size || (unsigned char)s[end] < 0x80 ||
            (i > 0 && (unsigned char)s[i - 1] < 0x80 && s[i - 1] != ' '))
            return;
        bool year = end - i == 4 && str_starts(s + end, "年");
        if (!year && is_awkward(s + end, size - end)) return;
        size_t tail = year ? date_end(s, size, end + strlen("年")) : end;
        const char *asks = !year ? "多少" : tail > end + strlen("年") ? "什么时候" : "哪一年";
        while (i > 0 && s[i - 1] == ' ') i--;
        while (tail < size && s[tail] == ' ') tail++;
        asker_add(a, year ? "when" : "how many", 0.6, "%s%.*s%s%.*s？", lead, (int)i, s, asks,
                  (int)(size - tail), s + tail);
        return;
    }
}

/* X导致Y, X取决于Y, X包括Y: asks for the other side. */
static void ask_relation(Asker *a, const char *s, size_t size)
{
    static const struct {
        const char *mark, *format, *kind;
    } RELATIONS[] = {
        {"取决于", "%.*s取决于什么？", "what"},
        {"包括", "%.*s包括哪些内容？", "what"},
        {"分为", "%.*s分为哪几种？", "what"},
        {"用于", "%.*s用于什么？", "purpose"},
        {"可以用来", "%.*s可以用来做什么？", "purpose"},
        {"的作用是", "%.*s的作用是什么？", "purpose"},
        {"的好处是", "%.*s有什么好处？", "what"},
        {"的缺点是", "%.*s有什么缺点？", "what"},
        {"需要", "%.*s需要什么？", "what"},
        {"会导致", "%.*s会导致什么？", "what"},
        {"位于", "%.*s位于哪里？", "where"},
    };
    for (size_t i = 0; i < sizeof RELATIONS / sizeof *RELATIONS; i++) {
        const char *at = find(s, size, RELATIONS[i].mark);
        size_t n = at ? (size_t)(at - s) : 0, chars = n ? utf8_count(s, n) : 0;
        if (chars < 2 || chars > SUBJECT_CHARS_MAX || bad_opener(s, n)) continue;
        asker_add(a, RELATIONS[i].kind, 0.6, RELATIONS[i].format, (int)n, s);
        return;
    }
}

/* Clauses without the mark behind them. */
static void clauses_of(const char *s, size_t size, Spans *out)
{
    clauses_split(s, size, out);
    for (size_t i = 0; i < out->count; i++) {
        Span *c = &out->items[i];
        while (c->end > c->first) {
            size_t back = utf8_back(s, c->end);
            uint32_t code;
            utf8_next(s + back, c->end - back, &code);
            if (utf8_is_word(code) || code == ')' || code == 0xFF09 || code == '%') break;
            c->end = back;
        }
        while (c->first < c->end && s[c->first] == ' ') c->first++;
    }
}

/* What the passage is about: the last heading, else the words before the first mark or 是. Written
 * to out; "" when that is no name. */
static void topic_of(const Asker *a, char *out, size_t room)
{
    const char *heading = a->heading, *next;
    while ((next = strstr(heading, " › "))) heading = next + strlen(" › ");
    size_t size = strlen(heading);
    if (size == 0) {
        static const char *const ENDS[] = {"是", "，", "（", "(",  "。",
                                           "、", "：", "于", "为", " "};
        heading = a->text;
        size = strlen(heading);
        for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
            const char *at = strstr(heading, ENDS[i]);
            if (at && (size_t)(at - heading) < size) size = (size_t)(at - heading);
        }
    }
    size_t chars = utf8_count(heading, size);
    bool name = chars >= 2 && chars <= SUBJECT_CHARS_MAX && size < room &&
                !bad_opener(heading, size) && !memchr(heading, '\n', size) &&
                !find(heading, size, "？");
    snprintf(out, room, "%.*s", name ? (int)size : 0, heading);
}

void ask_chinese(Asker *a, const char *sentence, size_t size)
{
    Spans clauses = {0};
    char topic[64];
    topic_of(a, topic, sizeof topic);
    clauses_of(sentence, size, &clauses);
    bool reason_before = false;
    for (size_t i = 0; i < clauses.count; i++) {
        const char *s = sentence + clauses.items[i].first;
        size_t n = clauses.items[i].end - clauses.items[i].first;
        bool next = i + 1 < clauses.count;
        const char *behind = next ? sentence + clauses.items[i + 1].first : "";
        bool reason = n > 0 && (str_starts(s, "因为") || str_starts(s, "由于"));
        if (n > 0 && !find(s, n, "“") && !find(s, n, "”") && !find(s, n, "（") &&
            !find(s, n, "）") && !find(s, n, "《") && !find(s, n, "》")) {
            ask_definition(a, s, n);
            ask_condition(a, s, n, next);
            ask_relation(a, s, n);
            /* the first clause has its subject; in later ones it is that of the passage, or missing
             */
            if (i == 0 || *topic) ask_number(a, i == 0 || find(s, n, topic) ? "" : topic, s, n);
            if (!reason)
                ask_why(a, s, n,
                        reason_before || str_starts(behind, "因为") ||
                            str_starts(behind, "是因为") || str_starts(behind, "原因"));
        }
        reason_before = reason;
    }
    vec_release(&clauses);
}
