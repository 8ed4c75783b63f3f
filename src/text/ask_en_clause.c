/* English sentences as words, clauses and phrases, and phrases put back together as questions. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_en.h"

#define TOKENS_MAX 160
#define SUBJECT_MOST 13
#define SUBJECT_MOST_OPENING 16 /* of an opening before its comma */

/* ---- words ---- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_number(const char *w)
{
    const char *first = w;
    while (*w && strchr("$-+(~", *w)) w++;
    if (strncmp(w, "€", 3) == 0) w += 3;
    if (strncmp(w, "£", 2) == 0) w += 2;
    bool money = w > first && is_digit(*w);
    if (!is_digit(*w)) return false;
    for (; *w && !money; w++) {
        if (!is_digit(*w) && !strchr(".,%/:-", *w)) return false;
    }
    return true;
}

static void push_token(EnText *t, const char *at, size_t size, bool glued)
{
    if (size == 0 || t->count == TOKENS_MAX) return;
    EnToken *k = &t->tokens[t->count];
    Str lower = {0};
    utf8_fold(at, size, &lower);
    const char *base = NULL;
    *k = (EnToken){.text = arena_strndup(&t->arena, at, size),
                   .lower = arena_strdup(&t->arena, str_get(&lower)),
                   .glued = glued};
    str_release(&lower);
    if (size == 1 && *at == ',')
        k->tags = EN_COMMA;
    else if (strchr(";:()[]!?", *at) || str_starts(at, "—") || str_starts(at, "–"))
        k->tags = EN_STOP;
    else if (*at == '"' || str_starts(at, "“") || str_starts(at, "”"))
        k->tags = EN_QUOTE;
    else if (is_number(k->text))
        k->tags = EN_NUMBER;
    else
        k->tags = en_tags(k->lower, &base);
    if (base) k->base = arena_strndup(&t->arena, base, strcspn(base, " +~"));
    if (t->count > 0 && is_upper(*at)) {
        bool after_quote = t->tokens[t->count - 1].tags & EN_QUOTE;
        /* May and Will in the middle are names; The is The */
        k->tags = EN_CAPITAL | (after_quote || en_is(k->lower, " the a an of and in for ")
                                    ? k->tags
                                    : k->tags & EN_NUMBER);
    }
    t->count++;
}

/* Size of the mark at s: one that stands at the edge of a word and is none of its letters; 0: none.
 */
static size_t mark_size(const char *s, size_t size)
{
    static const char *const MARKS[] = {"“", "”", "—", "–", "…"};
    if (size == 0) return 0;
    if (strchr("\"()[],;:!?", *s)) return 1;
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        if (size >= 3 && memcmp(s, MARKS[i], 3) == 0) return 3;
    }
    return 0;
}

/* "you're", "there's", "we've": two words. */
static bool push_contraction(EnText *t, const char *s, size_t size, bool glued)
{
    static const char *const ENDS[][2] = {
        {"'re", "are"}, {"'ll", "will"}, {"'ve", "have"}, {"'s", "is"}};
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        size_t n = strlen(ENDS[i][0]);
        if (size <= n || size - n > 8 || memcmp(s + size - n, ENDS[i][0], n) != 0) continue;
        char head[9] = "";
        for (size_t k = 0; k < size - n; k++) head[k] = (char)utf8_lower((unsigned char)s[k]);
        if (!en_is(head, i == 3 ? " it there that he she what who here "
                                : " you we they i it he she there that who "))
            return false;
        push_token(t, s, size - n, glued);
        push_token(t, ENDS[i][1], strlen(ENDS[i][1]), false);
        return true;
    }
    return false;
}

/* One run between blanks: marks, the word, marks. Quotes and commas inside a number or a word stay.
 */
static void push_run(EnText *t, const char *s, size_t size)
{
    bool glued = false;
    for (size_t n; (n = mark_size(s, size)) > 0; s += n, size -= n) {
        push_token(t, s, n, glued);
        glued = true;
    }
    size_t end = size;
    for (;;) {
        size_t n = end > 0 && mark_size(s + end - 1, 1)         ? 1
                   : end >= 3 && mark_size(s + end - 3, 3) == 3 ? 3
                                                                : 0;
        if (n == 0) break;
        end -= n;
    }
    /* a long dash inside parts two words */
    const char *dash = end > 6 ? memmem(s, end, "—", 3) : NULL;
    if (dash) {
        push_token(t, s, (size_t)(dash - s), glued);
        push_token(t, dash, 3, true);
        push_token(t, dash + 3, end - (size_t)(dash - s) - 3, true);
    } else if (!push_contraction(t, s, end, glued)) {
        push_token(t, s, end, glued);
    }
    for (size_t n; end < size && (n = mark_size(s + end, size - end)) > 0; end += n)
        push_token(t, s + end, n, true);
}

