/* Env: what every piece of work needs, borrowed from the session that started it. */
#ifndef MODEL_ENV_H
#define MODEL_ENV_H

#include "base/cancel.h"
#include "base/pool.h"
#include "base/profile.h"
#include "base/progress.h"
#include "store/store.h"

typedef struct Env {
    Store *store;         /* this thread's own connection */
    Pool *pool;           /* NULL: one thread */
    const Cancel *cancel; /* NULL: cannot be stopped */
    const Cancel *finish; /* "end early, keep the best": only training heeds it; NULL: never asked */
    Progress *progress;   /* NULL: nobody looks */
    Profile *profile; /* of the thread that works, where the time of a training goes; NULL: nobody looks */
} Env;

#endif
