/* Questions about an English sentence. A frame looks for its pattern and asks for the part of the
 * sentence that answers; one frame, one row of FRAMES. */
#include <stdlib.h>
#include <string.h>

#include <stdint.h>

#include "base/hash.h"
#include "text/ask_en.h"

#define REST_MOST 9 /* words behind the verb in a question */
#define HEADING_BYTES 90
#define CLAUSES_MOST 4   /* main clauses of a sentence */
#define CLAUSE_MOST 13   /* words of an if-clause */
#define REWORD_FROM 0.35 /* from this share of copied words on, some are said otherwise */

/* ---- other words for the same ---- */

static const char *const OTHER_WORDS[][2] = {
    {"in connection with", "related to"},
    {"prior to", "before"},
    {"subsequent to", "after"},
    {"pursuant to", "under"},
    {"in accordance with", "according to"},
    {"in the event of", "in case of"},
    {"in order to", "to"},
    {"approximately", "about"},
    {"adversely affect", "hurt"},
    {"negatively affect", "hurt"},
    {"negatively impact", "hurt"},
    {"adversely impact", "hurt"},
    {"numerous", "many"},
    {"a number of", "several"},
    {"a variety of", "different"},
    {"the majority of", "most of"},
    {"entire", "whole"},
    {"utilize", "use"},
    {"utilizes", "uses"},
    {"utilizing", "using"},
    {"obtain", "get"},
    {"obtains", "gets"},
    {"obtaining", "getting"},
    {"commence", "begin"},
    {"commences", "begins"},
    {"commenced", "began"},
    {"terminate", "end"},
    {"terminates", "ends"},
    {"terminated", "ended"},
    {"regarding", "about"},
    {"primarily", "mainly"},
    {"frequently", "often"},
    {"rapidly", "quickly"},
    {"difficult", "hard"},
    {"individuals", "people"},
    {"demonstrate", "show"},
    {"demonstrates", "shows"},
    {"indicate", "show"},
    {"indicates", "shows"},
    {"select", "choose"},
    {"selects", "chooses"},
    {"eliminate", "remove"},
    {"eliminates", "removes"},
    {"modify", "change"},
    {"modifies", "changes"},
    {"comply with", "follow"},
    {"complies with", "follows"},
    {"in a timely manner", "in time"},
    {"on a timely basis", "in time"},
    {"certain", "some"},
    {"various", "different"},
    {"sufficient", "enough"},
    {"rely on", "depend on"},
    {"relies on", "depends on"},
    {"receive", "get"},
    {"receives", "gets"},
    {"assist", "help"},
    {"assists", "helps"},
    {"purchased", "bought"},
    {"acquired", "bought"},
    {"retain", "keep"},
    {"retains", "keeps"},
    {"attempt to", "try to"},
    {"attempts to", "tries to"},
    {"possess", "have"},
    {"possesses", "has"},
    {"reside", "live"},
    {"resides", "lives"},
    {"as well as", "and"},
    {"such as", "like"},
    {"large", "big"},
    {"permit", "allow"},
    {"permits", "allows"},
    {"ensure", "make sure"},
    {"ensures", "makes sure"},
};

/* Replaces the first place where the words stand between blanks. */
static bool replace_words(Str *s, const char *words, const char *by)
{
    size_t n = strlen(words);
    for (const char *at = s->data; (at = strstr(at, words)) != NULL; at++) {
        if (at == s->data || at[-1] != ' ' || (at[n] != ' ' && at[n] != '?')) continue;
        Str out = {0};
        str_add_bytes(&out, s->data, (size_t)(at - s->data));
        str_add(&out, by);
        str_add(&out, at + n);
        str_release(s);
        *s = out;
        return true;
    }
    return false;
}

static void reword(const Asker *a, Str *s)
{
    for (size_t i = 0; i < sizeof OTHER_WORDS / sizeof *OTHER_WORDS; i++) {
        if (ask_copied(s->data, str_get(&a->plain)) < REWORD_FROM) return;
        replace_words(s, OTHER_WORDS[i][0], OTHER_WORDS[i][1]);
    }
    /* a long run is broken where an article can go */
    if (ask_copied(s->data, str_get(&a->plain)) <= 0.6) return;
    static const char *const DROPS[] = {" significant ", " substantial ",   " additional ",
                                        " material ",    " relevant ",      " respective ",
                                        " applicable ",  " significantly ", " adversely ",
                                        " materially ",  " negatively "};
    for (size_t i = 0; i < sizeof DROPS / sizeof *DROPS; i++) {
        char *at = strstr(s->data, DROPS[i]);
        size_t n = strlen(DROPS[i]) - 1;
        /* "a additional fee": the article would have to change */
        if (!at ||
            (at - s->data > 2 && (memcmp(at - 2, " a", 2) == 0 || memcmp(at - 3, " an", 3) == 0)))
            continue;
        memmove(at, at + n, strlen(at + n) + 1);
        s->size -= n;
        return;
    }
}

/* Pronouns with nothing in the question that they could stand for. */
static bool points_outside(const char *question)
{
    static const char *const POINTERS[] = {
        " this ",        " these ",    " those ",        " such ",          " herein",
        " above ",       " below ",    " the following", " aforementioned", " said ",
        " respectively", " foregoing", " the former ",   " the latter ",    " I ",
        " it? ",         " they? ",    " this? ",        " them? ",         " ours "};
    for (size_t i = 0; i < sizeof POINTERS / sizeof *POINTERS; i++) {
        if (strstr(question, POINTERS[i])) return true;
    }
    return false;
}

bool en_offer(EnQuestion *q, const char *kind, double base)
{
    bool taken = false;
    while (q->out.size > 0 && strchr(" ,;:", q->out.data[q->out.size - 1]))
        str_truncate(&q->out, q->out.size - 1);
    if (q->out.size > 0 && !q->bad) {
        Asker *a = q->text->asker;
        str_add(&q->out, "? ");
        bool outside = points_outside(q->out.data);
        str_truncate(&q->out, q->out.size - 1);
        outside |= !a->company && (strstr(q->out.data, " we ") || strstr(q->out.data, " us ") ||
                                   strstr(q->out.data, " us? "));
        reword(a, &q->out);
        if (q->out.data[0] >= 'a' && q->out.data[0] <= 'z')
            q->out.data[0] = (char)(q->out.data[0] - 'a' + 'A');
        taken = !outside && asker_offer(a, kind, base, str_get(&q->out));
    }
    str_release(&q->out);
    q->bad = false;
    return taken;
}

