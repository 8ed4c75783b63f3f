/* Frames that ask why, how, and what happens if. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/ask_en_frame.h"

#define CLAUSE_MOST 13 /* words of an if-clause */

/* The clause whose cause is named from token `cause` on. */
static bool clause_before(const Frame *f, size_t cause, EnClause *ret)
{
    size_t start = f->main;
    for (size_t i = f->main; i + 3 < cause; i++) {
        if (frame_tags(f, i) & (EN_COMMA | EN_STOP)) start = i + 1;
    }
    if (start > f->main && frame_tags(f, start) & EN_CONJUNCTION) start++;
    while (start > f->main && frame_tags(f, start) & EN_ADVERB) start++;
    if (en_clause(f->t, start, cause, ret)) return true;
    return start != f->main && en_clause(f->t, f->main, cause, ret);
}

static void offer_why(const Frame *f, const EnClause *c, size_t end, double base)
{
    EnSpan rest = en_trim(f->t, c->rest.first, c->rest.end < end ? c->rest.end : end, REST_MOST);
    bool lexical = !c->auxiliary && f->t->tokens[c->verb].tags & EN_INTRANSITIVE;
    if (en_size(rest) == 0 && !lexical) return;
    unsigned only = f->t->tokens[rest.first].tags;
    if (c->auxiliary && en_size(rest) == 1 && only & EN_BASE && !(only & EN_INTRANSITIVE))
        return; /* its object was lost */
    EnQuestion q = frame_begin(f, "Why");
    en_inverted(&q, c, rest);
    en_offer(&q, "why", base);
}

/* "… because …", "As a result of …, …" */
void en_ask_why(const Frame *f)
{
    static const char *const CAUSES[] = {"because",        "due to",        "owing to",
                                         "as a result of", "on account of", "in order to",
                                         "so that"};
    for (size_t k = 0; k < sizeof CAUSES / sizeof *CAUSES; k++) {
        size_t at = en_find(f->t, f->main, f->end, CAUSES[k]);
        if (at == SIZE_MAX || at == f->main) continue;
        EnClause c;
        /* "was mainly due to" */
        size_t be = at - 1;
        while (be > f->main && frame_tags(f, be) & EN_ADVERB) be--;
        if (frame_is(f, be, " is are was were ") && en_clause(f->t, f->main, at, &c) &&
            c.verb == be && !frame_is(f, c.subject.first, " we ")) {
            EnQuestion q =
                frame_begin(f, frame_is(f, be, " was were ") ? "What was the main reason for"
                                                             : "What is the reason for");
            en_phrase(&q, c.subject);
            en_offer(&q, "why", 0.8);
            return;
        }
        if (clause_before(f, at, &c)) offer_why(f, &c, at, k < 1 ? 0.85 : 0.75);
        return;
    }
    bool opening = en_at(f->t, 0, "as a result of") || en_at(f->t, 0, "because") ||
                   en_at(f->t, 0, "due to") || en_at(f->t, 0, "since") ||
                   en_at(f->t, 0, "in order to");
    if (opening && f->main > 3 && f->has_clause && !frame_time_end(f, 0))
        offer_why(f, &f->clause, f->end, 0.8);
}

/* "The increase was attributable to …", "X is caused by …" */
void en_ask_driver(const Frame *f)
{
    if (!frame_be(f) || frame_we(f)) return;
    static const char *const DRIVERS[] = {"attributable to", "driven by", "caused by",
                                          "the result of", "a result of"};
    for (size_t k = 0; k < sizeof DRIVERS / sizeof *DRIVERS; k++) {
        if (!en_at(f->t, f->follows, DRIVERS[k])) continue;
        bool past = en_token_is(f->verb, " was were ");
        EnQuestion q = frame_begin(f, k == 2 ? (past ? "What caused" : "What causes")
                                      : past ? "What was the main reason for"
                                             : "What is the main reason for");
        en_phrase(&q, f->clause.subject);
        en_offer(&q, "why", 0.8);
        return;
    }
}

/* Verbs that say what one thing does to another. */
static const char EFFECTS[] =
    " affect impact harm reduce increase limit improve influence disrupt impair weaken strengthen "
    "damage change threaten delay "
    "hinder slow raise lower protect prevent restrict decrease undermine jeopardize ";

