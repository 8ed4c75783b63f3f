#include "task/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/trainable.h"
#include "task/estimate.h"
#include "task/sweep_parts.h"

SweepOptions sweep_options_default(void)
{
    return (SweepOptions){.pairs = "100,1000,all", .train = train_options_default()};
}

/* ---- the cells ---- */

/* The next word of a list; false at its end. */
static bool next_word(const char **at, char *out, size_t room)
{
    *at += strspn(*at, ", |");
    size_t size = strcspn(*at, ", |");
    if (size == 0) return false;
    snprintf(out, room, "%.*s", (int)size, *at);
    *at += size;
    return true;
}

static bool parse_count(const char *word, size_t *ret, Err *err)
{
    char *end;
    unsigned long long n = strtoull(word, &end, 10);
    if (strcmp(word, "all") == 0)
        *ret = 0;
    else if (*end || n == 0 || *word == '-')
        return err_set(err, ERR_USAGE, "'%s' is no number of pairs: --pairs 100,1000,all", word);
    else
        *ret = (size_t)n;
    return true;
}

static bool add_row(Sweep *s, const char *method, size_t pairs, Err *err)
{
    SweepRow row = {.pairs = pairs ? pairs : s->total_pairs, .all_pairs = pairs == 0};
    if (!trainable_defaults(method))
        return err_set(err, ERR_USAGE, "there is no training method '%s'", method);
    for (size_t i = 0; i < s->rows.count; i++)
        if (strcmp(s->rows.items[i].method, method) == 0 && s->rows.items[i].pairs == row.pairs)
            return true;
    snprintf(row.method, sizeof row.method, "%s", method);
    int size =
        pairs ? snprintf(row.name, sizeof row.name, "%s-%s-%zu", s->o->train.name, method, pairs)
              : snprintf(row.name, sizeof row.name, "%s-%s-all", s->o->train.name, method);
    if (size < 0 || (size_t)size >= sizeof row.name)
        return err_set(err, ERR_USAGE, "the name '%.40s…' is too long", s->o->train.name);
    vec_push(&s->rows, row);
    return true;
}

/* Subsets as large as all, or larger, are all. */
static bool make_rows(Sweep *s, const char *methods, Err *err)
{
    char method[32], count[32];
    for (const char *m = methods; next_word(&m, method, sizeof method);)
        for (const char *p = s->o->pairs; next_word(&p, count, sizeof count);) {
            size_t pairs = 0;
            if (!parse_count(count, &pairs, err) ||
                !add_row(s, method, pairs < s->total_pairs ? pairs : 0, err))
                return false;
        }
    if (s->rows.count == 0)
        return err_set(err, ERR_USAGE, "say at least one method and one number of pairs");
    return true;
}

/* ---- running them ---- */

static TrainOptions options_of(const Sweep *s, const SweepRow *row)
{
    TrainOptions o = s->o->train;
    o.name = row->name;
    o.method = row->method;
    o.pairs = row->all_pairs ? 0 : row->pairs;
    return o;
}

static bool is_done(const Env *env, const char *name)
{
    RunRows run = {0};
    Err ignored;
    bool done = run_find(env->store, name, &run, &ignored) && run.count == 1 &&
                strcmp(run.items[0].state, "done") == 0;
    rows_release(&run);
    return done;
}

/* A run that cannot be is said and the others go on; a request to stop ends the sweep. */
static bool run_row(Sweep *s, SweepRow *row, double *left_s, Err *err)
{
    TrainOptions o = options_of(s, row);
    TrainReport report = {0};
    TrainEstimate estimate = {0};
    Err why = {0};
    bool done = !o.replace && is_done(s->env, row->name);
    if (!done && s->o->budget_s > 0) {
        if (!train_estimate(s->env, &o, &estimate, &why)) goto failed;
        row->estimated_s = estimate.seconds;
        if (estimate.seconds > *left_s) {
            row->state = SWEEP_LEFT_OUT;
            snprintf(row->why, sizeof row->why,
                     "it takes about %.0f s, and %.0f s of the budget are left", estimate.seconds,
                     *left_s > 0 ? *left_s : 0);
            return true;
        }
    }
    double start = clock_s();
    if (!task_train(s->env, &o, &report, &why)) goto failed;
    *left_s -= clock_s() - start;
    row->pairs = report.pairs;
    row->epochs = report.epochs;
    row->seconds = report.seconds;
    row->untrained = !report.kept_best;
    row->state = SWEEP_DONE;
    return true;
failed:
    if (why.kind == ERR_CANCELLED || why.kind == ERR_BUSY || why.kind == ERR_DATABASE) {
        *err = why;
        return false;
    }
    row->state = SWEEP_FAILED;
    snprintf(row->why, sizeof row->why, "%.199s", why.message);
    return true;
}

