#include "num/attention.h"

#include <math.h>
#include <string.h>

#include "num/rows_kernels.h"
#include "num/vector.h"

/* S is worked on in blocks of ROWS × COLUMNS, which stay in the core's own cache with what they are
 * made of; heads wider than WIDE have smaller ones. */
#define ROWS ((size_t)64)
#define COLUMNS ((size_t)256)
#define WIDE ((size_t)128)

/* Forward's pieces of work are one head of at most so many rows of a sequence. Backward's are one
 * head of a whole sequence, since dK and dV are sums over all its rows. */
#define PIECE_ROWS ((size_t)512)

/* Rows of a block have a distance that is no power of two, so that they do not share cache lines.
 */
#define PAD ((size_t)16)

static size_t least(size_t x, size_t y)
{
    return x < y ? x : y;
}

static size_t round_up(size_t x, size_t unit)
{
    return (x + unit - 1) / unit * unit;
}

/* The scratch of a thread: how it is shared out. */
typedef struct Room {
    size_t rows, columns; /* of a block at most */
    size_t ld;            /* of s and ds */
    float *s, *ds;        /* (rows,columns): S, then P; dP, then dS */
    float *kt, *vt;       /* panels of Kᵀ, Vᵀ: (A,columns) */
    float *b;             /* panels of V, in backward of K: (columns,A) */
    float *q, *dc;        /* (rows,A) side by side */
    float *pq, *pdc;      /* panels of Q, dC: (rows,A) */
    float *dk, *dv;       /* (columns,A), where they are sums over blocks of rows */
    float *most, *sum;    /* (PIECE_ROWS) of S's rows so far */
    size_t floats;
} Room;

static float *share(Room *r, float *scratch, size_t floats)
{
    float *at = scratch ? scratch + r->floats : NULL;
    r->floats += round_up(floats, PAD);
    return at;
}

/* scratch NULL: only the sizes. T: tokens of the longest sequence. */
static Room room_make(float *scratch, size_t A, size_t T)
{
    size_t shrink = (A + WIDE - 1) / WIDE, wide = round_up(A, GEMM_WIDTH_MAX);
    Room r = {.rows = ROWS / shrink, .columns = COLUMNS / shrink};
    r.rows = r.rows < 8 ? 8 : r.rows;
    r.columns = round_up(least(r.columns < 8 ? 8 : r.columns, T + 1), DROPOUT_BLOCK);
    r.ld = r.columns + PAD;
    r.s = share(&r, scratch, r.rows * r.ld);
    r.ds = share(&r, scratch, r.rows * r.ld);
    r.kt = share(&r, scratch, A * r.columns);
    r.vt = share(&r, scratch, A * r.columns);
    r.b = share(&r, scratch, wide * r.columns);
    r.q = share(&r, scratch, r.rows * (wide + PAD));
    r.dc = share(&r, scratch, r.rows * (wide + PAD));
    r.pq = share(&r, scratch, r.rows * wide);
    r.pdc = share(&r, scratch, r.rows * wide);
    r.dk = share(&r, scratch, r.columns * A);
    r.dv = share(&r, scratch, r.columns * A);
    r.most = share(&r, scratch, PIECE_ROWS);
    r.sum = share(&r, scratch, PIECE_ROWS);
    return r;
}

/* The widest head is D; the scratch of a narrower one may still be the larger, by what rounding
 * leaves. */
size_t attention_scratch_floats(size_t D, size_t T)
{
    size_t most = 0;
    for (size_t A = least(D, WIDE); A; A = A < D ? least(D, round_up(A + 1, WIDE)) : 0) {
        size_t floats = room_make(NULL, A, T).floats;
        if (floats > most) most = floats;
    }
    return most;
}

typedef struct Attention {
    AttentionKernels kernels;
    const Workspace *w;
    const AttentionShape *s;
    size_t longest, parts; /* parts: pieces of forward for one head of the longest sequence */
    float scale;           /* 1 / √A */
    Dropout dropout;
    const float *qkv, *c, *lse, *dc;
    float *to_c, *to_lse, *dqkv;
} Attention;

