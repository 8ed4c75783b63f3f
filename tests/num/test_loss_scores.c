/* Losses over scores against torch, finite differences, and the edges of their header. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "golden/golden.h"
#include "num/loss_scores.h"

#define ROOM 64

static size_t floats_of(const cJSON *item, float *out)
{
    double values[ROOM];
    size_t n = 0;
    golden_flatten(item, values, ROOM, &n);
    for (size_t i = 0; i < n; i++) out[i] = (float)values[i];
    return n;
}

static void one_case(const ScoreLoss *loss, const cJSON *one)
{
    float score[ROOM], label[ROOM], wanted[ROOM], got[ROOM], sizes[ROOM];
    uint32_t offset[ROOM + 1] = {0};
    size_t groups = floats_of(golden_get(one, "sizes"), sizes);
    for (size_t b = 0; b < groups; b++) offset[b + 1] = offset[b] + (uint32_t)sizes[b];
    size_t n = floats_of(golden_get(one, "score"), score);
    assert_int_equal(n, offset[groups]);
    assert_int_equal(floats_of(golden_get(one, "label"), label), n);
    assert_int_equal(floats_of(golden_get(one, "gradient"), wanted), n);
    ScoreBatch batch = {
        .groups = groups, .offset = offset, .score = score, .label = label, .dscore = got};
    const char *name = golden_get(one, "name")->valuestring;
    double value = loss->run(&batch), golden = golden_number(one, "loss");
    if (!(fabs(value - golden) <= 1e-6 + 2e-6 * fabs(golden)))
        fail_msg("%s, %s: the loss is %.9g and not %.9g", loss->name, name, value, golden);
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(got[i] - wanted[i]) <= 1e-7f + 1e-5f * fabsf(wanted[i])))
            fail_msg("%s, %s: gradient %zu is %.9g and not %.9g", loss->name, name, i,
                     (double)got[i], (double)wanted[i]);
    batch.dscore = NULL;
    assert_true(loss->run(&batch) == value);
    /* the mean of its parts */
    double sum = 0;
    for (size_t b = 0; b < groups; b++) {
        ScoreBatch part = batch;
        part.groups = 1;
        part.offset = offset + b;
        sum += loss->run(&part) * (loss->by_group ? 1 : (double)(offset[b + 1] - offset[b]));
    }
    assert_true(fabs(sum / (double)(loss->by_group ? groups : n) - value) <= 1e-12 * fabs(value));
}

static void goldens(void **state)
{
    (void)state;
    cJSON *json = golden_load("score_losses.json");
    for (size_t i = 0; i < SCORE_LOSS_COUNT; i++) {
        const cJSON *cases = golden_get(json, SCORE_LOSSES[i].name), *one;
        assert_true(golden_count(cases) >= 3);
        cJSON_ArrayForEach(one, cases) one_case(&SCORE_LOSSES[i], one);
    }
    cJSON_Delete(json);
}

static void finite_differences(void **state)
{
    (void)state;
    static const uint32_t OFFSET[] = {0, 5, 6, 6, 11};
    static const float LABEL[11] = {1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0};
    for (size_t l = 0; l < SCORE_LOSS_COUNT; l++) {
        float score[11], dscore[11];
        Rng rng = rng_make(9, l);
        for (size_t i = 0; i < 11; i++) score[i] = (float)(2 * rng_normal(&rng));
        ScoreBatch batch = {
            .groups = 4, .offset = OFFSET, .score = score, .label = LABEL, .dscore = dscore};
        SCORE_LOSSES[l].run(&batch);
        batch.dscore = NULL;
        for (size_t i = 0; i < 11; i++) {
            float was = score[i], step = 1.f / 256;
            score[i] = was + step;
            double high = SCORE_LOSSES[l].run(&batch);
            score[i] = was - step;
            double wanted = (high - SCORE_LOSSES[l].run(&batch)) / (2 * (double)step);
            score[i] = was;
            if (fabs(wanted - (double)dscore[i]) > 1e-5)
                fail_msg("%s, %zu: %g by differences, %g", SCORE_LOSSES[l].name, i, wanted,
                         (double)dscore[i]);
        }
    }
}

static void edges(void **state)
{
    (void)state;
    const ScoreLoss *list = score_loss_find("listwise"), *bce = score_loss_find("bce");
    assert_non_null(list);
    assert_non_null(bce);
    assert_null(score_loss_find("hinge"));
    uint32_t offset[] = {0, 2, 3};
    float score[] = {1e30f, -1e30f, 3}, label[] = {0, 0, 1}, dscore[] = {7, 7, 7};
    ScoreBatch batch = {
        .groups = 2, .offset = offset, .score = score, .label = label, .dscore = dscore};
    /* no positive, and nothing beside the positive: nothing to learn */
    assert_true(list->run(&batch) == 0);
    for (size_t i = 0; i < 3; i++) assert_true(dscore[i] == 0);
    assert_true(bce->run(&batch) > 3e29);
    for (size_t i = 0; i < 3; i++) assert_true(isfinite(dscore[i]));
    label[0] = 1; /* right by far */
    assert_true(list->run(&batch) == 0);
    label[0] = 0;
    label[1] = 1; /* wrong by far */
    assert_true(isfinite(list->run(&batch)) && dscore[0] == 0.5f && dscore[1] == -0.5f);
    batch.groups = 0;
    assert_true(list->run(&batch) == 0 && bce->run(&batch) == 0);
    score[0] = NAN;
    batch.groups = 2;
    assert_true(isnan(list->run(&batch)) && isnan(bce->run(&batch)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goldens),
        cmocka_unit_test(finite_differences),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
