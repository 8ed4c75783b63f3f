/* What a run will take. */
#include <stdlib.h>

#include "app/args.h"
#include "app/facts.h"
#include "base/mem.h"
#include "task/estimate.h"

typedef struct EstimateAsk {
    char **argv; /* argc words and NULL */
    int argc;
    Progress progress;
    Str text;
    EstimateDone *done;
    void *context;
} EstimateAsk;

static bool work(void *data, const Env *env, Err *err)
{
    EstimateAsk *a = data;
    Env own = *env;
    Args args;
    own.progress = &a->progress;
    TrainEstimate estimate;
    bool ok = args_parse(a->argc, a->argv, &args, err);
    TrainOptions options = args.options.train;
    if (args.options.given[OPT_SEED]) options.seed = args.options.seed;
    ok = ok && train_estimate(&own, &options, &estimate, err);
    if (ok) train_estimate_text(&estimate, &a->text);
    args_release(&args);
    return ok;
}

static void done(void *data, const Err *err)
{
    EstimateAsk *a = data;
    a->done(a->context, err ? NULL : str_get(&a->text), err);
}

static void release(void *data)
{
    EstimateAsk *a = data;
    for (int i = 0; i < a->argc; i++) free(a->argv[i]);
    free(a->argv);
    str_release(&a->text);
    progress_release(&a->progress);
    free(a);
}

Progress *estimate_ask(Desk *d, const void *slot, const char *const *words, size_t count,
                       EstimateDone *callback, void *context)
{
    EstimateAsk *a = mem_zero(1, sizeof *a);
    *a = (EstimateAsk){.argc = (int)count + 1, .done = callback, .context = context};
    progress_init(&a->progress);
    a->argv = mem_zero(count + 2, sizeof *a->argv);
    a->argv[0] = mem_strdup("hone");
    for (size_t i = 0; i < count; i++) a->argv[i + 1] = mem_strdup(words[i]);
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_SEARCH, &q);
    return &a->progress;
}
