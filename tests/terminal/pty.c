#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "leader.h"
#include "screen.h"

#define LAST_BYTES 200

/* A private message: no terminal shows it, no program sends it. */
#define MARK "\x1b^hone mark\x1b\\"

double patience_s(void)
{
    const char *set = getenv("HONE_PATIENCE");
    return set && atof(set) > 0 ? atof(set) : 30;
}

/* The last of what was written, for people. */
static void print_last_bytes(const char *what, const Str *log, FILE *to)
{
    fprintf(to, "last bytes %s: ", what);
    for (size_t i = log->size > LAST_BYTES ? log->size - LAST_BYTES : 0; i < log->size; i++) {
        unsigned char b = (unsigned char)log->data[i];
        if (b >= 0x20 && b < 0x7F)
            fputc(b, to);
        else
            fprintf(to, b == 0x1B ? "\\e" : "\\x%02X", b);
    }
    fprintf(to, "\n");
}

_Noreturn void pty_fail(Pty *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "FAILED: ");
    vfprintf(stderr, format, args);
    va_end(args);
    if (p) {
        fprintf(stderr, "\n(%llu events sent; last idle line: %llu events, %u jobs, %dx%d)\n",
                p->sent, p->idle.events, p->idle.jobs, p->idle.height, p->idle.width);
        print_last_bytes("sent", &p->typed, stderr);
        print_last_bytes("received", &p->log, stderr);
        screen_print(p, stderr);
    }
    fprintf(stderr, "\n");
    pty_free(p);
    exit(1);
}

/* ---- starting ---- */

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    Pty *p = user;
    if (property == VTERM_PROP_ALTSCREEN) p->alternate = value->boolean;
    if (property == VTERM_PROP_MOUSE) p->mouse = value->number;
    return 1;
}

static int on_bell(void *user)
{
    ((Pty *)user)->bells++;
    return 1;
}

static void on_output(const char *bytes, size_t size, void *user)
{
    str_add_bytes(&((Pty *)user)->output, bytes, size);
}

static void start_screen(Pty *p)
{
    static const VTermScreenCallbacks CALLBACKS = {.settermprop = on_property, .bell = on_bell};
    p->vt = vterm_new(p->height, p->width);
    vterm_set_utf8(p->vt, 1);
    vterm_output_set_callback(p->vt, on_output, p);
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_set_callbacks(p->screen, &CALLBACKS, p);
    vterm_screen_reset(p->screen, 1);
    str_clear(&p->output);
}

static void environment_put(Words *e, char *entry)
{
    size_t name = strcspn(entry, "=") + 1;
    for (size_t i = 0; i < e->count; i++) {
        if (strncmp(e->items[i], entry, name) != 0) continue;
        free(e->items[i]);
        e->items[i] = entry;
        return;
    }
    vec_push(e, entry);
}

/* The same wherever the tests run. */
static Words environment_make(const PtyOptions *o, int idle_fd)
{
    static const char *const FIXED[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", "TZ=UTC",
                                        "USER=tester",         "SHELL=/bin/sh",  "EDITOR=false"};
    static const char *const FOLDERS[][2] = {{"HOME", ""},
                                             {"XDG_CONFIG_HOME", "/config"},
                                             {"XDG_STATE_HOME", "/state"},
                                             {"XDG_CACHE_HOME", "/cache"},
                                             {"XDG_DATA_HOME", "/data"},
                                             {"XDG_RUNTIME_DIR", "/run"},
                                             {"TMPDIR", ""}};
    Words e = {0};
    const char *path = getenv("PATH");
    environment_put(&e, str_format("PATH=%s", path ? path : "/usr/bin:/bin"));
    for (size_t i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
        environment_put(&e, mem_strdup(FIXED[i]));
    for (size_t i = 0; i < sizeof FOLDERS / sizeof *FOLDERS; i++)
        environment_put(&e, str_format("%s=%s%s", FOLDERS[i][0], o->home, FOLDERS[i][1]));
    /* A sanitizer's report would be lost on the screen. */
    environment_put(&e, str_format("ASAN_OPTIONS=log_path=%s/sanitizer:exitcode=99", o->home));
    environment_put(&e, str_format("UBSAN_OPTIONS=log_path=%s/sanitizer:print_stacktrace=1:halt_on_"
                                   "error=1:exitcode=99",
                                   o->home));
    environment_put(&e, str_format("HONE_IDLE_FD=%d", idle_fd));
    for (char *const *own = o->environment; own && *own; own++)
        environment_put(&e, mem_strdup(*own));
    vec_push(&e, NULL);
    return e;
}

static void words_release(Words *w)
{
    for (size_t i = 0; i < w->count; i++) free(w->items[i]);
    vec_release(w);
}

static void make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) != 0) pty_fail(NULL, "no pipe: %s", strerror(errno));
}

