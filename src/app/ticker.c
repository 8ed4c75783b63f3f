#include "app/ticker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/output.h"
#include "app/progress_words.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { BAR_MS = 100, LINE_MS = 3000, BAR_CELLS = 20 };

struct Ticker {
    Progress *progress;
    bool bar; /* a terminal: redraw one line */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;  /* under lock */
    bool drawn; /* the thread's own */
};

void ticker_bar(const ProgressState *s, int columns, Str *out)
{
    if (!s->what[0]) return;
    size_t start = out->size;
    str_add(out, s->what);
    if (s->total > 0) {
        uint64_t done = s->done < s->total ? s->done : s->total;
        double share = (double)done / (double)s->total;
        int full = (int)(share * BAR_CELLS);
        str_add(out, " [");
        for (int i = 0; i < BAR_CELLS; i++) str_add_char(out, i < full ? '#' : '.');
        str_addf(out, "] %3.0f%%", share * 100);
    }
    str_add(out, "  ");
    progress_amount(s, "/", out);
    progress_speed(s, "  ", out);
    if (s->message[0]) str_addf(out, "  %s", s->message);
    if (s->within[0]) str_addf(out, "  %s", s->within);
    size_t fits = utf8_fit(out->data + start, out->size - start, columns > 1 ? columns - 1 : 1);
    str_truncate(out, start + fits);
}

void ticker_line(const ProgressState *s, Str *out)
{
    if (!s->what[0]) return;
    str_addf(out, "%s: ", s->what);
    progress_amount(s, " of ", out);
    progress_speed(s, ", ", out);
    if (s->message[0]) str_addf(out, ", %s", s->message);
    if (s->within[0]) str_addf(out, ", %s", s->within);
}

static void show(Ticker *t, Str *text)
{
    ProgressState state = progress_get(t->progress);
    str_clear(text);
    if (t->bar)
        ticker_bar(&state, output_columns(STDERR_FILENO), text);
    else
        ticker_line(&state, text);
    if (text->size == 0) return;
    if (t->bar)
        fprintf(stderr, "\r%s\033[K", text->data);
    else
        fprintf(stderr, "%s\n", text->data);
    fflush(stderr);
    t->drawn = true;
}

static struct timespec after_ms(long ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

static void *tick(void *context)
{
    Ticker *t = context;
    Str text = {0};
    pthread_mutex_lock(&t->lock);
    while (!t->stop) {
        struct timespec at = after_ms(t->bar ? BAR_MS : LINE_MS);
        int waited = 0;
        while (!t->stop && waited == 0) waited = pthread_cond_timedwait(&t->wake, &t->lock, &at);
        if (t->stop) break;
        pthread_mutex_unlock(&t->lock);
        show(t, &text);
        pthread_mutex_lock(&t->lock);
    }
    pthread_mutex_unlock(&t->lock);
    str_release(&text);
    return NULL;
}

static void release(Ticker *t)
{
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

Ticker *ticker_start(Progress *progress)
{
    Ticker *t = mem_zero(1, sizeof *t);
    t->progress = progress;
    t->bar = output_columns(STDERR_FILENO) > 0;
    pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&t->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&t->thread, NULL, tick, t) == 0) return t;
    release(t);
    return NULL;
}

void ticker_stop(Ticker *t)
{
    if (!t) return;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    if (t->bar && t->drawn) fputs("\r\033[K", stderr);
    release(t);
}
