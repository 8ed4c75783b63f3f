/* Compare. */
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
    area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, "Compare");
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

const ViewOps VIEW_COMPARE_OPS = {
    .id = VIEW_COMPARE,
    .title = "Compare",
    .make = make,
    .free = release,
    .draw = draw,
    .act = act,
    .changed = changed,
};

static View *make(Ui *ui)
{
    View *v = mem_zero(1, sizeof *v);
    *v = (View){&VIEW_COMPARE_OPS, ui};
    return v;
}
