/* Stored retriever tables for the screen: every metric again from the ranks that are kept with a
 * table, at any cut-offs, and each retriever against a baseline, question by question. */
#ifndef APP_EVAL_FACTS_H
#define APP_EVAL_FACTS_H

#include "app/desk.h"
#include "num/stats.h"
#include "retrieve/metrics.h"

#define EVAL_CUTS 8     /* cut-offs at most */
#define EVAL_COLUMNS (EVAL_CUTS + 3) /* hit@k …, mrr@10, ndcg@10, map@100 */

typedef struct EvalFactsLine {
    const char *name;
    int64_t dims;              /* 0: no vectors */
    double ms_per_query;       /* NaN: not known */
    const char *made;          /* "run 3, 1,203 pairs"; "" */
    double value[EVAL_COLUMNS];
    Interval ci95[EVAL_COLUMNS];
    PairedTest test[EVAL_COLUMNS]; /* of this − baseline; of the baseline itself all zero */
    double p[EVAL_COLUMNS];    /* randomised; by Tukey's HSD where more than two are compared */
    uint32_t *first;           /* (questions) rank of the first relevant chunk; 0: not in the first 100 */
    size_t won, lost;          /* against the baseline, by reciprocal rank within 10 */
} EvalFactsLine;

typedef struct EvalFactsQuestion {
    int64_t id;
    const char *text;          /* NULL: it is gone */
} EvalFactsQuestion;

typedef struct EvalFacts {
    EvalRow row;               /* without its table */
    Metric columns[EVAL_COLUMNS];
    size_t column_count, mrr;  /* mrr: the column of mrr@10 */
    EvalFactsLine *lines;
    size_t line_count, baseline;
    EvalFactsQuestion *questions;
    size_t question_count;
    Arena arena;               /* owns all of it */
} EvalFacts;

typedef struct EvalFactsAsk {
    int64_t eval_id;           /* 0: the newest */
    const size_t *cuts; size_t cut_count; /* none: 1, 3, 5, 10 */
    const char *baseline;      /* a retriever's name; NULL or not there: lsa, else the first */
} EvalFactsAsk;

/* facts NULL with err NULL: there is no table yet. */
typedef void EvalFactsDone(void *context, EvalFacts *facts, const Err *err);
void eval_facts_ask(Desk *d, const void *slot, const EvalFactsAsk *ask, EvalFactsDone *done, void *context);
void eval_facts_free(EvalFacts *f); /* NULL is allowed */

/* The stored tables, newest first, without bodies. rows are done's to read, not to keep. */
typedef void EvalListDone(void *context, const EvalRows *rows);
void eval_list_ask(Desk *d, const void *slot, EvalListDone *done, void *context);

#endif
