/* Sentences and tokens of running text, in any script; English, Chinese and Japanese with care.
 * Everything here is pure and linear in the size of the text. */
#ifndef TEXT_SENTENCES_H
#define TEXT_SENTENCES_H

#include <stddef.h>

#include "base/vec.h"

typedef struct Span {
    size_t first, end; /* bytes */
} Span;

typedef VEC(Span) Spans;

/* sentences_split: appends the sentences of text as adjoining spans that cover all of it (blanks
 * after a sentence belong to it). Does not cut at abbreviations (e.g., Inc., No. 5), decimals,
 * initials, ellipses, inside quotes that close after the mark, or at 。！？ followed by 」』”）.
 * An empty line always ends a sentence. */
void sentences_split(const char *text, size_t size, Spans *out);

/* clauses_split: the same for the clauses of one sentence (, ; : ，；、：— but never inside a
 * number). */
void clauses_split(const char *text, size_t size, Spans *out);

/* The same one at a time, for text of any size: the end of the sentence or clause that begins
 * at text[at], at < size. */
size_t sentence_end(const char *text, size_t size, size_t at);
size_t clause_end(const char *text, size_t size, size_t at);

/* token_count: the size measure of the chunker. A run of letters and digits counts one token for
 * each started six characters, a character of an unspaced script counts one, any other visible
 * character counts one, blanks count nothing. Close to what WordPiece gives on English and Chinese.
 */
size_t token_count(const char *text, size_t size);

#endif
