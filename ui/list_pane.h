/* ListPane: a list of rows with a cursor: columns, order, filter, search, marks, mouse. */
#ifndef UI_LIST_PANE_H
#define UI_LIST_PANE_H

#include "app/listing.h"
#include "ui/ui.h"

typedef struct ListPane ListPane;
typedef VEC(int64_t) PaneIds;

typedef struct PaneColumn {
    const char *title;
    int width;         /* columns; 0: shares what is left over */
    bool right;
    int needs;         /* shown when the pane has at least so many columns */
    const char *order; /* the field of the filter language to order by; NULL: cannot be ordered by */
    void (*cell)(const ListPane *p, const void *row, Str *out, Style *style); /* style comes as LOOK_TEXT */
} PaneColumn;

typedef struct PaneKind {
    ListOf of;
    const char *name;             /* "questions" */
    const char *filter;           /* at first: "status:pending" */
    const char *order;            /* at first: "-doubt"; NULL: the list's own */
    const char *empty;            /* what to do when there is nothing at all */
    const PaneColumn *columns;
    size_t column_count;
} PaneKind;

struct ListPane {
    const PaneKind *kind;
    View *view;
    Listing *listing;
    size_t cursor, top;
    int64_t cursor_id;            /* the row that the cursor is on: it follows it to another place */
    char *filter, *order;
    char *search;                 /* NULL: nothing searched */
    struct Marks *marks;
    const struct ListVerdict *verdict; /* what is being decided (list_decide.h), and why */
    char *why;
    int64_t total;                /* rows of its kind in the project when last looked at */
    int page;                     /* rows shown at the last draw */
    Area drawn;                   /* where */
    void (*moved)(View *v);       /* the cursor is on another row; may be NULL */
};

void list_pane_init(ListPane *p, const PaneKind *kind, View *view, void (*moved)(View *v));
void list_pane_release(ListPane *p);

void list_pane_draw(ListPane *p, Area area, bool focused);
bool list_pane_act(ListPane *p, Action action); /* movement, marks, search, filter, order */
bool list_pane_point(ListPane *p, Event e);
void list_pane_changed(ListPane *p);

/* "214 of 1,458 · status:pending · doubt ▼": for the title of its box. Appends. */
void list_pane_title(const ListPane *p, Str *out);

const void *list_pane_row(ListPane *p);      /* under the cursor; NULL: none, or on its way */
int64_t list_pane_id(const ListPane *p);     /* 0: none */
void list_pane_to(ListPane *p, int64_t id);  /* puts the cursor on it when it is in the list */
void list_pane_next(ListPane *p);            /* the next row, as after a decision */
void list_pane_filter(ListPane *p, const char *filter);

/* Marked rows, or the one under the cursor when none is. */
size_t list_pane_marked(const ListPane *p);  /* how many are marked */
bool list_pane_is_marked(const ListPane *p, int64_t id);
void list_pane_chosen(const ListPane *p, PaneIds *ret); /* appends */
void list_pane_unmark(ListPane *p);

void list_pane_save(const ListPane *p, cJSON *state);
void list_pane_restore(ListPane *p, const cJSON *state);

#endif
