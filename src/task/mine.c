#include "task/mine.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "retrieve/retriever.h"
#include "store/mining.h"
#include "task/dataset.h"
#include "task/pool.h"

#define MINE_BATCH 1024    /* questions between two writes */
#define SUSPECT_SHARE 0.05 /* within 5% of the positive: probably also right */
#define RANDOM_TRIES 50    /* draws for each random negative before giving up */

typedef VEC(double) Scores;
typedef VEC(CandidateRow) Candidates;

/* One mining at work. */
typedef struct Miner {
    const Env *env;
    const MineOptions *o;
    Dataset data;           /* the questions, and the corpus of live chunks */
    ChunkRows pool;         /* texts of --pool; empty without */
    CorpusView pool_view;   /* pool texts and the positives' chunks, by id */
    uint8_t *offerable;     /* (view->count) 1: a text of the pool; NULL: every row */
    const CorpusView *view; /* what is searched */
    size_t offered;         /* rows of view that may be candidates */
    const Hash *text_hash;  /* (view->count) */
    Hash *hashes;           /* owned storage of text_hash */
    uint32_t *view_row;     /* (chunks) row of view, UINT32_MAX: not there; NULL: the same rows */
    Map *never;             /* question id + text hash: positives, false negatives */
    Retriever *retriever;
    size_t max_positives;
    MiningRow mining;
    Candidates batch;
    Scores positive, chosen, difference;
    MineReport report;
} Miner;

static void pair_key(int64_t question_id, const Hash *text,
                     unsigned char key[sizeof(int64_t) + HASH_BYTES])
{
    memcpy(key, &question_id, sizeof question_id);
    memcpy(key + sizeof question_id, text->bytes, HASH_BYTES);
}

/* Why a text is never offered to a question. */
enum { NEVER_POSITIVE = 1, NEVER_JUDGED = 2 };

static void never_offer(Miner *m, int64_t question_id, const Hash *text, uint32_t why)
{
    unsigned char key[sizeof(int64_t) + HASH_BYTES];
    pair_key(question_id, text, key);
    map_add(m->never, key, sizeof key, why);
}

/* NEVER_POSITIVE, NEVER_JUDGED, or MAP_NONE: it may be offered. */
static uint32_t why_never(const Miner *m, const QuestionRow *q, uint32_t row)
{
    unsigned char key[sizeof(int64_t) + HASH_BYTES];
    pair_key(q->id, &m->text_hash[row], key);
    return map_get(m->never, key, sizeof key);
}

static bool may_offer(const Miner *m, const QuestionRow *q, uint32_t row)
{
    return (!m->offerable || m->offerable[row]) && why_never(m, q, row) == MAP_NONE &&
           !hash_equal(&q->text_hash, &m->text_hash[row]);
}

/* Positives, whatever was judged a false negative, and their copies are never offered. */
static bool learn_never(Miner *m, Err *err)
{
    m->never = map_new();
    for (size_t q = 0; q < m->data.questions.count; q++) {
        size_t positives = m->data.positive_offset[q + 1] - m->data.positive_offset[q];
        if (positives > m->max_positives) m->max_positives = positives;
        for (size_t j = m->data.positive_offset[q]; j < m->data.positive_offset[q + 1]; j++) {
            never_offer(m, m->data.questions.items[q].id,
                        &m->data.chunks.items[m->data.positive[j]].text_hash, NEVER_POSITIVE);
        }
        for (size_t j = m->data.barred_offset[q]; j < m->data.barred_offset[q + 1]; j++) {
            never_offer(m, m->data.questions.items[q].id,
                        &m->data.chunks.items[m->data.barred[j]].text_hash, NEVER_JUDGED);
        }
    }
    VerdictRows verdicts = {0};
    if (!verdicts_load(m->env->store, &verdicts, err)) return false;
    for (size_t i = 0; i < verdicts.count; i++) {
        if (verdicts.items[i].verdict != CANDIDATE_KEPT) {
            never_offer(m, verdicts.items[i].question_id, &verdicts.items[i].text_hash,
                        NEVER_JUDGED);
        }
    }
    rows_release(&verdicts);
    return true;
}

/* ---- what is searched ---- */

static void search_corpus(Miner *m)
{
    m->view = &m->data.view;
    m->offered = m->view->count;
    m->hashes = mem_alloc((m->view->count + 1) * sizeof *m->hashes);
    for (size_t i = 0; i < m->view->count; i++) m->hashes[i] = m->data.chunks.items[i].text_hash;
    m->text_hash = m->hashes;
}

