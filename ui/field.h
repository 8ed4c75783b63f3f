/* Field: a line of text that is typed into. */
#ifndef UI_FIELD_H
#define UI_FIELD_H

#include "base/str.h"
#include "ui/grid.h"
#include "ui/key.h"

typedef struct Field {
    Str text;     /* valid UTF-8, one line */
    size_t at;    /* byte where the next character goes */
    size_t first; /* first byte shown */
} Field;

void field_set(Field *f, const char *text); /* the cursor at its end */
void field_release(Field *f);

/* field_key: typing, Backspace, Del, arrows, Home, End, Ctrl-W (word), Ctrl-U (all); false: not its
 * key. */
bool field_key(Field *f, Key k);
void field_draw(Field *f, Area a, int y, int x, int width, bool focused);

#endif