/* Brackets and what is in them would only be in the way. */
static void drop_brackets(EnText *t)
{
    size_t kept = 0;
    int depth = 0;
    for (size_t i = 0; i < t->count; i++) {
        const char *w = t->tokens[i].text;
        if (*w == '(' || *w == '[')
            depth++;
        else if ((*w == ')' || *w == ']') && depth > 0)
            depth--;
        else if (depth == 0)
            t->tokens[kept++] = t->tokens[i];
    }
    t->count = kept;
}

/* "Technologies, Inc." and "March 3, 2021" are one thing each. */
static void join_commas(EnText *t)
{
    static const char MONTHS[] =
        " january february march april may june july august september october november december ";
    for (size_t i = 1; i + 1 < t->count; i++) {
        if (!(t->tokens[i].tags & EN_COMMA)) continue;
        if (en_is(t->tokens[i + 1].lower, " inc. inc ltd. ltd llc corp. corp jr. sr. l.p. n.a. "))
            t->tokens[i].tags = EN_CAPITAL;
        bool year = strlen(t->tokens[i + 1].text) == 4 && t->tokens[i + 1].tags & EN_NUMBER;
        if (year && i > 1 && t->tokens[i - 1].tags & EN_NUMBER &&
            en_is(t->tokens[i - 2].lower, MONTHS))
            t->tokens[i].tags = EN_NUMBER;
    }
}

void en_read(Asker *a, const char *sentence, size_t size, EnText *ret)
{
    *ret = (EnText){.asker = a};
    ret->tokens = arena_alloc(&ret->arena, (TOKENS_MAX + 1) * sizeof *ret->tokens);
    while (size > 0 && strchr(".!?", sentence[size - 1])) size--;
    if (size > 1 && sentence[size - 1] == '"' && strchr(".!?", sentence[size - 2])) size -= 2;
    if (size > 3 && str_starts(sentence + size - 3, "”") && strchr(".!?", sentence[size - 4]))
        size -= 4;
    for (size_t at = 0; at < size;) {
        while (at < size && sentence[at] == ' ') at++;
        size_t end = at;
        while (end < size && sentence[end] != ' ') end++;
        push_run(ret, sentence + at, end - at);
        at = end;
    }
    drop_brackets(ret);
    join_commas(ret);
}

void en_release(EnText *t)
{
    arena_release(&t->arena);
    t->count = 0;
}

bool en_at(const EnText *t, size_t i, const char *words)
{
    for (const char *w = words; *w; i++) {
        size_t n = strcspn(w, " ");
        if (i >= t->count || strlen(t->tokens[i].lower) != n ||
            strncmp(t->tokens[i].lower, w, n) != 0)
            return false;
        w += n;
        while (*w == ' ') w++;
    }
    return true;
}

size_t en_find(const EnText *t, size_t first, size_t end, const char *words)
{
    for (size_t i = first; i < end; i++) {
        if (en_at(t, i, words)) return i;
    }
    return SIZE_MAX;
}

/* ---- clauses ---- */

static unsigned tags_at(const EnText *t, size_t i, size_t end)
{
    return i < end ? t->tokens[i].tags : EN_STOP;
}

#define BARRIER (EN_COMMA | EN_STOP | EN_CONJUNCTION | EN_RELATIVE | EN_SUBORDINATOR)

/* An auxiliary behind token i that would make a participle or a noun of it. */
static bool auxiliary_follows(const EnText *t, size_t i, size_t end)
{
    for (i++; i < end && !(t->tokens[i].tags & BARRIER); i++) {
        if (t->tokens[i].tags & EN_AUXILIARY) return true;
    }
    return false;
}

static bool ends_plural(const char *w)
{
    size_t n = strlen(w);
    bool s = n > 2 && w[n - 1] == 's' && w[n - 2] != 's' && w[n - 2] != 'u' && w[n - 2] != '\'' &&
             !(w[n - 2] == 'i' && n > 4);
    return s ||
           en_is(w, " people children men women criteria media data staff police mice feet teeth ");
}

static bool begins_object(unsigned tags)
{
    return tags & (EN_DETERMINER | EN_POSSESSIVE | EN_NUMBER);
}

