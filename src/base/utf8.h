/* UTF-8: decoding, validation, classes and display width of code points.
 * All offsets and sizes are bytes. Everything here is pure. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* utf8_next: decodes the character at text (size > 0 bytes left) into *ret_code and
 * returns its length, 1 to 4. A malformed sequence gives UTF8_REPLACEMENT and length 1. */
size_t utf8_next(const char *text, size_t size, uint32_t *ret_code);

/* utf8_back: the start of the character that ends just before text[at] (at > 0). */
size_t utf8_back(const char *text, size_t at);

/* utf8_put: encodes a code point into out[4]; returns its length. */
size_t utf8_put(uint32_t code, char out[4]);

bool utf8_valid(const char *text, size_t size, size_t *ret_bad_at); /* ret may be NULL */

/* utf8_clean: appends text to out with malformed bytes replaced by U+FFFD, NUL and other
 * C0/C1 control characters but \t and \n dropped, and \r\n or \r turned into \n. */
void utf8_clean(const char *text, size_t size, Str *out);

/* utf8_fold: appends text lower-cased by code point, and with full-width ASCII forms made plain. */
void utf8_fold(const char *text, size_t size, Str *out);
uint32_t utf8_fold_code(uint32_t code);

bool utf8_is_word(uint32_t code);     /* letter, mark or number */
bool utf8_is_letter(uint32_t code);
bool utf8_is_digit(uint32_t code);    /* decimal digit of any script */
bool utf8_is_upper(uint32_t code);
bool utf8_is_space(uint32_t code);
bool utf8_is_assigned(uint32_t code); /* a character of the Unicode version that is built in */

/* A character that a terminal acts on, or that turns the direction of what follows. */
bool utf8_is_active(uint32_t code);

/* Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar: scripts written without blanks */
bool utf8_is_unspaced(uint32_t code);
bool utf8_is_han(uint32_t code);
uint32_t utf8_lower(uint32_t code);

size_t utf8_count(const char *text, size_t size); /* characters */

/* utf8_grapheme: the length of the character as the eye sees it at text (size > 0): a base character
 * with its marks, joined emoji, a flag; and the terminal columns that it takes. */
size_t utf8_grapheme(const char *text, size_t size, int *ret_width);

/* terminal columns, by grapheme; controls count 0 */
int utf8_width(const char *text, size_t size);

/* utf8_fit: how many bytes of text fit into `columns` columns, never inside a grapheme. */
size_t utf8_fit(const char *text, size_t size, int columns);

/* utf8_line: makes a NUL-terminated text one line of valid UTF-8 in place: control characters
 * become blanks, malformed bytes '?', and a character cut off at the end is dropped. */
void utf8_line(char *text);

#endif
