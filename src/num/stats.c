/* Descriptive statistics and the two distributions that the tests of stats_test.c need. */
#include "num/stats.h"

#include <assert.h>
#include <math.h>

/* Both bounds are far beyond what convergence takes: a fraction needs about sqrt(max(a, b)) terms.
 */
#define FRACTION_TERMS 100000
#define FRACTION_TINY 1e-300
#define FRACTION_PRECISION 1e-15

double stats_mean(const double *x, size_t n)
{
    if (n == 0) return 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum / (double)n;
}

double stats_deviation(const double *x, size_t n)
{
    if (n < 2) return 0;
    double mean = stats_mean(x, n), squares = 0, residue = 0;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        squares += d * d;
        residue += d;
    }
    double variance = (squares - residue * residue / (double)n) / (double)(n - 1);
    return variance > 0 ? sqrt(variance) : 0;
}

double stats_quantile(const double *sorted, size_t n, double q)
{
    if (n == 0) return 0;
    double place = fmin(fmax(q, 0), 1) * (double)(n - 1);
    size_t below = (size_t)place;
    if (below + 1 >= n) return sorted[n - 1];
    double part = place - (double)below;
    return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

static double away_from_zero(double x)
{
    return fabs(x) < FRACTION_TINY ? FRACTION_TINY : x;
}

/* The continued fraction of the incomplete beta function, by Lentz's method as Thompson and Barnett
 * (1986) modified it. Fast for x < (a + 1) / (a + b + 2). Source: DLMF 8.17.22. */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
    for (int m = 1; m <= FRACTION_TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        value *= c * d;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        value *= c * d;
        if (fabs(c * d - 1) < FRACTION_PRECISION) break;
    }
    return value;
}

static double log_gamma(double x)
{
    int sign; /* lgamma would write a global */
    return lgamma_r(x, &sign);
}

/* I_x(a, b), the regularised incomplete beta function; y is 1 − x, passed so that neither end of
 * the range loses digits. */
static double beta_regular(double a, double b, double x, double y)
{
    if (x <= 0) return 0;
    if (y <= 0) return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

double stats_t_cdf(double t, double degrees)
{
    assert(degrees > 0);
    if (isnan(t)) return t;
    if (isinf(t)) return t > 0 ? 1 : 0;
    double whole = degrees + t * t;
    double tail =
        isinf(whole) ? 0 : 0.5 * beta_regular(degrees / 2, 0.5, degrees / whole, t * t / whole);
    return t > 0 ? 1 - tail : tail;
}

double stats_f_survival(double f, double d1, double d2)
{
    assert(d1 > 0 && d2 > 0);
    if (isnan(f)) return f;
    if (f <= 0) return 1;
    double whole = d2 + d1 * f;
    if (isinf(whole)) return 0;
    return beta_regular(d2 / 2, d1 / 2, d2 / whole, d1 * f / whole);
}
