#include "num/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "num/loss_parts.h"
#include "num/vector.h"

#define PIECE_FLOATS 32768             /* of vectors, a piece of work */
#define SIDE_LARGEST ((size_t)1 << 30) /* of B, M and D: all products of two of them fit */

const Loss LOSSES[] = {
    {.name = "mnrl",
     .describes = "each question against all passages of the batch",
     .scale = 20,
     .run = loss_mnrl},
    {.name = "symmetric",
     .describes = "mnrl, and each passage against all questions of the batch",
     .scale = 20,
     .run = loss_symmetric},
    {.name = "gist",
     .describes = "mnrl without what a guide finds as good as the positive",
     .needs_guide = true,
     .scale = 100,
     .run = loss_gist},
    {.name = "distill",
     .describes = "the ranking of a reranker's scores, and mnrl",
     .needs_teacher = true,
     .needs_negatives = true,
     .scale = 50,
     .run = loss_distill},
    {.name = "margin-mse",
     .describes = "the differences of a reranker's scores",
     .needs_teacher = true,
     .needs_negatives = true,
     .scale = 20,
     .run = loss_margin_mse},
    {.name = "triplet",
     .describes = "the positive nearer than each negative by a margin",
     .cosine_only = true,
     .scale = 1,
     .margin = 0.2f,
     .run = loss_triplet},
    {.name = "contrastive",
     .describes = "positives near, negatives at least a margin away",
     .cosine_only = true,
     .scale = 1,
     .margin = 0.5f,
     .run = loss_contrastive},
    {.name = "cosent",
     .describes = "pairs in the order of a reranker's scores",
     .cosine_only = true,
     .scale = 20,
     .run = loss_cosent},
};
const size_t LOSS_COUNT = sizeof LOSSES / sizeof *LOSSES;

const Loss *loss_find(const char *name)
{
    for (size_t i = 0; i < LOSS_COUNT; i++)
        if (strcmp(LOSSES[i].name, name) == 0) return &LOSSES[i];
    return NULL;
}

void loss_defaults(const Loss *loss, LossOptions *o)
{
    if (o->scale <= 0) o->scale = o->cosine ? loss->scale : 1;
    if (o->margin == 0) o->margin = loss->margin;
    if (o->directions == 0) o->directions = LOSS_QUESTION_TO_DOCUMENT;
    for (size_t i = 0; i < o->matryoshka; i++)
        if (o->weight[i] == 0) o->weight[i] = 1;
}

/* ---- scratch ---- */

LossScratch *loss_scratch_new(void)
{
    return mem_zero(1, sizeof(LossScratch));
}

