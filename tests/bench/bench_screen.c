/* The workbench in a pseudo terminal: how long a key takes to be shown, alone, while a training
 * uses every core, and on a project of the largest size; what it costs when nothing happens; how
 * long it takes to start; how much memory it holds. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench_keys.h"
#include "screen.h"

#define KEYS 200
#define KINDS_MOST 3
#define EPOCHS_FIELD 5 /* place in the form of a training */
#define STEPS_WAIT_S 90
#define FRAMES_S 10.5 /* ten, and the edges of the time */
#define START_S 0.5
#define IDLE_MS 10000
#define FILTER_KEYS 90 /* 3 s of a held key */
#define FIRST_S 0.3
#define COUNT_S 2.0

static const char *const VIEWS[] = {"1", "2", "3"};
static const char *const VIEW_NAMES[] = {"Chunks", "Questions", "Negatives"};
#define VIEW_COUNT (sizeof VIEWS / sizeof *VIEWS)

#define SEQUENCE(...)                                                                              \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void say_load(const char *where)
{
    double load[1] = {0};
    if (getloadavg(load, 1) == 1) bench_say("| %s: load of the machine %.1f | |", where, load[0]);
}

/* ---- keys ---- */

static void one_key(Session *s, const char *key)
{
    keys_press(s, SEQUENCE(key), 1, PACE_SETTLED, NULL, NULL);
}

static void bench_lists_keys(Bench *b, Session *s, const char *where)
{
    static const struct {
        const char *name;
        const char *keys[KINDS_MOST + 1];
        Pace pace;
    } WALKS[] = {
        {"Down", {"Down"}, PACE_SETTLED},
        {"Up", {"Up"}, PACE_SETTLED},
        {"Down held", {"Down"}, PACE_HELD},
        {"PgDn", {"PgDn"}, PACE_SETTLED},
        {"PgDn held", {"PgDn"}, PACE_HELD},
        {"End, PgUp, Home", {"End", "PgUp", "Home"}, PACE_SETTLED},
    };
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        one_key(s, VIEWS[v]);
        for (size_t i = 0; i < sizeof WALKS / sizeof *WALKS; i++) {
            Times frame = {0}, whole = {0};
            size_t count = WALKS[i].pace == PACE_HELD ? KEYS / 2 : KEYS;
            keys_press(s, WALKS[i].keys, count, WALKS[i].pace, &frame, &whole);
            pty_wait(s->pty);
            times_row(b, &frame, KEY_MS, "%s: %s, %s", where, VIEW_NAMES[v], WALKS[i].name);
            times_row(b, &whole, 0, "  until all of it is shown");
        }
    }
}

/* What is not a movement. */
static void bench_acts(Bench *b, Session *s, const char *where)
{
    Times frame = {0};
    keys_press(s, SEQUENCE("Alt-1", "Alt-2", "Alt-3", "Alt-4", "Alt-5", "Alt-6"), KEYS, PACE_HELD,
               &frame, NULL);
    times_row(b, &frame, KEY_MS, "%s: switching views", where);
    pty_wait(s->pty);
    one_key(s, "Alt-2");
    one_key(s, "Home");
    keys_press(s, SEQUENCE("a"), KEYS / 2, PACE_HELD, &frame, NULL);
    times_row(b, &frame, KEY_MS, "%s: accepting questions", where);
    pty_wait(s->pty);
    for (int i = 0; i < KEYS / 2; i++) {
        keys_press(s, SEQUENCE("F9"), 1, PACE_SETTLED, &frame, NULL);
        one_key(s, "Esc"); /* not timed: it may begin a longer sequence, for which curses waits */
    }
    times_row(b, &frame, KEY_MS, "%s: the menu", where);
    one_key(s, "6");
    for (int i = 0; i < 3; i++) {
        keys_type(s, "which of these insures the drivers of", &frame);
        keys_press(s, SEQUENCE("Ctrl-U"), 1, PACE_HELD, &frame, NULL);
    }
    times_row(b, &frame, KEY_MS, "%s: typing in the search field", where);
    one_key(s, "Alt-2");
}

/* ---- when nothing happens ---- */

