/* What a run changed: the same figures as eval, honest words, what is left to judge. */
#include "retrieve/project.h"

#include <cjson/cJSON.h>

#include "base/rng.h"
#include "num/blas.h"
#include "store/journal.h"
#include "store/runs.h"
#include "task/evaluate.h"
#include "task/outcome.h"
#include "task/train.h"

#define TOPICS 40

/* Three chunks of each fifth topic are alike, so that some questions find another one first. */
static void fill(Project *p, bool with_val, bool with_test)
{
    for (size_t t = 0; t < TOPICS; t++) {
        Split split = SPLIT_TRAIN;
        if (with_val && t % 5 == 4) split = SPLIT_VAL;
        if (with_test && t % 5 == 3) split = SPLIT_TEST;
        int64_t chunk = 0;
        for (int copy = 0; copy < (t % 5 == 0 ? 3 : 1); copy++) {
            Rng rng = rng_make(1 + (uint64_t)copy, t);
            Str text = {0};
            for (int w = 0; w < 40; w++) {
                if (w % 4 == 0)
                    str_addf(&text, "topic%zuword%d ", t, w % 8);
                else
                    str_addf(&text, "common%d ", (int)rng_below(&rng, 60));
            }
            chunk = project_chunk(p, str_get(&text), split);
            str_release(&text);
        }
        for (int i = 0; i < 2; i++) {
            Rng rng = rng_make(9, 2 * t + (size_t)i);
            char question[96];
            snprintf(question, sizeof question, "which ask%d about topic%zuword%d in common%d?", i,
                     t, 4 * i, (int)rng_below(&rng, 60));
            project_question(p, question, chunk, QUESTION_ACCEPTED, split);
        }
    }
    int64_t odd = project_chunk(p, "Nothing here is asked about in these words.", SPLIT_TRAIN);
    project_question(p, "common1 common2 common3 common4 topic5word0?", odd, QUESTION_ACCEPTED,
                     SPLIT_TRAIN);
}

static void train_a_run(Project *p, const char *name)
{
    TrainOptions o = train_options_default();
    o.name = name;
    o.epochs = 6;
    o.batch = 16;
    o.lr = 5e-3;
    o.no_refit = true;
    TrainReport r;
    ok(task_train(&p->env, &o, &r, err));
}

static Outcome outcome(Project *p, const char *run, const char *baseline)
{
    Outcome o = {0};
    ok(task_outcome(&p->env, run, baseline, &o, err));
    return o;
}

static void figures_are_those_of_eval(void **state)
{
    Project *p = *state;
    fill(p, true, true);
    train_a_run(p, "run");
    Outcome o = outcome(p, "run", NULL);
    assert_string_equal(o.baseline, "lsa@1");
    const char *names[] = {"lsa@1", "run"};
    static const Split SPLITS[] = {SPLIT_VAL, SPLIT_TEST};
    const OutcomeSplit *parts[] = {&o.val, &o.test};
    for (int i = 0; i < 2; i++) {
        EvalOptions e = eval_options_default();
        EvalTable t;
        e.retrievers = names;
        e.retriever_count = 2;
        e.split = SPLITS[i];
        e.keep = false;
        ok(task_evaluate(&p->env, &e, &t, err));
        size_t m = eval_metric_find(&t, METRIC_MRR, 10);
        Comparison c;
        eval_compare(&t, 0, 1, m, 1, &c);
        assert_int_equal(parts[i]->questions, 16);
        assert_true(parts[i]->mrr.before == t.lines[0].value[m]);
        assert_true(parts[i]->mrr.after == t.lines[1].value[m]);
        assert_true(parts[i]->mrr.test.p_t == c.test.p_t);
        assert_true(parts[i]->mrr.test.ci95.low == c.test.ci95.low);
        if (i == 0) {
            assert_int_equal(o.won.count, c.wins);
            assert_int_equal(o.lost.count, c.losses);
        }
        eval_table_release(&t);
    }
    EvalRows kept = {0};
    ok(evals_load(p->env.store, &kept, err));
    assert_int_equal(kept.count, 2);
    assert_true(kept.items[1].id == o.val.eval_id && kept.items[0].id == o.test.eval_id);
    rows_release(&kept);
    outcome_release(&o);
}

static void moves_are_of_val_and_by_size(void **state)
{
    Project *p = *state;
    fill(p, true, true);
    train_a_run(p, "run");
    Outcome o = outcome(p, "run", "bm25"), back = {0};
    assert_string_equal(o.baseline, "bm25");
    const OutcomeMoves *lists[] = {&o.won, &o.lost};
    for (int l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            OutcomeMove m = lists[l]->items[i];
            QuestionRows q = {0};
            ok(question_get(p->env.store, m.question_id, &q, err));
            assert_int_equal(q.items[0].split, SPLIT_VAL);
            rows_release(&q);
            size_t better = l == 0 ? m.after : m.before, worse = l == 0 ? m.before : m.after;
            assert_true(better > 0 && better <= 10 && (worse == 0 || worse > better));
        }
    }
    back = outcome(p, "run", "run");
    assert_int_equal(back.won.count + back.lost.count, 0);
    assert_true(back.val.mrr.test.mean_difference == 0);
    outcome_release(&back);
    outcome_release(&o);
}

