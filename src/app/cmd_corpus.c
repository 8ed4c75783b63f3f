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

/* ---- add ---- */

static void print_failures(const IngestReport *r, FILE *notes)
{
    for (size_t i = 0; i < r->failures.count; i++)
        fprintf(notes, "hone add: %s\n", r->failures.items[i].why);
}

static void print_add_json(const IngestReport *r, FILE *out)
{
    cJSON *j = cJSON_CreateObject();
    json_number(j, "files", (double)r->files);
    json_number(j, "added", (double)r->added);
    json_number(j, "changed", (double)r->changed);
    json_number(j, "unchanged", (double)r->unchanged);
    json_number(j, "chunks_added", (double)r->chunks_added);
    json_number(j, "chunks_kept", (double)r->chunks_kept);
    json_number(j, "chunks_retired", (double)r->chunks_retired);
    json_number(j, "questions_moved", (double)r->questions_moved);
    json_number(j, "questions_flagged", (double)r->questions_flagged);
    cJSON *failures = json_array(j, "failures");
    for (size_t i = 0; i < r->failures.count; i++) {
        cJSON *one = cJSON_CreateObject();
        json_text(one, "path", r->failures.items[i].path);
        json_text(one, "why", r->failures.items[i].why);
        cJSON_AddItemToArray(failures, one);
    }
    cJSON *skipped = json_array(j, "skipped");
    for (size_t i = 0; i < r->skipped.count; i++)
        cJSON_AddItemToArray(skipped, cJSON_CreateString(r->skipped.items[i]));
    output_json(j, out);
}

static void print_add_text(const IngestReport *r, FILE *out)
{
    fprintf(out, "%zu files: %zu added, %zu changed, %zu unchanged, %zu failed\n", r->files,
            r->added, r->changed, r->unchanged, r->failures.count);
    fprintf(out, "chunks: %zu added, %zu kept, %zu retired\n", r->chunks_added, r->chunks_kept,
            r->chunks_retired);
    if (r->questions_moved || r->questions_flagged)
        fprintf(out, "questions: %zu moved to a changed chunk, %zu flagged\n", r->questions_moved,
                r->questions_flagged);
    if (r->skipped.count)
        fprintf(out, "%zu files were skipped: no reader takes their ending; --json names them\n",
                r->skipped.count);
}

bool cmd_add(Session *s, Err *err)
{
    IngestOptions options = s->options->ingest;
    options.paths = s->args->arguments.items;
    options.path_count = s->args->arguments.count;
    if (options.chunk.overlap_tokens >= options.chunk.max_tokens)
        return err_set(err, ERR_USAGE, "--overlap-tokens: must be less than --chunk-tokens (%zu)",
                       options.chunk.max_tokens);
    if (options.chunk.min_tokens > options.chunk.max_tokens / 2)
        options.chunk.min_tokens = options.chunk.max_tokens / 2;
    if (s->options->lsa.title_body && !setting_set(s->store, "title_body", "on", err)) return false;
    IngestReport report = {0};
    bool ok = task_ingest(&s->env, &options, &report, err);
    session_quiet(s);
    print_failures(&report, s->notes);
    if (ok && s->options->json)
        print_add_json(&report, s->out);
    else if (ok)
        print_add_text(&report, s->out);
    if (ok && report.failures.count > 0) {
        bool none = report.added + report.changed + report.unchanged == 0;
        s->status = none ? EXIT_FAILED : EXIT_SOME_FAILED;
    }
    ingest_report_release(&report);
    return ok;
}

/* ---- documents ---- */

static cJSON *document_json(const void *row, const void *context)
{
    const DocumentRow *d = row;
    cJSON *j = cJSON_CreateObject();
    (void)context;
    json_number(j, "id", (double)d->id);
    json_text(j, "key", d->key);
    json_text(j, "path", d->path);
    json_text(j, "title", d->title);
    json_text(j, "format", d->format);
    json_text(j, "encoding", d->encoding);
    json_number(j, "size_bytes", (double)d->size_bytes);
    json_text(j, "split", split_name(d->split));
    json_bool(j, "by_blocks", d->by_blocks);
    json_or_null(j, "pages", d->pages);
    json_number(j, "chunks", (double)d->chunks);
    json_time(j, "added", d->added_ms);
    return j;
}

static void document_cells(Table *t, const void *row, const void *context)
{
    const DocumentRow *d = row;
    (void)context;
    table_cellf(t, "%lld", (long long)d->id);
    table_cell(t, d->by_blocks ? "blocks" : split_name(d->split));
    table_cell(t, d->format);
    table_cellf(t, "%lld", (long long)d->chunks);
    table_cell(t, d->title);
    table_cell(t, d->path ? d->path : d->key);
}

bool cmd_documents(Session *s, Err *err)
{
    static const Column COLUMNS[] = {
        {"id", true},          {"split"}, {"format"}, {"chunks", true}, {"title", .wide = true},
        {"path", .wide = true}};
    static const List LIST = {"documents", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, document_json,
                              document_cells};
    char *filter = NULL;
    DocumentRows rows = {0};
    bool ok = session_filter(s, 0, &filter, err) && documents_load(s->store, filter, &rows, err);
    if (ok) list_print(s, &LIST, rows.items, rows.count, sizeof *rows.items, NULL);
    rows_release(&rows);
    free(filter);
    return ok;
}

