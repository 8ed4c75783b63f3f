#include "num/blas.h"

#include <string.h>

#include "num/numeric.h"

typedef struct Product {
    bool transpose_a, transpose_b;
    size_t m, n, k;
    float alpha, beta;
    size_t pad; /* added to each leading dimension */
} Product;

/* One product against a plain loop, with padding that must stay as it was. */
static void check(Pool *pool, const Product *p, Rng *rng)
{
    size_t lda = (p->transpose_a ? p->m : p->k) + p->pad, rows_a = p->transpose_a ? p->k : p->m;
    size_t ldb = (p->transpose_b ? p->k : p->n) + p->pad, rows_b = p->transpose_b ? p->n : p->k;
    size_t ldc = p->n + p->pad;
    float *a = random_floats(rng, rows_a * lda), *b = random_floats(rng, rows_b * ldb);
    float *c = random_floats(rng, p->m * ldc), *before = mem_alloc((p->m * ldc + 1) * sizeof *c);
    if (p->beta == 0)
        for (size_t i = 0; i < p->m * ldc; i++) c[i] = NAN;
    memcpy(before, c, p->m * ldc * sizeof *c);
    gemm(pool, p->transpose_a, p->transpose_b, p->m, p->n, p->k, p->alpha, a, lda, b, ldb, p->beta,
         c, ldc);
    for (size_t i = 0; i < p->m; i++) {
        for (size_t j = 0; j < p->n; j++) {
            double sum = 0;
            for (size_t l = 0; l < p->k; l++)
                sum += (double)(p->transpose_a ? a[l * lda + i] : a[i * lda + l]) *
                       (p->transpose_b ? b[j * ldb + l] : b[l * ldb + j]);
            double want = p->alpha * sum;
            if (p->beta != 0) want += (double)p->beta * before[i * ldc + j];
            assert_close(c[i * ldc + j], want, 2e-5 * sqrt((double)p->k + 1), 1e-5);
        }
        assert_memory_equal(c + i * ldc + p->n, before + i * ldc + p->n, p->pad * sizeof *c);
    }
    free(a);
    free(b);
    free(c);
    free(before);
}

static void every_shape(Pool *pool)
{
    const size_t shapes[][3] = {{1, 1, 1},     {1, 200, 64},   {200, 1, 64},  {1, 1, 300},
                                {2, 3, 5},     {17, 33, 65},   {64, 130, 96}, {200, 48, 31},
                                {5, 700, 200}, {130, 128, 64}, {3, 5, 0},     {0, 4, 3},
                                {4, 0, 3}};
    const float factors[][2] = {{1, 0}, {1, 1}, {-0.5f, 0.25f}, {0, 2}, {0, 0}};
    Rng rng = rng_make(1, 0);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t transposes = 0; transposes < 4; transposes++)
            for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
                Product p = {transposes & 1, transposes >> 1, shapes[s][0],  shapes[s][1],
                             shapes[s][2],   factors[f][0],   factors[f][1], 3 * (f & 1)};
                check(pool, &p, &rng);
            }
}

static void gemm_agrees_with_a_plain_loop_alone(void **state)
{
    (void)state;
    every_shape(NULL);
}

static void gemm_agrees_with_a_plain_loop_on_a_pool(void **state)
{
    (void)state;
    const size_t threads[] = {2, 3, 5};
    for (size_t i = 0; i < 3; i++) {
        Pool *pool = pool_new(threads[i]);
        every_shape(pool);
        pool_free(pool);
    }
}

/* Tall enough to be cut finer than the threads. */
static void gemm_cuts_tall_products(void **state)
{
    (void)state;
    Rng rng = rng_make(2, 0);
    Pool *pool = pool_new(2);
    const Product tall = {false, true, 2500, 20, 24, 1, 0, 1};
    check(pool, &tall, &rng);
    const Product gradient = {true, false, 2100, 20, 13, 1, 1, 0};
    check(pool, &gradient, &rng);
    pool_free(pool);
}

typedef struct Nested {
    const float *a;
    float *c;
} Nested;

static void nested_piece(void *context, size_t piece, size_t thread)
{
    (void)thread;
    Nested *nested = context;
    gemm(NULL, false, true, 16, 16, 32, 1, nested->a, 32, nested->a, 32, 0, nested->c + piece * 256,
         16);
}

static void gemm_runs_inside_pieces(void **state)
{
    (void)state;
    Rng rng = rng_make(3, 0);
    Pool *pool = pool_new(3);
    float *a = random_floats(&rng, 16 * 32), c[20 * 256];
    Nested nested = {a, c};
    pool_run(pool, 20, nested_piece, &nested);
    for (size_t i = 1; i < 20; i++) assert_memory_equal(c, c + i * 256, 256 * sizeof *c);
    free(a);
    pool_free(pool);
}

static void eigenvectors_are_rows_in_ascending_order(void **state)
{
    (void)state;
    enum { N = 40 };
    Rng rng = rng_make(4, 0);
    double a[N * N], kept[N * N], values[N];
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++) a[i * N + j] = a[j * N + i] = rng_normal(&rng);
    memcpy(kept, a, sizeof a);
    Err err = {0};
    assert_true(eigen_symmetric(a, N, values, &err));
    for (size_t v = 0; v < N; v++) {
        assert_true(v == 0 || values[v] >= values[v - 1]);
        for (size_t i = 0; i < N; i++) {
            double along = 0;
            for (size_t j = 0; j < N; j++) along += kept[i * N + j] * a[v * N + j];
            assert_close(along, values[v] * a[v * N + i], 1e-10, 0);
        }
        for (size_t w = 0; w <= v; w++) {
            double dot = 0;
            for (size_t j = 0; j < N; j++) dot += a[v * N + j] * a[w * N + j];
            assert_close(dot, v == w, 1e-12, 0);
        }
    }
}

static void eigen_refuses_what_is_not_finite(void **state)
{
    (void)state;
    double a[4] = {1, NAN, NAN, 1}, values[2];
    Err err = {0};
    assert_false(eigen_symmetric(a, 2, values, &err));
    assert_int_equal(err.kind, ERR_NUMERIC);
    a[1] = a[2] = INFINITY;
    assert_false(eigen_symmetric(a, 2, values, NULL));
    assert_true(eigen_symmetric(a, 0, values, &err));
    assert_true(eigen_symmetric(a, 1, values, &err));
    assert_close(values[0], 1, 0, 0);
    assert_close(fabs(a[0]), 1, 0, 0);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemm_agrees_with_a_plain_loop_alone),
        cmocka_unit_test(gemm_agrees_with_a_plain_loop_on_a_pool),
        cmocka_unit_test(gemm_cuts_tall_products),
        cmocka_unit_test(gemm_runs_inside_pieces),
        cmocka_unit_test(eigenvectors_are_rows_in_ascending_order),
        cmocka_unit_test(eigen_refuses_what_is_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
