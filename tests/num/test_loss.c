#include "num/loss.h"

#include <string.h>

#include "golden/golden.h"
#include "num/blas.h"
#include "num/numeric.h"

#define MASK_CHANCE 0.15

/* A batch with storage of its own for everything. */
typedef struct Made {
    LossBatch batch;
    LossOptions options;
    float *q, *d, *dq, *dd, *teacher, *guide_qd, *guide_qq, *guide_dd;
    uint32_t *owner;
    uint8_t *masked;
} Made;

/* Documents behind the positives belong to the anchors in turn. */
static void make_owners(Made *made, size_t B, size_t M)
{
    made->owner = mem_zero(M, sizeof *made->owner);
    for (size_t j = 0; j < M; j++) made->owner[j] = (uint32_t)(j % B);
}

static Made *make_batch(Rng *rng, size_t B, size_t M, size_t D, bool masks, bool cosine)
{
    Made *made = mem_zero(1, sizeof *made);
    made->q = random_floats(rng, B * D);
    made->d = random_floats(rng, M * D);
    made->dq = random_floats(rng, B * D); /* garbage that must be overwritten */
    made->dd = random_floats(rng, M * D);
    made->teacher = random_floats(rng, M);
    made->guide_qd = random_floats(rng, B * M);
    made->guide_qq = random_floats(rng, B * B);
    made->guide_dd = random_floats(rng, B * B);
    made->masked = mem_zero(B * M, 1);
    make_owners(made, B, M);
    for (size_t i = 0; i < B; i++)
        for (size_t j = 0; j < M; j++)
            made->masked[i * M + j] = i != j && rng_unit(rng) < MASK_CHANCE;
    made->options = (LossOptions){.scale = cosine ? 20 : 1, .cosine = cosine, .margin = 0.3f};
    made->batch = (LossBatch){.B = B,
                              .M = M,
                              .D = D,
                              .options = &made->options,
                              .q = made->q,
                              .d = made->d,
                              .owner = made->owner,
                              .masked = masks ? made->masked : NULL,
                              .teacher = made->teacher,
                              .guide_qd = made->guide_qd,
                              .guide_qq = made->guide_qq,
                              .guide_dd = made->guide_dd,
                              .dq = made->dq,
                              .dd = made->dd};
    return made;
}

static void made_free(Made *made)
{
    void *blocks[] = {made->q,        made->d,        made->dq,       made->dd,    made->teacher,
                      made->guide_qd, made->guide_qq, made->guide_dd, made->owner, made->masked};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
    free(made);
}

/* Losses that have a twin below: those of the first two rows. */
enum { TWINS = 2 };

/* The plain twin, all in double: scores by the definition, softmaxes by their sums. */
static double twin_score(const LossBatch *b, const double *q, const double *d, size_t i, size_t j)
{
    double dot = 0, qq = 0, dd = 0;
    for (size_t k = 0; k < b->D; k++) {
        dot += q[i * b->D + k] * d[j * b->D + k];
        qq += q[i * b->D + k] * q[i * b->D + k];
        dd += d[j * b->D + k] * d[j * b->D + k];
    }
    return (double)b->options->scale * (b->options->cosine ? dot / (sqrt(qq) * sqrt(dd)) : dot);
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
    for (size_t l = 0; l < TWINS; l++) {
        for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++) {
            for (int kind = 0; kind < 4; kind++) {
                Made *made =
                    make_batch(&rng, SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], kind & 1, kind & 2);
                const LossBatch *b = &made->batch;
                double *q = widened(b->q, b->B * b->D), *d = widened(b->d, b->M * b->D);
                double value = LOSSES[l].run(NULL, b, scratch);
                assert_close(value, twin(LOSSES[l].name, b, q, d), 1e-5, 1e-5);
                check_differences(LOSSES[l].name, b, q, d, q, b->dq, b->B * b->D);
                check_differences(LOSSES[l].name, b, q, d, d, b->dd, b->M * b->D);
                free(q);
                free(d);
                made_free(made);
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
        Made *made = mem_zero(1, sizeof *made);
        made->dq = mem_zero(B * D, sizeof(float));
        made->dd = mem_zero(M * D, sizeof(float));
        made->q = q;
        made->d = d;
        made->masked = masked;
        make_owners(made, B, M);
        made->options = (LossOptions){.scale = (float)golden_number(c, "scale"),
                                      .cosine = cJSON_IsTrue(golden_get(c, "cosine"))};
        made->batch = (LossBatch){.B = B,
                                  .M = M,
                                  .D = D,
                                  .options = &made->options,
                                  .q = q,
                                  .d = d,
                                  .owner = made->owner,
                                  .masked = masked,
                                  .dq = made->dq,
                                  .dd = made->dd};
        assert_close(loss->run(NULL, &made->batch, scratch), golden_number(c, "value"), 1e-5, 3e-6);
        for (size_t i = 0; i < B * D; i++) assert_close(made->dq[i], dq[i], 2e-5, 1e-4);
        for (size_t i = 0; i < M * D; i++) assert_close(made->dd[i], dd[i], 2e-5, 1e-4);
        made_free(made);
        free(dq);
        free(dd);
        seen++;
    }
    assert_true(seen >= 10);
    loss_scratch_free(scratch);
    cJSON_Delete(file);
}

