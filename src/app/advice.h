/* Advice: what to do next in a project, and what in it asks for attention. */
#ifndef APP_ADVICE_H
#define APP_ADVICE_H

#include "base/vec.h"
#include "model/env.h"

typedef VEC(char *) Advice; /* lines: "hone mine: 120 train questions have no candidates yet" */

/* advice_next: the next steps, most urgent first. advice_care: what is out of date or doubtful.
 * Append. */
bool advice_next(const Env *env, const Counts *counts, Advice *ret, Err *err);
bool advice_care(const Env *env, const Counts *counts, Advice *ret, Err *err);
void advice_release(Advice *a);

/* Sums over a table of counts. */
int64_t counts_documents(const Counts *c);
int64_t counts_chunks(const Counts *c, ChunkStatus status);
int64_t counts_questions(const Counts *c, QuestionStatus status);

#endif
