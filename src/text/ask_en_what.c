/* Frames that ask what, which, who and where. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "text/ask_en_frame.h"

/* "X is a …", "X means …", "X refers to …" */
void en_ask_definition(const Frame *f)
{
    if (!f->has_clause || frame_we(f) || en_size(f->clause.subject) > 7) return;
    EnSpan s = f->clause.subject;
    EnQuestion q = {0};
    bool quoted = frame_tags(f, s.first) & EN_QUOTE;
    bool plural = en_plural(f->t, s);
    bool means =
        en_token_is(f->verb, " means mean ") ||
        (en_token_is(f->verb, " refers refer ") && en_at(f->t, f->clause.verb + 1, "to")) ||
        (frame_be(f) && (en_at(f->t, f->clause.verb + 1, "defined as") ||
                         en_at(f->t, f->clause.verb + 1, "known as")));
    if (means || (quoted && en_token_is(f->verb, " shall has "))) {
        bool how = !en_token_is(f->verb, " means mean ") || quoted;
        how = how &&
              hash_u64(f->t->tokens[s.end - 1].lower, strlen(f->t->tokens[s.end - 1].lower), 3) & 1;
        if (how) {
            q = frame_begin(f, plural && !quoted ? "How are" : "How is");
            en_phrase(&q, s);
            en_word(&q, "defined");
        } else {
            q = frame_begin(f, quoted ? "What does the term" : plural ? "What do" : "What does");
            en_phrase(&q, s);
            en_word(&q, "mean");
        }
        en_offer(&q, "definition", 0.85);
        return;
    }
    if (!frame_be(f) || en_token_is(f->verb, " was were ") || !(f->clause.auxiliary)) return;
    if (!frame_is(f, f->clause.rest.first, " a an the one any those ") ||
        frame_is(f, f->clause.rest.first + 1, " few little lot same case result reason way only "))
        return;
    if (frame_is(f, s.first, " a an ") && en_size(s) > 4) return;
    bool gerund = frame_tags(f, s.first) & EN_ING;
    if (plural != en_token_is(f->verb, " are ") && !gerund) return; /* the words were misread */
    q = frame_begin(f, en_size(s) > 3 ? (plural ? "What exactly are" : "What exactly is")
                       : plural       ? "What are"
                                      : "What is");
    en_phrase(&q, s);
    bool relation = frame_is(f, s.first, " the ") && !(frame_tags(f, s.first + 1) & EN_CAPITAL);
    bool vague = relation && en_find(f->t, s.first, s.end, "of") == SIZE_MAX;
    en_offer(&q, relation ? "what" : "definition", vague ? 0.3 : relation ? 0.55 : 0.75);
}

/* "Segment adjusted EBITDA (SAE)": only in the sentence itself, as brackets are gone from the
 * words. */
void en_ask_acronym(Asker *a, const EnText *t, const char *s, size_t size)
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

