#include "retrieve/dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "num/blas.h"
#include "num/vector.h"

#define QUERY_BLOCK 128   /* Q of one product */
#define CORPUS_BLOCK 2048 /* N of one product: its scores are 1 MiB */
#define GEMM_FROM 4       /* a product of fewer queries costs more to pack than to compute */
#define SCAN 64           /* scores looked at together */
#define SLACK                                                                                      \
    16 /* kept past k: the product's last bits may order near ties otherwise than their exact      \
          scores do */

/* ---- the corpus ---- */

static bool is_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0) return false;
    return true;
}

bool dense_init(Dense *d, const float *vectors, size_t rows, size_t dims, Err *err)
{
    size_t zero_count = 0;
    for (size_t i = 0; i < rows; i++) {
        const float *x = vectors + i * dims;
        if (!vector_finite(x, dims))
            return err_set(err, ERR_NUMERIC, "the vector of text %zu is not finite", i + 1);
        zero_count += is_zero(x, dims);
    }
    *d = (Dense){.rows = rows, .dims = dims, .vectors = vectors};
    d->zero = mem_zero(zero_count + 1, sizeof *d->zero);
    for (size_t i = 0; i < rows && d->zero_count < zero_count; i++)
        if (is_zero(vectors + i * dims, dims)) d->zero[d->zero_count++] = (uint32_t)i;
    return true;
}

void dense_release(Dense *d)
{
    free(d->zero);
    *d = (Dense){0};
}

/* ---- searching ----
 * One piece of work is a block of queries against a span of the corpus. There is one span where the
 * queries alone keep all threads busy, else several, whose lists are merged at the end. */

typedef struct Search {
    const Dense *d;
    const float *queries;
    size_t count, kept; /* kept: k with slack */
    size_t query_blocks, spans, span_rows;
    float **scores;      /* (threads) of (QUERY_BLOCK, CORPUS_BLOCK) */
    Hit **fresh;         /* (threads) of (kept + CORPUS_BLOCK): what one block adds */
    Hit *lists;          /* (spans, Q, kept) */
    size_t *list_counts; /* (spans, Q) */
    const Cancel *cancel;
} Search;

/* Zero rows become NaN, which nothing compares above. */
static void blank_zero_rows(const Dense *d, float *scores, size_t queries, size_t first, size_t end)
{
    for (size_t z = 0; z < d->zero_count; z++) {
        if (d->zero[z] < first || d->zero[z] >= end) continue;
        for (size_t q = 0; q < queries; q++) scores[q * CORPUS_BLOCK + d->zero[z] - first] = NAN;
    }
}

static bool any_above(const float *scores, float threshold)
{
    unsigned found = 0;
    for (size_t i = 0; i < SCAN; i++) found |= scores[i] > threshold;
    return found != 0;
}

/* The scores above the threshold, in order of rows. */
static size_t collect_above(const float *scores, size_t n, float threshold, Hit *out)
{
    size_t found = 0, i = 0;
    while (i < n) {
        if (n - i >= SCAN && !any_above(scores + i, threshold)) {
            i += SCAN;
            continue;
        }
        for (size_t end = n - i < SCAN ? n : i + SCAN; i < end; i++)
            if (scores[i] > threshold) out[found++] = (Hit){(uint32_t)i, scores[i]};
    }
    return found;
}

/* Takes one query's scores of the rows from `first` on into its list. */
static void keep_best(const float *scores, size_t n, size_t first, Hit *list, size_t *have,
                      size_t kept, Hit *fresh)
{
    size_t found;
    if (*have < kept) {
        found = topk(scores, n, kept, fresh);
    } else {
        found = collect_above(scores, n, list[kept - 1].score, fresh);
        hits_sort(fresh, found);
    }
    for (size_t i = 0; i < found; i++) fresh[i].row += (uint32_t)first;
    if (found > 0) *have = topk_merge(list, *have, fresh, found, kept);
}

/* scores (queries, CORPUS_BLOCK) of n corpus rows from `first` on. */
static void score_block(const Dense *d, const float *q, size_t queries, size_t first, size_t n,
                        float *scores)
{
    const float *rows = d->vectors + first * d->dims;
    if (queries >= GEMM_FROM) {
        gemm(NULL, false, true, queries, n, d->dims, 1, q, d->dims, rows, d->dims, 0, scores,
             CORPUS_BLOCK);
        return;
    }
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < queries; i++)
            scores[i * CORPUS_BLOCK + j] = vector_dot(q + i * d->dims, rows + j * d->dims, d->dims);
    }
}

static void search_piece(void *context, size_t piece, size_t thread)
{
    const Search *s = context;
    const Dense *d = s->d;
    size_t span = piece / s->query_blocks, q0 = piece % s->query_blocks * QUERY_BLOCK;
    size_t queries = s->count - q0 < QUERY_BLOCK ? s->count - q0 : QUERY_BLOCK;
    size_t span_end = (span + 1) * s->span_rows < d->rows ? (span + 1) * s->span_rows : d->rows;
    Hit *lists = s->lists + (span * s->count + q0) * s->kept;
    size_t *have = s->list_counts + span * s->count + q0;
    for (size_t at = span * s->span_rows; at < span_end && !cancel_asked(s->cancel);
         at += CORPUS_BLOCK) {
        size_t n = span_end - at < CORPUS_BLOCK ? span_end - at : CORPUS_BLOCK;
        float *scores = s->scores[thread];
        score_block(d, s->queries + q0 * d->dims, queries, at, n, scores);
        blank_zero_rows(d, scores, queries, at, at + n);
        for (size_t q = 0; q < queries; q++)
            keep_best(scores + q * CORPUS_BLOCK, n, at, lists + q * s->kept, &have[q], s->kept,
                      s->fresh[thread]);
    }
}

