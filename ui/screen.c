#include "ui/screen.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#define ESCAPE_MS 25
#define DOUBLE_S 0.4         /* between the two presses of a double click */
#define CLIPBOARD_MOST 74000 /* bytes; terminals cut or refuse more */

#define POINTERS_MOST 16

enum { CODE_PASTE_BEGIN = KEY_MAX + 1, CODE_PASTE_END };

/* The terminal is one thing that the whole process shares, and a signal handler must reach it. */
static struct {
    bool on;
    SCREEN *curses;
    FILE *out;               /* where curses writes: the terminal, but `frame` while one is drawn */
    int frame;               /* a file in memory; -1: there is none, and curses writes in pieces */
    bool ascii, mouse, rich; /* rich: takes xterm's modes */
    int colours;
    Grid shown; /* what the terminal shows */
    ThemeId theme;
    double pressed_s; /* of the last press, for double clicks */
    int pressed_y, pressed_x;
    MEVENT pointers[POINTERS_MOST]; /* reports that came together, the newest first */
    size_t pointer_count;
    char part[4]; /* of a character of UTF-8 whose other bytes are still on their way */
    size_t part_size;
    int signals[2]; /* a pipe: handlers write, the loop reads */
    struct termios before;
    char leave[512]; /* what gives the terminal back, for a deadly signal */
    size_t leave_size;
} screen = {.frame = -1, .signals = {-1, -1}};

/* ---- signals ---- */

static void on_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    if (write(screen.signals[1], &byte, 1) < 0) errno = 0; /* full: enough are waiting */
    errno = saved;
}

