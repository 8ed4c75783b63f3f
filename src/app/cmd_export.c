#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/output.h"
#include "base/file.h"
#include "store/journal.h"

/* ---- question sets ---- */

static void print_path(Session *s, const char *path)
{
    session_quiet(s);
    if (s->options->json) {
        cJSON *j = cJSON_CreateObject();
        json_text(j, "path", path);
        output_json(j, s->out);
    } else {
        fprintf(s->out, "%s\n", path);
    }
}

/* Without a path: into a folder of our own, and from there to standard output. */
static bool export_to_stdout(Session *s, const char *format, const ExportOptions *options, Err *err)
{
    const char *temporary = getenv("TMPDIR");
    char *folder = str_format("%s/hone-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(folder)) {
        err_set(err, ERR_IO, "%s: cannot make a folder: %s", folder, strerror(errno));
        free(folder);
        return false;
    }
    char *path = str_format("%s/export", folder);
    ExportOptions own = *options;
    Str text = {0};
    FileInfo info;
    own.path = path;
    bool ok = task_export(&s->env, format, &own, err) && file_info(path, &info, err);
    if (ok && info.is_directory)
        ok = err_set(err, ERR_USAGE,
                     "%s is a folder of files: say where to, hone export --format %s FOLDER",
                     format, format);
    ok = ok && file_read(path, SIZE_MAX / 2, &text, err);
    session_quiet(s);
    if (ok) output_text(&text, s->out);
    unlink(path);
    rmdir(folder);
    str_release(&text);
    free(path);
    free(folder);
    return ok;
}

bool cmd_export(Session *s, Err *err)
{
    const Options *o = s->options;
    const char *format = o->format ? o->format : "llamaindex";
    const char *path = session_arguments(s) ? session_argument(s, 0) : NULL;
    ExportOptions options = {.path = path, .splits = o->splits, .statuses = o->statuses};
    if (!path && strcmp(format, "beir") == 0)
        return err_set(err, ERR_USAGE,
                       "beir is a folder of files: say where to, hone export --format beir FOLDER");
    if (!path || strcmp(path, "-") == 0) return export_to_stdout(s, format, &options, err);
    if (!task_export(&s->env, format, &options, err)) return false;
    print_path(s, path);
    return true;
}

bool cmd_export_model(Session *s, Err *err)
{
    const char *folder = session_argument(s, 1);
    if (!export_model(&s->env, session_argument(s, 0), folder, err)) return false;
    print_path(s, folder);
    return true;
}

/* ---- journal ---- */

static void add_entry(const JournalRow *r, Str *out)
{
    cJSON *j = cJSON_CreateObject();
    json_number(j, "id", (double)r->id);
    json_number(j, "group", (double)r->group_id);
    json_time(j, "at", r->at_ms);
    json_text(j, "who", r->who);
    json_text(j, "label", r->label);
    json_text(j, "subject", r->subject);
    json_number(j, "subject_id", (double)r->subject_id);
    json_or_null(j, "other_id", r->other_id);
    json_text(j, "old", r->old_value);
    json_text(j, "new", r->new_value);
    json_text(j, "why", r->why);
    json_parsed(j, "context", r->context);
    json_bool(j, "undone", r->undone);
    char *line = cJSON_PrintUnformatted(j);
    cJSON_Delete(j);
    if (line) str_addf(out, "%s\n", line);
    cJSON_free(line);
}

bool cmd_export_journal(Session *s, Err *err)
{
    JournalRows rows = {0};
    Str text = {0};
    bool ok = journal_load(s->store, 0, &rows, err);
    for (size_t i = 0; ok && i < rows.count; i++) add_entry(&rows.items[i], &text);
    rows_release(&rows);
    session_quiet(s);
    if (ok && session_arguments(s)) {
        ok = file_write(session_argument(s, 0), str_get(&text), text.size, err);
        if (ok) print_path(s, session_argument(s, 0));
    } else if (ok) {
        output_text(&text, s->out);
    }
    str_release(&text);
    return ok;
}
