/* Sliders of the dial: options of a mining as values between two ends, turned in steps. Pure. */
#ifndef UI_DIAL_SLIDERS_H
#define UI_DIAL_SLIDERS_H

#include "app/dial_desk.h"
#include "base/str.h"

typedef enum SliderId {
    SLIDER_MARGIN, SLIDER_RELATIVE_MARGIN, SLIDER_LEAST_SCORE, SLIDER_MOST_SCORE,
    SLIDER_SKIP,         /* ranks left out */
    SLIDER_RANKS,        /* the last rank looked at; off: as far as mining chooses */
    SLIDER_PER_QUESTION,
    SLIDER_COUNT
} SliderId;

/* low <= value <= high; turned, value is a multiple of step or one of the ends. */
typedef struct Slider {
    double low, high, step, value;
    bool on;
} Slider;

typedef struct Sliders {
    Slider at[SLIDER_COUNT];
} Sliders;

/* What there is to choose among: scores, and scores minus the positive's. */
typedef struct SliderScale {
    double score_low, score_high, difference_low, difference_high;
} SliderScale;

/* sliders_init: as the options say, with ends that hold the scale and the options. Numbers that are
 * none count as 0. */
void sliders_init(Sliders *s, const MineOptions *o, const SliderScale *scale);

/* sliders_options: sets filters, range and number in *o, and leaves the rest of it. For all sliders:
 * the least score is not above the greatest, the last rank is behind those left out. */
void sliders_options(const Sliders *s, MineOptions *o);

/* Turning one that is off switches it on; others give way to it where they must. share: 0 … 1 of the
 * way from low to high. */
void sliders_turn(Sliders *s, SliderId id, int steps);
void sliders_put(Sliders *s, SliderId id, double share);
void sliders_toggle(Sliders *s, SliderId id); /* those that are always on stay so */
double slider_share(const Slider *s);

const char *slider_title(SliderId id);
void slider_text(const Sliders *s, SliderId id, Str *out); /* "0.050", "off". Appends */

#endif