/* Is token i surely the finite verb of a subject that ends before it? */
static bool is_finite(const EnText *t, size_t i, size_t first, size_t end)
{
    const EnToken *k = &t->tokens[i];
    unsigned before = t->tokens[i - 1].tags, after = tags_at(t, i + 1, end);
    const char *subject_end = t->tokens[i - 1].lower;
    if (k->tags & EN_CAPITAL) return false;
    if (k->tags & EN_AUXILIARY) return strcmp(k->lower, "be") != 0;
    if (!(k->tags & EN_VERB)) return false;
    bool we = i == first + 1 && en_is(subject_end, " we you they i ");
    if (k->tags & EN_BASE && we) return true;
    if (before & (EN_DETERMINER | EN_POSSESSIVE | EN_PREPOSITION | EN_ADJECTIVE | EN_NUMBER) &&
        !(before & EN_PRONOUN))
        return false;
    if (k->tags & EN_PAST && !(k->tags & EN_PARTICIPLE)) return true;
    if (k->tags & EN_THIRD && !(k->tags & EN_NOUNLIKE)) return true;
    if (auxiliary_follows(t, i, end)) return false;
    if (k->tags & EN_THIRD)
        return !ends_plural(subject_end) && (begins_object(after) || after & EN_ADVERB);
    if (k->tags & EN_PAST) {
        if (begins_object(after) || after & EN_PRONOUN ||
            (after & EN_CAPITAL && !(before & EN_PRONOUN)))
            return true;
        return k->tags & EN_INTRANSITIVE && !en_at(t, i + 1, "by") &&
               (after & (EN_PREPOSITION | EN_ADVERB | EN_STOP) || i + 1 == end);
    }
    if (k->tags & EN_BASE && ends_plural(subject_end))
        return k->tags & EN_NOUNLIKE ? (begins_object(after) != 0)
                                     : !(before & EN_CAPITAL && i == first + 1);
    return false;
}

static bool subject_token_is_good(const EnText *t, size_t i, size_t first)
{
    const EnToken *k = &t->tokens[i];
    const char *point = strchr(k->text, '.');
    if (k->tags & (EN_COMMA | EN_STOP | EN_AUXILIARY)) return false;
    if (point && point > k->text + 1 && point[1] && !is_digit(point[1]))
        return false; /* two sentences */
    if (k->tags & EN_CAPITAL) return true;
    if (k->tags & (EN_RELATIVE | EN_SUBORDINATOR) && !(k->tags & EN_PREPOSITION)) return false;
    if (k->tags & EN_PRONOUN && !(k->tags & EN_POSSESSIVE)) {
        if (i == first)
            return en_is(
                k->lower,
                " we you each all both another some most many several few either neither no one ");
        return en_is(k->lower, " us all each one some most many several few ");
    }
    return !(i > first && en_is(k->lower, " its their his her not "));
}

bool en_clause(const EnText *t, size_t first, size_t end, EnClause *ret)
{
    if (end > t->count) end = t->count;
    if (first + 2 > end) return false;
    unsigned start = t->tokens[first].tags;
    if (start & (EN_CONJUNCTION | EN_SUBORDINATOR | EN_RELATIVE) &&
        !(start & (EN_DETERMINER | EN_CAPITAL)))
        return false;
    if (start & EN_PREPOSITION && !(start & (EN_VERB | EN_CAPITAL))) return false;
    if (start & EN_ADVERB || (start & EN_THIRD && !(start & EN_NOUNLIKE))) return false;
    size_t i = first;
    while (i < end && i < first + SUBJECT_MOST && (i == first || !is_finite(t, i, first, end))) {
        if (!subject_token_is_good(t, i, first)) return false;
        i++;
    }
    if (i == end || i == first + SUBJECT_MOST) return false;
    size_t last = i;
    while (last > first + 1 && t->tokens[last - 1].tags & EN_ADVERB &&
           !(t->tokens[last - 1].tags & EN_CAPITAL))
        last--;
    bool pronoun = last == first + 1 && en_is(t->tokens[first].lower, " we you ");
    *ret = (EnClause){.subject = {first, last}, .verb = i, .rest = {i + 1, end}};
    if (!pronoun && !en_names(t, ret->subject)) return false;
    if (en_is(t->tokens[first].lower, " no its their his her else this these that those such it "
                                      "they he she there here which who "))
        return false;
    const EnToken *k = &t->tokens[i];
    ret->auxiliary = (k->tags & EN_AUXILIARY) != 0;
    size_t next = i + 1;
    while (next < end && t->tokens[next].tags & EN_ADVERB) next++;
    unsigned follows = tags_at(t, next, end);
    if (en_is(k->lower, " have has had ") && follows & EN_PREPOSITION) return false;
    if (en_is(k->lower, " have has had "))
        ret->auxiliary = follows & EN_PARTICIPLE || en_at(t, next, "been");
    if (en_is(k->lower, " do does did ")) ret->auxiliary = (follows & EN_BASE) != 0;
    return true;
}

