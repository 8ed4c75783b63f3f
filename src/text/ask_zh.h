/* Chinese for ask_zh*.c: pieces of text, clauses, and what they are about. */
#ifndef TEXT_ASK_ZH_H
#define TEXT_ASK_ZH_H

#include "text/ask_parts.h"

/* Bytes of a text, borrowed. */
typedef struct Part {
    const char *s;
    size_t size;
} Part;

/* A clause and what is known about it. */
typedef struct Zh {
    Asker *asker;
    Part clause;        /* without connectives */
    Part before, after; /* the clauses beside it, as they stand; size 0: none */
    Part topic;       /* what the passage is about, as a name that stands in it; size 0: unknown */
    Part subject;     /* of the sentence, when its first clause shows it */
    bool about_topic; /* the sentence speaks of the topic */
    bool first;       /* of the sentence */
    bool result;      /* a connective said that the clause before is its reason */
} Zh;

Part zh_part(const char *s, size_t size);
Part zh_skip(Part p, size_t n);
Part zh_without_end(Part p, const char *end); /* where it ends so */
size_t zh_chars(Part p);
bool zh_is_digit(char c);
bool zh_starts(Part p, const char *with);
bool zh_ends(Part p, const char *with);
bool zh_has(Part p, const char *what);
size_t zh_find(Part p, const char *what); /* SIZE_MAX: nowhere */
size_t zh_find_part(Part p, Part what);

/* Lists are words between blanks: the size of the first that p starts or ends with; 0: none. */
size_t zh_starts_any(Part p, const char *list);
size_t zh_ends_any(Part p, const char *list);
bool zh_has_any(Part p, const char *list);
bool zh_next_word(const char **list, Part *ret);

extern const char ZH_CONNECTIVES[]; /* what joins a clause to the one before and can go */
extern const char ZH_NO_SUBJECT[];  /* a clause that begins so has its subject elsewhere */
extern const char ZH_THESE[]; /* "该公司", "全镇": what the passage is about, in other words */

/* zh_is_subject: a noun, as far as that can be told. */
bool zh_is_subject(Part p);
Part zh_known_subject(const Zh *z);
/* zh_lead: what to set before a clause that has no subject of its own; false: nothing is known. A
 * pronoun is taken off the clause. */
bool zh_lead(const Zh *z, Part *clause, Part *ret);
/* zh_subject_before: the subject of a clause before its mark: its own, or what the sentence is
 * about. */
bool zh_subject_before(const Zh *z, size_t mark, Part *ret);

void zh_drop_brackets(const char *s, size_t size, Str *out); /* with what stands in them */
/* zh_next_clause: of p from *at on, up to ，；：。 and the like. */
Part zh_next_clause(Part p, size_t *at);
/* zh_topic: a name that the passage is about and that stands in it; in room, size 0: none. */
Part zh_topic(const Asker *a, char *room, size_t size);
Part zh_sentence_subject(Part clause); /* what its first clause shows; size 0: nothing */

#endif
