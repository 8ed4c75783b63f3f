/* Comparisons of the lines of one table, question by question. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "task/evaluate.h"

/* The metrics that comparisons speak of: hit@5 (or the largest k below), mrr, ndcg, map. */
static bool is_compared(Metric m)
{
    return m.kind == METRIC_ACCURACY || m.kind == METRIC_MRR || m.kind == METRIC_NDCG ||
           m.kind == METRIC_MAP;
}

void eval_compare(const EvalTable *t, size_t a, size_t b, size_t metric, uint64_t seed,
                  Comparison *ret)
{
    const double *x = t->lines[a].per_question[metric], *y = t->lines[b].per_question[metric];
    Comparison c = {0};
    for (size_t q = 0; q < t->questions; q++) {
        c.wins += y[q] > x[q];
        c.losses += y[q] < x[q];
        c.ties += y[q] == x[q];
    }
    c.test = stats_paired(x, y, t->questions, STATS_DRAWS, seed);
    *ret = c;
}

/* The mrr column: wins and losses are counted by it. */
static size_t main_metric(const EvalTable *t)
{
    for (size_t m = 0; m < t->metric_count; m++) {
        if (t->metrics[m].kind == METRIC_MRR) return m;
    }
    return 0;
}

/* ---- two ---- */

typedef struct Change {
    size_t question;
    double by; /* reciprocal rank of b − of a */
} Change;

static int by_size(const void *a, const void *b)
{
    const Change *x = a, *y = b;
    if (fabs(x->by) != fabs(y->by)) return fabs(x->by) > fabs(y->by) ? -1 : 1;
    return (x->question > y->question) - (x->question < y->question);
}

static void write_rank(double rr, Str *out)
{
    if (rr > 0)
        str_addf(out, "%4.0f", 1 / rr);
    else
        str_add(out, "   —");
}

static void write_changes(const EvalTable *t, bool won, size_t shown, Str *out)
{
    size_t m = main_metric(t), n = 0;
    Change *changes = mem_alloc((t->questions + 1) * sizeof *changes);
    for (size_t q = 0; q < t->questions; q++) {
        double by = t->lines[1].per_question[m][q] - t->lines[0].per_question[m][q];
        if (won ? by > 0 : by < 0) changes[n++] = (Change){q, by};
    }
    qsort(changes, n, sizeof *changes, by_size);
    if (n > 0 && shown > 0)
        str_addf(out, "\n%s (rank under %s, under %s; — is beyond %zu)\n", won ? "won" : "lost",
                 t->lines[0].name, t->lines[1].name, t->metrics[m].k);
    for (size_t i = 0; i < n && i < shown; i++) {
        size_t q = changes[i].question;
        write_rank(t->lines[0].per_question[m][q], out);
        write_rank(t->lines[1].per_question[m][q], out);
        str_addf(out, "  %" PRId64 "  %s\n", t->question_ids[q], t->question_texts[q]);
    }
    if (n > shown && shown > 0) str_addf(out, "          … and %zu more\n", n - shown);
    free(changes);
}

static void two_text(const EvalTable *t, uint64_t seed, size_t shown, Str *out)
{
    Comparison c;
    eval_compare(t, 0, 1, main_metric(t), seed, &c);
    str_addf(out, "%s against %s on %s: %zu questions, %zu won, %zu lost, %zu alike\n",
             t->lines[1].name, t->lines[0].name, split_name(t->split), t->questions, c.wins,
             c.losses, c.ties);
    str_addf(out, "%-12s %8s %8s %8s  %-18s %8s %8s %7s\n", "metric", "before", "after", "change",
             "95% interval", "p (t)", "p (rand)", "effect");
    for (size_t m = 0; m < t->metric_count; m++) {
        if (!is_compared(t->metrics[m])) continue;
        char name[METRIC_NAME_SIZE], interval[40];
        metric_name(t->metrics[m], name);
        eval_compare(t, 0, 1, m, seed, &c);
        snprintf(interval, sizeof interval, "%+.4f to %+.4f", c.test.ci95.low, c.test.ci95.high);
        str_addf(out, "%-12s %8.4f %8.4f %+8.4f  %-18s %8.4f %8.4f %+7.3f%s\n", name,
                 t->lines[0].value[m], t->lines[1].value[m], c.test.mean_difference, interval,
                 c.test.p_t, c.test.p_random, c.test.effect_size,
                 c.test.ci95.low <= 0 && c.test.ci95.high >= 0 ? "  within noise" : "");
    }
    write_changes(t, true, shown, out);
    write_changes(t, false, shown, out);
}

