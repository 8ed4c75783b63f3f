/* Modal: what lies over the views and has the keys: a question, a form, the menu … One kind, one
 * file. The topmost has all events. */
#ifndef UI_MODAL_H
#define UI_MODAL_H

#include "ui/ui.h"

typedef struct Modal Modal;

typedef struct ModalOps {
    void (*draw)(Modal *m, Area screen); /* over what is there */
    bool (*event)(Modal *m, Event e);    /* false: close it */
    void (*free)(Modal *m);
} ModalOps;

struct Modal {
    const ModalOps *ops;
    Ui *ui;
};

void ui_open(Ui *ui, Modal *m); /* on top; freed when it closes */

/* modal_box: a box of at most height × width in the middle of the screen, cleared; inside. The caret
 * of what lies below is gone. */
Area modal_box(Area screen, int height, int width, const char *title);

/* modal_place: the same at a place of the screen. */
Area modal_place(Area screen, int y, int x, int height, int width, const char *title);

/* modal_hit: is the mouse in the area? */
bool modal_hit(Area a, Event e);

/* modal_button: "[ Start ]", the area that can be clicked; on: it has the focus. */
Area modal_button(Area a, int y, int x, bool on, const char *text);

/* modal_keys: pairs of key and meaning, "Enter\0keeps it\0Esc\0leaves it\0", as hints in one row. */
void modal_keys(Area a, int y, const char *pairs);

/* modal_pasted: the event belongs to pasted text, which is no key of a modal without a field. */
bool modal_pasted(const Modal *m, Event e);

#endif
