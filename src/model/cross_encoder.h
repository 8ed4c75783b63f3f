/* A cross-encoder: scores pairs of a query and a text, both read at once. A model folder with the
 * head of a sequence classifier of one label, as sentence-transformers' CrossEncoder takes it. */
#ifndef MODEL_CROSS_ENCODER_H
#define MODEL_CROSS_ENCODER_H

#include "base/cancel.h"
#include "base/progress.h"
#include "model/cross_head.h"
#include "model/ragged_run.h"

typedef struct TextPair {
    const char *query, *text;
} TextPair;

/* cross_encoder_tokens: appends a pair, too long the longer of the two cut at its end. */
void cross_encoder_tokens(const ModelFolder *f, const Tokenizer *t, TextPair pair, TokenBatch *out);

/* Open for use. May be used by several threads, which wait for each other. */
typedef struct CrossEncoder CrossEncoder;

/* cross_encoder_open: ERR_USAGE: the folder is no cross-encoder of one label. */
bool cross_encoder_open(const char *folder, Pool *pool, CrossEncoder **ret, Err *err);
void cross_encoder_close(CrossEncoder *c); /* NULL is allowed */

/* may be changed before the first score: the length that a project sets */
ModelFolder *cross_encoder_folder(CrossEncoder *c);
size_t cross_encoder_bytes(const CrossEncoder *c);

/* cross_encoder_score: out (count): logits, through a sigmoid where the folder says so. Finished
 * pairs are added to progress. */
bool cross_encoder_score(CrossEncoder *c, Pool *pool, const TextPair *pairs, size_t count,
                         float *out, const Cancel *cancel, Progress *progress, Err *err);

#endif
