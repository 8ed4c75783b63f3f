#include "num/loss.h"

#include <string.h>

#include "golden/golden.h"
#include "num/blas.h"
#include "num/numeric.h"

#define MASK_CHANCE 0.15

/* A batch with storage of its own for everything. */
typedef struct Made {
    LossBatch batch;
    float *q, *d, *dq, *dd;
    uint8_t *masked;
} Made;

static Made make_batch(Rng *rng, size_t B, size_t M, size_t D, bool masks, bool cosine)
{
    Made made = {.q = random_floats(rng, B * D), .d = random_floats(rng, M * D)};
    made.dq = random_floats(rng, B * D); /* garbage that must be overwritten */
    made.dd = random_floats(rng, M * D);
    made.masked = mem_zero(B * M, 1);
    for (size_t i = 0; i < B; i++)
        for (size_t j = 0; j < M; j++)
            made.masked[i * M + j] = i != j && rng_unit(rng) < MASK_CHANCE;
    made.batch = (LossBatch){.B = B,
                             .M = M,
                             .D = D,
                             .q = made.q,
                             .d = made.d,
                             .masked = masks ? made.masked : NULL,
                             .scale = cosine ? 20 : 1,
                             .cosine = cosine,
                             .dq = made.dq,
                             .dd = made.dd};
    return made;
}

static void made_release(Made *made)
{
    free(made->q);
    free(made->d);
    free(made->dq);
    free(made->dd);
    free(made->masked);
}

/* The plain twin, all in double: scores by the definition, softmaxes by their sums. */
static double twin_score(const LossBatch *b, const double *q, const double *d, size_t i, size_t j)
{
    double dot = 0, qq = 0, dd = 0;
    for (size_t k = 0; k < b->D; k++) {
        dot += q[i * b->D + k] * d[j * b->D + k];
        qq += q[i * b->D + k] * q[i * b->D + k];
        dd += d[j * b->D + k] * d[j * b->D + k];
    }
    return (double)b->scale * (b->cosine ? dot / (sqrt(qq) * sqrt(dd)) : dot);
}

static double twin(const char *name, const LossBatch *b, const double *q, const double *d)
{
    double rows = 0, columns = 0;
    for (size_t i = 0; i < b->B; i++) {
        double own = twin_score(b, q, d, i, i), row = 0, column = 0;
        for (size_t j = 0; j < b->M; j++)
            if (!b->masked || !b->masked[i * b->M + j]) row += exp(twin_score(b, q, d, i, j) - own);
        for (size_t j = 0; j < b->B; j++)
            if (!b->masked || !b->masked[j * b->M + i])
                column += exp(twin_score(b, q, d, j, i) - own);
        rows += log(row) / (double)b->B;
        columns += log(column) / (double)b->B;
    }
    return strcmp(name, "mnrl") == 0 ? rows : (rows + columns) / 2;
}

static double *widened(const float *x, size_t n)
{
    double *wide = mem_zero(n, sizeof *wide);
    for (size_t i = 0; i < n; i++) wide[i] = x[i];
    return wide;
}

/* Every entry of x against the central difference of the twin. */
static void check_differences(const char *name, const LossBatch *b, const double *q,
                              const double *d, double *x, const float *gradient, size_t n)
{
    const double step = 1e-5;
    for (size_t i = 0; i < n; i++) {
        double held = x[i];
        x[i] = held + step;
        double above = twin(name, b, q, d);
        x[i] = held - step;
        double below = twin(name, b, q, d);
        x[i] = held;
        assert_close(gradient[i], (above - below) / (2 * step), 3e-5, 1e-4);
    }
}

static void test_against_the_twin_and_differences(void **state)
{
    (void)state;
    static const size_t SHAPES[][3] = {{1, 1, 3}, {1, 4, 5},  {3, 3, 1},
                                       {5, 5, 7}, {4, 12, 6}, {7, 9, 5}};
    Rng rng = rng_make(42, 0);
    LossScratch *scratch = loss_scratch_new();
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++) {
            for (int kind = 0; kind < 4; kind++) {
                Made made =
                    make_batch(&rng, SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], kind & 1, kind & 2);
                const LossBatch *b = &made.batch;
                double *q = widened(b->q, b->B * b->D), *d = widened(b->d, b->M * b->D);
                double value = LOSSES[l].run(NULL, b, scratch);
                assert_close(value, twin(LOSSES[l].name, b, q, d), 1e-5, 1e-5);
                check_differences(LOSSES[l].name, b, q, d, q, b->dq, b->B * b->D);
                check_differences(LOSSES[l].name, b, q, d, d, b->dd, b->M * b->D);
                free(q);
                free(d);
                made_release(&made);
            }
        }
    }
    loss_scratch_free(scratch);
}

