/* Tests of significance between retrievers.
 *
 * Conventions as kampersanda/elinor has them: the p-value of a random test is count / draws, where
 * a draw counts when its statistic is at least the observed one; there is no + 1, so that p may
 * come out as 0 ("below 1 / draws"). Unlike there, what should be equal counts as equal in spite of
 * rounding (TIE): scores of retrievers are multiples of a few fractions, so that ties are common,
 * and elinor loses about half of them, which makes its p too small (0.050 instead of 0.066 on its
 * own 20-topic example). Degenerate input gives the value that the header names instead of an
 * error. */
#include "num/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

/* Sums of the same numbers in another order differ by less than this, relative to the sum of
 * magnitudes. */
#define TIE 1e-12

enum { STREAM_BOOTSTRAP = 1, STREAM_SIGNS, STREAM_TUKEY };

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double sum_magnitudes(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += fabs(x[i]);
    return sum;
}

/* bootstrap: resamples the n centred values `draws` times.
 * means out (draws): mean of each resample
 * ts    out (draws) or NULL: its t statistic; 0 where the resample holds one value only */
static void bootstrap(const double *centred, size_t n, size_t draws, uint64_t seed, double *means,
                      double *ts)
{
    Rng rng = rng_make(seed, STREAM_BOOTSTRAP);
    for (size_t r = 0; r < draws; r++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++) {
            double x = centred[rng_below(&rng, n)];
            sum += x;
            squares += x * x;
        }
        means[r] = sum / (double)n;
        if (!ts) continue;
        double variation = squares - sum * means[r];
        bool flat = n < 2 || variation <= TIE * squares;
        ts[r] = flat ? 0 : means[r] / sqrt(variation / (double)(n - 1) / (double)n);
    }
}

static double *centre(const double *x, size_t n, double mean)
{
    double *centred = mem_zero(n, sizeof *centred);
    for (size_t i = 0; i < n; i++) centred[i] = x[i] - mean;
    return centred;
}

static Interval percentile_interval(double *means, size_t draws, double shift)
{
    qsort(means, draws, sizeof *means, by_value);
    return (Interval){shift + stats_quantile(means, draws, 0.025),
                      shift + stats_quantile(means, draws, 0.975)};
}

Interval stats_bootstrap_mean(const double *x, size_t n, size_t draws, uint64_t seed)
{
    double mean = stats_mean(x, n);
    if (n == 0 || draws == 0) return (Interval){mean, mean};
    double *centred = centre(x, n, mean), *means = mem_zero(draws, sizeof *means);
    bootstrap(centred, n, draws, seed, means, NULL);
    Interval interval = percentile_interval(means, draws, mean);
    free(means);
    free(centred);
    return interval;
}

/* p of Fisher's randomisation test: under the null hypothesis each difference might as well have
 * the other sign. */
static double sign_flips(const double *differences, size_t n, size_t draws, uint64_t seed)
{
    double observed = 0;
    for (size_t i = 0; i < n; i++) observed += differences[i];
    double bar = fabs(observed) - TIE * sum_magnitudes(differences, n);
    Rng rng = rng_make(seed, STREAM_SIGNS);
    size_t count = 0;
    for (size_t r = 0; r < draws; r++) {
        double sum = 0;
        uint64_t bits = 0;
        for (size_t i = 0; i < n; i++, bits >>= 1) {
            if (i % 64 == 0) bits = rng_u64(&rng);
            sum += (double)(int)((bits & 1) * 2 - 1) * differences[i];
        }
        count += fabs(sum) >= bar;
    }
    return draws ? (double)count / (double)draws : 1;
}

/* Fills what one set of resamples gives: the interval of the mean and the bootstrap p. */
static void bootstrap_paired(const double *differences, size_t n, size_t draws, uint64_t seed,
                             PairedTest *test)
{
    double *centred = centre(differences, n, test->mean_difference);
    double *means = mem_zero(draws, sizeof *means), *ts = mem_zero(draws, sizeof *ts);
    bootstrap(centred, n, draws, seed, means, ts);
    size_t count = 0;
    for (size_t r = 0; r < draws; r++) count += fabs(ts[r]) >= fabs(test->t) * (1 - TIE);
    test->p_bootstrap = (double)count / (double)draws;
    test->ci95 = percentile_interval(means, draws, test->mean_difference);
    free(ts);
    free(means);
    free(centred);
}

PairedTest stats_paired(const double *a, const double *b, size_t n, size_t draws, uint64_t seed)
{
    PairedTest test = {.p_t = 1, .p_bootstrap = 1, .p_random = 1};
    if (n == 0) return test;
    double *differences = mem_zero(n, sizeof *differences);
    for (size_t i = 0; i < n; i++) differences[i] = b[i] - a[i];
    double mean = stats_mean(differences, n), deviation = stats_deviation(differences, n);
    double scale = (sum_magnitudes(a, n) + sum_magnitudes(b, n)) / (double)n;
    if (fabs(mean) <= TIE * scale) mean = 0;
    if (deviation <= TIE * scale) deviation = 0;
    test.mean_difference = mean;
    test.ci95 = (Interval){mean, mean};
    if (deviation > 0) {
        test.t = mean / (deviation / sqrt((double)n));
        test.p_t = 2 * stats_t_cdf(-fabs(test.t), (double)(n - 1));
        test.effect_size = mean / deviation;
        if (draws) bootstrap_paired(differences, n, draws, seed, &test);
    } else if (mean != 0 && n > 1) {
        test.t = copysign(INFINITY, mean);
        test.p_t = test.p_bootstrap = 0;
    }
    if (deviation > 0 || mean != 0) test.p_random = sign_flips(differences, n, draws, seed);
    free(differences);
    return test;
}

