/* What is running, and what it said. The newest job first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/progress_words.h"
#include "ui/choice.h"
#include "ui/form_parts.h"
#include "ui/page.h"

#define WIDEST 112
#define STATE_WIDTH 9
#define TIME_WIDTH 9
#define PROGRESS_WIDTH 26

typedef struct Jobs {
    Modal modal;
    Choice choice;
    const Job *stopping; /* the one that was asked about; it may be gone when the answer comes */
} Jobs;

static size_t jobs_count(const Jobs *d)
{
    return d->modal.ui->desk ? desk_jobs(d->modal.ui->desk) : 0;
}

static Job *job_at(const Jobs *d, size_t line)
{
    size_t count = jobs_count(d);
    return line < count ? desk_job(d->modal.ui->desk, count - 1 - line) : NULL;
}

/* ---- drawing ---- */

static const char *state_word(const Job *j, Style *ret_style)
{
    switch (job_state(j)) {
    case JOB_RUNNING:
        *ret_style = LOOK_KEY;
        return "running";
    case JOB_DONE:
        *ret_style = LOOK_GOOD;
        return "done";
    case JOB_FAILED:
        *ret_style = LOOK_BAD;
        return "failed";
    default:
        *ret_style = LOOK_WARN;
        return "stopped";
    }
}

static void progress_text(Job *j, Str *out)
{
    ProgressState s = job_progress(j);
    if (job_state(j) != JOB_RUNNING) return;
    if (s.total) str_addf(out, "%.0f%%", 100 * (double)s.done / (double)s.total);
    if (s.eta_s < 1) s.eta_s = -1; /* it is over in a moment */
    s.token_rate = 0;              /* in the row below */
    progress_speed(&s, " ", out);
}

static void time_text(double seconds, Str *out)
{
    long s = lround(seconds);
    if (s < 60)
        str_addf(out, "%.1f s", seconds);
    else if (s < 3600)
        str_addf(out, "%ld:%02ld min", s / 60, s % 60);
    else
        str_addf(out, "%ld:%02ld h", s / 3600, s / 60 % 60);
}

static void draw_job(const void *context, Area a, int y, size_t line)
{
    Job *j = job_at(context, line);
    Style style;
    Str text = {0};
    if (!j) return;
    const char *state = state_word(j, &style);
    int time_x = a.width - 1 - TIME_WIDTH, progress_x = time_x - 1 - PROGRESS_WIDTH;
    int line_x = 2 + STATE_WIDTH;
    area_cell(a, y, 2, STATE_WIDTH - 1, style, false, state);
    area_cell(a, y, line_x, progress_x - line_x - 1, LOOK_TEXT, false, job_line(j));
    progress_text(j, &text);
    area_cell(a, y, progress_x, PROGRESS_WIDTH, LOOK_DIM, true, str_get(&text));
    str_clear(&text);
    time_text(job_seconds(j), &text);
    area_cell(a, y, time_x, TIME_WIDTH, LOOK_DIM, true, str_get(&text));
    str_release(&text);
}

/* What the chosen job says at this moment, or said last. */
static void draw_said(const Jobs *d, Area a, int y)
{
    Job *j = job_at(d, d->choice.at);
    if (!j) return;
    Str running = {0};
    ProgressState s = job_progress(j);
    if (job_state(j) == JOB_RUNNING) progress_line(&s, &running);
    const char *text = running.size ? str_get(&running) : s.message;
    Style style = LOOK_DIM;
    if (job_err(j)) {
        text = job_err(j)->message;
        style = LOOK_BAD;
    } else if (job_state(j) == JOB_DONE) {
        text = job_output(j);
    }
    char *first = mem_strndup(text, strcspn(text, "\n"));
    area_cell(a, y, 2, a.width - 3, style, false, first);
    free(first);
    str_release(&running);
}

