#include "num/stats.h"

#include <string.h>

#include "golden/golden.h"
#include "num/numeric.h"

/* Table 5.1 of Sakai's book (Joho akusesu hyoka hohoron, Corona 2015), nDCG@5 of three systems on
 * 20 topics, as in kampersanda/elinor's test-data/sakai-book; the expected values are those of
 * elinor's README and tests. */
static const double SAKAI[3][20] = {
    {0.70, 0.30, 0.20, 0.60, 0.40, 0.40, 0.00, 0.70, 0.10, 0.30,
     0.50, 0.40, 0.00, 0.60, 0.50, 0.30, 0.10, 0.50, 0.20, 0.10},
    {0.50, 0.10, 0.00, 0.20, 0.40, 0.30, 0.00, 0.50, 0.30, 0.30,
     0.40, 0.40, 0.10, 0.40, 0.20, 0.10, 0.10, 0.60, 0.30, 0.20},
    {0.00, 0.00, 0.20, 0.10, 0.30, 0.30, 0.10, 0.20, 0.40, 0.40,
     0.40, 0.30, 0.30, 0.20, 0.20, 0.20, 0.10, 0.50, 0.40, 0.30},
};

/* precision@3 of elinor's test-data/sample; expected values from elinor-cli's README. */
static const double SAMPLE[3][8] = {
    {2 / 3.0, 2 / 3.0, 2 / 3.0, 2 / 3.0, 1 / 3.0, 2 / 3.0, 1 / 3.0, 2 / 3.0},
    {0, 1 / 3.0, 2 / 3.0, 0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0},
    {1 / 3.0, 1 / 3.0, 1 / 3.0, 2 / 3.0, 1 / 3.0, 2 / 3.0, 0, 2 / 3.0},
};

/* Two estimates of p from 10,000 draws each differ by less than this: four standard errors. */
static double draw_tolerance(double p)
{
    return 4 * sqrt(2 * p * (1 - p) / STATS_DRAWS);
}

static void assert_drawn(double got, double want)
{
    assert_close(got, want, draw_tolerance(want), 0);
}

static void test_descriptive(void **state)
{
    (void)state;
    const double x[] = {1, 2, 4, 9};
    assert_close(stats_mean(x, 4), 4, 0, 1e-15);
    assert_close(stats_deviation(x, 4), sqrt(38 / 3.0), 0, 1e-15);
    assert_true(stats_mean(x, 0) == 0 && stats_deviation(x, 1) == 0 && stats_deviation(x, 0) == 0);
    assert_close(stats_quantile(x, 4, 0.5), 3, 0, 1e-15); /* as numpy.quantile */
    assert_close(stats_quantile(x, 4, 0.9), 7.5, 0, 1e-12);
    assert_true(stats_quantile(x, 4, 0) == 1 && stats_quantile(x, 4, 1) == 9);
    assert_true(stats_quantile(x, 4, -3) == 1 && stats_quantile(x, 4, 3) == 9);
    assert_true(stats_quantile(x, 1, 0.7) == 1 && stats_quantile(x, 0, 0.7) == 0);
    const double far[] = {1e9 + 1, 1e9 + 2, 1e9 + 3};
    assert_close(stats_deviation(far, 3), 1, 0, 1e-9);
}

static void test_distributions_against_scipy(void **state)
{
    (void)state;
    cJSON *file = golden_load("distributions.json");
    const cJSON *row;
    cJSON_ArrayForEach(row, golden_get(file, "t"))
    {
        double x[3];
        size_t count = 0;
        golden_flatten(row, x, 3, &count);
        assert_close(stats_t_cdf(x[0], x[1]), x[2], 1e-300, 1e-9);
    }
    cJSON_ArrayForEach(row, golden_get(file, "f"))
    {
        double x[4];
        size_t count = 0;
        golden_flatten(row, x, 4, &count);
        assert_close(stats_f_survival(x[0], x[1], x[2]), x[3], 1e-300, 1e-8);
    }
    cJSON_ArrayForEach(row, golden_get(file, "paired"))
    {
        size_t n = golden_count(golden_get(row, "a"));
        double *a = golden_doubles(row, "a", n), *b = golden_doubles(row, "b", n);
        PairedTest test = stats_paired(a, b, n, 10, 1);
        assert_close(test.t, golden_number(row, "t"), 0, 1e-9);
        assert_close(test.p_t, golden_number(row, "p"), 0, 1e-9);
        free(a);
        free(b);
    }
    cJSON_Delete(file);
}

