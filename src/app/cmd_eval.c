#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd.h"
#include "app/list.h"
#include "base/clock.h"
#include "model/bert_names.h"
#include "model/reranker.h"
#include "retrieve/retriever.h"
#include "store/runs.h"

/* ---- eval, compare ---- */

static EvalOptions eval_options(const Session *s)
{
    EvalOptions options = s->options->eval;
    options.retrievers = s->args->arguments.items;
    options.retriever_count = s->args->arguments.count;
    options.seed = s->options->seed;
    return options;
}

static const EvalFormat *find_format(const char *name)
{
    for (size_t i = 0; i < EVAL_FORMAT_COUNT; i++)
        if (strcmp(EVAL_FORMATS[i].name, name) == 0) return &EVAL_FORMATS[i];
    return NULL;
}

bool cmd_eval(Session *s, Err *err)
{
    const Options *o = s->options;
    EvalOptions options = eval_options(s);
    const EvalFormat *format = find_format(o->json ? "json" : o->eval_format);
    EvalTable table = {0};
    options.keep = !o->no_store;
    if (!format) return err_set(err, ERR_USAGE, "--format: '%s' is unknown", o->eval_format);
    if (o->json && o->given[OPT_EVAL_FORMAT] && strcmp(o->eval_format, "json") != 0)
        return err_set(err, ERR_USAGE, "either --json or --format %s", o->eval_format);
    if (!task_evaluate(&s->env, &options, &table, err)) return false;
    session_quiet(s);
    Str text = {0};
    format->write(&table, &text);
    if (text.size && text.data[text.size - 1] != '\n') str_add_char(&text, '\n');
    output_text(&text, s->out);
    str_release(&text);
    eval_table_release(&table);
    return true;
}

bool cmd_compare(Session *s, Err *err)
{
    EvalOptions options = eval_options(s);
    EvalTable table = {0};
    options.keep = false;
    if (!task_evaluate(&s->env, &options, &table, err)) return false;
    session_quiet(s);
    Str text = {0};
    if (s->options->json)
        compare_json(&table, s->options->seed, &text);
    else
        compare_text(&table, s->options->seed, s->options->shown, &text);
    if (text.size && text.data[text.size - 1] != '\n') str_add_char(&text, '\n');
    output_text(&text, s->out);
    str_release(&text);
    eval_table_release(&table);
    return true;
}

/* ---- evals ---- */

static cJSON *eval_json(const void *row, const void *context)
{
    const EvalRow *e = row;
    cJSON *j = cJSON_CreateObject();
    (void)context;
    json_number(j, "id", (double)e->id);
    json_time(j, "made", e->made_ms);
    json_text(j, "version", e->version);
    json_text(j, "split", e->split);
    json_text(j, "corpus", e->corpus);
    json_text(j, "frozen", e->frozen && *e->frozen ? e->frozen : NULL);
    json_text(j, "data_hash", e->data_hash);
    json_number(j, "questions", (double)e->questions);
    json_number(j, "chunks", (double)e->chunks);
    json_parsed(j, "table", e->table);
    return j;
}

/* The best of a table's retrievers by mrr@10, as "name .774". */
static void cell_best(Table *t, const char *json)
{
    cJSON *table = json ? cJSON_Parse(json) : NULL;
    const cJSON *line, *best = NULL;
    double most = -1;
    cJSON_ArrayForEach(line, cJSON_GetObjectItem(table, "retrievers"))
    {
        const cJSON *value = cJSON_GetObjectItem(cJSON_GetObjectItem(line, "metrics"), "mrr@10");
        if (cJSON_IsNumber(value) && value->valuedouble > most) {
            most = value->valuedouble;
            best = line;
        }
    }
    const cJSON *name = cJSON_GetObjectItem(best, "name");
    Str text = {0};
    if (cJSON_IsString(name)) str_addf(&text, "%s %.3f", name->valuestring, most);
    table_cell(t, str_get(&text));
    str_release(&text);
    cJSON_Delete(table);
}

