#include "num/blas.h"

#include <assert.h>
#include <cblas.h>
#include <errno.h>
#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "num/blas_core.h"

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

/* The marker names the process and the core that it restarted itself with; a child that inherits it
 * is another process. */
#define MARKER "HONE_BLAS_TRIED"

/* In kB, where the CPU does not say: no CPU with AVX has less. */
#define L2_GUESS "256"

/* The largest of the checked products; values are small integers, so that every sum is exact. */
#define CHECK_SIZE 200

static int check_value(size_t i, size_t j)
{
    return (int)((i * 7 + j * 13 + i * j) % 9) - 4;
}

/* x (rows, columns) out: the values of a matrix, or of its transpose. */
static void check_fill(float *x, size_t rows, size_t columns, bool transpose)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            x[i * columns + j] = (float)(transpose ? check_value(j, i) : check_value(i, j));
}

static bool check_shape(size_t m, size_t n, size_t k, float *memory)
{
    float *a[2], *b[2], *want, *got;
    for (size_t i = 0; i < 2; i++) {
        a[i] = memory + i * CHECK_SIZE * CHECK_SIZE;
        b[i] = memory + (i + 2) * CHECK_SIZE * CHECK_SIZE;
        check_fill(a[i], i ? k : m, i ? m : k, i);
        check_fill(b[i], i ? n : k, i ? k : n, i);
    }
    want = memory + (size_t)4 * CHECK_SIZE * CHECK_SIZE;
    got = memory + (size_t)5 * CHECK_SIZE * CHECK_SIZE;
    memset(want, 0, m * n * sizeof *want);
    for (size_t i = 0; i < m; i++)
        for (size_t l = 0; l < k; l++)
            for (size_t j = 0; j < n; j++) want[i * n + j] += a[0][i * k + l] * b[0][l * n + j];
    for (int t = 0; t < 4; t++) {
        bool ta = t & 1, tb = t >> 1;
        for (size_t i = 0; i < m * n; i++) got[i] = NAN;
        cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
                    (int)m, (int)n, (int)k, 1, a[ta], (int)(ta ? m : k), b[tb], (int)(tb ? k : n),
                    0, got, (int)n);
        for (size_t i = 0; i < m * n; i++)
            if (!(got[i] == want[i])) return false;
    }
    return true;
}

/* Odd shapes reach the edges of every kernel, 200 its middle. About half a millisecond. */
static bool products_right(void)
{
    static const size_t shapes[][3] = {{1, 5, 200},   {7, 3, 64},   {33, 65, 17}, {64, 48, 129},
                                       {97, 30, 200}, {200, 9, 65}, {16, 200, 33}};
    float *memory = calloc((size_t)6 * CHECK_SIZE * CHECK_SIZE, sizeof *memory);
    bool right = memory != NULL;
    for (size_t i = 0; right && i < sizeof shapes / sizeof *shapes; i++)
        right = check_shape(shapes[i][0], shapes[i][1], shapes[i][2], memory);
    free(memory);
    return right;
}

/* In a child, because kernels that do not fit the CPU may crash or never end. */
static bool products_right_in_child(void)
{
    pid_t child = fork();
    if (child < 0) return products_right();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        alarm(5);
        _exit(products_right() ? 0 : 1);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return products_right();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The core that this very process restarted itself with; NULL: it did not. */
static const char *tried_core(void)
{
    const char *marker = getenv(MARKER);
    if (!marker) return NULL;
    char *end;
    long long process = strtoll(marker, &end, 10);
    return process == (long long)getpid() && *end == ':' ? end + 1 : NULL;
}

/* Returns only when the program cannot be executed again. */
static void restart(char **argv, const CoreChoice *choice)
{
    char marker[64];
    const char *core = choice->core ? choice->core : openblas_get_corename();
    snprintf(marker, sizeof marker, "%lld:%s", (long long)getpid(), core);
    setenv(MARKER, marker, 1);
    setenv("OPENBLAS_CORETYPE", core, 1);
    if (choice->set_l2) setenv("OPENBLAS_L2_SIZE", L2_GUESS, 1);
    execv("/proc/self/exe", argv);
    unsetenv(MARKER);
}

void blas_start(char **argv)
{
    openblas_set_num_threads(1);
    const char *l2 = getenv("OPENBLAS_L2_SIZE");
    CpuFacts cpu = cpu_facts();
    CoreState state = {.core = openblas_get_corename(),
                       .tried = tried_core(),
                       .l2_set = l2 && atoi(l2) > 0,
                       .products_right = true};
    CoreChoice choice = core_choose(&cpu, &state);
    if (!choice.restart) {
        state.products_right = products_right_in_child();
        choice = core_choose(&cpu, &state);
    }
    if (choice.restart) restart(argv, &choice);
}

BlasInfo blas_info(void)
{
    CpuFacts cpu = cpu_facts();
    const char *core = openblas_get_corename(), *wanted = core_name(cpu.wanted);
    const char *tried = tried_core();
    CoreLevel level = core_level(core);
    BlasInfo info = {.mended = tried && core_level(tried) == level};
    info.right = level >= cpu.wanted && level <= cpu.runs && products_right();
    snprintf(info.core, sizeof info.core, "%s", core);
    snprintf(info.wanted, sizeof info.wanted, "%s", wanted ? wanted : core);
    snprintf(info.cpu, sizeof info.cpu, "%s", cpu.name);
    snprintf(info.config, sizeof info.config, "%s", openblas_get_config());
    return info;
}