static void test_distributions_at_the_ends(void **state)
{
    (void)state;
    assert_true(stats_t_cdf(INFINITY, 3) == 1 && stats_t_cdf(-INFINITY, 3) == 0);
    assert_true(stats_t_cdf(1e200, 3) == 1 && stats_t_cdf(-1e200, 3) == 0);
    assert_true(stats_t_cdf(0, 3) == 0.5);
    assert_true(stats_f_survival(0, 2, 3) == 1 && stats_f_survival(-1, 2, 3) == 1);
    assert_true(stats_f_survival(INFINITY, 2, 3) == 0);
    assert_true(isnan(stats_t_cdf(NAN, 3)) && isnan(stats_f_survival(NAN, 2, 3)));
    for (double v = 1; v < 1e7; v *= 10) { /* symmetric, and F with one degree is t squared */
        assert_close(stats_t_cdf(1.7, v) + stats_t_cdf(-1.7, v), 1, 1e-12, 0);
        assert_close(stats_f_survival(1.7 * 1.7, 1, v), 2 * stats_t_cdf(-1.7, v), 0, 1e-9);
    }
    assert_close(stats_t_cdf(-1.959963984540054, 1e7), 0.025, 1e-6, 0); /* the normal limit */
}

static void test_paired_sakai(void **state)
{
    (void)state;
    PairedTest test = stats_paired(SAKAI[1], SAKAI[0], 20, STATS_DRAWS, 7);
    assert_close(test.mean_difference, 0.0750, 5e-5, 0);
    assert_close(test.effect_size, 0.4731, 5e-5, 0);
    assert_close(test.t, 2.1158, 5e-5, 0);
    assert_close(test.p_t, 0.0478, 5e-5, 0);
    assert_drawn(test.p_bootstrap, 0.0511);
    /* elinor's margin of error of the t interval is 0.0742; a percentile interval is somewhat
     * narrower */
    assert_close(test.ci95.low, 0.0750 - 0.0742, 0.012, 0);
    assert_close(test.ci95.high, 0.0750 + 0.0742, 0.012, 0);
}

static void test_paired_sample(void **state)
{
    (void)state;
    PairedTest test = stats_paired(SAMPLE[1], SAMPLE[0], 8, STATS_DRAWS, 1);
    assert_close(test.mean_difference, 0.2917, 5e-5, 0);
    assert_close(test.effect_size, 1.0485, 5e-5, 0);
    assert_close(test.t, 2.9656, 5e-5, 0);
    assert_close(test.p_t, 0.0209, 5e-5, 0);
    assert_drawn(test.p_bootstrap, 0.0240);
}

/* All 2^n sign patterns of whole differences, so that ties are exact. */
static double exact_randomisation(const int *differences, int n)
{
    int observed = 0;
    size_t count = 0;
    for (int i = 0; i < n; i++) observed += differences[i];
    for (uint32_t pattern = 0; pattern < 1u << n; pattern++) {
        int sum = 0;
        for (int i = 0; i < n; i++) sum += pattern >> i & 1 ? differences[i] : -differences[i];
        count += abs(sum) >= abs(observed);
    }
    return (double)count / (1u << n);
}

static void check_randomisation(const double *a, const double *b, int n, double whole)
{
    int differences[20];
    for (int i = 0; i < n; i++) differences[i] = (int)lrint((b[i] - a[i]) * whole);
    double exact = exact_randomisation(differences, n);
    assert_drawn(stats_paired(a, b, (size_t)n, STATS_DRAWS, 5).p_random, exact);
}

/* Tenths and thirds are not exact in binary: a tie must count all the same. */
static void test_randomisation_is_exact(void **state)
{
    (void)state;
    check_randomisation(SAKAI[0], SAKAI[1], 20, 10);
    check_randomisation(SAKAI[0], SAKAI[2], 20, 10);
    check_randomisation(SAKAI[1], SAKAI[2], 20, 10);
    check_randomisation(SAMPLE[0], SAMPLE[1], 8, 3);
    check_randomisation(SAMPLE[1], SAMPLE[2], 8, 3);
}