/* ---- chunks ---- */

static cJSON *chunk_json(const void *row, const void *context)
{
    const ChunkRow *c = row;
    cJSON *j = cJSON_CreateObject();
    (void)context;
    json_number(j, "id", (double)c->id);
    json_text(j, "key", c->key);
    json_number(j, "document_id", (double)c->document_id);
    json_text(j, "document", c->document);
    json_text(j, "title", c->title);
    json_number(j, "ordinal", (double)c->ordinal);
    json_text(j, "heading", c->heading);
    json_or_null(j, "page_first", c->page_first);
    json_or_null(j, "page_last", c->page_last);
    json_number(j, "char_first", (double)c->char_first);
    json_number(j, "char_end", (double)c->char_end);
    json_number(j, "tokens", (double)c->tokens);
    json_text(j, "split", split_name(c->split));
    json_text(j, "status", chunk_status_name(c->status));
    json_text(j, "text", c->text);
    return j;
}

static void cell_pages(Table *t, const ChunkRow *c)
{
    if (c->page_first == 0)
        table_cell(t, "");
    else if (c->page_last > c->page_first)
        table_cellf(t, "%lld-%lld", (long long)c->page_first, (long long)c->page_last);
    else
        table_cellf(t, "%lld", (long long)c->page_first);
}

static void chunk_cells(Table *t, const void *row, const void *context)
{
    const ChunkRow *c = row;
    (void)context;
    table_cellf(t, "%lld", (long long)c->id);
    table_cell(t, split_name(c->split));
    table_cell(t, chunk_status_name(c->status));
    cell_pages(t, c);
    table_cellf(t, "%lld", (long long)c->tokens);
    table_cell(t, c->heading);
    table_cell(t, c->text);
}

bool cmd_chunks(Session *s, Err *err)
{
    static const Column COLUMNS[] = {
        {"id", true},          {"split"},        {"status"},
        {"page", true},        {"tokens", true}, {"heading", .wide = true},
        {"text", .wide = true}};
    static const List LIST = {"chunks", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, chunk_json,
                              chunk_cells};
    static const int SHOWN = 1 << CHUNK_LIVE | 1 << CHUNK_EXCLUDED | 1 << CHUNK_RETIRED;
    char *filter = NULL;
    ChunkRows rows = {0};
    bool ok = session_filter(s, 0, &filter, err);
    bool named = filter && strstr(filter, "status");
    ChunkQuery query = {.statuses = named ? SHOWN | 1 << CHUNK_POOL : 0, .filter = filter};
    ok = ok && chunks_load(s->store, &query, &rows, err);
    if (ok) list_print(s, &LIST, rows.items, rows.count, sizeof *rows.items, NULL);
    rows_release(&rows);
    free(filter);
    return ok;
}

static void print_chunk_text(const ChunkRow *c, const QuestionRows *questions, FILE *out)
{
    Str text = {0};
    str_addf(&text, "chunk %lld  %s  %s  %lld tokens", (long long)c->id,
             chunk_status_name(c->status), split_name(c->split), (long long)c->tokens);
    if (c->page_first) str_addf(&text, "  p. %lld", (long long)c->page_first);
    str_add(&text, "\n");
    text_line(c->document, &text);
    if (c->heading && *c->heading) {
        str_add(&text, "\n");
        text_line(c->heading, &text);
    }
    str_add(&text, "\n\n");
    text_block(c->text, &text);
    str_add(&text, "\n");
    if (questions->count) str_add(&text, "\nquestions\n");
    for (size_t i = 0; i < questions->count; i++) {
        const QuestionRow *q = &questions->items[i];
        str_addf(&text, "  %lld  %s  ", (long long)q->id, question_status_name(q->status));
        text_line(q->text, &text);
        str_add(&text, "\n");
    }
    output_text(&text, out);
    str_release(&text);
}

static cJSON *chunk_with_questions(const ChunkRow *c, const QuestionRows *questions)
{
    cJSON *j = chunk_json(c, NULL);
    cJSON *list = json_array(j, "questions");
    for (size_t i = 0; i < questions->count; i++) {
        cJSON *q = cJSON_CreateObject();
        json_number(q, "id", (double)questions->items[i].id);
        json_text(q, "text", questions->items[i].text);
        json_text(q, "status", question_status_name(questions->items[i].status));
        cJSON_AddItemToArray(list, q);
    }
    return j;
}

/* One chunk, whatever its status. */
static bool load_chunk(Session *s, int64_t id, ChunkRows *ret, Err *err)
{
    static const int ANY = (1 << CHUNK_STATUS_COUNT) - 1;
    if (!chunks_load(s->store, &(ChunkQuery){.statuses = ANY, .ids = &id, .id_count = 1}, ret, err))
        return false;
    return ret->count == 1 ||
           err_set(err, ERR_MISSING, "there is no chunk %lld; 'hone chunks' lists them",
                   (long long)id);
}

