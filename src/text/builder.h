/* Builder: how the readers of marked-up formats write a Document's text, so that its invariants are
 * kept in one place. Words come in pieces; blanks in a row become one; paragraphs, lines and
 * headings are ended by a call. Headings and records are marked where they begin. */
#ifndef TEXT_BUILDER_H
#define TEXT_BUILDER_H

#include <stdbool.h>
#include <stddef.h>

#include "text/document.h"

typedef struct Builder {
    Document *document; /* borrowed */
    Str line;           /* the paragraph being written */
    int level;          /* of the heading being written, 0 for a plain paragraph */
    bool blank;         /* a blank is due before the next word */
    bool tight;         /* the next paragraph follows on the next line, without an empty one */
} Builder;

void builder_init(Builder *b, Document *d);
void builder_release(Builder *b);

/* builder_text: adds running text; line ends in it count as blanks. Control characters are dropped.
 */
void builder_text(Builder *b, const char *text, size_t size);

/* builder_verbatim: adds text with its blanks and line ends as they are. */
void builder_verbatim(Builder *b, const char *text, size_t size);

void builder_line(Builder *b);      /* goes on at the next line of the same paragraph */
void builder_tab(Builder *b);       /* next cell of a row */
void builder_paragraph(Builder *b); /* ends the paragraph, if there is one */
void builder_tight(Builder *b);     /* ends it; what follows stands on the next line */
void builder_heading(Builder *b,
                     int level); /* the paragraph begun now is a heading; end it as a paragraph */

/* builder_record: ends the paragraph and sets a hard boundary; a title that is not "" becomes a
 * heading of level 1. */
void builder_record(Builder *b, const char *title);

/* builder_field: one line "name: value" of a record; a value "" gives nothing. */
void builder_field(Builder *b, const char *name, const char *value);

/* builder_block: paragraphs of plain text as they stand, empty lines in a row made one. */
void builder_block(Builder *b, const char *text, size_t size);

#endif
