/* Cancel: "stop, please". Set by any thread or a signal handler, looked at in each step. */
#ifndef BASE_CANCEL_H
#define BASE_CANCEL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"

typedef struct Cancel {
    atomic_bool asked;
} Cancel;

void cancel_ask(Cancel *c);         /* async-signal-safe */
bool cancel_asked(const Cancel *c); /* NULL is never asked */

/* cancel_check: true to go on; false with ERR_CANCELLED when asked to stop. */
bool cancel_check(const Cancel *c, Err *err);

#endif
