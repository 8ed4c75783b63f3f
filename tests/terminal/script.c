#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/file.h"
#include "fixture.h"
#include "golden.h"
#include "scratch.h"
#include "session.h"
#include "svg.h"

#define PICTURE_LIMIT_BYTES ((size_t)1 << 22)

typedef struct Script {
    const char *path, *hone, *golden;
    size_t line;
    char *under; /* shell commands before the program; NULL: none */
    char *home, *project; /* scratch folder; the project's file, NULL: none */
    int height, width;
    Words environment, masks;
    Pty *pty;
    size_t bytes_before; /* the last input */
    size_t keys;         /* pressed by keys-visible */
} Script;

_Noreturn __attribute__((format(printf, 2, 3))) static void fail(Script *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char message[2048];
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fprintf(stderr, "%s:%zu: ", s->path, s->line);
    pty_fail(s->pty, "%s", message);
}

/* ---- arguments ---- */

/* The next word of *rest, cut off in place; "" at the end. */
static char *word(char **rest)
{
    char *w = *rest + strspn(*rest, " ");
    char *end = w + strcspn(w, " ");
    *rest = *end ? end + 1 : end;
    *end = '\0';
    return w;
}

static long number(Script *s, char **rest)
{
    char *w = word(rest), *end;
    long n = strtol(w, &end, 10);
    if (end == w || *end) fail(s, "not a number: '%s'", w);
    return n;
}

static void size_of(Script *s, const char *text, int *ret_height, int *ret_width)
{
    if (sscanf(text, "%dx%d", ret_width, ret_height) != 2 || *ret_height < 1 || *ret_width < 1)
        fail(s, "not a size: '%s'", text);
}

/* \n, \t, \e, \\ and \xHH. */
static char *unescape(const char *text, size_t *ret_size)
{
    Str out = {0};
    for (; *text; text++) {
        unsigned byte;
        if (*text != '\\' || !text[1]) {
            str_add_char(&out, *text);
        } else if (text[1] == 'x' && sscanf(text + 2, "%2x", &byte) == 1) {
            str_add_char(&out, (char)byte);
            text += 3;
        } else {
            text++;
            str_add_char(&out, *text == 'n'   ? '\n'
                               : *text == 't' ? '\t'
                               : *text == 'e' ? '\x1b'
                               : *text == 'a' ? '\a'
                                              : *text);
        }
    }
    if (ret_size) *ret_size = out.size;
    return str_take(&out);
}

/* ---- before the start ---- */

static void do_size(Script *s, char *rest)
{
    size_of(s, rest, &s->height, &s->width);
}

static void do_project(Script *s, char *rest)
{
    free(s->project);
    s->project = NULL;
    if (strcmp(rest, "none") == 0) return;
    s->project = str_format("%s/%s.hone", s->home, rest);
    Err err = {0};
    if (!fixture_make(rest, s->project, &err)) fail(s, "%s", err.message);
}

static void do_env(Script *s, char *rest)
{
    if (!strchr(rest, '=')) fail(s, "not NAME=VALUE: '%s'", rest);
    vec_push(&s->environment, mem_strdup(rest));
}

static void do_under(Script *s, char *rest)
{
    free(s->under);
    s->under = *rest ? str_format("%s; exec \"$0\" \"$@\"", rest) : NULL;
}

static void do_start(Script *s, char *rest)
{
    if (s->pty) fail(s, "it runs already");
    Words arguments = {0};
    if (s->under) {
        vec_push(&arguments, (char *)"/bin/sh");
        vec_push(&arguments, (char *)"-c");
        vec_push(&arguments, s->under);
    }
    size_t plain = arguments.count + 1;
    vec_push(&arguments, (char *)s->hone);
    while (*rest) {
        char *w = word(&rest);
        vec_push(&arguments, strcmp(w, "$PROJECT") == 0 && s->project ? s->project : w);
    }
    if (arguments.count == plain && s->project) vec_push(&arguments, s->project);
    vec_push(&arguments, NULL);
    vec_push(&s->environment, NULL);
    s->pty = pty_start(
        &(PtyOptions){s->height, s->width, arguments.items, s->environment.items, s->home});
    s->environment.count--;
    vec_release(&arguments);
}

