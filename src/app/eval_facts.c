#include "app/eval_facts.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "store/questions.h"
#include "store/runs.h"

#define WORK_DRAWS 4e7                    /* random draws × numbers that a test may cost */
#define INTERVAL_DRAWS (STATS_DRAWS / 10) /* as the intervals of a stored table */
#define LINES_MOST 200                    /* of one table */
#define CELLS_MOST 5000000                /* lines × questions: some hundred megabytes */
#define RANKS_MOST 100                    /* ranks kept with a table */
#define SEED 1
#define RECIPROCAL_CUT 10

static const size_t CUTS[] = {1, 3, 5, 10};

typedef struct Asked {
    int64_t eval_id;
    size_t cuts[EVAL_CUTS], cut_count;
    char *baseline;
    bool quick;
    EvalFacts *facts;
    EvalFactsDone *done;
    void *context;
} Asked;

void eval_facts_free(EvalFacts *f)
{
    if (!f) return;
    arena_release(&f->arena);
    free(f);
}

/* ---- what was kept ---- */

static void set_columns(EvalFacts *f, const Asked *a)
{
    for (size_t i = 0; i < a->cut_count; i++)
        f->columns[f->column_count++] = (Metric){METRIC_ACCURACY, a->cuts[i]};
    f->mrr = f->column_count;
    f->columns[f->column_count++] = (Metric){METRIC_MRR, 10};
    f->columns[f->column_count++] = (Metric){METRIC_NDCG, 10};
    f->columns[f->column_count++] = (Metric){METRIC_MAP, 100};
}

static void copy_row(EvalFacts *f, const EvalRow *r)
{
    Arena *a = &f->arena;
    f->row = *r;
    f->row.split = arena_strdup(a, r->split);
    f->row.corpus = arena_strdup(a, r->corpus);
    f->row.version = arena_strdup(a, r->version);
    f->row.frozen = arena_strdup(a, r->frozen);
    f->row.data_hash = arena_strdup(a, r->data_hash);
    f->row.table = NULL;
}

/* A whole number that a table of another program's making claims; 0: none. */
static int64_t whole(const cJSON *number)
{
    double x = cJSON_IsNumber(number) ? number->valuedouble : 0;
    return x >= 1 && x <= 1e15 ? (int64_t)x : 0;
}

static void set_made(EvalFactsLine *l, Arena *arena, const RunRows *runs, int64_t run_id)
{
    l->made = "";
    for (size_t i = 0; run_id && i < runs->count; i++) {
        const RunRow *r = &runs->items[i];
        if (r->id != run_id) continue;
        Str text = {0};
        cJSON *report = r->report ? cJSON_Parse(r->report) : NULL;
        int64_t pairs = whole(cJSON_GetObjectItem(report, "pairs"));
        str_addf(&text, "run %lld", (long long)run_id);
        if (pairs) {
            str_add(&text, ", ");
            str_add_number(&text, pairs);
            str_add(&text, " pairs");
        }
        l->made = arena_strdup(arena, str_get(&text));
        l->run_id = run_id;
        str_release(&text);
        cJSON_Delete(report);
    }
}

static size_t line_named(const EvalFacts *f, const char *name)
{
    size_t i = 0;
    while (i < f->line_count && strcmp(f->lines[i].name, name) != 0) i++;
    return i;
}

static bool has_ranks(const EvalRankRows *ranks, const char *name)
{
    for (size_t i = 0; i < ranks->count; i++)
        if (strcmp(ranks->items[i].retriever, name) == 0) return true;
    return false;
}

/* Names, dimensions and times, in the order of the table, each name once. A table of another
 * program's making may hold anything: what has no ranks beside it is left out. */
