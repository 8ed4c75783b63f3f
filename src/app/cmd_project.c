#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/advice.h"
#include "app/cmd.h"
#include "app/completion.h"
#include "app/help.h"
#include "app/list.h"
#include "app/settings.h"
#include "base/file.h"

/* ---- init ---- */

/* The project's name when none is given: that of the folder. */
static char *default_project(void)
{
    char *folder = getcwd(NULL, 0);
    const char *name = folder ? file_name(folder) : "";
    char *path = str_format("%s.hone", *name ? name : "project");
    free(folder);
    return path;
}

bool cmd_init(Session *s, Err *err)
{
    const char *environment = getenv("HONE_PROJECT");
    const char *named = session_arguments(s) ? session_argument(s, 0) : s->options->project;
    if (!named && environment && *environment) named = environment;
    char *path = named ? mem_strdup(named) : default_project();
    Store *store = NULL;
    bool ok =
        str_ends(path, ".hone") ||
        err_set(err, ERR_USAGE, "%s: the name of a project ends in .hone: %s.hone", path, path);
    ok = ok && store_create(path, &store, err);
    store_close(store);
    if (ok && s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, "project", path);
        output_json(j, s->out);
    } else if (ok) {
        fprintf(s->out, "%s\n", path);
    }
    free(path);
    return ok;
}

/* ---- status ---- */

static void json_splits(cJSON *object, const char *name, const int64_t *counts)
{
    cJSON *j = json_object(object, name);
    int64_t total = 0;
    for (int i = 0; i < SPLIT_COUNT; i++) total += counts[i];
    json_number(j, "total", (double)total);
    for (int i = 0; i < SPLIT_COUNT; i++) json_number(j, split_name((Split)i), (double)counts[i]);
}

static void print_status_json(Session *s, const Counts *c, const Advice *next)
{
    cJSON *j = cJSON_CreateObject();
    json_text(j, "project", store_path(s->store));
    json_splits(j, "documents", c->documents);
    json_splits(j, "chunks", c->chunks[CHUNK_LIVE]);
    cJSON *others = json_object(j, "chunks_not_searched");
    for (int i = CHUNK_EXCLUDED; i < CHUNK_STATUS_COUNT; i++)
        json_number(others, chunk_status_name((ChunkStatus)i),
                    (double)counts_chunks(c, (ChunkStatus)i));
    cJSON *questions = json_object(j, "questions");
    for (int i = 0; i < QUESTION_DELETED; i++)
        json_splits(questions, question_status_name((QuestionStatus)i), c->questions[i]);
    cJSON *candidates = json_object(j, "candidates");
    for (int i = 0; i < CANDIDATE_STATUS_COUNT; i++)
        json_number(candidates, candidate_status_name((CandidateStatus)i),
                    (double)c->candidates[i]);
    json_number(j, "runs", (double)c->runs);
    json_number(j, "retrievers", (double)c->retrievers);
    json_number(j, "evals", (double)c->evals);
    cJSON *steps = json_array(j, "next");
    for (size_t i = 0; i < next->count; i++) {
        Str line = {0};
        advice_line(&next->items[i], &line);
        cJSON_AddItemToArray(steps, cJSON_CreateString(str_get(&line)));
        str_release(&line);
    }
    output_json(j, s->out);
}

static void cells_of_splits(Table *t, const char *name, const int64_t *counts)
{
    int64_t total = 0;
    for (int i = 0; i < SPLIT_COUNT; i++) total += counts[i];
    table_cell(t, name);
    table_cellf(t, "%lld", (long long)total);
    table_cellf(t, "%lld", (long long)counts[SPLIT_TRAIN]);
    table_cellf(t, "%lld", (long long)counts[SPLIT_VAL]);
    table_cellf(t, "%lld", (long long)counts[SPLIT_TEST]);
    table_cellf(t, "%lld", (long long)counts[SPLIT_NONE]);
}

