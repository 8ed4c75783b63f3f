/* Typing is no command: typing HONE. Every field of the screen is given each printable character
 * and a long paste that holds line ends and control characters; nothing of it is carried out. */
#include <stdio.h>
#include <stdlib.h>

#include "screen.h"
#include "session.h"

#define PASTE_BYTES ((size_t)100 << 10)
#define KEYS_MOST 4

typedef struct Place {
    const char *what;
    const char *keys[KEYS_MOST]; /* that lead there */
    bool asks;                   /* before what was typed is given up */
} Place;

static const Place PLACES[] = {
    {"the search field", {"6"}, false},
    {"a filter", {"2", "&"}, false},
    {"a search in a list", {"2", "/"}, false},
    {"a note", {"2", "f"}, false},
    {"a question's text", {"2", "e"}, false},
    {"a new question", {"2", "i"}, false},
    {"an order", {"2", "o"}, false},
    {"a form's arguments", {",", "i"}, false},
    {"a form's field", {"t", "Down", "Down"}, false},
    {"the editor", {"1", "e"}, true},
    {"the palette", {":"}, false},
    {"help", {"?"}, false},
    {"a path", {",", "f"}, false},
};

static void expect_nothing_done(Pty *p, const Place *place, const char *by)
{
    if (p->acts.count)
        pty_fail(p, "%s in %s: the command '%s' was carried out", by, place->what,
                 p->acts.items[0]);
    Screen s;
    screen_take(p, &s);
    bool same = screen_find(&s, "15✓ 2✗ 10?", NULL, NULL);
    screen_release(&s);
    if (!same) pty_fail(p, "%s in %s: the questions are not what they were", by, place->what);
}

static void type_everything(Pty *p, const Place *place)
{
    char all[128];
    size_t size = 0;
    for (char c = ' '; c <= '~'; c++) all[size++] = c;
    pty_forget_acts(p);
    pty_send(p, all, size, (unsigned)size);
    pty_wait(p);
    expect_nothing_done(p, place, "typing");
}

/* All control characters but Escape, which comes with what follows it, and 0, which ends a text. */
static char *long_paste(void)
{
    Str text = {0};
    for (size_t n = 0; text.size < PASTE_BYTES; n++) {
        str_addf(&text, "line %zu q\tx\n:q\x1bx\xE7\x81\xAF", n);
        char control = (char)(1 + n % 31);
        if (control != '\x1b') str_add_char(&text, control);
        str_add_char(&text, 'y');
    }
    return str_take(&text);
}

static void leave(Pty *p, const Place *place)
{
    pty_key(p, "Esc");
    pty_wait(p);
    if (place->asks) {
        pty_key(p, "y");
        pty_wait(p);
    }
    pty_key(p, "Esc");
    pty_wait(p);
    pty_key(p, "Alt-2");
    pty_wait(p);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s HONE\n", argv[0]);
        return 2;
    }
    Session s;
    char *paste = long_paste();
    session_make(&s, argv[1], "en");
    session_start(&s, 30, 100, NULL);
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        const Place *place = &PLACES[i];
        for (size_t k = 0; k < KEYS_MOST && place->keys[k]; k++) {
            pty_key(s.pty, place->keys[k]);
            pty_wait(s.pty);
        }
        type_everything(s.pty, place);
        pty_forget_acts(s.pty);
        pty_paste(s.pty, paste);
        pty_wait(s.pty);
        expect_nothing_done(s.pty, place, "a paste");
        leave(s.pty, place);
    }
    session_quit(&s);
    session_release(&s);
    free(paste);
    return 0;
}