static void jobs_draw(Modal *m, Area screen)
{
    Jobs *d = (Jobs *)m;
    size_t count = jobs_count(d);
    int width = screen.width - 4 < WIDEST ? screen.width - 4 : WIDEST;
    int most = screen.height - 10, rows = count < 5 ? 5 : (int)count;
    Area in = modal_box(screen, (rows < most ? rows : most) + 4, width, "Jobs");
    Area list = area_part(in, 0, 0, in.height - 2, in.width);
    choice_draw(&d->choice, list, count, draw_job, d);
    if (count == 0) area_text(list, 0, 2, LOOK_DIM, "nothing was started yet");
    draw_said(d, in, in.height - 2);
    modal_keys(in, in.height - 1,
               "Enter\0what it said\0x\0stop\0r\0run again\0d\0drop\0Esc\0close\0");
}

/* ---- keys ---- */

static void show_job(Jobs *d, Job *j)
{
    Str text = {0};
    str_add(&text, job_output(j));
    if (*job_notes(j)) str_addf(&text, "%s%s", text.size ? "\n" : "", job_notes(j));
    if (job_err(j)) str_addf(&text, "%s%s\n", text.size ? "\n" : "", job_err(j)->message);
    if (job_state(j) == JOB_RUNNING) str_add(&text, "It is still running.\n");
    if (job_state(j) == JOB_STOPPED)
        str_add(&text, "It was stopped: what was done is kept, and the same command goes on.\n");
    if (text.size == 0) str_add(&text, "It said nothing.\n");
    page_open(d->modal.ui, job_line(j), str_get(&text), false);
    str_release(&text);
}

static void stop_it(void *context)
{
    Jobs *d = context;
    for (size_t i = 0; i < jobs_count(d); i++) {
        Job *j = job_at(d, i);
        if (j == d->stopping && job_state(j) == JOB_RUNNING) job_stop(j);
    }
}

static void ask_to_stop(Jobs *d, Job *j)
{
    if (job_state(j) != JOB_RUNNING) return;
    d->stopping = j;
    char *question = str_format(
        "Stop '%s'? What is done is kept, and the same command goes on from there.", job_line(j));
    ui_confirm(d->modal.ui, question, stop_it, d);
    free(question);
}

static void run_again(Jobs *d, const Job *j)
{
    ShellWords words = {0};
    size_t name;
    if (shell_split(job_line(j), &words, NULL) && words.count > 0) {
        const Command *c =
            command_find(words.items[0], words.count > 1 ? words.items[1] : NULL, &name);
        if (c) form_start(d->modal.ui, c, &words);
        d->choice.at = 0;
    }
    shell_release(&words);
}

static bool act(Jobs *d, Key k)
{
    Job *j = job_at(d, d->choice.at);
    if (k == KEY_ESC || k == 'q' || k == 'J') return false;
    if (!j) return true;
    if (k == KEY_RETURN) show_job(d, j);
    if (k == 'x') ask_to_stop(d, j);
    if (k == 'r') run_again(d, j);
    if (k == 'd' && job_state(j) != JOB_RUNNING) job_drop(d->modal.ui->desk, j);
    return true;
}

static bool jobs_event(Modal *m, Event e)
{
    Jobs *d = (Jobs *)m;
    if (modal_pasted(m, e)) return true;
    if (e.key == KEY_POINTER)
        return choice_point(&d->choice, e) == CHOICE_TAKEN ? act(d, KEY_RETURN) : true;
    if (e.key == 'j' || e.key == 'k') e.key = e.key == 'j' ? KEY_ARROW_DOWN : KEY_ARROW_UP;
    return choice_key(&d->choice, e.key) ? true : act(d, e.key);
}

static void jobs_free(Modal *m)
{
    free(m);
}

static const ModalOps JOBS = {jobs_draw, jobs_event, jobs_free};

void jobs_open(Ui *ui)
{
    Jobs *d = mem_zero(1, sizeof *d);
    d->modal.ops = &JOBS;
    ui_open(ui, &d->modal);
}