static void print_status_text(Session *s, const Counts *c, const Advice *next)
{
    static const Column COLUMNS[] = {{""},          {"all", true},  {"train", true},
                                     {"val", true}, {"test", true}, {"no split", true}};
    Table *t = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    cells_of_splits(t, "documents", c->documents);
    cells_of_splits(t, "chunks", c->chunks[CHUNK_LIVE]);
    for (int i = CHUNK_EXCLUDED; i < CHUNK_STATUS_COUNT; i++) {
        char name[64];
        if (counts_chunks(c, (ChunkStatus)i) == 0) continue;
        snprintf(name, sizeof name, "chunks %s", chunk_status_name((ChunkStatus)i));
        cells_of_splits(t, name, c->chunks[i]);
    }
    for (int i = 0; i < QUESTION_DELETED; i++) {
        char name[64];
        snprintf(name, sizeof name, "questions %s", question_status_name((QuestionStatus)i));
        cells_of_splits(t, name, c->questions[i]);
    }
    list_table(s, t);
    table_free(t);
    fprintf(s->out, "candidates: ");
    for (int i = 0; i < CANDIDATE_STATUS_COUNT; i++)
        fprintf(s->out, "%s%lld %s", i ? ", " : "", (long long)c->candidates[i],
                candidate_status_name((CandidateStatus)i));
    fprintf(s->out, "\nruns: %lld, retrievers made: %lld, evaluations: %lld\n", (long long)c->runs,
            (long long)c->retrievers, (long long)c->evals);
    if (next->count) fprintf(s->out, "\nnext\n");
    for (size_t i = 0; i < next->count; i++) {
        Str words = {0};
        advice_words(&next->items[i], &words);
        fprintf(s->out, "  %s\n      %s\n", next->items[i].why, str_get(&words));
        str_release(&words);
    }
}

bool cmd_status(Session *s, Err *err)
{
    Counts counts;
    Advice next = {0};
    bool ok = store_counts(s->store, &counts, err) && advice_next(&s->env, &counts, &next, err) &&
              advice_care(&s->env, &counts, &next, err);
    session_quiet(s);
    if (ok && s->options->json)
        print_status_json(s, &counts, &next);
    else if (ok)
        print_status_text(s, &counts, &next);
    advice_release(&next);
    return ok;
}

/* ---- check ---- */

bool cmd_check(Session *s, Err *err)
{
    Str report = {0};
    bool ok = store_check(s->store, &report, err);
    session_quiet(s);
    size_t problems = 0;
    for (size_t i = 0; i < report.size; i++) problems += report.data[i] == '\n';
    if (ok && s->options->json) {
        cJSON *j = cJSON_CreateObject();
        cJSON *lines = json_array(j, "problems");
        char *text = str_take(&report), *save = NULL;
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
            cJSON_AddItemToArray(lines, cJSON_CreateString(line));
        free(text);
        output_json(j, s->out);
    } else if (ok && problems == 0) {
        fprintf(s->out, "%s: whole\n", store_path(s->store));
    } else if (ok) {
        Str safe = {0};
        text_block(str_get(&report), &safe);
        output_text(&safe, s->out);
        str_release(&safe);
    }
    if (ok && problems > 0)
        ok = err_set(err, ERR_DATABASE,
                     "%s: %zu problem%s; go back to a copy of the file, or export what is in it",
                     store_path(s->store), problems, problems == 1 ? "" : "s");
    str_release(&report);
    return ok;
}

/* ---- config ---- */

static void setting_line(Table *t, cJSON *j, const Setting *setting, const char *name,
                         const char *value)
{
    table_cell(t, name);
    table_cell(t, value);
    table_cell(t, setting->fallback);
    table_cell(t, setting->help);
    json_text(j, name, value);
}

/* The settings of a family that there are; where there are none, a line that says what they are. */
static bool family_lines(Session *s, Table *t, cJSON *j, const Setting *setting, Err *err)
{
    SettingRows rows = {0};
    if (!settings_load(s->store, setting->name, &rows, err)) return false;
    for (size_t i = 0; i < rows.count; i++)
        setting_line(t, j, setting, rows.items[i].name, rows.items[i].value);
    if (rows.count == 0) {
        table_cell(t, setting->shown);
        table_cell(t, "");
        table_cell(t, setting->fallback);
        table_cell(t, setting->help);
    }
    rows_release(&rows);
    return true;
}

