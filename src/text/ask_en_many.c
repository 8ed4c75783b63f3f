/* Frames that ask how many, how much, when and how often. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/ask_en_frame.h"

/* An instruction with its condition: "Repeat X when Y" */
void en_ask_instruction(const Frame *f)
{
    size_t at = f->main;
    unsigned first = frame_tags(f, at), second = frame_tags(f, at + 1);
    bool object =
        second & (EN_DETERMINER | EN_POSSESSIVE | EN_ADJECTIVE | EN_NUMBER) || second == 0;
    if (!(first & EN_BASE) || first & EN_CAPITAL || !object ||
        (f->has_clause && f->clause.verb < at + 6))
        return;
    static const char *const OFTEN[] = {"once", "twice", "every", "daily", "weekly", "monthly"};
    static const char *const WHEN[] = {"when", "if", "before", "after", "until", "unless"};
    size_t often = SIZE_MAX, when = SIZE_MAX;
    for (size_t k = 0; k < sizeof OFTEN / sizeof *OFTEN; k++) {
        size_t found = en_find(f->t, at + 2, f->end, OFTEN[k]);
        if (found < often) often = found;
    }
    for (size_t k = 0; k < sizeof WHEN / sizeof *WHEN; k++) {
        size_t found = en_find(f->t, at + 2, f->end, WHEN[k]);
        if (found < when) when = found;
    }
    size_t limit = often < when ? often : when;
    EnSpan what = en_trim(f->t, at, limit < f->end ? limit : f->end, REST_MOST);
    if (en_size(what) < 3 || !en_names(f->t, (EnSpan){at + 1, what.end})) return;
    bool asked = limit != SIZE_MAX && what.end == limit;
    EnQuestion q = frame_begin(f, !asked         ? "Should I"
                                  : often < when ? "How often should I"
                                                 : "When should I");
    en_word(&q, f->t->tokens[at].lower);
    en_phrase(&q, (EnSpan){at + 1, what.end});
    en_offer(&q, !asked ? "whether" : often < when ? "how often" : "when", asked ? 0.7 : 0.35);
}

/* Things that are counted: the token of their number, and what they are. */
typedef struct Counted {
    size_t number;
    EnSpan what;
    bool there, modal, unit; /* "there are"; a verb behind a modal; seconds, days */
} Counted;

/* The number behind the verb; SIZE_MAX: no verb that counts. */
static size_t counting_from(const Frame *f, Counted *c)
{
    static const char VERBS[] = " contain include comprise employ operate need require use take "
                                "last cover win receive produce "
                                "hold offer provide give grant pay ";
    c->there = en_at(f->t, f->main, "there are") || en_at(f->t, f->main, "there were");
    if (c->there) return f->main + 2;
    if (!f->has_clause) return SIZE_MAX;
    c->modal = f->clause.auxiliary &&
               en_token_is(f->verb, " can may must should will shall could ") &&
               frame_tags(f, f->follows) & EN_BASE;
    if (c->modal) return f->follows + 1;
    if (f->clause.auxiliary) return SIZE_MAX;
    bool counts =
        en_token_is(f->verb, " has have had ") || (f->verb->base && en_is(f->verb->base, VERBS));
    return counts ? f->follows : SIZE_MAX;
}

static bool find_counted(const Frame *f, Counted *c)
{
    size_t n = counting_from(f, c);
    if (n == SIZE_MAX) return false;
    while (frame_is(
        f, n,
        " about approximately around over nearly almost exactly only more than at least up to "))
        n++;
    if (!(frame_tags(f, n) & EN_NUMBER) || strchr("$€£", f->t->tokens[n].text[0]) ||
        strchr(f->t->tokens[n].text, '%') || frame_is(f, n, " first second third one 1 "))
        return false;
    c->number = n;
    size_t first = n + 1;
    while (frame_is(f, first, " hundred thousand million billion ")) first++;
    c->what = en_noun_phrase(f->t, first, f->end);
    c->unit = frame_is(f, first, " seconds minutes hours days weeks months years ");
    /* "212 steps to the lamp room": a vague word, and what makes it clear */
    if (en_size(c->what) == 0 && (c->unit || frame_tags(f, first + 1) & EN_PREPOSITION))
        c->what.end = first + 1;
    if (en_size(c->what) > 5) {
        c->what.end = first + 5;
        if (!en_names(f->t, c->what)) return false;
    }
    return en_size(c->what) > 0 && en_plural(f->t, c->what) &&
           !frame_is(f, first, " percent euros dollars pounds cents yuan euro ");
}

