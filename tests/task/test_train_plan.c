/* The order of a run: batches without shared texts, nested subsets, and a record that comes back as
 * it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/train_set.h"

#define QUESTIONS 60
#define CHUNKS 30

/* Two questions a chunk, the first of each with a second positive; question 7 has the text of
 * question 6, chunk 3 that of chunk 4. */
static TrainSet make_set(void)
{
    TrainSet s = {.questions = QUESTIONS, .chunks = CHUNKS, .searched = CHUNKS};
    s.question_id = mem_zero(QUESTIONS, sizeof *s.question_id);
    s.chunk_id = mem_zero(CHUNKS, sizeof *s.chunk_id);
    s.selecting = mem_zero(QUESTIONS, 1);
    s.query = mem_zero(QUESTIONS, sizeof *s.query);
    s.passage = mem_zero(CHUNKS, sizeof *s.passage);
    s.negative_score = mem_zero(1, sizeof *s.negative_score);
    s.positive_score = mem_zero(QUESTIONS, sizeof *s.positive_score);
    RowList *lists[] = {&s.positive, &s.barred, &s.negative};
    for (int l = 0; l < 3; l++) {
        lists[l]->offset = mem_zero(QUESTIONS + 1, sizeof *lists[l]->offset);
        lists[l]->row = mem_zero(2 * QUESTIONS + 1, sizeof *lists[l]->row);
    }
    for (size_t c = 0; c < CHUNKS; c++) {
        char text[32];
        snprintf(text, sizeof text, "passage %zu", c == 3 ? 4 : c);
        s.chunk_id[c] = (int64_t)(100 + c);
        s.passage[c] = arena_strdup(&s.arena, text);
    }
    size_t at = 0;
    for (size_t q = 0; q < QUESTIONS; q++) {
        char text[32];
        snprintf(text, sizeof text, "question %zu", q == 7 ? 6 : q);
        s.question_id[q] = (int64_t)(1000 + q);
        s.query[q] = arena_strdup(&s.arena, text);
        s.selecting[q] = q >= 54;
        s.positive.row[at++] = (uint32_t)(q / 2);
        if (q % 2 == 0 && q / 2 + 1 < CHUNKS) s.positive.row[at++] = (uint32_t)(q / 2 + 1);
        s.positive.offset[q + 1] = at;
    }
    return s;
}

static TrainPlan plan(const TrainSet *s, const TrainOptions *o, bool all)
{
    TrainPlan p;
    Err err = {0};
    if (!train_plan_make(s, o, all, &p, &err)) fail_msg("%s", err.message);
    return p;
}

static TrainOptions options(void)
{
    TrainOptions asked = train_options_default(), o;
    Err err = {0};
    if (!train_options_resolve(&asked, &o, &err)) fail_msg("%s", err.message);
    return o;
}

static void batches_share_no_text(void **state)
{
    (void)state;
    TrainSet s = make_set();
    TrainOptions o = options();
    o.batch = 8;
    o.epochs = 5;
    TrainPlan p = plan(&s, &o, false);
    for (size_t b = 0; b < p.steps; b++) {
        size_t n = p.first[b + 1] - p.first[b];
        assert_true(n >= 2 && n <= o.batch);
        for (size_t i = p.first[b]; i < p.first[b + 1]; i++) {
            TrainPair x = p.pair[p.order[i]];
            assert_false(s.selecting[x.question]);
            for (size_t j = i + 1; j < p.first[b + 1]; j++) {
                TrainPair y = p.pair[p.order[j]];
                assert_string_not_equal(s.query[x.question], s.query[y.question]);
                assert_string_not_equal(s.passage[x.chunk], s.passage[y.chunk]);
            }
        }
    }
    assert_int_equal(p.epoch_end[4], p.steps);
    train_plan_release(&p);
    train_set_release(&s);
}

static void steps_of_several_batches(void **state)
{
    (void)state;
    TrainSet s = make_set();
    TrainOptions o = options();
    o.batch = 8;
    o.epochs = 3;
    TrainPlan one = plan(&s, &o, false);
    o.accumulate = 3;
    TrainPlan three = plan(&s, &o, false);
    assert_int_equal(one.batches, one.steps);
    assert_int_equal(three.batches, one.batches);
    assert_memory_equal(three.first, one.first, (one.batches + 1) * sizeof *one.first);
    assert_int_equal(three.batch[three.steps], three.batches);
    for (size_t e = 0, s1 = 0; e < 3; e++) {
        size_t begin = three.batch[s1], end = three.batch[three.epoch_end[e]];
        assert_int_equal(end, one.epoch_end[e]); /* no step reaches over it */
        assert_int_equal(three.epoch_end[e] - s1, (end - begin + 2) / 3);
        for (; s1 < three.epoch_end[e]; s1++) {
            size_t n = three.batch[s1 + 1] - three.batch[s1];
            assert_true(n == 3 || (n > 0 && n < 3 && s1 + 1 == three.epoch_end[e]));
        }
    }
    train_plan_release(&one);
    train_plan_release(&three);
    train_set_release(&s);
}

