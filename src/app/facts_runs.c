#include "app/facts_runs.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "base/clock.h"
#include "base/file.h"
#include "store/runs.h"
#include "task/train_report.h"

/* ---- the list ---- */

typedef struct RunsAsked {
    RunsFacts *facts;
    RunsFactsDone *done;
    void *context;
} RunsAsked;

static size_t count_in(const cJSON *options, const char *name)
{
    double n = cJSON_GetNumberValue(cJSON_GetObjectItem(options, name));
    return n >= 1 && n < 1e12 ? (size_t)n : 0;
}

/* "ft-lora-100", "ft-lora-all" of method lora: so many bytes of "ft-"; 0: no run of a sweep. */
static size_t sweep_stem(const RunRow *r)
{
    const char *end = strrchr(r->name, '-');
    if (!end || !r->method) return 0;
    bool count = end[1] && strspn(end + 1, "0123456789") == strlen(end + 1);
    size_t before = (size_t)(end - r->name), method = strlen(r->method);
    if ((!count && strcmp(end + 1, "all") != 0) || before < method + 2) return 0;
    size_t stem = before - method;
    bool of_method = memcmp(r->name + stem, r->method, method) == 0 && r->name[stem - 1] == '-';
    return of_method ? stem : 0;
}

static bool same_sweep(const RunFacts *a, const RunFacts *b)
{
    return a->sweep_stem > 0 && a->sweep_stem == b->sweep_stem &&
           memcmp(a->row.name, b->row.name, a->sweep_stem) == 0;
}

/* The runs of a sweep behind its newest. */
static void gather_sweeps(RunsFacts *f)
{
    for (size_t i = 0; i < f->count; i++) {
        size_t end = i + 1;
        for (size_t k = end; k < f->count; k++) {
            RunFacts member = f->items[k];
            if (!same_sweep(&f->items[i], &member)) continue;
            memmove(&f->items[end + 1], &f->items[end], (k - end) * sizeof member);
            member.follows = true;
            f->items[end++] = member;
        }
        i = end - 1;
    }
}

RunsFacts *runs_facts_make(RunRows *rows)
{
    RunsFacts *f = mem_zero(1, sizeof *f);
    f->rows = *rows;
    *rows = (RunRows){0};
    f->count = f->rows.count;
    f->items = mem_zero(f->count + 1, sizeof *f->items);
    for (size_t i = 0; i < f->count; i++) {
        RunFacts *r = &f->items[f->count - 1 - i];
        r->row = f->rows.items[i];
        r->reported = train_report_parse(r->row.report, &r->report);
        cJSON *options = cJSON_Parse(r->row.options ? r->row.options : "");
        r->epochs = count_in(options, "epochs");
        r->batch = count_in(options, "batch");
        r->by_tokens = method_by_tokens(r->row.method);
        r->reranker = cJSON_IsString(cJSON_GetObjectItem(options, "reranker"));
        r->sweep_stem = sweep_stem(&r->row);
        cJSON_Delete(options);
    }
    gather_sweeps(f);
    return f;
}

void runs_facts_free(RunsFacts *f)
{
    if (!f) return;
    rows_release(&f->rows);
    free(f->items);
    free(f);
}

const RunFacts *runs_facts_find(const RunsFacts *f, int64_t id)
{
    for (size_t i = 0; f && i < f->count; i++)
        if (f->items[i].row.id == id) return &f->items[i];
    return NULL;
}

static bool runs_work(void *data, const Env *env, Err *err)
{
    RunRows rows = {0};
    if (!runs_load(env->store, &rows, err)) return false;
    ((RunsAsked *)data)->facts = runs_facts_make(&rows);
    return true;
}

static void runs_done(void *data, const Err *err)
{
    RunsAsked *a = data;
    RunsFacts *facts = err ? NULL : a->facts;
    if (!err) a->facts = NULL;
    a->done(a->context, facts, err);
}

static void runs_release(void *data)
{
    RunsAsked *a = data;
    runs_facts_free(a->facts);
    free(a);
}

