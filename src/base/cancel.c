#include "base/cancel.h"

#include <stddef.h>

void cancel_ask(Cancel *c)
{
    atomic_store(&c->asked, true);
}

bool cancel_asked(const Cancel *c)
{
    return c && atomic_load(&c->asked);
}

bool cancel_check(const Cancel *c, Err *err)
{
    return !cancel_asked(c) || err_set(err, ERR_CANCELLED, "stopped on request");
}
