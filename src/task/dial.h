/* dial: what mining would keep, answered at once while its settings are turned. One search holds the
 * first candidates of every question; the rule of mining (mine_choose) then runs over them.
 *
 * Invariant: for settings that look at no more than what is held (DialCounts.beyond is false),
 * counts are those that task_mine gives for the same options without random fallback, also with
 * random sampling. Retriever, reranker, splits, statuses and pool are those of dial_open whatever the
 * settings say. Immutable once open: any thread may count. */
#ifndef TASK_DIAL_H
#define TASK_DIAL_H

#include "task/mine.h"

#define DIAL_DEPTH 200 /* candidates held for a question unless told otherwise */
#define DIAL_BINS 64

typedef struct Dial Dial;

/* dial_open: one search with options->retriever, for every question that mining would use. Writes
 * nothing but a first build of lsa, vectors, and a reranker's scores. depth 0: DIAL_DEPTH, or with a
 * reranker what a mining with these options looks at. ERR_MISSING, ERR_USAGE as
 * task_mine. Slow; stops with ERR_CANCELLED. */
bool dial_open(const Env *env, const MineOptions *options, size_t depth, Dial **ret, Err *err);
void dial_free(Dial *d); /* NULL is allowed */

/* Candidates by candidate − lowest positive score. */
typedef struct DialBin {
    double low, high; /* [low, high); the last bin has its high too; 0 is always between two bins */
    size_t all, kept;
} DialBin;

typedef struct DialCounts {
    size_t questions, candidates; /* held */
    size_t kept;
    size_t dropped[MINE_FILTERS]; /* in order, as MineReport */
    size_t starved;               /* questions with fewer than per_question kept */
    size_t suspects;              /* of the kept */
    bool beyond;                  /* the settings look further than what is held: only that is counted */
    DialBin bins[DIAL_BINS];
} DialCounts;

void dial_count(const Dial *d, const MineOptions *options, DialCounts *ret);

/* dial_scores: the least and the greatest score of what is held; 0 and 0 when nothing is. */
void dial_scores(const Dial *d, double *ret_low, double *ret_high);

#endif
