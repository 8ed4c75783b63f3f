#include "app/desk_parts.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"

/* ---- opening and closing ---- */

static Desk *desk_new(const char *path)
{
    Desk *d = mem_zero(1, sizeof *d);
    d->path = mem_strdup(path);
    d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&d->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    for (Lane i = 0; i < LANE_COUNT; i++) {
        d->lanes[i].desk = d;
        d->lanes[i].lane = i;
        pthread_cond_init(&d->lanes[i].wake, &monotonic);
    }
    pthread_condattr_destroy(&monotonic);
    return d;
}

static bool know_file(Desk *d, Err *err)
{
    struct stat st;
    if (stat(d->path, &st) != 0)
        return err_set(err, ERR_MISSING, "%s: %s", d->path, strerror(errno));
    d->device = st.st_dev;
    d->inode = st.st_ino;
    return true;
}

static bool open_lane(LaneState *l, Err *err)
{
    if (!store_open(l->desk->path, &l->store, err)) return false;
    if (l->lane != LANE_WRITE) store_set_cancel(l->store, &l->cancel);
    return true;
}

static bool start_lane(LaneState *l, Err *err)
{
    l->started = thread_start(&l->id, l->lane == LANE_PAGE ? desk_page_lane : desk_lane, l);
    return l->started || err_set(err, ERR_LIMIT,
                                 "no more threads can be started: end other programs, then try "
                                 "again");
}

bool desk_open(const char *path, size_t threads, Desk **ret, Err *err)
{
    Desk *d = desk_new(path);
    bool ok = d->wake_fd >= 0 ||
              err_set(err, ERR_LIMIT, "%s: too many files are open: %s", path, strerror(errno));
    /* the file is known before it is opened: one that takes its place in between is noticed */
    ok = ok && know_file(d, err);
    for (Lane i = 0; ok && i < LANE_COUNT; i++) ok = open_lane(&d->lanes[i], err);
    ok = ok && store_change(d->lanes[LANE_PAGE].store, &d->seen, err) &&
         store_counts(d->lanes[LANE_PAGE].store, &d->counts, err) &&
         journal_standing(d->lanes[LANE_PAGE].store, INT64_MAX, &d->opened_group, err);
    if (ok) {
        d->news.counts = d->counts;
        d->pool = pool_new_behind(threads, STEPS_BACK);
    }
    for (Lane i = 0; ok && i < LANE_COUNT; i++) ok = start_lane(&d->lanes[i], err);
    if (ok)
        *ret = d;
    else
        desk_close(d);
    return ok;
}

/* Before `done`: what that asks for anew counts by itself. */
static void uncount(Desk *d, Ask *a)
{
    if (!a->counted) return;
    a->counted = false;
    d->outstanding--;
    if (a->write) d->writes--;
}

static void ask_release(Desk *d, Ask *a)
{
    if (a->write && !a->ok && !a->told) log_write(LOG_ERROR, "not written: %s", a->err.message);
    uncount(d, a);
    if (a->inquiry.release) a->inquiry.release(a->inquiry.data);
    free(a);
}

static void release_all(Desk *d, Asks *q)
{
    for (Ask *a; (a = desk_pop(q));) ask_release(d, a);
}

static void stop_lanes(Desk *d)
{
    pthread_mutex_lock(&d->lock);
    d->closing = true;
    for (Lane i = 0; i < LANE_COUNT; i++) {
        if (i != LANE_WRITE) cancel_ask(&d->lanes[i].cancel);
        pthread_cond_signal(&d->lanes[i].wake);
    }
    pthread_mutex_unlock(&d->lock);
    for (Lane i = 0; i < LANE_COUNT; i++) {
        if (d->lanes[i].started) pthread_join(d->lanes[i].id, NULL);
    }
}

void desk_close(Desk *d)
{
    if (!d) return;
    desk_close_jobs(d);
    stop_lanes(d);
    for (Lane i = 0; i < LANE_COUNT; i++) {
        store_close(d->lanes[i].store);
        release_all(d, &d->lanes[i].waiting);
        pthread_cond_destroy(&d->lanes[i].wake);
    }
    release_all(d, &d->finished);
    pool_free(d->pool);
    if (d->wake_fd >= 0) close(d->wake_fd);
    pthread_mutex_destroy(&d->lock);
    free(d->trouble);
    free(d->path);
    vec_release(&d->own);
    vec_release(&d->undone);
    free(d);
}

