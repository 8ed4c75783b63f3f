/* English: the frames, and where in a sentence and its heading they are tried. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/ask_en_frame.h"

#define HEADING_BYTES 90
#define CLAUSES_MOST 4 /* main clauses of a sentence */

typedef void AskFrame(const Frame *f);

static AskFrame *const FRAMES[] = {
    en_ask_definition, en_ask_why,      en_ask_driver,  en_ask_effect,   en_ask_affected,
    en_ask_condition,  en_ask_passive,  en_ask_manner,  en_ask_howto,    en_ask_instruction,
    en_ask_purpose,    en_ask_object,   en_ask_subject, en_ask_examples, en_ask_count,
    en_ask_amount,     en_ask_parts,    en_ask_share,   en_ask_rate,     en_ask_often,
    en_ask_there,      en_ask_when,     en_ask_who,     en_ask_where,    en_ask_comparison,
    en_ask_duty,       en_ask_relation, en_ask_whether,
};

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
    } else if (wh && en_at(t, 1, "to") && t->count > 2) {
        en_word(&q, t->tokens[0].lower);
        en_word(&q, "should I");
        en_phrase(&q, (EnSpan){2, t->count});
    } else if (wh && en_clause(t, 1, t->count, &c) &&
               !(c.rest.first < t->count && t->tokens[c.rest.first].tags & EN_CONJUNCTION)) {
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
        en_ask_acronym(a, &t, sentence, size);
    }
    en_release(&t);
}
