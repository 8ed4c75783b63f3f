/* What becomes of a form: a job, or at once where there is no project yet. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/run_now.h"
#include "base/file.h"
#include "ui/form_parts.h"
#include "ui/page.h"

/* Commands whose whole purpose is what they print: it is opened when they end. */
static bool only_shows(const char *command)
{
    static const char *const SHOW[] = {"status",     "check",   "doctor", "version", "config",
                                       "retrievers", "compare", "split",  "outcome", "sweep"};
    for (size_t i = 0; i < sizeof SHOW / sizeof *SHOW; i++)
        if (strcmp(SHOW[i], command) == 0) return true;
    return false;
}

static bool has_lines(const char *text)
{
    const char *end = strchr(text, '\n');
    return end && end[1];
}

static void ended(void *context, Job *j)
{
    Ui *ui = context;
    if (job_state(j) != JOB_DONE || !only_shows(job_command(j)) || !has_lines(job_output(j)))
        return;
    if (ui->modals.count == 0)
        ui_page(ui, job_line(j), job_output(j)); /* else it would be in the way */
}

/* A run is watched where its charts are, and a table is waited for where it will stand. */
static void show_where_it_comes(Ui *ui, const Command *c)
{
    Action action = c->action;
    if (action == ACTION_TRAIN || strcmp(c->name, "sweep") == 0) ui_go(ui, VIEW_TRAINING, 0, NULL);
    if (action == ACTION_MINE) ui_go(ui, VIEW_NEGATIVES, 0, NULL);
    if (action == ACTION_EVALUATE) ui_go(ui, VIEW_COMPARE, 0, NULL);
}

bool form_start(Ui *ui, const Command *c, const ShellWords *words)
{
    const char *const *items = (const char *const *)words->items;
    if (ui->desk) {
        Job *j = ui_job(ui, items, words->count, ended, ui);
        if (j) show_where_it_comes(ui, c);
        return j != NULL;
    }
    Str out = {0};
    Err err = {0};
    bool ok = run_now(items, words->count, page_columns(ui), &out, &err);
    if (!ok)
        ui_failed(ui, c->name, &err);
    else if (has_lines(str_get(&out)))
        ui_page(ui, c->title, str_get(&out));
    else
        ui_say(ui, LOOK_GOOD, "%s", str_get(&out));
    str_release(&out);
    return ok;
}

/* ---- a new project ---- */

static void open_it(Ui *ui, const char *path)
{
    Err err = {0};
    if (ui_open_project(ui, path, &err))
        ui_say(ui, LOOK_GOOD, "%s: an empty project", path);
    else
        ui_failed(ui, "open", &err);
}

static bool name_passes(void *context, const char *text, Err *err)
{
    (void)context;
    FileInfo info;
    if (!*text) return err_set(err, ERR_USAGE, "the name of the project's file");
    if (!str_ends(text, ".hone"))
        return err_set(err, ERR_USAGE, "the name of a project ends in .hone");
    return !file_info(text, &info, NULL) ||
           err_set(err, ERR_CONFLICT, "%s is there already and is not touched", text);
}

static void name_given(void *context, const char *text)
{
    Ui *ui = context;
    Str out = {0};
    Err err = {0};
    const char *words[] = {"init", "--", text};
    if (run_now(words, 3, 0, &out, &err))
        open_it(ui, text);
    else
        ui_failed(ui, "init", &err);
    str_release(&out);
}

static void ask_for_name(void *context)
{
    Ui *ui = context;
    char *folder = getcwd(NULL, 0);
    const char *name = folder ? file_name(folder) : "";
    char *path = str_format("%s.hone", *name ? name : "project");
    ui_prompt(ui, "New project", path, name_passes, name_given, ui);
    free(path);
    free(folder);
}

void form_new_project(Ui *ui)
{
    size_t running = ui->desk ? desk_jobs_running(ui->desk) : 0;
    if (running == 0) {
        ask_for_name(ui);
        return;
    }
    char *question =
        str_format("%zu job%s running and will stop when another project is opened. What is done "
                   "is kept, and the same command goes on from there. Go on?",
                   running, running == 1 ? " is" : "s are");
    ui_confirm(ui, question, ask_for_name, ui);
    free(question);
}
