#include "num/loss.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "num/blas.h"
#include "num/loss_parts.h"
#include "num/vector.h"

#define PIECE_SCORES 32768             /* scores that are worth a piece of work */
#define PIECE_COLUMNS 64               /* columns a piece: whole cache lines of every row */
#define SIDE_LARGEST ((size_t)1 << 30) /* of B, M and D: all products of two of them fit */

const Loss LOSSES[] = {
    {"mnrl", "each question against all passages of the batch", loss_mnrl},
    {"symmetric", "mnrl, and each passage against all questions of the batch", loss_symmetric},
};
const size_t LOSS_COUNT = sizeof LOSSES / sizeof *LOSSES;

const Loss *loss_find(const char *name)
{
    for (size_t i = 0; i < LOSS_COUNT; i++)
        if (strcmp(LOSSES[i].name, name) == 0) return &LOSSES[i];
    return NULL;
}

LossScratch *loss_scratch_new(void)
{
    return mem_zero(1, sizeof(LossScratch));
}

void loss_scratch_free(LossScratch *s)
{
    if (!s) return;
    free(s->terms);
    free(s->block);
    free(s);
}

static size_t largest(size_t a, size_t b)
{
    return a > b ? a : b;
}

static float *part(float **next, size_t count)
{
    float *taken = *next;
    *next += count;
    return taken;
}

static size_t block_floats(size_t B, size_t M, size_t D)
{
    return B * M + 2 * (B + M) * D + 6 * B + M;
}

size_t loss_scratch_bytes(const LossScratch *s)
{
    if (!s->block) return sizeof *s;
    return sizeof *s + s->rows * sizeof *s->terms +
           block_floats(s->rows, s->documents, s->dimensions) * sizeof *s->block;
}

bool loss_reserve(LossScratch *s, size_t B, size_t M, size_t D, Err *err)
{
    if (B <= s->rows && M <= s->documents && D <= s->dimensions) return true;
    B = largest(B, s->rows);
    M = largest(M, s->documents);
    D = largest(D, s->dimensions);
    if (largest(largest(B, M), D) > SIDE_LARGEST)
        return err_set(err, ERR_MEMORY, "a batch of %zu questions and %zu passages is too large", B,
                       M);
    float *block = mem_tensor(1, block_floats(B, M, D), "the scores of a batch", err);
    if (!block) return false;
    free(s->block);
    free(s->terms);
    float *next = block;
    *s = (LossScratch){.rows = B, .documents = M, .dimensions = D, .block = block};
    s->terms = mem_zero(B, sizeof *s->terms);
    s->scores = part(&next, B * M);
    s->q = part(&next, B * D);
    s->d = part(&next, M * D);
    s->dq = part(&next, B * D);
    s->dd = part(&next, M * D);
    s->q_norm = part(&next, B);
    s->d_norm = part(&next, M);
    s->own = part(&next, B);
    s->row = (LossLogs){part(&next, B), part(&next, B)};
    s->column = (LossLogs){part(&next, B), part(&next, B)};
    return true;
}

/* The job of one pass over rows or columns. */
typedef struct Pass {
    const LossBatch *batch;
    LossScratch *scratch;
    float rows, columns; /* weights, backward only */
} Pass;

static size_t rows_a_piece(const LossBatch *batch)
{
    return PIECE_SCORES / (batch->M + 1) + 1;
}

static void mask_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *pass = context;
    const LossBatch *batch = pass->batch;
    for (size_t i = first; i < end; i++) {
        float *row = pass->scratch->scores + i * batch->M;
        const uint8_t *masked = batch->masked ? batch->masked + i * batch->M : NULL;
        assert(!masked || !masked[i]);
        if (masked)
            for (size_t j = 0; j < batch->M; j++) row[j] = masked[j] ? -INFINITY : row[j];
        pass->scratch->own[i] = row[i];
    }
}

bool loss_scores(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    size_t B = batch->B, M = batch->M, D = batch->D;
    assert(B > 0 && M >= B);
    if (!loss_reserve(scratch, B, M, D, NULL)) return false;
    const float *q = batch->q, *d = batch->d;
    if (batch->cosine) {
        normalize_forward(pool, batch->q, scratch->q, scratch->q_norm, B, D);
        normalize_forward(pool, batch->d, scratch->d, scratch->d_norm, M, D);
        q = scratch->q;
        d = scratch->d;
    }
    gemm(pool, false, true, B, M, D, batch->scale, q, D, d, D, 0, scratch->scores, M);
    pool_range(pool, B, rows_a_piece(batch), mask_rows,
               &(Pass){.batch = batch, .scratch = scratch});
    return true;
}

/* finish: what one softmax leaves, from its largest score and Σ exp(x − top). */
static void finish(const LossScratch *s, const LossLogs *logs, size_t i, float top, double sum)
{
    double log_rest = log(sum);
    logs->top[i] = top;
    logs->log_rest[i] = (float)log_rest;
    s->terms[i] = log_rest + ((double)top - (double)s->own[i]);
}

