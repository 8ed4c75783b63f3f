/* Keys: what a person pressed, as one number; their names as the table of commands writes them. */
#ifndef UI_KEY_H
#define UI_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef uint32_t Key; /* a code point (control characters too), or one of these */

enum {
    KEY_OTHER = 0x110000, /* not known */
    KEY_RETURN, KEY_ESC, KEY_TAB, KEY_BACK_TAB, KEY_ERASE, /* Backspace */
    KEY_ARROW_UP, KEY_ARROW_DOWN, KEY_ARROW_LEFT, KEY_ARROW_RIGHT,
    KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_FIRST, KEY_LAST, KEY_INSERT, KEY_REMOVE, /* Home, End, Ins, Del */
    KEY_FUNCTION, /* F1 is KEY_FUNCTION + 1 … F12 */
    KEY_FUNCTION_END = KEY_FUNCTION + 12,
    KEY_POINTER,  /* the mouse: see Event */
    KEY_RESIZED,
    KEY_PASTE_BEGIN, KEY_PASTE_END,
};

#define KEY_ALT 0x400000 /* or'd onto a key */
#define KEY_CTRL(letter) ((Key)((letter) & 0x1F))

typedef enum PointerAct { POINTER_PRESS, POINTER_DOUBLE, POINTER_DRAG, POINTER_RELEASE, POINTER_WHEEL_UP, POINTER_WHEEL_DOWN } PointerAct;

typedef struct Event {
    Key key;
    PointerAct act; /* of KEY_POINTER */
    int y, x;       /* where, on the whole screen */
} Event;

bool key_is_text(Key k); /* a character that can be typed into a field */

/* key_label: "a", "Space", "Enter", "Ctrl-R", "Alt-1", "F9", "Up". Appends. key_parse: its reverse
 * ("Insert" is "Ins" too); false: no such key. */
void key_label(Key k, Str *out);
bool key_parse(const char *name, Key *ret);

#endif