static void bench_idle(Bench *b, Session *s, const char *where)
{
    char what[96];
    double cpu = pty_cpu_s(s->pty);
    size_t bytes = s->pty->bytes;
    pty_pass(s->pty, IDLE_MS);
    snprintf(what, sizeof what, "%s: processor time in 10 s of idling", where);
    bench_row(b, what, (pty_cpu_s(s->pty) - cpu) * 1e3, "ms", false, 20);
    snprintf(what, sizeof what, "%s: bytes in 10 s of idling", where);
    bench_row(b, what, (double)(s->pty->bytes - bytes), "B", false, 0);
}

static void memory(Bench *b, Session *s, const char *where)
{
    char what[96];
    snprintf(what, sizeof what, "%s: memory (most so far %.0f MB)", where, process_mb(s, "VmHWM"));
    bench_row(b, what, process_mb(s, "VmRSS"), "MB", false, 1024);
}

/* ---- start ---- */

/* The number behind the first " of " between numbers: "Questions 3 of 1,203 · …"; 0: none. */
static size_t total_in(const char *row)
{
    size_t count = 0;
    const char *at = row;
    while ((at = strstr(at, " of ")) &&
           !(at > row && isdigit((unsigned char)at[-1]) && isdigit((unsigned char)at[4])))
        at += 4;
    for (at = at ? at + 4 : ""; *at == ',' || isdigit((unsigned char)*at); at++)
        if (*at != ',') count = count * 10 + (size_t)(*at - '0');
    return count;
}

/* Rows of the list, as its title tells: the first below the pipeline; 0: there are none. */
static size_t rows_shown(Pty *p)
{
    Screen screen;
    Str row = {0};
    size_t count = 0;
    screen_take(p, &screen);
    for (int y = 2; y < screen.height && !count; y++) {
        screen_row(&screen, y, &row, NULL);
        if (strncmp(str_get(&row), "┌", 3) == 0) count = total_in(str_get(&row));
    }
    str_release(&row);
    screen_release(&screen);
    return count;
}

static bool has_rows(Pty *p, const void *other_than)
{
    size_t count = rows_shown(p);
    return count > 0 && (!other_than || count != *(const size_t *)other_than);
}

static void start(Bench *b, Session *s, const char *where)
{
    char what[96];
    char *arguments[] = {s->hone, s->project, NULL};
    double start = clock_s();
    s->pty = pty_start(&(PtyOptions){36, 120, arguments, NULL, s->home});
    pty_until(s->pty, has_rows, NULL, "the first rows");
    snprintf(what, sizeof what, "%s: start until the first rows", where);
    bench_row(b, what, clock_s() - start, "s", false, START_S);
    pty_wait(s->pty);
    bench_say("| %s: start until nothing is outstanding | %.2f s |", where, clock_s() - start);
    memory(b, s, where);
}

/* ---- filters ---- */

static bool is_settled(Pty *p, const void *context)
{
    (void)context;
    return p->idle.events >= p->sent;
}

/* The first rows are there, or the whole list, of as many rows as the one before. */
static bool has_other_rows_or_all(Pty *p, const void *other_than)
{
    return is_settled(p, NULL) || has_rows(p, other_than);
}

/* A filter or an order, with keys held down until its count stands. */
static void filter(Bench *b, Session *s, const char *view, const char *name, const char *text)
{
    char what[128];
    Times frame = {0};
    one_key(s, view);
    one_key(s, "&");
    one_key(s, "Ctrl-U");
    keys_type(s, text, NULL);
    size_t before = rows_shown(s->pty);
    double begun = clock_s(), first_s = 0;
    keys_press(s, SEQUENCE("Enter"), 1, PACE_HELD, &frame, NULL);
    for (size_t i = 0; i < FILTER_KEYS; i++) {
        if (!first_s && has_rows(s->pty, &before)) first_s = clock_s() - begun;
        keys_press(s, SEQUENCE("Down", "Down", "Down", "Up"), 1, PACE_HELD, &frame, NULL);
    }
    pty_until(s->pty, is_settled, NULL, "the filtered list");
    times_row(b, &frame, KEY_MS, "keys while %s is filtered by %s", name, text);
    /* once more without keys, for the time of the list alone */
    one_key(s, "&");
    one_key(s, "Ctrl-U");
    one_key(s, "Enter");
    before = rows_shown(s->pty);
    one_key(s, "&");
    one_key(s, "Ctrl-U");
    keys_type(s, text, NULL);
    begun = clock_s();
    pty_key(s->pty, "Enter");
    pty_until(s->pty, has_other_rows_or_all, &before, "the filtered list");
    snprintf(what, sizeof what, "  its first page (with keys %.2f)", first_s);
    bench_row(b, what, clock_s() - begun, "s", false, FIRST_S);
    pty_wait(s->pty);
    bench_row(b, "  everything", clock_s() - begun, "s", false, COUNT_S);
}