static Attention attention_make(AttentionKernels kernels, const Workspace *w,
                                const AttentionShape *s, const float *qkv, Dropout dropout)
{
    Attention a = {.kernels = kernels, .w = w, .s = s, .qkv = qkv, .dropout = dropout};
    for (size_t i = 0; i < s->B; i++) {
        size_t T = s->offset[i + 1] - s->offset[i];
        if (T > a.longest) a.longest = T;
    }
    a.parts = (a.longest + PIECE_ROWS - 1) / PIECE_ROWS;
    a.scale = 1 / sqrtf((float)(s->D / s->H));
    return a;
}

/* One head of one sequence. */
typedef struct Head {
    size_t first, T, A, number;
    size_t ld; /* of q, k, v: 3D */
    const float *q, *k, *v;
} Head;

static Head head_of(const Attention *a, size_t sequence, size_t number)
{
    const AttentionShape *s = a->s;
    Head h = {.first = s->offset[sequence], .A = s->D / s->H, .number = number, .ld = 3 * s->D};
    h.T = s->offset[sequence + 1] - h.first;
    h.q = a->qkv + h.first * h.ld + number * h.A;
    h.k = h.q + s->D;
    h.v = h.k + s->D;
    return h;
}

static DropoutStream stream_of(const Attention *a, const Head *h, size_t row)
{
    return dropout_stream(a->dropout, (h->first + row) * a->s->H + h->number);
}

/* Rows of the next tile where `left` are left: the last two share what is no whole tile. */
static size_t tile_rows(size_t left, size_t most)
{
    if (left <= most) return left;
    return left < 2 * most ? (left + 1) / 2 : most;
}

/* c (m,n) = a · b, or += when add: a (m,k), panels of b (k,n). by_columns: aᵀ · b, a (k,m). */
static void product(const GemmKernels *g, bool by_columns, const float *a, size_t lda,
                    const float *panels, float *c, size_t ldc, size_t m, size_t n, size_t k,
                    bool add)
{
    GemmTile *const(*tiles)[2] = by_columns ? g->by_columns : g->by_rows;
    size_t step = by_columns ? 1 : lda;
    for (size_t j = 0; j < n; j += g->width) {
        size_t columns = least(g->width, n - j);
        for (size_t i = 0, rows; i < m; i += rows) {
            rows = tile_rows(m - i, g->rows);
            tiles[rows - 1][columns > g->width / 2](k, a + i * step, lda, panels + j * k,
                                                    c + i * ldc + j, ldc, columns, add);
        }
    }
}

/* Panels of x (k,n), and of xᵀ: x (n,k). */
static void pack(const GemmKernels *g, const float *x, size_t ld, size_t k, size_t n, float *panels)
{
    for (size_t j = 0; j < n; j += g->width)
        g->copy(k, least(g->width, n - j), x + j, ld, panels + j * k, g->width);
}

static void pack_transposed(const GemmKernels *g, const float *x, size_t ld, size_t k, size_t n,
                            float *panels)
{
    for (size_t j = 0; j < n; j += g->width)
        g->transpose(k, least(g->width, n - j), x + j * ld, ld, panels + j * k, g->width);
}

/* Rows at a distance of a multiple of 2 KiB fall into the same lines of the first cache: such a
 * side of a product is copied. */
static const float *side_by_side(const GemmKernels *g, const float *x, size_t *ld, size_t rows,
                                 size_t A, float *copy)
{
    if (*ld % 512 != 0 || rows <= 4) return x;
    size_t ld_copy = round_up(A, GEMM_WIDTH_MAX) + PAD;
    for (size_t j = 0; j < A; j += g->width)
        g->copy(rows, least(g->width, A - j), x + j, *ld, copy + j, ld_copy);
    *ld = ld_copy;
    return copy;
}

/* Rows of one head are too far apart for the CPU to see them coming. */
static void fetch(const float *x, size_t ld, size_t rows, size_t A)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < A; j += PAD) __builtin_prefetch(x + i * ld + j);
}

/* Rows row … row + rows − 1 of S at columns column … column + columns − 1. */
typedef struct Part {
    size_t row, rows, column, columns;
} Part;

static void scores(const Attention *a, const Head *h, const Room *r, const Part *at)
{
    const GemmKernels *g = a->kernels.gemm;
    size_t ld = h->ld;
    const float *q = side_by_side(g, h->q + at->row * ld, &ld, at->rows, h->A, r->q);
    product(g, false, q, ld, r->kt, r->s, r->ld, at->rows, at->columns, h->A, false);
}

