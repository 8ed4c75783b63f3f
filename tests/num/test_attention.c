#include "num/attention.h"

#include <string.h>

#include "num/numeric.h"
#include "num/rows_kernels.h"

#define BATCH_MAX 12

/* One case: inputs, and what plain loops in double give for them. */
typedef struct Case {
    uint32_t offset[BATCH_MAX + 1];
    AttentionShape shape;
    size_t N;
    Dropout dropout;
    float *qkv, *dc;
    double *c, *lse, *dqkv;
} Case;

/* Row i of P, before dropout, and of its mask. */
static void reference_row(const Case *k, size_t sequence, size_t h, size_t i, double *p,
                          float *mask, double *lse)
{
    const AttentionShape *s = &k->shape;
    size_t first = s->offset[sequence], T = s->offset[sequence + 1] - first, A = s->D / s->H;
    const float *q = k->qkv + (first + i) * 3 * s->D + h * A;
    double most = -INFINITY, sum = 0;
    for (size_t j = 0; j < T; j++) {
        const float *key = k->qkv + (first + j) * 3 * s->D + s->D + h * A;
        p[j] = 0;
        for (size_t a = 0; a < A; a++) p[j] += (double)q[a] * key[a] / sqrt((double)A);
        most = fmax(most, p[j]);
        mask[j] = 1;
    }
    for (size_t j = 0; j < T; j++) sum += p[j] = exp(p[j] - most);
    for (size_t j = 0; j < T; j++) p[j] /= sum;
    dropout_row(k->dropout, (first + i) * s->H + h, mask, mask, T);
    *lse = most + log(sum);
}

static void reference_forward(Case *k)
{
    const AttentionShape *s = &k->shape;
    size_t A = s->D / s->H;
    double *p = mem_alloc((k->N + 1) * sizeof *p);
    float *mask = mem_alloc((k->N + 1) * sizeof *mask);
    for (size_t b = 0; b < s->B; b++)
        for (size_t h = 0; h < s->H; h++)
            for (size_t i = s->offset[b]; i < s->offset[b + 1]; i++) {
                reference_row(k, b, h, i - s->offset[b], p, mask, &k->lse[i * s->H + h]);
                double *c = k->c + i * s->D + h * A;
                memset(c, 0, A * sizeof *c);
                for (size_t j = s->offset[b]; j < s->offset[b + 1]; j++) {
                    const float *v = k->qkv + j * 3 * s->D + 2 * s->D + h * A;
                    double kept = p[j - s->offset[b]] * mask[j - s->offset[b]];
                    for (size_t a = 0; a < A; a++) c[a] += kept * v[a];
                }
            }
    free(p);
    free(mask);
}

/* One row's share of the gradients of its head. */
static void reference_row_backward(Case *k, size_t b, size_t h, size_t i, double *p, float *mask)
{
    const AttentionShape *s = &k->shape;
    size_t A = s->D / s->H, first = s->offset[b], T = s->offset[b + 1] - first, ld = 3 * s->D;
    double lse, delta = 0, scale = 1 / sqrt((double)A);
    reference_row(k, b, h, i, p, mask, &lse);
    const float *dc = k->dc + (first + i) * s->D + h * A, *q = k->qkv + (first + i) * ld + h * A;
    const double *c = k->c + (first + i) * s->D + h * A;
    for (size_t a = 0; a < A; a++) delta += dc[a] * c[a];
    double *dq = k->dqkv + (first + i) * ld + h * A;
    for (size_t j = 0; j < T; j++) {
        const float *key = k->qkv + (first + j) * ld + s->D + h * A, *v = key + s->D;
        double *dk = k->dqkv + (first + j) * ld + s->D + h * A, *dv = dk + s->D, dp = 0;
        for (size_t a = 0; a < A; a++) dp += (double)dc[a] * v[a];
        double ds = p[j] * (dp * mask[j] - delta) * scale;
        for (size_t a = 0; a < A; a++) {
            dq[a] += ds * key[a];
            dk[a] += ds * q[a];
            dv[a] += p[j] * mask[j] * dc[a];
        }
    }
}

static void reference_backward(Case *k)
{
    double *p = mem_alloc((k->N + 1) * sizeof *p);
    float *mask = mem_alloc((k->N + 1) * sizeof *mask);
    for (size_t b = 0; b < k->shape.B; b++)
        for (size_t h = 0; h < k->shape.H; h++)
            for (size_t i = 0; i < k->shape.offset[b + 1] - k->shape.offset[b]; i++)
                reference_row_backward(k, b, h, i, p, mask);
    free(p);
    free(mask);
}

