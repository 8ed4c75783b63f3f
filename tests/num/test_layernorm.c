#include "num/layernorm.h"

#include <string.h>

#include "num/numeric.h"
#include "num/rows_kernels.h"

#define EPS 1e-5

/* One case: inputs, and what plain loops in double give for them. */
typedef struct Case {
    size_t N, D;
    float *x, *residual, *gamma, *beta, *dy;
    float *mask; /* (N,D): 0 or 1 / (1 − p) */
    Dropout dropout;
    double *y, *hat, *rstd, *ds, *dx, *dgamma, *dbeta;
} Case;

static void reference_forward(Case *c)
{
    for (size_t n = 0; n < c->N; n++) {
        double s[2048], mean = 0, variance = 0;
        for (size_t i = 0; i < c->D; i++) {
            size_t at = n * c->D + i;
            s[i] = (c->residual ? c->residual[at] : 0) + (double)c->x[at] * c->mask[at];
            mean += s[i] / (double)c->D;
        }
        for (size_t i = 0; i < c->D; i++) variance += (s[i] - mean) * (s[i] - mean) / (double)c->D;
        c->rstd[n] = 1 / sqrt(variance + EPS);
        for (size_t i = 0; i < c->D; i++) {
            c->hat[n * c->D + i] = (s[i] - mean) * c->rstd[n];
            c->y[n * c->D + i] = c->hat[n * c->D + i] * c->gamma[i] + c->beta[i];
        }
    }
}

static void reference_backward(Case *c)
{
    for (size_t n = 0; n < c->N; n++) {
        double mean = 0, slope = 0;
        for (size_t i = 0; i < c->D; i++) {
            size_t at = n * c->D + i;
            mean += (double)c->dy[at] * c->gamma[i] / (double)c->D;
            slope += (double)c->dy[at] * c->gamma[i] * c->hat[at] / (double)c->D;
            c->dgamma[i] += c->dy[at] * c->hat[at];
            c->dbeta[i] += c->dy[at];
        }
        for (size_t i = 0; i < c->D; i++) {
            size_t at = n * c->D + i;
            c->ds[at] = c->rstd[n] * ((double)c->dy[at] * c->gamma[i] - mean - c->hat[at] * slope);
            c->dx[at] = c->ds[at] * c->mask[at];
        }
    }
}

static Case case_make(size_t N, size_t D, bool residual, float p)
{
    Rng rng = rng_make(N * 1000 + D, 0);
    Case c = {.N = N, .D = D, .dropout = {p, dropout_key(N, D)}};
    c.x = random_floats(&rng, N * D);
    c.residual = residual ? random_floats(&rng, N * D) : NULL;
    c.gamma = random_floats(&rng, D);
    c.beta = random_floats(&rng, D);
    c.dy = random_floats(&rng, N * D);
    c.mask = mem_alloc((N * D + 1) * sizeof *c.mask);
    for (size_t i = 0; i < N * D; i++) c.mask[i] = 1;
    for (size_t n = 0; n < N; n++) dropout_row(c.dropout, n, c.mask + n * D, c.mask + n * D, D);
    double *block = mem_zero(4 * N * D + N + 2 * D, sizeof *block);
    c.y = block;
    c.hat = c.y + N * D;
    c.ds = c.hat + N * D;
    c.dx = c.ds + N * D;
    c.rstd = c.dx + N * D;
    c.dgamma = c.rstd + N;
    c.dbeta = c.dgamma + D;
    reference_forward(&c);
    reference_backward(&c);
    return c;
}

static void case_release(Case *c)
{
    free(c->x);
    free(c->residual);
    free(c->gamma);
    free(c->beta);
    free(c->dy);
    free(c->mask);
    free(c->y);
}

static Workspace space(Pool *pool, size_t D)
{
    Workspace w = {0};
    Err err = {0};
    assert_true(workspace_init(&w, pool, D, 1, &err));
    return w;
}

static float *floats(const float *x, size_t n)
{
    float *copy = mem_alloc((n + 1) * sizeof *copy);
    if (x)
        memcpy(copy, x, n * sizeof *x);
    else
        for (size_t i = 0; i < n; i++) copy[i] = NAN; /* overwritten, not added to */
    copy[n] = 7;
    return copy;
}

