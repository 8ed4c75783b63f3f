/* Selection of a reranker: what it makes of the first hits of bm25. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "num/stats.h"
#include "retrieve/retriever.h"
#include "task/train_select_parts.h"
#include "task/train_view.h"

#define FIRST_RETRIEVER "bm25"
#define RERANKED 30
#define QUESTIONS_LEAST 16 /* however many tokens they have */

typedef struct PairSelector {
    Selector base;
    size_t *offset;    /* (count + 1) pairs of each question: the hits as they come, then positives
                          that are none of them */
    size_t *hits;      /* (count) how many hits */
    size_t drawn_from; /* questions; 0: all select */
    uint32_t *query, *passage; /* (offset[count]) rows of the set */
    float *score;              /* (offset[count]) */
    float *gap;                /* (longest list) */
} PairSelector;

/* ---- the pairs ---- */

typedef VEC(uint32_t) RowVec;

static void add_question(const PairSelector *x, const TrainView *v, const Results *found, size_t i,
                         RowVec *passages)
{
    const TrainSet *s = x->base.s;
    uint32_t q = x->base.question[i];
    size_t first = passages->count;
    for (size_t h = found->offset[i]; h < found->offset[i + 1]; h++)
        vec_push(passages, v->set_row[found->hits[h].row]);
    x->hits[i] = passages->count - first;
    for (size_t j = s->positive.offset[q]; j < s->positive.offset[q + 1]; j++) {
        bool there = false;
        for (size_t h = first; h < first + x->hits[i]; h++)
            there |= passages->items[h] == s->positive.row[j];
        if (!there) vec_push(passages, s->positive.row[j]);
    }
    x->offset[i + 1] = passages->count;
}

static bool find_pairs(PairSelector *x, Err *err)
{
    const Selector *base = &x->base;
    TrainView v = {0};
    Retriever *first = NULL;
    Results found = {0};
    const char **texts = mem_alloc((base->count + 1) * sizeof *texts);
    for (size_t i = 0; i < base->count; i++) texts[i] = base->s->query[base->question[i]];
    bool ok = train_view_read(base->env, base->s, base->s->searched, &v, err) &&
              retriever_open(base->env, FIRST_RETRIEVER, &v.view, &first, err) &&
              retriever_search(base->env, first, texts, base->count, RERANKED, &found, err);
    RowVec passages = {0};
    for (size_t i = 0; ok && i < base->count; i++) add_question(x, &v, &found, i, &passages);
    x->passage = passages.items ? passages.items : mem_alloc(sizeof *x->passage);
    results_release(&found);
    retriever_close(first);
    train_view_release(&v);
    free(texts);
    return ok;
}

/* ---- so many of them as an evaluation may take ---- */

static size_t question_tokens(const PairSelector *x, size_t i)
{
    Trainable *t = x->base.t;
    size_t own = t->ops->tokens(t, ROLE_QUERY, x->base.question[i]), sum = 0;
    for (size_t j = x->offset[i]; j < x->offset[i + 1]; j++)
        sum += own + t->ops->tokens(t, ROLE_PASSAGE, x->passage[j]);
    return sum;
}

/* Leaves out questions whose `taken` is 0. */
static void keep_taken(PairSelector *x, const uint8_t *taken)
{
    size_t kept = 0, at = 0, end = 0;
    for (size_t i = 0; i < x->base.count; i++) {
        size_t first = end;
        end = x->offset[i + 1];
        if (!taken[i]) continue;
        memmove(x->passage + at, x->passage + first, (end - first) * sizeof *x->passage);
        x->base.question[kept] = x->base.question[i];
        x->hits[kept] = x->hits[i];
        at += end - first;
        x->offset[++kept] = at;
    }
    x->base.count = kept;
}

static void draw_questions(PairSelector *x, size_t tokens, uint64_t seed)
{
    size_t all = 0, n = x->base.count;
    for (size_t i = 0; i < n; i++) all += question_tokens(x, i);
    x->base.tokens = all;
    if (tokens == 0 || all <= tokens || n <= QUESTIONS_LEAST) return;
    uint32_t *order = mem_alloc((n + 1) * sizeof *order);
    uint8_t *taken = mem_zero(n + 1, 1);
    for (size_t i = 0; i < n; i++) order[i] = (uint32_t)i;
    Rng rng = rng_make(seed, 0x71);
    rng_shuffle(&rng, order, n);
    x->base.tokens = 0;
    for (size_t i = 0; i < n && (i < QUESTIONS_LEAST || x->base.tokens < tokens); i++) {
        taken[order[i]] = 1;
        x->base.tokens += question_tokens(x, order[i]);
    }
    keep_taken(x, taken);
    x->drawn_from = n;
    free(taken);
    free(order);
}

