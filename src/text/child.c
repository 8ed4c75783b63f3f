#include "text/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/utf8.h"

#define TICK_MS 20
#define COMPLAINT_LIMIT 4096

typedef struct Child {
    const ChildOptions *options;
    pid_t pid;
    int out, errors; /* our ends of the pipes; -1 once they are at their end */
    double started_s;
    size_t output_bytes;
    Str complaint;
} Child;

static char *find_program(const char *name)
{
    if (strchr(name, '/')) return access(name, X_OK) == 0 ? mem_strdup(name) : NULL;
    const char *path = getenv("PATH");
    if (!path) path = "/usr/local/bin:/usr/bin:/bin";
    while (*path) {
        size_t size = strcspn(path, ":");
        char *file = str_format("%.*s/%s", size ? (int)size : 1, size ? path : ".", name);
        struct stat info;
        if (stat(file, &info) == 0 && S_ISREG(info.st_mode) && access(file, X_OK) == 0) return file;
        free(file);
        path += size + (path[size] == ':');
    }
    return NULL;
}

static void limit(int what, size_t value)
{
    if (value == 0) return;
    struct rlimit old, wanted = {.rlim_cur = value, .rlim_max = value};
    if (getrlimit(what, &old) == 0 && old.rlim_max != RLIM_INFINITY && old.rlim_max < value)
        wanted.rlim_cur = wanted.rlim_max = old.rlim_max;
    setrlimit(what, &wanted);
}

/* Runs in the child of a process with threads: system calls only, no allocation. */
static _Noreturn void become(const char *file, const ChildOptions *options, int null, int out,
                             int errors)
{
    struct rlimit core = {0, 0};
    setpgid(0, 0);
    setrlimit(RLIMIT_CORE, &core);
    limit(RLIMIT_AS, options->memory_bytes);
    if (options->cpu_s) {
        struct rlimit cpu = {.rlim_cur = options->cpu_s, .rlim_max = options->cpu_s + 1};
        setrlimit(RLIMIT_CPU, &cpu);
    }
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int s = 1; s < NSIG; s++) sigaction(s, &plain, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(errors, 2) < 0) _exit(126);
    if (close_range(3, UINT_MAX, 0) != 0)
        for (int fd = 3; fd < 1024; fd++) close(fd);
    execv(file, (char *const *)options->argv);
    _exit(127);
}

static void close_fd(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static bool start(Child *c, Err *err)
{
    const char *name = c->options->argv[0];
    char *file = find_program(name);
    if (!file) return err_set(err, ERR_MISSING, "the program %s is not installed", name);
    int out[2] = {-1, -1}, errors[2] = {-1, -1};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool ok = null >= 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0;
    /* The pipes must not be 0, 1 or 2, or dup2 in the child would close one with the other. */
    if (ok && (out[1] > 2 && errors[1] > 2 && null > 2)) {
        c->pid = fork();
        if (c->pid == 0) become(file, c->options, null, out[1], errors[1]);
        ok = c->pid > 0;
    } else {
        ok = false;
    }
    int reason = errno;
    free(file);
    close_fd(&null);
    close_fd(&out[1]);
    close_fd(&errors[1]);
    if (!ok) {
        close_fd(&out[0]);
        close_fd(&errors[0]);
        return err_set(err, ERR_IO, "cannot start %s: %s", name, strerror(reason));
    }
    setpgid(c->pid, c->pid); /* on both sides, so that the group is there whoever comes first */
    c->out = out[0];
    c->errors = errors[0];
    fcntl(c->out, F_SETFL, O_NONBLOCK);
    fcntl(c->errors, F_SETFL, O_NONBLOCK);
    return true;
}

/* Reads what is there. *fd is closed at its end. false: the sink refused, or too much output. */
static bool drain(Child *c, int *fd, ChildSink *sink, void *context, Err *err)
{
    char block[65536];
    /* A few blocks at most, so that a child that never pauses cannot hold off the checks of time
     * and cancel. */
    for (int i = 0; i < 16 && *fd >= 0; i++) {
        ssize_t n = read(*fd, block, sizeof block);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return true;
        if (n <= 0) {
            close_fd(fd);
            return true;
        }
        if (fd == &c->errors) {
            size_t room = COMPLAINT_LIMIT - c->complaint.size;
            str_add_bytes(&c->complaint, block, (size_t)n < room ? (size_t)n : room);
            continue;
        }
        c->output_bytes += (size_t)n;
        if (c->options->output_bytes && c->output_bytes > c->options->output_bytes)
            return err_set(err, ERR_LIMIT, "%s printed more than %zu MB", c->options->argv[0],
                           c->options->output_bytes >> 20);
        if (!sink(context, block, (size_t)n, err)) return false;
    }
    return true;
}

static bool has_ended(const Child *c)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == c->pid;
}