/* "X is used to …", "X is designed to …" */
void en_ask_purpose(const Frame *f)
{
    if (!f->has_clause || frame_we(f)) return;
    EnQuestion q;
    if (frame_be(f) && frame_is(f, f->follows, " used designed intended meant ") &&
        frame_is(f, f->follows + 1, " to for as ")) {
        bool used = frame_is(f, f->follows, " used ");
        q = frame_begin(f, used ? "What" : "What");
        en_word(&q, f->verb->lower);
        en_phrase(&q, f->clause.subject);
        en_phrase(&q, (EnSpan){f->follows, f->follows + 1});
        en_word(&q, used || frame_is(f, f->follows + 1, " for as ") ? "for" : "to do");
        en_offer(&q, "purpose", 0.8);
    } else if (en_token_is(f->verb, " helps help allows allow enables enable serves serve aims ") &&
               !f->clause.auxiliary) {
        q = frame_begin(f, en_plural(f->t, f->clause.subject) ? "What is the purpose of"
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
void en_ask_object(const Frame *f)
{
    if (!f->has_clause) return;
    size_t v = f->clause.auxiliary ? f->follows : f->clause.verb;
    bool modal =
        f->clause.auxiliary && en_token_is(f->verb, " can may must should will could might ");
    if ((f->clause.auxiliary && !modal) || v >= f->end || !f->t->tokens[v].base ||
        en_find(f->t, f->clause.verb, v, "not") != SIZE_MAX)
        return;
    const EnToken *k = &f->t->tokens[v];
    for (size_t i = 0; i < sizeof OBJECT_VERBS / sizeof *OBJECT_VERBS; i++) {
        const char *with = OBJECT_VERBS[i][1];
        if (strcmp(k->base, OBJECT_VERBS[i][0]) != 0 || (modal && !(k->tags & EN_BASE))) continue;
        size_t next = v + 1;
        if (*with && !en_at(f->t, next, with)) return;
        if (!*with &&
            frame_tags(f, next) & (EN_PREPOSITION | EN_STOP | EN_COMMA | EN_CONJUNCTION) &&
            !(frame_tags(f, next) & (EN_RELATIVE | EN_DETERMINER)))
            return;
        if (frame_we(f) &&
            !strstr(" believe expect anticipate rely depend compete offer ", k->base))
            return;
        if (frame_we(f)) return; /* what "the company" offers is said by a hundred passages */
        EnQuestion q = frame_begin(f, "What");
        EnClause c = f->clause;
        if (modal) {
            en_word(&q, en_token_is(f->verb, " may ") ? "might" : f->verb->lower);
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
void en_ask_subject(const Frame *f)
{
    static const char TELLING[] =
        " allow enable require prohibit help cause ensure prevent determine govern reduce increase "
        "improve explain measure drive support limit protect "
        "replace trigger control create lead result ";
    if (!f->has_clause || frame_we(f) || f->clause.auxiliary || !f->verb->base ||
        frame_name(f, f->clause.subject))
        return;
    EnSpan rest = frame_rest(f, REST_MOST);
    if (en_size(rest) < 2 || frame_tags(f, rest.first) & EN_PRONOUN || !frame_names_enough(f, rest))
        return;
    EnQuestion q = frame_begin(f, "What");
    Str third = {0};
    en_third(f->verb->base, &third);
    en_word(&q, f->verb->tags & EN_PAST              ? f->verb->lower
                : en_token_is(f->verb, " have has ") ? "has"
                                                     : str_get(&third));
    str_release(&third);
    en_phrase(&q, rest);
    bool telling = en_is(f->verb->base, TELLING) && en_names(f->t, rest);
    en_offer(&q, "what", telling ? 0.6 : 0.4);
}

/* "Examples of X such as A, B" */
void en_ask_examples(const Frame *f)
{
    size_t at = en_find(f->t, 1, f->end, "such as");
    if (at == SIZE_MAX) return;
    size_t end = at;
    if (frame_tags(f, end - 1) & EN_COMMA) end--;
    size_t first = end;
    while (first > 0 && end - first < 5 &&
           !(frame_tags(f, first - 1) &
             (EN_COMMA | EN_STOP | EN_PREPOSITION | EN_CONJUNCTION | EN_AUXILIARY | EN_RELATIVE |
              EN_DETERMINER | EN_PRONOUN | EN_SUBORDINATOR | EN_ADVERB)) &&
           !(frame_tags(f, first - 1) & EN_VERB && !(frame_tags(f, first - 1) & EN_NOUNLIKE)))
        first--;
    EnSpan what = {first, end};
    if (en_size(what) == 0 || !en_names(f->t, what) || !en_plural(f->t, what)) return;
    if (frame_tags(f, what.first) & EN_NOUNLIKE && en_size(what) > 1) what.first++;
    EnQuestion q =
        frame_begin(f, en_size(what) > 2 ? "What are some examples of" : "What are examples of");
    en_phrase(&q, what);
    en_offer(&q, "examples", 0.5);
}

static const char PERSONAL[] =
    " write found invent discover direct compose paint design create build win lead establish "
    "publish develop introduce propose play produce conquer "
    "defeat buy sell acquire launch start open join own run manage appoint name serve study teach "
    "argue announce state report propose describe "
    "explain prove replace succeed file grant approve adopt issue reject order fine sue ban pass ";

/* "Ada Lovelace wrote X", "X was written by Ada Lovelace" */
void en_ask_who(const Frame *f)
{
    if (!f->has_clause || frame_we(f)) return;
    const EnClause *c = &f->clause;
    if (!c->auxiliary && f->verb->tags & EN_PAST && f->verb->base &&
        en_token_is(&(EnToken){.lower = f->verb->base}, PERSONAL) && frame_name(f, c->subject)) {
        EnSpan rest = frame_rest(f, REST_MOST);
        if (en_size(rest) < 2) return;
        EnQuestion q = frame_begin(f, "Who");
        en_word(&q, f->verb->lower);
        en_phrase(&q, rest);
        en_offer(&q, "who", 0.8);
        return;
    }
    if (!en_token_is(f->verb, " was were is are ") ||
        !(frame_tags(f, f->follows) & EN_PARTICIPLE) || !en_at(f->t, f->follows + 1, "by"))
        return;
    size_t agent = f->follows + 2;
    if (!(frame_tags(f, agent) & EN_CAPITAL) &&
        !(frame_is(f, agent, " the a an ") && frame_tags(f, agent + 1) & EN_CAPITAL))
        return;
    const EnToken *v = &f->t->tokens[f->follows];
    const char *past = en_past_of(v->lower);
    if (!v->base || !en_token_is(&(EnToken){.lower = v->base}, PERSONAL)) return;
    EnQuestion q = frame_begin(f, "Who");
    if (en_token_is(f->verb, " was were ")) {
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

void en_ask_where(const Frame *f)
{
    if (!frame_be(f) ||
        !frame_is(f, f->follows,
                  " located situated based headquartered born held stored built found ") ||
        !frame_is(f, f->follows + 1, " in at on near along within between "))
        return;
    if (frame_time_end(f, f->follows + 1) ||
        (frame_is(f, f->follows, " based ") && frame_is(f, f->follows + 1, " on ")))
        return;
    EnQuestion q = frame_begin(f, "Where");
    en_word(&q, frame_we(f) && f->asker->company ? "is" : f->verb->lower);
    if (frame_we(f) && f->asker->company)
        en_word(&q, "the company");
    else
        en_phrase(&q, f->clause.subject);
    en_phrase(&q, (EnSpan){f->follows, f->follows + 1});
    en_offer(&q, "where", 0.7);
}

/* "X is larger than Y", "the difference between X and Y" */
void en_ask_comparison(const Frame *f)
{
    size_t at = en_find(f->t, 0, f->end, "difference between");
    if (at == SIZE_MAX) at = en_find(f->t, 0, f->end, "differences between");
    if (at != SIZE_MAX) {
        EnSpan pair = en_trim(f->t, at + 2, f->end, 9);
        if (en_find(f->t, pair.first, pair.end, "and") == SIZE_MAX || !en_names(f->t, pair)) return;
        EnQuestion q = frame_begin(f, "What is the difference between");
        en_phrase(&q, pair);
        en_offer(&q, "comparison", 0.7);
        return;
    }
    at = en_find(f->t, f->main, f->end, "than");
    if (!frame_be(f) || at == SIZE_MAX || frame_we(f) || at > f->clause.verb + 5) return;
    EnSpan other = en_trim(f->t, at + 1, f->end, 7);
    if (!en_names(f->t, other) || frame_tags(f, other.first) & EN_PRONOUN) return;
    EnQuestion q = frame_begin(f, "How");
    en_word(&q, en_plural(f->t, f->clause.subject) ? "do" : "does");
    en_phrase(&q, f->clause.subject);
    en_word(&q, "compare with");
    en_phrase(&q, other);
    en_offer(&q, "comparison", 0.7);
}

/* "the purpose of X", "the impact of X on Y" */
void en_ask_relation(const Frame *f)
{
    static const char NOUNS[] =
        " purpose role impact effect importance benefit benefits risk risks cost costs advantage "
        "advantages disadvantage drawback significance "
        "cause causes consequence consequences aim goal weakness limitation limitations basis "
        "scope ";
    for (size_t i = 0; i + 2 < f->end; i++) {
        if (!frame_is(f, i, NOUNS) || !en_at(f->t, i + 1, "of") || frame_tags(f, i) & EN_CAPITAL)
            continue;
        EnSpan what = en_noun_phrase(f->t, i + 2, f->end);
        if (en_size(what) == 0) continue;
        bool on = frame_is(f, i, " impact effect ") && en_at(f->t, what.end, "on");
        EnSpan target = on ? en_noun_phrase(f->t, what.end + 1, f->end) : (EnSpan){0, 0};
        bool many = f->t->tokens[i].lower[strlen(f->t->tokens[i].lower) - 1] == 's' &&
                    !frame_is(f, i, " basis ");
        EnQuestion q = frame_begin(f, many ? "What are the" : "What is the");
        en_word(&q, f->t->tokens[i].lower);
        en_word(&q, "of");
        en_phrase(&q, what);
        if (en_size(target)) {
            en_word(&q, "on");
            en_phrase(&q, target);
        }
        en_offer(&q, "what", 0.5);
        return;
    }
}

/* "The company has X" → "Does the company have X?": what is left when no frame asks for a part. */
void en_ask_whether(const Frame *f)
{
    if (!f->has_clause ||
        en_token_is(f->verb, " must should shall may can might could would cannot mean means "))
        return;
    if (frame_negated(f) || frame_tags(f, f->clause.rest.first) & EN_RELATIVE) return;
    if (frame_be(f) && frame_is(f, f->follows, " a an the one ")) return; /* a definition */
    if (en_at(f->t, f->clause.subject.first, "one of") || frame_is(f, f->clause.rest.first, " no "))
        return;

    EnSpan rest = frame_rest(f, REST_MOST);
    bool to_stop =
        rest.end == f->end ||
        frame_tags(f, rest.end) & (EN_COMMA | EN_STOP | EN_PREPOSITION | EN_SUBORDINATOR) ||
        frame_is(f, rest.end, " which and but ");
    if (en_size(rest) < 2 || !to_stop) return;
    EnQuestion q = frame_begin(f, "");
    en_inverted(&q, &f->clause, rest);
    en_offer(&q, "whether", 0.25);
}