static void compare(const float *got, const double *want, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++) assert_close(got[i], want[i], tolerance, tolerance);
    assert_true(got[n] == 7);
}

static void check_forward(const RowsKernels *kernels, const Workspace *w, const Case *c)
{
    size_t n = c->N * c->D;
    float *y = floats(NULL, n), *hat = floats(NULL, n), *rstd = floats(NULL, c->N);
    layernorm_forward_by(kernels, w, c->x, c->residual, c->dropout, c->gamma, c->beta, (float)EPS,
                         y, hat, rstd, c->N, c->D);
    compare(y, c->y, n, 1e-5);
    compare(hat, c->hat, n, 1e-5);
    compare(rstd, c->rstd, c->N, 1e-5);
    float *in_place = floats(c->x, n);
    layernorm_forward_by(kernels, w, in_place, c->residual, c->dropout, c->gamma, c->beta,
                         (float)EPS, in_place, NULL, NULL, c->N, c->D);
    assert_memory_equal(y, in_place, (n + 1) * sizeof *y);
    free(y);
    free(hat);
    free(rstd);
    free(in_place);
}

static void check_backward(const RowsKernels *kernels, const Workspace *w, const Case *c)
{
    size_t n = c->N * c->D, D = c->D;
    float *y = floats(NULL, n), *hat = floats(NULL, n), *rstd = floats(NULL, c->N);
    layernorm_forward_by(kernels, w, c->x, c->residual, c->dropout, c->gamma, c->beta, (float)EPS,
                         y, hat, rstd, c->N, D);
    float *ds = floats(NULL, n), *dx = floats(NULL, n), *dgamma = floats(NULL, D),
          *dbeta = floats(NULL, D);
    for (size_t i = 0; i < D; i++) dgamma[i] = dbeta[i] = 3; /* gradients accumulate */
    layernorm_backward_by(kernels, w, c->dy, hat, rstd, c->gamma, c->dropout, ds, dx, dgamma, dbeta,
                          c->N, D);
    compare(ds, c->ds, n, 3e-5);
    compare(dx, c->dx, n, 3e-5);
    for (size_t i = 0; i < D; i++) {
        assert_close(dgamma[i] - 3, c->dgamma[i], 1e-5 * (1 + sqrt((double)c->N)), 1e-5);
        assert_close(dbeta[i] - 3, c->dbeta[i], 1e-5 * (1 + sqrt((double)c->N)), 1e-5);
    }
    float *in_place = floats(c->dy, n); /* ds over dy, nothing else wanted */
    layernorm_backward_by(kernels, w, in_place, hat, rstd, c->gamma, c->dropout, in_place, NULL,
                          NULL, NULL, c->N, D);
    assert_memory_equal(ds, in_place, (n + 1) * sizeof *ds);
    if (c->dropout.p == 0) { /* and dx over both */
        memcpy(in_place, c->dy, n * sizeof *ds);
        layernorm_backward_by(kernels, w, in_place, hat, rstd, c->gamma, c->dropout, in_place,
                              in_place, dgamma, dbeta, c->N, D);
        assert_memory_equal(dx, in_place, (n + 1) * sizeof *ds);
    }
    float *lists[] = {y, hat, rstd, ds, dx, dgamma, dbeta, in_place};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) free(lists[i]);
}

static const size_t SHAPES[][2] = {{1, 1},   {1, 37},   {3, 8},   {5, 16},   {17, 31},  {16, 32},
                                   {33, 33}, {100, 64}, {7, 384}, {540, 37}, {2, 1024}, {40, 771}};
#define SHAPE_COUNT (sizeof SHAPES / sizeof *SHAPES)

