/* evaluate: a retriever table, and comparisons question by question. */
#ifndef TASK_EVALUATE_H
#define TASK_EVALUATE_H

#include "base/str.h"
#include "model/env.h"
#include "num/stats.h"
#include "retrieve/metrics.h"
#include "retrieve/retriever.h"

typedef struct EvalOptions {
    const char *const *retrievers; size_t retriever_count; /* none: all that there are */
    Split split;          /* default test */
    bool corpus_split;    /* search only that split's chunks (and those of no split); else every live chunk */
    const char *filter;   /* questions that match; NULL */
    size_t ks[16]; size_t k_count; /* default 1,3,5,10 */
    bool keep;            /* store it in the project */
    uint64_t seed;        /* of the intervals */
} EvalOptions;

#define EVAL_METRICS 64

typedef struct EvalLine {
    char name[RETRIEVER_NAME_SIZE];
    size_t dims;
    int64_t run_id;
    double ms_per_query;
    double value[EVAL_METRICS];
    Interval ci95[EVAL_METRICS];
    double *per_question[EVAL_METRICS]; /* (questions) each, owned by the table */
} EvalLine;

typedef struct EvalTable {
    Split split; bool corpus_split;
    char frozen[HASH_HEX_SIZE]; bool frozen_changed; /* "" not frozen */
    char data_hash[HASH_HEX_SIZE], made[32], version[32];
    size_t questions, chunks, lost_questions;
    Metric metrics[EVAL_METRICS]; size_t metric_count;
    int64_t *question_ids; char **question_texts; /* (questions) */
    EvalLine *lines; size_t line_count;
    int64_t id; /* of the stored evaluation, 0: not stored */
} EvalTable;

EvalOptions eval_options_default(void);
bool task_evaluate(const Env *env, const EvalOptions *options, EvalTable *ret, Err *err);
void eval_table_release(EvalTable *t);

/* The forms of a table; one row each. "text", "md", "json", "csv" (sentence-transformers' columns,
 * epoch -1 steps -1), "llamaindex" (retrievers,hit_rate,mrr). */
typedef struct EvalFormat { const char *name, *describes; void (*write)(const EvalTable *t, Str *out); } EvalFormat;
extern const EvalFormat EVAL_FORMATS[];
extern const size_t EVAL_FORMAT_COUNT;

/* Comparison of lines a and b of one table, by metric m: b against a. */
typedef struct Comparison { size_t wins, losses, ties; PairedTest test; } Comparison;
void eval_compare(const EvalTable *t, size_t a, size_t b, size_t metric, uint64_t seed,
                  Comparison *ret);

/* metric_count: not there */
size_t eval_metric_find(const EvalTable *t, MetricKind kind, size_t k);

/* compare_text / compare_json: what `compare` prints: two retrievers (wins, losses, ties,
 * differences with interval, p, effect size, the questions won and lost), three or more: a matrix
 * of pairs with Tukey-corrected p-values. Appends. */
void compare_text(const EvalTable *t, uint64_t seed, size_t questions_shown, Str *out);
void compare_json(const EvalTable *t, uint64_t seed, Str *out);

#endif
