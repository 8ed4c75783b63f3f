/* Child: runs another program under limits and reads what it prints.
 *
 * The child gets /dev/null as its input, a process group of its own, limits of processor time and
 * address space, no core files, and none of our open files. When it ends, fails, is cancelled or
 * goes beyond a limit, its whole group is killed before the call returns: nothing is left running.
 * Blocking; thread-safe. */
#ifndef TEXT_CHILD_H
#define TEXT_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/err.h"

typedef struct ChildOptions {
    const char *const *argv; /* ends with NULL; argv[0] is looked up in PATH */
    double wall_s;           /* 0: no limit, here and below */
    unsigned cpu_s;
    size_t memory_bytes; /* address space */
    size_t output_bytes; /* of stdout */
    const Cancel *cancel;
} ChildOptions;

typedef struct ChildResult {
    int exit_code;       /* -1 when a signal ended it */
    int signal;          /* 0 when it exited by itself */
    char complaint[300]; /* first line of its stderr, clean UTF-8; "" when there was none */
} ChildResult;

/* ChildSink: takes the next piece of stdout; false (with err set) stops the child. */
typedef bool ChildSink(void *context, const char *bytes, size_t size, Err *err);

/* child_run: true when the program ran to its end, whatever its exit code. ERR_MISSING when there
 * is no such program, ERR_LIMIT beyond wall time, processor time or output, ERR_CANCELLED, ERR_IO;
 * or the sink's error. */
bool child_run(const ChildOptions *options, ChildSink *sink, void *context, ChildResult *ret,
               Err *err);

#endif