static void on_death(int number)
{
    if (screen.on) {
        ssize_t ignored = write(STDOUT_FILENO, screen.leave, screen.leave_size);
        (void)ignored;
        tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
    }
    signal(number, SIG_DFL);
    raise(number);
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static void catch_signals(void)
{
    static const int ASKING[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
    static const int DEADLY[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
    for (size_t i = 0; i < sizeof ASKING / sizeof *ASKING; i++)
        handle(ASKING[i], on_signal, SA_RESTART);
    for (size_t i = 0; i < sizeof DEADLY / sizeof *DEADLY; i++)
        handle(DEADLY[i], on_death, (int)SA_RESETHAND | SA_NODEFER);
    handle(SIGPIPE, SIG_IGN, 0);
}

int screen_signal_fd(void)
{
    return screen.signals[0];
}

ScreenAsk screen_asked(int *ret_signal)
{
    unsigned char byte;
    while (read(screen.signals[0], &byte, 1) == 1) {
        *ret_signal = byte;
        switch (byte) {
        case SIGINT:
        case SIGTERM:
        case SIGHUP:
            return SCREEN_LEAVE;
        case SIGTSTP:
            return SCREEN_STOP;
        case SIGWINCH:
        case SIGCONT:
            return SCREEN_RESIZE;
        default:
            break;
        }
    }
    return SCREEN_NOTHING;
}

/* ---- start and end ---- */

static void add_leave(const char *text)
{
    size_t size = text && text != (char *)-1 ? strlen(text) : 0;
    if (screen.leave_size + size > sizeof screen.leave) return;
    memcpy(screen.leave + screen.leave_size, text, size);
    screen.leave_size += size;
}

/* Delays ("$<5>") in old descriptions are left out: a signal handler cannot wait. */
static void add_capability(const char *name)
{
    const char *text = tigetstr(name);
    if (!text || text == (char *)-1) return;
    char plain[64];
    size_t size = 0;
    for (; *text && size + 1 < sizeof plain; text++) {
        if (text[0] == '$' && text[1] == '<') {
            text = strchr(text, '>');
            if (!text) break;
        } else {
            plain[size++] = *text;
        }
    }
    plain[size] = '\0';
    add_leave(plain);
}

#define MODES_OFF "\033[?2004l\033[?1002l\033[?1006l\033[?1000l"

static void prepare_leave(void)
{
    screen.leave_size = 0;
    if (screen.rich) add_leave(MODES_OFF);
    add_capability("sgr0");
    add_capability("cnorm");
    add_capability("rmkx");
    add_capability("rmcup");
}

static void send(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

void screen_mouse(bool on)
{
    screen.mouse = on;
    mousemask(on ? ALL_MOUSE_EVENTS | REPORT_MOUSE_POSITION : 0, NULL);
    if (screen.rich) send(on ? "\033[?1002h" : "\033[?1002l");
}

static void set_modes(void)
{
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    /* all keys are taken before a frame is drawn, and one that comes meanwhile must not break it
     * off; to ask the terminal for it would also wait for the kernel each time */
    typeahead(-1);
    meta(stdscr, TRUE); /* all eight bits: characters are put together here */
    set_escdelay(ESCAPE_MS);
    mouseinterval(0);
    curs_set(0);
    if (screen.rich) send("\033[?2004h");
    screen_mouse(screen.mouse);
}

static bool can(const char *capability)
{
    const char *text = tigetstr(capability);
    return text && text != (char *)-1;
}

static void start_colours(void)
{
    const char *no = getenv("NO_COLOR");
    screen.colours = 0;
    if ((no && *no) || !has_colors()) return;
    start_color();
    use_default_colors();
    screen.colours = COLORS;
}

/* A descriptor of its own, that can be turned elsewhere while everybody else's stays as it is. */
static void open_out(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    screen.out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (screen.out) screen.frame = memfd_create("frame", MFD_CLOEXEC);
}

static void close_curses(void)
{
    if (screen.curses) delscreen(screen.curses);
    if (screen.out) fclose(screen.out);
    if (screen.frame >= 0) close(screen.frame);
    screen.curses = NULL;
    screen.out = NULL;
    screen.frame = -1;
}

bool screen_start(Err *err)
{
    const char *term = getenv("TERM");
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ERR_IO,
                       "the workbench needs a terminal; 'hone help' lists the commands"
                       " that work without one");
    if (tcgetattr(STDIN_FILENO, &screen.before) != 0 ||
        pipe2(screen.signals, O_NONBLOCK | O_CLOEXEC) != 0)
        return err_set(err, ERR_IO, "the terminal cannot be used: %s", strerror(errno));
    open_out();
    screen.curses = newterm(NULL, screen.out ? screen.out : stdout, stdin);
    if (!screen.curses || !can("cup")) {
        if (screen.curses) endwin();
        close_curses();
        return err_set(
            err, ERR_IO,
            "the terminal type TERM=%s is not known here, or cannot be drawn on: try "
            "TERM=xterm-256color or TERM=vt100; 'hone help' lists the commands that work without",
            term && *term ? term : "(not set)");
    }
    screen.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    screen.rich = can("kmous");
    screen.mouse = true;
    define_key("\033[200~", CODE_PASTE_BEGIN);
    define_key("\033[201~", CODE_PASTE_END);
    start_colours();
    prepare_leave();
    screen.on = true;
    catch_signals();
    set_modes();
    return true;
}

void screen_pause(void)
{
    if (!screen.on) return;
    if (screen.rich) send(MODES_OFF);
    curs_set(1);
    endwin();
    /* endwin may have failed half-way, on a terminal that is gone; the rest is done all the same */
    tcsetattr(STDIN_FILENO, TCSADRAIN, &screen.before);
    screen.on = false;
}

bool screen_resume(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
        resizeterm(size.ws_row, size.ws_col);
    refresh();
    screen.on = true;
    set_modes();
    clearok(stdscr, TRUE);
    grid_release(&screen.shown);
    return true;
}

void screen_stop(void)
{
    screen_pause();
    handle(SIGTSTP, SIG_DFL, 0);
    raise(SIGTSTP);
    handle(SIGTSTP, on_signal, SA_RESTART);
    screen_resume();
}

void screen_end(void)
{
    if (!screen.curses) return;
    screen_pause();
    close_curses();
    grid_release(&screen.shown);
    for (int i = 0; i < 2; i++) {
        if (screen.signals[i] >= 0) close(screen.signals[i]);
        screen.signals[i] = -1;
    }
}

/* ---- drawing ---- */

void screen_size(int *ret_height, int *ret_width)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col &&
        (size.ws_row != LINES || size.ws_col != COLS))
        resizeterm(size.ws_row, size.ws_col);
    *ret_height = LINES;
    *ret_width = COLS;
}

int screen_colours(void)
{
    return screen.colours;
}

bool screen_ascii(void)
{
    return screen.ascii;
}

static attr_t ink_attributes(Ink ink)
{
    return (ink.bold ? A_BOLD : 0) | (ink.dim ? A_DIM : 0) | (ink.underline ? A_UNDERLINE : 0) |
           (ink.reverse ? A_REVERSE : 0);
}

static short pair_of(Style style)
{
    return (short)(1 + STYLE_LOOK(style) + (style & STYLE_ON ? LOOK_COUNT : 0));
}

static void make_pairs(ThemeId theme)
{
    for (int look = 0; screen.colours && look < LOOK_COUNT; look++) {
        for (int on = 0; on < 2; on++) {
            Style style = (Style)(look | (on ? STYLE_ON : 0));
            Ink ink = theme_ink(theme, screen.colours, style);
            init_pair(pair_of(style), ink.foreground, ink.background);
        }
    }
    screen.theme = theme;
}

/* Punctuation that ASCII has something like. */
static wchar_t ascii_for(uint32_t code)
{
    switch (code) {
    case 0x00B7: /* · */
    case 0x2013: /* – */
    case 0x2014: /* — */
    case 0x2212: /* − */
        return L'-';
    case 0x2018:
    case 0x2019:
        return L'\'';
    case 0x201C:
    case 0x201D:
        return L'"';
    case 0x2022: /* • */
        return L'*';
    case 0x2026: /* … */
        return L'~';
    case 0x2192: /* → */
        return L'>';
    default:
        return L'?';
    }
}

/* The cell's characters as the terminal can show them; a base that the terminal's library gives
 * another width than the grid is replaced, so that nothing behind it moves. */
static void cell_characters(const Cell *c, wchar_t out[6])
{
    size_t size = strlen(c->text), n = 0;
    for (size_t at = 0; at < size && n < 5;) {
        uint32_t code;
        at += utf8_next(c->text + at, size - at, &code);
        bool fits = n == 0 ? wcwidth((wchar_t)code) == c->width : wcwidth((wchar_t)code) == 0;
        if (screen.ascii && code >= 0x80) fits = false;
        if (fits)
            out[n++] = (wchar_t)code;
        else if (n == 0)
            out[n++] = screen.ascii ? ascii_for(code) : 0xFFFD;
    }
    if (n == 0) out[n++] = L' ';
    out[n] = 0;
}

static void put_cell(const Cell *c, int y, int x)
{
    wchar_t text[6];
    cchar_t cell;
    Ink ink = theme_ink(screen.theme, screen.colours, c->style);
    cell_characters(c, text);
    setcchar(&cell, text, ink_attributes(ink), screen.colours ? pair_of(c->style) : 0, NULL);
    mvadd_wch(y, x, &cell);
    if (c->width == 2 && wcwidth(text[0]) == 1) {
        wchar_t blank[] = L" ";
        setcchar(&cell, blank, ink_attributes(ink), screen.colours ? pair_of(c->style) : 0, NULL);
        mvadd_wch(y, x + 1, &cell);
    }
}

static bool same_cell(const Cell *a, const Cell *b)
{
    return a->style == b->style && a->width == b->width && strcmp(a->text, b->text) == 0;
}

/* Until there is nothing left, or the terminal is gone. */
static void write_all(const char *bytes, size_t size)
{
    while (size) {
        ssize_t n = write(STDOUT_FILENO, bytes, size);
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}

/* curses writes after each movement of the cursor, dozens of times a frame: each wakes the
 * terminal, which may take the core and shows a frame half drawn. A frame is collected and written
 * at once. */
static void collect(void)
{
    if (screen.frame >= 0) dup3(screen.frame, fileno(screen.out), O_CLOEXEC);
}

static void write_collected(void)
{
    if (screen.frame < 0) return;
    dup3(STDOUT_FILENO, fileno(screen.out), O_CLOEXEC);
    off_t end = lseek(screen.frame, 0, SEEK_CUR);
    size_t size = end > 0 ? (size_t)end : 0;
    char *bytes = mem_alloc(size + 1);
    ssize_t n = pread(screen.frame, bytes, size, 0);
    if (n > 0) write_all(bytes, (size_t)n);
    free(bytes);
    lseek(screen.frame, 0, SEEK_SET);
}

void screen_draw(const Grid *g, ThemeId theme, bool all)
{
    if (theme != screen.theme || screen.shown.height != g->height || screen.shown.width != g->width)
        all = true;
    if (all) {
        make_pairs(theme);
        grid_release(&screen.shown);
        grid_init(&screen.shown, g->height, g->width, g->ascii);
        erase();
    }
    for (int y = 0; y < g->height && y < LINES; y++) {
        for (int x = 0; x < g->width && x < COLS; x++) {
            const Cell *c = grid_at(g, y, x);
            Cell *old = &screen.shown.cells[(size_t)y * (size_t)g->width + (size_t)x];
            if (!all && same_cell(c, old)) continue;
            *old = *c;
            if (c->width) put_cell(c, y, x);
        }
    }
    bool caret = g->cursor_y >= 0 && g->cursor_x >= 0;
    if (caret) move(g->cursor_y, g->cursor_x);
    wnoutrefresh(stdscr);
    collect();
    curs_set(caret);
    doupdate();
    write_collected();
}

void screen_bell(void)
{
    beep();
}

void screen_clipboard(const char *text)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t size = strlen(text);
    if (!screen.rich || size > CLIPBOARD_MOST) return;
    Str out = {0};
    str_add(&out, "\033]52;c;");
    for (size_t i = 0; i < size; i += 3) {
        uint32_t three = 0;
        size_t left = size - i < 3 ? size - i : 3;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (k < left ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            str_add_char(&out, k <= left ? DIGITS[three >> (18 - 6 * k) & 63] : '=');
    }
    str_add(&out, "\a");
    send(str_get(&out));
    str_release(&out);
}

/* ---- events ---- */

static Key key_of_code(int code)
{
    static const struct {
        int code;
        Key key;
    } CODES[] = {
        {KEY_UP, KEY_ARROW_UP},
        {KEY_DOWN, KEY_ARROW_DOWN},
        {KEY_LEFT, KEY_ARROW_LEFT},
        {KEY_RIGHT, KEY_ARROW_RIGHT},
        {KEY_PPAGE, KEY_PAGE_UP},
        {KEY_NPAGE, KEY_PAGE_DOWN},
        {KEY_HOME, KEY_FIRST},
        {KEY_END, KEY_LAST},
        {KEY_FIND, KEY_FIRST},
        {KEY_SELECT, KEY_LAST},
        {KEY_IC, KEY_INSERT},
        {KEY_DC, KEY_REMOVE},
        {KEY_BACKSPACE, KEY_ERASE},
        {KEY_BTAB, KEY_BACK_TAB},
        {KEY_ENTER, KEY_RETURN},
        {KEY_RESIZE, KEY_RESIZED},
        {CODE_PASTE_BEGIN, KEY_PASTE_BEGIN},
        {CODE_PASTE_END, KEY_PASTE_END},
    };
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        if (CODES[i].code == code) return CODES[i].key;
    for (int n = 1; n <= 12; n++)
        if (code == KEY_F(n)) return KEY_FUNCTION + (Key)n;
    return KEY_OTHER;
}

static Key key_of_character(wint_t c)
{
    switch (c) {
    case '\r':
    case '\n':
        return KEY_RETURN;
    case '\t':
        return KEY_TAB;
    case 27:
        return KEY_ESC;
    case 127:
    case 8:
        return KEY_ERASE;
    default:
        return (Key)c;
    }
}

#define CLICKS (BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON1_TRIPLE_CLICKED)

/* One KEY_MOUSE may stand for several reports, which curses gives newest first. */
static void take_pointers(void)
{
    MEVENT m;
    while (screen.pointer_count < POINTERS_MOST && getmouse(&m) == OK)
        screen.pointers[screen.pointer_count++] = m;
}

/* The oldest report that waits. A press and a release that came together are one for curses: they
 * are told apart again. */
static MEVENT next_pointer(void)
{
    MEVENT *oldest = &screen.pointers[screen.pointer_count - 1], m = *oldest;
    if (m.bstate & CLICKS) {
        m.bstate = BUTTON1_PRESSED;
        oldest->bstate = BUTTON1_RELEASED;
    } else {
        screen.pointer_count--;
    }
    return m;
}

static bool read_pointer(Event *e)
{
    if (screen.pointer_count == 0) return false;
    MEVENT m = next_pointer();
    e->key = KEY_POINTER;
    e->y = m.y;
    e->x = m.x;
    if (m.bstate & BUTTON4_PRESSED) {
        e->act = POINTER_WHEEL_UP;
    } else if (m.bstate & BUTTON5_PRESSED) {
        e->act = POINTER_WHEEL_DOWN;
    } else if (m.bstate & BUTTON1_PRESSED) {
        double now = clock_s();
        bool twice =
            now - screen.pressed_s < DOUBLE_S && m.y == screen.pressed_y && m.x == screen.pressed_x;
        e->act = twice ? POINTER_DOUBLE : POINTER_PRESS;
        screen.pressed_s = twice ? 0 : now;
        screen.pressed_y = m.y;
        screen.pressed_x = m.x;
    } else if (m.bstate & BUTTON1_RELEASED) {
        e->act = POINTER_RELEASE;
    } else if (m.bstate & REPORT_MOUSE_POSITION) {
        e->act = POINTER_DRAG;
    } else {
        return false;
    }
    return true;
}

/* A byte of text. curses itself would forget the first bytes of a character whose last ones are
 * still on their way. KEY_OTHER with *ret_more: it takes more. */
static Key key_of_byte(unsigned char byte, bool *ret_more)
{
    *ret_more = false;
    if (byte < 0x80 || screen.ascii) {
        screen.part_size = 0;
        return byte < 0x80 ? key_of_character(byte) : KEY_OTHER;
    }
    screen.part[screen.part_size++] = (char)byte;
    unsigned char first = (unsigned char)screen.part[0];
    size_t whole = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    uint32_t code = UTF8_REPLACEMENT;
    *ret_more = first >= 0xC2 && first <= 0xF4 && screen.part_size < whole;
    if (*ret_more) return KEY_OTHER;
    size_t used = utf8_next(screen.part, screen.part_size, &code);
    bool valid = used == screen.part_size;
    screen.part_size = 0;
    return valid ? (Key)code : KEY_OTHER;
}

/* A key with Alt comes as Escape with the key right behind it. */
static Key after_escape(void)
{
    int next = getch();
    if (next != ERR && next < 0x80 && next != 27) return key_of_character((wint_t)next) | KEY_ALT;
    if (next != ERR) ungetch(next); /* a key of its own */
    return KEY_ESC;
}

bool screen_event(Event *ret)
{
    Event e = {.key = KEY_OTHER};
    if (screen.pointer_count) {
        if (!read_pointer(&e)) e.key = KEY_OTHER;
        *ret = e;
        return true;
    }
    for (bool more = true; more;) {
        int c = getch();
        if (c == ERR) return false;
        more = false;
        if (c == KEY_MOUSE) {
            take_pointers();
            if (!read_pointer(&e)) e.key = KEY_OTHER;
        } else if (c > 0xFF) {
            e.key = key_of_code(c);
        } else {
            e.key = key_of_byte((unsigned char)c, &more);
        }
    }
    if (e.key == KEY_ESC) e.key = after_escape();
    *ret = e;
    return true;
}