Pty *pty_start(const PtyOptions *o)
{
    Pty *p = mem_zero(1, sizeof *p);
    *p = (Pty){.height = o->height, .width = o->width};
    int idle[2], reports[2], orders[2];
    make_pipe(idle);
    make_pipe(reports);
    make_pipe(orders);
    fcntl(idle[1], F_SETFD, 0); /* the program inherits this one */
    struct winsize size = {.ws_row = (unsigned short)o->height, .ws_col = (unsigned short)o->width};
    Words environment = environment_make(o, idle[1]);
    p->leader = forkpty(&p->master, NULL, NULL, &size);
    if (p->leader < 0) pty_fail(NULL, "no pseudo terminal: %s", strerror(errno));
    if (p->leader == 0) {
        struct rlimit none = {0};
        setrlimit(RLIMIT_CORE, &none);
        close(reports[0]);
        close(orders[1]);
        leader_run(orders[0], reports[1], o->home, o->arguments, environment.items);
    }
    words_release(&environment);
    close(idle[1]);
    close(reports[1]);
    close(orders[0]);
    p->idle_fd = idle[0];
    p->reports = reports[0];
    p->orders = orders[1];
    fcntl(p->master, F_SETFD, FD_CLOEXEC);
    fcntl(p->master, F_SETFL, O_NONBLOCK);
    fcntl(p->idle_fd, F_SETFL, O_NONBLOCK);
    p->slave = open(ptsname(p->master), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (p->slave < 0 || tcgetattr(p->master, &p->before) != 0)
        pty_fail(NULL, "no pseudo terminal: %s", strerror(errno));
    /* What a program has to leave is what a terminal starts with. */
    p->before.c_lflag |= ECHO | ICANON | ISIG;
    start_screen(p);
    return p;
}

void pty_free(Pty *p)
{
    if (!p) return;
    if (!p->ended && p->child > 0) kill(p->child, SIGKILL);
    close(p->orders);
    close(p->reports);
    close(p->idle_fd);
    close(p->slave);
    close(p->master);
    waitpid(p->leader, NULL, 0);
    vterm_free(p->vt);
    words_release(&p->acts);
    str_release(&p->idle_line);
    str_release(&p->log);
    str_release(&p->typed);
    str_release(&p->held);
    str_release(&p->output);
    free(p);
}

/* ---- taking in ---- */

static void show(Pty *p, const char *bytes, size_t size)
{
    wire_look(&p->wire, bytes, size);
    vterm_input_write(p->vt, bytes, size);
    p->bytes += size;
    if (p->log.size + size <= PTY_LOG_MOST) str_add_bytes(&p->log, bytes, size);
}

/* Shows what is held, but for the marks, and for what may be the start of one. */
static void show_held(Pty *p)
{
    size_t mark = sizeof MARK - 1, done = 0;
    char *found;
    while (p->held.size - done >= mark &&
           (found = memmem(p->held.data + done, p->held.size - done, MARK, mark))) {
        show(p, p->held.data + done, (size_t)(found - p->held.data) - done);
        done = (size_t)(found - p->held.data) + mark;
        p->marked = true;
    }
    size_t left = p->held.size - done, tail = left < mark ? left : mark - 1;
    while (tail && memcmp(p->held.data + p->held.size - tail, MARK, tail) != 0) tail--;
    show(p, str_get(&p->held) + done, left - tail);
    memmove(p->held.data, p->held.data + p->held.size - tail, tail);
    str_truncate(&p->held, tail);
}

static void idle_take(Pty *p, const char *line)
{
    PtyIdle i = {.lines = p->idle.lines + 1, .at_s = clock_s()};
    size_t bytes;
    if (strncmp(line, "act ", 4) == 0) {
        vec_push(&p->acts, mem_strdup(line + 4));
    } else if (sscanf(line, "drawn %llu %lf", &p->drawn, &p->drawn_us) == 2) {
        p->drawn_s = clock_s();
        p->frames++;
    } else if (sscanf(line, "idle %llu %u %dx%d %zu", &i.events, &i.jobs, &i.height, &i.width,
                      &bytes) == 5) {
        p->idle = i;
    } else {
        pty_fail(p, "unknown line on HONE_IDLE_FD: %s", line);
    }
}

static void take_idle(Pty *p)
{
    char block[4096];
    ssize_t n;
    while ((n = read(p->idle_fd, block, sizeof block)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            if (block[i] != '\n') {
                str_add_char(&p->idle_line, block[i]);
                continue;
            }
            idle_take(p, str_get(&p->idle_line));
            str_clear(&p->idle_line);
        }
}

static void take_report(Pty *p)
{
    LeaderReport r;
    if (read(p->reports, &r, sizeof r) != sizeof r) pty_fail(p, "the session's leader is gone");
    if (r.news == LEADER_STARTED) p->child = r.value;
    if (r.news == LEADER_STOPPED) p->stopped = true;
    if (r.news == LEADER_ENDED) {
        p->ended = true;
        p->status = r.value;
    }
}

/* What the terminal says, as input: answers to the program's questions. */
static void answer(Pty *p)
{
    Str out = p->output;
    p->output = (Str){0};
    if (out.size && write(p->master, out.data, out.size) < 0 && errno != EAGAIN)
        pty_fail(p, "the terminal cannot be written to: %s", strerror(errno));
    str_release(&out);
}

/* Takes in what is there, waiting for the first of it at most so long. */
static void pump(Pty *p, int ms)
{
    struct pollfd fds[] = {{.fd = p->master, .events = POLLIN},
                           {.fd = p->idle_fd, .events = POLLIN},
                           {.fd = p->reports, .events = POLLIN}};
    if (p->ended) fds[1].fd = fds[2].fd = -1;
    if (poll(fds, 3, ms) <= 0) return;
    char block[65536];
    ssize_t n;
    if ((fds[0].revents & POLLIN) && (n = read(p->master, block, sizeof block)) > 0) {
        str_add_bytes(&p->held, block, (size_t)n);
        if (p->echo_s == 0) p->echo_s = clock_s();
        show_held(p);
        answer(p);
    }
    if (fds[1].revents & POLLIN)
        take_idle(p);
    else if (fds[1].revents & POLLHUP)
        poll(NULL, 0, 1); /* its end is reported in a moment */
    if (fds[2].revents & POLLIN) take_report(p);
}

void pty_until(Pty *p, PtyReached *reached, const void *context, const char *what)
{
    double end = clock_s() + patience_s();
    while (!reached(p, context)) {
        if (p->ended) {
            pty_drain(p);
            pty_fail(p, "the program ended (status %x) while the test waited for %s", p->status,
                     what);
        }
        if (clock_s() > end) {
            pty_drain(p);
            pty_fail(p, "waited %.0f s in vain for %s", patience_s(), what);
        }
        pump(p, 200);
    }
}

static bool is_marked(Pty *p, const void *context)
{
    (void)context;
    return p->marked;
}

void pty_drain(Pty *p)
{
    p->marked = false;
    size_t done = 0, size = sizeof MARK - 1;
    double end = clock_s() + patience_s();
    while (done < size) {
        ssize_t n = write(p->slave, MARK + done, size - done);
        if (n > 0)
            done += (size_t)n;
        else if (errno != EAGAIN || clock_s() > end)
            return;
        else
            pump(p, 50);
    }
    while (!is_marked(p, NULL) && clock_s() < end) pump(p, 50);
}

static bool is_settled(Pty *p, const void *jobs)
{
    return p->idle.lines > 0 && p->idle.events >= p->sent && p->idle.height == p->height &&
           p->idle.width == p->width && (!jobs || p->idle.jobs == 0);
}

/* Resizes come together or count twice: what is worked through already is not waited for again. */
static void settle(Pty *p)
{
    if (p->ended) take_idle(p);
    pty_drain(p);
    if (p->sent < p->idle.events) p->sent = p->idle.events;
}

void pty_wait(Pty *p)
{
    pty_until(p, is_settled, NULL, "the program to be idle");
    settle(p);
}

static bool is_settled_or_ended(Pty *p, const void *context)
{
    return p->ended || is_settled(p, context);
}

void pty_wait_or_end(Pty *p)
{
    pty_until(p, is_settled_or_ended, NULL, "the program to be idle");
    settle(p);
}

void pty_wait_jobs(Pty *p)
{
    pty_until(p, is_settled, p, "the end of the jobs");
    settle(p);
}

static bool has_lines(Pty *p, const void *context)
{
    return p->idle.lines > *(const size_t *)context && is_settled(p, NULL);
}

void pty_wait_line(Pty *p, size_t lines)
{
    pty_until(p, has_lines, &lines, "the program to be idle again");
    settle(p);
}

static bool is_stopped(Pty *p, const void *context)
{
    (void)context;
    return p->stopped;
}

void pty_wait_stopped(Pty *p)
{
    pty_until(p, is_stopped, NULL, "the program to stop");
    pty_drain(p);
}

void pty_foreground(Pty *p)
{
    size_t lines = p->idle.lines;
    p->stopped = false;
    p->sent = 0; /* the key that stopped it may count or not: the next line says where it is */
    if (write(p->orders, (char[]){LEADER_FOREGROUND}, 1) != 1)
        pty_fail(p, "the session's leader is gone");
    pty_wait_line(p, lines);
}

static bool has_ended(Pty *p, const void *context)
{
    (void)context;
    return p->ended;
}

void pty_wait_end(Pty *p)
{
    pty_until(p, has_ended, NULL, "the program to end");
    take_idle(p);
    pty_drain(p);
}

void pty_wait_read(Pty *p)
{
    double end = clock_s() + patience_s();
    int waiting;
    while (ioctl(p->slave, FIONREAD, &waiting) == 0 && waiting > 0) {
        if (p->ended || clock_s() > end) pty_fail(p, "the program does not read its keys");
        pump(p, 1); /* nothing comes when something is read */
    }
}

void pty_pass(Pty *p, int ms)
{
    double end = clock_s() + ms / 1e3, now;
    while ((now = clock_s()) < end && !p->ended) pump(p, (int)((end - now) * 1e3) + 1);
}

void pty_forget_acts(Pty *p)
{
    words_release(&p->acts);
}

bool pty_acted(const Pty *p, const char *name)
{
    for (size_t i = 0; i < p->acts.count; i++)
        if (strcmp(p->acts.items[i], name) == 0) return true;
    return false;
}

/* ---- sending ---- */

void pty_send(Pty *p, const char *bytes, size_t size, unsigned events)
{
    p->sent += events;
    p->echo_s = 0;
    if (p->typed.size + size <= PTY_LOG_MOST) str_add_bytes(&p->typed, bytes, size);
    double end = clock_s() + patience_s();
    while (size) {
        ssize_t n = write(p->master, bytes, size);
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        } else if (errno != EAGAIN) {
            pty_fail(p, "the terminal cannot be written to: %s", strerror(errno));
        } else if (clock_s() > end) {
            pty_fail(p, "the program does not read its keys");
        } else {
            pump(p, 10);
        }
    }
}

/* Sends what libvterm makes of a key, a paste or the mouse: what a terminal in these modes would.
 */
static void send_output(Pty *p, unsigned events)
{
    Str out = p->output;
    p->output = (Str){0};
    if (out.size) pty_send(p, out.data, out.size, events);
    str_release(&out);
}

static const struct {
    const char *name;
    VTermKey key;
} KEYS[] = {
    {"Enter", VTERM_KEY_ENTER},  {"Tab", VTERM_KEY_TAB},     {"Backspace", VTERM_KEY_BACKSPACE},
    {"Esc", VTERM_KEY_ESCAPE},   {"Up", VTERM_KEY_UP},       {"Down", VTERM_KEY_DOWN},
    {"Left", VTERM_KEY_LEFT},    {"Right", VTERM_KEY_RIGHT}, {"Insert", VTERM_KEY_INS},
    {"Ins", VTERM_KEY_INS},      {"Delete", VTERM_KEY_DEL},  {"Del", VTERM_KEY_DEL},
    {"Home", VTERM_KEY_HOME},    {"End", VTERM_KEY_END},     {"PgUp", VTERM_KEY_PAGEUP},
    {"PgDn", VTERM_KEY_PAGEDOWN}};

static bool special_key(Pty *p, const char *name, VTermModifier modifier)
{
    int f = 0;
    if (name[0] == 'F' && (f = atoi(name + 1)) >= 1 && f <= 12) {
        vterm_keyboard_key(p->vt, (VTermKey)VTERM_KEY_FUNCTION(f), modifier);
        return true;
    }
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (strcmp(KEYS[i].name, name) == 0) {
            vterm_keyboard_key(p->vt, KEYS[i].key, modifier);
            return true;
        }
    return false;
}

bool pty_key(Pty *p, const char *name)
{
    bool control = str_starts(name, "Ctrl-") && name[5];
    if (control && !name[6]) {
        char byte = (char)(name[5] & 0x1F);
        pty_send(p, &byte, 1, 1);
        return true;
    }
    if (str_starts(name, "Alt-") && name[4]) {
        str_add_char(&p->output, '\x1b');
        str_add(&p->output, name + 4);
        send_output(p, 1);
        return true;
    }
    if (strcmp(name, "Back-Tab") == 0) name = "Shift-Tab";
    bool shift = str_starts(name, "Shift-") && name[6];
    VTermModifier modifier = control ? VTERM_MOD_CTRL : shift ? VTERM_MOD_SHIFT : VTERM_MOD_NONE;
    if (special_key(p, control ? name + 5 : shift ? name + 6 : name, modifier)) {
        send_output(p, 1);
        return true;
    }
    const char *bytes = strcmp(name, "Space") == 0 ? " " : name;
    mbstate_t state = {0};
    size_t size = strlen(bytes);
    if (size == 0 || size > 4 || mbrlen(bytes, size, &state) != size) return false;
    pty_send(p, bytes, size, 1);
    return true;
}

void pty_paste(Pty *p, const char *text)
{
    vterm_keyboard_start_paste(p->vt);
    bool bracketed = p->output.size > 0;
    unsigned events = bracketed ? 2 : 0;
    for (const char *s = text; *s; s++) {
        if (*s == '\x1b' && s[1]) s++; /* a key with Alt */
        events += (*s & 0xC0) != 0x80;
    }
    str_add(&p->output, text);
    vterm_keyboard_end_paste(p->vt);
    send_output(p, events);
}

void pty_point(Pty *p, int y, int x)
{
    vterm_mouse_move(p->vt, y, x, VTERM_MOD_NONE);
    send_output(p, 1);
}

void pty_mouse(Pty *p, int button, bool down, int y, int x)
{
    unsigned long long sent = p->sent;
    pty_point(p, y, x);
    if (p->sent != sent) pty_wait_or_end(p);
    if (p->ended) return;
    vterm_mouse_button(p->vt, button, down, VTERM_MOD_NONE);
    send_output(p, 1);
}

void pty_click(Pty *p, int y, int x)
{
    pty_mouse(p, 1, true, y, x);
    pty_wait_or_end(p);
    if (!p->ended) pty_mouse(p, 1, false, y, x);
}

void pty_resize(Pty *p, int height, int width)
{
    if (height == p->height && width == p->width) return;
    p->height = height;
    p->width = width;
    vterm_set_size(p->vt, height, width);
    struct winsize size = {.ws_row = (unsigned short)height, .ws_col = (unsigned short)width};
    if (ioctl(p->master, TIOCSWINSZ, &size) != 0)
        pty_fail(p, "the terminal's size cannot be set: %s", strerror(errno));
}

static bool has_started(Pty *p, const void *context)
{
    (void)context;
    return p->child > 0;
}

void pty_signal(Pty *p, int signal_number)
{
    pty_until(p, has_started, NULL, "the program to start");
    if (kill(p->child, signal_number) != 0)
        pty_fail(p, "the program cannot be sent signal %d: %s", signal_number, strerror(errno));
}

/* ---- looking ---- */

double pty_cpu_s(const Pty *p)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)p->child);
    FILE *f = fopen(path, "r");
    unsigned long user = 0, system = 0;
    if (f && fgets(line, sizeof line, f)) {
        const char *rest = strrchr(line, ')');
        if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                            &system) != 2)
            user = system = 0;
    }
    if (f) fclose(f);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Whether libvterm would send this for a key: the keypad and the paste mode are seen by that. */
