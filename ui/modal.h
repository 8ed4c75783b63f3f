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

/* modal_box: a box of at most height × width in the middle of the screen, cleared; inside. */
Area modal_box(Area screen, int height, int width, const char *title);

#endif
