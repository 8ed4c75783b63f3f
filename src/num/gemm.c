#include "num/gemm.h"

#include <string.h>

#include "num/gemm_kernels.h"
#include "num/vector.h"

/* Blocks that stay in a core's own cache while they are used again: a panel of BLOCK_K rows comes
 * from the second level for each tile of rows, C's BLOCK_COLUMNS are still there for the tail. */
#define BLOCK_K 384
#define BLOCK_COLUMNS 384

/* Rows of C, and columns, of one piece of work at most; what gemm_outer copies of both sides for
 * one block of k fits into GEMM_SCRATCH. */
#define PIECE_ROWS 112
#define PIECE_ROWS_LARGE 256
#define LARGE ((size_t)1 << 20)
#define PIECE_COLUMNS 1536
#define OUTER_K 192
#define OUTER_ROWS 420
#define OUTER_COLUMNS 448

/* Copies of rows have a distance that is no power of two, so that they do not share cache lines. */
#define PAD 16

/* In multiply-adds: what is done before other threads have woken up; what taking a piece costs. */
#define SERIAL_WORK ((double)(1 << 19))
#define PIECE_WORK ((double)(1 << 15))

/* Also in multiply-adds, of one element: fetching it into the core's own cache; copying it. */
#define FETCH_COST 4.0
#define COPY_COST 12.0

/* How much of a piece the threads wait for the last one, since they do not start together. */
#define LATE 0.2

/* For each thread: more are not tried. */
#define MOST_PIECES 8

const char *gemm_level(void)
{
    return gemm_kernels()->name;
}

size_t gemm_width(void)
{
    return gemm_kernels()->width;
}

static size_t round_up(size_t x, size_t unit)
{
    return (x + unit - 1) / unit * unit;
}

static size_t least(size_t x, size_t y)
{
    return x < y ? x : y;
}

size_t gemm_panel_floats(size_t k, size_t n)
{
    return round_up(n, gemm_width()) * k;
}

/* How C is cut into pieces. */
typedef struct Grid {
    size_t rows, columns; /* of a piece */
    size_t across, pieces;
} Grid;

/* What a cut depends on. */
typedef struct Cut {
    size_t m, n, width;
    double work, element; /* of all; of fetching one element: in multiply-adds */
    size_t threads, most_rows, most_columns;
} Cut;

/* A factor on the multiply-adds: what is fetched for each, and threads that wait for the last
 * pieces. */
static double grid_cost(const Cut *c, const Grid *g)
{
    double pieces = (double)g->pieces, threads = (double)c->threads;
    double rounds = (double)((g->pieces + c->threads - 1) / c->threads);
    double fetched = c->element / (double)g->rows + c->element / (double)g->columns;
    double late = c->threads > 1 ? LATE : 0;
    return (1 + fetched + PIECE_WORK * pieces / c->work) * (rounds + late) * threads / pieces;
}

static Grid grid_of(const Cut *c, size_t down, size_t across)
{
    Grid g = {.rows = (c->m + down - 1) / down,
              .columns = round_up((c->n + across - 1) / across, c->width)};
    g.across = (c->n + g.columns - 1) / g.columns;
    g.pieces = g.across * ((c->m + g.rows - 1) / g.rows);
    return g;
}

/* The cheapest of cutting each side into 1, 2, 3, 4, 6, 8 … equal parts. */
static Grid grid_choose(const Cut *c)
{
    size_t down = (c->m + c->most_rows - 1) / c->most_rows;
    size_t least_across = (c->n + c->most_columns - 1) / c->most_columns;
    Grid best = grid_of(c, down, least_across);
    if (c->threads == 1) return best;
    double least_cost = grid_cost(c, &best);
    for (size_t pieces = 0; pieces <= MOST_PIECES * c->threads; down += (down + 2) / 3) {
        pieces = down * least_across;
        for (size_t across = least_across; down * across <= MOST_PIECES * c->threads;
             across += (across + 2) / 3) {
            Grid g = grid_of(c, down, across);
            double cost = grid_cost(c, &g);
            if (cost < least_cost) {
                best = g;
                least_cost = cost;
            }
        }
    }
    return best;
}

/* Rows of the next tile where `left` are left: the last two share what is no whole tile. */
static size_t tile_rows(size_t left, size_t most)
{
    if (left <= most) return left;
    return left < 2 * most ? (left + 1) / 2 : most;
}