static void test_paired_degenerate(void **state)
{
    (void)state;
    const double a[] = {0.1, 0.2, 0.3, 0.4}, b[] = {0.3, 0.4, 0.5, 0.6};
    PairedTest same = stats_paired(a, a, 4, 1000, 1);
    assert_true(same.mean_difference == 0 && same.t == 0 && same.effect_size == 0);
    assert_true(same.p_t == 1 && same.p_random == 1 && same.p_bootstrap == 1);
    assert_true(same.ci95.low == 0 && same.ci95.high == 0);

    PairedTest shifted = stats_paired(a, b, 4, 1000, 1); /* equal differences, up to rounding */
    assert_close(shifted.mean_difference, 0.2, 0, 1e-12);
    assert_true(isinf(shifted.t) && shifted.t > 0 && shifted.p_t == 0 && shifted.effect_size == 0);
    assert_close(shifted.p_random, 0.125, 0.05, 0); /* 2 of 16 patterns */
    assert_close(shifted.ci95.low, 0.2, 0, 1e-12);

    PairedTest one = stats_paired(a, b, 1, 1000, 1);
    assert_true(one.p_t == 1 && one.p_random == 1 && one.t == 0);
    PairedTest none = stats_paired(a, b, 0, 1000, 1);
    assert_true(none.p_t == 1 && none.p_random == 1 && none.mean_difference == 0);
    PairedTest undrawn = stats_paired(SAKAI[0], SAKAI[1], 20, 0, 1);
    assert_true(undrawn.p_random == 1 && undrawn.p_bootstrap == 1 && undrawn.p_t < 0.05);
    assert_true(undrawn.ci95.low == undrawn.mean_difference);
}

static void test_paired_invariants(void **state)
{
    (void)state;
    PairedTest there = stats_paired(SAKAI[0], SAKAI[2], 20, STATS_DRAWS, 3);
    PairedTest back = stats_paired(SAKAI[2], SAKAI[0], 20, STATS_DRAWS, 3);
    assert_close(there.t, -back.t, 1e-12, 0);
    assert_close(there.p_t, back.p_t, 1e-12, 0);
    assert_true(there.p_random == back.p_random); /* the same signs are drawn */
    assert_close(there.ci95.low, -back.ci95.high, 1e-9, 0);
    PairedTest again = stats_paired(SAKAI[0], SAKAI[2], 20, STATS_DRAWS, 3);
    assert_memory_equal(&there, &again, sizeof there);
    PairedTest other = stats_paired(SAKAI[0], SAKAI[2], 20, STATS_DRAWS, 4);
    assert_drawn(other.p_random, there.p_random);
}

static void test_bootstrap_mean(void **state)
{
    (void)state;
    Rng rng = rng_make(5, 0);
    double x[400];
    for (size_t i = 0; i < 400; i++) x[i] = 3 + rng_normal(&rng);
    double mean = stats_mean(x, 400), error = stats_deviation(x, 400) / 20;
    Interval interval = stats_bootstrap_mean(x, 400, 4000, 9);
    assert_close(interval.low, mean - 1.96 * error, 0.15 * error, 0);
    assert_close(interval.high, mean + 1.96 * error, 0.15 * error, 0);
    Interval again = stats_bootstrap_mean(x, 400, 4000, 9);
    assert_true(interval.low == again.low && interval.high == again.high);
    Interval one = stats_bootstrap_mean(x, 1, 100, 9), undrawn = stats_bootstrap_mean(x, 400, 0, 9);
    assert_true(one.low == x[0] && one.high == x[0] && undrawn.low == mean && undrawn.high == mean);
    Interval none = stats_bootstrap_mean(x, 0, 100, 9);
    assert_true(none.low == 0 && none.high == 0);
}

static void test_anova_sakai(void **state)
{
    (void)state;
    Anova anova;
    assert_true(stats_anova(SAKAI[0], 3, 20, &anova));
    assert_close(anova.between_systems, 0.1083, 5e-5, 0);
    assert_close(anova.between_topics, 1.0293, 5e-5, 0);
    assert_close(anova.residual, 0.8317, 5e-5, 0);
    assert_close(anova.effect_size_residual_variance, 0.0219, 5e-5, 0);
    assert_close(anova.f_systems, 2.4749, 5e-5, 0);
    assert_close(anova.f_topics, 2.4754, 5e-5, 0);
    assert_close(anova.p_systems, 0.0976, 5e-5, 0);
    assert_close(anova.p_topics, 0.0086, 5e-5, 0);
}

