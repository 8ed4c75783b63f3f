#include "task/outcome.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "retrieve/retriever.h"
#include "store/mining.h"
#include "store/runs.h"
#include "task/dataset.h"
#include "task/evaluate.h"
#include "task/train_report.h"

#define OUTCOME_DEPTH 10
#define OUTCOME_BATCH 512 /* questions searched at once */

void outcome_release(Outcome *o)
{
    vec_release(&o->won);
    vec_release(&o->lost);
    vec_release(&o->above);
    vec_release(&o->nowhere);
    vec_release(&o->first);
    *o = (Outcome){0};
}

/* ---- whom to compare ---- */

static void add_note(Outcome *o, const char *sentence)
{
    size_t size = strlen(o->note);
    snprintf(o->note + size, sizeof o->note - size, "%s%s", size ? " " : "", sentence);
}

static bool read_run(const Env *env, const char *run, const char *baseline, Outcome *o, Err *err)
{
    RunRows rows = {0};
    TrainReport report = {0};
    if (!run_find(env->store, run, &rows, err)) return false;
    bool ok =
        rows.count > 0 || err_set(err, ERR_MISSING, "there is no run '%s': `runs` lists them", run);
    if (ok && !train_report_parse(rows.items[0].report, &report))
        ok = err_set(err, ERR_MISSING, "run '%s' has not ended: it has made no retriever yet", run);
    if (ok) {
        const RunRow *r = &rows.items[0];
        snprintf(o->run, sizeof o->run, "%s", run);
        if (baseline)
            snprintf(o->baseline, sizeof o->baseline, "%s", baseline);
        else if (r->build_id && !strchr(r->embedder, '@'))
            snprintf(o->baseline, sizeof o->baseline, "%s@%" PRId64, r->embedder, r->build_id);
        else
            snprintf(o->baseline, sizeof o->baseline, "%s", r->embedder);
        o->untrained = !report.kept_best;
        bool on_val = str_starts(report.selection, "val");
        if (on_val && report.refitted)
            add_note(o, "The run was trained on the val questions too, so they prove nothing.");
        else if (on_val && report.kept_best)
            add_note(o, "The best step was chosen on the val questions, which flatters them a "
                        "little.");
    }
    rows_release(&rows);
    return ok && retriever_exists(env, o->run, err) && retriever_exists(env, o->baseline, err);
}

/* ---- figures ---- */

static OutcomeFigure figure(const EvalTable *t, MetricKind kind, size_t k)
{
    size_t m = eval_metric_find(t, kind, k);
    Comparison c;
    eval_compare(t, 0, 1, m, 1, &c);
    return (OutcomeFigure){t->lines[0].value[m], t->lines[1].value[m], c.test};
}

/* The rank of a question's first positive as the evaluation stored it; rows are by retriever,
 * question. */
static size_t stored_rank(const EvalRankRows *rows, const char *retriever, int64_t question)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(rows->items[middle].retriever, retriever);
        if (order < 0 || (order == 0 && rows->items[middle].question_id < question))
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < rows->count && rows->items[low].question_id == question &&
                 strcmp(rows->items[low].retriever, retriever) == 0;
    return found ? strtoul(rows->items[low].ranks, NULL, 10) : 0;
}

static double within_cut(size_t rank)
{
    return rank > 0 && rank <= OUTCOME_DEPTH ? 1.0 / (double)rank : 0;
}

static int by_change(const void *a, const void *b)
{
    const OutcomeMove *x = a, *y = b;
    double by_x = fabs(within_cut(x->after) - within_cut(x->before)),
           by_y = fabs(within_cut(y->after) - within_cut(y->before));
    if (by_x != by_y) return by_x > by_y ? -1 : 1;
    return (x->question_id > y->question_id) - (x->question_id < y->question_id);
}

static void sort_moves(OutcomeMoves *moves)
{
    if (moves->count) qsort(moves->items, moves->count, sizeof *moves->items, by_change);
}

static bool list_moves(const Env *env, const EvalTable *t, Outcome *o, Err *err)
{
    EvalRankRows rows = {0};
    if (!eval_ranks(env->store, t->id, &rows, err)) return false;
    for (size_t q = 0; q < t->questions; q++) {
        OutcomeMove move = {.question_id = t->question_ids[q],
                            .before = stored_rank(&rows, t->lines[0].name, t->question_ids[q]),
                            .after = stored_rank(&rows, t->lines[1].name, t->question_ids[q])};
        double by = within_cut(move.after) - within_cut(move.before);
        if (by > 0) vec_push(&o->won, move);
        if (by < 0) vec_push(&o->lost, move);
    }
    sort_moves(&o->won);
    sort_moves(&o->lost);
    rows_release(&rows);
    return true;
}

