/* Mining runs, candidates, verdicts. The finished mining with the highest id is the current one; a
 * new one replaces the candidates of the old when it finishes, in one transaction. Verdicts outlive
 * both. */
#ifndef STORE_MINING_H
#define STORE_MINING_H

#include "store/store.h"

/* mining_begin: goes on with an unfinished mining of the same inputs (its id and done_question),
 * drops other unfinished ones whose owner is gone, else starts a new one. */
bool mining_begin(Store *s, const char *retriever, const Hash *inputs, const char *options_json,
                  MiningRow *ret, Err *err);

/* mining_add: candidates of questions up to done_question, in one transaction; their status comes
 * from the verdicts. */
bool mining_add(Store *s, int64_t mining_id, const CandidateRow *rows, size_t count,
                int64_t done_question, Err *err);
bool mining_finish(Store *s, int64_t mining_id, const char *report_json, Err *err);
bool minings_load(Store *s, MiningRows *ret, Err *err);

typedef struct CandidateQuery {
    int statuses;        /* bits 1 << CandidateStatus; 0: all */
    int64_t question_id; /* 0: all */
    const char *filter;  /* filter language or NULL */
    const int64_t *ids;  /* NULL: any */
    size_t id_count;
    bool with_texts;
} CandidateQuery;

/* candidates_load: of the current mining; as the filter orders (equal ones by id), else in the
 * order of ids, else by question, rank, id. */
bool candidates_load(Store *s, const CandidateQuery *query, CandidateRows *ret, Err *err);

/* ERR_MISSING names the id */
bool candidate_get(Store *s, int64_t id, CandidateRows *ret, Err *err);
bool verdicts_load(Store *s, VerdictRows *ret, Err *err); /* by question */

#endif
