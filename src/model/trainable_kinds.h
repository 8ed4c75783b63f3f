/* The kinds of trainables, one file each: trainable_adapter.c, trainable_table.c,
 * trainable_encoder.c. Used by trainable.c only. */
#ifndef MODEL_TRAINABLE_KINDS_H
#define MODEL_TRAINABLE_KINDS_H

#include "base/str.h"
#include "model/trainable.h"

typedef struct TrainableKind {
    const TrainableDefaults *(*defaults)(const char *method); /* NULL: not one of its methods */
    void (*list)(Str *out); /* appends " name" for each method, the smallest first */
    bool (*fits)(const Env *env, const char *embedder); /* one that an embedder answers to */
    bool (*make)(const Env *env, const TrainableWanted *wanted, Trainable **ret, Err *err);
} TrainableKind;

extern const TrainableKind TRAINABLE_ADAPTER;
extern const TrainableKind TRAINABLE_ENCODER;
extern const TrainableKind TRAINABLE_TABLE;

/* cross-encoders, which are asked for by TrainableWanted.reranker: its methods are those of encoders
 */
extern const TrainableKind TRAINABLE_CROSS;

#endif
