#include "app/eval_facts.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/vec.h"
#include "store/questions.h"
#include "store/runs.h"

#define WORK_DRAWS 2e7 /* random draws × questions that an interval may cost */
#define RANKS_MOST 100 /* ranks kept with a table */
#define SEED 1
#define RECIPROCAL_CUT 10

static const size_t CUTS[] = {1, 3, 5, 10};

typedef struct Asked {
    int64_t eval_id;
    size_t cuts[EVAL_CUTS], cut_count;
    char *baseline;
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

static const char *how_made(Arena *arena, const RunRows *runs, int64_t run_id)
{
    for (size_t i = 0; run_id && i < runs->count; i++) {
        const RunRow *r = &runs->items[i];
        if (r->id != run_id) continue;
        cJSON *report = r->report ? cJSON_Parse(r->report) : NULL;
        const cJSON *pairs = cJSON_GetObjectItem(report, "pairs");
        char *text = cJSON_IsNumber(pairs)
                         ? str_format("%s, %.0f pairs", r->method, pairs->valuedouble)
                         : str_format("%s", r->method);
        const char *ret = arena_strdup(arena, text);
        free(text);
        cJSON_Delete(report);
        return ret;
    }
    return "";
}

/* Names, dimensions and times, in the order of the table. A table of another program's making may
 * hold anything. */
static void read_lines(EvalFacts *f, const char *table, const RunRows *runs)
{
    cJSON *json = cJSON_Parse(table);
    const cJSON *list = cJSON_GetObjectItem(json, "retrievers"), *line;
    int most = cJSON_GetArraySize(list);
    f->lines = arena_alloc(&f->arena, (size_t)most * sizeof *f->lines + 1);
    cJSON_ArrayForEach(line, list)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(line, "name"));
        const cJSON *dims = cJSON_GetObjectItem(line, "dims"),
                    *ms = cJSON_GetObjectItem(line, "ms_per_query"),
                    *run = cJSON_GetObjectItem(line, "run");
        if (!name) continue;
        EvalFactsLine *l = &f->lines[f->line_count++];
        *l = (EvalFactsLine){.name = arena_strdup(&f->arena, name)};
        l->dims = cJSON_IsNumber(dims) ? (int64_t)dims->valuedouble : 0;
        l->ms_per_query = cJSON_IsNumber(ms) ? ms->valuedouble : NAN;
        l->made = how_made(&f->arena, runs, cJSON_IsNumber(run) ? (int64_t)run->valuedouble : 0);
    }
    cJSON_Delete(json);
}

/* Ranks of one question under one retriever, "1,7"; returns how many. */
static size_t parse_ranks(const char *text, uint32_t ranks[RANKS_MOST])
{
    size_t count = 0;
    for (char *end; *text && count < RANKS_MOST; text = end + (*end == ',')) {
        unsigned long rank = strtoul(text, &end, 10);
        if (end == text) break;
        if (rank > 0 && rank <= RANKS_MOST) ranks[count++] = (uint32_t)rank;
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
        size_t line = 0, low = 0, high = n;
        while (line < f->line_count && strcmp(f->lines[line].name, r->retriever) != 0) line++;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (f->questions[middle].id < r->question_id)
                low = middle + 1;
            else
                high = middle;
        }
        if (line == f->line_count || low == n || f->questions[low].id != r->question_id) continue;
        uint32_t found[RANKS_MOST];
        size_t count = parse_ranks(r->ranks, found),
               relevant = r->relevant > 0 ? (size_t)r->relevant : 1;
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
        if (f->line_count && strcmp(ranks->items[i].retriever, f->lines[0].name) == 0)
            f->questions[f->question_count++] =
                (EvalFactsQuestion){.id = ranks->items[i].question_id};
    qsort(f->questions, f->question_count, sizeof *f->questions, by_id);
    for (size_t i = 0; i < f->question_count; i++) vec_push(&ids, f->questions[i].id);
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

static size_t draws_for(size_t questions)
{
    double most = WORK_DRAWS / (questions ? (double)questions : 1);
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

static bool compare_column(EvalFacts *f, const Scores *s, size_t c, const Cancel *cancel, Err *err)
{
    size_t n = f->question_count, lines = f->line_count, draws = draws_for(n);
    const double *x = s->column[c], *base = x + f->baseline * n;
    double *p = mem_zero(lines * lines + 1, sizeof *p);
    bool several = lines > 2 && stats_tukey(x, lines, n, draws, SEED, p, NULL);
    bool ok = true;
    for (size_t i = 0; ok && i < lines; i++) {
        EvalFactsLine *l = &f->lines[i];
        ok = cancel_check(cancel, err);
        l->value[c] = stats_mean(x + i * n, n);
        l->ci95[c] = stats_bootstrap_mean(x + i * n, n, draws, SEED);
        l->p[c] = 1;
        if (i == f->baseline) continue;
        l->test[c] = stats_paired(base, x + i * n, n, draws, SEED);
        l->p[c] = several ? p[f->baseline * lines + i] : l->test[c].p_random;
    }
    free(p);
    return ok;
}

static bool compute(EvalFacts *f, const EvalRankRows *ranks, const Cancel *cancel, Err *err)
{
    Scores scores = {0};
    size_t cells = f->line_count * f->question_count;
    bool ok = true;
    for (size_t i = 0; i < f->line_count; i++) {
        size_t bytes = f->question_count * sizeof *f->lines[i].first;
        f->lines[i].first = arena_alloc(&f->arena, bytes + 1);
        memset(f->lines[i].first, 0, bytes);
    }
    for (size_t c = 0; c < f->column_count; c++)
        scores.column[c] = mem_zero(cells + 1, sizeof(double));
    fill_scores(f, ranks, &scores);
    for (size_t c = 0; ok && f->question_count && c < f->column_count; c++)
        ok = compare_column(f, &scores, c, cancel, err);
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
        if (ok) read_lines(f, row->table, &runs);
        ok = ok && load_questions(env->store, f, &ranks, err);
        choose_baseline(f, a->baseline);
        ok = ok && compute(f, &ranks, env->cancel, err);
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
                 .done = callback,
                 .context = context};
    const size_t *cuts = ask->cut_count ? ask->cuts : CUTS;
    size_t count = ask->cut_count ? ask->cut_count : sizeof CUTS / sizeof *CUTS;
    for (size_t i = 0; i < count && i < EVAL_CUTS; i++) a->cuts[a->cut_count++] = cuts[i];
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_LIST, &q);
}

/* ---- the list of tables ---- */

typedef struct ListAsked {
    EvalRows rows;
    EvalListDone *done;
    void *context;
} ListAsked;

static bool list_work(void *data, const Env *env, Err *err)
{
    return evals_load(env->store, &((ListAsked *)data)->rows, err);
}

static void list_done(void *data, const Err *err)
{
    ListAsked *a = data;
    if (!err) a->done(a->context, &a->rows);
}

static void list_release(void *data)
{
    ListAsked *a = data;
    rows_release(&a->rows);
    free(a);
}

void eval_list_ask(Desk *d, const void *slot, EvalListDone *callback, void *context)
{
    ListAsked *a = mem_zero(1, sizeof *a);
    a->done = callback;
    a->context = context;
    Inquiry q = {
        .slot = slot, .work = list_work, .done = list_done, .release = list_release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
