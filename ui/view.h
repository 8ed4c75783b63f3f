/* View: one of the six, behind a table of functions. A view is one file and one row of VIEWS (ui.c).
 * All of it runs on the screen's thread. */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include <cjson/cJSON.h>

#include "app/commands.h"
#include "ui/grid.h"
#include "ui/key.h"

typedef struct Ui Ui;
typedef struct View View;

typedef struct ViewOps {
    ViewId id;
    const char *title; /* "Chunks" */
    View *(*make)(Ui *ui);
    void (*free)(View *v);

    /* draw: everything, from what is in memory. It may ask for what is missing. */
    void (*draw)(View *v, Area area, bool focused);

    /* act: does what a command of the table asks for; false: it means nothing at this moment. */
    bool (*act)(View *v, Action action);

    /* keys: takes an event before commands are looked up, as a field that is typed into or a slider
     * does; false: not taken. May be NULL. */
    bool (*keys)(View *v, Event e);

    /* point: the mouse at y, x of the view's area; false: nothing there. */
    bool (*point)(View *v, Event e);

    void (*changed)(View *v); /* the project changed */

    /* show: goes to a thing by id (a question, a chunk, a run …), or 0 to a filtered list, as another
     * view asks; filter NULL: as it is. May be NULL. */
    void (*show)(View *v, int64_t id, const char *filter);

    /* What comes back at the next start: cursor, filter, order, sizes. */
    void (*save)(const View *v, cJSON *state);
    void (*restore)(View *v, const cJSON *state);
} ViewOps;

struct View {
    const ViewOps *ops;
    Ui *ui;
};

extern const ViewOps VIEW_CHUNKS_OPS, VIEW_QUESTIONS_OPS, VIEW_NEGATIVES_OPS, VIEW_TRAINING_OPS,
    VIEW_COMPARE_OPS, VIEW_SEARCH_OPS;

#endif