static Case case_make(size_t H, size_t A, const uint32_t *lengths, size_t B, float p, float spread)
{
    Rng rng = rng_make(H * 100 + A, B);
    Case k = {.dropout = {p, dropout_key(A, B)}};
    for (size_t b = 0; b < B; b++) k.offset[b + 1] = k.offset[b] + lengths[b];
    k.N = k.offset[B];
    k.shape = (AttentionShape){.B = B, .D = H * A, .H = H}; /* offset: when the case is in place */
    size_t n = k.N * H * A;
    k.qkv = random_floats(&rng, 3 * n);
    for (size_t i = 0; i < 3 * n; i++) k.qkv[i] *= spread;
    k.dc = random_floats(&rng, n);
    k.c = mem_zero(n + 1, sizeof *k.c);
    k.lse = mem_zero(k.N * H + 1, sizeof *k.lse);
    k.dqkv = mem_zero(3 * n + 1, sizeof *k.dqkv);
    return k;
}

static void case_reference(Case *k)
{
    k->shape.offset = k->offset;
    reference_forward(k);
    reference_backward(k);
}

static void case_release(Case *k)
{
    free(k->qkv);
    free(k->dc);
    free(k->c);
    free(k->lse);
    free(k->dqkv);
}

/* Scratch of exactly what attention asks for, with what must not be touched after it. */
static Workspace space(Pool *pool, size_t D, size_t T)
{
    size_t floats = attention_scratch_floats(D, T), threads = pool_threads(pool);
    Workspace w = {.pool = pool, .scratch_floats = (floats + 15) / 16 * 16};
    w.scratch = aligned_alloc(64, (threads * w.scratch_floats + 16) * sizeof *w.scratch);
    assert_non_null(w.scratch);
    for (size_t i = 0; i < threads * w.scratch_floats + 16; i++) w.scratch[i] = NAN;
    return w;
}

static float *blank(size_t n)
{
    float *x = mem_alloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = NAN; /* overwritten, not added to */
    x[n] = 7;
    return x;
}

static void compare(const float *got, const double *want, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++) assert_close(got[i], want[i], tolerance, tolerance);
    assert_true(got[n] == 7);
}

static size_t longest(const Case *k)
{
    size_t most = 0;
    for (size_t b = 0; b < k->shape.B; b++) {
        size_t T = k->offset[b + 1] - k->offset[b];
        if (T > most) most = T;
    }
    return most;
}

static void check(AttentionKernels kernels, const Case *k)
{
    const AttentionShape *s = &k->shape;
    size_t n = k->N * s->D;
    Workspace w = space(NULL, s->D, longest(k));
    float *c = blank(n), *lse = blank(k->N * s->H), *dqkv = blank(3 * n), *again = blank(n);
    attention_forward_by(kernels, &w, s, k->qkv, k->dropout, c, lse);
    compare(c, k->c, n, 2e-5);
    compare(lse, k->lse, k->N * s->H, 2e-6);
    attention_forward_by(kernels, &w, s, k->qkv, k->dropout, again, NULL);
    assert_memory_equal(c, again, (n + 1) * sizeof *c);
    attention_backward_by(kernels, &w, s, k->qkv, c, lse, k->dc, k->dropout, dqkv);
    compare(dqkv, k->dqkv, 3 * n, 1e-4);
    assert_true(isnan(w.scratch[w.scratch_floats]));
    free(w.scratch);
    free(c);
    free(lse);
    free(dqkv);
    free(again);
}

static void each_level(void (*check_level)(AttentionKernels, const Case *), const Case *k)
{
    for (size_t level = 0; level < ROWS_LEVELS; level++) {
        AttentionKernels kernels = {ROWS_KERNELS[level], &GEMM_KERNELS[level]};
        if (rows_usable(kernels.rows) && gemm_usable(kernels.gemm)) check_level(kernels, k);
    }
}

static void every_level_agrees_with_plain_loops(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {1, 2, 300, 7, 0, 16, 17, 33, 65, 129, 31};
    static const size_t HEADS[][2] = {{3, 5}, {1, 8}, {2, 32}, {1, 64}, {1, 1}, {1, 150}};
    for (size_t i = 0; i < sizeof HEADS / sizeof *HEADS; i++)
        for (size_t dropped = i % 2; dropped < 2; dropped++) {
            Case k = case_make(HEADS[i][0], HEADS[i][1], LENGTHS, 11, dropped ? 0.2f : 0, 1);
            case_reference(&k);
            each_level(check, &k);
            case_release(&k);
        }
}

static void odd_heads_and_lengths(void **state)
{
    (void)state;
    for (uint32_t T = 1; T <= 72; T += T < 20 ? 2 : 7) {
        const uint32_t lengths[] = {T, 75 - T};
        Case k = case_make(2, T % 40 + 1, lengths, 2, 0.1f, 1);
        case_reference(&k);
        each_level(check, &k);
        case_release(&k);
    }
}

/* The copy that rows at a distance of a multiple of 2 KiB take. */
static void wide_rows(void **state)
{
    (void)state;
    const uint32_t lengths[] = {70, 3};
    Case k = case_make(16, 32, lengths, 2, 0.1f, 1);
    case_reference(&k);
    each_level(check, &k);
    case_release(&k);
}

