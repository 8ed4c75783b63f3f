#include "num/gemm.h"

#include <string.h>

#include "num/gemm_kernels.h"
#include "num/numeric.h"

/* Odd and even, below, at and past every tile and block. */
static const size_t SHAPES[][3] = {
    {1, 1, 1},      {1, 7, 5},     {2, 33, 1},      {3, 1, 40},     {5, 16, 16},   {6, 17, 31},
    {7, 32, 8},     {8, 31, 64},   {12, 12, 32},    {13, 48, 33},   {14, 64, 9},   {15, 65, 100},
    {16, 96, 385},  {27, 100, 70}, {28, 8, 512},    {29, 130, 769}, {64, 256, 32}, {113, 50, 257},
    {230, 420, 40}, {460, 40, 3},  {420, 448, 256}, {40, 900, 24},  {9, 1700, 650}};
#define SHAPE_COUNT (sizeof SHAPES / sizeof *SHAPES)

#define GUARD 9.5f /* around what is written */

static Workspace space(Pool *pool)
{
    Workspace w = {0};
    Err err = {0};
    assert_true(workspace_init(&w, pool, 64, 64, &err));
    return w;
}

static float *filled(size_t n, float x)
{
    float *f = mem_alloc((n + 1) * sizeof *f);
    for (size_t i = 0; i < n; i++) f[i] = x;
    return f;
}

/* A product and what its plain loops give: want, and the size of what was summed for it. */
typedef struct Case {
    size_t m, n, k, lda, ldc, panel_floats;
    float *a, *b, *panels; /* b (k,n) */
    double *want, *size;   /* (m,n) */
} Case;

static Case case_make(const GemmKernels *kernels, Rng *rng, size_t m, size_t n, size_t k,
                      size_t lda)
{
    size_t W = kernels->width;
    Case c = {.m = m, .n = n, .k = k, .lda = lda, .ldc = n + 3};
    c.panel_floats = (n + W - 1) / W * W * k;
    c.a = random_floats(rng, m * lda);
    c.b = random_floats(rng, k * n);
    c.panels = filled(c.panel_floats, NAN); /* what nobody packs does not matter */
    gemm_pack_by(kernels, NULL, false, c.b, n, k, n, c.panels, 0);
    c.want = mem_zero(m * n, sizeof *c.want);
    c.size = mem_zero(m * n, sizeof *c.size);
    for (size_t i = 0; i < m; i++)
        for (size_t l = 0; l < k; l++)
            for (size_t j = 0; j < n; j++) {
                double x = (double)c.a[i * lda + l] * c.b[l * n + j];
                c.want[i * n + j] += x;
                c.size[i * n + j] += fabs(x);
            }
    return c;
}

static void case_release(Case *c)
{
    free(c->a);
    free(c->b);
    free(c->panels);
    free(c->want);
    free(c->size);
}

static void check(const Case *c, const float *got, size_t ldc, double plus)
{
    for (size_t i = 0; i < c->m; i++)
        for (size_t j = 0; j < c->n; j++)
            assert_close(got[i * ldc + j], c->want[i * c->n + j] + plus,
                         1e-6 * (1 + c->size[i * c->n + j] + fabs(plus)), 0);
}

static void check_guard(const float *got, size_t m, size_t n, size_t ldc)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = n; j < ldc; j++) assert_true(got[i * ldc + j] == GUARD);
}

static void check_panels(const GemmKernels *kernels, const Workspace *w, const Case *c)
{
    float *got = filled(c->m * c->ldc, GUARD);
    for (size_t i = 0; i < c->m; i++)
        for (size_t j = 0; j < c->n; j++) got[i * c->ldc + j] = NAN;
    gemm_panels_by(kernels, w, c->a, c->lda, c->panels, 0, got, c->ldc, c->m, c->n, c->k, NULL);
    check(c, got, c->ldc, 0);
    for (size_t i = 0; i < c->m; i++)
        for (size_t j = 0; j < c->n; j++) got[i * c->ldc + j] = 3;
    gemm_panels_by(kernels, w, c->a, c->lda, c->panels, 1, got, c->ldc, c->m, c->n, c->k, NULL);
    check(c, got, c->ldc, 3);
    check_guard(got, c->m, c->n, c->ldc);
    free(got);
}

