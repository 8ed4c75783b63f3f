#include "task/miner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "store/mining.h"
#include "task/pool.h"

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

bool miner_may_offer(const Miner *m, const QuestionRow *q, uint32_t row)
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
        size_t barred = m->data.barred_offset[q + 1] - m->data.barred_offset[q];
        if (positives > m->max_positives) m->max_positives = positives;
        if (barred > m->max_barred) m->max_barred = barred;
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
    m->text_hash = mem_alloc((m->view->count + 1) * sizeof *m->text_hash);
    for (size_t i = 0; i < m->view->count; i++) m->text_hash[i] = m->data.chunks.items[i].text_hash;
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
    m->text_hash = mem_alloc((all.count + 1) * sizeof *m->text_hash);
    for (size_t i = 0; i < all.count; i++) m->text_hash[i] = all.items[i].text_hash;
    free(all.items);
    m->view = &m->pool_view;
    m->offered = m->pool.count;
    return true;
}

static uint32_t row_in_view(const Miner *m, uint32_t chunk)
{
    return m->view_row ? m->view_row[chunk] : chunk;
}

/* ---- searching ---- */

size_t miner_texts(const Miner *m, const MineOptions *options)
{
    return mine_range_max(options, m->max_positives) + m->max_positives;
}

size_t miner_depth(const Miner *m, size_t texts)
{
    return texts + m->max_barred + 8 + (m->view->count - m->offered);
}

/* Scores of questions [first, first + count) and rows of the view, as retriever_scores: by the
 * reranker where there is one. */
static bool score_rows(const Miner *m, size_t first, size_t count, const size_t *offset,
                       const uint32_t *rows, float *out, Err *err)
{
    if (!m->reranker)
        return retriever_scores(m->env, m->retriever, m->texts + first, count, offset, rows, out,
                                err);
    const char **texts = mem_zero(offset[count] + 1, sizeof *texts);
    for (size_t j = 0; j < offset[count]; j++) texts[j] = m->view->plain[rows[j]];
    bool ok =
        reranker_scores(m->env, m->reranker, m->texts + first, count, offset, texts, out, err);
    free(texts);
    return ok;
}

bool miner_score(const Miner *m, const QuestionRow *q, uint32_t row, float *ret, Err *err)
{
    size_t offset[2] = {0, 1};
    return score_rows(m, (size_t)(q - m->data.questions.items), 1, offset, &row, ret, err);
}

/* The scores of the positives of questions [first, end): scores of question q at
 * (positive_offset[q] − positive_offset[first]). */
static bool score_positives(const Miner *m, size_t first, size_t end, float **ret, Err *err)
{
    size_t base = m->data.positive_offset[first], total = m->data.positive_offset[end] - base;
    uint32_t *rows = mem_alloc((total + 1) * sizeof *rows);
    size_t *offset = mem_alloc((end - first + 1) * sizeof *offset);
    float *scores = mem_alloc((total + 1) * sizeof *scores);
    for (size_t q = first; q <= end; q++) offset[q - first] = m->data.positive_offset[q] - base;
    for (size_t j = 0; j < total; j++) rows[j] = row_in_view(m, m->data.positive[base + j]);
    bool ok = score_rows(m, first, end - first, offset, rows, scores, err);
    free(offset);
    free(rows);
    if (ok)
        *ret = scores;
    else
        free(scores);
    return ok;
}

/* What of a result may be offered, each text once, among its first `texts` texts, put at the end of
 * f, which has room. */
static size_t take_offers(const Miner *m, const QuestionRow *q, const Hit *hits, size_t count,
                          size_t texts, size_t end, MinerFound *f)
{
    Map *known = map_new();
    size_t looked_at = 0;
    for (size_t i = 0; i < count && looked_at < texts; i++) {
        if (!map_put(known, m->text_hash[hits[i].row].bytes, HASH_BYTES, 1)) continue;
        bool offer = miner_may_offer(m, q, hits[i].row);
        looked_at += offer || why_never(m, q, hits[i].row) == NEVER_POSITIVE;
        if (!offer) continue;
        f->at[end] = (uint32_t)i;
        f->seen[end] = (uint32_t)looked_at;
        f->hits[end++] = hits[i];
    }
    map_free(known);
    return end;
}

static bool find_offers(const Miner *m, size_t first, size_t end, size_t texts, MinerFound *f,
                        Err *err)
{
    Results r = {0};
    if (!retriever_search(m->env, m->retriever, m->texts + first, end - first,
                          miner_depth(m, texts), &r, err))
        return false;
    size_t total = r.offset[end - first];
    f->offset = mem_zero(end - first + 1, sizeof *f->offset);
    f->hits = mem_alloc((total + 1) * sizeof *f->hits);
    f->at = mem_alloc((total + 1) * sizeof *f->at);
    f->seen = mem_alloc((total + 1) * sizeof *f->seen);
    for (size_t i = 0; i < end - first; i++)
        f->offset[i + 1] = take_offers(m, &m->data.questions.items[first + i], r.hits + r.offset[i],
                                       r.offset[i + 1] - r.offset[i], texts, f->offset[i], f);
    results_release(&r);
    return true;
}