/* "X may adversely affect Y", "X reduces Y" */
void en_ask_effect(const Frame *f)
{
    if (!f->has_clause || frame_we(f)) return;
    size_t v = f->clause.auxiliary ? f->follows : f->clause.verb;
    if (v >= f->end || !f->t->tokens[v].base ||
        !en_token_is(&(EnToken){.lower = f->t->tokens[v].base}, EFFECTS))
        return;
    unsigned form = f->t->tokens[v].tags;
    bool modal = en_token_is(f->verb, " may might could can would will ");
    if (frame_negated(f)) return;
    if (f->clause.auxiliary ? !(modal && form & EN_BASE) : !(form & (EN_THIRD | EN_PAST | EN_BASE)))
        return;
    EnSpan object = en_trim(f->t, v + 1, f->end, REST_MOST - 1);
    if (en_size(object) == 0 ||
        !(en_names(f->t, object) || frame_tags(f, object.first) & EN_POSSESSIVE))
        return;
    EnQuestion q = frame_begin(f, "How");
    if (!f->clause.auxiliary) {
        en_inverted(&q, &f->clause, object);
    } else {
        en_word(&q, en_token_is(f->verb, " will can ") ? f->verb->lower : "could");
        en_phrase(&q, f->clause.subject);
        en_word(&q, f->t->tokens[v].base);
        en_phrase(&q, object);
    }
    en_offer(&q, "effect", 0.8);
}

/* "X is affected by Y" → "How does Y affect X?" would turn two phrases: asks for Y instead. */
void en_ask_affected(const Frame *f)
{
    if (!f->has_clause || frame_we(f) || !f->clause.auxiliary) return;
    bool modal = en_token_is(f->verb, " may might could can ");
    size_t v = f->follows;
    if (modal && frame_is(f, v, " be "))
        v++;
    else if (!frame_be(f))
        return;
    while (frame_tags(f, v) & EN_ADVERB) v++;
    if (!frame_is(f, v, " affected impacted harmed influenced limited ") ||
        !en_at(f->t, v + 1, "by"))
        return;
    EnQuestion q = frame_begin(f, modal                                ? "What could"
                                  : en_token_is(f->verb, " was were ") ? "What"
                                                                       : "What factors");
    if (modal || !en_token_is(f->verb, " was were "))
        en_word(&q, f->t->tokens[v].base ? f->t->tokens[v].base : "affect");
    else
        en_word(&q, f->t->tokens[v].lower);
    en_phrase(&q, f->clause.subject);
    en_offer(&q, "effect", 0.65);
}

/* "If A, B" and "B if A"; "When A, B" */
void en_ask_condition(const Frame *f)
{
    static const char *const WORDS[][2] = {{"if", "What happens if"},
                                           {"when", "What happens when"}};
    for (size_t k = 0; k < 2; k++) {
        size_t at = en_find(f->t, 0, f->end, WORDS[k][0]);
        if (at == SIZE_MAX || at + 3 > f->end || (k == 1 && at > 0)) continue;
        if (at > 0 &&
            frame_is(f, at - 1, " even as only and or ask see decide determine know whether "))
            continue;
        EnClause c;
        size_t end = at + 1;
        while (end < f->end && !(frame_tags(f, end) & (EN_COMMA | EN_STOP))) end++;
        if (!en_clause(f->t, at + 1, end, &c) || end - at > CLAUSE_MOST + 4) continue;
        EnSpan rest = en_trim(f->t, c.rest.first, f->end,
                              CLAUSE_MOST - (c.rest.first - at > 8 ? 8 : c.rest.first - at));
        bool lexical = !c.auxiliary && f->t->tokens[c.verb].tags & EN_INTRANSITIVE;
        if (en_size(rest) == 0 && !lexical) continue;
        bool possible = f->has_clause && en_token_is(f->verb, " may might could ");
        /* "if" for "when" and the other way round, where the same word would make a copy of it */
        const char *frames[2] = {k == 0 && possible ? "What could happen if" : WORDS[k][1],
                                 WORDS[1 - k][1]};
        EnSpan brief = en_trim(f->t, c.rest.first, f->end, 5);
        for (int n = 0; n < 4; n++) {
            EnSpan what = n < 2 ? rest : brief;
            if (n >= 2 && en_size(brief) == 0) break;
            EnQuestion q = frame_begin(f, frames[n % 2]);
            en_phrase(&q, (EnSpan){at + 1, en_size(what) ? what.end : c.rest.first});
            if (en_offer(&q, "condition", 0.75)) return;
        }
        return;
    }
}

