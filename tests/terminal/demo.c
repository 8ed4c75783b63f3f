/* Demo: a small curses program that keeps to what pty.h asks of a program, so that the tests' own
 * machinery is tested apart from the workbench: it shows keys, sizes, pastes and clicks. */
#include <errno.h>
#include <locale.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Demo {
    unsigned long events;
    char last[64];
    int paste; /* bytes, -1: none under way */
    int idle_fd;
} Demo;

static void paste_mode(bool on)
{
    if (write(STDOUT_FILENO, on ? "\033[?2004h" : "\033[?2004l", 8) < 0) _exit(1);
}

static void on_end(int signal_number)
{
    endwin();
    paste_mode(false);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void on_stop(int signal_number)
{
    int saved = errno;
    (void)signal_number;
    endwin();
    paste_mode(false);
    raise(SIGSTOP);
    paste_mode(true);
    refresh();
    errno = saved;
}

static void say_idle(Demo *d)
{
    char line[96];
    int n = snprintf(line, sizeof line, "idle %lu 0 %dx%d 0\n", d->events, LINES, COLS);
    if (d->idle_fd >= 0 && write(d->idle_fd, line, (size_t)n) != n) d->idle_fd = -1;
}

static void draw(Demo *d)
{
    erase();
    attron(A_BOLD);
    mvaddstr(0, 0, "q");
    attroff(A_BOLD);
    addstr(" quit");
    if (has_colors()) attron(COLOR_PAIR(1));
    mvprintw(1, 0, "size %dx%d", COLS, LINES);
    if (has_colors()) attroff(COLOR_PAIR(1));
    mvprintw(2, 0, "last %s", d->last);
    attron(A_REVERSE);
    mvaddstr(3, 0, "漢字 한글 ⣿▆ é");
    attroff(A_REVERSE);
    mvhline(4, 0, '-', COLS);
    refresh();
}

static void take_key(Demo *d, int key, bool wide)
{
    MEVENT m;
    if (key == KEY_RESIZE && wide) return;
    d->events++;
    if (key == KEY_F(20) && wide)
        d->paste = 0;
    else if (key == KEY_F(21) && wide) {
        snprintf(d->last, sizeof d->last, "paste of %d", d->paste);
        d->paste = -1;
    } else if (d->paste >= 0)
        d->paste++;
    else {
        if (wide && key == KEY_MOUSE && getmouse(&m) == OK)
            snprintf(d->last, sizeof d->last, "mouse %lx at %d %d", (unsigned long)m.bstate, m.y,
                     m.x);
        else if (wide)
            snprintf(d->last, sizeof d->last, "%s", keyname(key));
        else if (key < 128)
            snprintf(d->last, sizeof d->last, "%s", keyname(key));
        else
            snprintf(d->last, sizeof d->last, "U+%04X", (unsigned)key);
    }
    if (key == 'b') beep();
    if (key == 't' && d->paste < 0 && write(STDOUT_FILENO, "\033]0;title\a", 10) < 0) abort();
    if (key == 'c') abort();
}

int main(void)
{
    Demo d = {.paste = -1, .idle_fd = -1, .last = "nothing"};
    const char *fd = getenv("HONE_IDLE_FD");
    if (fd) d.idle_fd = atoi(fd);
    setlocale(LC_ALL, "");
    initscr();
    static const int SIGNALS[] = {SIGTERM, SIGHUP, SIGSEGV, SIGABRT};
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) signal(SIGNALS[i], on_end);
    /* A resize is noticed while it waits, and not lost before. */
    sigset_t winch, unblocked;
    sigemptyset(&winch);
    sigaddset(&winch, SIGWINCH);
    sigprocmask(SIG_BLOCK, &winch, &unblocked);
    cbreak();
    nodelay(stdscr, TRUE);
    noecho();
    keypad(stdscr, TRUE);
    set_escdelay(25);
    mouseinterval(0);
    mousemask(ALL_MOUSE_EVENTS, NULL);
    define_key("\033[200~", KEY_F(20));
    define_key("\033[201~", KEY_F(21));
    signal(SIGTSTP, on_stop);
    paste_mode(true);
    if (!getenv("NO_COLOR") && has_colors()) {
        start_color();
        use_default_colors();
        init_pair(1, COLORS >= 256 ? 80 : 6, -1);
    }
    curs_set(0);
    for (wint_t key = 0; !(key == 'q' && d.paste < 0);) {
        int got = get_wch(&key);
        if (got != ERR) {
            take_key(&d, (int)key, got == KEY_CODE_YES);
            continue;
        }
        draw(&d);
        say_idle(&d);
        ppoll(&(struct pollfd){.fd = STDIN_FILENO, .events = POLLIN}, 1, NULL, &unblocked);
    }
    if (!getenv("DEMO_DIRTY")) endwin();
    paste_mode(false);
    return 0;
}