/* The pool's texts and the chunks that are positives, merged by id: the latter are scored but never
 * offered. */
static bool search_pool(Miner *m, Err *err)
{
    if (!pool_read(m->env, m->o->pool_path, !m->o->dry_run, &m->pool, err)) return false;
    size_t chunks = m->data.chunks.count;
    m->view_row = mem_alloc((chunks + 1) * sizeof *m->view_row);
    for (size_t c = 0; c < chunks; c++) m->view_row[c] = UINT32_MAX;
    for (size_t j = 0; j < m->data.positive_offset[m->data.questions.count]; j++)
        m->view_row[m->data.positive[j]] = 0;
    ChunkRows all = {.items = mem_alloc((m->pool.count + chunks + 1) * sizeof(ChunkRow))};
    m->offerable = mem_zero(m->pool.count + chunks + 1, 1);
    size_t p = 0;
    for (size_t c = 0; c <= chunks; c++) {
        if (c < chunks && m->view_row[c] == UINT32_MAX) continue;
        for (;
             p < m->pool.count && (c == chunks || m->pool.items[p].id < m->data.chunks.items[c].id);
             p++) {
            m->offerable[all.count] = 1;
            all.items[all.count++] = m->pool.items[p];
        }
        if (c == chunks) break;
        m->view_row[c] = (uint32_t)all.count;
        all.items[all.count++] = m->data.chunks.items[c];
    }
    corpus_view_chunks(&all, &m->pool_view);
    m->hashes = mem_alloc((all.count + 1) * sizeof *m->hashes);
    for (size_t i = 0; i < all.count; i++) m->hashes[i] = all.items[i].text_hash;
    free(all.items);
    m->text_hash = m->hashes;
    m->view = &m->pool_view;
    m->offered = m->pool.count;
    return true;
}

static uint32_t row_in_view(const Miner *m, uint32_t chunk)
{
    return m->view_row ? m->view_row[chunk] : chunk;
}

/* ---- one question ---- */

static bool is_suspect(double score, double positive)
{
    return score > positive - fabs(positive) * SUSPECT_SHARE;
}

static void keep(Miner *m, const QuestionRow *q, Hit hit, size_t rank, double positive)
{
    bool suspect = is_suspect(hit.score, positive);
    vec_push(&m->batch, (CandidateRow){
                            .mining_id = m->mining.id,
                            .question_id = q->id,
                            .chunk_id = m->view->ids[hit.row],
                            .rank = (int64_t)rank,
                            .score = hit.score,
                            .positive_score = positive,
                            .margin = (double)hit.score - positive,
                            .suspect = suspect,
                            .text_hash = m->text_hash[hit.row],
                        });
    vec_push(&m->chosen, (double)hit.score);
    vec_push(&m->difference, (double)hit.score - positive);
    m->report.candidates++;
    m->report.suspects += suspect;
}

/* What each filter alone would do to these candidates. */
static void count_alone(Miner *m, const Hit *hits, size_t count, double positive)
{
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        if (!m->o->has[f]) continue;
        size_t dropped = 0;
        for (size_t i = 0; i < count; i++) dropped += mine_drops(m->o, f, hits[i].score, positive);
        m->report.would_drop[f] += dropped;
        m->report.would_starve[f] += count - dropped < m->o->per_question;
    }
}

static bool already_chosen(const Miner *m, size_t first, const Hash *text)
{
    for (size_t i = first; i < m->batch.count; i++) {
        if (hash_equal(&m->batch.items[i].text_hash, text)) return true;
    }
    return false;
}

