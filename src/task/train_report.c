#include "task/train_report.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Numbers of the report that stand at the top of its JSON, in the order of printing. */
typedef struct Number {
    const char *name;
    size_t at;
    bool is_size; /* a size_t; else a double */
} Number;

#define SIZE(field)                                                                                \
    {                                                                                              \
#field, offsetof(TrainReport, field), true                                                 \
    }
#define REAL(field)                                                                                \
    {                                                                                              \
#field, offsetof(TrainReport, field), false                                                \
    }

static const Number NUMBERS[] = {
    SIZE(questions), SIZE(pairs),  SIZE(negatives), SIZE(masked),
    SIZE(steps),     SIZE(epochs), REAL(seconds),   REAL(tokens_per_second),
};

static double number_get(const TrainReport *r, const Number *n)
{
    const char *p = (const char *)r + n->at;
    return n->is_size ? (double)*(const size_t *)p : *(const double *)p;
}

static void number_set(TrainReport *r, const Number *n, double value)
{
    char *p = (char *)r + n->at;
    if (n->is_size)
        *(size_t *)p = value > 0 ? (size_t)value : 0;
    else
        *(double *)p = value;
}

#define METRIC "log_likelihood"

static void add_values(cJSON *j, double value, double mrr)
{
    cJSON_AddStringToObject(j, "metric", METRIC);
    cJSON_AddNumberToObject(j, "value", value);
    cJSON_AddNumberToObject(j, "mrr@10", mrr);
}

static void add_interval(cJSON *j, const char *name, Interval i)
{
    cJSON_AddItemToObject(j, name, cJSON_CreateDoubleArray((double[]){i.low, i.high}, 2));
}

char *train_report_json(const TrainReport *r)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "name", r->name);
    cJSON_AddStringToObject(j, "method", r->method);
    cJSON_AddStringToObject(j, "loss", r->loss);
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
        cJSON_AddNumberToObject(j, NUMBERS[i].name, number_get(r, &NUMBERS[i]));
    }
    cJSON_AddStringToObject(j, "selection", r->selection);
    cJSON *best = cJSON_AddObjectToObject(j, "best");
    cJSON_AddNumberToObject(best, "step", (double)r->best_step);
    add_values(best, r->best, r->best_mrr);
    add_values(cJSON_AddObjectToObject(j, "baseline"), r->baseline, r->baseline_mrr);
    cJSON *gain = cJSON_AddObjectToObject(j, "gain_ci95");
    add_interval(gain, METRIC, r->gain);
    add_interval(gain, "mrr@10", r->gain_mrr);
    cJSON_AddStringToObject(j, "kept", r->kept_best ? "best" : "baseline");
    cJSON_AddBoolToObject(j, "refitted", r->refitted);
    cJSON_AddBoolToObject(j, "within_noise", r->within_noise);
    cJSON_AddBoolToObject(j, "ended_early", r->ended_early);
    train_verdicts_add(j, &r->verdicts);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    return text;
}

static void copy_text(const cJSON *j, const char *name, char *to, size_t size)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, name));
    snprintf(to, size, "%s", text ? text : "");
}

static void get_values(const cJSON *j, double *value, double *mrr)
{
    *value = cJSON_GetNumberValue(cJSON_GetObjectItem(j, "value"));
    *mrr = cJSON_GetNumberValue(cJSON_GetObjectItem(j, "mrr@10"));
}

static Interval get_interval(const cJSON *j, const char *name)
{
    const cJSON *i = cJSON_GetObjectItem(j, name);
    return (Interval){cJSON_GetNumberValue(cJSON_GetArrayItem(i, 0)),
                      cJSON_GetNumberValue(cJSON_GetArrayItem(i, 1))};
}

void train_verdicts_add(cJSON *j, const TrainVerdicts *v)
{
    cJSON *counts = cJSON_AddObjectToObject(j, "verdicts");
    cJSON_AddNumberToObject(counts, candidate_status_name(CANDIDATE_KEPT), (double)v->kept);
    cJSON_AddNumberToObject(counts, candidate_status_name(CANDIDATE_FALSE_NEGATIVE),
                            (double)v->false_negatives);
    cJSON_AddNumberToObject(counts, candidate_status_name(CANDIDATE_PROMOTED), (double)v->promoted);
    cJSON_AddNumberToObject(j, "journal", (double)v->journal);
}