/* A split without questions is left at 0. */
static bool measure(const Env *env, Outcome *o, Split split, OutcomeSplit *ret, Err *err)
{
    const char *names[] = {o->baseline, o->run};
    EvalOptions options = eval_options_default();
    options.retrievers = names;
    options.retriever_count = 2;
    options.split = split;
    EvalTable t = {0};
    Err missing = {0};
    if (!task_evaluate(env, &options, &t, &missing)) {
        if (missing.kind == ERR_MISSING) return true; /* both retrievers were seen to exist */
        *err = missing;
        return false;
    }
    *ret = (OutcomeSplit){.questions = t.questions,
                          .chunks = t.chunks,
                          .mrr = figure(&t, METRIC_MRR, OUTCOME_DEPTH),
                          .accuracy = figure(&t, METRIC_ACCURACY, 5),
                          .frozen_changed = t.frozen_changed,
                          .eval_id = t.id};
    bool ok = split != SPLIT_VAL || list_moves(env, &t, o, err);
    eval_table_release(&t);
    return ok;
}

/* ---- what to do next ---- */

enum { BY_RUN, BY_BASELINE, BY_BM25, SEARCHES };

typedef struct Next {
    const Env *env;
    Outcome *o;
    Dataset data; /* train and val questions */
    const char **texts;
    Map *judged; /* question id + text hash: has a verdict */
    const Retriever *retriever[SEARCHES];
} Next;

typedef struct JudgedKey {
    int64_t question_id;
    Hash text;
} JudgedKey;

static bool read_verdicts(Next *x, Err *err)
{
    VerdictRows rows = {0};
    if (!verdicts_load(x->env->store, &rows, err)) return false;
    x->judged = map_new();
    for (size_t i = 0; i < rows.count; i++) {
        JudgedKey key = {rows.items[i].question_id, rows.items[i].text_hash};
        map_put(x->judged, &key, sizeof key, 1);
    }
    rows_release(&rows);
    return true;
}

static bool is_judged(const Next *x, size_t q, uint32_t chunk)
{
    JudgedKey key = {x->data.questions.items[q].id, x->data.chunks.items[chunk].text_hash};
    return dataset_is_positive(&x->data, q, chunk) || dataset_is_barred(&x->data, q, chunk) ||
           map_get(x->judged, &key, sizeof key) != MAP_NONE;
}

/* Hits and positives' scores of questions [first, end). */
typedef struct Found {
    size_t first, end;
    Results results[SEARCHES];
    float *positives;
} Found;

static bool finds(const Next *x, const Results *r, size_t i, size_t q)
{
    for (size_t h = r->offset[i]; h < r->offset[i + 1]; h++) {
        if (dataset_is_positive(&x->data, q, r->hits[h].row)) return true;
    }
    return false;
}

static OutcomeHit hit_of(const Next *x, const Found *f, size_t q, Hit hit)
{
    const size_t *at = x->data.positive_offset;
    const float *scores = f->positives + (at[q] - at[f->first]);
    float best = scores[0];
    for (size_t j = 1; j < at[q + 1] - at[q]; j++) best = fmaxf(best, scores[j]);
    return (OutcomeHit){.question_id = x->data.questions.items[q].id,
                        .chunk_id = x->data.view.ids[hit.row],
                        .margin = (double)hit.score - (double)best};
}

/* The first hit that nobody has judged, where no positive stands before it. */
static void look_above(Next *x, const Found *f, size_t q, const Hit *hits, size_t count)
{
    for (size_t h = 0; h < count && !dataset_is_positive(&x->data, q, hits[h].row); h++) {
        if (is_judged(x, q, hits[h].row)) continue;
        vec_push(&x->o->above, hit_of(x, f, q, hits[h]));
        return;
    }
}

