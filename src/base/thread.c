#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NICEST 19

bool thread_start(pthread_t *ret, void *(*run)(void *context), void *context)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) sigdelset(&blocked, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    pthread_t id;
    bool ok = pthread_create(&id, NULL, run, context) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok) *ret = id;
    return ok;
}

/* On Linux a priority is a thread's own, whatever POSIX says of the process. */
void thread_step_back(int steps)
{
    if (steps == 0) return;
    id_t self = (id_t)syscall(SYS_gettid);
    errno = 0;
    int now = getpriority(PRIO_PROCESS, self);
    if (now == -1 && errno) return;
    int nice = now + steps < NICEST ? now + steps : NICEST;
    (void)setpriority(PRIO_PROCESS, self, nice);
}