static void release(LossScratch *s)
{
    void *blocks[] = {s->block, s->terms, s->pair, s->pair_score, s->pair_gradient, s->cut_q};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

void loss_scratch_free(LossScratch *s)
{
    if (!s) return;
    release(s);
    free(s);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static float *part(float **next, size_t count)
{
    float *taken = *next;
    *next += count;
    return taken;
}

static size_t block_floats(size_t B, size_t M, size_t D, bool all)
{
    return 2 * (B + M) * D + B + M + B * M + B * B + (all ? B * B + B * M : 0) +
           (1 + 2 * BLOCKS) * B;
}

static size_t pair_bytes(size_t B, size_t M)
{
    return (M + B) * (sizeof(LossPair) + 2 * sizeof(double)) + B * sizeof(double);
}

size_t loss_scratch_bytes(const LossScratch *s)
{
    if (!s->block) return sizeof *s;
    return sizeof *s + block_floats(s->B, s->M, s->D, s->all_blocks) * sizeof *s->block +
           pair_bytes(s->B, s->M) + s->cut_floats * sizeof *s->cut_q;
}

static bool reserve(LossScratch *s, size_t B, size_t M, size_t D, bool all)
{
    if (s->block && B <= s->B && M <= s->M && D <= s->D && (s->all_blocks || !all)) return true;
    B = larger(B, s->B);
    M = larger(M, s->M);
    D = larger(D, s->D);
    all = all || s->all_blocks;
    if (larger(larger(B, M), D) > SIDE_LARGEST) return false;
    float *block = mem_tensor(1, block_floats(B, M, D, all), "the scores of a batch", NULL);
    if (!block) return false;
    LossScratch cuts = *s;
    s->cut_q = NULL;
    release(s);
    float *next = block;
    *s = (LossScratch){.B = B,
                       .M = M,
                       .D = D,
                       .all_blocks = all,
                       .block = block,
                       .cut_q = cuts.cut_q,
                       .cut_d = cuts.cut_d,
                       .cut_dq = cuts.cut_dq,
                       .cut_dd = cuts.cut_dd,
                       .cut_floats = cuts.cut_floats};
    s->q = part(&next, B * D);
    s->d = part(&next, M * D);
    s->dq = part(&next, B * D);
    s->dd = part(&next, M * D);
    s->q_norm = part(&next, B);
    s->d_norm = part(&next, M);
    s->scores[BLOCK_QD] = part(&next, B * M);
    s->scores[BLOCK_DQ] = part(&next, B * B);
    s->scores[BLOCK_QQ] = all ? part(&next, B * B) : NULL;
    s->scores[BLOCK_DD] = all ? part(&next, B * M) : NULL;
    s->own = part(&next, B);
    for (size_t g = 0; g < BLOCKS; g++) {
        s->top[g] = part(&next, B);
        s->log_rest[g] = part(&next, B);
    }
    s->terms = mem_zero(B, sizeof *s->terms);
    s->pair = mem_zero(M + B, sizeof *s->pair);
    s->pair_score = mem_zero(M + B, sizeof *s->pair_score);
    s->pair_gradient = mem_zero(M + B, sizeof *s->pair_gradient);
    return true;
}

/* ---- into the normalised vectors and back ---- */

bool loss_begin(Pool *pool, const LossBatch *batch, LossScratch *s, bool all_blocks)
{
    size_t B = batch->B, M = batch->M, D = batch->D;
    if (!reserve(s, B, M, D, all_blocks)) return false;
    if (batch->options->cosine) {
        normalize_forward(pool, batch->q, s->q, s->q_norm, B, D);
        normalize_forward(pool, batch->d, s->d, s->d_norm, M, D);
    } else {
        memcpy(s->q, batch->q, B * D * sizeof *s->q);
        memcpy(s->d, batch->d, M * D * sizeof *s->d);
    }
    memset(s->dq, 0, B * D * sizeof *s->dq);
    memset(s->dd, 0, M * D * sizeof *s->dd);
    return true;
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

static void finish_side(Pool *pool, const LossBatch *batch, const float *y, const float *norm,
                        const float *dy, float *dx, size_t N)
{
    NormBack job = {y, norm, dy, dx, batch->D};
    if (!dx) return;
    if (batch->options->cosine)
        pool_range(pool, N, PIECE_FLOATS / (batch->D + 1) + 1, norm_back_rows, &job);
    else
        memcpy(dx, dy, N * batch->D * sizeof *dx);
}

void loss_finish(Pool *pool, const LossBatch *batch, LossScratch *s)
{
    finish_side(pool, batch, s->q, s->q_norm, s->dq, batch->dq, batch->B);
    finish_side(pool, batch, s->d, s->d_norm, s->dd, batch->dd, batch->M);
}

/* ---- Matryoshka (arXiv:2205.13147) ---- */

static void cut(const float *x, size_t N, size_t D, size_t dims, float *y)
{
    for (size_t n = 0; n < N; n++) memcpy(y + n * dims, x + n * D, dims * sizeof *y);
}

/* dx[:, :dims] += weight · dy */
static void add_cut(const float *dy, size_t N, size_t D, size_t dims, float weight, float *dx)
{
    for (size_t n = 0; dx && n < N; n++) vector_axpy(weight, dy + n * dims, dx + n * D, dims);
}

static bool reserve_cuts(LossScratch *s, size_t B, size_t M, size_t D)
{
    size_t floats = 2 * (B + M) * D;
    if (floats > s->cut_floats) {
        float *block = mem_tensor(1, floats, "the vectors of a batch", NULL);
        if (!block) return false;
        free(s->cut_q);
        s->cut_q = block;
        s->cut_floats = floats;
    }
    s->cut_d = s->cut_q + B * D;
    s->cut_dq = s->cut_d + M * D;
    s->cut_dd = s->cut_dq + B * D;
    return true;
}

static double matryoshka(Pool *pool, const Loss *loss, const LossBatch *batch, LossScratch *s)
{
    size_t B = batch->B, M = batch->M, D = batch->D;
    const LossOptions *o = batch->options;
    double sum = 0;
    if (batch->dq) memset(batch->dq, 0, B * D * sizeof *batch->dq);
    if (batch->dd) memset(batch->dd, 0, M * D * sizeof *batch->dd);
    for (size_t i = 0; i < o->matryoshka; i++) {
        size_t dims = o->dims[i] < D ? o->dims[i] : D;
        if (!reserve_cuts(s, B, M, D)) return NAN;
        LossBatch small = *batch;
        small.D = dims;
        small.q = s->cut_q;
        small.d = s->cut_d;
        small.dq = batch->dq ? s->cut_dq : NULL;
        small.dd = batch->dd ? s->cut_dd : NULL;
        cut(batch->q, B, D, dims, s->cut_q);
        cut(batch->d, M, D, dims, s->cut_d);
        sum += (double)o->weight[i] * loss->run(pool, &small, s);
        add_cut(s->cut_dq, B, D, dims, o->weight[i], batch->dq);
        add_cut(s->cut_dd, M, D, dims, o->weight[i], batch->dd);
    }
    return sum;
}

double loss_run(Pool *pool, const Loss *loss, const LossBatch *batch, LossScratch *s)
{
    return batch->options->matryoshka ? matryoshka(pool, loss, batch, s)
                                      : loss->run(pool, batch, s);
}
