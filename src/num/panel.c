#include "num/panel.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "num/blas.h"

#define HUGE_PAGE ((size_t)2 << 20)

/* Rows that are converted or multiplied at a time: they stay in a core's own cache. */
#define BLOCK_ROWS 128

/* Partial Gram matrices: a fixed number, so that the sum is the same on any number of threads. */
#define GRAM_PARTS 16

/* Squared length, against the longest, under which what is left of a column is rounding noise of
 * floats. */
#define NOISE 1e-13

float *panel_new(size_t rows, size_t L, Err *err)
{
    size_t count, size_bytes;
    if (!__builtin_mul_overflow(rows, L, &count) &&
        !__builtin_mul_overflow(count, sizeof(float), &size_bytes) &&
        size_bytes <= PTRDIFF_MAX - 2 * HUGE_PAGE) {
        size_t unit = size_bytes < HUGE_PAGE ? 64 : HUGE_PAGE;
        size_t rounded = (size_bytes / unit + 1) * unit;
        float *panel = aligned_alloc(unit, rounded);
        if (panel) {
            if (unit == HUGE_PAGE) madvise(panel, rounded, MADV_HUGEPAGE); /* only a wish */
            return panel;
        }
    }
    err_set(err, ERR_MEMORY, "svd: a panel of %zu x %zu floats does not fit into memory", rows, L);
    return NULL;
}

typedef struct GramJob {
    const float *panel;
    size_t rows, L, part_rows;
    double *parts;   /* (parts, L, L), one triangle */
    double *scratch; /* (threads, BLOCK_ROWS, L) */
} GramJob;

static void gram_part(void *context, size_t part, size_t thread)
{
    const GramJob *job = context;
    size_t L = job->L, row = part * job->part_rows;
    size_t end = job->rows - row < job->part_rows ? job->rows : row + job->part_rows;
    double *sum = job->parts + part * L * L, *block = job->scratch + thread * BLOCK_ROWS * L;
    memset(sum, 0, L * L * sizeof *sum);
    for (; row < end; row += BLOCK_ROWS) {
        size_t count = end - row < BLOCK_ROWS ? end - row : BLOCK_ROWS;
        const float *from = job->panel + row * L;
        for (size_t i = 0; i < count * L; i++) block[i] = (double)from[i];
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int)L, (int)count, 1, block, (int)L, 1,
                    sum, (int)L);
    }
}

/* The sum of the parts, mirrored; false when a value is not finite. */
static bool gram_sum(const double *parts, size_t count, size_t L, double *gram)
{
    bool finite = true;
    for (size_t i = 0; i < L; i++)
        for (size_t j = i; j < L; j++) {
            double sum = 0;
            for (size_t part = 0; part < count; part++) sum += parts[(part * L + i) * L + j];
            gram[i * L + j] = gram[j * L + i] = sum;
            finite = finite && isfinite(sum);
        }
    return finite;
}

bool panel_gram(Pool *pool, const float *panel, size_t rows, size_t L, double *gram, Err *err)
{
    size_t part_rows = (rows + GRAM_PARTS - 1) / GRAM_PARTS;
    if (part_rows < BLOCK_ROWS) part_rows = BLOCK_ROWS;
    size_t parts = (rows + part_rows - 1) / part_rows;
    GramJob job = {panel,
                   rows,
                   L,
                   part_rows,
                   calloc(parts, L * L * sizeof(double)),
                   calloc(pool_threads(pool), BLOCK_ROWS * L * sizeof(double))};
    bool ok = job.parts && job.scratch;
    if (!ok) {
        err_set(err, ERR_MEMORY, "svd: no memory for the products of %zu columns", L);
    } else {
        pool_run(pool, parts, gram_part, &job);
        ok = gram_sum(job.parts, parts, L, gram);
        if (!ok) err_set(err, ERR_NUMERIC, "svd: the matrix holds values too large to be squared");
    }
    free(job.parts);
    free(job.scratch);
    return ok;
}

typedef struct MultiplyJob {
    float *panel;
    size_t L;
    const float *t;
    bool transpose_t;
    float *scratch; /* (threads, BLOCK_ROWS, L) */
} MultiplyJob;

static void multiply_rows(void *context, size_t first, size_t end, size_t thread)
{
    const MultiplyJob *job = context;
    size_t L = job->L;
    float *block = job->scratch + thread * BLOCK_ROWS * L, *at = job->panel + first * L;
    memcpy(block, at, (end - first) * L * sizeof *block);
    gemm(NULL, false, job->transpose_t, end - first, L, L, 1, block, L, job->t, L, 0, at, L);
}

bool panel_multiply(Pool *pool, float *panel, size_t rows, size_t L, const float *t,
                    bool transpose_t, Err *err)
{
    MultiplyJob job = {panel, L, t, transpose_t,
                       calloc(pool_threads(pool), BLOCK_ROWS * L * sizeof(float))};
    if (!job.scratch)
        return err_set(err, ERR_MEMORY, "svd: no memory for blocks of %zu columns", L);
    pool_range(pool, rows, BLOCK_ROWS, multiply_rows, &job);
    free(job.scratch);
    return true;
}

/* gram (L,L) → t (L,L) with panel · t orthonormal. Pᵀ G P = Rᵀ R with the pivots descending; the
 * first `rank` of them stand above the noise; t = P [R⁻¹ 0; 0 0]. Returns the rank, 0 when the
 * panel is zero. */
static size_t whitening(double *gram, size_t L, float *t, double *ret_condition)
{
    double longest = 0;
    for (size_t i = 0; i < L; i++) longest = fmax(longest, gram[i * L + i]);
    if (!(longest > 0)) return 0;
    int *pivot = calloc(L, sizeof *pivot), rank = 0;
    if (!pivot) return 0;
    LAPACKE_dpstrf(LAPACK_COL_MAJOR, 'U', (int)L, gram, (int)L, pivot, &rank, NOISE * longest);
    if (rank > 0) {
        *ret_condition = gram[0] / gram[((size_t)rank - 1) * (L + 1)];
        LAPACKE_dtrtri(LAPACK_COL_MAJOR, 'U', 'N', rank, gram, (int)L);
        memset(t, 0, L * L * sizeof *t);
        for (size_t j = 0; j < (size_t)rank; j++)
            for (size_t i = 0; i <= j; i++)
                t[((size_t)pivot[i] - 1) * L + j] = (float)gram[j * L + i];
    }
    free(pivot);
    return (size_t)rank;
}

bool panel_orthonormalise(Pool *pool, float *panel, size_t rows, size_t L, size_t passes,
                          double *ret_condition, Err *err)
{
    double *gram = malloc(L * L * sizeof *gram), first = 1;
    float *t = malloc(L * L * sizeof *t);
    bool ok = gram && t;
    if (!ok) err_set(err, ERR_MEMORY, "svd: no memory for a matrix of %zu rows", L);
    for (size_t pass = 0; ok && pass < passes; pass++) {
        double condition = 1;
        ok = panel_gram(pool, panel, rows, L, gram, err);
        if (ok && whitening(gram, L, t, &condition) == 0)
            ok = err_set(err, ERR_NUMERIC, "svd: the matrix is zero");
        ok = ok && panel_multiply(pool, panel, rows, L, t, false, err);
        if (pass == 0) first = condition;
    }
    if (ok && ret_condition) *ret_condition = first;
    free(gram);
    free(t);
    return ok;
}
