/* Facts of training runs: the list of them, their series for the charts, and what can be said and
 * done about one. As facts.h: read on a lane, handed over whole. */
#ifndef APP_FACTS_RUNS_H
#define APP_FACTS_RUNS_H

#include "app/desk.h"
#include "base/str.h"
#include "task/train.h"

/* ---- the list ---- */

typedef struct RunFacts {
    RunRow row;         /* state "running" only while a process trains it */
    bool reported;
    TrainReport report; /* where reported */
    size_t epochs;      /* planned; 0: its options cannot be read */
    size_t batch;       /* the same */
    bool reranker;      /* it trains one */
    size_t sweep_stem;  /* bytes of the name that all runs of its sweep begin with; 0: of none */
    bool follows;       /* it stands behind another run of its sweep */
    bool by_tokens;     /* its steps take as long as its tokens: tokens a second say how fast it is */
} RunFacts;

typedef struct RunsFacts {
    RunFacts *items; /* (count), newest first, a sweep's together where its newest is */
    size_t count;
    RunRows rows;    /* that the items borrow from */
} RunsFacts;

typedef void RunsFactsDone(void *context, RunsFacts *facts, const Err *err);
void runs_facts_ask(Desk *d, const void *slot, RunsFactsDone *done, void *context);
void runs_facts_free(RunsFacts *f); /* NULL is allowed */

/* runs_facts_make: takes the rows (oldest first) over. */
RunsFacts *runs_facts_make(RunRows *rows);
const RunFacts *runs_facts_find(const RunsFacts *f, int64_t id); /* NULL: not there */

/* run_verdict: what is honest to say about the gain, in some words: "may be chance"; "" while
 * it has no report. */
const char *run_verdict(const RunFacts *r);

/* run_text: everything that is known of a run, to be read. Appends. */
void run_text(const RunFacts *r, Str *out);

/* ---- the command line of a run ---- */

typedef VEC(char *) RunWords;

/* run_words: the words that train it again under a name: with every option, so that a run that was
 * stopped goes on; brief: only what differs from the defaults, for a form. Overwrites. ERR_FORMAT:
 * its options cannot be read. */
bool run_words(const RunRow *r, const char *name, bool brief, RunWords *ret, Err *err);
void run_words_release(RunWords *w);

/* run_fresh_name: like `name`, and not one of a run yet: "ft" → "ft-2". The caller's. */
char *run_fresh_name(const RunsFacts *f, const char *name);

/* ---- series ---- */

typedef enum RunMetric {
    RUN_LOSS, RUN_MRR, RUN_LIKELIHOOD, RUN_GRADIENT, RUN_LR, RUN_METRIC_COUNT
} RunMetric;

typedef struct RunPoint {
    double step, value; /* likelihood: the log-likelihood of the positive, higher is better */
    int64_t at_ms;
} RunPoint;

typedef VEC(RunPoint) RunPointsOf;

typedef struct RunPoints {
    int64_t run_id;
    bool anew; /* takes the place of what was there before */
    RunPointsOf of[RUN_METRIC_COUNT]; /* steps ascending */
} RunPoints;

const char *run_metric_name(RunMetric m); /* "loss", "mrr@10 (val)" … */

/* run_points_ask: what `have` (NULL: nothing) does not hold yet. A run that began again from an
 * older step comes whole. */
typedef void RunPointsDone(void *context, RunPoints *points, const Err *err);
void run_points_ask(Desk *d, const void *slot, int64_t run_id, const RunPoints *have,
                    RunPointsDone *done, void *context);
void run_points_free(RunPoints *p); /* NULL is allowed */

/* run_points_add: news (freed) behind what is there; *to NULL: becomes it. */
void run_points_add(RunPoints **to, RunPoints *news);

/* ---- files ---- */

/* text_file_ask: writes a file on a lane; err NULL: it went well. */
typedef void TextFileDone(void *context, const char *path, const Err *err);
void text_file_ask(Desk *d, const void *slot, const char *path, const char *text,
                   TextFileDone *done, void *context);

#endif
