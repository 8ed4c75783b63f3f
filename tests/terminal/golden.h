/* Golden: a screen as a text file that people can read and compare: the rows, below them the style
 * of every cell as a letter, below that what the letters mean. */
#ifndef TESTS_TERMINAL_GOLDEN_H
#define TESTS_TERMINAL_GOLDEN_H

#include "screen.h"

/* golden_write: appends. */
void golden_write(const Screen *s, Str *out);

/* golden_same: compares with the file; where HONE_UPDATE_GOLDEN=1 the file is written instead. On a
 * difference prints the lines that differ on `to` and returns false. */
bool golden_same(const Screen *s, const char *path, FILE *to);

#endif