/* "X is calculated by …", "X are recorded as …" */
void en_ask_passive(const Frame *f)
{
    static const char DONE[] =
        " calculated computed measured determined recognized recorded estimated accounted treated "
        "classified presented reported valued "
        "defined made chosen selected organized managed handled stored computed built tested "
        "assessed evaluated funded financed governed regulated "
        "allocated distributed divided split updated combined represented weighted ranked scored "
        "trained produced processed cleaned prepared "
        "applied protected verified checked approved elected appointed paid priced adjusted "
        "translated amortized depreciated tracked cooked "
        "installed configured connected removed replaced counted named derived obtained formed ";
    if (!frame_be(f) || !frame_is(f, f->follows, DONE) || frame_we(f)) return;
    if (frame_negated(f)) return;
    size_t next = f->follows + 1;
    if (frame_is(f, next, " for ") && frame_is(f, f->follows, " accounted ")) next++;
    while (frame_tags(f, next) & EN_ADVERB) next++;
    bool how =
        frame_is(f, next,
                 " by using as based on at from through with via into under over according in ") &&
        !frame_time_end(f, next);
    if (!how) return;
    EnQuestion q = frame_begin(f, "How");
    en_word(&q, f->verb->lower);
    en_phrase(&q, f->clause.subject);
    en_phrase(&q, (EnSpan){f->follows, f->follows + 1});
    if (frame_is(f, f->follows, " accounted ")) en_word(&q, "for");
    en_offer(&q, "how", 0.8);
}

/* "X does Y by doing Z", "X does Y through Z" */
void en_ask_manner(const Frame *f)
{
    if (!f->has_clause || frame_be(f) || frame_negated(f)) return;
    for (size_t i = f->clause.rest.first + 2; i + 1 < f->end; i++) {
        if (frame_tags(f, i) & EN_STOP) return;
        bool by = frame_is(f, i, " by through using via ") &&
                  (frame_is(f, i, " using ") || frame_tags(f, i + 1) & EN_ING ||
                   frame_is(f, i, " through via "));
        if (!by) continue;
        EnSpan rest = en_trim(f->t, f->clause.rest.first, i, REST_MOST);
        if (en_size(rest) < 1 || rest.end != i) return;
        EnQuestion q = frame_begin(f, "How");
        en_inverted(&q, &f->clause, rest);
        en_offer(&q, "how", 0.7);
        return;
    }
}

/* "To do X, we do Y" → "How does the company do X?" */
static void ask_means(const Frame *f)
{
    EnSpan what = en_trim(f->t, 1, f->main, REST_MOST + 2);
    bool past = !f->clause.auxiliary && f->verb->tags & EN_PAST && !(f->verb->tags & EN_BASE);
    if (en_size(what) < 2 || frame_be(f) || !en_names(f->t, (EnSpan){2, what.end})) return;
    bool we = frame_we(f), one = we ? f->asker->company : !en_plural(f->t, f->clause.subject);
    EnQuestion q = frame_begin(f, past ? "How did" : one ? "How does" : "How do");
    if (we && f->asker->company)
        en_word(&q, "the company");
    else
        en_phrase(&q, f->clause.subject);
    en_phrase(&q, what);
    en_offer(&q, "how", 0.85);
}

/* "To do X, do Y", "You can do X by …" → "How do I do X?" */
void en_ask_howto(const Frame *f)
{
    size_t at = SIZE_MAX, end = f->end;
    if (en_at(f->t, 0, "to") && frame_tags(f, 1) & EN_BASE && f->main > 2) {
        at = 1;
        end = f->main;
    } else if (f->has_clause && frame_we(f) && en_at(f->t, f->clause.subject.first, "you") &&
               en_token_is(f->verb, " can could may ") && frame_tags(f, f->follows) & EN_BASE) {
        at = f->follows;
    }
    if (at == SIZE_MAX) return;
    if (at == 1 && f->has_clause && !frame_you(f)) {
        ask_means(f);
        return;
    }
    bool instruction = at == 1 ? frame_tags(f, f->main) & EN_BASE || frame_is(f, f->main, " you ")
                               : en_find(f->t, at, f->end, "by") != SIZE_MAX ||
                                     en_find(f->t, at, f->end, "using") != SIZE_MAX ||
                                     en_find(f->t, at, f->end, "with") != SIZE_MAX;
    if (!instruction) return;
    static const char *const MEANS[] = {"by", "using", "with"};
    for (size_t k = 0; k < 3 && at != 1; k++) {
        size_t m = en_find(f->t, at, end, MEANS[k]);
        if (m != SIZE_MAX && m > at + 1) end = m;
    }
    EnSpan what = en_trim(f->t, at, end, REST_MOST + 2);
    if (en_size(what) < 2) return;
    EnQuestion q = frame_begin(f, "How do I");
    en_phrase(&q, what);
    en_offer(&q, "how", 0.8);
}
