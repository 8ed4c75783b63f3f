/* Desk: an open project as a screen works with it. The screen's thread never waits: it asks, and
 * answers come later.
 *
 * Threads. The desk has lanes, each a thread with a connection of its own, and a thread for each job
 * (job.h). Everything declared here is for the screen's thread; `work` functions run on their lane's.
 * What is finished waits until the screen's thread calls desk_deliver: desk_wake_fd becomes readable
 * then, so that it can be polled beside the keyboard. Lanes and jobs run at a lower priority than the
 * screen, so that a key is shown at once while a training uses every core. */
#ifndef APP_DESK_H
#define APP_DESK_H

#include "model/env.h"
#include "store/journal.h"

typedef struct Desk Desk;

/* desk_open: opens (never makes) the project. threads: of the pool that jobs share, 0: all cores. */
bool desk_open(const char *path, size_t threads, Desk **ret, Err *err);

/* desk_close: stops what runs (what is done is kept), lets writes finish. NULL is allowed. */
void desk_close(Desk *d);
const char *desk_path(const Desk *d);

int desk_wake_fd(const Desk *d);

/* desk_deliver: calls the `done` functions of what was finished; true when there was any. */
bool desk_deliver(Desk *d);

typedef enum Lane {
    LANE_PAGE,   /* rows and details of what is on the screen: a few milliseconds */
    LANE_LIST,   /* filters, orders and counts of whole lists, and other long reading */
    LANE_SEARCH, /* what needs an open retriever, and is waited for */
    LANE_LONG,   /* the same, but it may take minutes */
    LANE_WRITE,  /* decisions and edits, in the order of their asking; nothing is ever dropped */
    LANE_COUNT
} Lane;

/* One thing to do on a lane. data is the inquiry's from desk_ask on and ends with release, which is
 * always called, on the screen's thread. */
typedef struct Inquiry {
    const void *slot; /* a newer inquiry of a slot takes the place of the waiting one and stops the running one, whose
                         done is not called; NULL: stands for itself */
    bool (*work)(void *data, const Env *env, Err *err); /* env->pool is NULL but on LANE_SEARCH, LANE_LONG */
    void (*done)(void *data, const Err *err);           /* err NULL: it went well. May be NULL */
    void (*release)(void *data);                        /* may be NULL */
    void *data;
} Inquiry;

void desk_ask(Desk *d, Lane lane, const Inquiry *inquiry);

/* desk_forget: whatever was asked for a slot is not done or not delivered. */
void desk_forget(Desk *d, const void *slot);

/* desk_idle: nothing asked is outstanding (jobs do not count). */
bool desk_idle(const Desk *d);

/* What is kept up to date by looking at the file twice a second, whoever changes it. */
const Counts *desk_counts(const Desk *d);
uint64_t desk_change(const Desk *d); /* grows with each change seen, and when trouble comes or goes */

/* desk_trouble: NULL, or why the project cannot be read any more (the file is gone, the disk is
 * full), with what to do. Goes away when it works again. */
const char *desk_trouble(const Desk *d);

/* ---- decisions; each on LANE_WRITE; desk_forget(d, context) keeps done from being called ---- */

/* changed: how many entries it had; label: what was done, or undone. err NULL: it went well. */
typedef void Decided(void *context, const char *label, size_t changed, const Err *err);

/* desk_decide: copies the decisions. done may be NULL. */
void desk_decide(Desk *d, const Decision *decisions, size_t count, const char *label, Decided *done,
                 void *context);
void desk_undo(Desk *d, Decided *done, void *context);
void desk_redo(Desk *d, Decided *done, void *context);

#endif
