/* Editor: a text of several lines that is typed into. Holds the text and the cursor; a modal shows
 * it. */
#ifndef UI_EDITOR_H
#define UI_EDITOR_H

#include "ui/key.h"
#include "ui/text.h"

#define EDITOR_MAX_BYTES ((size_t)1 << 20) /* what goes beyond is left out */

typedef struct EditorState {
    char *text;
    size_t at;
} EditorState;

typedef struct Editor {
    Str text;     /* valid UTF-8; lines end with \n */
    size_t at;    /* byte where the next character goes */
    bool pasting; /* every key is text or nothing */

    TextLines
        lines;  /* of the last layout; line i holds the bytes up to where the next one begins */
    int width;  /* that they are wrapped for */
    bool stale; /* the text has changed since */
    size_t top, rows; /* first line shown, how many fit */
    int goal;         /* the column that Up and Down aim at; -1: the cursor's own */

    VEC(EditorState) undo; /* the oldest first */
    int change; /* the kind of the last change: those of a kind are taken back together */
} Editor;

void editor_set(Editor *e, const char *text);     /* the cursor at its start; nothing to undo */
void editor_replace(Editor *e, const char *text); /* as one change */
void editor_release(Editor *e);

/* editor_key: typing, Enter, Backspace, Del, Ctrl-W (word), arrows, Home, End, PgUp, PgDn, Ctrl-U
 * (takes the last change back); false: not its key. */
bool editor_key(Editor *e, Key k);

void editor_draw(Editor *e, Area a);
void editor_point(Editor *e, int y, int x); /* the cursor goes to a place of where it is drawn */
void editor_scroll(Editor *e, int by);      /* lines; the cursor comes along */

#endif