/* ---- tools of the frames ---- */

typedef struct Frame {
    Asker *asker;
    const EnText *t;
    size_t main, end; /* the main clause, behind its opening */
    bool has_clause;
    EnClause clause;     /* of main */
    const EnToken *verb; /* of clause */
    size_t follows;      /* the first token behind the verb that is no adverb */
} Frame;

static EnQuestion begin(const Frame *f, const char *words)
{
    EnQuestion q = {.text = f->t};
    if (*words) en_word(&q, words);
    return q;
}

static bool one_of(const EnToken *k, const char *list)
{
    return en_is(k->lower, list);
}

static bool token_is(const Frame *f, size_t i, const char *list)
{
    return i < f->end && one_of(&f->t->tokens[i], list);
}

static unsigned tags_of(const Frame *f, size_t i)
{
    return i < f->end ? f->t->tokens[i].tags : EN_STOP;
}

static size_t span_size(EnSpan s)
{
    return s.end > s.first ? s.end - s.first : 0;
}

static bool is_be(const Frame *f)
{
    return f->has_clause && one_of(f->verb, " is are was were ");
}

static bool is_negated(const Frame *f)
{
    size_t n = strlen(f->verb->lower);
    return en_find(f->t, f->clause.verb, f->follows, "not") != SIZE_MAX ||
           en_is(f->verb->lower, " cannot can't won't ") ||
           (n > 3 && strcmp(f->verb->lower + n - 3, "n't") == 0);
}

static bool subject_is_we(const Frame *f)
{
    return span_size(f->clause.subject) == 1 && token_is(f, f->clause.subject.first, " we you ");
}

static bool is_name(const Frame *f, EnSpan s)
{
    for (size_t i = s.first; i < s.end; i++) {
        const EnToken *k = &f->t->tokens[i];
        bool capital = k->text[0] >= 'A' && k->text[0] <= 'Z';
        if (!capital && !one_of(k, " the of and de von van ")) return false;
    }
    return span_size(s) > 0 && !token_is(f, s.end - 1, " the of and ") &&
           !(tags_of(f, s.first) & (EN_DETERMINER | EN_PRONOUN) && span_size(s) < 2);
}

/* A year, a month with one, a full date behind "in" or "on" at i: its end; 0: none. */
static size_t time_end(const Frame *f, size_t i)
{
    static const char MONTHS[] =
        " january february march april may june july august september october november december ";
    if (!token_is(f, i, " in on since by from during ")) return 0;
    size_t at = i + 1;
    if (token_is(f, at, " early late mid ")) at++;
    size_t first = at;
    bool day = tags_of(f, at) & EN_NUMBER && token_is(f, at + 1, MONTHS);
    if (day) at++;
    if (token_is(f, at, MONTHS)) {
        at++;
        if (tags_of(f, at) & EN_NUMBER && strlen(f->t->tokens[at].text) <= 2) at++;
        if (token_is(f, at, " , ") && tags_of(f, at + 1) & EN_NUMBER) at++;
    }
    if (at < f->end) {
        const char *w = f->t->tokens[at].text;
        if (strlen(w) == 4 && strspn(w, "0123456789") == 4 && (*w == '1' || *w == '2'))
            return at + 1;
    }
    return at > first ? at : 0;
}

static EnSpan rest_of(const Frame *f, size_t most)
{
    return en_trim(f->t, f->clause.rest.first, f->clause.rest.end, most);
}

/* Whether a clause with the verb needs words behind it and has none. */
static bool is_complete(const Frame *f, EnSpan rest)
{
    if (span_size(rest) > 0) return true;
    return !f->clause.auxiliary && f->verb->tags & EN_INTRANSITIVE;
}

/* Two words at least that are no grammar. */
static bool names_enough(const Frame *f, EnSpan s)
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

/* ---- frames ---- */

/* "X is a …", "X means …", "X refers to …" */
static void ask_definition(Frame *f)
{
    if (!f->has_clause || subject_is_we(f) || span_size(f->clause.subject) > 7) return;
    EnSpan s = f->clause.subject;
    EnQuestion q = {0};
    bool quoted = tags_of(f, s.first) & EN_QUOTE;
    bool plural = en_plural(f->t, s);
    bool means = one_of(f->verb, " means mean ") ||
                 (one_of(f->verb, " refers refer ") && en_at(f->t, f->clause.verb + 1, "to")) ||
                 (is_be(f) && (en_at(f->t, f->clause.verb + 1, "defined as") ||
                               en_at(f->t, f->clause.verb + 1, "known as")));
    if (means || (quoted && one_of(f->verb, " shall has "))) {
        bool how =
            hash_u64(f->t->tokens[s.end - 1].lower, strlen(f->t->tokens[s.end - 1].lower), 3) & 1;
        if (how) {
            q = begin(f, plural && !quoted ? "How are" : "How is");
            en_phrase(&q, s);
            en_word(&q, "defined");
        } else {
            q = begin(f, quoted ? "What does the term" : plural ? "What do" : "What does");
            en_phrase(&q, s);
            en_word(&q, "mean");
        }
        en_offer(&q, "definition", 0.85);
        return;
    }
    if (!is_be(f) || one_of(f->verb, " was were ") || !(f->clause.auxiliary)) return;
    if (!token_is(f, f->clause.rest.first, " a an the one any those ") ||
        token_is(f, f->clause.rest.first + 1, " few little lot same case result reason way only "))
        return;
    if (token_is(f, s.first, " a an ") && span_size(s) > 4) return;
    bool gerund = tags_of(f, s.first) & EN_ING;
    if (plural != one_of(f->verb, " are ") && !gerund) return; /* the words were misread */
    q = begin(f, span_size(s) > 3 ? (plural ? "What exactly are" : "What exactly is")
                 : plural         ? "What are"
                                  : "What is");
    en_phrase(&q, s);
    bool relation = token_is(f, s.first, " the ");
    en_offer(&q, relation ? "what" : "definition", relation ? 0.55 : 0.75);
}

/* "Segment adjusted EBITDA (SAE)": only in the sentence itself, as brackets are gone from the
 * words. */
