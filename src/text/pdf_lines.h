/* PDF lines: what `pdftotext -bbox` prints, a word with its box each, put together into lines.
 *
 * Words come in the order in which the file draws them (-raw), which is the order of reading in
 * almost every file, rows of tables included. Lengths are points, y grows downwards. */
#ifndef TEXT_PDF_LINES_H
#define TEXT_PDF_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

#define PDF_HEIGHT_BINS 1000 /* tenths of a point */

typedef struct PdfLine {
    float x0, y0, x1, y1; /* of all of its words */
    float height;         /* of the words that most of its characters stand in */
    float low;            /* the height that four fifths of its characters have or exceed */
    float middle;         /* y of those words' middle */
    float first_width;    /* of its first word; of its first character in a script without blanks */
    float second_x;       /* where its second word begins; x0 when there is none */
    float cell;           /* width of a character when all have the same, else 0 */
    size_t at, size;      /* its text in PdfLines.text */
    uint32_t page;        /* index */
    bool han;             /* most characters are of a script without blanks */
    bool sure;            /* `cell` rests on several words */
    bool row;             /* a wide gap: cells of a table */
    bool up;              /* it begins above the line before it on the same page */
    bool drop;            /* running head or foot; set by pdf_layout */
} PdfLine;

typedef struct PdfPage {
    float width, height;
    size_t first, end; /* lines */
} PdfPage;

typedef struct PdfLines {
    char *title; /* the file's own; NULL when it has none */
    Str text;
    VEC(PdfLine) lines;
    VEC(PdfPage) pages;
    /* Characters that stand in lines of another height, by their own height: a font with much of
     * that is used within text. See pdf_height_bin. */
    uint32_t within[PDF_HEIGHT_BINS];
} PdfLines;

typedef struct PdfParser PdfParser;

PdfParser *pdf_parser_new(PdfLines *out); /* out is borrowed and empty */
void pdf_parser_free(PdfParser *p);

/* pdf_parser_feed: the next piece of pdftotext's output, cut anywhere. ERR_LIMIT for too many words
 * or pages. */
bool pdf_parser_feed(PdfParser *p, const char *bytes, size_t size, Err *err);
void pdf_parser_end(PdfParser *p);

size_t pdf_height_bin(float height);

void pdf_lines_release(PdfLines *l);

#endif
