#include "ui/theme.h"

#include <string.h>

/* Colours of one style in a theme: of 256, and of 8 where there are no more. */
typedef struct Paint {
    short wide, narrow;
    bool bold, dim, underline, reverse;
} Paint;

static const Paint DARK[LOOK_COUNT] = {
    [LOOK_TEXT] = {-1, -1},
    [LOOK_DIM] = {245, -1, .dim = true},
    [LOOK_TITLE] = {-1, -1, .bold = true},
    [LOOK_KEY] = {80, 6, .bold = true},
    [LOOK_GOOD] = {114, 2},
    [LOOK_BAD] = {210, 1, .bold = true},
    [LOOK_WARN] = {221, 3},
    [LOOK_LINK] = {117, 6},
    [LOOK_LIT] = {222, 3, .underline = true},
    [LOOK_BORDER] = {240, -1, .dim = true},
    [LOOK_FOCUS] = {80, 6},
    [LOOK_BAR] = {75, 4},
    [LOOK_FIELD] = {-1, -1, .underline = true},
    [LOOK_BAND] = {-1, -1, .reverse = true},
    [LOOK_SERIES_1] = {80, 6},
    [LOOK_SERIES_2] = {221, 3},
    [LOOK_SERIES_3] = {176, 5},
    [LOOK_SERIES_4] = {114, 2},
};

static const Paint LIGHT[LOOK_COUNT] = {
    [LOOK_TEXT] = {-1, -1},
    [LOOK_DIM] = {243, -1, .dim = true},
    [LOOK_TITLE] = {-1, -1, .bold = true},
    [LOOK_KEY] = {25, 4, .bold = true},
    [LOOK_GOOD] = {28, 2},
    [LOOK_BAD] = {124, 1, .bold = true},
    [LOOK_WARN] = {130, 5},
    [LOOK_LINK] = {25, 4},
    [LOOK_LIT] = {94, 5, .underline = true},
    [LOOK_BORDER] = {248, -1, .dim = true},
    [LOOK_FOCUS] = {25, 4},
    [LOOK_BAR] = {25, 4},
    [LOOK_FIELD] = {-1, -1, .underline = true},
    [LOOK_BAND] = {-1, -1, .reverse = true},
    [LOOK_SERIES_1] = {25, 4},
    [LOOK_SERIES_2] = {130, 1},
    [LOOK_SERIES_3] = {90, 5},
    [LOOK_SERIES_4] = {28, 2},
};

static const Paint MONO[LOOK_COUNT] = {
    [LOOK_TEXT] = {-1, -1},
    [LOOK_DIM] = {-1, -1, .dim = true},
    [LOOK_TITLE] = {-1, -1, .bold = true},
    [LOOK_KEY] = {-1, -1, .bold = true},
    [LOOK_GOOD] = {-1, -1},
    [LOOK_BAD] = {-1, -1, .bold = true},
    [LOOK_WARN] = {-1, -1, .bold = true},
    [LOOK_LINK] = {-1, -1, .underline = true},
    [LOOK_LIT] = {-1, -1, .underline = true},
    [LOOK_BORDER] = {-1, -1, .dim = true},
    [LOOK_FOCUS] = {-1, -1, .bold = true},
    [LOOK_BAR] = {-1, -1},
    [LOOK_FIELD] = {-1, -1, .underline = true},
    [LOOK_BAND] = {-1, -1, .reverse = true},
    [LOOK_SERIES_1] = {-1, -1, .bold = true},
    [LOOK_SERIES_2] = {-1, -1},
    [LOOK_SERIES_3] = {-1, -1, .dim = true},
    [LOOK_SERIES_4] = {-1, -1, .dim = true},
};

static const struct {
    const char *name;
    const Paint *paints;
    short on_wide; /* background of the line under the cursor among 256; -1: reversed */
} THEMES[THEME_COUNT] = {
    [THEME_DARK] = {"dark", DARK, 237},
    [THEME_LIGHT] = {"light", LIGHT, 253},
    [THEME_MONO] = {"mono", MONO, -1},
};

const char *theme_name(ThemeId t)
{
    return THEMES[t].name;
}

ThemeId theme_find(const char *name)
{
    ThemeId t = 0;
    while (t < THEME_COUNT && strcmp(THEMES[t].name, name) != 0) t++;
    return t;
}

Ink theme_ink(ThemeId theme, int colours, Style style)
{
    if (colours < 8) theme = THEME_MONO;
    const Paint *p = &THEMES[theme].paints[STYLE_LOOK(style)];
    bool many = colours >= 256;
    Ink ink = {many ? p->wide : p->narrow,        -1,           p->bold,
               p->dim && !(many && p->wide >= 0), p->underline, p->reverse};
    if (style & STYLE_ON) {
        if (many && THEMES[theme].on_wide >= 0)
            ink.background = THEMES[theme].on_wide;
        else
            ink.reverse = !ink.reverse;
        ink.dim = false;
    }
    return ink;
}
