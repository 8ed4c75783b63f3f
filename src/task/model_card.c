/* The model card: nothing in it that the project does not record. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "store/runs.h"
#include "task/exchange_folder.h"
#include "task/train_report.h"

/* One line of the project's texts: no line ends, no bars, nothing that ends a code span. */
static void add_plain(Str *out, const char *text)
{
    for (const char *c = text ? text : ""; *c; c++)
        str_add_char(out, (unsigned char)*c < ' ' || strchr("|`", *c) ? ' ' : *c);
}

static void add_front(Str *out, const RetrieverRow *row, bool reranker)
{
    str_addf(out,
             "---\nlibrary_name: sentence-transformers\npipeline_tag: %s\ntags:\n- %s\n- hone\n",
             reranker ? "text-ranking" : "sentence-similarity",
             reranker ? "cross-encoder" : "sentence-transformers");
    const char *base = row->embedder;
    /* only a name of the Hub is one there */
    if (strchr(base, '/') && *base != '/' && *base != '.' &&
        strchr(base, '/') == strrchr(base, '/'))
        str_addf(out, "base_model: %s\n", base);
    str_add(out, "---\n\n");
}

static void add_row(Str *out, const char *name, const cJSON *value)
{
    if (!value || cJSON_IsNull(value) || cJSON_IsFalse(value)) return;
    str_addf(out, "| %s | ", name);
    if (cJSON_IsString(value)) {
        add_plain(out, value->valuestring);
    } else {
        char *text = cJSON_PrintUnformatted(value);
        add_plain(out, text);
        free(text);
    }
    str_add(out, " |\n");
}

/* Everything that made the run, as it is recorded; what is off is left out. */
static void add_settings(Str *out, const char *options)
{
    static const char *const KEPT_ELSEWHERE[] = {"data", "verdicts", "journal", "embedder"};
    cJSON *j = cJSON_Parse(options ? options : "");
    const cJSON *item;
    str_add(out, "## Settings\n\n| setting | value |\n|---|---|\n");
    cJSON_ArrayForEach(item, j)
    {
        bool skip = false;
        for (size_t i = 0; i < sizeof KEPT_ELSEWHERE / sizeof *KEPT_ELSEWHERE; i++)
            skip |= strcmp(item->string, KEPT_ELSEWHERE[i]) == 0;
        if (!skip) add_row(out, item->string, item);
    }
    str_add_char(out, '\n');
    cJSON_Delete(j);
}

static void add_selection(Str *out, const TrainReport *r)
{
    str_addf(
        out,
        "## Training\n\n%zu questions, %zu question-chunk pairs, %zu hard negatives; %zu steps, "
        "%zu epochs, %.0f s, loss `%s`. The best step was chosen on %s; test questions had no "
        "part in it.\n\n",
        r->questions, r->pairs, r->negatives, r->steps, r->epochs, r->seconds, r->loss,
        r->selection);
    str_addf(out,
             "On that selection MRR@10 went from %.4f to %.4f (95%% interval of the difference "
             "%+.4f to %+.4f)%s.\n\n",
             r->baseline_mrr, r->best_mrr, r->gain_mrr.low, r->gain_mrr.high,
             r->within_noise ? ": within noise" : "");
    if (r->refitted)
        str_add(out, "The published weights were then trained again on all pairs, the selection's "
                     "too, for as long as the best step took.\n\n");
}

static const cJSON *retriever_of(const cJSON *table, const char *name)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, cJSON_GetObjectItem(table, "retrievers"))
    {
        const char *is = cJSON_GetStringValue(cJSON_GetObjectItem(r, "name"));
        if (is && strcmp(is, name) == 0) return r;
    }
    return NULL;
}

static void add_figures(Str *out, const cJSON *r, const char *name)
{
    static const char *const METRICS[] = {"accuracy@1", "accuracy@5", "accuracy@10", "mrr@10",
                                          "ndcg@10"};
    const cJSON *metrics = cJSON_GetObjectItem(r, "metrics");
    str_add(out, "| ");
    add_plain(out, name);
    for (size_t i = 0; i < sizeof METRICS / sizeof *METRICS; i++) {
        const cJSON *m = cJSON_GetObjectItem(metrics, METRICS[i]);
        if (cJSON_IsNumber(m))
            str_addf(out, " | %.4f", m->valuedouble);
        else
            str_add(out, " | ");
    }
    const cJSON *ci = cJSON_GetObjectItem(cJSON_GetObjectItem(r, "ci95"), "mrr@10");
    if (cJSON_GetArraySize(ci) == 2)
        str_addf(out, " | %.3f–%.3f", cJSON_GetNumberValue(cJSON_GetArrayItem(ci, 0)),
                 cJSON_GetNumberValue(cJSON_GetArrayItem(ci, 1)));
    else
        str_add(out, " | ");
    str_add(out, " |\n");
}