static void ask_acronym(Asker *a, const EnText *t, const char *s, size_t size)
{
    for (const char *open = s; (open = memchr(open, '(', (size_t)(s + size - open))) != NULL;
         open++) {
        const char *first = open + 1;
        size_t n = 0;
        while (first + n < s + size && first[n] >= 'A' && first[n] <= 'Z') n++;
        if (n < 2 || n > 6 || first + n >= s + size || first[n] != ')') continue;
        /* the words before must begin with its letters */
        const char *at = open;
        size_t left = n;
        while (left > 0 && at > s) {
            while (at > s && at[-1] == ' ') at--;
            while (at > s && at[-1] != ' ' && at[-1] != '-') at--;
            if ((*at & ~0x20) != first[left - 1]) {
                if (!(str_starts(at, "of ") || str_starts(at, "and ") || str_starts(at, "for ") ||
                      str_starts(at, "the ")))
                    break;
                continue;
            }
            left--;
            if (at > s && at[-1] == '-') at--;
        }
        if (left > 0) continue;
        EnQuestion q = {.text = t};
        str_addf(&q.out, "What does %.*s stand for", (int)n, first);
        en_offer(&q, "definition", 0.6);
    }
    (void)a;
}

/* The clause whose cause is named from token `cause` on. */
static bool clause_before(const Frame *f, size_t cause, EnClause *ret)
{
    size_t start = f->main;
    for (size_t i = f->main; i + 3 < cause; i++) {
        if (tags_of(f, i) & (EN_COMMA | EN_STOP)) start = i + 1;
    }
    if (start > f->main && tags_of(f, start) & EN_CONJUNCTION) start++;
    while (start > f->main && tags_of(f, start) & EN_ADVERB) start++;
    if (en_clause(f->t, start, cause, ret)) return true;
    return start != f->main && en_clause(f->t, f->main, cause, ret);
}

static void offer_why(const Frame *f, const EnClause *c, size_t end, double base)
{
    EnSpan rest = en_trim(f->t, c->rest.first, c->rest.end < end ? c->rest.end : end, REST_MOST);
    bool lexical = !c->auxiliary && f->t->tokens[c->verb].tags & EN_INTRANSITIVE;
    if (span_size(rest) == 0 && !lexical) return;
    EnQuestion q = begin(f, "Why");
    en_inverted(&q, c, rest);
    en_offer(&q, "why", base);
}

