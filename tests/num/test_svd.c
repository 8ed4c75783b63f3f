#include "num/svd.h"

#include <string.h>

#include "num/blas.h"
#include "num/numeric.h"
#include "num/panel.h"

static const SvdOptions OPTIONS = {.rank = 10, .oversample = 32, .power = 3, .seed = 1};

/* A dense matrix as a sparse one; with `gap` empty columns after each column. */
static Sparse from_dense(const float *dense, size_t rows, size_t columns, size_t gap)
{
    Sparse a = {.rows = rows,
                .columns = columns * (gap + 1),
                .offset = mem_zero(rows + 1, sizeof *a.offset),
                .column = mem_alloc((rows * columns + 1) * sizeof *a.column),
                .value = mem_alloc((rows * columns + 1) * sizeof *a.value)};
    size_t count = 0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            if (dense[r * columns + c] == 0) continue;
            a.column[count] = (uint32_t)(c * (gap + 1));
            a.value[count++] = dense[r * columns + c];
        }
        a.offset[r + 1] = count;
    }
    return a;
}

/* (rows, columns) of the given rank, the i-th component of about weight decay^i. */
static float *low_rank(Rng *rng, size_t rows, size_t columns, size_t rank, double decay)
{
    float *dense = mem_zero(rows * columns, sizeof *dense);
    double weight = 1;
    for (size_t i = 0; i < rank; i++, weight *= decay) {
        float *left = random_floats(rng, rows), *right = random_floats(rng, columns);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < columns; c++)
                dense[r * columns + c] += (float)(weight * left[r] * right[c]);
        free(left);
        free(right);
    }
    return dense;
}

static void check_form(const Svd *s, size_t rows)
{
    for (size_t r = 0; r < s->rank; r++) {
        assert_true(s->sigma[r] > 0);
        assert_true(r == 0 || s->sigma[r] <= s->sigma[r - 1]);
        float extreme = 0;
        for (size_t i = 0; i < rows; i++)
            if (fabsf(s->u[i * s->rank + r]) > fabsf(extreme)) extreme = s->u[i * s->rank + r];
        assert_true(extreme > 0);
        for (size_t q = 0; q <= r; q++) {
            double dot = 0;
            for (size_t i = 0; i < rows; i++)
                dot += (double)s->u[i * s->rank + r] * s->u[i * s->rank + q];
            assert_close(dot, q == r, 2e-5, 0);
        }
    }
}

/* |dense − U Uᵀ dense| against |dense|: nothing is lost where the rank suffices. */
static double lost(const Svd *s, const float *dense, size_t rows, size_t columns)
{
    double left = 0, all = 0;
    double *along = mem_zero(s->rank + 1, sizeof *along);
    for (size_t c = 0; c < columns; c++) {
        for (size_t r = 0; r < s->rank; r++) {
            along[r] = 0;
            for (size_t i = 0; i < rows; i++)
                along[r] += (double)s->u[i * s->rank + r] * dense[i * columns + c];
        }
        for (size_t i = 0; i < rows; i++) {
            double value = dense[i * columns + c];
            all += value * value;
            for (size_t r = 0; r < s->rank; r++) value -= along[r] * s->u[i * s->rank + r];
            left += value * value;
        }
    }
    free(along);
    return sqrt(left / all);
}

/* The singular values of a dense matrix, descending, by the eigenvalues of A Aᵀ. */
static double *dense_sigma(const float *dense, size_t rows, size_t columns)
{
    double *gram = mem_zero(rows * rows, sizeof *gram), *values = mem_alloc(rows * sizeof *values);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < rows; j++)
            for (size_t c = 0; c < columns; c++)
                gram[i * rows + j] += (double)dense[i * columns + c] * dense[j * columns + c];
    assert_true(eigen_symmetric(gram, rows, values, NULL));
    for (size_t i = 0; i < rows / 2; i++) {
        double kept = values[i];
        values[i] = values[rows - 1 - i];
        values[rows - 1 - i] = kept;
    }
    for (size_t i = 0; i < rows; i++) values[i] = sqrt(fmax(values[i], 0));
    free(gram);
    return values;
}

static Svd run(Pool *pool, const Sparse *a, const SvdOptions *options)
{
    Svd s = {0};
    Err err = {0};
    if (!svd_sparse(pool, a, options, NULL, NULL, &s, &err)) fail_msg("%s", err.message);
    check_form(&s, a->rows);
    return s;
}

/* Both ways, few rows (exact) and many (panels), of known rank, with empty columns between. */
static void a_low_rank_matrix_is_found_again(void **state)
{
    (void)state;
    const size_t shapes[][2] = {{2, 10}, {60, 90}, {300, 20}, {2500, 70}, {2100, 1}};
    Pool *pool = pool_new(2);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        size_t rows = shapes[s][0], columns = shapes[s][1];
        size_t rank = rows < 7 ? rows : columns < 7 ? columns : 7;
        Rng rng = rng_make(s, 0);
        float *dense = low_rank(&rng, rows, columns, rank, 0.7);
        Sparse a = from_dense(dense, rows, columns, 3);
        Svd svd = run(pool, &a, &OPTIONS);
        assert_int_equal(svd.rank, rank);
        assert_true(lost(&svd, dense, rows, columns) < 1e-5);
        svd_release(&svd);
        sparse_release(&a);
        free(dense);
    }
    pool_free(pool);
}

