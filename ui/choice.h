/* Choice: which line of a list is chosen, and which part of the list is shown. */
#ifndef UI_CHOICE_H
#define UI_CHOICE_H

#include "ui/field.h"

typedef struct Choice {
    size_t count, at, top; /* at < count unless count is 0 */
    Area drawn;            /* where; lines top … are in its rows */
} Choice;

/* choice_draw: the list's count lines from top on, each by row (y: of the area), the chosen one
 * marked. */
typedef void ChoiceRow(const void *context, Area a, int y, size_t line);
void choice_draw(Choice *c, Area a, size_t count, ChoiceRow *row, const void *context);

/* choice_line: the line in row y of the area; SIZE_MAX: none. */
size_t choice_line(const Choice *c, int y);

/* choice_key: Up, Down, PgUp, PgDn, Home, End; false: not its key. */
bool choice_key(Choice *c, Key k);

/* Where a press was, or what became of a key. */
typedef enum ChoiceEvent {
    CHOICE_NOTHING,
    CHOICE_MOVED,
    CHOICE_TAKEN, /* Enter, or a press on the chosen line */
    CHOICE_TYPED, /* the field's text changed */
    CHOICE_LEFT,  /* Esc */
} ChoiceEvent;

/* choice_point: the wheel scrolls, a press chooses a line, a press on the chosen line takes it.
 * CHOICE_NOTHING: outside of it. */
ChoiceEvent choice_point(Choice *c, Event e);

/* choice_typed: an event of a list below a field that it is found by. */
ChoiceEvent choice_typed(Choice *c, Field *f, Event e);

#endif
