/* The forms of a retriever table. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "task/evaluate.h"

/* ---- text and Markdown: the columns that people compare ---- */

typedef struct Column {
    size_t metric;
    char head[METRIC_NAME_SIZE];
} Column;

/* accuracy at each k, mrr, ndcg, map. Returns how many. */
static size_t choose_columns(const EvalTable *t, Column *out)
{
    static const MetricKind KINDS[] = {METRIC_ACCURACY, METRIC_MRR, METRIC_NDCG, METRIC_MAP,
                                       METRIC_JUDGED};
    static const char *const HEADS[] = {"hit", "MRR", "nDCG", "MAP", "judged"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        for (size_t m = 0; m < t->metric_count; m++) {
            if (t->metrics[m].kind != KINDS[i]) continue;
            out[n].metric = m;
            snprintf(out[n].head, sizeof out[n].head, "%s@%zu", HEADS[i], t->metrics[m].k);
            n++;
        }
    }
    return n;
}

static void write_head_line(const EvalTable *t, Str *out)
{
    str_addf(out, "%s", split_name(t->split));
    if (t->frozen[0])
        str_addf(out, ", frozen %.8s%s", t->frozen, t->frozen_changed ? " (CHANGED since)" : "");
    str_addf(out, " · %zu questions · %zu chunks (%s) · %s\n", t->questions, t->chunks,
             t->corpus_split ? "the split's own" : "all", t->made);
    if (t->lost_questions) {
        str_addf(out, "%zu more questions have no positive in this corpus and are left out\n",
                 t->lost_questions);
    }
}

/* "0.762" without its zero; 1.000 stays. */
static void write_share(double value, Str *out)
{
    char text[32];
    snprintf(text, sizeof text, "%.3f", value);
    str_add(out, text[0] == '0' ? text + 1 : text);
}

static bool has_interval(const EvalTable *t, const Column *c)
{
    return t->metrics[c->metric].kind == METRIC_MRR;
}

static void write_cell(const EvalTable *t, const EvalLine *line, const Column *c, Str *out)
{
    write_share(line->value[c->metric], out);
    if (!has_interval(t, c)) return;
    str_add(out, " ±");
    write_share((line->ci95[c->metric].high - line->ci95[c->metric].low) / 2, out);
}

static void pad(Str *out, const char *text, int width, bool right)
{
    int blanks = width - utf8_width(text, strlen(text));
    if (right) str_addf(out, "%*s", blanks > 0 ? blanks : 0, "");
    str_add(out, text);
    if (!right) str_addf(out, "%*s", blanks > 0 ? blanks : 0, "");
}

static int column_width(const EvalTable *t, const Column *c)
{
    int width = (int)strlen(c->head);
    int cell = has_interval(t, c) ? 10 : 5;
    return width > cell ? width : cell;
}

static void write_text(const EvalTable *t, Str *out)
{
    Column columns[EVAL_METRICS];
    size_t n = choose_columns(t, columns);
    int name_width = 9;
    for (size_t i = 0; i < t->line_count; i++) {
        int w = utf8_width(t->lines[i].name, strlen(t->lines[i].name));
        if (w > name_width) name_width = w;
    }
    write_head_line(t, out);
    pad(out, "retriever", name_width, false);
    for (size_t c = 0; c < n; c++) {
        str_add(out, " ");
        pad(out, columns[c].head, column_width(t, &columns[c]), true);
    }
    str_add(out, "     ms\n");
    Str cell = {0};
    for (size_t i = 0; i < t->line_count; i++) {
        pad(out, t->lines[i].name, name_width, false);
        for (size_t c = 0; c < n; c++) {
            str_clear(&cell);
            write_cell(t, &t->lines[i], &columns[c], &cell);
            str_add(out, " ");
            pad(out, str_get(&cell), column_width(t, &columns[c]), true);
        }
        str_addf(out, " %6.2f\n", t->lines[i].ms_per_query);
    }
    str_release(&cell);
}

static void write_markdown(const EvalTable *t, Str *out)
{
    Column columns[EVAL_METRICS];
    size_t n = choose_columns(t, columns);
    write_head_line(t, out);
    str_add(out, "\n| retriever |");
    for (size_t c = 0; c < n; c++) str_addf(out, " %s |", columns[c].head);
    str_add(out, " ms/query |\n|---|");
    for (size_t c = 0; c <= n; c++) str_add(out, "---:|");
    str_add(out, "\n");
    for (size_t i = 0; i < t->line_count; i++) {
        str_addf(out, "| %s |", t->lines[i].name);
        for (size_t c = 0; c < n; c++) {
            str_add(out, " ");
            write_cell(t, &t->lines[i], &columns[c], out);
            str_add(out, " |");
        }
        str_addf(out, " %.2f |\n", t->lines[i].ms_per_query);
    }
}

/* ---- JSON ---- */

static cJSON *line_json(const EvalTable *t, const EvalLine *line)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "name", line->name);
    cJSON_AddNumberToObject(j, "dims", (double)line->dims);
    cJSON_AddNumberToObject(j, "run", (double)line->run_id);
    cJSON_AddNumberToObject(j, "ms_per_query", line->ms_per_query);
    cJSON *metrics = cJSON_AddObjectToObject(j, "metrics"),
          *ci = cJSON_AddObjectToObject(j, "ci95");
    for (size_t m = 0; m < t->metric_count; m++) {
        char name[METRIC_NAME_SIZE];
        metric_name(t->metrics[m], name);
        cJSON_AddNumberToObject(metrics, name, line->value[m]);
        double ends[2] = {line->ci95[m].low, line->ci95[m].high};
        cJSON_AddItemToObject(ci, name, cJSON_CreateDoubleArray(ends, 2));
    }
    return j;
}