/* ---- input ---- */

static void do_key(Script *s, char *rest)
{
    if (!pty_key(s->pty, rest)) fail(s, "no such key: '%s'", rest);
}

static void do_type(Script *s, char *rest)
{
    unsigned events = 0;
    for (const char *t = rest; *t; t++) events += (*t & 0xC0) != 0x80;
    pty_send(s->pty, rest, strlen(rest), events);
}

static void do_drip(Script *s, char *rest)
{
    for (const char *t = rest; *t; t++) {
        pty_send(s->pty, t, 1, (t[1] & 0xC0) != 0x80);
        pty_wait_read(s->pty);
    }
}

static void do_paste(Script *s, char *rest)
{
    char *text = unescape(rest, NULL);
    pty_paste(s->pty, text);
    free(text);
}

static void do_click(Script *s, char *rest)
{
    int y = (int)number(s, &rest), x = (int)number(s, &rest);
    pty_click(s->pty, y, x);
}

/* Press and release in one packet, as over a slow line. */
static void do_fast_click(Script *s, char *rest)
{
    int y = (int)number(s, &rest), x = (int)number(s, &rest);
    pty_mouse(s->pty, 1, true, y, x);
    pty_mouse(s->pty, 1, false, y, x);
}

static void do_click_text(Script *s, char *rest)
{
    Screen screen;
    int y, x;
    screen_take(s->pty, &screen);
    bool found = screen_find(&screen, rest, &y, &x);
    screen_release(&screen);
    if (!found) fail(s, "'%s' is not on the screen", rest);
    pty_click(s->pty, y, x);
}

static void do_wheel(Script *s, char *rest)
{
    int button = strcmp(word(&rest), "up") == 0 ? 4 : 5;
    int y = (int)number(s, &rest), x = (int)number(s, &rest);
    pty_mouse(s->pty, button, true, y, x);
}

static void do_drag(Script *s, char *rest)
{
    int y = (int)number(s, &rest), x = (int)number(s, &rest);
    int to_y = (int)number(s, &rest), to_x = (int)number(s, &rest);
    pty_mouse(s->pty, 1, true, y, x);
    pty_wait(s->pty);
    pty_point(s->pty, to_y, to_x);
    pty_wait(s->pty);
    pty_mouse(s->pty, 1, false, to_y, to_x);
}

static void do_resize(Script *s, char *rest)
{
    int height, width;
    size_of(s, rest, &height, &width);
    pty_resize(s->pty, height, width);
}

static void do_keys_visible(Script *s, char *rest)
{
    Screen screen;
    screen_take(s->pty, &screen);
    bool shown = screen_shows_key(&screen, rest);
    screen_release(&screen);
    if (!shown) fail(s, "no key '%s' on the screen", rest);
    s->keys++;
    do_key(s, rest);
}

/* ---- waiting ---- */

static void do_wait(Script *s, char *rest)
{
    if (strcmp(rest, "jobs") == 0) pty_wait_jobs(s->pty);
}

static bool shows(Script *s, const char *text)
{
    Screen screen;
    screen_take(s->pty, &screen);
    bool found = screen_find(&screen, text, NULL, NULL);
    screen_release(&screen);
    return found;
}

typedef struct Awaited {
    Script *s;
    const char *text;
    bool there;
} Awaited;

static bool is_as_awaited(Pty *p, const void *context)
{
    const Awaited *a = context;
    (void)p;
    return shows(a->s, a->text) == a->there;
}

static void do_await(Script *s, char *rest)
{
    pty_until(s->pty, is_as_awaited, &(Awaited){s, rest, true}, rest);
    pty_drain(s->pty); /* the rest of that frame */
}

static void do_await_not(Script *s, char *rest)
{
    pty_until(s->pty, is_as_awaited, &(Awaited){s, rest, false}, "something to go away");
    pty_drain(s->pty);
}

/* ---- looking ---- */

static void do_expect(Script *s, char *rest)
{
    if (!shows(s, rest)) fail(s, "'%s' is not on the screen", rest);
}