static double mean_term(const LossScratch *s, size_t B)
{
    double sum = 0;
    for (size_t i = 0; i < B; i++) sum += s->terms[i];
    return sum / (double)B;
}

static void row_terms(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *pass = context;
    size_t M = pass->batch->M;
    for (size_t i = first; i < end; i++) {
        const float *row = pass->scratch->scores + i * M;
        float top = row[i]; /* never masked, so that the largest is finite */
        for (size_t j = 0; j < M; j++) top = row[j] > top ? row[j] : top;
        double sum = 0;
        for (size_t j = 0; j < M; j++) sum += expf(row[j] - top);
        finish(pass->scratch, &pass->scratch->row, i, top, sum);
    }
}

double loss_rows(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    pool_range(pool, batch->B, rows_a_piece(batch), row_terms,
               &(Pass){.batch = batch, .scratch = scratch});
    return mean_term(scratch, batch->B);
}

/* Row by row through a strip of columns, so that memory is read in order. */
static void column_terms(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *pass = context;
    size_t B = pass->batch->B, M = pass->batch->M, count = end - first;
    const float *strip = pass->scratch->scores + first;
    float top[PIECE_COLUMNS];
    double sum[PIECE_COLUMNS] = {0};
    for (size_t j = 0; j < count; j++) top[j] = pass->scratch->own[first + j];
    for (size_t i = 0; i < B; i++)
        for (size_t j = 0; j < count; j++)
            top[j] = strip[i * M + j] > top[j] ? strip[i * M + j] : top[j];
    for (size_t i = 0; i < B; i++)
        for (size_t j = 0; j < count; j++) sum[j] += expf(strip[i * M + j] - top[j]);
    for (size_t j = 0; j < count; j++)
        finish(pass->scratch, &pass->scratch->column, first + j, top[j], sum[j]);
}

double loss_columns(Pool *pool, const LossBatch *batch, LossScratch *scratch)
{
    pool_range(pool, batch->B, PIECE_COLUMNS, column_terms,
               &(Pass){.batch = batch, .scratch = scratch});
    return mean_term(scratch, batch->B);
}

static void score_gradient(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *pass = context;
    const LossScratch *s = pass->scratch;
    size_t B = pass->batch->B, M = pass->batch->M;
    for (size_t i = first; i < end; i++) {
        float *row = s->scores + i * M, top = s->row.top[i], log_rest = s->row.log_rest[i];
        size_t j = 0;
        if (pass->columns != 0)
            for (; j < B; j++)
                row[j] = pass->rows * expf(row[j] - top - log_rest) +
                         pass->columns * expf(row[j] - s->column.top[j] - s->column.log_rest[j]);
        for (; j < M; j++) row[j] = pass->rows * expf(row[j] - top - log_rest);
        row[i] -= pass->rows + pass->columns;
    }
}

typedef struct NormBack {
    const float *y, *norm, *dy;
    float *dx;
    size_t D;
} NormBack;

static void norm_back_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const NormBack *job = context;
    size_t at = first * job->D, count = end - first;
    memset(job->dx + at, 0, count * job->D * sizeof *job->dx);
    normalize_backward(job->y + at, job->norm + first, job->dy + at, job->dx + at, count, job->D);
}

/* dq = scale · dscores · d, or of the documents dd = scale · dscoresᵀ · q; then back through the
 * normalisation, where there was one. */
static void embedding_gradient(Pool *pool, const LossBatch *batch, const LossScratch *s,
                               bool of_documents)
{
    size_t B = batch->B, M = batch->M, D = batch->D, N = of_documents ? M : B;
    const float *other =
        of_documents ? (batch->cosine ? s->q : batch->q) : (batch->cosine ? s->d : batch->d);
    float *out = of_documents ? batch->dd : batch->dq;
    float *inner = !batch->cosine ? out : of_documents ? s->dd : s->dq;
    gemm(pool, of_documents, false, N, D, of_documents ? B : M, batch->scale, s->scores, M, other,
         D, 0, inner, D);
    if (!batch->cosine) return;
    NormBack job = {of_documents ? s->d : s->q, of_documents ? s->d_norm : s->q_norm, inner, out,
                    D};
    pool_range(pool, N, PIECE_SCORES / (D + 1) + 1, norm_back_rows, &job);
}

void loss_backward(Pool *pool, const LossBatch *batch, LossScratch *scratch, float rows,
                   float columns)
{
    if (!batch->dq && !batch->dd) return;
    float share = 1.0f / (float)batch->B;
    Pass pass = {batch, scratch, rows * share, columns * share};
    pool_range(pool, batch->B, rows_a_piece(batch), score_gradient, &pass);
    if (batch->dq) embedding_gradient(pool, batch, scratch, false);
    if (batch->dd) embedding_gradient(pool, batch, scratch, true);
}