/* Runs `check` for every level, on no pool and on one, two and three threads. */
static void every_level(void (*check_level)(const GemmKernels *, const Workspace *))
{
    for (size_t threads = 0; threads <= 3; threads++) {
        Pool *pool = threads ? pool_new(threads) : NULL;
        Workspace w = space(pool);
        for (size_t level = 0; level < GEMM_LEVELS; level++)
            if (gemm_usable(&GEMM_KERNELS[level])) check_level(&GEMM_KERNELS[level], &w);
        workspace_release(&w);
        pool_free(pool);
    }
}

static void panels_level(const GemmKernels *kernels, const Workspace *w)
{
    Rng rng = rng_make(1, 0);
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
        size_t m = SHAPES[s][0], n = SHAPES[s][1], k = SHAPES[s][2];
        Case c = case_make(kernels, &rng, m, n, k, k + s % 4);
        check_panels(kernels, w, &c);
        case_release(&c);
    }
    /* rows at a distance that shares cache lines are copied first */
    Case c = case_make(kernels, &rng, 40, 200, 500, 512);
    check_panels(kernels, w, &c);
    case_release(&c);
}

static void products_agree_with_plain_loops(void **state)
{
    (void)state;
    every_level(panels_level);
}

/* Every number of rows and of columns that a tile can have. */
static void tiles_level(const GemmKernels *kernels, const Workspace *w)
{
    Rng rng = rng_make(2, 0);
    if (pool_threads(w->pool) > 1) return;
    for (size_t m = 1; m <= 2 * kernels->rows + 1; m++)
        for (size_t n = 1; n <= kernels->width + 1; n++) {
            Case c = case_make(kernels, &rng, m, n, 5, 5);
            check_panels(kernels, w, &c);
            float *t = mem_alloc(m * 5 * sizeof *t), *got = filled(m * c.ldc, GUARD);
            for (size_t i = 0; i < m; i++)
                for (size_t l = 0; l < 5; l++) t[l * m + i] = c.a[i * 5 + l];
            for (size_t i = 0; i < m; i++)
                for (size_t j = 0; j < n; j++) got[i * c.ldc + j] = -2;
            gemm_outer_by(kernels, w, t, m, c.b, n, got, c.ldc, NULL, m, n, 5);
            check(&c, got, c.ldc, -2);
            check_guard(got, m, n, c.ldc);
            free(t);
            free(got);
            case_release(&c);
        }
}

static void every_size_of_tile_is_right(void **state)
{
    (void)state;
    every_level(tiles_level);
}

static void outer_level(const GemmKernels *kernels, const Workspace *w)
{
    Rng rng = rng_make(3, 0);
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
        size_t m = SHAPES[s][0], n = SHAPES[s][1], k = SHAPES[s][2], lda = m + s % 3;
        Case c = case_make(kernels, &rng, m, n, k, k);
        float *t = random_floats(&rng, k * lda), *got = filled(m * c.ldc, GUARD);
        float *bias = filled(m + 1, 0.5f);
        for (size_t i = 0; i < m; i++) {
            for (size_t l = 0; l < k; l++) t[l * lda + i] = c.a[i * k + l];
            for (size_t j = 0; j < n; j++) got[i * c.ldc + j] = 1;
        }
        gemm_outer_by(kernels, w, t, lda, c.b, n, got, c.ldc, bias, m, n, k);
        check(&c, got, c.ldc, 1);
        check_guard(got, m, n, c.ldc);
        for (size_t i = 0; i < m; i++) {
            double sum = 0.5, size = 1;
            for (size_t l = 0; l < k; l++) sum += c.a[i * k + l], size += fabsf(c.a[i * k + l]);
            assert_close(bias[i], sum, 1e-6 * size, 0);
        }
        assert_true(bias[m] == 0.5f);
        free(t);
        free(got);
        free(bias);
        case_release(&c);
    }
}

static void outer_products_agree_with_plain_loops(void **state)
{
    (void)state;
    every_level(outer_level);
}

