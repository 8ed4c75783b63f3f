#include "leader.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(int reports, LeaderNews news, int value)
{
    LeaderReport r = {news, value};
    if (write(reports, &r, sizeof r) != sizeof r) _exit(126);
}

_Noreturn static void become(const char *folder, char *const *arguments, char *const *environment)
{
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid()); /* SIGTTOU is still ignored */
    signal(SIGTTOU, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (chdir(folder) != 0) _exit(127);
    execve(arguments[0], arguments, environment);
    _exit(127);
}

/* A stopped program: the leader takes the terminal, as a shell does, until it is told. */
static void hold(int orders, int reports, pid_t child, int signal_number)
{
    tcsetpgrp(STDIN_FILENO, getpgrp());
    tell(reports, LEADER_STOPPED, signal_number);
    char order;
    ssize_t n;
    while ((n = read(orders, &order, 1)) < 0 && errno == EINTR) {
    }
    if (n != 1) {
        kill(-child, SIGKILL);
        return;
    }
    tcsetpgrp(STDIN_FILENO, child);
    kill(-child, SIGCONT);
}

_Noreturn void leader_run(int orders, int reports, const char *folder, char *const *arguments,
                          char *const *environment)
{
    signal(SIGTTOU, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    pid_t child = fork();
    if (child < 0) _exit(126);
    if (child == 0) become(folder, arguments, environment);
    setpgid(child, child);
    tell(reports, LEADER_STARTED, child);
    for (;;) {
        int status = 0;
        if (waitpid(child, &status, WUNTRACED) < 0) {
            if (errno == EINTR) continue;
            _exit(126);
        }
        if (!WIFSTOPPED(status)) {
            tcsetpgrp(STDIN_FILENO, getpgrp());
            tell(reports, LEADER_ENDED, status);
            break;
        }
        hold(orders, reports, child, WSTOPSIG(status));
    }
    /* When the leader ends the terminal is hung up: not before the test has looked at it. */
    char order;
    while (read(orders, &order, 1) != 0) {
    }
    _exit(0);
}
