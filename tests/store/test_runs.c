#include <math.h>
#include <signal.h>

#include "fixture.h"

static RunRow wanted(const char *name, const char *inputs)
{
    return (RunRow){.name = name,
                    .embedder = "lsa",
                    .method = "linear",
                    .loss = "mnrl",
                    .inputs = hash_text(inputs),
                    .options = "{\"lr\":1}",
                    .selection = "val mrr@10",
                    .steps = 100};
}

static RunRow begin(Store *s, const char *name, const char *inputs, Arena *arena)
{
    RunRow want = wanted(name, inputs), row = {0};
    ok(run_begin(s, &want, &row, arena, err));
    return row;
}

static void test_run(void **state)
{
    Fixture *f = *state;
    Arena arena = {0};
    RunRow row = begin(f->s, "ft", "a", &arena);
    assert_string_equal(row.state, "running");
    assert_string_equal(row.embedder, "lsa");
    assert_string_equal(row.options, "{\"lr\":1}");
    assert_int_equal(row.steps, 100);
    assert_int_equal(row.step, 0);
    assert_null(row.report);
    ok(run_update(f->s, row.id, 40, "stopped", "by hand", err));
    fixture_reopen(f);
    RunRows rows = {0};
    ok(run_find(f->s, "ft", &rows, err));
    assert_int_equal(rows.count, 1);
    assert_string_equal(rows.items[0].state, "stopped");
    assert_string_equal(rows.items[0].message, "by hand");
    rows_release(&rows);
    RunRow again = begin(f->s, "ft", "a", &arena);
    assert_int_equal(again.id, row.id);
    assert_int_equal(again.step, 40);
    assert_string_equal(again.state, "running");
    RunRow other = wanted("ft", "b"), out;
    refused(ERR_CONFLICT, run_begin(f->s, &other, &out, &arena, err));
    ok(run_finish(f->s, row.id, "{\"best\":1}", err));
    RunRow done = begin(f->s, "ft", "a", &arena);
    assert_string_equal(done.state, "done");
    assert_string_equal(done.report, "{\"best\":1}");
    refused(ERR_CONFLICT, run_begin(f->s, &other, &out, &arena, err));
    refused(ERR_MISSING, run_update(f->s, 999, 1, "running", NULL, err));
    refused(ERR_MISSING, run_finish(f->s, 999, "{}", err));
    refused(ERR_DATABASE, run_update(f->s, row.id, 1, "no such state", NULL, err));
    ok(run_find(f->s, "nothing", &rows, err));
    assert_int_equal(rows.count, 0);
    rows_release(&rows);
    arena_release(&arena);
    assert_whole(f->s);
}

static void test_other_process(void **state)
{
    Fixture *f = *state;
    store_close(f->s);
    f->s = NULL;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        Store *s = NULL;
        Arena arena = {0};
        RunRow row = wanted("ft", "a"), out;
        bool fine = store_open(f->path, &s, NULL) && run_begin(s, &row, &out, &arena, NULL) &&
                    run_update(s, out.id, 7, "running", NULL, NULL);
        if (write(ready[1], fine ? "y" : "n", 1) != 1) _exit(1);
        pause();
        _exit(0);
    }
    char byte = 'n';
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    ok(store_open(f->path, &f->s, err));
    Arena arena = {0};
    RunRow row = wanted("ft", "a"), out;
    refused(ERR_CONFLICT, run_begin(f->s, &row, &out, &arena, err));
    refused(ERR_CONFLICT, run_remove(f->s, "ft", err));
    RunRows rows = {0};
    ok(runs_load(f->s, &rows, err));
    assert_string_equal(rows.items[0].state, "running");
    rows_release(&rows);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    ok(runs_load(f->s, &rows, err));
    assert_string_equal(rows.items[0].state, "stopped"); /* its process is gone */
    rows_release(&rows);
    ok(run_begin(f->s, &row, &out, &arena, err));
    assert_int_equal(out.step, 7);
    arena_release(&arena);
}