static void every_pair_once_an_epoch(void **state)
{
    (void)state;
    TrainSet s = make_set();
    TrainOptions o = options();
    o.batch = 8;
    o.epochs = 3;
    TrainPlan p = plan(&s, &o, true);
    size_t begin = 0;
    for (size_t e = 0; e < p.epochs; e++) {
        size_t *seen = mem_zero(p.pairs, sizeof *seen), total = 0;
        for (size_t i = p.first[begin]; i < p.first[p.epoch_end[e]]; i++) seen[p.order[i]]++;
        for (size_t i = 0; i < p.pairs; i++) {
            assert_true(seen[i] <= 1);
            total += seen[i];
        }
        assert_true(total + 1 >= p.pairs); /* a last row that is alone is left out */
        begin = p.epoch_end[e];
        free(seen);
    }
    train_plan_release(&p);
    train_set_release(&s);
}

static void same_seed_same_plan(void **state)
{
    (void)state;
    TrainSet s = make_set();
    TrainOptions o = options();
    TrainPlan a = plan(&s, &o, false), b = plan(&s, &o, false);
    o.seed = 2;
    TrainPlan c = plan(&s, &o, false);
    size_t n = a.first[a.steps];
    assert_int_equal(a.steps, b.steps);
    assert_memory_equal(a.order, b.order, n * sizeof *a.order);
    assert_memory_not_equal(a.order, c.order, n * sizeof *a.order);
    train_plan_release(&a);
    train_plan_release(&b);
    train_plan_release(&c);
    train_set_release(&s);
}

static void subsets_are_nested(void **state)
{
    (void)state;
    TrainSet s = make_set();
    TrainOptions o = options();
    o.pairs = 10;
    TrainPlan small = plan(&s, &o, false);
    o.pairs = 25;
    TrainPlan large = plan(&s, &o, false);
    assert_int_equal(small.pairs, 10);
    assert_int_equal(large.pairs, 25);
    assert_memory_equal(small.pair, large.pair, 10 * sizeof *small.pair);
    o.pairs = 100000;
    TrainPlan all = plan(&s, &o, false);
    assert_true(all.pairs > 54);
    o.pairs = 0;
    o.use_all_docs = false;
    TrainPlan first = plan(&s, &o, false);
    assert_int_equal(first.pairs, 54);
    train_plan_release(&small);
    train_plan_release(&large);
    train_plan_release(&all);
    train_plan_release(&first);
    train_set_release(&s);
}

static void one_pair_is_too_few(void **state)
{
    (void)state;
    TrainSet s = make_set();
    TrainOptions o = options();
    o.pairs = 1;
    TrainPlan p;
    Err err = {0};
    assert_false(train_plan_make(&s, &o, false, &p, &err));
    assert_int_equal(err.kind, ERR_MISSING);
    train_set_release(&s);
}

static void record_comes_back(void **state)
{
    (void)state;
    TrainSet s = make_set(), back = {0};
    Str record = {0}, again = {0};
    train_set_encode(&s, &record);
    str_add(&record, "behind it");
    size_t at = 0;
    Err err = {0};
    assert_true(train_set_decode(record.data, record.size, &at, &back, &err));
    assert_string_equal(record.data + at, "behind it");
    train_set_encode(&back, &again);
    assert_int_equal(again.size, at);
    assert_memory_equal(again.data, record.data, at);
    train_set_release(&back);
    for (size_t cut = 0; cut < again.size; cut += 7) {
        at = 0;
        assert_false(train_set_decode(again.data, cut, &at, &back, &err));
    }
    str_release(&record);
    str_release(&again);
    train_set_release(&s);
}

static void broken_records_are_refused(void **state)
{
    (void)state;
    TrainSet s = make_set();
    Str record = {0};
    train_set_encode(&s, &record);
    for (size_t i = 0; i < record.size; i++) {
        char was = record.data[i];
        record.data[i] = (char)(was ^ 0x80);
        size_t at = 0;
        TrainSet back = {0};
        Err err = {0};
        if (train_set_decode(record.data, record.size, &at, &back, &err)) {
            for (size_t j = 0; j < back.positive.offset[back.questions]; j++)
                assert_true(back.positive.row[j] < back.chunks);
            train_set_release(&back);
        }
        record.data[i] = was;
    }
    str_release(&record);
    train_set_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_share_no_text),    cmocka_unit_test(steps_of_several_batches),
        cmocka_unit_test(every_pair_once_an_epoch), cmocka_unit_test(same_seed_same_plan),
        cmocka_unit_test(subsets_are_nested),       cmocka_unit_test(one_pair_is_too_few),
        cmocka_unit_test(record_comes_back),        cmocka_unit_test(broken_records_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
