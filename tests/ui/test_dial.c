/* Sliders of the dial: from options and back, turned within their ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "ui/dial_sliders.h"

static const SliderScale SCALE = {0.05, 0.97, -0.9, 0.4};

static void assert_within(const Sliders *s)
{
    for (SliderId i = 0; i < SLIDER_COUNT; i++) {
        const Slider *x = &s->at[i];
        assert_true(x->step > 0 && x->low < x->high);
        assert_true(x->low <= x->value && x->value <= x->high);
        assert_true(slider_share(x) >= 0 && slider_share(x) <= 1);
    }
}

/* What mining refuses is never made. */
static void assert_sound(const MineOptions *o)
{
    assert_true(o->per_question >= 1);
    assert_true(o->range_max == 0 || o->range_max > o->range_min);
    assert_true(!o->has[MINE_MIN_SCORE] || !o->has[MINE_MAX_SCORE] ||
                o->value[MINE_MIN_SCORE] <= o->value[MINE_MAX_SCORE]);
}

static void options_come_back(void **state)
{
    (void)state;
    MineOptions o = mine_options_default(), back;
    o.has[MINE_MARGIN] = o.has[MINE_MAX_SCORE] = true;
    o.value[MINE_MARGIN] = 0.0375;
    o.value[MINE_MAX_SCORE] = 1.25; /* beyond the scale */
    o.range_min = 10;
    o.range_max = 400; /* deeper than is held */
    o.per_question = 250;
    o.random_sampling = true;
    o.seed = 77;
    Sliders s;
    sliders_init(&s, &o, &SCALE);
    assert_within(&s);
    back = o;
    sliders_options(&s, &back);
    for (MineFilter f = 0; f < MINE_FILTERS; f++) {
        assert_int_equal(back.has[f], o.has[f]);
        assert_true(back.value[f] == o.value[f]);
    }
    assert_int_equal(back.range_min, 10);
    assert_int_equal(back.range_max, 400);
    assert_int_equal(back.per_question, 250);
    assert_true(back.random_sampling && back.seed == 77); /* not theirs to change */

    o = mine_options_default();
    sliders_init(&s, &o, &SCALE);
    sliders_options(&s, &back);
    assert_int_equal(back.range_min + back.range_max, 0);
    for (MineFilter f = 0; f < MINE_FILTERS; f++) assert_false(back.has[f]);
}

static void turning_goes_by_steps(void **state)
{
    (void)state;
    MineOptions o = mine_options_default();
    Sliders s;
    Str text = {0};
    sliders_init(&s, &o, &SCALE);
    assert_false(s.at[SLIDER_MARGIN].on);
    slider_text(&s, SLIDER_MARGIN, &text);
    assert_string_equal(str_get(&text), "off");
    str_clear(&text);
    sliders_turn(&s, SLIDER_MARGIN, 3);
    assert_true(s.at[SLIDER_MARGIN].on);
    sliders_options(&s, &o);
    assert_true(o.has[MINE_MARGIN] && o.value[MINE_MARGIN] == 0.03);
    slider_text(&s, SLIDER_MARGIN, &text);
    assert_string_equal(str_get(&text), "0.03");
    sliders_turn(&s, SLIDER_MARGIN, 1000);
    assert_true(s.at[SLIDER_MARGIN].value == 0.9);
    sliders_turn(&s, SLIDER_MARGIN, -1000);
    assert_true(s.at[SLIDER_MARGIN].value == -0.4);
    sliders_toggle(&s, SLIDER_MARGIN);
    sliders_options(&s, &o);
    assert_false(o.has[MINE_MARGIN]);
    sliders_toggle(&s, SLIDER_PER_QUESTION); /* always on */
    assert_true(s.at[SLIDER_PER_QUESTION].on);

    /* from between two steps the first turn ends at a step */
    o.has[MINE_RELATIVE_MARGIN] = true;
    o.value[MINE_RELATIVE_MARGIN] = 0.0333;
    sliders_init(&s, &o, &SCALE);
    sliders_turn(&s, SLIDER_RELATIVE_MARGIN, 1);
    assert_true(s.at[SLIDER_RELATIVE_MARGIN].value == 0.04);
    sliders_init(&s, &o, &SCALE);
    sliders_turn(&s, SLIDER_RELATIVE_MARGIN, -1);
    assert_true(s.at[SLIDER_RELATIVE_MARGIN].value == 0.03);
    str_release(&text);
}

static void pairs_give_way(void **state)
{
    (void)state;
    MineOptions o = mine_options_default();
    Sliders s;
    sliders_init(&s, &o, &SCALE);
    sliders_put(&s, SLIDER_MOST_SCORE, 0.5);
    sliders_put(&s, SLIDER_LEAST_SCORE, 0.8);
    assert_true(s.at[SLIDER_MOST_SCORE].value == s.at[SLIDER_LEAST_SCORE].value);
    sliders_put(&s, SLIDER_MOST_SCORE, 0.2);
    assert_true(s.at[SLIDER_MOST_SCORE].value == s.at[SLIDER_LEAST_SCORE].value);
    assert_true(slider_share(&s.at[SLIDER_LEAST_SCORE]) < 0.3);

    sliders_put(&s, SLIDER_RANKS, 0.2);
    sliders_put(&s, SLIDER_SKIP, 1);
    sliders_options(&s, &o);
    assert_int_equal(o.range_max, o.range_min + 1);
    sliders_put(&s, SLIDER_RANKS, 0);
    sliders_options(&s, &o);
    assert_int_equal(o.range_min, 0);
    assert_int_equal(o.range_max, 1);
    /* one that is off gives way when it comes on */
    sliders_toggle(&s, SLIDER_RANKS);
    sliders_turn(&s, SLIDER_SKIP, 40);
    sliders_toggle(&s, SLIDER_RANKS);
    sliders_options(&s, &o);
    assert_sound(&o);
}

static void anything_can_be_turned(void **state)
{
    (void)state;
    Rng rng = rng_make(11, 0);
    static const double EDGES[] = {0, 1, -1, 1e-9, 37.5, -12, 1e6};
    for (int n = 0; n < 2000; n++) {
        MineOptions o = mine_options_default();
        Sliders s;
        SliderScale scale = {EDGES[rng_below(&rng, 7)], EDGES[rng_below(&rng, 7)],
                             EDGES[rng_below(&rng, 7)], EDGES[rng_below(&rng, 7)]};
        if (n % 50 == 0) scale = (SliderScale){NAN, INFINITY, -INFINITY, NAN};
        o.range_min = rng_below(&rng, 300);
        if (rng_below(&rng, 2)) o.range_max = o.range_min + 1 + rng_below(&rng, 300);
        o.per_question = 1 + rng_below(&rng, 200);
        sliders_init(&s, &o, &scale);
        for (int turns = 0; turns < 20; turns++) {
            SliderId id = (SliderId)rng_below(&rng, SLIDER_COUNT);
            int how = (int)rng_below(&rng, 3);
            if (how == 0) sliders_turn(&s, id, (int)rng_below(&rng, 41) - 20);
            if (how == 1) sliders_put(&s, id, (double)rng_below(&rng, 13) / 10 - 0.1);
            if (how == 2) sliders_toggle(&s, id);
            sliders_options(&s, &o);
            assert_within(&s);
            assert_sound(&o);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_come_back),
        cmocka_unit_test(turning_goes_by_steps),
        cmocka_unit_test(pairs_give_way),
        cmocka_unit_test(anything_can_be_turned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
