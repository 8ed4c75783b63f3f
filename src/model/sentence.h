/* Sentence: a sentence encoder, from text to one vector: tokenizer, encoder, pooling, dense layers,
 * normalisation. The middle between model folders and what embeds or trains. */
#ifndef MODEL_SENTENCE_H
#define MODEL_SENTENCE_H

#include "base/cancel.h"
#include "base/progress.h"
#include "base/str.h"
#include "model/encoder.h"
#include "model/model_folder.h"
#include "model/ragged_run.h"
#include "store/rows.h"
#include "text/tokenizer.h"

/* sentence_tokens: appends one text, its role's prompt before it. */
void sentence_tokens(const ModelFolder *f, const Tokenizer *t, Role role, const char *text,
                     TokenBatch *out);

/* pooling_first_rows: whether pooling reads no row but a text's first. */
bool pooling_first_rows(const ModelFolder *f);

/* Pooling over a ragged batch and back. hidden (N,D); y (B, D · pooling_count); dhidden (N,D)
 * overwritten. */
void pooling_forward(const ModelFolder *f, const Ragged *batch, const uint32_t *skipped,
                     const float *hidden, float *y);
void pooling_backward(const ModelFolder *f, const Ragged *batch, const uint32_t *skipped,
                      const float *hidden, const float *dy, float *dhidden);

/* Dense layers behind the pooling: parameters in one block, layer by layer weight then bias. */
size_t dense_parameters(const ModelFolder *f);
bool dense_read(const ModelFolder *f, float *p, Err *err);
/* x (B, pooled), kept (dense_kept_floats · B) for backward; y (B, dims). */
size_t dense_kept_floats(const ModelFolder *f);
void dense_forward(Pool *pool, const ModelFolder *f, const float *p, const float *x, float *kept,
                   float *y, size_t B);
/* dx (B, pooled) overwritten; g accumulates; kept as forward left it */
void dense_backward(Pool *pool, const ModelFolder *f, const float *p, const float *x,
                    const float *kept, const float *dy, float *dx, float *g, size_t B);

/* A folder open for embedding. Immutable; embeds one batch at a time. */
typedef struct Sentence Sentence;
bool sentence_open(const char *folder, Pool *pool, Sentence **ret, Err *err);
void sentence_close(Sentence *s); /* NULL is allowed */
/* may be changed before the first embedding: prompts and length that a project sets */
ModelFolder *sentence_folder(Sentence *s);
const Tokenizer *sentence_tokenizer(const Sentence *s);
const Weights *sentence_weights(const Sentence *s);
size_t sentence_bytes(const Sentence *s, size_t *ret_opening);

/* sentence_embed: out (count, dims), L2-normalised: retrieval is by direction. Texts are taken by
 * length in ragged pieces of a bounded number of tokens; finished texts are added to progress. */
bool sentence_embed(Sentence *s, Pool *pool, Role role, const char *const *texts, size_t count,
                    float *out, const Cancel *cancel, Progress *progress, Err *err);

#endif
