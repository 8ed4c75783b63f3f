#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cmd.h"
#include "app/list.h"
#include "base/utf8.h"
#include "store/corpus.h"
#include "store/journal.h"
#include "store/questions.h"
#include "task/curate.h"

/* ---- import ---- */

static cJSON *import_json(const char *path, const ImportReport *r)
{
    cJSON *j = cJSON_CreateObject();
    json_text(j, "path", path);
    json_text(j, "format", r->format);
    json_number(j, "chunks_added", (double)r->chunks_added);
    json_number(j, "chunks_known", (double)r->chunks_known);
    json_number(j, "questions_added", (double)r->questions_added);
    json_number(j, "questions_known", (double)r->questions_known);
    json_number(j, "links_added", (double)r->links_added);
    json_number(j, "negatives", (double)r->negatives);
    json_number(j, "failed", (double)r->failed);
    json_text(j, "warnings", *r->warnings ? r->warnings : NULL);
    return j;
}

static void print_import(Session *s, const char *path, const ImportReport *r)
{
    fprintf(s->out,
            "%s (%s): %zu chunks and %zu questions added, %zu and %zu were known, %zu negatives\n",
            path, r->format, r->chunks_added, r->questions_added, r->chunks_known,
            r->questions_known, r->negatives);
    if (*r->warnings) fprintf(s->notes, "hone import: %s: %s\n", path, r->warnings);
}

static bool import_adapter(Session *s, Err *err)
{
    const Options *o = s->options;
    if (session_arguments(s) > 0)
        return err_set(err, ERR_USAGE, "'%s': --model takes no files beside it",
                       session_argument(s, 0));
    if (!o->name || !o->embedder)
        return err_set(err, ERR_USAGE,
                       "--model needs --name and --embedder: hone import --model FOLDER --name N "
                       "--embedder E");
    if (!import_model(&s->env, o->model, o->name, o->embedder, err)) return false;
    session_quiet(s);
    if (o->json) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, "name", o->name);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "%s: a retriever over %s\n", o->name, o->embedder);
    }
    return true;
}

/* Stops at what nothing can be done about; a file that is refused is told, and the others go on. */
static bool import_one(Session *s, const char *path, cJSON *files, cJSON *failures, size_t *failed,
                       Err *err)
{
    ImportOptions options = s->options->import;
    ImportReport report = {0};
    Err own = {0};
    options.path = path;
    if (task_import(&s->env, &options, &report, &own)) {
        if (s->options->json)
            cJSON_AddItemToArray(files, import_json(path, &report));
        else
            print_import(s, path, &report);
        if (report.failed > 0) s->status = EXIT_SOME_FAILED;
        return true;
    }
    bool last = own.kind == ERR_CANCELLED || own.kind == ERR_DATABASE || own.kind == ERR_BUSY;
    if (last || session_arguments(s) == 1) {
        *err = own;
        return false;
    }
    fprintf(s->notes, "hone import: %s\n", own.message);
    cJSON *j = cJSON_CreateObject();
    json_text(j, "path", path);
    json_text(j, "why", own.message);
    cJSON_AddItemToArray(failures, j);
    ++*failed;
    return true;
}

bool cmd_import(Session *s, Err *err)
{
    size_t count = session_arguments(s), failed = 0;
    if (s->options->model) return import_adapter(s, err);
    if (s->options->name || s->options->embedder)
        return err_set(err, ERR_USAGE, "--name and --embedder go with --model");
    if (count == 0) return err_set(err, ERR_USAGE, "which file? hone import FILE…");
    cJSON *document = cJSON_CreateObject();
    cJSON *files = json_array(document, "files"), *failures = json_array(document, "failures");
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = import_one(s, session_argument(s, i), files, failures, &failed, err);
    session_quiet(s);
    if (ok && s->options->json)
        output_json(document, s->out);
    else
        cJSON_Delete(document);
    if (ok && failed > 0) s->status = failed == count ? EXIT_FAILED : EXIT_SOME_FAILED;
    return ok;
}

/* ---- generate ---- */