static void test_metrics(void **state)
{
    Fixture *f = *state;
    Arena arena = {0};
    RunRow run = begin(f->s, "ft", "a", &arena);
    MetricRow rows[50];
    for (int i = 0; i < 50; i++) {
        rows[i] = (MetricRow){.step = i / 2,
                              .name = i % 2 ? "loss" : "val mrr@10",
                              .value = i == 49 ? NAN : i * 0.5,
                              .at_ms = 1000 + i};
    }
    ok(metrics_add(f->s, run.id, rows, 50, err));
    ok(metrics_add(f->s, run.id, rows, 50, err)); /* done again: the same */
    MetricRows got = {0};
    ok(metrics_load(f->s, run.id, "loss", -1, &got, err));
    assert_int_equal(got.count, 25);
    for (int i = 0; i < 25; i++) {
        assert_int_equal(got.items[i].step, i);
        assert_string_equal(got.items[i].name, "loss");
        assert_true(i == 24 ? isnan(got.items[i].value) : got.items[i].value == (2 * i + 1) * 0.5);
    }
    rows_release(&got);
    ok(metrics_load(f->s, run.id, NULL, -1, &got, err));
    assert_int_equal(got.count, 50);
    assert_string_equal(got.items[0].name, "loss");
    assert_string_equal(got.items[49].name, "val mrr@10");
    rows_release(&got);
    ok(metrics_load(f->s, run.id, "loss", 20, &got, err));
    assert_int_equal(got.count, 4);
    assert_int_equal(got.items[0].step, 21);
    rows_release(&got);
    ok(metrics_load(f->s, run.id, NULL, 22, &got, err));
    assert_int_equal(got.count, 4);
    rows_release(&got);
    ok(metrics_load(f->s, run.id, "loss", 24, &got, err));
    assert_int_equal(got.count, 0);
    rows_release(&got);
    ok(metrics_cut(f->s, run.id, 9, err));
    ok(metrics_load(f->s, run.id, NULL, -1, &got, err));
    assert_int_equal(got.count, 20);
    rows_release(&got);
    refused(ERR_MISSING, metrics_add(f->s, 999, rows, 1, err));
    arena_release(&arena);
}

static void test_checkpoint(void **state)
{
    Fixture *f = *state;
    Arena arena = {0};
    RunRow run = begin(f->s, "ft", "a", &arena);
    int64_t step = -1;
    void *data = &step;
    size_t size = 9;
    ok(checkpoint_get(f->s, run.id, &step, &data, &size, err));
    assert_null(data);
    ok(checkpoint_put(f->s, run.id, 10, "ten", 3, err));
    ok(checkpoint_put(f->s, run.id, 20, "twenty", 6, err));
    refused(ERR_MISSING, checkpoint_put(f->s, 999, 10, "ten", 3, err));
    fixture_reopen(f);
    ok(checkpoint_get(f->s, run.id, &step, &data, &size, err));
    assert_int_equal(step, 20);
    assert_int_equal(size, 6);
    assert_memory_equal(data, "twenty", 6);
    free(data);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"), 1);
    ok(run_finish(f->s, run.id, "{}", err));
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"), 0);
    arena_release(&arena);
    assert_whole(f->s);
}