/* "… because …", "As a result of …, …" */
static void ask_why(Frame *f)
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
        while (be > f->main && tags_of(f, be) & EN_ADVERB) be--;
        if (token_is(f, be, " is are was were ") && en_clause(f->t, f->main, at, &c) &&
            c.verb == be && !token_is(f, c.subject.first, " we ")) {
            EnQuestion q = begin(f, token_is(f, be, " was were ") ? "What was the main reason for"
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
    if (opening && f->main > 3 && f->has_clause && !time_end(f, 0))
        offer_why(f, &f->clause, f->end, 0.8);
}

/* "The increase was attributable to …", "X is caused by …" */
static void ask_driver(Frame *f)
{
    if (!is_be(f) || subject_is_we(f)) return;
    static const char *const DRIVERS[] = {"attributable to", "driven by", "caused by",
                                          "the result of", "a result of"};
    for (size_t k = 0; k < sizeof DRIVERS / sizeof *DRIVERS; k++) {
        if (!en_at(f->t, f->follows, DRIVERS[k])) continue;
        bool past = one_of(f->verb, " was were ");
        EnQuestion q = begin(f, k == 2 ? (past ? "What caused" : "What causes")
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
static void ask_effect(Frame *f)
{
    if (!f->has_clause || subject_is_we(f)) return;
    size_t v = f->clause.auxiliary ? f->follows : f->clause.verb;
    if (v >= f->end || !f->t->tokens[v].base ||
        !one_of(&(EnToken){.lower = f->t->tokens[v].base}, EFFECTS))
        return;
    unsigned form = f->t->tokens[v].tags;
    bool modal = one_of(f->verb, " may might could can would will ");
    if (is_negated(f)) return;
    if (f->clause.auxiliary ? !(modal && form & EN_BASE) : !(form & (EN_THIRD | EN_PAST | EN_BASE)))
        return;
    EnSpan object = en_trim(f->t, v + 1, f->end, REST_MOST - 1);
    if (span_size(object) == 0 ||
        !(en_names(f->t, object) || tags_of(f, object.first) & EN_POSSESSIVE))
        return;
    EnQuestion q = begin(f, "How");
    if (!f->clause.auxiliary) {
        en_inverted(&q, &f->clause, object);
    } else {
        en_word(&q, one_of(f->verb, " will can ") ? f->verb->lower : "could");
        en_phrase(&q, f->clause.subject);
        en_word(&q, f->t->tokens[v].base);
        en_phrase(&q, object);
    }
    en_offer(&q, "effect", 0.8);
}

/* "X is affected by Y" → "How does Y affect X?" would turn two phrases: asks for Y instead. */
static void ask_affected(Frame *f)
{
    if (!f->has_clause || subject_is_we(f) || !f->clause.auxiliary) return;
    bool modal = one_of(f->verb, " may might could can ");
    size_t v = f->follows;
    if (modal && token_is(f, v, " be "))
        v++;
    else if (!is_be(f))
        return;
    while (tags_of(f, v) & EN_ADVERB) v++;
    if (!token_is(f, v, " affected impacted harmed influenced limited ") ||
        !en_at(f->t, v + 1, "by"))
        return;
    EnQuestion q = begin(f, modal                           ? "What could"
                            : one_of(f->verb, " was were ") ? "What"
                                                            : "What factors");
    if (modal || !one_of(f->verb, " was were "))
        en_word(&q, f->t->tokens[v].base ? f->t->tokens[v].base : "affect");
    else
        en_word(&q, f->t->tokens[v].lower);
    en_phrase(&q, f->clause.subject);
    en_offer(&q, "effect", 0.65);
}

/* "If A, B" and "B if A"; "When A, B" */
static void ask_condition(Frame *f)
{
    static const char *const WORDS[][2] = {{"if", "What happens if"},
                                           {"when", "What happens when"}};
    for (size_t k = 0; k < 2; k++) {
        size_t at = en_find(f->t, 0, f->end, WORDS[k][0]);
        if (at == SIZE_MAX || at + 3 > f->end || (k == 1 && at > 0)) continue;
        if (at > 0 &&
            token_is(f, at - 1, " even as only and or ask see decide determine know whether "))
            continue;
        EnClause c;
        size_t end = at + 1;
        while (end < f->end && !(tags_of(f, end) & (EN_COMMA | EN_STOP))) end++;
        if (!en_clause(f->t, at + 1, end, &c) || end - at > CLAUSE_MOST + 4) continue;
        EnSpan rest = en_trim(f->t, c.rest.first, end,
                              CLAUSE_MOST - (c.rest.first - at > 8 ? 8 : c.rest.first - at));
        bool lexical = !c.auxiliary && f->t->tokens[c.verb].tags & EN_INTRANSITIVE;
        if (span_size(rest) == 0 && !lexical) continue;
        bool possible = f->has_clause && one_of(f->verb, " may might could ");
        /* "if" for "when" and the other way round, where the same word would make a copy of it */
        const char *frames[2] = {k == 0 && possible ? "What could happen if" : WORDS[k][1],
                                 WORDS[1 - k][1]};
        for (int n = 0; n < 2; n++) {
            EnQuestion q = begin(f, frames[n]);
            en_phrase(&q, (EnSpan){at + 1, span_size(rest) ? rest.end : c.rest.first});
            if (en_offer(&q, "condition", 0.75)) return;
        }
        return;
    }
}

/* "X is calculated by …", "X are recorded as …" */
static void ask_passive(Frame *f)
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
    if (!is_be(f) || !token_is(f, f->follows, DONE) || subject_is_we(f)) return;
    if (is_negated(f)) return;
    size_t next = f->follows + 1;
    if (token_is(f, next, " for ") && token_is(f, f->follows, " accounted ")) next++;
    while (tags_of(f, next) & EN_ADVERB) next++;
    bool how =
        token_is(f, next,
                 " by using as based on at from through with via into under over according in ") &&
        !time_end(f, next);
    if (!how) return;
    EnQuestion q = begin(f, "How");
    en_word(&q, f->verb->lower);
    en_phrase(&q, f->clause.subject);
    en_phrase(&q, (EnSpan){f->follows, f->follows + 1});
    if (token_is(f, f->follows, " accounted ")) en_word(&q, "for");
    en_offer(&q, "how", 0.8);
}

/* "X does Y by doing Z", "X does Y through Z" */
static void ask_manner(Frame *f)
{
    if (!f->has_clause || is_be(f) || is_negated(f)) return;
    for (size_t i = f->clause.rest.first + 2; i + 1 < f->end; i++) {
        if (tags_of(f, i) & EN_STOP) return;
        bool by = token_is(f, i, " by through using via ") &&
                  (token_is(f, i, " using ") || tags_of(f, i + 1) & EN_ING ||
                   token_is(f, i, " through via "));
        if (!by) continue;
        EnSpan rest = en_trim(f->t, f->clause.rest.first, i, REST_MOST);
        if (span_size(rest) < 1 || rest.end != i) return;
        EnQuestion q = begin(f, "How");
        en_inverted(&q, &f->clause, rest);
        en_offer(&q, "how", 0.7);
        return;
    }
}

static bool subject_is_you(const Frame *f)
{
    return span_size(f->clause.subject) == 1 && token_is(f, f->clause.subject.first, " you ");
}

/* "To do X, we do Y" → "How does the company do X?" */
static void ask_means(const Frame *f)
{
    EnSpan what = en_trim(f->t, 1, f->main, REST_MOST + 2);
    bool past = !f->clause.auxiliary && f->verb->tags & EN_PAST && !(f->verb->tags & EN_BASE);
    if (span_size(what) < 2 || is_be(f) || !en_names(f->t, (EnSpan){2, what.end})) return;
    bool we = subject_is_we(f), one = we ? f->asker->company : !en_plural(f->t, f->clause.subject);
    EnQuestion q = begin(f, past ? "How did" : one ? "How does" : "How do");
    if (we && f->asker->company)
        en_word(&q, "the company");
    else
        en_phrase(&q, f->clause.subject);
    en_phrase(&q, what);
    en_offer(&q, "how", 0.85);
}

/* "To do X, do Y", "You can do X by …" → "How do I do X?" */
static void ask_howto(Frame *f)
{
    size_t at = SIZE_MAX, end = f->end;
    if (en_at(f->t, 0, "to") && tags_of(f, 1) & EN_BASE && f->main > 2) {
        at = 1;
        end = f->main;
    } else if (f->has_clause && subject_is_we(f) && en_at(f->t, f->clause.subject.first, "you") &&
               one_of(f->verb, " can could may ") && tags_of(f, f->follows) & EN_BASE) {
        at = f->follows;
    }
    if (at == SIZE_MAX) return;
    if (at == 1 && f->has_clause && !subject_is_you(f)) {
        ask_means(f);
        return;
    }
    bool instruction = at == 1 ? tags_of(f, f->main) & EN_BASE || token_is(f, f->main, " you ")
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
    if (span_size(what) < 2) return;
    EnQuestion q = begin(f, "How do I");
    en_phrase(&q, what);
    replace_words(&q.out, "your", "my");
    en_offer(&q, "how", 0.8);
}

/* An instruction with its condition: "Repeat X when Y" */
static void ask_instruction(Frame *f)
{
    if (f->main > 0 || !(tags_of(f, 0) & EN_BASE) || tags_of(f, 0) & EN_CAPITAL ||
        !(tags_of(f, 1) & (EN_DETERMINER | EN_POSSESSIVE | EN_ADJECTIVE | EN_NUMBER) ||
          tags_of(f, 1) == 0))
        return;
    if (f->has_clause && f->clause.verb < 6) return;
    static const char *const WHEN[] = {"when",  "if",     "before", "after",
                                       "until", "unless", "once",   "every"};
    size_t at = SIZE_MAX;
    for (size_t k = 0; k < sizeof WHEN / sizeof *WHEN; k++) {
        size_t found = en_find(f->t, 2, f->end, WHEN[k]);
        if (found < at) at = found;
    }
    EnSpan what = en_trim(f->t, 0, at < f->end ? at : f->end, REST_MOST);
    if (span_size(what) < 3 || !en_names(f->t, (EnSpan){1, what.end})) return;
    EnQuestion q = begin(f, at != SIZE_MAX ? "When should I" : "Should I");
    Str verb = {0};
    str_add(&verb, f->t->tokens[0].lower);
    en_word(&q, str_get(&verb));
    str_release(&verb);
    en_phrase(&q, (EnSpan){1, what.end});
    replace_words(&q.out, "your", "my");
    en_offer(&q, at != SIZE_MAX ? "when" : "whether", at != SIZE_MAX ? 0.65 : 0.35);
}

/* "X is used to …", "X is designed to …" */
static void ask_purpose(Frame *f)
{
    if (!f->has_clause || subject_is_we(f)) return;
    EnQuestion q;
    if (is_be(f) && token_is(f, f->follows, " used designed intended meant ") &&
        token_is(f, f->follows + 1, " to for as ")) {
        bool used = token_is(f, f->follows, " used ");
        q = begin(f, used ? "What" : "What");
        en_word(&q, f->verb->lower);
        en_phrase(&q, f->clause.subject);
        en_phrase(&q, (EnSpan){f->follows, f->follows + 1});
        en_word(&q, used || token_is(f, f->follows + 1, " for as ") ? "for" : "to do");
        en_offer(&q, "purpose", 0.8);
    } else if (one_of(f->verb, " helps help allows allow enables enable serves serve aims ") &&
               !f->clause.auxiliary) {
        q = begin(f, en_plural(f->t, f->clause.subject) ? "What is the purpose of"
                                                        : "What is the purpose of");
        en_phrase(&q, f->clause.subject);
        en_offer(&q, "purpose", 0.65);
    }
}

/* Verbs whose object can be asked for, with the preposition that stays. */
static const char *const OBJECT_VERBS[][2] = {
    {"include", ""},   {"require", ""},   {"provide", ""},     {"contain", ""},
    {"measure", ""},   {"offer", ""},     {"cover", ""},       {"need", ""},
    {"generate", ""},  {"depend", "on"},  {"rely", "on"},      {"consist", "of"},
    {"lead", "to"},    {"result", "in"},  {"refer", "to"},     {"allow", ""},
    {"store", ""},     {"return", ""},    {"cause", ""},       {"describe", ""},
    {"represent", ""}, {"comprise", ""},  {"exclude", ""},     {"prohibit", ""},
    {"specify", ""},   {"receive", ""},   {"reflect", ""},     {"contribute", "to"},
    {"belong", "to"},  {"respond", "to"}, {"compete", "with"}, {"differ", "from"},
    {"govern", ""},    {"combine", ""},   {"support", ""},     {"show", ""},
    {"expect", ""},    {"believe", ""},   {"anticipate", ""},  {"focus", "on"},
    {"imply", ""},     {"suggest", ""},   {"demand", ""},      {"decide", ""},
    {"produce", ""},   {"use", ""},       {"own", ""},         {"operate", ""},
};

/* "X requires Y" → "What does X require?" */
static void ask_object(Frame *f)
{
    if (!f->has_clause) return;
    size_t v = f->clause.auxiliary ? f->follows : f->clause.verb;
    bool modal = f->clause.auxiliary && one_of(f->verb, " can may must should will could might ");
    if ((f->clause.auxiliary && !modal) || v >= f->end || !f->t->tokens[v].base ||
        en_find(f->t, f->clause.verb, v, "not") != SIZE_MAX)
        return;
    const EnToken *k = &f->t->tokens[v];
    for (size_t i = 0; i < sizeof OBJECT_VERBS / sizeof *OBJECT_VERBS; i++) {
        const char *with = OBJECT_VERBS[i][1];
        if (strcmp(k->base, OBJECT_VERBS[i][0]) != 0 || (modal && !(k->tags & EN_BASE))) continue;
        size_t next = v + 1;
        if (*with && !en_at(f->t, next, with)) return;
        if (!*with && tags_of(f, next) & (EN_PREPOSITION | EN_STOP | EN_COMMA | EN_CONJUNCTION) &&
            !(tags_of(f, next) & (EN_RELATIVE | EN_DETERMINER)))
            return;
        if (subject_is_we(f) &&
            !strstr(" believe expect anticipate rely depend compete offer ", k->base))
            return;
        if (subject_is_we(f)) return; /* what "the company" offers is said by a hundred passages */
        EnQuestion q = begin(f, "What");
        EnClause c = f->clause;
        if (modal) {
            en_word(&q, one_of(f->verb, " may ") ? "might" : f->verb->lower);
            en_phrase(&q, c.subject);
            en_word(&q, k->base);
        } else {
            en_inverted(&q, &c, (EnSpan){0, 0});
        }
        en_word(&q, with);
        en_offer(&q, "what", 0.6);
        return;
    }
}

/* "X allows Y" → "What allows Y?" */
static void ask_subject(Frame *f)
{
    static const char TELLING[] =
        " allow enable require prohibit help cause ensure prevent determine govern reduce increase "
        "improve explain measure drive support limit protect "
        "replace trigger control create lead result ";
    if (!f->has_clause || subject_is_we(f) || f->clause.auxiliary || !f->verb->base ||
        is_name(f, f->clause.subject))
        return;
    EnSpan rest = rest_of(f, REST_MOST);
    if (span_size(rest) < 2 || tags_of(f, rest.first) & EN_PRONOUN || !names_enough(f, rest))
        return;
    EnQuestion q = begin(f, "What");
    Str third = {0};
    en_third(f->verb->base, &third);
    en_word(&q, f->verb->tags & EN_PAST         ? f->verb->lower
                : one_of(f->verb, " have has ") ? "has"
                                                : str_get(&third));
    str_release(&third);
    en_phrase(&q, rest);
    bool telling = en_is(f->verb->base, TELLING) && en_names(f->t, rest);
    en_offer(&q, "what", telling ? 0.6 : 0.4);
}

/* "Examples of X such as A, B" */
static void ask_examples(Frame *f)
{
    size_t at = en_find(f->t, 1, f->end, "such as");
    if (at == SIZE_MAX) return;
    size_t end = at;
    if (tags_of(f, end - 1) & EN_COMMA) end--;
    size_t first = end;
    while (first > 0 && end - first < 5 &&
           !(tags_of(f, first - 1) &
             (EN_COMMA | EN_STOP | EN_PREPOSITION | EN_CONJUNCTION | EN_AUXILIARY | EN_RELATIVE |
              EN_DETERMINER | EN_PRONOUN | EN_SUBORDINATOR | EN_ADVERB)) &&
           !(tags_of(f, first - 1) & EN_VERB && !(tags_of(f, first - 1) & EN_NOUNLIKE)))
        first--;
    EnSpan what = {first, end};
    if (span_size(what) == 0 || !en_names(f->t, what) || !en_plural(f->t, what)) return;
    if (tags_of(f, what.first) & EN_NOUNLIKE && span_size(what) > 1) what.first++;
    EnQuestion q =
        begin(f, span_size(what) > 2 ? "What are some examples of" : "What are examples of");
    en_phrase(&q, what);
    en_offer(&q, "examples", 0.5);
}

/* "There are N X …", "X has N Y" */
static void ask_count(Frame *f)
{
    size_t n = SIZE_MAX;
    bool there = en_at(f->t, f->main, "there are") || en_at(f->t, f->main, "there were");
    if (there)
        n = f->main + 2;
    else if (f->has_clause && !f->clause.auxiliary &&
             (one_of(f->verb, " has have had ") ||
              (f->verb->base &&
               en_is(f->verb->base, " contain include comprise employ operate need require use "
                                    "take last cover win receive produce hold "))))
        n = f->follows;
    if (n == SIZE_MAX) return;
    while (token_is(
        f, n,
        " about approximately around over nearly almost exactly only more than at least up to "))
        n++;
    if (!(tags_of(f, n) & EN_NUMBER) || strchr("$€£", f->t->tokens[n].text[0]) ||
        strchr(f->t->tokens[n].text, '%') || token_is(f, n, " first second third one 1 "))
        return;
    size_t first = n + 1;
    while (token_is(f, first, " hundred thousand million billion ")) first++;
    EnSpan what = en_noun_phrase(f->t, first, f->end);
    /* "212 steps to the lamp room": a vague word, and what makes it clear */
    if (span_size(what) == 0 && tags_of(f, first + 1) & EN_PREPOSITION) what.end = first + 1;
    if (what.end > first + 5) what.end = first + 5;
    if (span_size(what) == 0 || !en_plural(f->t, what) || token_is(f, first, " percent ")) return;
    EnQuestion q = begin(f, "How many");
    en_phrase(&q, what);
    if (there) {
        en_word(&q, f->t->tokens[f->main + 1].lower);
        en_word(&q, "there");
        EnSpan rest = tags_of(f, what.end) & EN_PREPOSITION ? en_trim(f->t, what.end, f->end, 9)
                                                            : (EnSpan){0, 0};
        q.bad |= span_size(what) + span_size(rest) < 2;
        en_phrase(&q, rest);
    } else {
        if (subject_is_we(f) && f->asker->company) q.bad |= what.end == first + 1;
        en_inverted(&q, &f->clause, (EnSpan){0, 0});
    }
    en_offer(&q, "how many", 0.8);
}

/* "X was $17.5 billion in 2021", "X increased by 10%" */
static void ask_amount(Frame *f)
{
    if (!f->has_clause || subject_is_we(f)) return;
    size_t n = f->follows;
    while (token_is(f, n, " about approximately around over nearly almost by to up down ")) n++;
    if (!(tags_of(f, n) & EN_NUMBER)) return;
    const char *w = f->t->tokens[n].text;
    bool money = strchr("$€£", w[0]) || str_starts(w, "€") || str_starts(w, "£"),
         share = strchr(w, '%') || token_is(f, n + 1, " percent ");
    EnQuestion q;
    size_t behind = n + 1;
    while (token_is(f, behind, " thousand million billion percent dollars ")) behind++;
    size_t time = time_end(f, behind);
    if (!time && token_is(f, behind, " for as at ")) time = en_trim(f->t, behind, f->end, 9).end;
    if (is_be(f) && f->clause.auxiliary && (money || share)) {
        q = begin(f, money ? "How much" : "How high");
        en_word(&q, f->verb->lower);
        en_phrase(&q, f->clause.subject);
    } else if (f->verb->base &&
               en_is(f->verb->base, " increase decrease grow decline rise fall drop improve ") &&
               !f->clause.auxiliary && (money || share)) {
        q = begin(f, "By how much");
        en_inverted(&q, &f->clause, (EnSpan){0, 0});
    } else if (f->verb->base && en_is(f->verb->base, " cost total reach exceed ") &&
               !f->clause.auxiliary && money) {
        q = begin(f, en_is(f->verb->base, " cost ") ? "How much" : "What amount");
        en_inverted(&q, &f->clause, (EnSpan){0, 0});
    } else {
        return;
    }
    if (time > behind) en_phrase(&q, (EnSpan){behind, time});
    en_offer(&q, "how much", 0.85);
}

/* "X was founded in 1998", "In 1998, A bought B" */
static void ask_when(Frame *f)
{
    if (!f->has_clause) return;
    const EnClause *c = &f->clause;
    bool passive = one_of(f->verb, " was were ") && tags_of(f, f->follows) & EN_PARTICIPLE;
    bool active = !c->auxiliary && f->verb->tags & EN_PAST;
    if (!passive && !active) return;
    size_t opening = f->main > 0 ? time_end(f, 0) : 0;
    EnSpan rest = {0, 0};
    bool found = opening > 0 && opening + 1 == f->main;
    if (found) rest = rest_of(f, REST_MOST);
    for (size_t i = c->rest.first; i < f->end && !found; i++) {
        if (tags_of(f, i) & (EN_COMMA | EN_STOP | EN_SUBORDINATOR | EN_RELATIVE)) break;
        if (!time_end(f, i) || token_is(f, i, " from by during ")) continue;
        rest = en_trim(f->t, c->rest.first, i, REST_MOST);
        found = rest.end == i || span_size(rest) > 2;
    }
    if (!found || !is_complete(f, rest)) return;
    EnQuestion q = begin(f, "When");
    en_inverted(&q, c, rest);
    en_offer(&q, "when", 0.8);
}

static const char PERSONAL[] =
    " write found invent discover direct compose paint design create build win lead establish "
    "publish develop introduce propose play produce conquer "
    "defeat buy sell acquire launch start open join own run manage appoint name serve study teach "
    "argue announce state report propose describe "
    "explain prove replace succeed file grant approve adopt issue reject order fine sue ban pass ";

/* "Ada Lovelace wrote X", "X was written by Ada Lovelace" */
static void ask_who(Frame *f)
{
    if (!f->has_clause || subject_is_we(f)) return;
    const EnClause *c = &f->clause;
    if (!c->auxiliary && f->verb->tags & EN_PAST && f->verb->base &&
        one_of(&(EnToken){.lower = f->verb->base}, PERSONAL) && is_name(f, c->subject)) {
        EnSpan rest = rest_of(f, REST_MOST);
        if (span_size(rest) < 2) return;
        EnQuestion q = begin(f, "Who");
        en_word(&q, f->verb->lower);
        en_phrase(&q, rest);
        en_offer(&q, "who", 0.8);
        return;
    }
    if (!one_of(f->verb, " was were is are ") || !(tags_of(f, f->follows) & EN_PARTICIPLE) ||
        !en_at(f->t, f->follows + 1, "by"))
        return;
    size_t agent = f->follows + 2;
    if (!(tags_of(f, agent) & EN_CAPITAL) &&
        !(token_is(f, agent, " the a an ") && tags_of(f, agent + 1) & EN_CAPITAL))
        return;
    const EnToken *v = &f->t->tokens[f->follows];
    const char *past = en_past_of(v->lower);
    if (!v->base || !one_of(&(EnToken){.lower = v->base}, PERSONAL)) return;
    EnQuestion q = begin(f, "Who");
    if (one_of(f->verb, " was were ")) {
        en_word(&q, past ? past : v->lower);
    } else {
        Str third = {0};
        en_third(v->base, &third);
        en_word(&q, str_get(&third));
        str_release(&third);
    }
    en_phrase(&q, c->subject);
    en_offer(&q, "who", 0.8);
}

static void ask_where(Frame *f)
{
    if (!is_be(f) ||
        !token_is(f, f->follows,
                  " located situated based headquartered born held stored built found ") ||
        !token_is(f, f->follows + 1, " in at on near along within between "))
        return;
    if (time_end(f, f->follows + 1) ||
        (token_is(f, f->follows, " based ") && token_is(f, f->follows + 1, " on ")))
        return;
    EnQuestion q = begin(f, "Where");
    en_word(&q, subject_is_we(f) && f->asker->company ? "is" : f->verb->lower);
    if (subject_is_we(f) && f->asker->company)
        en_word(&q, "the company");
    else
        en_phrase(&q, f->clause.subject);
    en_phrase(&q, (EnSpan){f->follows, f->follows + 1});
    en_offer(&q, "where", 0.7);
}

/* "X is larger than Y", "the difference between X and Y" */
static void ask_comparison(Frame *f)
{
    size_t at = en_find(f->t, 0, f->end, "difference between");
    if (at == SIZE_MAX) at = en_find(f->t, 0, f->end, "differences between");
    if (at != SIZE_MAX) {
        EnSpan pair = en_trim(f->t, at + 2, f->end, 9);
        if (en_find(f->t, pair.first, pair.end, "and") == SIZE_MAX || !en_names(f->t, pair)) return;
        EnQuestion q = begin(f, "What is the difference between");
        en_phrase(&q, pair);
        en_offer(&q, "comparison", 0.7);
        return;
    }
    at = en_find(f->t, f->main, f->end, "than");
    if (!is_be(f) || at == SIZE_MAX || subject_is_we(f) || at > f->clause.verb + 5) return;
    EnSpan other = en_noun_phrase(f->t, at + 1, f->end);
    if (span_size(other) == 0) return;
    EnQuestion q = begin(f, "How");
    en_word(&q, en_plural(f->t, f->clause.subject) ? "do" : "does");
    en_phrase(&q, f->clause.subject);
    en_word(&q, "compare with");
    en_phrase(&q, other);
    en_offer(&q, "comparison", 0.7);
}

/* "must be renewed before …": asks for the time or the condition. */
static void ask_duty(Frame *f)
{
    if (!f->has_clause || !f->clause.auxiliary || !one_of(f->verb, " must should may can ") ||
        subject_is_we(f) || is_negated(f))
        return;
    static const char *const LIMITS[] = {"before", "within", "after",  "until",
                                         "when",   "if",     "unless", "every"};
    bool allowed = one_of(f->verb, " may can ");
    size_t at = SIZE_MAX;
    for (size_t k = 0; k < sizeof LIMITS / sizeof *LIMITS; k++) {
        size_t found = en_find(f->t, f->follows + 1, f->end, LIMITS[k]);
        if (found < at) at = found;
    }
    EnSpan rest = en_trim(f->t, f->clause.rest.first, at < f->end ? at : f->end, REST_MOST);
    if (span_size(rest) < 2) return;
    bool when = at != SIZE_MAX && rest.end == at && !allowed;
    EnQuestion q = begin(f, when ? "When" : "");
    EnClause c = f->clause;
    en_inverted(&q, &c, rest);
    if (when)
        en_offer(&q, "when", 0.7);
    else
        en_offer(&q, "whether", 0.35);
}

/* "The company has X" → "Does the company have X?": what is left when no frame asks for a part. */
static void ask_whether(Frame *f)
{
    if (!f->has_clause ||
        one_of(f->verb, " must should shall may can might could would cannot mean means "))
        return;
    if (is_negated(f) || tags_of(f, f->clause.rest.first) & EN_RELATIVE) return;
    EnSpan rest = rest_of(f, REST_MOST);
    bool to_stop = rest.end == f->end ||
                   tags_of(f, rest.end) & (EN_COMMA | EN_STOP | EN_PREPOSITION | EN_SUBORDINATOR) ||
                   token_is(f, rest.end, " which and but ");
    if (span_size(rest) < 2 || !to_stop) return;
    EnQuestion q = begin(f, "");
    en_inverted(&q, &f->clause, rest);
    en_offer(&q, "whether", 0.25);
}

/* "the purpose of X", "the impact of X on Y" */
static void ask_relation(Frame *f)
{
    static const char NOUNS[] =
        " purpose role impact effect importance benefit benefits risk risks cost costs advantage "
        "advantages disadvantage drawback significance "
        "cause causes consequence consequences aim goal weakness limitation limitations basis "
        "scope ";
    for (size_t i = 0; i + 2 < f->end; i++) {
        if (!token_is(f, i, NOUNS) || !en_at(f->t, i + 1, "of")) continue;
        EnSpan what = en_noun_phrase(f->t, i + 2, f->end);
        if (span_size(what) == 0) continue;
        bool on = token_is(f, i, " impact effect ") && en_at(f->t, what.end, "on");
        EnSpan target = on ? en_noun_phrase(f->t, what.end + 1, f->end) : (EnSpan){0, 0};
        bool many = f->t->tokens[i].lower[strlen(f->t->tokens[i].lower) - 1] == 's' &&
                    !token_is(f, i, " basis ");
        EnQuestion q = begin(f, many ? "What are the" : "What is the");
        en_word(&q, f->t->tokens[i].lower);
        en_word(&q, "of");
        en_phrase(&q, what);
        if (span_size(target)) {
            en_word(&q, "on");
            en_phrase(&q, target);
        }
        en_offer(&q, "what", 0.5);
        return;
    }
}

typedef void AskFrame(Frame *f);
static AskFrame *const FRAMES[] = {
    ask_definition, ask_why,        ask_driver, ask_effect,      ask_affected, ask_condition,
    ask_passive,    ask_manner,     ask_howto,  ask_instruction, ask_purpose,  ask_object,
    ask_subject,    ask_examples,   ask_count,  ask_amount,      ask_when,     ask_who,
    ask_where,      ask_comparison, ask_duty,   ask_relation,    ask_whether,
};

/* ---- headings ---- */

/* "How to choose X", "Choosing an X", "Choose the X" → "How do I choose X?"; *ret_from: where the
 * object begins. */
static const char *instruction_of(const EnText *t, size_t *ret_from)
{
    *ret_from = 1;
    if (en_at(t, 0, "how to") && t->count > 3 && t->tokens[2].base) {
        *ret_from = 3;
        return t->tokens[2].base;
    }
    if (!t->tokens[0].base || !(t->tokens[0].tags & (EN_ING | EN_BASE)) ||
        en_is(t->tokens[1].lower, " this these that "))
        return NULL;
    return t->tokens[1].tags & (EN_DETERMINER | EN_POSSESSIVE) ? t->tokens[0].base : NULL;
}

/* A heading is asked as it stands when it is a question in all but form. */
static void ask_heading_text(Asker *a, const EnText *t)
{
    EnQuestion q = {.text = t};
    EnClause c;
    size_t from;
    const char *verb = instruction_of(t, &from);
    bool wh = en_is(t->tokens[0].lower, " why how when where what ");
    if (verb) {
        en_word(&q, "How do I");
        en_word(&q, verb);
        en_phrase(&q, (EnSpan){from, t->count});
        replace_words(&q.out, "your", "my");
    } else if (wh && en_at(t, 1, "to") && t->count > 2) {
        en_word(&q, t->tokens[0].lower);
        en_word(&q, "should I");
        en_phrase(&q, (EnSpan){2, t->count});
    } else if (wh && en_clause(t, 1, t->count, &c)) {
        en_word(&q, t->tokens[0].lower);
        en_inverted(&q, &c, c.rest);
    }
    a->sentence = SIZE_MAX;
    en_offer(&q, "how", 0.6);
}

/* Whether a word of the heading that says something stands in the passage. */
static bool is_about_heading(const Asker *a, const EnText *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const char *w = t->tokens[i].lower;
        if (strlen(w) > 3 && !word_is_function(w, strlen(w)) && strstr(str_get(&a->plain), w))
            return true;
    }
    return false;
}

void ask_english_heading(Asker *a)
{
    const char *heading = a->source->heading, *next;
    while (heading && (next = strstr(heading, " › ")) != NULL) heading = next + strlen(" › ");
    if (!heading || strlen(heading) > HEADING_BYTES) return;
    while (*heading == ' ' || *heading == '.' || (*heading >= '0' && *heading <= '9')) heading++;
    EnText t;
    en_read(a, heading, strlen(heading), &t);
    bool plain = t.count >= 2;
    for (size_t i = 0; i < t.count; i++)
        plain = plain && !(t.tokens[i].tags & (EN_STOP | EN_COMMA | EN_QUOTE));
    if (plain && is_about_heading(a, &t)) ask_heading_text(a, &t);
    en_release(&t);
}

/* Where further main clauses begin: behind a semicolon, ", and", "we believe that". Returns
 * SIZE_MAX when there is none from i on. */
static size_t next_start(const EnText *t, size_t i, bool after_clause)
{
    for (; i + 3 < t->count; i++) {
        unsigned tags = t->tokens[i].tags;
        bool joined = tags & EN_COMMA && t->tokens[i + 1].tags & EN_CONJUNCTION;
        if (joined && after_clause) return i + 2;
        if (tags & EN_STOP && *t->tokens[i].text == ';')
            return i + 1 + ((t->tokens[i + 1].tags & EN_CONJUNCTION) != 0);
        if (en_at(t, i, "believe that") || en_at(t, i, "expect that") ||
            en_at(t, i, "means that") || en_at(t, i, "shows that"))
            return i + 2;
    }
    return SIZE_MAX;
}

/* Returns whether there is a clause: what follows its comma may be another; else it goes on with a
 * list. */
static bool ask_from(Asker *a, const EnText *t, size_t start)
{
    Frame f = {.asker = a, .t = t, .end = t->count};
    f.main = en_opening(t, start, t->count);
    f.has_clause = en_clause(t, f.main, t->count, &f.clause);
    if (start > 0 && !f.has_clause) return false;
    if (f.has_clause) {
        f.verb = &t->tokens[f.clause.verb];
        f.follows = f.clause.rest.first;
        while (f.follows < t->count && t->tokens[f.follows].tags & EN_ADVERB) f.follows++;
    }
    for (size_t i = 0; i < sizeof FRAMES / sizeof *FRAMES; i++) FRAMES[i](&f);
    return f.has_clause;
}

void ask_english(Asker *a, const char *sentence, size_t size)
{
    EnText t;
    if (memchr(sentence, '?', size)) return;
    en_read(a, sentence, size, &t);
    if (t.count >= 4) {
        size_t start = 0;
        for (int n = 0; n < CLAUSES_MOST && start != SIZE_MAX; n++) {
            bool clause = ask_from(a, &t, start);
            start = next_start(&t, start, clause);
        }
        ask_acronym(a, &t, sentence, size);
    }
    en_release(&t);
}