bool cmd_generate(Session *s, Err *err)
{
    GenerateOptions options = s->options->generate;
    GenerateReport r = {0};
    if (!task_generate(&s->env, &options, &r, err)) return false;
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_number(j, "chunks", (double)r.chunks);
        json_number(j, "questions", (double)r.questions);
        json_number(j, "accepted", (double)r.accepted);
        json_number(j, "chunks_without", (double)r.chunks_without);
        output_json(j, s->out);
        return true;
    }
    fprintf(s->out, "%zu questions for %zu chunks, %zu accepted\n", r.questions, r.chunks,
            r.accepted);
    if (r.chunks_without)
        fprintf(s->out, "nothing good could be asked about %zu chunks\n", r.chunks_without);
    return true;
}

/* ---- questions ---- */

/* Relevance rows by question, ascending: the chunks of one. */
static size_t first_of(const RelevanceRows *rows, int64_t question_id)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->items[middle].question_id < question_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void doubts_json(cJSON *object, const Doubts *d)
{
    if (!d->known) {
        cJSON_AddNullToObject(object, "doubts");
        return;
    }
    cJSON *j = json_object(object, "doubts");
    json_number(j, "doubt", d->doubt);
    json_or_null(j, "own_rank", d->own_rank);
    json_number(j, "copied", d->copied);
    json_or_null(j, "twin_id", d->twin_id);
    json_number(j, "twin_score", d->twin_score);
    json_bool(j, "nameless", d->nameless);
}

static cJSON *question_json(const void *row, const void *context)
{
    const QuestionRow *q = row;
    const RelevanceRows *relevance = context;
    cJSON *j = cJSON_CreateObject();
    json_number(j, "id", (double)q->id);
    json_text(j, "key", q->key);
    json_text(j, "text", q->text);
    json_text(j, "status", question_status_name(q->status));
    json_text(j, "split", split_name(q->split));
    json_text(j, "origin", origin_name(q->origin));
    json_text(j, "kind", q->kind);
    json_text(j, "source", q->source);
    json_text(j, "why_flagged", q->why_flagged);
    json_time(j, "made", q->made_ms);
    doubts_json(j, &q->doubts);
    cJSON *chunks = json_array(j, "chunks");
    for (size_t i = first_of(relevance, q->id);
         i < relevance->count && relevance->items[i].question_id == q->id; i++)
        cJSON_AddItemToArray(chunks, cJSON_CreateNumber((double)relevance->items[i].chunk_id));
    return j;
}

static void question_cells(Table *t, const void *row, const void *context)
{
    const QuestionRow *q = row;
    (void)context;
    table_cellf(t, "%lld", (long long)q->id);
    table_cell(t, question_status_name(q->status));
    table_cell(t, split_name(q->split));
    table_cell(t, origin_name(q->origin));
    if (q->doubts.known)
        table_cellf(t, "%.2f", q->doubts.doubt);
    else
        table_cell(t, "");
    table_cell(t, q->text);
}

bool cmd_questions(Session *s, Err *err)
{
    static const Column COLUMNS[] = {{"id", true}, {"status"},      {"split"},
                                     {"origin"},   {"doubt", true}, {"question", .wide = true}};
    static const List LIST = {"questions", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, question_json,
                              question_cells};
    char *filter = NULL;
    QuestionRows rows = {0};
    RelevanceRows relevance = {0};
    bool ok = session_filter(s, 0, &filter, err) &&
              questions_load(s->store, &(QuestionQuery){.filter = filter}, &rows, err) &&
              relevance_load(s->store, &relevance, err);
    if (ok) list_print(s, &LIST, rows.items, rows.count, sizeof *rows.items, &relevance);
    rows_release(&rows);
    rows_release(&relevance);
    free(filter);
    return ok;
}

static void print_doubts(const Doubts *d, Str *out)
{
    if (!d->known) return;
    str_addf(out, "doubt %.2f: own chunk ", d->doubt);
    if (d->own_rank)
        str_addf(out, "found at rank %lld", (long long)d->own_rank);
    else
        str_add(out, "not found in the first 1,000");
    if (d->copied > 0) str_addf(out, ", %.0f%% of its words copied", d->copied * 100);
    if (d->twin_id)
        str_addf(out, ", twin of question %lld (%.2f)", (long long)d->twin_id, d->twin_score);
    if (d->nameless) str_add(out, ", names nothing that could be searched for");
    str_add(out, "\n");
}