static void what_was_judged_is_not_asked_again(void **state)
{
    Project *p = *state;
    fill(p, true, true);
    train_a_run(p, "run");
    Outcome o = outcome(p, "run", NULL);
    assert_true(o.above_count > 0 && o.first_count > 0);
    assert_int_equal(o.above_count, o.above.count);
    for (size_t i = 0; i < o.above.count; i++) {
        QuestionRows q = {0};
        ok(question_get(p->env.store, o.above.items[i].question_id, &q, err));
        assert_int_equal(q.items[0].split, SPLIT_TRAIN);
        rows_release(&q);
        assert_true(o.above.items[i].margin >= 0);
        assert_true(i == 0 || o.above.items[i].margin <= o.above.items[i - 1].margin);
    }
    for (size_t i = 0; i < o.first.count; i++) {
        QuestionRows q = {0};
        ok(question_get(p->env.store, o.first.items[i].question_id, &q, err));
        assert_int_not_equal(q.items[0].split, SPLIT_TEST);
        rows_release(&q);
    }
    static const char *const VERDICTS[] = {"kept", "false_negative", "promoted"};
    size_t before = o.first_count;
    OutcomeHit judged = o.first.items[0];
    for (size_t i = 0; i < 3 && i < o.first.count; i++) {
        Decision d = {.subject = "verdict",
                      .subject_id = o.first.items[i].question_id,
                      .other_id = o.first.items[i].chunk_id,
                      .value = VERDICTS[i]};
        int64_t group;
        ok(decide(p->env.store, &d, 1, "judge", &group, err));
    }
    outcome_release(&o);
    o = outcome(p, "run", NULL);
    assert_int_equal(o.first_count, before - (before < 3 ? before : 3));
    for (size_t i = 0; i < o.first.count; i++)
        assert_true(o.first.items[i].question_id != judged.question_id ||
                    o.first.items[i].chunk_id != judged.chunk_id);
    outcome_release(&o);
}

static void what_nobody_finds_is_listed(void **state)
{
    Project *p = *state;
    fill(p, true, false);
    train_a_run(p, "run");
    Outcome o = outcome(p, "run", NULL);
    assert_true(o.nowhere_count >= 1);
    assert_true(o.nowhere.items[o.nowhere.count - 1] == 2 * TOPICS + 1);
    assert_int_equal(o.test.questions, 0);
    outcome_release(&o);
}

static void words_are_honest(void **state)
{
    Project *p = *state;
    fill(p, false, false);
    train_a_run(p, "run");
    Outcome o = outcome(p, "run", NULL);
    Str text = {0}, json = {0};
    outcome_text(&o, &text);
    assert_non_null(strstr(str_get(&text), "There are no val questions"));
    assert_non_null(strstr(str_get(&text), "val: no questions, nothing measured"));
    assert_int_equal(o.won.count + o.lost.count, 0);
    outcome_json(&o, &json);
    cJSON *j = cJSON_Parse(str_get(&json));
    assert_non_null(j);
    const cJSON *next = cJSON_GetObjectItem(j, "next");
    const cJSON *above = cJSON_GetObjectItem(next, "above_positive");
    assert_true(cJSON_GetNumberValue(cJSON_GetObjectItem(above, "count")) == (double)o.above_count);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(above, "hits")), o.above.count);
    cJSON_Delete(j);
    outcome_release(&o);

    o = (Outcome){.run = "a", .baseline = "b", .val = {.questions = 9, .chunks = 1}};
    o.val.mrr.test = (PairedTest){.mean_difference = 0.02, .ci95 = {-0.01, 0.05}, .p_t = 0.2};
    o.val.accuracy.test = (PairedTest){.mean_difference = 0.02, .ci95 = {0.01, 0.05}, .p_t = 0.01};
    str_clear(&text);
    outcome_text(&o, &text);
    assert_non_null(strstr(str_get(&text), "the gain may be chance: its interval holds 0"));
    assert_non_null(strstr(str_get(&text), "more than chance"));
    str_release(&text);
    str_release(&json);
}

static void what_cannot_be_compared_says_why(void **state)
{
    Project *p = *state;
    Outcome o;
    refused(ERR_MISSING, "nobody", task_outcome(&p->env, "nobody", NULL, &o, err));
    fill(p, true, false);
    train_a_run(p, "run");
    refused(ERR_MISSING, "ghost", task_outcome(&p->env, "run", "ghost", &o, err));
    refused(ERR_MISSING, "lsa", task_outcome(&p->env, "lsa", NULL, &o, err));
    Cancel cancel = {0};
    cancel_ask(&cancel);
    Env env = p->env;
    env.cancel = &cancel;
    refused(ERR_CANCELLED, "", task_outcome(&env, "run", NULL, &o, err));
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
#define CASE(f) cmocka_unit_test_setup_teardown(f, project_open, project_close)
    const struct CMUnitTest tests[] = {
        CASE(figures_are_those_of_eval),
        CASE(moves_are_of_val_and_by_size),
        CASE(what_was_judged_is_not_asked_again),
        CASE(what_nobody_finds_is_listed),
        CASE(words_are_honest),
        CASE(what_cannot_be_compared_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