/* "There are N X …", "X has N Y", "X can take N Y" */
void en_ask_count(const Frame *f)
{
    Counted c = {0};
    if (!find_counted(f, &c)) return;
    bool lasts = c.unit && !c.there && f->verb->base && en_is(f->verb->base, " last take ");
    bool more = frame_tags(f, c.what.end) & EN_PREPOSITION;
    EnQuestion q = frame_begin(f, lasts ? "How long" : "How many");
    if (!lasts) en_phrase(&q, c.what);
    if (c.there) {
        EnSpan rest = more ? en_trim(f->t, c.what.end, f->end, REST_MOST) : (EnSpan){0, 0};
        en_word(&q, f->t->tokens[f->main + 1].lower);
        en_word(&q, "there");
        en_phrase(&q, rest);
        q.bad |= en_size(c.what) + en_size(rest) < 2;
    } else {
        en_inverted(&q, &f->clause,
                    c.modal ? (EnSpan){f->follows, f->follows + 1} : (EnSpan){0, 0});
        if (more && !lasts) en_phrase(&q, en_trim(f->t, c.what.end, f->end, 7));
        q.bad |= frame_we(f) && f->asker->company && en_size(c.what) == 1;
    }
    en_offer(&q, "how many", 0.8);
}

/* A number behind the verb, and what kind of. */
typedef struct Amount {
    size_t at, verb; /* the number; "be" or "cost" behind a modal, else the clause's verb */
    size_t behind,
        time; /* the token behind its unit; the end of "in 2021", "per night" there, or 0 */
    bool modal, money, share, measured;
} Amount;

static bool find_amount(const Frame *f, Amount *m)
{
    static const char CURRENCIES[] =
        " dollars euros pounds yuan yen francs cents eur usd gbp chf rupees ";
    m->modal = f->clause.auxiliary && frame_is(f, m->at, " be cost ") &&
               en_token_is(f->verb, " may must can should will ");
    if (m->modal) m->verb = m->at++;
    while (frame_is(f, m->at,
                    " about approximately around over nearly almost by to up down at least most "
                    "between no more less than only "))
        m->at++;
    if (!(frame_tags(f, m->at) & EN_NUMBER)) return false;
    const char *w = f->t->tokens[m->at].text;
    size_t behind = m->at + 1;
    while (frame_is(f, behind, " thousand million billion ")) behind++;
    m->money =
        *w == '$' || str_starts(w, "€") || str_starts(w, "£") || frame_is(f, behind, CURRENCIES);
    m->share = strchr(w, '%') || frame_is(f, behind, " percent ");
    m->measured = (frame_tags(f, behind) == 0 || frame_is(f, behind, " and ")) && behind < f->end;
    if (frame_is(f, behind, CURRENCIES) || frame_is(f, behind, " percent ")) behind++;
    m->behind = behind;
    m->time = frame_time_end(f, behind);
    if (!m->time && (frame_is(f, behind, " as per ") || en_at(f->t, behind, "for the") ||
                     en_at(f->t, behind, "at the")))
        m->time = en_trim(f->t, behind, f->end, 9).end;
    return true;
}

/* "X was $17.5 billion in 2021", "X increased by 10%", "X may cost up to 130 euros per night" */
void en_ask_amount(const Frame *f)
{
    if (!f->has_clause || frame_we(f)) return;
    Amount m = {.at = f->follows, .verb = f->clause.verb};
    if (!find_amount(f, &m)) return;
    const char *base = f->verb->base ? f->verb->base : "";
    EnQuestion q;
    if (m.modal) {
        bool cost = frame_is(f, m.verb, " cost ");
        if (cost ? !m.money : !(m.money || m.share || m.measured)) return;
        q = frame_begin(f, m.money ? "How much" : "What");
        en_word(&q, f->verb->lower);
        en_phrase(&q, f->clause.subject);
        en_word(&q, f->t->tokens[m.verb].lower);
        if (!m.money) m.time = 0;
    } else if (frame_be(f) && (m.money || m.share)) {
        q = frame_begin(f, m.money ? "How much" : "How high");
        en_word(&q, f->verb->lower);
        en_phrase(&q, f->clause.subject);
    } else if (!f->clause.auxiliary && (m.money || m.share) &&
               en_is(base, " increase decrease grow decline rise fall drop improve reduce ")) {
        q = frame_begin(f, "By how much");
        en_inverted(&q, &f->clause, (EnSpan){0, 0});
    } else if (!f->clause.auxiliary && m.money && en_is(base, " cost total reach exceed ")) {
        q = frame_begin(f, en_is(base, " cost ") ? "How much" : "What amount");
        en_inverted(&q, &f->clause, (EnSpan){0, 0});
    } else {
        return;
    }
    if (m.time > m.behind) en_phrase(&q, (EnSpan){m.behind, m.time});
    en_offer(&q, "how much", 0.85);
}

