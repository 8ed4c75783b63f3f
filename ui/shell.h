/* The words of a command line, as a shell reads them. */
#ifndef UI_SHELL_H
#define UI_SHELL_H

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

typedef VEC(char *) ShellWords;

void shell_add(ShellWords *w, const char *word); /* copied */
void shell_release(ShellWords *w);

/* shell_split: blanks part words, quotes of both kinds and backslashes hold them together, ~/ at
 * the start is the home folder. Appends; ERR_USAGE: a quote is not closed. */
bool shell_split(const char *text, ShellWords *ret, Err *err);

/* shell_quote: appends the word so that a shell, and shell_split, read it as it is. */
void shell_quote(const char *word, Str *out);

#endif
