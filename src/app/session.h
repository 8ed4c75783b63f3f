/* Session: what one call of the program works with: the project, the pool, how it is stopped and
 * what shows how far it is. Made and used by the main thread; SIGINT and SIGTERM ask the running
 * task to stop, a second one ends the program at once. */
#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "app/args.h"
#include "app/ticker.h"
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
    Progress progress;
    Ticker *ticker;          /* NULL: nothing is shown */
    Env env;
    ExitStatus status;       /* of a command that returns true */
} Session;

/* session_open: opens the project as the command needs it. */
bool session_open(const Args *args, Session *ret, Err *err);
void session_close(Session *s); /* a zeroed session is fine */

/* session_quiet: ends the showing of progress, so that the terminal is free for the result. */
void session_quiet(Session *s);

/* session_project: the path that the command line, the environment or the folder names; the
 * caller's. ERR_MISSING tells what to do. */
bool session_project(const Options *options, char **ret, Err *err);

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