static void do_expect_not(Script *s, char *rest)
{
    if (shows(s, rest)) fail(s, "'%s' is on the screen", rest);
}

static void do_expect_row(Script *s, char *rest)
{
    int y = (int)number(s, &rest);
    Screen screen;
    screen_take(s->pty, &screen);
    Str row = {0};
    if (y < 0) y += screen.height;
    bool found = false;
    if (y >= 0 && y < screen.height) {
        screen_row(&screen, y, &row, NULL);
        found = strstr(str_get(&row), rest) != NULL;
    }
    str_release(&row);
    screen_release(&screen);
    if (!found) fail(s, "'%s' is not in row %d", rest, y);
}

static void do_mask(Script *s, char *rest)
{
    vec_push(&s->masks, mem_strdup(rest));
}

static void do_screen(Script *s, char *rest)
{
    Screen screen;
    screen_take(s->pty, &screen);
    for (size_t i = 0; i < s->masks.count; i++)
        if (!screen_mask(&screen, s->masks.items[i]))
            fail(s, "not a regular expression: %s", s->masks.items[i]);
    char *path = str_format("%s/%s.txt", s->golden, rest);
    bool same = golden_same(&screen, path, stderr);
    free(path);
    screen_release(&screen);
    if (!same) fail(s, "the screen is not as %s.txt has it (HONE_UPDATE_GOLDEN=1 writes it)", rest);
}

static void write_picture(Script *s, const char *path, const Str *svg)
{
    Err err = {0};
    if (!file_write(path, svg->data, svg->size, &err)) fail(s, "%s", err.message);
}

static void do_picture(Script *s, char *rest)
{
    const char *folder = getenv("HONE_PICTURES"), *update = getenv("HONE_UPDATE_GOLDEN");
    Screen screen;
    Str svg = {0}, known = {0};
    screen_take(s->pty, &screen);
    svg_write(&screen, &svg);
    screen_release(&screen);
    char *path = str_format("%s/%s.svg", folder ? folder : s->golden, rest);
    if (folder || (update && *update == '1'))
        write_picture(s, path, &svg);
    else if (!file_read(path, PICTURE_LIMIT_BYTES, &known, NULL) ||
             strcmp(str_get(&known), str_get(&svg)) != 0)
        fail(s, "the screen is not as %s.svg shows it (HONE_UPDATE_GOLDEN=1 draws it)", rest);
    free(path);
    str_release(&known);
    str_release(&svg);
}

static void do_expect_plain(Script *s, char *rest)
{
    (void)rest;
    Screen screen;
    int y, x;
    screen_take(s->pty, &screen);
    bool coloured = screen_coloured(&screen, &y, &x);
    screen_release(&screen);
    if (coloured) fail(s, "the cell at %d %d has a colour", y, x);
}

static void do_expect_colours(Script *s, char *rest)
{
    int most = (int)number(s, &rest);
    Screen screen;
    screen_take(s->pty, &screen);
    for (int i = 0; i < screen.height * screen.width; i++)
        if (screen.cells[i].style.foreground >= most || screen.cells[i].style.background >= most)
            fail(s, "the cell at %d %d has a colour of more than %d", i / screen.width,
                 i % screen.width, most);
    screen_release(&screen);
}

static void do_expect_acted(Script *s, char *rest)
{
    if (!pty_acted(s->pty, rest)) fail(s, "the command '%s' was not carried out", rest);
}

static bool was_sent(Script *s, const char *escaped)
{
    size_t size;
    char *bytes = unescape(escaped, &size);
    bool found = memmem(str_get(&s->pty->log), s->pty->log.size, bytes, size) != NULL;
    free(bytes);
    return found;
}

static void do_expect_sent(Script *s, char *rest)
{
    if (!was_sent(s, rest)) fail(s, "never sent to the terminal: %s", rest);
}

static void do_expect_never_sent(Script *s, char *rest)
{
    if (was_sent(s, rest)) fail(s, "sent to the terminal: %s", rest);
}

static void do_expect_mouse(Script *s, char *rest)
{
    bool on = strcmp(rest, "on") == 0;
    if ((s->pty->mouse != 0) != on) fail(s, "the mouse is not %s", rest);
}

