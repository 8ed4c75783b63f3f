#include "ui/modal.h"

#include "ui/ui_parts.h"

void ui_open(Ui *ui, Modal *m)
{
    m->ui = ui;
    vec_push(&ui->modals, m);
    ui_redraw(ui);
}

Area modal_box(Area screen, int height, int width, const char *title)
{
    if (height > screen.height) height = screen.height;
    if (width > screen.width) width = screen.width;
    Area a =
        area_part(screen, (screen.height - height) / 2, (screen.width - width) / 2, height, width);
    area_fill(a, LOOK_TEXT);
    return area_box(a, LOOK_FOCUS, LOOK_TITLE, title);
}
