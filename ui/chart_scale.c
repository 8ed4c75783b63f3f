/* Scales, ticks and labels of charts. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/chart_parts.h"

#define LOG_TICKS_MAX 2048 /* 1, 2, 5 of every decade of a double */

static double on_scale(const Scale *s, double value)
{
    return s->log ? log10(value) : value;
}

Scale scale_make(double low, double high, bool log)
{
    Scale s = {low, high, log};
    if (high > low && (!log || high / low > 1 + 16 * DBL_EPSILON)) return s;
    if (log) {
        s.low = fmax(low / 2, DBL_MIN);
        s.high = fmin(high, DBL_MAX / 2) * 2;
        if (!(s.high > s.low)) s.high = s.low * 4;
        return s;
    }
    double margin = low == 0 ? 1 : fmax(fabs(low) / 20, DBL_MIN);
    s.low = fmax(low - margin, -DBL_MAX);
    s.high = fmin(high + margin, DBL_MAX);
    return s;
}

/* By halves: the range of two doubles may be too large for one. */
double scale_share(const Scale *s, double value)
{
    double low = on_scale(s, s->low) / 2, high = on_scale(s, s->high) / 2;
    return (on_scale(s, value) / 2 - low) / (high - low);
}

size_t chart_ticks(double low, double high, size_t most, double *ret)
{
    if (!(high > low) || !isfinite(high - low) || most == 0) return 0;
    static const double ROUND[] = {1, 2, 5};
    double least = (high - low) / (double)most;
    int exponent = (int)floor(log10(least));
    for (int i = 0; i < 9; i++) {
        /* a power of ten that is a fraction is divided by: 0.1 is not exact, 10 is */
        int power = exponent + i / 3;
        double times = ROUND[i % 3] * (power > 0 ? pow(10, power) : 1);
        double over = power < 0 ? pow(10, -power) : 1;
        if (!isfinite(times) || !isfinite(over)) continue;
        double first = ceil(low * (over / times)), last = floor(high * (over / times));
        if (first * times / over < low) first++;
        if (last * times / over > high) last--;
        double count = last - first + 1;
        if (!(count <= (double)most)) continue;
        for (size_t k = 0; (double)k < count; k++)
            ret[k] = (first + (double)k) * times / over + 0.0; /* no minus before a nought */
        return count > 0 ? (size_t)count : 0;
    }
    return 0;
}

/* Every stride-th decade, or all of 1, 2, 5 where stride is 0; counts on past `most`. */
static size_t log_ticks(const Scale *s, int stride, size_t most, double *ret)
{
    static const double ROUND[] = {1, 2, 5};
    size_t count = 0;
    int first = (int)floor(log10(s->low)), last = (int)ceil(log10(s->high));
    for (int power = first; power <= last; power++)
        for (int i = 0; i < (stride ? 1 : 3); i++) {
            if (stride && power % stride != 0) continue;
            double value = ROUND[i] * pow(10, power);
            if (!(value >= s->low && value <= s->high)) continue;
            if (count < most) ret[count] = value;
            count++;
        }
    return count;
}

size_t scale_ticks(const Scale *s, size_t most, double *ret)
{
    if (!s->log || s->high / s->low < 5) return chart_ticks(s->low, s->high, most, ret);
    if (most == 0) return 0;
    for (int stride = 0; stride <= LOG_TICKS_MAX; stride = stride ? 2 * stride : 1) {
        size_t count = log_ticks(s, stride, most, ret);
        if (count <= most) return count;
    }
    return 0;
}

/* "2.50e-05" as "2.5e-5". */
static void add_exponent(double value, Str *out)
{
    char text[64];
    snprintf(text, sizeof text, "%.3g", value);
    char *e = strchr(text, 'e');
    if (!e) {
        str_add(out, text);
        return;
    }
    str_add_bytes(out, text, (size_t)(e - text) + 1);
    char *digits = e + 1;
    if (*digits == '-') str_add_char(out, '-');
    digits += strspn(digits, "+-0");
    str_add(out, *digits ? digits : "0");
}

static int decimals_of(double value, double step)
{
    if (step > 0) {
        double decimals = -floor(log10(step) + 1e-9);
        return decimals < 0 ? 0 : decimals > 9 ? 9 : (int)decimals;
    }
    double size = fabs(value);
    if (value == rint(value)) return 0;
    return size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size < 0.1 ? 4 : 3;
}

void chart_number(double value, double step, Str *out)
{
    double size = fabs(value);
    if (!isfinite(value) || size >= 1e7 || (size > 0 && size < 1e-3) || (step > 0 && step < 1e-6)) {
        add_exponent(value, out);
        return;
    }
    int decimals = decimals_of(value, step);
    char text[64];
    snprintf(text, sizeof text, "%.*f", decimals, size);
    const char *point = strchr(text, '.');
    if (value < 0 && strspn(text, "0.") != strlen(text)) str_add_char(out, '-');
    if (!point) {
        str_add_number(out, (long long)rint(size));
        return;
    }
    bool below_one = strncmp(text, "0.", 2) == 0 && strspn(point, ".0") != strlen(point);
    if (below_one)
        str_add(out, point);
    else
        str_add(out, text);
}
