/* Adapters: the identity at the start, gradients against finite differences, files that are
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/adapter.h"
#include "num/blas.h"

#define DIMS 7
#define HIDDEN 5
#define ROWS 4

static const AdapterShape SHAPE = {DIMS, HIDDEN};

static void random_fill(float *x, size_t n, uint64_t seed, double scale)
{
    Rng rng = rng_make(seed, 9);
    for (size_t i = 0; i < n; i++) x[i] = (float)(scale * rng_normal(&rng));
}

static Adapter *make(const AdapterKind *kind)
{
    Adapter *a = NULL;
    Err err = {0};
    assert_true(adapter_new(kind, SHAPE, 3, &a, &err));
    return a;
}

static void identity_at_the_start(void **state)
{
    (void)state;
    float x[ROWS * DIMS], y[ROWS * DIMS];
    random_fill(x, ROWS * DIMS, 1, 1);
    for (size_t k = 0; k < ADAPTER_KIND_COUNT; k++) {
        Adapter *a = make(&ADAPTER_KINDS[k]);
        Err err = {0};
        assert_true(adapter_apply(NULL, a, x, y, ROWS, false, &err));
        for (size_t i = 0; i < ROWS * DIMS; i++) assert_true(fabsf(x[i] - y[i]) < 1e-6f);
        adapter_free(a);
    }
}

/* Σ w · y of the adapter at parameters p, in double. */
static double objective(const Adapter *a, const float *p, const float *x, const float *w)
{
    float h[2 * ROWS * HIDDEN], y[ROWS * DIMS];
    a->kind->forward(NULL, a->shape, p, x, h, y, ROWS);
    double sum = 0;
    for (size_t i = 0; i < ROWS * DIMS; i++) sum += (double)w[i] * y[i];
    return sum;
}

static void gradients_are_differences(void **state)
{
    (void)state;
    float x[ROWS * DIMS], w[ROWS * DIMS], h[2 * ROWS * HIDDEN], y[ROWS * DIMS];
    random_fill(x, ROWS * DIMS, 1, 1);
    random_fill(w, ROWS * DIMS, 2, 1);
    for (size_t k = 0; k < ADAPTER_KIND_COUNT; k++) {
        Adapter *a = make(&ADAPTER_KINDS[k]);
        random_fill(a->p, a->count, 5 + k, 0.5);
        float *dp = calloc(a->count, sizeof *dp);
        for (size_t i = 0; i < a->count; i++) dp[i] = 1; /* backward accumulates */
        a->kind->forward(NULL, a->shape, a->p, x, h, y, ROWS);
        a->kind->backward(NULL, a->shape, a->p, x, h, w, dp, ROWS);
        const float step = 1e-2f;
        for (size_t i = 0; i < a->count; i++) {
            float was = a->p[i];
            a->p[i] = was + step;
            double up = objective(a, a->p, x, w);
            a->p[i] = was - step;
            double down = objective(a, a->p, x, w);
            a->p[i] = was;
            double numeric = (up - down) / (2.0 * step), analytic = dp[i] - 1;
            /* relu has kinks: a difference across one is off by up to the step */
            double tolerance = 2e-3 + 5e-3 * fabs(numeric) + (k == 2 ? 0.02 : 0);
            if (fabs(numeric - analytic) > tolerance) {
                fail_msg("%s, parameter %zu: difference %g, gradient %g", a->kind->method, i,
                         numeric, analytic);
            }
        }
        free(dp);
        adapter_free(a);
    }
}

static void tensors_cover_the_block(void **state)
{
    (void)state;
    for (size_t k = 0; k < ADAPTER_KIND_COUNT; k++) {
        AdapterTensor t[ADAPTER_TENSORS];
        size_t n = ADAPTER_KINDS[k].tensors(SHAPE, t), at = 0;
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(t[i].at, at);
            at += t[i].rows * (t[i].columns ? t[i].columns : 1);
        }
        assert_int_equal(at, adapter_parameters(&ADAPTER_KINDS[k], SHAPE));
    }
}

static void saved_and_loaded(void **state)
{
    (void)state;
    float x[ROWS * DIMS], y[ROWS * DIMS], z[ROWS * DIMS];
    random_fill(x, ROWS * DIMS, 1, 1);
    for (size_t k = 0; k < ADAPTER_KIND_COUNT; k++) {
        Adapter *a = make(&ADAPTER_KINDS[k]), *b = NULL;
        Err err = {0};
        random_fill(a->p, a->count, 5 + k, 0.5);
        char *config = adapter_config_json(a);
        assert_true(adapter_load(config, a->p, a->count * sizeof *a->p, &b, &err));
        assert_true(adapter_apply(NULL, a, x, y, ROWS, true, &err) &&
                    adapter_apply(NULL, b, x, z, ROWS, true, &err));
        assert_memory_equal(y, z, sizeof y);
        Adapter *refused = NULL;
        assert_false(adapter_load(config, a->p, a->count * sizeof *a->p - 4, &refused, &err));
        b->p[0] = NAN;
        assert_false(adapter_load(config, b->p, b->count * sizeof *b->p, &refused, &err));
        assert_null(refused);
        free(config);
        adapter_free(a);
        adapter_free(b);
    }
}

static void broken_descriptions_are_refused(void **state)
{
    (void)state;
    static const char *const BROKEN[] = {
        "",
        "{}",
        "[]",
        "{\"method\":\"linear\"}",
        "{\"method\":\"linear\",\"dims\":-1,\"hidden\":0}",
        "{\"method\":\"cubic\",\"dims\":4,\"hidden\":0}",
        "{\"method\":\"low-rank\",\"dims\":4,\"hidden\":0}",
        "{\"method\":\"linear\",\"dims\":1e300,\"hidden\":0}",
    };
    float block[20] = {0};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        Adapter *a = NULL;
        Err err = {0};
        assert_false(adapter_load(BROKEN[i], block, sizeof block, &a, &err));
        assert_true(err.message[0] != '\0');
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv); /* one thread a product, as in the program */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity_at_the_start),
        cmocka_unit_test(gradients_are_differences),
        cmocka_unit_test(tensors_cover_the_block),
        cmocka_unit_test(saved_and_loaded),
        cmocka_unit_test(broken_descriptions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
