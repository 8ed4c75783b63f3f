#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/str.h"
#include "text/features.h"

static Features features(const char *text)
{
    FeatureScratch *s = feature_scratch_new();
    Features f = {0};
    features_of(s, text, strlen(text), &f);
    feature_scratch_free(s);
    return f;
}

static double sum(const Features *f)
{
    double total = 0;
    for (size_t i = 0; i < f->count; i++) total += f->items[i].value;
    return total;
}

static void assert_sum(const char *text, double expected)
{
    Features f = features(text);
    for (size_t i = 0; i < f.count; i++) {
        assert_true(f.items[i].id < FEATURE_COUNT);
        if (i > 0) assert_true(f.items[i - 1].id < f.items[i].id);
    }
    assert_float_equal(sum(&f), expected, 1e-4);
    vec_release(&f);
}

static void test_weights(void **state)
{
    (void)state;
    assert_sum("", 0);
    assert_sum(" ,;.", 0);
    assert_sum("cat", 1);
    assert_sum("cat dog", 2 + 0.5);
    assert_sum("Cat, cat", 1 + log(2) + 0.5);
    assert_sum("four", 1);
    assert_sum("seven", 1 + 4 * 0.3); /* #sev seve even ven# */
    assert_sum("été", 1);
    assert_sum("écolé", 1 + 4 * 0.3); /* characters, not bytes */
}

static void test_unspaced_weights(void **state)
{
    (void)state;
    assert_sum("我", 0.5);
    assert_sum("学习", 2 * 0.5 + 1);
    assert_sum("深度学习", 4 * 0.5 + 3 + 2 * 0.5);
    assert_sum("深度，学习", 4 * 0.5 + 2); /* no gram crosses a mark */
    assert_sum("cat 学 dog", 2 + 0.5);     /* no pair crosses an unspaced run */
    assert_sum("学学学", 0.5 * (1 + log(3)) + (1 + log(2)) + 0.5);
}

/* The mapping is part of the build format. */
static void test_ids_are_fixed(void **state)
{
    (void)state;
    Features f = features("cat");
    assert_int_equal(f.count, 1);
    assert_int_equal(f.items[0].id, hash_u64("cat", 3, 0) >> (64 - FEATURE_BITS));
    vec_release(&f);

    Features upper = features("CAT"), other = features("cat dog"), swapped = features("dog cat");
    assert_int_equal(upper.items[0].id, hash_u64("cat", 3, 0) >> (64 - FEATURE_BITS));
    assert_int_equal(other.count, 3);
    assert_int_equal(swapped.count, 3);
    assert_memory_not_equal(other.items, swapped.items, 3 * sizeof(Feature)); /* the pair differs */
    vec_release(&upper);
    vec_release(&other);
    vec_release(&swapped);
}

static void test_scratch_leaves_no_trace(void **state)
{
    (void)state;
    FeatureScratch *s = feature_scratch_new();
    Features a = {0}, b = {0};
    const char *text = "Revenue grew 3.5% 深度学习 in fiscal 2021, revenue said";
    features_of(s, text, strlen(text), &a);
    features_of(s, "something else altogether", 25, &b);
    features_of(s, text, strlen(text), &b);
    assert_int_equal(a.count, b.count);
    assert_memory_equal(a.items, b.items, a.count * sizeof *a.items);
    features_of(s, "", 0, &b);
    assert_int_equal(b.count, 0);
    vec_release(&a);
    vec_release(&b);
    feature_scratch_free(s);
    feature_scratch_free(NULL);
}

static void test_many_collisions_sum(void **state)
{
    (void)state;
    Str text = {0};
    for (int i = 0; i < 200000; i++) str_addf(&text, "w%d 深%d ", i, i);
    FeatureScratch *s = feature_scratch_new();
    Features f = {0};
    features_of(s, text.data, text.size, &f);
    assert_true(f.count <= FEATURE_COUNT && f.count > FEATURE_COUNT / 2);
    for (size_t i = 1; i < f.count; i++) assert_true(f.items[i - 1].id < f.items[i].id);
    vec_release(&f);
    feature_scratch_free(s);
    str_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_unspaced_weights),
        cmocka_unit_test(test_ids_are_fixed),
        cmocka_unit_test(test_scratch_leaves_no_trace),
        cmocka_unit_test(test_many_collisions_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