size_t en_opening(const EnText *t, size_t first, size_t end)
{
    if (first >= end) return first;
    unsigned tags = t->tokens[first].tags;
    bool opens = tags & (EN_PREPOSITION | EN_ADVERB | EN_SUBORDINATOR | EN_CONJUNCTION | EN_ING) ||
                 en_at(t, first, "to") || en_at(t, first, "for");
    if (!opens) return first;
    for (size_t i = first + 1; i < end && i <= first + SUBJECT_MOST_OPENING; i++) {
        if (t->tokens[i].tags & EN_STOP) return first;
        bool date = t->tokens[i].tags & EN_COMMA && i + 2 < end &&
                    t->tokens[i + 1].tags & EN_NUMBER && t->tokens[i + 2].tags & EN_COMMA;
        if (t->tokens[i].tags & EN_COMMA && !date) return i + 1;
    }
    bool connects = tags & (EN_ADVERB | EN_CONJUNCTION) &&
                    !(tags & (EN_PREPOSITION | EN_SUBORDINATOR | EN_PRONOUN));
    return connects && !en_is(t->tokens[first].lower, " not only even just almost nearly ")
               ? first + 1
               : first;
}

/* ---- phrases ---- */

static bool ends_badly(const EnText *t, size_t i, size_t first)
{
    const EnToken *k = &t->tokens[i];
    if (k->tags & (EN_CAPITAL | EN_NUMBER)) return en_is(k->lower, " the a an of and in for ");
    if (k->tags & (EN_COMMA | EN_STOP | EN_CONJUNCTION | EN_AUXILIARY | EN_POSSESSIVE |
                   EN_RELATIVE | EN_SUBORDINATOR))
        return true;
    if (k->tags & (EN_DETERMINER | EN_PREPOSITION)) return true;
    if (k->tags & EN_PRONOUN) return !en_is(k->lower, " us you itself themselves ");
    if (k->tags & EN_ADVERB && i > first)
        return !en_is(k->lower, " together again well alone today ");
    if (k->tags & EN_ADJECTIVE && i > first &&
        !(t->tokens[i - 1].tags & (EN_AUXILIARY | EN_ADVERB))) {
        /* "is not free", "makes it necessary" may end so; "a significant" may not */
        return begins_object(t->tokens[i - 1].tags) ||
               !en_is(k->lower, " able available possible necessary responsible subject general "
                                "total public local ready aware true false free empty full ");
    }
    return en_is(k->lower, " based related according due pursuant having being been doing least ");
}

/* Whether the phrase ends before token i, whatever follows. */
static bool phrase_stops(const EnText *t, size_t i, size_t end, size_t first)
{
    const EnToken *k = &t->tokens[i];
    unsigned after = tags_at(t, i + 1, end);
    if (k->tags & (EN_COMMA | EN_STOP)) return true;
    if (k->tags & EN_CAPITAL || i == first) return false;
    if (k->tags & EN_AUXILIARY && !en_is(k->lower, " be have do ") &&
        !(t->tokens[i - 1].tags & (EN_PRONOUN | EN_RELATIVE)))
        return true;
    if (en_is(k->lower, " which who whom whose where because although though while whereas unless "
                        "since but once except so if when until "
                        "before after and/or including excluding such "))
        return !en_is(k->lower, " before after ") || after & (EN_PRONOUN | EN_ING);
    if (k->tags & EN_RELATIVE && after & (EN_PRONOUN | EN_AUXILIARY))
        return en_is(k->lower, " that ");
    if (k->tags & EN_CONJUNCTION) {
        if (t->tokens[i - 1].tags & EN_PARTICIPLE && after & EN_BASE) return true;
        if (after &
            (EN_PRONOUN | EN_AUXILIARY | EN_ADVERB | EN_SUBORDINATOR | EN_RELATIVE | EN_STOP))
            return true;
        /* "and is", "and the company uses": another clause */
        for (size_t j = i + 1;
             j < end && j < i + 5 && !(t->tokens[j].tags & (EN_COMMA | EN_STOP | EN_PREPOSITION));
             j++) {
            if (t->tokens[j].tags & EN_AUXILIARY) return true;
            if (t->tokens[j].tags & (EN_THIRD | EN_PAST) && !(t->tokens[j].tags & EN_NOUNLIKE))
                return true;
        }
    }
    return false;
}

static bool quotes_pair(const EnText *t, EnSpan s)
{
    int open = 0;
    for (size_t i = s.first; i < s.end; i++) {
        if (!(t->tokens[i].tags & EN_QUOTE)) continue;
        const char *w = t->tokens[i].text;
        if (str_starts(w, "“") || (*w == '"' && open == 0))
            open++;
        else
            open--;
        if (open < 0 || open > 1) return false;
    }
    return open == 0;
}

