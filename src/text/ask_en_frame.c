/* Tools of the English frames. */
#include <string.h>

#include "text/ask_en_frame.h"

EnQuestion frame_begin(const Frame *f, const char *words)
{
    EnQuestion q = {.text = f->t};
    if (*words) en_word(&q, words);
    return q;
}

bool en_token_is(const EnToken *k, const char *list)
{
    return en_is(k->lower, list);
}

bool frame_is(const Frame *f, size_t i, const char *list)
{
    return i < f->end && en_token_is(&f->t->tokens[i], list);
}

unsigned frame_tags(const Frame *f, size_t i)
{
    return i < f->end ? f->t->tokens[i].tags : EN_STOP;
}

size_t en_size(EnSpan s)
{
    return s.end > s.first ? s.end - s.first : 0;
}

bool frame_be(const Frame *f)
{
    return f->has_clause && en_token_is(f->verb, " is are was were ");
}

bool frame_negated(const Frame *f)
{
    size_t n = strlen(f->verb->lower);
    return en_find(f->t, f->clause.verb, f->follows, "not") != SIZE_MAX ||
           en_is(f->verb->lower, " cannot can't won't ") ||
           (n > 3 && strcmp(f->verb->lower + n - 3, "n't") == 0);
}

bool frame_we(const Frame *f)
{
    return en_size(f->clause.subject) == 1 && frame_is(f, f->clause.subject.first, " we ");
}

bool frame_you(const Frame *f)
{
    return en_size(f->clause.subject) == 1 && frame_is(f, f->clause.subject.first, " you ");
}

bool frame_name(const Frame *f, EnSpan s)
{
    for (size_t i = s.first; i < s.end; i++) {
        const EnToken *k = &f->t->tokens[i];
        bool capital = k->text[0] >= 'A' && k->text[0] <= 'Z';
        if (!capital && !en_token_is(k, " the of and de von van ")) return false;
    }
    return en_size(s) > 0 && !frame_is(f, s.end - 1, " the of and ") &&
           !(frame_tags(f, s.first) & (EN_DETERMINER | EN_PRONOUN) && en_size(s) < 2);
}

/* A year, a month with one, a full date behind "in" or "on" at i: its end; 0: none. */
size_t frame_time_end(const Frame *f, size_t i)
{
    static const char MONTHS[] =
        " january february march april may june july august september october november december ";
    if (!frame_is(f, i, " in on since by from during ")) return 0;
    size_t at = i + 1;
    if (frame_is(f, at, " early late mid ")) at++;
    size_t first = at;
    bool day = frame_tags(f, at) & EN_NUMBER && frame_is(f, at + 1, MONTHS);
    if (day) at++;
    if (frame_is(f, at, MONTHS)) {
        at++;
        if (frame_tags(f, at) & EN_NUMBER && strlen(f->t->tokens[at].text) <= 2) at++;
        if (frame_is(f, at, " , ") && frame_tags(f, at + 1) & EN_NUMBER) at++;
    }
    if (at < f->end) {
        const char *w = f->t->tokens[at].text;
        if (strlen(w) == 4 && strspn(w, "0123456789") == 4 && (*w == '1' || *w == '2'))
            return at + 1;
    }
    return at > first ? at : 0;
}

EnSpan frame_rest(const Frame *f, size_t most)
{
    return en_trim(f->t, f->clause.rest.first, f->clause.rest.end, most);
}

/* Whether a clause with the verb needs words behind it and has none. */
bool frame_complete(const Frame *f, EnSpan rest)
{
    if (en_size(rest) > 0) return true;
    return !f->clause.auxiliary && f->verb->tags & EN_INTRANSITIVE;
}

/* Two words at least that are no grammar. */
bool frame_names_enough(const Frame *f, EnSpan s)
{
    size_t n = 0;
    for (size_t i = s.first; i < s.end; i++) {
        const EnToken *k = &f->t->tokens[i];
        n += k->tags & EN_CAPITAL ||
             !(k->tags & (EN_DETERMINER | EN_POSSESSIVE | EN_PREPOSITION | EN_PRONOUN |
                          EN_AUXILIARY | EN_CONJUNCTION | EN_ADVERB | EN_NUMBER));
    }
    return n >= 2;
}