static void test_against_sentence_transformers(void **state)
{
    (void)state;
    cJSON *file = golden_load("losses.json");
    LossScratch *scratch = loss_scratch_new();
    const cJSON *c;
    size_t seen = 0;
    cJSON_ArrayForEach(c, golden_get(file, "cases"))
    {
        size_t B = (size_t)golden_number(c, "B"), M = (size_t)golden_number(c, "M");
        size_t D = (size_t)golden_number(c, "D");
        const Loss *loss = loss_find(golden_get(c, "loss")->valuestring);
        assert_non_null(loss);
        float *q = golden_floats(c, "q", B * D), *d = golden_floats(c, "d", M * D);
        double *dq = golden_doubles(c, "dq", B * D), *dd = golden_doubles(c, "dd", M * D);
        uint8_t *masked = NULL;
        if (cJSON_IsArray(golden_get(c, "masked"))) {
            float *mask = golden_floats(c, "masked", B * M);
            masked = mem_zero(B * M, 1);
            for (size_t i = 0; i < B * M; i++) masked[i] = mask[i] != 0;
            free(mask);
        }
        Made made = {.dq = mem_zero(B * D, sizeof(float)), .dd = mem_zero(M * D, sizeof(float))};
        made.batch = (LossBatch){B,
                                 M,
                                 D,
                                 q,
                                 d,
                                 masked,
                                 (float)golden_number(c, "scale"),
                                 cJSON_IsTrue(golden_get(c, "cosine")),
                                 made.dq,
                                 made.dd};
        assert_close(loss->run(NULL, &made.batch, scratch), golden_number(c, "value"), 1e-5, 3e-6);
        for (size_t i = 0; i < B * D; i++) assert_close(made.dq[i], dq[i], 2e-5, 1e-4);
        for (size_t i = 0; i < M * D; i++) assert_close(made.dd[i], dd[i], 2e-5, 1e-4);
        made.q = q;
        made.d = d;
        made.masked = masked;
        made_release(&made);
        free(dq);
        free(dd);
        seen++;
    }
    assert_true(seen >= 10);
    loss_scratch_free(scratch);
    cJSON_Delete(file);
}

static void test_only_what_is_wanted(void **state)
{
    (void)state;
    Rng rng = rng_make(3, 0);
    LossScratch *scratch = loss_scratch_new();
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        for (int cosine = 0; cosine < 2; cosine++) {
            Made made = make_batch(&rng, 4, 8, 5, true, cosine);
            double whole = LOSSES[l].run(NULL, &made.batch, scratch);
            float *dq = mem_zero(4 * 5, sizeof *dq);
            LossBatch part = made.batch;
            part.dq = dq;
            part.dd = NULL;
            assert_true(LOSSES[l].run(NULL, &part, scratch) == whole);
            assert_memory_equal(dq, made.dq, 4 * 5 * sizeof *dq);
            part.dq = NULL;
            assert_true(LOSSES[l].run(NULL, &part, scratch) == whole);
            free(dq);
            made_release(&made);
        }
    }
    loss_scratch_free(scratch);
}

/* A masked document might as well not be there, and gets no gradient from that anchor. */
static void test_a_mask_removes_the_document(void **state)
{
    (void)state;
    enum { B = 3, M = 5, D = 4 };
    Rng rng = rng_make(9, 0);
    LossScratch *scratch = loss_scratch_new();
    Made made = make_batch(&rng, B, M, D, true, true);
    for (size_t i = 0; i < B; i++)
        for (size_t j = 0; j < M; j++) made.masked[i * M + j] = j == M - 1;
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        double with = LOSSES[l].run(NULL, &made.batch, scratch);
        for (size_t k = 0; k < D; k++) assert_true(made.dd[(M - 1) * D + k] == 0);
        LossBatch fewer = made.batch;
        fewer.M = M - 1;
        fewer.masked = NULL;
        assert_close(with, LOSSES[l].run(NULL, &fewer, scratch), 1e-6, 1e-6);
    }
    made_release(&made);
    loss_scratch_free(scratch);
}

/* Perfect pairs at a sharp scale: the loss is tiny but not lost in rounding, and nothing overflows.
 */
