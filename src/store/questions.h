/* Questions, relevance, doubts. */
#ifndef STORE_QUESTIONS_H
#define STORE_QUESTIONS_H

#include "store/store.h"

typedef struct QuestionQuery {
    int statuses;       /* bits 1 << QuestionStatus; 0: all but deleted */
    int splits;         /* bits; 0: any */
    int64_t chunk_id;   /* questions of one chunk; 0: any */
    const char *filter; /* filter language or NULL */
    const int64_t *ids; /* NULL: any */
    size_t id_count;
} QuestionQuery;

/* as the filter orders, else in the order of ids, else by id */
bool questions_load(Store *s, const QuestionQuery *query, QuestionRows *ret, Err *err);
bool question_get(Store *s, int64_t id, QuestionRows *ret, Err *err); /* ERR_MISSING names the id */

/* question_add: id of the new row. text_hash is computed. */
bool question_add(Store *s, const QuestionRow *row, int64_t *ret_id, Err *err);
bool question_set_split(Store *s, int64_t id, Split split, Err *err);

/* by the program, not a decision; accepted ones become flagged too */
bool question_flag(Store *s, int64_t id, const char *why, Err *err);
bool doubts_put(Store *s, int64_t question_id, const Doubts *doubts, Err *err);

/* by question, chunk; all that are not deleted */
bool relevance_load(Store *s, RelevanceRows *ret, Err *err);

/* twice is fine */
bool relevance_add(Store *s, int64_t question_id, int64_t chunk_id, Origin origin, Err *err);
bool relevance_move(Store *s, int64_t from_chunk, int64_t to_chunk, Err *err);

/* live chunks; caller's array */
bool chunks_without_questions(Store *s, int64_t **ret_ids, size_t *ret_count, Err *err);

#endif
