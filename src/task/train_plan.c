/* The order in which a run sees its pairs. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/rng.h"
#include "task/train_set.h"

typedef struct RankedPair {
    TrainPair pair;
    uint64_t rank; /* random, but fixed by seed and ids: subsets of growing size are nested */
} RankedPair;

static int by_rank(const void *a, const void *b)
{
    const RankedPair *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->pair.question != y->pair.question) return x->pair.question < y->pair.question ? -1 : 1;
    return (x->pair.chunk > y->pair.chunk) - (x->pair.chunk < y->pair.chunk);
}

static void choose_pairs(const TrainSet *s, const TrainOptions *o, bool all, TrainPlan *p)
{
    VEC(RankedPair) pairs = {0};
    for (size_t q = 0; q < s->questions; q++) {
        if (s->selecting[q] && !all) continue;
        size_t first = s->positive.offset[q];
        size_t end = o->use_all_docs ? s->positive.offset[q + 1] : first + 1;
        for (size_t j = first; j < end && j < s->positive.offset[q + 1]; j++) {
            TrainPair pair = {(uint32_t)q, s->positive.row[j]};
            int64_t ids[2] = {s->question_id[q], s->chunk_id[pair.chunk]};
            vec_push(&pairs, (RankedPair){pair, hash_u64(ids, sizeof ids, o->seed)});
        }
    }
    if (pairs.count > 0) qsort(pairs.items, pairs.count, sizeof *pairs.items, by_rank);
    p->pairs = o->pairs && o->pairs < pairs.count ? o->pairs : pairs.count;
    p->pair = mem_alloc((p->pairs + 1) * sizeof *p->pair);
    for (size_t i = 0; i < p->pairs; i++) p->pair[i] = pairs.items[i].pair;
    vec_release(&pairs);
}

/* Numbers texts: the same text, the same number. */
static uint32_t text_number(Map *numbers, const char *text)
{
    return map_add(numbers, text, strlen(text), (uint32_t)map_count(numbers));
}

/* Rows of one epoch into batches: the first rows, in random order, that share no text with those
 * taken before. A row passed over comes first in the next batch. Batches of one row teach nothing
 * and are left out. */
static void plan_epoch(TrainPlan *p, const uint32_t *query_number, const uint32_t *passage_number,
                       size_t texts, size_t batch, uint32_t *waiting, uint32_t *stamp,
                       uint32_t *mark)
{
    size_t left = p->pairs;
    while (left > 0) {
        size_t begin = p->first[p->batches], taken = 0, kept = 0;
        ++*mark;
        for (size_t i = 0; i < left; i++) {
            uint32_t row = waiting[i];
            uint32_t q = query_number[row], c = (uint32_t)texts + passage_number[row];
            if (taken == batch || stamp[q] == *mark || stamp[c] == *mark) {
                waiting[kept++] = row;
                continue;
            }
            stamp[q] = stamp[c] = *mark;
            p->order[begin + taken++] = row;
        }
        left = kept;
        if (taken > 1) p->first[++p->batches] = begin + taken;
    }
}

/* Steps of so many batches each; the last of an epoch may have fewer. */
static void group_batches(TrainPlan *p, size_t accumulate)
{
    for (size_t b = p->batch[p->steps]; b < p->batches;) {
        b = p->batches - b < accumulate ? p->batches : b + accumulate;
        p->batch[++p->steps] = b;
    }
}

bool train_plan_make(const TrainSet *s, const TrainOptions *o, bool all, TrainPlan *ret, Err *err)
{
    TrainPlan p = {.epochs = o->epochs};
    choose_pairs(s, o, all, &p);
    p.order = mem_alloc((p.pairs * p.epochs + 1) * sizeof *p.order);
    p.first = mem_zero(p.pairs * p.epochs + 2, sizeof *p.first);
    p.batch = mem_zero(p.pairs * p.epochs + 2, sizeof *p.batch);
    p.epoch_end = mem_zero(p.epochs + 1, sizeof *p.epoch_end);
    Map *queries = map_new(), *passages = map_new();
    uint32_t *query_number = mem_alloc((p.pairs + 1) * sizeof *query_number);
    uint32_t *passage_number = mem_alloc((p.pairs + 1) * sizeof *passage_number);
    uint32_t *waiting = mem_alloc((p.pairs + 1) * sizeof *waiting);
    for (size_t i = 0; i < p.pairs; i++) {
        query_number[i] = text_number(queries, s->query[p.pair[i].question]);
        passage_number[i] = text_number(passages, s->passage[p.pair[i].chunk]);
    }
    uint32_t *stamp = mem_zero(map_count(queries) + map_count(passages) + 1, sizeof *stamp),
             mark = 0;
    Rng rng = rng_make(o->seed, all ? 0x51 : 0x50);
    for (size_t e = 0; e < p.epochs; e++) {
        for (size_t i = 0; i < p.pairs; i++) waiting[i] = (uint32_t)i;
        rng_shuffle(&rng, waiting, p.pairs);
        plan_epoch(&p, query_number, passage_number, map_count(queries), o->batch, waiting, stamp,
                   &mark);
        group_batches(&p, o->accumulate);
        p.epoch_end[e] = p.steps;
    }
    free(stamp);
    free(waiting);
    free(passage_number);
    free(query_number);
    map_free(passages);
    map_free(queries);
    if (p.steps == 0) {
        size_t pairs = p.pairs;
        train_plan_release(&p);
        return err_set(err, ERR_MISSING,
                       "%zu training pair%s cannot make a batch: at least two questions on "
                       "different chunks are needed",
                       pairs, pairs == 1 ? "" : "s");
    }
    *ret = p;
    return true;
}

/* first and batch have room for batches of one row, of which only what is used is ever touched. */
size_t train_plan_bytes(const TrainPlan *p)
{
    return p->pairs * sizeof *p->pair + p->pairs * p->epochs * sizeof *p->order +
           (p->batches + 1) * sizeof *p->first + (p->steps + 1) * sizeof *p->batch +
           p->epochs * sizeof *p->epoch_end;
}

void train_plan_release(TrainPlan *p)
{
    free(p->pair);
    free(p->order);
    free(p->first);
    free(p->batch);
    free(p->epoch_end);
    *p = (TrainPlan){0};
}