static void singular_values_agree_with_the_dense_ones(void **state)
{
    (void)state;
    enum { ROWS = 2060, COLUMNS = 150 };
    Rng rng = rng_make(9, 0);
    float *dense = low_rank(&rng, COLUMNS, ROWS, 60, 0.9), *across = mem_alloc(ROWS * COLUMNS * 4);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLUMNS; c++) across[r * COLUMNS + c] = dense[c * ROWS + r];
    double *want = dense_sigma(dense, COLUMNS, ROWS);
    Sparse few_rows = from_dense(dense, COLUMNS, ROWS, 0);
    Sparse many_rows = from_dense(across, ROWS, COLUMNS, 0);
    Svd exact = run(NULL, &few_rows, &OPTIONS), panels = run(NULL, &many_rows, &OPTIONS);
    assert_int_equal(exact.rank, OPTIONS.rank);
    assert_int_equal(panels.rank, OPTIONS.rank);
    for (size_t r = 0; r < OPTIONS.rank; r++) {
        assert_close(exact.sigma[r], want[r], 0, 1e-6);
        assert_close(panels.sigma[r], want[r], 0, 1e-5);
    }
    /* The right vectors of the one are the left vectors of the other: Aᵀ u = sigma v. */
    for (size_t r = 0; r < OPTIONS.rank; r++)
        for (size_t i = 0; i < ROWS; i += 13) {
            double along = 0;
            for (size_t c = 0; c < COLUMNS; c++)
                along += (double)across[i * COLUMNS + c] * exact.u[c * exact.rank + r];
            assert_close(fabs(along / want[r]), fabs(panels.u[i * panels.rank + r]), 1e-3, 0);
        }
    svd_release(&exact);
    svd_release(&panels);
    sparse_release(&few_rows);
    sparse_release(&many_rows);
    free(want);
    free(dense);
    free(across);
}

/* Directions far below the first are found too, to the precision of floats. */
static void steep_decay_is_followed(void **state)
{
    (void)state;
    enum { ROWS = 2100, COLUMNS = 40 };
    Rng rng = rng_make(10, 0);
    float *dense = low_rank(&rng, COLUMNS, ROWS, 8, 0.15), *across = mem_alloc(ROWS * COLUMNS * 4);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLUMNS; c++) across[r * COLUMNS + c] = dense[c * ROWS + r];
    double *want = dense_sigma(dense, COLUMNS, ROWS);
    Sparse a = from_dense(across, ROWS, COLUMNS, 0);
    SvdOptions options = OPTIONS;
    options.rank = 6;
    Svd s = run(NULL, &a, &options);
    assert_int_equal(s.rank, 6);
    for (size_t r = 0; r < 6; r++) assert_close(s.sigma[r], want[r], 1e-6 * want[0], 1e-4);
    svd_release(&s);
    sparse_release(&a);
    free(want);
    free(dense);
    free(across);
}

static void duplicate_rows_lower_the_rank(void **state)
{
    (void)state;
    enum { DISTINCT = 5, COLUMNS = 60 };
    Rng rng = rng_make(11, 0);
    const size_t copies[] = {4, 420};
    for (size_t s = 0; s < 2; s++) {
        size_t rows = DISTINCT * copies[s];
        float *few = random_floats(&rng, DISTINCT * COLUMNS);
        float *dense = mem_alloc(rows * COLUMNS * sizeof *dense);
        for (size_t r = 0; r < rows; r++)
            memcpy(dense + r * COLUMNS, few + r % DISTINCT * COLUMNS, COLUMNS * sizeof *few);
        Sparse a = from_dense(dense, rows, COLUMNS, 0);
        Svd svd = run(NULL, &a, &OPTIONS);
        assert_int_equal(svd.rank, DISTINCT);
        assert_true(lost(&svd, dense, rows, COLUMNS) < 1e-5);
        svd_release(&svd);
        sparse_release(&a);
        free(few);
        free(dense);
    }
}

static void the_rank_is_at_most_what_there_is(void **state)
{
    (void)state;
    Rng rng = rng_make(12, 0);
    const size_t shapes[][2] = {{4, 9}, {9, 4}, {1, 1}, {1, 5}, {2100, 3}};
    SvdOptions options = OPTIONS;
    options.rank = 512;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        size_t rows = shapes[s][0], columns = shapes[s][1];
        float *dense = random_floats(&rng, rows * columns);
        Sparse a = from_dense(dense, rows, columns, 1);
        Svd svd = run(NULL, &a, &options);
        assert_int_equal(svd.rank, rows < columns ? rows : columns);
        assert_true(lost(&svd, dense, rows, columns) < 1e-5);
        svd_release(&svd);
        sparse_release(&a);
        free(dense);
    }
}