/* Equal blocks of at most `most`, which depend on k alone. */
static size_t block_k(size_t k, size_t most)
{
    size_t blocks = (k + most - 1) / most;
    return blocks ? (k + blocks - 1) / blocks : 0;
}

typedef struct Pack {
    const GemmKernels *kernels;
    bool transpose;
    const float *b;
    size_t ldb, k, n;
    float *panels;
    size_t at;
} Pack;

/* Panels that are packed together: rows of the matrix are read that far. */
#define PACK_PANELS 8

/* Columns [first, end) of the panels. */
static void pack_columns(const Pack *p, size_t first, size_t end)
{
    size_t W = p->kernels->width, j = first - p->at;
    float *to = p->panels + first / W * W * p->k + first % W;
    if (p->transpose)
        p->kernels->transpose(p->k, end - first, p->b + j * p->ldb, p->ldb, to, W);
    else
        p->kernels->copy_panels(p->k, end - first, p->b + j, p->ldb, to, W, W, W * p->k);
}

static void pack_piece(void *context, size_t first_panel, size_t end_panel, size_t thread)
{
    (void)thread;
    const Pack *p = context;
    size_t W = p->kernels->width, start = p->at / W * W, stop = p->at + p->n;
    size_t first = start + first_panel * W, end = least(start + end_panel * W, stop);
    if (first < p->at) first = p->at;
    while (first < end) {
        bool together = !p->transpose && first % W == 0;
        size_t until = together ? end : least((first / W + 1) * W, end);
        pack_columns(p, first, until);
        first = until;
    }
}

void gemm_pack_by(const GemmKernels *kernels, Pool *pool, bool transpose, const float *b,
                  size_t ldb, size_t k, size_t n, float *panels, size_t at)
{
    if (n == 0) return;
    Pack p = {kernels, transpose, b, ldb, k, n, panels, at};
    size_t W = kernels->width, count = (at + n - 1) / W - at / W + 1;
    pool_range(pool, count, PACK_PANELS, pack_piece, &p);
}

typedef struct Product {
    const GemmKernels *kernels;
    const Workspace *w;
    const float *a;
    size_t lda;
    const float *panels;
    float beta;
    float *c;
    size_t ldc, m, n, k;
    const GemmTail *tail;
    Grid grid;
} Product;

/* A part of C and of k. */
typedef struct Block {
    size_t row, rows, column, columns, l, k;
} Block;

/* Rows at a distance of a multiple of 2 KiB fall into the same lines of the first cache. */
static bool shares_lines(size_t lda, size_t rows)
{
    return lda % 512 == 0 && rows > 4;
}

static void product_block(const Product *p, const Block *at, float *scratch)
{
    const GemmKernels *kernels = p->kernels;
    const float *a = p->a + at->row * p->lda + at->l;
    size_t lda = p->lda, W = kernels->width;
    if (shares_lines(lda, at->rows) && at->columns > 2 * W) {
        for (size_t i = 0; i < at->rows; i++)
            memcpy(scratch + i * (BLOCK_K + PAD), a + i * lda, at->k * sizeof *a);
        a = scratch;
        lda = BLOCK_K + PAD;
    }
    bool add = at->l > 0 || p->beta != 0;
    for (size_t j = at->column; j < at->column + at->columns; j += W) {
        const float *panel = p->panels + j * p->k + at->l * W;
        size_t columns = least(W, p->n - j);
        for (size_t i = 0, rows; i < at->rows; i += rows) {
            rows = tile_rows(at->rows - i, kernels->rows);
            kernels->by_rows[rows - 1][columns > W / 2](at->k, a + i * lda, lda, panel,
                                                        p->c + (at->row + i) * p->ldc + j, p->ldc,
                                                        columns, add);
        }
    }
}

static void product_tail(const Product *p, const Block *at)
{
    const GemmTail *tail = p->tail;
    size_t j = at->column;
    for (size_t i = at->row; i < at->row + at->rows; i++) {
        float *c = p->c + i * p->ldc + j;
        if (tail->bias) vector_axpy(1, tail->bias + j, c, at->columns);
        if (tail->activated)
            activation_forward(tail->activation, c, tail->activated + i * p->n + j, at->columns);
        if (tail->before)
            activation_backward(tail->activation, tail->before + i * p->n + j, c, c, at->columns);
    }
}

