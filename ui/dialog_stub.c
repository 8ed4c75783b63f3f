/* Nothing lies over the views yet. */
#include "ui/ui_parts.h"

void welcome_draw(Ui *ui, Area a)
{
    (void)ui;
    area_text(a, 1, 1, LOOK_TEXT, "no project");
}
bool welcome_event(Ui *ui, Event e)
{
    (void)ui;
    (void)e;
    return false;
}