static bool key_sends(Pty *p, VTermKey key, const char *bytes)
{
    str_clear(&p->output);
    vterm_keyboard_key(p->vt, key, VTERM_MOD_NONE);
    bool same = strcmp(str_get(&p->output), bytes) == 0;
    str_clear(&p->output);
    return same;
}

static bool pastes_bracketed(Pty *p)
{
    str_clear(&p->output);
    vterm_keyboard_start_paste(p->vt);
    bool bracketed = p->output.size > 0;
    str_clear(&p->output);
    return bracketed;
}

static bool pen_is_plain(Pty *p)
{
    VTermState *state = vterm_obtain_state(p->vt);
    static const VTermAttr FLAGS[] = {VTERM_ATTR_BOLD,  VTERM_ATTR_UNDERLINE, VTERM_ATTR_ITALIC,
                                      VTERM_ATTR_BLINK, VTERM_ATTR_REVERSE,   VTERM_ATTR_STRIKE};
    VTermValue v;
    for (size_t i = 0; i < sizeof FLAGS / sizeof *FLAGS; i++) {
        if (!vterm_state_get_penattr(state, FLAGS[i], &v)) continue;
        bool number = FLAGS[i] == VTERM_ATTR_UNDERLINE;
        if (number ? v.number != 0 : v.boolean) return false;
    }
    if (vterm_state_get_penattr(state, VTERM_ATTR_FOREGROUND, &v) &&
        !VTERM_COLOR_IS_DEFAULT_FG(&v.color))
        return false;
    return !vterm_state_get_penattr(state, VTERM_ATTR_BACKGROUND, &v) ||
           VTERM_COLOR_IS_DEFAULT_BG(&v.color);
}

const char *pty_left_clean(Pty *p)
{
    struct termios now;
    if (tcgetattr(p->master, &now) != 0) return "the terminal's settings cannot be read";
    if (!(now.c_lflag & ECHO)) return "echo is off";
    if (!(now.c_lflag & ICANON)) return "input comes by characters, not by lines";
    if (!(now.c_lflag & ISIG)) return "the keys for signals are off";
    if (!(now.c_oflag & OPOST)) return "output is raw";
    if (!(now.c_iflag & ICRNL)) return "Enter is not a line's end";
    if (p->alternate) return "the alternate screen is still shown";
    if (p->wire.cursor_hidden) return "the cursor is hidden";
    if (p->mouse) return "the mouse still reports";
    if (pastes_bracketed(p)) return "pastes are still bracketed";
    if (!key_sends(p, VTERM_KEY_UP, "\x1b[A")) return "the cursor keys are in application mode";
    if (!key_sends(p, (VTermKey)VTERM_KEY_KP_0, "0")) return "the keypad is in application mode";
    if (!pen_is_plain(p)) return "colours or attributes are still on";
    return NULL;
}