/* ---- an evaluation ---- */

/* Reciprocal rank among the hits, by score; ties as they come. scores NULL: all as they come. */
static double reciprocal_rank(const PairSelector *x, size_t i, const float *scores)
{
    size_t best = SIZE_MAX, rank = 1;
    const uint32_t *passage = x->passage + x->offset[i];
    uint32_t q = x->base.question[i];
    for (size_t h = 0; h < x->hits[i]; h++) {
        if (!selector_positive(x->base.s, q, passage[h])) continue;
        if (best == SIZE_MAX || (scores && scores[h] > scores[best])) best = h;
    }
    if (best == SIZE_MAX) return 0;
    for (size_t h = 0; h < x->hits[i]; h++)
        rank += (scores && scores[h] > scores[best]) ||
                ((!scores || scores[h] == scores[best]) && h < best);
    return rank <= SELECT_CUT ? 1.0 / (double)rank : 0;
}

static double likelihood(const PairSelector *x, size_t i)
{
    const uint32_t *passage = x->passage + x->offset[i];
    const float *scores = x->score + x->offset[i];
    size_t n = x->offset[i + 1] - x->offset[i], others = 0;
    float best = -INFINITY;
    for (size_t j = 0; j < n; j++) {
        if (!selector_positive(x->base.s, x->base.question[i], passage[j]))
            x->gap[others++] = scores[j];
        else if (scores[j] > best)
            best = scores[j];
    }
    for (size_t j = 0; j < others; j++) x->gap[j] -= best;
    return selector_likelihood(x->gap, others, 1);
}

static bool run_pairs(Selector *base, Selected now, SelectedMeans *ret, Err *err)
{
    PairSelector *x = (PairSelector *)base;
    TrainablePairs pairs = {x->query, x->passage, x->offset[base->count]};
    if (!base->t->ops->score(base->t, &pairs, x->score, err)) return false;
    for (size_t i = 0; i < base->count; i++) {
        now.rr[i] = reciprocal_rank(x, i, x->score + x->offset[i]);
        now.likelihood[i] = likelihood(x, i);
    }
    *ret =
        (SelectedMeans){stats_mean(now.rr, base->count), stats_mean(now.likelihood, base->count)};
    return true;
}

/* ---- beginning and end ---- */

static void free_pairs(Selector *base)
{
    PairSelector *x = (PairSelector *)base;
    void *blocks[] = {x->offset, x->hits, x->query, x->passage, x->score, x->gap};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

static size_t pairs_bytes(const Selector *base)
{
    const PairSelector *x = (const PairSelector *)base;
    return sizeof *x - sizeof *base + base->count * (sizeof *x->offset + sizeof *x->hits) +
           x->offset[base->count] * (sizeof *x->query + sizeof *x->passage + sizeof *x->score);
}

static const SelectorOps PAIRS = {.run = run_pairs, .bytes = pairs_bytes, .free = free_pairs};

static void finish(PairSelector *x)
{
    size_t n = x->base.count, longest = 0;
    double as_they_come = 0;
    x->query = mem_alloc((x->offset[n] + 1) * sizeof *x->query);
    x->score = mem_zero(x->offset[n] + 1, sizeof *x->score);
    for (size_t i = 0; i < n; i++) {
        size_t size = x->offset[i + 1] - x->offset[i];
        for (size_t j = x->offset[i]; j < x->offset[i + 1]; j++) x->query[j] = x->base.question[i];
        if (size > longest) longest = size;
        as_they_come += reciprocal_rank(x, i, NULL) / (double)n;
    }
    x->gap = mem_zero(longest + 1, sizeof *x->gap);
    char drawn[40] = "";
    if (x->drawn_from) snprintf(drawn, sizeof drawn, "drawn from %zu, ", x->drawn_from);
    snprintf(x->base.searching, sizeof x->base.searching,
             "%sthe first %d of " FIRST_RETRIEVER " reranked (mrr@10 %.4f as they come)", drawn,
             RERANKED, as_they_come);
}

bool selector_new_pairs(const Env *env, Trainable *t, const TrainSet *s, size_t tokens,
                        uint64_t seed, Selector **ret, Err *err)
{
    PairSelector *x = mem_zero(1, sizeof *x);
    selector_begin(&x->base, &PAIRS, env, t, s);
    x->offset = mem_zero(x->base.count + 1, sizeof *x->offset);
    x->hits = mem_zero(x->base.count + 1, sizeof *x->hits);
    if (!find_pairs(x, err)) {
        selector_free(&x->base);
        return false;
    }
    draw_questions(x, tokens, seed);
    finish(x);
    *ret = &x->base;
    return true;
}