/* The smallest subsets of all methods first: what a budget leaves out is the dearest. */
static bool run_rows(Sweep *s, Err *err)
{
    double left_s = s->o->budget_s;
    size_t *order = mem_alloc((s->rows.count + 1) * sizeof *order);
    for (size_t i = 0; i < s->rows.count; i++) {
        size_t at = i;
        for (; at > 0 && s->rows.items[order[at - 1]].pairs > s->rows.items[i].pairs; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    bool ok = true;
    Progress *progress = s->env->progress;
    progress_begin(progress, "sweep", "runs", s->rows.count);
    for (size_t i = 0; ok && i < s->rows.count; i++) {
        progress_say(progress, "%s", s->rows.items[order[i]].name);
        progress_enter(progress, "train", "steps", 0);
        ok = run_row(s, &s->rows.items[order[i]], &left_s, err);
        progress_leave(progress);
        progress_update(progress, i + 1);
    }
    free(order);
    return ok;
}

/* ---- measuring ---- */

/* Behind each run that kept its epochs, a row for each of them. */
static void add_epochs(Sweep *s)
{
    for (size_t i = s->o->train.keep_epochs ? s->rows.count : 0; i-- > 0;) {
        SweepRow run = s->rows.items[i];
        if (run.state != SWEEP_DONE) continue;
        for (size_t e = 0; e < run.epochs; e++) {
            vec_push(&s->rows, run);
            SweepRow *at = s->rows.items + i + 1 + e;
            memmove(at + 1, at, (s->rows.count - i - 2 - e) * sizeof *at);
            *at = run;
            at->epoch = at->epochs = e + 1;
            at->untrained = false;
            snprintf(at->name, sizeof at->name, "%.100s@%zu", run.name, e + 1);
        }
    }
}

static bool evaluate(Sweep *s, Split split, EvalTable *ret, Err *err)
{
    VEC(const char *) names = {0};
    vec_push(&names, s->o->train.embedder);
    for (size_t i = 0; i < s->rows.count; i++)
        if (s->rows.items[i].state == SWEEP_DONE) vec_push(&names, s->rows.items[i].name);
    EvalOptions o = eval_options_default();
    o.retrievers = names.items;
    o.retriever_count = names.count;
    o.split = split;
    o.seed = s->o->train.seed;
    bool ok = task_evaluate(s->env, &o, ret, err);
    vec_release(&names);
    return ok;
}

static SweepFigure figure_of(const EvalTable *t, size_t line)
{
    size_t accuracy = eval_metric_find(t, METRIC_ACCURACY, 5),
           mrr = eval_metric_find(t, METRIC_MRR, 10);
    const EvalLine *l = &t->lines[line];
    return (SweepFigure){l->value[accuracy], l->value[mrr], l->ci95[mrr]};
}

/* Lines of the table are the untrained retriever, then the done rows in their order. */
static void take_figures(Sweep *s, const EvalTable *t, bool test, SweepFigure *ret_untrained)
{
    size_t line = 0;
    *ret_untrained = figure_of(t, line++);
    for (size_t i = 0; i < s->rows.count; i++) {
        SweepRow *row = &s->rows.items[i];
        if (row->state != SWEEP_DONE) continue;
        row->val = test ? row->val : figure_of(t, line);
        row->test = test ? figure_of(t, line) : row->test;
        line++;
    }
}

static bool measure(Sweep *s, SweepReport *r, Err *err)
{
    Err none = {0};
    EvalTable test = {0};
    add_epochs(s);
    if (!evaluate(s, SPLIT_VAL, &s->val, err)) return false;
    r->val_questions = s->val.questions;
    take_figures(s, &s->val, false, &r->val);
    bool has_test = evaluate(s, SPLIT_TEST, &test, &none);
    if (!has_test && none.kind != ERR_MISSING) {
        *err = none;
        return false;
    }
    if (has_test) {
        r->test_questions = test.questions;
        take_figures(s, &test, true, &r->test);
        eval_table_release(&test);
    }
    return true;
}

static bool count_pairs(Sweep *s, Err *err)
{
    TrainSet set = {0};
    TrainPlan plan = {0};
    TrainOptions asked = s->o->train, o;
    asked.method = "linear"; /* any: only the pairs are counted */
    asked.pairs = 0;
    bool ok = train_options_resolve(&asked, &o, err) && train_set_read(s->env, &o, &set, err) &&
              train_set_texts(s->env, &set, false, false, err);
    if (ok && set.cut_from_train)
        ok = err_set(err, ERR_MISSING,
                     "a sweep chooses on val questions, and there are none: move some documents to "
                     "val (`split`)");
    ok = ok && train_plan_make(&set, &o, false, &plan, err);
    s->total_pairs = plan.pairs;
    train_plan_release(&plan);
    train_set_release(&set);
    return ok;
}

bool task_sweep(const Env *env, const SweepOptions *options, SweepReport *ret, Err *err)
{
    Sweep s = {.env = env, .o = options};
    SweepReport r = {.chosen = -1};
    Str methods = {0};
    if (!options->train.name)
        return err_set(err, ERR_USAGE, "how shall its runs be called? say --name NAME");
    snprintf(r.embedder, sizeof r.embedder, "%s", options->train.embedder);
    if (options->methods) str_add(&methods, options->methods);
    bool ok =
        (methods.size > 0 || trainable_methods_of(env, options->train.embedder, &methods, err)) &&
        count_pairs(&s, err) && make_rows(&s, str_get(&methods), err) && run_rows(&s, err) &&
        measure(&s, &r, err);
    r.rows = s.rows.items;
    r.row_count = s.rows.count;
    if (ok) sweep_judge(&s, &r);
    eval_table_release(&s.val);
    str_release(&methods);
    if (ok)
        *ret = r;
    else
        sweep_report_release(&r);
    return ok;
}

void sweep_report_release(SweepReport *r)
{
    for (size_t i = 0; i < r->word_count; i++) free(r->words[i]);
    free(r->words);
    free(r->rows);
    *r = (SweepReport){0};
}
