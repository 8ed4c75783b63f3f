#include "ui/modal.h"

#include <string.h>

#include "ui/ui_parts.h"

void ui_open(Ui *ui, Modal *m)
{
    m->ui = ui;
    vec_push(&ui->modals, m);
    ui_redraw(ui);
}

Area modal_place(Area screen, int y, int x, int height, int width, const char *title)
{
    Area a = area_part(screen, y, x, height, width);
    screen.grid->cursor_y = screen.grid->cursor_x = -1;
    area_fill(a, LOOK_TEXT);
    return area_box(a, LOOK_FOCUS, LOOK_TITLE, title);
}

Area modal_box(Area screen, int height, int width, const char *title)
{
    if (height > screen.height) height = screen.height;
    if (width > screen.width) width = screen.width;
    return modal_place(screen, (screen.height - height) / 2, (screen.width - width) / 2, height,
                       width, title);
}

bool modal_hit(Area a, Event e)
{
    return e.key == KEY_POINTER && e.y >= a.y && e.y < a.y + a.height && e.x >= a.x &&
           e.x < a.x + a.width;
}

Area modal_button(Area a, int y, int x, bool on, const char *text)
{
    int end = area_textf(a, y, x, on ? LOOK_KEY | STYLE_ON : LOOK_KEY, "[ %s ]", text);
    return area_part(a, y, x, 1, end - x);
}

void modal_keys(Area a, int y, const char *pairs)
{
    int x = 1;
    while (*pairs) {
        const char *meaning = pairs + strlen(pairs) + 1;
        x = area_text(a, y, x, LOOK_KEY, pairs);
        x = area_text(a, y, x + 1, LOOK_DIM, meaning) + 2;
        pairs = meaning + strlen(meaning) + 1;
    }
}

bool modal_pasted(const Modal *m, Event e)
{
    return m->ui->pasting || e.key == KEY_PASTE_BEGIN || e.key == KEY_PASTE_END;
}