static void do_ascii(Script *s, char *rest)
{
    (void)rest;
    s->pty->wire.ascii = true;
}

static void do_frame_bytes(Script *s, char *rest)
{
    size_t most = (size_t)number(s, &rest), bytes = s->pty->bytes - s->bytes_before;
    if (bytes > most) fail(s, "%zu bytes for a frame, at most %zu are expected", bytes, most);
}

static void do_idle_bytes(Script *s, char *rest)
{
    int ms = (int)number(s, &rest);
    size_t most = (size_t)number(s, &rest), before = s->pty->bytes;
    pty_pass(s->pty, ms);
    pty_drain(s->pty);
    if (s->pty->bytes - before > most)
        fail(s, "%zu bytes in %d ms of doing nothing, at most %zu are expected",
             s->pty->bytes - before, ms, most);
}

static void do_keys_at_most(Script *s, char *rest)
{
    size_t most = (size_t)number(s, &rest);
    fprintf(stderr, "%s: %zu keys\n", s->path, s->keys);
    if (s->keys > most) fail(s, "%zu keys were needed, at most %zu are expected", s->keys, most);
}

/* ---- processes ---- */

static void do_shell(Script *s, char *rest)
{
    int status = session_shell(rest, s->hone, s->home, s->project);
    if (status != 0) fail(s, "the command failed (status %d)", status);
}

static const struct {
    const char *name;
    int number;
} SIGNALS[] = {{"TERM", SIGTERM}, {"HUP", SIGHUP},   {"INT", SIGINT}, {"QUIT", SIGQUIT},
               {"SEGV", SIGSEGV}, {"ABRT", SIGABRT}, {"BUS", SIGBUS}, {"CONT", SIGCONT},
               {"TSTP", SIGTSTP}, {"KILL", SIGKILL}, {"FPE", SIGFPE}, {"WINCH", SIGWINCH}};

static int signal_of(const char *name)
{
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++)
        if (strcmp(SIGNALS[i].name, name) == 0) return SIGNALS[i].number;
    return 0;
}

static void do_signal(Script *s, char *rest)
{
    if (!signal_of(rest)) fail(s, "no such signal: '%s'", rest);
    pty_signal(s->pty, signal_of(rest));
}

static void check_left(Script *s)
{
    const char *left = pty_left_clean(s->pty);
    if (left) fail(s, "the terminal is not left as it was: %s", left);
}

static void do_stop(Script *s, char *rest)
{
    (void)rest;
    pty_key(s->pty, "Ctrl-Z");
    pty_wait_stopped(s->pty);
    check_left(s);
}

static void do_resume(Script *s, char *rest)
{
    (void)rest;
    pty_foreground(s->pty);
}

static void do_end(Script *s, char *rest)
{
    pty_wait_end(s->pty);
    if (sanitizer_reported(s->home)) fail(s, "a sanitizer reported");
    int status = s->pty->status;
    if (isdigit((unsigned char)rest[0])) {
        if (!WIFEXITED(status) || WEXITSTATUS(status) != atoi(rest))
            fail(s, "ended with status %x, not %s", status, rest);
    } else if (!WIFSIGNALED(status) || WTERMSIG(status) != signal_of(rest)) {
        fail(s, "ended with status %x, not by SIG%s", status, rest);
    }
    if (signal_of(rest) != SIGKILL) check_left(s); /* nobody can clean up after that */
    if (s->pty->wire.fault[0]) fail(s, "the terminal was sent %s", s->pty->wire.fault);
    pty_free(s->pty);
    s->pty = NULL;
}

/* ---- the table ---- */

enum { BEFORE = 1, RUNNING = 2, INPUT = 4, WAITS = 8, AFTER = 16 };

