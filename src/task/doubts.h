/* doubts: what speaks against a question, computed for those whose doubts are not known or whose
 * corpus changed: rank of its own chunk under a retriever (bm25 + lsa), near-duplicate questions
 * (symmetric search), copied spans, naming nothing. */
#ifndef TASK_DOUBTS_H
#define TASK_DOUBTS_H

#include "model/env.h"

/* all: again for every question */
bool task_doubts(const Env *env, bool all, size_t *ret_computed, Err *err);

/* The parts that need no corpus; pure. copied_share: share of the question's words in the longest
 * run of words that stands in the text too. */
double doubt_copied_share(const char *question, const char *text);
bool doubt_nameless(const char *question);
/* doubt_sum: 0 … 1, one minus the trust that is left. Each doubt leaves a share of it: its own chunk
 * not found 0.4, behind 20 0.5, behind 5 0.7, behind 1 0.9; copied spans above a half as much less
 * as they are longer; a twin 0.6; naming nothing 0.1. */
double doubt_sum(const Doubts *d);

#endif