void runs_facts_ask(Desk *d, const void *slot, RunsFactsDone *callback, void *context)
{
    RunsAsked *a = mem_zero(1, sizeof *a);
    *a = (RunsAsked){.done = callback, .context = context};
    Inquiry q = {
        .slot = slot, .work = runs_work, .done = runs_done, .release = runs_release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}

/* ---- what is said about a run ---- */

const char *run_verdict(const RunFacts *r)
{
    if (!r->reported) return "";
    if (!r->report.kept_best) return "kept untrained";
    if (r->report.within_noise) return "may be chance";
    return "more than chance";
}

static void add_time(const char *what, int64_t at_ms, Str *out)
{
    char time[32];
    clock_iso(at_ms, time);
    str_addf(out, "%s %s\n", what, time);
}

/* A line of the options: what is an object has a text of its own. */
static void add_option(const cJSON *item, Str *out)
{
    if (!item->string || cJSON_IsObject(item) || cJSON_IsArray(item)) return;
    char *value = cJSON_PrintUnformatted(item);
    const char *text = cJSON_IsString(item) ? item->valuestring : value;
    str_addf(out, "  %-14s %s\n", item->string, text ? text : "");
    free(value);
}

static void add_verdicts(const RunFacts *r, Str *out)
{
    TrainVerdicts v;
    train_verdicts_parse(r->row.options, &v);
    str_add(out, "\nVerdicts that shaped its training set\n");
    str_addf(out, "  %zu candidates kept as negatives, %zu known false negatives, %zu promoted\n",
             v.kept, v.false_negatives, v.promoted);
    if (v.journal)
        str_addf(out, "  decisions up to number %lld of the journal; later ones are for the next\n",
                 (long long)v.journal);
}

void run_text(const RunFacts *r, Str *out)
{
    str_addf(out, "Run %s: %s, step %lld of %lld\n", r->row.name, r->row.state,
             (long long)r->row.step, (long long)r->row.steps);
    add_time("  began  ", r->row.made_ms, out);
    add_time("  updated", r->row.updated_ms, out);
    if (r->row.message) str_addf(out, "\nIt failed\n  %s\n", r->row.message);
    if (r->reported) {
        str_add(out, "\nReport\n");
        train_report_text(&r->report, out);
        str_addf(out, "took %.1f s, %.0f tokens a second; %zu pairs masked in their batches\n",
                 r->report.seconds, r->report.tokens_per_second, r->report.masked);
        if (r->report.refitted)
            str_add(out, "trained again on all pairs for as long as was best\n");
    } else {
        str_addf(out, "\nIts best step is chosen on %s\n", r->row.selection);
    }
    add_verdicts(r, out);
    str_add(out, "\nOptions and machine\n");
    cJSON *options = cJSON_Parse(r->row.options ? r->row.options : "");
    const cJSON *item;
    cJSON_ArrayForEach(item, options) add_option(item, out);
    if (r->row.build_id) str_addf(out, "  %-14s %lld\n", "build", (long long)r->row.build_id);
    cJSON_Delete(options);
}

/* ---- files ---- */

typedef struct TextFile {
    char *path, *text;
    TextFileDone *done;
    void *context;
} TextFile;

static bool file_work(void *data, const Env *env, Err *err)
{
    TextFile *t = data;
    (void)env;
    return file_write(t->path, t->text, strlen(t->text), err);
}

static void file_done(void *data, const Err *err)
{
    TextFile *t = data;
    t->done(t->context, t->path, err);
}

static void file_release(void *data)
{
    TextFile *t = data;
    free(t->path);
    free(t->text);
    free(t);
}

void text_file_ask(Desk *d, const void *slot, const char *path, const char *text,
                   TextFileDone *callback, void *context)
{
    TextFile *t = mem_zero(1, sizeof *t);
    *t = (TextFile){mem_strdup(path), mem_strdup(text), callback, context};
    Inquiry q = {
        .slot = slot, .work = file_work, .done = file_done, .release = file_release, .data = t};
    desk_ask(d, LANE_LIST, &q);
}