static void test_retrievers(void **state)
{
    Fixture *f = *state;
    Arena arena = {0};
    RunRow run = begin(f->s, "ft", "a", &arena);
    RetrieverRow row = {.name = "ft",
                        .kind = "adapter",
                        .embedder = "lsa",
                        .run_id = run.id,
                        .epoch = 2,
                        .config = "{\"d\":3}"};
    int64_t id = 0, again = 0;
    ok(retriever_put(f->s, &row, "first", 5, &id, err));
    row.epoch = 3;
    ok(retriever_put(f->s, &row, "second!", 7, &again, err));
    assert_int_equal(id, again);
    RetrieverRows rows = {0};
    ok(retriever_find(f->s, "ft", &rows, err));
    assert_int_equal(rows.count, 1);
    assert_string_equal(rows.items[0].kind, "adapter");
    assert_int_equal(rows.items[0].epoch, 3);
    assert_int_equal(rows.items[0].run_id, run.id);
    assert_int_equal(rows.items[0].build_id, 0);
    assert_int_equal(rows.items[0].blob_bytes, 7);
    rows_release(&rows);
    void *data = NULL;
    size_t size = 0;
    ok(retriever_blob(f->s, id, &data, &size, err));
    assert_int_equal(size, 7);
    assert_memory_equal(data, "second!", 7);
    free(data);
    refused(ERR_MISSING, retriever_blob(f->s, 999, &data, &size, err));
    row.name = "no run";
    row.run_id = 999;
    refused(ERR_MISSING, retriever_put(f->s, &row, "x", 1, &id, err));
    ok(retrievers_load(f->s, &rows, err));
    assert_int_equal(rows.count, 1);
    rows_release(&rows);
    Counts c;
    ok(store_counts(f->s, &c, err));
    assert_true(c.runs == 1 && c.retrievers == 1 && c.evals == 0);

    MetricRow metric = {.step = 1, .name = "loss", .value = 1};
    ok(metrics_add(f->s, run.id, &metric, 1, err));
    ok(run_remove(f->s, "ft", err)); /* with all that it made */
    refused(ERR_MISSING, run_remove(f->s, "ft", err));
    ok(store_counts(f->s, &c, err));
    assert_true(c.runs == 0 && c.retrievers == 0);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM metric"), 0);
    assert_int_equal(raw_number(f->path, "SELECT count(*) FROM piece"), 0);
    arena_release(&arena);
    assert_whole(f->s);
}

static void test_evals(void **state)
{
    Fixture *f = *state;
    EvalRow row = {.made_ms = 5,
                   .split = "test",
                   .corpus = "all",
                   .version = "0.1.0",
                   .frozen = NULL,
                   .data_hash = "00ff",
                   .questions = 2,
                   .chunks = 3,
                   .table = "{\"retrievers\":[]}"};
    EvalRankRow ranks[] = {{"lsa", 2, 1, "1,7"}, {"bm25", 1, 2, ""}, {"lsa", 1, 1, "3"}};
    int64_t first = 0, second = 0;
    ok(eval_add(f->s, &row, ranks, 3, &first, err));
    row.frozen = "9f2c";
    ok(eval_add(f->s, &row, NULL, 0, &second, err));
    EvalRows rows = {0};
    ok(evals_load(f->s, &rows, err));
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.items[0].id, second); /* newest first */
    assert_string_equal(rows.items[0].frozen, "9f2c");
    assert_null(rows.items[1].frozen);
    assert_string_equal(rows.items[1].table, row.table);
    rows_release(&rows);
    EvalRankRows got = {0};
    ok(eval_ranks(f->s, first, &got, err));
    assert_int_equal(got.count, 3);
    assert_string_equal(got.items[0].retriever, "bm25");
    assert_string_equal(got.items[0].ranks, "");
    assert_int_equal(got.items[2].question_id, 2);
    assert_string_equal(got.items[2].ranks, "1,7");
    rows_release(&got);
    EvalRankRow twice[] = {{"lsa", 1, 1, "1"}, {"lsa", 1, 1, "2"}};
    refused(ERR_CONFLICT, eval_add(f->s, &row, twice, 2, &first, err));
    ok(evals_load(f->s, &rows, err));
    assert_int_equal(rows.count, 2);
    rows_release(&rows);
}

#define WITH_PROJECT(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROJECT(test_run),        WITH_PROJECT(test_other_process), WITH_PROJECT(test_metrics),
        WITH_PROJECT(test_checkpoint), WITH_PROJECT(test_retrievers),    WITH_PROJECT(test_evals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
