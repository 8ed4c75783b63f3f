/* Styles: what a cell says, by look; a theme makes colours and attributes of it. */
#ifndef UI_STYLE_H
#define UI_STYLE_H

#include <stdint.h>

typedef enum Look {
    LOOK_TEXT,
    LOOK_DIM,     /* beside the point */
    LOOK_TITLE,   /* headings, names of panes */
    LOOK_KEY,     /* a key that works here */
    LOOK_GOOD, LOOK_BAD, LOOK_WARN,
    LOOK_LINK,    /* can be opened */
    LOOK_LIT,     /* words that two texts share, what was searched for */
    LOOK_BORDER, LOOK_FOCUS, /* borders: of panes, of the one with the focus */
    LOOK_BAR,     /* scores, progress */
    LOOK_FIELD,   /* where text is typed */
    LOOK_BAND,    /* lines that run from edge to edge: head, foot */
    LOOK_SERIES_1, LOOK_SERIES_2, LOOK_SERIES_3, LOOK_SERIES_4,
    LOOK_COUNT
} Look;

/* A Style is a look, and ON for the line or item under the cursor. */
typedef uint8_t Style;
#define STYLE_ON 0x80
#define STYLE_LOOK(s) ((Look)((s) & 0x7F))

#endif
