/* Chunks. */
#include <stdlib.h>

#include "ui/list_pane.h"

typedef struct ChunksView {
    View view;
    ListPane list;
} ChunksView;

static View *make(Ui *ui);

static void cell_id(const ListPane *p, const void *row, Str *out, Style *style)
{
    (void)p;
    *style = LOOK_DIM;
    str_addf(out, "%lld", (long long)*(const int64_t *)row);
}

static const PaneColumn COLUMNS[] = {{"id", 8, true, 0, "id", cell_id}};
static const PaneKind KIND = {LIST_CHUNKS, "chunks", "", NULL, "nothing here yet", COLUMNS, 1};

static void release(View *v)
{
    ChunksView *x = (ChunksView *)v;
    list_pane_release(&x->list);
    free(x);
}

static void draw(View *v, Area a, bool focused)
{
    ChunksView *x = (ChunksView *)v;
    Str title = {0};
    list_pane_title(&x->list, &title);
    list_pane_draw(&x->list,
                   area_box(a, focused ? LOOK_FOCUS : LOOK_BORDER, LOOK_TITLE, str_get(&title)),
                   focused);
    str_release(&title);
}

static bool act(View *v, Action action)
{
    return list_pane_act(&((ChunksView *)v)->list, action);
}

static void changed(View *v)
{
    list_pane_changed(&((ChunksView *)v)->list);
}

static bool point(View *v, Event e)
{
    return list_pane_point(&((ChunksView *)v)->list, e);
}

const ViewOps VIEW_CHUNKS_OPS = {
    .id = VIEW_CHUNKS,
    .title = "Chunks",
    .make = make,
    .free = release,
    .draw = draw,
    .act = act,
    .point = point,
    .changed = changed,
};

static View *make(Ui *ui)
{
    ChunksView *x = mem_zero(1, sizeof *x);
    x->view = (View){&VIEW_CHUNKS_OPS, ui};
    list_pane_init(&x->list, &KIND, &x->view, NULL);
    return &x->view;
}