static double count_of(const cJSON *j, const char *name)
{
    double n = cJSON_GetNumberValue(cJSON_GetObjectItem(j, name));
    return n >= 0 && n < 1e15 ? n : 0;
}

static void get_verdicts(const cJSON *j, TrainVerdicts *ret)
{
    const cJSON *counts = cJSON_GetObjectItem(j, "verdicts");
    *ret = (TrainVerdicts){
        .kept = (size_t)count_of(counts, candidate_status_name(CANDIDATE_KEPT)),
        .false_negatives =
            (size_t)count_of(counts, candidate_status_name(CANDIDATE_FALSE_NEGATIVE)),
        .promoted = (size_t)count_of(counts, candidate_status_name(CANDIDATE_PROMOTED)),
        .journal = (int64_t)count_of(j, "journal")};
}

void train_verdicts_parse(const char *json, TrainVerdicts *ret)
{
    cJSON *j = cJSON_Parse(json ? json : "");
    get_verdicts(j, ret);
    cJSON_Delete(j);
}

bool train_report_parse(const char *json, TrainReport *ret)
{
    cJSON *j = cJSON_Parse(json ? json : "");
    const cJSON *best = cJSON_GetObjectItem(j, "best"),
                *baseline = cJSON_GetObjectItem(j, "baseline");
    const cJSON *gain = cJSON_GetObjectItem(j, "gain_ci95");
    const char *kept = cJSON_GetStringValue(cJSON_GetObjectItem(j, "kept"));
    bool ok = best && baseline && gain && kept;
    if (ok) {
        TrainReport r = {0};
        copy_text(j, "name", r.name, sizeof r.name);
        copy_text(j, "method", r.method, sizeof r.method);
        copy_text(j, "loss", r.loss, sizeof r.loss);
        copy_text(j, "selection", r.selection, sizeof r.selection);
        for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
            const cJSON *n = cJSON_GetObjectItem(j, NUMBERS[i].name);
            if (cJSON_IsNumber(n)) number_set(&r, &NUMBERS[i], n->valuedouble);
        }
        r.best_step = (size_t)cJSON_GetNumberValue(cJSON_GetObjectItem(best, "step"));
        get_values(best, &r.best, &r.best_mrr);
        get_values(baseline, &r.baseline, &r.baseline_mrr);
        r.gain = get_interval(gain, METRIC);
        r.gain_mrr = get_interval(gain, "mrr@10");
        r.kept_best = strcmp(kept, "best") == 0;
        r.refitted = cJSON_IsTrue(cJSON_GetObjectItem(j, "refitted"));
        r.within_noise = cJSON_IsTrue(cJSON_GetObjectItem(j, "within_noise"));
        r.ended_early = cJSON_IsTrue(cJSON_GetObjectItem(j, "ended_early"));
        get_verdicts(j, &r.verdicts);
        *ret = r;
    }
    cJSON_Delete(j);
    return ok;
}

void train_report_text(const TrainReport *r, Str *out)
{
    str_addf(out, "%s: %s, %s; %zu questions, %zu pairs, %zu negatives\n", r->name, r->method,
             r->loss, r->questions, r->pairs, r->negatives);
    str_addf(out, "chosen on %s\n", r->selection);
    str_addf(
        out,
        "best step %zu of %zu: log-likelihood %.4f before, %.4f then; mrr@10 %.4f before, %.4f "
        "then\n",
        r->best_step, r->steps, r->baseline, r->best, r->baseline_mrr, r->best_mrr);
    str_addf(out, "mrr@10 %+.4f, 95%%: %+.4f to %+.4f\n", r->best_mrr - r->baseline_mrr,
             r->gain_mrr.low, r->gain_mrr.high);
    if (!r->kept_best)
        str_addf(out, "no step was better than before: %s is the untrained retriever\n", r->name);
    else if (r->within_noise)
        str_add(out, "the gain may be chance: its interval holds 0\n");
    if (r->ended_early) str_addf(out, "it was asked to end early, after step %zu\n", r->steps);
    if (r->already_done) str_add(out, "this run was finished before\n");
}