static void pack_level(const GemmKernels *kernels, const Workspace *w)
{
    Rng rng = rng_make(4, 0);
    size_t W = kernels->width;
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
        size_t k = SHAPES[s][0], n[3] = {SHAPES[s][1], 1 + SHAPES[s][2] % 50, 8}, at = 0;
        size_t all = n[0] + n[1] + n[2], panel_floats = (all + W - 1) / W * W * k;
        float *panels = filled(panel_floats, GUARD), *parts[3];
        for (size_t p = 0; p < 3; p++) { /* in turn as (k,n) and as (n,k), with room between rows */
            bool transpose = p != 1;
            size_t rows = transpose ? n[p] : k, ldb = (transpose ? k : n[p]) + p;
            parts[p] = random_floats(&rng, rows * ldb);
            gemm_pack_by(kernels, w->pool, transpose, parts[p], ldb, k, n[p], panels, at);
            at += n[p];
        }
        for (size_t p = 0, j = 0; p < 3; p++)
            for (size_t x = 0; x < n[p]; x++, j++)
                for (size_t l = 0; l < k; l++) {
                    float want = p == 1 ? parts[p][l * (n[p] + 1) + x] : parts[p][x * (k + p) + l];
                    assert_true(panels[j / W * W * k + l * W + j % W] == want);
                }
        for (size_t j = all; j % W != 0; j++)
            for (size_t l = 0; l < k; l++)
                assert_true(panels[j / W * W * k + l * W + j % W] == GUARD);
        for (size_t p = 0; p < 3; p++) free(parts[p]);
        free(panels);
    }
}

static void matrices_are_packed_side_by_side(void **state)
{
    (void)state;
    every_level(pack_level);
}

/* Each combination of bias, activated (apart, or C itself) and before. */
static void check_tail(const GemmKernels *kernels, const Workspace *w, const Case *c, unsigned bits,
                       Activation f)
{
    Rng rng = rng_make(bits, 0);
    size_t m = c->m, n = c->n;
    float *bias = random_floats(&rng, n), *before = random_floats(&rng, m * n);
    float *got = filled(m * n, NAN), *activated = filled(m * n, NAN);
    float *want = filled(m * n, 0), *want_activated = filled(m * n, NAN);
    GemmTail tail = {.bias = bits & 1 ? bias : NULL,
                     .activation = f,
                     .activated = bits & 2 ? (bits & 4 ? got : activated) : NULL,
                     .before = bits & 8 ? before : NULL};
    gemm_panels_by(kernels, w, c->a, c->lda, c->panels, 0, want, n, m, n, c->k, NULL);
    for (size_t i = 0; i < m * n; i++) want[i] += tail.bias ? bias[i % n] : 0;
    float *to = bits & 4 ? want : want_activated;
    if (tail.activated) activation_forward(f, want, to, m * n);
    if (tail.before) activation_backward(f, before, want, want, m * n);
    gemm_panels_by(kernels, w, c->a, c->lda, c->panels, 0, got, n, m, n, c->k, &tail);
    for (size_t i = 0; i < m * n; i++) {
        assert_close(got[i], want[i], 1e-5, 1e-5);
        if (tail.activated && !(bits & 4))
            assert_close(activated[i], want_activated[i], 1e-5, 1e-5);
    }
    free(bias);
    free(before);
    free(got);
    free(activated);
    free(want);
    free(want_activated);
}

static void tail_level(const GemmKernels *kernels, const Workspace *w)
{
    static const Activation ACTIVATIONS[] = {ACTIVATION_GELU, ACTIVATION_GELU_TANH, ACTIVATION_RELU,
                                             ACTIVATION_TANH};
    static const size_t sizes[][3] = {{3, 20, 9}, {31, 410, 390}, {250, 33, 7}};
    Rng rng = rng_make(5, 0);
    for (size_t s = 0; s < 3; s++) {
        Case c = case_make(kernels, &rng, sizes[s][0], sizes[s][1], sizes[s][2], sizes[s][2]);
        for (unsigned bits = 0; bits < 16; bits++)
            check_tail(kernels, w, &c, bits, ACTIVATIONS[(bits + s) % 4]);
        case_release(&c);
    }
}

static void tails_do_what_follows_a_product(void **state)
{
    (void)state;
    every_level(tail_level);
}

/* On one thread and on three, alone and cut into other pieces: the same bits. */
static void threads_do_not_change_a_result(void **state)
{
    (void)state;
    enum { M = 300, N = 200, K = 700 };
    Rng rng = rng_make(6, 0);
    float *a = random_floats(&rng, M * K), *b = random_floats(&rng, K * N), *bias[4], *c[4], *d[4];
    float *panels = mem_zero(gemm_panel_floats(K, N), sizeof *panels);
    gemm_pack(NULL, false, b, N, K, N, panels, 0);
    for (size_t threads = 0; threads < 4; threads++) {
        Pool *pool = threads ? pool_new(threads) : NULL;
        Workspace w = space(pool);
        c[threads] = filled(M * N, NAN);
        d[threads] = filled(M * N, 1);
        bias[threads] = filled(M, 1);
        gemm_panels(&w, a, K, panels, 0, c[threads], N, M, N, K, NULL);
        gemm_outer(&w, a, M, b, N, d[threads], N, bias[threads], M, N, K);
        assert_memory_equal(c[threads], c[0], M * N * sizeof **c);
        assert_memory_equal(d[threads], d[0], M * N * sizeof **d);
        assert_memory_equal(bias[threads], bias[0], M * sizeof **bias);
        workspace_release(&w);
        pool_free(pool);
    }
    Workspace w = space(NULL);
    float *part = filled(M * N, NAN);
    for (size_t i = 0; i < M; i += 7) /* rows in other company */
        gemm_panels(&w, a + i * K, K, panels, 0, part + i * N, N, M - i < 7 ? M - i : 7, N, K,
                    NULL);
    assert_memory_equal(part, c[0], M * N * sizeof *part);
    workspace_release(&w);
    for (size_t threads = 0; threads < 4; threads++) {
        free(c[threads]);
        free(d[threads]);
        free(bias[threads]);
    }
    free(a);
    free(b);
    free(panels);
    free(part);
}

