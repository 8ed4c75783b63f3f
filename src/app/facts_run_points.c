#include <stdlib.h>
#include <string.h>

#include "app/facts_runs.h"
#include "store/runs.h"

typedef struct Kind {
    const char *stored, *name;
    double sign;
} Kind;

static const Kind KINDS[RUN_METRIC_COUNT] = {
    [RUN_LOSS] = {"loss", "loss", 1},
    [RUN_MRR] = {"val mrr@10", "mrr@10", 1},
    [RUN_LIKELIHOOD] = {"val loss", "likelihood", -1},
    [RUN_GRADIENT] = {"gradient_norm", "gradient norm", 1},
    [RUN_LR] = {"lr", "learning rate", 1},
};

typedef struct Asked {
    int64_t after[RUN_METRIC_COUNT]; /* steps that are there; -1: none */
    RunPoints *points;
    RunPointsDone *done;
    void *context;
} Asked;

const char *run_metric_name(RunMetric m)
{
    return KINDS[m].name;
}

void run_points_free(RunPoints *p)
{
    if (!p) return;
    for (int m = 0; m < RUN_METRIC_COUNT; m++) vec_release(&p->of[m]);
    free(p);
}

void run_points_add(RunPoints **to, RunPoints *news)
{
    if (!*to || news->anew || (*to)->run_id != news->run_id) {
        run_points_free(*to);
        *to = news;
        return;
    }
    for (int m = 0; m < RUN_METRIC_COUNT; m++) {
        RunPointsOf *old = &(*to)->of[m];
        const RunPointsOf *more = &news->of[m];
        vec_reserve(old, old->count + more->count);
        for (size_t i = 0; i < more->count; i++)
            if (old->count == 0 || more->items[i].step > old->items[old->count - 1].step)
                vec_push(old, more->items[i]);
    }
    run_points_free(news);
}

/* From the last step that is known on. A run that was killed goes on from its checkpoint: the steps
 * after that are gone, and come again; then the last known one is not in the file. */
static bool load(Asked *a, const Env *env, int m, bool *ret_gone, Err *err)
{
    MetricRows rows = {0};
    int64_t after = a->after[m];
    if (!metrics_load(env->store, a->points->run_id, KINDS[m].stored, after < 0 ? -1 : after - 1,
                      &rows, err))
        return false;
    *ret_gone = after >= 0 && (rows.count == 0 || rows.items[0].step != after);
    RunPointsOf *of = &a->points->of[m];
    vec_clear(of);
    vec_reserve(of, rows.count);
    for (size_t i = after >= 0; i < rows.count; i++) {
        const MetricRow *r = &rows.items[i];
        vec_push(of, (RunPoint){(double)r->step, KINDS[m].sign * r->value, r->at_ms});
    }
    rows_release(&rows);
    return true;
}

static bool load_all(Asked *a, const Env *env, bool *ret_gone, Err *err)
{
    *ret_gone = false;
    for (int m = 0; m < RUN_METRIC_COUNT && !*ret_gone; m++)
        if (!load(a, env, m, ret_gone, err)) return false;
    return true;
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    bool gone;
    if (!load_all(a, env, &gone, err)) return false;
    if (!gone) return true;
    for (int m = 0; m < RUN_METRIC_COUNT; m++) a->after[m] = -1;
    a->points->anew = true;
    return load_all(a, env, &gone, err);
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    RunPoints *points = err ? NULL : a->points;
    if (!err) a->points = NULL;
    a->done(a->context, points, err);
}

static void release(void *data)
{
    Asked *a = data;
    run_points_free(a->points);
    free(a);
}

void run_points_ask(Desk *d, const void *slot, int64_t run_id, const RunPoints *have,
                    RunPointsDone *callback, void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.done = callback, .context = context};
    bool same = have && have->run_id == run_id;
    a->points = mem_zero(1, sizeof *a->points);
    a->points->run_id = run_id;
    a->points->anew = !same;
    for (int m = 0; m < RUN_METRIC_COUNT; m++) {
        size_t count = same ? have->of[m].count : 0;
        double last = count ? have->of[m].items[count - 1].step : -1;
        a->after[m] = last < 9e18 ? (int64_t)last : INT64_MAX;
    }
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