/* "X is composed of 51 Y", "X is divided into three Y" */
void en_ask_parts(const Frame *f)
{
    size_t n = f->follows + 2;
    if (!frame_be(f) || frame_we(f) || !(frame_tags(f, f->follows) & EN_PARTICIPLE) ||
        !frame_is(f, f->follows + 1, " of into in by with "))
        return;
    if (!(frame_tags(f, n) & EN_NUMBER) || frame_is(f, n, " one first second third ") ||
        frame_time_end(f, f->follows + 1))
        return;
    EnSpan what = en_trim(f->t, n + 1, f->end, 3);
    if (en_size(what) == 0 || !en_plural(f->t, what) || frame_tags(f, what.first) & EN_PREPOSITION)
        return;
    EnQuestion q = frame_begin(f, "How many");
    en_phrase(&q, what);
    en_word(&q, f->verb->lower);
    en_phrase(&q, f->clause.subject);
    en_phrase(&q, (EnSpan){f->follows, f->follows + 2});
    en_offer(&q, "how many", 0.8);
}

/* "X was founded in 1998", "In 1998, A bought B" */
void en_ask_when(const Frame *f)
{
    if (!f->has_clause) return;
    const EnClause *c = &f->clause;
    bool passive = en_token_is(f->verb, " was were ") && frame_tags(f, f->follows) & EN_PARTICIPLE;
    bool active = !c->auxiliary && f->verb->tags & EN_PAST;
    if (frame_be(f) && f->follows == c->rest.first && frame_time_end(f, f->follows)) {
        EnQuestion q = frame_begin(f, "When");
        en_inverted(&q, c, (EnSpan){0, 0});
        en_offer(&q, "when", 0.75);
        return;
    }
    if (!passive && !active) return;
    size_t opening = f->main > 0 ? frame_time_end(f, 0) : 0;
    EnSpan rest = {0, 0};
    bool found = opening > 0 && opening + 1 == f->main;
    if (found) rest = frame_rest(f, REST_MOST);
    for (size_t i = c->rest.first; i < f->end && !found; i++) {
        if (frame_tags(f, i) & (EN_COMMA | EN_STOP | EN_SUBORDINATOR | EN_RELATIVE)) break;
        if (!frame_time_end(f, i) || frame_is(f, i, " from by during ")) continue;
        rest = en_trim(f->t, c->rest.first, i, REST_MOST);
        found = rest.end == i || en_size(rest) > 2;
    }
    if (!found || !frame_complete(f, rest)) return;
    EnQuestion q = frame_begin(f, "When");
    en_inverted(&q, c, rest);
    en_offer(&q, "when", 0.8);
}

/* "must be renewed before …": asks for the time or the condition. */
void en_ask_duty(const Frame *f)
{
    if (!f->has_clause || !f->clause.auxiliary || !en_token_is(f->verb, " must should may can ") ||
        frame_we(f) || frame_negated(f))
        return;
    static const char *const LIMITS[] = {"before", "within", "after",  "until",
                                         "when",   "if",     "unless", "every"};
    size_t at = SIZE_MAX;
    for (size_t k = 0; k < sizeof LIMITS / sizeof *LIMITS; k++) {
        size_t found = en_find(f->t, f->follows + 1, f->end, LIMITS[k]);
        if (found < at) at = found;
    }
    EnSpan rest = en_trim(f->t, f->clause.rest.first, at < f->end ? at : f->end, REST_MOST);
    while (en_size(rest) > 2 && frame_is(f, rest.end - 1, " only ")) rest.end--;
    if (en_size(rest) < 2) return;
    bool when = at != SIZE_MAX &&
                (rest.end == at || (rest.end + 1 == at && frame_is(f, rest.end, " only ")));
    EnQuestion q = frame_begin(f, when ? "When" : "");
    bool possible =
        frame_is(f, f->follows, " be ") && !(frame_tags(f, f->follows + 1) & EN_PARTICIPLE);
    if (en_token_is(f->verb, " may ") && !possible) { /* what is allowed, not what is possible */
        en_word(&q, "can");
        if (frame_you(f))
            en_word(&q, "I");
        else
            en_phrase(&q, f->clause.subject);
        en_phrase(&q, rest);
    } else {
        en_inverted(&q, &f->clause, rest);
    }
    en_offer(&q, when ? "when" : "whether", when ? 0.7 : 0.35);
}

/* "pays 100% of the premium" → "What percentage of the premium …?", "can spend up to $3,000 on X" →
 * "How much can … on X?" */
