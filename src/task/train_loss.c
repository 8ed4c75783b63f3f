/* What a run says about its loss, from words to numbers. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "num/loss.h"
#include "task/train.h"

static bool unknown_loss(const char *name, Err *err)
{
    Str names = {0};
    for (size_t i = 0; i < LOSS_COUNT; i++) str_addf(&names, "%s%s", i ? ", " : "", LOSSES[i].name);
    err_set(err, ERR_USAGE, "there is no loss '%s': use one of %s", name, str_get(&names));
    str_release(&names);
    return false;
}

static bool parse_directions(const char *text, unsigned *ret, Err *err)
{
    static const struct {
        const char *name;
        unsigned bit;
    } WORDS[] = {{"q-d", LOSS_QUESTION_TO_DOCUMENT},
                 {"d-q", LOSS_DOCUMENT_TO_QUESTION},
                 {"q-q", LOSS_QUESTION_TO_QUESTION},
                 {"d-d", LOSS_DOCUMENT_TO_DOCUMENT}};
    unsigned bits = LOSS_QUESTION_TO_DOCUMENT;
    for (const char *at = text; *at;) {
        size_t size = strcspn(at, ","), w = 0;
        while (w < 4 && !(strlen(WORDS[w].name) == size && memcmp(WORDS[w].name, at, size) == 0))
            w++;
        if (w == 4)
            return err_set(err, ERR_USAGE,
                           "'%.20s' is no direction: q-d, d-q, q-q and d-d, with commas between",
                           at);
        bits |= WORDS[w].bit;
        at += size + (at[size] == ',');
    }
    *ret = bits;
    return true;
}

static bool parse_dims(const char *text, size_t most, LossOptions *ret, Err *err)
{
    for (const char *at = text; *at;) {
        char *end;
        unsigned long long n = strtoull(at, &end, 10);
        bool number = end != at && (*end == ',' || *end == '\0') && *at != '-' && n > 0;
        if (!number || ret->matryoshka == LOSS_MATRYOSHKA)
            return err_set(err, ERR_USAGE,
                           "--matryoshka '%.60s': up to %d numbers of dimensions, with commas "
                           "between: 384,256,128",
                           text, LOSS_MATRYOSHKA);
        if (most && n > most)
            return err_set(err, ERR_USAGE,
                           "--matryoshka: %llu dimensions are asked for, the vectors have %zu", n,
                           most);
        ret->dims[ret->matryoshka++] = (size_t)n;
        at = end + (*end == ',');
    }
    return true;
}

static bool allowed(const TrainOptions *o, const Loss *loss, Err *err)
{
    if (o->dot && loss->cosine_only)
        return err_set(err, ERR_USAGE,
                       "the loss '%s' has no form with dot products: leave --dot out", loss->name);
    if (loss->needs_guide && !o->guide)
        return err_set(
            err, ERR_USAGE,
            "the loss '%s' needs a --guide: a retriever that is good already, as lsa or bm25",
            loss->name);
    if (!loss->needs_guide && o->guide)
        return err_set(err, ERR_USAGE, "--guide goes with the loss gist, not with '%s'",
                       loss->name);
    if (loss->needs_negatives && o->negatives == 0)
        return err_set(err, ERR_USAGE,
                       "the loss '%s' compares with negatives of each question: mine some and say "
                       "--negatives 4",
                       loss->name);
    return true;
}

bool train_loss_options(const TrainOptions *o, size_t dims, LossOptions *ret, Err *err)
{
    const Loss *loss = loss_find(o->loss);
    LossOptions l = {.scale = (float)o->scale,
                     .cosine = !o->dot,
                     .hardness = (float)o->hardness,
                     .margin = (float)o->margin,
                     .relative_margin = o->margin_relative};
    if (!loss) return unknown_loss(o->loss, err);
    if (!allowed(o, loss, err) ||
        (o->directions && !parse_directions(o->directions, &l.directions, err)) ||
        (o->matryoshka && !parse_dims(o->matryoshka, dims, &l, err)))
        return false;
    loss_defaults(loss, &l);
    *ret = l;
    return true;
}
