#include "task/train_select.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "num/blas.h"
#include "num/stats.h"
#include "num/topk.h"
#include "num/vector.h"
#include "task/train_select_parts.h"

#define SELECT_BLOCK 256   /* questions scored at once */
#define SELECT_HITS 100    /* hits that the likelihood looks at */
#define PASSAGE_BLOCK 1024 /* passages embedded at once */

#define NOT_SEARCHED UINT32_MAX
/* However many tokens they have. */
#define QUESTIONS_LEAST 20
#define SEARCHED_LEAST 40

typedef struct VectorSelector {
    Selector base;
    double scale;     /* of the likelihood's softmax */
    uint32_t *row;    /* (searched) rows of the set, ascending */
    uint32_t *column; /* (set's searched) where a row stands in `row`, or NOT_SEARCHED */
    size_t searched;
    float *passages; /* (searched, dims) normalised */
    float *queries;  /* (SELECT_BLOCK, dims) */
    float *scores;   /* (SELECT_BLOCK, searched) */
    float *gap; /* (count, SELECT_HITS) scores of the first hits that are no positives − the best
                   positive's score */
    size_t *gaps; /* (count) how many */
} VectorSelector;

static bool embed_passages(VectorSelector *x, Err *err)
{
    size_t D = x->base.t->dims;
    for (size_t at = 0; at < x->searched; at += PASSAGE_BLOCK) {
        size_t n = x->searched - at < PASSAGE_BLOCK ? x->searched - at : PASSAGE_BLOCK;
        if (!cancel_check(x->base.t->cancel, err) ||
            !x->base.t->ops->embed(x->base.t, ROLE_PASSAGE, x->row + at, n, x->passages + at * D,
                                   err))
            return false;
    }
    normalize_forward(x->base.env->pool, x->passages, x->passages, NULL, x->searched, D);
    return true;
}

static size_t tokens_of(const VectorSelector *x, Role role, uint32_t row)
{
    return x->base.t->ops->tokens ? x->base.t->ops->tokens(x->base.t, role, row) : 0;
}

/* What is drawn where all would take too long. x->column of a chunk that is taken is 0. */
typedef struct Draw {
    size_t used, chunks; /* tokens, chunks taken */
} Draw;

static void take_chunk(VectorSelector *x, uint32_t c, Draw *d)
{
    if (x->column[c] == 0) return;
    x->column[c] = 0;
    d->chunks++;
    d->used += tokens_of(x, ROLE_PASSAGE, c);
}

