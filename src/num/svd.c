#include "num/svd.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "num/blas.h"
#include "num/panel.h"
#include "num/vector.h"

#define DROP 1e-6

/* Up to so many rows the Gram matrix of the rows is formed and solved exactly: quicker than panels,
 * and better. */
#define EXACT_ROWS 2048

/* Where A stretches its longest direction by no more than this against the shortest of the sketch,
 * Aᵀ and A can be applied one after the other in floats: the shortest keeps two digits, and the
 * next round repairs it. */
#define STRETCH_FINE 200

/* Work in progress. `packed` is A without the columns that no row has; it borrows A's offsets and
 * values. */
typedef struct Work {
    Pool *pool;
    const Cancel *cancel;
    Progress *progress;
    Sparse packed, transposed;
    size_t L;
    float *x, *y; /* panels (packed.columns, L) and (rows, L) */
} Work;

void svd_release(Svd *s)
{
    free(s->u);
    free(s->sigma);
    *s = (Svd){0};
}

/* The counts of the progress belong to the caller, of whose work this is one step. */
static bool step(Work *w, const char *what, Err *err)
{
    progress_say(w->progress, "svd: %s", what);
    return cancel_check(w->cancel, err);
}

/* A without its empty columns, which would cost a row of the panel each; the others keep their
 * order. */
static bool pack(Work *w, const Sparse *a, Err *err)
{
    size_t entries = a->offset[a->rows];
    uint32_t *number = calloc(a->columns + 1, sizeof *number);
    uint32_t *column = malloc((entries + 1) * sizeof *column);
    bool ok = number && column;
    if (!ok) {
        free(column);
        err_set(err, ERR_MEMORY, "svd: no memory to number %zu entries", entries);
    } else {
        uint32_t used = 0;
        for (size_t e = 0; e < entries; e++) number[a->column[e]] = 1;
        for (size_t c = 0; c < a->columns; c++) {
            if (number[c]) number[c] = used++;
        }
        for (size_t e = 0; e < entries; e++) column[e] = number[a->column[e]];
        w->packed = *a;
        w->packed.columns = used;
        w->packed.column = column;
    }
    free(number);
    return ok && sparse_transpose(&w->packed, &w->transposed, err);
}

static void work_release(Work *w)
{
    free(w->packed.column); /* the rest of packed is A's */
    sparse_release(&w->transposed);
    free(w->x);
    free(w->y);
}

typedef struct Draw {
    float *x;
    size_t L;
    uint64_t seed;
} Draw;

/* The sum of four uniform numbers: near enough to a Gaussian for a sketch, at a tenth of its price.
 */
static void draw_row(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Draw *draw = context;
    for (size_t row = first; row < end; row++) {
        Rng rng = rng_make(draw->seed, row);
        for (size_t j = 0; j < draw->L; j++) {
            uint64_t bits = rng_u64(&rng);
            int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) +
                      (int)(bits >> 32 & 0xffff) + (int)(bits >> 48);
            draw->x[row * draw->L + j] = (float)(sum - 2 * 0xffff) / 65536.0f;
        }
    }
}

/* y becomes an orthonormal basis of nearly the space of the largest left singular vectors. */
static bool find_range(Work *w, const SvdOptions *options, Err *err)
{
    size_t rows = w->packed.rows, columns = w->packed.columns, L = w->L;
    Draw draw = {w->x, L, options->seed};
    pool_range(w->pool, columns, 256, draw_row, &draw);
    if (!step(w, "first sketch", err)) return false;
    sparse_multiply(w->pool, &w->packed, w->x, w->y, L);
    bool x_orthonormal = true; /* a random x is nearly so */
    for (size_t i = 0; i < options->power; i++) {
        double condition;
        if (!step(w, "power iteration", err) ||
            !panel_orthonormalise(w->pool, w->y, rows, L, 1, &condition, err))
            return false;
        double stretch = x_orthonormal ? condition : sqrt(condition);
        sparse_multiply(w->pool, &w->transposed, w->y, w->x, L);
        x_orthonormal = stretch > STRETCH_FINE;
        if (!cancel_check(w->cancel, err) ||
            (x_orthonormal && !panel_orthonormalise(w->pool, w->x, columns, L, 1, NULL, err)))
            return false;
        sparse_multiply(w->pool, &w->packed, w->x, w->y, L);
    }
    return step(w, "basis", err) && panel_orthonormalise(w->pool, w->y, rows, L, 2, NULL, err);
}

/* From the eigenvalues (n, ascending) of A Aᵀ or of its projection: sigma, and how many are worth
 * keeping. */
static bool take_sigma(const double *values, size_t n, size_t rank, Svd *s, Err *err)
{
    double largest = sqrt(fmax(values[n - 1], 0));
    if (!(largest > 0)) return err_set(err, ERR_NUMERIC, "svd: the matrix is zero");
    s->sigma = mem_alloc((rank < n ? rank : n) * sizeof *s->sigma);
    for (s->rank = 0; s->rank < rank && s->rank < n; s->rank++) {
        double sigma = sqrt(fmax(values[n - 1 - s->rank], 0));
        if (!(sigma >= DROP * largest)) break;
        s->sigma[s->rank] = (float)sigma;
    }
    return true;
}

/* Rows of eigenvectors (ascending) → the kept ones, descending, as floats (rank, n). */
static void take_vectors(const double *vectors, size_t n, size_t rank, float *out)
{
    for (size_t r = 0; r < rank; r++)
        for (size_t i = 0; i < n; i++) out[r * n + i] = (float)vectors[(n - 1 - r) * n + i];
}

