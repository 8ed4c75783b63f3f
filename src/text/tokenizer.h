/* Tokenizers of encoders: text → token ids, token for token as the `tokenizers` library does it.
 * WordPiece (BERT), Unigram (XLM-R, with its precompiled normaliser) and byte-level BPE (RoBERTa),
 * from tokenizer.json with the JSON's own normaliser, pre-tokenizer, template and added tokens, or
 * from vocab.txt. What a file asks for beyond that is refused by name. One kind, one file, one row
 * of the table in tokenizer.c. Immutable once open; used by any number of threads. Any bytes are a
 * text: broken UTF-8 is read as U+FFFD, as Python's errors="replace" does it. */
#ifndef TEXT_TOKENIZER_H
#define TEXT_TOKENIZER_H

#include <stdint.h>

#include "base/err.h"
#include "base/vec.h"

typedef struct Tokenizer Tokenizer;

typedef VEC(uint32_t) Tokens;

typedef struct TokenizerInfo {
    const char *kind;                        /* "wordpiece", "unigram", "bpe" */
    size_t words;                            /* ids are below this */
    uint32_t pad, unknown, first, separator; /* [PAD], [UNK], [CLS] or <s>, [SEP] or </s> */
    uint32_t mask;                           /* UINT32_MAX: has none */
    size_t single, pair; /* special tokens that the template adds to one text, to two */
    size_t longest;      /* model_max_length of tokenizer_config.json, 0: not said */
} TokenizerInfo;

/* tokenizer_open: of a model folder: tokenizer.json, else vocab.txt; tokenizer_config.json is read
 * for what only it says (do_lower_case with vocab.txt, model_max_length). ERR_FORMAT, ERR_LIMIT. */
bool tokenizer_open(const char *folder, Tokenizer **ret, Err *err);
/* tokenizer_parse: of the bytes of a tokenizer.json; name stands in messages. */
bool tokenizer_parse(const char *json, size_t size, const char *name, Tokenizer **ret, Err *err);
void tokenizer_free(Tokenizer *t); /* NULL is allowed */
TokenizerInfo tokenizer_info(const Tokenizer *t);
size_t tokenizer_bytes(const Tokenizer *t); /* memory that it holds */

/* tokenizer_text: appends the ids of a text, without special tokens, at most `most` of them (0:
 * all; the rest of the text need not be looked at). */
void tokenizer_text(const Tokenizer *t, const char *text, size_t size, size_t most, Tokens *out);

/* tokenizer_single: appends the ids of one text with the template's special tokens, at most `most`
 * in all (0: no limit), cut at the end of the text. tokenizer_pair: of two; types (may be NULL)
 * gets the template's type of each; too long, the longer of the two loses tokens at its end, as
 * "longest_first" does. */
void tokenizer_single(const Tokenizer *t, const char *text, size_t most, Tokens *out);
void tokenizer_pair(const Tokenizer *t, const char *a, const char *b, size_t most, Tokens *out,
                    Tokens *types);

/* The text of a token, for messages and tests; borrowed, NUL-terminated; NULL: no such id. */
const char *tokenizer_token(const Tokenizer *t, uint32_t id);

#endif