static void look_at(Next *x, const Found *f, size_t q)
{
    size_t i = q - f->first;
    const Results *r = &f->results[BY_RUN];
    const Hit *hits = r->hits + r->offset[i];
    size_t count = r->offset[i + 1] - r->offset[i];
    if (x->data.questions.items[q].split == SPLIT_TRAIN) look_above(x, f, q, hits, count);
    if (count > 0 && !is_judged(x, q, hits[0].row) && x->o->first_count++ < OUTCOME_LIST)
        vec_push(&x->o->first, hit_of(x, f, q, hits[0]));
    bool found = false;
    for (int s = 0; s < SEARCHES; s++) found |= finds(x, &f->results[s], i, q);
    if (!found && x->o->nowhere_count++ < OUTCOME_LIST)
        vec_push(&x->o->nowhere, x->data.questions.items[q].id);
}

static bool score_positives(const Next *x, Found *f, Err *err)
{
    const size_t *at = x->data.positive_offset;
    size_t n = f->end - f->first;
    size_t *offset = mem_alloc((n + 1) * sizeof *offset);
    for (size_t i = 0; i <= n; i++) offset[i] = at[f->first + i] - at[f->first];
    f->positives = mem_zero(offset[n] + 1, sizeof *f->positives);
    bool ok = retriever_scores(x->env, x->retriever[BY_RUN], x->texts + f->first, n, offset,
                               x->data.positive + at[f->first], f->positives, err);
    free(offset);
    return ok;
}

static bool look_at_batch(Next *x, size_t first, size_t end, Err *err)
{
    Found f = {.first = first, .end = end};
    bool ok = cancel_check(x->env->cancel, err) && score_positives(x, &f, err);
    for (int s = 0; ok && s < SEARCHES; s++) {
        ok = retriever_search(x->env, x->retriever[s], x->texts + first, end - first, OUTCOME_DEPTH,
                              &f.results[s], err);
    }
    for (size_t q = first; ok && q < end; q++) look_at(x, &f, q);
    for (int s = 0; s < SEARCHES; s++) results_release(&f.results[s]);
    free(f.positives);
    return ok;
}

static int by_margin(const void *a, const void *b)
{
    const OutcomeHit *x = a, *y = b;
    if (x->margin != y->margin) return x->margin > y->margin ? -1 : 1;
    return (x->question_id > y->question_id) - (x->question_id < y->question_id);
}

static void close_above(Outcome *o)
{
    o->above_count = o->above.count;
    if (o->above.count) qsort(o->above.items, o->above.count, sizeof *o->above.items, by_margin);
    if (o->above.count > OUTCOME_LIST) o->above.count = OUTCOME_LIST;
}

static bool look_at_all(Next *x, RetrieverSet *set, Err *err)
{
    const char *names[SEARCHES] = {
        [BY_RUN] = x->o->run, [BY_BASELINE] = x->o->baseline, [BY_BM25] = "bm25"};
    size_t count = x->data.questions.count;
    bool ok = true;
    for (int s = 0; ok && s < SEARCHES; s++)
        ok = retriever_set_open(set, names[s], &x->retriever[s], err);
    progress_begin(x->env->progress, "outcome", "questions", count);
    for (size_t first = 0; ok && first < count; first += OUTCOME_BATCH) {
        size_t end = first + OUTCOME_BATCH < count ? first + OUTCOME_BATCH : count;
        ok = look_at_batch(x, first, end, err);
        progress_update(x->env->progress, end);
    }
    close_above(x->o);
    return ok;
}

static bool find_next(const Env *env, Outcome *o, Err *err)
{
    Next x = {.env = env, .o = o};
    DatasetQuery query = {.question_splits = 1 << SPLIT_TRAIN | 1 << SPLIT_VAL};
    bool ok = dataset_load(env, &query, &x.data, err) && read_verdicts(&x, err);
    if (ok && x.data.questions.count > 0) {
        x.texts = dataset_query_texts(&x.data);
        RetrieverSet *set = retriever_set_new(env, &x.data.view);
        ok = look_at_all(&x, set, err);
        retriever_set_free(set);
    }
    free(x.texts);
    map_free(x.judged);
    dataset_release(&x.data);
    return ok;
}

bool task_outcome(const Env *env, const char *run, const char *baseline, Outcome *ret, Err *err)
{
    Outcome o = {0};
    bool ok = read_run(env, run, baseline, &o, err) && measure(env, &o, SPLIT_VAL, &o.val, err) &&
              measure(env, &o, SPLIT_TEST, &o.test, err) && find_next(env, &o, err);
    if (ok && o.val.questions == 0) {
        o.note[0] = '\0';
        add_note(&o, "There are no val questions: which questions were won and lost cannot be "
                     "said, for those of train were trained on.");
    }
    if (ok)
        *ret = o;
    else
        outcome_release(&o);
    return ok;
}
