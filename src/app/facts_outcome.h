/* Facts of what a run changed (task/outcome.h), with the texts that its lists name. */
#ifndef APP_FACTS_OUTCOME_H
#define APP_FACTS_OUTCOME_H

#include "app/desk.h"
#include "task/outcome.h"

typedef struct OutcomeText {
    int64_t id;
    const char *text;
} OutcomeText;

typedef struct OutcomeFacts {
    Outcome outcome;
    OutcomeText *questions, *chunks; /* ascending ids */
    size_t question_count, chunk_count;
    Arena arena;                     /* of the texts */
} OutcomeFacts;

/* outcome_facts_ask: computes it anew on LANE_LONG; run: copied. Returns what it is at, to be
 * looked at until done is called, it is asked anew or forgotten. */
typedef void OutcomeFactsDone(void *context, OutcomeFacts *facts, const Err *err);
Progress *outcome_facts_ask(Desk *d, const void *slot, const char *run, OutcomeFactsDone *done,
                       void *context);
void outcome_facts_free(OutcomeFacts *f); /* NULL is allowed */

const char *outcome_question(const OutcomeFacts *f, int64_t id); /* "": not known */
const char *outcome_chunk(const OutcomeFacts *f, int64_t id);

#endif