static void read_lines(EvalFacts *f, const char *table, const EvalRankRows *ranks,
                       const RunRows *runs)
{
    cJSON *json = cJSON_Parse(table);
    const cJSON *line;
    f->lines = arena_alloc(&f->arena, LINES_MOST * sizeof *f->lines);
    cJSON_ArrayForEach(line, cJSON_GetObjectItem(json, "retrievers"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(line, "name"));
        const cJSON *ms = cJSON_GetObjectItem(line, "ms_per_query");
        if (f->line_count == LINES_MOST) break;
        if (!name || line_named(f, name) < f->line_count) continue;
        if (ranks->count && !has_ranks(ranks, name)) continue;
        EvalFactsLine *l = &f->lines[f->line_count++];
        *l = (EvalFactsLine){.name = arena_strdup(&f->arena, name)};
        l->dims = whole(cJSON_GetObjectItem(line, "dims"));
        l->ms_per_query = cJSON_IsNumber(ms) && ms->valuedouble >= 0 ? ms->valuedouble : NAN;
        set_made(l, &f->arena, runs, whole(cJSON_GetObjectItem(line, "run")));
    }
    cJSON_Delete(json);
}

/* Ranks of one question under one retriever, "1,7", ascending; returns how many. */
static size_t parse_ranks(const char *text, uint32_t ranks[RANKS_MOST])
{
    size_t count = 0;
    for (char *end; *text && count < RANKS_MOST; text = end + (*end == ',')) {
        unsigned long rank = strtoul(text, &end, 10);
        if (end == text) break;
        if (rank > RANKS_MOST || rank <= (count ? ranks[count - 1] : 0)) continue;
        ranks[count++] = (uint32_t)rank;
    }
    return count;
}

/* (lines, questions) values of each column; row-major, one block a column. */
typedef struct Scores {
    double *column[EVAL_COLUMNS];
} Scores;

static void fill_scores(EvalFacts *f, const EvalRankRows *ranks, Scores *s)
{
    size_t n = f->question_count;
    for (size_t i = 0; i < ranks->count; i++) {
        const EvalRankRow *r = &ranks->items[i];
        size_t line = line_named(f, r->retriever), low = 0, high = n;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (f->questions[middle].id < r->question_id)
                low = middle + 1;
            else
                high = middle;
        }
        if (line == f->line_count || low == n || f->questions[low].id != r->question_id) continue;
        uint32_t found[RANKS_MOST];
        size_t count = parse_ranks(r->ranks, found), relevant = count ? count : 1;
        if (r->relevant > (int64_t)relevant) relevant = (size_t)r->relevant;
        f->lines[line].first[low] = count ? found[0] : 0;
        for (size_t c = 0; c < f->column_count; c++)
            s->column[c][line * n + low] = metric_value(f->columns[c], found, count, relevant, 0);
    }
}

static int by_id(const void *a, const void *b)
{
    int64_t x = ((const EvalFactsQuestion *)a)->id, y = ((const EvalFactsQuestion *)b)->id;
    return (x > y) - (x < y);
}

static bool load_questions(Store *s, EvalFacts *f, const EvalRankRows *ranks, Err *err)
{
    VEC(int64_t) ids = {0};
    f->questions = arena_alloc(&f->arena, ranks->count * sizeof *f->questions + 1);
    for (size_t i = 0; i < ranks->count; i++)
        f->questions[i] = (EvalFactsQuestion){.id = ranks->items[i].question_id};
    qsort(f->questions, ranks->count, sizeof *f->questions, by_id);
    for (size_t i = 0; i < ranks->count; i++) {
        if (i && f->questions[i].id == f->questions[f->question_count - 1].id) continue;
        f->questions[f->question_count++] = f->questions[i];
        vec_push(&ids, f->questions[i].id);
    }
    QuestionRows rows = {0};
    QuestionQuery query = {.ids = ids.items, .id_count = ids.count};
    bool ok = ids.count == 0 || questions_load(s, &query, &rows, err);
    for (size_t i = 0, q = 0; ok && i < rows.count;
         i++) { /* in the order asked for, some left out */
        while (q < f->question_count && f->questions[q].id != rows.items[i].id) q++;
        if (q < f->question_count)
            f->questions[q].text = arena_strdup(&f->arena, rows.items[i].text);
    }
    rows_release(&rows);
    vec_release(&ids);
    return ok;
}

/* ---- comparing ---- */

