#include "task/dial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "task/miner.h"

struct Dial {
    size_t questions;
    int64_t *question_id; /* (questions) of whom random sampling draws */
    double *lowest;       /* (questions) score of the positives */
    size_t *offset;       /* (questions + 1) into what follows */
    VEC(Hit) hits;        /* candidates, best first */
    uint32_t *at, *seen;  /* as MinerFound has them */
    bool reranked;        /* they do not ascend */
    uint8_t *bin;
    size_t texts;                       /* that were looked at for each question */
    bool whole;                         /* there are no more */
    size_t max_positives, depth_beyond; /* a search for t texts goes t + depth_beyond hits deep */
    double low, width;                  /* of the bins */
    size_t all[DIAL_BINS];
};

/* ---- opening ---- */

static void take_question(Dial *d, const Miner *m, const MinerFound *found, size_t q)
{
    MinerHits h = miner_hits(m, found, q);
    const QuestionRow *question = &m->data.questions.items[q];
    size_t first = d->hits.count;
    vec_reserve(&d->hits, first + h.count);
    d->at = mem_grow(d->at, d->hits.capacity * sizeof *d->at);
    d->seen = mem_grow(d->seen, d->hits.capacity * sizeof *d->seen);
    memcpy(d->hits.items + first, h.hits, h.count * sizeof *h.hits);
    memcpy(d->at + first, h.at, h.count * sizeof *h.at);
    memcpy(d->seen + first, h.seen, h.count * sizeof *h.seen);
    d->hits.count += h.count;
    d->question_id[q] = question->id;
    d->lowest[q] = h.lowest;
    d->offset[q + 1] = d->hits.count;
}

static bool search(Dial *d, const Miner *m, Err *err)
{
    progress_begin(m->env->progress, "dial", "questions", d->questions);
    for (size_t first = 0; first < d->questions; first += MINE_BATCH) {
        size_t end = first + MINE_BATCH < d->questions ? first + MINE_BATCH : d->questions;
        MinerFound found = {0};
        if (!miner_search(m, first, end, d->texts, &found, err)) return false;
        for (size_t q = first; q < end; q++) take_question(d, m, &found, q);
        miner_found_release(&found);
        progress_update(m->env->progress, end);
    }
    return true;
}

static double difference(const Dial *d, size_t q, size_t i)
{
    return (double)d->hits.items[i].score - d->lowest[q];
}

/* Bins of one width from the least difference to the greatest, moved so that 0 is an edge. */
static void place_bins(Dial *d)
{
    double least = 0, most = 0;
    for (size_t q = 0; q < d->questions; q++) {
        for (size_t i = d->offset[q]; i < d->offset[q + 1]; i++) {
            least = fmin(least, difference(d, q, i));
            most = fmax(most, difference(d, q, i));
        }
    }
    d->width = (most - least) / (DIAL_BINS - 1);
    if (!(d->width > 0)) d->width = 1;
    d->low = floor(least / d->width) * d->width;
    d->bin = mem_zero(d->hits.count + 1, 1);
    for (size_t q = 0; q < d->questions; q++) {
        for (size_t i = d->offset[q]; i < d->offset[q + 1]; i++) {
            double b = floor(difference(d, q, i) / d->width) - floor(d->low / d->width + 0.5);
            d->bin[i] = (uint8_t)fmin(fmax(b, 0), DIAL_BINS - 1);
            d->all[d->bin[i]]++;
        }
    }
}

bool dial_open(const Env *env, const MineOptions *options, size_t depth, Dial **ret, Err *err)
{
    MineOptions o = *options;
    o.dry_run = true; /* a pool's texts are not kept */
    Miner m = {0};
    Dial *d = mem_zero(1, sizeof *d);
    bool ok = miner_open(env, &o, &m, err);
    if (ok) {
        d->questions = m.data.questions.count;
        d->question_id = mem_zero(d->questions, sizeof *d->question_id);
        d->lowest = mem_zero(d->questions, sizeof *d->lowest);
        d->offset = mem_zero(d->questions + 1, sizeof *d->offset);
        /* a reranker takes its time: no deeper than a mining did, whose scores are known */
        size_t usual = m.reranker ? mine_range_max(options, m.max_positives) : DIAL_DEPTH;
        d->reranked = m.reranker != NULL;
        d->texts = (depth ? depth : usual) + m.max_positives;
        d->max_positives = m.max_positives;
        d->depth_beyond = miner_depth(&m, 0);
        d->whole = d->texts >= m.view->count;
        ok = search(d, &m, err);
    }
    if (ok) {
        place_bins(d);
        *ret = d;
    } else {
        dial_free(d);
    }
    miner_release(&m);
    return ok;
}

