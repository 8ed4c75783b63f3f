/* sweep: how much is enough? The same embedder trained by several methods at several counts of
 * pairs, nested subsets, within one budget of time; one table, and in words where more pairs or a
 * bigger method stopped helping. Everything is chosen on val; test is looked at once, at the end.
 *
 * Each cell is a run of its own, NAME-METHOD-PAIRS: stopped or killed, the same sweep goes on, and
 * what is done is not run again. */
#ifndef TASK_SWEEP_H
#define TASK_SWEEP_H

#include "base/str.h"
#include "task/train.h"

typedef struct SweepOptions {
    const char
        *methods; /* "linear,full", smallest first; NULL: what the embedder can be trained by */
    const char *pairs;  /* "100,1000,all" */
    double budget_s;    /* of all runs together; 0: none */
    TrainOptions train; /* of every run; name: of the sweep; method and pairs are not looked at */
} SweepOptions;

typedef enum SweepState { SWEEP_DONE, SWEEP_LEFT_OUT, SWEEP_FAILED } SweepState;

typedef struct SweepFigure {
    double accuracy, mrr; /* @5, @10 */
    Interval mrr_ci95;
} SweepFigure;

typedef struct SweepRow {
    char name[128], method[32];
    size_t pairs, epochs;
    size_t epoch; /* with keep_epochs: the retriever of that epoch, NAME@1 …; 0: of the run */
    bool all_pairs,
        untrained; /* untrained: no step was better, the retriever is the untrained one */
    SweepState state;
    char why[200]; /* it was left out or failed */
    double estimated_s, seconds;
    SweepFigure val, test;
} SweepRow;

typedef struct SweepReport {
    char embedder[1024];
    size_t val_questions, test_questions; /* test 0: there are none */
    SweepFigure val, test;                /* of the untrained retriever */
    SweepRow *rows;
    size_t row_count;
    char **words; /* sentences */
    size_t word_count;
    long chosen; /* row, -1: do not fine-tune */
} SweepReport;

SweepOptions sweep_options_default(void);
bool task_sweep(const Env *env, const SweepOptions *options, SweepReport *ret, Err *err);
void sweep_report_release(SweepReport *r);

/* As a table with the words below it, and as JSON. Append. */
void sweep_text(const SweepReport *r, Str *out);
void sweep_json(const SweepReport *r, Str *out);

#endif