/* The exact SVD of the projection yᵀ A, whose transpose x is: u = y · its left vectors. */
static bool rotate(Work *w, size_t rank, Svd *s, Err *err)
{
    size_t rows = w->packed.rows, L = w->L;
    double *gram = malloc(L * L * sizeof *gram), *values = malloc(L * sizeof *values);
    float *vectors = malloc(L * L * sizeof *vectors);
    bool ok = gram && values && vectors;
    if (!ok) err_set(err, ERR_MEMORY, "svd: no memory for a matrix of %zu rows", L);
    ok = ok && panel_gram(w->pool, w->x, w->packed.columns, L, gram, err);
    free(w->x);
    w->x = NULL;
    ok = ok && eigen_symmetric(gram, L, values, err) && take_sigma(values, L, rank, s, err);
    ok = ok && (s->u = panel_new(rows, s->rank, err));
    if (ok) {
        take_vectors(gram, L, s->rank, vectors);
        gemm(w->pool, false, true, rows, s->rank, L, 1, w->y, L, vectors, L, 0, s->u, s->rank);
    }
    free(gram);
    free(values);
    free(vectors);
    return ok;
}

static bool svd_panels(Work *w, const SvdOptions *options, size_t rank, Svd *s, Err *err)
{
    size_t rows = w->packed.rows, columns = w->packed.columns;
    size_t most = rows < columns ? rows : columns;
    w->L = options->oversample < most - rank ? rank + options->oversample : most;
    if (!(w->x = panel_new(columns, w->L, err)) || !(w->y = panel_new(rows, w->L, err)) ||
        !find_range(w, options, err))
        return false;
    sparse_multiply(w->pool, &w->transposed, w->y, w->x, w->L);
    return step(w, "components", err) && rotate(w, rank, s, err);
}

typedef struct RowGram {
    const Sparse *a, *transposed;
    double *gram;
} RowGram;

/* A row of A Aᵀ from the diagonal on: each of its entries meets the entries of the same column. */
static void gram_row(void *context, size_t row, size_t thread)
{
    (void)thread;
    const RowGram *g = context;
    const Sparse *a = g->a, *t = g->transposed;
    double *sum = g->gram + row * a->rows;
    for (size_t e = a->offset[row]; e < a->offset[row + 1]; e++) {
        size_t first = t->offset[a->column[e]], f = t->offset[a->column[e] + 1];
        double value = (double)a->value[e];
        while (f-- > first && t->column[f] >= row) sum[t->column[f]] += value * (double)t->value[f];
    }
}

static bool svd_exact(Work *w, size_t rank, Svd *s, Err *err)
{
    size_t n = w->packed.rows;
    double *gram = calloc(n * n, sizeof *gram), *values = malloc(n * sizeof *values);
    bool ok = gram && values;
    if (!ok) err_set(err, ERR_MEMORY, "svd: no memory for a matrix of %zu rows", n);
    if (ok) {
        RowGram job = {&w->packed, &w->transposed, gram};
        pool_run(w->pool, n, gram_row, &job);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++) gram[i * n + j] = gram[j * n + i];
    }
    ok = ok && step(w, "components", err) && eigen_symmetric(gram, n, values, err) &&
         take_sigma(values, n, rank, s, err) && (s->u = panel_new(n, s->rank, err));
    if (ok)
        for (size_t i = 0; i < n; i++)
            for (size_t r = 0; r < s->rank; r++)
                s->u[i * s->rank + r] = (float)gram[(n - 1 - r) * n + i];
    free(gram);
    free(values);
    return ok;
}

typedef struct Signs {
    Svd *s;
    size_t rows;
} Signs;

/* Columns of u that lie in one line of the cache are looked through together. */
#define SIGN_COLUMNS 16

static void fix_signs(void *context, size_t first, size_t end, size_t thread)
{
    (void)thread;
    const Signs *job = context;
    size_t rank = job->s->rank;
    float extreme[SIGN_COLUMNS] = {0};
    for (size_t i = 0; i < job->rows; i++)
        for (size_t r = first; r < end; r++) {
            float value = job->s->u[i * rank + r];
            if (fabsf(value) > fabsf(extreme[r - first])) extreme[r - first] = value;
        }
    for (size_t i = 0; i < job->rows; i++)
        for (size_t r = first; r < end; r++)
            if (extreme[r - first] < 0) job->s->u[i * rank + r] *= -1;
}

bool svd_sparse(Pool *pool, const Sparse *a, const SvdOptions *options, const Cancel *cancel,
                Progress *progress, Svd *ret, Err *err)
{
    size_t entries = a->offset[a->rows];
    if (!vector_finite(a->value, entries))
        return err_set(err, ERR_NUMERIC, "svd: the matrix holds a value that is not finite");
    Work w = {.pool = pool, .cancel = cancel, .progress = progress};
    Svd s = {0};
    bool ok = step(&w, "columns", err) && pack(&w, a, err);
    if (ok) {
        size_t rank = options->rank;
        if (rank > w.packed.rows) rank = w.packed.rows;
        if (rank > w.packed.columns) rank = w.packed.columns;
        if (rank == 0)
            ok = err_set(err, ERR_NUMERIC, "svd: the matrix is empty");
        else
            ok = a->rows <= EXACT_ROWS ? svd_exact(&w, rank, &s, err)
                                       : svd_panels(&w, options, rank, &s, err);
    }
    if (ok) {
        Signs job = {&s, a->rows};
        pool_range(pool, s.rank, SIGN_COLUMNS, fix_signs, &job);
        *ret = s;
    } else {
        svd_release(&s);
    }
    work_release(&w);
    return ok;
}
