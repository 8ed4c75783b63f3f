/* "What now?": the next steps of the project, told in the second line and offered by Ctrl-N. */
#include <stdlib.h>
#include <string.h>

#include "ui/ui_parts.h"

static void come(void *context, Advice *advice, const Err *err)
{
    Ui *ui = context;
    ui->next_asked = false;
    if (err) return; /* the desk says itself what is wrong with the file */
    advice_release(&ui->next);
    ui->next = *advice;
    *advice = (Advice){0};
    ui_redraw(ui);
    next_look(ui);
}

/* Not again before an answer is there, so that a project that changes all the time has one too. */
void next_look(Ui *ui)
{
    if (!ui->desk || ui->next_asked || ui->next_change == desk_change(ui->desk)) return;
    ui->next_asked = true;
    ui->next_change = desk_change(ui->desk);
    advice_ask(ui->desk, &ui->next, false, come, ui);
}

void next_forget(Ui *ui)
{
    advice_release(&ui->next);
    advice_release(&ui->offered);
    ui->next_asked = false;
    ui->next_change = UINT64_MAX;
}

static bool is_at_work(const Ui *ui, const Command *c)
{
    for (size_t i = 0; i < desk_jobs(ui->desk); i++) {
        Job *j = desk_job(ui->desk, i);
        if (job_state(j) == JOB_RUNNING && strcmp(job_command(j), c->name) == 0) return true;
    }
    return false;
}

const AdviceStep *next_first(const Ui *ui)
{
    for (size_t i = 0; ui->desk && i < ui->next.count; i++)
        if (!is_at_work(ui, ui->next.items[i].command)) return &ui->next.items[i];
    return NULL;
}

/* The filter of a listing without its order, which the view has a place of its own for. */
static char *filter_of(const AdviceStep *s)
{
    Str filter = {0};
    for (size_t i = 1; i < s->words.count; i++)
        if (!str_starts(s->words.items[i], "order:"))
            str_addf(&filter, "%s%s", filter.size ? " " : "", s->words.items[i]);
    return str_take(&filter);
}

static void go(Ui *ui, const AdviceStep *s)
{
    const Command *c = s->command;
    if (c->action < ACTION_SHOW_CHUNKS || c->action > ACTION_SHOW_SEARCH) {
        ui_form(ui, c, (const char *const *)s->words.items, s->words.count);
        return;
    }
    ViewId view = (ViewId)(c->action - ACTION_SHOW_CHUNKS);
    char *filter = filter_of(s);
    /* the view of negatives lists questions: the filter is one of candidates */
    ui_go(ui, view, 0, view == VIEW_NEGATIVES || !*filter ? NULL : filter);
    free(filter);
}

static void picked(void *context, size_t which)
{
    Ui *ui = context;
    if (ui->desk && which < ui->offered.count) go(ui, &ui->offered.items[which]);
}

static void offer(Ui *ui)
{
    VEC(char *) lines = {0};
    for (size_t i = 0; i < ui->offered.count; i++) {
        const AdviceStep *s = &ui->offered.items[i];
        char key[KEY_SIZE];
        command_key(s->command, key);
        vec_push(&lines, str_format("%-3s %s: %s", key, s->command->title, s->why));
    }
    ui_pick(ui, "What to do next", (const char *const *)lines.items, lines.count, 0, picked, ui);
    for (size_t i = 0; i < lines.count; i++) free(lines.items[i]);
    vec_release(&lines);
}

static void come_to_offer(void *context, Advice *advice, const Err *err)
{
    Ui *ui = context;
    if (err) {
        ui_failed(ui, "what to do next", err);
        return;
    }
    if (ui->modals.count) return; /* the person is at something else by now */
    advice_release(&ui->offered);
    ui->offered = *advice;
    *advice = (Advice){0};
    if (ui->offered.count)
        offer(ui);
    else
        ui_say(ui, LOOK_GOOD, "nothing is pressing: try it in Search, or train with more");
    ui_redraw(ui);
}

void next_open(Ui *ui)
{
    if (ui->desk) advice_ask(ui->desk, &ui->offered, true, come_to_offer, ui);
}