static void scale_row(float factor, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) x[i] *= factor;
}

/* P of a part, with the row's largest score so far for shift; where that grows, what was summed
 * before shrinks. most, sum: of the part's first row. */
static void soften(const Attention *a, const Head *h, const Room *r, const Part *at, float *most,
                   float *sum)
{
    const RowsKernels *rows = a->kernels.rows;
    for (size_t i = 0; i < at->rows; i++) {
        float *s = r->s + i * r->ld, before = at->column ? most[i] : -INFINITY;
        most[i] = rows->most(s, at->columns, before);
        float part = rows->softmax(s, a->scale, a->scale * most[i], stream_of(a, h, at->row + i),
                                   at->column, at->columns);
        if (at->column == 0) {
            sum[i] = part;
        } else if (most[i] == before) {
            sum[i] += part;
        } else {
            float factor = expf(a->scale * (before - most[i]));
            sum[i] = factor * sum[i] + part;
            scale_row(factor, a->to_c + (h->first + at->row + i) * a->s->D + h->number * h->A,
                      h->A);
        }
    }
}

static void forward_end(const Attention *a, const Head *h, const Room *r, size_t first, size_t end)
{
    float kept = dropout_stream(a->dropout, 0).scale;
    for (size_t i = first; i < end; i++) {
        float sum = r->sum[i - first], *c = a->to_c + (h->first + i) * a->s->D + h->number * h->A;
        scale_row(kept / sum, c, h->A);
        if (a->to_lse)
            a->to_lse[(h->first + i) * a->s->H + h->number] =
                a->scale * r->most[i - first] + logf(sum);
    }
}

static void forward_piece(void *context, size_t piece, size_t thread)
{
    const Attention *a = context;
    const GemmKernels *g = a->kernels.gemm;
    size_t first = piece % a->parts * PIECE_ROWS;
    piece /= a->parts;
    Head h = head_of(a, piece / a->s->H, piece % a->s->H);
    if (first >= h.T) return;
    Room r = room_make(workspace_scratch(a->w, thread), h.A, a->longest);
    Part at = {0};
    size_t end = least(h.T, first + PIECE_ROWS), D = a->s->D;
    for (; at.column < h.T; at.column += at.columns) {
        at.columns = least(r.columns, h.T - at.column);
        pack_transposed(g, h.k + at.column * h.ld, h.ld, h.A, at.columns, r.kt);
        pack(g, h.v + at.column * h.ld, h.ld, at.columns, h.A, r.b);
        for (at.row = first; at.row < end; at.row += at.rows) {
            at.rows = least(r.rows, end - at.row);
            scores(a, &h, &r, &at);
            soften(a, &h, &r, &at, r.most + at.row - first, r.sum + at.row - first);
            product(g, false, r.s, r.ld, r.b, a->to_c + (h.first + at.row) * D + h.number * h.A, D,
                    at.rows, h.A, at.columns, at.column > 0);
        }
    }
    forward_end(a, &h, &r, first, end);
}

void attention_forward_by(AttentionKernels kernels, const Workspace *w, const AttentionShape *s,
                          const float *qkv, Dropout dropout, float *c, float *lse)
{
    Attention a = attention_make(kernels, w, s, qkv, dropout);
    a.to_c = c;
    a.to_lse = lse;
    pool_run(w->pool, s->B * s->H * a.parts, forward_piece, &a);
}

/* P and dS of a part, from S and dC Vᵀ. What dropout kept counts 1 / (1 − p) times: the shift of
 * the exponent brings it into P, and delta is divided by it instead of multiplying dP. */
static void part_backward(const Attention *a, const Head *h, const Room *r, const Part *at)
{
    const RowsKernels *rows = a->kernels.rows;
    float kept = dropout_stream(a->dropout, 0).scale, log_kept = logf(kept);
    for (size_t i = 0; i < at->rows; i++) {
        size_t row = h->first + at->row + i, from = row * a->s->D + h->number * h->A;
        float delta = vector_dot(a->dc + from, a->c + from, h->A);
        rows->softmax_backward(r->s + i * r->ld, r->ds + i * r->ld, a->scale,
                               a->lse[row * a->s->H + h->number] - log_kept,
                               kept > 0 ? delta / kept : 0, stream_of(a, h, at->row + i),
                               at->column, at->columns);
    }
}

