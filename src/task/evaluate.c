#include "task/evaluate.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "retrieve/retriever.h"
#include "store/runs.h"
#include "task/dataset.h"
#include "task/split.h"

#define EVAL_DEPTH 100 /* ranks looked at: map@100 is the deepest */
#define EVAL_BATCH 512 /* questions searched at once */

EvalOptions eval_options_default(void)
{
    return (EvalOptions){
        .split = SPLIT_TEST, .ks = {1, 3, 5, 10}, .k_count = 4, .keep = true, .seed = 1};
}

void eval_table_release(EvalTable *t)
{
    for (size_t i = 0; i < t->line_count; i++) {
        for (size_t m = 0; m < EVAL_METRICS; m++) free(t->lines[i].per_question[m]);
    }
    for (size_t q = 0; t->question_texts && q < t->questions; q++) free(t->question_texts[q]);
    free(t->lines);
    free(t->question_ids);
    free(t->question_texts);
    *t = (EvalTable){0};
}

/* ---- one retriever ---- */

typedef struct Evaluation {
    const Env *env;
    const EvalOptions *o;
    const Dataset *data;
    EvalTable *t;
    const char **texts;
    size_t depth;
    VEC(EvalRankRow) ranks; /* of all retrievers, to be stored */
    Arena arena;
} Evaluation;

/* Ranks of the question's positives in its hits; judged: how many of the first k have been judged,
 * for each judged metric. */
static size_t find_ranks(const Evaluation *e, size_t q, const Hit *hits, size_t count,
                         uint32_t *ranks)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (dataset_is_positive(e->data, q, hits[i].row)) ranks[found++] = (uint32_t)i + 1;
    }
    return found;
}

static size_t judged_in(const Evaluation *e, size_t q, const Hit *hits, size_t count, size_t k)
{
    size_t judged = 0;
    for (size_t i = 0; i < count && i < k; i++) {
        judged += dataset_is_positive(e->data, q, hits[i].row) ||
                  dataset_is_barred(e->data, q, hits[i].row);
    }
    return judged;
}

static void remember(Evaluation *e, const char *retriever, size_t q, const uint32_t *ranks,
                     size_t found, size_t relevant)
{
    Str s = {0};
    for (size_t i = 0; i < found && ranks[i] <= EVAL_DEPTH; i++)
        str_addf(&s, "%s%u", i ? "," : "", ranks[i]);
    vec_push(&e->ranks, (EvalRankRow){.retriever = retriever,
                                      .question_id = e->data->questions.items[q].id,
                                      .relevant = (int64_t)relevant,
                                      .ranks = arena_strdup(&e->arena, str_get(&s))});
    str_release(&s);
}

/* A retriever named twice is one in the project. */
static bool is_repeated(const Evaluation *e, const EvalLine *line)
{
    for (const EvalLine *l = e->t->lines; l < line; l++) {
        if (strcmp(l->name, line->name) == 0) return true;
    }
    return false;
}

static void score_question(Evaluation *e, EvalLine *line, size_t q, const Hit *hits, size_t count,
                           uint32_t *ranks)
{
    size_t relevant = e->data->positive_offset[q + 1] - e->data->positive_offset[q];
    size_t found = find_ranks(e, q, hits, count, ranks);
    for (size_t m = 0; m < e->t->metric_count; m++) {
        Metric metric = e->t->metrics[m];
        size_t judged = metric.kind == METRIC_JUDGED ? judged_in(e, q, hits, count, metric.k) : 0;
        line->per_question[m][q] = metric_value(metric, ranks, found, relevant, judged);
    }
    if (!is_repeated(e, line)) remember(e, line->name, q, ranks, found, relevant);
}

static bool evaluate_line(Evaluation *e, const Retriever *r, EvalLine *line, Err *err)
{
    size_t n = e->t->questions;
    snprintf(line->name, sizeof line->name, "%s", retriever_name(r));
    line->dims = retriever_dims(r);
    line->run_id = retriever_run(r);
    for (size_t m = 0; m < e->t->metric_count; m++)
        line->per_question[m] = mem_zero(n + 1, sizeof(double));
    uint32_t *ranks = mem_alloc((e->depth + 1) * sizeof *ranks);
    double seconds = 0;
    bool ok = true;
    for (size_t first = 0; ok && first < n; first += EVAL_BATCH) {
        size_t count = n - first < EVAL_BATCH ? n - first : EVAL_BATCH;
        Results results = {0};
        double start = clock_s();
        ok = cancel_check(e->env->cancel, err) &&
             retriever_search(e->env, r, e->texts + first, count, e->depth, &results, err);
        seconds += clock_s() - start;
        for (size_t i = 0; ok && i < count; i++) {
            score_question(e, line, first + i, results.hits + results.offset[i],
                           results.offset[i + 1] - results.offset[i], ranks);
        }
        results_release(&results);
    }
    free(ranks);
    line->ms_per_query = n ? 1000 * seconds / (double)n : 0;
    for (size_t m = 0; ok && m < e->t->metric_count; m++) {
        line->value[m] = stats_mean(line->per_question[m], n);
        line->ci95[m] =
            stats_bootstrap_mean(line->per_question[m], n, STATS_DRAWS / 10, e->o->seed);
    }
    return ok;
}