typedef struct Offer {
    Hit hit;
    uint32_t at, seen;
} Offer;

static int by_score(const void *a, const void *b)
{
    const Offer *x = a, *y = b;
    if (x->hit.score != y->hit.score) return x->hit.score > y->hit.score ? -1 : 1;
    return (x->hit.row > y->hit.row) - (x->hit.row < y->hit.row);
}

static void sort_offers(MinerFound *f, size_t first, size_t count)
{
    Offer *offers = mem_alloc((count + 1) * sizeof *offers);
    for (size_t i = 0; i < count; i++)
        offers[i] = (Offer){f->hits[first + i], f->at[first + i], f->seen[first + i]};
    qsort(offers, count, sizeof *offers, by_score);
    for (size_t i = 0; i < count; i++) {
        f->hits[first + i] = offers[i].hit;
        f->at[first + i] = offers[i].at;
        f->seen[first + i] = offers[i].seen;
    }
    free(offers);
}

/* The reranker's scores, and its order. */
static bool rerank_offers(const Miner *m, size_t first, size_t count, MinerFound *f, Err *err)
{
    size_t total = f->offset[count];
    uint32_t *rows = mem_alloc((total + 1) * sizeof *rows);
    float *scores = mem_alloc((total + 1) * sizeof *scores);
    for (size_t j = 0; j < total; j++) rows[j] = f->hits[j].row;
    bool ok = score_rows(m, first, count, f->offset, rows, scores, err);
    for (size_t j = 0; ok && j < total; j++) f->hits[j].score = scores[j];
    for (size_t i = 0; ok && i < count; i++)
        sort_offers(f, f->offset[i], f->offset[i + 1] - f->offset[i]);
    free(scores);
    free(rows);
    return ok;
}

bool miner_search(const Miner *m, size_t first, size_t end, size_t texts, MinerFound *ret, Err *err)
{
    MinerFound f = {.first = first};
    bool ok = cancel_check(m->env->cancel, err) &&
              score_positives(m, first, end, &f.positives, err) &&
              find_offers(m, first, end, texts, &f, err) &&
              (!m->reranker || rerank_offers(m, first, end - first, &f, err));
    if (ok)
        *ret = f;
    else
        miner_found_release(&f);
    return ok;
}

void miner_found_release(MinerFound *f)
{
    free(f->positives);
    free(f->offset);
    free(f->hits);
    free(f->at);
    free(f->seen);
    *f = (MinerFound){0};
}

MinerHits miner_hits(const Miner *m, const MinerFound *f, size_t q)
{
    const size_t *offset = f->offset + (q - f->first);
    const size_t *positive = m->data.positive_offset;
    MinerHits h = {.hits = f->hits + offset[0],
                   .at = f->at + offset[0],
                   .seen = f->seen + offset[0],
                   .count = offset[1] - offset[0],
                   .positives = f->positives + (positive[q] - positive[f->first]),
                   .positive_count = positive[q + 1] - positive[q],
                   .lowest = INFINITY};
    for (size_t i = 0; i < h.positive_count; i++) {
        if (h.positives[i] < h.lowest) h.lowest = h.positives[i];
    }
    return h;
}

/* ---- the whole ---- */

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

bool miner_open(const Env *env, const MineOptions *options, Miner *ret, Err *err)
{
    Miner *m = ret;
    *m = (Miner){.env = env, .o = options};
    DatasetQuery query = {.question_splits = options->splits ? options->splits : 1 << SPLIT_TRAIN,
                          .question_statuses = options->statuses};
    bool ok = check_options(options, err) && dataset_load(env, &query, &m->data, err);
    if (ok && m->data.questions.count == 0) {
        ok = err_set(err, ERR_MISSING,
                     "there are no accepted questions in this split to mine for: import or "
                     "generate some, and accept them (`review`)");
    }
    ok = ok && learn_never(m, err);
    if (ok && options->pool_path)
        ok = search_pool(m, err);
    else if (ok)
        search_corpus(m);
    if (ok) m->texts = dataset_query_texts(&m->data);
    return ok && (!options->reranker || reranker_open(env, options->reranker, &m->reranker, err)) &&
           retriever_open(env, options->retriever, m->view, &m->retriever, err);
}

void miner_release(Miner *m)
{
    retriever_close(m->retriever);
    reranker_close(m->reranker);
    corpus_view_release(&m->pool_view);
    rows_release(&m->pool);
    dataset_release(&m->data);
    map_free(m->never);
    free(m->texts);
    free(m->text_hash);
    free(m->view_row);
    free(m->offerable);
    *m = (Miner){0};
}
