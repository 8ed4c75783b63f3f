/* Chunker: a Document → passages.
 *
 * Invariants: chunks are in the order of the text; without their overlap they cover all of it but
 * blank space; none is longer than max_tokens unless one unbreakable word or number is; no cut is
 * inside a character, grapheme, word or number; overlap is whole sentences of the previous chunk (of the
 * same section); a chunk never crosses a heading of a level above split_level or a hard boundary unless
 * a section alone is smaller than min_tokens. */
#ifndef TEXT_CHUNKER_H
#define TEXT_CHUNKER_H

#include <stddef.h>

#include "base/vec.h"
#include "text/document.h"

typedef struct ChunkOptions {
    size_t max_tokens;     /* default 256 */
    size_t overlap_tokens; /* at most; default 32 */
    size_t min_tokens;     /* smaller sections are joined with what follows under the same parent; default 48 */
} ChunkOptions;

typedef struct Passage {
    size_t first, end;       /* bytes of Document.text, overlap included; no blank space at the ends */
    size_t overlap;          /* leading bytes that repeat the previous chunk */
    size_t char_first, char_end; /* the same range in characters (code points) */
    size_t overlap_chars;
    size_t tokens;
    int page_first, page_last; /* 0: no pages; pages of the range without the overlap */
    char *heading;             /* "Chapter › Section" of the first own byte; "" when none; owned */
} Passage;

typedef VEC(Passage) Passages;

ChunkOptions chunk_options_default(void);
void chunker_cut(const Document *d, const ChunkOptions *options, Passages *ret);
void passages_release(Passages *p);

#endif
