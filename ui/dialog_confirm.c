/* A question that is answered with one deliberate key. */
#include <stdlib.h>
#include <string.h>

#include "ui/text.h"
#include "ui/ui_parts.h"

#define WIDEST 70

typedef struct Confirm {
    Modal modal;
    char *question;
    TextLines lines;
    Area yes_button, no_button;
    void (*yes)(void *context);
    void *context;
} Confirm;

static void confirm_draw(Modal *m, Area screen)
{
    Confirm *c = (Confirm *)m;
    int width = screen.width < WIDEST ? screen.width : WIDEST;
    text_wrap(c->question, strlen(c->question), width - 4, &c->lines);
    Area in = modal_box(screen, (int)c->lines.count + 4, width, "Sure?");
    Area text = area_part(in, 0, 1, in.height - 2, in.width - 2);
    text_draw(text, c->question, &c->lines, 0, LOOK_TEXT, NULL);
    c->yes_button = modal_button(in, in.height - 1, 1, false, "y  Yes");
    c->no_button = modal_button(in, in.height - 1, 13, false, "n  No");
    area_text(in, in.height - 1, 24, LOOK_DIM, "Esc is no");
}

static bool confirm_event(Modal *m, Event e)
{
    Confirm *c = (Confirm *)m;
    if (modal_pasted(m, e)) return true;
    bool press = e.key == KEY_POINTER && e.act == POINTER_PRESS;
    if (e.key == 'y' || (press && modal_hit(c->yes_button, e))) {
        c->yes(c->context);
        return false;
    }
    if (e.key == 'n' || e.key == KEY_ESC || (press && modal_hit(c->no_button, e))) return false;
    return true; /* nothing else decides */
}

static void confirm_free(Modal *m)
{
    Confirm *c = (Confirm *)m;
    vec_release(&c->lines);
    free(c->question);
    free(c);
}

static const ModalOps CONFIRM = {confirm_draw, confirm_event, confirm_free};

void ui_confirm(Ui *ui, const char *question, void (*yes)(void *context), void *context)
{
    Confirm *c = mem_zero(1, sizeof *c);
    c->modal.ops = &CONFIRM;
    c->question = mem_strdup(question);
    c->yes = yes;
    c->context = context;
    ui_open(ui, &c->modal);
}
