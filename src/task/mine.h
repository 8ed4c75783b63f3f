/* mine: candidates for hard negatives. The order of the steps is sentence-transformers'
 * mine_hard_negatives: search, own positives (and all with the same text, and texts equal to the
 * question, and what was judged a false negative) out; margins, max, min; the first range_max of
 * the survivors, then skip range_min; sample; fall back. Rank counts from 1 in the search result
 * with own positives left out; with a reranker in the order of its scores, which replace the
 * retriever's before anything is filtered. */
#ifndef TASK_MINE_H
#define TASK_MINE_H

#include "base/rng.h"
#include "model/env.h"
#include "num/topk.h"

typedef enum MineFilter { MINE_MARGIN, MINE_RELATIVE_MARGIN, MINE_MAX_SCORE, MINE_MIN_SCORE, MINE_FILTERS } MineFilter;

typedef struct MineOptions {
    const char *retriever;
    const char *reranker;        /* its scores replace those of candidates and positives; NULL: none */
    int splits, statuses;        /* bits of the questions; 0: train, accepted */
    bool has[MINE_FILTERS];
    double value[MINE_FILTERS];  /* absolute m: drop s + m > P; relative m: drop s > P − |P|·m; P the lowest positive score */
    size_t range_min, range_max; /* range_max 0: as sentence-transformers chooses it */
    size_t per_question;         /* n, default 3 */
    bool random_sampling;        /* uniformly among the survivors; else the top n */
    bool random_fallback;        /* fill short questions with random chunks that are no positives and pass the margins
                                    and max_score (default off) */
    const char *pool_path;       /* a candidate pool: jsonl of {"text"}, or plain lines; NULL: the corpus */
    bool dry_run;
    uint64_t seed;
} MineOptions;

typedef struct ScoreSummary { size_t count; double mean, median, std, p25, p75, min, max; } ScoreSummary;

typedef struct MineReport {
    size_t questions, candidates;
    size_t dropped[MINE_FILTERS]; /* applied in order, as sentence-transformers counts */
    size_t would_drop[MINE_FILTERS], would_starve[MINE_FILTERS]; /* each filter alone: candidates dropped, questions left with fewer than n */
    size_t short_questions, random, suspects;
    ScoreSummary positive, candidate, difference;
} MineReport;

MineOptions mine_options_default(void);

/* "absolute_margin", "relative_margin", "max_score", "min_score" */
const char *mine_filter_name(MineFilter f);

/* Resumable by question; the same options and inputs give the same candidates. */
bool task_mine(const Env *env, const MineOptions *options, MineReport *ret, Err *err);

/* The rule itself, for tests and for the dial: pure. hits are the search result without positives
 * and barred rows, best first; ret gets the chosen positions into hits (ascending), at most
 * per_question; returns how many. dropped (MINE_FILTERS) accumulates. rng only for random sampling. */
size_t mine_choose(const MineOptions *options, const Hit *hits, size_t count, double lowest_positive, size_t max_positives,
                   Rng *rng, uint32_t *ret, size_t dropped[MINE_FILTERS]);

/* mine_drops: would this filter alone drop a candidate of that score? false when the filter is not
 * set. */
bool mine_drops(const MineOptions *options, MineFilter f, double score, double lowest_positive);

/* mine_suspect: so near its positive that it probably answers the question too. */
bool mine_suspect(double score, double lowest_positive);

/* mine_range_max: the end of the rank range, range_min + n + max_positives (n tenfold with a margin,
 * a max_score or a reranker) unless it is given. */
size_t mine_range_max(const MineOptions *options, size_t max_positives);

/* score_summary: sorts values in place. */
ScoreSummary score_summary(double *values, size_t count);

/* mine_report_json: as `mine --json` prints it; the caller's. */
char *mine_report_json(const MineReport *r);

#endif
