#include "num/blas.h"

#include <assert.h>
#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <string.h>

/* Below this many multiply-adds a product is done before other threads have woken up. */
#define SERIAL_WORK ((double)(1 << 19))

/* Copying an element into OpenBLAS's packed panels costs about as much as this many multiply-adds.
 */
#define PACK_COST 30.0

/* Pieces of C start at multiples of this, so that only the last has an edge. */
#define ALIGN 16

/* Tall products are cut finer than one piece a thread, so that a thread that was held up does not
 * keep the others waiting; by this many rows the repeated packing of B no longer counts. */
#define TALL_ROWS 512

typedef struct Gemm {
    bool transpose_a, transpose_b;
    size_t m, n, k;
    float alpha, beta;
    const float *a, *b;
    size_t lda, ldb;
    float *c;
    size_t ldc;
    size_t piece_rows, piece_columns, across; /* pieces in a row of the grid */
} Gemm;

static size_t round_up(size_t x, size_t unit)
{
    return (x + unit - 1) / unit * unit;
}

/* One row or one column of C: OpenBLAS's gemm would pack the whole other matrix for it. */
static void gemv(const Gemm *g, size_t m, size_t n, const float *a, const float *b, float *c)
{
    bool one_row = m == 1;
    size_t count = one_row ? n : m, ldc = one_row ? 1 : g->ldc;
    if (g->beta == 0)
        for (size_t i = 0; i < count; i++) c[i * ldc] = 0;
    const float *matrix = one_row ? b : a, *x = one_row ? a : b;
    size_t ld = one_row ? g->ldb : g->lda;
    bool stored_count_first = one_row ? g->transpose_b : !g->transpose_a;
    size_t step = one_row ? (g->transpose_a ? g->lda : 1) : (g->transpose_b ? 1 : g->ldb);
    if (stored_count_first)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, (int)count, (int)g->k, g->alpha, matrix, (int)ld,
                    x, (int)step, g->beta, c, (int)ldc);
    else
        cblas_sgemv(CblasRowMajor, CblasTrans, (int)g->k, (int)count, g->alpha, matrix, (int)ld, x,
                    (int)step, g->beta, c, (int)ldc);
}

static void gemm_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    const Gemm *g = context;
    size_t row = piece / g->across * g->piece_rows, column = piece % g->across * g->piece_columns;
    size_t m = g->m - row < g->piece_rows ? g->m - row : g->piece_rows;
    size_t n = g->n - column < g->piece_columns ? g->n - column : g->piece_columns;
    const float *a = g->a + (g->transpose_a ? row : row * g->lda);
    const float *b = g->b + (g->transpose_b ? column * g->ldb : column);
    float *c = g->c + row * g->ldc + column;
    if (m == 1 || n == 1) {
        gemv(g, m, n, a, b, c);
        return;
    }
    cblas_sgemm(CblasRowMajor, g->transpose_a ? CblasTrans : CblasNoTrans,
                g->transpose_b ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)g->k, g->alpha, a,
                (int)g->lda, b, (int)g->ldb, g->beta, c, (int)g->ldc);
}

/* gemm_grid: cuts C into a grid of about as many pieces as threads, by the least time of one piece.
 */
static size_t gemm_grid(Gemm *g, size_t threads)
{
    double best = INFINITY;
    for (size_t down = 1; down <= threads; down++) {
        size_t rows = round_up((g->m + down - 1) / down, ALIGN);
        size_t columns = round_up((g->n + threads / down - 1) / (threads / down), ALIGN);
        if (rows > g->m) rows = g->m;
        if (columns > g->n) columns = g->n;
        double cost = (double)rows * (double)columns + PACK_COST * (double)(rows + columns);
        if (cost < best) {
            best = cost;
            g->piece_rows = rows;
            g->piece_columns = columns;
        }
    }
    if (threads > 1 && g->piece_rows >= 2 * TALL_ROWS) {
        size_t cuts = g->piece_rows / TALL_ROWS;
        g->piece_rows = round_up((g->piece_rows + cuts - 1) / cuts, ALIGN);
    }
    g->across = (g->n + g->piece_columns - 1) / g->piece_columns;
    return (g->m + g->piece_rows - 1) / g->piece_rows * g->across;
}

/* Without a product left only beta is applied; OpenBLAS would refuse the leading dimensions of
 * empty matrices. */
static void scale_only(const Gemm *g)
{
    for (size_t i = 0; i < g->m; i++) {
        float *c = g->c + i * g->ldc;
        for (size_t j = 0; j < g->n; j++) c[j] = g->beta == 0 ? 0 : g->beta * c[j];
    }
}

void gemm(Pool *pool, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
          const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    Gemm g = {.transpose_a = transpose_a,
              .transpose_b = transpose_b,
              .m = m,
              .n = n,
              .k = k,
              .alpha = alpha,
              .beta = beta,
              .a = a,
              .lda = lda,
              .b = b,
              .ldb = ldb,
              .c = c,
              .ldc = ldc};
    if (m == 0 || n == 0) return;
    if (k == 0 || alpha == 0) {
        scale_only(&g);
        return;
    }
    assert(m <= INT_MAX && n <= INT_MAX && k <= INT_MAX);
    assert(lda <= INT_MAX && ldb <= INT_MAX && ldc <= INT_MAX);
    double work = (double)m * (double)n * (double)k;
    size_t pieces = gemm_grid(&g, work < SERIAL_WORK ? 1 : pool_threads(pool));
    pool_run(pool, pieces, gemm_piece, &g);
}

bool eigen_symmetric(double *a, size_t n, double *values, Err *err)
{
    if (n == 0) return true;
    if (n > INT_MAX)
        return err_set(err, ERR_NUMERIC, "eigenvalues of a matrix of %zu rows: too large", n);
    for (size_t i = 0; i < n * n; i++)
        if (!isfinite(a[i]))
            return err_set(
                err, ERR_NUMERIC,
                "eigenvalues of a matrix of %zu rows: it holds a value that is not finite", n);
    /* Column-major, an eigenvector is a column; read as rows, that is what the contract asks for.
     */
    int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', (int)n, a, (int)n, values);
    if (info == LAPACK_WORK_MEMORY_ERROR)
        return err_set(err, ERR_MEMORY, "no memory for the eigenvalues of a matrix of %zu rows", n);
    if (info != 0)
        return err_set(err, ERR_NUMERIC,
                       "eigenvalues of a matrix of %zu rows did not converge (LAPACK says %d)", n,
                       info);
    return true;
}