/* ---- the table ---- */

static void fill_head(Evaluation *e)
{
    EvalTable *t = e->t;
    const Dataset *d = e->data;
    t->split = e->o->split;
    t->corpus_split = e->o->corpus_split;
    t->questions = d->questions.count;
    t->chunks = d->chunks.count;
    t->lost_questions = d->lost_questions;
    hash_hex(&d->hash, t->data_hash);
    clock_iso(clock_wall_ms(), t->made);
    snprintf(t->version, sizeof t->version, "%s", HONE_VERSION);
    t->question_ids = mem_alloc((t->questions + 1) * sizeof *t->question_ids);
    t->question_texts = mem_zero(t->questions + 1, sizeof *t->question_texts);
    for (size_t q = 0; q < t->questions; q++) {
        t->question_ids[q] = d->questions.items[q].id;
        t->question_texts[q] = mem_strdup(d->questions.items[q].text);
    }
    t->metric_count = metrics_default(e->o->ks, e->o->k_count, t->metrics, EVAL_METRICS);
    e->depth = EVAL_DEPTH;
    for (size_t m = 0; m < t->metric_count; m++) {
        if (t->metrics[m].k > e->depth) e->depth = t->metrics[m].k;
    }
}

static const char *corpus_word(const EvalTable *t)
{
    return t->corpus_split ? "split" : "all";
}

static bool keep_table(Evaluation *e, Err *err)
{
    EvalTable *t = e->t;
    Str json = {0};
    for (size_t f = 0; f < EVAL_FORMAT_COUNT; f++) {
        if (strcmp(EVAL_FORMATS[f].name, "json") == 0) EVAL_FORMATS[f].write(t, &json);
    }
    EvalRow row = {.made_ms = clock_wall_ms(),
                   .split = split_name(t->split),
                   .corpus = corpus_word(t),
                   .version = t->version,
                   .frozen = t->frozen[0] ? t->frozen : NULL,
                   .data_hash = t->data_hash,
                   .questions = (int64_t)t->questions,
                   .chunks = (int64_t)t->chunks,
                   .table = str_get(&json)};
    bool ok = eval_add(e->env->store, &row, e->ranks.items, e->ranks.count, &t->id, err);
    str_release(&json);
    return ok;
}

static bool load_data(const Env *env, const EvalOptions *o, Dataset *data, Err *err)
{
    DatasetQuery query = {.question_splits = 1 << o->split,
                          .question_filter = o->filter,
                          .corpus_splits = o->corpus_split ? 1 << o->split : 0};
    if (!dataset_load(env, &query, data, err)) return false;
    if (data->questions.count == 0) {
        return err_set(err, ERR_MISSING,
                       "there are no accepted questions in the %s split to evaluate on: import or "
                       "generate some, accept them (`review`), or move documents (`split`)",
                       split_name(o->split));
    }
    return true;
}

/* The names asked for, or all that there are. */
static bool wanted_names(const Env *env, const EvalOptions *o, Names *ret, Err *err)
{
    if (o->retriever_count == 0) return retriever_names(env, ret, err);
    for (size_t i = 0; i < o->retriever_count; i++) vec_push(ret, mem_strdup(o->retrievers[i]));
    return true;
}

static bool evaluate_all(Evaluation *e, const Names *names, Err *err)
{
    EvalTable *t = e->t;
    t->lines = mem_zero(names->count + 1, sizeof *t->lines);
    progress_begin(e->env->progress, "eval", "retrievers", names->count);
    RetrieverSet *set = retriever_set_new(e->env, &e->data->view);
    bool ok = true;
    for (size_t i = 0; ok && i < names->count; i++) {
        const Retriever *r = NULL;
        progress_say(e->env->progress, "%s", names->items[i]);
        t->line_count = i + 1;
        ok = retriever_set_open(set, names->items[i], &r, err) &&
             evaluate_line(e, r, &t->lines[i], err);
        progress_update(e->env->progress, i + 1);
    }
    retriever_set_free(set);
    return ok;
}

bool task_evaluate(const Env *env, const EvalOptions *options, EvalTable *ret, Err *err)
{
    Dataset data = {0};
    EvalTable table = {0};
    Names names = {0};
    Evaluation e = {.env = env, .o = options, .data = &data, .t = &table};
    bool ok = load_data(env, options, &data, err) && wanted_names(env, options, &names, err);
    for (size_t i = 0; ok && i < names.count; i++) ok = retriever_exists(env, names.items[i], err);
    if (ok) {
        fill_head(&e);
        e.texts = dataset_query_texts(&data);
        ok = options->split != SPLIT_TEST ||
             split_frozen(env, table.frozen, &table.frozen_changed, err);
    }
    ok = ok && evaluate_all(&e, &names, err) && (!options->keep || keep_table(&e, err));
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    vec_release(&names);
    vec_release(&e.ranks);
    arena_release(&e.arena);
    free(e.texts);
    dataset_release(&data);
    if (ok)
        *ret = table;
    else
        eval_table_release(&table);
    return ok;
}

size_t eval_metric_find(const EvalTable *t, MetricKind kind, size_t k)
{
    size_t m = 0;
    while (m < t->metric_count && !(t->metrics[m].kind == kind && t->metrics[m].k == k)) m++;
    return m;
}
