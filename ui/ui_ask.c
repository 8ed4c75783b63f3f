/* Messages, decisions and jobs, as views ask for them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/facts_runs.h"
#include "base/clock.h"
#include "base/file.h"
#include "ui/page.h"
#include "ui/screen.h"
#include "ui/ui_parts.h"

#define MESSAGE_S 6.0
#define MESSAGES_MOST 500
#define JOBS_MOST 30 /* ended ones that are kept */

static void keep_message(Ui *ui, Look look, char *text)
{
    if (ui->messages.count == MESSAGES_MOST) {
        free(ui->messages.items[0].text);
        ui->messages.count--;
        memmove(ui->messages.items, ui->messages.items + 1,
                ui->messages.count * sizeof *ui->messages.items);
    }
    vec_push(&ui->messages, (Message){look, clock_wall_ms(), text});
    ui->message_until = clock_s() + MESSAGE_S;
    ui_redraw(ui);
}

void ui_say(Ui *ui, Look look, const char *format, ...)
{
    Str text = {0};
    char line[2000];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    str_add(&text, line);
    keep_message(ui, look, str_take(&text));
}

void ui_failed(Ui *ui, const char *what, const Err *err)
{
    if (!err || err->kind == ERR_CANCELLED) return;
    ui_say(ui, LOOK_BAD, "%s%s%s", what ? what : "", what ? ": " : "", err->message);
}

/* ---- decisions ---- */

static void decided(void *context, const char *label, size_t changed, const Err *err)
{
    Ui *ui = context;
    if (err) {
        /* what was shown as done already is taken back */
        ui_failed(ui, "not done", err);
        for (int i = 0; i < VIEW_COUNT; i++)
            if (ui->views[i]) ui->views[i]->ops->changed(ui->views[i]);
    } else if (changed > 1)
        ui_say(ui, LOOK_GOOD, "%s: %zu changes; u takes all of it back", label, changed);
}

void ui_decide(Ui *ui, const Decision *decisions, size_t count, const char *label)
{
    desk_decide(ui->desk, decisions, count, label, decided, ui);
}

/* ---- jobs ---- */

typedef struct JobWatch {
    Ui *ui;
    JobEnded *ended;
    void *context;
    struct JobWatch *next;
} JobWatch;

void job_watches_free(Ui *ui)
{
    for (JobWatch *w; (w = ui->watches);) {
        ui->watches = w->next;
        free(w);
    }
}

static void job_watch_take(JobWatch *w, JobWatch *ret)
{
    JobWatch **at = &w->ui->watches;
    while (*at != w) at = &(*at)->next;
    *at = w->next;
    *ret = *w;
    free(w);
}

/* The first line of a text, for a message. */
static char *first_line(const char *text)
{
    while (*text == '\n') text++;
    if (*text == ' ') text = ""; /* the head of a table */
    return mem_strndup(text, strcspn(text, "\n"));
}

/* More than the line that a message has room for. */
static bool says_more(const Job *j)
{
    const char *end = strchr(job_output(j), '\n');
    return (end && end[1]) || *job_notes(j);
}

static void job_ended(void *context, Job *j)
{
    JobWatch w;
    job_watch_take(context, &w);
    char *line = first_line(job_output(j));
    if (job_state(j) == JOB_FAILED)
        ui_failed(w.ui, job_command(j), job_err(j));
    else if (job_state(j) == JOB_STOPPED)
        ui_say(w.ui, LOOK_WARN, "%s was stopped: what was done is kept, and it goes on from there",
               job_command(j));
    else
        ui_say(w.ui, LOOK_GOOD, "%s: %s%s", job_command(j), *line ? line : "done",
               says_more(j) ? " (J shows all)" : "");
    free(line);
    if (w.ended) w.ended(w.context, j);
    while (desk_jobs(w.ui->desk) - desk_jobs_running(w.ui->desk) > JOBS_MOST) {
        size_t i = 0;
        while (job_state(desk_job(w.ui->desk, i)) == JOB_RUNNING) i++;
        job_drop(w.ui->desk, desk_job(w.ui->desk, i));
    }
    ui_redraw(w.ui);
}

Job *ui_job(Ui *ui, const char *const *words, size_t count, JobEnded *ended, void *context)
{
    Err err = {0};
    JobWatch *w = mem_alloc(sizeof *w);
    *w = (JobWatch){ui, ended, context, ui->watches};
    Job *j = job_start(ui->desk, words, count, page_columns(ui), job_ended, w, &err);
    if (j) {
        ui->watches = w;
    } else {
        free(w);
        ui_failed(ui, words[0], &err);
    }
    ui_redraw(ui);
    return j;
}

/* ---- copying and writing ---- */

/* Files are written on a lane: a slow disk, or one that is not there any more, holds no key up. */
static void saved(void *context, const char *path, const Err *err)
{
    Ui *ui = context;
    if (err)
        ui_failed(ui, "save", err);
    else
        ui_say(ui, LOOK_GOOD, "saved to %s", path);
}

void ui_save(Ui *ui, const char *name, const char *ending, const char *text)
{
    char *path = str_format("%s.%s", name, ending);
    FileInfo info;
    for (int n = 2; n < 1000 && file_info(path, &info, NULL); n++) {
        free(path);
        path = str_format("%s-%d.%s", name, n, ending);
    }
    text_file_ask(ui->desk, NULL, path, text, saved, ui);
    free(path);
}

static void copied(void *context, const char *path, const Err *err)
{
    Ui *ui = context;
    if (err)
        ui_failed(ui, "copy", err);
    else
        ui_say(ui, LOOK_GOOD, "copied; saved to %s too", path);
}

void ui_copy(Ui *ui, const char *what, const char *text)
{
    Err err = {0};
    char *path = state_path("copied.txt");
    char *folder = mem_strdup(path);
    *strrchr(folder, '/') = '\0';
    screen_clipboard(text);
    ui_say(ui, LOOK_GOOD, "%s copied", what);
    if (!file_make_folder(folder, &err))
        ui_failed(ui, "copy", &err);
    else if (ui->desk)
        text_file_ask(ui->desk, NULL, path, text, copied, ui);
    free(folder);
    free(path);
}