static double f_ratio(double variance, double residual)
{
    if (residual > 0) return variance / residual;
    return variance > 0 ? INFINITY : 0;
}

bool stats_anova(const double *x, size_t systems, size_t n, Anova *ret)
{
    if (systems < 2 || n < 2) return false;
    double *topic = mem_zero(n, sizeof *topic), *system = mem_zero(systems, sizeof *system);
    double all = 0, squares = 0;
    for (size_t i = 0; i < systems; i++) {
        for (size_t j = 0; j < n; j++) {
            double value = x[i * n + j];
            topic[j] += value / (double)systems;
            squares += value * value;
        }
        system[i] = stats_mean(x + i * n, n);
        all += system[i] / (double)systems;
    }
    Anova out = {0};
    for (size_t i = 0; i < systems; i++) {
        out.between_systems += (double)n * (system[i] - all) * (system[i] - all);
        for (size_t j = 0; j < n; j++) {
            double rest = x[i * n + j] - system[i] - topic[j] + all;
            out.residual += rest * rest;
        }
    }
    for (size_t j = 0; j < n; j++)
        out.between_topics += (double)systems * (topic[j] - all) * (topic[j] - all);
    free(system);
    free(topic);

    double *parts[] = {&out.between_systems, &out.between_topics, &out.residual};
    for (size_t i = 0; i < 3; i++) /* what rounding leaves of a zero */
        if (*parts[i] <= TIE * TIE * squares) *parts[i] = 0;
    double d_systems = (double)(systems - 1), d_topics = (double)(n - 1);
    double d_residual = d_systems * d_topics;
    out.effect_size_residual_variance = out.residual / d_residual;
    out.f_systems = f_ratio(out.between_systems / d_systems, out.effect_size_residual_variance);
    out.f_topics = f_ratio(out.between_topics / d_topics, out.effect_size_residual_variance);
    out.p_systems = stats_f_survival(out.f_systems, d_systems, d_residual);
    out.p_topics = stats_f_survival(out.f_topics, d_topics, d_residual);
    *ret = out;
    return true;
}

/* The widest gap between two system sums after the scores of every topic were dealt out anew.
 * by_topic in/out (n, systems); sums (systems) scratch. */
static double shuffled_range(Rng *rng, double *by_topic, size_t systems, size_t n, double *sums)
{
    memset(sums, 0, systems * sizeof *sums);
    for (size_t j = 0; j < n; j++) {
        double *row = by_topic + j * systems;
        for (size_t i = systems - 1; i > 0; i--) {
            size_t other = rng_below(rng, i + 1);
            double held = row[i];
            row[i] = row[other];
            row[other] = held;
            sums[i] += row[i];
        }
        sums[0] += row[0];
    }
    double low = sums[0], high = sums[0];
    for (size_t i = 1; i < systems; i++) {
        low = fmin(low, sums[i]);
        high = fmax(high, sums[i]);
    }
    return high - low;
}

/* share_at_least: how much of the sorted ranges is at least `bar`. */
static double share_at_least(const double *sorted, size_t draws, double bar)
{
    size_t low = 0, high = draws;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] >= bar)
            high = middle;
        else
            low = middle + 1;
    }
    return draws ? (double)(draws - low) / (double)draws : 1;
}

bool stats_tukey(const double *x, size_t systems, size_t n, size_t draws, uint64_t seed, double *p,
                 double *effect)
{
    Anova anova;
    if (!stats_anova(x, systems, n, &anova)) return false;
    double *by_topic = mem_zero(n * systems, sizeof *by_topic);
    double *sums = mem_zero(systems, sizeof *sums), *observed = mem_zero(systems, sizeof *observed);
    double *ranges = mem_zero(draws ? draws : 1, sizeof *ranges);
    for (size_t i = 0; i < systems; i++) {
        observed[i] = stats_mean(x + i * n, n) * (double)n;
        for (size_t j = 0; j < n; j++) by_topic[j * systems + i] = x[i * n + j];
    }
    Rng rng = rng_make(seed, STREAM_TUKEY);
    for (size_t r = 0; r < draws; r++) ranges[r] = shuffled_range(&rng, by_topic, systems, n, sums);
    qsort(ranges, draws, sizeof *ranges, by_value);

    double slack = TIE * sum_magnitudes(x, systems * n);
    double deviation = sqrt(anova.effect_size_residual_variance);
    for (size_t i = 0; i < systems; i++) {
        for (size_t j = 0; j < systems; j++) {
            double gap = observed[i] - observed[j];
            p[i * systems + j] = i == j ? 1 : share_at_least(ranges, draws, fabs(gap) - slack);
            if (effect) effect[i * systems + j] = deviation > 0 ? gap / (double)n / deviation : 0;
        }
    }
    free(ranges);
    free(observed);
    free(sums);
    free(by_topic);
    return true;
}
