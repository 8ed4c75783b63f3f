/* Leader: the process between a test and the program, as a shell is: it leads the terminal's
 * session, so that the program can be stopped and brought back to the foreground. */
#ifndef TESTS_TERMINAL_LEADER_H
#define TESTS_TERMINAL_LEADER_H

#include <sys/types.h>

typedef enum LeaderNews { LEADER_STARTED, LEADER_STOPPED, LEADER_ENDED } LeaderNews;

/* What the leader tells, one at a time. */
typedef struct LeaderReport {
    LeaderNews news;
    int value; /* process id; signal; status as waitpid gives it */
} LeaderReport;

#define LEADER_FOREGROUND 'f' /* the only order: on with it, in the foreground */

/* leader_run: in the session's first process, with the terminal as its standard files: starts the
 * program, writes reports, reads orders; ends when orders does. Never returns. */
_Noreturn void leader_run(int orders, int reports, const char *folder, char *const *arguments,
                          char *const *environment);

#endif
