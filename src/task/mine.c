#include "task/mine.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "store/mining.h"
#include "task/miner.h"

#define RANDOM_TRIES 50 /* draws for each random negative before giving up */

typedef VEC(double) Scores;
typedef VEC(CandidateRow) Candidates;

/* One mining at work. */
typedef struct Mining {
    const MineOptions *o;
    Miner miner;
    MiningRow mining;
    Candidates batch;
    Scores positive, chosen, difference;
    MineReport report;
} Mining;

/* ---- one question ---- */

static void keep(Mining *m, const QuestionRow *q, Hit hit, size_t rank, double positive)
{
    bool suspect = mine_suspect(hit.score, positive);
    vec_push(&m->batch, (CandidateRow){
                            .mining_id = m->mining.id,
                            .question_id = q->id,
                            .chunk_id = m->miner.view->ids[hit.row],
                            .rank = (int64_t)rank,
                            .score = hit.score,
                            .positive_score = positive,
                            .margin = (double)hit.score - positive,
                            .suspect = suspect,
                            .text_hash = m->miner.text_hash[hit.row],
                        });
    vec_push(&m->chosen, (double)hit.score);
    vec_push(&m->difference, (double)hit.score - positive);
    m->report.candidates++;
    m->report.suspects += suspect;
}

/* What each filter alone would do to these candidates. */
static void count_alone(Mining *m, const Hit *hits, size_t count, double positive)
{
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        if (!m->o->has[f]) continue;
        size_t dropped = 0;
        for (size_t i = 0; i < count; i++) dropped += mine_drops(m->o, f, hits[i].score, positive);
        m->report.would_drop[f] += dropped;
        m->report.would_starve[f] += count - dropped < m->o->per_question;
    }
}

static bool already_chosen(const Mining *m, size_t first, const Hash *text)
{
    for (size_t i = first; i < m->batch.count; i++) {
        if (hash_equal(&m->batch.items[i].text_hash, text)) return true;
    }
    return false;
}

/* Fills up with random chunks that no ceiling speaks against. */
static bool add_random(Mining *m, const QuestionRow *q, size_t first, double positive, Rng *rng,
                       Err *err)
{
    for (size_t tries = RANDOM_TRIES * m->o->per_question; tries > 0 && m->miner.offered > 0;
         tries--) {
        if (m->batch.count - first >= m->o->per_question) break;
        uint32_t row = (uint32_t)rng_below(rng, m->miner.view->count);
        if (!miner_may_offer(&m->miner, q, row) ||
            already_chosen(m, first, &m->miner.text_hash[row]))
            continue;
        float score = 0;
        if (!miner_score(&m->miner, q, row, &score, err)) return false;
        if (mine_drops(m->o, MINE_MARGIN, score, positive) ||
            mine_drops(m->o, MINE_RELATIVE_MARGIN, score, positive) ||
            mine_drops(m->o, MINE_MAX_SCORE, score, positive)) {
            continue;
        }
        keep(m, q, (Hit){row, score}, 0, positive);
        m->report.random++;
    }
    return true;
}

static bool mine_question(Mining *m, size_t index, const MinerHits *h, Err *err)
{
    const QuestionRow *q = &m->miner.data.questions.items[index];
    for (size_t i = 0; i < h->positive_count; i++) vec_push(&m->positive, (double)h->positives[i]);
    Rng rng = rng_make(m->o->seed, (uint64_t)q->id);
    uint32_t *chosen = mem_alloc((m->o->per_question + 1) * sizeof *chosen);
    count_alone(m, h->hits, h->count, h->lowest);
    size_t first = m->batch.count;
    size_t taken = mine_choose(m->o, h->hits, h->count, h->lowest, m->miner.max_positives, &rng,
                               chosen, m->report.dropped);
    for (size_t i = 0; i < taken; i++) keep(m, q, h->hits[chosen[i]], chosen[i] + 1, h->lowest);
    free(chosen);
    bool ok = true;
    if (m->o->random_fallback && m->batch.count - first < m->o->per_question) {
        ok = add_random(m, q, first, h->lowest, &rng, err);
    }
    m->report.short_questions += m->batch.count - first < m->o->per_question;
    return ok;
}

/* ---- batches ---- */

static bool mine_batch(Mining *m, size_t first, size_t end, Err *err)
{
    MinerFound found = {0};
    size_t texts = miner_texts(&m->miner, m->o);
    if (!miner_search(&m->miner, first, end, texts, &found, err)) return false;
    bool ok = true;
    vec_clear(&m->batch);
    for (size_t q = first; ok && q < end; q++) {
        MinerHits hits = miner_hits(&m->miner, &found, q);
        ok = mine_question(m, q, &hits, err);
    }
    int64_t last = m->miner.data.questions.items[end - 1].id;
    if (ok && !m->o->dry_run && last > m->mining.done_question) {
        size_t skip = 0;
        while (skip < m->batch.count && m->batch.items[skip].question_id <= m->mining.done_question)
            skip++;
        ok = mining_add(m->miner.env->store, m->mining.id, m->batch.items + skip,
                        m->batch.count - skip, last, err);
    }
    miner_found_release(&found);
    return ok;
}

/* ---- the whole ---- */

