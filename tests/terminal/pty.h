/* Pty: a program in a pseudo terminal, its screen kept by libvterm.
 *
 * Nothing sleeps. The program is given HONE_IDLE_FD, a descriptor to which it writes lines:
 *   idle EVENTS JOBS HEIGHTxWIDTH BYTES   everything is drawn and nothing asked is outstanding
 *   drawn EVENTS MICROSECONDS             a frame was written that shows what they did, so long
 *                                         after the first of them that it shows was taken
 *   act NAME                              a command of the table was carried out
 * EVENTS: how many keys (begin and end of a paste are two) and reports of the mouse it has worked
 * through since its start; resizes may count, and are waited for by their size. A test has sent so
 * many events itself and waits for the line that covers them; it then lets everything written so
 * far arrive by sending a mark through the terminal behind it. A test that waits longer than its
 * patience fails with the screen printed.
 *
 * The functions end the test with a message when the terminal cannot be made. One thread. */
#ifndef TESTS_TERMINAL_PTY_H
#define TESTS_TERMINAL_PTY_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

#include "base/str.h"
#include "base/vec.h"
#include "wire.h"

typedef VEC(char *) Words;

typedef struct PtyOptions {
    int height, width;
    char *const *arguments;   /* the program's path first; NULL at the end */
    char *const *environment; /* NAME=VALUE, over the fixed ones; NULL at the end, or NULL */
    const char *home;         /* scratch folder: HOME, XDG_* and the working directory */
} PtyOptions;

/* The last idle line. */
typedef struct PtyIdle {
    size_t lines; /* how many came */
    unsigned long long events;
    unsigned jobs;
    int height, width;
    double at_s; /* clock_s() of its arrival */
} PtyIdle;

typedef struct Pty {
    VTerm *vt;
    VTermScreen *screen;
    int master,
        slave; /* the slave is held to mark the end of what was written, and for tcgetattr */
    int idle_fd, reports, orders;
    pid_t leader, child;
    int height, width;

    PtyIdle idle;
    Str idle_line; /* under way */
    size_t frames;            /* drawn so far */
    unsigned long long drawn; /* events that the last one shows */
    double drawn_s;           /* clock_s() when that was told */
    double drawn_us;          /* what the program took for it */
    Words acts;    /* names of commands since the last pty_forget_acts */

    unsigned long long sent; /* events that the program has to work through */
    size_t bytes;            /* that it wrote */
    Str log;                 /* the first PTY_LOG_MOST of them */
    Str typed;               /* what was sent to it */
    Str held;                /* may be the start of a mark */
    bool marked;
    Wire wire;
    double echo_s; /* clock_s() of the first byte since the last input; 0: none came */

    bool alternate; /* modes of the terminal */
    int mouse;
    unsigned bells;

    bool stopped, ended;
    int status;            /* as waitpid gives it */
    Str output;            /* what libvterm has to say to the program */
    struct termios before; /* of the terminal before the program ran */
} Pty;

#define PTY_LOG_MOST ((size_t)16 << 20)

Pty *pty_start(const PtyOptions *o);
void pty_free(Pty *p); /* kills what still runs. NULL is allowed */

/* ---- sending; nothing here waits ---- */

/* pty_send: bytes as if typed; events: how many the program counts them as. */
void pty_send(Pty *p, const char *bytes, size_t size, unsigned events);

/* pty_key: by name: "a", "é", "F9", "Ctrl-R", "Alt-1", "Enter", "Shift-Tab" … false: no such key.
 */
bool pty_key(Pty *p, const char *name);
void pty_paste(Pty *p, const char *text);

/* pty_mouse: button 1 to 3, or 4 and 5 for the wheel; rows and columns from 0. Reports that come
 * together may count as one: it waits where the way there is reported too. */
void pty_mouse(Pty *p, int button, bool down, int y, int x);
void pty_point(Pty *p, int y, int x); /* moves: reports only while the program asked for them */
void pty_click(Pty *p, int y, int x); /* down, up; waits between, so that reports stay apart */
void pty_resize(Pty *p, int height, int width);
void pty_signal(Pty *p, int signal_number);

/* ---- waiting ---- */

typedef bool PtyReached(Pty *p, const void *context);

/* pty_until: takes in what comes until reached() says so; ends the test with `what` when that takes
 * too long or the program ends. */
void pty_until(Pty *p, PtyReached *reached, const void *context, const char *what);
void pty_wait(Pty *p);                    /* everything sent is worked through and drawn */
void pty_wait_or_end(Pty *p);             /* or the program has ended */
void pty_wait_jobs(Pty *p);               /* and no job runs */
void pty_wait_line(Pty *p, size_t lines); /* more idle lines than these came */
void pty_wait_stopped(Pty *p);
void pty_foreground(Pty *p);   /* what fg does; waits until it is drawn again */
void pty_wait_end(Pty *p);     /* p->status is set */
void pty_wait_read(Pty *p);    /* every byte sent is read, be it worked through or not */
void pty_pass(Pty *p, int ms); /* takes in what comes during that time */
void pty_drain(Pty *p);        /* takes in all that was written */

void pty_forget_acts(Pty *p);
bool pty_acted(const Pty *p, const char *name);

/* ---- looking ---- */

double pty_cpu_s(const Pty *p); /* processor time of the program so far */

/* pty_left_clean: NULL, or what a program left in the terminal that was not there before it. */
const char *pty_left_clean(Pty *p);

/* pty_fail: says why, prints the screen, ends the test. */
_Noreturn void pty_fail(Pty *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* patience_s: how long a wait may take: HONE_PATIENCE, else 30. */
double patience_s(void);

#endif
