#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd.h"
#include "app/list.h"
#include "base/file.h"
#include "base/utf8.h"
#include "store/runs.h"
#include "store/vectors.h"
#include "task/estimate.h"
#include "task/run_folder.h"

/* ---- train ---- */

static bool print_estimate(Session *s, const TrainOptions *options, Err *err)
{
    TrainEstimate e = {0};
    if (!train_estimate(&s->env, options, &e, err)) return false;
    session_quiet(s);
    Str text = {0};
    if (s->options->json) {
        train_estimate_json(&e, &text);
    } else {
        train_estimate_text(&e, &text);
        str_add_char(&text, '\n');
    }
    output_text(&text, s->out);
    str_release(&text);
    return true;
}

/* Phases by their share of the time, the largest first. */
static size_t phases_by_time(const Profile *p, Phase ret[PHASES])
{
    size_t count = 0;
    for (Phase phase = 0; phase < PHASES; phase++) {
        if (profile_seconds(p, phase) <= 0) continue;
        size_t at = count++;
        for (; at > 0 && profile_seconds(p, ret[at - 1]) < profile_seconds(p, phase); at--)
            ret[at] = ret[at - 1];
        ret[at] = phase;
    }
    return count;
}

static void profile_text(const Profile *p, Str *out)
{
    Phase phases[PHASES];
    size_t count = phases_by_time(p, phases);
    str_addf(out, "%.1f s:", profile_total(p));
    for (size_t i = 0; i < count; i++)
        str_addf(out, "%s %s %.1f%%", i ? "," : "", phase_name(phases[i]),
                 100 * profile_seconds(p, phases[i]) / profile_total(p));
    str_add_char(out, '\n');
}

static void profile_json(const Profile *p, cJSON *j)
{
    Phase phases[PHASES];
    size_t count = phases_by_time(p, phases);
    cJSON *shares = json_object(j, "profile");
    for (size_t i = 0; i < count; i++)
        json_number(shares, phase_name(phases[i]),
                    profile_seconds(p, phases[i]) / profile_total(p));
}

static void print_report(Session *s, const TrainReport *r)
{
    Str text = {0};
    train_report_text(r, &text);
    if (s->env.profile) profile_text(s->env.profile, &text);
    output_text(&text, s->out);
    str_release(&text);
}

static bool print_report_json(Session *s, const TrainReport *r, Err *err)
{
    char *json = train_report_json(r);
    cJSON *j = json ? cJSON_Parse(json) : NULL;
    free(json);
    if (!j) return err_set(err, ERR_FORMAT, "the report of run '%s' cannot be read", r->name);
    if (s->env.profile) profile_json(s->env.profile, j);
    output_json(j, s->out);
    return true;
}

bool cmd_train(Session *s, Err *err)
{
    TrainOptions options = s->options->train;
    TrainReport r = {0};
    options.seed = s->options->seed;
    if (s->options->estimate) return print_estimate(s, &options, err);
    if (!options.name) return err_set(err, ERR_USAGE, "how shall it be called? say --name NAME");
    if (s->options->profile) s->env.profile = profile_new();
    bool ok = task_train(&s->env, &options, &r, err);
    profile_switch(s->env.profile, PHASE_OTHER); /* adds up to now */
    session_quiet(s);
    if (ok && s->options->json)
        ok = print_report_json(s, &r, err);
    else if (ok)
        print_report(s, &r);
    profile_free(s->env.profile);
    s->env.profile = NULL;
    return ok;
}

/* ---- runs ---- */

static cJSON *run_json(const void *row, const void *context)
{
    const RunRow *r = row;
    cJSON *j = cJSON_CreateObject();
    (void)context;
    json_number(j, "id", (double)r->id);
    json_text(j, "name", r->name);
    json_text(j, "embedder", r->embedder);
    json_text(j, "method", r->method);
    json_text(j, "loss", r->loss);
    json_text(j, "state", r->state);
    json_text(j, "message", r->message);
    json_number(j, "step", (double)r->step);
    json_number(j, "steps", (double)r->steps);
    json_text(j, "selection", r->selection);
    json_or_null(j, "build", r->build_id);
    json_time(j, "made", r->made_ms);
    json_time(j, "updated", r->updated_ms);
    json_parsed(j, "options", r->options);
    json_parsed(j, "report", r->report);
    return j;
}

static void run_cells(Table *t, const void *row, const void *context)
{
    const RunRow *r = row;
    cJSON *report = r->report ? cJSON_Parse(r->report) : NULL;
    const cJSON *best = cJSON_GetObjectItem(cJSON_GetObjectItem(report, "best"), "mrr@10");
    const cJSON *baseline = cJSON_GetObjectItem(cJSON_GetObjectItem(report, "baseline"), "mrr@10");
    (void)context;
    table_cell(t, r->name);
    table_cell(t, r->state);
    table_cellf(t, "%lld/%lld", (long long)r->step, (long long)r->steps);
    table_cell(t, r->embedder);
    table_cell(t, r->method);
    table_cell(t, r->loss);
    const cJSON *const numbers[] = {baseline, best};
    for (size_t i = 0; i < 2; i++) {
        if (cJSON_IsNumber(numbers[i]))
            table_cellf(t, "%.4f", numbers[i]->valuedouble);
        else
            table_cell(t, "");
    }
    table_cell(t, r->message);
    cJSON_Delete(report);
}

