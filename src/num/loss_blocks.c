/* Softmaxes over blocks of scores, with their gradients. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/blas.h"
#include "num/loss_parts.h"

#define PIECE_SCORES 32768 /* scores that are worth a piece of work */

/* The two sides of a block: rows of a, columns of b. */
typedef struct Sides {
    const float *a, *b;
    float *da, *db;
    size_t columns;
} Sides;

static Sides sides_of(const LossBatch *batch, const LossScratch *s, BlockKind kind)
{
    bool of_d = kind == BLOCK_DQ || kind == BLOCK_DD, with_d = kind == BLOCK_QD || kind == BLOCK_DD;
    return (Sides){.a = of_d ? s->d : s->q,
                   .b = with_d ? s->d : s->q,
                   .da = of_d ? s->dd : s->dq,
                   .db = with_d ? s->dd : s->dq,
                   .columns = with_d ? batch->M : batch->B};
}

typedef struct Pass {
    const LossBatch *batch;
    LossScratch *s;
    const Block *blocks;
    size_t count, groups;
    bool (*left_out)(const LossBatch *, BlockKind, size_t, size_t);
} Pass;

static size_t rows_a_piece(const LossBatch *batch)
{
    return PIECE_SCORES / (batch->M + 1) + 1;
}

/* Never in the softmax: the anchor itself, its own documents among documents, what the batch masks.
 */
static bool always_out(const LossBatch *batch, BlockKind kind, size_t i, size_t j)
{
    const uint8_t *masked = batch->masked;
    switch (kind) {
    case BLOCK_QD:
        return masked && masked[i * batch->M + j];
    case BLOCK_DQ:
        return i != j && masked && masked[j * batch->M + i];
    case BLOCK_QQ:
        return i == j;
    default:
        return batch->owner[j] == i || (masked && masked[i * batch->M + j]);
    }
}

static bool is_own(BlockKind kind, size_t i, size_t j)
{
    return i == j && (kind == BLOCK_QD || kind == BLOCK_DQ);
}

/* Harder negatives count more (Lan et al. 2025): alpha times the similarity is added, as a
 * constant. */
static void harden(const LossBatch *batch, float *row, size_t i)
{
    float share = batch->options->hardness / batch->options->scale;
    for (size_t j = 0; j < batch->M; j++)
        if (j != i) row[j] += share * row[j];
}

static void mask_rows(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *p = context;
    const LossBatch *batch = p->batch;
    for (size_t b = 0; b < p->count; b++) {
        BlockKind kind = p->blocks[b].kind;
        size_t columns = sides_of(batch, p->s, kind).columns;
        for (size_t i = first; i < end; i++) {
            float *row = p->s->scores[kind] + i * columns;
            assert(kind != BLOCK_QD || !always_out(batch, kind, i, i));
            if (kind == BLOCK_QD) p->s->own[i] = row[i];
            if (kind == BLOCK_QD && batch->options->hardness > 0) harden(batch, row, i);
            for (size_t j = 0; j < columns; j++) {
                bool out = always_out(batch, kind, i, j) ||
                           (p->left_out && !is_own(kind, i, j) && p->left_out(batch, kind, i, j));
                if (out) row[j] = -INFINITY;
            }
        }
    }
}

/* Softmax denominators of the rows, group by group. */
static void row_terms(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *p = context;
    LossScratch *s = p->s;
    for (size_t i = first; i < end; i++) {
        double term = 0;
        for (size_t g = 0; g < p->groups; g++) {
            float top = s->own[i]; /* never masked, so that the largest is finite */
            for (size_t b = 0; b < p->count; b++) {
                size_t columns = sides_of(p->batch, s, p->blocks[b].kind).columns;
                const float *row = s->scores[p->blocks[b].kind] + i * columns;
                for (size_t j = 0; p->blocks[b].group == g && j < columns; j++)
                    top = row[j] > top ? row[j] : top;
            }
            double sum = 0;
            for (size_t b = 0; b < p->count; b++) {
                size_t columns = sides_of(p->batch, s, p->blocks[b].kind).columns;
                const float *row = s->scores[p->blocks[b].kind] + i * columns;
                for (size_t j = 0; p->blocks[b].group == g && j < columns; j++)
                    sum += expf(row[j] - top);
            }
            s->top[g][i] = top;
            s->log_rest[g][i] = (float)log(sum);
            term += log(sum) + ((double)top - (double)s->own[i]);
        }
        s->terms[i] = term / (double)p->groups;
    }
}

/* The scores become their gradients. */
static void score_gradient(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Pass *p = context;
    LossScratch *s = p->s;
    float share = 1.0f / ((float)p->batch->B * (float)p->groups);
    for (size_t b = 0; b < p->count; b++) {
        BlockKind kind = p->blocks[b].kind;
        size_t columns = sides_of(p->batch, s, kind).columns, g = p->blocks[b].group;
        for (size_t i = first; i < end; i++) {
            float *row = s->scores[kind] + i * columns, top = s->top[g][i],
                  rest = s->log_rest[g][i];
            for (size_t j = 0; j < columns; j++) row[j] = share * expf(row[j] - top - rest);
            if (kind == BLOCK_QD) row[i] -= share * (float)p->groups;
        }
    }
}

/* da += scale · ds b, db += scale · dsᵀ a; those of the documents only where they are wanted. */
static void vector_gradient(Pool *pool, const LossBatch *batch, const LossScratch *s,
                            BlockKind kind)
{
    Sides x = sides_of(batch, s, kind);
    size_t B = batch->B, D = batch->D;
    float scale = batch->options->scale;
    if (x.da != s->dd || batch->dd)
        gemm(pool, false, false, B, D, x.columns, scale, s->scores[kind], x.columns, x.b, D, 1,
             x.da, D);
    if (x.db != s->dd || batch->dd)
        gemm(pool, true, false, x.columns, D, B, scale, s->scores[kind], x.columns, x.a, D, 1, x.db,
             D);
}

double loss_blocks(Pool *pool, const LossBatch *batch, LossScratch *s, const Block *blocks,
                   size_t count, bool (*left_out)(const LossBatch *, BlockKind, size_t, size_t))
{
    Pass p = {batch, s, blocks, count, 0, left_out};
    for (size_t b = 0; b < count; b++) {
        Sides x = sides_of(batch, s, blocks[b].kind);
        gemm(pool, false, true, batch->B, x.columns, batch->D, batch->options->scale, x.a, batch->D,
             x.b, batch->D, 0, s->scores[blocks[b].kind], x.columns);
        if (blocks[b].group >= p.groups) p.groups = blocks[b].group + 1;
    }
    pool_range(pool, batch->B, rows_a_piece(batch), mask_rows, &p);
    pool_range(pool, batch->B, rows_a_piece(batch), row_terms, &p);
    double sum = 0;
    for (size_t i = 0; i < batch->B; i++) sum += s->terms[i];
    if (batch->dq || batch->dd) {
        pool_range(pool, batch->B, rows_a_piece(batch), score_gradient, &p);
        for (size_t b = 0; b < count; b++) vector_gradient(pool, batch, s, blocks[b].kind);
    }
    return sum / (double)batch->B;
}