bool cmd_chunk(Session *s, Err *err)
{
    cJSON *document = cJSON_CreateObject();
    cJSON *list = json_array(document, "chunks");
    bool ok = true;
    session_quiet(s);
    for (size_t i = 0; ok && i < session_arguments(s); i++) {
        int64_t id;
        ChunkRows chunk = {0};
        QuestionRows questions = {0};
        ok = session_id(s, i, "chunk", &id, err) && load_chunk(s, id, &chunk, err) &&
             questions_load(s->store, &(QuestionQuery){.chunk_id = id}, &questions, err);
        if (ok && s->options->json) {
            cJSON_AddItemToArray(list, chunk_with_questions(&chunk.items[0], &questions));
        } else if (ok) {
            if (i) fputc('\n', s->out);
            print_chunk_text(&chunk.items[0], &questions, s->out);
        }
        rows_release(&chunk);
        rows_release(&questions);
    }
    if (ok && s->options->json)
        output_json(document, s->out);
    else
        cJSON_Delete(document);
    return ok;
}

/* ---- chunks by hand ---- */

static void print_ids(Session *s, const char *verb, const int64_t *ids, size_t count)
{
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        cJSON *list = json_array(j, "chunks");
        for (size_t i = 0; i < count; i++)
            cJSON_AddItemToArray(list, cJSON_CreateNumber((double)ids[i]));
        output_json(j, s->out);
        return;
    }
    fprintf(s->out, "%s:", verb);
    for (size_t i = 0; i < count; i++) fprintf(s->out, " %lld", (long long)ids[i]);
    fputc('\n', s->out);
}

bool cmd_chunk_edit(Session *s, Err *err)
{
    int64_t id;
    char label[64];
    ChunkRows chunk = {0};
    if (!session_id(s, 0, "chunk", &id, err) || !load_chunk(s, id, &chunk, err)) return false;
    rows_release(&chunk);
    Str text = {0};
    utf8_clean(session_argument(s, 1), strlen(session_argument(s, 1)), &text);
    snprintf(label, sizeof label, "edit chunk %lld", (long long)id);
    Decision d = {
        .subject = "chunk.text", .subject_id = id, .value = str_get(&text), .why = s->options->why};
    bool ok = text.size > 0 ||
              err_set(err, ERR_USAGE,
                      "the text of a chunk cannot be empty; 'hone chunk exclude' takes it out");
    ok = ok && decide(s->store, &d, 1, label, NULL, err);
    if (ok) print_ids(s, "edited", &id, 1);
    str_release(&text);
    return ok;
}

static bool set_chunk_status(Session *s, const char *status, const char *verb, Err *err)
{
    size_t count = session_arguments(s);
    Decision *decisions = mem_zero(count, sizeof *decisions);
    int64_t *ids = mem_zero(count, sizeof *ids);
    char label[64];
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ChunkRows chunk = {0};
        ok = session_id(s, i, "chunk", &ids[i], err) && load_chunk(s, ids[i], &chunk, err);
        if (ok && chunk.items[0].status > CHUNK_EXCLUDED)
            ok = err_set(err, ERR_USAGE,
                         "chunk %lld is %s: only live and excluded chunks are taken out and in",
                         (long long)ids[i], chunk_status_name(chunk.items[0].status));
        decisions[i] = (Decision){.subject = "chunk.status",
                                  .subject_id = ids[i],
                                  .value = status,
                                  .why = s->options->why};
        rows_release(&chunk);
    }
    if (count == 1)
        snprintf(label, sizeof label, "%s chunk %lld", verb, (long long)ids[0]);
    else
        snprintf(label, sizeof label, "%s %zu chunks", verb, count);
    ok = ok && decide(s->store, decisions, count, label, NULL, err);
    if (ok) print_ids(s, status, ids, count);
    free(decisions);
    free(ids);
    return ok;
}

bool cmd_chunk_exclude(Session *s, Err *err)
{
    return set_chunk_status(s, "excluded", "exclude", err);
}

bool cmd_chunk_include(Session *s, Err *err)
{
    return set_chunk_status(s, "live", "include", err);
}

bool cmd_chunk_join(Session *s, Err *err)
{
    size_t count = session_arguments(s);
    int64_t *ids = mem_zero(count, sizeof *ids), joined;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) ok = session_id(s, i, "chunk", &ids[i], err);
    ok = ok && curate_chunk_join(&s->env, ids, count, &joined, err);
    free(ids);
    if (ok) print_ids(s, "joined", &joined, 1);
    return ok;
}

bool cmd_chunk_split(Session *s, Err *err)
{
    int64_t id, parts[2];
    const char *text = session_argument(s, 1);
    if (!session_id(s, 0, "chunk", &id, err)) return false;
    if (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text))
        return err_set(err, ERR_USAGE, "'%s' is not a number of characters", text);
    if (!curate_chunk_split(&s->env, id, strtoul(text, NULL, 10), parts, err)) return false;
    print_ids(s, "split into", parts, 2);
    return true;
}