/* "the risk that any future efforts |": a clause that lost its verb goes altogether. */
static size_t without_half_clause(const EnText *t, size_t first, size_t stop)
{
    size_t that = SIZE_MAX;
    for (size_t i = first + 1; i < stop; i++) {
        if (en_is(t->tokens[i].lower, " that ") && !(t->tokens[i].tags & EN_CAPITAL))
            that = i;
        else if (t->tokens[i].tags & (EN_AUXILIARY | EN_THIRD | EN_PAST | EN_BASE))
            that = SIZE_MAX;
    }
    return that == SIZE_MAX ? stop : that;
}

static bool is_participle(const EnToken *k)
{
    size_t n = strlen(k->lower);
    if (k->tags & EN_CAPITAL) return false;
    return k->tags & EN_PARTICIPLE || (!k->tags && n > 4 && strcmp(k->lower + n - 2, "ed") == 0);
}

/* A word that what follows it belongs to. */
static bool is_open(const EnToken *k)
{
    if (k->tags & (EN_ADJECTIVE | EN_ING) || is_participle(k)) return true;
    return k->tags & (EN_BASE | EN_THIRD) && !(k->tags & EN_NOUNLIKE);
}

/* "| , B and C", "| , B, C or D" at token i. */
static bool list_goes_on(const EnText *t, size_t i, size_t end)
{
    if (!(tags_at(t, i, end) & EN_COMMA)) return false;
    if (tags_at(t, i + 1, end) & EN_CONJUNCTION) {
        /* ", and C": another clause when a verb follows */
        for (size_t j = i + 2; j < end && j < i + 8 && !(t->tokens[j].tags & (EN_COMMA | EN_STOP));
             j++) {
            if (t->tokens[j].tags & (EN_AUXILIARY | EN_THIRD | EN_PAST)) return false;
        }
        return true;
    }
    if (tags_at(t, i + 1, end) &
            (EN_RELATIVE | EN_SUBORDINATOR | EN_PREPOSITION | EN_ING | EN_ADVERB | EN_PRONOUN) ||
        en_is(t->tokens[i + 1 < end ? i + 1 : i].lower, " including such as "))
        return false;
    for (size_t j = i + 1; j < end && j < i + 9; j++) {
        if (t->tokens[j].tags & (EN_AUXILIARY | EN_STOP | EN_RELATIVE)) return false;
        if (t->tokens[j].tags & EN_CONJUNCTION) return true;
        if (t->tokens[j].tags & EN_COMMA)
            return tags_at(t, j + 1, end) & EN_CONJUNCTION || list_goes_on(t, j, end);
    }
    return false;
}

/* "required to make | such payments", "grant us | the right": cut off from what belongs to it. */
static bool wants_object(const EnText *t, size_t i, size_t first, size_t end)
{
    unsigned plain = EN_NOUNLIKE | EN_INTRANSITIVE | EN_CAPITAL;
    if (t->tokens[i].tags & EN_BASE && !(t->tokens[i].tags & plain) && i > first &&
        en_is(t->tokens[i - 1].lower, " to and or not "))
        return true;
    unsigned tags = t->tokens[i].tags, after = tags_at(t, i + 1, end);
    if (after & (EN_COMMA | EN_STOP | EN_CONJUNCTION | EN_SUBORDINATOR) ||
        en_is(t->tokens[i + 1].lower, " which who "))
        return false;
    if (tags & EN_PRONOUN) return !(after & EN_PREPOSITION);
    return tags & (EN_BASE | EN_ING | EN_THIRD) && !(tags & (EN_NOUNLIKE | EN_CAPITAL)) &&
           !(after & EN_PREPOSITION);
}

EnSpan en_trim(const EnText *t, size_t first, size_t end, size_t most)
{
    if (end > t->count) end = t->count;
    size_t stop = first;
    while (stop < end && !phrase_stops(t, stop, end, first)) stop++;
    /* "announced that X will …" has no shorter form */
    if (stop > first + most || (stop < end && t->tokens[stop].tags & EN_AUXILIARY)) {
        for (size_t i = first; i < stop; i++) {
            if (en_is(t->tokens[i].lower, " that whether how what ") &&
                !(t->tokens[i].tags & EN_CAPITAL))
                return (EnSpan){first, first};
        }
    }
    if (stop > first + most) {
        /* cut before the last preposition that has an object before it */
        size_t cut = first + most;
        while (cut > first + 2 && (!(t->tokens[cut].tags & EN_PREPOSITION) ||
                                   t->tokens[cut].tags & EN_CAPITAL || en_at(t, cut, "of") ||
                                   t->tokens[cut - 1].tags & (EN_PARTICIPLE | EN_ADJECTIVE |
                                                              EN_ING | EN_BASE | EN_THIRD)))
            cut--;
        stop = cut > first + 2 ? cut : first;
    }
    stop = without_half_clause(t, first, stop);
    /* "the costs associated | with" */
    while (stop > first + 1 && stop < end && t->tokens[stop].tags & EN_PREPOSITION &&
           is_participle(&t->tokens[stop - 1]) &&
           !(t->tokens[stop - 2].tags & (EN_AUXILIARY | EN_ADVERB)))
        stop--;
    if (list_goes_on(t, stop, end)) {
        /* "works with A | , B and C": not with A only */
        size_t cut = stop;
        while (cut > first + 1 &&
               !(t->tokens[cut].tags & EN_PREPOSITION && !(t->tokens[cut].tags & EN_CAPITAL)))
            cut--;
        stop = cut > first + 1 && !(is_open(&t->tokens[cut - 1])) && !en_at(t, cut, "of") ? cut
                                                                                          : first;
    }
    while (stop > first && ends_badly(t, stop - 1, first)) stop--;
    if (stop > first && stop < end && wants_object(t, stop - 1, first, end)) stop = first;
    EnSpan s = {first, stop};
    return quotes_pair(t, s) ? s : (EnSpan){first, first};
}

