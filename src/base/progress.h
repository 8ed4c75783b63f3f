/* Progress: a slot for the latest state of a task. One worker writes, anyone reads;
 * nothing is queued, so a slow reader never holds a worker up. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_TRAIL 16

typedef struct ProgressState {
    char what[48];      /* "mine", "build lsa" … */
    char unit[16];      /* "questions", "steps" … */
    char message[160];  /* what it is doing now */
    uint64_t done, total; /* total 0: not known */
    double started_s;   /* clock_s() at progress_begin */
    double rate;        /* units a second since the start, 0 when not known */
    double eta_s;       /* negative when not known */
    uint64_t version;   /* grows with each change */

    /* A value that is watched (the loss): its course since the start in means of `stride` values
     * each; when the trail is full, neighbours become one. */
    char watched[16];   /* its name; "" none */
    double trail[PROGRESS_TRAIL];
    size_t trail_count, stride, summed; /* summed: values of the mean that is not complete */
    double sum;
} ProgressState;

typedef struct Progress {
    pthread_mutex_t lock;
    ProgressState state; /* under lock */
} Progress;

/* All take NULL and then do nothing. Strings are copied and cut at a character. */
void progress_init(Progress *p);
void progress_release(Progress *p);
void progress_begin(Progress *p, const char *what, const char *unit, uint64_t total);
void progress_update(Progress *p, uint64_t done);
void progress_say(Progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void progress_watch(Progress *p, const char *name, double value); /* the next value */
ProgressState progress_get(Progress *p); /* with rate and ETA of this moment */

#endif