static void product_piece(void *context, size_t piece, size_t thread)
{
    const Product *p = context;
    const Grid *g = &p->grid;
    Block at = {.row = piece / g->across * g->rows};
    size_t column = piece % g->across * g->columns, end = least(column + g->columns, p->n);
    at.rows = least(g->rows, p->m - at.row);
    size_t step = block_k(p->k, BLOCK_K);
    float *scratch = workspace_scratch(p->w, thread);
    for (at.column = column; at.column < end; at.column += BLOCK_COLUMNS) {
        at.columns = least(BLOCK_COLUMNS, end - at.column);
        at.l = 0;
        do {
            at.k = least(step, p->k - at.l);
            product_block(p, &at, scratch);
            at.l += at.k;
        } while (at.l < p->k);
        if (p->tail) product_tail(p, &at);
    }
}

void gemm_panels_by(const GemmKernels *kernels, const Workspace *w, const float *a, size_t lda,
                    const float *panels, float beta, float *c, size_t ldc, size_t m, size_t n,
                    size_t k, const GemmTail *tail)
{
    if (m == 0 || n == 0) return;
    Product p = {kernels, w, a, lda, panels, beta, c, ldc, m, n, k, tail, {0}};
    Cut cut = {.m = m,
               .n = n,
               .width = kernels->width,
               .work = (double)m * (double)n * (double)(k + 1),
               .element = FETCH_COST,
               .most_rows = n * k > LARGE ? PIECE_ROWS_LARGE : PIECE_ROWS,
               .most_columns = PIECE_COLUMNS};
    cut.threads = cut.work < SERIAL_WORK ? 1 : pool_threads(w->pool);
    p.grid = grid_choose(&cut);
    pool_run(w->pool, p.grid.pieces, product_piece, &p);
}

typedef struct Outer {
    const GemmKernels *kernels;
    const Workspace *w;
    const float *a, *b;
    size_t lda, ldb;
    float *c, *bias;
    size_t ldc, m, n, k;
    Grid grid;
} Outer;

/* Rows of C whose columns of a are copied side by side. */
static size_t group_rows(const Outer *o, size_t left)
{
    return left < 2 * o->kernels->group ? left : o->kernels->group;
}

/* Where a group's row of floats begins in the copy: at the start of a vector. */
static size_t group_width(size_t rows)
{
    return round_up(rows, 8);
}

/* to: groups of a's columns one after the other, each (k, its rows). */
static void outer_copy_a(const Outer *o, const Block *at, float *to)
{
    size_t group = o->kernels->group, width = group_width(group), last = at->rows;
    const float *a = o->a + at->l * o->lda + at->row;
    size_t whole = at->rows / group > 1 ? at->rows / group - 1 : 0, stride = width * at->k + PAD;
    if (whole > 0)
        o->kernels->copy_panels(at->k, whole * group, a, o->lda, to, group, width, stride);
    last -= whole * group;
    o->kernels->copy_panels(at->k, last, a + whole * group, o->lda, to + whole * stride, last,
                            group_width(last), 0);
}

/* to: panels of b's columns, PAD floats between them. */
static void outer_copy_b(const Outer *o, const Block *at, float *to)
{
    size_t W = o->kernels->width;
    o->kernels->copy_panels(at->k, at->columns, o->b + at->l * o->ldb + at->column, o->ldb, to, W,
                            W, W * at->k + PAD);
}

static void outer_tiles(const Outer *o, const Block *at, size_t i, size_t rows, size_t j,
                        const float *a, size_t lda, const float *panel)
{
    const GemmKernels *kernels = o->kernels;
    size_t columns = least(kernels->width, at->columns - j);
    for (size_t r = 0, tile; r < rows; r += tile) {
        tile = tile_rows(rows - r, kernels->rows);
        float *c = o->c + (at->row + i + r) * o->ldc + at->column + j;
        kernels->by_columns[tile - 1][columns > kernels->width / 2](at->k, a + r, lda, panel, c,
                                                                    o->ldc, columns, true);
    }
}

/* Asks for what is copied next: into the second level, since there is time. */
static void fetch(const float *from, size_t floats)
{
    for (size_t i = 0; i < floats; i += 16) __builtin_prefetch(from + i, 0, 2);
}

