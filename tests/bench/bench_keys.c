#include "bench_keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define REPEAT_S (1.0 / 30)

static bool is_drawn(Pty *p, const void *context)
{
    (void)context;
    return p->drawn >= p->sent || p->idle.events >= p->sent;
}

/* One key until its frame; a key that changes nothing is done when all is idle. */
static double press(Session *s, const char *key)
{
    Pty *p = s->pty;
    double start = clock_s();
    if (!pty_key(p, key)) pty_fail(p, "there is no key %s", key);
    pty_until(p, is_drawn, NULL, "the frame of a key");
    double end = p->drawn >= p->sent ? p->drawn_s : p->idle.at_s;
    return (end - start) * 1e3;
}

/* Of the first thread: at work, and ready without a core, in ms. */
static void thread_times(const Session *s, double *ret_worked, double *ret_waited)
{
    char path[64];
    long long worked = 0, waited = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)s->pty->child);
    FILE *f = fopen(path, "r");
    if (!f || fscanf(f, "%lld %lld", &worked, &waited) != 2) worked = waited = 0;
    if (f) fclose(f);
    *ret_worked = (double)worked / 1e6;
    *ret_waited = (double)waited / 1e6;
}

void keys_press(Session *s, const char *const *keys, size_t count, Pace pace, Times *frame,
                Times *whole)
{
    size_t kinds = 0;
    double worked, waited, worked_end, waited_end;
    while (keys[kinds]) kinds++;
    thread_times(s, &worked, &waited);
    for (size_t i = 0; i < count; i++) {
        double start = clock_s(), ms = press(s, keys[i % kinds]);
        if (frame) vec_push(&frame->ms, ms);
        if (frame) vec_push(&frame->own_ms, s->pty->drawn_us / 1e3);
        if (pace == PACE_HELD) {
            double left_ms = (start + REPEAT_S - clock_s()) * 1e3;
            if (left_ms >= 1) pty_pass(s->pty, (int)left_ms);
            continue;
        }
        pty_wait(s->pty);
        double whole_ms = (s->pty->idle.at_s - start) * 1e3;
        if (whole) vec_push(&whole->ms, whole_ms > ms ? whole_ms : ms);
    }
    thread_times(s, &worked_end, &waited_end);
    if (!frame) return;
    frame->worked_ms += worked_end - worked;
    frame->waited_ms += waited_end - waited;
}

void keys_type(Session *s, const char *text, Times *frame)
{
    for (; *text; text++) {
        const char key[] = {*text, '\0'}, *const keys[] = {key, NULL};
        keys_press(s, keys, 1, PACE_HELD, frame, NULL);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The value that so many percent do not exceed. Sorts. */
static double times_at(double *ms, size_t count, size_t percent)
{
    if (count == 0) return 0;
    qsort(ms, count, sizeof *ms, by_size);
    size_t i = (count * percent + 99) / 100;
    return ms[i ? i - 1 : 0];
}

void times_row(Bench *b, Times *t, double target_ms, const char *format, ...)
{
    char what[128], name[200];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (t->ms.count == 0) return;
    double slow = times_at(t->ms.items, t->ms.count, 99);
    if (t->own_ms.count)
        snprintf(name, sizeof name,
                 "%s (50%% %.1f, worst %.1f; own 99%% %.1f, work %.2f, wait %.2f)", what,
                 times_at(t->ms.items, t->ms.count, 50), times_at(t->ms.items, t->ms.count, 100),
                 times_at(t->own_ms.items, t->own_ms.count, 99), t->worked_ms / (double)t->ms.count,
                 t->waited_ms / (double)t->ms.count);
    else
        snprintf(name, sizeof name, "%s (50%% %.1f, worst %.1f)", what,
                 times_at(t->ms.items, t->ms.count, 50), times_at(t->ms.items, t->ms.count, 100));
    if (target_ms > 0)
        bench_row(b, name, slow, "ms", false, target_ms);
    else
        bench_say("| %-62s | %10.4g %-5s |", name, slow, "ms");
    vec_release(&t->ms);
    vec_release(&t->own_ms);
    *t = (Times){0};
}

double process_mb(const Session *s, const char *what)
{
    char path[64], line[256];
    double kb = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)s->pty->child);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, what, strlen(what)) == 0) kb = strtod(line + strlen(what) + 1, NULL);
    if (f) fclose(f);
    return kb / 1024;
}