/* ---- asking and delivering ---- */

/* Moves those of a slot from one queue to the end of another. */
static void asks_move(Asks *from, const void *slot, Asks *to)
{
    Asks kept = {0};
    for (Ask *a; (a = desk_pop(from));) {
        desk_push(a->inquiry.slot == slot ? to : &kept, a);
    }
    *from = kept;
}

static void asks_drop(const Asks *q, const void *slot, bool writes)
{
    for (Ask *a = q->first; a; a = a->next) {
        if (a->inquiry.slot == slot && (writes || !a->write)) a->dropped = true;
    }
}

/* Withdraws what was asked for a slot: what waits goes to *out. Writes are done all the same; they
 * only are not delivered, and only when they are forgotten. Under the lock. */
static void withdraw(Desk *d, const void *slot, bool forget, Asks *out)
{
    for (Lane i = 0; i < LANE_COUNT; i++) {
        LaneState *l = &d->lanes[i];
        bool running = l->running && l->running->inquiry.slot == slot;
        if (i != LANE_WRITE) {
            asks_move(&l->waiting, slot, out);
            if (running) cancel_ask(&l->cancel);
        } else if (forget) {
            asks_drop(&l->waiting, slot, true);
        }
        if (running && (forget || i != LANE_WRITE)) l->running->dropped = true;
    }
    asks_drop(&d->finished, slot, forget);
}

void desk_ask(Desk *d, Lane lane, const Inquiry *inquiry)
{
    assert(lane < LANE_COUNT && inquiry->work);
    Ask *a = mem_zero(1, sizeof *a);
    a->inquiry = *inquiry;
    a->counted = true;
    a->write = lane == LANE_WRITE;
    d->outstanding++;
    if (a->write) d->writes++;
    Asks old = {0};
    pthread_mutex_lock(&d->lock);
    if (inquiry->slot && lane != LANE_WRITE) withdraw(d, inquiry->slot, false, &old);
    desk_push(&d->lanes[lane].waiting, a);
    pthread_cond_signal(&d->lanes[lane].wake);
    pthread_mutex_unlock(&d->lock);
    release_all(d, &old);
}

void desk_forget(Desk *d, const void *slot)
{
    if (!slot) return;
    Asks old = {0};
    pthread_mutex_lock(&d->lock);
    withdraw(d, slot, true, &old);
    pthread_mutex_unlock(&d->lock);
    release_all(d, &old);
}

/* The news, as the screen's thread sees them from now on. */
static bool take_news(Desk *d)
{
    pthread_mutex_lock(&d->lock);
    News news = d->news;
    d->news.fresh = false;
    pthread_mutex_unlock(&d->lock);
    if (!news.fresh) return false;
    const Err *trouble = news.reading.kind ? &news.reading : &news.writing;
    d->counts = news.counts;
    d->change = news.change;
    free(d->trouble);
    d->trouble = trouble->kind ? mem_strdup(trouble->message) : NULL;
    return true;
}

static bool deliver_one(Desk *d, Ask *a)
{
    uncount(d, a);
    bool told = a->told = !a->dropped && a->inquiry.done;
    if (told) a->inquiry.done(a->inquiry.data, a->ok ? NULL : &a->err);
    ask_release(d, a);
    return told;
}

bool desk_deliver(Desk *d)
{
    uint64_t ignored;
    while (read(d->wake_fd, &ignored, sizeof ignored) < 0 && errno == EINTR) {
    }
    bool any = take_news(d);
    pthread_mutex_lock(&d->lock);
    /* up to here: what a `done` asks for may be finished at once, and has its turn the next time */
    const Ask *last = d->finished.last;
    for (bool more = last != NULL; more;) {
        Ask *a = desk_pop(&d->finished);
        more = a != last;
        pthread_mutex_unlock(&d->lock);
        any |= deliver_one(d, a);
        pthread_mutex_lock(&d->lock);
    }
    pthread_mutex_unlock(&d->lock);
    return any;
}

bool desk_idle(const Desk *d)
{
    return d->outstanding == 0;
}

const char *desk_path(const Desk *d)
{
    return d->path;
}

int desk_wake_fd(const Desk *d)
{
    return d->wake_fd;
}

const Counts *desk_counts(const Desk *d)
{
    return &d->counts;
}

uint64_t desk_change(const Desk *d)
{
    return d->change;
}

const char *desk_trouble(const Desk *d)
{
    return d->trouble;
}
