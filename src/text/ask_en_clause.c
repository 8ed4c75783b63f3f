/* English sentences as words, clauses and phrases, and phrases put back together as questions. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_en.h"

#define TOKENS_MAX 160
#define SUBJECT_MOST 13
#define SUBJECT_MOST_OPENING 16 /* of an opening before its comma */

/* ---- words ---- */

bool en_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool en_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_number(const char *w)
{
    const char *first = w;
    while (*w && strchr("$-+(~", *w)) w++;
    if (strncmp(w, "€", 3) == 0) w += 3;
    if (strncmp(w, "£", 2) == 0) w += 2;
    bool money = w > first && en_is_digit(*w);
    if (!en_is_digit(*w)) return false;
    for (; *w && !money; w++) {
        if (!en_is_digit(*w) && !strchr(".,%/:-", *w)) return false;
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
    if (t->count > 0 && en_is_upper(*at)) {
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

unsigned en_tags_at(const EnText *t, size_t i, size_t end)
{
    return i < end ? t->tokens[i].tags : EN_STOP;
}

/* An auxiliary behind token i that would make a participle or a noun of it. */
static bool auxiliary_follows(const EnText *t, size_t i, size_t end)
{
    for (i++; i < end && !(t->tokens[i].tags & EN_BARRIER); i++) {
        if (t->tokens[i].tags & EN_AUXILIARY) return true;
    }
    return false;
}

bool en_ends_plural(const char *w)
{
    size_t n = strlen(w);
    bool s = n > 2 && w[n - 1] == 's' && w[n - 2] != 's' && w[n - 2] != 'u' && w[n - 2] != '\'' &&
             !(w[n - 2] == 'i' && n > 4);
    return s ||
           en_is(w, " people children men women criteria media data staff police mice feet teeth ");
}

bool en_begins_object(unsigned tags)
{
    return tags & (EN_DETERMINER | EN_POSSESSIVE | EN_NUMBER);
}

/* Is token i surely the finite verb of a subject that ends before it? */
static bool is_finite(const EnText *t, size_t i, size_t first, size_t end)
{
    const EnToken *k = &t->tokens[i];
    unsigned before = t->tokens[i - 1].tags, after = en_tags_at(t, i + 1, end);
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
        return !en_ends_plural(subject_end) && (en_begins_object(after) || after & EN_ADVERB);
    if (k->tags & EN_PAST) {
        if (en_begins_object(after) || after & EN_PRONOUN ||
            (after & EN_CAPITAL && !(before & EN_PRONOUN)))
            return true;
        return k->tags & EN_INTRANSITIVE && !en_at(t, i + 1, "by") &&
               (after & (EN_PREPOSITION | EN_ADVERB | EN_STOP) || i + 1 == end);
    }
    if (k->tags & EN_BASE && en_ends_plural(subject_end))
        return k->tags & EN_NOUNLIKE ? (en_begins_object(after) != 0)
                                     : !(before & EN_CAPITAL && i == first + 1);
    return false;
}

static bool subject_token_is_good(const EnText *t, size_t i, size_t first)
{
    const EnToken *k = &t->tokens[i];
    const char *point = strchr(k->text, '.');
    if (k->tags & (EN_COMMA | EN_STOP | EN_AUXILIARY)) return false;
    if (point && point > k->text + 1 && point[1] && !en_is_digit(point[1]))
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
    unsigned follows = en_tags_at(t, next, end);
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