static void bench_filters(Bench *b, Session *s)
{
    filter(b, s, "1", "Chunks", "conjo");
    filter(b, s, "1", "Chunks", "order:-questions questions>1");
    filter(b, s, "2", "Questions", "own_rank>10 order:-own_rank");
    filter(b, s, "2", "Questions", "conjo");
    filter(b, s, "3", "Negatives", "status:pending split:test");
    filter(b, s, "3", "Negatives", "margin>-0.05 score>0.6");
    filter(b, s, "3", "Negatives", "conjo");
}

/* ---- parts ---- */

/* A training by its form, as it is offered but for the epochs: it outlasts the keys. */
static bool start_training(Session *s)
{
    one_key(s, "t");
    for (int i = 0; i < EPOCHS_FIELD; i++) one_key(s, "Down");
    one_key(s, "Ctrl-U");
    keys_type(s, "4000", NULL);
    one_key(s, "F10");
    return s->pty->idle.jobs > 0;
}

static void bench_fixture(Bench *b, const char *fixture)
{
    Session s;
    session_make(&s, b->hone, fixture);
    start(b, &s, fixture);
    say_load(fixture);
    bench_lists_keys(b, &s, fixture);
    bench_idle(b, &s, fixture);
    session_quit(&s);
    session_release(&s);
}

/* Until it shows progress: it embeds the texts before. */
static void wait_for_steps(Session *s)
{
    for (int i = 0; i < STEPS_WAIT_S; i++) {
        size_t frames = s->pty->frames;
        pty_pass(s->pty, 1000);
        if (s->pty->frames > frames + 3) return;
    }
    bench_say("| (no steps of the training within %d s) |", STEPS_WAIT_S);
}

/* What is drawn by itself. */
static void bench_frames(Bench *b, Session *s, const char *where)
{
    char what[96];
    size_t bytes = s->pty->bytes, frames = s->pty->frames;
    pty_pass(s->pty, IDLE_MS);
    snprintf(what, sizeof what, "%s: frames a second", where);
    bench_row(b, what, (double)(s->pty->frames - frames) / (IDLE_MS / 1e3), "/s", false, FRAMES_S);
    bench_say("| %s: bytes a second | %.0f |", where,
              (double)(s->pty->bytes - bytes) / (IDLE_MS / 1e3));
}

void bench_training(Bench *b)
{
    Session s;
    session_make(&s, b->hone, "large");
    start(b, &s, "training");
    if (start_training(&s)) {
        wait_for_steps(&s);
        bench_frames(b, &s, "training");
        one_key(&s, "Alt-4");
        bench_frames(b, &s, "its charts");
        bench_lists_keys(b, &s, "training");
        bench_acts(b, &s, "training");
        say_load("training");
        if (s.pty->idle.jobs == 0) bench_say("| (the training ended before the keys did) |");
    } else {
        bench_say("| (no training could be started) |");
    }
    session_quit(&s);
    session_release(&s);
}

void bench_most(Bench *b)
{
    Session s;
    char path[BENCH_PATH];
    bench_lists_project(b, path);
    session_make(&s, b->hone, NULL);
    free(s.project);
    s.project = str_format("%s", path);
    start(b, &s, "most");
    say_load("most");
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        double begun = clock_s();
        one_key(&s, VIEWS[v]);
        bench_say("| most: %s for the first time until all is shown | %.2f s |", VIEW_NAMES[v],
                  clock_s() - begun);
        memory(b, &s, VIEW_NAMES[v]);
    }
    bench_lists_keys(b, &s, "most");
    bench_acts(b, &s, "most");
    memory(b, &s, "after acting");
    bench_filters(b, &s);
    bench_idle(b, &s, "most");
    memory(b, &s, "at the end");
    session_quit(&s);
    session_release(&s);
}

void bench_screen(Bench *b)
{
    bench_fixture(b, "en");
    bench_fixture(b, "large");
}
