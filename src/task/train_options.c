/* What a run is asked for: defaults and what cannot be. */
#include <string.h>

#include "model/trainable.h"
#include "num/loss.h"
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

static bool check(const TrainOptions *o, Err *err)
{
    LossOptions unused;
    if (!train_loss_options(o, 0, &unused, err)) return false;
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

bool train_options_resolve(const TrainOptions *o, TrainOptions *ret, Err *err)
{
    const TrainableDefaults *d = trainable_defaults(o->method);
    if (!d) return unknown_method(o->method, err);
    TrainOptions r = *o;
    if (r.epochs == 0) r.epochs = d->epochs;
    if (r.batch == 0) r.batch = d->batch;
    if (r.lr == 0) r.lr = d->lr;
    if (!check(&r, err)) return false;
    *ret = r;
    return true;
}
