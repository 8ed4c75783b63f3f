#include "ui/command_rows.h"

#include <string.h>

bool command_on_screen(const Command *c)
{
    return c->action != ACTION_NONE && c->keys && *c->keys && c->views & ANYWHERE;
}

bool command_is_own(const Command *c)
{
    return c->views != ANYWHERE;
}

bool command_works(const Ui *ui, const Command *c)
{
    if (!ui->desk && (c->project == PROJECT_OPEN || command_is_own(c))) return false;
    return c->views & 1u << ui_focused(ui);
}

const char *command_view_title(const Ui *ui, ViewId v)
{
    if (ui->views[v]) return ui->views[v]->ops->title;
    return command_of(ACTION_SHOW_CHUNKS + (Action)v, v)->title;
}

void command_where(const Ui *ui, const Command *c, Str *out)
{
    const char *comma = "";
    if (!ui->desk && (c->project == PROJECT_OPEN || command_is_own(c))) {
        str_add(out, "a project");
        return;
    }
    for (int i = 0; i < VIEW_COUNT; i++) {
        if (!(c->views & 1u << i)) continue;
        str_addf(out, "%s%s", comma, command_view_title(ui, (ViewId)i));
        comma = ", ";
    }
}

void command_take(Ui *ui, const Command *c)
{
    if (command_works(ui, c)) {
        ui_do(ui, c);
        return;
    }
    if (!ui->desk) {
        ui_say(ui, LOOK_WARN, "there is no project yet: make one first");
        return;
    }
    ViewId to = 0;
    while (!(c->views & 1u << to)) to++;
    ui_go(ui, to, 0, NULL);
    ui_say(ui, LOOK_TEXT, "%.*s: %s", (int)strcspn(c->keys, " "), c->keys, c->help);
}
