/* Running a quick command without a desk: what the screen can do before there is a project. */
#ifndef APP_RUN_NOW_H
#define APP_RUN_NOW_H

#include "base/err.h"
#include "base/str.h"

/* run_now: words as of job_start; waits until it is done, so only for commands that need no project
 * (init, doctor, version …). Appends what it printed. */
bool run_now(const char *const *words, size_t count, int columns, Str *out, Err *err);

#endif
