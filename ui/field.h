/* Field: a line of text that is typed into. */
#ifndef UI_FIELD_H
#define UI_FIELD_H

#include "base/str.h"
#include "ui/grid.h"
#include "ui/key.h"

#define FIELD_MAX_BYTES ((size_t)64 << 10) /* what goes beyond is left out */

typedef struct Field {
    Str text;     /* valid UTF-8, one line */
    size_t at;    /* byte where the next character goes */
    size_t first; /* first byte shown */
    bool pasting; /* between KEY_PASTE_BEGIN and _END: every key is text or nothing */
} Field;

/* field_set: the cursor at its end. Line ends and tabs become blanks, other control characters are
 * left out, malformed bytes '?'. */
void field_set(Field *f, const char *text);
void field_release(Field *f);

/* field_key: typing, Backspace, Del, arrows, Home, End, Ctrl-W (word), Ctrl-U (all); false: not its
 * key. */
bool field_key(Field *f, Key k);
void field_draw(Field *f, Area a, int y, int x, int width, bool focused);

/* field_point: the cursor goes to a column of where it is drawn. */
void field_point(Field *f, int column);

#endif
