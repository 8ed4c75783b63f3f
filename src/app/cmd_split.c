#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/advice.h"
#include "app/cmd.h"
#include "app/list.h"
#include "base/file.h"
#include "store/corpus.h"
#include "store/journal.h"
#include "task/split.h"

/* ---- the table ---- */

static cJSON *splits_json(const Counts *c)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < SPLIT_COUNT; i++) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, "split", split_name((Split)i));
        json_number(j, "documents", (double)c->documents[i]);
        json_number(j, "chunks", (double)c->chunks[CHUNK_LIVE][i]);
        for (int k = 0; k < QUESTION_DELETED; k++)
            json_number(j, question_status_name((QuestionStatus)k), (double)c->questions[k][i]);
        cJSON_AddItemToArray(list, j);
    }
    return list;
}

static void print_table(Session *s, const Counts *c)
{
    static const Column COLUMNS[] = {{"split"},          {"documents", true}, {"chunks", true},
                                     {"accepted", true}, {"pending", true},   {"flagged", true},
                                     {"rejected", true}};
    static const QuestionStatus SHOWN[] = {QUESTION_ACCEPTED, QUESTION_PENDING, QUESTION_FLAGGED,
                                           QUESTION_REJECTED};
    static const Split ORDER[] = {SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST, SPLIT_NONE};
    Table *t = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    for (size_t i = 0; i < SPLIT_COUNT; i++) {
        table_cell(t, split_name(ORDER[i]));
        table_cellf(t, "%lld", (long long)c->documents[ORDER[i]]);
        table_cellf(t, "%lld", (long long)c->chunks[CHUNK_LIVE][ORDER[i]]);
        for (size_t k = 0; k < sizeof SHOWN / sizeof *SHOWN; k++)
            table_cellf(t, "%lld", (long long)c->questions[SHOWN[k]][ORDER[i]]);
    }
    list_table(s, t);
    table_free(t);
}

static bool show(Session *s, Err *err)
{
    Counts counts;
    char frozen[HASH_HEX_SIZE] = "";
    bool changed = false;
    if (!store_counts(s->store, &counts, err) || !split_frozen(&s->env, frozen, &changed, err))
        return false;
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        cJSON_AddItemToObject(j, "splits", splits_json(&counts));
        json_text(j, "frozen", *frozen ? frozen : NULL);
        json_bool(j, "frozen_changed", changed);
        output_json(j, s->out);
        return true;
    }
    print_table(s, &counts);
    if (*frozen)
        fprintf(s->out, "test is frozen as %s%s\n", frozen,
                changed ? ", and is no longer like that" : "");
    return true;
}

/* ---- leaks ---- */

static cJSON *leak_json(const void *row, const void *context)
{
    const Leak *l = row;
    cJSON *j = cJSON_CreateObject();
    (void)context;
    json_text(j, "what", l->what);
    json_number(j, "a", (double)l->a);
    json_text(j, "a_split", split_name(l->a_split));
    json_number(j, "b", (double)l->b);
    json_text(j, "b_split", split_name(l->b_split));
    json_number(j, "similarity", l->similarity);
    return j;
}

static void leak_cells(Table *t, const void *row, const void *context)
{
    const Leak *l = row;
    (void)context;
    table_cell(t, l->what);
    table_cellf(t, "%lld", (long long)l->a);
    table_cell(t, split_name(l->a_split));
    table_cellf(t, "%lld", (long long)l->b);
    table_cell(t, split_name(l->b_split));
    table_cellf(t, "%.3f", l->similarity);
}

static bool check_leaks(Session *s, Err *err)
{
    static const Column COLUMNS[] = {{"what"},    {"a", true}, {"in"},
                                     {"b", true}, {"in"},      {"likeness", true}};
    static const List LIST = {"leaks", COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, leak_json,
                              leak_cells};
    Leaks leaks = {0};
    bool ok = split_leaks(&s->env, &leaks, err);
    if (ok) list_print(s, &LIST, leaks.items, leaks.count, sizeof *leaks.items, NULL);
    if (ok && leaks.count > 0)
        ok = err_set(
            err, ERR_CONFLICT,
            "%zu leak%s between splits: move a document, or exclude or reject one of the two",
            leaks.count, leaks.count == 1 ? "" : "s");
    vec_release(&leaks);
    return ok;
}

/* ---- moving ---- */

static bool is_called(const DocumentRow *d, const char *name, const char *absolute)
{
    return strcmp(d->key, name) == 0 || (absolute && strcmp(d->key, absolute) == 0) ||
           strcmp(d->title, name) == 0 || strcmp(file_name(d->path ? d->path : d->key), name) == 0;
}

/* The one document that is called so: by id, path, file name or title. */
static const DocumentRow *find_document(const DocumentRows *rows, const char *name, Err *err)
{
    const DocumentRow *found = NULL;
    size_t count = 0;
    char *absolute = realpath(name, NULL);
    bool number = *name && strlen(name) < 19 && strspn(name, "0123456789") == strlen(name);
    for (size_t i = 0; i < rows->count; i++) {
        const DocumentRow *d = &rows->items[i];
        if (number ? d->id != strtoll(name, NULL, 10) : !is_called(d, name, absolute)) continue;
        found = d;
        count++;
    }
    free(absolute);
    if (count == 1) return found;
    if (count == 0)
        err_set(err, ERR_MISSING, "there is no document '%s'; 'hone documents' lists them", name);
    else
        err_set(err, ERR_USAGE, "%zu documents are called '%s'; name one by its id", count, name);
    return NULL;
}

static bool move(Session *s, Err *err)
{
    size_t count = session_arguments(s);
    const char *split = split_name(s->options->split);
    Decision *decisions = mem_zero(count, sizeof *decisions);
    DocumentRows rows = {0};
    int64_t group = 0;
    bool ok = documents_load(s->store, NULL, &rows, err);
    for (size_t i = 0; ok && i < count; i++) {
        const DocumentRow *d = find_document(&rows, session_argument(s, i), err);
        ok = d != NULL;
        if (ok)
            decisions[i] =
                (Decision){.subject = "document.split", .subject_id = d->id, .value = split};
    }
    char label[64];
    snprintf(label, sizeof label, "move %zu document%s to %s", count, count == 1 ? "" : "s", split);
    ok = ok && decide(s->store, decisions, count, label, &group, err);
    rows_release(&rows);
    free(decisions);
    return ok && show(s, err);
}

static bool freeze(Session *s, Err *err)
{
    char hex[HASH_HEX_SIZE];
    return split_freeze(&s->env, hex, err) && show(s, err);
}

bool cmd_split(Session *s, Err *err)
{
    const Options *o = s->options;
    size_t count = session_arguments(s);
    bool moving = o->given[OPT_MOVE_SPLIT];
    if (o->deal_out + o->check + (o->freeze != SPLIT_NONE) + (moving || count > 0) > 1)
        return err_set(err, ERR_USAGE,
                       "one of --auto, --check, --freeze, and documents with --split at a time");
    if (moving && count == 0)
        return err_set(err, ERR_USAGE, "which documents go to %s? 'hone documents' lists them",
                       split_name(o->split));
    if (count > 0 && !moving)
        return err_set(err, ERR_USAGE, "where to? say --split train, val, test or none");
    if (o->again && !o->deal_out) return err_set(err, ERR_USAGE, "--again goes with --auto");
    if (o->deal_out) return split_auto(&s->env, o->seed, o->again, err) && show(s, err);
    if (o->check) return check_leaks(s, err);
    if (o->freeze != SPLIT_NONE) return freeze(s, err);
    return count > 0 ? move(s, err) : show(s, err);
}