/* With each group of tiles a row of both sides' next block is fetched. */
static void outer_block(const Outer *o, const Block *at, const float *a, const float *b)
{
    size_t W = o->kernels->width, ahead = at->l + at->k, end = least(o->k, ahead + at->k);
    const float *group = a;
    for (size_t i = 0, rows; i < at->rows; i += rows) {
        rows = group_rows(o, at->rows - i);
        const float *panel = b;
        for (size_t j = 0; j < at->columns; j += W, panel += W * at->k + PAD) {
            if (ahead < end) {
                fetch(o->a + ahead * o->lda + at->row, at->rows);
                fetch(o->b + ahead * o->ldb + at->column, at->columns);
                ahead++;
            }
            outer_tiles(o, at, i, rows, j, group, group_width(rows), panel);
        }
        group += group_width(rows) * at->k + PAD;
    }
}

/* So few columns that a is not worth a copy. */
static void outer_narrow(const Outer *o, const Block *at, const float *b)
{
    size_t W = o->kernels->width;
    const float *a = o->a + at->l * o->lda + at->row;
    for (size_t j = 0; j < at->columns; j += W, b += W * at->k + PAD)
        outer_tiles(o, at, 0, at->rows, j, a, o->lda, b);
}

/* Sums of a block first: the error of a long sum in float grows with its length. */
static void outer_bias(const Outer *o, const Block *at)
{
    float sum[OUTER_ROWS] = {0};
    for (size_t l = at->l; l < at->l + at->k; l++)
        vector_axpy(1, o->a + l * o->lda + at->row, sum, at->rows);
    vector_axpy(1, sum, o->bias + at->row, at->rows);
}

static void outer_piece(void *context, size_t piece, size_t thread)
{
    const Outer *o = context;
    const Grid *g = &o->grid;
    Block at = {.row = piece / g->across * g->rows, .column = piece % g->across * g->columns};
    at.rows = least(g->rows, o->m - at.row);
    at.columns = least(g->columns, o->n - at.column);
    float *a = workspace_scratch(o->w, thread), *b = a + GEMM_SCRATCH / 2;
    size_t step = block_k(o->k, OUTER_K);
    for (at.l = 0; at.l < o->k; at.l += at.k) {
        at.k = least(step, o->k - at.l);
        outer_copy_b(o, &at, b);
        if (at.columns > GEMM_WIDTH_MAX) {
            outer_copy_a(o, &at, a);
            outer_block(o, &at, a, b);
        } else {
            outer_narrow(o, &at, b);
        }
        if (o->bias && at.column == 0) outer_bias(o, &at);
    }
}

void gemm_outer_by(const GemmKernels *kernels, const Workspace *w, const float *a, size_t lda,
                   const float *b, size_t ldb, float *c, size_t ldc, float *bias, size_t m,
                   size_t n, size_t k)
{
    if (m == 0 || n == 0 || k == 0) return;
    Outer o = {kernels, w, a, b, lda, ldb, c, bias, ldc, m, n, k, {0}};
    Cut cut = {.m = m,
               .n = n,
               .width = kernels->width,
               .work = (double)m * (double)n * (double)k,
               .element = COPY_COST,
               .most_rows = OUTER_ROWS,
               .most_columns = OUTER_COLUMNS};
    cut.threads = cut.work < SERIAL_WORK ? 1 : pool_threads(w->pool);
    o.grid = grid_choose(&cut);
    pool_run(w->pool, o.grid.pieces, outer_piece, &o);
}

void gemm_pack(Pool *pool, bool transpose, const float *b, size_t ldb, size_t k, size_t n,
               float *panels, size_t at)
{
    gemm_pack_by(gemm_kernels(), pool, transpose, b, ldb, k, n, panels, at);
}

void gemm_panels(const Workspace *w, const float *a, size_t lda, const float *panels, float beta,
                 float *c, size_t ldc, size_t m, size_t n, size_t k, const GemmTail *tail)
{
    gemm_panels_by(gemm_kernels(), w, a, lda, panels, beta, c, ldc, m, n, k, tail);
}

void gemm_outer(const Workspace *w, const float *a, size_t lda, const float *b, size_t ldb,
                float *c, size_t ldc, float *bias, size_t m, size_t n, size_t k)
{
    gemm_outer_by(gemm_kernels(), w, a, lda, b, ldb, c, ldc, bias, m, n, k);
}
