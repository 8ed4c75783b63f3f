/* Text: a document's text laid out in lines for a width, with some of its words lit. */
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include "base/vec.h"
#include "ui/grid.h"

typedef struct TextLine { size_t first, end; } TextLine; /* bytes [first, end) of the text */
typedef VEC(TextLine) TextLines;

/* text_wrap: breaks at blanks, between characters of unspaced scripts (not before closing
 * punctuation) and at line ends; a word longer than the width is cut. width < 1: one. Overwrites. */
void text_wrap(const char *text, size_t size, int width, TextLines *ret);

/* text_flow: a copy, byte for byte as long, in which the line ends within a paragraph are blanks:
 * files are often broken at some width of their own. Lists, tables, headings and indented lines keep
 * theirs. The caller's. */
char *text_flow(const char *text);

typedef struct TextSpan { size_t first, end; Style style; } TextSpan;
typedef VEC(TextSpan) TextSpans; /* ascending, apart */

/* text_draw: lines from `top` on into the area, spans in their style. Returns lines drawn. */
int text_draw(Area a, const char *text, const TextLines *lines, size_t top, Style style,
              const TextSpans *spans);

/* text_shared: the words (and, in unspaced scripts, pairs of characters) of text that `other` has
 * too, leaving out those that nearly every text has, as spans of LOOK_LIT. Overwrites. */
void text_shared(const char *text, const char *other, TextSpans *ret);

/* text_found: every place where needle stands, without regard to case. Overwrites. */
void text_found(const char *text, const char *needle, TextSpans *ret);

#endif