/* guide blocks from the golden's vectors: cosines. */
static float *cosines(const float *a, const float *b, size_t rows, size_t columns, size_t width)
{
    float *out = mem_zero(rows * columns + 1, sizeof *out);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double dot = 0, aa = 0, bb = 0;
            for (size_t k = 0; k < width; k++) {
                dot += (double)a[i * width + k] * (double)b[j * width + k];
                aa += (double)a[i * width + k] * (double)a[i * width + k];
                bb += (double)b[j * width + k] * (double)b[j * width + k];
            }
            out[i * columns + j] = (float)(dot / sqrt(aa * bb));
        }
    return out;
}

static void read_options(const cJSON *c, Made *made)
{
    LossOptions *o = &made->options;
    const cJSON *dims = cJSON_GetObjectItem(c, "dims"), *weights = cJSON_GetObjectItem(c, "weight"),
                *item;
    *o = (LossOptions){.scale = (float)golden_number(c, "scale"),
                       .cosine = cJSON_IsTrue(golden_get(c, "cosine")),
                       .relative_margin = cJSON_IsTrue(cJSON_GetObjectItem(c, "relative"))};
    if ((item = cJSON_GetObjectItem(c, "directions"))) o->directions = (unsigned)item->valueint;
    if ((item = cJSON_GetObjectItem(c, "hardness"))) o->hardness = (float)item->valuedouble;
    if ((item = cJSON_GetObjectItem(c, "margin"))) o->margin = (float)item->valuedouble;
    cJSON_ArrayForEach(item, dims)
    {
        o->weight[o->matryoshka] =
            (float)cJSON_GetArrayItem(weights, (int)o->matryoshka)->valuedouble;
        o->dims[o->matryoshka++] = (size_t)item->valueint;
    }
}

static void read_guide(const cJSON *c, Made *made, size_t B, size_t M)
{
    if (!cJSON_GetObjectItem(c, "G")) return;
    size_t G = (size_t)golden_number(c, "G");
    float *q = golden_floats(c, "guide_q", B * G), *d = golden_floats(c, "guide_d", M * G);
    made->guide_qd = cosines(q, d, B, M, G);
    made->guide_qq = cosines(q, q, B, B, G);
    made->guide_dd = cosines(d, d, B, B, G);
    free(q);
    free(d);
}

static void test_options_against_the_libraries(void **state)
{
    (void)state;
    cJSON *file = golden_load("option_losses.json");
    LossScratch *scratch = loss_scratch_new();
    const cJSON *c;
    size_t seen = 0;
    cJSON_ArrayForEach(c, golden_get(file, "cases"))
    {
        size_t B = (size_t)golden_number(c, "B"), M = (size_t)golden_number(c, "M"),
               D = (size_t)golden_number(c, "D");
        const Loss *loss = loss_find(golden_get(c, "loss")->valuestring);
        assert_non_null(loss);
        Made *made = mem_zero(1, sizeof *made);
        double *dq = golden_doubles(c, "dq", B * D), *dd = golden_doubles(c, "dd", M * D);
        made->q = golden_floats(c, "q", B * D);
        made->d = golden_floats(c, "d", M * D);
        made->dq = mem_zero(B * D, sizeof(float));
        made->dd = mem_zero(M * D, sizeof(float));
        if (cJSON_GetObjectItem(c, "teacher")) made->teacher = golden_floats(c, "teacher", M);
        make_owners(made, B, M);
        read_options(c, made);
        read_guide(c, made, B, M);
        made->batch = (LossBatch){.B = B,
                                  .M = M,
                                  .D = D,
                                  .options = &made->options,
                                  .q = made->q,
                                  .d = made->d,
                                  .owner = made->owner,
                                  .teacher = made->teacher,
                                  .guide_qd = made->guide_qd,
                                  .guide_qq = made->guide_qq,
                                  .guide_dd = made->guide_dd,
                                  .dq = made->dq,
                                  .dd = made->dd};
        double value = loss_run(NULL, loss, &made->batch, scratch);
        assert_close(value, golden_number(c, "value"), 1e-5, 1e-5);
        for (size_t i = 0; i < B * D; i++) assert_close(made->dq[i], dq[i], 3e-5, 1e-4);
        for (size_t i = 0; i < M * D; i++) assert_close(made->dd[i], dd[i], 3e-5, 1e-4);
        made_free(made);
        free(dq);
        free(dd);
        seen++;
    }
    assert_true(seen >= 14);
    loss_scratch_free(scratch);
    cJSON_Delete(file);
}

