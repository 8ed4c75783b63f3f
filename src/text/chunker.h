/* Chunker: a Document → passages.
 *
 * Sections are packed greedily with paragraphs; what is too long is cut into lines (preformatted
 * blocks), sentences, clauses, words; the last two chunks of a section are balanced when the last
 * one is small. Linear in the size of the document.
 *
 * Invariants: chunks are in the order of the text; without their overlap they cover all of it but
 * blank space; none is longer than max_tokens unless one number or grapheme is; no cut is inside a
 * character, grapheme or number, nor inside a word that is not longer than max_tokens; overlap is
 * whole sentences of the previous chunk (of the same section); a chunk never crosses a hard
 * boundary, nor a heading unless the section before it alone is smaller than min_tokens or has no
 * text, and what follows stands under the same parent. A heading begins its chunk or stands inside
 * it, never at its end with its text in the next (but beside a number that leaves it no room). */
#ifndef TEXT_CHUNKER_H
#define TEXT_CHUNKER_H

#include <stddef.h>

#include "base/vec.h"
#include "text/document.h"

typedef struct ChunkOptions {
    size_t max_tokens;     /* default 256; overlap included; 0 counts as 1 */
    size_t overlap_tokens; /* at most; default 32; at most half of max_tokens */
    size_t min_tokens;     /* smaller sections are joined with what follows under the same parent;
                              default 48 */
} ChunkOptions;

typedef struct Passage {
    size_t first, end; /* bytes of Document.text, overlap included; no blank space at the ends */
    size_t overlap;    /* leading bytes that repeat the previous chunk */
    size_t char_first, char_end; /* the same range in characters (code points) */
    size_t overlap_chars;
    size_t tokens;
    int page_first, page_last; /* 0: no pages; pages of the range without the overlap */
    char *heading; /* "Chapter › Section" of the first own byte, with the deeper headings that
                      follow it at once; "" when none; owned */
} Passage;

typedef VEC(Passage) Passages;

ChunkOptions chunk_options_default(void);

/* chunker_cut: appends the passages of d; blank text gives none. */
void chunker_cut(const Document *d, const ChunkOptions *options, Passages *ret);
void passages_release(Passages *p);

#endif
