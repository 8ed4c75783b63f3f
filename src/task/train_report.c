#include "task/train_report.h"

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Numbers of the report that stand at the top of its JSON, in the order of printing. */
typedef struct Number {
    const char *name;
    size_t at;
    bool is_size; /* a size_t; else a double */
} Number;

#define SIZE(field) {#field, offsetof(TrainReport, field), true}
#define REAL(field) {#field, offsetof(TrainReport, field), false}

static const Number NUMBERS[] = {
    SIZE(questions), SIZE(pairs), SIZE(negatives), SIZE(masked), SIZE(steps), SIZE(epochs),
    REAL(seconds), REAL(tokens_per_second),
};

static double number_get(const TrainReport *r, const Number *n)
{
    const char *p = (const char *)r + n->at;
    return n->is_size ? (double)*(const size_t *)p : *(const double *)p;
}

static void number_set(TrainReport *r, const Number *n, double value)
{
    char *p = (char *)r + n->at;
    if (n->is_size) *(size_t *)p = value > 0 ? (size_t)value : 0;
    else *(double *)p = value;
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
    cJSON_AddStringToObject(best, "metric", r->metric);
    cJSON_AddNumberToObject(best, "value", r->best);
    cJSON *baseline = cJSON_AddObjectToObject(j, "baseline");
    cJSON_AddStringToObject(baseline, "metric", r->metric);
    cJSON_AddNumberToObject(baseline, "value", r->baseline);
    cJSON *gain = cJSON_AddArrayToObject(j, "gain_ci95");
    cJSON_AddItemToArray(gain, cJSON_CreateNumber(r->best_low));
    cJSON_AddItemToArray(gain, cJSON_CreateNumber(r->best_high));
    cJSON_AddStringToObject(j, "kept", r->kept_best ? "best" : "baseline");
    cJSON_AddBoolToObject(j, "within_noise", r->within_noise);
    char *text = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    return text;
}

static void copy_text(const cJSON *j, const char *name, char *to, size_t size)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(j, name));
    snprintf(to, size, "%s", text ? text : "");
}

bool train_report_parse(const char *json, TrainReport *ret)
{
    cJSON *j = cJSON_Parse(json ? json : "");
    const cJSON *best = cJSON_GetObjectItem(j, "best"), *baseline = cJSON_GetObjectItem(j, "baseline");
    const cJSON *gain = cJSON_GetObjectItem(j, "gain_ci95");
    const char *kept = cJSON_GetStringValue(cJSON_GetObjectItem(j, "kept"));
    bool ok = best && baseline && gain && kept;
    if (ok) {
        TrainReport r = {0};
        copy_text(j, "name", r.name, sizeof r.name);
        copy_text(j, "method", r.method, sizeof r.method);
        copy_text(j, "loss", r.loss, sizeof r.loss);
        copy_text(j, "selection", r.selection, sizeof r.selection);
        copy_text(best, "metric", r.metric, sizeof r.metric);
        for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++) {
            const cJSON *n = cJSON_GetObjectItem(j, NUMBERS[i].name);
            if (cJSON_IsNumber(n)) number_set(&r, &NUMBERS[i], n->valuedouble);
        }
        r.best_step = (size_t)cJSON_GetNumberValue(cJSON_GetObjectItem(best, "step"));
        r.best = cJSON_GetNumberValue(cJSON_GetObjectItem(best, "value"));
        r.baseline = cJSON_GetNumberValue(cJSON_GetObjectItem(baseline, "value"));
        r.best_low = cJSON_GetNumberValue(cJSON_GetArrayItem(gain, 0));
        r.best_high = cJSON_GetNumberValue(cJSON_GetArrayItem(gain, 1));
        r.kept_best = strcmp(kept, "best") == 0;
        r.within_noise = cJSON_IsTrue(cJSON_GetObjectItem(j, "within_noise"));
        *ret = r;
    }
    cJSON_Delete(j);
    return ok;
}