static void empty_products_leave_what_is_right(void **state)
{
    (void)state;
    Workspace w = space(NULL);
    float a[4] = {1, 2, 3, 4}, panels[64] = {0}, c[4] = {NAN, NAN, NAN, NAN}, bias[2] = {5, 6};
    GemmTail tail = {.bias = bias};
    gemm_panels(&w, a, 2, panels, 0, c, 2, 2, 2, 0, &tail); /* no k: zero, then the tail */
    assert_true(c[0] == 5 && c[1] == 6 && c[2] == 5 && c[3] == 6);
    gemm_panels(&w, a, 2, panels, 1, c, 2, 2, 2, 0, NULL);
    gemm_panels(&w, a, 2, panels, 0, c, 2, 0, 2, 2, NULL);
    gemm_panels(&w, a, 2, panels, 0, c, 2, 2, 0, 2, NULL);
    gemm_outer(&w, a, 2, a, 2, c, 2, bias, 2, 2, 0);
    gemm_pack(NULL, true, a, 2, 2, 0, panels, 0);
    assert_true(c[0] == 5 && c[1] == 6 && c[2] == 5 && c[3] == 6 && bias[0] == 5);
    workspace_release(&w);
}

static void the_chosen_level_is_usable(void **state)
{
    (void)state;
    assert_true(gemm_usable(gemm_kernels()));
    assert_string_equal(gemm_level(), gemm_kernels()->name);
    size_t W = gemm_width();
    assert_true(W > 0 && W <= GEMM_WIDTH_MAX);
    assert_int_equal(gemm_panel_floats(3, W), 3 * W);
    assert_int_equal(gemm_panel_floats(3, W + 1), 6 * W);
    assert_int_equal(gemm_panel_floats(3, 0), 0);
}

static void a_workspace_has_scratch_for_every_thread(void **state)
{
    (void)state;
    Pool *pool = pool_new(3);
    Workspace w = space(pool);
    assert_true(w.scratch_floats >= GEMM_SCRATCH);
    assert_true(workspace_bytes(&w) >= 3 * w.scratch_floats * sizeof(float));
    for (size_t t = 0; t < 3; t++) {
        float *scratch = workspace_scratch(&w, t);
        assert_int_equal((uintptr_t)scratch % 64, 0);
        for (size_t i = 0; i < w.scratch_floats; i++) scratch[i] = (float)t;
    }
    for (size_t t = 0; t < 3; t++) assert_true(workspace_scratch(&w, t)[0] == (float)t);
    workspace_release(&w);
    assert_int_equal(workspace_bytes(&w), 0);
    workspace_release(&w);
    Err err = {0};
    Workspace kept = {.scratch_floats = 7};
    assert_false(workspace_init(&kept, pool, SIZE_MAX / 8, 64, &err));
    assert_int_equal(err.kind, ERR_MEMORY);
    assert_false(workspace_init(&kept, pool, 64, SIZE_MAX / 3, &err));
    assert_int_equal(kept.scratch_floats, 7); /* untouched */
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_plain_loops),
        cmocka_unit_test(every_size_of_tile_is_right),
        cmocka_unit_test(outer_products_agree_with_plain_loops),
        cmocka_unit_test(matrices_are_packed_side_by_side),
        cmocka_unit_test(tails_do_what_follows_a_product),
        cmocka_unit_test(threads_do_not_change_a_result),
        cmocka_unit_test(empty_products_leave_what_is_right),
        cmocka_unit_test(the_chosen_level_is_usable),
        cmocka_unit_test(a_workspace_has_scratch_for_every_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