static void same_input_same_bits(void **state)
{
    (void)state;
    enum { ROWS = 2300, COLUMNS = 120 };
    Rng rng = rng_make(13, 0);
    float *dense = low_rank(&rng, ROWS, COLUMNS, 30, 0.95);
    Sparse a = from_dense(dense, ROWS, COLUMNS, 0);
    Pool *pool = pool_new(2);
    Svd first = run(pool, &a, &OPTIONS), second = run(pool, &a, &OPTIONS);
    assert_int_equal(first.rank, second.rank);
    assert_memory_equal(first.u, second.u, ROWS * first.rank * sizeof *first.u);
    assert_memory_equal(first.sigma, second.sigma, first.rank * sizeof *first.sigma);
    svd_release(&first);
    svd_release(&second);
    sparse_release(&a);
    pool_free(pool);
    free(dense);
}

static void assert_refused(const Sparse *a, const Cancel *cancel, ErrKind kind)
{
    Svd s = {.rank = 77};
    Err err = {0};
    assert_false(svd_sparse(NULL, a, &OPTIONS, cancel, NULL, &s, &err));
    assert_int_equal(err.kind, kind);
    assert_int_equal(s.rank, 77);
}

static void what_has_no_components_is_refused(void **state)
{
    (void)state;
    const size_t rows[] = {3, 2100};
    for (size_t s = 0; s < 2; s++) {
        float *dense = mem_zero(rows[s] * 4, sizeof *dense);
        Sparse empty = from_dense(dense, rows[s], 4, 0);
        assert_refused(&empty, NULL, ERR_NUMERIC);
        sparse_release(&empty);
        for (size_t i = 0; i < rows[s] * 4; i++) dense[i] = 1;
        Sparse a = from_dense(dense, rows[s], 4, 0);
        a.value[5] = 0;
        memset(a.value, 0, rows[s] * 4 * sizeof *a.value); /* entries, but all zero */
        assert_refused(&a, NULL, ERR_NUMERIC);
        a.value[5] = NAN;
        assert_refused(&a, NULL, ERR_NUMERIC);
        a.value[5] = INFINITY;
        assert_refused(&a, NULL, ERR_NUMERIC);
        a.value[5] = 1;
        Cancel cancel = {0};
        cancel_ask(&cancel);
        assert_refused(&a, &cancel, ERR_CANCELLED);
        sparse_release(&a);
        free(dense);
    }
    const Sparse none = {.rows = 0, .columns = 5, .offset = (size_t[]){0}};
    assert_refused(&none, NULL, ERR_NUMERIC);
}

static void a_panel_becomes_an_orthonormal_basis(void **state)
{
    (void)state;
    enum { ROWS = 700, L = 20 };
    Rng rng = rng_make(14, 0);
    float *panel = random_floats(&rng, ROWS * L);
    for (size_t r = 0; r < ROWS; r++) {
        panel[r * L + 4] = 2 * panel[r * L + 9] - panel[r * L + 11]; /* spanned by others */
        panel[r * L + 7] *= 1e-3f;
        panel[r * L + 2] = 0;
    }
    double condition = 0;
    assert_true(panel_orthonormalise(NULL, panel, ROWS, L, 2, &condition, NULL));
    assert_true(condition > 500);
    size_t zero = 0;
    for (size_t i = 0; i < L; i++)
        for (size_t j = 0; j <= i; j++) {
            double dot = 0;
            for (size_t r = 0; r < ROWS; r++) dot += (double)panel[r * L + i] * panel[r * L + j];
            if (i == j && dot == 0)
                zero++;
            else
                assert_close(dot, i == j, 1e-5, 0);
        }
    assert_true(zero >= 1 && zero <= 2);
    memset(panel, 0, ROWS * L * sizeof *panel);
    Err err = {0};
    assert_false(panel_orthonormalise(NULL, panel, ROWS, L, 1, NULL, &err));
    assert_int_equal(err.kind, ERR_NUMERIC);
    panel[3] = INFINITY;
    assert_false(panel_orthonormalise(NULL, panel, ROWS, L, 1, NULL, NULL));
    free(panel);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_low_rank_matrix_is_found_again),
        cmocka_unit_test(singular_values_agree_with_the_dense_ones),
        cmocka_unit_test(steep_decay_is_followed),
        cmocka_unit_test(duplicate_rows_lower_the_rank),
        cmocka_unit_test(the_rank_is_at_most_what_there_is),
        cmocka_unit_test(same_input_same_bits),
        cmocka_unit_test(what_has_no_components_is_refused),
        cmocka_unit_test(a_panel_becomes_an_orthonormal_basis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
