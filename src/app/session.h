/* Session: what one call of a command works with: the project, the pool, how it is stopped, what
 * shows how far it is, and where its output goes. The command line's is made by the main thread:
 * SIGINT and SIGTERM ask the running task to stop, a second one ends the program at once. A job's is
 * made and used by the thread of the job and touches nothing of the process. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include <stdio.h>

#include "app/args.h"
#include "app/ticker.h"
#include "base/file.h"
#include "model/env.h"

typedef enum ExitStatus {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_SOME_FAILED = 3,
    EXIT_STOPPED = 130,
} ExitStatus;

typedef struct Session {
    const Args *args;
    const Options *options;  /* of args */
    Store *store;            /* NULL: no project */
    Pool *pool;
    Env env;                 /* its progress: the one below, or that of the job's place */
    FILE *out, *notes;       /* the result; what is said beside it. Borrowed */
    int columns;             /* what tables are cut to; 0: nothing is cut */
    bool bold;               /* may heads be decorated? */
    ExitStatus status;       /* of a command that returns true */

    /* of the command line's only */
    bool owner;              /* of the pool and of progress */
    Progress progress;
    Ticker *ticker;          /* NULL: nothing is shown */
} Session;

/* Where a job works. All borrowed until session_close. */
typedef struct SessionPlace {
    const char *project;     /* when the command line names none; NULL: as session_project finds it */
    Pool *pool;              /* NULL: one thread */
    const Cancel *cancel;    /* NULL: cannot be stopped */
    const Cancel *finish;    /* as in Env */
    Progress *progress;      /* NULL: nobody looks */
    FILE *out, *notes;       /* the job's own */
    int columns;
} SessionPlace;

/* session_open: the command line's; opens the project as the command needs it. */
bool session_open(const Args *args, Session *ret, Err *err);

/* session_open_in: a job's, on any thread; the same, with a connection of its own. args has a command
 * with `run`. Its --threads does not count, for the pool is given; ERR_USAGE when it is to read
 * standard input, which is the keyboard of the screen. */
bool session_open_in(const Args *args, const SessionPlace *place, Session *ret, Err *err);
void session_close(Session *s); /* a zeroed session is fine */

/* session_quiet: ends the showing of progress, so that the terminal is free for the result. */
void session_quiet(Session *s);

/* session_project: the path that the command line, the environment or the folder names; the
 * caller's. ERR_MISSING tells what to do. */
bool session_project(const Options *options, char **ret, Err *err);

/* session_projects: the names of all *.hone in the working directory, in order; appends. */
bool session_projects(Paths *ret, Err *err);

/* session_signal: the signal that asked to stop, 0: none. */
int session_signal(void);

/* The i-th argument. */
const char *session_argument(const Session *s, size_t i);
size_t session_arguments(const Session *s);

/* the i-th as an id */
bool session_id(const Session *s, size_t i, const char *what, int64_t *ret, Err *err);

/* session_filter: the arguments from the i-th on, or --where, as a filter; NULL when there is none.
 * The caller's. */
bool session_filter(const Session *s, size_t from, char **ret, Err *err);

#endif
