/* Pieces: the ladder on which the chunker climbs down when a text is too long: paragraphs, lines of
 * a preformatted block, sentences, clauses, words, atoms, parts of an endless word. Everything here
 * is pure and linear in the size of the text. */
#ifndef TEXT_PIECES_H
#define TEXT_PIECES_H

#include <stdbool.h>
#include <stddef.h>

#define PIECE_NUMBER_BYTES 4096 /* a longer row of digits is no number */

typedef enum PieceLevel {
    PIECE_PARAGRAPH, /* up to an empty line */
    PIECE_LINE,
    PIECE_SENTENCE,
    PIECE_CLAUSE,
    PIECE_WORD, /* up to a blank; in an unspaced script one grapheme with the marks that follow it
                 */
    PIECE_ATOM, /* a run of letters or digits, a number with its points and sign, any other grapheme
                 */
    PIECE_PART, /* graphemes of up to six characters, which are one token, or a number */
} PieceLevel;

/* piece_end: the end of the piece that begins at text[at], at < size. Pieces adjoin; blanks after
 * one belong to it. Never inside a grapheme (of a sane size) or a number. */
size_t piece_end(PieceLevel level, const char *text, size_t size, size_t at);

/* piece_below: the level into which an overlong piece is cut. PIECE_PART is its own. */
PieceLevel piece_below(PieceLevel level, const char *text, size_t size);

/* piece_is_number: the text is one number, blanks around it aside. */
bool piece_is_number(const char *text, size_t size);

size_t piece_skip_blanks(const char *text, size_t size, size_t at);
size_t piece_trim_blanks(const char *text, size_t first, size_t end); /* the new end */

#endif