static void eval_cells(Table *t, const void *row, const void *context)
{
    const EvalRow *e = row;
    char made[32];
    (void)context;
    clock_iso(e->made_ms, made);
    table_cellf(t, "%lld", (long long)e->id);
    table_cell(t, made);
    table_cell(t, e->split);
    table_cell(t, e->corpus);
    table_cellf(t, "%lld", (long long)e->questions);
    table_cellf(t, "%lld", (long long)e->chunks);
    table_cellf(t, "%.8s", e->data_hash);
    cell_best(t, e->table);
}

/* The numbers of a kept table; its JSON is what `eval --json` printed. */
static void print_eval(Session *s, const EvalRow *e)
{
    static const Column COLUMNS[] = {{"retriever"},    {"accuracy@1", true}, {"accuracy@5", true},
                                     {"mrr@10", true}, {"ndcg@10", true},    {"map@100", true}};
    Table *t = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    cJSON *table = e->table ? cJSON_Parse(e->table) : NULL;
    const cJSON *line;
    char made[32];
    clock_iso(e->made_ms, made);
    fprintf(s->out, "%s, %s corpus, %lld questions, %lld chunks, %s\n", e->split, e->corpus,
            (long long)e->questions, (long long)e->chunks, made);
    cJSON_ArrayForEach(line, cJSON_GetObjectItem(table, "retrievers"))
    {
        const cJSON *name = cJSON_GetObjectItem(line, "name");
        table_cell(t, cJSON_IsString(name) ? name->valuestring : "?");
        for (size_t i = 1; i < sizeof COLUMNS / sizeof *COLUMNS; i++) {
            const cJSON *value =
                cJSON_GetObjectItem(cJSON_GetObjectItem(line, "metrics"), COLUMNS[i].title);
            if (cJSON_IsNumber(value))
                table_cellf(t, "%.4f", value->valuedouble);
            else
                table_cell(t, "");
        }
    }
    list_table(s, t);
    table_free(t);
    cJSON_Delete(table);
}

static bool show_eval(Session *s, const EvalRows *rows, Err *err)
{
    int64_t id;
    if (!session_id(s, 0, "eval", &id, err)) return false;
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->items[i].id != id) continue;
        session_quiet(s);
        if (s->options->json)
            output_json(eval_json(&rows->items[i], NULL), s->out);
        else
            print_eval(s, &rows->items[i]);
        return true;
    }
    return err_set(err, ERR_MISSING, "there is no evaluation %lld; 'hone evals' lists them",
                   (long long)id);
}

bool cmd_evals(Session *s, Err *err)
{
    static const Column COLUMNS[] = {
        {"id", true},        {"made"},         {"split"}, {"corpus"},
        {"questions", true}, {"chunks", true}, {"data"},  {"best mrr@10", .wide = true}};
    static const List LIST = {"evals", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, eval_json,
                              eval_cells};
    EvalRows rows = {0};
    bool ok = evals_load(s->store, &rows, err);
    size_t count = rows.count;
    if (s->options->limit && s->options->limit < count) count = s->options->limit;
    if (ok && session_arguments(s) == 1)
        ok = show_eval(s, &rows, err);
    else if (ok)
        list_print(s, &LIST, rows.items, count, sizeof *rows.items, NULL);
    rows_release(&rows);
    return ok;
}

/* ---- retrievers ---- */

/* A name that can be searched with, and the row that made it where there is one. */
typedef struct Line {
    const char *name;
    const RetrieverRow *row;
    char *model;  /* what the project says the name is; NULL: no such setting; owned */
    bool reranks; /* it goes behind a retriever: A|R */
} Line;

static const char *line_kind(const Line *l)
{
    if (l->reranks) return RERANKER_KIND;
    if (l->row) return l->row->kind;
    return l->model ? "model" : "built in";
}