static void choose_baseline(EvalFacts *f, const char *wanted)
{
    for (size_t i = 0; i < f->line_count; i++)
        if (strcmp(f->lines[i].name, "lsa") == 0) f->baseline = i;
    for (size_t i = 0; wanted && i < f->line_count; i++)
        if (strcmp(f->lines[i].name, wanted) == 0) f->baseline = i;
}

static size_t draws_for(size_t numbers)
{
    double most = WORK_DRAWS / (numbers ? (double)numbers : 1);
    return most > STATS_DRAWS ? STATS_DRAWS : most < 200 ? 200 : (size_t)most;
}

static void count_moves(EvalFacts *f, EvalFactsLine *l)
{
    const uint32_t *before = f->lines[f->baseline].first;
    for (size_t q = 0; q < f->question_count; q++) {
        uint32_t a = before[q] > RECIPROCAL_CUT ? 0 : before[q],
                 b = l->first[q] > RECIPROCAL_CUT ? 0 : l->first[q];
        l->won += b && (!a || b < a);
        l->lost += a && (!b || a < b);
    }
}

static void set_values(EvalFacts *f, const Scores *s)
{
    size_t n = f->question_count;
    for (size_t c = 0; c < f->column_count; c++) {
        for (size_t i = 0; i < f->line_count; i++) {
            double mean = n ? stats_mean(s->column[c] + i * n, n) : NAN;
            f->lines[i].value[c] = mean;
            f->lines[i].p[c] = 1;
        }
        for (size_t i = 0; i < f->line_count; i++)
            f->lines[i].difference[c] = f->lines[i].value[c] - f->lines[f->baseline].value[c];
    }
}

/* What is drawn for mrr: intervals, and a test of the two alone. */
static bool test_mrr(EvalFacts *f, const double *x, const Cancel *cancel, Err *err)
{
    size_t n = f->question_count, draws = draws_for(n);
    for (size_t i = 0; i < f->line_count; i++) {
        EvalFactsLine *l = &f->lines[i];
        if (!cancel_check(cancel, err)) return false;
        l->ci95 = stats_bootstrap_mean(x + i * n, n,
                                       draws < INTERVAL_DRAWS ? draws : INTERVAL_DRAWS, SEED);
        if (i != f->baseline)
            l->test = stats_paired(x + f->baseline * n, x + i * n, n, draws, SEED);
    }
    return true;
}

/* The questions that not all lines have the same score for: (lines, *ret_count). Whoever is dealt
 * the scores of another, the rest moves no difference, and it is most of them. */
static double *unequal(const double *x, size_t lines, size_t n, size_t *ret_count)
{
    double *y = mem_zero(lines * n + 1, sizeof *y);
    size_t *chosen = mem_zero(n + 1, sizeof *chosen), count = 0;
    for (size_t q = 0; q < n; q++) {
        bool same = true;
        for (size_t i = 1; same && i < lines; i++) same = x[i * n + q] == x[q];
        if (!same) chosen[count++] = q;
    }
    for (size_t i = 0; i < lines; i++)
        for (size_t q = 0; q < count; q++) y[i * count + q] = x[i * n + chosen[q]];
    free(chosen);
    *ret_count = count;
    return y;
}

/* p of the baseline against each of several; false: too few questions. */
static bool test_several(EvalFacts *f, const double *x, size_t c)
{
    size_t n = f->question_count, lines = f->line_count, count = n;
    double *some = c == f->mrr ? NULL : unequal(x, lines, n, &count); /* mrr as `compare` says it */
    double *p = mem_zero(lines * lines + 1, sizeof *p);
    bool ok = stats_tukey(some ? some : x, lines, count, draws_for(count * lines), SEED, p, NULL);
    for (size_t i = 0; ok && i < lines; i++) f->lines[i].p[c] = p[f->baseline * lines + i];
    free(some);
    free(p);
    return ok;
}

