#include "ui/dial_sliders.h"

#include <math.h>

#define STEPS 100 /* at least, from end to end of a slider of scores */
#define MOST_PER_QUESTION 100
#define RULE_SHARE 0.05

typedef struct SliderKind {
    const char *title;
    int filter; /* of MineFilter; -1: none */
    bool always;
} SliderKind;

static const SliderKind KINDS[SLIDER_COUNT] = {
    [SLIDER_MARGIN] = {"margin", MINE_MARGIN, false},
    [SLIDER_RELATIVE_MARGIN] = {"relative margin", MINE_RELATIVE_MARGIN, false},
    [SLIDER_LEAST_SCORE] = {"least score", MINE_MIN_SCORE, false},
    [SLIDER_MOST_SCORE] = {"greatest score", MINE_MAX_SCORE, false},
    [SLIDER_SKIP] = {"leave out the first", -1, true},
    [SLIDER_RANKS] = {"look at the first", -1, false},
    [SLIDER_PER_QUESTION] = {"for each question", -1, true},
};

const char *slider_title(SliderId id)
{
    return KINDS[id].title;
}

static double finite_or_0(double x)
{
    return isfinite(x) ? x : 0;
}

/* The greatest of 1, 2, 5 × 10^n that gives at least STEPS steps. */
static double round_step(double range)
{
    if (!(range > 0)) return 0.001;
    double least = range / STEPS, power = pow(10, floor(log10(least)));
    double digits = least / power;
    return power * (digits >= 5 ? 5 : digits >= 2 ? 2 : 1);
}

/* A number of steps as a value that prints as it was meant. */
static double of_steps(double steps, double step)
{
    return step < 1 ? steps / round(1 / step) : steps * step;
}

static double floor_to(double x, double step)
{
    return of_steps(floor(x / step + 1e-9), step);
}

static double ceil_to(double x, double step)
{
    return of_steps(ceil(x / step - 1e-9), step);
}

static void place(Slider *s, double low, double high, double step)
{
    s->step = step;
    s->low = floor_to(fmin(low, s->value), step);
    s->high = ceil_to(fmax(high, s->value), step);
    if (s->high <= s->low) s->high = s->low + step;
}

static void place_scores(Slider *least, Slider *most, const SliderScale *scale)
{
    double low = finite_or_0(scale->score_low), high = finite_or_0(scale->score_high);
    if (!least->on) least->value = fmin(low, high);
    if (!most->on) most->value = fmax(low, high);
    /* the same ends for both: either can push the other as far as it goes */
    low = fmin(fmin(low, high), fmin(least->value, most->value));
    high = fmax(high, fmax(least->value, most->value));
    place(least, low, high, round_step(high - low));
    place(most, low, high, round_step(high - low));
}

static void place_filters(Sliders *s, const SliderScale *scale)
{
    double least = fmin(0, finite_or_0(scale->difference_low)),
           most = fmax(0, finite_or_0(scale->difference_high));
    place(&s->at[SLIDER_MARGIN], -most, -least, round_step(most - least));
    place(&s->at[SLIDER_RELATIVE_MARGIN], 0, 1, 0.01);
    place_scores(&s->at[SLIDER_LEAST_SCORE], &s->at[SLIDER_MOST_SCORE], scale);
}

void sliders_init(Sliders *s, const MineOptions *o, const SliderScale *scale)
{
    *s = (Sliders){0};
    for (SliderId i = 0; i < SLIDER_COUNT; i++) {
        int f = KINDS[i].filter;
        if (f >= 0) s->at[i].on = o->has[f];
        if (f >= 0 && o->has[f]) s->at[i].value = finite_or_0(o->value[f]);
        if (KINDS[i].always) s->at[i].on = true;
    }
    if (!s->at[SLIDER_RELATIVE_MARGIN].on) s->at[SLIDER_RELATIVE_MARGIN].value = RULE_SHARE;
    place_filters(s, scale);
    s->at[SLIDER_SKIP].value = (double)o->range_min;
    s->at[SLIDER_RANKS].on = o->range_max > 0;
    s->at[SLIDER_RANKS].value =
        (double)(o->range_max ? o->range_max : o->range_min + 10 * o->per_question);
    s->at[SLIDER_PER_QUESTION].value = (double)o->per_question;
    place(&s->at[SLIDER_SKIP], 0, DIAL_DEPTH - 1, 1);
    place(&s->at[SLIDER_RANKS], 1, DIAL_DEPTH, 1);
    place(&s->at[SLIDER_PER_QUESTION], 1, MOST_PER_QUESTION, 1);
}

void sliders_options(const Sliders *s, MineOptions *o)
{
    for (SliderId i = 0; i < SLIDER_COUNT; i++) {
        int f = KINDS[i].filter;
        if (f < 0) continue;
        o->has[f] = s->at[i].on;
        o->value[f] = s->at[i].on ? s->at[i].value : 0;
    }
    o->range_min = (size_t)s->at[SLIDER_SKIP].value;
    o->range_max = s->at[SLIDER_RANKS].on ? (size_t)s->at[SLIDER_RANKS].value : 0;
    o->per_question = (size_t)s->at[SLIDER_PER_QUESTION].value;
}

/* ---- turning ---- */

static void set(Slider *s, double value)
{
    s->value = fmin(fmax(value, s->low), s->high);
    s->on = true;
}

/* The others of a pair follow the one that was moved. */
static void give_way(Sliders *s, SliderId id)
{
    Slider *least = &s->at[SLIDER_LEAST_SCORE], *most = &s->at[SLIDER_MOST_SCORE],
           *skip = &s->at[SLIDER_SKIP], *ranks = &s->at[SLIDER_RANKS];
    if (least->on && most->on && least->value > most->value) {
        if (id == SLIDER_LEAST_SCORE)
            set(most, least->value);
        else
            set(least, most->value);
    }
    if (!ranks->on || skip->value < ranks->value) return;
    if (id == SLIDER_SKIP && skip->value + 1 > ranks->high) skip->value = ranks->high - 1;
    if (id == SLIDER_SKIP)
        set(ranks, skip->value + 1);
    else
        set(skip, ranks->value - 1);
}

void sliders_turn(Sliders *s, SliderId id, int steps)
{
    Slider *x = &s->at[id];
    double at = x->value / x->step;
    /* from between two steps the first turn goes to the nearer one on its way */
    at = steps > 0 ? floor(at + 1e-6) : ceil(at - 1e-6);
    set(x, of_steps(at + steps, x->step));
    give_way(s, id);
}

void sliders_put(Sliders *s, SliderId id, double share)
{
    Slider *x = &s->at[id];
    double value = x->low + fmin(fmax(finite_or_0(share), 0), 1) * (x->high - x->low);
    set(x, of_steps(round(value / x->step), x->step));
    give_way(s, id);
}

void sliders_toggle(Sliders *s, SliderId id)
{
    if (KINDS[id].always) return;
    s->at[id].on = !s->at[id].on;
    if (s->at[id].on) give_way(s, id);
}

double slider_share(const Slider *s)
{
    return s->high > s->low ? (s->value - s->low) / (s->high - s->low) : 0;
}

void slider_text(const Sliders *s, SliderId id, Str *out)
{
    const Slider *x = &s->at[id];
    if (!x->on)
        str_add(out, "off");
    else if (KINDS[id].filter < 0)
        str_addf(out, "%.0f", x->value);
    else
        str_addf(out, x->step < 0.0095 ? "%.3f" : x->step < 0.095 ? "%.2f" : "%.1f", x->value);
}
