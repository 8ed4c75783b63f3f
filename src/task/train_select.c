#include "task/train_select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/blas.h"
#include "num/stats.h"
#include "num/topk.h"
#include "num/vector.h"

#define SELECT_BLOCK 256   /* questions scored at once */
#define SELECT_CUT 10      /* MRR@10 */
#define SELECT_HITS 100    /* hits that the likelihood looks at */
#define PASSAGE_BLOCK 1024 /* passages embedded at once */

struct Selector {
    const Env *env;
    Trainable *t;
    const TrainSet *s;
    double scale;       /* of the likelihood's softmax */
    uint32_t *question; /* (count) rows of the set */
    size_t count;
    float *passages; /* (searched, dims) normalised */
    float *queries;  /* (SELECT_BLOCK, dims) */
    float *scores;   /* (SELECT_BLOCK, searched) */
    float *gap; /* (count, SELECT_HITS) scores of the first hits that are no positives − the best
                   positive's score */
    size_t *gaps; /* (count) how many */
};

static void embed_passages(Selector *x)
{
    size_t D = x->t->dims;
    uint32_t rows[PASSAGE_BLOCK];
    for (size_t at = 0; at < x->s->searched; at += PASSAGE_BLOCK) {
        size_t n = x->s->searched - at < PASSAGE_BLOCK ? x->s->searched - at : PASSAGE_BLOCK;
        for (size_t i = 0; i < n; i++) rows[i] = (uint32_t)(at + i);
        x->t->ops->forward(x->t, ROLE_PASSAGE, rows, n, x->passages + at * D);
    }
    normalize_forward(x->env->pool, x->passages, x->passages, NULL, x->s->searched, D);
}

bool selector_new(const Env *env, Trainable *t, const TrainSet *s, double scale, Selector **ret,
                  Err *err)
{
    Selector *x = mem_zero(1, sizeof *x);
    *x = (Selector){.env = env,
                    .t = t,
                    .s = s,
                    .scale = scale,
                    .question = mem_alloc((s->questions + 1) * sizeof *x->question)};
    for (size_t q = 0; q < s->questions; q++) {
        if (s->selecting[q]) x->question[x->count++] = (uint32_t)q;
    }
    x->gaps = mem_zero(x->count + 1, sizeof *x->gaps);
    bool ok = (x->passages = mem_tensor(s->searched, t->dims, "the selection's passages", err)) &&
              (x->queries = mem_tensor(SELECT_BLOCK, t->dims, "the selection's questions", err)) &&
              (x->scores = mem_tensor(SELECT_BLOCK, s->searched, "the selection's scores", err)) &&
              (x->gap = mem_tensor(x->count, SELECT_HITS, "the selection's hits", err));
    if (!ok) {
        selector_free(x);
        return false;
    }
    embed_passages(x);
    *ret = x;
    return true;
}

void selector_free(Selector *x)
{
    if (!x) return;
    free(x->question);
    free(x->passages);
    free(x->queries);
    free(x->scores);
    free(x->gap);
    free(x->gaps);
    free(x);
}

size_t selector_bytes(const Selector *x)
{
    size_t searched = x->s->searched;
    return sizeof *x + x->s->questions * sizeof *x->question + x->count * sizeof *x->gaps +
           ((searched + SELECT_BLOCK) * x->t->dims + SELECT_BLOCK * searched +
            x->count * SELECT_HITS) *
               sizeof(float);
}

size_t selector_questions(const Selector *x)
{
    return x->count;
}

/* The rank of row c: ties go to the lower row. */
static size_t rank_of(const float *scores, size_t count, uint32_t c)
{
    size_t rank = 1;
    for (size_t i = 0; i < count; i++)
        rank += scores[i] > scores[c] || (scores[i] == scores[c] && i < c);
    return rank;
}

static uint32_t best_positive(const TrainSet *s, uint32_t q, const float *scores)
{
    uint32_t best = s->positive.row[s->positive.offset[q]];
    for (size_t j = s->positive.offset[q] + 1; j < s->positive.offset[q + 1]; j++) {
        if (scores[s->positive.row[j]] > scores[best]) best = s->positive.row[j];
    }
    return best;
}

static bool is_positive(const TrainSet *s, uint32_t q, uint32_t c)
{
    for (size_t j = s->positive.offset[q]; j < s->positive.offset[q + 1]; j++) {
        if (s->positive.row[j] == c) return true;
    }
    return false;
}

/* One block of questions: scores (n, searched) of the questions at `first`. */
typedef struct Block {
    Selector *x;
    size_t first;
    double *rr;
} Block;

static void score_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Block *b = context;
    Selector *x = b->x;
    for (size_t i = first; i < end; i++) {
        const float *scores = x->scores + i * x->s->searched;
        uint32_t q = x->question[b->first + i], best = best_positive(x->s, q, scores);
        size_t rank = rank_of(scores, x->s->searched, best);
        b->rr[b->first + i] = rank <= SELECT_CUT ? 1.0 / (double)rank : 0;
        Hit hits[SELECT_HITS];
        size_t n = topk(scores, x->s->searched, SELECT_HITS, hits), kept = 0;
        float *gap = x->gap + (b->first + i) * SELECT_HITS;
        for (size_t h = 0; h < n; h++) {
            if (!is_positive(x->s, q, hits[h].row)) gap[kept++] = hits[h].score - scores[best];
        }
        x->gaps[b->first + i] = kept;
    }
}

/* −log(1 + Σ exp(scale · gap)): the log-likelihood of one question's positive. */
static double likelihood_of(const Selector *x, size_t i)
{
    double scale = x->scale;
    const float *gap = x->gap + i * SELECT_HITS;
    double most = 0, sum = 0;
    for (size_t h = 0; h < x->gaps[i]; h++) {
        if (gap[h] > most) most = gap[h];
    }
    for (size_t h = 0; h < x->gaps[i]; h++) sum += exp(scale * (gap[h] - most));
    return -(scale * most + log(exp(-scale * most) + sum));
}

SelectedMeans selector_run(Selector *x, Selected ret)
{
    size_t D = x->t->dims, C = x->s->searched;
    if (x->t->ops->trains_passages) embed_passages(x);
    for (size_t at = 0; at < x->count; at += SELECT_BLOCK) {
        size_t n = x->count - at < SELECT_BLOCK ? x->count - at : SELECT_BLOCK;
        x->t->ops->forward(x->t, ROLE_QUERY, x->question + at, n, x->queries);
        normalize_forward(x->env->pool, x->queries, x->queries, NULL, n, D);
        gemm(x->env->pool, false, true, n, C, D, 1, x->queries, D, x->passages, D, 0, x->scores, C);
        Block block = {x, at, ret.rr};
        pool_range(x->env->pool, n, 16, score_range, &block);
    }
    for (size_t i = 0; i < x->count; i++) ret.likelihood[i] = likelihood_of(x, i);
    return (SelectedMeans){stats_mean(ret.rr, x->count), stats_mean(ret.likelihood, x->count)};
}
