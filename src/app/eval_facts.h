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
    int64_t run_id;            /* 0: no run made it, or it is gone */
    double value[EVAL_COLUMNS]; /* NaN: no questions */
    double difference[EVAL_COLUMNS]; /* value − that of the baseline */
    double p[EVAL_COLUMNS];    /* of the difference, randomised; by Tukey's HSD where more than two are compared */
    Interval ci95;             /* of mrr@10 */
    PairedTest test;           /* of mrr@10, this − baseline; of the baseline itself all zero */
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
    bool tested;               /* intervals, tests and p are there */
    EvalFactsQuestion *questions;
    size_t question_count;
    Arena arena;               /* owns all of it */
} EvalFacts;

typedef struct EvalFactsAsk {
    int64_t eval_id;           /* 0: the newest */
    const size_t *cuts; size_t cut_count; /* none: 1, 3, 5, 10 */
    const char *baseline;      /* a retriever's name; NULL or not there: lsa, else the first */
    bool quick;                /* values only: a few milliseconds, where tests take seconds */
} EvalFactsAsk;

/* facts NULL with err NULL: there is no table yet. */
typedef void EvalFactsDone(void *context, EvalFacts *facts, const Err *err);
void eval_facts_ask(Desk *d, const void *slot, const EvalFactsAsk *ask, EvalFactsDone *done, void *context);
void eval_facts_free(EvalFacts *f); /* NULL is allowed */

/* The stored tables, newest first. */
typedef struct EvalListItem {
    EvalRow row;               /* without its table */
    size_t retrievers;
    const char *best;          /* the one with the greatest mrr@10; "" */
    double mrr;                /* of that; NaN */
} EvalListItem;

typedef struct EvalList {
    EvalListItem *items;
    size_t count;
    Arena arena;               /* owns all of it */
} EvalList;

typedef void EvalListDone(void *context, EvalList *list, const Err *err); /* list: the context's; NULL with err */
void eval_list_ask(Desk *d, const void *slot, EvalListDone *done, void *context);
void eval_list_free(EvalList *l); /* NULL is allowed */

/* What is known about a question's hits: the chunks that answer it, and those that somebody looked
 * at and decided about. */
typedef struct EvalJudged {
    int64_t question_id;
    const char *text;          /* of the question; NULL: it is gone */
    int64_t *own; size_t own_count;
    Hash *decided; size_t decided_count; /* text hashes of chunks with a verdict */
    Arena arena;               /* owns all of it */
} EvalJudged;

typedef void EvalJudgedDone(void *context, EvalJudged *judged, const Err *err); /* as above */
void eval_judged_ask(Desk *d, const void *slot, int64_t question_id, EvalJudgedDone *done, void *context);
void eval_judged_free(EvalJudged *j); /* NULL is allowed */
bool eval_judged_has(const EvalJudged *j, const ChunkRow *chunk); /* somebody decided about it */

#endif
