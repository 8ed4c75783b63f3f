#include "ui/ui.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ui/screen.h"
#include "ui/ui_parts.h"

#define FRAME_S 0.1   /* between two frames that no key asked for */
#define ANSWER_S 0.25 /* after a key, answers to it are shown at once */
#define EVENTS_A_FRAME 200
#define EVENTS_A_PASTE 4000 /* its characters are not worth a frame each */
#define STATE_S 1.0         /* from the first thing done to keeping where one is */

static const ViewOps *const VIEWS[VIEW_COUNT] = {
    [VIEW_CHUNKS] = &VIEW_CHUNKS_OPS,       [VIEW_QUESTIONS] = &VIEW_QUESTIONS_OPS,
    [VIEW_NEGATIVES] = &VIEW_NEGATIVES_OPS, [VIEW_TRAINING] = &VIEW_TRAINING_OPS,
    [VIEW_COMPARE] = &VIEW_COMPARE_OPS,     [VIEW_SEARCH] = &VIEW_SEARCH_OPS,
};

Desk *ui_desk(Ui *ui)
{
    return ui->desk;
}

Finder *ui_finder(Ui *ui)
{
    return ui->finder;
}

const char *ui_retriever(Ui *ui)
{
    return *ui->head.run ? ui->head.run : "bm25";
}

void ui_redraw(Ui *ui)
{
    ui->dirty = true;
}

void ui_redraw_after(Ui *ui, double seconds)
{
    ui->redraw_s = clock_s() + seconds;
}

View *ui_view(Ui *ui, ViewId id)
{
    return ui->views[id];
}

void ui_again(View *v, double after_s)
{
    v->ui->again[v->ops->id] = clock_s() + after_s;
}

ViewId ui_focused(const Ui *ui)
{
    return ui->shown[ui->beside ? ui->focus : 0];
}

/* ---- project ---- */

static void close_project(Ui *ui)
{
    if (ui->desk) state_save(ui);
    for (int i = 0; i < VIEW_COUNT; i++) {
        if (ui->views[i]) ui->views[i]->ops->free(ui->views[i]);
        ui->views[i] = NULL;
    }
    next_forget(ui);
    welcome_forget(ui);
    desk_close(ui->desk);
    job_watches_free(ui);
    finder_free(ui->finder);
    ui->desk = NULL;
    ui->finder = NULL;
}

static void head_ready(void *context, const HeadFacts *facts)
{
    Ui *ui = context;
    bool other_run = strcmp(ui->head.run, facts->run) != 0; /* views rank by it */
    ui->head = *facts;
    for (int i = 0; other_run && i < VIEW_COUNT; i++) ui->views[i]->ops->changed(ui->views[i]);
    ui->dirty = true;
}

static void show_project(Ui *ui, Desk *desk)
{
    close_project(ui);
    ui->desk = desk;
    ui->finder = finder_new(desk);
    ui->change = UINT64_MAX; /* nothing is known yet: the views are told at once */
    for (int i = 0; i < VIEW_COUNT; i++) ui->views[i] = VIEWS[i]->make(ui);
    memset(ui->stale, 0, sizeof ui->stale);
    state_load(ui);
    ui->head = (HeadFacts){0}; /* of the project before */
    head_facts_ask(ui->desk, &ui->head, head_ready, ui);
    next_look(ui);
    ui_redraw(ui);
}

bool ui_open_project(Ui *ui, const char *path, Err *err)
{
    Desk *desk;
    if (!desk_open(path, ui->threads, &desk, err)) return false;
    show_project(ui, desk);
    return true;
}

/* ---- the loop ---- */

static void resize(Ui *ui)
{
    int height, width;
    screen_size(&height, &width);
    if (height != ui->grid.height || width != ui->grid.width) {
        grid_release(&ui->grid);
        grid_init(&ui->grid, height, width, screen_ascii());
    }
    ui->redraw_all = ui->dirty = true;
}

static void take_signals(Ui *ui)
{
    int number = 0;
    for (ScreenAsk ask; (ask = screen_asked(&number)) != SCREEN_NOTHING;) {
        if (ask == SCREEN_LEAVE) {
            ui->leaving = true;
            ui->status = number == SIGINT ? 0 : 128 + number;
        } else if (ask == SCREEN_STOP) {
            screen_stop();
            resize(ui);
        } else {
            ui->events++;
            resize(ui);
        }
    }
}

static void take_events(Ui *ui)
{
    Event e;
    for (int n = 0;
         n < (ui->pasting ? EVENTS_A_PASTE : EVENTS_A_FRAME) && !ui->leaving && screen_event(&e);
         n++) {
        ui->events++;
        ui->input_s = clock_s();
        if (ui->state_due == 0) ui->state_due = ui->input_s + STATE_S;
        if (ui->since_s == 0) ui->since_s = ui->input_s;
        ui->told_idle = false;
        if (e.key == KEY_RESIZED)
            resize(ui);
        else if (e.key == KEY_CTRL('Z') && !ui->pasting)
            raise(SIGTSTP);
        else
            ui_event(ui, e);
    }
}

/* Jobs show their progress by themselves. */
static void look_at_jobs(Ui *ui)
{
    uint64_t sum = 0;
    for (size_t i = 0; ui->desk && i < desk_jobs(ui->desk); i++) {
        Job *j = desk_job(ui->desk, i);
        ProgressState s = job_progress(j);
        sum += s.version + (uint64_t)job_state(j) * 1000003 + (uint64_t)job_seconds(j);
    }
    if (sum != ui->job_versions) ui->dirty = true;
    ui->job_versions = sum;
}

