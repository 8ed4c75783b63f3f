/* Editing a text in the editor of $VISUAL or $EDITOR, on the whole terminal. */
#ifndef UI_EDIT_OUTSIDE_H
#define UI_EDIT_OUTSIDE_H

#include "base/err.h"
#include "base/str.h"

/* edit_outside: waits until the editor has ended; the screen is paused meanwhile. out is overwritten
 * with the text as it is then, clean UTF-8, without one line end at its end. Where the editor failed
 * but the text was changed, the message names the file that keeps it. */
bool edit_outside(const char *text, Str *out, Err *err);

#endif
