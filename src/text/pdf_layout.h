/* PDF layout: lines with boxes → paragraphs, headings and pages of a Document.
 * The passes, in order: running heads, headings, paragraphs. */
#ifndef TEXT_PDF_LAYOUT_H
#define TEXT_PDF_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/document.h"
#include "text/pdf_lines.h"

/* What lines of running text look like in this file. */
typedef struct PdfBody {
    float height, height_han; /* of a line in spaced and in unspaced scripts */
    float pitch;              /* from line to line within a paragraph */
    float mono_pitch;         /* the same in code */
    bool all_mono;            /* a typewritten file: equal widths mean nothing */
} PdfBody;

/* PdfMark: what pdf_headings found a line to be. */
typedef struct PdfMark {
    uint8_t level; /* of the heading that it belongs to; 0: none */
    bool goes_on;  /* the heading began on an earlier line */
    bool large;    /* set in larger type than running text */
    bool toc;      /* a line of a table of contents */
} PdfMark;

/* pdf_drop_running: sets `drop` on running heads, running feet and page numbers: what stands
 * outermost at the same height of most pages and, digits aside, says the same again and again. */
void pdf_drop_running(PdfLines *l);

/* pdf_order_is_doubtful: the file draws its text so much out of order that pdftotext's own
 * order of reading is to be preferred. */
bool pdf_order_is_doubtful(const PdfLines *l);

PdfBody pdf_measure_body(const PdfLines *l);
bool pdf_is_mono(const PdfLine *line, const PdfBody *body);
float pdf_relative_height(const PdfLine *line, const PdfBody *body); /* 1 for running text */

/* pdf_find_headings: marks (l->lines.count, zeroed) are filled. A heading is set in larger type, or
 * is numbered in step with the others ("2.3.4 Title", "第三章") and stands alone. */
void pdf_find_headings(const PdfLines *l, const PdfBody *body, PdfMark *marks);

void pdf_write(const PdfLines *l, const PdfBody *body, const PdfMark *marks, Document *out);

#endif
