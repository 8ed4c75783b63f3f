/* What a sweep's figures say, in words. Differences are of MRR@10 on val, question by question; one
 * that may be chance is taken for none. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "task/sweep_parts.h"

typedef VEC(char *) Words;

/* The line of a row in the val table; 0 is the untrained retriever. */
static size_t line_of(const SweepReport *r, long row)
{
    size_t line = 0;
    for (long i = 0; i <= row; i++) line += r->rows[i].state == SWEEP_DONE;
    return line;
}

/* b against a; −1 is the untrained retriever. */
static PairedTest difference(const Sweep *s, const SweepReport *r, long a, long b)
{
    Comparison c;
    size_t mrr = eval_metric_find(&s->val, METRIC_MRR, 10);
    eval_compare(&s->val, a < 0 ? 0 : line_of(r, a), b < 0 ? 0 : line_of(r, b), mrr,
                 s->o->train.seed, &c);
    return c.test;
}

static void say(Words *w, const char *what, const char *verdict, const PairedTest *t)
{
    vec_push(w, str_format("%s: MRR@10 %+.4f (95%%: %+.4f to %+.4f): %s", what, t->mean_difference,
                           t->ci95.low, t->ci95.high, verdict));
}

/* Both: an interval of few questions that changed is too narrow, and a p-value alone says nothing
 * of the size. */
static bool better(const PairedTest *t)
{
    return t->ci95.low > 0 && t->p_random < 0.05;
}

static bool worse(const PairedTest *t)
{
    return t->ci95.high < 0 && t->p_random < 0.05;
}

static const char *verdict_of(const PairedTest *t, const char *helped, const char *stopped)
{
    return better(t) ? helped : worse(t) ? "it is worse" : stopped;
}

static bool is_run(const SweepRow *row)
{
    return row->state == SWEEP_DONE && row->epoch == 0;
}

/* The next done row behind `row` of the same method; or, methods across, the next method's row with
 * all pairs. −1: none. */
static long next_done(const SweepReport *r, long row, bool across)
{
    for (long i = row + 1; i < (long)r->row_count; i++) {
        bool same = strcmp(r->rows[i].method, r->rows[row].method) == 0;
        if (!is_run(&r->rows[i]) || same == across) continue;
        if (!across || r->rows[i].all_pairs) return i;
    }
    return -1;
}

static void say_pairs(const Sweep *s, const SweepReport *r, Words *w)
{
    for (long i = 0; i < (long)r->row_count; i++) {
        long next = is_run(&r->rows[i]) ? next_done(r, i, false) : -1;
        if (next < 0) continue;
        PairedTest t = difference(s, r, i, next);
        char *what = str_format("%s, from %zu to %zu pairs", r->rows[i].method, r->rows[i].pairs,
                                r->rows[next].pairs);
        say(w, what, verdict_of(&t, "more pairs helped", "more pairs stopped helping"), &t);
        free(what);
    }
}

static void say_methods(const Sweep *s, const SweepReport *r, Words *w)
{
    for (long i = 0; i < (long)r->row_count; i++) {
        bool from = is_run(&r->rows[i]) && r->rows[i].all_pairs;
        long next = from ? next_done(r, i, true) : -1;
        if (next < 0) continue;
        PairedTest t = difference(s, r, i, next);
        char *what =
            str_format("%s instead of %s, all pairs", r->rows[next].method, r->rows[i].method);
        say(w, what, verdict_of(&t, "the bigger method helped", "the bigger method does not help"),
            &t);
        free(what);
    }
}

static long best_row(const SweepReport *r)
{
    long best = -1;
    for (long i = 0; i < (long)r->row_count; i++)
        if (r->rows[i].state == SWEEP_DONE &&
            (best < 0 || r->rows[i].val.mrr > r->rows[best].val.mrr))
            best = i;
    return best;
}

/* The first row that gains, and is not worse than the best by more than chance. Rows stand by size
 * of the method, then of the subset. */