static void write_json(const EvalTable *t, Str *out)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "split", split_name(t->split));
    cJSON_AddStringToObject(j, "corpus", t->corpus_split ? "split" : "all");
    if (t->frozen[0])
        cJSON_AddStringToObject(j, "frozen", t->frozen);
    else
        cJSON_AddNullToObject(j, "frozen");
    cJSON_AddBoolToObject(j, "frozen_changed", t->frozen_changed);
    cJSON_AddStringToObject(j, "data", t->data_hash);
    cJSON_AddNumberToObject(j, "questions", (double)t->questions);
    cJSON_AddNumberToObject(j, "chunks", (double)t->chunks);
    cJSON_AddNumberToObject(j, "lost_questions", (double)t->lost_questions);
    cJSON_AddStringToObject(j, "made", t->made);
    cJSON_AddStringToObject(j, "version", t->version);
    cJSON *lines = cJSON_AddArrayToObject(j, "retrievers");
    for (size_t i = 0; i < t->line_count; i++)
        cJSON_AddItemToArray(lines, line_json(t, &t->lines[i]));
    char *text = cJSON_Print(j);
    str_add(out, text);
    str_add(out, "\n");
    free(text);
    cJSON_Delete(j);
}

/* ---- CSV ---- */

/* A field that holds a comma, a quote or a line break stands in quotes (RFC 4180). */
static void write_field(const char *text, Str *out)
{
    if (!strpbrk(text, ",\"\r\n")) {
        str_add(out, text);
        return;
    }
    str_add(out, "\"");
    for (; *text; text++) {
        if (*text == '"') str_add_char(out, '"');
        str_add_char(out, *text);
    }
    str_add(out, "\"");
}

typedef void CsvCell(const EvalTable *t, const EvalLine *line, size_t metric, const char *st_name,
                     Str *out);

static void csv_head(const EvalTable *t, const EvalLine *line, size_t metric, const char *st_name,
                     Str *out)
{
    (void)line;
    str_addf(out, ",cosine-%s@%zu", st_name, t->metrics[metric].k);
}

static void csv_value(const EvalTable *t, const EvalLine *line, size_t metric, const char *st_name,
                      Str *out)
{
    (void)t;
    (void)st_name;
    str_addf(out, ",%.17g", line->value[metric]);
}

/* Columns in sentence-transformers' order: accuracies; precision and recall in turn; mrr, ndcg,
 * map. */
static void csv_row(const EvalTable *t, const EvalLine *line, CsvCell *cell, Str *out)
{
    for (size_t m = 0; m < t->metric_count; m++) {
        if (t->metrics[m].kind == METRIC_ACCURACY) cell(t, line, m, "Accuracy", out);
    }
    for (size_t m = 0; m < t->metric_count; m++) {
        if (t->metrics[m].kind != METRIC_PRECISION) continue;
        cell(t, line, m, "Precision", out);
        size_t recall = eval_metric_find(t, METRIC_RECALL, t->metrics[m].k);
        if (recall < t->metric_count) cell(t, line, recall, "Recall", out);
    }
    static const struct {
        MetricKind kind;
        const char *name;
    } LAST[] = {{METRIC_MRR, "MRR"}, {METRIC_NDCG, "NDCG"}, {METRIC_MAP, "MAP"}};
    for (size_t i = 0; i < 3; i++) {
        for (size_t m = 0; m < t->metric_count; m++) {
            if (t->metrics[m].kind == LAST[i].kind) cell(t, line, m, LAST[i].name, out);
        }
    }
}

static void write_csv(const EvalTable *t, Str *out)
{
    str_add(out, "epoch,steps");
    csv_row(t, NULL, csv_head, out);
    str_add(out, ",retriever\n");
    for (size_t i = 0; i < t->line_count; i++) {
        str_add(out, "-1,-1");
        csv_row(t, &t->lines[i], csv_value, out);
        str_add(out, ",");
        write_field(t->lines[i].name, out);
        str_add(out, "\n");
    }
}

/* LlamaIndex's table: hit rate and MRR of the first k, k its similarity_top_k: here the largest cut
 * asked for. */
static void write_llamaindex(const EvalTable *t, Str *out)
{
    size_t hit = t->metric_count, mrr = t->metric_count;
    for (size_t m = 0; m < t->metric_count; m++) {
        if (t->metrics[m].kind == METRIC_ACCURACY &&
            (hit == t->metric_count || t->metrics[m].k > t->metrics[hit].k))
            hit = m;
        if (t->metrics[m].kind == METRIC_MRR) mrr = m;
    }
    str_add(out, "retrievers,hit_rate,mrr\n");
    for (size_t i = 0; i < t->line_count; i++) {
        write_field(t->lines[i].name, out);
        str_addf(out, ",%.17g,%.17g\n", t->lines[i].value[hit], t->lines[i].value[mrr]);
    }
}

const EvalFormat EVAL_FORMATS[] = {
    {"text", "a table for people", write_text},
    {"md", "a Markdown table", write_markdown},
    {"json", "everything, with intervals", write_json},
    {"csv", "sentence-transformers' columns, one row a retriever", write_csv},
    {"llamaindex", "retrievers,hit_rate,mrr", write_llamaindex},
};
const size_t EVAL_FORMAT_COUNT = sizeof EVAL_FORMATS / sizeof *EVAL_FORMATS;