static int by_row(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Questions with their positives, in a random order, until half of the tokens are used. */
static void draw_questions(VectorSelector *x, size_t tokens, Rng *rng, Draw *d)
{
    const RowList *positive = &x->base.s->positive;
    size_t kept = 0;
    rng_shuffle(rng, x->base.question, x->base.count);
    for (; kept < x->base.count && (d->used < tokens / 2 || kept < QUESTIONS_LEAST); kept++) {
        uint32_t q = x->base.question[kept];
        d->used += tokens_of(x, ROLE_QUERY, q);
        for (size_t j = positive->offset[q]; j < positive->offset[q + 1]; j++)
            take_chunk(x, positive->row[j], d);
    }
    x->base.count = kept;
    qsort(x->base.question, kept, sizeof *x->base.question, by_row);
}

/* Then chunks in a random order until all are. */
static void draw_chunks(VectorSelector *x, size_t tokens, Rng *rng, Draw *d)
{
    size_t count = x->base.s->searched;
    uint32_t *order = mem_alloc((count + 1) * sizeof *order);
    for (size_t c = 0; c < count; c++) order[c] = (uint32_t)c;
    rng_shuffle(rng, order, count);
    for (size_t i = 0; i < count && (d->used < tokens || d->chunks < SEARCHED_LEAST); i++)
        take_chunk(x, order[i], d);
    free(order);
}

static void draw(VectorSelector *x, size_t tokens, uint64_t seed)
{
    Draw d = {0};
    Rng rng = rng_make(seed, 0x70);
    for (size_t c = 0; c < x->base.s->searched; c++) x->column[c] = NOT_SEARCHED;
    draw_questions(x, tokens, &rng, &d);
    draw_chunks(x, tokens, &rng, &d);
}

static size_t all_tokens(const VectorSelector *x)
{
    size_t all = 0;
    for (size_t c = 0; c < x->base.s->searched; c++) all += tokens_of(x, ROLE_PASSAGE, (uint32_t)c);
    for (size_t i = 0; i < x->base.count; i++) all += tokens_of(x, ROLE_QUERY, x->base.question[i]);
    return all;
}

static void choose(VectorSelector *x, size_t tokens, uint64_t seed)
{
    x->row = mem_alloc((x->base.s->searched + 1) * sizeof *x->row);
    x->column = mem_zero(x->base.s->searched + 1, sizeof *x->column);
    if (tokens > 0 && all_tokens(x) > tokens) draw(x, tokens, seed);
    for (size_t c = 0; c < x->base.s->searched; c++) {
        if (x->column[c] == NOT_SEARCHED) continue;
        x->column[c] = (uint32_t)x->searched;
        x->row[x->searched++] = (uint32_t)c;
        x->base.tokens += tokens_of(x, ROLE_PASSAGE, (uint32_t)c);
    }
    for (size_t i = 0; i < x->base.count; i++)
        x->base.tokens += tokens_of(x, ROLE_QUERY, x->base.question[i]);
}

static void free_vectors(Selector *base)
{
    VectorSelector *x = (VectorSelector *)base;
    free(x->row);
    free(x->column);
    free(x->passages);
    free(x->queries);
    free(x->scores);
    free(x->gap);
    free(x->gaps);
}

static size_t vectors_bytes(const Selector *base)
{
    const VectorSelector *x = (const VectorSelector *)base;
    return sizeof *x - sizeof *base + x->base.count * sizeof *x->gaps +
           x->base.s->searched * (sizeof *x->row + sizeof *x->column) +
           ((x->searched + SELECT_BLOCK) * x->base.t->dims + SELECT_BLOCK * x->searched +
            x->base.count * SELECT_HITS) *
               sizeof(float);
}

/* The rank of row c: ties go to the lower row. */
static size_t rank_of(const float *scores, size_t count, uint32_t c)
{
    size_t rank = 1;
    for (size_t i = 0; i < count; i++)
        rank += scores[i] > scores[c] || (scores[i] == scores[c] && i < c);
    return rank;
}

/* Columns of the scores, as all below. */
static uint32_t best_positive(const VectorSelector *x, uint32_t q, const float *scores)
{
    const RowList *positive = &x->base.s->positive;
    uint32_t best = x->column[positive->row[positive->offset[q]]];
    for (size_t j = positive->offset[q] + 1; j < positive->offset[q + 1]; j++) {
        uint32_t column = x->column[positive->row[j]];
        if (scores[column] > scores[best]) best = column;
    }
    return best;
}

/* One block of questions: scores (n, searched) of the questions at `first`. */
typedef struct Block {
    VectorSelector *x;
    size_t first;
    double *rr;
} Block;

static void score_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Block *b = context;
    VectorSelector *x = b->x;
    for (size_t i = first; i < end; i++) {
        const float *scores = x->scores + i * x->searched;
        uint32_t q = x->base.question[b->first + i], best = best_positive(x, q, scores);
        size_t rank = rank_of(scores, x->searched, best);
        b->rr[b->first + i] = rank <= SELECT_CUT ? 1.0 / (double)rank : 0;
        Hit hits[SELECT_HITS];
        size_t n = topk(scores, x->searched, SELECT_HITS, hits), kept = 0;
        float *gap = x->gap + (b->first + i) * SELECT_HITS;
        for (size_t h = 0; h < n; h++) {
            if (!selector_positive(x->base.s, q, x->row[hits[h].row]))
                gap[kept++] = hits[h].score - scores[best];
        }
        x->gaps[b->first + i] = kept;
    }
}

