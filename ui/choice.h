/* Choice: which line of a list is chosen, and which part of the list is shown. */
#ifndef UI_CHOICE_H
#define UI_CHOICE_H

#include "ui/grid.h"
#include "ui/key.h"

typedef struct Choice {
    size_t count, at, top; /* at < count unless count is 0 */
    Area drawn;            /* where; lines top … are in its rows */
} Choice;

/* choice_show: a list of count lines is about to be drawn there. */
void choice_show(Choice *c, Area a, size_t count);

/* choice_line: the line in row y of the area; SIZE_MAX: none. */
size_t choice_line(const Choice *c, int y);

/* choice_key: Up, Down, PgUp, PgDn, Home, End; false: not its key. */
bool choice_key(Choice *c, Key k);

typedef enum ChoicePoint { CHOICE_OUTSIDE, CHOICE_MOVED, CHOICE_TAKEN } ChoicePoint;

/* choice_point: the wheel scrolls, a press chooses a line, a press on the chosen line takes it. */
ChoicePoint choice_point(Choice *c, Event e);

#endif