static void test_extremes(void **state)
{
    (void)state;
    const float q[] = {1, 0, 0, 1}, d[] = {1, 0, 0, 1};
    float dq[4], dd[4];
    LossScratch *scratch = loss_scratch_new();
    LossBatch batch = {
        .B = 2, .M = 2, .D = 2, .q = q, .d = d, .scale = 20, .cosine = true, .dq = dq, .dd = dd};
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        batch.scale = 20;
        assert_close(LOSSES[l].run(NULL, &batch, scratch), log1p(exp(-20)), 1e-15, 1e-6);
        batch.scale = 5000;
        assert_true(LOSSES[l].run(NULL, &batch, scratch) == 0);
        const float swapped[] = {0, 1, 1, 0};
        batch.d = swapped;
        assert_close(LOSSES[l].run(NULL, &batch, scratch), 5000, 0, 1e-6);
        for (size_t i = 0; i < 4; i++) assert_true(isfinite(dq[i]) && isfinite(dd[i]));
        batch.d = d;
    }
    const float zero[] = {0, 0, 0, 1};
    batch.q = zero;
    batch.scale = 20;
    for (size_t l = 0; l < LOSS_COUNT; l++)
        assert_true(isfinite(LOSSES[l].run(NULL, &batch, scratch)));
    const float broken[] = {NAN, 0, 0, 1};
    batch.q = broken;
    for (size_t l = 0; l < LOSS_COUNT; l++)
        assert_true(isnan(LOSSES[l].run(NULL, &batch, scratch)));
    loss_scratch_free(scratch);
}

/* The same with threads, with shapes that fill several pieces. */
static void test_threads_change_nothing(void **state)
{
    (void)state;
    enum { B = 150, M = 450, D = 33 };
    Rng rng = rng_make(21, 0);
    Pool *pool = pool_new(3);
    LossScratch *scratch = loss_scratch_new();
    Made made = make_batch(&rng, B, M, D, true, true);
    float *dq = mem_zero(B * D, sizeof *dq), *dd = mem_zero(M * D, sizeof *dd);
    double *q = widened(made.q, B * D), *d = widened(made.d, M * D);
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        double alone = LOSSES[l].run(NULL, &made.batch, scratch);
        assert_close(alone, twin(LOSSES[l].name, &made.batch, q, d), 0, 1e-5);
        LossBatch shared = made.batch;
        shared.dq = dq;
        shared.dd = dd;
        assert_close(LOSSES[l].run(pool, &shared, scratch), alone, 0, 1e-6);
        for (size_t i = 0; i < B * D; i++) assert_close(dq[i], made.dq[i], 1e-6, 1e-5);
        for (size_t i = 0; i < M * D; i++) assert_close(dd[i], made.dd[i], 1e-6, 1e-5);
        double again = LOSSES[l].run(pool, &shared, scratch);
        assert_true(again == LOSSES[l].run(pool, &shared, scratch));
    }
    free(q);
    free(d);
    free(dq);
    free(dd);
    made_release(&made);
    loss_scratch_free(scratch);
    pool_free(pool);
}

static void test_scratch(void **state)
{
    (void)state;
    Err err = {0};
    LossScratch *scratch = loss_scratch_new();
    assert_true(loss_reserve(scratch, 4, 8, 16, &err));
    assert_true(loss_reserve(scratch, 2, 9, 3, &err));
    assert_int_equal(err.kind, ERR_NONE);
    assert_false(loss_reserve(scratch, SIZE_MAX / 2, SIZE_MAX / 2, 8, &err));
    assert_int_equal(err.kind, ERR_MEMORY);
    Rng rng = rng_make(1, 0);
    Made made =
        make_batch(&rng, 4, 9, 16, false, true); /* a failed reserve leaves the scratch usable */
    assert_true(isfinite(LOSSES[0].run(NULL, &made.batch, scratch)));
    made_release(&made);
    loss_scratch_free(scratch);
    loss_scratch_free(NULL);
}

static void test_find(void **state)
{
    (void)state;
    assert_int_equal(LOSS_COUNT, 2);
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        assert_ptr_equal(loss_find(LOSSES[l].name), &LOSSES[l]);
        assert_true(strlen(LOSSES[l].describes) > 0);
    }
    assert_null(loss_find("triplet"));
    assert_null(loss_find(""));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_twin_and_differences),
        cmocka_unit_test(test_against_sentence_transformers),
        cmocka_unit_test(test_only_what_is_wanted),
        cmocka_unit_test(test_a_mask_removes_the_document),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
