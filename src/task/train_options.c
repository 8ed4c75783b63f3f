/* What a run is asked for: defaults and what cannot be. */
#include <string.h>

#include "model/trainable.h"
#include "num/loss.h"
#include "num/loss_scores.h"
#include "task/train.h"

TrainOptions train_options_default(void)
{
    return (TrainOptions){.embedder = "lsa",
                          .method = "linear",
                          .loss = "mnrl",
                          .accumulate = 1,
                          .warmup = 0.1,
                          .weight_decay = 0.01,
                          .clip = 1,
                          .use_all_docs = true,
                          .seed = 1,
                          .dropout = -1};
}

static bool unknown_method(const char *method, Err *err)
{
    Str methods = {0};
    trainable_methods(&methods);
    err_set(err, ERR_USAGE, "there is no training method '%s': use one of%s", method,
            str_get(&methods));
    str_release(&methods);
    return false;
}

static bool reranker_loss(const TrainOptions *o, Err *err)
{
    Str names = {0};
    for (size_t i = 0; i < SCORE_LOSS_COUNT; i++)
        str_addf(&names, "%s%s", i ? ", " : "", SCORE_LOSSES[i].name);
    bool ok = score_loss_find(o->loss) ||
              err_set(err, ERR_USAGE, "rerankers have no loss '%s': use one of %s", o->loss,
                      str_get(&names));
    str_release(&names);
    if (ok && (o->guide || o->matryoshka || o->directions || o->hardness > 0 || o->dot))
        ok = err_set(err, ERR_USAGE,
                     "--guide, --matryoshka, --directions, --hardness and --dot are of vectors: a "
                     "reranker has none");
    return ok;
}

static bool check(const TrainOptions *o, Err *err)
{
    LossOptions unused;
    if (!(o->reranker ? reranker_loss(o, err) : train_loss_options(o, 0, &unused, err)))
        return false;
    if (o->refit && o->no_refit)
        return err_set(err, ERR_USAGE, "--refit and --no-refit exclude each other");
    if (o->epochs == 0 || o->batch < 2)
        return err_set(err, ERR_USAGE, "a run needs at least 1 epoch and batches of at least 2");
    if (o->accumulate == 0)
        return err_set(err, ERR_USAGE, "a step needs at least 1 batch: raise --accumulate");
    if (!(o->lr > 0) || !(o->warmup >= 0 && o->warmup <= 1))
        return err_set(err, ERR_USAGE,
                       "the learning rate must be above 0 and the warm-up between 0 and 1 (a share "
                       "of the run)");
    if (!(o->dropout < 1)) return err_set(err, ERR_USAGE, "the dropout must be below 1");
    return true;
}

/* What embedders take where nobody said otherwise is not what rerankers do. */
static void defaults_of_rerankers(TrainOptions *o)
{
    TrainOptions unsaid = train_options_default();
    if (strcmp(o->method, unsaid.method) == 0) o->method = "full";
    if (strcmp(o->loss, unsaid.loss) == 0) o->loss = SCORE_LOSSES[0].name;
    o->embedder = o->reranker;
}

bool train_options_resolve(const TrainOptions *o, TrainOptions *ret, Err *err)
{
    TrainOptions r = *o;
    if (r.reranker) defaults_of_rerankers(&r);
    const TrainableDefaults *d =
        r.reranker ? trainable_reranker_defaults(r.method) : trainable_defaults(r.method);
    if (!d && r.reranker)
        return err_set(err, ERR_USAGE, "rerankers are trained by --method full or lora, not '%s'",
                       r.method);
    if (!d) return unknown_method(r.method, err);
    if (r.negatives == 0) r.negatives = d->negatives;
    if (r.epochs == 0) r.epochs = d->epochs;
    if (r.batch == 0) r.batch = d->batch;
    if (r.lr == 0) r.lr = d->lr;
    if (!check(&r, err)) return false;
    *ret = r;
    return true;
}
