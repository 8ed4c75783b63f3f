/* One line of text, asked for near the bottom, where the eye is when a key was pressed. */
#include <stdlib.h>
#include <string.h>

#include "ui/field.h"
#include "ui/ui_parts.h"

#define WIDEST 100
#define HEIGHT 4

typedef struct Prompt {
    Modal modal;
    char *title;
    Field field;
    Area input;
    PromptCheck *check;
    Prompted *done;
    void *context;
} Prompt;

/* Is the text all right? Where not, *err says why. */
static bool passes(const Prompt *p, Err *err)
{
    return !p->check || p->check(p->context, str_get(&p->field.text), err);
}

static void prompt_draw(Modal *m, Area screen)
{
    Prompt *p = (Prompt *)m;
    int width = screen.width - 2 < WIDEST ? screen.width - 2 : WIDEST;
    int y = screen.height - HEIGHT - 2;
    Area in =
        modal_place(screen, y > 0 ? y : 0, (screen.width - width) / 2, HEIGHT, width, p->title);
    Err err = {0};
    p->input = area_part(in, 0, 1, 1, in.width - 2);
    field_draw(&p->field, p->input, 0, 0, p->input.width, true);
    if (passes(p, &err))
        modal_keys(in, 1, "Enter\0takes it\0Esc\0leaves it\0");
    else
        area_cell(in, 1, 1, in.width - 2, LOOK_BAD, false, err.message);
}

static bool prompt_event(Modal *m, Event e)
{
    Prompt *p = (Prompt *)m;
    Err err = {0};
    if (e.key == KEY_POINTER) {
        if (modal_hit(p->input, e) && e.act == POINTER_PRESS)
            field_point(&p->field, e.x - p->input.x);
        return true;
    }
    if (field_key(&p->field, e.key)) return true;
    if (e.key == KEY_ESC) return false;
    if (e.key != KEY_RETURN || !passes(p, &err)) return true;
    p->done(p->context, str_get(&p->field.text));
    return false;
}

static void prompt_free(Modal *m)
{
    Prompt *p = (Prompt *)m;
    field_release(&p->field);
    free(p->title);
    free(p);
}

static const ModalOps PROMPT = {prompt_draw, prompt_event, prompt_free};

void ui_prompt(Ui *ui, const char *title, const char *text, PromptCheck *check, Prompted *done,
               void *context)
{
    Prompt *p = mem_zero(1, sizeof *p);
    p->modal.ops = &PROMPT;
    p->title = mem_strdup(title);
    field_set(&p->field, text ? text : "");
    p->check = check;
    p->done = done;
    p->context = context;
    ui_open(ui, &p->modal);
}
