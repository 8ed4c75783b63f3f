#include "num/topk.h"

#include <string.h>

#include "num/numeric.h"

static int by_contract(const void *a, const void *b)
{
    const Hit *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* topk's plain twin: sort everything. */
static size_t topk_plain(const float *scores, size_t n, size_t k, Hit *out)
{
    Hit *all = mem_alloc((n + 1) * sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(scores[i])) all[count++] = (Hit){(uint32_t)i, scores[i]};
    qsort(all, count, sizeof *all, by_contract);
    if (count > k) count = k;
    memcpy(out, all, count * sizeof *all);
    free(all);
    return count;
}

static void assert_same_hits(const Hit *a, const Hit *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(a[i].row, b[i].row);
        assert_true(a[i].score == b[i].score);
    }
}

static void check(const float *scores, size_t n, size_t k)
{
    Hit *got = mem_alloc((k + 1) * sizeof *got), *want = mem_alloc((n + 1) * sizeof *want);
    got[k] = (Hit){77, 7};
    size_t count = topk(scores, n, k, got);
    assert_int_equal(count, topk_plain(scores, n, k, want));
    assert_same_hits(got, want, count);
    assert_int_equal(got[k].row, 77);
    free(got);
    free(want);
}

static void finds_the_best_in_order(void **state)
{
    (void)state;
    Rng rng = rng_make(1, 0);
    const size_t sizes[] = {0, 1, 2, 63, 64, 65, 127, 500, 5000},
                 counts[] = {0, 1, 2, 10, 100, 1000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s];
        float *x = random_floats(&rng, n);
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            check(x, n, counts[c]);
            for (size_t i = 0; i < n; i++) x[i] = roundf(x[i] * 4) / 4; /* many ties */
            check(x, n, counts[c]);
        }
        free(x);
    }
}

static void holds_in_every_order_of_input(void **state)
{
    (void)state;
    enum { N = 3000 };
    static float x[N];
    for (size_t i = 0; i < N; i++) x[i] = (float)i;
    check(x, N, 100);
    for (size_t i = 0; i < N; i++) x[i] = (float)(N - i);
    check(x, N, 100);
    for (size_t i = 0; i < N; i++) x[i] = 0.5f;
    check(x, N, 100);
}

static void leaves_out_what_is_no_number(void **state)
{
    (void)state;
    Rng rng = rng_make(2, 0);
    enum { N = 1000 };
    float *x = random_floats(&rng, N);
    for (size_t i = 0; i < N; i += 3) x[i] = NAN;
    for (size_t i = 1; i < N; i += 7) x[i] = -INFINITY;
    x[500] = INFINITY;
    check(x, N, 10);
    check(x, N, N);
    for (size_t i = 0; i < N; i++) x[i] = NAN;
    Hit out[3];
    assert_int_equal(topk(x, N, 3, out), 0);
    free(x);
}

static void merging_equals_one_search(void **state)
{
    (void)state;
    Rng rng = rng_make(3, 0);
    for (size_t round = 0; round < 300; round++) {
        size_t n = 1 + rng_below(&rng, 60), cut = rng_below(&rng, n + 1), k = rng_below(&rng, 30);
        float *x = random_floats(&rng, n);
        for (size_t i = 0; i < n; i++) x[i] = roundf(x[i] * 2);
        Hit out[30], more[60], want[60];
        size_t have = topk(x, cut, k, out), more_count = topk(x + cut, n - cut, 60, more);
        for (size_t i = 0; i < more_count; i++) more[i].row += (uint32_t)cut;
        size_t count = topk_merge(out, have, more, more_count, k);
        assert_int_equal(count, topk_plain(x, n, k, want));
        assert_same_hits(out, want, count);
        free(x);
    }
}

static void merging_takes_ties_by_row(void **state)
{
    (void)state;
    Hit out[3] = {{5, 1}, {9, 1}, {0, 0}};
    const Hit more[2] = {{2, 1}, {7, 1}};
    assert_int_equal(topk_merge(out, 2, more, 2, 3), 3);
    assert_int_equal(out[0].row, 2);
    assert_int_equal(out[1].row, 5);
    assert_int_equal(out[2].row, 7);
}

static void sorts(void **state)
{
    (void)state;
    Rng rng = rng_make(4, 0);
    for (size_t n = 0; n < 70; n++) {
        Hit got[70], want[70];
        for (size_t i = 0; i < n; i++)
            got[i] = want[i] = (Hit){(uint32_t)rng_below(&rng, 40), (float)rng_below(&rng, 5)};
        hits_sort(got, n);
        qsort(want, n, sizeof *want, by_contract);
        assert_same_hits(got, want, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_best_in_order),
        cmocka_unit_test(holds_in_every_order_of_input),
        cmocka_unit_test(leaves_out_what_is_no_number),
        cmocka_unit_test(merging_equals_one_search),
        cmocka_unit_test(merging_takes_ties_by_row),
        cmocka_unit_test(sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
