/* Keys to commands, through the one table. */
#include <stdio.h>
#include <string.h>

#include "ui/ui_parts.h"

size_t keys_parse(const char *way, size_t size, Key keys[SEQUENCE_MOST])
{
    char name[32];
    if (size >= sizeof name) return 0;
    memcpy(name, way, size);
    name[size] = '\0';
    if (key_parse(name, &keys[0])) return 1;
    if (size > SEQUENCE_MOST) return 0;
    for (size_t i = 0; i < size; i++) keys[i] = (unsigned char)name[i];
    return size;
}

/* How keys compare with the ways of a command: 0 not at all, 1 they begin one, 2 they are one. */
static int matches(const Command *c, const Key *keys, size_t count)
{
    int best = 0;
    for (const char *at = c->keys; at && *at;) {
        size_t size = strcspn(at, " ");
        Key way[SEQUENCE_MOST];
        size_t n = keys_parse(at, size, way);
        if (n >= count && memcmp(way, keys, count * sizeof *keys) == 0)
            best = n == count ? 2 : best ? best : 1;
        at += size + (at[size] == ' ');
    }
    return best;
}

const Command *keys_find(const Key *keys, size_t count, ViewId view, bool *ret_begins)
{
    const Command *everywhere = NULL;
    *ret_begins = false;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *c = &COMMANDS[i];
        if (c->action == ACTION_NONE || !(c->views & 1u << view)) continue;
        int match = matches(c, keys, count);
        *ret_begins |= match == 1;
        if (match != 2) continue;
        if (c->views != ANYWHERE) return c; /* a view's own key goes before one for all */
        everywhere = c;
    }
    return everywhere;
}

void keys_text(const Command *c, Str *out)
{
    for (const char *at = c->keys; at && *at; at++) {
        if (*at == ' ')
            str_add(out, ", ");
        else
            str_add_char(out, *at);
    }
}

const Command *command_of(Action action, ViewId view)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (COMMANDS[i].action == action && COMMANDS[i].views & 1u << view) return &COMMANDS[i];
    return NULL;
}

void command_key(const Command *c, char ret[KEY_SIZE])
{
    snprintf(ret, KEY_SIZE, "%.*s", (int)strcspn(c->keys, " "), c->keys);
}

static bool in_front(Ui *ui, Event e)
{
    if (ui->modals.count == 0) return false;
    Modal *m = ui->modals.items[ui->modals.count - 1];
    size_t depth = ui->modals.count;
    if (!m->ops->event(m, e)) {
        /* what it opened while it ended stands above it */
        for (size_t i = depth - 1; i + 1 < ui->modals.count; i++)
            ui->modals.items[i] = ui->modals.items[i + 1];
        ui->modals.count--;
        m->ops->free(m);
    }
    ui_redraw(ui);
    return true;
}

static void point(Ui *ui, Event e)
{
    if (frame_point(ui, e)) return;
    for (int i = 0; i < (ui->beside ? 2 : 1); i++) {
        Area a = ui->area[i];
        if (e.y < a.y || e.y >= a.y + a.height || e.x < a.x || e.x >= a.x + a.width) continue;
        View *v = ui->views[ui->shown[i]];
        if (e.act == POINTER_PRESS) ui->focus = i;
        if (v && v->ops->point) v->ops->point(v, e);
        ui_redraw(ui);
    }
}

static void press(Ui *ui, Key key)
{
    bool begins;
    if (key == KEY_ESC && ui->sequence_count) {
        ui->sequence_count = 0;
        ui_redraw(ui);
        return;
    }
    ui->sequence[ui->sequence_count++] = key;
    const Command *c = keys_find(ui->sequence, ui->sequence_count, ui_focused(ui), &begins);
    ui_redraw(ui);
    if (!c && begins && ui->sequence_count < SEQUENCE_MOST) return;
    if (!c && ui->sequence_count > 1)
        ui_say(ui, LOOK_DIM, "no command has these keys; , lists them");
    ui->sequence_count = 0;
    if (c) ui_do(ui, c);
}

/* Where nothing can be seen, nothing is done but leaving, whatever lies over the views. */
static void press_unseen(Ui *ui, Key key)
{
    bool jobs = ui->desk && desk_jobs_running(ui->desk) > 0;
    if (ui->pasting) return;
    ui->leaving = (key == 'q' && !jobs) || (key == 'y' && ui->leave_asked);
    ui->leave_asked = key == 'q' && jobs;
    ui_redraw(ui);
}

void ui_event(Ui *ui, Event e)
{
    if (e.key == KEY_PASTE_BEGIN) ui->pasting = true;
    if (e.key == KEY_PASTE_END) ui->pasting = false;
    if (!frame_fits(ui) && e.key != KEY_PASTE_END) {
        press_unseen(ui, e.key);
        return;
    }
    ui->leave_asked = false;
    if (in_front(ui, e)) return;
    if (welcome_wanted(ui, ui_focused(ui)) && welcome_event(ui, e)) return;
    View *v = ui->views[ui_focused(ui)];
    if (e.key == KEY_POINTER) {
        point(ui, e);
        return;
    }
    if (ui->sequence_count == 0 && v && v->ops->keys && v->ops->keys(v, e)) {
        ui_redraw(ui);
        return;
    }
    /* pasted text that no field takes is not a row of commands */
    if (!ui->pasting && e.key != KEY_PASTE_END) press(ui, e.key);
}