/* Each loss by differences of its own value, masks and all; steps that cross a kink are left out by
 * taking the smaller of two one-sided errors. */
static void difference_check(const Loss *loss, Made *made, LossScratch *scratch, float *x, size_t n,
                             const float *gradient)
{
    LossBatch only = made->batch;
    only.dq = only.dd = NULL;
    double here = loss_run(NULL, loss, &only, scratch);
    for (size_t i = 0; i < n; i++) {
        float held = x[i], step = 2e-3f;
        x[i] = held + step;
        double above = (loss_run(NULL, loss, &only, scratch) - here) / (double)step;
        x[i] = held - step;
        double below = (here - loss_run(NULL, loss, &only, scratch)) / (double)step;
        x[i] = held;
        double middle = (above + below) / 2, g = (double)gradient[i];
        double off = fmin(fabs(g - middle), fmin(fabs(g - above), fabs(g - below)));
        if (off > 0.02 + 0.03 * fabs(g))
            fail_msg("%s: %g by differences, %g", loss->name, middle, g);
    }
}

static void test_every_loss_by_differences(void **state)
{
    (void)state;
    Rng rng = rng_make(77, 0);
    LossScratch *scratch = loss_scratch_new();
    for (size_t l = 0; l < LOSS_COUNT; l++)
        for (int kind = 0; kind < 4; kind++) {
            size_t B = 5, M = kind & 1 ? 15 : 5, D = 6;
            Made *made = make_batch(&rng, B, M, D, kind & 2, true);
            made->options.scale = 5;
            made->options.directions = 15;
            if (kind == 3) {
                made->options.matryoshka = 2;
                made->options.dims[0] = 6;
                made->options.dims[1] = 3;
                made->options.weight[0] = 1;
                made->options.weight[1] = 0.5f;
            }
            loss_run(NULL, &LOSSES[l], &made->batch, scratch);
            difference_check(&LOSSES[l], made, scratch, made->q, B * D, made->dq);
            difference_check(&LOSSES[l], made, scratch, made->d, M * D, made->dd);
            made_free(made);
        }
    loss_scratch_free(scratch);
}

