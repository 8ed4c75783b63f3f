#include "task/dial.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "task/miner.h"

struct Dial {
    size_t questions;
    int64_t *question_id; /* (questions) of whom random sampling draws */
    double *lowest;       /* (questions) score of the positives */
    size_t *offset;       /* (questions + 1) into what follows */
    VEC(Hit) hits;        /* candidates, best first */
    uint32_t *at, *seen;  /* as miner_offers */
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
    d->hits.count += miner_offers(m, question, h.hits, h.count, d->texts, d->hits.items + first,
                                  d->at + first, d->seen + first);
    d->question_id[q] = question->id;
    d->lowest[q] = h.lowest;
    d->offset[q + 1] = d->hits.count;
}

static bool search(Dial *d, const Miner *m, Err *err)
{
    size_t depth = miner_depth(m, d->texts);
    progress_begin(m->env->progress, "dial", "questions", d->questions);
    for (size_t first = 0; first < d->questions; first += MINE_BATCH) {
        size_t end = first + MINE_BATCH < d->questions ? first + MINE_BATCH : d->questions;
        MinerFound found = {0};
        if (!miner_search(m, first, end, depth, &found, err)) return false;
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
        d->texts = (depth ? depth : DIAL_DEPTH) + m.max_positives;
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

static void count_kept(const Dial *d, size_t q, const uint32_t *chosen, size_t count,
                       DialCounts *ret)
{
    size_t first = d->offset[q];
    for (size_t i = 0; i < count; i++) {
        size_t c = first + chosen[i];
        ret->bins[d->bin[c]].kept++;
        ret->suspects += mine_suspect(d->hits.items[c].score, d->lowest[q]);
    }
    ret->kept += count;
}

void dial_count(const Dial *d, const MineOptions *o, DialCounts *ret)
{
    DialCounts c = {.questions = d->questions, .candidates = d->hits.count};
    size_t texts = mine_range_max(o, d->max_positives) + d->max_positives;
    uint32_t *chosen = mem_alloc((o->per_question + 1) * sizeof *chosen);
    for (size_t b = 0; b < DIAL_BINS; b++) {
        c.bins[b] = (DialBin){.low = d->low + (double)b * d->width,
                              .high = d->low + (double)(b + 1) * d->width,
                              .all = d->all[b]};
    }
    for (size_t q = 0; q < d->questions; q++) {
        size_t first = d->offset[q], count = d->offset[q + 1] - first;
        count = below(d->seen + first, count, texts + 1);
        count = below(d->at + first, count, texts + d->depth_beyond);
        Rng rng = rng_make(o->seed, (uint64_t)d->question_id[q]);
        size_t kept = mine_choose(o, d->hits.items + first, count, d->lowest[q], d->max_positives,
                                  &rng, chosen, c.dropped);
        count_kept(d, q, chosen, kept, &c);
        c.starved += kept < o->per_question;
    }
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