static bool is_vague(const char *w)
{
    return en_is(w, " way ways thing things case cases part parts number numbers result results "
                    "form forms kind kinds type types time times fact "
                    "reason reasons example examples company business agreement party parties "
                    "section person persons item items "
                    "matter matters amount amounts period periods year years use day days date "
                    "problem problems question questions "
                    "point points issue issues method methods approach table figure note chapter "
                    "latter former people others rest "
                    "difference differences effect effects factor factors step steps rule rules "
                    "answer word words value values "
                    "author text document documents ");
}

bool en_names(const EnText *t, EnSpan s)
{
    bool names = false;
    if (s.first >= s.end || ends_badly(t, s.end - 1, s.first) || !quotes_pair(t, s)) return false;
    for (size_t i = s.first; i < s.end; i++) {
        const EnToken *k = &t->tokens[i];
        if (k->tags & EN_STOP || strlen(k->text) > 28) return false;
        if (k->tags & EN_CAPITAL) {
            names = true;
            continue;
        }
        unsigned closed = EN_DETERMINER | EN_POSSESSIVE | EN_PREPOSITION | EN_PRONOUN |
                          EN_AUXILIARY | EN_CONJUNCTION | EN_SUBORDINATOR | EN_RELATIVE |
                          EN_ADVERB | EN_ADJECTIVE | EN_NUMBER | EN_COMMA | EN_QUOTE;
        if (k->tags & closed || is_vague(k->lower)) continue;
        names |= strlen(k->lower) > 2;
    }
    return names;
}

EnSpan en_noun_phrase(const EnText *t, size_t first, size_t end)
{
    size_t i = first, noun = first;
    for (; i < end && i < first + SUBJECT_MOST; i++) {
        const EnToken *k = &t->tokens[i];
        bool start = i == noun;
        if (k->tags & (EN_COMMA | EN_STOP | EN_AUXILIARY | EN_SUBORDINATOR | EN_RELATIVE) &&
            !(k->tags & EN_CAPITAL) && !(start && k->tags & EN_DETERMINER))
            break;
        if (k->tags & EN_CAPITAL) continue;
        if (k->tags & (EN_DETERMINER | EN_POSSESSIVE) && start) continue;
        if (en_is(k->lower, " of ") && i > first) {
            noun = i + 1;
            continue;
        }
        if (k->tags & (EN_PREPOSITION | EN_PRONOUN | EN_DETERMINER)) break;
        if (k->tags & EN_CONJUNCTION && i > first &&
            t->tokens[i - 1].tags & (EN_ING | EN_ADJECTIVE) && i + 2 < end &&
            !(t->tokens[i + 1].tags & BARRIER))
            continue;
        if (k->tags & EN_CONJUNCTION) break;
        if (k->tags & EN_ADVERB && !start) break;
        if (k->tags & (EN_THIRD | EN_PAST | EN_BASE) && !(k->tags & EN_NOUNLIKE) &&
            !(k->tags & EN_PARTICIPLE && i + 1 < end && start) && i > first)
            break;
    }
    while (i > first && ends_badly(t, i - 1, first)) i--;
    EnSpan s = {first, i};
    return en_names(t, s) ? s : (EnSpan){first, first};
}

bool en_plural(const EnText *t, EnSpan s)
{
    size_t head = s.first;
    for (size_t i = s.first; i < s.end; i++) {
        const EnToken *k = &t->tokens[i];
        if (k->tags & EN_CONJUNCTION && en_is(k->lower, " and ")) return true;
        if (k->tags & EN_PREPOSITION && i > s.first && !(k->tags & EN_CAPITAL)) break;
        head = i;
    }
    return ends_plural(t->tokens[head].lower);
}

