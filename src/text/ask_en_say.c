/* English phrases put back together as questions: "we" and "you" as a stranger says them, the verb
 * before its subject. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/ask_en.h"

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
        if (en_is_upper(*c) || en_is_digit(*c)) return true;
    }
    if (k->tags & ~(unsigned)EN_CAPITAL) return false;
    if (stands_in(t->asker, k->lower) || has_ending(k->lower, COMMON)) return false;
    unsigned after = en_tags_at(t, i + 1, t->count);
    if (after & EN_CAPITAL) return true;
    return i + 1 == t->count || after != 0 ? !en_ends_plural(k->lower) : false;
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
        if (!word && i == 0 && en_is_upper(*k->text) && !keeps_capital(t, 0)) {
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
