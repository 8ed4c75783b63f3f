/* Session: the program on a fixture, from its start to a clean end. */
#ifndef TESTS_TERMINAL_SESSION_H
#define TESTS_TERMINAL_SESSION_H

#include "pty.h"

typedef struct Session {
    char *hone, *home, *project;
    Pty *pty;
} Session;

/* session_make: a scratch folder with a project of fixture.h (NULL: none yet). Ends the test with a
 * message when that cannot be made. */
void session_make(Session *s, const char *hone, const char *fixture);
void session_start(Session *s, int height, int width, char *const *environment);

/* session_quit: leaves whatever is open, then the program: it ends with status 0, the terminal is
 * left as it was, no sanitizer reported, and nothing was sent that should not have been. */
void session_quit(Session *s);
void session_release(Session *s);

/* session_escape: Esc until nothing lies over the views. */
void session_escape(Session *s);

/* session_shell: the exit status of a command with $PROJECT, $HONE and $HOME. */
int session_shell(const char *command, const char *hone, const char *home, const char *project);

/* sanitizer_reported: prints what a sanitizer wrote into the folder. */
bool sanitizer_reported(const char *home);

#endif