static long enough_row(const Sweep *s, const SweepReport *r, long best)
{
    for (long i = 0; i < (long)r->row_count; i++) {
        if (!is_run(&r->rows[i]) || r->rows[i].untrained) continue;
        PairedTest gain = difference(s, r, -1, i);
        PairedTest left = difference(s, r, i, best);
        if (better(&gain) && (i == best || !better(&left))) return i;
    }
    return -1;
}

static void say_choice(const Sweep *s, SweepReport *r, Words *w)
{
    long best = best_row(r);
    if (best < 0) {
        vec_push(w, mem_strdup("no run was made: nothing can be said"));
        return;
    }
    r->chosen = enough_row(s, r, best);
    PairedTest t = difference(s, r, -1, r->chosen < 0 ? best : r->chosen);
    if (r->chosen < 0) {
        char *what =
            str_format("do not fine-tune: the best run, %s, against the untrained retriever",
                       r->rows[best].name);
        say(w, what,
            verdict_of(&t, "a gain, but the run itself kept the untrained retriever",
                       "no more than chance"),
            &t);
        free(what);
        return;
    }
    size_t runs = 0;
    for (size_t i = 0; i < r->row_count; i++) runs += is_run(&r->rows[i]);
    char *what =
        str_format("%s is enough: against the untrained retriever", r->rows[r->chosen].name);
    char *verdict = str_format(
        "it gains, and nothing bigger or longer is better by more than chance (%zu runs were "
        "compared on %zu val questions, which flatters the best of them a little)",
        runs, r->val_questions);
    say(w, what, verdict, &t);
    free(verdict);
    free(what);
}

void sweep_judge(const Sweep *s, SweepReport *r)
{
    Words w = {0};
    say_pairs(s, r, &w);
    say_methods(s, r, &w);
    say_choice(s, r, &w);
    r->words = w.items;
    r->word_count = w.count;
}

/* ---- the table ---- */

#define NAME_WIDEST 40

static void add_figures(Str *out, const SweepFigure *f, bool there)
{
    if (there)
        str_addf(out, "  %.3f  %.4f ±%.3f", f->accuracy, f->mrr,
                 (f->mrr_ci95.high - f->mrr_ci95.low) / 2);
    else
        str_addf(out, "  %5s  %13s", "", "");
}

static const char *untrained_name(const SweepReport *r)
{
    const char *slash = strrchr(r->embedder, '/');
    return slash && slash[1] ? slash + 1 : r->embedder;
}

/* A name and blanks up to the width of the column. */
static void add_name(Str *out, const char *name, int width)
{
    size_t fits = utf8_fit(name, strlen(name), width);
    str_add_bytes(out, name, fits);
    for (int at = utf8_width(name, fits); at < width; at++) str_add_char(out, ' ');
}

static int names_width(const SweepReport *r)
{
    const char *name = untrained_name(r);
    int width = utf8_width(name, strlen(name)), least = (int)strlen("retriever");
    if (width < least) width = least;
    for (size_t i = 0; i < r->row_count; i++) {
        int own = utf8_width(r->rows[i].name, strlen(r->rows[i].name));
        if (own > width) width = own;
    }
    return width < NAME_WIDEST ? width : NAME_WIDEST;
}

static void add_line(Str *out, const SweepReport *r, const char *name, int width,
                     const SweepRow *row)
{
    add_name(out, name, width);
    if (row)
        str_addf(out, " %6zu %6zu", row->pairs, row->epochs);
    else
        str_addf(out, " %6s %6s", "", "");
    add_figures(out, row ? &row->val : &r->val, true);
    if (r->test_questions) add_figures(out, row ? &row->test : &r->test, true);
    if (row && row->epoch == 0)
        str_addf(out, " %7.1f%s", row->seconds, row->untrained ? "  kept untrained" : "");
    str_add_char(out, '\n');
}

