/* SVG: a screen as a picture, for the README. */
#ifndef TESTS_TERMINAL_SVG_H
#define TESTS_TERMINAL_SVG_H

#include "screen.h"

void svg_write(const Screen *s, Str *out); /* appends */

#endif
