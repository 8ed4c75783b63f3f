/* The workbench in a pseudo terminal: how long a key takes to be shown, alone and while a training
 * uses every core, on a small project and on a large one; what it costs when nothing happens; how
 * long it takes to start. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench.h"
#include "session.h"

#define KEYS 300
#define KEY_MS 16.0
#define START_S 0.3
#define IDLE_MS 5000

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* For each key: until its first byte is on the screen, and until the screen is complete. */
static void press_keys(Session *s, double echo_ms[KEYS], double whole_ms[KEYS])
{
    static const char *const WALK[] = {"Down", "Down", "Down", "Up",   "PgDn", "Down", "3",
                                       "Down", "Down", "PgDn", "1",    "Down", "Down", "PgDn",
                                       "2",    "Down", "Home", "Down", "End",  "Up"};
    for (size_t i = 0; i < KEYS; i++) {
        double start = clock_s();
        pty_key(s->pty, WALK[i % (sizeof WALK / sizeof *WALK)]);
        pty_wait(s->pty);
        whole_ms[i] = (s->pty->idle.at_s - start) * 1e3;
        double echo = (s->pty->echo_s - start) * 1e3;
        echo_ms[i] = echo > 0 && echo < whole_ms[i] ? echo : whole_ms[i];
    }
    qsort(echo_ms, KEYS, sizeof *echo_ms, compare);
    qsort(whole_ms, KEYS, sizeof *whole_ms, compare);
}

static void row_at(Bench *b, const char *what, const char *where, double value)
{
    char name[96];
    snprintf(name, sizeof name, "%s, %s", what, where);
    bench_row(b, name, value, "ms", false, KEY_MS);
}

static void bench_keys(Bench *b, Session *s, const char *where)
{
    double echo_ms[KEYS], whole_ms[KEYS];
    press_keys(s, echo_ms, whole_ms);
    row_at(b, "key to its frame, median", where, echo_ms[KEYS / 2]);
    row_at(b, "key to its frame, 99%", where, echo_ms[KEYS * 99 / 100]);
    row_at(b, "key to everything asked shown, 99%", where, whole_ms[KEYS * 99 / 100]);
}

/* A training by its form, as it is offered. */
static bool start_training(Session *s)
{
    pty_key(s->pty, "t");
    pty_wait(s->pty);
    pty_key(s->pty, "F10");
    pty_wait(s->pty);
    return s->pty->idle.jobs > 0;
}

/* training: it has enough questions for one that outlasts the keys. */
static void bench_project(Bench *b, const char *fixture, bool training)
{
    Session s;
    char where[64];
    session_make(&s, b->hone, fixture);
    double start = clock_s();
    session_start(&s, 36, 120, NULL);
    snprintf(where, sizeof where, "start until drawn, %s", fixture);
    bench_row(b, where, s.pty->idle.at_s - start, "s", false, START_S);
    bench_keys(b, &s, fixture);
    double cpu = pty_cpu_s(s.pty);
    size_t bytes = s.pty->bytes;
    pty_pass(s.pty, IDLE_MS);
    snprintf(where, sizeof where, "processor time in 5 s of idling, %s", fixture);
    bench_row(b, where, (pty_cpu_s(s.pty) - cpu) * 1e3, "ms", false, 50);
    snprintf(where, sizeof where, "bytes in 5 s of idling, %s", fixture);
    bench_row(b, where, (double)(s.pty->bytes - bytes), "B", false, 0);
    if (training && start_training(&s)) {
        snprintf(where, sizeof where, "%s, training", fixture);
        bench_keys(b, &s, where);
        if (s.pty->idle.jobs == 0) bench_say("| (the training ended before the keys did) |");
    } else if (training) {
        bench_say("| (no training could be started on %s) |", fixture);
    }
    session_quit(&s);
    session_release(&s);
}

void bench_screen(Bench *b)
{
    bench_project(b, "en", false);
    bench_project(b, "large", true);
}
