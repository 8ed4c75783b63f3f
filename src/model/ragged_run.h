/* RaggedRunner: an encoder's forward over many tokenised texts: taken by length in ragged pieces of
 * a bounded number of tokens, the longest first, so that what takes most memory fails at once and
 * an ETA errs on the safe side. Holds the room of its passes, which grows to what is asked of it: a
 * question needs less than a corpus. May be used by several threads, which wait for each other. */
#ifndef MODEL_RAGGED_RUN_H
#define MODEL_RAGGED_RUN_H

#include "base/cancel.h"
#include "base/progress.h"
#include "base/vec.h"
#include "model/encoder.h"
#include "text/tokenizer.h"

/* ragged_tokens: of a piece, so that it takes about a second and a stop is heeded soon; a single
 * longer text is one of its own. ragged_operations: multiplications and additions of a token in the
 * linear layers. */
size_t ragged_tokens(const EncoderShape *s);
double ragged_operations(const EncoderShape *s);

/* TokenBatch: tokenised texts, with how many of a text's first tokens are not pooled (its prompt,
 * where the folder says so). */
typedef struct TokenBatch {
    Tokens ids;
    Tokens types;          /* as many as ids, or none: all 0 */
    VEC(uint32_t) offset;  /* (texts + 1) */
    VEC(uint32_t) skipped; /* (texts) first tokens that pooling leaves out */
} TokenBatch;

/* token_batch_end: what was appended to ids and types since the last one is a text. One without any
 * token (a tokenizer need not add special ones) becomes one unknown word; types that the model does
 * not have become its last. */
void token_batch_end(const EncoderShape *s, const Tokenizer *t, size_t skipped, TokenBatch *b);
void token_batch_release(TokenBatch *b);

typedef struct RaggedRunner RaggedRunner;

RaggedRunner *ragged_runner_new(const Encoder *e); /* e is borrowed */
void ragged_runner_free(RaggedRunner *r);          /* NULL is allowed */
size_t ragged_runner_bytes(const EncoderShape *s, size_t threads);

/* One finished pass: hidden (N,D) of the B texts of batch, which are the caller's texts number
 * text[0 .. B). All borrowed until the function returns. */
typedef struct RaggedPiece {
    Ragged batch;
    const uint32_t *skipped; /* (B) */
    const size_t *text;      /* (B) */
    const float *hidden;
} RaggedPiece;

typedef void RaggedDone(void *context, const RaggedPiece *piece);

/* ragged_run: each (count) one text each, at least one token long. first_rows: as EncoderPass has
 * it. Finished texts are added to progress; cancel is looked at between pieces. */
bool ragged_run(RaggedRunner *r, Pool *pool, const TokenBatch *each, size_t count, bool first_rows,
                RaggedDone *done, void *context, const Cancel *cancel, Progress *progress,
                Err *err);

#endif
