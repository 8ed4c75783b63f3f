/* A name for a run that no run has yet. */
#include <stdlib.h>
#include <string.h>

#include "app/facts.h"
#include "base/mem.h"
#include "store/runs.h"

typedef struct Asked {
    char *stem, *name;
    FreeNameDone *done;
    void *context;
} Asked;

static bool is_taken(const RunRows *runs, const char *name)
{
    for (size_t i = 0; i < runs->count; i++)
        if (strcmp(runs->items[i].name, name) == 0) return true;
    return false;
}

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    RunRows runs = {0};
    if (!runs_load(env->store, &runs, err)) return false;
    a->name = mem_strdup(a->stem);
    for (size_t n = 2; is_taken(&runs, a->name); n++) {
        free(a->name);
        a->name = str_format("%s-%zu", a->stem, n);
    }
    rows_release(&runs);
    return true;
}

static void done(void *data, const Err *err)
{
    Asked *a = data;
    a->done(a->context, err ? NULL : a->name);
}

static void release(void *data)
{
    Asked *a = data;
    free(a->stem);
    free(a->name);
    free(a);
}

void free_name_ask(Desk *d, const void *slot, const char *stem, FreeNameDone *callback,
                   void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.stem = mem_strdup(stem), .done = callback, .context = context};
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
