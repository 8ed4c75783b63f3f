/* English phrases: where one can be cut, what makes it a noun. */
#include <stdlib.h>
#include <string.h>

#include "text/ask_en.h"

#define PHRASE_MOST 13 /* words of a noun phrase */

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
        return en_begins_object(t->tokens[i - 1].tags) ||
               !en_is(k->lower, " able available possible necessary responsible subject general "
                                "total public local ready aware true false free empty full ");
    }
    return en_is(k->lower, " based related according due pursuant having being been doing least ");
}

/* Whether the phrase ends before token i, whatever follows. */
static bool phrase_stops(const EnText *t, size_t i, size_t end, size_t first)
{
    const EnToken *k = &t->tokens[i];
    unsigned after = en_tags_at(t, i + 1, end);
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
    if (!(en_tags_at(t, i, end) & EN_COMMA)) return false;
    if (en_tags_at(t, i + 1, end) & EN_CONJUNCTION) {
        /* ", and C": another clause when a verb follows */
        for (size_t j = i + 2; j < end && j < i + 8 && !(t->tokens[j].tags & (EN_COMMA | EN_STOP));
             j++) {
            if (t->tokens[j].tags & (EN_AUXILIARY | EN_THIRD | EN_PAST)) return false;
        }
        return true;
    }
    if (en_tags_at(t, i + 1, end) &
            (EN_RELATIVE | EN_SUBORDINATOR | EN_PREPOSITION | EN_ING | EN_ADVERB | EN_PRONOUN) ||
        en_is(t->tokens[i + 1 < end ? i + 1 : i].lower, " including such as "))
        return false;
    for (size_t j = i + 1; j < end && j < i + 9; j++) {
        if (t->tokens[j].tags & (EN_AUXILIARY | EN_STOP | EN_RELATIVE)) return false;
        if (t->tokens[j].tags & EN_CONJUNCTION) return true;
        if (t->tokens[j].tags & EN_COMMA)
            return en_tags_at(t, j + 1, end) & EN_CONJUNCTION || list_goes_on(t, j, end);
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
    unsigned tags = t->tokens[i].tags, after = en_tags_at(t, i + 1, end);
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
    for (; i < end && i < first + PHRASE_MOST; i++) {
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
            !(t->tokens[i + 1].tags & EN_BARRIER))
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
    return en_ends_plural(t->tokens[head].lower);
}