static bool print_question(Session *s, const QuestionRow *q, const RelevanceRows *relevance,
                           Err *err)
{
    Str out = {0};
    bool ok = true;
    str_addf(&out, "question %lld  %s  %s  %s\n\n", (long long)q->id,
             question_status_name(q->status), split_name(q->split), origin_name(q->origin));
    text_block(q->text, &out);
    str_add(&out, "\n\n");
    print_doubts(&q->doubts, &out);
    if (q->why_flagged) {
        str_add(&out, "flagged: ");
        text_line(q->why_flagged, &out);
        str_add(&out, "\n");
    }
    for (size_t i = first_of(relevance, q->id); ok && i < relevance->count; i++) {
        static const int ANY = (1 << CHUNK_STATUS_COUNT) - 1;
        ChunkRows chunk = {0};
        int64_t id = relevance->items[i].chunk_id;
        if (relevance->items[i].question_id != q->id) break;
        ok = chunks_load(s->store, &(ChunkQuery){.statuses = ANY, .ids = &id, .id_count = 1},
                         &chunk, err);
        str_addf(&out, "\nchunk %lld", (long long)id);
        if (ok && chunk.count == 1) {
            str_addf(&out, "  %s\n", chunk_status_name(chunk.items[0].status));
            text_block(chunk.items[0].text, &out);
        }
        str_add(&out, "\n");
        rows_release(&chunk);
    }
    if (ok) output_text(&out, s->out);
    str_release(&out);
    return ok;
}

bool cmd_question(Session *s, Err *err)
{
    RelevanceRows relevance = {0};
    cJSON *document = cJSON_CreateObject();
    cJSON *list = json_array(document, "questions");
    bool ok = relevance_load(s->store, &relevance, err);
    session_quiet(s);
    for (size_t i = 0; ok && i < session_arguments(s); i++) {
        int64_t id;
        QuestionRows rows = {0};
        ok = session_id(s, i, "question", &id, err) && question_get(s->store, id, &rows, err);
        if (ok && s->options->json) {
            cJSON_AddItemToArray(list, question_json(&rows.items[0], &relevance));
        } else if (ok) {
            if (i) fputc('\n', s->out);
            ok = print_question(s, &rows.items[0], &relevance, err);
        }
        rows_release(&rows);
    }
    if (ok && s->options->json)
        output_json(document, s->out);
    else
        cJSON_Delete(document);
    rows_release(&relevance);
    return ok;
}

static void print_question_id(Session *s, const char *verb, int64_t id)
{
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_number(j, "question", (double)id);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "%s: %lld\n", verb, (long long)id);
    }
}

bool cmd_question_add(Session *s, Err *err)
{
    int64_t id;
    if (!s->options->chunk_id)
        return err_set(err, ERR_USAGE,
                       "which chunk answers it? say --chunk ID; 'hone chunks' lists them");
    if (!curate_question_add(&s->env, session_argument(s, 0), s->options->chunk_id,
                             s->options->split, &id, err))
        return false;
    print_question_id(s, "added", id);
    return true;
}

bool cmd_question_edit(Session *s, Err *err)
{
    int64_t id;
    char label[64];
    QuestionRows rows = {0};
    if (!session_id(s, 0, "question", &id, err) || !question_get(s->store, id, &rows, err))
        return false;
    rows_release(&rows);
    Str text = {0};
    utf8_clean(session_argument(s, 1), strlen(session_argument(s, 1)), &text);
    snprintf(label, sizeof label, "edit question %lld", (long long)id);
    Decision d = {.subject = "question.text",
                  .subject_id = id,
                  .value = str_get(&text),
                  .why = s->options->why};
    bool ok = text.size > 0 || err_set(err, ERR_USAGE, "the text of a question cannot be empty");
    ok = ok && decide(s->store, &d, 1, label, NULL, err);
    if (ok) print_question_id(s, "edited", id);
    str_release(&text);
    return ok;
}
