/* Training. */
#include <stdlib.h>

#include "ui/ui.h"

static View *make(Ui *ui);

static void release(View *v)
{
    free(v);
}

static void draw(View *v, Area a, bool focused)
{
    (void)v;
    area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, "Training");
}

static bool act(View *v, Action action)
{
    (void)v;
    (void)action;
    return false;
}

static void changed(View *v)
{
    ui_redraw(v->ui);
}

const ViewOps VIEW_TRAINING_OPS = {
    .id = VIEW_TRAINING,
    .title = "Training",
    .make = make,
    .free = release,
    .draw = draw,
    .act = act,
    .changed = changed,
};

static View *make(Ui *ui)
{
    View *v = mem_zero(1, sizeof *v);
    *v = (View){&VIEW_TRAINING_OPS, ui};
    return v;
}
