#include "num/adamw.h"

#include <string.h>

#include "golden/golden.h"
#include "num/numeric.h"

static size_t ranges_of(const float *mask, size_t count, ParameterRange *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (mask[i] == 0) continue;
        if (n > 0 && ret[n - 1].end == i)
            ret[n - 1].end++;
        else
            ret[n++] = (ParameterRange){i, i + 1};
    }
    return n;
}

static void test_against_torch(void **state)
{
    (void)state;
    cJSON *file = golden_load("adamw.json");
    size_t count = (size_t)golden_number(file, "count");
    float *p = golden_floats(file, "start", count), *mask = golden_floats(file, "decayed", count);
    float *m = mem_zero(count, sizeof *m), *v = mem_zero(count, sizeof *v);
    ParameterRange *decayed = mem_zero(count, sizeof *decayed);
    size_t ranges = ranges_of(mask, count, decayed);
    AdamW opt = {0.9f, 0.999f, 1e-8f, (float)golden_number(file, "weight_decay"), 0};
    const cJSON *step;
    cJSON_ArrayForEach(step, golden_get(file, "steps"))
    {
        float *g = golden_floats(step, "gradient", count);
        double *want = golden_doubles(step, "parameters", count);
        AdamWBlock block = {count, p, g, m, v, decayed, ranges};
        adamw_step(NULL, &opt, (float)golden_number(step, "lr"), 1, &block);
        for (size_t i = 0; i < count; i++) assert_true(g[i] == 0);
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
        double norm = gradient_norm(NULL, g, count), squares = 0;
        float factor = gradient_factor(norm, max_norm);
        assert_close(norm, golden_number(c, "norm"), 0, 1e-6);
        for (size_t i = 0; i < count; i++) {
            assert_close(g[i] * factor, want[i], 0, 1e-6);
            squares += (double)(g[i] * factor) * (g[i] * factor);
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
    float g[11] = {3, 0, 0, 0, 0, 0, 0, 0, 0, 0, -4};
    assert_true(gradient_norm(NULL, g, 11) == 5);
    assert_true(gradient_factor(5, 0) == 1); /* no limit */
    assert_true(gradient_factor(5, 6) == 1);
    assert_true(gradient_norm(NULL, g, 0) == 0);
    assert_true(gradient_factor(0, 1) == 1);
    g[4] = NAN;
    assert_true(isnan(gradient_norm(NULL, g, 11)) && gradient_factor(NAN, 1) == 1);
    g[4] = INFINITY;
    assert_true(isinf(gradient_norm(NULL, g, 11)) && gradient_factor(INFINITY, 1) == 1);
    float large[] = {3e38f, 3e38f}; /* the squares fit a double only */
    assert_close(gradient_norm(NULL, large, 2), 3e38 * sqrt(2), 0, 1e-6);
    assert_close(large[0] * gradient_factor(3e38 * sqrt(2), 1), sqrt(0.5), 0, 1e-6);
}

/* A block of N parameters at work. */
typedef struct Work {
    float *p, *g, *m, *v;
    AdamW opt;
} Work;

static Work work_new(Rng *rng, size_t N)
{
    return (Work){.p = random_floats(rng, N),
                  .g = mem_alloc(N * sizeof(float)),
                  .m = mem_zero(N, sizeof(float)),
                  .v = mem_zero(N, sizeof(float)),
                  .opt = {0.9f, 0.999f, 1e-8f, 0.01f, 0}};
}

static void work_step(Work *w, Pool *pool, const float *g, float factor, size_t N,
                      const ParameterRange *decayed, size_t ranges)
{
    memcpy(w->g, g, N * sizeof *g);
    AdamWBlock block = {N, w->p, w->g, w->m, w->v, decayed, ranges};
    adamw_step(pool, &w->opt, 1e-3f, factor, &block);
}

static void work_free(Work *w)
{
    free(w->p);
    free(w->g);
    free(w->m);
    free(w->v);
}

enum { N = 70001 };

/* Each parameter is updated by itself, so that threads and the length change nothing at all. */
static void test_threads(void **state)
{
    (void)state;
    Rng rng = rng_make(4, 0);
    Pool *pool = pool_new(3);
    float *g = random_floats(&rng, N);
    Rng start[2] = {rng, rng};
    Work w[2] = {work_new(&start[0], N), work_new(&start[1], N)};
    ParameterRange decayed[] = {{0, 3}, {100, 40000}, {40007, 70001}};
    for (int step = 0; step < 3; step++) {
        work_step(&w[0], NULL, g, 0.5f, N, decayed, 3);
        work_step(&w[1], pool, g, 0.5f, N, decayed, 3);
    }
    assert_memory_equal(w[0].p, w[1].p, N * sizeof(float));
    assert_memory_equal(w[0].m, w[1].m, N * sizeof(float));
    assert_memory_equal(w[0].v, w[1].v, N * sizeof(float));
    assert_true(gradient_norm(NULL, g, N) == gradient_norm(pool, g, N));
    work_free(&w[0]);
    work_free(&w[1]);
    free(g);
    pool_free(pool);
}

/* The plain twin, one parameter at a time, in double. */
static void test_twin(void **state)
{
    (void)state;
    Rng rng = rng_make(5, 0);
    float *g = random_floats(&rng, N);
    Work w = work_new(&rng, N);
    float *before = mem_alloc(N * sizeof(float));
    memcpy(before, w.p, N * sizeof(float));
    ParameterRange decayed[] = {{1, 2}, {5, 16384}, {16400, 60000}};
    work_step(&w, NULL, g, 0.25f, N, decayed, 3);
    for (size_t i = 0; i < N; i++) {
        bool in = i == 1 || (i >= 5 && i < 16384) || (i >= 16400 && i < 60000);
        double scaled = 0.25 * g[i], m = 0.1 * scaled, v = 0.001 * scaled * scaled;
        double want =
            before[i] * (in ? 1 - 1e-3 * 0.01 : 1) - 1e-3 * (m / 0.1) / (sqrt(v / 0.001) + 1e-8);
        assert_close(w.p[i], want, 1e-6, 1e-6);
        assert_close(w.m[i], m, 1e-9, 1e-6);
        assert_close(w.v[i], v, 1e-12, 2e-5);
    }
    float *zero = mem_zero(N, sizeof *zero);
    memcpy(before, w.p, N * sizeof(float));
    memset(w.m, 0, N * sizeof(float));
    work_step(&w, NULL, zero, 1, N, &(ParameterRange){0, N}, 1); /* decay alone */
    for (size_t i = 0; i < N; i++) assert_close(w.p[i], before[i] * (1 - 1e-5), 1e-9, 1e-6);
    free(zero);
    free(before);
    work_free(&w);
    free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_torch),
        cmocka_unit_test(test_clip_against_torch),
        cmocka_unit_test(test_clip_leaves_what_it_must),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