/* The newest evaluation on test that the retriever is in, with what it was made from beside it. */
static bool add_evaluation(const Env *env, const RetrieverRow *row, Str *out, Err *err)
{
    EvalRows evals = {0};
    if (!evals_load(env->store, &evals, err)) return false;
    bool found = false;
    for (size_t i = 0; i < evals.count && !found; i++) {
        const EvalRow *e = &evals.items[i];
        cJSON *table = cJSON_Parse(e->table);
        const cJSON *own = retriever_of(table, row->name),
                    *base = retriever_of(table, row->embedder);
        found = own && strcmp(e->split, "test") == 0;
        if (found) {
            str_addf(out, "## Evaluation\n\n%lld test questions over %lld chunks (%s)%s%s.\n\n",
                     (long long)e->questions, (long long)e->chunks,
                     strcmp(e->corpus, "split") == 0 ? "those of the test documents"
                                                     : "all of the project",
                     e->frozen ? ", frozen as " : "", e->frozen ? e->frozen : "");
            str_add(out, "| retriever | hit@1 | hit@5 | hit@10 | MRR@10 | nDCG@10 | MRR@10, 95% |\n"
                         "|---|---|---|---|---|---|---|\n");
            if (base) add_figures(out, base, row->embedder);
            add_figures(out, own, row->name);
            str_add_char(out, '\n');
        }
        cJSON_Delete(table);
    }
    if (!found)
        str_add(
            out,
            "## Evaluation\n\nIt was not evaluated on test questions before it was exported.\n\n");
    rows_release(&evals);
    return true;
}

static void add_usage(Str *out, bool reranker)
{
    str_add(out, "## Use\n\n```python\n");
    if (reranker)
        str_add(out, "from sentence_transformers import CrossEncoder\n\n"
                     "model = CrossEncoder(\"this-folder\")\n"
                     "scores = model.predict([(\"a question\", \"a passage\")])\n");
    else
        str_add(out, "from sentence_transformers import SentenceTransformer\n\n"
                     "model = SentenceTransformer(\"this-folder\")\n"
                     "queries = model.encode_query([\"a question\"])\n"
                     "passages = model.encode_document([\"a passage\"])\n");
    str_add(out, "```\n\nor, without Python, `hone eval ./this-folder` in a project");
    str_add(out, reranker ? " as `'bm25|./this-folder'`.\n" : ".\n");
}

static bool find_run(const Env *env, int64_t id, RunRows *rows, const RunRow **ret, Err *err)
{
    *ret = NULL;
    if (!runs_load(env->store, rows, err)) return false;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].id == id) *ret = &rows->items[i];
    return true;
}

bool model_card(const Env *env, const RetrieverRow *row, Str *out, Err *err)
{
    RunRows runs = {0};
    const RunRow *run = NULL;
    TrainReport report = {0};
    bool reranker = strcmp(row->kind, "reranker") == 0;
    if (!find_run(env, row->run_id, &runs, &run, err)) return false;
    char when[32];
    clock_iso(row->made_ms, when);
    add_front(out, row, reranker);
    str_add(out, "# ");
    add_plain(out, row->name);
    str_addf(out, "\n\nA %s, fine-tuned from `", reranker ? "reranker" : "sentence encoder");
    add_plain(out, strchr(row->embedder, '/') == row->embedder ? file_name(row->embedder)
                                                               : row->embedder);
    str_addf(out, "` on one body of documents with hone " HONE_VERSION " (%.10s)", when);
    if (row->epoch) str_addf(out, ", as it was after epoch %lld", (long long)row->epoch);
    str_add(out, ".\n\n");
    if (run && train_report_parse(run->report, &report)) add_selection(out, &report);
    bool ok = add_evaluation(env, row, out, err);
    if (run) add_settings(out, run->options);
    add_usage(out, reranker);
    rows_release(&runs);
    return ok;
}