static cJSON *changes_json(const EvalTable *t, bool won)
{
    size_t m = main_metric(t);
    cJSON *list = cJSON_CreateArray();
    for (size_t q = 0; q < t->questions; q++) {
        double a = t->lines[0].per_question[m][q], b = t->lines[1].per_question[m][q];
        if (won ? b <= a : b >= a) continue;
        cJSON *j = cJSON_CreateObject();
        cJSON_AddNumberToObject(j, "question_id", (double)t->question_ids[q]);
        cJSON_AddStringToObject(j, "question", t->question_texts[q]);
        cJSON_AddNumberToObject(j, "rank_a", a > 0 ? round(1 / a) : 0);
        cJSON_AddNumberToObject(j, "rank_b", b > 0 ? round(1 / b) : 0);
        cJSON_AddItemToArray(list, j);
    }
    return list;
}

static cJSON *two_json(const EvalTable *t, uint64_t seed)
{
    Comparison c;
    eval_compare(t, 0, 1, main_metric(t), seed, &c);
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "a", t->lines[0].name);
    cJSON_AddStringToObject(j, "b", t->lines[1].name);
    cJSON_AddStringToObject(j, "split", split_name(t->split));
    cJSON_AddNumberToObject(j, "questions", (double)t->questions);
    cJSON_AddNumberToObject(j, "wins", (double)c.wins);
    cJSON_AddNumberToObject(j, "losses", (double)c.losses);
    cJSON_AddNumberToObject(j, "ties", (double)c.ties);
    static const char *const PARTS[] = {"delta", "p_value", "p_value_randomised", "effect_size",
                                        "ci95"};
    cJSON *part[5];
    for (int i = 0; i < 5; i++) part[i] = cJSON_AddObjectToObject(j, PARTS[i]);
    for (size_t m = 0; m < t->metric_count; m++) {
        char name[METRIC_NAME_SIZE];
        metric_name(t->metrics[m], name);
        eval_compare(t, 0, 1, m, seed, &c);
        double ends[2] = {c.test.ci95.low, c.test.ci95.high};
        cJSON_AddNumberToObject(part[0], name, c.test.mean_difference);
        cJSON_AddNumberToObject(part[1], name, c.test.p_t);
        cJSON_AddNumberToObject(part[2], name, c.test.p_random);
        cJSON_AddNumberToObject(part[3], name, c.test.effect_size);
        cJSON_AddItemToObject(part[4], name, cJSON_CreateDoubleArray(ends, 2));
    }
    cJSON_AddItemToObject(j, "won", changes_json(t, true));
    cJSON_AddItemToObject(j, "lost", changes_json(t, false));
    return j;
}

/* ---- three or more ---- */

/* Tukey-corrected p-values and effect sizes (lines, lines) of one metric; false when there are too
 * few questions. */
static bool tukey(const EvalTable *t, size_t m, uint64_t seed, double *p, double *effect)
{
    size_t n = t->questions, k = t->line_count;
    double *x = mem_alloc((k * n + 1) * sizeof *x);
    for (size_t i = 0; i < k; i++) memcpy(x + i * n, t->lines[i].per_question[m], n * sizeof *x);
    bool ok = stats_tukey(x, k, n, STATS_DRAWS, seed, p, effect);
    free(x);
    return ok;
}

