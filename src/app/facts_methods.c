/* What an embedder can be trained by, and how. */
#include <stdlib.h>

#include "app/facts.h"
#include "base/mem.h"
#include "model/trainable.h"

bool method_defaults(const char *method, MethodDefaults *ret)
{
    const TrainableDefaults *d = trainable_defaults(method);
    if (d) *ret = (MethodDefaults){d->epochs, d->batch, d->lr};
    return d != NULL;
}

typedef struct Asked {
    char *embedder;
    Str methods;
    MethodsDone *done;
    void *context;
} Asked;

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    return trainable_methods_of(env, a->embedder, &a->methods, err);
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    a->done(a->context, err ? NULL : str_get(&a->methods), err);
}

static void release(void *data)
{
    Asked *a = data;
    free(a->embedder);
    str_release(&a->methods);
    free(a);
}

void methods_ask(Desk *d, const void *slot, const char *embedder, MethodsDone *callback,
                 void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.embedder = mem_strdup(embedder), .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