static char *options_json(const MineOptions *o)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "retriever", o->retriever);
    if (o->reranker) cJSON_AddStringToObject(j, "reranker", o->reranker);
    cJSON_AddNumberToObject(j, "range_min", (double)o->range_min);
    cJSON_AddNumberToObject(j, "range_max", (double)o->range_max);
    cJSON_AddNumberToObject(j, "n", (double)o->per_question);
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        if (o->has[f]) cJSON_AddNumberToObject(j, mine_filter_name(f), o->value[f]);
    }
    cJSON_AddStringToObject(j, "sampling", o->random_sampling ? "random" : "top");
    cJSON_AddStringToObject(j, "fallback", o->random_fallback ? "random" : "none");
    if (o->pool_path) cJSON_AddStringToObject(j, "pool", o->pool_path);
    cJSON_AddNumberToObject(j, "splits", o->splits);
    cJSON_AddNumberToObject(j, "statuses", o->statuses);
    cJSON_AddNumberToObject(j, "seed", (double)o->seed);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    return text;
}

static bool begin(Mining *m, Err *err)
{
    char *json = options_json(m->o);
    Hash fingerprint = retriever_fingerprint(m->miner.retriever);
    HashBuilder *b = hash_begin();
    hash_add_text(b, json);
    hash_add(b, fingerprint.bytes, HASH_BYTES);
    if (m->miner.reranker) {
        Hash scores = reranker_fingerprint(m->miner.reranker);
        hash_add(b, scores.bytes, HASH_BYTES);
    }
    hash_add(b, m->miner.data.hash.bytes, HASH_BYTES);
    hash_add(b, m->miner.view->hash.bytes, HASH_BYTES);
    for (size_t i = 0, n = map_count(m->miner.never); i < n; i++) {
        size_t size;
        const char *key = map_key(m->miner.never, i, &size);
        hash_add(b, key, size);
    }
    Hash inputs = hash_end(b);
    bool ok = mining_begin(m->miner.env->store, m->o->retriever, &inputs, json, &m->mining, err);
    free(json);
    return ok;
}

static bool run(Mining *m, Err *err)
{
    size_t count = m->miner.data.questions.count;
    progress_begin(m->miner.env->progress, m->o->dry_run ? "mine (dry run)" : "mine", "questions",
                   count);
    bool ok = true;
    for (size_t first = 0; ok && first < count; first += MINE_BATCH) {
        size_t end = first + MINE_BATCH < count ? first + MINE_BATCH : count;
        ok = mine_batch(m, first, end, err);
        progress_update(m->miner.env->progress, end);
    }
    if (!ok) return false;
    m->report.questions = count;
    m->report.positive = score_summary(m->positive.items, m->positive.count);
    m->report.candidate = score_summary(m->chosen.items, m->chosen.count);
    m->report.difference = score_summary(m->difference.items, m->difference.count);
    if (m->o->dry_run) return true;
    char *json = mine_report_json(&m->report);
    ok = mining_finish(m->miner.env->store, m->mining.id, json, err);
    free(json);
    return ok;
}

bool task_mine(const Env *env, const MineOptions *options, MineReport *ret, Err *err)
{
    Mining m = {.o = options};
    bool ok = miner_open(env, options, &m.miner, err) && (options->dry_run || begin(&m, err)) &&
              run(&m, err);
    if (ok) *ret = m.report;
    miner_release(&m.miner);
    vec_release(&m.batch);
    vec_release(&m.positive);
    vec_release(&m.chosen);
    vec_release(&m.difference);
    return ok;
}

/* ---- the report ---- */

static void add_summary(cJSON *j, const char *name, const ScoreSummary *s)
{
    cJSON *o = cJSON_AddObjectToObject(j, name);
    cJSON_AddNumberToObject(o, "count", (double)s->count);
    cJSON_AddNumberToObject(o, "mean", s->mean);
    cJSON_AddNumberToObject(o, "median", s->median);
    cJSON_AddNumberToObject(o, "std", s->std);
    cJSON_AddNumberToObject(o, "p25", s->p25);
    cJSON_AddNumberToObject(o, "p50", s->median);
    cJSON_AddNumberToObject(o, "p75", s->p75);
    cJSON_AddNumberToObject(o, "min", s->min);
    cJSON_AddNumberToObject(o, "max", s->max);
}

char *mine_report_json(const MineReport *r)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddNumberToObject(j, "questions", (double)r->questions);
    cJSON_AddNumberToObject(j, "candidates", (double)r->candidates);
    cJSON *dropped = cJSON_AddObjectToObject(j, "per_filter");
    cJSON *alone = cJSON_AddObjectToObject(j, "each_alone");
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        cJSON_AddNumberToObject(dropped, mine_filter_name(f), (double)r->dropped[f]);
        cJSON *one = cJSON_AddObjectToObject(alone, mine_filter_name(f));
        cJSON_AddNumberToObject(one, "drops", (double)r->would_drop[f]);
        cJSON_AddNumberToObject(one, "starves", (double)r->would_starve[f]);
    }
    add_summary(j, "positive_scores", &r->positive);
    add_summary(j, "candidate_scores", &r->candidate);
    add_summary(j, "difference", &r->difference);
    cJSON_AddNumberToObject(j, "suspects", (double)r->suspects);
    cJSON_AddNumberToObject(j, "short", (double)r->short_questions);
    cJSON_AddNumberToObject(j, "random", (double)r->random);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    return text;
}
