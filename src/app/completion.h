/* Completion files for shells, from the tables. */
#ifndef APP_COMPLETION_H
#define APP_COMPLETION_H

#include "base/err.h"
#include "base/str.h"

/* completion_write: shell is "bash", "zsh" or "fish"; ERR_USAGE otherwise. Appends. */
bool completion_write(const char *shell, Str *out, Err *err);

#endif