/* ---- questions ---- */

void en_word(EnQuestion *q, const char *word)
{
    if (q->out.size > 0 && *word) str_add_char(&q->out, ' ');
    str_add(&q->out, word);
}

/* Whether the lower-case form stands somewhere in the passage as a word. */
static bool stands_in(const Asker *a, const char *word)
{
    const char *text = str_get(&a->plain);
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
        if ((at == text || at[-1] == ' ') && !utf8_is_word((unsigned char)at[n])) return true;
    }
    return false;
}

static bool has_ending(const char *w, const char *const *endings)
{
    size_t n = strlen(w);
    for (; *endings; endings++) {
        size_t e = strlen(*endings);
        if (n > e + 2 && strcmp(w + n - e, *endings) == 0) return true;
    }
    return false;
}

/* The first word of a sentence: is its capital that of a name? */
static bool keeps_capital(const EnText *t, size_t i)
{
    static const char *const COMMON[] = {"tion", "tions", "ment", "ments", "ing",  "ness", "ity",
                                         "ism",  "ance",  "ence", "ies",   "ists", "ers",  "ors",
                                         "sses", "ages",  "ted",  "ive",   NULL};
    const EnToken *k = &t->tokens[i];
    for (const char *c = k->text + 1; *c; c++) {
        if (is_upper(*c) || is_digit(*c)) return true;
    }
    if (k->tags & ~(unsigned)EN_CAPITAL) return false;
    if (stands_in(t->asker, k->lower) || has_ending(k->lower, COMMON)) return false;
    unsigned after = tags_at(t, i + 1, t->count);
    if (after & EN_CAPITAL) return true;
    return i + 1 == t->count || after != 0 ? !ends_plural(k->lower) : false;
}

/* The company for "we": the verb behind it becomes a singular. */
static size_t put_company(EnQuestion *q, size_t i, size_t end)
{
    static const char *const SINGULAR[][2] = {
        {"are", "is"},        {"have", "has"},     {"were", "was"},       {"do", "does"},
        {"don't", "doesn't"}, {"aren't", "isn't"}, {"weren't", "wasn't"}, {"haven't", "hasn't"}};
    const EnText *t = q->text;
    en_word(q, "the company");
    for (i++; i < end && t->tokens[i].tags & EN_ADVERB; i++) en_word(q, t->tokens[i].text);
    if (i >= end) return i;
    const EnToken *k = &t->tokens[i];
    for (size_t s = 0; s < sizeof SINGULAR / sizeof *SINGULAR; s++) {
        if (strcmp(k->lower, SINGULAR[s][0]) != 0) continue;
        en_word(q, SINGULAR[s][1]);
        return i + 1;
    }
    if (k->tags & EN_AUXILIARY || (k->tags & EN_PAST && !(k->tags & EN_BASE))) {
        en_word(q, k->text);
    } else if (k->tags & EN_BASE && k->base) {
        Str third = {0};
        en_third(k->base, &third);
        en_word(q, str_get(&third));
        str_release(&third);
    } else {
        q->bad = true;
    }
    return i + 1;
}

static const char *company_word(const char *lower)
{
    static const char *const WORDS[][2] = {{"our", "the company's"},
                                           {"us", "the company"},
                                           {"ours", "the company's"},
                                           {"ourselves", "itself"}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcmp(lower, WORDS[i][0]) == 0) return WORDS[i][1];
    }
    return NULL;
}

/* The reader asks: I for "you" before its verb, me elsewhere. Returns where to go on. */
static size_t put_reader(EnQuestion *q, size_t i, size_t end)
{
    const EnText *t = q->text;
    unsigned after = i + 1 < end ? t->tokens[i + 1].tags : 0;
    unsigned before = i > 0 ? t->tokens[i - 1].tags : 0, ends = EN_PREPOSITION | EN_STOP |
                                                                EN_COMMA | EN_CONJUNCTION |
                                                                EN_DETERMINER | EN_POSSESSIVE;
    size_t n = i + 1 < end ? strlen(t->tokens[i + 1].lower) : 0;
    bool verb = after & (EN_AUXILIARY | EN_BASE | EN_PAST) ||
                (n > 3 && !after && strcmp(t->tokens[i + 1].lower + n - 2, "ed") == 0);
    bool object = before & EN_VERB || (before & EN_PREPOSITION && !(before & EN_SUBORDINATOR));
    bool subject = n > 0 && (verb || (!object && !(after & ends)));
    en_word(q, subject ? "I" : "me");
    if (!subject ||
        (strcmp(t->tokens[i + 1].lower, "are") != 0 && strcmp(t->tokens[i + 1].lower, "were") != 0))
        return i + 1;
    en_word(q, strcmp(t->tokens[i + 1].lower, "are") == 0 ? "am" : "was");
    return i + 2;
}