static bool run_vectors(Selector *base, Selected now, SelectedMeans *ret, Err *err)
{
    VectorSelector *x = (VectorSelector *)base;
    size_t D = x->base.t->dims, C = x->searched;
    if (x->base.t->ops->trains_passages && !embed_passages(x, err)) return false;
    for (size_t at = 0; at < x->base.count; at += SELECT_BLOCK) {
        size_t n = x->base.count - at < SELECT_BLOCK ? x->base.count - at : SELECT_BLOCK;
        if (!x->base.t->ops->embed(x->base.t, ROLE_QUERY, x->base.question + at, n, x->queries,
                                   err))
            return false;
        normalize_forward(x->base.env->pool, x->queries, x->queries, NULL, n, D);
        gemm(x->base.env->pool, false, true, n, C, D, 1, x->queries, D, x->passages, D, 0,
             x->scores, C);
        Block block = {x, at, now.rr};
        pool_range(x->base.env->pool, n, 16, score_range, &block);
    }
    for (size_t i = 0; i < x->base.count; i++)
        now.likelihood[i] = selector_likelihood(x->gap + i * SELECT_HITS, x->gaps[i], x->scale);
    *ret = (SelectedMeans){stats_mean(now.rr, x->base.count),
                           stats_mean(now.likelihood, x->base.count)};
    return true;
}

static const SelectorOps VECTORS = {
    .run = run_vectors, .bytes = vectors_bytes, .free = free_vectors};

bool selector_new(const Env *env, Trainable *t, const TrainSet *s, double scale, size_t tokens,
                  uint64_t seed, Selector **ret, Err *err)
{
    VectorSelector *x = mem_zero(1, sizeof *x);
    selector_begin(&x->base, &VECTORS, env, t, s);
    x->scale = scale;
    choose(x, tokens, seed);
    snprintf(x->base.searching, sizeof x->base.searching, "%zu chunks searched", x->searched);
    x->gaps = mem_zero(x->base.count + 1, sizeof *x->gaps);
    bool ok = (x->passages = mem_tensor(x->searched, t->dims, "the selection's passages", err)) &&
              (x->queries = mem_tensor(SELECT_BLOCK, t->dims, "the selection's questions", err)) &&
              (x->scores = mem_tensor(SELECT_BLOCK, x->searched, "the selection's scores", err)) &&
              (x->gap = mem_tensor(x->base.count, SELECT_HITS, "the selection's hits", err)) &&
              (t->ops->trains_passages || embed_passages(x, err));
    if (!ok) {
        selector_free(&x->base);
        return false;
    }
    *ret = &x->base;
    return true;
}

/* ---- of any kind ---- */

void selector_begin(Selector *x, const SelectorOps *ops, const Env *env, Trainable *t,
                    const TrainSet *s)
{
    *x = (Selector){.ops = ops,
                    .env = env,
                    .t = t,
                    .s = s,
                    .question = mem_alloc((s->questions + 1) * sizeof *x->question)};
    for (size_t q = 0; q < s->questions; q++) {
        if (s->selecting[q]) x->question[x->count++] = (uint32_t)q;
    }
}

bool selector_positive(const TrainSet *s, uint32_t question, uint32_t chunk)
{
    const RowList *positive = &s->positive;
    for (size_t j = positive->offset[question]; j < positive->offset[question + 1]; j++) {
        if (positive->row[j] == chunk) return true;
    }
    return false;
}

double selector_likelihood(const float *gap, size_t n, double scale)
{
    double most = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (gap[i] > most) most = gap[i];
    }
    for (size_t i = 0; i < n; i++) sum += exp(scale * (gap[i] - most));
    return -(scale * most + log(exp(-scale * most) + sum));
}

void selector_free(Selector *x)
{
    if (!x) return;
    x->ops->free(x);
    free(x->question);
    free(x);
}

size_t selector_bytes(const Selector *x)
{
    return sizeof *x + x->s->questions * sizeof *x->question + x->ops->bytes(x);
}

size_t selector_questions(const Selector *x)
{
    return x->count;
}

const char *selector_searching(const Selector *x)
{
    return x->searching;
}

size_t selector_tokens(const Selector *x)
{
    return x->tokens;
}

bool selector_run(Selector *x, Selected now, SelectedMeans *ret, Err *err)
{
    return x->ops->run(x, now, ret, err);
}