/* dK of a head at a column of S; dV stands D after it. */
static float *dk_of(const Attention *a, const Head *h, size_t column)
{
    return a->dqkv + (h->first + column) * h->ld + a->s->D + h->number * h->A;
}

/* One part's share of dQ, and of dK and dV of its columns. */
static void products_backward(const Attention *a, const Head *h, const Room *r, const Part *at)
{
    const GemmKernels *g = a->kernels.gemm;
    size_t D = a->s->D, A = h->A, row = h->first + at->row, ld = D;
    const float *dc = a->dc + row * D + h->number * A, *q = h->q + at->row * h->ld;
    fetch(dc, D, at->rows, A);
    fetch(a->c + row * D + h->number * A, D, at->rows, A);
    scores(a, h, r, at);
    const float *dc_rows = side_by_side(g, dc, &ld, at->rows, A, r->dc);
    product(g, false, dc_rows, ld, r->vt, r->ds, r->ld, at->rows, at->columns, A, false);
    part_backward(a, h, r, at);
    pack(g, dc, D, at->rows, A, r->pdc);
    pack(g, q, h->ld, at->rows, A, r->pq);
    bool whole = h->T <= r->rows;
    float *dk = whole ? dk_of(a, h, 0) : r->dk, *dv = whole ? dk + D : r->dv;
    ld = whole ? h->ld : A;
    product(g, true, r->s, r->ld, r->pdc, dv, ld, at->columns, A, at->rows, at->row > 0);
    product(g, true, r->ds, r->ld, r->pq, dk, ld, at->columns, A, at->rows, at->row > 0);
    product(g, false, r->ds, r->ld, r->b, a->dqkv + row * h->ld + h->number * A, h->ld, at->rows, A,
            at->columns, at->column > 0);
}

static void backward_piece(void *context, size_t piece, size_t thread)
{
    const Attention *a = context;
    const GemmKernels *g = a->kernels.gemm;
    Head h = head_of(a, piece / a->s->H, piece % a->s->H);
    Room r = room_make(workspace_scratch(a->w, thread), h.A, a->longest);
    Part at = {0};
    for (; at.column < h.T; at.column += at.columns) {
        at.columns = least(r.columns, h.T - at.column);
        const float *k = h.k + at.column * h.ld, *v = h.v + at.column * h.ld;
        pack_transposed(g, k, h.ld, h.A, at.columns, r.kt);
        pack_transposed(g, v, h.ld, h.A, at.columns, r.vt);
        pack(g, k, h.ld, at.columns, h.A, r.b);
        for (at.row = 0; at.row < h.T; at.row += at.rows) {
            at.rows = least(r.rows, h.T - at.row);
            products_backward(a, &h, &r, &at);
        }
        if (h.T <= r.rows) break; /* already in place */
        float *dk = dk_of(a, &h, at.column);
        for (size_t j = 0; j < at.columns; j++) {
            memcpy(dk + j * h.ld, r.dk + j * h.A, h.A * sizeof *dk);
            memcpy(dk + j * h.ld + a->s->D, r.dv + j * h.A, h.A * sizeof *dk);
        }
    }
}

void attention_backward_by(AttentionKernels kernels, const Workspace *w, const AttentionShape *s,
                           const float *qkv, const float *c, const float *lse, const float *dc,
                           Dropout dropout, float *dqkv)
{
    Attention a = attention_make(kernels, w, s, qkv, dropout);
    a.c = c;
    a.lse = lse;
    a.dc = dc;
    a.dqkv = dqkv;
    pool_run(w->pool, s->B * s->H, backward_piece, &a);
}

void attention_forward(const Workspace *w, const AttentionShape *s, const float *qkv,
                       Dropout dropout, float *c, float *lse)
{
    AttentionKernels kernels = {rows_kernels(), gemm_kernels()};
    attention_forward_by(kernels, w, s, qkv, dropout, c, lse);
}

void attention_backward(const Workspace *w, const AttentionShape *s, const float *qkv,
                        const float *c, const float *lse, const float *dc, Dropout dropout,
                        float *dqkv)
{
    AttentionKernels kernels = {rows_kernels(), gemm_kernels()};
    attention_backward_by(kernels, w, s, qkv, c, lse, dc, dropout, dqkv);
}
