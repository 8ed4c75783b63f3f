/* Every loss trains an adapter and the table of lsa, with teacher scores and guides from where a
 * project has them; what is missing is said in words. */
#include "retrieve/project.h"

#include "num/blas.h"
#include "num/loss.h"
#include "store/runs.h"
#include "task/mine.h"
#include "task/train.h"

static double metric_at(Project *p, const char *run, bool last)
{
    RunRows rows = {0};
    MetricRows metrics = {0};
    ok(run_find(p->env.store, run, &rows, err));
    assert_int_equal(rows.count, 1);
    ok(metrics_load(p->env.store, rows.items[0].id, "loss", -1, &metrics, err));
    assert_true(metrics.count > 1);
    double value = metrics.items[last ? metrics.count - 1 : 0].value;
    rows_release(&rows);
    rows_release(&metrics);
    return value;
}

static TrainOptions options_for(const Loss *loss, const char *method)
{
    TrainOptions o = train_options_default();
    o.name = "run";
    o.method = method;
    o.loss = loss->name;
    o.guide = loss->needs_guide ? "lsa" : NULL;
    o.negatives = loss->needs_negatives ? 2 : 0;
    o.epochs = 12;
    o.batch = 8;
    o.lr = 0.01;
    o.scale = 4; /* and the margin wide: the easy ones count too */
    o.margin = loss->cosine_only ? 0.9 : 0;
    o.no_refit = o.replace = true;
    return o;
}

static void mine_some(Project *p)
{
    MineOptions m = mine_options_default();
    MineReport report;
    m.retriever = "bm25";
    m.per_question = 3;
    ok(task_mine(&p->env, &m, &report, err));
    assert_true(report.candidates > 0);
}

static void every_loss_is_made_smaller(void **state)
{
    Project *p = *state;
    static const char *const METHODS[] = {"linear", "table"};
    project_topics(p, true);
    mine_some(p);
    for (size_t l = 0; l < LOSS_COUNT; l++)
        for (int m = 0; m < 2; m++) {
            TrainReport r;
            TrainOptions o = options_for(&LOSSES[l], METHODS[m]);
            ok(task_train(&p->env, &o, &r, err));
            if (!(metric_at(p, "run", true) < metric_at(p, "run", false)))
                fail_msg("%s with %s: %g became %g", LOSSES[l].name, METHODS[m],
                         metric_at(p, "run", false), metric_at(p, "run", true));
        }
}

static void guides_of_other_kinds(void **state)
{
    Project *p = *state;
    TrainReport r;
    project_topics(p, true);
    TrainOptions o = options_for(loss_find("gist"), "linear");
    o.guide = "bm25"; /* scores only */
    ok(task_train(&p->env, &o, &r, err));
    o.guide = "bm25+lsa";
    refused(ERR_USAGE, "fusion", task_train(&p->env, &o, &r, err));
    o.guide = "nothing-of-that-name";
    refused(ERR_MISSING, "nothing-of-that-name", task_train(&p->env, &o, &r, err));
}

static void told(Project *p, TrainOptions o, ErrKind kind, const char *word)
{
    TrainReport r;
    refused(kind, word, task_train(&p->env, &o, &r, err));
}

static void what_is_missing_is_said(void **state)
{
    Project *p = *state;
    project_topics(p, true);
    TrainOptions o = options_for(loss_find("distill"), "linear");
    told(p, o, ERR_MISSING, "hone mine");
    o.negatives = 0;
    told(p, o, ERR_USAGE, "--negatives");
    o = options_for(loss_find("gist"), "linear");
    o.guide = NULL;
    told(p, o, ERR_USAGE, "--guide");
    o = options_for(loss_find("mnrl"), "linear");
    o.guide = "lsa";
    told(p, o, ERR_USAGE, "gist");
    o = options_for(loss_find("triplet"), "linear");
    o.dot = true;
    told(p, o, ERR_USAGE, "--dot");
    o = options_for(loss_find("mnrl"), "linear");
    o.directions = "q-d,x-y";
    told(p, o, ERR_USAGE, "direction");
    o.directions = NULL;
    o.matryoshka = "64,none";
    told(p, o, ERR_USAGE, "--matryoshka");
    o.matryoshka = "100000";
    told(p, o, ERR_USAGE, "100000");
    o.matryoshka = NULL;
    o.loss = "hinge";
    told(p, o, ERR_USAGE, "triplet"); /* all are named */
}

static void options_change_the_run(void **state)
{
    Project *p = *state;
    TrainReport r;
    project_topics(p, true);
    TrainOptions o = options_for(loss_find("mnrl"), "linear");
    ok(task_train(&p->env, &o, &r, err));
    double plain = metric_at(p, "run", false);
    o.directions = "q-d,d-q,q-q,d-d";
    ok(task_train(&p->env, &o, &r, err));
    double all = metric_at(p, "run", false);
    assert_true(all > plain); /* more to stand out from */
    o.directions = NULL;
    o.matryoshka = "16,8";
    ok(task_train(&p->env, &o, &r, err));
    assert_true(metric_at(p, "run", false) != plain);
}

int main(int argc, char **argv)
{
    (void)argc;
    blas_start(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_loss_is_made_smaller, project_open, project_close),
        cmocka_unit_test_setup_teardown(guides_of_other_kinds, project_open, project_close),
        cmocka_unit_test_setup_teardown(what_is_missing_is_said, project_open, project_close),
        cmocka_unit_test_setup_teardown(options_change_the_run, project_open, project_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
