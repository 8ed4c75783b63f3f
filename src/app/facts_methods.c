/* What an embedder can be trained by, and how. */
#include <stdlib.h>

#include "app/facts.h"
#include "base/mem.h"
#include "model/reranker.h"
#include "model/trainable.h"
#include "num/loss.h"
#include "num/loss_scores.h"

bool method_by_tokens(const char *method)
{
    return trainable_reranker_defaults(method) != NULL; /* whole encoders, both kinds */
}

bool method_defaults(const char *method, bool reranker, MethodDefaults *ret)
{
    const TrainableDefaults *d =
        reranker ? trainable_reranker_defaults(method) : trainable_defaults(method);
    if (d) *ret = (MethodDefaults){d->epochs, d->batch, d->negatives, d->lr};
    return d != NULL;
}

void loss_words(bool reranker, Str *out)
{
    size_t count = reranker ? SCORE_LOSS_COUNT : LOSS_COUNT;
    for (size_t i = 0; i < count; i++)
        str_addf(out, "%s%s", i ? "|" : "", reranker ? SCORE_LOSSES[i].name : LOSSES[i].name);
}

typedef struct Asked {
    char *embedder, *reranker; /* one of them */
    Str methods;
    MethodsDone *done;
    void *context;
} Asked;

static bool work(void *data, const Env *env, Err *err)
{
    Asked *a = data;
    if (!a->reranker) return trainable_methods_of(env, a->embedder, &a->methods, err);
    str_add(&a->methods, "full|lora"); /* the first is what a reranker takes unasked */
    return reranker_exists(env, a->reranker, err);
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
    free(a->reranker);
    str_release(&a->methods);
    free(a);
}

void methods_ask(Desk *d, const void *slot, const char *embedder, const char *reranker,
                 MethodsDone *callback, void *context)
{
    Asked *a = mem_zero(1, sizeof *a);
    *a = (Asked){.done = callback, .context = context};
    if (reranker)
        a->reranker = mem_strdup(reranker);
    else
        a->embedder = mem_strdup(embedder);
    Inquiry q = {.slot = slot, .work = work, .done = done, .release = release, .data = a};
    desk_ask(d, LANE_PAGE, &q);
}