static const struct {
    const char *name;
    void (*run)(Script *s, char *rest);
    unsigned when;
} ACTIONS[] = {
    {"size", do_size, BEFORE},
    {"project", do_project, BEFORE},
    {"env", do_env, BEFORE},
    {"under", do_under, BEFORE},
    {"start", do_start, BEFORE | WAITS},
    {"shell", do_shell, BEFORE | RUNNING},
    {"mask", do_mask, BEFORE | RUNNING},
    {"key", do_key, RUNNING | INPUT | WAITS},
    {"keys", do_type, RUNNING | INPUT | WAITS},
    {"type", do_type, RUNNING | INPUT | WAITS},
    {"drip", do_drip, RUNNING | INPUT | WAITS},
    {"paste", do_paste, RUNNING | INPUT | WAITS},
    {"click", do_click, RUNNING | INPUT | WAITS},
    {"fast-click", do_fast_click, RUNNING | INPUT | WAITS},
    {"click-text", do_click_text, RUNNING | INPUT | WAITS},
    {"wheel", do_wheel, RUNNING | INPUT | WAITS},
    {"drag", do_drag, RUNNING | INPUT | WAITS},
    {"resize", do_resize, RUNNING | INPUT | WAITS},
    {"keys-visible", do_keys_visible, RUNNING | INPUT | WAITS},
    {"wait", do_wait, RUNNING | WAITS},
    {"await", do_await, RUNNING | WAITS},
    {"await-not", do_await_not, RUNNING | WAITS},
    {"expect", do_expect, RUNNING | AFTER},
    {"expect-not", do_expect_not, RUNNING | AFTER},
    {"expect-row", do_expect_row, RUNNING | AFTER},
    {"screen", do_screen, RUNNING},
    {"picture", do_picture, RUNNING},
    {"expect-plain", do_expect_plain, RUNNING},
    {"expect-colours", do_expect_colours, RUNNING},
    {"expect-acted", do_expect_acted, RUNNING},
    {"expect-sent", do_expect_sent, RUNNING | AFTER},
    {"expect-never-sent", do_expect_never_sent, RUNNING | AFTER},
    {"expect-mouse", do_expect_mouse, RUNNING},
    {"ascii", do_ascii, RUNNING},
    {"frame-bytes", do_frame_bytes, RUNNING},
    {"idle-bytes", do_idle_bytes, RUNNING},
    {"keys-at-most", do_keys_at_most, BEFORE | RUNNING | AFTER},
    {"signal", do_signal, RUNNING},
    {"stop", do_stop, RUNNING},
    {"resume", do_resume, RUNNING},
    {"end", do_end, RUNNING | AFTER},
};

static void run_line(Script *s, char *line)
{
    char *name = word(&line);
    size_t i = 0, count = sizeof ACTIONS / sizeof *ACTIONS;
    while (i < count && strcmp(ACTIONS[i].name, name) != 0) i++;
    if (i == count) fail(s, "unknown command: '%s'", name);
    if (!(ACTIONS[i].when & (s->pty ? RUNNING : BEFORE))) fail(s, "'%s' is out of place", name);
    if (s->pty && s->pty->ended && !(ACTIONS[i].when & AFTER))
        fail(s, "the program has ended (status %x)", s->pty->status);
    if (ACTIONS[i].when & INPUT) {
        s->bytes_before = s->pty->bytes;
        pty_forget_acts(s->pty);
    }
    ACTIONS[i].run(s, line);
    if (ACTIONS[i].when & WAITS) {
        /* A key may well end the program: `end` follows then. */
        if (s->pty) pty_wait_or_end(s->pty);
    }
}

static void script_release(Script *s)
{
    for (size_t i = 0; i < s->environment.count; i++) free(s->environment.items[i]);
    for (size_t i = 0; i < s->masks.count; i++) free(s->masks.items[i]);
    vec_release(&s->environment);
    vec_release(&s->masks);
    free(s->under);
    free(s->project);
    scratch_remove(s->home);
}

void script_run(const char *path, const char *hone, const char *golden)
{
    Script s = {.path = path, .hone = hone, .golden = golden, .height = 24, .width = 80};
    Str text = {0};
    Err err = {0};
    if (!file_read(path, (size_t)1 << 20, &text, &err)) fail(&s, "%s", err.message);
    s.home = scratch_make();
    char *next = text.data;
    while (next && *next) {
        char *line = next;
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        s.line++;
        if (*line && *line != '#') run_line(&s, line);
    }
    if (s.pty) fail(&s, "the script does not end the program");
    str_release(&text);
    script_release(&s);
}
