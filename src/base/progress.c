#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"

void progress_init(Progress *p)
{
    if (!p) return;
    *p = (Progress){.state = {.eta_s = -1}};
    pthread_mutex_init(&p->lock, NULL);
}

void progress_release(Progress *p)
{
    if (p) pthread_mutex_destroy(&p->lock);
}

static ProgressState begun(const char *what, const char *unit, uint64_t total)
{
    ProgressState s = {.total = total, .started_s = clock_s(), .eta_s = -1};
    snprintf(s.what, sizeof s.what, "%s", what);
    snprintf(s.unit, sizeof s.unit, "%s", unit);
    utf8_line(s.what);
    utf8_line(s.unit);
    return s;
}

/* "eval: 1 of 3 retrievers, lsa" */
static void tell_outer(const ProgressState *outer, ProgressState *inner)
{
    Str text = {0};
    str_addf(&text, "%s: %llu", outer->what, (unsigned long long)outer->done);
    if (outer->total > 0) str_addf(&text, " of %llu", (unsigned long long)outer->total);
    if (outer->unit[0]) str_addf(&text, " %s", outer->unit);
    if (outer->message[0]) str_addf(&text, ", %s", outer->message);
    if (outer->within[0]) str_addf(&text, "; %s", outer->within);
    snprintf(inner->within, sizeof inner->within, "%s", str_get(&text));
    utf8_line(inner->within);
    str_release(&text);
}

void progress_begin(Progress *p, const char *what, const char *unit, uint64_t total)
{
    if (!p) return;
    ProgressState next = begun(what, unit, total);
    pthread_mutex_lock(&p->lock);
    next.version = p->state.version + 1;
    if (p->depth > 0 && p->depth <= PROGRESS_DEPTH && p->outer[p->depth - 1].what[0])
        tell_outer(&p->outer[p->depth - 1], &next);
    p->state = next;
    pthread_mutex_unlock(&p->lock);
}

void progress_enter(Progress *p, const char *what, const char *unit, uint64_t total)
{
    if (!p) return;
    ProgressState next = begun(what, unit, total);
    pthread_mutex_lock(&p->lock);
    ProgressState *s = &p->state;
    bool same = strcmp(s->what, next.what) == 0 && strcmp(s->unit, next.unit) == 0;
    if (p->depth < PROGRESS_DEPTH) {
        p->joined[p->depth] = same;
        p->outer[p->depth] = *s;
    }
    if (p->depth++ < PROGRESS_DEPTH && !same) {
        if (s->what[0]) tell_outer(s, &next);
        memcpy(next.watched, s->watched, sizeof next.watched); /* its course stays to be seen */
        memcpy(next.trail, s->trail, sizeof next.trail);
        next.trail_count = s->trail_count;
        next.stride = s->stride;
        next.version = s->version + 1;
        *s = next;
    }
    pthread_mutex_unlock(&p->lock);
}

void progress_leave(Progress *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    if (p->depth > 0 && --p->depth < PROGRESS_DEPTH && !p->joined[p->depth]) {
        uint64_t version = p->state.version;
        p->state = p->outer[p->depth];
        p->state.version = version + 1;
    }
    pthread_mutex_unlock(&p->lock);
}

void progress_update(Progress *p, uint64_t done)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->state.done = done;
    p->state.version++;
    pthread_mutex_unlock(&p->lock);
}

void progress_add(Progress *p, uint64_t more)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->state.done += more;
    p->state.version++;
    pthread_mutex_unlock(&p->lock);
}

void progress_found(Progress *p, uint64_t more)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->state.done += more;
    p->state.found += more;
    p->state.version++;
    pthread_mutex_unlock(&p->lock);
}

void progress_tokens(Progress *p, uint64_t more)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->state.tokens += more;
    p->state.version++;
    pthread_mutex_unlock(&p->lock);
}

void progress_spare(Progress *p, uint64_t less)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->state.total -= less < p->state.total ? less : p->state.total;
    p->state.version++;
    pthread_mutex_unlock(&p->lock);
}

void progress_say(Progress *p, const char *format, ...)
{
    if (!p) return;
    char message[sizeof p->state.message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    utf8_line(message);

    pthread_mutex_lock(&p->lock);
    strcpy(p->state.message, message);
    p->state.version++;
    pthread_mutex_unlock(&p->lock);
}

/* Half as many points, each of twice as many values. */
static void trail_halve(ProgressState *s)
{
    for (size_t i = 0; i < PROGRESS_TRAIL / 2; i++)
        s->trail[i] = (s->trail[2 * i] + s->trail[2 * i + 1]) / 2;
    s->trail_count = PROGRESS_TRAIL / 2;
    s->stride *= 2;
}

void progress_watch(Progress *p, const char *name, double value)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    ProgressState *s = &p->state;
    if (s->stride == 0) s->stride = 1;
    snprintf(s->watched, sizeof s->watched, "%s", name);
    s->sum += value;
    if (++s->summed == s->stride) {
        if (s->trail_count == PROGRESS_TRAIL) trail_halve(s);
        s->trail[s->trail_count++] = s->sum / (double)s->summed;
        s->sum = 0;
        s->summed = 0;
    }
    pthread_mutex_unlock(&p->lock);
}

ProgressState progress_get(Progress *p)
{
    if (!p) return (ProgressState){.eta_s = -1};
    pthread_mutex_lock(&p->lock);
    ProgressState s = p->state;
    pthread_mutex_unlock(&p->lock);

    double elapsed_s = clock_s() - s.started_s;
    if (s.started_s > 0 && elapsed_s > 0) {
        s.rate = s.done > s.found ? (double)(s.done - s.found) / elapsed_s : 0;
        s.token_rate = (double)s.tokens / elapsed_s;
    }
    if (s.total > 0 && s.done >= s.total)
        s.eta_s = 0;
    else if (s.total > 0 && s.rate > 0)
        s.eta_s = (double)(s.total - s.done) / s.rate;
    return s;
}
