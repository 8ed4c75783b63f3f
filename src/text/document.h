/* Document: the text of one file as the readers leave it for the chunker.
 *
 * Invariants: text is valid UTF-8 without control characters but \t and \n, lines end in \n,
 * paragraphs are separated by one empty line (code kept verbatim may hold more); pages and headings
 * are sorted by `at`; all offsets are bytes into text at character boundaries. A heading's words
 * stand in the text too, at [at, end), on lines of their own and as they are in the file ("##
 * Setup"): document_heading gives the words alone. */
#ifndef TEXT_DOCUMENT_H
#define TEXT_DOCUMENT_H

#include <stddef.h>

#include "base/str.h"
#include "base/vec.h"

typedef struct PageMark {
    size_t at; /* the page begins here */
    int page;  /* number as printed in the file's order, from 1 */
} PageMark;

typedef struct HeadingMark {
    size_t at, end;
    int level; /* 1 is the highest; level 0 is a hard boundary without words (a new record), at ==
                  end */
} HeadingMark;

typedef struct Document {
    char *title;          /* never NULL after a reader; from the file's own title, else its first
                             heading, else its name without ending */
    const char *format;   /* the reader's name: "markdown", "pdf" … static */
    const char *encoding; /* "UTF-8", "UTF-16LE", "GB18030" … static */
    Str text;
    VEC(PageMark) pages; /* empty: the file has no pages */
    VEC(HeadingMark) headings;
} Document;

void document_release(Document *d);
int document_page(const Document *d, size_t at); /* 0: no pages */

/* document_heading: appends the words of a heading, without #'s, blanks in a row as one. */
void document_heading(const Document *d, const HeadingMark *mark, Str *out);

#endif
