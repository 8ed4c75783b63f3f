/* Marks: the rows of a list that are marked for a bulk action, and those that a search found. Used
 * by list_pane.c only. */
#ifndef UI_LIST_MARKS_H
#define UI_LIST_MARKS_H

#include "ui/list_pane.h"

typedef struct Marks Marks;

Marks *marks_new(Desk *d, ListOf of, Ui *ui);
void marks_free(Marks *m);

size_t marks_count(const Marks *m);
bool marks_has(const Marks *m, int64_t id);
void marks_toggle(Marks *m, int64_t id, size_t at);
void marks_range(Marks *m, const Listing *l, size_t at); /* from where the last mark was set */
void marks_all(Marks *m, const Listing *l);
void marks_clear(Marks *m);
void marks_add_to(const Marks *m, PaneIds *ret);

/* marks_search: looks in the background for the rows that match the filter and hold the text; NULL:
 * ends it. marks_when_found calls back once, when all are known. */
void marks_search(Marks *m, const char *filter, const char *text);
void marks_when_found(Marks *m, void (*done)(void *context), void *context);
bool marks_searching(const Marks *m);

/* marks_found: the place in the list of the next found row after `at` (before it: back), round its
 * end; SIZE_MAX: none. */
size_t marks_found(const Marks *m, const Listing *l, size_t at, bool back);

#endif
