#include "app/desk_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/thread.h"

#define LOOK_MS 500 /* between two looks at the file */

void desk_push(Asks *q, Ask *a)
{
    a->next = NULL;
    if (q->last)
        q->last->next = a;
    else
        q->first = a;
    q->last = a;
}

Ask *desk_pop(Asks *q)
{
    Ask *a = q->first;
    if (!a) return NULL;
    q->first = a->next;
    if (!q->first) q->last = NULL;
    return a;
}

static void wake_screen(Desk *d)
{
    uint64_t one = 1;
    while (write(d->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void desk_post(Desk *d, Ask *a)
{
    pthread_mutex_lock(&d->lock);
    desk_push(&d->finished, a);
    pthread_mutex_unlock(&d->lock);
    wake_screen(d);
}

bool desk_post_part(Desk *d, Lane lane, const Inquiry *part)
{
    Ask *a = mem_zero(1, sizeof *a);
    a->inquiry = *part;
    a->ok = true;
    pthread_mutex_lock(&d->lock);
    const Ask *whole = d->lanes[lane].running;
    a->inquiry.slot = whole->inquiry.slot;
    a->dropped = whole->dropped;
    bool wanted = !a->dropped;
    desk_push(&d->finished, a);
    pthread_mutex_unlock(&d->lock);
    wake_screen(d);
    return wanted;
}

bool desk_file_there(const Desk *d, Err *err)
{
    struct stat st;
    if (stat(d->path, &st) != 0)
        return err_set(err, ERR_DATABASE,
                       "%s: %s: bring the file back to its place, else what is decided now is lost",
                       d->path, errno == ENOENT ? "is gone" : strerror(errno));
    if (st.st_dev != d->device || st.st_ino != d->inode)
        return err_set(err, ERR_DATABASE,
                       "%s: another file has taken its place: quit and open it anew", d->path);
    return true;
}

static void look_failed(Desk *d, const Err *err)
{
    pthread_mutex_lock(&d->lock);
    bool fresh = strcmp(d->news.reading.message, err->message) != 0;
    if (fresh) {
        d->news.reading = *err;
        d->news.change++;
        d->news.fresh = true;
    }
    pthread_mutex_unlock(&d->lock);
    if (fresh) wake_screen(d);
}

/* What changed in the file since the last look, into the news. */
static void look(Desk *d)
{
    Err err = {0};
    Counts counts;
    Store *s = d->lanes[LANE_PAGE].store;
    int64_t now = d->seen;
    bool ok = desk_file_there(d, &err) && store_change(s, &now, &err) &&
              (now == d->seen || store_counts(s, &counts, &err));
    if (!ok) {
        /* a lock that lasts, or the closing of the desk, is nothing to be told */
        if (err.kind != ERR_BUSY && err.kind != ERR_CANCELLED) look_failed(d, &err);
        return;
    }
    pthread_mutex_lock(&d->lock);
    bool fresh = now != d->seen || d->news.reading.kind;
    if (now != d->seen) d->news.counts = counts;
    if (fresh) {
        d->news.change++;
        d->news.reading = (Err){0};
        d->news.fresh = true;
    }
    pthread_mutex_unlock(&d->lock);
    d->seen = now;
    if (fresh) wake_screen(d);
}

/* A write that failed stays in desk_trouble until one succeeds; that the file is gone is for the
 * looks at it to say. */
static void note_write(Desk *d, const Ask *a)
{
    if (!a->begun) return;
    bool broken = !a->ok && (a->err.kind == ERR_DATABASE || a->err.kind == ERR_IO);
    if (!broken && !a->ok) return; /* the file is well: what was asked could not be done */
    if (!broken && !d->news.writing.kind) return;
    d->news.writing = broken ? a->err : (Err){0};
    d->news.change++;
    d->news.fresh = true;
}

static void finish(LaneState *l, Ask *a)
{
    Desk *d = l->desk;
    l->running = NULL;
    if (l->lane == LANE_WRITE) {
        note_write(d, a);
        d->look = !l->waiting.first; /* its effect on the counts is seen at once */
        if (d->look) pthread_cond_signal(&d->lanes[LANE_PAGE].wake);
    }
    desk_push(&d->finished, a);
}

static void run(LaneState *l, Ask *a)
{
    Desk *d = l->desk;
    Env env = {.store = l->store};
    if (l->lane != LANE_WRITE) env.cancel = &l->cancel;
    /* a loop of a training may last seconds, and the pool does one loop at a time */
    bool computes = l->lane == LANE_SEARCH || l->lane == LANE_LONG;
    if (computes && atomic_load(&d->jobs_working) == 0) env.pool = d->pool;
    size_t known;
    journal_made(l->store, &known);
    a->begun = l->lane != LANE_WRITE || desk_file_there(d, &a->err);
    a->ok = a->begun && a->inquiry.work(a->inquiry.data, &env, &a->err);
    if (a->ok)
        desk_own(d, l->store,
                 known); /* else its transaction may have gone, and its number to another */
}

static struct timespec after_ms(struct timespec from, long ms)
{
    from.tv_sec += ms / 1000;
    from.tv_nsec += ms % 1000 * 1000000;
    if (from.tv_nsec >= 1000000000) {
        from.tv_sec++;
        from.tv_nsec -= 1000000000;
    }
    return from;
}

static struct timespec next_look(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return after_ms(now, LOOK_MS);
}

static bool is_past(struct timespec t)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > t.tv_sec || (now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec);
}

/* The next ask, made the running one; NULL when there is none. Under the lock. */
static Ask *take(LaneState *l)
{
    Ask *a = desk_pop(&l->waiting);
    l->running = a;
    if (a) atomic_store(&l->cancel.asked, false);
    return a;
}

static bool should_end(const LaneState *l)
{
    return l->desk->closing && (l->lane != LANE_WRITE || !l->waiting.first);
}

/* Runs an ask and hands it over; the lock is given back meanwhile. The screen is woken without it:
 * else it would take a lane's core at once, only to wait until that lane goes on, behind everything
 * else that wants a core. */
static void serve(LaneState *l, Ask *a)
{
    Desk *d = l->desk;
    pthread_mutex_unlock(&d->lock);
    run(l, a);
    pthread_mutex_lock(&d->lock);
    finish(l, a);
    pthread_mutex_unlock(&d->lock);
    wake_screen(d);
    pthread_mutex_lock(&d->lock);
}

void *desk_lane(void *context)
{
    LaneState *l = context;
    Desk *d = l->desk;
    thread_step_back(l->lane == LANE_LIST || l->lane == LANE_LONG ? STEPS_BACK : LANE_STEPS_BACK);
    pthread_mutex_lock(&d->lock);
    while (!should_end(l)) {
        Ask *a = take(l);
        if (!a) {
            pthread_cond_wait(&l->wake, &d->lock);
            continue;
        }
        serve(l, a);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* LANE_PAGE looks at the file as well, between two inquiries when there is no rest. */
void *desk_page_lane(void *context)
{
    LaneState *l = context;
    Desk *d = l->desk;
    thread_step_back(LANE_STEPS_BACK);
    struct timespec due = next_look();
    pthread_mutex_lock(&d->lock);
    while (!d->closing) {
        bool look_now = d->look || is_past(due);
        Ask *a = look_now ? NULL : take(l);
        if (!look_now && !a) {
            pthread_cond_timedwait(&l->wake, &d->lock, &due);
            continue;
        }
        if (a) {
            serve(l, a);
            continue;
        }
        d->look = false;
        pthread_mutex_unlock(&d->lock);
        look(d);
        due = next_look();
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}
