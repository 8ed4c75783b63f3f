#include "task/train_select.h"

#include <stdlib.h>
#include <string.h>

#include "num/blas.h"
#include "num/stats.h"
#include "num/vector.h"

#define SELECT_BLOCK 256   /* questions scored at once */
#define SELECT_CUT 10      /* MRR@10 */
#define PASSAGE_BLOCK 1024 /* passages embedded at once */

struct Selector {
    const Env *env;
    Trainable *t;
    const TrainSet *s;
    uint32_t *question; /* (count) rows of the set */
    size_t count;
    float *passages;    /* (searched, dims) normalised */
    float *queries;     /* (SELECT_BLOCK, dims) */
    float *scores;      /* (SELECT_BLOCK, searched) */
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

bool selector_new(const Env *env, Trainable *t, const TrainSet *s, Selector **ret, Err *err)
{
    Selector *x = mem_zero(1, sizeof *x);
    *x = (Selector){.env = env, .t = t, .s = s, .question = mem_alloc((s->questions + 1) * sizeof *x->question)};
    for (size_t q = 0; q < s->questions; q++) {
        if (s->selecting[q]) x->question[x->count++] = (uint32_t)q;
    }
    bool ok = (x->passages = mem_tensor(s->searched, t->dims, "the selection's passages", err)) &&
              (x->queries = mem_tensor(SELECT_BLOCK, t->dims, "the selection's questions", err)) &&
              (x->scores = mem_tensor(SELECT_BLOCK, s->searched, "the selection's scores", err));
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
    free(x);
}

size_t selector_questions(const Selector *x)
{
    return x->count;
}

/* The rank of row c: ties go to the lower row. */
static size_t rank_of(const float *scores, size_t count, uint32_t c)
{
    size_t rank = 1;
    for (size_t i = 0; i < count; i++) rank += scores[i] > scores[c] || (scores[i] == scores[c] && i < c);
    return rank;
}

static void rank_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    void **c = context;
    const Selector *x = c[0];
    const uint32_t *questions = c[1];
    double *rr = c[2];
    for (size_t i = first; i < end; i++) {
        const RowList *positive = &x->s->positive;
        uint32_t q = questions[i];
        const float *scores = x->scores + i * x->s->searched;
        uint32_t best = positive->row[positive->offset[q]];
        for (size_t j = positive->offset[q] + 1; j < positive->offset[q + 1]; j++) {
            if (scores[positive->row[j]] > scores[best]) best = positive->row[j];
        }
        size_t rank = rank_of(scores, x->s->searched, best);
        rr[i] = rank <= SELECT_CUT ? 1.0 / (double)rank : 0;
    }
}

double selector_run(Selector *x, double *rr)
{
    size_t D = x->t->dims, C = x->s->searched;
    if (x->t->ops->trains_passages) embed_passages(x);
    for (size_t at = 0; at < x->count; at += SELECT_BLOCK) {
        size_t n = x->count - at < SELECT_BLOCK ? x->count - at : SELECT_BLOCK;
        x->t->ops->forward(x->t, ROLE_QUERY, x->question + at, n, x->queries);
        normalize_forward(x->env->pool, x->queries, x->queries, NULL, n, D);
        gemm(x->env->pool, false, true, n, C, D, 1, x->queries, D, x->passages, D, 0, x->scores, C);
        void *context[3] = {x, x->question + at, rr + at};
        pool_range(x->env->pool, n, 16, rank_range, context);
    }
    return stats_mean(rr, x->count);
}
