/* Themes: the ink of each style for a terminal of so many colours. One theme, one row. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/style.h"

typedef enum ThemeId { THEME_DARK, THEME_LIGHT, THEME_MONO, THEME_COUNT } ThemeId;

typedef struct Ink {
    short foreground, background; /* numbers of colours; -1: the terminal's own */
    bool bold, dim, underline, reverse;
} Ink;

const char *theme_name(ThemeId t);
ThemeId theme_find(const char *name); /* THEME_COUNT: unknown */

/* theme_ink: colours: how many the terminal has; below 8 as THEME_MONO. Nothing is said by colour
 * alone: good, bad, shared words and the cursor differ in attributes or text too. */
Ink theme_ink(ThemeId theme, int colours, Style style);

#endif
