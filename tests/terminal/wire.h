/* Wire: looks at every byte that a program sends to its terminal. A screen made of documents must
 * not let a document talk to the terminal: only what the terminal library itself sends may arrive.
 */
#ifndef TESTS_TERMINAL_WIRE_H
#define TESTS_TERMINAL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Wire {
    int state;
    uint32_t code;   /* of the character under way */
    int left;        /* bytes of it that are still to come */
    char string[24]; /* how an OSC or a control sequence begins */
    size_t string_size;
    bool cursor_hidden; /* libvterm brings it back with the cursor's place, terminals do not */
    bool ascii;         /* bytes above 0x7F are a fault too */
    char fault[96];     /* "": none yet; the first is kept */
    size_t bytes;       /* seen so far */
} Wire;

void wire_look(Wire *w, const char *bytes, size_t size);

#endif