void dial_free(Dial *d)
{
    if (!d) return;
    free(d->question_id);
    free(d->lowest);
    free(d->offset);
    free(d->at);
    free(d->seen);
    free(d->bin);
    vec_release(&d->hits);
    free(d);
}

/* ---- counting ---- */

/* How many of x (count, ascending) are below the limit. */
static size_t below(const uint32_t *x, size_t count, size_t limit)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (x[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The candidates of a question that a mining of so many texts looks at, in order. */
typedef struct Looked {
    const Hit *hits;
    size_t count;
    Hit *some;       /* (DialCounts.candidates of one question, the most) scratch */
    uint32_t *index; /* of each of some among the question's */
} Looked;

static void look_at(const Dial *d, size_t q, size_t texts, Looked *l)
{
    size_t first = d->offset[q], held = d->offset[q + 1] - first;
    const uint32_t *at = d->at + first, *seen = d->seen + first;
    l->hits = d->hits.items + first;
    if (!d->reranked) {
        l->count = below(seen, held, texts + 1);
        l->count = below(at, l->count, texts + d->depth_beyond);
        return;
    }
    size_t n = 0;
    for (size_t i = 0; i < held; i++) {
        if (seen[i] > texts || at[i] >= texts + d->depth_beyond) continue;
        l->index[n] = (uint32_t)i;
        l->some[n++] = l->hits[i];
    }
    l->hits = l->some;
    l->count = n;
}

static void count_kept(const Dial *d, size_t q, const Looked *l, const uint32_t *chosen,
                       size_t count, DialCounts *ret)
{
    for (size_t i = 0; i < count; i++) {
        size_t c = d->offset[q] + (d->reranked ? l->index[chosen[i]] : chosen[i]);
        ret->bins[d->bin[c]].kept++;
        ret->suspects += mine_suspect(d->hits.items[c].score, d->lowest[q]);
    }
    ret->kept += count;
}

/* The candidates of the question that has most. */
static size_t most_held(const Dial *d)
{
    size_t most = 0;
    for (size_t q = 0; q < d->questions; q++) {
        size_t held = d->offset[q + 1] - d->offset[q];
        most = held > most ? held : most;
    }
    return most;
}

void dial_count(const Dial *d, const MineOptions *o, DialCounts *ret)
{
    DialCounts c = {.questions = d->questions, .candidates = d->hits.count};
    size_t texts = mine_range_max(o, d->max_positives) + d->max_positives;
    size_t most = d->reranked ? most_held(d) : 0;
    uint32_t *chosen = mem_alloc((o->per_question + 1) * sizeof *chosen);
    Looked l = {.some = mem_alloc((most + 1) * sizeof *l.some),
                .index = mem_alloc((most + 1) * sizeof *l.index)};
    for (size_t b = 0; b < DIAL_BINS; b++) {
        c.bins[b] = (DialBin){.low = d->low + (double)b * d->width,
                              .high = d->low + (double)(b + 1) * d->width,
                              .all = d->all[b]};
    }
    for (size_t q = 0; q < d->questions; q++) {
        look_at(d, q, texts, &l);
        Rng rng = rng_make(o->seed, (uint64_t)d->question_id[q]);
        size_t kept = mine_choose(o, l.hits, l.count, d->lowest[q], d->max_positives, &rng, chosen,
                                  c.dropped);
        count_kept(d, q, &l, chosen, kept, &c);
        c.starved += kept < o->per_question;
    }
    free(l.some);
    free(l.index);
    free(chosen);
    c.beyond = !d->whole && texts > d->texts;
    *ret = c;
}

void dial_scores(const Dial *d, double *ret_low, double *ret_high)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < d->hits.count; i++) {
        low = fmin(low, (double)d->hits.items[i].score);
        high = fmax(high, (double)d->hits.items[i].score);
    }
    *ret_low = d->hits.count ? low : 0;
    *ret_high = d->hits.count ? high : 0;
}