static bool watch(Child *c, ChildSink *sink, void *context, Err *err)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = c->out, .events = POLLIN},
                                {.fd = c->errors, .events = POLLIN}};
        poll(fds, 2, c->out < 0 && c->errors < 0 ? 1 : TICK_MS);
        if (!drain(c, &c->errors, sink, context, err)) return false;
        if (!drain(c, &c->out, sink, context, err)) return false;
        if (!cancel_check(c->options->cancel, err)) return false;
        if (c->options->wall_s > 0 && clock_s() - c->started_s > c->options->wall_s)
            return err_set(err, ERR_LIMIT, "%s took more than %.0f s and was stopped",
                           c->options->argv[0], c->options->wall_s);
        /* With the pipes closed only the exit is left, which poll does not see. */
        if (has_ended(c)) return true;
    }
}

/* What is still in the pipes once the group is dead; no one writes to them any more. */
static bool drain_rest(Child *c, ChildSink *sink, void *context, Err *err)
{
    for (int i = 0; i < 2; i++) {
        int *fd = i ? &c->out : &c->errors;
        size_t before;
        do {
            before = c->output_bytes + c->complaint.size;
            if (*fd >= 0 && !drain(c, fd, sink, context, err)) return false;
        } while (*fd >= 0 && c->output_bytes + c->complaint.size > before);
    }
    return true;
}

static void first_line(const Str *complaint, char *out, size_t size)
{
    Str clean = {0};
    const char *text = str_get(complaint);
    utf8_clean(text, strcspn(text, "\r\n"), &clean);
    size_t keep = clean.size < size ? clean.size : size - 1;
    while (keep > 0 && keep < clean.size && ((unsigned char)clean.data[keep] & 0xC0) == 0x80)
        keep--;
    memcpy(out, str_get(&clean), keep);
    out[keep] = '\0';
    str_release(&clean);
}

bool child_run(const ChildOptions *options, ChildSink *sink, void *context, ChildResult *ret,
               Err *err)
{
    Child c = {.options = options, .pid = -1, .out = -1, .errors = -1, .started_s = clock_s()};
    if (!start(&c, err)) return false;
    bool ok = watch(&c, sink, context, err);
    /* The leader is not reaped yet, so its group's number cannot belong to anyone else. */
    kill(-c.pid, SIGKILL);
    int status = 0;
    while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (ok) ok = drain_rest(&c, sink, context, err);
    if (ok && WIFSIGNALED(status) &&
        (WTERMSIG(status) == SIGXCPU || (WTERMSIG(status) == SIGKILL && options->cpu_s)))
        ok = err_set(err, ERR_LIMIT, "%s took more than %u s of processor time and was stopped",
                     options->argv[0], options->cpu_s);
    if (ok) {
        *ret = (ChildResult){
            .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        };
        first_line(&c.complaint, ret->complaint, sizeof ret->complaint);
        if (ret->exit_code == 127 && ret->complaint[0] == '\0')
            ok = err_set(err, ERR_IO, "cannot run %s", options->argv[0]);
    }
    close_fd(&c.out);
    close_fd(&c.errors);
    str_release(&c.complaint);
    return ok;
}