static const char *reader_word(const char *lower)
{
    static const char *const WORDS[][2] = {
        {"your", "my"}, {"yours", "mine"}, {"yourself", "myself"}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (strcmp(lower, WORDS[i][0]) == 0) return WORDS[i][1];
    }
    return NULL;
}

void en_phrase(EnQuestion *q, EnSpan s)
{
    const EnText *t = q->text;
    bool open = false;
    for (size_t i = s.first; i < s.end;) {
        const EnToken *k = &t->tokens[i];
        bool company = t->asker->company && !(k->tags & EN_CAPITAL && i > 0);
        if (company && strcmp(k->lower, "we") == 0) {
            i = put_company(q, i, s.end);
            continue;
        }
        if (strcmp(k->lower, "you") == 0) {
            i = put_reader(q, i, s.end);
            continue;
        }
        const char *word = company ? company_word(k->lower) : NULL;
        if (!word) word = reader_word(k->lower);
        if (word && strcmp(word, "the company's") == 0 && strstr(str_get(&q->out), "the company"))
            word = "its";
        Str lowered = {0};
        if (!word && i == 0 && is_upper(*k->text) && !keeps_capital(t, 0)) {
            str_add_char(&lowered, (char)(*k->text | 0x20));
            str_add(&lowered, k->text + 1);
            word = str_get(&lowered);
        }
        if (!word) word = k->text;
        if (k->glued && i > s.first)
            str_add(&q->out, word);
        else
            en_word(q, word);
        /* nothing between an opening quote and its word: the word is glued; a closing one is glued
         * itself */
        if (k->tags & EN_QUOTE) open = !open;
        str_release(&lowered);
        i++;
    }
    q->bad |= open;
}

/* "cannot" is can and not; "isn't" is and not. */
static bool split_negated(const char *lower, char aux[16])
{
    size_t n = strlen(lower);
    if (n >= 16) return false;
    strcpy(aux, lower);
    if (strcmp(lower, "cannot") == 0 || strcmp(lower, "can't") == 0) {
        strcpy(aux, "can");
        return true;
    }
    if (strcmp(lower, "won't") == 0) {
        strcpy(aux, "will");
        return true;
    }
    if (n > 4 && strcmp(lower + n - 3, "n't") == 0) {
        aux[n - 3] = '\0';
        return true;
    }
    return false;
}

/* Words that add nothing to a question. */
static bool is_filler(const char *lower)
{
    return en_is(lower, " also therefore thus hence however generally typically usually often "
                        "currently primarily mainly largely already "
                        "still even then now further additionally historically principally simply "
                        "merely partly mostly furthermore just never ");
}

void en_inverted(EnQuestion *q, const EnClause *c, EnSpan rest)
{
    const EnText *t = q->text;
    const EnToken *k = &t->tokens[c->verb];
    bool we =
        c->subject.end == c->subject.first + 1 && en_is(t->tokens[c->subject.first].lower, " we ");
    bool company = we && t->asker->company;
    bool you = c->subject.end == c->subject.first + 1 &&
               strcmp(t->tokens[c->subject.first].lower, "you") == 0;
    char aux[16] = "";
    bool negated = split_negated(k->lower, aux);
    while (rest.first < rest.end && is_filler(t->tokens[rest.first].lower)) rest.first++;
    if (c->auxiliary) {
        const char *word = aux;
        if (company)
            word = en_is(aux, " are ")    ? "is"
                   : en_is(aux, " have ") ? "has"
                   : en_is(aux, " were ") ? "was"
                   : en_is(aux, " do ")   ? "does"
                                          : aux;
        if (you && en_is(word, " are were ")) word = strcmp(word, "are") == 0 ? "am" : "was";
        if (strcmp(word, "may") == 0) word = "might";
        en_word(q, word);
    } else {
        bool past = k->tags & EN_PAST && !(k->tags & EN_BASE && en_plural(t, c->subject));
        bool third = k->tags & EN_THIRD || en_is(k->lower, " has ") || company;
        if (en_is(k->lower, " had ")) past = true;
        en_word(q, past ? "did" : third ? "does" : "do");
    }
    if (company || you)
        en_word(q, you ? "I" : "the company");
    else
        en_phrase(q, c->subject);
    if (negated) en_word(q, "not");
    if (!c->auxiliary) {
        if (en_is(k->lower, " have has had "))
            en_word(q, "have");
        else if (k->base)
            en_word(q, k->base);
        else
            q->bad = true;
    }
    en_phrase(q, rest);
}
