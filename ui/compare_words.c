/* Figures, sentences, titles. */
#include "ui/compare_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- figures ---- */

void compare_head(Metric m, Str *out)
{
    static const char *const HEADS[METRIC_KINDS] = {
        [METRIC_ACCURACY] = "hit", [METRIC_PRECISION] = "precision", [METRIC_RECALL] = "recall",
        [METRIC_MRR] = "MRR",      [METRIC_NDCG] = "nDCG",           [METRIC_MAP] = "MAP",
        [METRIC_JUDGED] = "judged"};
    str_addf(out, "%s@%zu", HEADS[m.kind], m.k);
}

/* A size below 10 in three decimals, without the zero before its point. */
static void add_size(double size, Str *out)
{
    char text[40];
    snprintf(text, sizeof text, "%.3f", size);
    str_add(out, text + (text[0] == '0'));
}

void compare_share(double x, Str *out)
{
    if (!isfinite(x)) {
        str_add(out, "—");
        return;
    }
    if (x < 0) str_add(out, "-");
    add_size(fabs(x), out);
}

void compare_difference(double x, bool ascii, Str *out)
{
    if (!isfinite(x)) {
        str_add(out, "—");
        return;
    }
    bool nothing = fabs(x) < 0.0005;
    str_add(out, nothing ? "" : x > 0 ? "+" : ascii ? "-" : "−");
    add_size(fabs(x), out);
}

void compare_p(double p, Str *out)
{
    if (p < 0.0005) {
        str_add(out, "p < .001");
        return;
    }
    str_add(out, "p ");
    add_size(p, out);
}

void compare_milliseconds(double ms, Str *out)
{
    if (!isfinite(ms) || ms < 0)
        str_add(out, "—");
    else
        str_addf(out, ms < 10 ? "%.2f" : ms < 1e6 ? "%.0f" : "%.2g", ms);
}

void compare_when(int64_t made_ms, int64_t now_ms, Str *out)
{
    time_t made = (time_t)(made_ms / 1000), now = (time_t)(now_ms / 1000);
    struct tm m, n;
    char text[64];
    if (!localtime_r(&made, &m) || !localtime_r(&now, &n)) return;
    bool today = m.tm_year == n.tm_year && m.tm_yday == n.tm_yday;
    if (strftime(text, sizeof text, today ? "%H:%M" : "%Y-%m-%d %H:%M", &m)) str_add(out, text);
}

/* ---- sentences ---- */

static void add_baseline(const EvalFacts *f, Str *out)
{
    const EvalFactsLine *l = &f->lines[f->baseline];
    str_addf(out, "%s is the baseline: ", l->name);
    compare_head(f->columns[f->mrr], out);
    str_add(out, " ");
    compare_share(l->value[f->mrr], out);
    if (!f->tested) return;
    str_add(out, ", 95% ");
    compare_share(l->ci95.low, out);
    str_add(out, " to ");
    compare_share(l->ci95.high, out);
}

void compare_sentence(const EvalFacts *f, size_t line, bool ascii, Str *out)
{
    const EvalFactsLine *l = &f->lines[line];
    const PairedTest *t = &l->test;
    if (line == f->baseline) {
        add_baseline(f, out);
        return;
    }
    str_addf(out, "%s against %s: ", l->name, f->lines[f->baseline].name);
    compare_head(f->columns[f->mrr], out);
    str_add(out, " ");
    compare_difference(l->difference[f->mrr], ascii, out);
    if (f->tested) {
        str_add(out, ", 95% ");
        compare_difference(t->ci95.low, ascii, out);
        str_add(out, " to ");
        compare_difference(t->ci95.high, ascii, out);
        str_add(out, ", ");
        compare_p(l->p[f->mrr], out);
        if (f->line_count > 2) {
            str_addf(out, " (Tukey of %zu; alone ", f->line_count);
            compare_p(t->p_random, out);
            str_add_char(out, ')');
        }
    }
    str_addf(out, "; %zu won, %zu lost", l->won, l->lost);
    if (f->tested && compare_mark(f, line, f->mrr) == 0) str_add(out, "; may be chance");
}

static void add_count(int64_t count, const char *what, Str *out)
{
    str_add_number(out, count);
    str_addf(out, " %s%s", what, count == 1 ? "" : "s");
}

void compare_title(const EvalRow *row, int64_t now_ms, Str *out)
{
    str_add(out, row->split ? row->split : "?");
    if (row->frozen && *row->frozen) str_addf(out, ", frozen %.4s", row->frozen);
    str_add(out, " · ");
    add_count(row->questions, "question", out);
    str_add(out, " · ");
    add_count(row->chunks, "chunk", out);
    bool split = row->corpus && strcmp(row->corpus, "split") == 0;
    str_add(out, split ? " · split's documents" : " · all documents");
    str_add(out, " · made ");
    compare_when(row->made_ms, now_ms, out);
}

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

bool compare_unlike(const EvalRow *a, const EvalRow *b, Str *out)
{
    if (!same(a->split, b->split))
        str_addf(out, "other questions (%s, %s)", a->split ? a->split : "?",
                 b->split ? b->split : "?");
    else if (!same(a->corpus, b->corpus))
        str_addf(out, "other chunks were searched (%s, %s)", a->corpus ? a->corpus : "?",
                 b->corpus ? b->corpus : "?");
    else if (same(a->data_hash, b->data_hash))
        return false;
    else if (a->questions != b->questions)
        str_addf(out, "other questions (%lld, %lld)", (long long)a->questions,
                 (long long)b->questions);
    else if (a->chunks != b->chunks)
        str_addf(out, "other chunks (%lld, %lld)", (long long)a->chunks, (long long)b->chunks);
    else
        str_addf(out, "questions, answers or chunks changed between them (%.4s, %.4s)",
                 a->data_hash ? a->data_hash : "?", b->data_hash ? b->data_hash : "?");
    return true;
}

/* ---- cut-offs ---- */

static int by_number(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static bool has_cut(const size_t *cuts, size_t count, size_t cut)
{
    for (size_t i = 0; i < count; i++)
        if (cuts[i] == cut) return true;
    return false;
}

bool compare_cuts(const char *text, size_t cuts[EVAL_CUTS], size_t *ret_count, Err *err)
{
    size_t found[EVAL_CUTS], count = 0;
    for (const char *at = text; *at;) {
        char *end;
        if (*at == ',' || *at == ' ') {
            at++;
            continue;
        }
        unsigned long cut = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
        if (cut < 1 || cut > 100)
            return err_set(err, ERR_USAGE, "ranks from 1 to 100, as in 1,3,5,10");
        at = end;
        if (has_cut(found, count, cut)) continue;
        if (count == EVAL_CUTS) return err_set(err, ERR_USAGE, "at most %d of them", EVAL_CUTS);
        found[count++] = cut;
    }
    if (count == 0) return err_set(err, ERR_USAGE, "ranks from 1 to 100, as in 1,3,5,10");
    qsort(found, count, sizeof *found, by_number);
    memcpy(cuts, found, count * sizeof *found);
    *ret_count = count;
    return true;
}