static void many_text(const EvalTable *t, uint64_t seed, Str *out)
{
    size_t k = t->line_count, m = main_metric(t);
    double *p = mem_zero(k * k, sizeof *p), *effect = mem_zero(k * k, sizeof *effect);
    char name[METRIC_NAME_SIZE];
    metric_name(t->metrics[m], name);
    str_addf(out, "%s on %s: %zu questions\n", name, split_name(t->split), t->questions);
    if (!tukey(t, m, seed, p, effect)) {
        str_add(out, "too few questions for a test\n");
    } else {
        str_addf(out, "randomised Tukey HSD, %d draws, corrected for %zu pairs\n", STATS_DRAWS,
                 k * (k - 1) / 2);
        str_addf(out, "%-24s %-24s %8s %8s %7s\n", "better", "than", "change", "p", "effect");
        for (size_t i = 0; i < k; i++) {
            for (size_t j = i + 1; j < k; j++) {
                size_t hi = t->lines[i].value[m] >= t->lines[j].value[m] ? i : j,
                       lo = hi == i ? j : i;
                str_addf(out, "%-24s %-24s %+8.4f %8.4f %+7.3f%s\n", t->lines[hi].name,
                         t->lines[lo].name, t->lines[hi].value[m] - t->lines[lo].value[m],
                         p[hi * k + lo], effect[hi * k + lo],
                         p[hi * k + lo] < 0.05 ? "" : "  within noise");
            }
        }
    }
    free(effect);
    free(p);
}

static cJSON *matrix_json(const double *x, size_t k)
{
    cJSON *rows = cJSON_CreateArray();
    for (size_t i = 0; i < k; i++)
        cJSON_AddItemToArray(rows, cJSON_CreateDoubleArray(x + i * k, (int)k));
    return rows;
}

static cJSON *many_json(const EvalTable *t, uint64_t seed)
{
    size_t k = t->line_count;
    double *p = mem_zero(k * k, sizeof *p), *effect = mem_zero(k * k, sizeof *effect),
           *delta = mem_zero(k * k, sizeof *delta);
    cJSON *j = cJSON_CreateObject();
    cJSON *names = cJSON_AddArrayToObject(j, "retrievers");
    for (size_t i = 0; i < k; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(t->lines[i].name));
    cJSON_AddStringToObject(j, "split", split_name(t->split));
    cJSON_AddNumberToObject(j, "questions", (double)t->questions);
    cJSON_AddStringToObject(j, "test", "randomised Tukey HSD");
    cJSON *deltas = cJSON_AddObjectToObject(j, "delta"),
          *ps = cJSON_AddObjectToObject(j, "p_value"),
          *effects = cJSON_AddObjectToObject(j, "effect_size");
    for (size_t m = 0; m < t->metric_count; m++) {
        if (!is_compared(t->metrics[m]) || !tukey(t, m, seed, p, effect)) continue;
        char name[METRIC_NAME_SIZE];
        metric_name(t->metrics[m], name);
        for (size_t a = 0; a < k; a++) {
            for (size_t b = 0; b < k; b++)
                delta[a * k + b] = t->lines[a].value[m] - t->lines[b].value[m];
        }
        cJSON_AddItemToObject(deltas, name, matrix_json(delta, k));
        cJSON_AddItemToObject(ps, name, matrix_json(p, k));
        cJSON_AddItemToObject(effects, name, matrix_json(effect, k));
    }
    free(delta);
    free(effect);
    free(p);
    return j;
}

void compare_text(const EvalTable *t, uint64_t seed, size_t questions_shown, Str *out)
{
    if (t->line_count == 2)
        two_text(t, seed, questions_shown, out);
    else
        many_text(t, seed, out);
}

void compare_json(const EvalTable *t, uint64_t seed, Str *out)
{
    cJSON *j = t->line_count == 2 ? two_json(t, seed) : many_json(t, seed);
    char *text = cJSON_Print(j);
    str_add(out, text);
    str_add(out, "\n");
    free(text);
    cJSON_Delete(j);
}
