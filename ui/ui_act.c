/* What commands do that are not a view's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/form_parts.h"
#include "ui/screen.h"

#define SHARE_STEP 5
#define SHARE_LEAST 20

static void leave(void *context)
{
    Ui *ui = context;
    ui->leaving = true;
}

static void ask_to_leave(Ui *ui)
{
    size_t running = ui->desk ? desk_jobs_running(ui->desk) : 0;
    if (running == 0) {
        leave(ui);
        return;
    }
    char *question =
        str_format("%zu job%s running. What is done is kept, and the same command goes on"
                   " from there. Leave?",
                   running, running == 1 ? " is" : "s are");
    ui_confirm(ui, question, leave, ui);
    free(question);
}

static void show_view(Ui *ui, ViewId id)
{
    if (ui->beside && ui->shown[1 - ui->focus] == id)
        ui->focus = 1 - ui->focus; /* it is on the screen already */
    else
        ui->shown[ui->beside ? ui->focus : 0] = id;
}

static void beside(Ui *ui)
{
    ui->beside = !ui->beside;
    if (ui->beside) {
        if (ui->shown[1] == ui->shown[0])
            ui->shown[1] = ui->shown[0] == VIEW_TRAINING ? VIEW_QUESTIONS : VIEW_TRAINING;
        ui->focus = 0;
    } else if (ui->focus == 1) {
        ViewId left = ui->shown[0];
        ui->shown[0] = ui->shown[1];
        ui->shown[1] = left;
        ui->focus = 0;
    }
}

static void share(Ui *ui, int by)
{
    ui->share += by;
    if (ui->share < SHARE_LEAST) ui->share = SHARE_LEAST;
    if (ui->share > 100 - SHARE_LEAST) ui->share = 100 - SHARE_LEAST;
}

static void undone(void *context, const char *label, size_t changed, const Err *err)
{
    Ui *ui = context;
    if (err)
        ui_failed(ui, NULL, err);
    else
        ui_say(ui, LOOK_GOOD, "undone: %s (%zu change%s)", label, changed, changed == 1 ? "" : "s");
}

static void redone(void *context, const char *label, size_t changed, const Err *err)
{
    Ui *ui = context;
    if (err)
        ui_failed(ui, NULL, err);
    else
        ui_say(ui, LOOK_GOOD, "done again: %s (%zu change%s)", label, changed,
               changed == 1 ? "" : "s");
}

/* Actions of the whole screen; false: not one of them. */
static bool act_on_screen(Ui *ui, Action action)
{
    switch (action) {
    case ACTION_SHOW_CHUNKS:
    case ACTION_SHOW_QUESTIONS:
    case ACTION_SHOW_NEGATIVES:
    case ACTION_SHOW_TRAINING:
    case ACTION_SHOW_COMPARE:
    case ACTION_SHOW_SEARCH:
        show_view(ui, (ViewId)(action - ACTION_SHOW_CHUNKS));
        if (ui->desk) { /* it may want to know that it is looked at */
            View *v = ui->views[action - ACTION_SHOW_CHUNKS];
            v->ops->act(v, action);
        }
        return true;
    case ACTION_BESIDE:
        beside(ui);
        return true;
    case ACTION_NARROWER:
        share(ui, -SHARE_STEP);
        return true;
    case ACTION_WIDER:
        share(ui, SHARE_STEP);
        return true;
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        if (ui->beside) ui->focus = 1 - ui->focus;
        return true;
    case ACTION_MENU:
        menu_open(ui);
        return true;
    case ACTION_PALETTE:
        palette_open(ui);
        return true;
    case ACTION_HELP:
        help_open(ui);
        return true;
    case ACTION_JOBS:
        jobs_open(ui);
        return true;
    case ACTION_MESSAGES:
        messages_open(ui);
        return true;
    case ACTION_THEME:
        ui->theme = (ui->theme + 1) % THEME_COUNT;
        ui->redraw_all = true;
        ui_say(ui, LOOK_DIM, "theme: %s", theme_name(ui->theme));
        return true;
    case ACTION_MOUSE:
        ui->mouse = !ui->mouse;
        screen_mouse(ui->mouse);
        ui_say(ui, LOOK_DIM,
               ui->mouse ? "the mouse is hone's"
                         : "the mouse is the terminal's: select text with it");
        return true;
    case ACTION_RENEW:
        ui->redraw_all = true;
        return true;
    case ACTION_UNDO:
        if (ui->desk) desk_undo(ui->desk, undone, ui);
        return true;
    case ACTION_REDO:
        if (ui->desk) desk_redo(ui->desk, redone, ui);
        return true;
    case ACTION_NEXT_STEP:
        next_open(ui);
        return true;
    case ACTION_NEW_PROJECT:
        form_new_project(ui);
        return true;
    case ACTION_OPEN_PROJECT:
        welcome_open_project(ui);
        return true;
    case ACTION_SAMPLE:
        welcome_ask_sample(ui);
        return true;
    case ACTION_SAMPLE_ENGLISH:
        welcome_sample(ui, "en");
        return true;
    case ACTION_SAMPLE_CHINESE:
        welcome_sample(ui, "zh");
        return true;
    case ACTION_QUIT:
        ask_to_leave(ui);
        return true;
    default:
        return false;
    }
}

/* Opens the form of a command of the table. */
static bool act_by_form(Ui *ui, const Command *c)
{
    switch (c->action) {
    case ACTION_COMMAND:
    case ACTION_MINE:
    case ACTION_TRAIN:
    case ACTION_EVALUATE:
        ui_form(ui, c, &c->name, 1);
        return true;
    default:
        return false;
    }
}

void ui_do(Ui *ui, const Command *c)
{
    View *v = ui->views[ui_focused(ui)];
    ui_redraw(ui);
    if (ui->idle_fd >= 0) dprintf(ui->idle_fd, "act %s\n", c->name);
    if (v && v->ops->act(v, c->action)) return;
    if (act_on_screen(ui, c->action)) return;
    if (!ui->desk && c->project == PROJECT_OPEN) {
        ui_say(ui, LOOK_WARN, "there is no project yet: make one first");
        return;
    }
    act_by_form(ui, c);
}

void ui_act(Ui *ui, Action action)
{
    const Command *c = command_of(action, ui_focused(ui));
    if (c) ui_do(ui, c);
}

void ui_go(Ui *ui, ViewId view, int64_t id, const char *filter)
{
    if (!ui->desk) return;
    show_view(ui, view);
    View *v = ui->views[view];
    if (v->ops->show) v->ops->show(v, id, filter);
    ui_redraw(ui);
}
