/* A text of several lines, edited in place or by the editor of $VISUAL or $EDITOR. */
#include <stdlib.h>
#include <string.h>

#include "ui/edit_outside.h"
#include "ui/editor.h"
#include "ui/ui_parts.h"

#define WIDEST 104
#define WHEEL 3

typedef struct Edit {
    Modal modal;
    char *title, *before;
    Editor editor;
    Area text;   /* as drawn */
    bool asking; /* whether the changes shall be lost */
    Prompted *done;
    void *context;
} Edit;

static bool is_changed(const Edit *d)
{
    return strcmp(str_get(&d->editor.text), d->before) != 0;
}

static void edit_draw(Modal *m, Area screen)
{
    Edit *d = (Edit *)m;
    int width = screen.width - 4 < WIDEST ? screen.width - 4 : WIDEST;
    Area in = modal_box(screen, screen.height - 6, width, d->title);
    d->text = area_part(in, 0, 1, in.height - 1, in.width - 2);
    editor_draw(&d->editor, d->text);
    int y = in.height - 1;
    if (d->asking) {
        area_text(in, y, 1, LOOK_WARN, "It was changed. Leave without the changes?");
        area_text(in, y, 45, LOOK_KEY, "y");
        area_text(in, y, 47, LOOK_DIM, "leave");
        area_text(in, y, 54, LOOK_KEY, "n");
        area_text(in, y, 56, LOOK_DIM, "go on");
        return;
    }
    modal_keys(in, y, "Ctrl-S\0keeps\0Esc\0leaves\0Ctrl-U\0undo\0Ctrl-X\0$EDITOR\0");
    if (is_changed(d)) area_cell(in, y, in.width - 9, 8, LOOK_WARN, true, "changed");
}

static void hand_out(Edit *d)
{
    Str text = {0};
    Err err = {0};
    if (!edit_outside(str_get(&d->editor.text), &text, &err))
        ui_failed(d->modal.ui, "not edited", &err);
    else if (strcmp(str_get(&text), str_get(&d->editor.text)) != 0)
        editor_replace(&d->editor, str_get(&text));
    else
        ui_say(d->modal.ui, LOOK_DIM, "the editor changed nothing");
    d->modal.ui->redraw_all = true;
    str_release(&text);
}

static bool answer(Edit *d, Key k)
{
    if (k == 'y') return false;
    if (k == 'n' || k == KEY_ESC) d->asking = false;
    return true;
}

static bool edit_event(Modal *m, Event e)
{
    Edit *d = (Edit *)m;
    if (e.key == KEY_POINTER) {
        if (e.act == POINTER_WHEEL_UP) editor_scroll(&d->editor, -WHEEL);
        if (e.act == POINTER_WHEEL_DOWN) editor_scroll(&d->editor, WHEEL);
        if (e.act == POINTER_PRESS && modal_hit(d->text, e))
            editor_point(&d->editor, e.y - d->text.y, e.x - d->text.x);
        return true;
    }
    if (d->asking) return modal_pasted(m, e) ? true : answer(d, e.key);
    if (editor_key(&d->editor, e.key)) return true;
    switch (e.key) {
    case KEY_CTRL('S'):
    case KEY_FUNCTION + 10:
        if (is_changed(d)) d->done(d->context, str_get(&d->editor.text));
        return false;
    case KEY_CTRL('X'):
        hand_out(d);
        return true;
    case KEY_ESC:
        d->asking = is_changed(d);
        return d->asking;
    default:
        return true;
    }
}

static void edit_free(Modal *m)
{
    Edit *d = (Edit *)m;
    editor_release(&d->editor);
    free(d->before);
    free(d->title);
    free(d);
}

static const ModalOps EDIT = {edit_draw, edit_event, edit_free};

void ui_edit(Ui *ui, const char *title, const char *text, Prompted *done, void *context)
{
    Edit *d = mem_zero(1, sizeof *d);
    d->modal.ops = &EDIT;
    d->title = mem_strdup(title);
    editor_set(&d->editor, text);
    d->before = mem_strdup(str_get(&d->editor.text));
    d->done = done;
    d->context = context;
    ui_open(ui, &d->modal);
}

void ui_edit_outside(Ui *ui, const char *text, Prompted *done, void *context)
{
    Str edited = {0};
    Err err = {0};
    size_t size = strlen(text);
    if (size && text[size - 1] == '\n') size--;
    if (!edit_outside(text, &edited, &err))
        ui_failed(ui, "not edited", &err);
    else if (edited.size == size && memcmp(str_get(&edited), text, size) == 0)
        ui_say(ui, LOOK_DIM, "the editor changed nothing");
    else
        done(context, str_get(&edited));
    ui->redraw_all = true;
    ui_redraw(ui);
    str_release(&edited);
}
