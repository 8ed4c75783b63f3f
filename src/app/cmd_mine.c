#include <stdio.h>
#include <stdlib.h>

#include "app/cmd.h"
#include "app/list.h"
#include "store/mining.h"

/* ---- mine ---- */

static void summary_json(cJSON *object, const char *name, const ScoreSummary *s)
{
    cJSON *j = json_object(object, name);
    json_number(j, "count", (double)s->count);
    json_number(j, "mean", s->mean);
    json_number(j, "std", s->std);
    json_number(j, "p25", s->p25);
    json_number(j, "p50", s->median);
    json_number(j, "p75", s->p75);
    json_number(j, "min", s->min);
    json_number(j, "max", s->max);
}

static void filters_json(cJSON *object, const char *name, const size_t values[MINE_FILTERS])
{
    cJSON *j = json_object(object, name);
    for (int i = 0; i < MINE_FILTERS; i++)
        json_number(j, mine_filter_name((MineFilter)i), (double)values[i]);
}

static void print_json(const MineReport *r, bool dry_run, FILE *out)
{
    cJSON *j = cJSON_CreateObject();
    json_number(j, "questions", (double)r->questions);
    json_number(j, "candidates", (double)r->candidates);
    filters_json(j, "per_filter", r->dropped);
    filters_json(j, "alone", r->would_drop);
    filters_json(j, "alone_short", r->would_starve);
    summary_json(j, "positive_scores", &r->positive);
    summary_json(j, "candidate_scores", &r->candidate);
    summary_json(j, "difference", &r->difference);
    json_number(j, "short", (double)r->short_questions);
    json_number(j, "random", (double)r->random);
    json_number(j, "suspects", (double)r->suspects);
    json_bool(j, "dry_run", dry_run);
    output_json(j, out);
}

static void summary_cells(Table *t, const char *name, const ScoreSummary *s)
{
    const double values[] = {s->mean, s->std, s->p25, s->median, s->p75, s->min, s->max};
    table_cell(t, name);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (s->count)
            table_cellf(t, "%.3f", values[i]);
        else
            table_cell(t, "");
    }
}

static void print_scores(Session *s, const MineReport *r)
{
    static const Column COLUMNS[] = {{"scores"},      {"mean", true}, {"std", true},
                                     {"25%", true},   {"50%", true},  {"75%", true},
                                     {"least", true}, {"most", true}};
    Table *t = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    summary_cells(t, "positives", &r->positive);
    summary_cells(t, "candidates", &r->candidate);
    summary_cells(t, "candidate - positive", &r->difference);
    list_table(s, t);
    table_free(t);
}

static void print_filters(Session *s, const MineOptions *o, const MineReport *r)
{
    static const Column COLUMNS[] = {
        {"filter"}, {"dropped", true}, {"alone drops", true}, {"alone leaves short", true}};
    Table *t = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    size_t count = 0;
    for (int i = 0; i < MINE_FILTERS; i++) {
        if (!o->has[i]) continue;
        count++;
        table_cell(t, mine_filter_name((MineFilter)i));
        table_cellf(t, "%zu", r->dropped[i]);
        table_cellf(t, "%zu", r->would_drop[i]);
        table_cellf(t, "%zu", r->would_starve[i]);
    }
    if (count) {
        fputc('\n', s->out);
        list_table(s, t);
    }
    table_free(t);
}

bool cmd_mine(Session *s, Err *err)
{
    MineOptions options = s->options->mine;
    MineReport r = {0};
    options.seed = s->options->seed;
    if (!task_mine(&s->env, &options, &r, err)) return false;
    session_quiet(s);
    if (s->options->json) {
        print_json(&r, options.dry_run, s->out);
        return true;
    }
    fprintf(s->out,
            "%s%zu candidates for %zu questions; %zu questions came out short, %zu candidates are "
            "random\n",
            options.dry_run ? "would be: " : "", r.candidates, r.questions, r.short_questions,
            r.random);
    if (r.suspects)
        fprintf(
            s->out,
            "%zu are suspect: near or above their positive; 'hone candidates suspect:yes' lists "
            "them\n",
            r.suspects);
    fputc('\n', s->out);
    print_scores(s, &r);
    print_filters(s, &options, &r);
    return true;
}

/* ---- candidates ---- */

static cJSON *candidate_json(const void *row, const void *context)
{
    const CandidateRow *c = row;
    cJSON *j = cJSON_CreateObject();
    (void)context;
    json_number(j, "id", (double)c->id);
    json_number(j, "question_id", (double)c->question_id);
    json_text(j, "question", c->question);
    json_number(j, "chunk_id", (double)c->chunk_id);
    json_text(j, "chunk_key", c->chunk_key);
    json_text(j, "text", c->text);
    json_number(j, "rank", (double)c->rank);
    json_number(j, "score", c->score);
    json_number(j, "positive_score", c->positive_score);
    json_number(j, "margin", c->margin);
    json_bool(j, "suspect", c->suspect);
    json_text(j, "status", candidate_status_name(c->status));
    return j;
}

static void candidate_cells(Table *t, const void *row, const void *context)
{
    const CandidateRow *c = row;
    (void)context;
    table_cellf(t, "%lld", (long long)c->id);
    table_cell(t, candidate_status_name(c->status));
    table_cellf(t, "%lld", (long long)c->rank);
    table_cellf(t, "%.3f", c->score);
    table_cellf(t, "%+.3f", c->margin);
    table_cell(t, c->question);
    table_cell(t, c->text);
}

bool cmd_candidates(Session *s, Err *err)
{
    static const Column COLUMNS[] = {{"id", true},          {"status"},
                                     {"rank", true},        {"score", true},
                                     {"margin", true},      {"question", .wide = true},
                                     {"text", .wide = true}};
    static const List LIST = {"candidates", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS,
                              candidate_json, candidate_cells};
    char *filter = NULL;
    CandidateRows rows = {0};
    bool ok = session_filter(s, 0, &filter, err) &&
              candidates_load(s->store, &(CandidateQuery){.filter = filter, .with_texts = true},
                              &rows, err);
    if (ok) list_print(s, &LIST, rows.items, rows.count, sizeof *rows.items, NULL);
    rows_release(&rows);
    free(filter);
    return ok;
}