static void long_sequences_are_cut(void **state)
{
    (void)state;
    const uint32_t lengths[] = {1030, 20};
    Case k = case_make(1, 8, lengths, 2, 0.1f, 1);
    case_reference(&k);
    each_level(check, &k);
    case_release(&k);
}

static void check_huge(AttentionKernels kernels, const Case *k)
{
    Workspace w = space(NULL, 8, 300);
    float *c = blank(k->N * 8), *lse = blank(k->N), *dqkv = blank(k->N * 24);
    attention_forward_by(kernels, &w, &k->shape, k->qkv, k->dropout, c, lse);
    attention_backward_by(kernels, &w, &k->shape, k->qkv, c, lse, k->dc, k->dropout, dqkv);
    for (size_t i = 0; i < k->N; i++) assert_close(lse[i], k->lse[i], 0, 1e-5);
    for (size_t i = 0; i < k->N * 8; i++) assert_close(c[i], k->c[i], 1e-2, 1e-2);
    for (size_t i = 0; i < k->N * 24; i++) assert_true(isfinite(dqkv[i]));
    free(w.scratch);
    free(c);
    free(lse);
    free(dqkv);
}

static void huge_scores_do_not_overflow(void **state)
{
    (void)state;
    const uint32_t lengths[] = {40, 300};
    Case k = case_make(1, 8, lengths, 2, 0, 1);
    for (size_t i = 0; i < k.N; i++) {
        for (size_t a = 0; a < 8; a++) k.qkv[i * 24 + a] *= 1000; /* scores of some thousands */
        if (i == 299 || i % 2 == 0) k.qkv[i * 24 + 8] *= 30;
    }
    case_reference(&k);
    each_level(check_huge, &k);
    case_release(&k);
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    (void)state;
    const uint32_t lengths[] = {1, 700, 33, 12, 5, 270};
    Case k = case_make(3, 16, lengths, 6, 0.1f, 1);
    k.shape.offset = k.offset;
    size_t n = k.N * 48;
    float *first = NULL;
    for (size_t threads = 1; threads <= 4; threads++) {
        Pool *pool = pool_new(threads);
        Workspace w = space(pool, 48, 700);
        float *got = mem_zero(4 * n + 3 * k.N, sizeof *got), *lse = got + 4 * n;
        attention_forward(&w, &k.shape, k.qkv, k.dropout, got, lse);
        attention_backward(&w, &k.shape, k.qkv, got, lse, k.dc, k.dropout, got + n);
        if (first) assert_memory_equal(first, got, (4 * n + 3 * k.N) * sizeof *got);
        if (first)
            free(got);
        else
            first = got;
        free(w.scratch);
        pool_free(pool);
    }
    free(first);
    case_release(&k);
}

static double weighted(Case *k)
{
    double sum = 0;
    reference_forward(k);
    for (size_t i = 0; i < k->N * k->shape.D; i++) sum += k->dc[i] * k->c[i];
    return sum;
}

static void backward_is_the_slope(void **state)
{
    (void)state;
    const uint32_t lengths[] = {5, 1, 9};
    for (size_t dropped = 0; dropped < 2; dropped++) {
        Case k = case_make(2, 5, lengths, 3, dropped ? 0.3f : 0, 1);
        k.shape.offset = k.offset;
        size_t n = k.N * 10;
        Workspace w = space(NULL, 10, 9);
        float *c = blank(n), *lse = blank(k.N * 2), *dqkv = blank(3 * n);
        attention_forward(&w, &k.shape, k.qkv, k.dropout, c, lse);
        attention_backward(&w, &k.shape, k.qkv, c, lse, k.dc, k.dropout, dqkv);
        for (size_t i = 0; i < 3 * n; i++) {
            float kept = k.qkv[i];
            k.qkv[i] = kept + 1e-2f;
            double step = k.qkv[i], above = weighted(&k);
            k.qkv[i] = kept - 1e-2f;
            step -= k.qkv[i];
            double below = weighted(&k);
            k.qkv[i] = kept;
            assert_close(dqkv[i], (above - below) / step, 1e-3, 1e-3);
        }
        free(w.scratch);
        free(c);
        free(lse);
        free(dqkv);
        case_release(&k);
    }
}

static void scratch_does_not_grow_with_long_texts(void **state)
{
    (void)state;
    assert_true(attention_scratch_floats(1024, 8192) == attention_scratch_floats(1024, 512));
    assert_true(attention_scratch_floats(384, 16) < attention_scratch_floats(384, 512));
    assert_true(attention_scratch_floats(1024, 8192) < (size_t)1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_agrees_with_plain_loops),
        cmocka_unit_test(odd_heads_and_lengths),
        cmocka_unit_test(wide_rows),
        cmocka_unit_test(long_sequences_are_cut),
        cmocka_unit_test(huge_scores_do_not_overflow),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(backward_is_the_slope),
        cmocka_unit_test(scratch_does_not_grow_with_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
