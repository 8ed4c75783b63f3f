/* Miner: what mining and its dial share: the questions, what is searched for them, which texts are
 * never offered to whom, and the search itself. Used by mine.c, dial.c and miner.c only.
 *
 * Invariants: questions are rows of data; hits are rows of view. A text is offered once to a
 * question, and never where it is a positive, was judged a false negative, or is the question. */
#ifndef TASK_MINER_H
#define TASK_MINER_H

#include "base/map.h"
#include "model/reranker.h"
#include "retrieve/retriever.h"
#include "task/dataset.h"
#include "task/mine.h"

#define MINE_BATCH 1024 /* questions searched at once */

typedef struct Miner {
    const Env *env;
    const MineOptions *o;
    Dataset data;           /* the questions, and the corpus of live chunks */
    ChunkRows pool;         /* texts of --pool; empty without */
    CorpusView pool_view;   /* pool texts and the positives' chunks, by id */
    uint8_t *offerable;     /* (view->count) 1: a text of the pool; NULL: every row */
    const CorpusView *view; /* what is searched */
    size_t offered;         /* rows of view that may be candidates */
    Hash *text_hash;        /* (view->count) */
    uint32_t *view_row;     /* (chunks) row of view, UINT32_MAX: not there; NULL: the same rows */
    Map *never;             /* question id + text hash: positives, false negatives */
    Retriever *retriever;
    Reranker *reranker;     /* NULL: none */
    const char **texts;     /* (questions) borrowed */
    size_t max_positives, max_barred; /* of one question */
} Miner;

/* miner_open: checks the options and reads everything. env and options are borrowed until
 * miner_release, which takes a zeroed one too. ret is filled even where it fails. */
bool miner_open(const Env *env, const MineOptions *options, Miner *ret, Err *err);
void miner_release(Miner *m);

bool miner_may_offer(const Miner *m, const QuestionRow *q, uint32_t row);

size_t miner_texts(const Miner *m, const MineOptions *options); /* how many it looks at */
size_t miner_depth(const Miner *m, size_t texts);               /* hits that hold so many */

/* What was found for questions first … end: what may be offered to each, best first, each text
 * once, among its first so many texts. */
typedef struct MinerFound {
    size_t first;
    size_t *offset;      /* (questions + 1) */
    Hit *hits;
    uint32_t *at, *seen; /* of each: the retriever's hits gone through before it; the texts looked
                            at, itself and positives counted. Ascending but where reranked. */
    float *positives; /* of question q at data.positive_offset[q] − data.positive_offset[first] */
} MinerFound;

bool miner_search(const Miner *m, size_t first, size_t end, size_t texts, MinerFound *ret, Err *err);
void miner_found_release(MinerFound *f);

/* miner_score: of one question and one row of the view. */
bool miner_score(const Miner *m, const QuestionRow *q, uint32_t row, float *ret, Err *err);

/* The part of one question. */
typedef struct MinerHits {
    const Hit *hits;
    const uint32_t *at, *seen;
    size_t count;
    const float *positives;
    size_t positive_count;
    double lowest; /* score of its positives; infinite without any */
} MinerHits;

MinerHits miner_hits(const Miner *m, const MinerFound *f, size_t q);

#endif