static void look_at_project(Ui *ui)
{
    if (!ui->desk) return;
    if (desk_deliver(ui->desk)) ui->told_idle = false;
    if (desk_change(ui->desk) == ui->change) return;
    ui->change = desk_change(ui->desk);
    head_facts_ask(ui->desk, &ui->head, head_ready, ui);
    next_look(ui);
    for (int i = 0; i < VIEW_COUNT; i++) ui->stale[i] = true;
    ui->dirty = true;
}

/* A view that is not shown reads again when it is: else each decision has every list read anew. */
static void renew_shown(Ui *ui)
{
    for (int i = 0; ui->desk && i <= (int)ui->beside; i++) {
        ViewId id = ui->shown[i];
        if (!ui->stale[id]) continue;
        ui->stale[id] = false;
        ui->views[id]->ops->changed(ui->views[id]);
    }
}

static void look_again(Ui *ui, double now)
{
    if (ui->redraw_s > 0 && now >= ui->redraw_s) {
        ui->redraw_s = 0;
        ui->dirty = true;
    }
    for (int i = 0; i < VIEW_COUNT; i++) {
        if (ui->again[i] == 0 || now < ui->again[i]) continue;
        ui->again[i] = 0;
        if (ui->views[i]) ui->views[i]->ops->changed(ui->views[i]);
    }
}

static bool may_draw(const Ui *ui, double now)
{
    return ui->dirty && (now - ui->input_s < ANSWER_S || now - ui->drawn_s >= FRAME_S);
}

static void draw(Ui *ui, double now)
{
    frame_draw(ui);
    screen_draw(&ui->grid, ui->theme, ui->redraw_all);
    ui->dirty = ui->redraw_all = false;
    ui->drawn_s = now;
    if (ui->idle_fd >= 0)
        dprintf(ui->idle_fd, "drawn %llu %.0f\n", (unsigned long long)ui->events,
                ui->since_s > 0 ? (clock_s() - ui->since_s) * 1e6 : 0);
    ui->since_s = 0;
}

/* Milliseconds until something must be looked at; -1: until something comes. */
static int patience(const Ui *ui, double now)
{
    double until = 1e9;
    if (ui->dirty) until = ui->drawn_s + FRAME_S - now;
    bool jobs = ui->desk && desk_jobs_running(ui->desk) > 0;
    if (jobs && until > FRAME_S) until = FRAME_S;
    if (ui->redraw_s > 0 && until > ui->redraw_s - now) until = ui->redraw_s - now;
    for (int i = 0; i < VIEW_COUNT; i++)
        if (ui->again[i] > 0 && until > ui->again[i] - now) until = ui->again[i] - now;
    if (ui->desk && ui->state_due > 0 && until > ui->state_due - now) until = ui->state_due - now;
    if (ui->message_until > now && until > ui->message_until - now) until = ui->message_until - now;
    if (until >= 1e9) return -1;
    return until < 0 ? 0 : (int)(until * 1000) + 1;
}

/* For whoever drives the program: all that came in is on the screen, and nothing asked is still to
 * come. */
static void tell_idle(Ui *ui)
{
    if (ui->idle_fd < 0 || ui->told_idle || ui->dirty || (ui->desk && !desk_idle(ui->desk))) return;
    dprintf(ui->idle_fd, "idle %llu %zu %dx%d 0\n", (unsigned long long)ui->events,
            ui->desk ? desk_jobs_running(ui->desk) : 0, ui->grid.height, ui->grid.width);
    ui->told_idle = true;
}

static void wait_for_something(Ui *ui, double now)
{
    struct pollfd fds[3] = {{.fd = STDIN_FILENO, .events = POLLIN},
                            {.fd = screen_signal_fd(), .events = POLLIN},
                            {.fd = ui->desk ? desk_wake_fd(ui->desk) : -1, .events = POLLIN}};
    int n = poll(fds, 3, patience(ui, now));
    if (n > 0 && fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        ui->leaving = true; /* the terminal is gone */
}

static void loop(Ui *ui)
{
    while (!ui->leaving) {
        take_signals(ui);
        take_events(ui);
        look_at_project(ui);
        renew_shown(ui);
        look_at_jobs(ui);
        double now = clock_s();
        look_again(ui, now);
        if (ui->desk && ui->state_due > 0 && now >= ui->state_due) state_keep(ui);
        if (ui->message_until && now >= ui->message_until) {
            ui->message_until = 0;
            ui->dirty = true;
        }
        if (ui->leaving) break;
        if (may_draw(ui, now)) {
            draw(ui, now);
            ui->told_idle = false;
        }
        tell_idle(ui);
        wait_for_something(ui, now);
    }
}

/* ---- start and end ---- */

static int idle_descriptor(void)
{
    const char *text = getenv("HONE_IDLE_FD");
    return text && *text ? atoi(text) : -1;
}

static void release(Ui *ui)
{
    close_project(ui);
    while (ui->modals.count) {
        Modal *m = ui->modals.items[--ui->modals.count];
        m->ops->free(m);
    }
    for (size_t i = 0; i < ui->messages.count; i++) free(ui->messages.items[i].text);
    vec_release(&ui->messages);
    vec_release(&ui->modals);
    grid_release(&ui->grid);
}

int ui_run(const char *project, size_t threads)
{
    Err err = {0};
    Ui ui = {.threads = threads, .share = 50, .mouse = true, .idle_fd = idle_descriptor()};
    Desk *desk = NULL;
    /* before the screen: a project that cannot be opened is said where the command was typed */
    if ((project && !desk_open(project, threads, &desk, &err)) || !screen_start(&err)) {
        fprintf(stderr, "hone: %s\n", err.message);
        desk_close(desk);
        return 1;
    }
    resize(&ui);
    if (desk) show_project(&ui, desk);
    loop(&ui);
    screen_end();
    release(&ui);
    return ui.status;
}