static bool test_column(EvalFacts *f, const Scores *s, size_t c, const Cancel *cancel, Err *err)
{
    size_t n = f->question_count;
    const double *x = s->column[c];
    if (!cancel_check(cancel, err) || (c == f->mrr && !test_mrr(f, x, cancel, err))) return false;
    if (f->line_count > 2 && test_several(f, x, c)) return true;
    for (size_t i = 0; i < f->line_count; i++) {
        if (i == f->baseline) continue;
        f->lines[i].p[c] =
            c == f->mrr
                ? f->lines[i].test.p_random
                : stats_paired(x + f->baseline * n, x + i * n, n, draws_for(n), SEED).p_random;
    }
    return true;
}

static bool compute(EvalFacts *f, const EvalRankRows *ranks, bool quick, const Cancel *cancel,
                    Err *err)
{
    Scores scores = {0};
    size_t cells = f->line_count * f->question_count;
    bool ok = true;
    if (cells > CELLS_MOST)
        return err_set(
            err, ERR_LIMIT,
            "table %lld: %zu retrievers with %zu questions are too many to compute again",
            (long long)f->row.id, f->line_count, f->question_count);
    for (size_t i = 0; i < f->line_count; i++) {
        size_t bytes = f->question_count * sizeof *f->lines[i].first;
        f->lines[i].first = arena_alloc(&f->arena, bytes + 1);
        memset(f->lines[i].first, 0, bytes);
    }
    for (size_t c = 0; c < f->column_count; c++)
        scores.column[c] = mem_zero(cells + 1, sizeof(double));
    fill_scores(f, ranks, &scores);
    set_values(f, &scores);
    for (size_t c = 0; ok && !quick && f->question_count && c < f->column_count; c++)
        ok = test_column(f, &scores, c, cancel, err);
    f->tested = ok && !quick;
    for (size_t i = 0; i < f->line_count; i++)
        if (i != f->baseline) count_moves(f, &f->lines[i]);
    for (size_t c = 0; c < f->column_count; c++) free(scores.column[c]);
    return ok;
}

/* ---- on the lane ---- */

static const EvalRow *choose_table(const EvalRows *evals, int64_t id)
{
    for (size_t i = 0; id && i < evals->count; i++)
        if (evals->items[i].id == id) return &evals->items[i];
    return evals->count ? &evals->items[0] : NULL;
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    EvalRows evals = {0};
    RunRows runs = {0};
    EvalRankRows ranks = {0};
    if (!evals_load(env->store, &evals, err)) return false;
    const EvalRow *row = choose_table(&evals, a->eval_id);
    bool ok = true;
    if (row) {
        EvalFacts *f = a->facts = mem_zero(1, sizeof *f);
        copy_row(f, row);
        set_columns(f, a);
        ok = runs_load(env->store, &runs, err) && eval_ranks(env->store, row->id, &ranks, err);
        if (ok) read_lines(f, row->table, &ranks, &runs);
        ok = ok && load_questions(env->store, f, &ranks, err);
        choose_baseline(f, a->baseline);
        ok = ok && compute(f, &ranks, a->quick, env->cancel, err);
    }
    rows_release(&ranks);
    rows_release(&runs);
    rows_release(&evals);
    return ok;
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    EvalFacts *facts = err ? NULL : a->facts;
    if (!err) a->facts = NULL;
    a->done(a->context, facts, err);
}

static void release(void *data)
{
    Asked *a = data;
    eval_facts_free(a->facts);
    free(a->baseline);
    free(a);
}

void eval_facts_ask(Desk *d, const void *slot, const EvalFactsAsk *ask, EvalFactsDone *callback,
                    void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.eval_id = ask->eval_id,
                 .baseline = mem_strdup(ask->baseline),
                 .quick = ask->quick,
                 .done = callback,
                 .context = context};
    const size_t *cuts = ask->cut_count ? ask->cuts : CUTS;
    size_t count = ask->cut_count ? ask->cut_count : sizeof CUTS / sizeof *CUTS;
    for (size_t i = 0; i < count && i < EVAL_CUTS; i++) a->cuts[a->cut_count++] = cuts[i];
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, ask->quick ? LANE_PAGE : LANE_LIST, &q);
}