void en_ask_share(const Frame *f)
{
    if (!f->has_clause || frame_negated(f)) return;
    bool modal = f->clause.auxiliary && en_token_is(f->verb, " can may must should will could ") &&
                 frame_tags(f, f->follows) & EN_BASE && !frame_is(f, f->follows, " be cost ");
    if (!modal && (f->clause.auxiliary || !f->verb->base)) return;
    size_t verb = modal ? f->follows : f->clause.verb, n = verb + 1;
    while (
        frame_is(f, n, " about approximately around over nearly almost up to at least most only "))
        n++;
    if (!(frame_tags(f, n) & EN_NUMBER)) return;
    const char *w = f->t->tokens[n].text;
    bool share = strchr(w, '%') != NULL,
         money = *w == '$' || str_starts(w, "€") || str_starts(w, "£");
    size_t behind = n + 1;
    while (frame_is(f, behind, " thousand million billion ")) behind++;
    EnSpan rest = en_trim(f->t, share ? behind + 1 : behind, f->end, 7);
    EnQuestion q;
    if (share && frame_is(f, behind, " of ") && en_names(f->t, rest)) {
        q = frame_begin(f, "What percentage of");
        en_phrase(&q, rest);
        rest = (EnSpan){0, 0};
    } else if (money && frame_tags(f, behind) & EN_PREPOSITION && en_size(rest) > 1) {
        q = frame_begin(f, "How much");
    } else {
        return;
    }
    en_inverted(&q, &f->clause, modal ? (EnSpan){verb, verb + 1} : (EnSpan){0, 0});
    en_phrase(&q, rest);
    en_offer(&q, "how much", 0.8);
}

/* "is capped at $200", "are refunded at 0.30 euros" → "At what amount is … capped?" */
void en_ask_rate(const Frame *f)
{
    static const char SET[] = " capped limited set fixed priced charged billed refunded reimbursed "
                              "taxed sold valued issued paid ";
    if (!frame_be(f) || frame_we(f) || !frame_is(f, f->follows, SET) ||
        !frame_is(f, f->follows + 1, " at to "))
        return;
    size_t n = f->follows + 2;
    if (!(frame_tags(f, n) & EN_NUMBER)) return;
    bool rate = strchr(f->t->tokens[n].text, '%') ||
                en_find(f->t, n, n + 4 < f->end ? n + 4 : f->end, "per") != SIZE_MAX;
    EnQuestion q = frame_begin(f, rate ? "At what rate" : "At what amount");
    en_inverted(&q, &f->clause, (EnSpan){f->follows, f->follows + 1});
    en_offer(&q, "how much", 0.8);
}

/* "X is reviewed once per year" → "How often is X reviewed?" */
void en_ask_often(const Frame *f)
{
    if (!f->has_clause || frame_negated(f)) return;
    static const char *const OFTEN[] = {"once a",    "once per",   "once every",  "twice a",
                                        "twice per", "every year", "every month", "every week",
                                        "every day", "daily",      "weekly",      "monthly",
                                        "quarterly", "annually",   "each year"};
    size_t at = SIZE_MAX;
    for (size_t k = 0; k < sizeof OFTEN / sizeof *OFTEN; k++) {
        size_t found = en_find(f->t, f->clause.rest.first, f->end, OFTEN[k]);
        if (found < at) at = found;
    }
    if (at == SIZE_MAX) return;
    EnSpan rest = en_trim(f->t, f->clause.rest.first, at, REST_MOST);
    if (rest.end != at || (en_size(rest) == 0 && !(f->verb->tags & EN_INTRANSITIVE)) ||
        frame_is(f, rest.first, " a an the ") ||
        (frame_be(f) && frame_tags(f, rest.first) & EN_PREPOSITION))
        return;
    EnQuestion q = frame_begin(f, "How often");
    en_inverted(&q, &f->clause, rest);
    en_offer(&q, "how often", 0.8);
}

/* "There is a waiting period for X" → "Is there a waiting period for X?" */
void en_ask_there(const Frame *f)
{
    size_t at = f->main;
    bool one = en_at(f->t, at, "there is"), past = en_at(f->t, at, "there was");
    if (!one && !past && !en_at(f->t, at, "there are") && !en_at(f->t, at, "there were")) return;
    size_t first = at + 2;
    bool none = frame_is(f, first, " no ");
    if (none) first++;
    if (!none && !frame_is(f, first, " a an ")) return;
    EnSpan what = en_trim(f->t, first, f->end, 11);
    if (en_size(what) < 3 || !frame_names_enough(f, what)) return;
    EnQuestion q = frame_begin(f, f->t->tokens[at + 1].lower);
    en_word(&q, "there");
    if (none) en_word(&q, one || past ? "a" : "any");
    if (none && strchr("aeiou", *f->t->tokens[first].lower) && (one || past)) q.bad = true;
    en_phrase(&q, what);
    en_offer(&q, "whether", 0.4);
}