static void test_only_what_is_wanted(void **state)
{
    (void)state;
    Rng rng = rng_make(3, 0);
    LossScratch *scratch = loss_scratch_new();
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        for (int cosine = LOSSES[l].cosine_only; cosine < 2; cosine++) {
            Made *made = make_batch(&rng, 4, 8, 5, true, cosine);
            double whole = LOSSES[l].run(NULL, &made->batch, scratch);
            float *dq = mem_zero(4 * 5, sizeof *dq);
            LossBatch part = made->batch;
            part.dq = dq;
            part.dd = NULL;
            assert_true(LOSSES[l].run(NULL, &part, scratch) == whole);
            assert_memory_equal(dq, made->dq, 4 * 5 * sizeof *dq);
            part.dq = NULL;
            assert_true(LOSSES[l].run(NULL, &part, scratch) == whole);
            free(dq);
            made_free(made);
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
    Made *made = make_batch(&rng, B, M, D, true, true);
    for (size_t i = 0; i < B; i++)
        for (size_t j = 0; j < M; j++) made->masked[i * M + j] = j == M - 1;
    for (size_t l = 0; l < TWINS; l++) {
        double with = LOSSES[l].run(NULL, &made->batch, scratch);
        for (size_t k = 0; k < D; k++) assert_true(made->dd[(M - 1) * D + k] == 0);
        LossBatch fewer = made->batch;
        fewer.M = M - 1;
        fewer.masked = NULL;
        assert_close(with, LOSSES[l].run(NULL, &fewer, scratch), 1e-6, 1e-6);
    }
    made_free(made);
    loss_scratch_free(scratch);
}

/* Perfect pairs at a sharp scale: the loss is tiny but not lost in rounding, and nothing overflows.
 */
static void test_extremes(void **state)
{
    (void)state;
    const float q[] = {1, 0, 0, 1}, d[] = {1, 0, 0, 1};
    const uint32_t owner[] = {0, 1};
    float dq[4], dd[4];
    LossScratch *scratch = loss_scratch_new();
    LossOptions options = {.scale = 20, .cosine = true};
    LossBatch batch = {.B = 2,
                       .M = 2,
                       .D = 2,
                       .options = &options,
                       .q = q,
                       .d = d,
                       .owner = owner,
                       .dq = dq,
                       .dd = dd};
    for (size_t l = 0; l < TWINS; l++) {
        options.scale = 20;
        assert_close(LOSSES[l].run(NULL, &batch, scratch), log1p(exp(-20)), 1e-15, 1e-6);
        options.scale = 5000;
        assert_true(LOSSES[l].run(NULL, &batch, scratch) == 0);
        const float swapped[] = {0, 1, 1, 0};
        batch.d = swapped;
        assert_close(LOSSES[l].run(NULL, &batch, scratch), 5000, 0, 1e-6);
        for (size_t i = 0; i < 4; i++) assert_true(isfinite(dq[i]) && isfinite(dd[i]));
        batch.d = d;
    }
    const float zero[] = {0, 0, 0, 1};
    batch.q = zero;
    options.scale = 20;
    for (size_t l = 0; l < TWINS; l++) assert_true(isfinite(LOSSES[l].run(NULL, &batch, scratch)));
    const float broken[] = {NAN, 0, 0, 1};
    batch.q = broken;
    for (size_t l = 0; l < TWINS; l++) assert_true(isnan(LOSSES[l].run(NULL, &batch, scratch)));
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
    Made *made = make_batch(&rng, B, M, D, true, true);
    float *dq = mem_zero(B * D, sizeof *dq), *dd = mem_zero(M * D, sizeof *dd);
    double *q = widened(made->q, B * D), *d = widened(made->d, M * D);
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        double alone = LOSSES[l].run(NULL, &made->batch, scratch);
        if (l < TWINS) assert_close(alone, twin(LOSSES[l].name, &made->batch, q, d), 0, 1e-5);
        LossBatch shared = made->batch;
        shared.dq = dq;
        shared.dd = dd;
        assert_close(LOSSES[l].run(pool, &shared, scratch), alone, 0, 1e-6);
        for (size_t i = 0; i < B * D; i++) assert_close(dq[i], made->dq[i], 1e-6, 1e-5);
        for (size_t i = 0; i < M * D; i++) assert_close(dd[i], made->dd[i], 1e-6, 1e-5);
        double again = LOSSES[l].run(pool, &shared, scratch);
        assert_true(again == LOSSES[l].run(pool, &shared, scratch));
    }
    free(q);
    free(d);
    free(dq);
    free(dd);
    made_free(made);
    loss_scratch_free(scratch);
    pool_free(pool);
}

/* Batches of any sizes one after the other, and one that cannot be. */
static void test_scratch(void **state)
{
    (void)state;
    static const size_t SHAPES[][3] = {{4, 8, 16}, {2, 9, 3}, {9, 9, 5}, {4, 9, 16}, {1, 1, 1}};
    Rng rng = rng_make(1, 0);
    LossScratch *scratch = loss_scratch_new();
    size_t bytes = loss_scratch_bytes(scratch);
    for (size_t s = 0; s < 5; s++) {
        for (size_t l = 0; l < LOSS_COUNT; l++) {
            Made *made = make_batch(&rng, SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], false, true);
            assert_true(isfinite(LOSSES[l].run(NULL, &made->batch, scratch)));
            assert_true(loss_scratch_bytes(scratch) >= bytes);
            bytes = loss_scratch_bytes(scratch);
            made_free(made);
        }
    }
    LossOptions options = {.scale = 1};
    LossBatch huge = {.B = SIZE_MAX / 2, .M = SIZE_MAX / 2, .D = 8, .options = &options};
    assert_true(isnan(LOSSES[0].run(NULL, &huge, scratch)));
    loss_scratch_free(scratch);
    loss_scratch_free(NULL);
}

static void test_find(void **state)
{
    (void)state;
    assert_int_equal(LOSS_COUNT, 8);
    for (size_t l = 0; l < LOSS_COUNT; l++) {
        LossOptions o = {.cosine = true};
        assert_ptr_equal(loss_find(LOSSES[l].name), &LOSSES[l]);
        assert_true(strlen(LOSSES[l].describes) > 0);
        loss_defaults(&LOSSES[l], &o);
        assert_true(o.scale > 0 && o.directions == LOSS_QUESTION_TO_DOCUMENT);
    }
    assert_null(loss_find("hinge"));
    assert_null(loss_find(""));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_twin_and_differences),
        cmocka_unit_test(test_against_sentence_transformers),
        cmocka_unit_test(test_options_against_the_libraries),
        cmocka_unit_test(test_every_loss_by_differences),
        cmocka_unit_test(test_only_what_is_wanted),
        cmocka_unit_test(test_a_mask_removes_the_document),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
