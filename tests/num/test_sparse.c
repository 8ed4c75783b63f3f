#include "num/sparse.h"

#include <string.h>

#include "num/numeric.h"

/* A random matrix with empty rows and columns; its dense twin in *ret_dense. */
static Sparse random_sparse(Rng *rng, size_t rows, size_t columns, double share, float **ret_dense)
{
    float *dense = mem_zero(rows * columns + 1, sizeof *dense);
    Sparse a = {.rows = rows,
                .columns = columns,
                .offset = mem_zero(rows + 1, sizeof *a.offset),
                .column = mem_alloc((rows * columns + 1) * sizeof *a.column),
                .value = mem_alloc((rows * columns + 1) * sizeof *a.value)};
    size_t count = 0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            if (r % 5 == 3 || c % 4 == 2 || rng_unit(rng) >= share) continue;
            a.column[count] = (uint32_t)c;
            dense[r * columns + c] = a.value[count++] = (float)rng_normal(rng);
        }
        a.offset[r + 1] = count;
    }
    *ret_dense = dense;
    return a;
}

static void transpose_is_exact_and_sorted(void **state)
{
    (void)state;
    Rng rng = rng_make(1, 0);
    const size_t shapes[][2] = {{1, 1}, {1, 9}, {9, 1}, {20, 31}, {64, 40}, {0, 5}, {5, 0}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        size_t rows = shapes[s][0], columns = shapes[s][1];
        float *dense;
        Sparse a = random_sparse(&rng, rows, columns, 0.3, &dense), t;
        Err err = {0};
        assert_true(sparse_transpose(&a, &t, &err));
        assert_int_equal(t.rows, columns);
        assert_int_equal(t.columns, rows);
        assert_int_equal(t.offset[0], 0);
        assert_int_equal(t.offset[t.rows], a.offset[rows]);
        for (size_t c = 0; c < columns; c++)
            for (size_t e = t.offset[c]; e < t.offset[c + 1]; e++) {
                assert_true(e == t.offset[c] || t.column[e] > t.column[e - 1]);
                assert_true(t.value[e] == dense[t.column[e] * columns + c]);
            }
        sparse_release(&a);
        sparse_release(&t);
        assert_null(t.offset);
        free(dense);
    }
}

static void transpose_refuses_a_column_outside(void **state)
{
    (void)state;
    size_t offset[2] = {0, 1};
    uint32_t column = 3;
    float value = 1;
    const Sparse a = {1, 3, offset, &column, &value};
    Sparse t = {.rows = 77};
    Err err = {0};
    assert_false(sparse_transpose(&a, &t, &err));
    assert_int_equal(err.kind, ERR_FORMAT);
    assert_int_equal(t.rows, 77);
}

static void check_product(Pool *pool, const Sparse *a, const float *dense, size_t D, Rng *rng)
{
    float *x = random_floats(rng, a->columns * D), *y = mem_alloc((a->rows * D + 1) * sizeof *y);
    for (size_t i = 0; i <= a->rows * D; i++) y[i] = NAN; /* overwritten, not added to */
    y[a->rows * D] = 7;
    sparse_multiply(pool, a, x, y, D);
    for (size_t r = 0; r < a->rows; r++)
        for (size_t d = 0; d < D; d++) {
            double want = 0;
            for (size_t c = 0; c < a->columns; c++)
                want += (double)dense[r * a->columns + c] * x[c * D + d];
            assert_close(y[r * D + d], want, 1e-4, 1e-5);
        }
    assert_true(y[a->rows * D] == 7);
    free(x);
    free(y);
}

static void multiply_agrees_with_a_plain_loop(void **state)
{
    (void)state;
    Rng rng = rng_make(2, 0);
    const size_t shapes[][2] = {{1, 1}, {1, 30}, {40, 1}, {33, 57}, {7, 2500}, {0, 4}, {4, 0}};
    const size_t widths[] = {0, 1, 7, 32, 63, 64, 65, 96, 160, 300};
    Pool *pool = pool_new(3);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
            float *dense;
            Sparse a = random_sparse(&rng, shapes[s][0], shapes[s][1], 0.4, &dense);
            check_product(NULL, &a, dense, widths[i], &rng);
            check_product(pool, &a, dense, widths[i], &rng);
            sparse_release(&a);
            free(dense);
        }
    pool_free(pool);
}

/* Dense and large enough for slices of their own. */
static void multiply_does_not_depend_on_threads(void **state)
{
    (void)state;
    enum { ROWS = 900, COLUMNS = 900, D = 150 };
    Rng rng = rng_make(3, 0);
    float *dense, *x = random_floats(&rng, COLUMNS * D);
    Sparse a = random_sparse(&rng, ROWS, COLUMNS, 0.3, &dense);
    float *alone = mem_alloc(ROWS * D * sizeof *alone),
          *shared = mem_alloc(ROWS * D * sizeof *alone);
    sparse_multiply(NULL, &a, x, alone, D);
    for (size_t i = 0; i < ROWS * D; i += 97) {
        double want = 0;
        for (size_t c = 0; c < COLUMNS; c++)
            want += (double)dense[i / D * COLUMNS + c] * x[c * D + i % D];
        assert_close(alone[i], want, 1e-4, 1e-5);
    }
    for (size_t threads = 2; threads < 5; threads++) {
        Pool *pool = pool_new(threads);
        sparse_multiply(pool, &a, x, shared, D);
        assert_memory_equal(alone, shared, ROWS * D * sizeof *alone);
        pool_free(pool);
    }
    sparse_release(&a);
    free(dense);
    free(x);
    free(alone);
    free(shared);
}

static void release_takes_the_empty_matrix(void **state)
{
    (void)state;
    Sparse a = {0};
    sparse_release(&a);
    assert_null(a.offset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transpose_is_exact_and_sorted),
        cmocka_unit_test(transpose_refuses_a_column_outside),
        cmocka_unit_test(multiply_agrees_with_a_plain_loop),
        cmocka_unit_test(multiply_does_not_depend_on_threads),
        cmocka_unit_test(release_takes_the_empty_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
