#include "model/trainable.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/trainable_kinds.h"

static const TrainableKind *const KINDS[] = {
    &TRAINABLE_ADAPTER,
    &TRAINABLE_TABLE,
    &TRAINABLE_ENCODER,
};
#define KIND_COUNT (sizeof KINDS / sizeof *KINDS)

static const TrainableKind *find_kind(const char *method)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (KINDS[i]->defaults(method)) return KINDS[i];
    }
    return NULL;
}

const TrainableDefaults *trainable_defaults(const char *method)
{
    const TrainableKind *kind = find_kind(method);
    return kind ? kind->defaults(method) : NULL;
}

const TrainableDefaults *trainable_reranker_defaults(const char *method)
{
    return TRAINABLE_CROSS.defaults(method);
}

void trainable_methods(Str *out)
{
    for (size_t i = 0; i < KIND_COUNT; i++) KINDS[i]->list(out);
}

/* " a b" as "a|b", behind what is there. */
static void add_words(const char *words, Str *out)
{
    for (; *words; words++) {
        bool first = *words == ' ' && out->size == 0;
        if (!first) str_add_char(out, *words == ' ' ? '|' : *words);
    }
}

bool trainable_methods_of(const Env *env, const char *embedder, Str *out, Err *err)
{
    if (!embedder_exists(env, embedder, err)) return false;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        Str words = {0};
        if (KINDS[i]->fits(env, embedder)) KINDS[i]->list(&words);
        add_words(str_get(&words), out);
        str_release(&words);
    }
    return true;
}

bool trainable_new(const Env *env, const TrainableWanted *wanted, Trainable **ret, Err *err)
{
    const TrainableKind *kind = wanted->reranker ? &TRAINABLE_CROSS : find_kind(wanted->method);
    if (!kind) {
        Str methods = {0};
        trainable_methods(&methods);
        err_set(err, ERR_USAGE, "there is no training method '%s': use one of%s", wanted->method,
                str_get(&methods));
        str_release(&methods);
        return false;
    }
    return kind->make(env, wanted, ret, err);
}

void trainable_free(Trainable *t)
{
    if (t) t->ops->close(t);
}

size_t trainable_bytes(const Trainable *t)
{
    return t->ops->bytes(t);
}
