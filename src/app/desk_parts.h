/* The inside of a desk, for desk*.c and job.c. */
#ifndef APP_DESK_PARTS_H
#define APP_DESK_PARTS_H

#include <pthread.h>
#include <sys/types.h>

#include "app/desk.h"
#include "app/job.h"
#include "base/vec.h"

#define STEPS_BACK 10 /* of everything that is not the screen */
/* Of the lanes but LANE_LIST, which may read for seconds. Less than jobs: what a lane holds for
 * moments (the desk's lock, the heap of rows that the screen frees) must not wait behind a training. */
#define LANE_STEPS_BACK 4

/* One inquiry on its way. It is in one place at a time: waiting on a lane, running there, or
 * finished. */
typedef struct Ask {
    Inquiry inquiry;
    bool counted; /* in what is outstanding */
    bool write;   /* of LANE_WRITE */
    bool dropped; /* under the desk's lock: done is not called */
    bool begun;   /* work was called */
    bool told;    /* done was called */
    bool ok;
    Err err; /* when not ok */
    struct Ask *next;
} Ask;

typedef struct Asks {
    Ask *first, *last;
} Asks;

typedef struct LaneState {
    Desk *desk;
    Lane lane;
    pthread_t id;
    bool started;  /* the screen's thread */
    Store *store;  /* the lane's thread, between opening and closing */
    Cancel cancel; /* asked under the lock, while `running` is what is to stop */

    pthread_cond_t wake;
    Asks waiting; /* under the lock, as is running */
    Ask *running;
} LaneState;

/* What the lanes tell beside their results. */
typedef struct News {
    bool fresh;
    Counts counts;
    uint64_t change;
    Err reading, writing; /* kind ERR_NONE: no trouble */
} News;

struct Desk {
    /* constant from desk_open on */
    char *path;
    dev_t device;
    ino_t inode;
    Pool *pool;
    int wake_fd;
    int64_t opened_group; /* the last one of the journal then */

    /* the screen's thread */
    Counts counts;
    uint64_t change;
    char *trouble;      /* NULL: none */
    size_t outstanding; /* asked and not yet delivered */
    size_t writes;      /* those of LANE_WRITE among them */
    VEC(Job *) jobs;

    atomic_size_t jobs_working; /* their threads */

    int64_t seen; /* LANE_PAGE's thread: store_change at its last look */

    pthread_mutex_t lock; /* held for moments only; all below is under it */
    LaneState lanes[LANE_COUNT];
    Asks finished;
    News news;
    bool look; /* the file is to be looked at now */
    VEC(int64_t) own, undone; /* groups of the journal that this desk and its jobs made, and took back; the last on top */
    bool closing;
};

void desk_push(Asks *q, Ask *a);
Ask *desk_pop(Asks *q); /* NULL: empty */

/* desk_own: takes over the groups that a connection made beyond the first `known`. Any thread. */
void desk_own(Desk *d, const Store *s, size_t known);

/* desk_post: hands an ask to desk_deliver. Any thread. */
void desk_post(Desk *d, Ask *a);

/* desk_post_part: for a `work` of the lane: hands a part of its result over early; slot and work of
 * the part are not looked at. false: the inquiry was withdrawn, and the work may end. */
bool desk_post_part(Desk *d, Lane lane, const Inquiry *part);

/* desk_file_there: is the file still the one that was opened? Any thread. */
bool desk_file_there(const Desk *d, Err *err);

/* The threads of the lanes; context: a LaneState. desk_page_lane looks at the file as well. */
void *desk_lane(void *context);
void *desk_page_lane(void *context);

/* desk_close_jobs: stops and frees them all; waits for them. */
void desk_close_jobs(Desk *d);

#endif