static void test_anova_sample(void **state)
{
    (void)state;
    Anova anova;
    assert_true(stats_anova(SAMPLE[0], 3, 8, &anova));
    assert_close(anova.between_systems, 0.3426, 5e-5, 0);
    assert_close(anova.between_topics, 0.3287, 5e-5, 0);
    assert_close(anova.residual, 0.5463, 5e-5, 0);
    assert_close(anova.f_systems, 4.3898, 5e-5, 0);
    assert_close(anova.p_systems, 0.0331, 5e-5, 0);
    assert_close(anova.f_topics, 1.2034, 5e-5, 0);
    assert_close(anova.p_topics, 0.3623, 5e-5, 0);
}

static void test_anova_degenerate(void **state)
{
    (void)state;
    Anova anova = {.f_systems = -1};
    assert_false(stats_anova(SAKAI[0], 1, 20, &anova));
    assert_false(stats_anova(SAKAI[0], 3, 1, &anova));
    assert_true(anova.f_systems == -1);
    const double equal[] = {0.1, 0.2, 0.7, 0.1, 0.2, 0.7, 0.1, 0.2, 0.7};
    assert_true(stats_anova(equal, 3, 3, &anova));
    assert_true(anova.f_systems == 0 && anova.p_systems == 1 && anova.residual == 0);
    assert_true(isinf(anova.f_topics) && anova.p_topics == 0);
    const double flat[] = {0.3, 0.3, 0.3, 0.3};
    assert_true(stats_anova(flat, 2, 2, &anova));
    assert_true(anova.p_systems == 1 && anova.p_topics == 1);
    /* with two systems F is the square of the paired t */
    double two[40];
    memcpy(two, SAKAI[0], 20 * sizeof *two);
    memcpy(two + 20, SAKAI[1], 20 * sizeof *two);
    assert_true(stats_anova(two, 2, 20, &anova));
    PairedTest test = stats_paired(SAKAI[0], SAKAI[1], 20, 10, 1);
    assert_close(anova.f_systems, test.t * test.t, 0, 1e-9);
    assert_close(anova.p_systems, test.p_t, 0, 1e-9);
}

static const size_t PAIRS[3][2] = {{0, 1}, {0, 2}, {1, 2}};

/* A plain twin of elinor's randomised test, which says both what elinor counts and what is meant.
 * as_there compares means as they come out of the arithmetic: rounding breaks ties either way
 * p out (3) for the pairs of systems; with two systems only the first is meant */
static void twin_tukey(const double *x, size_t systems, size_t n, bool as_there, double p[3])
{
    Rng rng = rng_make(77, 0);
    size_t counts[3] = {0};
    double slack = as_there ? 0 : 1e-9, mean[3] = {0}, topic[3];
    for (size_t i = 0; i < systems; i++) mean[i] = stats_mean(x + i * n, n);
    for (size_t r = 0; r < STATS_DRAWS; r++) {
        double sums[3] = {0};
        for (size_t j = 0; j < n; j++) {
            for (size_t i = 0; i < systems; i++) topic[i] = x[i * n + j];
            for (size_t i = 0; i < systems; i++) {
                size_t other = i + rng_below(&rng, systems - i);
                double held = topic[other];
                topic[other] = topic[i];
                sums[i] += held;
            }
        }
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < systems; i++) {
            low = fmin(low, sums[i] / (double)n);
            high = fmax(high, sums[i] / (double)n);
        }
        for (size_t k = 0; k < (systems == 2 ? 1 : 3); k++)
            counts[k] += high - low >= fabs(mean[PAIRS[k][0]] - mean[PAIRS[k][1]]) - slack;
    }
    for (size_t k = 0; k < 3; k++) p[k] = (double)counts[k] / STATS_DRAWS;
}

/* elinor's documented p come out of its own way of counting, where rounding loses many of the ties;
 * ours are those of the definition. Effect sizes know no such difference. */