static void every_level_agrees_with_plain_loops(void **state)
{
    (void)state;
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t variant = 0; variant < 4; variant++) {
            Case c = case_make(SHAPES[s][0], SHAPES[s][1], variant % 2, variant / 2 ? 0.1f : 0);
            Workspace w = space(NULL, c.D);
            for (size_t level = 0; level < ROWS_LEVELS; level++) {
                if (!rows_usable(ROWS_KERNELS[level])) continue;
                check_forward(ROWS_KERNELS[level], &w, &c);
                check_backward(ROWS_KERNELS[level], &w, &c);
            }
            workspace_release(&w);
            case_release(&c);
        }
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N = 700, D = 45 };
    Case c = case_make(N, D, true, 0.2f);
    float first[4][N * D], first_rstd[N], first_dgamma[2 * D];
    for (size_t threads = 1; threads <= 4; threads++) {
        Pool *pool = pool_new(threads);
        Workspace w = space(pool, D);
        float got[4][N * D], rstd[N], dgamma[2 * D] = {0};
        layernorm_forward(&w, c.x, c.residual, c.dropout, c.gamma, c.beta, (float)EPS, got[0],
                          got[1], rstd, N, D);
        layernorm_backward(&w, c.dy, got[1], rstd, c.gamma, c.dropout, got[2], got[3], dgamma,
                           dgamma + D, N, D);
        if (threads == 1) {
            memcpy(first, got, sizeof got);
            memcpy(first_rstd, rstd, sizeof rstd);
            memcpy(first_dgamma, dgamma, sizeof dgamma);
        }
        assert_memory_equal(first, got, sizeof got);
        assert_memory_equal(first_rstd, rstd, sizeof rstd);
        assert_memory_equal(first_dgamma, dgamma, sizeof dgamma);
        workspace_release(&w);
        pool_free(pool);
    }
    case_release(&c);
}

static double weighted(Case *c)
{
    double sum = 0;
    reference_forward(c);
    for (size_t i = 0; i < c->N * c->D; i++) sum += c->dy[i] * c->y[i];
    return sum;
}

static double slope(Case *c, float *at)
{
    float kept = *at;
    *at = kept + 1e-2f;
    double step = *at, above = weighted(c);
    *at = kept - 1e-2f;
    step -= *at;
    double below = weighted(c);
    *at = kept;
    return (above - below) / step;
}

static void backward_is_the_slope(void **state)
{
    (void)state;
    for (size_t variant = 0; variant < 2; variant++) {
        Case c = case_make(3, 37, true, variant ? 0.3f : 0);
        Workspace w = space(NULL, c.D);
        float y[3 * 37], hat[3 * 37], rstd[3], ds[3 * 37], dx[3 * 37], dgamma[37] = {0},
                                                                       dbeta[37] = {0};
        layernorm_forward(&w, c.x, c.residual, c.dropout, c.gamma, c.beta, (float)EPS, y, hat, rstd,
                          c.N, c.D);
        layernorm_backward(&w, c.dy, hat, rstd, c.gamma, c.dropout, ds, dx, dgamma, dbeta, c.N,
                           c.D);
        for (size_t i = 0; i < c.N * c.D; i++) {
            assert_close(dx[i], slope(&c, &c.x[i]), 5e-4, 1e-3);
            assert_close(ds[i], slope(&c, &c.residual[i]), 5e-4, 1e-3);
        }
        for (size_t i = 0; i < c.D; i++) {
            assert_close(dgamma[i], slope(&c, &c.gamma[i]), 1e-4, 1e-4);
            assert_close(dbeta[i], slope(&c, &c.beta[i]), 1e-4, 1e-4);
        }
        workspace_release(&w);
        case_release(&c);
    }
}

static void constant_and_far_rows(void **state)
{
    (void)state;
    enum { D = 37 };
    float x[2 * D], gamma[D], beta[D], y[2 * D], rstd[2];
    for (size_t i = 0; i < D; i++) {
        x[i] = 4;
        x[D + i] = 10000 + (float)i; /* the mean is far larger than the distances from it */
        gamma[i] = 2;
        beta[i] = 0.5f;
    }
    Workspace w = {0};
    layernorm_forward(&w, x, NULL, (Dropout){0}, gamma, beta, 1e-12f, y, NULL, rstd, 2, D);
    for (size_t i = 0; i < D; i++) {
        assert_true(y[i] == 0.5f);
        assert_close(y[D + i], 0.5 + 2 * ((double)i - 18) / sqrt(114), 1e-3, 1e-4);
    }
    assert_close(rstd[0], 1e6, 0, 1e-5);
    layernorm_forward(&w, NULL, NULL, (Dropout){0}, gamma, beta, 1e-12f, NULL, NULL, NULL, 0, D);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_agrees_with_plain_loops),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(backward_is_the_slope),
        cmocka_unit_test(constant_and_far_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