void sweep_text(const SweepReport *r, Str *out)
{
    str_addf(out, "chosen on %zu val questions", r->val_questions);
    if (r->test_questions)
        str_addf(out, "; the %zu test questions had no part in it", r->test_questions);
    int width = names_width(r);
    str_addf(out, "\n%-*s %6s %6s  %5s  %-13s", width, "retriever", "pairs", "epochs", "hit@5",
             "MRR@10, val");
    if (r->test_questions) str_addf(out, "  %5s  %-13s", "hit@5", "MRR@10, test");
    str_addf(out, " %7s\n", "s");
    add_line(out, r, untrained_name(r), width, NULL);
    for (size_t i = 0; i < r->row_count; i++) {
        const SweepRow *row = &r->rows[i];
        if (row->state == SWEEP_DONE) {
            add_line(out, r, row->name, width, row);
            continue;
        }
        add_name(out, row->name, width);
        str_addf(out, " %6zu  %s: %s\n", row->pairs,
                 row->state == SWEEP_LEFT_OUT ? "left out" : "failed", row->why);
    }
    for (size_t i = 0; i < r->word_count; i++) str_addf(out, "%s\n", r->words[i]);
}

static cJSON *figure_json(const SweepFigure *f)
{
    cJSON *j = cJSON_CreateObject();
    const double ends[] = {f->mrr_ci95.low, f->mrr_ci95.high};
    cJSON_AddNumberToObject(j, "accuracy@5", f->accuracy);
    cJSON_AddNumberToObject(j, "mrr@10", f->mrr);
    cJSON_AddItemToObject(cJSON_AddObjectToObject(j, "ci95"), "mrr@10",
                          cJSON_CreateDoubleArray(ends, 2));
    return j;
}

static cJSON *row_json(const SweepReport *r, const SweepRow *row)
{
    static const char *const STATES[] = {
        [SWEEP_DONE] = "done", [SWEEP_LEFT_OUT] = "left_out", [SWEEP_FAILED] = "failed"};
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "name", row->name);
    cJSON_AddStringToObject(j, "method", row->method);
    cJSON_AddNumberToObject(j, "pairs", (double)row->pairs);
    cJSON_AddStringToObject(j, "state", STATES[row->state]);
    if (row->state != SWEEP_DONE) {
        cJSON_AddStringToObject(j, "why", row->why);
        return j;
    }
    cJSON_AddNumberToObject(j, "epochs", (double)row->epochs);
    if (row->epoch) cJSON_AddNumberToObject(j, "epoch", (double)row->epoch);
    cJSON_AddNumberToObject(j, "seconds", row->seconds);
    cJSON_AddStringToObject(j, "kept", row->untrained ? "baseline" : "best");
    cJSON_AddItemToObject(j, "val", figure_json(&row->val));
    if (r->test_questions) cJSON_AddItemToObject(j, "test", figure_json(&row->test));
    return j;
}

void sweep_json(const SweepReport *r, Str *out)
{
    cJSON *j = cJSON_CreateObject();
    cJSON_AddStringToObject(j, "embedder", r->embedder);
    cJSON_AddNumberToObject(j, "val_questions", (double)r->val_questions);
    cJSON_AddNumberToObject(j, "test_questions", (double)r->test_questions);
    cJSON *base = cJSON_AddObjectToObject(j, "untrained");
    cJSON_AddItemToObject(base, "val", figure_json(&r->val));
    if (r->test_questions) cJSON_AddItemToObject(base, "test", figure_json(&r->test));
    cJSON *rows = cJSON_AddArrayToObject(j, "rows"), *words = cJSON_AddArrayToObject(j, "words");
    for (size_t i = 0; i < r->row_count; i++) cJSON_AddItemToArray(rows, row_json(r, &r->rows[i]));
    for (size_t i = 0; i < r->word_count; i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(r->words[i]));
    if (r->chosen >= 0)
        cJSON_AddStringToObject(j, "enough", r->rows[r->chosen].name);
    else
        cJSON_AddNullToObject(j, "enough");
    char *text = cJSON_Print(j);
    str_addf(out, "%s\n", text);
    free(text);
    cJSON_Delete(j);
}