static const char *line_over(const Line *l)
{
    return l->row ? l->row->embedder : l->model;
}

static cJSON *retriever_json(const void *row, const void *context)
{
    const Line *l = row;
    cJSON *j = cJSON_CreateObject();
    (void)context;
    json_text(j, "name", l->name);
    json_text(j, "kind", line_kind(l));
    json_text(j, "embedder", line_over(l));
    json_or_null(j, "run", l->row ? l->row->run_id : 0);
    json_or_null(j, "build", l->row ? l->row->build_id : 0);
    json_or_null(j, "epoch", l->row ? l->row->epoch : 0);
    json_or_null(j, "bytes", l->row ? (int64_t)l->row->blob_bytes : 0);
    json_time(j, "made", l->row ? l->row->made_ms : 0);
    json_parsed(j, "config", l->row ? l->row->config : NULL);
    return j;
}

static void retriever_cells(Table *t, const void *row, const void *context)
{
    const Line *l = row;
    char made[32] = "";
    (void)context;
    if (l->row) clock_iso(l->row->made_ms, made);
    table_cell(t, l->name);
    table_cell(t, line_kind(l));
    table_cell(t, line_over(l) ? line_over(l) : "");
    table_cell(t, made);
}

bool cmd_retrievers(Session *s, Err *err)
{
    static const Column COLUMNS[] = {{"retriever", .wide = true}, {"kind"}, {"over"}, {"made"}};
    static const List LIST = {"retrievers", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS,
                              retriever_json, retriever_cells};
    Names names = {0};
    Paths rerankers = {0};
    RetrieverRows rows = {0};
    bool ok = retriever_names(&s->env, &names, err) && reranker_names(&s->env, &rerankers, err) &&
              retrievers_load(s->store, &rows, err);
    size_t retrievers = names.count;
    for (size_t i = 0; i < rerankers.count; i++) vec_push(&names, mem_strdup(rerankers.items[i]));
    file_paths_release(&rerankers);
    Line *lines = mem_zero(names.count + 1, sizeof *lines);
    for (size_t i = 0; ok && i < names.count; i++) {
        lines[i].name = names.items[i];
        lines[i].reranks = i >= retrievers;
        for (size_t k = 0; k < rows.count; k++)
            if (strcmp(rows.items[k].name, names.items[i]) == 0) lines[i].row = &rows.items[k];
        if (!lines[i].row) lines[i].model = model_setting(&s->env, names.items[i], "");
    }
    if (ok) list_print(s, &LIST, lines, names.count, sizeof *lines, NULL);
    for (size_t i = 0; i < names.count; i++) free(lines[i].model);
    free(lines);
    for (size_t i = 0; i < names.count; i++) free(names.items[i]);
    vec_release(&names);
    rows_release(&rows);
    return ok;
}

/* ---- search ---- */

static void hit_json(cJSON *list, const SearchResult *r, const SearchHit *hit, size_t rank,
                     bool questions)
{
    cJSON *j = cJSON_CreateObject();
    json_number(j, "rank", (double)rank);
    json_number(j, "score", hit->score);
    if (questions) {
        const QuestionRow *q = &r->rows_of_questions.items[hit->row];
        json_number(j, "question_id", (double)q->id);
        json_text(j, "question", q->text);
        json_text(j, "status", question_status_name(q->status));
        json_text(j, "split", split_name(q->split));
    } else {
        const ChunkRow *c = &r->chunks.items[hit->row];
        json_number(j, "chunk_id", (double)c->id);
        json_text(j, "chunk_key", c->key);
        json_text(j, "document", c->document);
        json_text(j, "heading", c->heading);
        json_or_null(j, "page_first", c->page_first);
        json_or_null(j, "page_last", c->page_last);
        json_text(j, "text", c->text);
    }
    cJSON_AddItemToArray(list, j);
}