static void check_tukey(const double *x, size_t n, const double there[3], const double effect[3])
{
    double p[9], got_effect[9], as_there[3], meant[3];
    twin_tukey(x, 3, n, true, as_there);
    twin_tukey(x, 3, n, false, meant);
    assert_true(stats_tukey(x, 3, n, STATS_DRAWS, 11, p, got_effect));
    for (size_t k = 0; k < 3; k++) {
        size_t i = PAIRS[k][0], j = PAIRS[k][1];
        assert_drawn(as_there[k], there[k]);
        assert_drawn(p[i * 3 + j], meant[k]);
        assert_true(p[i * 3 + j] == p[j * 3 + i]);
        assert_close(got_effect[i * 3 + j], effect[k], 6e-5, 0);
        assert_close(got_effect[j * 3 + i], -effect[k], 6e-5, 0);
    }
    for (size_t i = 0; i < 3; i++) assert_true(p[i * 4] == 1 && got_effect[i * 4] == 0);
}

static void test_tukey(void **state)
{
    (void)state;
    check_tukey(SAKAI[0], 20, (double[]){0.2561, 0.1040, 0.8926},
                (double[]){0.5070, 0.6760, 0.1690});
    check_tukey(SAMPLE[0], 8, (double[]){0.0248, 0.2511, 0.6557},
                (double[]){1.4765, 0.8437, -0.6328});
}

/* Scores without ties: elinor's way of counting and ours are the same. */
static void test_tukey_without_ties(void **state)
{
    (void)state;
    Rng rng = rng_make(8, 0);
    double x[3 * 25], p[9], as_there[3];
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 25; j++) x[i * 25 + j] = rng_unit(&rng) + 0.12 * (double)i;
    twin_tukey(x, 3, 25, true, as_there);
    assert_true(stats_tukey(x, 3, 25, STATS_DRAWS, 11, p, NULL));
    for (size_t k = 0; k < 3; k++) assert_drawn(p[PAIRS[k][0] * 3 + PAIRS[k][1]], as_there[k]);
}

/* Fisher's test of elinor-cli is its Tukey test of two systems. */
static void test_fisher_as_documented(void **state)
{
    (void)state;
    double p[3];
    twin_tukey(SAKAI[0], 2, 20, true, p);
    assert_drawn(p[0], 0.0498);
    twin_tukey(SAKAI[0], 2, 20, false, p);
    assert_drawn(stats_paired(SAKAI[0], SAKAI[1], 20, STATS_DRAWS, 1).p_random, p[0]);
    twin_tukey(SAMPLE[0], 2, 8, true, p);
    assert_drawn(p[0], 0.0596);
    assert_drawn(stats_paired(SAMPLE[0], SAMPLE[1], 8, STATS_DRAWS, 1).p_random, 0.0596);
}

static void test_tukey_edges(void **state)
{
    (void)state;
    double p[4], effect[4], two[40];
    assert_false(stats_tukey(SAKAI[0], 1, 20, 100, 1, p, effect));
    assert_false(stats_tukey(SAKAI[0], 2, 1, 100, 1, p, effect));
    memcpy(two, SAKAI[0], 20 * sizeof *two);
    memcpy(two + 20, SAKAI[1], 20 * sizeof *two);
    assert_true(
        stats_tukey(two, 2, 20, STATS_DRAWS, 2, p, NULL)); /* of two systems it is Fisher's test */
    assert_drawn(p[1], stats_paired(SAKAI[0], SAKAI[1], 20, STATS_DRAWS, 2).p_random);
    memcpy(two + 20, SAKAI[0], 20 * sizeof *two);
    assert_true(stats_tukey(two, 2, 20, 500, 2, p, effect));
    assert_true(p[1] == 1 && effect[1] == 0);
    assert_true(stats_tukey(two, 2, 20, 0, 2, p, effect));
    assert_true(p[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptive),
        cmocka_unit_test(test_distributions_against_scipy),
        cmocka_unit_test(test_distributions_at_the_ends),
        cmocka_unit_test(test_paired_sakai),
        cmocka_unit_test(test_paired_sample),
        cmocka_unit_test(test_randomisation_is_exact),
        cmocka_unit_test(test_paired_degenerate),
        cmocka_unit_test(test_paired_invariants),
        cmocka_unit_test(test_bootstrap_mean),
        cmocka_unit_test(test_anova_sakai),
        cmocka_unit_test(test_anova_sample),
        cmocka_unit_test(test_anova_degenerate),
        cmocka_unit_test(test_tukey),
        cmocka_unit_test(test_tukey_without_ties),
        cmocka_unit_test(test_fisher_as_documented),
        cmocka_unit_test(test_tukey_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
