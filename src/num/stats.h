/* Statistics for comparing retrievers, as in the field's practice (kampersanda/elinor is the model
 * to match). All random draws come from a seed. Pure; NaN never comes in. */
#ifndef NUM_STATS_H
#define NUM_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Interval {
    double low, high;
} Interval;

typedef struct PairedTest {
    double mean_difference; /* mean of b − a */
    double t, p_t;          /* paired Student t, two-sided; t 0 and p 1 when all differences are zero or n < 2;
                               t infinite and p 0 when they are all the same but not zero */
    double effect_size;     /* mean difference / sample standard deviation of the differences; 0 when that is 0 */
    double p_random;        /* Fisher randomisation by sign flips, two-sided */
    double p_bootstrap;     /* two-sided, of the t statistic of the centred differences resampled (Sakai 2006) */
    Interval ci95;          /* of the mean difference, percentile bootstrap */
} PairedTest;

/* A p-value from draws is count / draws, as in elinor: 0 says "below 1 / draws". Ties count in
 * full, also where rounding would break them; elinor's own numbers are smaller where scores have
 * many ties. */
#define STATS_DRAWS 10000

double stats_mean(const double *x, size_t n);
double stats_deviation(const double *x, size_t n); /* sample standard deviation; 0 for n < 2 */
double stats_quantile(const double *sorted, size_t n, double q); /* linear interpolation */

Interval stats_bootstrap_mean(const double *x, size_t n, size_t draws, uint64_t seed);

PairedTest stats_paired(const double *a, const double *b, size_t n, size_t draws, uint64_t seed);

/* stats_anova: two-way analysis of variance without replication. x (systems, n) row-major. With no
 * residual F is infinite (0 where its factor has no variation either). Needs systems >= 2 and n >=
 * 2; returns false otherwise, with *ret untouched. */
typedef struct Anova {
    double between_systems, between_topics, residual;                  /* sums of squares */
    double f_systems, p_systems, f_topics, p_topics;
    double effect_size_residual_variance; /* residual mean square */
} Anova;
bool stats_anova(const double *x, size_t systems, size_t n, Anova *ret);

/* stats_tukey: randomised Tukey HSD (Carterette 2012, Sakai 2018): p out (systems, systems)
 * symmetric, corrected for all pairs; effect out (systems, systems): difference of means (row −
 * column) / sqrt(residual mean square) of the two-way analysis, 0 where that is 0. x (systems, n).
 * effect may be NULL. False as for stats_anova. */
bool stats_tukey(const double *x, size_t systems, size_t n, size_t draws, uint64_t seed, double *p,
                 double *effect);

double stats_t_cdf(double t, double degrees);          /* Student */
double stats_f_survival(double f, double d1, double d2); /* P(F > f) */

#endif