static void lay_out(Search *s, Pool *pool)
{
    size_t rows = s->d->rows, blocks = (rows + CORPUS_BLOCK - 1) / CORPUS_BLOCK;
    size_t wanted = 2 * pool_threads(pool);
    s->query_blocks = (s->count + QUERY_BLOCK - 1) / QUERY_BLOCK;
    s->spans = (wanted + s->query_blocks - 1) / s->query_blocks;
    if (s->spans > blocks) s->spans = blocks;
    size_t span_blocks = (blocks + s->spans - 1) / s->spans;
    s->spans = (blocks + span_blocks - 1) / span_blocks;
    s->span_rows = span_blocks * CORPUS_BLOCK;
}

static bool allocate(Search *s, Pool *pool, Err *err)
{
    size_t threads = pool_threads(pool);
    s->scores = mem_zero(threads, sizeof *s->scores);
    s->fresh = mem_zero(threads, sizeof *s->fresh);
    s->list_counts = mem_zero(s->spans * s->count, sizeof *s->list_counts);
    s->lists = calloc(s->spans * s->count, s->kept * sizeof *s->lists);
    bool ok = s->lists != NULL;
    for (size_t t = 0; t < threads && ok; t++) {
        s->scores[t] = mem_tensor(QUERY_BLOCK, CORPUS_BLOCK, "a block of scores", err);
        if (!s->scores[t]) return false;
        s->fresh[t] = calloc(s->kept + CORPUS_BLOCK, sizeof *s->fresh[t]);
        ok = s->fresh[t] != NULL;
    }
    return ok || err_set(err, ERR_MEMORY, "the %zu best of %zu queries do not fit in memory",
                         s->kept, s->count);
}

static void release(Search *s, Pool *pool)
{
    for (size_t t = 0; t < pool_threads(pool); t++) {
        if (s->scores) free(s->scores[t]);
        if (s->fresh) free(s->fresh[t]);
    }
    free(s->scores);
    free(s->fresh);
    free(s->lists);
    free(s->list_counts);
}

/* ---- the lists at the end ---- */

typedef struct Finish {
    Search *s;
    size_t k;
    Hit *hits;
    size_t *found;
} Finish;

/* Merges the spans' lists of each query, computes the scores again one by one, and cuts at k. */
static void finish_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    Finish *f = context;
    Search *s = f->s;
    const Dense *d = s->d;
    for (size_t q = first; q < end; q++) {
        const float *query = s->queries + q * d->dims;
        Hit *list = s->lists + q * s->kept;
        size_t have = s->list_counts[q];
        for (size_t span = 1; span < s->spans; span++) {
            size_t other = span * s->count + q;
            have =
                topk_merge(list, have, s->lists + other * s->kept, s->list_counts[other], s->kept);
        }
        if (is_zero(query, d->dims)) have = 0;
        for (size_t i = 0; i < have; i++)
            list[i].score = vector_dot(query, d->vectors + (size_t)list[i].row * d->dims, d->dims);
        hits_sort(list, have);
        f->found[q] = have < f->k ? have : f->k;
        memcpy(f->hits + q * f->k, list, f->found[q] * sizeof *list);
    }
}

static bool queries_finite(const float *queries, size_t count, size_t dims, Err *err)
{
    for (size_t q = 0; q < count; q++) {
        if (!vector_finite(queries + q * dims, dims))
            return err_set(err, ERR_NUMERIC, "the vector of query %zu is not finite", q + 1);
    }
    return true;
}

bool dense_search(Pool *pool, const Dense *d, const float *queries, size_t count, size_t k,
                  const Cancel *cancel, Hit *hits, size_t *found, Err *err)
{
    if (!queries_finite(queries, count, d->dims, err)) return false;
    memset(found, 0, count * sizeof *found);
    if (d->rows == 0 || count == 0 || k == 0) return true;
    Search s = {.d = d, .queries = queries, .count = count, .cancel = cancel};
    s.kept = k < d->rows && d->rows - k > SLACK ? k + SLACK : d->rows;
    lay_out(&s, pool);
    bool ok = allocate(&s, pool, err);
    if (ok) {
        pool_run(pool, s.query_blocks * s.spans, search_piece, &s);
        ok = cancel_check(cancel, err);
    }
    if (ok) {
        Finish f = {.s = &s, .k = k, .hits = hits, .found = found};
        pool_range(pool, count, 16, finish_range, &f);
    }
    release(&s, pool);
    return ok;
}

/* ---- given pairs ---- */

typedef struct Pairs {
    const Dense *d;
    const float *queries;
    const size_t *offset;
    const uint32_t *rows;
    float *out;
} Pairs;

static void score_range(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pairs *p = context;
    size_t dims = p->d->dims;
    for (size_t q = first; q < end; q++) {
        for (size_t j = p->offset[q]; j < p->offset[q + 1]; j++)
            p->out[j] =
                vector_dot(p->queries + q * dims, p->d->vectors + (size_t)p->rows[j] * dims, dims);
    }
}

bool dense_scores(Pool *pool, const Dense *d, const float *queries, size_t count,
                  const size_t *offset, const uint32_t *rows, float *out, Err *err)
{
    if (!queries_finite(queries, count, d->dims, err)) return false;
    Pairs p = {.d = d, .queries = queries, .offset = offset, .rows = rows, .out = out};
    pool_range(pool, count, 16, score_range, &p);
    return true;
}
