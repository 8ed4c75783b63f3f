/* Frames: each looks for its pattern in a clause and asks for the part of it that answers. Used by
 * ask_en*.c only. */
#ifndef TEXT_ASK_EN_FRAME_H
#define TEXT_ASK_EN_FRAME_H

#include "text/ask_en.h"

#define REST_MOST 9 /* words behind the verb in a question */

/* The clause that the frames look at. */
typedef struct Frame {
    Asker *asker;
    const EnText *t;
    size_t main, end; /* the main clause, behind its opening */
    bool has_clause;
    EnClause clause;     /* of main */
    const EnToken *verb; /* of clause */
    size_t follows;      /* the first token behind the verb that is no adverb */
} Frame;

EnQuestion frame_begin(const Frame *f, const char *words);
bool en_token_is(const EnToken *k, const char *list); /* list: words between blanks, " a b c " */
size_t en_size(EnSpan s);

/* Token i, which may lie behind the end: it has the tags of a stop then, and is no word. */
bool frame_is(const Frame *f, size_t i, const char *list);
unsigned frame_tags(const Frame *f, size_t i);

bool frame_be(const Frame *f); /* the verb is one of be */
bool frame_negated(const Frame *f);
bool frame_we(const Frame *f); /* the subject is "we" */
bool frame_you(const Frame *f);
bool frame_name(const Frame *f, EnSpan s);         /* words with capitals only */
bool frame_names_enough(const Frame *f, EnSpan s); /* two words at least that are no grammar */
EnSpan frame_rest(const Frame *f, size_t most);
bool frame_complete(const Frame *f, EnSpan rest); /* the verb can do without, or rest is some */
/* frame_time_end: a year, a month, a full date behind "in" or "on" at i: its end; 0: none. */
size_t frame_time_end(const Frame *f, size_t i);

void en_ask_definition(const Frame *f);
void en_ask_why(const Frame *f);
void en_ask_driver(const Frame *f);
void en_ask_effect(const Frame *f);
void en_ask_affected(const Frame *f);
void en_ask_condition(const Frame *f);
void en_ask_passive(const Frame *f);
void en_ask_manner(const Frame *f);
void en_ask_howto(const Frame *f);
void en_ask_instruction(const Frame *f);
void en_ask_purpose(const Frame *f);
void en_ask_object(const Frame *f);
void en_ask_subject(const Frame *f);
void en_ask_examples(const Frame *f);
void en_ask_count(const Frame *f);
void en_ask_amount(const Frame *f);
void en_ask_parts(const Frame *f);
void en_ask_share(const Frame *f);
void en_ask_rate(const Frame *f);
void en_ask_often(const Frame *f);
void en_ask_there(const Frame *f);
void en_ask_when(const Frame *f);
void en_ask_who(const Frame *f);
void en_ask_where(const Frame *f);
void en_ask_comparison(const Frame *f);
void en_ask_duty(const Frame *f);
void en_ask_relation(const Frame *f);
void en_ask_whether(const Frame *f);
void en_ask_acronym(Asker *a, const EnText *t, const char *s, size_t size);

#endif
