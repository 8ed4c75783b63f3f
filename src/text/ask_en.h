/* English for ask_en*.c: words with what they can be, clauses of subject, verb and rest, and
 * phrases put back together. No dictionary of nouns: closed classes, a table of verbs, endings.
 * What is in doubt is refused, not guessed. */
#ifndef TEXT_ASK_EN_H
#define TEXT_ASK_EN_H

#include <stdint.h>

#include "base/arena.h"
#include "text/ask_parts.h"

/* What a word can be; several at once. */
typedef enum EnTag {
    EN_DETERMINER = 1 << 0,
    EN_POSSESSIVE = 1 << 1,
    EN_PREPOSITION = 1 << 2,
    EN_PRONOUN = 1 << 3,
    EN_AUXILIARY = 1 << 4,
    EN_CONJUNCTION = 1 << 5,
    EN_SUBORDINATOR = 1 << 6,
    EN_RELATIVE = 1 << 7,
    EN_ADVERB = 1 << 8,
    EN_ADJECTIVE = 1 << 9,
    EN_NUMBER = 1 << 10,
    EN_COMMA = 1 << 11,
    EN_STOP = 1 << 12, /* ; : ( ) and dashes */
    EN_QUOTE = 1 << 13,
    EN_CAPITAL = 1 << 14, /* begins with a capital and does not begin the sentence */
    EN_BASE = 1 << 15,    /* forms of a verb of the table */
    EN_THIRD = 1 << 16,
    EN_PAST = 1 << 17,
    EN_PARTICIPLE = 1 << 18,
    EN_ING = 1 << 19,
    EN_NOUNLIKE = 1 << 20,     /* the base is a noun or an adjective as well */
    EN_INTRANSITIVE = 1 << 21, /* goes without an object */
} EnTag;

#define EN_VERB (EN_BASE | EN_THIRD | EN_PAST | EN_PARTICIPLE | EN_ING)

/* en_tags: of a word in lower case; of a verb the base too, borrowed from the table, else NULL. */
unsigned en_tags(const char *lower, const char **ret_base);
void en_third(const char *base, Str *out); /* appends "relies" for "rely" */
/* en_past: past tense of a participle, when known: "wrote" for "written"; NULL: the same as it is.
 */
const char *en_past_of(const char *participle);
bool en_is(const char *word, const char *list); /* list: words between blanks, " a b c " */

typedef struct EnToken {
    const char *text, *lower, *base; /* base NULL: no verb */
    unsigned tags;
    bool glued; /* no blank before it */
} EnToken;

typedef struct EnText {
    Asker *asker;
    EnToken *tokens; /* in arena */
    size_t count;
    Arena arena;
} EnText;

/* What a clause and a phrase do not reach beyond. */
#define EN_BARRIER (EN_COMMA | EN_STOP | EN_CONJUNCTION | EN_RELATIVE | EN_SUBORDINATOR)

/* Of tokens. */
typedef struct EnSpan {
    size_t first, end;
} EnSpan;

/* Subject, finite verb, rest. Adverbs between subject and verb belong to neither. */
typedef struct EnClause {
    EnSpan subject, rest;
    size_t verb;
    bool auxiliary; /* be, have with a participle, do with a base, a modal: it goes before the
                       subject in a question */
} EnClause;

void en_read(Asker *a, const char *sentence, size_t size, EnText *ret); /* en_release */
void en_release(EnText *t);

/* en_clause: the clause that begins at token first; false where no good subject or no certain verb
 * is. */
bool en_clause(const EnText *t, size_t first, size_t end, EnClause *ret);
/* en_opening: where the main clause begins, behind "However," and "In 2018,": the opening is
 * [first, *ret). */
size_t en_opening(const EnText *t, size_t first, size_t end);
/* en_trim: the longest good phrase of at most `most` tokens that begins at first; empty where there
 * is none. */
EnSpan en_trim(const EnText *t, size_t first, size_t end, size_t most);
/* en_noun_phrase: the noun phrase at first, with what hangs on it by "of" and its like; empty:
 * none. */
EnSpan en_noun_phrase(const EnText *t, size_t first, size_t end);
bool en_names(const EnText *t,
              EnSpan s); /* a phrase that says what it is about and could stand in a question */
bool en_plural(const EnText *t, EnSpan s);
unsigned en_tags_at(const EnText *t, size_t i, size_t end); /* those of a stop behind the end */
bool en_begins_object(unsigned tags);
bool en_ends_plural(const char *lower);
bool en_is_upper(char c);
bool en_is_digit(char c);
size_t en_find(const EnText *t, size_t first, size_t end,
               const char *words); /* where the words stand, SIZE_MAX: nowhere */
bool en_at(const EnText *t, size_t i, const char *words);

/* A question as it is put together; bad: one of its parts cannot be said to a stranger. */
typedef struct EnQuestion {
    const EnText *text;
    Str out;
    bool bad;
} EnQuestion;

void en_word(EnQuestion *q, const char *word);
/* en_phrase: tokens, with "our" as "the company's" where the passage is a company's. */
void en_phrase(EnQuestion *q, EnSpan s);
/* en_inverted: "does Uber rely on X", "are postings stored": auxiliary, subject, rest. */
void en_inverted(EnQuestion *q, const EnClause *c, EnSpan rest);
/* en_offer: offers the question; q is empty again. False: it was not taken. */
bool en_offer(EnQuestion *q, const char *kind, double base);

/* en_replace: the first place where the words stand between blanks. */
bool en_replace(Str *s, const char *words, const char *by);

#endif