static const Column RUN_COLUMNS[] = {{"run"},
                                     {"state"},
                                     {"step", true},
                                     {"embedder"},
                                     {"method"},
                                     {"loss"},
                                     {"mrr before", true},
                                     {"best", true},
                                     {"message", .wide = true}};
static const List RUN_LIST = {"runs", RUN_COLUMNS, sizeof RUN_COLUMNS / sizeof *RUN_COLUMNS,
                              run_json, run_cells};

/* {"loss": [[step, value], …], …}; rows are by name, step. */
static void metrics_json(cJSON *object, const MetricRows *rows)
{
    cJSON *all = json_object(object, "metrics"), *series = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const MetricRow *m = &rows->items[i];
        if (i == 0 || strcmp(m->name, rows->items[i - 1].name) != 0)
            series = json_array(all, m->name);
        cJSON *point = cJSON_CreateArray();
        cJSON_AddItemToArray(point, cJSON_CreateNumber((double)m->step));
        cJSON_AddItemToArray(point, cJSON_CreateNumber(m->value));
        cJSON_AddItemToArray(series, point);
    }
}

/* How each series began, stands, and what was its least and greatest value. */
static void print_metrics(Session *s, const MetricRows *rows)
{
    static const Column COLUMNS[] = {{"metric"},      {"points", true}, {"step", true},
                                     {"first", true}, {"last", true},   {"least", true},
                                     {"most", true}};
    Table *t = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    for (size_t i = 0, end; i < rows->count; i = end) {
        const MetricRow *first = &rows->items[i], *least = first, *most = first;
        for (end = i; end < rows->count && strcmp(rows->items[end].name, first->name) == 0; end++) {
            const MetricRow *m = &rows->items[end];
            if (m->value < least->value) least = m;
            if (m->value > most->value) most = m;
        }
        const MetricRow *last = &rows->items[end - 1];
        table_cell(t, first->name);
        table_cellf(t, "%zu", end - i);
        table_cellf(t, "%lld", (long long)last->step);
        table_cellf(t, "%.6g", first->value);
        table_cellf(t, "%.6g", last->value);
        table_cellf(t, "%.6g", least->value);
        table_cellf(t, "%.6g", most->value);
    }
    if (rows->count) list_table(s, t);
    table_free(t);
}

static bool show_run(Session *s, const char *name, Err *err)
{
    RunRows run = {0};
    MetricRows metrics = {0};
    bool ok = run_find(s->store, name, &run, err);
    if (ok && run.count == 0)
        ok = err_set(err, ERR_MISSING, "there is no run '%s'; 'hone runs' lists them", name);
    ok = ok && metrics_load(s->store, run.items[0].id, NULL, -1, &metrics, err);
    if (ok && s->options->remove) {
        ok = run_drop(&s->env, name, err);
    }
    session_quiet(s);
    if (ok && s->options->json) {
        cJSON *j = run_json(&run.items[0], NULL);
        metrics_json(j, &metrics);
        output_json(j, s->out);
    } else if (ok) {
        Table *t = table_new(RUN_COLUMNS, RUN_LIST.column_count);
        run_cells(t, &run.items[0], NULL);
        list_table(s, t);
        table_free(t);
        if (s->options->remove)
            fprintf(s->out, "removed\n");
        else
            print_metrics(s, &metrics);
    }
    rows_release(&run);
    rows_release(&metrics);
    return ok;
}

bool cmd_runs(Session *s, Err *err)
{
    if (session_arguments(s) == 1) return show_run(s, session_argument(s, 0), err);
    if (s->options->remove)
        return err_set(err, ERR_USAGE, "which run shall be removed? hone runs NAME --remove");
    RunRows rows = {0};
    bool ok = runs_load(s->store, &rows, err);
    if (ok) list_print(s, &RUN_LIST, rows.items, rows.count, sizeof *rows.items, NULL);
    rows_release(&rows);
    return ok;
}

/* ---- build ---- */

bool cmd_build_lsa(Session *s, Err *err)
{
    LsaOptions options = s->options->lsa;
    int64_t id = 0;
    if (s->options->given[OPT_SEED]) options.seed = s->options->seed;
    if (!options.title_body) {
        char *value = NULL;
        if (!setting_get(s->store, "title_body", &value, err)) return false;
        options.title_body = value && strcmp(value, "on") == 0;
        free(value);
    }
    BuildRow build;
    if (!lsa_build(&s->env, &options, &id, err) || !build_get(s->store, id, &build, err))
        return false;
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_number(j, "build", (double)id);
        json_number(j, "chunks", (double)build.chunks);
        json_parsed(j, "head", build.head);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "lsa@%lld: built from %lld chunks\n", (long long)id,
                (long long)build.chunks);
    }
    return true;
}
