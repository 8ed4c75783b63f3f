/* Rerankers at work. A batch is a group for each of its questions: the positive, then negatives: so
 * many of the question's candidates as were asked for, and where it has fewer the positives of the
 * batch's other questions. Groups know nothing of each other, so that those which fit the memory at
 * once go there and back before the next. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/cross_head.h"
#include "model/embedder_bert.h"
#include "num/dropout.h"
#include "task/trainer.h"

struct RerankBatch {
    uint32_t *offset;          /* (batch + 1) pairs of each group */
    uint32_t *query, *passage; /* (batch · (1 + negatives)) rows of the set */
    float *score, *label, *dscore;
    size_t room; /* pairs */
};

bool trainer_reranker_open(Trainer *x, Err *err)
{
    CrossHead unused; /* what is no reranker is told before there is a run */
    return bert_folder(x->env, x->o->reranker, &x->reranker, &x->fingerprint, err) &&
           cross_head_of(&x->reranker, &unused, err);
}

RerankBatch *rerank_batch_new(const TrainOptions *o)
{
    RerankBatch *r = mem_zero(1, sizeof *r);
    r->room = o->batch * (1 + o->negatives);
    r->offset = mem_zero(o->batch + 1, sizeof *r->offset);
    r->query = mem_zero(r->room, sizeof *r->query);
    r->passage = mem_zero(r->room, sizeof *r->passage);
    r->score = mem_zero(r->room, sizeof *r->score);
    r->label = mem_zero(r->room, sizeof *r->label);
    r->dscore = mem_zero(r->room, sizeof *r->dscore);
    return r;
}

void rerank_batch_free(RerankBatch *r)
{
    if (!r) return;
    void *blocks[] = {r->offset, r->query, r->passage, r->score, r->label, r->dscore};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    free(r);
}

size_t rerank_batch_bytes(const RerankBatch *r)
{
    return r ? sizeof *r + r->room * 6 * sizeof(float) : 0;
}

/* ---- groups ---- */

static void add_pair(RerankBatch *r, size_t group, uint32_t q, uint32_t c)
{
    uint32_t at = r->offset[group + 1]++;
    r->query[at] = q;
    r->passage[at] = c;
    r->label[at] = at == r->offset[group];
}

static bool in_group(const RerankBatch *r, size_t group, uint32_t c)
{
    for (uint32_t j = r->offset[group]; j < r->offset[group + 1]; j++)
        if (r->passage[j] == c) return true;
    return false;
}

/* Positives of other questions, from the next one on, so that all of them serve as often. */
static void fill_group(const Trainer *x, const TrainPlan *plan, size_t b, size_t B, size_t group,
                       size_t wanted, uint64_t *masked)
{
    RerankBatch *r = x->rerank;
    uint32_t q = r->query[r->offset[group]];
    for (size_t k = 1; k < B && r->offset[group + 1] - r->offset[group] < wanted; k++) {
        uint32_t c = plan->pair[plan->order[plan->first[b] + (group + k) % B]].chunk;
        bool barred = trainer_barred(x, q, c);
        *masked += barred;
        if (!barred && !in_group(r, group, c)) add_pair(r, group, q, c);
    }
}

static void make_groups(Trainer *x, size_t b, size_t B, uint64_t *masked)
{
    const TrainPlan *plan = trainer_plan(x);
    RerankBatch *r = x->rerank;
    uint32_t *drawn = mem_alloc((x->o->negatives + 1) * sizeof *drawn);
    Rng rng = rng_make(x->o->seed, 0x100 + b);
    for (size_t i = 0; i < B; i++) {
        TrainPair pair = plan->pair[plan->order[plan->first[b] + i]];
        r->offset[i + 1] = r->offset[i];
        add_pair(r, i, pair.question, pair.chunk);
        size_t n = trainer_draw(x, pair.question, &rng, drawn);
        for (size_t j = 0; j < n; j++)
            if (!in_group(r, i, x->set.negative.row[drawn[j]]))
                add_pair(r, i, pair.question, x->set.negative.row[drawn[j]]);
        fill_group(x, plan, b, B, i, 1 + x->o->negatives, masked);
    }
    free(drawn);
}

/* ---- a batch ---- */

static size_t group_tokens(const Trainer *x, size_t group)
{
    const RerankBatch *r = x->rerank;
    size_t sum = 0;
    for (uint32_t j = r->offset[group]; j < r->offset[group + 1]; j++)
        sum += x->t->ops->tokens(x->t, ROLE_QUERY, r->query[j]) +
               x->t->ops->tokens(x->t, ROLE_PASSAGE, r->passage[j]);
    return sum;
}

/* Groups first … end, whose gradient counts `share` of the step's. */
static bool run_groups(Trainer *x, size_t first, size_t end, uint64_t seed, double share,
                       StepSums *sums, Err *err)
{
    RerankBatch *r = x->rerank;
    uint32_t from = r->offset[first], to = r->offset[end];
    TrainablePairs pairs = {r->query + from, r->passage + from, to - from};
    if (!x->t->ops->score_forward(x->t, &pairs, seed, r->score + from, err)) return false;
    ScoreBatch batch = {.groups = end - first,
                        .offset = r->offset + first,
                        .score = r->score,
                        .label = r->label,
                        .dscore = r->dscore};
    double loss = x->score_loss->run(&batch);
    sums->loss += share * loss;
    if (!isfinite(loss)) return true; /* the step says so */
    for (uint32_t j = from; j < to; j++) r->dscore[j] *= (float)share;
    return x->t->ops->score_backward(x->t, &pairs, seed, r->dscore + from, err);
}

bool trainer_rerank_batch(Trainer *x, size_t b, uint64_t seed, float share, StepSums *sums,
                          Err *err)
{
    const TrainPlan *plan = trainer_plan(x);
    RerankBatch *r = x->rerank;
    size_t B = plan->first[b + 1] - plan->first[b], room = x->t->ops->piece(x->t);
    make_groups(x, b, B, &sums->masked);
    for (size_t first = 0, end; first < B; first = end) {
        size_t tokens = group_tokens(x, first), more = 0;
        for (end = first + 1; end < B; end++, tokens += more) {
            more = group_tokens(x, end);
            if (tokens + more > room) break;
        }
        double part = x->score_loss->by_group
                          ? (double)(end - first) / (double)B
                          : (double)(r->offset[end] - r->offset[first]) / (double)r->offset[B];
        sums->tokens += tokens;
        if (!run_groups(x, first, end, dropout_key(seed, first), (double)share * part, sums, err))
            return false;
    }
    return true;
}
