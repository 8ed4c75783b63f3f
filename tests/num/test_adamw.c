#include "num/adamw.h"

#include <string.h>

#include "golden/golden.h"
#include "num/numeric.h"

static void test_against_torch(void **state)
{
    (void)state;
    cJSON *file = golden_load("adamw.json");
    size_t count = (size_t)golden_number(file, "count");
    float *p = golden_floats(file, "start", count), *mask = golden_floats(file, "decayed", count);
    float *m = mem_zero(count, sizeof *m), *v = mem_zero(count, sizeof *v);
    uint8_t *decayed = mem_zero(count, 1);
    for (size_t i = 0; i < count; i++) decayed[i] = mask[i] != 0;
    AdamW opt = {0.9f, 0.999f, 1e-8f, (float)golden_number(file, "weight_decay"), 0};
    const cJSON *step;
    cJSON_ArrayForEach(step, golden_get(file, "steps"))
    {
        float *g = golden_floats(step, "gradient", count);
        double *want = golden_doubles(step, "parameters", count);
        adamw_step(NULL, &opt, (float)golden_number(step, "lr"), p, g, m, v, decayed, count);
        for (size_t i = 0; i < count; i++) assert_close(p[i], want[i], 1e-7, 2e-6);
        free(want);
        free(g);
    }
    assert_int_equal(opt.step, golden_count(golden_get(file, "steps")));
    double *want_m = golden_doubles(file, "m", count), *want_v = golden_doubles(file, "v", count);
    for (size_t i = 0; i < count; i++) {
        assert_close(m[i], want_m[i], 1e-12, 2e-6);
        assert_close(v[i], want_v[i], 1e-15, 2e-5);
    }
    free(want_m);
    free(want_v);
    free(decayed);
    free(mask);
    free(p);
    free(m);
    free(v);
    cJSON_Delete(file);
}

static void test_clip_against_torch(void **state)
{
    (void)state;
    cJSON *file = golden_load("adamw.json");
    const cJSON *c;
    cJSON_ArrayForEach(c, golden_get(file, "clips"))
    {
        size_t count = golden_count(golden_get(c, "gradient"));
        float *g = golden_floats(c, "gradient", count);
        double *want = golden_doubles(c, "clipped", count), max_norm = golden_number(c, "max_norm");
        assert_close(gradient_clip(g, count, max_norm), golden_number(c, "norm"), 0, 1e-6);
        double squares = 0;
        for (size_t i = 0; i < count; i++) {
            assert_close(g[i], want[i], 0, 1e-6);
            squares += (double)g[i] * g[i];
        }
        assert_true(sqrt(squares) <= max_norm * (1 + 1e-6));
        free(want);
        free(g);
    }
    cJSON_Delete(file);
}

static void test_clip_leaves_what_it_must(void **state)
{
    (void)state;
    float g[11] = {3, 0, 0, 0, 0, 0, 0, 0, 0, 0, -4}, held[11];
    memcpy(held, g, sizeof g);
    assert_true(gradient_clip(g, 11, 0) == 5); /* no limit */
    assert_memory_equal(g, held, sizeof g);
    assert_true(gradient_clip(g, 11, 6) == 5);
    assert_memory_equal(g, held, sizeof g);
    assert_true(gradient_clip(g, 0, 1) == 0);
    g[4] = held[4] = NAN;
    assert_true(isnan(gradient_clip(g, 11, 1)));
    assert_memory_equal(g, held, sizeof g);
    g[4] = held[4] = INFINITY;
    assert_true(isinf(gradient_clip(g, 11, 1)));
    assert_memory_equal(g, held, sizeof g);
    float large[] = {3e38f, 3e38f}; /* the squares fit a double only */
    assert_close(gradient_clip(large, 2, 1), 3e38 * sqrt(2), 0, 1e-6);
    assert_close(large[0], sqrt(0.5), 0, 1e-6);
}

/* Each parameter is updated by itself, so that threads and the length change nothing at all. */
static void test_threads_and_decay(void **state)
{
    (void)state;
    enum { N = 70001 };
    Rng rng = rng_make(4, 0);
    Pool *pool = pool_new(3);
    float *g = random_floats(&rng, N), *start = random_floats(&rng, N);
    float *p[3], *m[3], *v[3];
    uint8_t *decayed = mem_zero(N, 1);
    for (size_t k = 0; k < 3; k++) {
        p[k] = mem_alloc(N * sizeof(float));
        memcpy(p[k], start, N * sizeof(float));
        m[k] = mem_zero(N, sizeof(float));
        v[k] = mem_zero(N, sizeof(float));
    }
    AdamW opts[3];
    for (size_t k = 0; k < 3; k++) opts[k] = (AdamW){0.9f, 0.999f, 1e-8f, 0.01f, 0};
    for (int step = 0; step < 3; step++) {
        adamw_step(NULL, &opts[0], 1e-3f, p[0], g, m[0], v[0], NULL, N);
        adamw_step(pool, &opts[1], 1e-3f, p[1], g, m[1], v[1], NULL, N);
        adamw_step(pool, &opts[2], 1e-3f, p[2], g, m[2], v[2], decayed, N); /* nothing is decayed */
    }
    for (size_t k = 1; k < 3; k++) {
        assert_memory_equal(p[k], p[0], N * sizeof(float));
        assert_memory_equal(m[k], m[0], N * sizeof(float));
        assert_memory_equal(v[k], v[0], N * sizeof(float));
    }
    float *before = mem_alloc(N * sizeof(float));
    memcpy(before, p[2], N * sizeof(float));
    memset(decayed, 1, N);
    memset(g, 0, N * sizeof(float));
    memset(m[2], 0, N * sizeof(float));
    adamw_step(pool, &opts[2], 0.5f, p[2], g, m[2], v[2], decayed, N); /* decay alone */
    for (size_t i = 0; i < N; i++) assert_close(p[2][i], before[i] * 0.995, 1e-9, 1e-6);
    for (size_t k = 0; k < 3; k++) {
        free(p[k]);
        free(m[k]);
        free(v[k]);
    }
    free(before);
    free(decayed);
    free(start);
    free(g);
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_torch),
        cmocka_unit_test(test_clip_against_torch),
        cmocka_unit_test(test_clip_leaves_what_it_must),
        cmocka_unit_test(test_threads_and_decay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
