#include "ui/edit_outside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "ui/screen.h"

#define TEXT_LIMIT_BYTES ((size_t)16 << 20)

extern char **environ;

/* A file for the person alone (0600) that holds the text. The path is the caller's. */
static bool write_file(const char *text, char **ret_path, Err *err)
{
    const char *folder = getenv("TMPDIR");
    char *path = str_format("%s/hone-XXXXXX.txt", folder && *folder ? folder : "/tmp");
    int fd = mkostemps(path, 4, O_CLOEXEC);
    size_t size = strlen(text), done = 0;
    bool ends = size > 0 && text[size - 1] == '\n';
    while (fd >= 0 && done < size) {
        ssize_t n = write(fd, text + done, size - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) break;
        done += (size_t)n;
    }
    bool ok = fd >= 0 && done == size && (ends || write(fd, "\n", 1) == 1);
    if (!ok) err_set(err, ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    if (fd >= 0 && close(fd) != 0 && ok)
        ok = err_set(err, ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    if (ok) {
        *ret_path = path;
        return true;
    }
    if (fd >= 0) unlink(path);
    free(path);
    return false;
}

/* ---- the editor ---- */

/* While it runs the keyboard's signals are meant for it; Ctrl-Z stops both. */
static const struct {
    int number;
    void (*handler)(int);
} MEANWHILE[] = {{SIGINT, SIG_IGN}, {SIGQUIT, SIG_IGN}, {SIGTSTP, SIG_DFL}};
#define SIGNALS (sizeof MEANWHILE / sizeof *MEANWHILE)

static bool spawn(const char *script, const char *path, pid_t *ret, Err *err)
{
    posix_spawnattr_t attributes;
    sigset_t all;
    const char *const argv[] = {"sh", "-c", script, "sh", path, NULL};
    sigemptyset(&all);
    for (size_t i = 0; i < SIGNALS; i++) sigaddset(&all, MEANWHILE[i].number);
    sigaddset(&all, SIGPIPE);
    sigaddset(&all, SIGXFSZ);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int failed = posix_spawn(ret, "/bin/sh", NULL, &attributes, (char *const *)argv, environ);
    posix_spawnattr_destroy(&attributes);
    return !failed || err_set(err, ERR_IO, "the editor cannot be started: %s", strerror(failed));
}

static bool wait_for(pid_t pid, const char *editor, Err *err)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return err_set(err, ERR_IO, "the editor was lost");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return err_set(err, ERR_MISSING, "'%.100s' cannot be run: set $VISUAL or $EDITOR", editor);
    int killed =
        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status) - 128; /* by the shell */
    if (killed <= 0)
        return err_set(err, ERR_IO, "'%.100s' ended with status %d", editor, WEXITSTATUS(status));
    return err_set(err, ERR_IO, "'%.100s' was ended by signal %d", editor, killed);
}

static bool run_editor(const char *path, Err *err)
{
    const char *editor = getenv("VISUAL");
    if (!editor || !*editor) editor = getenv("EDITOR");
    if (!editor || !*editor) editor = "vi";
    char *script = str_format("%s \"$1\"", editor);
    struct sigaction before[SIGNALS];
    pid_t pid;
    screen_pause();
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction action = {.sa_handler = MEANWHILE[i].handler};
        sigemptyset(&action.sa_mask);
        sigaction(MEANWHILE[i].number, &action, &before[i]);
    }
    bool ok = spawn(script, path, &pid, err) && wait_for(pid, editor, err);
    for (size_t i = 0; i < SIGNALS; i++) sigaction(MEANWHILE[i].number, &before[i], NULL);
    screen_resume();
    free(script);
    return ok;
}

/* ---- back ---- */

static bool read_back(const char *path, Str *out, Err *err)
{
    Str bytes = {0};
    bool ok = file_read(path, TEXT_LIMIT_BYTES, &bytes, err);
    if (ok) {
        str_clear(out);
        utf8_clean(str_get(&bytes), bytes.size, out);
        if (out->size && out->data[out->size - 1] == '\n') str_truncate(out, out->size - 1);
    }
    str_release(&bytes);
    return ok;
}

static bool same(const char *text, const Str *out)
{
    size_t size = strlen(text);
    if (size && text[size - 1] == '\n') size--;
    return size == out->size && memcmp(text, str_get(out), size) == 0;
}

bool edit_outside(const char *text, Str *out, Err *err)
{
    char *path;
    Str edited = {0};
    if (!write_file(text, &path, err)) return false;
    bool ok = run_editor(path, err);
    bool read = read_back(path, &edited, ok ? err : NULL);
    bool keep = !ok && (!read || !same(text, &edited));
    if (keep) err_set(err, err->kind, "%s; %s keeps what was typed", err->message, path);
    if (ok && !read) keep = true;
    if (!keep) unlink(path);
    ok = ok && read;
    if (ok) {
        str_clear(out);
        str_add(out, str_get(&edited));
    }
    str_release(&edited);
    free(path);
    return ok;
}
