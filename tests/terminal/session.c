#include "session.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "fixture.h"
#include "scratch.h"

#define ESCAPES_MOST 8

void session_make(Session *s, const char *hone, const char *fixture)
{
    setlocale(LC_ALL, "C.UTF-8");
    *s = (Session){.hone = realpath(hone, NULL), .home = scratch_make()};
    s->project = str_format("%s/%s.hone", s->home, fixture ? fixture : "project");
    Err err = {0};
    if (s->hone && (!fixture || fixture_make(fixture, s->project, &err))) return;
    fprintf(stderr, "%s: %s\n", hone, s->hone ? err.message : "not there");
    exit(1);
}

void session_start(Session *s, int height, int width, char *const *environment)
{
    char *arguments[] = {s->hone, s->project, NULL};
    s->pty = pty_start(&(PtyOptions){height, width, arguments, environment, s->home});
    pty_wait(s->pty);
}

void session_escape(Session *s)
{
    for (int i = 0; i < ESCAPES_MOST; i++) {
        pty_forget_acts(s->pty);
        pty_key(s->pty, "Esc");
        pty_wait_or_end(s->pty);
        if (s->pty->ended || pty_acted(s->pty, "back")) return;
    }
}

bool sanitizer_reported(const char *home)
{
    Paths files = {0};
    Err err = {0};
    bool reported = false;
    if (!file_walk(home, &files, NULL, &err)) return false;
    for (size_t i = 0; i < files.count; i++) {
        Str text = {0};
        if (!str_starts(file_name(files.items[i]), "sanitizer.")) continue;
        reported = true;
        if (file_read(files.items[i], (size_t)1 << 20, &text, &err))
            fprintf(stderr, "%s\n", str_get(&text));
        str_release(&text);
    }
    file_paths_release(&files);
    return reported;
}

void session_quit(Session *s)
{
    session_escape(s);
    if (!s->pty->ended) pty_key(s->pty, "q");
    pty_wait_or_end(s->pty);
    if (!s->pty->ended) pty_key(s->pty, "y"); /* jobs are running: it asks */
    pty_wait_end(s->pty);
    if (sanitizer_reported(s->home)) pty_fail(s->pty, "a sanitizer reported");
    if (s->pty->status != 0) pty_fail(s->pty, "ended with status %x", s->pty->status);
    const char *left = pty_left_clean(s->pty);
    if (left) pty_fail(s->pty, "the terminal is not left as it was: %s", left);
    if (s->pty->wire.fault[0]) pty_fail(s->pty, "the terminal was sent %s", s->pty->wire.fault);
    pty_free(s->pty);
    s->pty = NULL;
}

void session_release(Session *s)
{
    pty_free(s->pty);
    free(s->hone);
    free(s->project);
    scratch_remove(s->home);
}

int session_shell(const char *command, const char *hone, const char *home, const char *project)
{
    pid_t child = fork();
    if (child == 0) {
        setenv("PROJECT", project ? project : "", 1);
        setenv("HONE", hone, 1);
        setenv("HOME", home, 1);
        if (chdir(home) != 0) _exit(127);
        execl("/bin/sh", "sh", "-ec", command, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