/* Fills up with random chunks that no ceiling speaks against. */
static bool add_random(Miner *m, const QuestionRow *q, size_t first, double positive, Rng *rng,
                       Err *err)
{
    for (size_t tries = RANDOM_TRIES * m->o->per_question; tries > 0 && m->offered > 0; tries--) {
        if (m->batch.count - first >= m->o->per_question) break;
        uint32_t row = (uint32_t)rng_below(rng, m->view->count);
        if (!may_offer(m, q, row) || already_chosen(m, first, &m->text_hash[row])) continue;
        size_t offset[2] = {0, 1};
        float score = 0;
        if (!retriever_scores(m->env, m->retriever, &q->text, 1, offset, &row, &score, err))
            return false;
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

/* Removes from the result what may not be offered, and later copies of the same text. Looks, as
 * sentence-transformers does, at the first range_max + max_positives texts, own positives counted.
 * Returns how many are left. */
static size_t offerable(const Miner *m, const QuestionRow *q, const Hit *hits, size_t count,
                        Hit *out)
{
    Map *seen = map_new();
    size_t n = 0, looked_at = 0, limit = mine_range_max(m->o, m->max_positives) + m->max_positives;
    for (size_t i = 0; i < count && looked_at < limit; i++) {
        if (!map_put(seen, m->text_hash[hits[i].row].bytes, HASH_BYTES, 1)) continue;
        bool offer = may_offer(m, q, hits[i].row);
        if (offer) out[n++] = hits[i];
        looked_at += offer || why_never(m, q, hits[i].row) == NEVER_POSITIVE;
    }
    map_free(seen);
    return n;
}

static bool mine_question(Miner *m, size_t index, const Hit *hits, size_t count,
                          const float *positives, size_t positive_count, Err *err)
{
    const QuestionRow *q = &m->data.questions.items[index];
    double lowest = INFINITY;
    for (size_t i = 0; i < positive_count; i++) {
        vec_push(&m->positive, (double)positives[i]);
        if (positives[i] < lowest) lowest = positives[i];
    }
    Rng rng = rng_make(m->o->seed, (uint64_t)q->id);
    Hit *left = mem_alloc((count + 1) * sizeof *left);
    uint32_t *chosen = mem_alloc((m->o->per_question + 1) * sizeof *chosen);
    size_t n = offerable(m, q, hits, count, left);
    count_alone(m, left, n, lowest);
    size_t first = m->batch.count;
    size_t taken =
        mine_choose(m->o, left, n, lowest, m->max_positives, &rng, chosen, m->report.dropped);
    for (size_t i = 0; i < taken; i++) keep(m, q, left[chosen[i]], chosen[i] + 1, lowest);
    free(chosen);
    free(left);
    bool ok = true;
    if (m->o->random_fallback && m->batch.count - first < m->o->per_question) {
        ok = add_random(m, q, first, lowest, &rng, err);
    }
    m->report.short_questions += m->batch.count - first < m->o->per_question;
    return ok;
}

/* ---- batches ---- */

/* The scores of the positives of questions [first, end): scores of question q at
 * (positive_offset[q] − positive_offset[first]). */
static bool score_positives(Miner *m, size_t first, size_t end, const char *const *texts,
                            float **ret, Err *err)
{
    size_t base = m->data.positive_offset[first], total = m->data.positive_offset[end] - base;
    uint32_t *rows = mem_alloc((total + 1) * sizeof *rows);
    size_t *offset = mem_alloc((end - first + 1) * sizeof *offset);
    float *scores = mem_alloc((total + 1) * sizeof *scores);
    for (size_t q = first; q <= end; q++) offset[q - first] = m->data.positive_offset[q] - base;
    for (size_t j = 0; j < total; j++) rows[j] = row_in_view(m, m->data.positive[base + j]);
    bool ok = retriever_scores(m->env, m->retriever, texts, end - first, offset, rows, scores, err);
    free(offset);
    free(rows);
    if (ok)
        *ret = scores;
    else
        free(scores);
    return ok;
}

/* How deep to search, so that range_max candidates are left when everything that may not be offered
 * is taken out. */
static size_t depth(const Miner *m)
{
    size_t barred = 0;
    for (size_t q = 0; q < m->data.questions.count; q++) {
        size_t n = m->data.barred_offset[q + 1] - m->data.barred_offset[q];
        if (n > barred) barred = n;
    }
    size_t k = mine_range_max(m->o, m->max_positives) + m->max_positives + barred + 8;
    return k + (m->view->count - m->offered);
}

static bool mine_batch(Miner *m, size_t first, size_t end, const char *const *texts, Err *err)
{
    float *positives = NULL;
    Results results = {0};
    bool ok =
        score_positives(m, first, end, texts + first, &positives, err) &&
        retriever_search(m->env, m->retriever, texts + first, end - first, depth(m), &results, err);
    vec_clear(&m->batch);
    for (size_t q = first; ok && q < end; q++) {
        size_t at = results.offset[q - first];
        size_t base = m->data.positive_offset[q];
        ok = mine_question(m, q, results.hits + at, results.offset[q - first + 1] - at,
                           positives + (base - m->data.positive_offset[first]),
                           m->data.positive_offset[q + 1] - base, err);
    }
    int64_t last = m->data.questions.items[end - 1].id;
    if (ok && !m->o->dry_run && last > m->mining.done_question) {
        size_t skip = 0;
        while (skip < m->batch.count && m->batch.items[skip].question_id <= m->mining.done_question)
            skip++;
        ok = mining_add(m->env->store, m->mining.id, m->batch.items + skip, m->batch.count - skip,
                        last, err);
    }
    free(positives);
    results_release(&results);
    return ok;
}

/* ---- the whole ---- */

static char *options_json(const MineOptions *o)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "retriever", o->retriever);
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

static bool begin(Miner *m, Err *err)
{
    char *json = options_json(m->o);
    Hash fingerprint = retriever_fingerprint(m->retriever);
    HashBuilder *b = hash_begin();
    hash_add_text(b, json);
    hash_add(b, fingerprint.bytes, HASH_BYTES);
    hash_add(b, m->data.hash.bytes, HASH_BYTES);
    hash_add(b, m->view->hash.bytes, HASH_BYTES);
    for (size_t i = 0, n = map_count(m->never); i < n; i++) {
        size_t size;
        const char *key = map_key(m->never, i, &size);
        hash_add(b, key, size);
    }
    Hash inputs = hash_end(b);
    bool ok = mining_begin(m->env->store, m->o->retriever, &inputs, json, &m->mining, err);
    free(json);
    return ok;
}

static bool run(Miner *m, Err *err)
{
    size_t count = m->data.questions.count;
    const char **texts = dataset_query_texts(&m->data);
    progress_begin(m->env->progress, m->o->dry_run ? "mine (dry run)" : "mine", "questions", count);
    bool ok = true;
    for (size_t first = 0; ok && first < count; first += MINE_BATCH) {
        size_t end = first + MINE_BATCH < count ? first + MINE_BATCH : count;
        ok = cancel_check(m->env->cancel, err) && mine_batch(m, first, end, texts, err);
        progress_update(m->env->progress, end);
    }
    free(texts);
    if (!ok) return false;
    m->report.questions = count;
    m->report.positive = score_summary(m->positive.items, m->positive.count);
    m->report.candidate = score_summary(m->chosen.items, m->chosen.count);
    m->report.difference = score_summary(m->difference.items, m->difference.count);
    if (m->o->dry_run) return true;
    char *json = mine_report_json(&m->report);
    ok = mining_finish(m->env->store, m->mining.id, json, err);
    free(json);
    return ok;
}

static bool check_options(const MineOptions *o, Err *err)
{
    if (o->per_question == 0) return err_set(err, ERR_USAGE, "-n must be at least 1");
    if (o->range_max && o->range_max <= o->range_min) {
        return err_set(err, ERR_USAGE,
                       "the rank range %zu:%zu is empty: its end must be above its beginning",
                       o->range_min, o->range_max);
    }
    if (o->has[MINE_MIN_SCORE] && o->has[MINE_MAX_SCORE] &&
        o->value[MINE_MIN_SCORE] > o->value[MINE_MAX_SCORE]) {
        return err_set(err, ERR_USAGE,
                       "the score band %g:%g is empty: its end must be above its beginning",
                       o->value[MINE_MIN_SCORE], o->value[MINE_MAX_SCORE]);
    }
    return true;
}

static void release(Miner *m)
{
    retriever_close(m->retriever);
    corpus_view_release(&m->pool_view);
    rows_release(&m->pool);
    dataset_release(&m->data);
    map_free(m->never);
    free(m->hashes);
    free(m->view_row);
    free(m->offerable);
    vec_release(&m->batch);
    vec_release(&m->positive);
    vec_release(&m->chosen);
    vec_release(&m->difference);
}

bool task_mine(const Env *env, const MineOptions *options, MineReport *ret, Err *err)
{
    if (!check_options(options, err)) return false;
    Miner m = {.env = env, .o = options};
    DatasetQuery query = {.question_splits = options->splits ? options->splits : 1 << SPLIT_TRAIN,
                          .question_statuses = options->statuses};
    bool ok = dataset_load(env, &query, &m.data, err);
    if (ok && m.data.questions.count == 0) {
        ok = err_set(err, ERR_MISSING,
                     "there are no accepted questions in this split to mine for: import or "
                     "generate some, and accept them (`review`)");
    }
    ok = ok && learn_never(&m, err);
    if (ok && options->pool_path)
        ok = search_pool(&m, err);
    else if (ok)
        search_corpus(&m);
    ok = ok && retriever_open(env, options->retriever, m.view, &m.retriever, err) &&
         (options->dry_run || begin(&m, err)) && run(&m, err);
    if (ok) *ret = m.report;
    release(&m);
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