static bool print_settings(Session *s, Err *err)
{
    static const Column COLUMNS[] = {
        {"setting"}, {"value"}, {"default"}, {"what it does", .wide = true}};
    Table *t = table_new(COLUMNS, sizeof COLUMNS / sizeof *COLUMNS);
    cJSON *j = cJSON_CreateObject();
    bool ok = true;
    for (size_t i = 0; ok && i < SETTING_COUNT; i++) {
        const Setting *setting = &SETTINGS[i];
        char *value = NULL;
        if (setting->shown) {
            ok = family_lines(s, t, j, setting, err);
            continue;
        }
        ok = setting_get(s->store, setting->name, &value, err);
        setting_line(t, j, setting, setting->name, value ? value : setting->fallback);
        free(value);
    }
    if (ok && s->options->json) {
        output_json(j, s->out);
    } else {
        if (ok) list_table(s, t);
        cJSON_Delete(j);
    }
    table_free(t);
    return ok;
}

static bool print_setting(Session *s, const Setting *setting, const char *name, Err *err)
{
    char *value = NULL;
    if (!setting_get(s->store, name, &value, err)) return false;
    const char *shown = value ? value : setting->fallback;
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, name, shown);
        output_json(j, s->out);
    } else {
        Str line = {0};
        text_line(shown, &line);
        fprintf(s->out, "%s\n", str_get(&line));
        str_release(&line);
    }
    free(value);
    return true;
}

bool cmd_config(Session *s, Err *err)
{
    session_quiet(s);
    size_t count = session_arguments(s);
    if (count == 0) return print_settings(s, err);
    const Setting *setting = setting_find(session_argument(s, 0));
    if (!setting) {
        Str names = {0};
        for (size_t i = 0; i < SETTING_COUNT; i++)
            str_addf(&names, "%s%s", i ? ", " : "", setting_shown(&SETTINGS[i]));
        err_set(err, ERR_USAGE, "there is no setting '%s'; there are %s", session_argument(s, 0),
                str_get(&names));
        str_release(&names);
        return false;
    }
    const char *name = setting->shown ? session_argument(s, 0) : setting->name;
    const char *value = count > 1 ? session_argument(s, 1) : NULL;
    if (!value && !s->options->unset) return print_setting(s, setting, name, err);
    if (value && s->options->unset) return err_set(err, ERR_USAGE, "either a value or --unset");
    char *taken = NULL;
    bool ok = (!value || setting_take(&s->env, setting, name, value, &taken, err)) &&
              setting_set(s->store, name, taken, err) && print_setting(s, setting, name, err);
    free(taken);
    return ok;
}

/* ---- help, version, completion ---- */

bool cmd_help(Session *s, Err *err)
{
    Str text = {0};
    bool ok = true;
    size_t count = session_arguments(s), words = 1;
    if (count == 0) {
        help_overview(&text);
    } else {
        const char *first = session_argument(s, 0);
        const Command *c = command_find(first, count > 1 ? session_argument(s, 1) : NULL, &words);
        if (c)
            help_command(c, &text);
        else if (command_is_prefix(first))
            help_prefix(first, &text);
        else
            ok = err_set(err, ERR_USAGE, "there is no command '%s'; 'hone help' lists them", first);
    }
    output_text(&text, s->out);
    str_release(&text);
    return ok;
}

bool cmd_version(Session *s, Err *err)
{
    (void)err;
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, "version", HONE_VERSION);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "hone %s\n", HONE_VERSION);
    }
    return true;
}

bool cmd_completion(Session *s, Err *err)
{
    Str text = {0};
    bool ok = completion_write(session_argument(s, 0), &text, err);
    output_text(&text, s->out);
    str_release(&text);
    return ok;
}