static void print_search_json(const SearchOptions *o, const SearchResult *r, FILE *out)
{
    cJSON *j = cJSON_CreateObject();
    json_text(j, "query", o->query);
    cJSON *results = json_object(j, "results");
    for (size_t i = 0; i < r->list_count; i++) {
        cJSON *list = json_array(results, r->lists[i].name);
        for (size_t k = 0; k < r->lists[i].count; k++)
            hit_json(list, r, &r->lists[i].hits[k], k + 1, o->questions);
    }
    output_json(j, out);
}

/* Rank under list i of the row that is at `hit` under another; 0: not there. */
static size_t rank_in(const SearchResult *r, size_t list, size_t row)
{
    for (size_t k = 0; k < r->lists[list].count; k++)
        if (r->lists[list].hits[k].row == row) return k + 1;
    return 0;
}

static void hit_cells(Table *t, const SearchResult *r, size_t list, size_t k, bool questions)
{
    const SearchHit *hit = &r->lists[list].hits[k];
    table_cellf(t, "%zu", k + 1);
    table_cellf(t, "%.3f", hit->score);
    for (size_t other = 0; other < r->list_count; other++) {
        size_t rank = rank_in(r, other, hit->row);
        if (other == list) continue;
        if (rank)
            table_cellf(t, "%zu", rank);
        else
            table_cell(t, "-");
    }
    if (questions) {
        const QuestionRow *q = &r->rows_of_questions.items[hit->row];
        table_cellf(t, "%lld", (long long)q->id);
        table_cell(t, question_status_name(q->status));
        table_cell(t, q->text);
    } else {
        const ChunkRow *c = &r->chunks.items[hit->row];
        table_cellf(t, "%lld", (long long)c->id);
        table_cell(t, c->title);
        table_cell(t, c->text);
    }
}

/* One table a retriever, with the ranks that the others give. */
static void print_search_text(Session *s, const SearchOptions *o, const SearchResult *r)
{
    for (size_t i = 0; i < r->list_count; i++) {
        Column *columns = mem_zero(5 + r->list_count, sizeof *columns);
        size_t n = 0;
        columns[n++] = (Column){"rank", true};
        columns[n++] = (Column){"score", true};
        for (size_t k = 0; k < r->list_count; k++)
            if (k != i) columns[n++] = (Column){r->lists[k].name, true};
        columns[n++] = (Column){o->questions ? "question" : "chunk", true};
        columns[n++] = (Column){o->questions ? "status" : "document", .wide = true};
        columns[n++] = (Column){"text", .wide = true};
        Table *t = table_new(columns, n);
        for (size_t k = 0; k < r->lists[i].count; k++) hit_cells(t, r, i, k, o->questions);
        if (r->list_count > 1) fprintf(s->out, "%s%s\n", i ? "\n" : "", r->lists[i].name);
        if (r->lists[i].count)
            list_table(s, t);
        else
            fprintf(s->out, "nothing found\n");
        table_free(t);
        free(columns);
    }
}

bool cmd_search(Session *s, Err *err)
{
    static const char *const DEFAULT[] = {"lsa"};
    SearchOptions options = s->options->search;
    SearchResult result = {0};
    Str query = {0};
    for (size_t i = 0; i < session_arguments(s); i++)
        str_addf(&query, "%s%s", i ? " " : "", session_argument(s, i));
    options.query = str_get(&query);
    options.retrievers = s->options->retrievers.count ? s->options->retrievers.items : DEFAULT;
    options.retriever_count = s->options->retrievers.count ? s->options->retrievers.count : 1;
    bool ok = task_search(&s->env, &options, &result, err);
    session_quiet(s);
    if (ok && s->options->json)
        print_search_json(&options, &result, s->out);
    else if (ok)
        print_search_text(s, &options, &result);
    if (ok) search_result_release(&result);
    str_release(&query);
    return ok;
}
