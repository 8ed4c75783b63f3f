/* What to do next, for the screen. */
#include <stdlib.h>

#include "app/facts.h"
#include "base/mem.h"

typedef struct Asked {
    Advice advice;
    bool care;
    AdviceDone *done;
    void *context;
} Asked;

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    Counts counts;
    return store_counts(env->store, &counts, err) && advice_next(env, &counts, &a->advice, err) &&
           (!a->care || advice_care(env, &counts, &a->advice, err));
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    a->done(a->context, err ? NULL : &a->advice, err);
}

static void release(void *data)
{
    Asked *a = data;
    advice_release(&a->advice);
    free(a);
}

void advice_ask(Desk *d, const void *slot, bool care, AdviceDone *callback, void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.care = care, .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_LIST, &q);
}
